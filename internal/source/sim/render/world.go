package render

import "math"

// Light is a lamp. Its light falls off with distance; Reach is where half is left.
type Light struct {
	Pos   Vec
	Color RGB
	Reach float64
	Glow  float64 // radius of the visible halo in metres, 0 for none
	Fixed bool    // stays on when the lamps go off (daylight, emergency light)
	Down  bool    // shines downwards only
}

// Block is a box that casts shadows on the floor.
type Block struct{ Min, Max Vec }

// World is everything that does not move, and its light.
type World struct {
	Mesh   Mesh
	Blocks []Block

	AmbientUp, AmbientDown RGB // light from above and from below, lamps on
	DarkUp, DarkDown       RGB // likewise, lamps off
	Sun                    Vec // direction towards the sun, null for none
	SunColor               RGB
	Lights                 []Light
	Fog                    RGB
	FogDensity             float64 // per metre
	Sky                    func(dir Vec) RGB

	FloorMin, FloorMax Vec // extent of the light map, on Y=0
	Texels             int // of the light map, either way; 0 means 288

	lamps  bool
	bake   []RGB
	active []Light
}

// Bake prepares the light of one lamp state. It must be called before drawing.
func (w *World) Bake(lamps bool) {
	w.lamps = lamps
	w.active = w.active[:0]
	for _, l := range w.Lights {
		if lamps || l.Fixed {
			w.active = append(w.active, l)
		}
	}
	if w.Texels == 0 {
		w.Texels = 288
	}
	n := w.Texels
	w.bake = make([]RGB, n*n)
	sx := (w.FloorMax.X - w.FloorMin.X) / float64(n-1)
	sz := (w.FloorMax.Z - w.FloorMin.Z) / float64(n-1)
	for j := range n {
		for i := range n {
			p := V(w.FloorMin.X+float64(i)*sx, 0.02, w.FloorMin.Z+float64(j)*sz)
			w.bake[j*n+i] = w.floorLight(p, i+j)
		}
	}
}

func (w *World) ambient(ny float64) RGB {
	up, down := w.AmbientUp, w.AmbientDown
	if !w.lamps {
		up, down = w.DarkUp, w.DarkDown
	}
	return down.Mix(up, float32(ny*0.5+0.5))
}

// floorLight is the light that reaches a point of the floor: sky seen between
// the blocks, sun and lamps each sampled a few times for a soft edge.
func (w *World) floorLight(p Vec, seed int) RGB {
	open := 0
	const rays = 14
	for k := range rays {
		a := 2 * math.Pi * (float64(k)/rays + Hash(seed, 3))
		e := 0.35 + 0.5*float64(k%3)/2
		s, c := math.Sincos(a)
		d := V(c*math.Cos(e), math.Sin(e), s*math.Cos(e))
		if !w.blocked(p, d, 2.5) {
			open++
		}
	}
	sum := w.ambient(1).Mul(0.35 + 0.65*float32(open)/rays)
	if w.Sun != (Vec{}) {
		lit := 0
		for k := range 5 {
			j := V((Hash(k, 1)-0.5)*0.03, 0, (Hash(k, 2)-0.5)*0.03)
			if !w.blocked(p, w.Sun.Add(j).Norm(), 60) {
				lit++
			}
		}
		sum = sum.Add(w.SunColor.Mul(float32(lit) / 5 * float32(w.Sun.Norm().Y)))
	}
	for _, l := range w.active {
		lit := 0
		for k := range 3 {
			q := l.Pos.Add(V((Hash(k, 4)-0.5)*0.7, 0, (Hash(k, 5)-0.5)*0.7))
			d := q.Sub(p)
			if !w.blocked(p, d.Norm(), d.Len()) {
				lit++
			}
		}
		sum = sum.Add(l.at(p, V(0, 1, 0)).Mul(float32(lit) / 3))
	}
	return sum
}

func (l *Light) at(p, n Vec) RGB {
	d := l.Pos.Sub(p)
	r2 := d.Dot(d)
	r := math.Sqrt(r2)
	cos := d.Dot(n) / r
	if cos <= 0 {
		return RGB{}
	}
	if l.Down {
		c := d.Y / r
		if c <= 0 {
			return RGB{}
		}
		cos *= c
	}
	k := cos / (1 + r2/(l.Reach*l.Reach))
	return l.Color.Mul(float32(k))
}

func (w *World) blocked(p, d Vec, far float64) bool {
	for i := range w.Blocks {
		b := &w.Blocks[i]
		t0, t1 := 0.01, far
		if !slab(p.X, d.X, b.Min.X, b.Max.X, &t0, &t1) ||
			!slab(p.Z, d.Z, b.Min.Z, b.Max.Z, &t0, &t1) ||
			!slab(p.Y, d.Y, b.Min.Y, b.Max.Y, &t0, &t1) {
			continue
		}
		return true
	}
	return false
}

func slab(p, d, lo, hi float64, t0, t1 *float64) bool {
	if d == 0 {
		return p >= lo && p <= hi
	}
	a, b := (lo-p)/d, (hi-p)/d
	if a > b {
		a, b = b, a
	}
	*t0, *t1 = max(*t0, a), min(*t1, b)
	return *t0 < *t1
}

// baked looks the floor's light up, between four texels.
func (w *World) baked(p Vec) RGB {
	n := w.Texels
	x := (p.X - w.FloorMin.X) / (w.FloorMax.X - w.FloorMin.X) * float64(n-1)
	z := (p.Z - w.FloorMin.Z) / (w.FloorMax.Z - w.FloorMin.Z) * float64(n-1)
	x, z = min(max(x, 0), float64(n)-1.001), min(max(z, 0), float64(n)-1.001)
	i, j := int(x), int(z)
	u, v := float32(x)-float32(i), float32(z)-float32(j)
	o := j*n + i
	return w.bake[o].Mix(w.bake[o+1], u).Mix(w.bake[o+n].Mix(w.bake[o+n+1], u), v)
}

// shade is the light that leaves a surface towards the eye.
func (w *World) shade(mat *Material, p, n, eye Vec) RGB {
	c := mat.Color
	if mat.Tex != nil {
		c = mat.Tex(p, c)
	}
	emit := mat.Emit
	if mat.Lamp && !w.lamps {
		emit = 0
	}
	to := eye.Sub(p)
	dist := to.Len()
	to = to.Mul(1 / dist)
	if n.Dot(to) < 0 {
		n = n.Mul(-1)
	}
	var light, shine RGB
	if mat.Floor {
		light = w.baked(p)
	} else {
		light = w.ambient(n.Y)
		if w.Sun != (Vec{}) {
			if d := n.Dot(w.Sun); d > 0 {
				light = light.Add(w.SunColor.Mul(float32(d)))
			}
		}
		for i := range w.active {
			light = light.Add(w.active[i].at(p, n))
		}
	}
	if mat.Gloss > 0 {
		for i := range w.active {
			l := &w.active[i]
			h := l.Pos.Sub(p).Norm().Add(to).Norm()
			if d := h.Dot(n); d > 0.8 {
				d *= d
				d *= d
				d *= d
				d *= d
				d *= d
				shine = shine.Add(l.Color.Mul(float32(d*d) * mat.Gloss))
			}
		}
		if w.Sun != (Vec{}) {
			if d := w.Sun.Add(to).Norm().Dot(n); d > 0.9 {
				shine = shine.Add(w.SunColor.Mul(float32(math.Pow(d, 60)) * mat.Gloss))
			}
		}
	}
	if mat.Mirror != nil {
		cos := n.Dot(to)
		fresnel := 0.06 + 0.6*math.Pow(1-cos, 3)
		shine = shine.Add(mat.Mirror(p, n.Mul(2*cos).Sub(to)).Mul(float32(fresnel)))
	}
	out := c.Times(light).Add(c.Mul(emit)).Add(shine)
	if w.FogDensity > 0 {
		out = out.Mix(w.Fog, float32(1-math.Exp(-dist*w.FogDensity)))
	}
	return out
}

// LampsOn tells the state that was baked.
func (w *World) LampsOn() bool { return w.lamps }
