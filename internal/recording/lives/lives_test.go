package lives_test

import (
	"testing"

	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/lives"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
)

const second = lives.Slack

func run(id string, at int64) journal.Record {
	return journal.Record{Kind: journal.KindRun, Run: id, At: at * second}
}

func seg(id string, from, to int64) journal.Record {
	return journal.Record{Kind: journal.KindSegment, Run: id, At: to * second, Segment: &journal.Segment{Start: from * second, End: to * second}}
}

func sealed(id string, from int64) journal.Record {
	name := segment.Name{Camera: "cam", Start: from * second, Run: id}
	return journal.Record{Kind: journal.KindSeal, At: (from + 60) * second, Sealed: &journal.Sealed{File: name.Path()}}
}

func gap(at int64, cause media.Cause) journal.Record {
	return journal.Record{Kind: journal.KindGap, At: at * second, Cause: cause}
}

func stop(at int64) journal.Record {
	return journal.Record{Kind: journal.KindStop, At: at * second, Cause: media.CauseStopped}
}

// TestWhatARunCanHaveWritten tells footage that a run left behind, or closed late, from
// what somebody put beside it.
func TestWhatARunCanHaveWritten(t *testing.T) {
	clause.Covers(t, "C091")
	const now = 10_000
	killed := []journal.Record{run("a", 1000), seg("a", 1000, 1300)}
	stopped := append(killed[:2:2], stop(1310), run("b", 2000), seg("b", 2000, 2300), stop(2305))
	for name, c := range map[string]struct {
		lines    []journal.Record
		run      string
		from, to int64
		others   bool // the camera has other volumes, too
		want     lives.Doubt
	}{
		"what a kill left open":                            {killed, "a", 1300, 1420, false, lives.None},
		"the first of a run that was killed":               {[]journal.Record{run("a", 1000)}, "a", 1000, 1100, false, lives.None},
		"of a run that the journal did not get to tell of": {killed, "b", 1400, 1409, false, lives.None},
		"of other tracks, from one picture to the next":    {killed, "b", 1300, 1400, false, lives.None},
		"of other tracks, and sealed":                      {append(killed[:2:2], sealed("b", 1300)), "b", 1300, 1400, false, lives.None},
		"could not be closed, and others were":             {[]journal.Record{run("a", 1000), gap(1000, media.CauseDiskFault), run("a", 1300), seg("a", 1300, 1600)}, "a", 1000, 1300, false, lives.None},
		"behind a disk that was slow":                      {[]journal.Record{run("a", 1000), seg("a", 1000, 1300), gap(1300, media.CauseDiskSlow), run("a", 1340)}, "a", 1340, 1400, false, lives.None},
		"of a process that took over":                      {[]journal.Record{run("a", 1000), seg("a", 1000, 1310), gap(1310, media.CauseNetwork), run("b", 1290)}, "b", 1290, 1500, false, lives.None},
		"before the clock was set back":                    {[]journal.Record{run("a", 99_000), run("b", 1000), gap(1200, media.CauseNetwork)}, "a", 99_000, 99_100, false, lives.None},
		"left open before the clock was set back":          {[]journal.Record{run("a", 12_000)}, "a", 12_000, 12_100, false, lives.None},
		"on another volume before":                         {killed, "a", 1400, 1500, true, lives.None},
		"of a run on another volume":                       {killed, "b", 1400, 1500, true, lives.None},
		"by a program that told of no runs":                {[]journal.Record{seg("a", 1000, 1300)}, "a", 1400, 1500, false, lives.None},

		"in an orderly pause, of the run before":  {stopped, "a", 1311, 1321, false, lives.Ended},
		"in an orderly pause, of the run behind":  {stopped, "b", 1400, 1410, false, lives.Early},
		"behind everything":                       {stopped, "b", 2306, 2316, false, lives.Ended},
		"behind everything, on another volume":    {stopped, "b", 2306, 2316, true, lives.Ended},
		"of an earlier run, where one was killed": {killed, "Z", 1300, 1400, false, lives.Strange},
		"of no run":                            {stopped, "c", 1400, 1420, false, lives.Strange},
		"over what was recorded":               {stopped, "b", 2100, 2110, false, lives.Loose},
		"again":                                {killed, "a", 1000, 1300, false, lives.Loose},
		"behind the end of a run that was cut": {append(killed[:2:2], gap(1300, media.CauseNetwork)), "a", 1300, 1310, false, lives.Ended},
		"behind where it was killed":           {killed, "a", 1400, 1500, false, lives.Loose},
		"in the time to come":                  {killed, "a", 10_100, 10_200, true, lives.Ahead},
	} {
		t.Run(name, func(t *testing.T) {
			var a lives.Account
			for i := range c.lines {
				a.Take(&c.lines[i])
			}
			if got := a.Doubt(c.run, c.from*second, c.to*second, now*second, !c.others); got != c.want {
				t.Errorf("%q, not %q", got, c.want)
			}
		})
	}
}

// TestLivesAreForgotten: a camera that comes and goes for years takes no more memory.
func TestLivesAreForgotten(t *testing.T) {
	var a lives.Account
	for i := range int64(100_000) {
		id := string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676%26)) + string(rune('a'+i/17576))
		for _, r := range []journal.Record{run(id, 10*i), seg(id, 10*i, 10*i+9)} {
			if d := a.Doubt(id, r.At, r.At, 0, true); r.Kind == journal.KindSegment && a.Doubt(id, r.Start, r.End, 0, true) != lives.None {
				t.Fatalf("%d: %q", i, d)
			}
			a.Take(&r)
		}
	}
	if n := a.Size(); n > 1024 {
		t.Errorf("%d things are remembered", n)
	}
}
