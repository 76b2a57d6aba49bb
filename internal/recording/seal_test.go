package recording_test

import (
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"watchroom/evidence/leaf"
	"watchroom/internal/media"
	"watchroom/internal/recording"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/leak"
)

// sealsOf gives the seals in a journal.
func sealsOf(records []journal.Record) (seals []journal.Sealed) {
	for _, r := range records {
		if r.Sealed != nil {
			seals = append(seals, *r.Sealed)
		}
	}
	return seals
}

// prefix is the root over the first parts of a file, from its bytes alone.
func prefix(t *testing.T, path string, parts int) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := readSegment(path)
	if err != nil {
		t.Fatal(err)
	}
	hashes := []leaf.Hash{leaf.Part(b[:s.parts[0].Offset])}
	for _, p := range s.parts[:parts] {
		hashes = append(hashes, leaf.Part(b[p.Offset:p.Offset+p.Size]))
	}
	root := leaf.Root(hashes)
	return hex.EncodeToString(root[:])
}

func TestSealNamesWhatStandsInTheFile(t *testing.T) {
	leak.Check(t)
	var mu sync.Mutex
	var steps []string
	r := newRig(t, func(_ *recording.Recorder, v *recording.Volume) {
		v.SetFault(func(step, _ string) error {
			mu.Lock()
			defer mu.Unlock()
			steps = append(steps, step)
			return nil
		})
	})
	r.rec.Seal() // nothing is open
	r.begin("runa")
	r.frames(200, 50)
	r.rec.Drain()
	size := r.rec.Open().Size
	mu.Lock()
	steps = nil
	mu.Unlock()
	r.rec.Seal()
	r.rec.Drain()
	mu.Lock()
	got := strings.Join(steps, " ")
	mu.Unlock()
	if got != "sync journal" {
		t.Errorf("steps %q: the data must be on the disk before the line", got)
	}
	r.rec.Seal() // nothing has come since
	r.rec.Drain()
	seals := sealsOf(r.journal())
	if len(seals) != 1 || seals[0].Bytes != size {
		t.Fatalf("%d bytes stand in the file, sealed is %+v", size, seals)
	}
	r.frames(300, 50)
	r.rec.Seal()
	r.rec.Seal() // one asking
	r.frames(100, 50)
	r.stream.End(r.wall, media.CauseNetwork)
	r.rec.Seal() // nothing is open
	r.rec.Close()
	r.rec.Seal()
	seals = sealsOf(r.journal())
	if len(seals) != 2 || seals[1].Parts <= seals[0].Parts {
		t.Fatalf("seals %+v", seals)
	}
	for _, s := range seals {
		if got := prefix(t, filepath.Join(r.root, s.File), s.Parts); got != s.Root {
			t.Errorf("the first %d parts have the root %s, sealed is %s", s.Parts, got, s.Root)
		}
	}
	for _, rec := range r.journal() {
		if s := rec.Segment; s != nil && (s.Short != 0 || s.Altered) {
			t.Errorf("a segment that was closed in order is marked: %+v", s)
		}
	}
}

// TestSealAgainstACrash: what a dead recorder sealed is compared when its file is
// made whole.
func TestSealAgainstACrash(t *testing.T) {
	r := newRig(t, nil)
	r.begin("runa")
	r.frames(300, 50)
	r.rec.Seal()
	r.rec.Drain()
	r.frames(100, 50)
	r.rec.Drain()
	for name, touch := range map[string]func(b []byte) []byte{
		"whole":   func(b []byte) []byte { return b },
		"short":   func(b []byte) []byte { return b[:len(b)/2] },
		"altered": func(b []byte) []byte { b[strings.LastIndex(string(b[:len(b)/2]), "mdat")+20] ^= 1; return b },
	} {
		t.Run(name, func(t *testing.T) {
			root := copyFolder(t, r.root)
			part := (&rig{t: t, root: root}).files(segment.PartExt)[0]
			b, err := os.ReadFile(part)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(part, touch(b), 0o600); err != nil {
				t.Fatal(err)
			}
			recoverFolder(t, root)
			for _, rec := range (&rig{t: t, root: root}).journal() {
				if s := rec.Segment; s != nil && (s.Short > 0 != (name == "short") || s.Altered != (name == "altered")) {
					t.Errorf("short %d, altered %v", s.Short, s.Altered)
				}
			}
		})
	}
}

// TestSealWhileTheDiskHangs: asking returns at once, however often, and what cannot
// be brought to the disk is not sealed.
func TestSealWhileTheDiskHangs(t *testing.T) {
	leak.Check(t)
	hang := make(chan struct{})
	var mu sync.Mutex
	var hanging, failing bool
	r := newRig(t, func(_ *recording.Recorder, v *recording.Volume) {
		v.SetFault(func(step, _ string) error {
			mu.Lock()
			wait, fail := hanging && step == "write", failing && step == "sync"
			mu.Unlock()
			if wait {
				<-hang
			}
			if fail {
				return errors.New("input/output error")
			}
			return nil
		})
	})
	set := func(hangs, fails bool) {
		mu.Lock()
		hanging, failing = hangs, fails
		mu.Unlock()
	}
	r.begin("runa")
	r.frames(200, 50)
	r.rec.Drain()
	set(true, false)
	for range 1000 {
		r.frames(1, 50)
		r.rec.Seal()
	}
	set(false, false)
	close(hang)
	r.rec.Drain()
	if got := len(sealsOf(r.journal())); got > 2 { // one may have been in the writer's hands
		t.Errorf("%d seals of one asking", got)
	}
	before := len(sealsOf(r.journal()))
	set(false, true)
	r.frames(100, 50)
	r.rec.Seal()
	r.rec.Drain()
	if got := len(sealsOf(r.journal())); got != before {
		t.Error("what may not be on the disk was sealed")
	}
	set(false, false)
	r.rec.Seal()
	r.rec.Drain()
	if got := len(sealsOf(r.journal())); got != before+1 {
		t.Error("it was not sealed afterwards")
	}
}
