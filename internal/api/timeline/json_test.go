package timeline

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestItWritesWhatReflectionWrites draws timelines with every member there and
// absent, any text and any instant an interval may have.
func TestItWritesWhatReflectionWrites(t *testing.T) {
	text := rapid.OneOf(rapid.SampledFrom([]string{"", "unreachable", `"<&>\`, "断线\u2028\x7f\x00", "\xff"}), rapid.String())
	instant := rapid.Custom(func(t *rapid.T) time.Time {
		const last = int64(7_289_654_399_999_999) // in 2200
		return time.UnixMicro(rapid.OneOf(rapid.Int64Range(0, last), rapid.Map(rapid.Int64Range(0, last/1e6), func(s int64) int64 { return s * 1e6 })).Draw(t, "µs")).UTC()
	})
	spans := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Span {
		return Span{Start: instant.Draw(t, "start"), End: instant.Draw(t, "end"), Kind: text.Draw(t, "kind"),
			Cause: text.Draw(t, "cause"), Detail: text.Draw(t, "detail"), Open: rapid.Bool().Draw(t, "open"),
			Planned: rapid.Bool().Draw(t, "planned"), Symptom: text.Draw(t, "symptom")}
	}), -1, 5)
	lanes := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Lane {
		l := Lane{Camera: text.Draw(t, "camera")}
		if rapid.Bool().Draw(t, "spans") {
			l.Spans = spans.Draw(t, "spans")
		}
		return l
	}), -1, 4)
	rapid.Check(t, func(t *rapid.T) {
		x := Timeline{From: instant.Draw(t, "from"), To: instant.Draw(t, "to"), Now: instant.Draw(t, "now")}
		if rapid.Bool().Draw(t, "cameras") {
			x.Cameras = lanes.Draw(t, "cameras")
		}
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(x); err != nil {
			t.Fatal(err)
		}
		if got := append(x.AppendJSON([]byte("before")), '\n'); string(got) != "before"+want.String() {
			t.Fatalf("wrote\n%s, want\n%s", got, &want)
		}
	})
}

// BenchmarkAppendJSON writes 90 days of 64 cameras with three gaps a day.
func BenchmarkAppendJSON(b *testing.B) {
	var x Timeline
	for range 64 {
		l := Lane{Camera: "0123456789abc"}
		at := time.Date(2026, 8, 24, 0, 0, 0, 123456000, time.UTC)
		for range 270 {
			middle, end := at.Add(470*time.Minute), at.Add(8*time.Hour)
			l.Spans = append(l.Spans, Span{Start: at, End: middle, Kind: "recorded"}, Span{Start: middle, End: end, Kind: "gap", Cause: "unreachable"})
			at = end
		}
		x.Cameras = append(x.Cameras, l)
	}
	for b.Loop() {
		b.SetBytes(int64(len(x.AppendJSON(nil))))
	}
}
