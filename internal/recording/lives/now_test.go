package lives_test

import (
	"testing"

	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/lives"
	"watchroom/internal/recording/segment"
)

// TestNowFollowsAClockThatIsSetBack: a gap that says why the recorder stopped, soon after its
// clock was put right by an hour, is not dated back; one that nobody's run stands before is.
func TestNowFollowsAClockThatIsSetBack(t *testing.T) {
	const hour = int64(3_600_000_000)
	a := &lives.Account{}
	want := func(when string, want int64) {
		t.Helper()
		if got := a.Now(); got != want {
			t.Errorf("%s: %d, want %d", when, got, want)
		}
	}
	take := func(rs ...journal.Record) {
		for i := range rs {
			a.Take(&rs[i])
		}
	}
	closed := func(from, to int64) *segment.Closed { return &segment.Closed{Start: from, End: to} }
	want("nothing", 0)
	take(journal.Record{Kind: journal.KindStart, At: 10 * hour}, journal.Record{Kind: journal.KindRun, At: 10 * hour, Run: "r1"},
		journal.Record{Kind: journal.KindSegment, Run: "r1", At: 11 * hour, Segment: closed(10*hour, 11*hour)})
	want("recorded", 11*hour)
	take(journal.Record{Kind: journal.KindGap, At: 11 * hour, Cause: media.CauseClockStep}, journal.Record{Kind: journal.KindRun, At: 10*hour + 5, Run: "r2"})
	want("set back by an hour", 10*hour+5)
	take(journal.Record{Kind: journal.KindStop, At: 10*hour + 9, Cause: media.CauseStopped})
	want("stopped", 10*hour+9)
	take(journal.Record{Kind: journal.KindStart, At: 9 * hour}, journal.Record{Kind: journal.KindRun, At: 9 * hour, Run: "r3"})
	want("set back while it stood", 9*hour)
	b := &lives.Account{} // read anew, by the names of days
	a = b
	take(journal.Record{Kind: journal.KindRun, At: 10*hour + 5, Run: "r2"}, journal.Record{Kind: journal.KindStop, At: 10*hour + 9, Cause: media.CauseStopped},
		journal.Record{Kind: journal.KindStart, At: 10 * hour}, journal.Record{Kind: journal.KindRun, At: 10 * hour, Run: "r1"},
		journal.Record{Kind: journal.KindSegment, Run: "r1", At: 11 * hour, Segment: closed(10*hour, 11*hour)})
	want("read in another order", 10*hour+9)
	take(journal.Record{Kind: journal.KindStart, At: 9 * hour}, journal.Record{Kind: journal.KindRun, At: 9 * hour, Run: "r3"})
	take(journal.Record{Kind: journal.KindGap, At: hour, Cause: media.CauseNetwork})
	want("a gap that somebody dates back", 9*hour)
}
