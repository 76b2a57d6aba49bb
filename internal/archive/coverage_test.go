package archive

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
)

// TestAccountHasNoHoles draws journals as recorders write them, with crashes that
// swallow records, and looks at the account after every record.
func TestAccountHasNoHoles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		acc := newAccount()
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
			acc.apply(&r)
			removed, changed, inserted := acc.take()
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
				if s.End == open && (i != len(all)-1 || s.Kind != Gap) {
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
	acc := newAccount()
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
		acc.apply(&r)
	}
	_, _, got := acc.take()
	want := []Span{
		{Start: 0, End: 10e6, Kind: Gap, Cause: media.CauseConnecting},
		{Start: 10e6, End: 40e6, Kind: Recorded},
		{Start: 40e6, End: 45e6, Kind: Gap, Cause: media.CauseNetwork},
		{Start: 45e6, End: 60e6, Kind: Gap, Cause: media.CauseUnreachable},
		{Start: 60e6, End: 90e6, Kind: Recorded},
		{Start: 90e6, End: 152e6, Kind: Gap, Cause: media.CauseUnknown},
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
