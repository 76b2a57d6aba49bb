package scene

import (
	"math"

	"watchroom/internal/source/sim/render"
)

// classroom is a lesson: rows of pupils, a teacher before the blackboard,
// daylight through the windows.
func classroom() (*place, error) {
	const half, high = 4.2, 3.2
	p := &place{
		pose: render.LookAt(v(3.5, 2.85, -5.0), v(-0.75, 0.85, 2.2), 1.2),
		away: 1.15,
	}
	w := &p.world
	w.AmbientUp, w.AmbientDown = render.Hex(0xf0f2f6).Mul(0.42), render.Hex(0xe8dcc8).Mul(0.55)
	w.DarkUp, w.DarkDown = render.Hex(0xb8c8e0).Mul(0.1), render.Hex(0xb8b4a8).Mul(0.1)
	for _, z := range []float64{-3.4, 0, 3.4} {
		for _, x := range []float64{-2, 2} {
			w.Lights = append(w.Lights, render.Light{Pos: v(x, high-0.3, z), Color: render.Hex(0xfff6e6).Mul(0.42), Reach: 2.0, Down: true})
		}
	}
	for _, z := range []float64{-3.6, -0.6, 2.4} {
		w.Lights = append(w.Lights, render.Light{Pos: v(-half+0.15, 1.75, z), Color: render.Hex(0xe6f0ff).Mul(0.65), Reach: 2.4, Fixed: true})
	}
	m := &w.Mesh
	wood := render.Hex(0xb08a5e)
	p.ground(&render.Material{Color: wood, Tex: func(q render.Vec, c render.RGB) render.RGB {
		row := int(math.Floor(q.X / 0.18))
		off := render.Hash(row, 4) * 1.6
		k := 0.85 + 0.25*float32(render.Hash(row, int(math.Floor((q.Z+off+20)/1.6)))) + 0.12*render.Noise(q.X*30, q.Z*2)
		if math.Mod(q.X+18, 0.18) < 0.008 || math.Mod(q.Z+off+20, 1.6) < 0.01 {
			k *= 0.7
		}
		// Sun patches slant in from the windows.
		for _, z := range []float64{-3.4, -0.4, 2.6} {
			dz := q.Z - z - (q.X+half)*0.35
			if q.X > -half+0.5 && q.X < -half+2.0 && math.Abs(dz) < 0.8 && math.Abs(dz) > 0.04 {
				k *= 1.5
			}
		}
		return c.Mul(k)
	}, Mirror: func(q, r render.Vec) render.RGB {
		if r.X < -0.05 {
			k := (-half - q.X) / r.X
			y, z := q.Y+r.Y*k, q.Z+r.Z*k
			if y > 1 && y < 2.6 && math.Abs(math.Mod(z+4.9+15, 3)-1.3) < 1.15 {
				return render.Hex(0xe6f0ff).Mul(0.8)
			}
		}
		return render.Hex(0xe0dcd0).Mul(0.1)
	}}, v(-half, 0, -5.5), v(half, 0, 5.6))
	wall := &render.Material{Color: render.Hex(0xe9e5d8), Tex: func(q render.Vec, c render.RGB) render.RGB {
		if q.Y < 1.05 {
			c = render.Hex(0x9fbf9a)
		}
		if q.Y < 0.12 {
			c = render.Hex(0x6a5a48)
		}
		return c.Mul(0.75 + 0.25*float32(min(min(q.Y, high-q.Y)*2, 1)))
	}}
	m.Poly(wall, v(-half, 0, 5.6), v(-half, high, 5.6), v(half, high, 5.6), v(half, 0, 5.6))
	m.Poly(wall, v(-half, 0, -6), v(-half, high, -6), v(-half, high, 5.6), v(-half, 0, 5.6))
	m.Poly(wall, v(half, 0, -6), v(half, high, -6), v(half, high, 5.6), v(half, 0, 5.6))
	m.Poly(wall, v(-half, 0, -6), v(-half, high, -6), v(half, high, -6), v(half, 0, -6))
	m.Poly(paint(0xeeeeea), v(-half, high, -6), v(-half, high, 5.6), v(half, high, 5.6), v(half, high, -6))
	for _, z := range []float64{-3.4, 0, 3.4} {
		for _, x := range []float64{-2, 2} {
			m.Box(lampMat(0xfff8ee, 2), v(x-0.7, high-0.28, z-0.08), v(x+0.7, high-0.22, z+0.08))
			m.Box(paint(0xc8ccd0), v(x-0.75, high-0.22, z-0.12), v(x+0.75, high-0.19, z+0.12))
		}
	}
	// Windows with the trees outside, frames and curtains.
	pane := &render.Material{Color: render.Hex(0xd8e8f8), Emit: 1.25, Tex: func(q render.Vec, c render.RGB) render.RGB {
		n := render.Noise(q.Z*2.2, q.Y*2.2)
		if q.Y < 1.25+0.7*float64(n) {
			return render.Hex(0x8fb070).Mul(0.6 + 0.5*render.Noise(q.Z*9, q.Y*9))
		}
		return c.Mul(0.9 + 0.15*float32(q.Y-1))
	}}
	frame, cloth := paint(0xf2f2f0), &render.Material{Color: render.Hex(0x7fa8c4), Tex: func(q render.Vec, c render.RGB) render.RGB {
		return c.Mul(0.75 + 0.3*float32(math.Abs(math.Sin(q.Z*24))))
	}}
	for _, z := range []float64{-4.9, -1.9, 1.1} {
		m.Box(pane, v(-half, 1, z), v(-half+0.02, 2.6, z+2.6))
		for _, d := range []float64{0, 1.27, 2.54} {
			m.Box(frame, v(-half, 0.95, z+d), v(-half+0.07, 2.65, z+d+0.06))
		}
		for _, y := range []float64{0.95, 2.0, 2.6} {
			m.Box(frame, v(-half, y, z), v(-half+0.07, y+0.06, z+2.6))
		}
		m.Box(cloth, v(-half+0.02, 0.8, z-0.28), v(-half+0.16, 2.75, z+0.1))
		m.Box(cloth, v(-half+0.02, 0.8, z+2.5), v(-half+0.16, 2.75, z+2.85))
	}
	// Blackboard, its lamp, screen, clock, flag, lectern.
	green := &render.Material{Color: render.Hex(0x1f4a3a), Gloss: 0.04, Tex: func(q render.Vec, c render.RGB) render.RGB {
		return c.Mul(0.85 + 0.35*render.Noise(q.X*1.7, q.Y*3))
	}}
	lines := []struct {
		s          string
		x, y, long float64
	}{{"Lesson 12   Light and colour", -1.85, 1.98, 2.5}, {"E = h f      c = 3.0 x 10^8 m/s", -1.8, 1.55, 2.4}, {"homework: p. 86, 1-4", 0.85, 1.2, 1.3}}
	for _, l := range lines {
		sign, err := render.Sign(l.s, v(l.x, l.y, 0), v(l.long, 0, 0), v(0, 0.24, 0), render.Hex(0xeef2ea))
		if err != nil {
			return nil, err
		}
		before := green.Tex
		green.Tex = func(q render.Vec, c render.RGB) render.RGB { return sign(q, before(q, c)) }
	}
	m.Box(paint(0x8a6a44), v(-2.3, 0.95, 5.5), v(2.5, 2.45, 5.56))
	m.Poly(green, v(-2.2, 1.03, 5.49), v(2.4, 1.03, 5.49), v(2.4, 2.37, 5.49), v(-2.2, 2.37, 5.49))
	m.Box(paint(0x8a6a44), v(-2.3, 0.93, 5.38), v(2.5, 0.98, 5.52))
	m.Tube(paint(0xf4f4f2), v(0, 2.8, 5.5), v(0, 2.8, 5.56), 0.2, 0.2, 20)
	m.Box(paint(0x222222), v(-0.01, 2.8, 5.47), v(0.015, 2.95, 5.49))
	m.Box(paint(0x222222), v(0, 2.79, 5.47), v(0.1, 2.81, 5.49))
	p.solid(paint(0x7f6242), v(-half, 0, 4.3), v(half, 0.0, 5.6))
	p.solid(&render.Material{Color: render.Hex(0x8d6b46), Gloss: 0.1}, v(1.2, 0, 4.1), v(2.2, 1.05, 4.6))
	m.Box(paint(0x2a2d30), v(1.4, 1.05, 4.2), v(1.9, 1.08, 4.5))
	p.solid(paint(0x9a7a52), v(half-0.5, 0, -1.5), v(half, 1.9, 0.4)) // cupboard
	p.solid(paint(0x7d5c3c), v(half-0.06, 0, 3.4), v(half, 2.1, 4.4)) // door
	m.Box(paint(0x4a3a2a), v(half-0.08, 0, 3.3), v(half, 2.2, 3.4))
	m.Box(paint(0x4a3a2a), v(half-0.08, 0, 4.4), v(half, 2.2, 4.5))

	// Desks and pupils.
	top, leg, book := &render.Material{Color: render.Hex(0xc9a26e), Gloss: 0.08}, paint(0x5a6066), paint(0xf2f0e8)
	covers := []*render.Material{paint(0x3a6ea5), paint(0xb04a3a), paint(0x4f8a4a), paint(0xd0a030)}
	type seat struct {
		x, z float64
		seed int
	}
	var seats []seat
	for row := range 5 {
		for col := range 4 {
			x, z := -2.85+1.75*float64(col), -3.7+1.42*float64(row)
			p.solid(top, v(x-0.55, 0.71, z), v(x+0.55, 0.75, z+0.5))
			m.Box(leg, v(x-0.5, 0, z+0.05), v(x-0.46, 0.71, z+0.45))
			m.Box(leg, v(x+0.46, 0, z+0.05), v(x+0.5, 0.71, z+0.45))
			p.solid(top, v(x-0.22, 0.42, z-0.62), v(x+0.22, 0.45, z-0.22))
			m.Box(top, v(x-0.22, 0.6, z-0.66), v(x+0.22, 0.88, z-0.62))
			m.Box(leg, v(x-0.2, 0, z-0.6), v(x-0.17, 0.42, z-0.26))
			m.Box(leg, v(x+0.17, 0, z-0.6), v(x+0.2, 0.42, z-0.26))
			h := render.Hash(row*4+col, 31)
			m.Box(book, v(x-0.2, 0.75, z+0.12), v(x+0.12, 0.765, z+0.36))
			m.Box(covers[int(h*4)], v(x+0.2, 0.75, z+0.15), v(x+0.42, 0.78, z+0.4))
			if h > 0.12 {
				seats = append(seats, seat{x, z - 0.36, row*4 + col})
			}
		}
	}
	hairs := []uint32{0x17120f, 0x1f1712, 0x2a1c14, 0x120f10}
	var pupils []look
	for _, s := range seats {
		l := dress(0xf0f2f4, 0x26386c, hairs[s.seed%4], 1.6)
		l.vest = paint(0x2d62b8)
		if s.seed%3 == 0 {
			l.vest = paint(0xb8323a)
		}
		pupils = append(pupils, l)
	}
	teacher := dress(0x4a4f68, 0x2a2c34, 0x17120f, 1.76)
	p.move = func(m *render.Mesh, t float64) []render.Light {
		for i, s := range seats {
			nod := 0.1 * wave(t, 1+s.seed%2, float64(s.seed))
			g := gait{sit: true}
			if s.seed == 9 || s.seed == 15 {
				up := between(t, 2.5+float64(s.seed-9)/6, 3.3+float64(s.seed-9)/6) - between(t, 7, 7.8)
				g.reach = up
			}
			person(m, pupils[i], v(s.x, 0, s.z), nod, g)
			if g.reach > 0 {
				m.Limb(pupils[i].coat, v(0.2, 0.98, 0), v(0.25, 0.98+0.55*g.reach, 0.12), 0.05, 0.04)
				m.Ball(pupils[i].skin, v(0.25, 0.98+0.62*g.reach, 0.13), v(0.05, 0.08, 0.05), 4)
			}
		}
		pos, yaw, g := pace(v(-1.9, 0, 4.75), v(0.75, 0, 4.75), t, 2.0)
		if g.step == 0 {
			yaw += 0.9 * math.Sin(yaw) // half towards the class
			g.reach = max(g.reach, 0.5+0.4*wave(t, 5, 0))
		}
		person(m, teacher, pos, yaw+0.0, g)
		return nil
	}
	return p, nil
}
