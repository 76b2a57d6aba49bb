// Package causes finds lines of journals that were dated back: they give a cause to a time
// that was told of long before, although no clock was set back. Who can write into the
// folder of the recordings can append them, and the log takes them in like any other; what
// he cannot write is the clock of the log itself.
package causes

import (
	"fmt"

	"watchroom/internal/archive/lines"
)

// Gap is a line that tells why there is no picture. Instants are µs since 1970 UTC.
type Gap struct {
	Leaf                int64
	Volume, Camera, Day string
	At                  int64
	Told                int64 // the latest instant that its camera's journals on the disk had told of before
}

func (g *Gap) String() string {
	return fmt.Sprintf("%s: it tells of %d, and up to %d was told before; no clock was set back", lines.Backdated, g.At, g.Told)
}

type journals struct{ volume, camera string }

// Order goes through the entries of one log, in their order.
type Order struct {
	told map[journals]int64
	word int64 // what the log's own clock told last; 0 where the log was not abreast of the journals then
	open []Gap // dated back, if the next word of that clock agrees
}

// Begin begins another log.
func (o *Order) Begin() { *o = Order{} }

// Told takes an instant that a camera's journals on a disk tell of.
func (o *Order) Told(volume, camera string, at int64) {
	if o.told == nil {
		o.told = map[journals]int64{}
	}
	j := journals{volume, camera}
	o.told[j] = max(o.told[j], at)
}

// Gap takes a line that gives a cause.
func (o *Order) Gap(g Gap) {
	g.Told = o.told[journals{g.Volume, g.Camera}]
	if g.At+lines.Slack < g.Told && g.At+lines.Slack < o.word {
		o.open = append(o.open, g)
	}
	o.Told(g.Volume, g.Camera, g.At)
}

// Word takes what the log's own clock tells, and gives the lines before that were dated
// back. Where the clock was set back since the word before, everything may be told anew; so
// where the log was not abreast of the journals, which may tell of such a step farther on.
func (o *Order) Word(at int64, abreast bool) (back []Gap) {
	switch {
	case at+lines.Slack < o.word:
		o.Back()
	case !abreast:
		o.word = 0
		return nil
	}
	for _, g := range o.open {
		if g.At+lines.Slack < at {
			back = append(back, g)
		}
	}
	o.open, o.word = nil, at
	return back
}

// Back is told that the recorder's clock was set back.
func (o *Order) Back() { o.told, o.open, o.word = nil, nil, 0 }
