package capture_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/evidence/fmp4"
	"watchroom/internal/archive"
	"watchroom/internal/capture"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/recording"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/source"
	"watchroom/internal/source/rtsp"
	"watchroom/internal/source/sim"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// house is simulated cameras and a fleet that records them.
type house struct {
	t      *testing.T
	sim    *sim.Sim
	fleet  *capture.Fleet
	volume *recording.Volume
}

func open(t *testing.T, cameras []sim.Camera, change func(*capture.Fleet)) *house {
	t.Helper()
	s, err := sim.New(sim.Options{Cameras: cameras, Username: "u", Password: "p"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	p := &rtsp.Puller{}
	if err := p.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return house{t: t, sim: s, volume: startVolume(t)}.start(p.Run, change)
}

func startVolume(t *testing.T) *recording.Volume {
	t.Helper()
	v := &recording.Volume{Root: t.TempDir(), Reserve: 1}
	if err := v.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

// uncut is the length of segments where a test says nothing else: they are cut at its
// multiples since 1970, and none falls into any test.
const uncut = 100 * 365 * 24 * time.Hour

func (h house) start(connect source.Connect, change func(*capture.Fleet)) *house {
	h.t.Helper()
	h.fleet = &capture.Fleet{Volume: h.volume, Connect: connect, Gate: source.NewGate(16, 0), SubLinger: 50 * time.Millisecond, SegmentLength: uncut}
	if change != nil {
		change(h.fleet)
	}
	if err := h.fleet.Start(context.Background()); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(h.fleet.Close)
	return &h
}

// camera is camera n of the simulator, from 1.
func (h *house) camera(n int) capture.Camera {
	id := fmt.Sprintf("cam%d", n)
	c := capture.Camera{ID: id, Enabled: true, Main: source.Config{
		Camera: id, Which: media.Main, URL: h.sim.URL(n, media.Main), Username: "u", Password: "p", Audio: true,
	}}
	sub := c.Main
	sub.Which, sub.URL = media.Sub, h.sim.URL(n, media.Sub)
	c.Sub = &sub
	return c
}

func (h *house) all() (out []capture.Camera) {
	for n := 1; n <= h.sim.Len(); n++ {
		out = append(out, h.camera(n))
	}
	return out
}

func (h *house) set(cameras []capture.Camera) {
	h.t.Helper()
	if err := h.fleet.Set(cameras); err != nil {
		h.t.Fatal(err)
	}
}

// await looks until cond holds.
func await(t *testing.T, what string, cond func() bool) {
	t.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	deadline := time.NewTimer(5 * time.Minute) // the race detector and 500 cameras take their time
	defer deadline.Stop()
	for !cond() {
		select {
		case <-look.C:
		case <-deadline.C:
			t.Fatalf("still waiting: %s", what)
		}
	}
}

func (h *house) status(id string) capture.Status {
	s, _ := h.fleet.Status(id)
	return s
}

// more waits until each of the cameras has recorded so many pictures from now on.
func (h *house) more(frames uint64, ids ...string) {
	h.t.Helper()
	want := map[string]uint64{}
	for _, id := range ids {
		want[id] = h.status(id).Main.Figures.Frames + frames
	}
	for _, id := range ids {
		await(h.t, id+" to send", func() bool {
			s := h.status(id)
			return s.Main.Figures.Frames >= want[id] && s.State.Recording
		})
	}
}

// stretch is what a file holds of pictures, by their counters.
type stretch struct {
	run      string
	counters []uint64
}

// read gives a camera's segments in order of time.
func read(t *testing.T, root, camera string, counter func([]byte) uint64) (out []stretch) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, camera, "*-*-*", "*"+segment.Ext))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(paths)
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		name, _, err := segment.ParseName(p)
		if err != nil {
			t.Fatal(err)
		}
		tracks, size, err := fmp4.ReadInit(b)
		if err != nil {
			t.Fatal(err)
		}
		s := stretch{run: name.Run}
		f, err := os.Open(p)
		if err != nil {
			t.Fatal(err)
		}
		_, err = fmp4.Scan(f, int64(size), int64(len(b)), func(part *fmp4.Part) error {
			if err := part.Samples(b[part.Offset:]); err != nil {
				return err
			}
			if t := part.Track(tracks[0].ID); t != nil {
				for _, x := range t.Samples {
					s.counters = append(s.counters, counter(x.Data))
				}
			}
			return nil
		})
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

func seiCounter(unit []byte) uint64 {
	n, _, _ := sim.ParseCounter(unit)
	return n
}

func records(t *testing.T, root, camera string) (out []journal.Record) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, camera, "*", journal.FileName))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(paths)
	for _, p := range paths {
		records, _, torn, err := journal.Read(p, 0, 0)
		if err != nil || torn != 0 {
			t.Fatal(torn, err)
		}
		out = append(out, records...)
	}
	return out
}

func kinds(records []journal.Record) string {
	var out []string
	for _, r := range records {
		k := r.Kind
		if k == journal.KindClock {
			continue // comes when the camera reports
		}
		if r.Kind == journal.KindGap || r.Kind == journal.KindStop {
			k += ":" + string(r.Cause)
		}
		out = append(out, k)
	}
	return strings.Join(out, " ")
}

// follower reads a stream to its end and keeps the counters.
type follower struct {
	mu       sync.Mutex
	counters []uint64
	done     chan struct{}
}

func (h *house) follow(id string) *follower {
	h.t.Helper()
	s, _, release, err := h.fleet.Open(id, media.Main)
	if err != nil {
		h.t.Fatal(err)
	}
	r, _, _ := s.Join(1<<16, nil)
	f := &follower{done: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	h.t.Cleanup(func() { cancel(); <-f.done; r.Close(); release() })
	go func() {
		defer close(f.done)
		for {
			it, err := r.Next(ctx)
			if err != nil {
				return
			}
			if it.Unit != nil && it.Unit.Track == it.Run.Video() {
				f.mu.Lock()
				f.counters = append(f.counters, seiCounter(it.Unit.Data))
				f.mu.Unlock()
			}
			if it.Ended && it.Cause == media.CauseStopped {
				return
			}
		}
	}()
	return f
}

// TestFleet runs at the pace of cameras, so its parts run side by side.
func TestFleet(t *testing.T) {
	leak.Check(t)
	for name, test := range map[string]func(*testing.T){
		"every frame over reconnects": everyFrameOverReconnects, "faults have their causes": faultsHaveTheirCauses,
		"settings touch one camera": settingsTouchOneCamera, "sub-stream on demand": subStreamOnDemand,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

// everyFrameOverReconnects accounts for every counter that was sent: what a
// reader of the stream got stands on disk once and in order, runs have no hole, and
// nothing that had arrived is lost by Close.
func everyFrameOverReconnects(t *testing.T) {
	h := open(t, []sim.Camera{{Tiny: true}, {Tiny: true, Audio: media.PCMA}, {Tiny: true, Audio: media.AAC}, {BFrames: true}}, nil)
	h.set(h.all())
	followers := map[string]*follower{}
	for _, id := range h.fleet.Cameras() {
		followers[id] = h.follow(id)
	}
	for round := range 2 {
		h.more(15, h.fleet.Cameras()...)
		for n := 1 + round; n <= 4; n += 2 {
			if err := h.sim.SetFault(n, sim.Fault{Kind: sim.Cut}); err != nil {
				t.Fatal(err)
			}
		}
	}
	h.more(30, h.fleet.Cameras()...)
	h.fleet.Close()
	for n := 1; n <= 4; n++ {
		id := fmt.Sprintf("cam%d", n)
		<-followers[id].done
		var all []uint64
		runs := map[string]bool{}
		for _, s := range read(t, h.volume.Root, id, seiCounter) {
			if runs[s.run] && s.counters[0] != all[len(all)-1]+1 {
				t.Errorf("%s: a segment of run %s begins with %d behind %d", id, s.run, s.counters[0], all[len(all)-1])
			}
			for i := 1; i < len(s.counters); i++ {
				if s.counters[i] != s.counters[i-1]+1 {
					t.Errorf("%s: %d behind %d", id, s.counters[i], s.counters[i-1])
				}
			}
			runs[s.run] = true
			all = append(all, s.counters...)
		}
		if !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) {
			t.Errorf("%s: pictures stand twice or out of order: %v", id, all)
		}
		got := followers[id].counters
		if i := slices.Index(all, got[0]); i < 0 || !slices.Equal(all[i:], got) {
			t.Errorf("%s: a reader got %d pictures up to %d, on disk are %d up to %d", id, len(got), got[len(got)-1], len(all), all[len(all)-1])
		}
		if text := kinds(records(t, h.volume.Root, id)); len(runs) < 2 || !strings.Contains(text, "gap:network run") || !strings.HasSuffix(text, "gap:recorder_stopped stop:recorder_stopped") {
			t.Errorf("%s: %d runs, journal %q", id, len(runs), text)
		}
	}
}

func faultsHaveTheirCauses(t *testing.T) {
	faults := []struct {
		fault sim.Fault
		cut   bool // break the session, so that a new one meets the fault
		state source.State
		cause media.Cause // of the gap; empty where recording goes on
		again bool        // wait until the camera is recorded again
	}{
		{sim.Fault{Kind: sim.Stall}, false, source.Stalled, media.CauseNoFrames, true},
		{sim.Fault{Kind: sim.Refuse}, true, source.Refused, media.CauseRefused, false},
		{sim.Fault{Kind: sim.BadCredentials}, false, source.WrongCredentials, media.CauseCredentials, false},
		{sim.Fault{Kind: sim.TimestampJump}, false, source.Live, media.CauseTimestamps, true},
		{sim.Fault{Kind: sim.PacketLoss, Value: 10}, false, source.Live, "", false},
		{sim.Fault{Kind: sim.Freeze}, false, source.Live, "", false},
	}
	cameras := make([]sim.Camera, len(faults))
	for i := range cameras {
		cameras[i] = sim.Camera{Tiny: true, NoSub: true}
	}
	h := open(t, cameras, func(f *capture.Fleet) { f.NoFrameTimeout = 8 * time.Second })
	h.set(h.all())
	h.more(5, h.fleet.Cameras()...)
	for i, f := range faults {
		if err := h.sim.SetFault(i+1, f.fault); err != nil {
			t.Fatal(err)
		}
		if f.cut {
			if err := h.sim.SetFault(i+1, sim.Fault{Kind: sim.Cut}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, f := range faults {
		id := fmt.Sprintf("cam%d", i+1)
		told := func() string { return kinds(records(t, h.volume.Root, id)) }
		await(t, id+" "+string(f.state), func() bool { return h.status(id).Main.State == f.state })
		if f.cause == "" {
			h.more(20, id)
			if text := told(); strings.Contains(text, "gap") {
				t.Errorf("%s: journal %q", f.fault.Kind, text)
			}
			continue
		}
		await(t, id+" gap", func() bool { return strings.Contains(told(), "gap:"+string(f.cause)) })
		if s := h.status(id); f.state != source.Live && (s.State.Recording || s.Main.Cause != f.cause || s.Main.Reason.Detail == "") {
			t.Errorf("%s: status %+v", f.fault.Kind, s)
		}
		if f.again {
			if err := h.sim.ClearFaults(i + 1); err != nil {
				t.Fatal(err)
			}
			await(t, id+" again", func() bool { return strings.Count(told(), "run") >= 2 })
		}
	}
	if s := h.status("cam5"); s.Main.Figures.Lost == 0 {
		t.Error("lost packets are not counted")
	}
}

// burst is a device that sends a minute of pictures at once and then holds the
// line. Its pictures carry their numbers.
func burst(frames int, sent *sync.WaitGroup) source.Connect {
	return func(ctx context.Context, _ source.Config, s *source.Session) error {
		s.Offer([]media.Track{{Codec: media.MJPEG, Timescale: 90000}})
		s.Playing("tcp")
		at := s.Now()
		for n := range frames {
			s.Unit(0, uint32(n*3600), at, fmt.Appendf(nil, "%08d", n))
			at = at.Add(40 * time.Millisecond)
		}
		sent.Done()
		<-ctx.Done()
		return context.Cause(ctx)
	}
}

// TestRecordingWaitsForNothing: for a minute the database answers nobody and
// viewers do not read. Every frame of that minute is on disk, and the fleet closes
// while all that still hangs. Afterwards the catalogue has everything.
func TestRecordingWaitsForNothing(t *testing.T) {
	clause.Covers(t, "C076", "C088")
	d := dbtest.Open(t, db.SQLite)
	v := startVolume(t)
	catalogue := &archive.Catalogue{DB: d, Root: v.Root}
	if err := catalogue.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(catalogue.Close)
	held, release := make(chan struct{}), make(chan struct{})
	var database sync.WaitGroup
	database.Go(func() {
		first := sync.OnceFunc(func() { close(held) })
		for free := false; !free; { // anew where a transaction has had its time
			_ = d.Tx(context.Background(), func(ctx context.Context, _ bun.Tx) error {
				first()
				select {
				case <-release:
					free = true
				case <-ctx.Done():
				}
				return nil
			})
		}
	})
	<-held
	const cameras, frames = 8, 1500
	var sent sync.WaitGroup
	sent.Add(cameras)
	h := house{t: t, volume: v}.start(func(ctx context.Context, cfg source.Config, s *source.Session) error {
		return burst(frames, &sent)(ctx, cfg, s)
	}, func(f *capture.Fleet) { f.OnJournal, f.SegmentLength = catalogue.Notify, 10*time.Second })
	var list []capture.Camera
	for i := range cameras {
		id := fmt.Sprintf("cam%d", i)
		list = append(list, capture.Camera{ID: id, Enabled: true, Main: source.Config{Camera: id, Which: media.Main}})
	}
	h.set(list[:1])
	s, p, leave, err := h.fleet.Open("cam0", media.Main)
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	for range 3 { // they never read
		r, _, _ := s.Join(64, p)
		defer r.Close()
	}
	h.set(list)
	sent.Wait()
	h.fleet.Close()
	for _, c := range list {
		next := 0
		segments := read(t, v.Root, c.ID, func(b []byte) uint64 {
			var n uint64
			if _, err := fmt.Sscanf(string(b), "%d", &n); err != nil {
				t.Fatal(err)
			}
			return n
		})
		for _, s := range segments {
			for _, n := range s.counters {
				if n != uint64(next) {
					t.Fatalf("%s: picture %d where %d was due", c.ID, n, next)
				}
				next++
			}
		}
		if next != frames || len(segments) < 6 {
			t.Errorf("%s: %d pictures in %d segments", c.ID, next, len(segments))
		}
	}
	close(release)
	database.Wait()
	for _, c := range list {
		segments, err := catalogue.Segments(t.Context(), c.ID, time.Now().Add(-time.Hour).UnixMicro(), time.Now().Add(time.Hour).UnixMicro())
		if err != nil || len(segments) < 6 {
			t.Errorf("%s: %d rows, %v", c.ID, len(segments), err)
		}
	}
}

// TestLossesAndClockAreOnRecord: what a source counts and measures stands in the
// journal beside the segment.
func TestLossesAndClockAreOnRecord(t *testing.T) {
	leak.Check(t)
	sent := make(chan struct{})
	h := house{t: t, volume: startVolume(t)}.start(func(ctx context.Context, _ source.Config, s *source.Session) error {
		s.Offer([]media.Track{{Codec: media.MJPEG, Timescale: 90000}})
		s.Playing("tcp")
		s.Lost(100)
		at := s.Now()
		for n := range 50 {
			s.Unit(0, uint32(n*3600), at.Add(time.Duration(n)*40*time.Millisecond), []byte{0xff, 0xd8, byte(n)})
		}
		s.Lost(3)
		s.Dropped(2)
		const since1900 = 2_208_988_800
		s.SenderReport(0, uint64(at.Unix()+since1900-60)<<32, 0, at.Truncate(time.Second))
		close(sent)
		<-ctx.Done()
		return context.Cause(ctx)
	}, nil)
	h.set([]capture.Camera{{ID: "cam1", Enabled: true, Main: source.Config{Camera: "cam1", Which: media.Main}}})
	<-sent
	h.fleet.Close()
	var text []string
	for _, r := range records(t, h.volume.Root, "cam1") {
		switch {
		case r.Segment != nil:
			text = append(text, fmt.Sprint("lost ", *r.Lost, " dropped ", *r.Dropped))
		case r.Offset != nil:
			text = append(text, fmt.Sprint("clock ", *r.Offset, " ", r.Source))
		}
	}
	if got := strings.Join(text, ", "); got != "clock -60000000 rtcp, lost 3 dropped 2" {
		t.Errorf("the journal says %q", got)
	}
}

// TestTheWaitForAKeyFrameIsOnRecord: a camera whose pictures come and that has sent no
// key frame yet is not one that sends nothing, on the screen and in the journal.
func TestTheWaitForAKeyFrameIsOnRecord(t *testing.T) {
	leak.Check(t)
	key := make(chan struct{})
	h := house{t: t, volume: startVolume(t)}.start(func(ctx context.Context, _ source.Config, s *source.Session) error {
		s.Offer([]media.Track{{Codec: media.H264, Timescale: 90000}})
		s.Playing("tcp")
		now := s.Now()
		for n := range 3 { // one every three seconds
			s.Unit(0, uint32(n*3*90000), now.Add(time.Duration(n-3)*3*time.Second), []byte{0, 0, 0, 4, 0x41, 0x9a, 0x21, 0x22})
		}
		select {
		case <-key:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		s.Unit(0, 9*90000, s.Now(), slices.Concat(
			[]byte{0, 0, 0, 25, 0x67, 0x42, 0xc0, 0x28, 0xd9, 0x00, 0x78, 0x02, 0x27, 0xe5, 0x84, 0x00, 0x00, 0x03, 0x00, 0x04, 0x00, 0x00, 0x03, 0x00, 0xf0, 0x3c, 0x60, 0xc9, 0x20},
			[]byte{0, 0, 0, 4, 0x68, 0xce, 0x38, 0x80}, []byte{0, 0, 0, 5, 0x65, 0x88, 0x84, 0x00, 0x11}))
		<-ctx.Done()
		return context.Cause(ctx)
	}, func(f *capture.Fleet) { f.NoFrameTimeout = 50 * time.Millisecond })
	h.set([]capture.Camera{{ID: "cam1", Enabled: true, Main: source.Config{Camera: "cam1", Which: media.Main}}})
	await(t, "the reason", func() bool { return h.status("cam1").Main.Reason.Code == "waiting_for_key_frame" })
	if s := h.status("cam1").Main; s.State != source.Connecting || s.Cause != media.CauseNoKeyFrame {
		t.Errorf("state %+v", s)
	}
	close(key)
	await(t, "the run", func() bool { return h.status("cam1").Main.State == source.Live })
	h.fleet.Close()
	if got, want := kinds(records(t, h.volume.Root, "cam1")), "start gap:no_key_frame run seg gap:recorder_stopped stop:recorder_stopped"; got != want {
		t.Errorf("the journal says %q", got)
	}
}

// TestACameraThatIsOffLeavesNothingOpen: what a crash left of a camera that is
// switched off when the next process starts is made whole, and the gap says why.
func TestACameraThatIsOffLeavesNothingOpen(t *testing.T) {
	leak.Check(t)
	h := open(t, []sim.Camera{{Tiny: true}}, nil)
	h.set(h.all())
	h.more(10, "cam1")
	await(t, "a part to stand on disk", func() bool { return h.fleet.OpenSegment("cam1") != nil })
	crashed := house{t: t, volume: startVolume(t)}
	if err := os.CopyFS(crashed.volume.Root, os.DirFS(h.volume.Root)); err != nil {
		t.Fatal(err)
	}
	next := crashed.start(func(context.Context, source.Config, *source.Session) error { return errors.New("never asked") }, nil)
	off := h.camera(1)
	off.Enabled, off.Off = false, &capture.Off{By: "王芳", Reason: "施工"}
	before := time.Now()
	next.set([]capture.Camera{off})
	if since := next.status("cam1").Main.Since; since.Before(before) || since.After(time.Now()) {
		t.Errorf("off since %v, which this process learned just now", since)
	}
	off.Off = &capture.Off{By: "王芳", Reason: "施工", At: 1_700_000_000_000_000}
	next.set([]capture.Camera{off})
	if s := next.status("cam1").Main; s.Since.UnixMicro() != off.Off.At || s.Reason.Params["by"] != "王芳" || s.Reason.Params["reason"] != "施工" {
		t.Errorf("off since %v, %+v", s.Since, s.Reason)
	}
	next.fleet.Close()
	all := records(t, crashed.volume.Root, "cam1")
	last := all[len(all)-1]
	if last.Kind != journal.KindStop || last.Cause != media.CauseSwitchedOff || last.Detail != "王芳: 施工" {
		t.Errorf("the last line: %+v", last)
	}
	if !slices.ContainsFunc(all, func(r journal.Record) bool { return r.Segment != nil && r.Recovered }) {
		t.Errorf("no segment was taken in: %+v", all)
	}
	if open, err := filepath.Glob(filepath.Join(crashed.volume.Root, "cam1", "*", "*"+segment.PartExt)); err != nil || len(open) > 0 {
		t.Errorf("still open: %v, %v", open, err)
	}
}

// settingsTouchOneCamera changes, switches off and on, and removes one camera
// while another goes on without losing a frame.
func settingsTouchOneCamera(t *testing.T) {
	h := open(t, []sim.Camera{{Tiny: true}, {Tiny: true}, {Tiny: true}}, nil)
	list := h.all()[:2]
	h.set(list)
	h.more(3, "cam1")
	h.more(3, "cam2")
	list[1].Main.URL = h.sim.URL(3, media.Main)
	h.set(list)
	h.more(3, "cam2")
	list[1].Enabled, list[1].Off = false, &capture.Off{By: "王芳", Reason: "施工"}
	h.set(list)
	await(t, "the journal to say who switched it off and why", func() bool {
		all := records(t, h.volume.Root, "cam2")
		return all[len(all)-1].Kind == journal.KindStop && all[len(all)-1].Detail == "王芳: 施工"
	})
	s := h.status("cam2")
	if s.Main.Reason.Params["by"] != "王芳" || s.Main.Reason.Params["reason"] != "施工" {
		t.Errorf("the state's reason: %+v", s.Main.Reason)
	}
	if s.Enabled || s.Main.State != source.Off || s.Main.Cause != media.CauseSwitchedOff {
		t.Errorf("switched off: %+v", s)
	}
	if _, _, _, err := h.fleet.Open("cam2", media.Main); !errors.Is(err, capture.ErrOff) {
		t.Errorf("a stream of a camera that is off: %v", err)
	}
	list[1].Enabled, list[1].Off, list[1].Sub = true, nil, nil
	h.set(list)
	h.more(3, "cam2")
	if _, _, _, err := h.fleet.Open("cam2", media.Sub); !errors.Is(err, capture.ErrNoStream) {
		t.Errorf("a sub-stream that is not there: %v", err)
	}
	h.set(list[:1])
	if _, _, _, err := h.fleet.Open("cam2", media.Main); !errors.Is(err, capture.ErrUnknown) {
		t.Errorf("a removed camera: %v", err)
	}
	h.more(3, "cam1")
	h.fleet.Close()
	if got := kinds(records(t, h.volume.Root, "cam1")); got != "start run seg gap:recorder_stopped stop:recorder_stopped" {
		t.Errorf("the other camera's journal: %q", got)
	}
	want := "start run seg gap:restart run seg gap:switched_off stop:switched_off start run seg gap:switched_off stop:switched_off"
	if got := kinds(records(t, h.volume.Root, "cam2")); got != want {
		t.Errorf("journal %q, want %q", got, want)
	}
	for _, s := range read(t, h.volume.Root, "cam1", seiCounter) {
		for i := 1; i < len(s.counters); i++ {
			if s.counters[i] != s.counters[i-1]+1 {
				t.Errorf("the other camera lost frames: %d behind %d", s.counters[i], s.counters[i-1])
			}
		}
	}
}

func subStreamOnDemand(t *testing.T) {
	h := open(t, []sim.Camera{{Tiny: true}}, nil)
	h.set(h.all())
	pulled := func() (open, ever int) {
		for _, s := range h.sim.Sessions(1, media.Sub) {
			ever++
			if s.Open {
				open++
			}
		}
		return open, ever
	}
	h.more(3, "cam1")
	if open, ever := pulled(); open+ever != 0 || h.status("cam1").Sub != nil {
		t.Fatalf("pulled by nobody: %d, %d", open, ever)
	}
	s, p, leave, err := h.fleet.Open("cam1", media.Sub)
	if err != nil {
		t.Fatal(err)
	}
	_, _, leaveToo, err := h.fleet.Open("cam1", media.Sub)
	if err != nil {
		t.Fatal(err)
	}
	await(t, "the sub-stream", func() bool { return s.Run() != nil })
	r, _, prime := s.Join(64, p)
	if prime != nil {
		units, err := prime()
		if err != nil || !units[0].Key {
			t.Errorf("primer: %v", err)
		}
	}
	r.Close()
	leave()
	leave() // once counts
	if open, ever := pulled(); open != 1 || ever != 1 {
		t.Errorf("with one viewer left: %d of %d sessions are open", open, ever)
	}
	leaveToo()
	await(t, "the sub-stream to be let go", func() bool { open, _ := pulled(); return open == 0 && h.status("cam1").Sub == nil })
	_, _, leave, err = h.fleet.Open("cam1", media.Sub)
	if err != nil {
		t.Fatal(err)
	}
	await(t, "the sub-stream again", func() bool { open, _ := pulled(); return open == 1 })
	h.fleet.Close() // with a viewer
	leave()
}

// TestStorm lets many cameras come back at once, as after a power cut.
func TestStorm(t *testing.T) {
	leak.Check(t)
	cameras := make([]sim.Camera, storm)
	for i := range cameras {
		cameras[i] = sim.Camera{Tiny: true, NoSub: true}
	}
	h := open(t, cameras, nil)
	list := h.all()
	for i := range list {
		list[i].Sub = nil
	}
	h.set(list)
	recording := func() (n int) {
		for _, c := range list {
			if s := h.status(c.ID); s.Main.State == source.Live && s.State.Recording {
				n++
			}
		}
		return n
	}
	await(t, "all cameras to be recorded", func() bool { return recording() == storm })
	h.fleet.Close()
	for _, c := range list {
		segments := read(t, h.volume.Root, c.ID, seiCounter)
		if len(segments) == 0 {
			t.Fatalf("%s: nothing recorded", c.ID)
		}
	}
}

// TestHandOver: a camera that another process records leaves no word of an end, one
// that it does not record yet a gap that says why; nothing begins here any more.
func TestHandOver(t *testing.T) {
	leak.Check(t)
	h := house{t: t, volume: startVolume(t)}.start(func(ctx context.Context, c source.Config, s *source.Session) error {
		if c.Camera == "away" {
			return source.Fail(source.Unreachable, "connection_refused", "", nil, nil)
		}
		s.Offer([]media.Track{{Codec: media.MJPEG, Timescale: 90000}})
		s.Playing("tcp")
		at := s.Now()
		for n := range 50 {
			s.Unit(0, uint32(n*3600), at.Add(time.Duration(n)*40*time.Millisecond), []byte{0xff, 0xd8, byte(n)})
		}
		<-ctx.Done()
		return context.Cause(ctx)
	}, nil)
	var cameras []capture.Camera
	for _, id := range []string{"away", "one", "two"} {
		cameras = append(cameras, capture.Camera{ID: id, Enabled: true, Main: source.Config{Camera: id, Which: media.Main}})
	}
	h.set(cameras)
	await(t, "two are recorded", func() bool { return slices.Equal(h.fleet.Recording(), []string{"one", "two"}) })
	await(t, "one is away", func() bool { s, _ := h.fleet.Status("away"); return s.State.Cause == media.CauseUnreachable })
	h.fleet.HandOver([]string{"one"})
	h.set(cameras)
	if got := h.fleet.Cameras(); len(got) != 0 {
		t.Errorf("they run again: %q", got)
	}
	for id, want := range map[string]string{"away": "start gap:camera_unreachable", "one": "start run seg", "two": "start run seg gap:restart stop:restart"} {
		var words []string
		for _, r := range records(t, h.volume.Root, id) {
			word := r.Kind
			if r.Cause != "" {
				word += ":" + string(r.Cause)
			}
			words = append(words, word)
		}
		if got := strings.Join(words, " "); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
}
