package audit_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive/audit"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/logtest"
)

func (s *site) sql(query string, args ...any) {
	s.t.Helper()
	s.must(s.d.Tx(s.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	}))
}

// firstOf is the index of the first entry, or seal, that tells of a camera.
func (s *site) firstOf(camera string) int64 {
	for i, e := range s.log.All() {
		if p, ok := e.(leaf.Placed); ok {
			if c, _ := p.From(); c != camera {
				continue
			}
			return int64(i)
		}
		if _, ok := e.(*leaf.Seal); ok {
			return int64(i) // of both cameras
		}
	}
	s.t.Fatal("nothing tells of " + camera)
	return 0
}

// lines gives findings as they are printed, cut behind the row.
func lines(found []audit.Finding) (out []string) {
	for _, f := range found {
		f.Detail = ""
		out = append(out, f.String())
	}
	slices.Sort(out)
	return out
}

// TestWhatEarlierLogsTellOf: a new log that takes the place of one does not end what
// that told of: footage that is gone with its journal and its rows is asked for, acts
// are those that were committed to.
func TestWhatEarlierLogsTellOf(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		old := s.log
		var want []string
		for _, c := range s.segments {
			if strings.HasPrefix(c.File, "cam1/") {
				want = append(want, fmt.Sprintf("file_missing  entry %d  log 1  file %q", s.leafOf(c.File), c.File),
					fmt.Sprintf("row_missing  entry %d  log 1  file %q", s.leafOf(c.File), c.File))
			}
		}
		run := func() (found []audit.Finding, r audit.Report) {
			t.Helper()
			a := s.audit(&found)
			a.Log, a.Origin = &logtest.Log{}, "test.example/new"
			a.Earlier = []audit.Source{{Number: 1, Origin: origin, Log: old}}
			r, err := a.Run(t.Context())
			s.must(err)
			return found, r
		}
		found, r := run()
		if len(found) > 0 || r.Before != 15 || r.Earlier != 5 || r.Size != 0 || r.Files != 6 {
			t.Fatalf("%+v, found %v", r, found)
		}
		s.must(os.RemoveAll(filepath.Join(s.root, "cam1")))
		s.sql("DELETE FROM segments WHERE camera = 'cam1'")
		want = append(want, fmt.Sprintf("line_differs  entry %d  log 1  file %q", s.firstOf("cam1"), "cam1/2026-11-28/journal.jsonl"))
		found, _ = run()
		slices.Sort(want)
		if diff := cmp.Diff(want, lines(found)); diff != "" {
			t.Errorf("want (-), found (+):\n%s", diff)
		}
		// Marked with a log that nobody has.
		s.sql("UPDATE act_outbox SET log = 'test.example/gone', leaf = 3 WHERE act = 'act1'")
		s.sql("UPDATE act_outbox SET leaf = 4711 WHERE act = 'act2'")
		s.act(ledger.Act{ID: "late", At: s.now.Add(-time.Hour).UnixMicro(), Kind: "k"})
		s.sql("UPDATE act_outbox SET log = 'test.example/gone', leaf = 7 WHERE act = 'late'")
		found, _ = run()
		if got := lines(found); !slices.Contains(got, "act_unlogged  row acts late") {
			t.Errorf("found %q", got)
		}
	})
}

// TestWhatOthersRemember: checkpoints that others have are held against the entries.
func TestWhatOthersRemember(t *testing.T) {
	leak.Check(t)
	s := newSite(t, dbtest.Open(t, db.SQLite))
	var tree leaf.Tree
	for b := range s.log.Entries(t.Context(), 0, 10) {
		tree.Add(leaf.Part(b))
	}
	ten := audit.Head{Who: "a disk", Origin: origin, Size: 10, Root: tree.Root(), Rooted: true}
	other := ten
	other.Root[0] ^= 1
	for _, c := range []struct {
		head audit.Head
		want []string
	}{
		{ten, nil},
		{audit.Head{Who: "acts", Origin: origin, Size: 15}, nil},
		{other, []string{"root_differs"}},
		{audit.Head{Who: "acts", Origin: origin, Size: 16}, []string{"log_behind"}},
		{audit.Head{Who: "a disk", Origin: "test.example/gone", Size: 1}, []string{"log_unknown"}},
	} {
		var found []audit.Finding
		a := s.audit(&found)
		a.Heads = []audit.Head{c.head}
		_, err := a.Run(t.Context())
		s.must(err)
		if diff := cmp.Diff(c.want, lines(found)); diff != "" {
			t.Errorf("%+v: want (-), found (+):\n%s", c.head, diff)
		}
	}
	var found []audit.Finding
	a := s.audit(&found)
	a.Heads, a.Gone = []audit.Head{{Who: "a disk", Origin: "test.example/gone", Size: 1}}, []string{"test.example/gone"}
	_, err := a.Run(t.Context())
	s.must(err)
	if len(found) > 0 {
		t.Errorf("a log that this one says it continues from: %v", found)
	}
}

// behind is a log of which so much is signed.
type behind struct {
	*logtest.Log
	size int64
}

func (l behind) Size() int64 { return l.size }
func (l behind) Head(ctx context.Context) (int64, leaf.Hash, error) {
	var t leaf.Tree
	for b, err := range l.Entries(ctx, 0, l.size) {
		if err != nil {
			return 0, t.Root(), err
		}
		t.Add(leaf.Part(b))
	}
	return l.size, t.Root(), nil
}

// TestAnActBehindTheSignedEnd: beside a running server an act may stand in the log
// behind what is signed of it, whenever it was done. A mark far behind is none.
func TestAnActBehindTheSignedEnd(t *testing.T) {
	leak.Check(t)
	s := newSite(t, dbtest.Open(t, db.SQLite))
	s.act(ledger.Act{ID: "late", At: s.now.Add(-time.Hour).UnixMicro(), Kind: "k"})
	s.bring(16)
	run := func() (found, waits []audit.Finding) {
		t.Helper()
		a := s.audit(&found)
		a.Log, a.Waits = behind{s.log, 15}, func(f audit.Finding) { waits = append(waits, f) }
		r, err := a.Run(t.Context())
		s.must(err)
		if r.Pending != int64(len(waits)) {
			t.Errorf("%d are pending, told were %v", r.Pending, waits)
		}
		return found, waits
	}
	if found, waits := run(); len(found) > 0 || len(waits) != 1 || waits[0].Row != "acts late" {
		t.Errorf("found %v, pending %v", found, waits)
	}
	s.sql("UPDATE act_outbox SET leaf = 999999999 WHERE act = 'late'")
	if found, waits := run(); len(found) != 1 || found[0].Kind != finding.ActUnlogged || len(waits) > 0 {
		t.Errorf("found %v, pending %v", found, waits)
	}
}

// TestTheFutureIsNotYoung: what bears an instant of the future would be too young to be
// in the log for ever.
func TestTheFutureIsNotYoung(t *testing.T) {
	leak.Check(t)
	s := newSite(t, dbtest.Open(t, db.SQLite))
	s.now = time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC)
	c := s.record("cam1", s.now, 4) // neither is in the log
	s.must(os.Chtimes(filepath.Join(s.root, c.File), s.now, s.now))
	s.act(ledger.Act{ID: "young", At: s.now.UnixMicro(), Kind: "k"})
	var found []audit.Finding
	a := s.audit(&found)
	a.Clock = func() time.Time { return time.Date(2026, 11, 28, 13, 0, 0, 0, time.UTC) }
	r, err := a.Run(t.Context())
	s.must(err)
	row := fmt.Sprintf("segments cam1 %d runa", c.Start)
	want := []string{"act_unlogged  row acts young", fmt.Sprintf("file_unknown  file %q", c.File), fmt.Sprintf("row_unknown  file %q  row %s", c.File, row)}
	if diff := cmp.Diff(want, lines(found)); diff != "" || r.Pending != 0 {
		t.Errorf("pending %d, want (-), found (+):\n%s", r.Pending, diff)
	}
}

// lateLog is a log whose last checkpoint is an earlier one.
type lateLog struct {
	*logtest.Log
	size int64
	root leaf.Hash
}

func (l *lateLog) Size() int64 { return l.size }

func (l *lateLog) Head(context.Context) (int64, leaf.Hash, error) { return l.size, l.root, nil }

// TestAnActAheadOfTheCheckpoint: its row says that it is in the log before a checkpoint
// over it can be read. While it is young that is no finding; a row that names an entry
// which others hold is one at once.
func TestAnActAheadOfTheCheckpoint(t *testing.T) {
	leak.Check(t)
	s := newSite(t, dbtest.Open(t, db.SQLite))
	size, root, err := s.log.Head(t.Context())
	s.must(err)
	s.act(ledger.Act{ID: "late", At: s.now.Add(time.Hour).UnixMicro(), Kind: "k"})
	s.bring(16)
	verify := func() (found []audit.Finding, r audit.Report) {
		a := s.audit(&found)
		a.Log = &lateLog{s.log, size, root}
		r, err := a.Run(t.Context())
		s.must(err)
		return found, r
	}
	if found, r := verify(); len(found) != 0 || r.Pending != 1 {
		t.Errorf("pending %d, found %v", r.Pending, found)
	}
	s.must(s.d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw("UPDATE act_outbox SET leaf = 3 WHERE act = 'late'").Exec(ctx)
		return err
	}))
	if found, _ := verify(); len(found) != 1 || found[0].Kind != finding.ActUnlogged {
		t.Errorf("found %v", found)
	}
}
