package scene

import (
	"math"

	"watchroom/internal/source/sim/render"
)

// warehouse is a hall with pallet racks, a forklift at work, yellow lanes on the
// concrete and a roller door open to the daylight.
func warehouse() (*place, error) {
	const wide, high, deep = 10.0, 8.2, 40.0
	p := &place{
		pose: render.LookAt(v(2.7, 5.0, -3.2), v(-0.5, 0.9, 10), 1.14),
		away: 1.1,
	}
	w := &p.world
	w.AmbientUp, w.AmbientDown = render.Hex(0xe4e8ee).Mul(0.3), render.Hex(0xc8c0b4).Mul(0.32)
	w.DarkUp, w.DarkDown = render.Hex(0x8aa0c0).Mul(0.035), render.Hex(0x8aa0c0).Mul(0.025)
	for z := 1.0; z < deep; z += 7 {
		w.Lights = append(w.Lights, render.Light{Pos: v(0, high-1.0, z), Color: render.Hex(0xfff2da).Mul(1.6), Reach: 4.4, Glow: 0.9, Down: true})
	}
	w.Lights = append(w.Lights, render.Light{Pos: v(0, 2.5, deep-0.5), Color: render.Hex(0xdce9ff).Mul(1.1), Reach: 5, Fixed: true})
	w.Fog, w.FogDensity = render.Hex(0x8f949a), 0.004
	m := &w.Mesh

	yellow := render.Hex(0xe0b020)
	p.ground(&render.Material{Color: render.Hex(0x9a9892), Gloss: 0.05, Tex: func(q render.Vec, c render.RGB) render.RGB {
		c = c.Mul(0.82 + 0.2*render.Noise(q.X*0.7, q.Z*0.7) + 0.12*render.Noise(q.X*6, q.Z*6))
		ax := math.Abs(q.X)
		if ax > 2.55 && ax < 2.7 {
			return yellow
		}
		if tiles(q.X+2.5, q.Z, 5, 0.015) > 0 {
			return c.Mul(0.6)
		}
		if q.Z > 11.6 && q.Z < 13.4 && ax < 2.55 && math.Mod(q.X+20, 0.8) < 0.4 {
			return render.Hex(0xdcdad2).Mul(0.9)
		}
		return c
	}}, v(-wide, 0, -6), v(wide, 0, deep))
	sheet := &render.Material{Color: render.Hex(0xb6bcc0), Tex: func(q render.Vec, c render.RGB) render.RGB {
		if q.Y < 1.2 {
			c = render.Hex(0x7c8a94)
		}
		return c.Mul(0.86 + 0.14*float32(math.Abs(math.Sin((q.X+q.Z)*9))))
	}}
	m.Poly(sheet, v(-wide, 0, -6), v(-wide, high, -6), v(-wide, high, deep), v(-wide, 0, deep))
	m.Poly(sheet, v(wide, 0, -6), v(wide, high, -6), v(wide, high, deep), v(wide, 0, deep))
	m.Poly(sheet, v(-wide, 0, deep), v(-wide, high, deep), v(wide, high, deep), v(wide, 0, deep))
	m.Poly(paint(0x6d7276), v(-wide, high, -6), v(-wide, high, deep), v(wide, high, deep), v(wide, high, -6))
	for z := 0.0; z < deep; z += 7 {
		m.Box(paint(0x555a5e), v(-wide, high-0.6, z+3), v(wide, high-0.3, z+3.25))
	}
	for z := 1.0; z < deep; z += 7 {
		m.Tube(paint(0x3c4044), v(0, high-0.85, z), v(0, high-0.3, z), 0.3, 0.12, 12)
		m.Ball(lampMat(0xfff4e0, 4), v(0, high-0.95, z), v(0.24, 0.12, 0.24), 6)
	}
	// The roller door, half open.
	m.Box(glowMat(0xdfeafa, 1.5), v(-2.2, 0, deep-0.06), v(2.2, 3.0, deep-0.02))
	m.Box(&render.Material{Color: render.Hex(0x8c949a), Tex: func(q render.Vec, c render.RGB) render.RGB {
		return c.Mul(0.7 + 0.3*float32(math.Abs(math.Sin(q.Y*18))))
	}}, v(-2.3, 3.0, deep-0.12), v(2.3, 4.6, deep-0.04))
	for s := -1.0; s <= 1; s += 2 {
		m.Box(&render.Material{Color: yellow, Tex: func(q render.Vec, c render.RGB) render.RGB {
			if math.Mod(q.Y+q.X+10, 0.6) < 0.3 {
				return render.Hex(0x202020)
			}
			return c
		}}, v(s*2.4-0.12, 0, deep-0.3), v(s*2.4+0.12, 3.2, deep-0.02))
	}
	dock, err := render.Sign("DOCK 2", v(-1.3, 4.9, 0), v(2.6, 0, 0), v(0, 0.9, 0), render.Hex(0xf0d048))
	if err != nil {
		return nil, err
	}
	m.Box(&render.Material{Color: render.Hex(0x24456c), Tex: dock}, v(-1.6, 4.8, deep-0.12), v(1.6, 5.9, deep-0.06))

	// Racks: blue posts, orange beams, pallets with goods.
	post, beam, pallet := paint(0x23508f), paint(0xd9691e), paint(0xa07848)
	carton := func(hex uint32) *render.Material {
		return &render.Material{Color: render.Hex(hex), Tex: func(q render.Vec, c render.RGB) render.RGB {
			if math.Abs(math.Mod(q.Y+20, 0.5)-0.25) < 0.012 || math.Abs(math.Mod(q.Z+20, 0.6)-0.3) < 0.012 {
				return c.Mul(0.62)
			}
			return c.Mul(0.92 + 0.12*render.Noise(q.Y*3, q.Z*3))
		}}
	}
	goods := []*render.Material{carton(0xb98d5a), carton(0xc49a66), carton(0xa87c4c), carton(0xd8d6d0), carton(0x5f7f9c), carton(0x7f9a5c)}
	for s := -1.0; s <= 1; s += 2 {
		x0, x1 := s*3.3, s*4.5
		lo, hi := min(x0, x1), max(x0, x1)
		for k := range 13 {
			z := 1.0 + 2.8*float64(k)
			for _, x := range []float64{x0, x1} {
				m.Box(post, v(x-0.06, 0, z-0.06), v(x+0.06, 6.2, z+0.06))
			}
			if k == 12 {
				break
			}
			for level := range 4 {
				y := 1.75 * float64(level)
				if level > 0 {
					for _, x := range []float64{x0, x1} {
						m.Box(beam, v(x-0.04, y-0.14, z), v(x+0.04, y, z+2.8))
					}
				}
				if level == 3 {
					continue
				}
				for slot := range 2 {
					h := render.Hash(k*8+level*2+slot, int(s)+5)
					if h < 0.14 {
						continue
					}
					zz := z + 0.15 + 1.32*float64(slot)
					m.Box(pallet, v(lo+0.06, y+0.02, zz), v(hi-0.06, y+0.14, zz+1.18))
					top := y + 0.14 + 0.55 + 0.75*render.Hash(k*3+slot, level)
					m.Box(goods[int(h*97)%6], v(lo+0.1, y+0.14, zz+0.05), v(hi-0.1, top, zz+1.12))
				}
			}
		}
		w.Blocks = append(w.Blocks, render.Block{Min: v(lo, 0.1, 1), Max: v(hi, 6, 34.6)})
	}
	for i, b := range [][3]float64{{-1.9, 26, 1.1}, {1.9, 30, 0.9}, {-1.9, 31.5, 1.3}} {
		p.solid(pallet, v(b[0]-0.6, 0.02, b[1]), v(b[0]+0.6, 0.14, b[1]+1.2))
		p.solid(goods[i], v(b[0]-0.55, 0.14, b[1]+0.05), v(b[0]+0.55, b[2], b[1]+1.15))
	}

	worker := dress(0x3b4a5c, 0x2c3440, 0x15120f, 1.78)
	worker.hat, worker.vest = glossy(0xf0c020, 0.2), glowMat(0xd8e838, 0.25)
	clerk := dress(0x5a5248, 0x33383e, 0x15120f, 1.7)
	clerk.hat, clerk.vest = glossy(0xf4f4f0, 0.2), glowMat(0xf08028, 0.25)
	driver := dress(0x2c3a52, 0x2c3440, 0x15120f, 1.72)
	driver.hat = glossy(0xf0c020, 0.2)
	fork := forkliftLook()
	board := paint(0xe8e4d8)
	p.move = func(m *render.Mesh, t float64) []render.Light {
		go1 := between(t, 0, 4.4) - between(t, 5.4, 9.6)
		z := 30 - 21.5*go1
		forklift(m, fork, goods[1], driver, v(0.55, 0, z), math.Pi, -z/0.3, 0.12+0.5*(between(t, 4.2, 5)-between(t, 9, 10)))
		pos, yaw, g := pace(v(-2.0, 0, 19.5), v(-2.05, 0, 7.2), t, 1.0)
		person(m, worker, pos, yaw, g)
		person(m, clerk, v(2.15, 0, 10.5), 1.4+0.15*wave(t, 1, 0.5), gait{reach: 0.8 + 0.1*wave(t, 3, 0)})
		m.Place(v(2.15, 0, 10.5), 1.4)
		m.Box(board, v(0.04, 1.2, 0.38), v(0.3, 1.22, 0.64))
		stream(m, clerk, route{v(-6.8, 0, 36.5), v(-1, 0, 36), v(2, 0, 36.4), v(7.4, 0, 36.3)}, 1, t)
		var beacon []render.Light
		if math.Mod(t, 1) < 0.5 {
			beacon = append(beacon, render.Light{Pos: v(0.55, 2.28, z+0.2), Color: render.Hex(0xffa020), Reach: 1, Glow: 0.5})
		}
		return beacon
	}
	return p, nil
}

type forkLook struct{ body, dark, steel, tyre, beacon *render.Material }

func forkliftLook() forkLook {
	return forkLook{glossy(0xe88a14, 0.3), paint(0x26282c), paint(0x54585e), paint(0x151517), glowMat(0xffb030, 1.5)}
}

// forklift draws a counterbalance truck with a load on forks lift metres high.
func forklift(m *render.Mesh, c forkLook, load *render.Material, driver look, p render.Vec, yaw, roll, lift float64) {
	m.Place(p, yaw)
	m.Prism(c.body, -0.55, 0.55, [][2]float64{{-1.2, 0.25}, {-1.25, 0.9}, {-1.0, 1.05}, {-0.45, 1.05}, {-0.4, 0.25}}...)
	m.Box(c.body, v(-0.55, 0.25, -0.5), v(0.55, 0.55, 0.75))
	m.Box(c.dark, v(-0.5, 0.55, 0.5), v(0.5, 1.0, 0.75))
	m.Box(c.dark, v(-0.3, 0.8, -0.5), v(0.3, 0.92, 0.05))
	for s := -1.0; s <= 1; s += 2 {
		m.Tube(c.dark, v(s*0.5, 1.0, 0.68), v(s*0.46, 2.15, 0.35), 0.035, 0.035, 6)
		m.Tube(c.dark, v(s*0.5, 1.0, -0.9), v(s*0.46, 2.15, -0.6), 0.035, 0.035, 6)
		m.Box(c.steel, v(s*0.28-0.06, 0.1, 0.8), v(s*0.28+0.06, 2.3, 0.95))
		m.Box(c.steel, v(s*0.25-0.06, lift, 0.95), v(s*0.25+0.06, lift+0.05, 2.05))
		for _, z := range []float64{-0.85, 0.6} {
			m.Tube(c.tyre, v(s*0.42, 0.3, z), v(s*0.62, 0.3, z), 0.3, 0.3, 14)
			m.Tube(c.body, v(s*0.61, 0.3, z), v(s*0.635, 0.3, z), 0.15, 0.14, 8)
			sn, cs := math.Sincos(roll)
			d := v(0, sn, cs).Mul(0.14)
			m.Tube(c.dark, v(s*0.64, 0.3, z).Sub(d), v(s*0.64, 0.3, z).Add(d), 0.025, 0.025, 4)
		}
	}
	m.Box(c.dark, v(-0.5, 2.13, -0.65), v(0.5, 2.18, 0.4))
	m.Tube(c.beacon, v(0, 2.18, -0.2), v(0, 2.3, -0.2), 0.07, 0.06, 8)
	m.Box(c.steel, v(-0.5, lift, 0.93), v(0.5, lift+0.5, 0.99))
	m.Box(paint(0xa07848), v(-0.55, lift+0.05, 1.0), v(0.55, lift+0.17, 2.1))
	m.Box(load, v(-0.5, lift+0.17, 1.04), v(0.5, lift+0.95, 2.05))
	person(m, driver, p.Add(v(0, 0.42, 0)).Add(v(-0.2*math.Sin(yaw), 0, -0.2*math.Cos(yaw))), yaw, gait{sit: true})
}
