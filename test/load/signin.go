package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"watchroom/test/load/attack"
	"watchroom/test/load/procfs"
	"watchroom/test/load/report"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

const (
	attackRate   = 200 // wrong attempts a second
	signInTarget = 1000
	signInEvery  = 500 * time.Millisecond // of the honest person
)

// signin measures how fast somebody honest signs in, at an address of their own, while two
// hundred wrong passwords a second arrive: under many names from one address, under their own
// name from many, and again where they come each time from an address that nobody has seen,
// in a browser that nobody knows.
func (b *bench) signin(ctx context.Context) error {
	long := 20 * time.Second
	if b.short {
		long = 6 * time.Second
	}
	s, err := station.StartServer(ctx, b.binary, station.ServerOptions{Data: filepath.Join(b.folder, "signin")})
	if err != nil {
		return err
	}
	defer func() { _ = s.Stop() }() // it is measured by then
	if err := s.Operator(ctx, "guard"); err != nil {
		return err
	}
	attacker := attack.From("127.66.0.1")
	sources, networks := make([]*http.Client, 2*attackRate), make([]*http.Client, 100)
	for i := range sources {
		sources[i] = attack.From(fmt.Sprintf("127.77.%d.%d", i/200, i%200+1))
	}
	for i := range networks {
		networks[i] = attack.From(fmt.Sprintf("127.55.%d.1", i))
	}
	one := attack.From("127.88.0.1")
	home := func(int) *http.Client { return one }
	away := func(i int) *http.Client { return attack.From(fmt.Sprintf("127.99.%d.1", i%250)) }
	phases := []struct {
		name   string
		honest func(i int) *http.Client
		next   func(i int) (*http.Client, string)
	}{
		{"quiet", home, nil},
		{"many names from one address", home, func(i int) (*http.Client, string) { return attacker, fmt.Sprintf("name%d", i%5000) }},
		{"one name from many addresses", home, func(i int) (*http.Client, string) { return sources[i%len(sources)], "guard" }},
		{"one name from many networks, its owner at new addresses", away, func(i int) (*http.Client, string) { return networks[i%len(networks)], "guard" }},
	}
	for _, p := range phases {
		if err := b.signInDuring(ctx, s, p.honest, p.name, long, p.next); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

func (b *bench) signInDuring(ctx context.Context, s *station.Server, honest func(i int) *http.Client, name string, long time.Duration, next func(i int) (*http.Client, string)) error {
	a := &attack.Attack{Rate: attackRate, Next: next}
	var attacking sync.WaitGroup
	defer attacking.Wait()
	under, end := context.WithTimeout(ctx, long)
	defer end() // before it is waited for
	attacked := time.Now()
	if next != nil {
		attacking.Go(func() { a.Run(under, s.URL) })
		if err := program.Wait(ctx, 2*time.Second); err != nil { // until the limits are reached
			return err
		}
	}
	before, err := procfs.CPU(s.PID)
	if err != nil {
		return err
	}
	began := time.Now()
	var took []float64
	refused := 0
	for under.Err() == nil {
		at, client := time.Now(), honest(len(took)+refused)
		status, cookies, err := attack.Try(ctx, client, s.URL, "guard", station.Password)
		if err != nil {
			return err
		}
		if status != http.StatusCreated {
			refused++
		} else {
			took = append(took, float64(time.Since(at).Microseconds())/1000)
			if err := leave(ctx, client, s.URL, cookies); err != nil {
				return err
			}
		}
		if err := program.Wait(ctx, time.Until(at.Add(signInEvery))); err != nil {
			return err
		}
	}
	elapsed := time.Since(began)
	after, err := procfs.CPU(s.PID)
	if err != nil {
		return err
	}
	memory, err := procfs.Mem(s.PID)
	if err != nil {
		return err
	}
	end()
	attacking.Wait()
	rate := float64(a.Sent.Load()) / time.Since(attacked).Seconds() // a busy machine sends fewer than it was told to
	if len(took) == 0 {
		return fmt.Errorf("nobody could sign in, %d were refused", refused)
	}
	note := fmt.Sprintf("%d sign-ins, %d refused; %d attempts, %.0f a second: %d answered after a hash, %d stopped before, %d otherwise",
		len(took), refused, a.Sent.Load(), rate, a.Hashed.Load(), a.Stopped.Load(), a.Other.Load())
	b.results.Aim("sign-in, "+name+", p95", report.Quantile(took, 0.95), "ms", signInTarget, note)
	b.results.Add("sign-in, "+name+", median", report.Median(took), "ms", "")
	b.results.Aim("sign-in, "+name+", honest ones refused", float64(refused), "", 0, "")
	b.results.Add("sign-in, "+name+", processor", 100*(after-before).Seconds()/elapsed.Seconds(), "% of a core", "")
	b.results.Add("sign-in, "+name+", memory", float64(memory.PSS)/(1<<20), "MiB", "")
	return nil
}

// leave signs out, so that sessions do not pile up.
func leave(ctx context.Context, c *http.Client, url string, cookies []*http.Cookie) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodDelete, url+"/api/v1/session", http.NoBody)
	if err != nil {
		return err
	}
	for _, k := range cookies {
		r.AddCookie(k)
	}
	resp, err := c.Do(r)
	if err != nil {
		return err
	}
	if err := resp.Body.Close(); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusNoContent {
		return fmt.Errorf("sign out: %s", resp.Status)
	}
	return nil
}
