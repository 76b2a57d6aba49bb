package recording_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"watchroom/internal/media"
	"watchroom/internal/recording"
)

// TestPrimersAreExact joins a stream at random instants while the writer is
// somewhere between far behind and done. What the reader gets is every unit since
// the last key frame in order of arrival, each once.
func TestPrimersAreExact(t *testing.T) {
	base := quick(t)
	rapid.Check(t, func(t *rapid.T) {
		c := drawCamera(t)
		root, err := os.MkdirTemp(base, "")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(root)
		v := &recording.Volume{Root: root, Reserve: 1}
		var hold sync.Mutex // the disk waits while it is held
		v.SetFault(func(string, string) error {
			hold.Lock()
			defer hold.Unlock()
			return nil
		})
		if err := v.Start(context.Background()); err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		rec := &recording.Recorder{Camera: "cam1", Volume: v, SegmentLength: c.segment}
		if err := rec.Start(context.Background()); err != nil {
			t.Fatal(err)
		}
		var s media.Stream
		s.AddSink(rec)
		run := &media.Run{ID: "runa", Start: c.start, Tracks: c.tracks}
		s.Begin(run)
		held := false
		toggle := func() {
			if held = !held; held {
				hold.Lock()
			} else {
				hold.Unlock()
			}
		}
		type joined struct {
			at    int
			units func() ([]*media.Unit, error)
		}
		var later []joined
		key := -1
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		for i, u := range c.units {
			if run.Video() < 0 || u.Track == run.Video() && u.Key {
				key = i
			}
			s.Write(u)
			switch random.IntN(60) {
			case 0:
				toggle()
			case 1:
				if !held {
					rec.Drain()
				}
			case 2, 3, 4:
				r, _, prime := s.Join(8, rec)
				r.Close()
				if prime == nil {
					if key >= 0 {
						t.Fatalf("no primer at unit %d, key frame at %d", i, key)
					}
					continue
				}
				if held || random.IntN(2) == 0 {
					later = append(later, joined{i, prime}) // read after parts have been written, or segments closed
					continue
				}
				same(t, prime, c.units[key:i+1])
			}
			for _, j := range later[:max(len(later)-3, 0)] {
				from := lastKey(run, c.units[:j.at+1])
				if !held {
					same(t, j.units, c.units[from:j.at+1])
				}
			}
			later = later[max(len(later)-3, 0):]
		}
		if held {
			toggle()
		}
		s.End(c.start, media.CauseNetwork)
		rec.Close()
		for _, j := range later {
			same(t, j.units, c.units[lastKey(run, c.units[:j.at+1]):j.at+1])
		}
	})
}

func lastKey(run *media.Run, units []*media.Unit) int {
	for i := len(units) - 1; i >= 0; i-- {
		if run.Video() < 0 || units[i].Track == run.Video() && units[i].Key {
			return i
		}
	}
	return -1
}

func same(t drawer, prime func() ([]*media.Unit, error), want []*media.Unit) {
	t.Helper()
	got, err := prime()
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%d units, want %d", len(got), len(want))
	}
	for i, g := range got {
		w := want[i]
		if g.Track != w.Track || g.DTS != w.DTS || g.PTS != w.PTS || g.Key != w.Key || !bytes.Equal(g.Data, w.Data) {
			t.Fatalf("unit %d is %+v, want %+v", i, g, w)
		}
	}
}

func TestNoPrimerWithoutKeyFrame(t *testing.T) {
	r := newRig(t, nil)
	join := func() func() ([]*media.Unit, error) {
		reader, _, prime := r.stream.Join(8, r.rec)
		reader.Close()
		return prime
	}
	r.begin("runa")
	if join() != nil {
		t.Error("a primer before any picture")
	}
	r.tick = 1
	r.frames(10, 50)
	if join() != nil {
		t.Error("a primer before a key frame")
	}
	r.tick = 50
	r.frames(1, 50)
	if join() == nil {
		t.Error("no primer although a key frame came")
	}
	r.stream.End(r.wall, media.CauseNetwork)
	if join() != nil {
		t.Error("a primer between runs")
	}
}

func TestAGOPWithoutEndIsNotKept(t *testing.T) {
	// One key frame and never another: viewers then wait, memory does not grow.
	r := newRig(t, func(rec *recording.Recorder, _ *recording.Volume) { rec.PartLength = time.Second })
	r.begin("runa")
	big := make([]byte, 4<<20)
	for i := range int64(24) {
		r.stream.Write(&media.Unit{PTS: i * 90000, DTS: i * 90000, Wall: r.wall + i*1e6, Key: i == 0, Data: big})
		r.rec.Drain()
	}
	reader, _, prime := r.stream.Join(8, r.rec)
	reader.Close()
	if prime != nil {
		t.Error("96 MiB are kept for viewers")
	}
}
