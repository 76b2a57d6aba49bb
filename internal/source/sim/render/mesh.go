package render

import "math"

// Material says how a surface takes light.
type Material struct {
	Color RGB
	Tex   func(p Vec, c RGB) RGB // optional: colour at a world position
	Emit  float32                // light of its own, as a multiple of Color
	Lamp  bool                   // Emit goes off with the lamps
	Gloss float32                // strength of highlights
	Floor bool                   // lit from the baked light map (surface must be at Y=0)
	// Mirror is optional: light that arrives from direction r (unit length) at p
	// and is reflected by a polished surface.
	Mirror func(p, r Vec) RGB
	Add    func(p Vec) RGB // optional: adds light to what is behind instead of covering it
}

type vertex struct{ p, n Vec }

type tri struct {
	v   [3]vertex
	mat *Material
}

// Mesh is a list of triangles that helpers add shapes to, through a movable frame.
type Mesh struct {
	tris     []tri
	origin   Vec
	cos, sin float64
	placed   bool
}

// Place sets the frame for what is added next: origin at p, turned by yaw
// (radians; 0 keeps the axes, positive turns +Z towards +X).
func (m *Mesh) Place(p Vec, yaw float64) {
	m.origin, m.cos, m.sin, m.placed = p, math.Cos(yaw), math.Sin(yaw), true
}

// Reset empties the mesh and keeps its memory.
func (m *Mesh) Reset() {
	m.tris = m.tris[:0]
	m.placed = false
}

func (m *Mesh) dir(v Vec) Vec {
	if !m.placed {
		return v
	}
	return Vec{v.X*m.cos + v.Z*m.sin, v.Y, -v.X*m.sin + v.Z*m.cos}
}

func (m *Mesh) pos(v Vec) Vec { return m.dir(v).Add(m.origin) }

func (m *Mesh) tri(a, b, c, na, nb, nc Vec, mat *Material) {
	m.tris = append(m.tris, tri{[3]vertex{
		{m.pos(a), m.dir(na)}, {m.pos(b), m.dir(nb)}, {m.pos(c), m.dir(nc)},
	}, mat})
}

// Poly adds a flat convex polygon.
func (m *Mesh) Poly(mat *Material, pts ...Vec) {
	n := pts[1].Sub(pts[0]).Cross(pts[2].Sub(pts[0])).Norm()
	for i := 2; i < len(pts); i++ {
		m.tri(pts[0], pts[i-1], pts[i], n, n, n, mat)
	}
}

// Box adds a box between two corners.
func (m *Mesh) Box(mat *Material, a, b Vec) {
	p := func(x, y, z int) Vec {
		c := a
		if x == 1 {
			c.X = b.X
		}
		if y == 1 {
			c.Y = b.Y
		}
		if z == 1 {
			c.Z = b.Z
		}
		return c
	}
	m.Poly(mat, p(0, 0, 0), p(0, 1, 0), p(1, 1, 0), p(1, 0, 0))
	m.Poly(mat, p(0, 0, 1), p(1, 0, 1), p(1, 1, 1), p(0, 1, 1))
	m.Poly(mat, p(0, 0, 0), p(0, 0, 1), p(0, 1, 1), p(0, 1, 0))
	m.Poly(mat, p(1, 0, 0), p(1, 1, 0), p(1, 1, 1), p(1, 0, 1))
	m.Poly(mat, p(0, 1, 0), p(0, 1, 1), p(1, 1, 1), p(1, 1, 0))
	m.Poly(mat, p(0, 0, 0), p(1, 0, 0), p(1, 0, 1), p(0, 0, 1))
}

// Prism extrudes a convex outline given as (z, y) pairs from x0 to x1.
func (m *Mesh) Prism(mat *Material, x0, x1 float64, outline ...[2]float64) {
	a := make([]Vec, len(outline))
	b := make([]Vec, len(outline))
	for i, o := range outline {
		a[i], b[i] = V(x0, o[1], o[0]), V(x1, o[1], o[0])
	}
	m.Poly(mat, a...)
	m.Poly(mat, b...)
	for i := range a {
		j := (i + 1) % len(a)
		m.Poly(mat, a[i], a[j], b[j], b[i])
	}
}

// Tube adds a round limb from a to b with a radius at either end.
func (m *Mesh) Tube(mat *Material, a, b Vec, ra, rb float64, sides int) {
	axis := b.Sub(a).Norm()
	u := axis.Cross(V(0, 0, 1))
	if u.Len() < 0.1 {
		u = axis.Cross(V(1, 0, 0))
	}
	u = u.Norm()
	w := axis.Cross(u)
	ring := func(i int) Vec {
		s, c := math.Sincos(2 * math.Pi * float64(i) / float64(sides))
		return u.Mul(c).Add(w.Mul(s))
	}
	for i := range sides {
		n0, n1 := ring(i), ring(i+1)
		a0, a1 := a.Add(n0.Mul(ra)), a.Add(n1.Mul(ra))
		b0, b1 := b.Add(n0.Mul(rb)), b.Add(n1.Mul(rb))
		m.tri(a0, a1, b1, n0, n1, n1, mat)
		m.tri(a0, b1, b0, n0, n1, n0, mat)
		m.tri(b, b0, b1, axis, axis, axis, mat)
		m.tri(a, a1, a0, axis.Mul(-1), axis.Mul(-1), axis.Mul(-1), mat)
	}
}

// Ball adds an ellipsoid with half axes r.
func (m *Mesh) Ball(mat *Material, c, r Vec, n int) {
	at := func(i, j int) (Vec, Vec) {
		st, ct := math.Sincos(math.Pi * float64(j) / float64(n))
		sp, cp := math.Sincos(2 * math.Pi * float64(i) / float64(2*n))
		d := V(st*cp, ct, st*sp)
		return V(c.X+d.X*r.X, c.Y+d.Y*r.Y, c.Z+d.Z*r.Z), V(d.X/r.X, d.Y/r.Y, d.Z/r.Z).Norm()
	}
	for j := range n {
		for i := range 2 * n {
			a, na := at(i, j)
			b, nb := at(i+1, j)
			d, nd := at(i, j+1)
			e, ne := at(i+1, j+1)
			m.tri(a, b, e, na, nb, ne, mat)
			m.tri(a, e, d, na, ne, nd, mat)
		}
	}
}

// Limb is a Tube with rounded ends.
func (m *Mesh) Limb(mat *Material, a, b Vec, ra, rb float64) {
	m.Tube(mat, a, b, ra, rb, 9)
	m.Ball(mat, a, V(ra, ra, ra), 4)
	m.Ball(mat, b, V(rb, rb, rb), 4)
}
