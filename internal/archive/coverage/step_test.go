package coverage

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/clause"
)

// TestAccountThroughClockSteps tells of a camera whose recorder's clock is set to and
// fro, and compares the account with a table of every second: recorded where any
// segment says so, otherwise the cause that was told last.
func TestAccountThroughClockSteps(t *testing.T) {
	clause.Covers(t, "C076")
	rapid.Check(t, func(t *rapid.T) {
		const s = int64(1e6)
		acc := New()
		recorded, causes := map[int64]bool{}, map[int64]media.Cause{}
		at := int64(100_000)
		apply := func(r journal.Record) {
			stored := append([]Span(nil), acc.spans...)
			acc.Apply(&r)
			for i, x := range acc.spans {
				if x.End <= x.Start || i > 0 && x.Start != acc.spans[i-1].End || x.Kind == Gap && x.Cause == media.CauseNone {
					t.Fatalf("after %+v of\n%+v\nspan %d is wrong:\n%+v", r, stored, i, acc.spans)
				}
			}
		}
		for range rapid.IntRange(1, 25).Draw(t, "turns") {
			apply(journal.Record{Kind: journal.KindRun, At: at * s})
			for range rapid.IntRange(1, 4).Draw(t, "segments") {
				n := rapid.Int64Range(1, 300).Draw(t, "length")
				apply(journal.Record{Kind: journal.KindSegment, At: (at + n) * s, Segment: &journal.Segment{Start: at * s, End: (at + n) * s}})
				for range n {
					recorded[at] = true
					at++
				}
			}
			tell := func(cause media.Cause, until int64) {
				apply(journal.Record{Kind: journal.KindGap, At: at * s, Cause: cause})
				for x := range causes { // what was told of later times, before the clock was set back
					if x >= at {
						causes[x] = cause
					}
				}
				for x := at; x < until; x++ {
					causes[x] = cause
				}
				at = until
			}
			switch rapid.SampledFrom([]string{"network", "forward", "back", "back while away"}).Draw(t, "then") {
			case "network":
				tell(media.CauseNetwork, at+rapid.Int64Range(1, 600).Draw(t, "away"))
			case "forward":
				tell(media.CauseClockStep, at+rapid.Int64Range(2, 7200).Draw(t, "by"))
			case "back":
				tell(media.CauseClockStep, at)
				at -= rapid.Int64Range(2, 3600).Draw(t, "by")
			case "back while away":
				tell(media.CauseNetwork, at+rapid.Int64Range(1, 600).Draw(t, "away"))
				at -= rapid.Int64Range(2, 3600).Draw(t, "by")
				tell(media.CauseUnreachable, at+rapid.Int64Range(1, 600).Draw(t, "still away"))
			}
		}
		for _, x := range acc.spans {
			if x.End == Lasting {
				continue
			}
			for sec := x.Start / s; sec < x.End/s; sec++ {
				cause, told := causes[sec]
				switch {
				case recorded[sec] != (x.Kind == Recorded):
					t.Fatalf("second %d: recorded %v, the account says %+v", sec, recorded[sec], x)
				case x.Kind == Gap && told && x.Cause != cause:
					t.Fatalf("second %d: the cause told last is %s, the account says %+v", sec, cause, x)
				}
			}
		}
	})
}

// TestAKilledRecorderBehindAStep: the clock went an hour ahead for a minute; later the
// process dies. The time until the next one is unknown, from where it recorded last.
func TestAKilledRecorderBehindAStep(t *testing.T) {
	const s = int64(1e6)
	seg := func(from, to int64) journal.Record {
		return journal.Record{Kind: journal.KindSegment, Segment: &journal.Segment{Start: from * s, End: to * s}}
	}
	acc := New()
	for _, r := range []journal.Record{
		{Kind: journal.KindStart, At: 0}, {Kind: journal.KindRun, At: 0}, seg(0, 100),
		{Kind: journal.KindGap, At: 100 * s, Cause: media.CauseClockStep}, {Kind: journal.KindRun, At: 3700 * s}, seg(3700, 3760),
		{Kind: journal.KindGap, At: 3760 * s, Cause: media.CauseClockStep}, {Kind: journal.KindRun, At: 161 * s}, seg(161, 400),
		{Kind: journal.KindStart, At: 500 * s}, {Kind: journal.KindRun, At: 510 * s}, seg(510, 800),
	} {
		acc.Apply(&r)
	}
	want := []Span{
		{Start: 0, End: 100 * s, Kind: Recorded},
		{Start: 100 * s, End: 161 * s, Kind: Gap, Cause: media.CauseClockStep},
		{Start: 161 * s, End: 400 * s, Kind: Recorded},
		{Start: 400 * s, End: 510 * s, Kind: Gap, Cause: media.CauseDied},
		{Start: 510 * s, End: 800 * s, Kind: Recorded},
		{Start: 800 * s, End: 3700 * s, Kind: Gap, Cause: media.CauseDied},
		{Start: 3700 * s, End: 3760 * s, Kind: Recorded},
	}
	if diff := gocmp.Diff(want, acc.spans); diff != "" {
		t.Error(diff)
	}
}

// TestWordsAfterTheClockWasSetBack: the stream of a camera ends with the cause, and the recorder a
// moment later with the words of who switched it off. Both are of one gap, which ends where what
// was recorded ahead of the clock begins.
func TestWordsAfterTheClockWasSetBack(t *testing.T) {
	clause.Covers(t, "C091")
	const s = int64(1e6)
	acc := New()
	for _, r := range []journal.Record{
		{Kind: journal.KindRun, At: 1000 * s},
		{Kind: journal.KindSegment, At: 1060 * s, Segment: &journal.Segment{Start: 1000 * s, End: 1060 * s}},
		{Kind: journal.KindGap, At: 1060 * s, Cause: media.CauseClockStep},
		{Kind: journal.KindRun, At: 100 * s},
		{Kind: journal.KindSegment, At: 160 * s, Segment: &journal.Segment{Start: 100 * s, End: 160 * s}},
		{Kind: journal.KindGap, At: 160 * s, Cause: media.CauseSwitchedOff},
		{Kind: journal.KindStop, At: 160*s + 900_000, Cause: media.CauseSwitchedOff, Detail: "adm: painting the wall"},
	} {
		acc.Apply(&r)
	}
	const words = "adm: painting the wall"
	want := []Span{
		{Start: 100 * s, End: 160 * s, Kind: Recorded},
		{Start: 160 * s, End: 1000 * s, Kind: Gap, Cause: media.CauseSwitchedOff, Detail: words},
		{Start: 1000 * s, End: 1060 * s, Kind: Recorded},
		{Start: 1060 * s, End: Lasting, Kind: Gap, Cause: media.CauseSwitchedOff, Detail: words},
	}
	if d := gocmp.Diff(want, acc.Spans()); d != "" {
		t.Error(d)
	}
}

// TestAStopAheadOfTheClock: a recorder stopped in good order, was begun again a year ahead, and
// stopped there; the next one goes by a clock that is right. Days are read in the order of their
// names, so that how the one ahead ended comes behind all else.
func TestAStopAheadOfTheClock(t *testing.T) {
	clause.Covers(t, "C076")
	const s = int64(1e6)
	seg := func(from, to int64) journal.Record {
		return journal.Record{Kind: journal.KindSegment, At: to * s, Segment: &journal.Segment{Start: from * s, End: to * s}}
	}
	acc := New()
	for _, r := range []journal.Record{
		{Kind: journal.KindRun, At: 100 * s}, seg(100, 160),
		{Kind: journal.KindStop, At: 160 * s, Cause: media.CauseStopped},
		{Kind: journal.KindStart, At: 9000 * s, Alive: 160 * s}, {Kind: journal.KindRun, At: 9001 * s}, seg(9001, 9060),
		// Here the catalogue ended, before it had read how that one did.
		{Kind: journal.KindStart, At: 222 * s, Alive: 9061 * s}, {Kind: journal.KindRun, At: 223 * s}, seg(223, 280),
		seg(9060, 9061), {Kind: journal.KindStop, At: 9061 * s, Cause: media.CauseStopped},
	} {
		acc.Apply(&r)
	}
	for _, x := range acc.Spans() {
		if x.Kind == Gap && x.Cause != media.CauseStopped {
			t.Errorf("%+v", acc.Spans())
		}
	}
}
