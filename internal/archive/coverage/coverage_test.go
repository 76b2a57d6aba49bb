package coverage

import (
	"cmp"
	"math"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/clause"
)

// TestAccountHasNoHoles draws journals as recorders write them, with crashes that
// swallow records, and looks at the account after every record.
func TestAccountHasNoHoles(t *testing.T) {
	clause.Covers(t, "C076")
	rapid.Check(t, func(t *rapid.T) {
		acc := New()
		var all []Span // as the table would hold them
		at := int64(1_000_000_000)
		causes := []media.Cause{media.CauseNetwork, media.CauseUnreachable, media.CauseNoFrames}
		for range rapid.IntRange(1, 60).Draw(t, "records") {
			step := rapid.Int64Range(0, 20_000_000).Draw(t, "step")
			var r journal.Record
			switch rapid.SampledFrom([]string{"start", "stop", "run", "seg", "seg", "gap"}).Draw(t, "kind") {
			case "start":
				r = journal.Record{Kind: journal.KindStart, At: at + step}
			case "stop":
				r = journal.Record{Kind: journal.KindStop, At: at + step, Cause: media.CauseStopped}
			case "run":
				r = journal.Record{Kind: journal.KindRun, At: at + step}
			case "gap":
				r = journal.Record{Kind: journal.KindGap, At: at + step, Cause: rapid.SampledFrom(causes).Draw(t, "cause")}
			case "seg":
				end := at + step + rapid.Int64Range(1, 300_000_000).Draw(t, "length")
				r = journal.Record{Kind: journal.KindSegment, At: end, Segment: &journal.Segment{Start: at + step, End: end}}
				at = end - step
			}
			at += step
			acc.Apply(&r)
			removed, changed, inserted := acc.Take()
			all = slices.DeleteFunc(all, func(s Span) bool { return slices.Contains(removed, s.Start) })
			for _, s := range changed {
				for i := range all {
					if all[i].Start == s.Start {
						all[i] = s
					}
				}
			}
			all = append(all, inserted...)
			for i, s := range all {
				if s.End <= s.Start {
					t.Fatalf("span %d is empty: %+v", i, s)
				}
				if i > 0 && s.Start != all[i-1].End {
					t.Fatalf("span %d begins at %d, the one before ends at %d", i, s.Start, all[i-1].End)
				}
				if s.Kind == Gap && s.Cause == media.CauseNone {
					t.Fatalf("gap %d has no cause", i)
				}
				if s.End == Lasting && (i != len(all)-1 || s.Kind != Gap) {
					t.Fatalf("span %d of %d is open: %+v", i, len(all), s)
				}
			}
			if r.Kind == journal.KindSegment {
				recordedAt(t, all, (r.Start+r.End)/2, r.Start)
			}
		}
	})
}

// recordedAt fails unless the account says that there is footage at an instant of
// a segment that was just taken in.
func recordedAt(t *rapid.T, all []Span, at, start int64) {
	for _, s := range all {
		if s.Start <= at && at < s.End {
			if s.Kind != Recorded {
				t.Fatalf("the middle of a segment from %d is a %s: %+v", start, s.Kind, s)
			}
			return
		}
	}
	if all[0].Start <= at {
		t.Fatalf("no span holds %d", at)
	}
}

func TestGapKeepsItsCauses(t *testing.T) {
	acc := New()
	for _, r := range []journal.Record{
		{Kind: journal.KindStart, At: 0},
		{Kind: journal.KindRun, At: 10e6},
		{Kind: journal.KindSegment, Segment: &journal.Segment{Start: 10e6, End: 40e6}},
		{Kind: journal.KindGap, At: 40e6, Cause: media.CauseNetwork},
		{Kind: journal.KindGap, At: 45e6, Cause: media.CauseUnreachable},
		{Kind: journal.KindRun, At: 60e6},
		{Kind: journal.KindSegment, Segment: &journal.Segment{Start: 60e6, End: 90e6}},
		// the recorder dies; the next process starts a minute later
		{Kind: journal.KindStart, At: 150e6},
		{Kind: journal.KindRun, At: 152e6},
	} {
		acc.Apply(&r)
	}
	_, _, got := acc.Take()
	want := []Span{
		{Start: 0, End: 10e6, Kind: Gap, Cause: media.CauseConnecting},
		{Start: 10e6, End: 40e6, Kind: Recorded},
		{Start: 40e6, End: 45e6, Kind: Gap, Cause: media.CauseNetwork},
		{Start: 45e6, End: 60e6, Kind: Gap, Cause: media.CauseUnreachable},
		{Start: 60e6, End: 90e6, Kind: Recorded},
		{Start: 90e6, End: 152e6, Kind: Gap, Cause: media.CauseDied},
	}
	if len(got) != len(want) {
		t.Fatalf("spans %+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("span %d is %+v, want %+v", i, got[i], want[i])
		}
	}
}

// TestACameraDoesNotAnswerForAProcessThatDied: what a killed recorder had told of a camera
// holds for as long as it gave signs of life (C076).
func TestACameraDoesNotAnswerForAProcessThatDied(t *testing.T) {
	clause.Covers(t, "C076")
	const s = 1_000_000
	refused := Span{Start: 10 * s, End: 62 * s, Kind: Gap, Cause: media.CauseRefused}
	died := func(from int64) []Span {
		before := refused
		before.End = from
		out := []Span{before, {Start: from, End: 62 * s, Kind: Gap, Cause: media.CauseDied}}
		if from == before.Start {
			return out[1:]
		}
		return out
	}
	for name, c := range map[string]struct {
		cause       media.Cause
		kind        string
		alive, died int64 // s
	}{
		"killed within the gap":                {alive: 13, died: 13},
		"killed before the next sign":          {alive: 9, died: 10},
		"the sign is of a process before that": {alive: 5 - SignsOfLife/s},
		"nothing tells":                        {},
		"the clock was set back meanwhile":     {alive: 70},
		"it had ended in good order":           {alive: 13, kind: journal.KindStop, cause: media.CauseStopped},
		"it was switched off":                  {alive: 13, kind: journal.KindStop, cause: media.CauseSwitchedOff},
	} {
		told := journal.Record{Kind: cmp.Or(c.kind, journal.KindGap), At: 10 * s, Cause: cmp.Or(c.cause, media.CauseRefused)}
		acc := New(Span{Start: 0, End: 10 * s, Kind: Recorded})
		for _, r := range []journal.Record{told, {Kind: journal.KindStart, At: 60 * s, Alive: c.alive * s}, {Kind: journal.KindRun, At: 62 * s}} {
			acc.Apply(&r)
		}
		want := []Span{refused}
		want[0].Cause = told.Cause
		if c.died > 0 {
			want = died(c.died * s)
		}
		removed, changed, got := acc.Take()
		if len(removed)+len(changed) > 0 || !slices.Equal(got, want) {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// table holds spans as the database does, and gives an account those it asks for.
type table map[int64]Span

func (b table) spans() (all []Span) {
	for _, s := range b {
		all = append(all, s)
	}
	slices.SortFunc(all, func(x, y Span) int { return cmp.Compare(x.Start, y.Start) })
	return all
}

// take takes a batch in as the catalogue does.
func (b table) take(t *rapid.T, batch []journal.Record) {
	from := int64(math.MaxInt64)
	for _, r := range batch {
		if r.Segment != nil {
			from = min(from, r.Start-Tolerance-1)
		}
	}
	all := b.spans()
	behind := slices.IndexFunc(all, func(s Span) bool { return s.Start > from })
	if behind < 0 {
		behind = len(all)
	}
	acc := New(all[max(behind-2, 0):]...)
	for i := range batch {
		acc.Apply(&batch[i])
	}
	removed, changed, inserted := acc.Take()
	for _, start := range removed {
		if _, ok := b[start]; !ok {
			t.Fatalf("removes %d, which is not there", start)
		}
		delete(b, start)
	}
	for _, s := range changed {
		if _, ok := b[s.Start]; !ok {
			t.Fatalf("changes %+v, which is not there", s)
		}
		b[s.Start] = s
	}
	for _, s := range inserted {
		if old, ok := b[s.Start]; ok {
			t.Fatalf("inserts %+v beside %+v", s, old)
		}
		b[s.Start] = s
	}
}

// drawJournal draws what a recorder writes over several lives, in order.
func drawJournal(t *rapid.T) (all []journal.Record) {
	at := int64(1_000_000_000)
	pass := func(most int64) int64 {
		at += rapid.Int64Range(1, most).Draw(t, "pass") * 100_000
		return at
	}
	causes := rapid.SampledFrom([]media.Cause{media.CauseNetwork, media.CauseUnreachable, media.CauseDiskFault})
	for range rapid.IntRange(1, 4).Draw(t, "lives") {
		all = append(all, journal.Record{Kind: journal.KindStart, At: pass(600)})
		for range rapid.IntRange(0, 4).Draw(t, "runs") {
			all = append(all, journal.Record{Kind: journal.KindRun, At: pass(200)})
			for range rapid.IntRange(1, 4).Draw(t, "segments") {
				unclosed := rapid.IntRange(0, 3).Draw(t, "could not be closed") == 0
				overlap := rapid.SampledFrom([]int64{0, 0, 0, 12, 90_000})
				if unclosed { // the gap is told from its beginning, which is that of its first part
					overlap = rapid.SampledFrom([]int64{0, 12})
				}
				start := at - overlap.Draw(t, "overlap")
				end := pass(3000) - rapid.SampledFrom([]int64{0, 0, 11}).Draw(t, "short")
				all = append(all, journal.Record{Kind: journal.KindSegment, At: end, Segment: &journal.Segment{Start: start, End: end}})
				if unclosed {
					all = append(all, journal.Record{Kind: journal.KindGap, At: start, Cause: media.CauseDiskFull},
						journal.Record{Kind: journal.KindRun, At: pass(50)})
				}
			}
			for range rapid.IntRange(0, 3).Draw(t, "gaps") {
				all = append(all, journal.Record{Kind: journal.KindGap, At: at, Cause: causes.Draw(t, "cause"),
					Detail: rapid.SampledFrom([]string{"", "word"}).Draw(t, "detail")})
				if rapid.Bool().Draw(t, "later") {
					pass(100)
				}
			}
		}
		if rapid.Bool().Draw(t, "in good order") {
			all = append(all, journal.Record{Kind: journal.KindStop, At: at, Cause: media.CauseStopped})
		}
	}
	return all
}

// TestLateSegmentsCount: segments that come later than in order, one by one or in
// any batches, give the account that they give in order.
func TestLateSegmentsCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawJournal(t)
		ordered := table{}
		for i := range all {
			ordered.take(t, all[i:i+1])
		}
		var late []journal.Record
		place := make([]int, len(all)) // the record each comes behind
		order := make([]int, len(all))
		for i, r := range all {
			place[i], order[i] = i, i
			if r.Segment != nil && rapid.IntRange(0, 2).Draw(t, "late") == 0 {
				place[i] = rapid.IntRange(i, len(all)-1).Draw(t, "behind")
			}
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(place[a], place[b]) })
		for _, i := range order {
			late = append(late, all[i])
		}
		got := table{}
		for rest := late; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "batch")
			got.take(t, rest[:n])
			rest = rest[n:]
		}
		if d := gocmp.Diff(ordered.spans(), got.spans()); d != "" {
			t.Fatalf("in order (-) and late (+): %s", d)
		}
	})
}
