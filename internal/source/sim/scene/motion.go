package scene

import (
	"math"

	"watchroom/internal/source/sim/render"
)

// route is a smooth way through points on the floor.
type route []render.Vec

// at is the place and heading at fraction k of the route.
func (r route) at(k float64) (render.Vec, float64) {
	n := len(r) - 1
	f := min(max(k, 0), 1) * float64(n)
	i := min(int(f), n-1)
	u := f - float64(i)
	p0, p1, p2, p3 := r[max(i-1, 0)], r[i], r[i+1], r[min(i+2, n)]
	// Catmull and Rom's cubic.
	cubic := func(a, b, c, d float64) (float64, float64) {
		c1, c2, c3 := (c-a)/2, a-2.5*b+2*c-d/2, (d-a)/2+1.5*(b-c)
		return b + u*(c1+u*(c2+u*c3)), c1 + u*(2*c2+3*u*c3)
	}
	x, dx := cubic(p0.X, p1.X, p2.X, p3.X)
	z, dz := cubic(p0.Z, p1.Z, p2.Z, p3.Z)
	return v(x, 0, z), math.Atan2(dx, dz)
}

func (r route) length() float64 {
	sum := 0.0
	for i := 1; i < len(r); i++ {
		sum += r[i].Sub(r[i-1]).Len()
	}
	return sum
}

// stream walks n people in equal clothes along a route, each Period seconds
// behind the one before, so that the loop has no seam: where one person's part
// ends another's begins.
func stream(m *render.Mesh, l look, r route, n int, t float64) {
	length := r.length()
	for i := range n {
		k := (t + Period*float64(i)) / (Period * float64(n))
		p, yaw := r.at(k)
		strides := math.Round(length / 1.4 / float64(n))
		person(m, l, p, yaw, gait{swing: 2 * math.Pi * strides * (t/Period + float64(i)), step: 1})
	}
}

// pace is somebody who goes from a to b and back within the Period and stays a
// while at either end.
func pace(a, b render.Vec, t, stay float64) (p render.Vec, yaw float64, g gait) {
	go1 := Period/2 - stay
	d := b.Sub(a)
	there, back := math.Atan2(d.X, d.Z), math.Atan2(-d.X, -d.Z)
	strides := math.Round(d.Len()/1.35) * 2 * math.Pi
	ease := func(k float64) float64 { return k * k * (3 - 2*k) }
	turn := func(from float64, k float64) float64 { return from + math.Pi*ease(min(max(k, 0), 1)) }
	switch {
	case t < go1:
		k := ease(t / go1)
		return a.Lerp(b, k), there, gait{swing: strides * k, step: min(1, 4*min(t/go1, 1-t/go1))}
	case t < Period/2:
		k := (t - go1) / stay
		return b, turn(there, (k-0.7)/0.3), gait{reach: math.Sin(math.Pi * min(k/0.75, 1))}
	case t < Period/2+go1:
		u := (t - Period/2) / go1
		k := ease(u)
		return b.Lerp(a, k), back, gait{swing: strides * k, step: min(1, 4*min(u, 1-u))}
	default:
		k := (t - Period/2 - go1) / stay
		return a, turn(back, (k-0.7)/0.3), gait{}
	}
}

// wave swings between -1 and 1, whole times per Period.
func wave(t float64, times int, phase float64) float64 {
	return math.Sin(2*math.Pi*float64(times)*t/Period + phase)
}

// between is 0 before a, 1 after b, smooth in the middle.
func between(t, a, b float64) float64 {
	k := min(max((t-a)/(b-a), 0), 1)
	return k * k * (3 - 2*k)
}

// solid adds a box to the world that also casts a shadow on the floor.
func (p *place) solid(mat *render.Material, a, b render.Vec) {
	p.world.Mesh.Box(mat, a, b)
	p.world.Blocks = append(p.world.Blocks, render.Block{Min: a, Max: b})
}

// ground lays the floor and the light map over it.
func (p *place) ground(mat *render.Material, a, b render.Vec) {
	mat.Floor = true
	p.world.FloorMin, p.world.FloorMax = a, b
	p.world.Mesh.Poly(mat, v(a.X, 0, a.Z), v(a.X, 0, b.Z), v(b.X, 0, b.Z), v(b.X, 0, a.Z))
}

// tiles draws joints of the given size, pale lines of width w metres.
func tiles(p, q, size, w float64) float32 {
	edge := func(x float64) float64 { return math.Abs(x/size-math.Round(x/size)) * size }
	if edge(p) < w || edge(q) < w {
		return 1
	}
	return 0
}
