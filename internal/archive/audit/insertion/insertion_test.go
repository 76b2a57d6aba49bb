package insertion_test

import (
	"testing"
	"time"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive/audit/insertion"
	"watchroom/internal/archive/seal"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/lives"
	"watchroom/internal/testkit/clause"
)

const minute = int64(time.Minute / time.Microsecond)

// log is a log as it is kept: a seal a minute, of two cameras, from one minute to another.
func kept(o *insertion.Order, from, to int64) {
	for m := from; m < to; m++ {
		sealed(o, m*minute, m*minute, "cam1/open.mp4", "cam2/open.mp4")
	}
}

func sealed(o *insertion.Order, at, notes int64, files ...string) {
	var members []leaf.Member
	for _, f := range files {
		members = append(members, leaf.Member{File: f, At: notes})
	}
	o.Seal(&leaf.Seal{At: at}, members)
}

// closed is a segment of ten seconds that begins in a minute.
func closed(file string, m int64) insertion.Segment {
	return insertion.Segment{Leaf: m, Camera: "cam1", File: file, Run: "a", Start: m * minute, End: m*minute + minute/6}
}

// all gives segments whose entries are those of their minutes.
func all(each func(insertion.Segment)) error {
	for m := range int64(300) {
		each(closed("f", m))
	}
	return nil
}

// TestWhenTheLogHeardOfIt: the log is kept every minute, so that what comes into it is of
// the last minutes; but for honest reasons.
func TestWhenTheLogHeardOfIt(t *testing.T) {
	clause.Covers(t, "C091")
	back := -60 * minute
	for name, c := range map[string]struct {
		tell    func(*insertion.Order)
		follows string
		want    bool
	}{
		"at its time":                {func(o *insertion.Order) { kept(o, 0, 100); o.Closed(closed("f", 99)); kept(o, 100, 120) }, "", false},
		"a quarter of an hour later": {func(o *insertion.Order) { kept(o, 0, 100); o.Closed(closed("f", 85)) }, "", true},
		"of a time before the log":   {func(o *insertion.Order) { kept(o, 50, 100); o.Closed(closed("f", 10)) }, "", true},
		"sealed at its time, closed later": {func(o *insertion.Order) {
			kept(o, 0, 85)
			sealed(o, 85*minute, 85*minute, "f", "cam2/open.mp4")
			kept(o, 86, 100)
			o.Closed(closed("f", 85))
		}, "", false},
		"sealed as late": {func(o *insertion.Order) {
			kept(o, 0, 100)
			sealed(o, 100*minute, 85*minute, "f")
			o.Closed(closed("f", 85))
		}, "", true},
		"while the log was away": {func(o *insertion.Order) {
			kept(o, 0, 60)
			for m := int64(60); m < 180; m++ { // all within a moment, then it goes on
				sealed(o, 180*minute+m, m*minute, "cam1/open.mp4")
				o.Closed(closed("f", m))
			}
			kept(o, 181, 200)
		}, "", false},
		"after a crash and hours":                     {func(o *insertion.Order) { kept(o, 0, 60); kept(o, 300, 301); o.Closed(closed("f", 59)) }, "", false},
		"of a disk that was away, as its run went on": {func(o *insertion.Order) { kept(o, 0, 100); o.Closed(closed("f", 50)) }, "f0", false},
		"behind one that came as late":                {func(o *insertion.Order) { kept(o, 0, 100); o.Closed(closed("f0", 49)); o.Closed(closed("f", 50)) }, "f0", true},
		"when the clock was set back": {func(o *insertion.Order) {
			kept(o, 0, 100)
			o.Time(&leaf.Time{Camera: journal.Node, At: 40 * minute, Step: &back})
			o.Closed(closed("f", 41))
		}, "", false},
		"when seals show that the clock was set back": {func(o *insertion.Order) { kept(o, 0, 100); o.Closed(closed("f", 41)); kept(o, 42, 60) }, "", false},
		"of a time to come":                           {func(o *insertion.Order) { kept(o, 0, 100); o.Closed(closed("f", 108)); kept(o, 100, 110) }, "", true},
		"of a time to come, at the end":               {func(o *insertion.Order) { kept(o, 0, 100); o.Closed(closed("f", 208)) }, "", true},
		"of the last minute":                          {func(o *insertion.Order) { kept(o, 0, 100); o.Closed(closed("f", 100)) }, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			var o insertion.Order
			c.tell(&o)
			doubts, err := o.Doubts(200*minute, func(*insertion.Segment) (string, error) { return c.follows, nil }, all)
			if err != nil {
				t.Fatal(err)
			}
			named := false
			for _, d := range doubts {
				named = named || d.File == "f" && d.Why != ""
			}
			if named != c.want {
				t.Errorf("named %v: %+v", named, doubts)
			}
		})
	}
}

// TestWhatTheJournalsDoNotBearOut: lines that somebody put behind those of the recorder.
func TestWhatTheJournalsDoNotBearOut(t *testing.T) {
	clause.Covers(t, "C091")
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixMicro()
	file := func(at int64, run string) *journal.Segment {
		name := "cam/2026-03-01/cam_" + time.UnixMicro(noon+at*minute).UTC().Format("20060102T150405.000000Z") + "_" + run + ".mp4"
		return &journal.Segment{File: name, Start: noon + at*minute, End: noon + (at+1)*minute}
	}
	seg := func(at int64, run string) journal.Record {
		s := file(at, run)
		return journal.Record{Kind: journal.KindSegment, At: s.End, Run: run, Segment: s}
	}
	root, other := t.TempDir(), t.TempDir()
	write := func(root string, records ...journal.Record) {
		t.Helper()
		w := journal.Writer{Root: root, Camera: "cam"}
		defer w.Close()
		if err := w.Append(noon, records...); err != nil {
			t.Fatal(err)
		}
	}
	write(root,
		journal.Record{Kind: journal.KindRun, At: noon, Run: "a"}, seg(0, "a"), seg(1, "a"),
		journal.Record{Kind: journal.KindStop, At: noon + 2*minute, Cause: media.CauseOffHours},
		journal.Record{Kind: journal.KindRun, At: noon + 30*minute, Run: "b"}, seg(30, "b"),
		seg(3, "a"), seg(4, "a"), seg(10, "b"), seg(40, "b"), seg(31, "b"))
	names := func(whole bool, roots ...seal.Root) map[string]lives.Doubt {
		t.Helper()
		out := map[string]lives.Doubt{}
		err := insertion.Journals(t.Context(), roots, "cam", whole, func(day string, l *journal.Line, why lives.Doubt) error {
			out[l.File] = why
			if day != "2026-03-01" || l.Offset == 0 {
				t.Errorf("%s at %d", day, l.Offset)
			}
			return nil
		}, func(string, string, *journal.Line) {}, func(volume, day string, err error) { t.Errorf("%q %s: %v", volume, day, err) })
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	want := map[string]lives.Doubt{file(3, "a").File: lives.Ended, file(4, "a").File: lives.Ended, file(10, "b").File: lives.Early, file(40, "b").File: lives.Loose}
	first := seal.Root{Path: root}
	for whole, n := range map[bool]int{true: 4, false: 3} { // what a journal that is gone may have told
		got := names(whole, first)
		for f, why := range got {
			if want[f] != why {
				t.Errorf("%s: %q", f, why)
			}
		}
		if len(got) != n {
			t.Errorf("whole %v: %v", whole, got)
		}
	}
	write(other, seg(50, "b"))
	if got := names(true, first, seal.Root{Volume: "v2", Path: other}); len(got) != 3 {
		t.Errorf("on two volumes: %v", got)
	}
}
