package compliance

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/daybook"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/retention"
	"watchroom/internal/media"
	"watchroom/internal/testkit/clause"
)

// TestJudge: what the plan excepts was not expected, and what a person switched off was.
func TestJudge(t *testing.T) {
	clause.Covers(t, "C093")
	const hour = int64(time.Hour / time.Microsecond)
	to := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC).UnixMicro()
	from := to - 90*day
	// every day: recorded but for the last hours of it, which are a gap
	days := func(hours int64, gap coverage.Span) (out []coverage.Span) {
		for at := from; at < to; at += day {
			out = append(out, coverage.Span{Start: at, End: at + day - hours*hour, Kind: coverage.Recorded})
			g := gap
			g.Kind, g.Start, g.End = coverage.Gap, at+day-hours*hour, at+day
			out = append(out, g)
		}
		return out
	}
	once := func(lasts int64, gap coverage.Span) []coverage.Span {
		gap.Kind, gap.Start, gap.End = coverage.Gap, from+day, from+day+lasts
		return []coverage.Span{{Start: from, End: gap.Start, Kind: coverage.Recorded}, gap, {Start: gap.End, End: to, Kind: coverage.Recorded}}
	}
	off := coverage.Span{Cause: media.CauseSwitchedOff}
	retired := once(40*day, off)
	retired = retired[:2]
	retired[1].End, retired[1].Open = to, true
	all := []coverage.Span{{Start: from, End: to - hour, Kind: coverage.Gap, Cause: media.CauseDeletedOrder}, {Start: to - hour, End: to, Kind: coverage.Recorded}}
	for name, c := range map[string]struct {
		spans   []coverage.Span
		none    bool // no segment plays
		retired int64
		verdict Verdict
		reasons []Reason
	}{
		"off hours":              {spans: days(12, coverage.Span{Cause: media.CauseOffHours, Planned: true}), verdict: Met},
		"maintenance":            {spans: days(12, coverage.Span{Cause: media.CauseMaintenance, Planned: true}), verdict: Met},
		"switched off in window": {spans: days(12, coverage.Span{Cause: media.CauseMaintenance, Symptom: media.CauseSwitchedOff, Planned: true}), verdict: Met},
		"switched off":           {spans: days(12, off), verdict: Breached, reasons: []Reason{ReasonOff}},
		"switched off an hour":   {spans: once(hour, off), verdict: AtRisk, reasons: []Reason{ReasonOff}},
		"switched off a minute":  {spans: once(hour/60, off), verdict: Met},
		"switched off two days":  {spans: once(2*day, off), verdict: AtRisk, reasons: []Reason{ReasonOff}},
		"a network that breaks":  {spans: days(12, coverage.Span{Cause: media.CauseNetwork}), verdict: Breached, reasons: []Reason{ReasonGaps}},
		"both":                   {spans: append(days(1, coverage.Span{Cause: media.CauseNetwork})[:90], days(1, off)[90:]...), verdict: AtRisk, reasons: []Reason{ReasonOff, ReasonGaps}},
		"retired":                {spans: retired, retired: from + day, verdict: Met},
		// The open segment is no footage that plays yet.
		"everything removed": {spans: all[:1], none: true, verdict: Met, reasons: []Reason{ReasonOrder}},
		"all of it but now":  {spans: all, none: true, verdict: Met, reasons: []Reason{ReasonOrder}},
		"nothing at all":     {none: true, verdict: AtRisk, reasons: []Reason{ReasonNothing}},
		"removed by order":   {spans: days(12, coverage.Span{Cause: media.CauseDeletedOrder}), verdict: Met, reasons: []Reason{ReasonOrder}},
	} {
		got := Camera{Plan: retention.Plan{Rule: retention.Rule{MinDays: 90}}, InService: from, Oldest: from, From: from, To: to, Retired: c.retired}
		if c.none {
			got.Oldest = 0
		}
		got.demanded = []hold.Interval{{From: from, To: to}}
		got.judge(c.spans)
		if got.Verdict != c.verdict || !cmp.Equal(got.Reasons, c.reasons) {
			t.Errorf("%s: %s %v, want %s %v", name, got.Verdict, got.Reasons, c.verdict, c.reasons)
		}
		// The same share as coverage tells of these days.
		d := daybook.Sum("", time.UnixMicro(from), time.UnixMicro(to), c.spans, c.retired)
		if got.Recorded != d.Recorded+d.Removed || got.Expected != d.Recorded+d.Removed+d.Unplanned {
			t.Errorf("%s: %d of %d, coverage tells %+v", name, got.Recorded, got.Expected, d)
		}
	}
}
