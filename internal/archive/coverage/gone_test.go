package coverage_test

import (
	"fmt"
	"strings"
	"testing"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/media"
)

// TestWhatIsGoneIsAGap: of recorded time alone, and what is open stays so.
func TestWhatIsGoneIsAGap(t *testing.T) {
	spans := []coverage.Span{
		{Start: 0, End: 10, Kind: coverage.Recorded}, {Start: 10, End: 20, Kind: coverage.Gap, Cause: "network", Detail: "x"},
		{Start: 20, End: 60, Kind: coverage.Recorded, Open: true}, {Start: 60, End: 70, Kind: coverage.None},
		{Start: 70, End: 80, Kind: coverage.Gap, Cause: media.CauseDeletedOrder},
	}
	const missing, damaged = media.CauseFootageMissing, media.CauseFootageDamaged
	for _, c := range []struct {
		gone []coverage.Gone
		want string
	}{
		{nil, "0-10 recorded, 10-20 network, 20-60 recorded…, 60-70 none, 70-80 deleted_order"},
		{[]coverage.Gone{{Start: 30, End: 40, Cause: missing}}, "0-10 recorded, 10-20 network, 20-30 recorded, 30-40 footage_missing, 40-60 recorded…, 60-70 none, 70-80 deleted_order"},
		{[]coverage.Gone{{Start: 5, End: 25, Cause: missing}}, "0-5 recorded, 5-10 footage_missing, 10-20 network, 20-25 footage_missing, 25-60 recorded…, 60-70 none, 70-80 deleted_order"},
		{[]coverage.Gone{{Start: 20, End: 30, Cause: missing}, {Start: 30, End: 40, Cause: missing}, {Start: 40, End: 45, Cause: damaged}},
			"0-10 recorded, 10-20 network, 20-40 footage_missing, 40-45 footage_damaged, 45-60 recorded…, 60-70 none, 70-80 deleted_order"},
		{[]coverage.Gone{{Start: -5, End: 100, Cause: damaged}}, "0-10 footage_damaged, 10-20 network, 20-60 footage_damaged, 60-70 none, 70-80 deleted_order"},
		{[]coverage.Gone{{Start: 12, End: 18, Cause: missing, Told: true}, {Start: 72, End: 75, Cause: missing}, {Start: 76, End: 78, Cause: missing, Told: true}},
			"0-10 recorded, 10-20 network, 20-60 recorded…, 60-70 none, 70-76 deleted_order, 76-78 footage_missing, 78-80 deleted_order"},
		{[]coverage.Gone{{Start: 12, End: 18, Cause: damaged}, {Start: 62, End: 65, Cause: damaged}}, "0-10 recorded, 10-20 network, 20-60 recorded…, 60-70 none, 70-80 deleted_order"},
	} {
		var got []string
		for _, s := range coverage.Without(spans, c.gone) {
			what := string(s.Kind)
			if s.Kind == coverage.Gap {
				what = string(s.Cause)
			}
			if s.Open {
				what += "…"
			}
			got = append(got, fmt.Sprintf("%d-%d %s", s.Start, s.End, what))
		}
		if is := strings.Join(got, ", "); is != c.want {
			t.Errorf("%v:\n%s, want\n%s", c.gone, is, c.want)
		}
	}
}
