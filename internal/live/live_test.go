package live_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/live"
	"watchroom/internal/media"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/footage"
)

func TestViewersAreLimitedAndCounted(t *testing.T) {
	v := &live.Viewers{Max: 3, MaxPerPerson: 2}
	enter := func(person string) (*live.Seat, error) {
		return v.Enter(context.Background(), live.Viewer{Person: person, Session: "s-" + person, Camera: "c1", Transport: "whep"})
	}
	a, err := enter("ann")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := enter("ann"); err != nil {
		t.Fatal(err)
	}
	if _, err := enter("ann"); !errors.Is(err, live.ErrTooManyOfPerson) {
		t.Errorf("third of one person: %v", err)
	}
	if _, err := enter("bob"); err != nil {
		t.Fatal(err)
	}
	if _, err := enter("cyd"); !errors.Is(err, live.ErrTooManyViewers) {
		t.Errorf("fourth: %v", err)
	}
	a.Sent(100)
	a.Dropped(3)
	a.Leave()
	a.Leave()
	if _, err := enter("cyd"); err != nil {
		t.Errorf("after one left: %v", err)
	}
	want := live.Figures{Watching: map[string]int{"whep": 3}, Opened: 4, Bytes: 100, Dropped: 3}
	if d := cmp.Diff(want, v.Figures()); d != "" {
		t.Error(d)
	}
}

func TestEndingReachesOnlyThoseMeant(t *testing.T) {
	v := &live.Viewers{}
	seats := map[string]*live.Seat{}
	for _, w := range []live.Viewer{
		{Person: "ann", Session: "s1", Camera: "gate"},
		{Person: "ann", Session: "s2", Camera: "yard"},
		{Person: "bob", Session: "s3", Camera: "gate"},
	} {
		s, err := v.Enter(context.Background(), w)
		if err != nil {
			t.Fatal(err)
		}
		seats[w.Session] = s
	}
	ended := func(want ...string) {
		t.Helper()
		var got []string
		for _, id := range []string{"s1", "s2", "s3"} {
			if why := seats[id].Reason(); why != nil {
				got = append(got, id+" "+why.Code)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
	if n := v.EndSession("s2", live.ErrRightsEnded); n != 1 {
		t.Errorf("EndSession ended %d", n)
	}
	ended("s2 rights_ended")
	if n := v.EndCamera("gate", live.ErrNotLive); n != 2 {
		t.Errorf("EndCamera ended %d", n)
	}
	v.EndPerson("ann", live.ErrRightsEnded) // the first reason stands
	ended("s1 camera_not_live", "s2 rights_ended", "s3 camera_not_live")
	v.Close()
	if _, err := v.Enter(context.Background(), live.Viewer{}); !errors.Is(err, live.ErrStopping) {
		t.Errorf("after Close: %v", err)
	}
}

func TestASeatFollowsItsParent(t *testing.T) {
	v := &live.Viewers{}
	ctx, cancel := context.WithCancel(context.Background())
	s, err := v.Enter(ctx, live.Viewer{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Reason() != nil {
		t.Error("a reason before the end")
	}
	cancel()
	<-s.Context().Done()
	if got := s.Reason(); got != live.ErrLeft {
		t.Errorf("reason %v", got)
	}
}

func TestFirstRun(t *testing.T) {
	var s media.Stream
	r, run, _ := s.Join(8, nil)
	defer r.Close()
	want := &media.Run{ID: "r", Tracks: []media.Track{{Codec: media.H264}}}
	s.Begin(&media.Run{ID: "gone"})
	s.End(0, media.CauseNetwork)
	s.Begin(want)
	got, err := live.FirstRun(context.Background(), r, run, nil)
	if err != nil || got.ID != "gone" {
		t.Errorf("first run %v, %v", got, err)
	}
	if got, err := live.FirstRun(context.Background(), r, want, nil); got != want || err != nil {
		t.Errorf("the joined run is the first: %v, %v", got, err)
	}
	var silent media.Stream
	r, run, _ = silent.Join(8, nil)
	defer r.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if _, err := live.FirstRun(ctx, r, run, nil); !errors.Is(err, live.ErrNotLive) || problem.Of(err).Kind != problem.Unavailable {
		t.Errorf("silence: %v", err)
	}
}

// TestFirstRunWaitsForWhatComes, and for nothing else.
func TestFirstRunWaitsForWhatComes(t *testing.T) {
	for _, c := range []struct {
		name   string
		down   time.Duration // from when on nothing is on its way
		begins time.Duration // when the run begins
		took   time.Duration
		err    error
	}{
		{"down", 0, time.Hour, 0, live.ErrNotLive},
		{"going down", 900 * time.Millisecond, time.Hour, time.Second, live.ErrNotLive},
		{"connecting for ever", time.Hour, time.Hour, 10 * time.Second, live.ErrNotLive},
		{"connecting", time.Hour, 3 * time.Second, 3 * time.Second, nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			var s media.Stream
			r, run, _ := s.Join(8, nil)
			defer r.Close()
			defer time.AfterFunc(c.begins, func() { s.Begin(&media.Run{ID: "r"}) }).Stop()
			got, err := live.FirstRun(ctx, r, run, func() bool { return time.Since(began) < c.down })
			if !errors.Is(err, c.err) || (got == nil) != (c.err != nil) || time.Since(began) != c.took { // on the bubble's clock
				t.Errorf("%s: %v, %v after %v", c.name, got, err, time.Since(began))
			}
		})
	}
}

func TestReordersIsReadFromParameterSets(t *testing.T) {
	for _, c := range []struct {
		spec footage.Spec
		want bool
	}{
		{footage.Spec{Seconds: 1, BFrames: 2, FPS: 10}, true},
		{footage.Spec{Seconds: 1, FPS: 10}, false},
		{footage.Spec{Seconds: 1, Codec: media.H265, BFrames: 2, FPS: 10}, true},
		{footage.Spec{Seconds: 1, Codec: media.H265, FPS: 10}, false},
	} {
		track := footage.Make(t, c.spec).Tracks[0]
		if got := live.Reorders(track); got != c.want {
			t.Errorf("%s with %d B-frames: %v", track.Codec, c.spec.BFrames, got)
		}
	}
	for _, sps := range [][]byte{nil, {0x67}, {0x67, 0x64, 0, 0x0b, 0xff}} {
		if live.Reorders(media.Track{Codec: media.H264, SPS: [][]byte{sps}}) {
			t.Errorf("SPS %x reorders", sps)
		}
	}
}

func FuzzReorders(f *testing.F) {
	f.Add(true, []byte{0x67, 0x64, 0x00, 0x0b, 0xac, 0xd9, 0x42, 0x84, 0x7e, 0x5c, 0x04, 0x40})
	f.Add(false, []byte{0x42, 0x01, 0x01, 0x01, 0x60})
	f.Fuzz(func(t *testing.T, avc bool, sps []byte) {
		codec := media.H265
		if avc {
			codec = media.H264
		}
		live.Reorders(media.Track{Codec: codec, SPS: [][]byte{sps}})
	})
}
