package lines

import (
	"math"
	"testing"

	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// TestStrange: what a recorder writes is not, and what it never writes is.
func TestStrange(t *testing.T) {
	const at = int64(1_796_052_626_861_058)
	file := segment.Name{Camera: "cam", Start: at, Run: "run1"}.Path()
	whole := func(change func(r *journal.Record)) *journal.Record {
		r := &journal.Record{Kind: journal.KindSegment, At: at + 60e6, Run: "run1", Segment: &journal.Segment{File: file, Start: at, End: at + 60e6}}
		change(r)
		return r
	}
	gap := func(cause media.Cause) *journal.Record {
		return &journal.Record{Kind: journal.KindGap, At: at, Cause: cause}
	}
	for name, c := range map[string]struct {
		r    *journal.Record
		want Why
	}{
		"a segment":                      {whole(func(*journal.Record) {}), Fine},
		"a day long":                     {whole(func(r *journal.Record) { r.End = at + 24*3600e6 }), Fine},
		"a tombstone":                    {whole(func(r *journal.Record) { r.Kind = journal.KindTombstone }), Fine},
		"a gap":                          {gap(media.CauseNetwork), Fine},
		"a start":                        {&journal.Record{Kind: journal.KindStart, At: at, Alive: at - 5}, Fine},
		"of another camera":              {whole(func(r *journal.Record) { r.File = segment.Name{Camera: "other", Start: at, Run: "run1"}.Path() }), Foreign},
		"out of the folder":              {whole(func(r *journal.Record) { r.File = "cam/../" + file }), Foreign},
		"a seal of another camera":       {&journal.Record{Kind: journal.KindSeal, At: at, Sealed: &journal.Sealed{File: "other/x.mp4"}}, Foreign},
		"beginning elsewhere":            {whole(func(r *journal.Record) { r.Start = at - 1 }), Renamed},
		"ending behind all names":        {whole(func(r *journal.Record) { r.End = math.MaxInt64 }), Timeless},
		"of all times":                   {whole(func(r *journal.Record) { r.Start, r.End = math.MinInt64, math.MaxInt64 }), Timeless},
		"ending before it begins":        {whole(func(r *journal.Record) { r.End = at - 1 }), Timeless},
		"a gap behind all names":         {&journal.Record{Kind: journal.KindGap, At: math.MaxInt64, Cause: media.CauseNetwork}, Timeless},
		"a gap before 1970":              {&journal.Record{Kind: journal.KindGap, At: -1, Cause: media.CauseNetwork}, Timeless},
		"a sign of life behind all":      {&journal.Record{Kind: journal.KindStart, At: at, Alive: math.MaxInt64}, Timeless},
		"a gap that an order made":       {gap(media.CauseDeletedOrder), Unburied},
		"a gap that retention made":      {gap(media.CauseDeletedRetention), Unburied},
		"a stop with the cause of those": {&journal.Record{Kind: journal.KindStop, At: at, Cause: media.CauseDeletedOrder}, Unburied},
	} {
		if got := Strange("cam", c.r); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestBack: only what lies long before what was told, on a clock that was not set back.
func TestBack(t *testing.T) {
	gap := func(at int64) *journal.Record {
		return &journal.Record{Kind: journal.KindGap, At: at, Cause: media.CauseNetwork}
	}
	const told = 10 * Slack
	for name, c := range map[string]struct {
		r         *journal.Record
		told, now int64
		want      bool
	}{
		"dated back":               {gap(told - Slack - 1), told, told + 1, true},
		"a little":                 {gap(told - Slack), told, told + 1, false},
		"the clock was set back":   {gap(told - 2*Slack), told, told - 2*Slack + 1, false},
		"nothing was told before":  {gap(5), 0, told, false},
		"a segment that came late": {&journal.Record{Kind: journal.KindSegment, At: 5}, told, told, false},
	} {
		if got := Back(c.r, c.told, c.now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
