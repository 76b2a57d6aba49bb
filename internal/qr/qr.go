// Package qr draws QR codes (ISO/IEC 18004).
package qr

import (
	"fmt"
	"strings"

	"rsc.io/qr"

	"watchroom/internal/problem"
)

// quiet is how many modules stay light around a code.
const quiet = 4

// Run is dark modules beside one another.
type Run struct{ X, Y, N int }

// Code is a QR code in units of its modules, with the quiet zone around it.
type Code struct {
	Size int // modules a side
	Runs []Run
}

// Draw makes the code of a text. About a seventh of it may be lost, and it is still read.
func Draw(text string) (Code, error) {
	made, err := qr.Encode(text, qr.M)
	if err != nil {
		return Code{}, problem.Wrap(err, "draw a QR code")
	}
	c := Code{Size: made.Size + 2*quiet}
	for y := range made.Size {
		for x := 0; x < made.Size; x++ {
			from := x
			for x < made.Size && made.Black(x, y) {
				x++
			}
			if n := x - from; n > 0 {
				c.Runs = append(c.Runs, Run{X: from + quiet, Y: y + quiet, N: n})
			}
		}
	}
	return c, nil
}

// Path is the dark modules as the d of an SVG path.
func (c Code) Path() string {
	var path strings.Builder
	for _, r := range c.Runs {
		fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", r.X, r.Y, r.N, r.N)
	}
	return path.String()
}
