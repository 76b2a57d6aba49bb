package render

import (
	"image"
	"image/color"
	"math"
	"testing"
)

func room() *World {
	w := &World{AmbientUp: RGB{0.2, 0.2, 0.2}, AmbientDown: RGB{0.2, 0.2, 0.2}, FloorMin: V(-5, 0, -5), FloorMax: V(5, 0, 15)}
	w.Mesh.Poly(&Material{Color: RGB{0.6, 0.6, 0.6}, Floor: true}, V(-5, 0, -5), V(-5, 0, 15), V(5, 0, 15), V(5, 0, -5))
	w.Lights = []Light{{Pos: V(0, 4, 5), Color: RGB{1, 1, 1}, Reach: 3}}
	w.Bake(true)
	return w
}

func drawn(w *World, pose Pose, moving *Mesh) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 160, 90))
	NewCanvas(w, 160, 90).Draw(img, pose, moving, nil)
	return img
}

var pose = LookAt(V(0, 3, -3), V(0, 0.5, 5), 1)

func grey(c color.RGBA) int { return (int(c.R) + int(c.G) + int(c.B)) / 3 }

func TestNearHidesFar(t *testing.T) {
	w := room()
	var m Mesh
	m.Box(&Material{Color: RGB{1, 0, 0}, Emit: 1}, V(-0.5, 0, 6), V(0.5, 1, 7))
	m.Box(&Material{Color: RGB{0, 1, 0}, Emit: 1}, V(-0.5, 0, 4), V(0.5, 1, 5))
	c := drawn(w, LookAt(V(0, 0.5, 0), V(0, 0.5, 5), 1), &m).RGBAAt(80, 45)
	if c.G < 150 || c.R > 50 {
		t.Fatalf("the far box shows: %v", c)
	}
}

func TestLampsOff(t *testing.T) {
	w := room()
	var m Mesh
	on := drawn(w, pose, &m).RGBAAt(80, 60)
	w.Bake(false)
	if off := drawn(w, pose, &m).RGBAAt(80, 60); grey(off) >= grey(on)/2 {
		t.Fatalf("%v with lamps, %v without", on, off)
	}
}

func TestMovingThingsCastShadows(t *testing.T) {
	w := room()
	var none, ball Mesh
	ball.Ball(&Material{Color: RGB{1, 1, 1}}, V(0, 2, 4), V(0.4, 0.4, 0.4), 8)
	a, b := drawn(w, pose, &none), drawn(w, pose, &ball)
	// The lamp at height 4 drops the ball's shadow to z = 3.
	v := newView(pose, 160, 90)
	x, y, _ := v.project(V(0, 0, 3))
	if p, q := grey(a.RGBAAt(int(x), int(y))), grey(b.RGBAAt(int(x), int(y))); q >= p-10 {
		t.Fatalf("floor is %d without the ball and %d under it", p, q)
	}
}

func TestBlocksShadeTheFloor(t *testing.T) {
	w := room()
	open := w.baked(V(0, 0, 2))
	w.Blocks = []Block{{V(-1, 1, 3), V(1, 2, 4)}}
	w.Bake(true)
	if shaded := w.baked(V(0, 0, 2)); shaded.R >= open.R*0.8 {
		t.Fatalf("%v in the open, %v behind the block", open, shaded)
	}
}

func TestProjection(t *testing.T) {
	v := newView(LookAt(V(1, 2, 3), V(4, 1, 9), 1), 160, 90)
	x, y, z := v.project(V(4, 1, 9))
	if math.Abs(x-80) > 1e-6 || math.Abs(y-45) > 1e-6 || math.Abs(z-math.Sqrt(46)) > 1e-6 {
		t.Fatal(x, y, z)
	}
	straight := newView(Pose{FOV: 1}, 160, 90)
	if x, _, _ := straight.project(V(1, 0, 5)); x <= 80 {
		t.Fatalf("what is to the right is shown at %v", x)
	}
	if _, y, _ := straight.project(V(0, 1, 5)); y >= 45 {
		t.Fatalf("what is above is shown at %v", y)
	}
}

func TestNothingBehindTheEyeIsDrawn(t *testing.T) {
	w := &World{}
	w.Bake(true)
	var m Mesh
	m.Box(&Material{Color: RGB{1, 1, 1}, Emit: 1}, V(-2, -2, -9), V(2, 2, -5))
	img := drawn(w, Pose{FOV: 1}, &m)
	for _, p := range img.Pix[:len(img.Pix)/4*4] {
		if p != 0 && p != 255 {
			t.Fatal("something is drawn")
		}
	}
	if c := img.RGBAAt(80, 45); grey(c) != 0 {
		t.Fatal(c)
	}
}

func TestSignAndHalo(t *testing.T) {
	sign, err := Sign("I", V(0, 0, 0), V(1, 0, 0), V(0, 1, 0), RGB{1, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	ink := 0
	for i := range 50 {
		if sign(V(float64(i)/50, 0.5, 0), RGB{}).R > 0.5 {
			ink++
		}
	}
	if ink == 0 || ink == 50 {
		t.Fatalf("%d of 50 points of a letter are ink", ink)
	}
	if c := sign(V(2, 0.5, 0), RGB{0.3, 0, 0}); c.R != 0.3 {
		t.Fatal("the sign reaches beyond its plate")
	}
	w := room()
	var m Mesh
	img := image.NewRGBA(image.Rect(0, 0, 160, 90))
	c := NewCanvas(w, 160, 90)
	c.Draw(img, pose, &m, nil)
	before := grey(img.RGBAAt(80, 45))
	c.Draw(img, pose, &m, []Light{{Pos: pose.Eye.Add(V(0, -0.78, 2.5)), Color: RGB{1, 1, 1}, Glow: 0.5}})
	if after := grey(img.RGBAAt(80, 45)); after <= before {
		t.Fatalf("no halo: %d, then %d", before, after)
	}
}
