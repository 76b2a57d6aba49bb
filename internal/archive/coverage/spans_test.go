package coverage

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"watchroom/internal/media"
	"watchroom/internal/recording"
)

// drawSpans makes what the table may hold: spans without hole, the last perhaps open.
func drawSpans(t *rapid.T) (spans []Span, end int64) {
	at := rapid.Int64Range(0, 1000).Draw(t, "first") * 1e6
	recorded := rapid.Bool().Draw(t, "recorded")
	for range rapid.IntRange(0, 30).Draw(t, "spans") {
		s := Span{Start: at, Kind: Recorded}
		if !recorded {
			s.Kind, s.Cause = Gap, rapid.SampledFrom([]media.Cause{media.CauseNetwork, media.CauseRefused, media.CauseUnknown}).Draw(t, "cause")
		}
		at += rapid.Int64Range(1, rapid.SampledFrom([]int64{3e6, 100e6, 4000e6}).Draw(t, "scale")).Draw(t, "length")
		s.End = at
		spans = append(spans, s)
		recorded = s.Kind == Gap && rapid.IntRange(0, 3).Draw(t, "gaps follow") > 0
	}
	if n := len(spans); n > 0 && spans[n-1].Kind == Gap && rapid.Bool().Draw(t, "open") {
		spans[n-1].End = Lasting
		at = spans[n-1].Start
	}
	return spans, at
}

func TestLanesHaveNoHoles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spans, end := drawSpans(t)
		now := end + rapid.Int64Range(0, 100e6).Draw(t, "since")
		var tail *recording.OpenSegment
		if rapid.Bool().Draw(t, "recording") {
			start := max(end+rapid.Int64Range(-20e6, 20e6).Draw(t, "tail"), 0)
			tail = &recording.OpenSegment{Start: start, End: min(start+rapid.Int64Range(1, 60e6).Draw(t, "tail length"), max(now, start+1))}
		}
		from := rapid.Int64Range(0, now+50e6).Draw(t, "from")
		to := from + rapid.Int64Range(1, 5000e6).Draw(t, "length")
		full := Fill(WithTail(slices.Clone(spans), tail), from, to, now)
		follow(t, full, from, to)
		resolution := rapid.Int64Range(0, 600e6).Draw(t, "resolution")
		merged := Merge(slices.Clone(full), resolution)
		follow(t, merged, from, to)
		for _, s := range full {
			middle := s.Start + (s.End-s.Start)/2
			m := merged[slices.IndexFunc(merged, func(m Span) bool { return middle < m.End })]
			switch {
			case s.Kind == Gap && m.Kind != Gap:
				t.Fatalf("the gap %+v is hidden by %+v", s, m)
			case s.Kind == Gap && !slices.ContainsFunc(merged, func(m Span) bool {
				return m.Kind == Gap && m.Cause == s.Cause && m.Start < s.End+resolution && m.End > s.Start-resolution
			}):
				t.Fatalf("the cause of %+v is told nowhere near: %+v", s, merged)
			case s.Kind == Gap && s.Open && (!m.Open || m.Cause != s.Cause):
				t.Fatalf("the gap %+v that lasts became %+v", s, m)
			case (s.Kind == None) != (m.Kind == None):
				t.Fatalf("%+v became %+v", s, m)
			case s.Kind == Recorded && m.Kind == Gap && s.End-s.Start >= resolution:
				t.Fatalf("the recording %+v is hidden by %+v", s, m)
			}
		}
		const causes = 4 // drawn ones, and the unknown before a tail
		if limit := (2*causes+2)*((to-from)/max(resolution, 1)+1) + 5; resolution > 0 && int64(len(merged)) > limit {
			t.Fatalf("%d spans where %d would be seen", len(merged), limit)
		}
		if tail != nil && tail.Start >= end && (len(spans) == 0 || spans[len(spans)-1].End != Lasting) {
			// What is being written counts as recorded, to its last part.
			for _, s := range full {
				if at := tail.End - 1; s.Start <= at && at < s.End && at >= from && at < to && s.Kind != Recorded {
					t.Fatalf("the open segment %+v is a %+v", tail, s)
				}
			}
		}
	})
}

// follow fails unless the spans fill from to to.
func follow(t *rapid.T, spans []Span, from, to int64) {
	at := from
	for _, s := range spans {
		if s.Start != at || s.End <= s.Start {
			t.Fatalf("span %+v where %d was due, of %+v", s, at, spans)
		}
		at = s.End
	}
	if at != to {
		t.Fatalf("the spans end at %d, not at %d: %+v", at, to, spans)
	}
}

// TestShortGapsStay: on a screen that shows 90 days, gaps are far shorter than a
// pixel.
func TestShortGapsStay(t *testing.T) {
	const s, hour = int64(1e6), int64(3600e6)
	rec := func(from, to int64) Span { return Span{Start: from, End: to, Kind: Recorded} }
	gap := func(from, to int64, cause media.Cause) Span {
		return Span{Start: from, End: to, Kind: Gap, Cause: cause}
	}
	last := gap(2*hour+40*s, 2*hour+50*s, media.CauseRefused)
	last.Open = true
	for name, c := range map[string]struct{ full, want []Span }{
		"one second in a day": {
			[]Span{rec(0, 10*hour), gap(10*hour, 10*hour+s, media.CauseNetwork), rec(10*hour+s, 24*hour)},
			[]Span{rec(0, 10*hour), gap(10*hour, 10*hour+s, media.CauseNetwork), rec(10*hour+s, 24*hour)},
		},
		"a short recording between two": {
			[]Span{rec(0, 2*hour), gap(2*hour, 2*hour+s, media.CauseNetwork), rec(2*hour+s, 2*hour+9*s), gap(2*hour+9*s, 2*hour+10*s, media.CauseNoFrames), rec(2*hour+10*s, 9*hour)},
			[]Span{rec(0, 2*hour), gap(2*hour, 2*hour+9*s, media.CauseNetwork), gap(2*hour+9*s, 2*hour+10*s, media.CauseNoFrames), rec(2*hour+10*s, 9*hour)},
		},
		"in turns": {
			[]Span{rec(0, 2*hour), gap(2*hour, 2*hour+10*s, media.CauseNetwork), gap(2*hour+10*s, 2*hour+20*s, media.CauseRefused),
				gap(2*hour+20*s, 2*hour+30*s, media.CauseNetwork), gap(2*hour+30*s, 2*hour+40*s, media.CauseRefused), rec(2*hour+40*s, 9*hour)},
			[]Span{rec(0, 2*hour), gap(2*hour, 2*hour+10*s, media.CauseNetwork), gap(2*hour+10*s, 2*hour+40*s, media.CauseRefused), rec(2*hour+40*s, 9*hour)},
		},
		"in turns, and it lasts": {
			[]Span{rec(0, 2*hour), gap(2*hour, 2*hour+10*s, media.CauseRefused), gap(2*hour+10*s, 2*hour+40*s, media.CauseNetwork), last},
			[]Span{rec(0, 2*hour), gap(2*hour, 2*hour+10*s, media.CauseRefused), gap(2*hour+10*s, 2*hour+40*s, media.CauseNetwork), last},
		},
	} {
		if got := Merge(c.full, hour); !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestGapThatBeginsNow(t *testing.T) {
	got := Fill([]Span{{Start: 5e6, End: Lasting, Kind: Gap, Cause: media.CauseNetwork}}, 0, 10e6, 5e6)
	if want := []Span{{Start: 0, End: 10e6, Kind: None}}; !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

// TestTheFutureIsNotTold: after the clock was set back, recordings stand ahead of the
// present; what lies between has not happened.
func TestTheFutureIsNotTold(t *testing.T) {
	const s = int64(1e6)
	spans := []Span{{Start: 0, End: 10 * s, Kind: Recorded}, {Start: 10 * s, End: 100 * s, Kind: Gap, Cause: media.CauseClockStep}, {Start: 100 * s, End: 110 * s, Kind: Recorded}}
	got := Fill(spans, 0, 200*s, 30*s)
	want := []Span{spans[0], {Start: 10 * s, End: 30 * s, Kind: Gap, Cause: media.CauseClockStep}, {Start: 30 * s, End: 100 * s, Kind: None}, spans[2], {Start: 110 * s, End: 200 * s, Kind: None}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestTailInAllOrders(t *testing.T) {
	const s = int64(1e6)
	gap := func(from, to int64) Span {
		return Span{Start: from, End: to, Kind: Gap, Cause: media.CauseNetwork}
	}
	rec := func(from, to int64) Span { return Span{Start: from, End: to, Kind: Recorded} }
	tail := &recording.OpenSegment{Start: 100 * s, End: 110 * s}
	unknown := func(from, to int64) Span {
		return Span{Start: from, End: to, Kind: Gap, Cause: media.CauseUnknown}
	}
	writing := Span{Start: 100 * s, End: 110 * s, Kind: Recorded, Open: true}
	for name, c := range map[string]struct{ stored, want []Span }{
		"nothing stored":          {nil, []Span{writing}},
		"it follows":              {[]Span{rec(0, 100*s)}, []Span{{Start: 0, End: 110 * s, Kind: Recorded, Open: true}}},
		"closed since":            {[]Span{rec(0, 112*s)}, []Span{{Start: 0, End: 112 * s, Kind: Recorded, Open: true}}},
		"its run closes the gap":  {[]Span{rec(0, 90*s), gap(90*s, Lasting)}, []Span{rec(0, 90*s), gap(90*s, 100*s), writing}},
		"the gap is newer":        {[]Span{rec(0, 100*s), gap(105*s, Lasting)}, []Span{rec(0, 100*s), gap(105*s, Lasting)}},
		"the gap is closed":       {[]Span{gap(90*s, 100*s)}, []Span{gap(90*s, 100*s), writing}},
		"records are missing":     {[]Span{rec(0, 50*s)}, []Span{rec(0, 50*s), unknown(50*s, 100*s), writing}},
		"a gap, then nothing":     {[]Span{gap(0, 50*s)}, []Span{gap(0, 50*s), unknown(50*s, 100*s), writing}},
		"the gap reaches into it": {[]Span{gap(0, 104*s)}, []Span{gap(0, 100*s), writing}},
		"the gap reaches over it": {[]Span{gap(0, 120*s)}, []Span{gap(0, 100*s), writing, gap(110*s, 120*s)}},
		"the clock was set back":  {[]Span{rec(0, 90*s), gap(90*s, 400*s), rec(400*s, 500*s)}, []Span{rec(0, 90*s), gap(90*s, 100*s), writing, gap(110*s, 400*s), rec(400*s, 500*s)}},
		"over what was recorded":  {[]Span{rec(0, 105*s), gap(105*s, 107*s), rec(107*s, 500*s)}, []Span{rec(0, 500*s)}},
		"40 ms apart are nothing": {[]Span{rec(0, 100*s-40_000)}, []Span{{Start: 0, End: 110 * s, Kind: Recorded, Open: true}}},
	} {
		if got := WithTail(slices.Clone(c.stored), tail); !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
