package archive_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/lines"
	"watchroom/internal/archive/retold"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/clocktest"
	"watchroom/internal/testkit/dbtest"
)

// scene is a camera with journals and files, and an archive tier.
type scene struct {
	t       *testing.T
	d       *db.DB
	c       *archive.Catalogue
	root    string
	vault   map[string]int64 // what lies on the tier
	away    bool             // the tier does not answer
	strange []lines.Found
}

var eight = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

func minute(n int) int64 { return eight.Add(time.Duration(n) * time.Minute).UnixMicro() }

func newScene(t *testing.T, d *db.DB) *scene {
	t.Helper()
	s := &scene{t: t, d: d, root: t.TempDir(), vault: map[string]int64{}}
	s.write(journal.Record{Kind: journal.KindStart, At: minute(0)}, journal.Record{Kind: journal.KindRun, At: minute(0), Run: "run1"})
	return s
}

// begin follows the journals, as after a start.
func (s *scene) begin() {
	s.t.Helper()
	s.strange = nil
	s.c = &archive.Catalogue{DB: s.d, Root: s.root, Clock: clocktest.At(time.UnixMicro(minute(60))).Now, Tiers: []string{"vault"},
		OnStrange: func(f lines.Found) { s.strange = append(s.strange, f) },
		Weigh: func(_ context.Context, tier, file string) (int64, error) {
			size, there := s.vault[file]
			switch {
			case s.away || tier != "vault":
				return 0, archive.ErrTierAway
			case !there:
				return 0, fs.ErrNotExist
			}
			return size, nil
		},
		Elsewhere: func(_ context.Context, x *archive.Segment) (archive.File, error) {
			if _, there := s.vault[x.File]; s.away || x.Volume != "vault" {
				return nil, archive.ErrTierAway
			} else if !there {
				return nil, fs.ErrNotExist
			}
			f, err := os.CreateTemp(s.t.TempDir(), "vault")
			return archive.Local(f), err
		}}
	s.must(s.c.Start(context.WithoutCancel(s.t.Context())))
	s.t.Cleanup(func() {
		if s.c != nil {
			s.c.Close()
		}
	})
	s.follow()
}

func (s *scene) end() { s.c.Close(); s.c = nil }

func (s *scene) follow() {
	s.t.Helper()
	s.c.Notify("cam1")
	s.must(s.c.CatchUp(s.t.Context(), "cam1"))
}

func (s *scene) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) write(all ...journal.Record) {
	s.t.Helper()
	w := journal.Writer{Root: s.root, Camera: "cam1"}
	defer w.Close()
	s.must(w.Append(minute(0), all...))
}

// seg is the line of a segment, bytes long.
func seg(from, to int, bytes int64) journal.Record {
	return journal.Record{Kind: journal.KindSegment, At: minute(to), Run: "run1", Segment: &journal.Segment{
		File: segment.Name{Camera: "cam1", Start: minute(from), Run: "run1"}.Path(), Start: minute(from), End: minute(to), Bytes: bytes, Frames: 1, Parts: int(bytes), Root: "00"}}
}

func sealed(r journal.Record, parts int) journal.Record {
	return journal.Record{Kind: journal.KindSeal, At: r.Start + 60e6, Sealed: &journal.Sealed{File: r.File, Parts: parts, Bytes: int64(parts), Root: "00"}}
}

func (s *scene) path(r journal.Record) string { return filepath.Join(s.root, r.File) }

func (s *scene) put(path string, bytes int64) {
	s.t.Helper()
	s.must(os.MkdirAll(filepath.Dir(path), 0o750))
	s.must(os.WriteFile(path, make([]byte, bytes), 0o600))
}

// rows are the segments of the camera.
func (s *scene) rows() []archive.Segment {
	s.t.Helper()
	all, err := s.c.Segments(s.t.Context(), "cam1", minute(0), minute(60))
	s.must(err)
	return all
}

func (s *scene) spans() (rows []coverage.Span) {
	s.t.Helper()
	s.must(s.d.Read().NewRaw("SELECT start_at AS start, end_at AS \"end\", kind, cause, detail FROM coverage WHERE camera = 'cam1' ORDER BY start_at").Scan(s.t.Context(), &rows))
	return rows
}

func (s *scene) why() (all []lines.Why) {
	for _, f := range s.strange {
		all = append(all, f.Why)
	}
	return all
}

// agree tells whether whoever makes the account anew comes to the rows, and whether the rows
// are the same when they are made anew.
func (s *scene) agree() {
	s.t.Helper()
	for range 2 {
		rows, all := s.spans(), s.rows()
		upto, err := archive.Taken(s.t.Context(), s.d.Read(), "cam1")
		s.must(err)
		a, err := retold.Of(s.t.Context(), "cam1", []archive.Volume{{Root: s.root}}, upto)
		s.must(err)
		if !slices.Equal(a.Spans, rows) {
			s.t.Errorf("made anew %v, stored %v", a.Spans, rows)
		}
		s.end()
		s.must(s.d.Tx(s.t.Context(), func(ctx context.Context, tx bun.Tx) error {
			for _, table := range []string{"segments", "coverage", "journal_cursors"} {
				if _, err := tx.NewRaw("DELETE FROM " + table).Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		}))
		s.begin()
		if again := s.spans(); !slices.Equal(again, rows) {
			s.t.Errorf("read anew %v, before %v", again, rows)
		}
		if again := s.rows(); !slices.Equal(again, all) {
			s.t.Errorf("read anew %+v, before %+v", again, all)
		}
	}
}

// TestALineBeforeTheRecorders: somebody tells of the segment that is being written, before the
// recorder closes it. The recorder's word counts, whenever the catalogue hears of both.
func TestALineBeforeTheRecorders(t *testing.T) {
	clause.Covers(t, "C093")
	honest := seg(10, 15, 300)
	lie := func(change func(r *journal.Record)) journal.Record {
		r := seg(10, 15, 300)
		r.End, r.Bytes, r.Parts, r.Root = r.Start+1000, 100, 7, "ff"
		change(&r)
		return r
	}
	short := lie(func(*journal.Record) {})
	long := lie(func(r *journal.Record) { r.End = minute(50) })
	last := sealed(honest, 250)
	for name, c := range map[string]struct {
		before func(s *scene)
		want   []lines.Why
		left   bool // the file is there
	}{
		"while it is written": {func(s *scene) {
			s.put(s.path(honest)+segment.PartExt, 250)
			s.begin()
			s.write(short)
			s.follow()
			s.must(os.Remove(s.path(honest) + segment.PartExt))
			s.put(s.path(honest), 300)
			s.write(honest)
		}, []lines.Why{lines.Unclosed}, true},
		"both at a start": {func(s *scene) {
			s.put(s.path(honest), 300)
			s.write(short, honest)
			s.begin()
		}, []lines.Why{lines.Otherwise}, true},
		"both at a start, and longer": {func(s *scene) {
			s.put(s.path(honest), 300)
			s.write(long, honest)
			s.begin()
		}, []lines.Why{lines.Otherwise}, true},
		"alone, when it was just closed": {func(s *scene) {
			s.put(s.path(honest), 300)
			s.begin()
			s.write(short)
			s.follow()
			s.write(honest)
		}, []lines.Why{lines.Otherwise}, true},
		"alone and longer, when it was just closed": {func(s *scene) {
			s.put(s.path(honest), 300)
			s.begin()
			s.write(long)
			s.follow()
			s.write(honest)
		}, []lines.Why{lines.Otherwise}, true},
		"of a file that is not there any more, against a seal before": {func(s *scene) {
			s.write(last, short, honest)
			s.begin()
		}, []lines.Why{lines.Otherwise}, false},
		"of a file that is not there any more, against a seal behind": {func(s *scene) {
			s.write(long, sealed(honest, 50), honest)
			s.begin()
		}, []lines.Why{lines.Otherwise}, false},
		"behind the recorder's": {func(s *scene) {
			s.put(s.path(honest), 300)
			s.begin()
			s.write(honest)
			s.follow()
			s.write(long)
		}, []lines.Why{lines.Otherwise}, true},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				s := newScene(t, d)
				first := seg(0, 10, 200)
				s.put(s.path(first), 200)
				s.write(first)
				c.before(s)
				s.follow()
				if !slices.Equal(s.why(), c.want) {
					t.Errorf("told of %+v", s.strange)
				}
				s.write(journal.Record{Kind: journal.KindGap, At: minute(15), Cause: media.CauseNetwork}, journal.Record{Kind: journal.KindRun, At: minute(20), Run: "run2"})
				s.follow()
				all := s.rows()
				if len(all) != 2 || all[1].EndAt != honest.End || all[1].Bytes != 300 {
					t.Errorf("segments %+v", all)
				}
				want := []coverage.Span{{Start: minute(0), End: minute(15), Kind: coverage.Recorded}, {Start: minute(15), End: minute(20), Kind: coverage.Gap, Cause: media.CauseNetwork}}
				if got := s.spans(); !slices.Equal(got, want) {
					t.Errorf("account %v", got)
				}
				s.agree()
				if !c.left {
					return
				}
				// It is removed lawfully, and then the file is not there to decide.
				dead := honest
				dead.Kind, dead.At, dead.Ground, dead.Authority = journal.KindTombstone, minute(58), journal.GroundMaximum, "rule"
				s.write(dead)
				s.follow()
				s.must(os.Remove(s.path(honest)))
				if all := s.rows(); len(all) != 1 {
					t.Errorf("after its removal: %+v", all)
				}
				s.agree()
			})
		})
	}
}

// TestALostLineAboutWhatIsThere: nothing is noted as missing that is there. What a start really
// did not find is.
func TestALostLineAboutWhatIsThere(t *testing.T) {
	clause.Covers(t, "C093")
	closed := seg(0, 15, 300)
	lost := journal.Record{Kind: journal.KindLost, At: minute(30), Sealed: &journal.Sealed{File: closed.File, Parts: 9, Bytes: 200, Root: "00"}}
	back := seg(0, 15, 300)
	back.Recovered = true
	for name, c := range map[string]struct {
		do      func(s *scene)
		want    []lines.Why
		missing bool
	}{
		"it was closed before":          {func(s *scene) { s.put(s.path(closed), 300); s.write(closed, lost) }, []lines.Why{lines.Present}, false},
		"it was closed, and moved away": {func(s *scene) { s.write(closed, lost) }, []lines.Why{lines.Present}, false},
		"it is being written":           {func(s *scene) { s.put(s.path(closed)+segment.PartExt, 250); s.write(lost) }, []lines.Why{lines.Present}, false},
		"its file is there":             {func(s *scene) { s.put(s.path(closed), 300); s.write(lost) }, []lines.Why{lines.Present}, false},
		"it is not there":               {func(s *scene) { s.write(lost) }, nil, true},
		"a piece of it is there":        {func(s *scene) { s.put(s.path(closed), 100); s.write(lost) }, nil, true},
		"it came back":                  {func(s *scene) { s.put(s.path(closed), 300); s.write(lost, back) }, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				s := newScene(t, d)
				s.begin()
				c.do(s)
				s.follow()
				standing, err := damage.Standing(t.Context(), d.Read())
				s.must(err)
				if (len(standing) > 0) != c.missing || !slices.Equal(s.why(), c.want) {
					t.Errorf("standing %+v, told of %+v", standing, s.strange)
				}
				s.agree()
			})
		})
	}
}

// TestAMoveToNowhere: a line moves a segment that lies where it was. It plays, and the room is
// told; what a mover has really moved is believed, then and when the journals are read anew.
func TestAMoveToNowhere(t *testing.T) {
	clause.Covers(t, "C093")
	closed := seg(10, 15, 300)
	vault, nowhere := "vault", "nowhere"
	move := func(to *string) journal.Record {
		r := closed
		r.Kind, r.At, r.To = journal.KindMove, minute(30), to
		return r
	}
	for name, c := range map[string]struct {
		do     func(s *scene)
		to     *string
		want   []lines.Why
		volume string
	}{
		"the tier has none":          {func(*scene) {}, &vault, []lines.Why{lines.Nowhere}, ""},
		"the tier has a piece":       {func(s *scene) { s.vault[closed.File] = 7 }, &vault, []lines.Why{lines.Nowhere}, ""},
		"the tier does not answer":   {func(s *scene) { s.away = true }, &vault, nil, "vault"},
		"there is no such place":     {func(*scene) {}, &nowhere, nil, "nowhere"},
		"the copy is there":          {func(s *scene) { s.vault[closed.File] = 300 }, &vault, nil, "vault"},
		"of long ago":                {func(s *scene) { s.must(os.Remove(s.path(closed))); s.vault[closed.File] = 300 }, &vault, nil, "vault"},
		"of what was removed since":  {func(s *scene) { s.must(os.Remove(s.path(closed))) }, &vault, nil, "vault"},
		"as the mover noted at once": {func(s *scene) { s.noted(closed.File, vault) }, &vault, nil, "vault"},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				s := newScene(t, d)
				s.put(s.path(closed), 300)
				s.write(closed)
				s.begin()
				c.do(s)
				s.write(move(c.to))
				s.follow()
				if all := s.rows(); len(all) != 1 || all[0].Volume != c.volume || !slices.Equal(s.why(), c.want) {
					t.Errorf("segments %+v, told of %+v", all, s.strange)
				}
				f, err := s.c.Open(t.Context(), &s.rows()[0])
				if err == nil {
					f.Close()
				}
				if plays := name != "of what was removed since"; (err == nil) != plays {
					t.Errorf("opened: %v", err)
				}
				s.agree()
			})
		})
	}
}

// noted is what a mover writes down before it begins.
func (s *scene) noted(file, to string) {
	s.t.Helper()
	s.must(s.d.Tx(s.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw("INSERT INTO tier_moves (file, source, target, at) VALUES (?, '', ?, 1)", file, to).Exec(ctx)
		return err
	}))
}

// TestToldForRemoval: who must not believe rows is told of the segment as its recorder did, or
// one untrue line would keep all footage of the camera for ever.
func TestToldForRemoval(t *testing.T) {
	clause.Covers(t, "C093")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newScene(t, d)
		lie, honest := seg(0, 15, 100), seg(0, 15, 300)
		lie.End = lie.Start + 1000
		s.put(s.path(honest), 300)
		s.write(lie, honest)
		s.begin()
		told, err := s.c.Told(t.Context(), "cam1", []string{honest.File})
		s.must(err)
		if is := told[honest.File].Closed; is == nil || is.End != honest.End || s.rows()[0].EndAt != honest.End {
			t.Errorf("told %+v, rows %+v", is, s.rows())
		}
	})
}

// TestARemovalOfWhatIsBeingWritten: nothing removes what is not there yet. The line is passed over,
// and the recorder's own counts when it comes.
func TestARemovalOfWhatIsBeingWritten(t *testing.T) {
	clause.Covers(t, "C093")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		honest := seg(10, 15, 300)
		s := newScene(t, d)
		first := seg(0, 10, 200)
		s.put(s.path(first), 200)
		s.write(first)
		s.put(s.path(honest)+segment.PartExt, 250)
		s.begin()
		lie := seg(10, 15, 300)
		lie.Kind, lie.End, lie.Root, lie.Ground, lie.Authority = journal.KindTombstone, lie.Start+1000, "ff", journal.GroundMaximum, "rule1"
		s.write(lie)
		s.follow()
		if !slices.Equal(s.why(), []lines.Why{lines.Unclosed}) {
			t.Errorf("told of %+v", s.strange)
		}
		s.must(os.Remove(s.path(honest) + segment.PartExt))
		s.put(s.path(honest), 300)
		s.write(honest)
		s.follow()
		if all := s.rows(); len(all) != 2 || all[1].EndAt != honest.End {
			t.Errorf("segments %+v", all)
		}
	})
}
