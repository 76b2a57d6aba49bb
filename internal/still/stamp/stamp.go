// Package stamp burns a mark into a JPEG picture: some short lines of text, again and again
// over the whole of it, and covers the parts that nobody is shown. What comes out is a derived
// copy; the original is not touched.
//
// By the mark only the brightness is changed, so that colours stay what they were and nothing is
// converted. Signs that the built-in face lacks (Go Mono: Latin, Greek, Cyrillic) are left
// out: see docs/decisions/0048-leak-traces.md.
package stamp

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"watchroom/internal/still"
)

// Mark is what is burnt in, and how.
type Mark struct {
	Covered []Outline // before the lines are written
	Lines   []string  // none: no mark
	Opacity int       // percent
	// Apart is how far marks stand from each other: their own size times this, 1 or more.
	Apart float64
}

const (
	quality   = 90   // of JPEG; the picture has been through one already
	smallest  = 9.0  // pixels of a line that can be read at all
	ofHeight  = 0.02 // of the picture
	mostMark  = 0.45 // of the picture's width that one mark takes at most
	stagger   = 2    // every other row is moved by half a mark
	edgeWidth = 1    // pixels around each letter that are darkened, so that white stands out
)

// JPEG gives the picture with what is covered and the mark burnt in. What is no picture is still.ErrPicture.
func JPEG(picture []byte, m Mark) ([]byte, error) {
	decoded, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, still.ErrPicture.Because(err)
	}
	var light []uint8
	var stride int
	switch p := decoded.(type) {
	case *image.YCbCr:
		light, stride = p.Y, p.YStride
	case *image.Gray:
		light, stride = p.Pix, p.Stride
	default: // four colours of print; no camera sends them
		return nil, still.ErrPicture.Because(fmt.Errorf("a picture of %T is not marked", decoded))
	}
	cover(decoded, m.Covered)
	if len(m.Lines) > 0 {
		size := decoded.Bounds().Size()
		t, err := tileOf(m, size)
		if err != nil {
			return nil, err
		}
		for y := range size.Y {
			t.row(y, light[y*stride:y*stride+size.X])
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, decoded, &jpeg.Options{Quality: quality}); err != nil {
		return nil, still.ErrPicture.Because(err)
	}
	return out.Bytes(), nil
}

// tile is one mark with the room around it, as shares of 255 of light and of dark.
type tile struct {
	light, dark *image.Alpha
	opacity     int
}

// tileOf draws a mark that suits a picture of a size.
func tileOf(m Mark, picture image.Point) (*tile, error) {
	parsed, err := opentype.Parse(gomonobold.TTF)
	if err != nil {
		return nil, fmt.Errorf("the built-in face: %w", err)
	}
	height := max(smallest, ofHeight*float64(picture.Y))
	var face font.Face
	var lines []string
	var width int
	for {
		if face, err = opentype.NewFace(parsed, &opentype.FaceOptions{Size: height, DPI: 72, Hinting: font.HintingFull}); err != nil {
			return nil, fmt.Errorf("the built-in face: %w", err)
		}
		lines, width = fit(face, m.Lines)
		if height <= smallest || float64(width) <= mostMark*float64(picture.X) {
			break
		}
		height = max(smallest, height*mostMark*float64(picture.X)/float64(width))
	}
	defer face.Close()
	line := face.Metrics().Height.Ceil()
	room := image.Rect(0, 0, max(1, int(float64(width)*m.Apart)), max(1, int(2.2*float64(line*len(lines))*m.Apart)))
	light, dark := image.NewAlpha(room), image.NewAlpha(room)
	write := func(on draw.Image, dx, dy int) {
		for i, l := range lines {
			d := font.Drawer{Dst: on, Src: image.NewUniform(color.Alpha{A: 255}), Face: face,
				Dot: fixed.P(edgeWidth+dx, edgeWidth+dy+face.Metrics().Ascent.Ceil()+i*line)}
			d.DrawString(l)
		}
	}
	for dx := -edgeWidth; dx <= edgeWidth; dx++ {
		for dy := -edgeWidth; dy <= edgeWidth; dy++ {
			write(dark, dx, dy)
		}
	}
	write(light, 0, 0)
	for i, l := range light.Pix {
		dark.Pix[i] -= min(dark.Pix[i], l)
	}
	return &tile{light, dark, m.Opacity}, nil
}

// fit leaves out what the face cannot draw, and empty lines, and gives the width in pixels.
func fit(face font.Face, lines []string) (fitting []string, width int) {
	for _, l := range lines {
		l = strings.TrimSpace(strings.Map(func(r rune) rune {
			if _, ok := face.GlyphAdvance(r); !ok {
				return -1
			}
			return r
		}, l))
		if l != "" {
			fitting = append(fitting, l)
			width = max(width, font.MeasureString(face, l).Ceil()+2*edgeWidth)
		}
	}
	return fitting, width
}

// row changes the brightness of one row of the picture.
func (t *tile) row(y int, pixels []uint8) {
	size := t.light.Rect.Size()
	from := y % size.Y * t.light.Stride
	light, dark := t.light.Pix[from:from+size.X], t.dark.Pix[from:from+size.X]
	x := 0
	if y/size.Y%stagger == 1 {
		x = size.X / 2
	}
	for i, p := range pixels {
		if l := int(light[x]); l > 0 {
			p += uint8(int(255-p) * l * t.opacity / 25500)
		}
		if d := int(dark[x]); d > 0 {
			p -= uint8(int(p) * d * t.opacity / 25500)
		}
		pixels[i] = p
		if x++; x == size.X {
			x = 0
		}
	}
}
