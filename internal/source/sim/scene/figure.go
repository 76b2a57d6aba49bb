package scene

import (
	"math"

	"watchroom/internal/source/sim/render"
)

var v = render.V

func paint(hex uint32) *render.Material { return &render.Material{Color: render.Hex(hex)} }

func glossy(hex uint32, gloss float32) *render.Material {
	return &render.Material{Color: render.Hex(hex), Gloss: gloss}
}

// lampMat glows with the lamps.
func lampMat(hex uint32, emit float32) *render.Material {
	return &render.Material{Color: render.Hex(hex), Emit: emit, Lamp: true}
}

// glowMat always glows.
func glowMat(hex uint32, emit float32) *render.Material {
	return &render.Material{Color: render.Hex(hex), Emit: emit}
}

// look is what a person wears.
type look struct {
	coat, trousers, skin, hair, shoe *render.Material
	hat, vest, bag                   *render.Material // optional
	tall                             float64          // metres
}

func dress(coat, trousers, hair uint32, tall float64) look {
	return look{
		coat: paint(coat), trousers: paint(trousers), skin: paint(0xd9a98a), hair: paint(hair),
		shoe: paint(0x1c1c20), tall: tall,
	}
}

// gait is a moment of a person's movement.
type gait struct {
	swing float64 // phase of the stride in radians
	step  float64 // 1 walks, 0 stands
	reach float64 // 0…1: right hand goes up in front (pointing, holding a tablet)
	sit   bool
}

// person draws someone who stands at p and faces yaw.
func person(m *render.Mesh, l look, p render.Vec, yaw float64, g gait) {
	m.Place(p, yaw)
	k := l.tall / 1.75
	s, c := math.Sincos(g.swing)
	bob := 0.025 * math.Abs(c) * g.step
	hip, shoulder := 0.92*k+bob, 1.42*k+bob
	if g.sit {
		hip, shoulder = 0.5, 1.0
	}
	for side := -1.0; side <= 1; side += 2 {
		sw := side * s * g.step
		hx := side * 0.1 * k
		// Leg: the knee bends while the foot swings forward.
		thigh := sw * 0.5
		bend := 0.15*g.step + 0.75*g.step*max(0, side*c)
		if g.sit {
			thigh, bend = 1.45, 1.45
		}
		h := v(hx, hip, 0)
		knee := h.Add(v(0, -math.Cos(thigh), math.Sin(thigh)).Mul(0.44 * k))
		foot := knee.Add(v(0, -math.Cos(thigh-bend), math.Sin(thigh-bend)).Mul(0.42 * k))
		if foot.Y < 0.06 {
			foot.Y = 0.06
		}
		m.Limb(l.trousers, h, knee, 0.088*k, 0.07*k)
		m.Limb(l.trousers, knee, foot, 0.068*k, 0.05*k)
		m.Ball(l.shoe, foot.Add(v(0, -0.015, 0.07)), v(0.055, 0.05, 0.14), 5)
		// Arm: against the leg.
		arm := -sw * 0.55
		elbow := 0.25 + 0.2*g.step
		if side > 0 && g.reach > 0 {
			arm, elbow = arm+(1.1-arm)*g.reach, elbow+0.6*g.reach
		}
		if g.sit {
			arm, elbow = 0.6, 0.9
		}
		a := v(side*0.21*k, shoulder-0.03, 0)
		e := a.Add(v(side*0.05, -math.Cos(arm), math.Sin(arm)).Mul(0.29 * k))
		w := e.Add(v(0, -math.Cos(arm+elbow), math.Sin(arm+elbow)).Mul(0.25 * k))
		m.Limb(l.coat, a, e, 0.062*k, 0.05*k)
		m.Limb(l.coat, e, w, 0.05*k, 0.04*k)
		m.Ball(l.skin, w, v(0.048, 0.06, 0.05), 4)
	}
	lean := v(0, 0, 0.03*g.step)
	m.Tube(l.coat, v(0, hip-0.06, 0), v(0, shoulder-0.05, 0).Add(lean), 0.155*k, 0.19*k, 12)
	m.Ball(l.coat, v(0, shoulder-0.06, 0).Add(lean), v(0.215*k, 0.1*k, 0.13*k), 6)
	m.Ball(l.trousers, v(0, hip-0.04, 0), v(0.16*k, 0.1*k, 0.13*k), 6)
	if l.vest != nil {
		m.Tube(l.vest, v(0, hip+0.02, 0), v(0, shoulder-0.12, 0).Add(lean), 0.172*k, 0.2*k, 12)
	}
	if l.bag != nil {
		m.Ball(l.bag, v(0, shoulder-0.22, -0.2), v(0.16*k, 0.22*k, 0.12*k), 6)
	}
	neck := v(0, shoulder+0.02, 0).Add(lean)
	head := neck.Add(v(0, 0.19*k, 0.02))
	m.Tube(l.skin, neck, head, 0.055, 0.055, 8)
	m.Ball(l.skin, head, v(0.092, 0.122, 0.105), 7)
	m.Ball(l.hair, head.Add(v(0, 0.03, -0.022)), v(0.101, 0.112, 0.103), 7)
	if l.hat != nil {
		m.Ball(l.hat, head.Add(v(0, 0.06, 0)), v(0.118, 0.085, 0.125), 7)
		m.Box(l.hat, head.Add(v(-0.08, 0.045, 0.06)), head.Add(v(0.08, 0.06, 0.18)))
	}
}

type carLook struct {
	body, glass, trim, tyre, rim, front, rear *render.Material
	van                                       bool
}

func carOf(hex uint32, lit, van bool) carLook {
	c := carLook{
		body: glossy(hex, 0.22), glass: glossy(0x18222c, 0.35), trim: paint(0x24262a),
		tyre: paint(0x141416), rim: glossy(0xa8adb3, 0.4), van: van,
		front: glossy(0xdfe6ea, 0.3), rear: glossy(0x8c1518, 0.3),
	}
	if lit {
		c.front, c.rear = glowMat(0xfff3d8, 5), glowMat(0xff2a22, 2.4)
	}
	return c
}

// car draws a vehicle 4.4 m long with its middle at p, driving towards yaw.
func car(m *render.Mesh, c carLook, p render.Vec, yaw, roll float64) {
	m.Place(p, yaw)
	const w = 0.88
	if c.van {
		m.Prism(c.body, -w, w, [][2]float64{{-2.3, 0.35}, {-2.3, 2.0}, {-2.2, 2.1}, {1.2, 2.1}, {1.75, 1.25}, {2.25, 1.05}, {2.3, 0.35}}...)
		m.Prism(c.glass, -w+0.06, w-0.06, [][2]float64{{1.24, 2.02}, {1.27, 2.04}, {1.79, 1.29}, {1.74, 1.24}}...)
		for s := -1.0; s <= 1; s += 2 {
			m.Poly(c.glass, v(s*(w+0.01), 1.3, 0.5), v(s*(w+0.01), 1.3, 1.62), v(s*(w+0.01), 1.9, 1.25), v(s*(w+0.01), 1.9, 0.5))
		}
	} else {
		m.Prism(c.body, -w, w, [][2]float64{{-2.2, 0.32}, {-2.22, 0.85}, {-1.9, 0.98}, {0.95, 0.98}, {2.1, 0.78}, {2.2, 0.6}, {2.18, 0.32}}...)
		roof, sill := w-0.2, w-0.06
		q := func(x, y, z float64) render.Vec { return v(x, y, z) }
		// The cabin narrows towards the roof.
		m.Poly(c.body, q(-roof, 1.45, -1.05), q(roof, 1.45, -1.05), q(roof, 1.45, 0.25), q(-roof, 1.45, 0.25))
		m.Poly(c.glass, q(-sill, 0.97, 1.05), q(sill, 0.97, 1.05), q(roof, 1.45, 0.25), q(-roof, 1.45, 0.25))
		m.Poly(c.glass, q(-sill, 0.97, -1.85), q(sill, 0.97, -1.85), q(roof, 1.45, -1.05), q(-roof, 1.45, -1.05))
		for s := -1.0; s <= 1; s += 2 {
			m.Poly(c.glass, q(s*sill, 0.97, 1.05), q(s*roof, 1.45, 0.25), q(s*roof, 1.45, -1.05), q(s*sill, 0.97, -1.85))
			m.Poly(c.body, q(s*(sill+0.012), 0.97, -0.42), q(s*(roof+0.012), 1.45, -0.4), q(s*(roof+0.012), 1.45, -0.3), q(s*(sill+0.012), 0.97, -0.3))
		}
	}
	m.Box(c.trim, v(-w-0.01, 0.28, -2.24), v(w+0.01, 0.42, 2.22))
	for s := -1.0; s <= 1; s += 2 {
		m.Box(c.front, v(s*0.78-0.14, 0.58, 2.1), v(s*0.78+0.14, 0.74, 2.235))
		m.Box(c.rear, v(s*0.76-0.14, 0.68, -2.25), v(s*0.76+0.14, 0.84, -2.15))
		for _, z := range []float64{-1.4, 1.38} {
			hub := v(s*w, 0.33, z)
			m.Tube(c.tyre, hub.Add(v(-s*0.16, 0, 0)), hub.Add(v(s*0.03, 0, 0)), 0.33, 0.33, 14)
			m.Tube(c.rim, hub.Add(v(s*0.02, 0, 0)), hub.Add(v(s*0.045, 0, 0)), 0.2, 0.19, 8)
			sn, cs := math.Sincos(roll)
			for _, e := range [][2]float64{{sn, cs}, {cs, -sn}} {
				d := v(0, e[0], e[1]).Mul(0.19)
				m.Tube(c.trim, hub.Add(v(s*0.05, 0, 0)).Sub(d), hub.Add(v(s*0.05, 0, 0)).Add(d), 0.02, 0.02, 4)
			}
		}
	}
	m.Box(paint(0xe9eaec), v(-0.24, 0.44, 2.2), v(0.24, 0.56, 2.235))
	m.Box(paint(0x2f6fd0), v(-0.24, 0.5, -2.26), v(0.24, 0.63, -2.22))
}

// beams are the pools of light before a car.
func beams(m *render.Mesh, p render.Vec, yaw float64) {
	m.Place(v(p.X, 0.015, p.Z), yaw)
	s, c := math.Sincos(yaw)
	warm := render.Hex(0xffe9c0)
	mat := &render.Material{Add: func(q render.Vec) render.RGB {
		d := q.Sub(p)
		along, side := d.X*s+d.Z*c-2.3, d.X*c-d.Z*s
		if along <= 0 {
			return render.RGB{}
		}
		spread := 0.5 + 0.2*along
		k := math.Exp(-side*side/(spread*spread)) * math.Exp(-along/5) * min(along, 1)
		// The eye sees the faintest edge: fade out before the sheet ends.
		k *= max(0, 1-side*side/15) * max(0, 1-along/12.6)
		return warm.Mul(float32(k) * 0.28)
	}}
	m.Poly(mat, v(-4, 0, 2.2), v(4, 0, 2.2), v(5, 0, 15), v(-5, 0, 15))
}
