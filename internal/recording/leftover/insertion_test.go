package leftover_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
)

// TestWhatWasPutThere: what a recorder that died left behind goes on where its run was, or
// is the next of what went on. Footage that somebody put into a pause, or into the time to
// come, is taken in and marked, whatever run it is named with.
func TestWhatWasPutThere(t *testing.T) {
	clause.Covers(t, "C091")
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	at := func(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }
	now := at(3600)
	type left struct {
		run         string
		from, lasts int // s
		unproved    bool
	}
	killed := []string{"runb"} // it goes on when the process dies
	for name, c := range map[string]struct {
		going []string // runs that had not ended
		left  []left
	}{
		"closed and not told of, and open":   {killed, []left{{"runb", 2060, 30, false}, {"runb", 2090, 20, false}}},
		"in a pause, of the run before":      {killed, []left{{"runa", 61, 10, true}, {"runa", 71, 10, true}}},
		"in a pause, of the run behind":      {killed, []left{{"runb", 100, 10, true}}},
		"behind an orderly end":              {nil, []left{{"runb", 2060, 10, true}}},
		"over what was recorded":             {killed, []left{{"runb", 2010, 9, true}}},
		"in the time to come":                {killed, []left{{"runb", 3700, 9, true}}},
		"of a short run in the time to come": {killed, []left{{"runz", 3700, 9, true}}},
		"behind a hole of its run":           {killed, []left{{"runb", 2100, 9, true}}},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			w := journal.Writer{Root: root, Camera: "cam"}
			defer w.Close()
			told := func(run string, from, to int) journal.Record {
				seg := &journal.Segment{File: segment.Name{Camera: "cam", Start: at(from).UnixMicro(), Run: run}.Path(), Start: at(from).UnixMicro(), End: at(to).UnixMicro(), Root: run}
				return journal.Record{Kind: journal.KindSegment, At: seg.End, Run: run, Segment: seg}
			}
			lines := []journal.Record{
				{Kind: journal.KindRun, At: at(0).UnixMicro(), Run: "runa"}, told("runa", 0, 60),
				{Kind: journal.KindStop, At: at(60).UnixMicro(), Cause: media.CauseOffHours},
				{Kind: journal.KindRun, At: at(2000).UnixMicro(), Run: "runb"}, told("runb", 2000, 2060),
			}
			if len(c.going) == 0 {
				lines = append(lines, journal.Record{Kind: journal.KindStop, At: at(2060).UnixMicro(), Cause: media.CauseStopped})
			}
			if err := w.Append(noon.UnixMicro(), lines...); err != nil {
				t.Fatal(err)
			}
			for i, l := range c.left {
				f := lasting(t, root, at(l.from), l.run, l.lasts)
				if i < len(c.left)-1 || l.unproved { // as whoever puts it there does
					if err := os.Rename(f.Path, filepath.Join(root, f.Name.Path())); err != nil {
						t.Fatal(err)
					}
				}
			}
			var failed []error
			folder := folder(root, now, &failed)
			folder.Alone = true
			records := folder.Adopt(folder.Find())
			if len(records) != len(c.left) || len(failed) != 0 {
				t.Fatalf("%+v, %v", records, failed)
			}
			for i, r := range records {
				if r.Segment.Unproved != c.left[i].unproved {
					t.Errorf("%s is unproved: %v", r.File, r.Segment.Unproved)
				}
			}
		})
	}
}

// TestACopyIsNotProved: the same bytes under two names are of one of them at most.
func TestACopyIsNotProved(t *testing.T) {
	clause.Covers(t, "C091")
	root := t.TempDir()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	w := journal.Writer{Root: root, Camera: "cam"}
	defer w.Close()
	if err := w.Append(noon.UnixMicro(), journal.Record{Kind: journal.KindRun, At: noon.UnixMicro(), Run: "runa"}); err != nil {
		t.Fatal(err)
	}
	lasting(t, root, noon, "runa", 20)
	lasting(t, root, noon.Add(20*time.Second), "runa", 20)
	var failed []error
	folder := folder(root, noon.Add(time.Hour), &failed)
	folder.Alone = true
	records := folder.Adopt(folder.Find())
	if len(records) != 2 || records[0].Segment.Unproved || !records[1].Segment.Unproved {
		t.Fatalf("%+v, %v", records, failed)
	}
}
