package playback_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"watchroom/evidence/fmp4"
	"watchroom/internal/archive"
	"watchroom/internal/playback"
	"watchroom/internal/problem"
)

// TestPastWhatCannotBeRead: what stands before and behind damage is played, the refusal
// says where to go on, and somebody is told once.
func TestPastWhatCannotBeRead(t *testing.T) {
	p := record(t, false)
	all, err := p.Catalogue.Segments(t.Context(), "cam1", p.start, p.runs[0][1])
	if err != nil || len(all) < 3 {
		t.Fatalf("%d segments, %v", len(all), err)
	}
	told := map[string]error{}
	p.OnBroken = func(s archive.Segment, err error) {
		if told[s.File] != nil {
			t.Errorf("told twice of %s", s.File)
		}
		told[s.File] = err
	}
	file := func(s archive.Segment) string { return filepath.Join(p.Catalogue.Root, s.File) }
	gone, hurt := all[1], all[2]
	if err := os.Remove(file(gone)); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file(hurt))
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(b[:len(b)*2/3], []byte("moof")) // its second half begins with no part
	copy(b[at-4:at+300], make([]byte, 304))
	if err := os.WriteFile(file(hurt), b, 0o600); err != nil {
		t.Fatal(err)
	}
	// As a player asks: on from where it is told to.
	var starts, holes []int64
	until := p.runs[0][1]
	for from, n := p.start, 0; from < until; n++ {
		if n > 40 {
			t.Fatal("it never comes to the end")
		}
		end := min(from+12e6, until)
		s, err := p.Open(t.Context(), playback.Request{Camera: "cam1", From: from, To: end})
		if err != nil {
			e := problem.Of(err)
			on, ok := e.Params["until"].(time.Time)
			if e.Code != "footage_unreadable" || !ok || on.UnixMicro() <= from {
				t.Fatalf("at %d: %v, %v", from, err, e.Params)
			}
			holes = append(holes, from, on.UnixMicro())
			from = on.UnixMicro()
			continue
		}
		if s == nil {
			from = end
			continue
		}
		var out bytes.Buffer
		_, err = s.WriteTo(&out)
		s.Close()
		if err != nil {
			continue // it broke off: asked for again
		}
		starts = append(starts, s.Start)
		if from = end; s.Next != 0 {
			from = s.Next
		}
	}
	if len(holes) != 4 || holes[0] != gone.StartAt || holes[1] != gone.EndAt || holes[2] <= hurt.StartAt || holes[2] >= hurt.EndAt || holes[3] != hurt.EndAt {
		t.Errorf("holes %v, want all of %d to %d and an end of %d to %d", holes, gone.StartAt, gone.EndAt, hurt.StartAt, hurt.EndAt)
	}
	if len(starts) < 3 || starts[0] > all[0].StartAt || starts[len(starts)-1] < gone.EndAt || starts[len(starts)-1] > holes[2] {
		t.Errorf("played from %v, of %d to %d and %d to %d", starts, all[0].StartAt, gone.StartAt, gone.EndAt, holes[2])
	}
	if len(told) != 2 || !errors.Is(told[gone.File], fs.ErrNotExist) || !errors.Is(told[hurt.File], fmp4.ErrMalformed) && !errors.Is(told[hurt.File], fmp4.ErrTruncated) {
		t.Errorf("told %v", told)
	}
}
