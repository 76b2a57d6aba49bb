package render

import (
	"image"
	"math"
)

// Pose is where the camera stands and looks. Angles are in radians; FOV is the
// horizontal angle of view.
type Pose struct {
	Eye             Vec
	Yaw, Pitch, FOV float64
}

// LookAt is a pose at eye that has target in the middle of its picture.
func LookAt(eye, target Vec, fov float64) Pose {
	d := target.Sub(eye)
	return Pose{eye, math.Atan2(d.X, d.Z), math.Atan2(d.Y, math.Hypot(d.X, d.Z)), fov}
}

const samples = 2 // per axis and pixel
const near = 0.08

type view struct {
	pose           Pose
	right, up, fwd Vec
	focal, cx, cy  float64
}

func newView(p Pose, w, h int) view {
	sy, cy := math.Sincos(p.Yaw)
	sp, cp := math.Sincos(p.Pitch)
	v := view{pose: p, right: V(cy, 0, -sy), fwd: V(sy*cp, sp, cy*cp)}
	v.up = v.fwd.Cross(v.right)
	v.focal = float64(w) / 2 / math.Tan(p.FOV/2)
	v.cx, v.cy = float64(w)/2, float64(h)/2
	return v
}

func (v *view) project(p Vec) (x, y, z float64) {
	d := p.Sub(v.pose.Eye)
	z = d.Dot(v.fwd)
	return v.cx + v.focal*d.Dot(v.right)/z, v.cy - v.focal*d.Dot(v.up)/z, z
}

// Canvas draws a world from a pose and keeps what did not change between
// pictures. It is not safe for concurrent use.
type Canvas struct {
	World    *World
	W, H     int     // of the picture
	Exposure float32 // 1 is normal

	w, h        int
	pix, still  []uint32  // packed RGB, supersampled
	dep, stillD []float32 // 1/z, 0 is infinitely far
	shadow      []uint8
	view        view
	fresh       bool
	stillPose   Pose
	stillLamps  bool
	tone        [4096]uint8
	toneFor     float32
}

// NewCanvas makes a canvas for pictures of w×h.
func NewCanvas(world *World, w, h int) *Canvas {
	n := w * samples * h * samples
	return &Canvas{
		World: world, W: w, H: h, Exposure: 1, w: w * samples, h: h * samples,
		pix: make([]uint32, n), still: make([]uint32, n),
		dep: make([]float32, n), stillD: make([]float32, n), shadow: make([]uint8, n),
	}
}

// Draw paints the world with a moving mesh in it into dst, which must be W×H.
// The moving mesh casts shadows on the floor.
func (c *Canvas) Draw(dst *image.RGBA, pose Pose, moving *Mesh, extra []Light) {
	if c.toneFor != c.Exposure {
		c.toneFor = c.Exposure
		for i := range c.tone {
			x := float64(i) / 1024 * float64(c.Exposure)
			c.tone[i] = uint8(255*math.Pow(1-math.Exp(-1.25*x), 1/2.2) + 0.5)
		}
		c.fresh = false
	}
	if !c.fresh || c.stillPose != pose || c.stillLamps != c.World.lamps {
		c.fresh, c.stillPose, c.stillLamps = true, pose, c.World.lamps
		c.view = newView(pose, c.w, c.h)
		c.drawStill()
	}
	copy(c.pix, c.still)
	copy(c.dep, c.stillD)
	if len(moving.tris) > 0 {
		c.castShadows(moving)
		for i := range moving.tris {
			c.tri(&moving.tris[i])
		}
	}
	c.resolve(dst)
	for _, l := range c.World.active {
		c.glow(dst, &l)
	}
	for _, l := range extra {
		c.glow(dst, &l)
	}
}

func (c *Canvas) drawStill() {
	clear(c.dep)
	for y := range c.h {
		for x := range c.w {
			if c.World.Sky == nil {
				c.pix[y*c.w+x] = 0
				continue
			}
			d := c.view.fwd.Mul(c.view.focal).
				Add(c.view.right.Mul(float64(x) - c.view.cx)).
				Add(c.view.up.Mul(c.view.cy - float64(y)))
			c.pix[y*c.w+x] = c.pack(c.World.Sky(d.Norm()))
		}
	}
	for i := range c.World.Mesh.tris {
		c.tri(&c.World.Mesh.tris[i])
	}
	copy(c.still, c.pix)
	copy(c.stillD, c.dep)
}

func (c *Canvas) pack(v RGB) uint32 {
	f := func(x float32) uint32 {
		i := int(x * 1024)
		if i > 4095 {
			i = 4095
		}
		if i < 0 {
			i = 0
		}
		return uint32(c.tone[i])
	}
	return f(v.R)<<16 | f(v.G)<<8 | f(v.B)
}

// tri clips a triangle at the near plane and fills it with shaded pixels.
func (c *Canvas) tri(t *tri) {
	c.clip(t.v[:], func(v []vertex) {
		c.fill(v, func(i int, w float32, p, n Vec) {
			if t.mat.Add != nil {
				if w >= c.dep[i]*0.9995 {
					c.pix[i] = plus(c.pix[i], c.pack(t.mat.Add(p)))
				}
				return
			}
			if w > c.dep[i] {
				c.dep[i] = w
				c.pix[i] = c.pack(c.World.shade(t.mat, p, n, c.view.pose.Eye))
			}
		})
	})
}

func plus(a, b uint32) uint32 {
	var out uint32
	for s := 0; s < 24; s += 8 {
		out |= min((a>>s&0xff)+(b>>s&0xff), 255) << s
	}
	return out
}

func (c *Canvas) clip(in []vertex, emit func([]vertex)) {
	depth := func(v vertex) float64 { return v.p.Sub(c.view.pose.Eye).Dot(c.view.fwd) }
	var out [4]vertex
	n := 0
	for i := range in {
		a, b := in[i], in[(i+1)%len(in)]
		za, zb := depth(a), depth(b)
		if za >= near {
			out[n] = a
			n++
		}
		if (za >= near) != (zb >= near) {
			k := (near - za) / (zb - za)
			out[n] = vertex{a.p.Lerp(b.p, k), a.n.Lerp(b.n, k)}
			n++
		}
	}
	for i := 2; i < n; i++ {
		emit([]vertex{out[0], out[i-1], out[i]})
	}
}

// fill walks the pixels of a triangle with perspective-correct positions.
func (c *Canvas) fill(v []vertex, pixel func(i int, invz float32, p, n Vec)) {
	var x, y, iz [3]float64
	for i := range 3 {
		var z float64
		x[i], y[i], z = c.view.project(v[i].p)
		iz[i] = 1 / z
	}
	area := (x[1]-x[0])*(y[2]-y[0]) - (x[2]-x[0])*(y[1]-y[0])
	if area == 0 || math.IsNaN(area) {
		return
	}
	minX := max(int(math.Floor(min(x[0], x[1], x[2]))), 0)
	maxX := min(int(math.Ceil(max(x[0], x[1], x[2]))), c.w-1)
	minY := max(int(math.Floor(min(y[0], y[1], y[2]))), 0)
	maxY := min(int(math.Ceil(max(y[0], y[1], y[2]))), c.h-1)
	if minX > maxX || minY > maxY {
		return
	}
	ia := 1 / area
	// Weights of corners 0 and 1 grow linearly over the picture.
	a0, b0 := (y[1]-y[2])*ia, (x[2]-x[1])*ia
	a1, b1 := (y[2]-y[0])*ia, (x[0]-x[2])*ia
	for py := minY; py <= maxY; py++ {
		fy := float64(py) + 0.5
		fx := float64(minX) + 0.5
		w0 := a0*(fx-x[2]) + b0*(fy-y[2])
		w1 := a1*(fx-x[2]) + b1*(fy-y[2])
		for px := minX; px <= maxX; px, w0, w1 = px+1, w0+a0, w1+a1 {
			w2 := 1 - w0 - w1
			if w0 < 0 || w1 < 0 || w2 < 0 {
				continue
			}
			inv := w0*iz[0] + w1*iz[1] + w2*iz[2]
			i := py*c.w + px
			if float32(inv) < c.dep[i]*0.999 {
				continue
			}
			k0, k1, k2 := w0*iz[0]/inv, w1*iz[1]/inv, w2*iz[2]/inv
			p := v[0].p.Mul(k0).Add(v[1].p.Mul(k1)).Add(v[2].p.Mul(k2))
			n := v[0].n.Mul(k0).Add(v[1].n.Mul(k1)).Add(v[2].n.Mul(k2))
			pixel(i, float32(inv), p, n.Norm())
		}
	}
}

// castShadows darkens the floor where the moving mesh stands between it and
// the sun, or the two lamps that light it most.
func (c *Canvas) castShadows(m *Mesh) {
	type source struct {
		sun  bool
		dir  Vec
		pos  Vec
		deep float32
	}
	for start := 0; start < len(m.tris); {
		// Triangles come object by object; neighbours within reach share lamps.
		end, mid := start, m.tris[start].v[0].p
		for end < len(m.tris) && m.tris[end].v[0].p.Sub(mid).Len() < 6 {
			end++
		}
		var from []source
		if c.World.Sun != (Vec{}) {
			from = append(from, source{sun: true, dir: c.World.Sun, deep: 0.55})
		} else {
			base := V(mid.X, 0, mid.Z)
			total := float32(0.25)
			best := [2]int{-1, -1}
			var power [2]float32
			for i := range c.World.active {
				l := c.World.active[i].at(base, V(0, 1, 0))
				s := l.R + l.G + l.B
				total += s
				if s > power[0] {
					best[1], power[1] = best[0], power[0]
					best[0], power[0] = i, s
				} else if s > power[1] {
					best[1], power[1] = i, s
				}
			}
			for k, i := range best {
				if i >= 0 {
					from = append(from, source{pos: c.World.active[i].Pos, deep: min(0.5, 0.8*power[k]/total)})
				}
			}
		}
		for _, s := range from {
			c.shadowPass(m.tris[start:end], func(p Vec) (Vec, bool) {
				if s.sun {
					return V(p.X-s.dir.X*p.Y/s.dir.Y, 0.01, p.Z-s.dir.Z*p.Y/s.dir.Y), true
				}
				if p.Y > s.pos.Y-0.1 {
					return p, false
				}
				k := s.pos.Y / (s.pos.Y - p.Y)
				return V(s.pos.X+(p.X-s.pos.X)*k, 0.01, s.pos.Z+(p.Z-s.pos.Z)*k), true
			}, s.deep)
		}
		start = end
	}
}

func (c *Canvas) shadowPass(tris []tri, drop func(Vec) (Vec, bool), deep float32) {
	lo, hi := len(c.shadow), 0
	for i := range tris {
		if tris[i].mat.Add != nil {
			continue
		}
		var flat [3]vertex
		ok := true
		for k := range 3 {
			p, good := drop(tris[i].v[k].p)
			ok = ok && good
			flat[k] = vertex{p, V(0, 1, 0)}
		}
		if !ok {
			continue
		}
		c.clip(flat[:], func(v []vertex) {
			c.fill(v, func(i int, w float32, _, _ Vec) {
				// Only where the floor itself is seen: its depth is the shadow's but for the 1 cm.
				if w < c.dep[i]*1.03 {
					c.shadow[i] = 1
					lo, hi = min(lo, i), max(hi, i+1)
				}
			})
		})
	}
	keep := uint32((1 - deep) * 256)
	for i := lo; i < hi; i++ {
		if c.shadow[i] == 0 {
			continue
		}
		c.shadow[i] = 0
		p := c.pix[i]
		c.pix[i] = (p>>16&0xff)*keep>>8<<16 | (p>>8&0xff)*keep>>8<<8 | (p&0xff)*keep>>8
	}
}

func (c *Canvas) resolve(dst *image.RGBA) {
	for y := range c.H {
		row := dst.Pix[y*dst.Stride:]
		a := c.pix[2*y*c.w:]
		b := c.pix[(2*y+1)*c.w:]
		for x := range c.W {
			p, q, r, s := a[2*x], a[2*x+1], b[2*x], b[2*x+1]
			// Two channels are summed at once; no sum of four bytes overflows ten bits.
			rb := p&0xff00ff + q&0xff00ff + r&0xff00ff + s&0xff00ff
			g := p>>8&0xff + q>>8&0xff + r>>8&0xff + s>>8&0xff
			o := row[4*x : 4*x+4 : 4*x+4]
			o[0], o[1], o[2], o[3] = uint8(rb>>18), uint8(g>>2), uint8(rb>>2), 255
		}
	}
}

// glow adds the halo of a lamp that is in sight.
func (c *Canvas) glow(dst *image.RGBA, l *Light) {
	if l.Glow == 0 {
		return
	}
	x, y, z := c.view.project(l.Pos)
	if z < near {
		return
	}
	if ix, iy := int(x), int(y); ix >= 0 && iy >= 0 && ix < c.w && iy < c.h {
		if float64(c.dep[iy*c.w+ix]) > 1.06/z {
			return
		}
	}
	x, y = x/samples, y/samples
	r := c.view.focal / samples * l.Glow / z
	peak := max(l.Color.R, l.Color.G, l.Color.B)
	for py := max(int(y-r), 0); py <= min(int(y+r), c.H-1); py++ {
		for px := max(int(x-r), 0); px <= min(int(x+r), c.W-1); px++ {
			d := math.Hypot(float64(px)-x, float64(py)-y) / r
			if d >= 1 {
				continue
			}
			k := float32((1-d)*(1-d)*(1-d)) * 0.8 * min(c.Exposure, 1.2)
			o := dst.Pix[py*dst.Stride+4*px:]
			for i, v := range [3]float32{l.Color.R, l.Color.G, l.Color.B} {
				o[i] = uint8(min(float32(o[i])+k*255*(0.4+0.6*v/peak), 255))
			}
		}
	}
}
