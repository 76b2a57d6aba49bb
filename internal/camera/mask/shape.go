package mask

import "slices"

// cross is positive where c lies left of the line from a to b, 0 where it lies on it.
func cross(a, b, c Point) int { return (b.X-a.X)*(c.Y-a.Y) - (b.Y-a.Y)*(c.X-a.X) }

// on tells whether c, which is on the line through a and b, lies between the two.
func on(a, b, c Point) bool {
	return min(a.X, b.X) <= c.X && c.X <= max(a.X, b.X) && min(a.Y, b.Y) <= c.Y && c.Y <= max(a.Y, b.Y)
}

// meet tells whether two lines from one point to another have a point in common.
func meet(a, b, c, d Point) bool {
	p, q, r, s := sign(cross(a, b, c)), sign(cross(a, b, d)), sign(cross(c, d, a)), sign(cross(c, d, b))
	return p != q && r != s || p == 0 && on(a, b, c) || q == 0 && on(a, b, d) || r == 0 && on(c, d, a) || s == 0 && on(c, d, b)
}

func sign(n int) int {
	switch {
	case n > 0:
		return 1
	case n < 0:
		return -1
	}
	return 0
}

// edge gives the ends of the i-th line of an outline.
func edge(all []Point, i int) (a, b Point) { return all[i], all[(i+1)%len(all)] }

// simple tells whether points are the outline of an area within the picture: no two of its lines
// meet but neighbours, and those in their common point alone.
func simple(all []Point) bool {
	if len(all) < leastPoints || len(all) > mostPoints {
		return false
	}
	if slices.ContainsFunc(all, func(p Point) bool { return p.X < 0 || p.X > Whole || p.Y < 0 || p.Y > Whole }) {
		return false
	}
	for i := range all {
		a, b := edge(all, i)
		if a == b {
			return false
		}
		_, c := edge(all, (i+1)%len(all))
		if cross(a, b, c) == 0 && (on(a, b, c) || on(b, c, a)) { // it goes back on itself
			return false
		}
		for j := i + 2; j < len(all); j++ {
			if i == 0 && j == len(all)-1 { // neighbours around the beginning
				continue
			}
			if c, d := edge(all, j); meet(a, b, c, d) {
				return false
			}
		}
	}
	return true
}

// within tells whether an outline lies within another, lines that coincide included. The inner is
// taken apart where it meets a line of the outer: each piece is inside, or on a line, as a whole or
// not at all, and an outline whose lines are all in an area without holes is in it. What rounding
// leaves open is less than a millionth of a point.
func within(inner, outer []Point) bool {
	for i := range inner {
		a, b := edge(inner, i)
		cuts := []float64{0, 1}
		for j := range outer {
			c, d := edge(outer, j)
			ca, cb := cross(c, d, a), cross(c, d, b)
			if ca != cb {
				cuts = append(cuts, float64(ca)/float64(ca-cb))
				continue
			}
			for _, p := range []Point{c, d} { // they run side by side
				cuts = append(cuts, along(a, b, p))
			}
		}
		slices.Sort(cuts)
		for k := 1; k < len(cuts); k++ {
			if cuts[k-1] < 0 || cuts[k] > 1 || cuts[k]-cuts[k-1] < 1e-12 {
				continue
			}
			if t := (cuts[k-1] + cuts[k]) / 2; !inside(float64(a.X)+t*float64(b.X-a.X), float64(a.Y)+t*float64(b.Y-a.Y), outer) {
				return false
			}
		}
	}
	return true
}

// along is how far along the line from a to b the place beside p is, 0 at a and 1 at b.
func along(a, b, p Point) float64 {
	dx, dy := b.X-a.X, b.Y-a.Y
	return float64((p.X-a.X)*dx+(p.Y-a.Y)*dy) / float64(dx*dx+dy*dy)
}

// inside tells whether a place is in an outline or on one of its lines.
func inside(x, y float64, all []Point) bool {
	odd := false
	for i := range all {
		a, b := edge(all, i)
		ax, ay, bx, by := float64(a.X), float64(a.Y), float64(b.X), float64(b.Y)
		dx, dy := bx-ax, by-ay
		t := min(max(((x-ax)*dx+(y-ay)*dy)/(dx*dx+dy*dy), 0), 1)
		if ex, ey := x-ax-t*dx, y-ay-t*dy; ex*ex+ey*ey < 1e-12 {
			return true
		}
		if (ay > y) != (by > y) && x < ax+(y-ay)/dy*dx {
			odd = !odd
		}
	}
	return odd
}
