package scene

import (
	"math"

	"watchroom/internal/source/sim/render"
)

// server is a machine room: two rows of cabinets with blinking lamps, a raised
// floor, cable trays, a cooler at the end and a technician on a round.
func server() (*place, error) {
	const high = 3.0
	p := &place{
		pose: render.LookAt(v(0.42, 2.42, -1.5), v(-0.12, 0.9, 5), 1.24),
		away: 1.2,
	}
	w := &p.world
	w.AmbientUp, w.AmbientDown = render.Hex(0xc8dcf0).Mul(0.36), render.Hex(0xb8ccdc).Mul(0.46)
	w.DarkUp, w.DarkDown = render.Hex(0x5a7ab0).Mul(0.03), render.Hex(0x5a7ab0).Mul(0.03)
	for z := 0.5; z < 14; z += 3 {
		w.Lights = append(w.Lights, render.Light{Pos: v(0, high-0.12, z), Color: render.Hex(0xe2f0ff).Mul(0.95), Reach: 1.8, Down: true})
	}
	m := &w.Mesh
	floor := &render.Material{Color: render.Hex(0xc2c8cc), Tex: func(q render.Vec, c render.RGB) render.RGB {
		if tiles(q.X+0.3, q.Z, 0.6, 0.009) > 0 {
			return render.Hex(0x5a6066)
		}
		i, j := int(math.Floor((q.X+0.3)/0.6)), int(math.Floor(q.Z/0.6))
		if i == 0 && j%2 == 0 { // perforated tiles in the middle of the aisle
			dx, dz := math.Mod(q.X+60.3, 0.075)-0.0375, math.Mod(q.Z+60, 0.075)-0.0375
			if dx*dx+dz*dz < 0.0005 {
				return render.Hex(0x2a2e32)
			}
		}
		return c.Mul(0.94 + 0.08*float32(render.Hash(i, j)))
	}}
	floor.Mirror = func(q, r render.Vec) render.RGB {
		if r.Y <= 0.01 {
			return render.RGB{}
		}
		hit := q.Add(r.Mul((high - q.Y) / r.Y))
		if w.LampsOn() && math.Abs(hit.X) < 0.18 && math.Abs(math.Mod(hit.Z+1+3, 3)-1.5) < 0.95 && hit.Z < 14 {
			return render.Hex(0xeef6ff).Mul(1.6)
		}
		return render.Hex(0x60707c).Mul(0.16)
	}
	p.ground(floor, v(-4, 0, -3), v(4, 0, 15))
	wall := &render.Material{Color: render.Hex(0xd3dade), Tex: func(q render.Vec, c render.RGB) render.RGB {
		return c.Mul(0.7 + 0.3*float32(min(min(q.Y, high-q.Y)*2, 1)))
	}}
	m.Poly(wall, v(-4, 0, 15), v(-4, high, 15), v(4, high, 15), v(4, 0, 15))
	m.Poly(wall, v(-4, 0, -3), v(-4, high, -3), v(-4, high, 15), v(-4, 0, 15))
	m.Poly(wall, v(4, 0, -3), v(4, high, -3), v(4, high, 15), v(4, 0, 15))
	m.Poly(&render.Material{Color: render.Hex(0xb8c0c4), Tex: func(q render.Vec, c render.RGB) render.RGB {
		if tiles(q.X, q.Z, 0.6, 0.01) > 0 {
			c = c.Mul(0.7)
		}
		return c
	}}, v(-4, high, -3), v(-4, high, 15), v(4, high, 15), v(4, high, -3))
	for z := 0.5; z < 14; z += 3 {
		m.Box(lampMat(0xf2f8ff, 2.2), v(-0.18, high-0.03, z-0.95), v(0.18, high-0.005, z+0.95))
	}

	// Cabinets: door with mesh, frame, units behind.
	frame := glossy(0x34393f, 0.12)
	front := &render.Material{Color: render.Hex(0x40464d), Gloss: 0.1, Tex: func(q render.Vec, c render.RGB) render.RGB {
		u := math.Mod(q.Y-0.15, 0.0889)
		z := math.Mod(q.Z+0.3*2, 0.6)
		if z < 0.035 || z > 0.565 {
			return render.Hex(0x101214)
		}
		if u < 0.008 {
			return render.Hex(0x0c0d0f)
		}
		unit := int((q.Y - 0.15) / 0.0889)
		k := float32(render.Hash(unit, int(math.Floor(q.Z/0.6))*5))
		switch {
		case k < 0.25:
			return c.Mul(0.5)
		case k > 0.8:
			return render.Hex(0x4a5058)
		}
		if z < 0.16 { // drive bays
			return c.Mul(0.8)
		}
		return c.Mul(0.9 + k*0.5)
	}}
	var lamps []struct {
		at   render.Vec
		mat  int
		seed int
	}
	for s := -1.0; s <= 1; s += 2 {
		for k := range 20 {
			z := float64(k) * 0.6
			if k == 9 && s > 0 || k >= 19 { // a gap with the aisle's side door
				continue
			}
			x0, x1 := s*0.95, s*2.0
			p.solid(frame, v(min(x0, x1), 0, z), v(max(x0, x1), 2.12, z+0.595))
			m.Poly(front, v(x0-s*0.006, 0.1, z+0.02), v(x0-s*0.006, 0.1, z+0.58), v(x0-s*0.006, 2.06, z+0.58), v(x0-s*0.006, 2.06, z+0.02))
			for u := range 21 {
				h := render.Hash(k*31+u, int(s)+2)
				if h < 0.35 {
					continue
				}
				for e := range 3 {
					if render.Hash(k*7+u, e+3) < 0.35 {
						continue
					}
					c := 0
					if r := render.Hash(k+u*3, e); r > 0.93 {
						c = 2
					} else if r > 0.55 {
						c = 1
					}
					lamps = append(lamps, struct {
						at   render.Vec
						mat  int
						seed int
					}{v(x0-s*0.012, 0.2+float64(u)*0.0889, z+0.09+float64(e)*0.045), c, k*100 + u*3 + e})
				}
			}
		}
	}
	// Cable trays with yellow and blue runs, over both rows.
	tray := paint(0x8f979d)
	for s := -1.0; s <= 1; s += 2 {
		m.Box(tray, v(s*1.6-0.3, 2.62, -1), v(s*1.6+0.3, 2.65, 14.6))
		m.Box(tray, v(s*1.6-0.3, 2.62, -1), v(s*1.6-0.28, 2.72, 14.6))
		m.Box(tray, v(s*1.6+0.28, 2.62, -1), v(s*1.6+0.3, 2.72, 14.6))
		for i, hex := range []uint32{0xe0b020, 0xe0b020, 0x2f7fd0, 0x2f7fd0, 0xd06a20} {
			x := s*1.6 - 0.2 + 0.1*float64(i)
			m.Tube(paint(hex), v(x, 2.69, -1), v(x, 2.69, 14.6), 0.04, 0.04, 6)
		}
		for z := 0.3; z < 14; z += 2.4 {
			m.Tube(tray, v(s*1.6, 2.65, z), v(s*1.6, high, z), 0.015, 0.015, 5)
		}
	}
	// Cooler, extinguishers, door.
	unit := paint(0xdfe4e6)
	p.solid(unit, v(-0.85, 0, 14.2), v(0.85, 2.0, 15))
	for i := range 12 {
		m.Box(paint(0x6d757b), v(-0.7, 0.9+0.075*float64(i), 14.18), v(0.7, 0.93+0.075*float64(i), 14.21))
	}
	m.Box(glowMat(0x3fd0ff, 1.6), v(-0.2, 1.84, 14.17), v(0.2, 1.93, 14.2))
	cold, err := render.Sign("AC-1  21.5C", v(-0.6, 0.45, 0), v(1.2, 0, 0), v(0, 0.2, 0), render.Hex(0x205080))
	if err != nil {
		return nil, err
	}
	m.Poly(&render.Material{Color: render.Hex(0xdfe4e6), Tex: cold}, v(-0.85, 0.3, 14.19), v(0.85, 0.3, 14.19), v(0.85, 0.8, 14.19), v(-0.85, 0.8, 14.19))
	for i := range 2 {
		x := 2.6 + 0.4*float64(i)
		m.Tube(glossy(0xb81f1a, 0.3), v(x, 0, 11.9), v(x, 1.2, 11.9), 0.16, 0.16, 12)
	}

	colours := []*render.Material{glowMat(0x38e070, 1.6), glowMat(0x48b0ff, 1.8), glowMat(0xffa020, 1.9)}
	tech := dress(0x2f5f8f, 0x2a2d34, 0x171310, 1.77)
	tech.vest = paint(0x9fb4c4)
	tablet, screen := paint(0x202226), glowMat(0x9fd0ff, 0.9)
	p.move = func(m *render.Mesh, t float64) []render.Light {
		m.Place(v(0, 0, 0), 0)
		beat := int(t * 4)
		for _, l := range lamps {
			if render.Hash(l.seed, beat/(1+l.seed%3)) < 0.28 {
				continue
			}
			a := l.at
			m.Poly(colours[l.mat], a, a.Add(v(0, 0, 0.022)), a.Add(v(0, 0.02, 0.022)), a.Add(v(0, 0.02, 0)))
		}
		pos, yaw, g := pace(v(0.25, 0, 12.8), v(-0.25, 0, 2.6), t, 0.8)
		g.reach = 0.62
		person(m, tech, pos, yaw, g)
		m.Place(pos, yaw)
		m.Box(tablet, v(0.06, 1.13, 0.36), v(0.34, 1.15, 0.58))
		m.Poly(screen, v(0.08, 1.152, 0.38), v(0.32, 1.152, 0.38), v(0.32, 1.152, 0.56), v(0.08, 1.152, 0.56))
		return nil
	}
	return p, nil
}
