package stamp_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"

	"watchroom/internal/still/stamp"
	"watchroom/internal/testkit/clause"
)

// TestWhatIsCoveredIsGone: inside an outline nothing of the picture is left, brightness or colour,
// and far from it everything is as it was.
func TestWhatIsCoveredIsGone(t *testing.T) {
	clause.Covers(t, "C008")
	box := stamp.Outline{image.Pt(2500, 2500), image.Pt(7500, 2500), image.Pt(7500, 7500), image.Pt(2500, 7500)}
	slant := stamp.Outline{image.Pt(0, 0), image.Pt(10000, 0), image.Pt(0, 10000)}
	for _, size := range []image.Point{{1280, 720}, {320, 180}, {97, 61}} {
		for name, c := range map[string]struct {
			outlines []stamp.Outline
			in       func(x, y float64) bool // in shares of the picture
		}{
			"a box":   {[]stamp.Outline{box}, func(x, y float64) bool { return min(x, y) > 0.25 && max(x, y) < 0.75 }},
			"a slant": {[]stamp.Outline{slant}, func(x, y float64) bool { return x+y < 1 }},
			"both":    {[]stamp.Outline{box, slant}, func(x, y float64) bool { return min(x, y) > 0.25 && max(x, y) < 0.75 || x+y < 1 }},
			"none":    {nil, func(float64, float64) bool { return false }},
		} {
			out, err := stamp.JPEG(plain(t, size.X, size.Y, 180), stamp.Mark{Covered: c.outlines})
			if err != nil {
				t.Fatal(err)
			}
			decoded, err := jpeg.Decode(bytes.NewReader(out))
			if err != nil {
				t.Fatal(err)
			}
			p := decoded.(*image.YCbCr)
			near := 17.0 / float64(min(size.X, size.Y)) // what JPEG blurs: a block of both colours
			for y := range size.Y {
				for x := range size.X {
					fx, fy := (float64(x)+0.5)/float64(size.X), (float64(y)+0.5)/float64(size.Y)
					edge := false
					for _, d := range [][2]float64{{near, near}, {-near, -near}, {near, -near}, {-near, near}, {near, 0}, {-near, 0}, {0, near}, {0, -near}} {
						edge = edge || c.in(fx+d[0], fy+d[1]) != c.in(fx, fy)
					}
					light, blue := int(p.Y[p.YOffset(x, y)]), int(p.Cb[p.COffset(x, y)])
					covered := max(light-44, 44-light) < 30 && max(blue-128, 128-blue) < 20
					if edge && c.in(fx, fy) && light > 112 || !edge && covered != c.in(fx, fy) {
						t.Fatalf("%s, %v: at %d,%d brightness %d and blue %d", name, size, x, y, light, blue)
					}
				}
			}
		}
	}
	// A part that is thinner than a pixel is not left out.
	thin := stamp.Outline{image.Pt(5000, 0), image.Pt(5001, 0), image.Pt(5001, 10000), image.Pt(5000, 10000)}
	out, err := stamp.JPEG(plain(t, 64, 48, 180), stamp.Mark{Covered: []stamp.Outline{thin}})
	if err != nil {
		t.Fatal(err)
	}
	if _, most := touched(t, out, 180); most < 100 {
		t.Errorf("a thin mask: %d", most)
	}
}
