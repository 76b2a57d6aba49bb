package coverage

import (
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
)

func TestEraseLeavesWhatOthersCover(t *testing.T) {
	const s = int64(1_000_000)
	gone := func(from, to int64) Span {
		return Span{Start: from * s, End: to * s, Kind: Gap, Cause: media.CauseDeletedRetention}
	}
	rec := func(from, to int64) Span { return Span{Start: from * s, End: to * s, Kind: Recorded} }
	for _, c := range []struct {
		name   string
		before []Span
		start  int64
		end    int64
		living []Interval
		want   []Span
	}{
		{"the middle", []Span{rec(0, 300)}, 100, 200, nil, []Span{rec(0, 100), gone(100, 200), rec(200, 300)}},
		{"joins what went before", []Span{gone(0, 100), rec(100, 300)}, 100, 200, nil, []Span{gone(0, 200), rec(200, 300)}},
		{"one that overlaps stays", []Span{rec(0, 300)}, 100, 200, []Interval{{Start: 150 * s, End: 300 * s}}, []Span{rec(0, 100), gone(100, 150), rec(150, 300)}},
		{"wholly covered by another", []Span{rec(0, 300)}, 100, 200, []Interval{{Start: 50 * s, End: 300 * s}}, []Span{rec(0, 300)}},
		{"a gap keeps its cause", []Span{{Start: 0, End: 150 * s, Kind: Gap, Cause: media.CauseNetwork}, rec(150, 300)}, 100, 200, nil,
			[]Span{{Start: 0, End: 150 * s, Kind: Gap, Cause: media.CauseNetwork}, gone(150, 200), rec(200, 300)}},
	} {
		acc := New(c.before...)
		acc.Erase(Interval{c.start * s, c.end * s}, media.CauseDeletedRetention, "", c.living)
		if d := gocmp.Diff(c.want, acc.spans); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// TestASlitBetweenTheRemovedIsNoFootage: segments follow one another to within the
// tolerance, in whichever order they go.
func TestASlitBetweenTheRemovedIsNoFootage(t *testing.T) {
	a, b := Interval{Start: 0, End: 100_000_000}, Interval{Start: 100_020_000, End: 200_000_000}
	for _, order := range [][]Interval{{a, b}, {b, a}} {
		acc := New(Span{Start: 0, End: 200_000_000, Kind: Recorded})
		for i, s := range order {
			acc.Erase(Interval{s.Start, s.End}, media.CauseDeletedOrder, "o", order[i+1:])
		}
		want := []Span{{Start: 0, End: 200_000_000, Kind: Gap, Cause: media.CauseDeletedOrder, Detail: "o"}}
		if d := gocmp.Diff(want, acc.spans); d != "" {
			t.Error(d)
		}
	}
}

// TestEraseKeepsTheAccountWhole draws overlapping segments and removes some in any
// order: no hole, no overlap, and recorded is exactly what a living one covers.
func TestEraseKeepsTheAccountWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const unit = int64(1_000_000)
		var living []Interval
		acc := New()
		at := int64(0)
		for range rapid.IntRange(1, 12).Draw(t, "segments") {
			start := max(at+unit*rapid.Int64Range(-3, 3).Draw(t, "step"), 0)
			end := start + unit*rapid.Int64Range(1, 8).Draw(t, "length")
			living = append(living, Interval{Start: start, End: end})
			acc.Apply(&journal.Record{Kind: journal.KindSegment, Segment: &journal.Segment{Start: start, End: end}})
			at = end
		}
		first, last := acc.spans[0].Start, acc.last().End
		for range rapid.IntRange(0, len(living)).Draw(t, "removed") {
			i := rapid.IntRange(0, len(living)-1).Draw(t, "which")
			gone := living[i]
			living = slices.Delete(living, i, i+1)
			acc.Erase(Interval{gone.Start, gone.End}, media.CauseDeletedRetention, "", living)
		}
		if acc.spans[0].Start != first || acc.last().End != last {
			t.Fatalf("the account shrank: %+v", acc.spans)
		}
		for i, s := range acc.spans {
			if i > 0 && s.Start != acc.spans[i-1].End || s.End <= s.Start {
				t.Fatalf("hole or overlap at %d: %+v", i, acc.spans)
			}
			for at := s.Start + unit/2; at < s.End; at += unit {
				covered := slices.ContainsFunc(living, func(l Interval) bool { return l.Start <= at && at < l.End })
				if covered != (s.Kind == Recorded) {
					t.Fatalf("at %d: %v, covered: %v", at, s, covered)
				}
			}
		}
	})
}
