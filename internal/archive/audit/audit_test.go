package audit_test

import (
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"
	"golang.org/x/sys/unix"

	"watchroom/evidence/fmp4"
	"watchroom/evidence/leaf"
	"watchroom/internal/archive"
	"watchroom/internal/archive/audit"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/seal"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/logtest"
)

const origin = "test.example/log"

// site is footage, catalogue, acts and log that agree.
type site struct {
	t        *testing.T
	d        *db.DB
	log      *logtest.Log
	root     string // the recording folder
	ledger   string
	state    string
	now      time.Time
	segments []segment.Closed
	edges    []int64 // of the segments: where the parts end and the index begins
}

func newSite(t *testing.T, d *db.DB) *site {
	t.Helper()
	dir := t.TempDir()
	s := &site{t: t, d: d, log: &logtest.Log{}, root: filepath.Join(dir, "recordings"), ledger: filepath.Join(dir, "ledger"),
		state: filepath.Join(dir, "ledger", "verify.state"), now: time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)}
	for _, p := range []string{s.root, s.ledger} {
		if err := os.MkdirAll(p, 0o750); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 6 {
		s.record([]string{"cam1", "cam2"}[i%2], s.now.Add(time.Duration(i-6)*time.Hour), 5+i)
	}
	for i := range 5 {
		a := ledger.Act{ID: fmt.Sprintf("act%d", i), At: s.now.Add(-time.Hour).UnixMicro(), Kind: "camera.created", Person: "p", Detail: map[string]any{"name": "门"}}
		if made := map[int]string{0: "p", 2: "p2", 3: "p3"}[i]; made != "" { // or nobody would believe what they do
			a.Kind, a.Person, a.Subject, a.Detail = "person.created", "", made, map[string]any{"positions": []string{"supervisor"}}
		}
		if i == 4 {
			a.Kind, a.Subject, a.Camera, a.Detail = "hold.placed", "h1", "cam1", map[string]any{"cameras": []string{"cam1"}, "from": 5, "to": 9}
		}
		s.act(a)
	}
	s.must(d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO holds (id, kind, owner, reason, document, from_at, to_at, review_at, placed_by, placed_at) VALUES ('h1', 'case', 'o', 'r', '', 5, 9, 10, 'p', 1)")
		if err == nil {
			_, err = tx.ExecContext(ctx, "INSERT INTO hold_cameras (hold, camera) VALUES ('h1', 'cam1')")
		}
		return err
	}))
	s.bring(15) // 6 segments, 3 seals of two cameras, 5 acts, a hold
	return s
}

// record writes a segment of n parts as a recorder does, sealed once on the way.
func (s *site) record(camera string, at time.Time, n int) *segment.Closed {
	s.t.Helper()
	tracks := []media.Track{{ID: 1, Codec: media.MJPEG, Timescale: 1000, Width: 64, Height: 64}}
	f, err := segment.Create(s.root, segment.Name{Camera: camera, Start: at.UnixMicro(), Run: "runa"},
		fmp4.AppendInit(nil, (&media.Run{Tracks: tracks}).MP4Tracks()), nil)
	s.must(err)
	w := journal.Writer{Root: s.root, Camera: camera}
	defer w.Close()
	for i := range n {
		part := fmp4.AppendFragment(nil, uint32(i+1), []fmp4.TrackFragment{{TrackID: 1, BaseTime: uint64(i * 100),
			Samples: []fmp4.Sample{{Duration: 100, Key: true, Data: bytes.Repeat([]byte{byte(i)}, 40)}}}})
		f.Points = append(f.Points, fmp4.KeyPoint{Time: uint64(i * 100), Offset: f.Size})
		s.must(f.Append([][]byte{part}))
		f.Frames++
		if i == 2 {
			root := f.Root()
			s.must(w.Append(at.UnixMicro(), journal.Record{Kind: journal.KindSeal, At: at.UnixMicro() + 300_000,
				Sealed: &journal.Sealed{File: f.Name.Path(), Parts: f.Parts(), Bytes: f.Size, Root: fmt.Sprintf("%x", root[:])}}))
		}
	}
	f.End = at.UnixMicro() + int64(n)*100_000
	s.edges = append(s.edges, f.Size)
	s.must(f.Finish(1))
	s.must(f.Close())
	c := f.Describe(tracks)
	lost, dropped := int64(n), int64(1)
	c.Lost, c.Dropped = &lost, &dropped
	s.must(w.Append(at.UnixMicro(), journal.Record{Kind: journal.KindSegment, At: c.End, Run: "runa", Segment: c}))
	old := at.Add(time.Minute)
	s.must(os.Chtimes(filepath.Join(s.root, c.File), old, old))
	s.must(s.d.Tx(s.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&archive.Segment{Camera: camera, StartAt: c.Start, EndAt: c.End, Run: "runa", File: c.File, Bytes: c.Bytes,
			Parts: c.Parts, Frames: c.Frames, Root: c.Root, Codec: c.Codec, MIME: c.MIME, Width: c.Width, Height: c.Height, Lost: c.Lost, Dropped: c.Dropped}).Exec(ctx)
		return err
	}))
	s.segments = append(s.segments, *c)
	return c
}

// hide makes the line of a segment say that nothing was lost.
func (s *site) hide(c *segment.Closed) {
	s.t.Helper()
	path := filepath.Join(s.root, "cam1", "2026-11-28", journal.FileName)
	lines, _, _, err := journal.ReadLines(path, 0, 0)
	s.must(err)
	b, err := os.ReadFile(path)
	s.must(err)
	for _, l := range lines {
		if l.Kind != journal.KindSegment || l.File != c.File {
			continue
		}
		was := fmt.Sprintf(`"lost":%d`, *c.Lost)
		line := bytes.Replace(l.Raw[9:], []byte(was), append(bytes.Repeat([]byte(" "), len(was)-8), `"lost":0`...), 1)
		copy(b[l.Offset:], fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(line, crc32.MakeTable(crc32.Castagnoli)), line))
	}
	s.must(os.WriteFile(path, b, 0o600))
}

func (s *site) act(a ledger.Act) {
	s.t.Helper()
	s.must(s.d.Tx(s.t.Context(), func(ctx context.Context, tx bun.Tx) error { return ledger.Record(ctx, tx, a) }))
}

// bring runs sealer and pump until the log has n entries and nothing waits.
func (s *site) bring(n int64) {
	s.t.Helper()
	clk := clock.Clock(func() time.Time { return s.now })
	sealer := &seal.Sealer{Roots: func() []seal.Root { return s.roots() }, Into: s.log, Origin: origin, Dir: s.ledger, Clock: clk,
		Every: time.Millisecond, Pace: time.Millisecond, Gather: time.Millisecond}
	s.must(sealer.Start(s.t.Context()))
	pump := &ledger.Pump{DB: s.d, Into: s.log, Origin: origin, Every: time.Millisecond}
	s.must(pump.Start(s.t.Context()))
	s.log.Wait(n)
	for waits := int64(1); waits > 0; {
		var err error
		waits, _, err = ledger.Waiting(s.t.Context(), s.d.Read())
		s.must(err)
	}
	pump.Close()
	sealer.Close()
	if got := s.log.Size(); got != n {
		s.t.Fatalf("%d entries, want %d", got, n)
	}
}

func (s *site) roots() []seal.Root { return []seal.Root{{Path: s.root}} }

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// audit is one of the site; findings go to found.
func (s *site) audit(found *[]audit.Finding) *audit.Audit {
	return &audit.Audit{Log: s.log, Origin: origin, Ledger: s.ledger, Volumes: s.roots(), DB: s.d, State: s.state,
		Clock: func() time.Time { return s.now.Add(time.Hour) }, Found: func(f audit.Finding) { *found = append(*found, f) }}
}

// verify gives the kinds that are found, with entry, file and row.
func (s *site) verify() (names []string, r audit.Report) {
	s.t.Helper()
	var found []audit.Finding
	r, err := s.audit(&found).Run(s.t.Context())
	s.must(err)
	if r.Findings != int64(len(found)) {
		s.t.Errorf("%d findings are counted, %d were told", r.Findings, len(found))
	}
	for _, f := range found {
		names = append(names, fmt.Sprint(f.Kind, " ", f.Leaf, " ", f.File, " ", f.Row))
	}
	slices.Sort(names)
	return names, r
}

// leafOf is the index of the entry of a segment or act.
func (s *site) leafOf(file string) int64 {
	for i, e := range s.log.All() {
		switch e := e.(type) {
		case *leaf.Segment:
			if e.File == file {
				return int64(i)
			}
		case *leaf.Act:
			if e.ID == file {
				return int64(i)
			}
		}
	}
	s.t.Fatalf("%s is not in the log", file)
	return 0
}

func TestAllAgrees(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		found, r := s.verify()
		if len(found) != 0 {
			t.Errorf("found %q", found)
		}
		if r.Size != 15 || r.Files != 6 || r.Rows != 6 || r.Acts != 5 || r.Pending != 0 || r.Read != 6 || r.Kept != 0 || r.Presence || r.Bytes < 1000 ||
			r.Entries.Segments != 6 || r.Entries.Acts != 5 || r.Entries.Holds != 1 || r.Entries.Seals != 3 {
			t.Errorf("%+v", r)
		}
		if left, _ := filepath.Glob(s.state + "*"); len(left) != 0 {
			t.Errorf("left behind: %q", left)
		}
	})
}

// TestWhatDoesNotAgreeIsNamed: each of these is found, and nothing else.
func TestWhatDoesNotAgreeIsNamed(t *testing.T) {
	leak.Check(t)
	sql := func(s *site, query string, args ...any) {
		s.t.Helper()
		s.must(s.d.Tx(s.t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, query, args...)
			return err
		}))
	}
	force := func(s *site, table, query string, args ...any) { // with the database in hand
		s.t.Helper()
		off, drop := []string{"DROP TRIGGER %[1]s_no_update", "DROP TRIGGER %[1]s_no_delete"}, ""
		if s.d.Engine() == db.PostgreSQL {
			drop = " ON %[1]s"
		}
		for _, q := range off {
			sql(s, fmt.Sprintf(q+drop, table))
		}
		sql(s, query, args...)
	}
	for name, c := range map[string]struct {
		touch func(s *site, c *segment.Closed)
		want  []string // %[1]d: entry, %[2]s: file, %[3]s: row
	}{
		"a file is gone":    {func(s *site, c *segment.Closed) { s.must(os.Remove(filepath.Join(s.root, c.File))) }, []string{"file_missing %[1]d %[2]s "}},
		"a file is shorter": {func(s *site, c *segment.Closed) { s.must(os.Truncate(filepath.Join(s.root, c.File), c.Bytes-9)) }, []string{"file_altered %[1]d %[2]s ", "file_altered %[1]d %[2]s "}},
		"a row is gone":     {func(s *site, c *segment.Closed) { sql(s, "DELETE FROM segments WHERE file = ?", c.File) }, []string{"row_missing %[1]d %[2]s "}},
		"a row waits for the next start": {func(s *site, c *segment.Closed) {
			sql(s, "DELETE FROM segments WHERE file = ?", c.File)
			sql(s, "INSERT INTO journal_cursors (camera, volume, day, next) VALUES ('cam1', '', '2026-11-28', 0)")
		}, nil},
		"a row tells of other pictures": {func(s *site, c *segment.Closed) {
			sql(s, "UPDATE segments SET mime = 'x', width = 7 WHERE file = ?", c.File)
		}, []string{"row_differs %[1]d %[2]s %[3]s"}},
		"a row hides a loss":     {func(s *site, c *segment.Closed) { sql(s, "UPDATE segments SET lost = 0 WHERE file = ?", c.File) }, []string{"row_differs %[1]d %[2]s %[3]s"}},
		"a row is silent of one": {func(s *site, c *segment.Closed) { sql(s, "UPDATE segments SET dropped = NULL WHERE file = ?", c.File) }, []string{"row_differs %[1]d %[2]s %[3]s"}},
		"a row was made anew": {func(s *site, c *segment.Closed) {
			sql(s, "UPDATE segments SET dropped = NULL, recovered = 1 WHERE file = ?", c.File)
		}, []string{"row_unread %[1]d %[2]s %[3]s"}},
		"a row names another disk": {func(s *site, c *segment.Closed) { sql(s, "UPDATE segments SET volume = 'x' WHERE file = ?", c.File) }, []string{"row_differs %[1]d %[2]s %[3]s"}},
		"a row says otherwise":     {func(s *site, c *segment.Closed) { sql(s, "UPDATE segments SET bytes = 7 WHERE file = ?", c.File) }, []string{"row_differs %[1]d %[2]s %[3]s"}},
		"a row without entry": {func(s *site, c *segment.Closed) {
			sql(s, "UPDATE segments SET file = 'cam1/x.mp4' WHERE file = ?", c.File)
		}, []string{"row_missing %[1]d %[2]s ", "row_unknown -1 cam1/x.mp4 %[3]s"}},
		"a file without entry": {func(s *site, c *segment.Closed) {
			name := segment.Name{Camera: "cam1", Start: c.Start + 1, Run: "runb"}
			path := filepath.Join(s.root, name.Path())
			s.must(os.WriteFile(path, []byte("x"), 0o600))
			s.must(os.Chtimes(path, s.now, s.now))
		}, []string{"file_unknown -1 cam1/2026-11-28/cam1_20261128T060000.000001Z_runb.mp4 "}},
		"foreign files": {func(s *site, c *segment.Closed) {
			s.must(os.WriteFile(filepath.Join(s.root, "holiday.mp4"), nil, 0o600))
			s.must(os.WriteFile(filepath.Join(s.root, "cam1", "notes"), nil, 0o600))
			s.must(os.WriteFile(filepath.Join(s.root, "cam2", "2026-11-28", filepath.Base(c.File)), nil, 0o600))
			s.must(os.MkdirAll(filepath.Join(s.root, "foreign"), 0o750))
			s.must(os.WriteFile(filepath.Join(s.root, "foreign", "x.mp4"), nil, 0o600))
		}, []string{"file_foreign -1 cam2/2026-11-28/%[4]s ", "file_foreign -1 foreign/x.mp4 ", "file_foreign -1 holiday.mp4 "}},
		"removed lawfully": {func(s *site, c *segment.Closed) {
			s.ordered(c)
			s.bring(18)
			s.tombstone(c, journal.GroundOrder, "o1")
			s.bring(19)
			s.must(os.Remove(filepath.Join(s.root, c.File)))
			sql(s, "DELETE FROM segments WHERE file = ?", c.File)
		}, nil},
		"removed by an order of others": {func(s *site, c *segment.Closed) {
			s.ordered(c)
			s.bring(18)
			s.tombstone(c, journal.GroundOrder, "o2")
			s.bring(19)
			s.must(os.Remove(filepath.Join(s.root, c.File)))
			sql(s, "DELETE FROM segments WHERE file = ?", c.File)
		}, []string{"removal_unfounded 18 %[2]s "}},
		"removed within its minimum": {func(s *site, c *segment.Closed) {
			s.tombstone(c, journal.GroundSpace, "default")
			s.bring(16)
			s.must(os.Remove(filepath.Join(s.root, c.File)))
			sql(s, "DELETE FROM segments WHERE file = ?", c.File)
		}, []string{"removal_unfounded 15 %[2]s "}},
		"an order that nobody gave": {func(s *site, _ *segment.Closed) {
			sql(s, "INSERT INTO deletion_orders (id, ground, reason, document, from_at, to_at, requested_by, requested_at, state, removed, bytes, kept, held) VALUES ('o9', 'other', 'r', 'd', 1, 2, 'x', 1, 'approved', 0, 0, 0, 0)")
		}, []string{"record_untrue -1  deletion_orders o9"}},
		"a hold that nobody released": {func(s *site, _ *segment.Closed) {
			sql(s, "UPDATE holds SET released_at = 7, released_by = 'x' WHERE id = 'h1'")
		}, []string{"record_untrue -1  holds h1"}},
		"a line of a journal is another": {func(s *site, c *segment.Closed) {
			path := filepath.Join(s.root, "cam1", "2026-11-28", journal.FileName)
			lines, _, _, err := journal.ReadLines(path, 0, 0)
			s.must(err)
			b, err := os.ReadFile(path)
			s.must(err)
			for i, l := range lines { // whole lines change places: each is one by itself
				if l.Kind == journal.KindSegment && l.File == c.File {
					s.must(os.WriteFile(path, slices.Concat(b[:l.Offset], b[lines[i+2].Offset:lines[i+2].Next], b[l.Next:]), 0o600))
				}
			}
		}, []string{"line_differs %[1]d cam1/2026-11-28/journal.jsonl "}},
		"a row and its line hide a loss": {func(s *site, c *segment.Closed) {
			s.hide(c)
			sql(s, "UPDATE segments SET lost = 0 WHERE file = ?", c.File)
		}, []string{"line_differs %[1]d cam1/2026-11-28/journal.jsonl ", "row_differs %[1]d %[2]s %[3]s"}},
		"a row hides a loss, and its journal is gone": {func(s *site, c *segment.Closed) {
			s.must(os.Remove(filepath.Join(s.root, "cam1", "2026-11-28", journal.FileName)))
			sql(s, "UPDATE segments SET lost = 0 WHERE file = ?", c.File)
		}, []string{"line_differs %[7]d cam1/2026-11-28/journal.jsonl ", "row_differs %[1]d %[2]s %[3]s"}},
		"a removal that nobody told of": {func(s *site, c *segment.Closed) {
			s.must(os.Remove(filepath.Join(s.root, c.File)))
			sql(s, "DELETE FROM segments WHERE file = ?", c.File)
			sql(s, "INSERT INTO tombstones (file, camera, start_at, end_at, bytes, root, ground, authority, at, finished_at) VALUES (?, 'cam1', ?, ?, ?, ?, 'space', 'default', ?, ?)",
				c.File, c.Start, c.End, c.Bytes, c.Root, c.End, c.End)
		}, []string{"file_missing %[1]d %[2]s ", "row_missing %[1]d %[2]s ", "tombstone_unlogged -1 %[2]s tombstones %[2]s"}},
		"the words beside a gap are others": {func(s *site, c *segment.Closed) {
			w := journal.Writer{Root: s.root, Camera: "cam1"}
			s.must(w.Append(c.End, journal.Record{Kind: journal.KindGap, At: c.End, Cause: media.CauseSwitchedOff, Detail: "Wang: cleaning"}))
			w.Close()
			s.bring(16)
			path := filepath.Join(s.root, "cam1", "2026-11-28", journal.FileName)
			b, err := os.ReadFile(path)
			s.must(err)
			at := bytes.LastIndexByte(b[:len(b)-1], '\n') + 1
			line := bytes.Replace(b[at+9:len(b)-1], []byte("Wang"), []byte("Zhao"), 1)
			s.must(os.WriteFile(path, fmt.Appendf(b[:at], "%08x %s\n", crc32.Checksum(line, crc32.MakeTable(crc32.Castagnoli)), line), 0o600))
		}, []string{"line_differs 15 cam1/2026-11-28/journal.jsonl "}},
		"a journal is gone": {func(s *site, _ *segment.Closed) {
			s.must(os.Remove(filepath.Join(s.root, "cam1", "2026-11-28", journal.FileName)))
		}, []string{"line_differs %[7]d cam1/2026-11-28/journal.jsonl "}},
		"a journal is a folder": {func(s *site, _ *segment.Closed) {
			path := filepath.Join(s.root, "cam1", "2026-11-28", journal.FileName)
			s.must(os.Remove(path))
			s.must(os.Mkdir(path, 0o750))
		}, []string{"file_failed -1 cam1/2026-11-28/journal.jsonl "}},
		"a journal is a pipe": {func(s *site, _ *segment.Closed) {
			s.must(os.MkdirAll(filepath.Join(s.root, "cam1", "2026-11-20"), 0o750))
			s.must(unix.Mkfifo(filepath.Join(s.root, "cam1", "2026-11-20", journal.FileName), 0o600))
		}, []string{"file_failed -1 cam1/2026-11-20/journal.jsonl "}},
		"a journal was set aside": {func(s *site, c *segment.Closed) {
			path := filepath.Join(s.root, "cam1", "2026-11-28", journal.FileName)
			s.must(os.Remove(path))
			s.must(os.Mkdir(path, 0o750))
			w := journal.Writer{Root: s.root, Camera: "cam1"}
			s.must(w.Append(c.End, journal.Record{Kind: journal.KindGap, At: c.End, Cause: media.CauseNetwork}))
			w.Close()
			s.bring(16)
		}, []string{"file_foreign -1 cam1/2026-11-28/journal.jsonl.aside-1 ", "line_differs %[7]d cam1/2026-11-28/journal.jsonl "}},
		"called recorded": {func(s *site, c *segment.Closed) {
			for _, r := range []struct{ from, to int64 }{{c.Start, c.End}, {c.Start + 60_000_000, c.Start + 120_000_000}} {
				sql(s, "INSERT INTO coverage (camera, start_at, end_at, kind, cause, detail) VALUES ('cam1', ?, ?, 'recorded', '', '')", r.from, r.to)
			}
		}, []string{"coverage_untrue -1  coverage cam1 %[9]d", "coverage_untrue -1  coverage cam1 %[8]d"}}, // the first no journal was taken in for
		"said to be removed": {func(s *site, c *segment.Closed) {
			s.ordered(c)
			s.bring(18)
			s.tombstone(c, journal.GroundOrder, "o1")
			s.bring(19)
		}, []string{"file_kept %[1]d %[2]s ", "row_kept %[1]d %[2]s %[3]s"}},
		"an act says otherwise": {func(s *site, _ *segment.Closed) {
			force(s, "acts", "UPDATE acts SET person = 'q' WHERE id = 'act1'")
		}, []string{"act_altered %[5]d  acts act1"}},
		"an act is gone": {func(s *site, _ *segment.Closed) { force(s, "acts", "DELETE FROM acts WHERE id = 'act1'") }, []string{"act_missing %[5]d  acts act1"}},
		"an act without entry": {func(s *site, _ *segment.Closed) {
			s.act(ledger.Act{ID: "late", At: s.now.Add(-time.Hour).UnixMicro(), Kind: "k"})
		}, []string{"act_unlogged -1  acts late"}},
		"an act's salt is gone": {func(s *site, _ *segment.Closed) {
			force(s, "act_outbox", "DELETE FROM act_outbox WHERE act = 'act1'")
		}, []string{"act_unsalted %[5]d  acts act1"}},
		"an act is marked elsewhere": {func(s *site, _ *segment.Closed) { sql(s, "UPDATE act_outbox SET leaf = 999 WHERE act = 'act1'") }, []string{"act_misplaced %[5]d  act_outbox act1"}},
		"a line twice": {func(s *site, _ *segment.Closed) {
			for b := range s.log.Entries(s.t.Context(), 0, s.log.Size()) {
				if e, _ := leaf.Decode(b); e.Kind() == "segment" {
					s.log.Put(b)
					return
				}
			}
		}, []string{"entry_twice 15 cam1/2026-11-28/journal.jsonl "}},
		"no entry": {func(s *site, _ *segment.Closed) { s.log.Put([]byte("rubbish")) }, []string{"entry_malformed 15  "}},
		"members gone": {func(s *site, _ *segment.Closed) {
			s.must(os.RemoveAll(filepath.Join(s.ledger, seal.MembersDir)))
		}, nil},
		"sealed and never closed": {func(s *site, _ *segment.Closed) {
			w := journal.Writer{Root: s.root, Camera: "cam1"}
			defer w.Close()
			name := segment.Name{Camera: "cam1", Start: s.now.UnixMicro(), Run: "runz"}
			s.must(w.Append(s.now.UnixMicro(), journal.Record{Kind: journal.KindSeal, At: s.now.UnixMicro(), Sealed: &journal.Sealed{File: name.Path(), Parts: 2, Root: strings.Repeat("0", 64)}}))
			s.bring(16)
		}, []string{"seal_unclosed 15 cam1/2026-11-28/cam1_20261128T120000.000000Z_runz.mp4 "}},
		"long, made whole, and never sealed": {func(s *site, c *segment.Closed) {
			n := *c
			n.File, n.Start, n.End, n.Recovered = segment.Name{Camera: "cam1", Start: s.now.UnixMicro(), Run: "runz"}.Path(), s.now.UnixMicro(), s.now.UnixMicro()+200e6, true
			n.Root = strings.Repeat("11", 32)
			w := journal.Writer{Root: s.root, Camera: "cam1"}
			defer w.Close()
			s.must(w.Append(s.now.UnixMicro(), journal.Record{Kind: journal.KindSegment, At: n.End, Run: "runz", Segment: &n}))
			s.bring(16)
		}, []string{"file_missing 15 cam1/2026-11-28/cam1_20261128T120000.000000Z_runz.mp4 ", "row_missing 15 cam1/2026-11-28/cam1_20261128T120000.000000Z_runz.mp4 ",
			"segment_unsealed 15 cam1/2026-11-28/cam1_20261128T120000.000000Z_runz.mp4 "}},
		"long, and never sealed": {func(s *site, c *segment.Closed) {
			n := *c
			n.File, n.Start, n.End = segment.Name{Camera: "cam1", Start: s.now.UnixMicro() - 200e6, Run: "runz"}.Path(), s.now.UnixMicro()-200e6, s.now.UnixMicro()
			n.Root = strings.Repeat("11", 32)
			w := journal.Writer{Root: s.root, Camera: "cam1"}
			defer w.Close()
			s.must(w.Append(s.now.UnixMicro(), journal.Record{Kind: journal.KindSegment, At: n.End, Run: "runz", Segment: &n}))
			s.bring(16)
		}, []string{"file_missing 15 cam1/2026-11-28/cam1_20261128T115640.000000Z_runz.mp4 ", "row_missing 15 cam1/2026-11-28/cam1_20261128T115640.000000Z_runz.mp4 ",
			"segment_unsealed 15 cam1/2026-11-28/cam1_20261128T115640.000000Z_runz.mp4 "}},
		"put into a pause, and a copy": {func(s *site, c *segment.Closed) {
			n := *c
			at := s.now.Add(-20 * time.Minute).UnixMicro()
			n.File, n.Start, n.End = segment.Name{Camera: "cam1", Start: at, Run: "runz"}.Path(), at, at+10e6
			w := journal.Writer{Root: s.root, Camera: "cam1"}
			defer w.Close()
			s.must(w.Append(s.now.UnixMicro(), journal.Record{Kind: journal.KindRun, At: at - 60e6, Run: "runz"},
				journal.Record{Kind: journal.KindStop, At: at - 1e6, Cause: media.CauseStopped}, journal.Record{Kind: journal.KindSegment, At: n.End, Run: "runz", Segment: &n}))
			s.bring(17)
		}, []string{"file_missing 16 cam1/2026-11-28/cam1_20261128T114000.000000Z_runz.mp4 ", "row_missing 16 cam1/2026-11-28/cam1_20261128T114000.000000Z_runz.mp4 ",
			"segment_copied 16 cam1/2026-11-28/cam1_20261128T114000.000000Z_runz.mp4 ", "segment_inserted 16 cam1/2026-11-28/cam1_20261128T114000.000000Z_runz.mp4 "}},
		"marked short by the recorder": {func(s *site, c *segment.Closed) {
			n := *c
			n.File, n.Start, n.Short, n.Altered = segment.Name{Camera: "cam1", Start: s.now.UnixMicro(), Run: "runz"}.Path(), s.now.UnixMicro(), 3, true
			n.End = n.Start + 1e6
			n.Root = strings.Repeat("11", 32)
			w := journal.Writer{Root: s.root, Camera: "cam1"}
			defer w.Close()
			s.must(w.Append(s.now.UnixMicro(), journal.Record{Kind: journal.KindSegment, At: n.End, Run: "runz", Segment: &n}))
			s.bring(16)
		}, []string{"file_missing 15 cam1/2026-11-28/cam1_20261128T120000.000000Z_runz.mp4 ", "row_missing 15 cam1/2026-11-28/cam1_20261128T120000.000000Z_runz.mp4 ",
			"segment_altered 15 cam1/2026-11-28/cam1_20261128T120000.000000Z_runz.mp4 ", "segment_short 15 cam1/2026-11-28/cam1_20261128T120000.000000Z_runz.mp4 "}},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				s := newSite(t, d)
				first := s.segments[0]
				act := s.leafOf("act1")
				index := s.leafOf(first.File)
				sealed := slices.IndexFunc(s.log.All(), func(e leaf.Entry) bool { return e.Kind() == "seal" })
				c.touch(s, &first)
				row := fmt.Sprintf("segments %s %d %s", "cam1", first.Start, "runa")
				var want []string
				for _, w := range c.want {
					text := fmt.Sprintf(w+"%[6]s", index, first.File, row, filepath.Base(first.File), act, "", sealed, first.Start+60_000_000, first.Start)
					want = append(want, text)
				}
				if name == "members gone" {
					for i, e := range s.log.All() {
						if e.Kind() == "seal" {
							want = append(want, fmt.Sprintf("members_missing %d seals/2026-11-28 ", i))
						}
					}
				}
				slices.Sort(want)
				found, _ := s.verify()
				if diff := cmp.Diff(want, found); diff != "" {
					t.Errorf("want (-), found (+):\n%s", diff)
				}
			})
		})
	}
}

// ordered is an order for a segment, which one person asked for and two others approved.
func (s *site) ordered(c *segment.Closed) {
	s.t.Helper()
	at := s.now.Add(-2 * time.Minute).UnixMicro()
	s.must(s.d.Tx(s.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO deletion_orders (id, ground, reason, document, from_at, to_at, requested_by, requested_at, state, removed, bytes, kept, held) VALUES ('o1', 'other', 'r', 'd', ?, ?, 'p', ?, 'approved', 0, 0, 0, 0)", c.Start, c.End, at)
		if err == nil {
			_, err = tx.ExecContext(ctx, "INSERT INTO deletion_order_cameras (deletion, camera) VALUES ('o1', 'cam1')")
		}
		for i := 1; i <= 2 && err == nil; i++ {
			_, err = tx.ExecContext(ctx, "INSERT INTO deletion_order_decisions (deletion, person, at, decision, note) VALUES ('o1', ?, ?, 'approved', '')", fmt.Sprint("p", i+1), at+int64(i))
		}
		return err
	}))
	detail := map[string]any{"cameras": []string{"cam1"}, "from": c.Start, "to": c.End}
	for i, person := range []string{"p", "p2", "p3"} {
		kind := "deletion.approved"
		if i == 0 {
			kind = "deletion.requested"
		}
		s.act(ledger.Act{ID: fmt.Sprint("order", i), At: at + int64(i), Kind: kind, Person: person, Subject: "o1", Camera: "cam1", Detail: detail})
	}
}

func (s *site) tombstone(c *segment.Closed, ground, authority string) {
	s.t.Helper()
	w := journal.Writer{Root: s.root, Camera: "cam1"}
	defer w.Close()
	at := s.now.Add(-time.Minute).UnixMicro()
	s.must(w.Append(at, journal.Record{Kind: journal.KindTombstone, At: at, Ground: ground, Authority: authority, Segment: c}))
}

// TestDisksAreToldOneByOne: a new log may hear of the second move of a segment before the
// first, and of a removal before the segment, since each disk has a journal of its own.
func TestDisksAreToldOneByOne(t *testing.T) {
	leak.Check(t)
	s := newSite(t, dbtest.Open(t, db.SQLite))
	all := s.log.All()
	var first, second *leaf.Segment
	for _, e := range all {
		if e, ok := e.(*leaf.Segment); ok && e.Camera == "cam1" {
			first, second = second, e
		}
	}
	place := func(n int64) leaf.Place { return leaf.Place{Volume: "other", Day: "2026-11-28", Offset: n} }
	again := &logtest.Log{}
	put := func(e leaf.Entry) {
		b, err := leaf.Encode(e)
		s.must(err)
		again.Put(b)
	}
	put(&leaf.Move{Camera: "cam1", At: second.End + 20, File: second.File, To: "cloud", Place: place(0)})
	put(&leaf.Tombstone{Camera: "cam1", At: first.End + 30, File: first.File, Start: first.Start, End: first.End, Bytes: first.Bytes, Root: first.Root, Ground: "space", Rule: "default", Place: place(9)})
	for b, err := range s.log.Entries(t.Context(), 0, s.log.Size()) {
		s.must(err)
		again.Put(b)
	}
	put(&leaf.Move{Camera: "cam1", At: second.End + 10, File: second.File, To: "vault", Place: place(20)})
	var found []audit.Finding
	a := s.audit(&found)
	a.Log, a.DB = again, nil
	if _, err := a.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range found {
		if f.Kind != finding.LineDiffers {
			got = append(got, fmt.Sprint(f.Kind, " ", f.Volume, " ", f.File))
		}
	}
	slices.Sort(got)
	// The move to the cloud was the last: it is looked for there, where this site has nothing.
	want := []string{"file_failed cloud " + second.File, "file_foreign  " + second.File, "file_kept  " + first.File}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-), found (+):\n%s", diff)
	}
}

// TestAnyByte: whatever single byte of a segment or of the log is changed, the file or
// the entry is named.
func TestAnyByte(t *testing.T) {
	leak.Check(t)
	s := newSite(t, dbtest.Open(t, db.SQLite))
	random := rand.New(rand.NewPCG(1, 2))
	flip := func(b []byte) ([]byte, int) {
		b = bytes.Clone(b)
		i := random.IntN(len(b))
		b[i] ^= byte(1 << random.IntN(8))
		return b, i
	}
	for range 60 {
		c := s.segments[random.IntN(len(s.segments))]
		path := filepath.Join(s.root, c.File)
		good, err := os.ReadFile(path)
		s.must(err)
		bad, i := flip(good)
		s.must(os.WriteFile(path, bad, 0o600))
		found, _ := s.verify()
		if want := fmt.Sprintf("file_altered %d %s ", s.leafOf(c.File), c.File); !slices.Contains(found, want) {
			t.Errorf("byte %d of %s: found %q", i, c.File, found)
		}
		s.must(os.WriteFile(path, good, 0o600))
	}
	_, signed, err := s.log.Head(t.Context())
	s.must(err)
	for range 60 {
		index := random.Int64N(s.log.Size())
		var good []byte
		for b := range s.log.Entries(t.Context(), index, index+1) {
			good = b
		}
		bad, i := flip(good)
		s.log.Set(index, bad)
		var found []audit.Finding
		a := s.audit(&found)
		a.Log = &signedLog{s.log, signed}
		_, err := a.Run(t.Context())
		s.must(err)
		if !slices.ContainsFunc(found, func(f audit.Finding) bool { return f.Kind == finding.RootDiffers }) {
			t.Errorf("byte %d of entry %d: found %v", i, index, found)
		}
		s.log.Set(index, good)
	}
	if found, _ := s.verify(); len(found) != 0 {
		t.Errorf("in the end: %q", found)
	}
}

// signedLog has another head than its entries make.
type signedLog struct {
	*logtest.Log
	root leaf.Hash
}

func (l *signedLog) Head(context.Context) (int64, leaf.Hash, error) { return l.Size(), l.root, nil }

// TestWhatIsYoung: what the log could not take in yet is no finding, nor is what it
// took in while the verification ran.
func TestWhatIsYoung(t *testing.T) {
	leak.Check(t)
	s := newSite(t, dbtest.Open(t, db.SQLite))
	s.now = s.now.Add(2 * time.Hour)
	s.record("cam1", s.now, 4) // neither is in the log
	s.act(ledger.Act{ID: "young", At: s.now.UnixMicro(), Kind: "k"})
	var found []audit.Finding
	a := s.audit(&found)
	a.Clock = func() time.Time { return s.now.Add(time.Minute) }
	r, err := a.Run(t.Context())
	s.must(err)
	if len(found) != 0 || r.Pending != 3 { // file, row, act
		t.Errorf("pending %d, found %v", r.Pending, found)
	}
	// Where nothing brings the log on, days later as well; what is older than its end is not.
	for _, c := range []struct {
		stopped time.Duration
		found   int
	}{{-time.Minute, 0}, {10 * time.Minute, 3}} {
		found = nil
		a = s.audit(&found)
		a.Clock = func() time.Time { return s.now.Add(48 * time.Hour) }
		a.Stopped = s.now.Add(c.stopped).UnixMicro()
		r, err = a.Run(t.Context())
		s.must(err)
		if len(found) != c.found || int(r.Pending) != 3-c.found {
			t.Errorf("log kept until %s after it: pending %d, found %v", c.stopped, r.Pending, found)
		}
	}
	found = nil
	// An hour later it is, unless the log has them by then.
	if names, _ := s.verify(); len(names) != 3 {
		t.Errorf("found %q", names)
	}
	found = nil
	a = s.audit(&found)
	brought := false
	a.Progress = func(p audit.Progress) {
		if p.Phase == audit.PhaseFiles && !brought {
			brought = true
			s.bring(18)
		}
	}
	r, err = a.Run(t.Context())
	s.must(err)
	if !brought || len(found) != 0 || r.Pending != 0 || r.Size != 15 {
		t.Errorf("%+v, found %v", r, found)
	}
}
