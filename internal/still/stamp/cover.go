package stamp

import (
	"image"
	"math"
	"slices"
)

// Whole is the width, and the height, of a picture in the unit of outlines.
const Whole = 10_000

// Outline bounds a part of a picture, from its upper left corner, in ten-thousandths of its width
// and height.
type Outline []image.Point

const (
	covered   = 44  // brightness of what is covered: dark, and no part of the night
	colorless = 128 // blue and red of no colour
	samples   = 4   // lines that are looked at in each row of pixels
)

// cover makes the inside of outlines one grey. A pixel that an outline touches is covered.
func cover(p image.Image, outlines []Outline) {
	size := p.Bounds().Size()
	for _, o := range outlines {
		for y := range size.Y {
			for _, s := range o.row(y, size) {
				fill(p, s[0], s[1], y)
			}
		}
	}
}

// row gives the pixels of one row that an outline touches, as pairs of the first and the one
// behind the last.
func (o Outline) row(y int, size image.Point) (spans [][2]int) {
	high, wide := float64(size.Y)/Whole, float64(size.X)/Whole
	for k := range samples + 1 {
		at := float64(y) + float64(k)/samples
		var xs []float64
		for i, a := range o {
			b := o[(i+1)%len(o)]
			ax, ay, bx, by := float64(a.X)*wide, float64(a.Y)*high, float64(b.X)*wide, float64(b.Y)*high
			if (ay > at) != (by > at) {
				xs = append(xs, ax+(at-ay)/(by-ay)*(bx-ax))
			}
		}
		slices.Sort(xs)
		for i := 1; i < len(xs); i += 2 {
			spans = append(spans, [2]int{max(0, int(math.Floor(xs[i-1]))), min(size.X, int(math.Ceil(xs[i])))})
		}
	}
	return spans
}

// fill covers pixels of a row. Colours are kept for several pixels together, so that those beside
// an outline may lose theirs.
func fill(p image.Image, from, to, y int) {
	switch p := p.(type) {
	case *image.YCbCr:
		for x := from; x < to; x++ {
			p.Y[p.YOffset(x, y)] = covered
			c := p.COffset(x, y)
			p.Cb[c], p.Cr[c] = colorless, colorless
		}
	case *image.Gray:
		for x := from; x < to; x++ {
			p.Pix[p.PixOffset(x, y)] = covered
		}
	}
}
