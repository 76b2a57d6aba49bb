package scene

import (
	"image"
	"math"
	"testing"

	"pgregory.net/rapid"
)

const w, h = 320, 180

func picture(t *testing.T, r *Renderer, at float64, st State) *image.RGBA {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	r.Draw(img, Picture{Time: at, Number: 77, Caption: "X", Clock: "Y", State: st})
	return img
}

// change is the share of pixels that differ visibly.
func change(a, b *image.RGBA) float64 {
	n := 0
	for i := 0; i < len(a.Pix); i += 4 {
		d := 0
		for k := range 3 {
			e := int(a.Pix[i+k]) - int(b.Pix[i+k])
			d += max(e, -e)
		}
		if d > 24 {
			n++
		}
	}
	return float64(n) / float64(w*h)
}

func mean(img *image.RGBA) float64 {
	sum := 0
	for i := 0; i < len(img.Pix); i += 4 {
		sum += int(img.Pix[i]) + int(img.Pix[i+1]) + int(img.Pix[i+2])
	}
	return float64(sum) / float64(3*w*h)
}

func TestEveryScene(t *testing.T) {
	for _, s := range All() {
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			r, err := NewRenderer(s, w, h)
			if err != nil {
				t.Fatal(err)
			}
			base := picture(t, r, 3, State{})
			if n, ok := ReadBar(base); !ok || n != 77 {
				t.Fatalf("bar code %d, %v", n, ok)
			}
			if change(base, picture(t, r, 3, State{})) != 0 {
				t.Error("the same instant is drawn differently")
			}
			if c := change(base, picture(t, r, 4.5, State{})); c < 0.002 || c > 0.4 {
				t.Errorf("%v of the picture moves in 1.5 s", c)
			}
			if c := change(base, picture(t, r, 3+Period, State{})); c != 0 {
				t.Errorf("the loop has a seam: %v", c)
			}
			// Nobody appears or vanishes in the middle: from one frame to the next little changes.
			last := picture(t, r, Period-1.0/12, State{})
			if c := change(last, picture(t, r, 0, State{})); c > 0.06 {
				t.Errorf("%v of the picture changes where the loop closes", c)
			}
			for name, st := range map[string]State{
				"cover": {Cover: true}, "turn": {Turn: true}, "darken": {Darken: true}, "defocus": {Defocus: true},
				"pan": {Pan: 12}, "tilt": {Tilt: -8}, "zoom": {Zoom: 2.5}, "lamp off": {LampOff: true},
			} {
				img := picture(t, r, 3, st)
				if st.LampOff && s.Daylight {
					continue
				}
				if c := change(base, img); c < 0.1 {
					t.Errorf("%s changes only %v of the picture", name, c)
				}
				if (st.Cover || st.Darken || st.LampOff) && mean(img) > 0.85*mean(base) {
					t.Errorf("%s: mean %v, usually %v", name, mean(img), mean(base))
				}
				if n, ok := ReadBar(img); !ok || n != 77 {
					t.Errorf("%s: bar code %d, %v", name, n, ok)
				}
			}
			if c := change(base, picture(t, r, 3, State{})); c != 0 {
				t.Errorf("after the faults %v of the picture stays changed", c)
			}
		})
	}
}

func TestBarCode(t *testing.T) {
	r, err := newOSD(h)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint16().Draw(t, "n")
		img := image.NewRGBA(image.Rect(0, 0, w, h))
		r.draw(img, Picture{Number: n})
		if got, ok := ReadBar(img); !ok || got != n {
			t.Fatalf("%d read as %d, %v", n, got, ok)
		}
		// One cell read wrongly must not pass for another number.
		i := rapid.IntRange(0, BarCells-1).Draw(t, "cell")
		c := Bar(w, h, i)
		for y := c.Min.Y; y < c.Max.Y; y++ {
			for x := c.Min.X; x < c.Max.X; x++ {
				p := img.RGBAAt(x, y)
				p.R, p.G, p.B = 255-p.R, 255-p.G, 255-p.B
				img.SetRGBA(x, y, p)
			}
		}
		if got, ok := ReadBar(img); ok {
			t.Fatalf("cell %d is wrong and %d was read", i, got)
		}
	})
	if _, ok := ReadBar(image.NewRGBA(image.Rect(0, 0, w, h))); ok {
		t.Fatal("a bar code in a black picture")
	}
}

func TestRouteIsSmooth(t *testing.T) {
	r := route{v(0, 0, 0), v(0, 0, 5), v(3, 0, 8), v(9, 0, 8)}
	if p, _ := r.at(0); p != r[0] {
		t.Fatal(p)
	}
	if p, _ := r.at(1); p.Sub(r[3]).Len() > 1e-9 {
		t.Fatal(p)
	}
	last, _ := r.at(0)
	for i := 1; i <= 200; i++ {
		p, yaw := r.at(float64(i) / 200)
		if d := p.Sub(last); d.Len() > 0.3 || math.Abs(math.Remainder(yaw-math.Atan2(d.X, d.Z), 2*math.Pi)) > 0.2 {
			t.Fatalf("step %d: %v long, heading %v", i, d, yaw)
		}
		last = p
	}
}

func TestUnknownSceneAndSize(t *testing.T) {
	if _, ok := ByID("moon"); ok {
		t.Error("a scene on the moon")
	}
	for _, size := range [][2]int{{0, 0}, {100, 90}, {321, 180}} {
		if _, err := NewRenderer(All()[0], size[0], size[1]); err == nil {
			t.Errorf("size %v was taken", size)
		}
	}
}
