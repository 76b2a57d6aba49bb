package archive_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/recording"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/footage"
)

// TestTheOldestFootageIsProved: by every byte of it, and not if one is another.
func TestTheOldestFootageIsProved(t *testing.T) {
	clause.Covers(t, "C090")
	clause.Covers(t, "C091")
	root := t.TempDir()
	v := &recording.Volume{Root: root, Reserve: 1}
	if err := v.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	r := &recording.Recorder{Camera: "cam1", Volume: v}
	if err := r.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	stream := &media.Stream{}
	stream.AddSink(r)
	now := time.Now().UnixMicro()
	footage.Make(t, footage.Spec{Seconds: 4}).Play(stream, "run1", now-10e6, 4e6)
	stream.End(now, media.CauseNetwork)
	r.Close()
	c := &archive.Catalogue{DB: dbtest.Open(t, db.SQLite), Root: root}
	if err := c.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	segments, err := c.Segments(t.Context(), "cam1", 0, now+1e6)
	if err != nil || len(segments) == 0 {
		t.Fatal(len(segments), err)
	}
	if err := c.OldestProof(t.Context(), "cam1"); err != nil {
		t.Errorf("as it was recorded: %v", err)
	}
	if err := c.OldestProof(t.Context(), "cam2"); err != nil {
		t.Errorf("of a camera without footage: %v", err)
	}
	path := filepath.Join(root, segments[0].File)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := append([]byte(nil), whole...)
	changed[len(changed)/2] ^= 1
	for name, b := range map[string][]byte{"a byte is another": changed, "the end is missing": whole[:len(whole)/2], "nothing is left": {}} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := c.OldestProof(t.Context(), "cam1"); !errors.Is(err, archive.ErrOldest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := c.OldestProof(t.Context(), "cam1"); !errors.Is(err, archive.ErrOldest) {
		t.Errorf("the file is gone: %v", err)
	}
}

// TestBehind: a journal that has grown and was not taken in is seen.
func TestBehind(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	begin := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	w := newWeek(t, d, begin)
	w.now = begin.Add(time.Hour).UnixMicro()
	behind := func() bool {
		t.Helper()
		all, err := w.c.Behind(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return all[w.camera]
	}
	w.record(t, begin, begin.Add(time.Hour))
	if _, err := w.c.Segments(t.Context(), w.camera, 0, w.now); err != nil { // takes in what was told of
		t.Fatal(err)
	}
	if behind() || !w.c.Settled(w.camera) {
		t.Error("behind although all was taken in")
	}
	quiet := *w.past // writes without telling
	quiet.at = w.now
	quiet.write(t, journalGap(w.now))
	if !behind() {
		t.Error("not behind although the journal has grown")
	}
	w.c.Notify(w.camera)
	if _, err := w.c.Segments(t.Context(), w.camera, 0, w.now); err != nil {
		t.Fatal(err)
	}
	if behind() {
		t.Error("still behind")
	}
}

func journalGap(at int64) journal.Record {
	return journal.Record{Kind: journal.KindGap, At: at, Cause: media.CauseNetwork}
}
