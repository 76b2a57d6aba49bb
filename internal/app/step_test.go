package app

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/evidence/fmp4"
	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/capture"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/playback"
	"watchroom/internal/recording"
	"watchroom/internal/source"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// setClock is a clock that is set to and fro while a camera sends. The nanoseconds
// below a microsecond of what it shows count how often, so that two readings tell the
// true time between them.
type setClock struct {
	mu    sync.Mutex // guards all below
	truth time.Duration
	ahead []time.Duration // by how much it was wrong after every setting
}

var setOut = time.Date(2026, 3, 1, 21, 0, 0, 0, time.UTC) // midnight is among what follows

func (c *setClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return setOut.Add(c.truth + c.ahead[len(c.ahead)-1] + time.Duration(len(c.ahead)))
}

func (c *setClock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.truth += d
}

func (c *setClock) set(by time.Duration) (from, to int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.ahead[len(c.ahead)-1]
	c.ahead = append(c.ahead, old+by)
	return setOut.Add(c.truth + old).UnixMicro(), setOut.Add(c.truth + old + by).UnixMicro()
}

func (c *setClock) elapsed(from, to time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	truth := func(t time.Time) time.Duration {
		n := t.Nanosecond() % 1000
		return t.Sub(setOut) - time.Duration(n) - c.ahead[n-1]
	}
	return truth(to) - truth(from)
}

// stage is a camera of one picture a second whose pictures bear the true second.
type stage struct {
	clock     *setClock
	fleet     *capture.Fleet
	catalogue *archive.Catalogue
	sent      int64
	orders    chan func(*source.Session)
}

func setUp(t *testing.T, d *db.DB) *stage {
	t.Helper()
	s := &stage{clock: &setClock{ahead: []time.Duration{0}}, orders: make(chan func(*source.Session))}
	now := clock.Clock(s.clock.now)
	volume := &recording.Volume{Root: t.TempDir(), Reserve: 1}
	if err := volume.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(volume.Close)
	s.catalogue = &archive.Catalogue{DB: d, Root: volume.Root, Clock: now}
	s.fleet = &capture.Fleet{
		Volume: volume, Clock: now, Elapsed: s.clock.elapsed, OnJournal: func(c string) { s.catalogue.Notify(c) },
		Connect: func(ctx context.Context, _ source.Config, session *source.Session) error {
			session.Offer([]media.Track{{Codec: media.MJPEG, Timescale: 90000}})
			session.Playing("tcp")
			for {
				select {
				case f := <-s.orders:
					if f == nil {
						return source.Fail(source.Unreachable, "connection_lost", "", nil, nil)
					}
					f(session)
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			}
		},
	}
	if err := s.fleet.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.fleet.Close)
	s.catalogue.OpenSegment = s.fleet.OpenSegment
	if err := s.catalogue.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.catalogue.Close)
	if err := s.fleet.Set([]capture.Camera{{ID: "cam1", Enabled: true, Main: source.Config{Camera: "cam1", Which: media.Main}}}); err != nil {
		t.Fatal(err)
	}
	return s
}

// send lets the camera send for so many minutes.
func (s *stage) send(minutes int) {
	done := make(chan struct{})
	s.orders <- func(session *source.Session) {
		defer close(done)
		for range minutes * 60 {
			s.clock.pass(time.Second)
			s.sent++
			picture := binary.BigEndian.AppendUint64([]byte{0xff, 0xd8}, uint64(s.sent))
			session.Unit(0, uint32(s.sent*90000), s.clock.now(), picture)
		}
	}
	<-done
}

// seconds reads the true seconds of what is played between two instants.
func (s *stage) seconds(t *testing.T, from, to int64) (out []int64) {
	t.Helper()
	l := &playback.Library{Catalogue: s.catalogue}
	f, err := l.File(t.Context(), "cam1", from, to)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	_, size, err := fmp4.ReadInit(b)
	if err != nil {
		t.Fatal(err)
	}
	end := uint64(0)
	_, err = fmp4.Scan(bytes.NewReader(b), int64(size), int64(len(b)), func(p *fmp4.Part) error {
		if err := p.Samples(b[p.Offset:]); err != nil {
			return err
		}
		for i := range p.Tracks {
			track := &p.Tracks[i]
			if track.BaseTime < end {
				t.Errorf("the time goes back from %d to %d", end, track.BaseTime)
			}
			end = track.BaseTime + track.Duration()
			for _, x := range track.Samples {
				out = append(out, int64(binary.BigEndian.Uint64(x.Data[2:])))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// lane is the timeline of an interval, checked to fill it.
func (s *stage) lane(t *testing.T, from, to int64) []coverage.Span {
	t.Helper()
	lanes, err := s.catalogue.Timeline(t.Context(), []string{"cam1"}, from, to, 0)
	if err != nil {
		t.Fatal(err)
	}
	at := from
	for _, x := range lanes[0].Spans {
		if x.Start != at || x.End <= x.Start || x.Kind == coverage.Gap && (x.Cause == media.CauseNone || x.Cause == media.CauseUnknown) {
			t.Fatalf("a hole, an overlap or a gap without cause at %d: %+v", at, lanes[0].Spans)
		}
		at = x.End
	}
	if at != to {
		t.Fatalf("ends at %d, asked for %d", at, to)
	}
	return lanes[0].Spans
}

// brief writes spans in minutes since the beginning.
func brief(spans []coverage.Span) (out []string) {
	for _, x := range spans {
		minute := func(at int64) int64 { return (at - setOut.UnixMicro() + 30e6) / 60e6 }
		if minute(x.Start) == minute(x.End) {
			continue
		}
		word := string(x.Kind)
		if x.Kind == coverage.Gap {
			word = string(x.Cause)
		}
		out = append(out, fmt.Sprintf("%d-%d %s", minute(x.Start), minute(x.End), word))
	}
	return out
}

// TestStepsOfTheClock records through steps of the clock, forward, back, and to and
// fro, over midnight, on both databases: the timeline has no hole without a cause and
// counts nothing twice; what is played goes back neither on the clock nor in truth;
// and the catalogue that is made again from the files says the same.
func TestStepsOfTheClock(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C076")
	type scene struct {
		name    string
		play    func(s *stage)
		want    []string // of the timeline, minutes of the clock
		missing int64    // pictures that another run's footage stands over
		ahead   bool     // at the end there is footage that bears times to come
	}
	for _, c := range []scene{
		{"forward", func(s *stage) { s.send(150); s.clock.set(time.Hour); s.send(30) },
			[]string{"0-150 recorded", "150-210 clock_step", "210-240 recorded"}, 0, false},
		{"back over midnight", func(s *stage) { s.send(200); s.clock.set(-time.Hour); s.send(80) },
			[]string{"0-220 recorded"}, 3600, false},
		{"back, and not caught up yet", func(s *stage) { s.send(200); s.clock.set(-time.Hour); s.send(20) },
			[]string{"0-200 recorded"}, 1200, true},
		{"ahead for ten minutes", func(s *stage) {
			s.send(100)
			s.clock.set(time.Hour)
			s.send(10)
			s.clock.set(-time.Hour)
			s.send(80)
		}, []string{"0-100 recorded", "100-110 clock_step", "110-190 recorded"}, 600, false},
		{"forward while the camera is away", func(s *stage) {
			s.send(100)
			s.orders <- nil
			s.await()
			s.clock.pass(10 * time.Minute)
			s.fleet.ClockStepped(s.clock.set(time.Hour))
			s.clock.pass(5 * time.Minute)
			s.send(10)
		}, []string{"0-100 recorded", "100-110 camera_unreachable", "110-170 clock_step", "170-175 camera_unreachable", "175-185 recorded"}, 0, false},
		{"twice back", func(s *stage) {
			s.send(100)
			s.clock.set(-30 * time.Minute)
			s.send(10)
			s.clock.set(-30 * time.Minute)
			s.send(100)
		}, []string{"0-150 recorded"}, 3600, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				s := setUp(t, d)
				c.play(s)
				from, to := setOut.UnixMicro(), s.clock.now().UnixMicro()
				s.lane(t, from, to) // while the last segment is open
				s.fleet.Close()
				last := to
				for _, day := range []int64{0, 1} { // what was recorded ahead of the present too
					list, err := s.catalogue.Segments(t.Context(), "cam1", from+day*86400e6, from+(day+1)*86400e6)
					if err != nil {
						t.Fatal(err)
					}
					for _, x := range list {
						last = max(last, x.EndAt)
					}
				}
				if !c.ahead {
					last = to
				}
				got := brief(s.lane(t, from, last))
				if !slices.Equal(got, c.want) {
					t.Errorf("the timeline: %q, want %q", got, c.want)
				}
				seen := s.seconds(t, from, last)
				lost := s.sent - int64(len(seen))
				if lost < c.missing-120 || lost > c.missing+120 {
					t.Errorf("%d pictures of %d are not played, want %d", lost, s.sent, c.missing)
				}
				// Where the clock has not caught up, the earlier run's end comes behind the later run.
				if !c.ahead && !slices.IsSorted(seen) {
					t.Error("what is played goes back in truth")
				}
				s.again(t, from, last)
			})
		})
	}
}

// await waits until the recorder knows that the camera is away.
func (s *stage) await() {
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for range look.C {
		if st, ok := s.fleet.Status("cam1"); ok && st.Main.State == source.Unreachable && st.State.Cause == media.CauseUnreachable {
			return
		}
	}
}

// again makes the catalogue anew from the files and compares.
func (s *stage) again(t *testing.T, from, to int64) {
	t.Helper()
	before := s.lane(t, from, to)
	count := func() (n int) {
		list, err := s.catalogue.Segments(t.Context(), "cam1", from, to)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	segments := count()
	for _, table := range []string{"segments", "coverage", "journal_cursors"} {
		if err := forget(t.Context(), s.catalogue.DB, table); err != nil {
			t.Fatal(err)
		}
	}
	fresh := &archive.Catalogue{DB: s.catalogue.DB, Root: s.catalogue.Root, Clock: s.catalogue.Clock}
	if err := fresh.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	old := s.catalogue
	s.catalogue = fresh
	defer func() { s.catalogue = old }()
	if after := s.lane(t, from, to); !slices.Equal(brief(after), brief(before)) {
		t.Errorf("made again from the files: %q, was %q", brief(after), brief(before))
	}
	if n := count(); n != segments {
		t.Errorf("%d segments made again from the files, there were %d", n, segments)
	}
}

func forget(ctx context.Context, d *db.DB, table string) error {
	return d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Table(table).Where("camera = ?", "cam1").Exec(ctx)
		return err
	})
}
