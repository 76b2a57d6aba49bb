package scene

import (
	"math"

	"watchroom/internal/source/sim/render"
)

// carpark is a car park at night: sodium lamps, parked cars, one that drives
// past with its headlights on, somebody on the way to theirs.
func carpark() (*place, error) {
	p := &place{
		pose: render.LookAt(v(-10.5, 5.6, -4.5), v(1.0, 0.4, 12), 1.16),
		away: 1.2,
	}
	w := &p.world
	w.AmbientUp, w.AmbientDown = render.Hex(0x6a84b8).Mul(0.16), render.Hex(0x8a7450).Mul(0.12)
	w.DarkUp, w.DarkDown = render.Hex(0x5a74a8).Mul(0.05), render.Hex(0x5a74a8).Mul(0.02)
	w.Fog, w.FogDensity = render.Hex(0x141c2c), 0.006
	w.Sky = func(d render.Vec) render.RGB {
		c := render.Hex(0x2a3348).Mix(render.Hex(0x0a0f1c), float32(min(max(d.Y, 0)*2.4, 1)))
		east, up := math.Atan2(d.X, d.Z)*math.Hypot(d.X, d.Z)*420, math.Asin(d.Y)*420
		if star := render.Hash(int(math.Floor(east)), int(math.Floor(up))); d.Y > 0.12 && star > 0.9992 {
			c = c.Add(render.Hex(0xc8d4ff).Mul(0.25))
		}
		return c
	}
	m := &w.Mesh
	white := render.Hex(0xd8d8d2)
	bay := func(q render.Vec) bool {
		for _, row := range [][2]float64{{12, 17}, {17, 22}, {0.2, 4.6}} {
			if q.Z > row[0] && q.Z < row[1] && math.Abs(math.Mod(q.X+52, 2.6)-1.3) > 1.24 {
				return true
			}
		}
		return math.Abs(q.Z-17) < 0.06
	}
	p.ground(&render.Material{Color: render.Hex(0x55585e), Tex: func(q render.Vec, c render.RGB) render.RGB {
		c = c.Mul(0.8 + 0.2*render.Noise(q.X*8, q.Z*8) + 0.25*render.Noise(q.X*0.6, q.Z*0.6))
		if math.Abs(q.X) < 24 && bay(q) {
			return white.Mul(0.85)
		}
		// Arrows on the lane.
		x, z := math.Mod(q.X+49, 12)-2, math.Abs(q.Z-8.3)
		if x > 0 && x < 2.4 && (x < 1.6 && z < 0.09 || x >= 1.6 && z < (2.4-x)*0.5) {
			return white.Mul(0.8)
		}
		if q.Z > 22.4 {
			c = render.Hex(0x3f5534).Mul(0.7 + 0.5*render.Noise(q.X*4, q.Z*4))
		}
		return c
	}}, v(-40, 0, -16), v(40, 0, 46))
	m.Box(paint(0x9a958a), v(-40, 0, 22.2), v(40, 0.14, 22.5))

	// The office block behind, a few windows lit.
	m.Box(&render.Material{Color: render.Hex(0x4a4c55), Tex: func(q render.Vec, c render.RGB) render.RGB {
		fx, fy := math.Mod(q.X+80, 2.4), math.Mod(q.Y, 3.2)
		if q.Y < 15.6 && fx > 0.35 && fx < 2.05 && fy > 0.9 && fy < 2.5 {
			i, j := int((q.X+80)/2.4), int(q.Y/3.2)
			switch k := render.Hash(i, j*3); {
			case k > 0.86:
				return render.Hex(0xffe2a8).Mul(7 + 3*float32(fy-0.9))
			case k > 0.8:
				return render.Hex(0xcfe4ff).Mul(6)
			}
			return render.Hex(0x1a2230)
		}
		return c
	}}, v(-26, 0, 34), v(22, 16, 44))
	name, err := render.Sign("WEST TOWER", v(-4.5, 13.2, 0), v(9, 0, 0), v(0, 1.9, 0), render.Hex(0x6fb8ff).Mul(1.4))
	if err != nil {
		return nil, err
	}
	m.Poly(&render.Material{Color: render.Hex(0x14181f), Emit: 1, Tex: name}, v(-5, 13, 33.95), v(5, 13, 33.95), v(5, 15.3, 33.95), v(-5, 15.3, 33.95))
	leaf := &render.Material{Color: render.Hex(0x3f6034), Tex: func(q render.Vec, c render.RGB) render.RGB {
		return c.Mul(0.5 + 0.9*render.Noise(q.X*7+q.Z*3, q.Y*7-q.Z*3))
	}}
	for i := range 9 {
		x := -20 + 5.2*float64(i)
		m.Tube(paint(0x4a3c30), v(x, 0, 25), v(x, 2.4, 25), 0.14, 0.1, 7)
		m.Ball(leaf, v(x, 3.2, 25), v(1.4, 1.3, 1.4), 7)
		m.Ball(leaf, v(x+0.7, 2.9, 25.4), v(1.0, 0.9, 1.0), 6)
	}

	pole := paint(0x6a6e72)
	for _, l := range [][2]float64{{-13, 17}, {-2.6, 17}, {7.8, 17}, {18, 17}, {-6, 5.2}, {8, 5.2}} {
		x, z := l[0], l[1]
		m.Tube(pole, v(x, 0, z), v(x, 6.2, z), 0.09, 0.06, 8)
		for s := -1.0; s <= 1; s += 2 {
			m.Tube(pole, v(x, 6.1, z), v(x, 6.4, z+s*1.3), 0.05, 0.04, 6)
			m.Box(lampMat(0xffd890, 5), v(x-0.14, 6.33, z+s*1.3-0.35), v(x+0.14, 6.4, z+s*1.3+0.35))
			w.Lights = append(w.Lights, render.Light{Pos: v(x, 6.25, z+s*1.3), Color: render.Hex(0xffc470).Mul(1.25), Reach: 3.4, Glow: 1.5, Down: true})
		}
	}
	// The ticket machine and a camera sign.
	p.solid(glossy(0x2d6cb0, 0.3), v(-4.3, 0, 6.0), v(-3.7, 1.6, 6.4))
	m.Box(glowMat(0x9fe0ff, 1.4), v(-4.2, 1.1, 5.97), v(-3.8, 1.4, 6.01))

	colours := []uint32{0xc8ccd0, 0x24282e, 0x7a1f22, 0x2a4a7c, 0xe4e4e0, 0x5a5f64, 0x3a5a48, 0x8c8f94}
	park := func(i int, x, z, yaw float64) {
		c := carOf(colours[int(render.Hash(i, 11)*8)], false, render.Hash(i, 12) > 0.82)
		m := &w.Mesh
		car(m, c, v(x, 0, z), yaw, 0.4)
		m.Place(v(0, 0, 0), 0)
		top := 1.3
		w.Blocks = append(w.Blocks, render.Block{Min: v(x-0.85, 0.2, z-2.1), Max: v(x+0.85, top, z+2.1)})
	}
	for k := range 15 {
		x := -19.5 + 2.6*float64(k) - 1.3 + 1.3
		if render.Hash(k, 21) > 0.3 {
			park(k, x, 14.5, math.Pi)
		}
		if render.Hash(k, 22) > 0.35 {
			park(k+40, x, 19.5, 0)
		}
		if render.Hash(k, 23) > 0.55 && x > -4 {
			park(k+80, x, 2.4, 0)
		}
	}

	moving := carOf(0xb8bec4, true, false)
	walker := dress(0x8a4a30, 0x28303c, 0x15110e, 1.76)
	guard := dress(0x232c40, 0x1c2230, 0x101010, 1.8)
	guard.hat, guard.vest = paint(0x1a2030), glowMat(0xd0e030, 0.12)
	p.move = func(m *render.Mesh, t float64) []render.Light {
		x := -40 + 68*t/Period
		pos := v(x, 0, 7.4+0.25*wave(t, 1, 0))
		car(m, moving, pos, math.Pi/2, x/0.33)
		stream(m, walker, route{v(24, 0, 10.6), v(10, 0, 10.8), v(-2, 0, 10.4), v(-9, 0, 9.9), v(-22, 0, 9.0)}, 3, t)
		gp, yaw, g := pace(v(-2.5, 0, 5.4), v(-8.2, 0, 4.5), t, 2.2)
		g.reach = 0.7
		person(m, guard, gp, yaw, g)
		s, c := math.Sincos(yaw)
		lamp := gp.Add(v(0.2*c+0.45*s, 1.25, -0.2*s+0.45*c))
		beams(m, pos, math.Pi/2)
		torch(m, gp, yaw)
		lights := []render.Light{{Pos: lamp, Color: render.Hex(0xfff8e0), Glow: 0.22}}
		for s := -1.0; s <= 1; s += 2 {
			lights = append(lights,
				render.Light{Pos: pos.Add(v(2.3, 0.66, s*0.78)), Color: render.Hex(0xfff0d0), Glow: 0.7},
				render.Light{Pos: pos.Add(v(-2.3, 0.76, s*0.76)), Color: render.Hex(0xff3020), Glow: 0.3})
		}
		return lights
	}
	return p, nil
}

// torch is the light that a guard's hand lamp throws on the ground.
func torch(m *render.Mesh, p render.Vec, yaw float64) {
	s, c := math.Sincos(yaw)
	spot := p.Add(v(s*3.2, 0, c*3.2))
	m.Place(v(spot.X, 0.02, spot.Z), yaw)
	m.Poly(&render.Material{Add: func(q render.Vec) render.RGB {
		d := q.Sub(spot)
		d.Y = 0
		return render.Hex(0xfff4d8).Mul(float32(math.Exp(-d.Dot(d)*1.1)*max(0, 1-d.Dot(d)/3.6)) * 0.3)
	}}, v(-2, 0, -2), v(-2, 0, 2), v(2, 0, 2), v(2, 0, -2))
}
