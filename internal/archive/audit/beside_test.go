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

	"watchroom/internal/archive/audit"
	"watchroom/internal/db"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// TestTheAccountChangesMeanwhile: what is called recorded and the footage of it change in
// one transaction, here between the reading of the one and of the other. SQLite has one
// file, which changes as a whole.
func TestTheAccountChangesMeanwhile(t *testing.T) {
	leak.Check(t)
	d := dbtest.Open(t, db.PostgreSQL)
	s := newSite(t, d)
	c := s.segments[0]
	s.sql("INSERT INTO coverage (camera, start_at, end_at, kind, cause, detail) VALUES ('cam3', ?, ?, 'recorded', '', '')", c.Start, c.Start+60_000_000)
	s.sql("INSERT INTO segments (camera, start_at, end_at, run, file, bytes, parts, frames, root, codec, mime, width, height, audio, recovered, state, volume, aged_at) "+
		"VALUES ('cam3', ?, ?, 'r', 'cam3/x', 1, 1, 1, '', '', '', 1, 1, '', 0, '', '', 0)", c.Start, c.Start+60_000_000)
	locked, changed := make(chan struct{}), make(chan error, 1)
	change := func() {
		changed <- d.Tx(context.WithoutCancel(t.Context()), func(ctx context.Context, tx bun.Tx) error {
			if _, err := tx.ExecContext(ctx, "LOCK TABLE segments IN ACCESS EXCLUSIVE MODE"); err != nil {
				return err
			}
			close(locked)
			for waiting := int64(0); waiting == 0; { // until the verification wants to read it
				if err := tx.NewRaw("SELECT COUNT(*) FROM pg_locks WHERE NOT granted").Scan(ctx, &waiting); err != nil {
					return err
				}
			}
			for _, q := range []string{"UPDATE coverage SET kind = 'gap', cause = 'deleted_order' WHERE camera = 'cam3'", "DELETE FROM segments WHERE camera = 'cam3'"} {
				if _, err := tx.ExecContext(ctx, q); err != nil {
					return err
				}
			}
			return nil
		})
	}
	var found []audit.Finding
	a := s.audit(&found)
	begun := false
	a.Progress = func(p audit.Progress) {
		if p.Phase == audit.PhaseActs && !begun { // the rows were read
			begun = true
			go change()
			<-locked
		}
	}
	_, err := a.Run(t.Context())
	s.must(err)
	s.must(<-changed)
	// The row has no entry, and is gone by the time it would be named.
	// That no journal tells of it is another matter.
	found = slices.DeleteFunc(found, func(f audit.Finding) bool { return strings.Contains(f.Detail, "by the journals") })
	if len(found) > 0 {
		t.Errorf("found %v", lines(found))
	}
}

// TestRemovedJustNow: file and row are gone as soon as the journal tells why, before the
// log does. That explains them for as long as the line is young.
func TestRemovedJustNow(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		c := s.segments[0]
		now := s.now
		s.ordered(&c)
		s.bring(18)
		w := journal.Writer{Root: s.root, Camera: "cam1"}
		s.must(w.Append(now.UnixMicro(), journal.Record{Kind: journal.KindTombstone, At: now.UnixMicro(), Ground: journal.GroundOrder, Authority: "o1", Segment: &c}))
		w.Close()
		s.must(os.Remove(filepath.Join(s.root, c.File)))
		s.sql("DELETE FROM segments WHERE file = ?", c.File)
		for after, want := range map[time.Duration][]string{
			time.Second: nil,
			time.Hour:   {fmt.Sprintf("file_missing  entry %d  file %q", s.leafOf(c.File), c.File), fmt.Sprintf("row_missing  entry %d  file %q", s.leafOf(c.File), c.File)},
		} {
			var found []audit.Finding
			a := s.audit(&found)
			a.Clock = func() time.Time { return now.Add(after) }
			r, err := a.Run(t.Context())
			s.must(err)
			if diff := cmp.Diff(want, lines(found)); diff != "" || int(r.Pending) != 2-len(want) {
				t.Errorf("after %s: pending %d, want (-), found (+):\n%s", after, r.Pending, diff)
			}
		}
	})
}

// TestClosedJustNow: a segment that was sealed while it was written bears its closed name
// a moment before the log tells that it was closed.
func TestClosedJustNow(t *testing.T) {
	leak.Check(t)
	s := newSite(t, dbtest.Open(t, db.SQLite))
	now := s.now
	file := segment.Name{Camera: "cam1", Start: now.UnixMicro(), Run: "runz"}.Path()
	w := journal.Writer{Root: s.root, Camera: "cam1"}
	s.must(w.Append(now.UnixMicro(), journal.Record{Kind: journal.KindSeal, At: now.UnixMicro(), Sealed: &journal.Sealed{File: file, Parts: 2, Root: strings.Repeat("0", 64)}}))
	w.Close()
	s.bring(16)
	s.must(os.WriteFile(filepath.Join(s.root, file), nil, 0o600))
	s.must(os.Chtimes(filepath.Join(s.root, file), now, now))
	for after, want := range map[time.Duration][]string{
		time.Second: nil,
		time.Hour:   {fmt.Sprintf("file_unknown  file %q", file), fmt.Sprintf("seal_unclosed  entry 15  file %q", file)},
	} {
		var found []audit.Finding
		a := s.audit(&found)
		a.Clock = func() time.Time { return now.Add(after) }
		r, err := a.Run(t.Context())
		s.must(err)
		if diff := cmp.Diff(want, lines(found)); diff != "" || int(r.Pending) != 2-len(want) {
			t.Errorf("after %s: pending %d, want (-), found (+):\n%s", after, r.Pending, diff)
		}
	}
}

// TestWhatComesBackMeanwhile: what differs is looked at once more before it is named. What
// stays away is named, and what comes back is read.
func TestWhatComesBackMeanwhile(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		whole, altered, row := s.segments[0], s.segments[2], s.segments[1]
		aside := func(file string) string { return filepath.Join(filepath.Dir(s.root), filepath.Base(file)) }
		for _, f := range []string{whole.File, altered.File} {
			s.must(os.Rename(filepath.Join(s.root, f), aside(f)))
		}
		s.sql("UPDATE segments SET file = 'cam2/away' WHERE file = ?", row.File)
		var found []audit.Finding
		a := s.audit(&found)
		back := false
		a.Progress = func(p audit.Progress) {
			if p.Phase != audit.PhaseActs || back {
				return
			}
			back = true
			b, err := os.ReadFile(aside(altered.File))
			s.must(err)
			b[len(b)/2] ^= 1
			s.must(os.WriteFile(aside(altered.File), b, 0o600))
			for _, f := range []string{whole.File, altered.File} {
				s.must(os.Rename(aside(f), filepath.Join(s.root, f)))
			}
			s.sql("UPDATE segments SET file = ? WHERE file = 'cam2/away'", row.File)
		}
		r, err := a.Run(t.Context())
		s.must(err)
		want := []string{fmt.Sprintf("file_altered  entry %d  file %q", s.leafOf(altered.File), altered.File)}
		if diff := cmp.Diff(want, lines(found)); diff != "" || !back || r.Pending != 0 || r.Files != 6 {
			t.Errorf("%+v, want (-), found (+):\n%s", r, diff)
		}
	})
}

// TestALongRun: a segment that is closed long after the verification began, and just
// before it ends, may not be in the signed log yet either.
func TestALongRun(t *testing.T) {
	leak.Check(t)
	s := newSite(t, dbtest.Open(t, db.SQLite))
	now := s.now.Add(time.Hour)
	var found []audit.Finding
	a := s.audit(&found)
	a.Clock = func() time.Time { return now }
	late := false
	a.Progress = func(p audit.Progress) {
		if p.Phase == audit.PhaseFiles && !late {
			late = true
			now = now.Add(3 * time.Hour)
			c := s.record("cam1", now.Add(-time.Second), 4)
			s.must(os.Chtimes(filepath.Join(s.root, c.File), now, now))
		}
	}
	r, err := a.Run(t.Context())
	s.must(err)
	if len(found) > 0 || r.Pending != 2 || !late { // file and row
		t.Errorf("%+v, found %v", r, found)
	}
}

// TestARemovalThatLiesAboutItsAge: a tombstone says that the footage is older than the
// segment's own entry does.
func TestARemovalThatLiesAboutItsAge(t *testing.T) {
	leak.Check(t)
	s := newSite(t, dbtest.Open(t, db.SQLite))
	c := s.segments[0]
	lie := c
	lie.Start, lie.End = c.Start-200*24*3600e6, c.End-200*24*3600e6
	s.tombstone(&lie, journal.GroundSpace, "default")
	s.bring(16)
	s.must(os.Remove(filepath.Join(s.root, c.File)))
	s.sql("DELETE FROM segments WHERE file = ?", c.File)
	found, _ := s.verify()
	// Its beginning is not the one in the name either.
	if want := []string{"line_strange 15 cam1/2026-11-28/journal.jsonl ", "removal_unfounded 15 " + c.File + " "}; !slices.Equal(found, want) {
		t.Errorf("found %q, want %q", found, want)
	}
}
