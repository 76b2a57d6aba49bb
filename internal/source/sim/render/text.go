package render

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// Font sets lines of text at one size.
type Font struct{ face font.Face }

// NewFont opens one of the Go fonts; mono is for clocks. px is the em size.
func NewFont(mono bool, px float64) (*Font, error) {
	ttf := gobold.TTF
	if mono {
		ttf = gomonobold.TTF
	}
	f, err := opentype.Parse(ttf)
	if err != nil {
		return nil, fmt.Errorf("render: font: %w", err)
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: px, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil, fmt.Errorf("render: font: %w", err)
	}
	return &Font{face}, nil
}

// Width is the length of a line in pixels.
func (f *Font) Width(s string) int { return font.MeasureString(f.face, s).Ceil() }

// Write sets a line with its baseline at y.
func (f *Font) Write(dst draw.Image, x, y int, c color.Color, s string) {
	d := font.Drawer{Dst: dst, Src: image.NewUniform(c), Face: f.face, Dot: fixed.P(x, y)}
	d.DrawString(s)
}

// Sign is a texture that letters a plane: origin is the lower left corner of
// the lettering, right and up span it in metres. Ink replaces the surface's colour.
func Sign(text string, origin, right, up Vec, ink RGB) (func(p Vec, c RGB) RGB, error) {
	f, err := NewFont(false, 96)
	if err != nil {
		return nil, err
	}
	w := f.Width(text) + 8
	const h = 110
	mask := image.NewAlpha(image.Rect(0, 0, w, h))
	f.Write(mask, 4, 86, color.Opaque, text)
	rr, uu := right.Dot(right), up.Dot(up)
	return func(p Vec, c RGB) RGB {
		d := p.Sub(origin)
		u, v := d.Dot(right)/rr, d.Dot(up)/uu
		if u < 0 || u >= 1 || v < 0 || v >= 1 {
			return c
		}
		a := mask.AlphaAt(int(u*float64(w)), int((1-v)*h)).A
		return c.Mix(ink, float32(a)/255)
	}, nil
}
