package causes

import (
	"slices"
	"testing"

	"watchroom/internal/archive/lines"
)

const minute = int64(60e6)

// follow plays a day of a camera: the log hears every minute of what the journal told, and
// gives the entries of the lines that were dated back.
func follow(o *Order, from, to int64) (back []int64) {
	for at := from; at <= to; at += minute {
		o.Told("", "cam", at)
		for _, g := range o.Word(at+1, true) {
			back = append(back, g.Leaf)
		}
	}
	return back
}

func TestDatedBack(t *testing.T) {
	gap := func(o *Order, leaf, at int64) { o.Gap(Gap{Leaf: leaf, Camera: "cam", At: at}) }
	for name, c := range map[string]struct {
		play func(o *Order) []int64
		want []int64
	}{
		"in good order": {func(o *Order) []int64 {
			got := follow(o, 60*minute, 80*minute)
			gap(o, 7, 80*minute-lines.Slack)
			return append(got, follow(o, 81*minute, 90*minute)...)
		}, nil},
		"dated back": {func(o *Order) []int64 {
			got := follow(o, 60*minute, 80*minute)
			gap(o, 7, 80*minute-lines.Slack-1)
			return append(got, follow(o, 81*minute, 90*minute)...)
		}, []int64{7}},
		"on another disk nothing was told before": {func(o *Order) []int64 {
			got := follow(o, 60*minute, 80*minute)
			o.Gap(Gap{Leaf: 7, Volume: "two", Camera: "cam", At: 61 * minute})
			return append(got, follow(o, 81*minute, 90*minute)...)
		}, nil},
		"the clock was set back, as the log tells next": {func(o *Order) []int64 {
			got := follow(o, 60*minute, 80*minute)
			gap(o, 7, 20*minute)
			return append(got, follow(o, 21*minute, 90*minute)...)
		}, nil},
		"the clock was set back, as the recorder told": {func(o *Order) []int64 {
			got := follow(o, 60*minute, 80*minute)
			o.Back()
			gap(o, 7, 20*minute)
			return append(got, follow(o, 81*minute, 90*minute)...)
		}, nil},
		"the log was behind": {func(o *Order) []int64 {
			o.Told("", "cam", 60*minute)
			got := o.Word(900*minute, false)
			gap(o, 7, 20*minute) // the clock was set back then; nobody tells it any more
			got = append(got, o.Word(901*minute, true)...)
			if len(got) > 0 {
				return []int64{got[0].Leaf}
			}
			return follow(o, 901*minute, 910*minute)
		}, nil},
	} {
		if got := c.play(&Order{}); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
