package scene

import (
	"math"

	"watchroom/internal/source/sim/render"
)

// gate is the north gate of a school on a clear morning: road, barrier, guard's
// booth, a sliding fence, trees and the main building.
func gate() (*place, error) {
	p := &place{
		pose: render.LookAt(v(6.2, 4.6, -8.5), v(-0.4, 1.1, 6), 1.12),
		away: 1.15,
	}
	w := &p.world
	w.AmbientUp, w.AmbientDown = render.Hex(0x9fb9d8).Mul(0.9), render.Hex(0x8a8578).Mul(0.5)
	w.DarkUp, w.DarkDown = w.AmbientUp, w.AmbientDown
	w.Sun = v(-0.55, 0.75, -0.45).Norm()
	w.SunColor = render.Hex(0xfff0d6).Mul(1.25)
	w.Fog, w.FogDensity = render.Hex(0xc4d6e8), 0.004
	w.Sky = func(d render.Vec) render.RGB {
		up := float32(max(d.Y, 0))
		c := render.Hex(0xdbe6ef).Mix(render.Hex(0x5e93cf), min(up*2.2, 1)).Mul(1.1)
		if d.Y > 0.01 {
			x, z := d.X/d.Y, d.Z/d.Y
			n := render.Noise(x*0.9, z*0.9)*0.6 + render.Noise(x*2.3, z*2.3)*0.3 + render.Noise(x*5, z*5)*0.1
			c = c.Mix(render.Hex(0xffffff).Mul(1.15), max(0, min((n-0.5)*3, 0.85))*min(up*5, 1))
		}
		return c
	}
	m := &w.Mesh

	asphalt, kerb, grass := render.Hex(0x686b70), render.Hex(0xb9b4a8), render.Hex(0x6b8a48)
	white := render.Hex(0xe8e8e4)
	paving := render.Hex(0xb4a898)
	p.ground(&render.Material{Color: asphalt, Tex: func(q render.Vec, c render.RGB) render.RGB {
		grain := 0.9 + 0.2*render.Noise(q.X*9, q.Z*9)
		ax := math.Abs(q.X)
		switch {
		case ax < 3.4:
			c = c.Mul(grain * (0.92 + 0.16*render.Noise(q.X*0.8, q.Z*0.5)))
			if math.Abs(ax-3.2) < 0.06 {
				c = white
			}
			if ax < 0.07 && (q.Z < 2.5 || q.Z > 9) && math.Mod(q.Z+100, 3) < 1.6 {
				c = white
			}
			if q.Z > 3.1 && q.Z < 3.5 && q.X < 0 {
				c = white // stop line
			}
			if q.Z > -4.5 && q.Z < -1.5 && math.Mod(q.X+100, 0.9) < 0.48 {
				c = white.Mul(0.95) // crossing
			}
		case ax < 3.6:
			c = kerb
		case ax < 6.8 || (q.Z > 4.5 && q.Z < 9.5):
			c = paving.Mul(0.95 + 0.1*render.Noise(q.X*6, q.Z*6))
			if tiles(q.X, q.Z, 0.5, 0.012) > 0 {
				c = c.Mul(0.8)
			}
		default:
			c = grass.Mul(0.75 + 0.5*render.Noise(q.X*5, q.Z*5))
		}
		return c
	}}, v(-45, 0, -20), v(45, 0, 70))

	// The wall on either side, with brick and cap; it opens on the road.
	brick := &render.Material{Color: render.Hex(0xa5543c), Tex: func(q render.Vec, c render.RGB) render.RGB {
		row := math.Floor(q.Y / 0.14)
		x := q.X + q.Z + 0.2*math.Mod(row, 2)
		if math.Mod(q.Y, 0.14) < 0.02 || math.Mod(x+100, 0.4) < 0.025 {
			return render.Hex(0xb8a898)
		}
		return c.Mul(0.8 + 0.4*float32(render.Hash(int(row), int(math.Floor(x/0.4)))))
	}}
	stone := paint(0xd8d2c4)
	for _, r := range [][2]float64{{-40, -7.6}, {8.6, 40}} {
		p.solid(brick, v(r[0], 0, 6.3), v(r[1], 2.1, 6.7))
		p.solid(stone, v(r[0], 2.1, 6.2), v(r[1], 2.28, 6.8))
	}
	plate := &render.Material{Color: render.Hex(0x8a1f1c), Gloss: 0.2}
	letters, err := render.Sign("No.3 MIDDLE SCHOOL", v(-7.2, 1.62, 5.9), v(3.0, 0, 0), v(0, 0.5, 0), render.Hex(0xf2d27a))
	if err != nil {
		return nil, err
	}
	plate.Tex = letters
	p.solid(stone, v(-7.6, 0, 5.95), v(-3.9, 2.7, 7))
	m.Box(plate, v(-7.35, 1.5, 5.9), v(-4.1, 2.3, 5.96))
	p.solid(stone, v(-7.8, 2.7, 5.85), v(-3.7, 2.9, 7.1))

	// The folded sliding fence.
	steel := glossy(0xc9ced4, 0.4)
	for i := range 9 {
		z := 7.3 + 0.26*float64(i)
		m.Box(steel, v(-3.9, 0.05, z), v(-3.75, 1.25, z+0.05))
		m.Box(steel, v(-3.15, 0.05, z), v(-3.0, 1.25, z+0.05))
		m.Box(paint(0xc03a2e), v(-3.9, 1.1, z), v(-3.0, 1.22, z+0.05))
		m.Box(steel, v(-3.9, 0.5, z), v(-3.0, 0.56, z+0.05))
	}

	// The booth.
	booth := paint(0xe6e8ea)
	p.solid(booth, v(4.3, 0, 5.2), v(7.6, 1.0, 8.2))
	p.solid(booth, v(4.3, 2.3, 5.2), v(7.6, 2.6, 8.2))
	glass := &render.Material{Color: render.Hex(0x2f4656), Gloss: 0.6, Tex: func(q render.Vec, c render.RGB) render.RGB {
		return c.Mix(render.Hex(0xa9c4d8), float32(0.25+0.35*math.Mod((q.X+q.Y*0.6+q.Z)*0.7, 1)))
	}}
	m.Box(glass, v(4.36, 1, 5.26), v(7.54, 2.3, 8.14))
	for _, x := range []float64{4.3, 5.9, 7.5} {
		m.Box(booth, v(x, 1, 5.2), v(x+0.1, 2.3, 5.3))
	}
	m.Box(booth, v(4.3, 1, 8.1), v(4.4, 2.3, 8.2))
	p.solid(paint(0x2b5fa8), v(3.9, 2.6, 4.8), v(8, 2.85, 8.6))
	sign, err := render.Sign("SECURITY", v(4.9, 2.62, 4.79), v(1.9, 0, 0), v(0, 0.22, 0), render.Hex(0xffffff))
	if err != nil {
		return nil, err
	}
	m.Poly(&render.Material{Color: render.Hex(0x2b5fa8), Tex: sign}, v(3.9, 2.6, 4.795), v(8, 2.6, 4.795), v(8, 2.85, 4.795), v(3.9, 2.85, 4.795))

	// The main building with its windows.
	wall := &render.Material{Color: render.Hex(0xe2d8c6), Tex: func(q render.Vec, c render.RGB) render.RGB {
		fx, fy := math.Mod(q.X+60, 2.6), math.Mod(q.Y, 3.4)
		if q.Y > 1 && q.Y < 13.4 && fx > 0.5 && fx < 2.1 && fy > 0.9 && fy < 2.7 {
			if math.Abs(fx-1.3) < 0.05 || math.Abs(fy-2.2) < 0.04 {
				return render.Hex(0xf4f4f2)
			}
			k := float32(render.Hash(int(math.Floor((q.X+60)/2.6)), int(q.Y/3.4)))
			return render.Hex(0x34495c).Mix(render.Hex(0x9fbcd4), 0.2+0.5*k*float32(fy-0.9)/1.8)
		}
		if fy < 0.16 {
			return render.Hex(0xb46a4a)
		}
		return c.Mul(0.97 + 0.06*render.Noise(q.X, q.Y))
	}}
	p.solid(wall, v(-24, 0, 40), v(24, 13.8, 52))
	m.Box(paint(0x8c5a48), v(-24.5, 13.8, 39.5), v(24.5, 14.4, 52.5))
	p.solid(stone, v(-4, 0, 36.5), v(4, 4.2, 40))
	m.Box(paint(0x39424c), v(-2.6, 0, 36.4), v(2.6, 3.2, 36.6))
	// The flagpole.
	m.Tube(steel, v(-10, 0, 28), v(-10, 11, 28), 0.08, 0.05, 8)

	leaf := func(hex uint32) *render.Material {
		return &render.Material{Color: render.Hex(hex), Tex: func(q render.Vec, c render.RGB) render.RGB {
			return c.Mul(0.55 + 0.9*render.Noise(q.X*7+q.Z*3, q.Y*7-q.Z*3))
		}}
	}
	greens := []*render.Material{leaf(0x4f7d3a), leaf(0x5f8f42), leaf(0x44703a)}
	for i, t := range [][2]float64{{-9.5, 10.5}, {-12, 17}, {-8.6, 24}, {9.5, 12.5}, {10.6, 19}, {12, 27}, {-15, 9}, {16, 10}, {-19, 14}, {20, 16}, {-26, 12}, {26, 12}} {
		g := greens[i%3]
		x, z, h := t[0], t[1], 3.2+1.2*render.Hash(i, 9)
		m.Tube(paint(0x5e4a3a), v(x, 0, z), v(x, h, z), 0.2, 0.13, 8)
		for k := range 6 {
			a := float64(k) * 1.05
			s, c := math.Sincos(a)
			m.Ball(g, v(x+1.0*c, h+0.5+0.9*render.Hash(i, k), z+1.0*s), v(1.2, 1.0, 1.2), 7)
		}
		w.Blocks = append(w.Blocks, render.Block{Min: v(x-1.6, h-0.2, z-1.6), Max: v(x+1.6, h+2, z+1.6)})
	}
	hedge := leaf(0x4a7438)
	for _, x := range []float64{-7.4, 7.0} {
		p.solid(hedge, v(x, 0, 10), v(x+0.7, 0.8, 36))
	}

	body, arm, red := paint(0xe09a1c), paint(0xf2f2f0), paint(0xc8281e)
	visitor := carOf(0xb02a26, false, false)
	guard := dress(0x23314a, 0x1d2636, 0x141414, 1.78)
	guard.hat, guard.shoe = paint(0x1a2436), paint(0x101010)
	pupil := dress(0x2d62b8, 0x22366a, 0x15120f, 1.62)
	pupil.bag = paint(0xd0583a)
	teacher := dress(0xcfc8ba, 0x3a3a42, 0x1a1512, 1.72)
	p.move = func(m *render.Mesh, t float64) []render.Light {
		lift := between(t, 2.4, 3.6) - between(t, 6.2, 7.4)
		m.Place(v(3.75, 0, 5.2), 0)
		m.Box(body, v(-0.18, 0, -0.18), v(0.18, 1.1, 0.18))
		s, c := math.Sincos(lift * 1.42)
		for i := range 8 {
			mat := arm
			if i%2 == 1 {
				mat = red
			}
			a, b := 0.1+float64(i)*0.8, 0.1+float64(i+1)*0.8
			m.Tube(mat, v(-a*c, 0.95+a*s, -0.25), v(-b*c, 0.95+b*s, -0.25), 0.055, 0.055, 8)
		}
		in := route{v(-1.6, 0, -26), v(-1.6, 0, -8), v(-1.6, 0, 0.4), v(-1.6, 0, 0.6)}
		out := route{v(-1.6, 0, 0.6), v(-1.5, 0, 10), v(-1.6, 0, 22), v(0.5, 0, 31), v(9, 0, 35), v(24, 0, 36), v(40, 0, 36)}
		if t < 3.8 {
			k := 1 - math.Pow(1-min(t/2.8, 1), 2)
			pos, yaw := in.at(k)
			car(m, visitor, pos, yaw, pos.Z/0.33)
		} else {
			k := (t - 3.8) / (Period - 3.8)
			pos, yaw := out.at(k * (0.55 + 0.45*k))
			car(m, visitor, pos, yaw, pos.Z/0.33)
		}
		look := between(t, 1.2, 2.2) - between(t, 5, 6)
		person(m, guard, v(4.0, 0, 3.6), -1.6-0.5*look+0.05*wave(t, 2, 0), gait{reach: look * (0.7 + 0.3*wave(t, 4, 0)), swing: 0})
		stream(m, pupil, route{v(4.9, 0, -14), v(5.1, 0, -4), v(4.6, 0, 1), v(1.8, 0, 6.5), v(3.9, 0, 13), v(4.6, 0, 24), v(3, 0, 36.5)}, 4, t)
		stream(m, teacher, route{v(-2.4, 0, 36.5), v(-5.0, 0, 24), v(-4.8, 0, 12), v(-2.6, 0, 8), v(-2.7, 0, 5), v(-5.1, 0, 1), v(-5.2, 0, -3), v(-13, 0, -5)}, 4, math.Mod(t+4, Period))
		return nil
	}
	return p, nil
}
