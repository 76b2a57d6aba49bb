package seal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"watchroom/evidence/leaf"
	"watchroom/internal/clock"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/logtest"
)

const noon = int64(1795694400000000) // 2026-11-26T12:00:00Z

// house is two recording folders with journals, a log, and a sealer that can die.
type house struct {
	dir   string
	roots []Root
	log   *logtest.Log
	now   int64
	away  bool // the second folder is
	beats bool // seals may have no members
	n     int64
	s     *Sealer
	f     *follower
}

func newHouse(dir string) (*house, error) {
	h := &house{dir: filepath.Join(dir, "ledger"), log: &logtest.Log{}, now: noon}
	for i, v := range []string{"", "v2"} {
		h.roots = append(h.roots, Root{v, filepath.Join(dir, fmt.Sprint("rec", i))})
		if err := os.MkdirAll(h.roots[i].Path, 0o750); err != nil {
			return nil, err
		}
	}
	return h, os.MkdirAll(h.dir, 0o750)
}

// begin is a new process.
func (h *house) begin() error {
	h.end()
	h.s = &Sealer{Roots: func() []Root {
		if h.away {
			return h.roots[:1]
		}
		return h.roots
	}, Into: h.log, Origin: "o", Dir: h.dir, Clock: clock.Clock(func() time.Time { return time.UnixMicro(h.now) }), Gather: time.Nanosecond}
	f, err := h.s.prepare()
	h.f = f
	return err
}

func (h *house) end() {
	if h.f != nil {
		h.f.cursors.close()
		h.f = nil
	}
}

// line makes one of a kind, of a camera.
func (h *house) line(kind, camera string) journal.Record {
	h.n++
	at := h.now + h.n
	root := fmt.Sprintf("%064x", h.n)
	name := segment.Name{Camera: camera, Start: at, Run: "r"}
	closed := &journal.Segment{File: name.Path(), Start: at, End: at + 5, Bytes: 7, Parts: 3, Frames: 4, Root: root}
	switch kind {
	case journal.KindSegment:
		return journal.Record{Kind: kind, At: at, Run: "r", Segment: closed}
	case journal.KindTombstone:
		return journal.Record{Kind: kind, At: at, Ground: "maximum", Authority: "rule 1", Segment: closed}
	case journal.KindMove:
		to := "v2"
		return journal.Record{Kind: kind, At: at, To: &to, Segment: closed}
	case journal.KindSeal:
		return journal.Record{Kind: kind, At: at, Sealed: &journal.Sealed{File: name.Path(), Parts: int(h.n), Bytes: 9, Root: root}}
	case journal.KindClock:
		off := h.n - 5
		return journal.Record{Kind: kind, At: at, Offset: &off, Source: journal.BySenderReport}
	case journal.KindTime:
		off := h.n
		return journal.Record{Kind: kind, At: at, State: "synchronised", Step: &off}
	}
	return journal.Record{Kind: kind, At: at, Cause: media.CauseNetwork, Detail: "Mr. Li: cleaning"}
}

func (h *house) write(volume int, camera string, day int64, records ...journal.Record) error {
	w := journal.Writer{Root: h.roots[volume].Path, Camera: camera}
	defer w.Close()
	return w.Append(h.now+day*86_400e6, records...)
}

// place names a line.
type place struct {
	volume, camera, day string
	offset              int64
}

// lines are those of all journals, by kind.
func (h *house) lines(t fataler) map[place]string {
	out := map[place]string{}
	for _, r := range h.roots {
		paths, err := filepath.Glob(filepath.Join(r.Path, "*", "*", journal.FileName))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range paths {
			lines, _, _, err := journal.ReadLines(p, 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			day := filepath.Base(filepath.Dir(p))
			for _, l := range lines {
				out[place{r.Volume, filepath.Base(filepath.Dir(filepath.Dir(p))), day, l.Offset}] = l.Kind
			}
		}
	}
	return out
}

type fataler interface {
	Helper()
	Fatal(...any)
	Errorf(string, ...any)
}

// check fails unless every line that the log tells of is in it once, in the order of
// its journal.
func (h *house) check(t fataler) {
	t.Helper()
	seen := map[place]int{}
	order := map[place]int64{} // offset 0: the journal
	members := Members{Dir: h.dir}
	note := func(camera string, p leaf.Place, kind string) {
		at := place{p.Volume, camera, p.Day, p.Offset}
		seen[at]++
		j := at
		j.offset = 0
		if p.Offset < order[j] {
			t.Errorf("the line %+v (%s) comes behind one that stands behind it", at, kind)
		}
		order[j] = p.Offset
	}
	for _, e := range h.log.All() {
		switch e := e.(type) {
		case leaf.Placed:
			camera, p := e.From()
			note(camera, p, e.Kind())
		case *leaf.Seal:
			all, err := members.Of(e)
			if err != nil || int64(len(all)) != e.Members || len(all) == 0 && !h.beats {
				t.Errorf("the members of %+v: %d, %v", e, len(all), err)
			}
			for _, m := range all {
				note(m.Camera, m.Place, "member")
			}
		}
	}
	for p, kind := range h.lines(t) {
		want := 1
		if kind == journal.KindStart || kind == journal.KindRun {
			want = 0
		}
		if seen[p] != want {
			t.Errorf("the line %+v of kind %s is %d times in the log", p, kind, seen[p])
		}
		delete(seen, p)
	}
	for p, n := range seen {
		t.Errorf("%d entries about the line %+v, which is not there", n, p)
	}
}

// TestOnceAcrossKill: lines come, the process dies between any two steps, the log
// refuses, takes a part, or takes all without saying so, a volume is away, the cursors
// are torn or gone. In the end every line is in the log once.
func TestOnceAcrossKill(t *testing.T) {
	kinds := []string{journal.KindStart, journal.KindStop, journal.KindRun, journal.KindSegment, journal.KindSegment, journal.KindGap,
		journal.KindClock, journal.KindSeal, journal.KindSeal, journal.KindTime, journal.KindTombstone, journal.KindMove, "moon"}
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "seal") //nolint:usetesting // one for every draw
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		h, err := newHouse(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer h.end()
		var fate *logtest.Fate
		h.log.Fate = func(int) logtest.Fate {
			if fate == nil {
				return logtest.Fate{Keep: -1}
			}
			now := *fate
			fate = nil
			return now
		}
		reads := 0
		h.log.Read = func(int64) error {
			if reads--; reads == 0 {
				return logtest.ErrDown
			}
			return nil
		}
		if err := h.begin(); err != nil {
			t.Fatal(err)
		}
		look := func() { _ = h.f.look(t.Context(), true, false) } // fails when it must, and is asked again
		t.Repeat(map[string]func(*rapid.T){
			"lines": func(t *rapid.T) {
				camera := rapid.SampledFrom([]string{"cam1", "cam2", "cam3"}).Draw(t, "camera")
				var records []journal.Record
				for _, k := range rapid.SliceOfN(rapid.SampledFrom(kinds), 1, 5).Draw(t, "kinds") {
					records = append(records, h.line(k, camera))
				}
				err := h.write(rapid.IntRange(0, 1).Draw(t, "volume"), camera, int64(rapid.IntRange(-3, 0).Draw(t, "day")), records...)
				if err != nil {
					t.Fatal(err)
				}
			},
			"others": func(t *rapid.T) { h.log.Put([]byte("watchroom moon v7\n")) },
			"look":   func(*rapid.T) { look() },
			"kill": func(t *rapid.T) {
				if err := h.begin(); err != nil {
					t.Fatal(err)
				}
			},
			"fate": func(t *rapid.T) {
				fate = &logtest.Fate{Keep: rapid.IntRange(-1, 3).Draw(t, "kept"), Fail: true}
			},
			"read fails": func(t *rapid.T) { reads = rapid.IntRange(1, 5).Draw(t, "reads") },
			"away":       func(*rapid.T) { h.away = !h.away },
			"cursors": func(t *rapid.T) {
				h.end()
				path := filepath.Join(h.dir, CursorName)
				b, err := os.ReadFile(path)
				if err != nil && !errors.Is(err, fs.ErrNotExist) { // nothing was brought yet
					t.Fatal(err)
				}
				// What a power cut leaves: a beginning, perhaps torn; or nothing.
				if len(b) > 0 {
					b = b[:rapid.IntRange(0, len(b)).Draw(t, "kept")]
				}
				if err := os.WriteFile(path, b, 0o600); err != nil {
					t.Fatal(err)
				}
				if err := h.begin(); err != nil {
					t.Fatal(err)
				}
			},
			"torn line": func(t *rapid.T) {
				paths, _ := filepath.Glob(filepath.Join(h.roots[0].Path, "*", "*", journal.FileName))
				if len(paths) == 0 {
					return
				}
				f, err := os.OpenFile(paths[0], os.O_WRONLY|os.O_APPEND, 0)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := f.WriteString("1234abcd {\"k\":\"seg\"\n"); err != nil {
					t.Fatal(err)
				}
				f.Close()
			},
		})
		h.away, fate, reads = false, nil, 0
		h.f.fullAt = time.Time{}
		for range 3 { // gathers, seals, and looks once more
			if err := h.f.look(t.Context(), true, false); err != nil {
				t.Fatal(err)
			}
			h.f.fullAt = time.Time{}
		}
		h.check(t)
	})
}

// TestNamesStayOut: what people wrote beside a cause is not in the log.
func TestNamesStayOut(t *testing.T) {
	clause.Covers(t, "C094")
	h, err := newHouse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.write(0, "cam1", 0, h.line(journal.KindGap, "cam1"), h.line(journal.KindStop, "cam1")); err != nil {
		t.Fatal(err)
	}
	if err := h.begin(); err != nil {
		t.Fatal(err)
	}
	defer h.end()
	if err := h.f.look(t.Context(), true, false); err != nil {
		t.Fatal(err)
	}
	for b := range h.log.Entries(t.Context(), 0, h.log.Size()) {
		if bytes.Contains(b, []byte("Li")) || !bytes.Contains(b, []byte("cause network\n")) {
			t.Errorf("entry:\n%s", b)
		}
	}
	if h.log.Size() != 2 {
		t.Errorf("%d entries", h.log.Size())
	}
}

// TestAStopDoesNotWaitForABacklog: months of journals are not brought into the log
// before a process may end.
func TestAStopDoesNotWaitForABacklog(t *testing.T) {
	h, err := newHouse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	const days = 5
	for day := range days {
		for range 20 {
			if err := h.write(0, "cam1", -int64(day), h.line(journal.KindSegment, "cam1"), h.line(journal.KindSeal, "cam1")); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := h.begin(); err != nil {
		t.Fatal(err)
	}
	defer h.end()
	ctx, cancel := context.WithCancel(t.Context())
	appended := 0
	h.log.Fate = func(int) logtest.Fate {
		appended++
		cancel()
		return logtest.Fate{Keep: -1}
	}
	h.f.waiting = time.Now().Add(-time.Hour) // a seal is due
	if err := h.f.look(ctx, true, false); !errors.Is(err, context.Canceled) || appended == 0 || appended > 2 {
		t.Errorf("%d times something was appended, %v", appended, err)
	}
	h.log.Fate = func(int) logtest.Fate { return logtest.Fate{Keep: -1} }
	for range 3 {
		h.f.fullAt, h.f.waiting = time.Time{}, time.Now().Add(-time.Hour)
		if err := h.f.look(t.Context(), true, false); err != nil {
			t.Fatal(err)
		}
	}
	h.check(t)
}
