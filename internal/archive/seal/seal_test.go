package seal

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"watchroom/evidence/leaf"
	"watchroom/internal/clock"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/logtest"
)

// started is a sealer in a synctest bubble whose clock is the bubble's.
func started(t *testing.T, h *house, change func(*Sealer)) *Sealer {
	t.Helper()
	s := &Sealer{Roots: func() []Root { return h.roots }, Into: h.log, Origin: "o", Dir: h.dir}
	if change != nil {
		change(s)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func kindsOf(log *logtest.Log) string {
	var kinds []string
	for _, e := range log.All() {
		kinds = append(kinds, e.Kind())
	}
	return strings.Join(kinds, " ")
}

// TestASealWaitsForTheOthers: notes that come within seconds are one entry, and no note
// waits longer than that, also where the cameras' notes come in turn.
func TestASealWaitsForTheOthers(t *testing.T) {
	leak.Check(t)
	h, err := newHouse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		h.now = time.Now().UnixMicro()
		s := started(t, h, nil)
		defer s.Close()
		time.Sleep(2 * time.Second)
		for i, camera := range []string{"cam1", "cam2", "cam3", "cam1"} {
			records := []journal.Record{h.line(journal.KindSeal, camera)}
			if i == 0 { // stands behind the note and waits with it
				records = append(records, h.line(journal.KindGap, camera))
			}
			if err := h.write(0, camera, 0, records...); err != nil {
				t.Fatal(err)
			}
			s.Notify(camera)
			time.Sleep(1400 * time.Millisecond)
		}
		synctest.Wait()
		if got := kindsOf(h.log); got != "" {
			t.Errorf("after 6 s: %s", got)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := kindsOf(h.log); got != "seal gap seal" { // the second of cam1 waited behind its gap
			t.Errorf("after 8 s: %q", got)
		}
		if s := h.log.All()[0].(*leaf.Seal); s.Members != 3 {
			t.Errorf("%+v", s)
		}
		// A segment's line does not wait.
		if err := h.write(0, "cam2", 0, h.line(journal.KindSegment, "cam2")); err != nil {
			t.Fatal(err)
		}
		s.Notify("cam2")
		time.Sleep(1100 * time.Millisecond)
		synctest.Wait()
		if got := kindsOf(h.log); got != "seal gap seal segment" {
			t.Errorf("a second later: %q", got)
		}
		// Nor need anybody say so.
		if err := h.write(1, "cam9", 0, h.line(journal.KindSegment, "cam9")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(16 * time.Second)
		synctest.Wait()
		if got := kindsOf(h.log); got != "seal gap seal segment segment" {
			t.Errorf("later: %q", got)
		}
	})
	h.check(t)
}

// TestAStopBringsWhatWasWrittenLast: a segment is closed as the recorder stops, behind a
// note that waits for other cameras. Who verifies a server that is stopped finds it whole.
func TestAStopBringsWhatWasWrittenLast(t *testing.T) {
	leak.Check(t)
	h, err := newHouse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		h.now = time.Now().UnixMicro()
		s := started(t, h, nil)
		time.Sleep(2 * time.Second)
		if err := h.write(0, "cam1", 0, h.line(journal.KindSeal, "cam1"), h.line(journal.KindSegment, "cam1")); err != nil {
			t.Fatal(err)
		}
		s.Notify("cam1")
		s.Close()
		if got := kindsOf(h.log); got != "seal segment" {
			t.Errorf("the log of a stopped server holds %q", got)
		}
	})
	h.check(t)
}

// TestLag: how old the oldest part is that the log says nothing of.
func TestLag(t *testing.T) {
	leak.Check(t)
	h, err := newHouse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		h.now = time.Now().UnixMicro()
		var open atomic.Pointer[[]Open]
		open.Store(&[]Open{})
		var down atomic.Bool
		h.log.Fate = func(int) logtest.Fate {
			if down.Load() {
				return logtest.Fate{Fail: true}
			}
			return logtest.Fate{Keep: -1}
		}
		troubles := make(chan error, 10)
		s := started(t, h, func(s *Sealer) {
			s.Open = func() []Open { return *open.Load() }
			s.OnTrouble = func(err error) { troubles <- err }
		})
		defer s.Close()
		if got := s.Lag(); got != 0 {
			t.Errorf("nothing is written, and the lag is %v", got)
		}
		note := h.line(journal.KindSeal, "cam1")
		open.Store(&[]Open{{File: note.Sealed.File, Start: time.Now().UnixMicro()}})
		time.Sleep(45 * time.Second)
		if got := s.Lag(); got != 45*time.Second {
			t.Errorf("lag %v of what was never sealed", got)
		}
		note.At = time.Now().UnixMicro()
		if err := h.write(0, "cam1", 0, note); err != nil {
			t.Fatal(err)
		}
		s.Notify("cam1")
		time.Sleep(8 * time.Second)
		if got := s.Lag(); got != 8*time.Second {
			t.Errorf("lag %v since the note", got)
		}
		down.Store(true)
		if err := h.write(0, "cam1", 0, h.line(journal.KindSegment, "cam1")); err != nil {
			t.Fatal(err)
		}
		s.Notify("cam1")
		open.Store(&[]Open{})
		time.Sleep(2 * time.Minute)
		if got := s.Lag(); got < 115*time.Second || got > 125*time.Second {
			t.Errorf("lag %v while the log is away", got)
		}
		if err := <-troubles; !errors.Is(err, logtest.ErrDown) {
			t.Errorf("trouble %v", err)
		}
		down.Store(false)
		time.Sleep(time.Minute)
		if got := s.Lag(); got != 0 {
			t.Errorf("lag %v afterwards", got)
		}
		if err := <-troubles; err != nil {
			t.Errorf("trouble %v", err)
		}
	})
	h.check(t)
}

// TestSummaryOfADay: one a day, over all that the log took in, also across a restart
// and days on which nothing ran.
func TestSummaryOfADay(t *testing.T) {
	h, err := newHouse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	add := func(kinds ...string) {
		for _, k := range kinds {
			if err := h.write(0, "cam1", 0, h.line(k, "cam1")); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.begin(); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := h.f.look(t.Context(), true, false); err != nil {
				t.Fatal(err)
			}
		}
	}
	add(journal.KindSegment, journal.KindSegment, journal.KindGap, journal.KindSeal)
	h.log.Put([]byte("watchroom moon v7\n"))
	add(journal.KindTombstone)
	h.now += 86_400e6
	add(journal.KindMove)
	add(journal.KindClock)
	h.now += 3 * 86_400e6
	add()
	if err := os.Remove(filepath.Join(h.dir, CursorName)); err != nil { // the log knows
		t.Fatal(err)
	}
	add()
	h.end()
	var got []leaf.Summary
	for _, e := range h.log.All() {
		if s, ok := e.(*leaf.Summary); ok {
			got = append(got, *s)
		}
	}
	want := []leaf.Summary{
		{Day: "2026-11-26", From: 0, To: 7, Counts: leaf.Counts{Segments: 2, Gaps: 1, Seals: 1, Tombstones: 1, Moves: 1, Others: 1, Bytes: 14, Recorded: 10, Removed: 7}},
		{Day: "2026-11-29", From: 7, To: 9, Counts: leaf.Counts{Times: 1, Others: 1}},
	}
	for i := range got {
		var tree leaf.Tree
		for b := range h.log.Entries(t.Context(), got[i].From, got[i].To) {
			tree.Add(leaf.Part(b))
		}
		if got[i].Root != tree.Root() {
			t.Errorf("summary %d has another root", i)
		}
		got[i].Root = leaf.Hash{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	h.check(t)
}

// TestAnotherLog: where a log could not go on, the new one tells of all journals.
func TestAnotherLog(t *testing.T) {
	h, err := newHouse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer h.end()
	if err := h.write(0, "cam1", 0, h.line(journal.KindSegment, "cam1"), h.line(journal.KindGap, "cam1")); err != nil {
		t.Fatal(err)
	}
	for _, origin := range []string{"o", "p"} {
		h.log = &logtest.Log{}
		if err := h.begin(); err != nil {
			t.Fatal(err)
		}
		h.f.cursors.close()
		h.s.Origin = origin
		if h.f, err = h.s.prepare(); err != nil {
			t.Fatal(err)
		}
		if err := h.f.look(t.Context(), true, false); err != nil {
			t.Fatal(err)
		}
		h.check(t)
	}
}

// TestOddFolders: what is no camera's folder, or speaks of another camera, stops nobody.
func TestOddFolders(t *testing.T) {
	h, err := newHouse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	foreign := h.line(journal.KindSegment, "cam2")
	before := h.line(journal.KindGap, "cam1")
	before.At = -5
	broken := h.line(journal.KindSegment, "cam1")
	broken.Root = "00"
	if err := h.write(0, "cam1", 0, foreign, before, broken, h.line(journal.KindGap, "cam1")); err != nil {
		t.Fatal(err)
	}
	if err := h.write(0, "my camera\n", 0, h.line(journal.KindGap, "x")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.roots[0].Path, "lost+found"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(h.roots[0].Path, "cam1", "quarantine"), 0o750); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := started(t, h, func(s *Sealer) { s.Clock = clock.Clock(time.Now) })
		time.Sleep(time.Second)
		synctest.Wait()
		s.Close()
	})
	if got := kindsOf(h.log); got != "line line line gap" {
		t.Errorf("entries %q", got)
	}
}
