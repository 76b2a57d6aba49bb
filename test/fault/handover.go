package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"watchroom/test/load/account"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// handover ends either process, by either signal, at random instants of an exchange:
// afterwards there is one process or none, never two, and what was recorded is whole.
func (b *bench) handover(ctx context.Context) error {
	o := newOutcome("ended in the middle of an exchange")
	o.mostBefore = time.Second
	return b.suffer(ctx, "handover", station.ServerOptions{}, o, func(i *installation) error {
		usual := time.Now()
		if err := i.Upgrade(ctx, b.binary); err != nil {
			return err
		}
		whole := time.Since(usual)
		b.Say("an exchange takes %.1f s", whole.Seconds())
		for n := range b.times(8, 48) {
			if err := program.Wait(ctx, b.between(time.Second, b.long(2*time.Second, 8*time.Second))); err != nil {
				return err
			}
			if err := i.interrupt(ctx, o, n, whole); err != nil {
				return fmt.Errorf("exchange %d: %w", n+1, err)
			}
		}
		if err := i.logged(ctx); err != nil {
			return err
		}
		return i.replay(ctx, o)
	})
}

// interrupt begins an exchange, ends one of its processes somewhere in it and brings
// the installation to where every camera is recorded again.
func (i *installation) interrupt(ctx context.Context, o *outcome, n int, whole time.Duration) error {
	b := i.bench
	x, err := i.BeginUpgrade(b.binary)
	if err != nil {
		return err
	}
	late := n&4 != 0 // where one ends and the other has begun
	delay := b.between(0, whole)
	if late {
		delay = b.between(0, whole/4)
		select {
		case <-x.Ending:
		case <-x.Done():
		}
	}
	if err := program.Wait(ctx, delay); err != nil {
		return err
	}
	victim, name, signal := x.Old, "old", syscall.SIGKILL
	if n&1 != 0 {
		if pid, ok := <-x.New; ok {
			victim, name = pid, "new"
		}
	}
	if n&2 != 0 {
		signal = syscall.SIGTERM
	}
	at := time.Now()
	if err := x.End(victim, signal); err != nil {
		return err
	}
	alive, err := x.Settle(ctx)
	if err != nil {
		return err
	}
	who := "none"
	switch {
	case !alive:
		i.Server = nil // however it ends, there is nothing left to stop
		if err := i.start(ctx); err != nil {
			return err
		}
	case i.PID == x.Old:
		who = "the old one"
	default:
		who = "the new one"
	}
	over := time.Now()
	b.Say("the %s process got %v %.2f s after the %s: %s goes on", name, signal, delay.Seconds(), map[bool]string{false: "beginning", true: "word that the new one records"}[late], who)
	o.happened(event{at: at, over: over, killed: true}, b.cameras)
	if err := i.recording(ctx); err != nil {
		return err
	}
	return i.alone(ctx)
}

// alone tells whether the folder belongs to the process that serves it, and to no
// other that tries.
func (i *installation) alone(ctx context.Context) error {
	for _, lock := range []string{filepath.Join(i.options.Data, "lock"), filepath.Join(i.recordings, ".lock")} {
		held, err := os.ReadFile(lock)
		if err != nil {
			return err
		}
		if strings.TrimSpace(string(held)) != strconv.Itoa(i.PID) {
			return fmt.Errorf("%s names process %q, not %d", lock, held, i.PID)
		}
	}
	out, err := exec.CommandContext(ctx, i.bench.binary, "serve", "--data", i.options.Data, "--listen", "127.0.0.1:0").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "another watchroom process") {
		return fmt.Errorf("a second process on the folder: %w: %s", err, out)
	}
	return nil
}

// logged verifies the log, the rows and the files, once what the last end wrote is in.
func (i *installation) logged(ctx context.Context) error {
	for _, life := range []time.Duration{12 * time.Second, 0} {
		running := i.Server
		i.Server = nil
		if err := running.Stop(); err != nil {
			return err
		}
		if life == 0 {
			break
		}
		if err := i.start(ctx); err != nil {
			return err
		}
		if err := program.Wait(ctx, life); err != nil {
			return err
		}
	}
	s, err := openSubject(ctx, i)
	if err != nil {
		return err
	}
	found, err := s.verify(ctx)
	if err := errors.Join(err, s.close()); err != nil {
		return err
	}
	if len(found) > 0 {
		return fmt.Errorf("the log: %q", found)
	}
	i.bench.Say("the log, its files and the rows: nothing found")
	return i.start(ctx)
}

// replay plays everything back, as a viewer does: no picture comes twice, and none
// before one that was sent later.
func (i *installation) replay(ctx context.Context, o *outcome) error {
	if err := i.recording(ctx); err != nil {
		return err
	}
	if err := i.Operator(ctx, "guard"); err != nil {
		return err
	}
	guard, err := i.SignIn(ctx, "guard")
	if err != nil {
		return err
	}
	to := time.Now().UTC()
	var viewing struct {
		ID string `json:"id"`
	}
	err = i.Call(ctx, guard, http.MethodPost, "/api/v1/viewings", map[string]any{"cameras": i.ids, "purpose": "maintenance",
		"from": i.begun.UTC(), "to": to, "reason": "Everything that was recorded"}, &viewing)
	if err != nil {
		return err
	}
	path := filepath.Join(i.bench.folder, "replay.mp4")
	defer os.Remove(path)
	for _, id := range i.ids {
		q := url.Values{"from": {i.begun.UTC().Format(time.RFC3339Nano)}, "to": {to.Format(time.RFC3339Nano)}}
		if err := fetch(ctx, guard, fmt.Sprintf("%s/api/v1/viewings/%s/cameras/%s/video.mp4?%s", i.URL, viewing.ID, id, q.Encode()), path); err != nil {
			return err
		}
		numbers, err := account.Numbers(path)
		if err != nil {
			return err
		}
		for n := 1; n < len(numbers); n++ {
			if numbers[n] <= numbers[n-1] {
				o.bad = append(o.bad, fmt.Errorf("played back, picture %d of camera %s comes after %d", numbers[n], id, numbers[n-1]))
			}
		}
		i.bench.Say("camera %s: %d pictures played back in one piece", id, len(numbers))
	}
	return nil
}

// fetch writes an answer into a file.
func fetch(ctx context.Context, who *http.Client, address, path string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	answer, err := who.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", r.URL.Path, answer.Status)
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, answer.Body)
	return errors.Join(err, f.Close())
}
