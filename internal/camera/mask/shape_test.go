package mask

import (
	"testing"

	"pgregory.net/rapid"
)

// box is a rectangle with its corners in order.
func box(x0, y0, x1, y1 int) []Point { return []Point{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}} }

func TestOutlines(t *testing.T) {
	for name, c := range map[string]struct {
		all  []Point
		want bool
	}{
		"a rectangle": {box(0, 0, Whole, Whole), true}, "a triangle": {[]Point{{0, 0}, {9, 0}, {0, 9}}, true},
		"hollow": {[]Point{{0, 0}, {900, 0}, {900, 900}, {450, 100}, {0, 900}}, true}, "the other way round": {[]Point{{0, 9}, {9, 9}, {9, 0}, {0, 0}}, true},
		"none": {nil, false}, "a line": {[]Point{{0, 0}, {9, 9}}, false}, "flat": {[]Point{{0, 0}, {5, 0}, {9, 0}}, false},
		"a bow": {[]Point{{0, 0}, {9, 9}, {9, 0}, {0, 9}}, false}, "a point twice": {[]Point{{0, 0}, {0, 0}, {9, 0}, {0, 9}}, false},
		"back on itself": {[]Point{{0, 0}, {9, 0}, {5, 0}, {5, 9}}, false}, "it touches itself": {[]Point{{0, 0}, {8, 0}, {8, 8}, {4, 0}, {0, 8}}, false},
		"outside": {box(0, 0, Whole+1, 9), false}, "before": {box(-1, 0, 9, 9), false}, "a point on a line goes straight on": {[]Point{{0, 0}, {5, 0}, {9, 0}, {9, 9}}, true},
		"too many": {make([]Point, mostPoints+1), false},
	} {
		if got := simple(c.all); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWithin(t *testing.T) {
	hollow := []Point{{0, 0}, {1000, 0}, {1000, 1000}, {500, 200}, {0, 1000}} // a notch from below
	for name, c := range map[string]struct {
		inner, outer []Point
		want         bool
	}{
		"the same": {box(10, 10, 90, 90), box(10, 10, 90, 90), true}, "the same from another corner": {[]Point{{90, 90}, {10, 90}, {10, 10}, {90, 10}}, box(10, 10, 90, 90), true},
		"larger": {box(10, 10, 90, 90), box(0, 10, 90, 95), true}, "smaller": {box(10, 10, 90, 90), box(11, 10, 90, 90), false},
		"beside": {box(10, 10, 20, 20), box(30, 30, 40, 40), false}, "moved": {box(10, 10, 20, 20), box(15, 10, 25, 20), false},
		"all corners in, and the notch between": {box(100, 100, 900, 300), hollow, false}, "beside the notch": {box(100, 100, 900, 200), hollow, true},
		"in a leg":                {[]Point{{10, 700}, {100, 600}, {60, 800}}, hollow, true},
		"a cross":                 {box(0, 40, 100, 60), box(40, 0, 60, 100), false},
		"a triangle over its box": {[]Point{{0, 0}, {100, 0}, {0, 100}}, box(0, 0, 100, 100), true}, "the box under it": {box(0, 0, 100, 100), []Point{{0, 0}, {100, 0}, {0, 100}}, false},
	} {
		if got := within(c.inner, c.outer); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestWithinHidesNoHole: whatever lies within a triangle has every one of its points, and those
// between them, in the triangle as exact numbers tell.
func TestWithinHidesNoHole(t *testing.T) {
	point := rapid.Custom(func(t *rapid.T) Point {
		return Point{rapid.IntRange(0, 40).Draw(t, "x"), rapid.IntRange(0, 40).Draw(t, "y")}
	})
	triangle := rapid.SliceOfN(point, 3, 3).Filter(simple)
	rapid.Check(t, func(t *rapid.T) {
		inner, outer := triangle.Draw(t, "inner"), triangle.Draw(t, "outer")
		in := func(p Point) bool { // a triangle is convex
			a, b, c := sign(cross(outer[0], outer[1], p)), sign(cross(outer[1], outer[2], p)), sign(cross(outer[2], outer[0], p))
			return min(a, b, c) >= 0 || max(a, b, c) <= 0
		}
		want := in(inner[0]) && in(inner[1]) && in(inner[2])
		if got := within(inner, outer); got != want {
			t.Fatalf("%v in %v: %v", inner, outer, got)
		}
	})
}
