package scene

import (
	"image"
	"image/color"
	"math"

	"watchroom/internal/source/sim/render"
)

// The bar code stands in the lower left corner of every picture of W×H pixels.
// It is BarCells cells side by side, each W/40 wide and H/36 high, so that it
// covers the left half of the lowest 1/36. Dark is 0 and light is 1. From the left:
//
//	cell 0        light  (start)
//	cell 1        dark
//	cells 2…17    the number, 16 bits, most significant first
//	cell 18       even parity of the 16 bits (their exclusive or)
//	cell 19       light  (end)
//
// In a loop the number is the frame's place in the loop, counted from 0; from a
// live renderer it is the low 16 bits of the frame counter. To read a cell, take
// the mean luma of the middle of its area and compare it with 128.
const (
	BarCells   = 20
	barColumns = 40
	barRows    = 36
)

// Bar is the area of one cell in a picture of w×h.
func Bar(w, h, cell int) image.Rectangle {
	return image.Rect(cell*w/barColumns, h-h/barRows, (cell+1)*w/barColumns, h)
}

func barBits(n uint16) [BarCells]bool {
	var b [BarCells]bool
	b[0], b[19] = true, true
	for i := range 16 {
		b[2+i] = n>>(15-i)&1 == 1
		b[18] = b[18] != b[2+i]
	}
	return b
}

// ReadBar reads the bar code of a picture; ok is false when there is none.
func ReadBar(img image.Image) (n uint16, ok bool) {
	r := img.Bounds()
	w, h := r.Dx(), r.Dy()
	var b [BarCells]bool
	for i := range b {
		c := Bar(w, h, i).Inset(h / barRows / 4)
		sum, count := 0, 0
		for y := c.Min.Y; y < c.Max.Y; y++ {
			for x := c.Min.X; x < c.Max.X; x++ {
				sum += int(color.GrayModel.Convert(img.At(r.Min.X+x, r.Min.Y+y)).(color.Gray).Y)
				count++
			}
		}
		b[i] = count > 0 && sum/count >= 128
	}
	for i := range 16 {
		n <<= 1
		if b[2+i] {
			n |= 1
		}
	}
	return n, b == barBits(n)
}

// osd is what the camera itself writes over its picture.
type osd struct {
	text, mono *render.Font
	size       int
}

func newOSD(h int) (*osd, error) {
	size := max(h/24, 11)
	text, err := render.NewFont(false, float64(size))
	if err != nil {
		return nil, err
	}
	mono, err := render.NewFont(true, float64(size))
	if err != nil {
		return nil, err
	}
	return &osd{text, mono, size}, nil
}

func (o *osd) draw(dst *image.RGBA, pic Picture) {
	w, h := dst.Rect.Dx(), dst.Rect.Dy()
	line := func(f *render.Font, x int, s string) {
		y := o.size + o.size*2/3
		for _, d := range []image.Point{{-1, 0}, {1, 0}, {0, -1}, {0, 1}, {1, 1}} {
			f.Write(dst, x+d.X, y+d.Y, color.RGBA{0, 0, 0, 200}, s)
		}
		f.Write(dst, x, y, color.RGBA{245, 247, 250, 255}, s)
	}
	line(o.text, o.size*2/3, pic.Caption)
	line(o.mono, w-o.mono.Width(pic.Clock)-o.size*2/3, pic.Clock)
	for i, bit := range barBits(pic.Number) {
		c := color.RGBA{16, 16, 16, 255}
		if bit {
			c = color.RGBA{238, 238, 238, 255}
		}
		fill(dst, Bar(w, h, i), c)
	}
}

func fill(dst *image.RGBA, r image.Rectangle, c color.RGBA) {
	r = r.Intersect(dst.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			dst.SetRGBA(x, y, c)
		}
	}
}

// blur is three passes of a box filter either way, close to a lens out of focus.
func blur(img *image.RGBA, radius int) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	line := make([]uint8, 4*max(w, h))
	pass := func(start, step, n int) {
		for ch := range 3 {
			p := start + ch
			sum := 0
			at := func(i int) int { return int(img.Pix[p+min(max(i, 0), n-1)*step]) }
			for i := -radius; i <= radius; i++ {
				sum += at(i)
			}
			for i := range n {
				line[i] = uint8(sum / (2*radius + 1))
				sum += at(i+radius+1) - at(i-radius)
			}
			for i := range n {
				img.Pix[p+i*step] = line[i]
			}
		}
	}
	for range 3 {
		for y := range h {
			pass(y*img.Stride, 4, w)
		}
		for x := range w {
			pass(4*x, img.Stride, h)
		}
	}
}

// cover lays a bag over the lens: dark cloth with a little light at one edge.
func cover(img *image.RGBA, t float64) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	sway := 0.01 * math.Sin(2*math.Pi*t/5)
	for y := range h {
		fy := float64(y) / float64(h)
		for x := range w {
			fx := float64(x) / float64(w)
			fold := 0.5 + 0.5*math.Sin(9*fx+5*fy+3*math.Sin(4*fy)+20*sway)
			leak := math.Exp(-(1 - fx + sway + 0.06*math.Sin(7*fy)) * 26)
			k := 13 + 10*fold + 150*leak
			o := img.Pix[y*img.Stride+4*x:]
			o[0], o[1], o[2] = uint8(min(k*1.05, 255)), uint8(min(k*0.92, 255)), uint8(min(k*0.8, 255))
		}
	}
}
