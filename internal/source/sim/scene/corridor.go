package scene

import (
	"math"

	"watchroom/internal/source/sim/render"
)

// corridor is the second floor of an office building: doors on both sides, light
// panels that shine back from a polished floor, a side corridor at the far end.
func corridor() (*place, error) {
	const half, high, far = 1.7, 2.85, 31.0
	p := &place{
		pose: render.LookAt(v(1.25, 2.55, 0.4), v(-0.35, 0.95, 11), 1.1),
		away: 1.25,
	}
	w := &p.world
	w.AmbientUp, w.AmbientDown = render.Hex(0xf2f2ee).Mul(0.42), render.Hex(0xe6e2da).Mul(0.6)
	w.DarkUp, w.DarkDown = render.Hex(0x9fb4d0).Mul(0.035), render.Hex(0x9fb4d0).Mul(0.03)
	for z := 2.0; z < far; z += 4 {
		w.Lights = append(w.Lights, render.Light{Pos: v(0, high-0.1, z), Color: render.Hex(0xfff4e2).Mul(0.85), Reach: 1.9, Down: true})
	}
	w.Lights = append(w.Lights, render.Light{Pos: v(0, 1.7, far+0.4), Color: render.Hex(0xcfe2ff).Mul(0.5), Reach: 3.2, Fixed: true})
	m := &w.Mesh

	panel := func(q render.Vec) bool {
		return math.Abs(q.X) < 0.55 && math.Abs(math.Mod(q.Z, 4)-2) < 0.62
	}
	floor := &render.Material{Color: render.Hex(0xb9b2a6), Tex: func(q render.Vec, c render.RGB) render.RGB {
		c = c.Mul(0.93 + 0.14*render.Noise(q.X*3, q.Z*3))
		if math.Abs(q.X) > half-0.22 {
			return render.Hex(0x5c564e)
		}
		if tiles(q.X, q.Z, 0.8, 0.008) > 0 {
			c = c.Mul(0.72)
		}
		return c
	}}
	floor.Mirror = func(q, r render.Vec) render.RGB {
		if r.Y <= 0.01 {
			return render.RGB{}
		}
		k := (high - q.Y) / r.Y
		hit := q.Add(r.Mul(k))
		if hit.Z > far {
			k = (far - q.Z) / r.Z
			y := q.Y + r.Y*k
			if y > 0.9 && y < 2.3 {
				return render.Hex(0xcfe2ff).Mul(1.2)
			}
			return render.Hex(0xd9d5cc).Mul(0.25)
		}
		if math.Abs(hit.X) < half && panel(hit) && w.LampsOn() {
			return render.Hex(0xfff6e8).Mul(1.9)
		}
		return render.Hex(0xd9d5cc).Mul(0.18)
	}
	p.ground(floor, v(-half, 0, -1), v(half, 0, far))
	m.Poly(floor, v(half, 0, 26), v(half, 0, 28.6), v(6, 0, 28.6), v(6, 0, 26))

	wall := &render.Material{Color: render.Hex(0xe4e1d8), Tex: func(q render.Vec, c render.RGB) render.RGB {
		if q.Y < 0.12 {
			return render.Hex(0x6a6258)
		}
		if q.Y < 1.0 {
			c = render.Hex(0xc2cdc8)
		}
		if q.Y > 1.0 && q.Y < 1.05 {
			c = render.Hex(0x8b9c98)
		}
		edge := min(min(q.Y, high-q.Y)*2.2, 1)
		return c.Mul(0.72 + 0.28*float32(edge))
	}}
	m.Poly(wall, v(-half, 0, -1), v(-half, high, -1), v(-half, high, far), v(-half, 0, far))
	m.Poly(wall, v(half, 0, -1), v(half, high, -1), v(half, high, 26), v(half, 0, 26))
	m.Poly(wall, v(half, 0, 28.6), v(half, high, 28.6), v(half, high, far), v(half, 0, far))
	m.Poly(wall, v(half, 0, 26), v(half, high, 26), v(6, high, 26), v(6, 0, 26))
	m.Poly(wall, v(half, 0, 28.6), v(half, high, 28.6), v(6, high, 28.6), v(6, 0, 28.6))
	m.Poly(wall, v(-half, 0, far), v(-half, high, far), v(half, high, far), v(half, 0, far))
	ceiling := &render.Material{Color: render.Hex(0xeeeeea), Tex: func(q render.Vec, c render.RGB) render.RGB {
		if tiles(q.X, q.Z, 0.6, 0.01) > 0 {
			c = c.Mul(0.75)
		}
		return c
	}}
	m.Poly(ceiling, v(-half, high, -1), v(-half, high, far), v(half, high, far), v(half, high, -1))
	m.Poly(ceiling, v(half, high, 26), v(half, high, 28.6), v(6, high, 28.6), v(6, high, 26))
	lit := lampMat(0xfff8ee, 2.2)
	for z := 2.0; z < far; z += 4 {
		m.Box(lit, v(-0.55, high-0.02, z-0.6), v(0.55, high-0.005, z+0.6))
		m.Box(paint(0xbfc2c4), v(-0.6, high-0.025, z-0.65), v(-0.55, high-0.004, z+0.65))
		m.Box(paint(0xbfc2c4), v(0.55, high-0.025, z-0.65), v(0.6, high-0.004, z+0.65))
	}
	// The window at the end.
	m.Box(glowMat(0xd6e6fb, 1.5), v(-1.0, 0.9, far-0.03), v(1.0, 2.3, far-0.01))
	for _, x := range []float64{-1.05, -0.03, 1.0} {
		m.Box(paint(0x70757a), v(x, 0.85, far-0.07), v(x+0.06, 2.35, far-0.02))
	}

	door := &render.Material{Color: render.Hex(0x9a6a42), Gloss: 0.1, Tex: func(q render.Vec, c render.RGB) render.RGB {
		return c.Mul(0.85 + 0.3*render.Noise(q.Z*14, q.Y*1.5))
	}}
	frame, handle := paint(0x57524c), glossy(0xd4d6d8, 0.5)
	n := 0
	for z := 3.4; z < 25; z += 4.4 {
		for s := -1.0; s <= 1; s += 2 {
			n++
			zz := z
			if s > 0 {
				zz += 2.0
			}
			if zz > 24 {
				continue
			}
			x := s * half
			m.Box(frame, v(x-0.05, 0, zz-0.08), v(x+0.05, 2.16, zz+1.08))
			m.Box(door, v(x-0.065, 0, zz), v(x+0.065, 2.08, zz+1))
			m.Box(glowMat(0xb8ccd8, 0.35), v(x-0.07, 1.3, zz+0.62), v(x+0.07, 1.85, zz+0.82))
			m.Box(handle, v(x-0.12, 1.0, zz+0.1), v(x+0.12, 1.05, zz+0.24))
			name := &render.Material{Color: render.Hex(0x2a5d9c)}
			right := v(0, 0, 0.34)
			at := v(0, 1.52, zz+1.22)
			if s > 0 {
				right, at = v(0, 0, -0.34), v(0, 1.52, zz-0.16)
			}
			sign, err := render.Sign([]string{"201", "202", "203", "204", "205", "206", "207", "208", "209", "210", "211", "212"}[n%12], at, right, v(0, 0.18, 0), render.Hex(0xffffff))
			if err != nil {
				return nil, err
			}
			name.Tex = sign
			if s < 0 {
				m.Box(name, v(x, 1.48, zz+1.18), v(x+0.02, 1.74, zz+1.6))
			} else {
				m.Box(name, v(x-0.02, 1.48, zz-0.54), v(x, 1.74, zz-0.12))
			}
		}
	}
	// Hose cabinet, exit sign, plant, bench.
	hose, err := render.Sign("FIRE", v(0, 1.25, 8.55), v(0, 0, 0.6), v(0, 0.25, 0), render.Hex(0xffffff))
	if err != nil {
		return nil, err
	}
	m.Box(&render.Material{Color: render.Hex(0xb8221c), Gloss: 0.2, Tex: hose}, v(-half, 0.75, 8.4), v(-half+0.14, 1.65, 9.3))
	exit, err := render.Sign("EXIT", v(-0.3, 2.44, 0), v(0.6, 0, 0), v(0, 0.22, 0), render.Hex(0xf4fff6))
	if err != nil {
		return nil, err
	}
	m.Box(&render.Material{Color: render.Hex(0x0c7a3c), Emit: 1.2, Tex: exit}, v(-0.38, 2.42, 17.9), v(0.38, 2.68, 17.98))
	w.Lights = append(w.Lights, render.Light{Pos: v(0, 2.5, 17.7), Color: render.Hex(0x30d070).Mul(0.25), Reach: 1.2, Fixed: true})
	pot, leaf := paint(0xd8d4ca), paint(0x4d8a45)
	m.Tube(pot, v(-1.35, 0, 12.6), v(-1.35, 0.45, 12.6), 0.17, 0.23, 12)
	for i := range 9 {
		s, c := math.Sincos(float64(i) * 0.7)
		m.Tube(leaf, v(-1.35, 0.4, 12.6), v(-1.35+0.28*c, 1.0+0.3*render.Hash(i, 1), 12.6+0.28*s), 0.02, 0.05, 5)
	}
	w.Blocks = append(w.Blocks, render.Block{Min: v(-1.55, 0, 12.4), Max: v(-1.15, 0.9, 12.8)})
	p.solid(paint(0x3d5a80), v(1.2, 0.38, 14.3), v(half, 0.46, 16))
	m.Box(frame, v(1.28, 0, 14.4), v(1.6, 0.38, 14.48))
	m.Box(frame, v(1.28, 0, 15.8), v(1.6, 0.38, 15.88))

	clerk := dress(0xdfe5ee, 0x2c3444, 0x14110f, 1.74)
	woman := dress(0x8a3b55, 0x26262c, 0x2a1a12, 1.66)
	carrier := dress(0x3f5f4a, 0x4a443c, 0x1c1612, 1.8)
	box := paint(0xb98a55)
	p.move = func(m *render.Mesh, t float64) []render.Light {
		stream(m, clerk, route{v(5.5, 0, 27.2), v(2.2, 0, 27.2), v(0.3, 0, 24.5), v(-0.35, 0, 16), v(-0.5, 0, 8), v(-0.6, 0, -2)}, 3, t)
		stream(m, woman, route{v(0.75, 0, -2), v(0.7, 0, 8), v(0.75, 0, 16), v(0.9, 0, 22), v(2.6, 0, 27.6), v(5.5, 0, 27.8)}, 3, math.Mod(t+5, Period))
		pos, yaw, g := pace(v(-0.9, 0, 20.5), v(-0.95, 0, 12.0), t, 0.9)
		g.reach = 0.5
		person(m, carrier, pos, yaw, g)
		m.Place(pos, yaw)
		m.Box(box, v(-0.22, 0.98, 0.24), v(0.22, 1.26, 0.56))
		return nil
	}
	return p, nil
}
