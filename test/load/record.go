package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"watchroom/internal/media"
	"watchroom/test/load/account"
	"watchroom/test/load/clip"
	"watchroom/test/load/procfs"
	"watchroom/test/load/report"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// setting is one measurement of recording cameras.
type setting struct {
	name      string // how its figures are told apart
	cameras   int
	transport string // tcp or udp
	tls       bool
	long      time.Duration
	// targets apply, and every frame on disk is accounted for.
	account bool
}

func (b *bench) record(ctx context.Context) error {
	return b.recordWith(ctx, setting{"TCP", b.cameras, "tcp", false, b.long, true})
}

func (b *bench) recordUDP(ctx context.Context) error {
	return b.recordWith(ctx, setting{"UDP", b.cameras, "udp", false, b.measure, false})
}

func (b *bench) recordTLS(ctx context.Context) error {
	return b.recordWith(ctx, setting{"RTSPS", b.cameras, "tcp", true, b.measure, false})
}

func (b *bench) recordFew(ctx context.Context) error {
	return b.recordWith(ctx, setting{"TCP", 8, "tcp", false, b.measure, false})
}

func (b *bench) recordMany(ctx context.Context) error {
	return b.recordWith(ctx, setting{"TCP", 64, "tcp", false, b.measure, false})
}

// slice is how often the processor time and the memory are read.
const slice = 10 * time.Second

func (b *bench) recordWith(ctx context.Context, r setting) error {
	_, err := b.observe(ctx, b.binary, r, func(m measured) { b.tell(r, m) })
	return err
}

// observe records with a program and watches that.
func (b *bench) observe(ctx context.Context, binary string, r setting, tell func(measured)) (m measured, err error) {
	spec := clip.FullHD(media.H264)
	file, err := clip.Make(ctx, b.cache, spec)
	if err != nil {
		return m, err
	}
	if err := b.room(r, spec); err != nil {
		return m, err
	}
	data := filepath.Join(b.folder, fmt.Sprintf("record-%d-%s", r.cameras, r.name))
	if !b.keep {
		defer os.RemoveAll(data)
	}
	simulator, err := station.StartSim(ctx, b.sim, station.SimOptions{Cameras: r.cameras, File: file, UDP: r.transport == "udp", TLS: r.tls})
	if err != nil {
		return m, err
	}
	defer simulator.Stop()
	server, err := station.StartServer(ctx, binary, station.ServerOptions{Data: data})
	if err != nil {
		return m, err
	}
	defer server.Stop()
	var ids []string
	for i, c := range simulator.Cameras {
		id, err := server.AddCamera(ctx, station.NewCamera{Name: fmt.Sprintf("Camera %d", i+1),
			Main: station.NewStream{URL: c.Main, Transport: r.transport, SkipVerify: r.tls}})
		if err != nil {
			return m, err
		}
		ids = append(ids, id)
	}
	if err := program.Wait(ctx, b.warmUp); err != nil {
		return m, err
	}
	if m, err = b.watch(ctx, server, r); err != nil {
		return m, err
	}
	tell(m)
	if !r.account {
		return m, server.Stop()
	}
	before, err := simulator.Sent(ctx)
	if err != nil {
		return m, err
	}
	if err := server.Stop(); err != nil {
		return m, err
	}
	after, err := simulator.Sent(ctx)
	if err != nil {
		return m, err
	}
	return m, b.account(data, ids, before, after, r)
}

// room refuses to fill the disk.
func (b *bench) room(r setting, s clip.Spec) error {
	var fs unix.Statfs_t
	if err := unix.Statfs(b.folder, &fs); err != nil {
		return err
	}
	need := int64(r.cameras) * int64(s.Kilobits) * 125 * int64((b.warmUp+r.long)/time.Second+60)
	if free := int64(fs.Bavail) * fs.Bsize; free < need+need/10+1<<30 {
		return fmt.Errorf("%d cameras for %v write %d GB, and only %d GB are free in %s", r.cameras, b.warmUp+r.long, need>>30, free>>30, b.folder)
	}
	return nil
}

// measured is what was read while cameras were recorded.
type measured struct {
	cpu             []float64 // ms a camera-second, of every slice
	memory, sockets []float64 // bytes a camera
	anon            []float64
	fps, bitrate    float64 // a camera
	lost            uint64  // packets
	dropped         uint64  // pictures given up
	reconnects      uint64
	load            []float64
}

func (b *bench) watch(ctx context.Context, server *station.Server, r setting) (m measured, err error) {
	first, err := totals(ctx, server, r.cameras)
	if err != nil {
		return m, err
	}
	begun := time.Now()
	before, err := procfs.CPU(server.PID)
	if err != nil {
		return m, err
	}
	n := float64(r.cameras)
	for at := begun; time.Since(begun) < r.long; {
		if err := program.Wait(ctx, min(slice, r.long)); err != nil {
			return m, err
		}
		after, err := procfs.CPU(server.PID)
		if err != nil {
			return m, err
		}
		now := time.Now()
		m.cpu = append(m.cpu, float64(after-before)/float64(time.Millisecond)/now.Sub(at).Seconds()/n)
		at = now
		memory, err := procfs.Mem(server.PID)
		if err != nil {
			return m, err
		}
		m.memory, m.anon = append(m.memory, float64(memory.PSS)/n), append(m.anon, float64(memory.Anon)/n)
		sockets, err := procfs.SocketMemory(server.PID)
		if err != nil {
			return m, err
		}
		m.sockets = append(m.sockets, float64(sockets.Bytes)/n)
		load, err := procfs.Load()
		if err != nil {
			return m, err
		}
		m.load = append(m.load, load)
		if before, err = procfs.CPU(server.PID); err != nil { // without our own asking
			return m, err
		}
	}
	last, err := totals(ctx, server, r.cameras)
	if err != nil {
		return m, err
	}
	m.fps = float64(last.frames-first.frames) / last.at.Sub(first.at).Seconds() / n
	m.bitrate = last.bitrate / n
	m.lost, m.dropped, m.reconnects = last.lost-first.lost, last.dropped-first.dropped, last.reconnects-first.reconnects
	return m, nil
}

type total struct {
	at                                time.Time
	frames, lost, dropped, reconnects uint64
	bitrate                           float64
}

// totals adds up what the recorder says of its cameras, all of which must record.
func totals(ctx context.Context, server *station.Server, want int) (t total, err error) {
	t.at = time.Now()
	list, err := server.Cameras(ctx)
	if err != nil {
		return t, err
	}
	live := 0
	for i := range list {
		f := &list[i].State.Figures
		t.frames += f.Frames
		t.lost += f.Lost
		t.dropped += f.Dropped
		t.reconnects += f.Reconnects
		t.bitrate += f.Bitrate
		if list[i].State.Recording {
			live++
		}
	}
	if live != want {
		return t, fmt.Errorf("%d of %d cameras are recorded", live, want)
	}
	return t, nil
}

const mebibyte = 1 << 20

func (b *bench) tell(r setting, m measured) {
	who := fmt.Sprintf("%d cameras, %s", r.cameras, r.name)
	out := &b.results
	cpu := report.Median(m.cpu)
	note := fmt.Sprintf("median of %d × %v; %.2f to %.2f; %.2f frames and %.2f Mbit/s a camera; load average %.1f",
		len(m.cpu), min(slice, r.long), report.Quantile(m.cpu, 0), report.Quantile(m.cpu, 1), m.fps, m.bitrate/1e6, report.Median(m.load))
	if m.lost+m.dropped+m.reconnects > 0 {
		note += fmt.Sprintf("; %d packets lost, %d pictures dropped, %d reconnects", m.lost, m.dropped, m.reconnects)
	}
	memory := report.Median(m.memory) / mebibyte
	split := fmt.Sprintf("median; at most %.2f; of it %.2f heap and stacks", report.Quantile(m.memory, 1)/mebibyte, report.Median(m.anon)/mebibyte)
	if r.account {
		out.Aim("processor time a camera-second, "+who, cpu, "ms", 3, note)
		out.Aim("memory a camera (PSS), "+who, memory, "MiB", 2, split)
	} else {
		out.Add("processor time a camera-second, "+who, cpu, "ms", note)
		out.Add("memory a camera (PSS), "+who, memory, "MiB", split)
	}
	out.Add("kernel socket memory a camera, "+who, report.Median(m.sockets)/mebibyte, "MiB",
		fmt.Sprintf("median; at most %.2f", report.Quantile(m.sockets, 1)/mebibyte))
}

// account compares what stands on the disk to what was sent.
func (b *bench) account(data string, ids []string, before, after []station.Sent, r setting) error {
	b.Say("reading the counter of every recorded frame")
	var recorded, missing, twice, unreadable, outside, tail uint64
	var wrong error
	for i, id := range ids {
		f, err := account.Camera(filepath.Join(data, "recordings"), id)
		if err != nil {
			return err
		}
		recorded, missing, twice, unreadable = recorded+f.Recorded, missing+f.Missing, twice+f.Twice, unreadable+f.Unreadable
		if f.Last < before[i].Counter { // on their way through the kernel when it stopped
			tail += before[i].Counter - f.Last
		}
		if sent := after[i].Frames; sent > f.Recorded {
			outside += sent - f.Recorded
		}
		if f.Open > 0 || f.Recorded == 0 {
			wrong = errors.Join(wrong, fmt.Errorf("camera %d: %d segments were left open, %d frames recorded", i+1, f.Open, f.Recorded))
		}
	}
	note := fmt.Sprintf("%d recorded; %d missing between the first and the last of a camera; %d twice; %d without a counter; outside, %d sent before the first key frame and %d unread at the stop",
		recorded, missing, twice, unreadable, outside-min(outside, tail), tail)
	b.results.Aim(fmt.Sprintf("frames lost in %v, %d cameras, %s", b.warmUp+r.long, r.cameras, r.name), float64(missing+twice+unreadable), "frames", 0, note)
	return wrong
}
