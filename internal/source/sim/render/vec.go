// Package render is a small software renderer: triangles with a depth buffer,
// per-pixel lamps and sun, a baked light map for the floor, shadows of what
// moves, glowing lamps, and lettering. It draws the simulator's places so that
// they look like places, and needs nothing but the Go compiler.
//
// The world is in metres, Y is up, a pose with yaw 0 looks along +Z and a
// positive yaw turns towards +X.
package render

import "math"

// Vec is a point or a direction in metres.
type Vec struct{ X, Y, Z float64 }

// V makes a vector.
func V(x, y, z float64) Vec { return Vec{x, y, z} }

// Add is v+o.
func (v Vec) Add(o Vec) Vec { return Vec{v.X + o.X, v.Y + o.Y, v.Z + o.Z} }

// Sub is v-o.
func (v Vec) Sub(o Vec) Vec { return Vec{v.X - o.X, v.Y - o.Y, v.Z - o.Z} }

// Mul is v scaled by k.
func (v Vec) Mul(k float64) Vec { return Vec{v.X * k, v.Y * k, v.Z * k} }

// Dot is the scalar product.
func (v Vec) Dot(o Vec) float64 { return v.X*o.X + v.Y*o.Y + v.Z*o.Z }

// Cross is the vector product.
func (v Vec) Cross(o Vec) Vec {
	return Vec{v.Y*o.Z - v.Z*o.Y, v.Z*o.X - v.X*o.Z, v.X*o.Y - v.Y*o.X}
}

// Len is the length.
func (v Vec) Len() float64 { return math.Sqrt(v.Dot(v)) }

// Norm is v with length 1; the null vector stays as it is.
func (v Vec) Norm() Vec {
	l := v.Len()
	if l == 0 {
		return v
	}
	return v.Mul(1 / l)
}

// Lerp goes from v (k=0) to o (k=1).
func (v Vec) Lerp(o Vec, k float64) Vec { return v.Add(o.Sub(v).Mul(k)) }

// RGB is linear light; 1 is white paper in full light.
type RGB struct{ R, G, B float32 }

// Hex reads an sRGB colour such as 0x3366cc into linear light.
func Hex(c uint32) RGB {
	f := func(b uint32) float32 { return float32(math.Pow(float64(b&0xff)/255, 2.2)) }
	return RGB{f(c >> 16), f(c >> 8), f(c)}
}

// Mul scales a colour.
func (c RGB) Mul(k float32) RGB { return RGB{c.R * k, c.G * k, c.B * k} }

// Add sums two colours.
func (c RGB) Add(o RGB) RGB { return RGB{c.R + o.R, c.G + o.G, c.B + o.B} }

// Times filters one colour through another.
func (c RGB) Times(o RGB) RGB { return RGB{c.R * o.R, c.G * o.G, c.B * o.B} }

// Mix goes from c (k=0) to o (k=1).
func (c RGB) Mix(o RGB, k float32) RGB {
	return RGB{c.R + (o.R-c.R)*k, c.G + (o.G-c.G)*k, c.B + (o.B-c.B)*k}
}

// Noise is smooth noise in 0…1 of two coordinates, for asphalt, concrete and leaves.
func Noise(x, y float64) float32 {
	xf, yf := math.Floor(x), math.Floor(y)
	u, v := x-xf, y-yf
	u, v = u*u*(3-2*u), v*v*(3-2*v)
	xi, yi := int64(xf), int64(yf)
	a := grain(xi, yi)*(1-u) + grain(xi+1, yi)*u
	b := grain(xi, yi+1)*(1-u) + grain(xi+1, yi+1)*u
	return float32(a*(1-v) + b*v)
}

func grain(x, y int64) float64 {
	h := uint64(x)*0x9e3779b97f4a7c15 ^ uint64(y)*0xc2b2ae3d27d4eb4f
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	h ^= h >> 32
	return float64(h&0xffff) / 65535
}

// Hash is a repeatable random number in 0…1 for a pair of integers.
func Hash(a, b int) float64 { return grain(int64(a)*7+3, int64(b)*13+5) }
