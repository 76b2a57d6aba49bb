package archive_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/retold"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/recording"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// past is what truly happened to a camera, and what a recorder wrote of it.
type past struct {
	camera   string
	root     string
	others   []string // further volumes: the recorder changes between them at any time
	random   *rand.Rand
	at       int64
	spans    []coverage.Span // truth
	segments []string        // files
	intake   []string        // what was measured and lost
}

var dayOne = time.Date(2026, 3, 1, 20, 0, 0, 0, time.UTC).UnixMicro()

func newPast(root, camera string, seed uint64) *past {
	return &past{camera: camera, root: root, random: rand.New(rand.NewPCG(seed, 1)), at: dayOne}
}

// write appends a record to the journal of the day, as recorders do.
func (p *past) write(t *testing.T, r journal.Record) {
	t.Helper()
	if n := len(p.others); n > 0 && p.random.IntN(3) == 0 {
		i := p.random.IntN(n)
		p.root, p.others[i] = p.others[i], p.root
	}
	dir := filepath.Join(p.root, p.camera, segment.Day(p.at))
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if r.Segment != nil {
		path := filepath.Join(p.root, r.File)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o640); err != nil {
			t.Fatal(err)
		}
		p.segments = append(p.segments, r.File)
	}
	body, err := json.Marshal(&r)
	if err != nil {
		t.Fatal(err)
	}
	line := fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)), body)
	f, err := os.OpenFile(filepath.Join(dir, journal.FileName), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(line); err != nil {
		t.Fatal(err)
	}
	if p.random.IntN(20) == 0 { // a crash tore a line here
		if _, err := f.WriteString("deadbeef {\"k\":\n"); err != nil {
			t.Fatal(err)
		}
	}
}

// truth notes that from the present on something holds.
func (p *past) truth(kind coverage.Kind, cause media.Cause, detail string) {
	if n := len(p.spans); n > 0 {
		last := &p.spans[n-1]
		last.End = p.at
		if last.End == last.Start {
			p.spans = p.spans[:n-1]
			p.truth(kind, cause, detail)
			return
		}
		if last.Kind == kind && last.Cause == cause && last.Detail == detail {
			return
		}
	} else if kind == coverage.Gap && cause == media.CauseDied {
		return
	}
	p.spans = append(p.spans, coverage.Span{Start: p.at, Kind: kind, Cause: cause, Detail: detail})
}

func (p *past) pass(seconds int) { p.at += int64(1+p.random.IntN(seconds)) * 1e6 }

// process is the life of one recorder: attempts that fail, runs, an end in good
// order or a crash.
// Some segments are told of late.
func (p *past) process(t *testing.T) {
	var late []journal.Record
	defer func() {
		p.random.Shuffle(len(late), func(i, j int) { late[i], late[j] = late[j], late[i] })
		for _, r := range late {
			p.write(t, r)
		}
		slices.Sort(p.segments)
	}()
	p.write(t, journal.Record{Kind: journal.KindStart, At: p.at})
	for range 1 + p.random.IntN(4) {
		for range p.random.IntN(3) {
			p.pass(60)
			cause := []media.Cause{media.CauseUnreachable, media.CauseCredentials, media.CauseNoFrames}[p.random.IntN(3)]
			p.write(t, journal.Record{Kind: journal.KindGap, At: p.at, Cause: cause, Detail: "d"})
			p.truth(coverage.Gap, cause, "d")
		}
		p.pass(600)
		p.truth(coverage.Recorded, "", "")
		run := "run" + fmt.Sprint(p.at)
		p.write(t, journal.Record{Kind: journal.KindRun, At: p.at, Run: run})
		for range 1 + p.random.IntN(5) {
			start := p.at
			p.pass(1000)
			name := segment.Name{Camera: p.camera, Start: start, Run: run}
			offset, lost, dropped := p.random.Int64N(2e6)-1e6, p.random.Int64N(9), p.random.Int64N(3)
			p.write(t, journal.Record{Kind: journal.KindClock, At: p.at, Offset: &offset, Source: journal.BySenderReport})
			p.intake = append(p.intake, fmt.Sprint(p.at, " ", offset, " rtcp"), fmt.Sprint(name.Path(), " ", lost, " ", dropped))
			r := journal.Record{Kind: journal.KindSegment, At: p.at, Run: run, Segment: &journal.Segment{
				File: name.Path(), Start: start, End: p.at, Frames: 1, Parts: 2, Root: "00", Codec: "h264",
				Lost: &lost, Dropped: &dropped,
			}}
			if p.random.IntN(5) == 0 {
				late = append(late, r)
			} else {
				p.write(t, r)
			}
		}
		if p.random.IntN(3) == 0 {
			p.truth(coverage.Gap, media.CauseDied, "")
			p.pass(5000)
			return // a crash
		}
		p.write(t, journal.Record{Kind: journal.KindGap, At: p.at, Cause: media.CauseNetwork})
		p.truth(coverage.Gap, media.CauseNetwork, "")
	}
	p.pass(60)
	p.write(t, journal.Record{Kind: journal.KindStop, At: p.at, Cause: media.CauseStopped})
	p.truth(coverage.Gap, media.CauseStopped, "")
	p.pass(5000)
}

// catalogue starts one over root; stop ends it.
func catalogue(t *testing.T, d *db.DB, root string, now func() int64) (c *archive.Catalogue, stop func()) {
	t.Helper()
	c = &archive.Catalogue{DB: d, Root: root, Clock: clock.Clock(func() time.Time { return time.UnixMicro(now()) })}
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c, c.Close
}

// check compares the catalogue with the truth.
func (p *past) check(t *testing.T, c *archive.Catalogue) {
	t.Helper()
	want := slices.Clone(p.spans)
	last := &want[len(want)-1]
	last.End = p.at
	if last.Kind == coverage.Gap && last.Cause != media.CauseDied {
		last.Open = true
	}
	if last.Cause == media.CauseDied { // nobody has noticed yet
		last.Kind, last.Cause = coverage.None, ""
	}
	lanes, err := c.Timeline(t.Context(), []string{p.camera}, want[0].Start, p.at, 0)
	if err != nil {
		t.Fatal(err)
	}
	if d := gocmp.Diff(want, lanes[0].Spans); d != "" {
		t.Fatalf("coverage of %s: %s", p.camera, d)
	}
	p.again(t, c)
	var files []string // Segments looks 26 hours back from the beginning of an interval
	for at := dayOne; at < p.at; at += 20 * 3600 * 1e6 {
		part, err := c.Segments(t.Context(), p.camera, at, min(at+20*3600*1e6, p.at))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range part {
			files = append(files, s.File)
		}
	}
	files = slices.Compact(files)
	if d := gocmp.Diff(p.segments, files); d != "" {
		t.Fatalf("segments of %s: %s", p.camera, d)
	}
}

// again compares the rows with what the journals, read once more, come to.
func (p *past) again(t *testing.T, c *archive.Catalogue) {
	t.Helper()
	taken, err := archive.Taken(t.Context(), c.DB.Read(), p.camera)
	if err != nil {
		t.Fatal(err)
	}
	told, err := retold.Of(t.Context(), p.camera, append([]archive.Volume{{Root: c.Root}}, c.Volumes...), taken)
	if err != nil {
		t.Fatal(err)
	}
	if told.Mixed && len(c.Volumes) == 0 {
		t.Error("one volume and a clock that was never set back")
	}
	var rows []struct {
		StartAt, EndAt      int64
		Kind, Cause, Detail string
	}
	err = c.DB.Read().NewRaw("SELECT start_at, end_at, kind, cause, detail FROM coverage WHERE camera = ? ORDER BY start_at", p.camera).Scan(t.Context(), &rows)
	if err != nil {
		t.Fatal(err)
	}
	spans := make([]coverage.Span, len(rows))
	for i, r := range rows {
		spans[i] = coverage.Span{Start: r.StartAt, End: r.EndAt, Kind: coverage.Kind(r.Kind), Cause: media.Cause(r.Cause), Detail: r.Detail}
	}
	if d := told.Differ(spans); len(d) != 0 {
		t.Fatalf("the account of %s made anew is another: %+v", p.camera, d)
	}
}

func TestCatalogueIsWhatHappened(t *testing.T) {
	clause.Covers(t, "C076")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		root := t.TempDir()
		var cameras []*past
		var now atomic.Int64
		for i := range 6 {
			p := newPast(root, fmt.Sprintf("cam%d", i), uint64(i))
			p.process(t)
			cameras = append(cameras, p)
		}
		now.Store(dayOne)
		for round := range 4 {
			c, stop := catalogue(t, d, root, now.Load)
			for _, p := range cameras {
				now.Store(p.at)
				p.check(t, c)
			}
			for range 1 + round%2 { // it follows while they grow, whatever the batches
				for _, p := range cameras {
					p.process(t)
					c.Notify(p.camera)
					now.Store(p.at)
					p.check(t, c)
				}
			}
			stop()
			if err := lose(t.Context(), d, round); err != nil {
				t.Fatal(err)
			}
			for _, p := range cameras { // meanwhile recording went on
				p.process(t)
			}
		}
	})
}

// lose makes rows disappear in several ways while no catalogue runs.
func lose(ctx context.Context, d *db.DB, how int) error {
	statements := [][]string{
		{"DELETE FROM journal_cursors"},
		{"DELETE FROM segments", "DELETE FROM coverage", "DELETE FROM journal_cursors"},
		{"DELETE FROM segments WHERE camera < 'cam3' AND start_at > (SELECT MIN(start_at) FROM segments)", "DELETE FROM coverage WHERE camera >= 'cam5'"},
		{"DELETE FROM journal_cursors WHERE day = '2026-03-01'", "DELETE FROM coverage WHERE kind = 'recorded' AND camera = 'cam4'"},
	}[how]
	return d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, s := range statements {
			if _, err := tx.NewRaw(s).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestRowsAreTheSameAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		root := t.TempDir()
		p := newPast(root, "cam1", 9)
		for range 12 {
			p.process(t)
		}
		rows := func() (all []string) {
			c, stop := catalogue(t, d, root, func() int64 { return p.at })
			defer stop()
			p.check(t, c)
			for _, q := range []string{
				"SELECT camera || ' ' || start_at || ' ' || end_at || ' ' || run || ' ' || file || ' ' || recovered FROM segments ORDER BY start_at",
				"SELECT camera || ' ' || start_at || ' ' || end_at || ' ' || kind || ' ' || cause || ' ' || detail FROM coverage ORDER BY start_at",
				"SELECT camera || ' ' || day || ' ' || next FROM journal_cursors ORDER BY day",
				"SELECT at || ' ' || offset_us || ' ' || source FROM camera_clocks",
				"SELECT file || ' ' || lost || ' ' || dropped FROM segments",
			} {
				var part []string
				if err := d.Read().NewRaw(q).Scan(t.Context(), &part); err != nil {
					t.Fatal(err)
				}
				slices.Sort(part)
				all = append(all, part...)
			}
			return all
		}
		want := rows()
		for _, row := range p.intake {
			if !slices.Contains(want, row) {
				t.Fatalf("no row %q", row)
			}
		}
		for how := range 4 {
			if err := lose(t.Context(), d, how); err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(want, rows()); diff != "" {
				t.Fatalf("loss %d: %s", how, diff)
			}
		}
	})
}

// TestDatabaseAway: for a while every query fails; the catalogue catches up by
// itself, and recorders that call Notify never notice.
func TestDatabaseAway(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		root := t.TempDir()
		p := newPast(root, "cam1", 4)
		p.process(t)
		rename := func(from, to string) {
			t.Helper()
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.NewRaw("ALTER TABLE " + from + " RENAME TO " + to).Exec(ctx)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		changed := make(chan string, 16)
		c := &archive.Catalogue{DB: d, Root: root, Clock: clock.Clock(func() time.Time { return time.UnixMicro(p.at) }),
			OnChange: func(camera string) { changed <- camera }}
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		<-changed
		p.check(t, c)
		rename("journal_cursors", "elsewhere")
		p.process(t)
		c.Notify("cam1")
		if _, err := c.Segments(t.Context(), "cam1", 0, p.at); err == nil {
			t.Error("no error although the database is away")
		}
		rename("elsewhere", "journal_cursors")
		<-changed // within its next attempt
		p.check(t, c)
	})
}

// TestOneBadCamera: folders that cannot be read, or were copied from another
// camera, keep nobody else waiting.
func TestOneBadCamera(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	root := t.TempDir()
	good := newPast(root, "good", 3)
	good.process(t)
	if err := os.CopyFS(filepath.Join(root, "copied"), os.DirFS(filepath.Join(root, "good"))); err != nil {
		t.Fatal(err)
	}
	// A folder where the journal should be: reading it fails.
	if err := os.MkdirAll(filepath.Join(root, "bad", "2026-03-01", journal.FileName), 0o750); err != nil {
		t.Fatal(err)
	}
	changed := make(chan string, 16)
	c := &archive.Catalogue{DB: d, Root: root, OnChange: func(camera string) { changed <- camera }}
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for name := range changed {
		if name == "good" {
			break
		}
	}
	if s, err := c.Segments(t.Context(), "copied", dayOne, good.at); err != nil || len(s) != 0 {
		t.Errorf("the copy of a folder has %d segments, %v", len(s), err)
	}
}

// TestAFutureDayHidesNothing: the clock was once far ahead; the days after it was
// set right are taken in all the same.
func TestAFutureDayHidesNothing(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	root := t.TempDir()
	future := newPast(root, "cam1", 5)
	future.at = time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	future.process(t)
	c, stop := catalogue(t, d, root, func() int64 { return future.at })
	defer stop()
	present := newPast(root, "cam1", 6)
	present.process(t)
	c.Notify("cam1")
	s, err := c.Segments(t.Context(), "cam1", dayOne, present.at)
	if err != nil || len(s) != len(present.segments) {
		t.Errorf("%d segments of %d, %v", len(s), len(present.segments), err)
	}
}

func TestSegmentsAtTheEdges(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		root := t.TempDir()
		p := newPast(root, "cam1", 1)
		p.random = rand.New(rand.NewPCG(0, 0))
		var names []segment.Name
		for i := range int64(3) { // three of 100 s, the third after a pause of 50 s
			start := dayOne + i*100e6 + i/2*50e6
			p.at = start + 100e6
			n := segment.Name{Camera: "cam1", Start: start, Run: "r"}
			names = append(names, n)
			p.write(t, journal.Record{Kind: journal.KindSegment, At: p.at, Run: "r", Segment: &journal.Segment{File: n.Path(), Start: start, End: p.at}})
		}
		open := &recording.OpenSegment{Name: segment.Name{Camera: "cam1", Start: dayOne + 400e6, Run: "s"}, Start: dayOne + 400e6, End: dayOne + 420e6,
			Run: &media.Run{ID: "s", Tracks: []media.Track{{ID: 1, Codec: media.MJPEG}, {ID: 2, Codec: media.PCMA}}}}
		c := &archive.Catalogue{DB: d, Root: root, OpenSegment: func(camera string) *recording.OpenSegment {
			if camera == "cam1" {
				return open
			}
			return nil
		}}
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for _, q := range []struct {
			from, to int64 // seconds after the beginning
			want     string
		}{
			{-10, 0, ""}, {-10, 1, "0"}, {0, 100, "0"}, {99, 101, "0 1"}, {100, 200, "1"}, {200, 250, ""}, {249, 251, "2"},
			{0, 1000, "0 1 2 open"}, {350, 400, ""}, {419, 421, "open"}, {420, 500, ""}, {50, 50, "0"},
		} {
			segments, err := c.Segments(t.Context(), "cam1", dayOne+q.from*1e6, dayOne+q.to*1e6)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range segments {
				if s.Open != nil {
					got = append(got, "open")
					if s.Codec != "mjpeg" || s.Audio != "pcma" {
						t.Errorf("the open segment is %q with %q", s.Codec, s.Audio)
					}
					continue
				}
				got = append(got, fmt.Sprint(slices.IndexFunc(names, func(n segment.Name) bool { return n.Path() == s.File })))
			}
			if g := strings.Join(got, " "); g != q.want {
				t.Errorf("from %d to %d: %q, want %q", q.from, q.to, g, q.want)
			}
		}
		for _, q := range []struct {
			at   int64
			want int64 // start, seconds; -1 none
		}{{-1, -1}, {0, 0}, {99, 0}, {100, 100}, {240, 100}, {399, 250}, {400, 400}, {9999, 400}} {
			s, err := c.Before(t.Context(), "cam1", dayOne+q.at*1e6)
			if err != nil {
				t.Fatal(err)
			}
			got := int64(-1)
			if s != nil {
				got = (s.StartAt - dayOne) / 1e6
			}
			if got != q.want {
				t.Errorf("before %d: %d, want %d", q.at, got, q.want)
			}
		}
		if s, err := c.Before(t.Context(), "nobody", dayOne); s != nil || err != nil {
			t.Errorf("of no camera: %v, %v", s, err)
		}
		lanes, err := c.Timeline(t.Context(), []string{"nobody", "cam1"}, dayOne, dayOne+10e6, time.Second)
		if err != nil || len(lanes) != 2 || lanes[0].Spans[0].Kind != coverage.None || lanes[1].Spans[0].Kind != coverage.Recorded {
			t.Errorf("lanes %+v, %v", lanes, err)
		}
	})
}

// TestRecoveredFootageIsInTheCatalogue goes the whole way: a recorder dies, the
// next one takes its segment in, and no time is without an answer.
func TestRecoveredFootageIsInTheCatalogue(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	root := t.TempDir()
	v := &recording.Volume{Root: root, Reserve: 1}
	if err := v.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	at := dayOne
	ck := clock.Clock(func() time.Time { return time.UnixMicro(dayOne + 100e6) })
	play := func(root string, v *recording.Volume, run string) *recording.Recorder {
		rec := &recording.Recorder{Camera: "cam1", Volume: v, Clock: ck}
		if err := rec.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		var s media.Stream
		s.AddSink(rec)
		s.Begin(&media.Run{ID: run, Tracks: []media.Track{{ID: 1, Codec: media.MJPEG, Timescale: 90000}}})
		for i := range int64(100) {
			s.Write(&media.Unit{PTS: i * 9000, DTS: i * 9000, Wall: at, Key: true, Data: []byte{1}})
			at += 100_000
		}
		rec.Drain()
		return rec
	}
	rec := play(root, v, "a")
	crashed := t.TempDir()
	if err := os.CopyFS(crashed, os.DirFS(root)); err != nil {
		t.Fatal(err)
	}
	rec.Close()
	at += 30e6
	w := &recording.Volume{Root: crashed, Reserve: 1}
	if err := w.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	play(crashed, w, "b").Close()
	c, stop := catalogue(t, d, crashed, func() int64 { return at })
	defer stop()
	lanes, err := c.Timeline(t.Context(), []string{"cam1"}, dayOne, at, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range lanes[0].Spans {
		got = append(got, cmp.Or(string(s.Cause), string(s.Kind)))
	}
	if g := strings.Join(got, " "); g != "recorded recorder_died recorded" {
		t.Errorf("coverage %q", g)
	}
	segments, err := c.Segments(t.Context(), "cam1", dayOne, at)
	if err != nil || len(segments) != 2 {
		t.Errorf("%d segments, %v", len(segments), err)
	}
}

// bury removes the first n segments of what happened, the oldest first, as the engine
// of retention does: a line each, then the files.
func (p *past) bury(t *testing.T, n int, ground string) {
	t.Helper()
	for _, file := range p.segments[:n] {
		name, _, err := segment.ParseName(file)
		if err != nil {
			t.Fatal(err)
		}
		end := int64(0)
		for _, day := range mustGlob(t, filepath.Join(p.root, p.camera, "*", journal.FileName)) {
			records, _, _, err := journal.Read(day, 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range records {
				if r.Segment != nil && r.File == file {
					end = r.End
				}
			}
		}
		kept := p.segments
		p.write(t, journal.Record{Kind: journal.KindTombstone, At: p.at, Ground: ground, Authority: "by", Segment: &journal.Segment{File: file, Start: name.Start, End: end}})
		p.segments = kept
		if err := os.Remove(filepath.Join(p.root, file)); err != nil {
			t.Fatal(err)
		}
	}
	p.segments = p.segments[n:]
}

func mustGlob(t *testing.T, pattern string) []string {
	t.Helper()
	all, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestTombstonesAreTakenIn: rows go, their time is a gap that says why, and both come
// out the same when everything is made again from the journals.
func TestTombstonesAreTakenIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		root := t.TempDir()
		p := newPast(root, "cam1", 21)
		for range 6 {
			p.process(t)
		}
		rows := func() (all []string) {
			c, stop := catalogue(t, d, root, func() int64 { return p.at })
			defer stop()
			if err := c.CatchUp(t.Context(), "cam1"); err != nil {
				t.Fatal(err)
			}
			for _, q := range []string{
				"SELECT file FROM segments ORDER BY start_at",
				"SELECT start_at || ' ' || end_at || ' ' || kind || ' ' || cause || ' ' || detail FROM coverage ORDER BY start_at",
				"SELECT file || ' ' || ground || ' ' || authority FROM tombstones ORDER BY file",
			} {
				var part []string
				if err := d.Read().NewRaw(q).Scan(t.Context(), &part); err != nil {
					t.Fatal(err)
				}
				all = append(all, part...)
			}
			return all
		}
		before := rows()
		n := len(p.segments) / 2
		p.bury(t, n, journal.GroundMaximum)
		want := rows()
		sameBytes(t, d)
		if slices.Equal(before, want) || len(p.segments) == 0 {
			t.Fatal("nothing was removed")
		}
		var dead, living int64
		if err := d.Read().NewRaw("SELECT (SELECT COUNT(*) FROM tombstones), (SELECT COUNT(*) FROM segments)").Scan(t.Context(), &dead, &living); err != nil {
			t.Fatal(err)
		}
		if dead != int64(n) || living != int64(len(p.segments)) {
			t.Errorf("%d tombstones and %d segments, want %d and %d", dead, living, n, len(p.segments))
		}
		if !slices.ContainsFunc(want, func(row string) bool { return strings.Contains(row, " gap deleted_retention ") }) {
			t.Error("no gap says that footage was removed")
		}
		for how := range 4 {
			if err := lose(t.Context(), d, how); err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(want, rows()); diff != "" {
				t.Fatalf("loss %d: %s", how, diff)
			}
		}
	})
}

// TestAnOrderedGapBeforeItsSegment: the clock was set back, and the journal of an
// earlier day tells of the removal before that of a later one tells of the segment.
func TestAnOrderedGapBeforeItsSegment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPast(t.TempDir(), "cam1", 1)
		p.random = rand.New(rand.NewPCG(0, 0))
		n := segment.Name{Camera: "cam1", Start: dayOne, Run: "r"}
		of := &journal.Segment{File: n.Path(), Start: dayOne, End: dayOne + 100e6, Root: "00"}
		p.at = dayOne + 100e6
		p.write(t, journal.Record{Kind: journal.KindSegment, At: p.at, Run: "r", Segment: of})
		p.at = dayOne - 86400e6
		p.write(t, journal.Record{Kind: journal.KindTombstone, At: p.at, Ground: journal.GroundOrder, Authority: "o1", Segment: of})
		c, stop := catalogue(t, d, p.root, func() int64 { return dayOne + 200e6 })
		defer stop()
		if s, err := c.Segments(t.Context(), "cam1", dayOne, dayOne+100e6); err != nil || len(s) != 0 {
			t.Errorf("%d segments, %v", len(s), err)
		}
		lanes, err := c.Timeline(t.Context(), []string{"cam1"}, dayOne, dayOne+100e6, 0)
		want := []coverage.Span{{Start: dayOne, End: dayOne + 100e6, Kind: coverage.Gap, Cause: media.CauseDeletedOrder, Detail: "o1"}}
		if d := gocmp.Diff(want, lanes[0].Spans); err != nil || d != "" {
			t.Error(err, d)
		}
		left, err := c.Unfinished(t.Context(), "", 10)
		if err != nil || len(left) != 1 || left[0].Authority != "o1" {
			t.Errorf("%+v, %v", left, err)
		}
		if err := c.Finish(t.Context(), []string{n.Path()}, 5); err != nil {
			t.Fatal(err)
		}
		if left, err = c.Unfinished(t.Context(), "", 10); err != nil || len(left) != 0 {
			t.Errorf("%+v, %v", left, err)
		}
		all, err := c.Tombstones(t.Context(), archive.TombstoneFilter{Authority: "o1", Camera: "cam1", From: dayOne, To: dayOne + 1})
		if err != nil || len(all) != 1 || all[0].FinishedAt == nil {
			t.Errorf("%+v, %v", all, err)
		}
	})
}
