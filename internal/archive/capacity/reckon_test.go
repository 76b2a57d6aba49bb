package capacity

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"watchroom/internal/archive/daybook"
	"watchroom/internal/archive/weight"
)

func TestMeasureIsRobustToGaps(t *testing.T) {
	// Half a day of footage of 10 bytes a µs, whatever the rest of the days were.
	days := []daybook.Day{{Camera: "a", Bytes: 10 * day / 2, Length: day / 2}, {Camera: "a"}, {Camera: "b", Bytes: 1, Length: enough - 1}, {Camera: "c", Bytes: 3 * day, Length: day}}
	got := measure(days, []weight.Weight{{Camera: "c", Bytes: 999 * day, Length: day}, {Camera: "d", Bytes: day / 12, Length: day / 24}})
	if r := got["a"]; r.Basis != Measured || math.Abs(r.BytesPerDay-float64(10*day)) > 1 {
		t.Errorf("a: %+v", r)
	}
	if r := got["b"]; r.Basis != Recorded {
		t.Errorf("so little of b is no measure: %+v", r)
	}
	if r := got["c"]; math.Abs(r.BytesPerDay-float64(3*day)) > 1 {
		t.Errorf("c has days enough: %+v", r)
	}
	if r := got["d"]; math.Abs(r.BytesPerDay-float64(2*day)) > 1 {
		t.Errorf("d is young: %+v", r)
	}
}

func TestExpect(t *testing.T) {
	for _, c := range []struct {
		s     Sight
		basis Basis
		bits  float64
	}{
		{Sight{Bitrate: 6e6, Width: 640, Height: 360}, Live, 6e6},
		{Sight{Width: 1920, Height: 1080, FPS: 12.5}, Resolution, 2073600},
		{Sight{Width: 1920, Height: 1080}, Resolution, 4147200},
		{Sight{}, Guess, 4e6},
	} {
		if r := expect(c.s); r.Basis != c.basis || math.Abs(r.BytesPerDay*8/86400-c.bits) > 1 {
			t.Errorf("%+v: %+v", c.s, r)
		}
	}
}

func TestKeeps(t *testing.T) {
	two := []stock{{rate: 10, minimum: 90}, {rate: 30, minimum: 30}}
	for _, c := range []struct {
		usable float64
		want   float64
	}{{0, 0}, {400, 10}, {1200, 30}, {1500, 60}, {1800, 90}, {5000, 90}} {
		if got, most := keeps(two, c.usable); math.Abs(got-c.want) > 1e-9 || most != 90 {
			t.Errorf("%v bytes: %v of %d, want %v", c.usable, got, most, c.want)
		}
	}
	if got := reserved(two); got != 1800 {
		t.Errorf("reserved %v", got)
	}
	if got, most := keeps(nil, 5); got != 0 || most != 0 {
		t.Errorf("of none: %v %d", got, most)
	}
}

func TestShortIn(t *testing.T) {
	one := []stock{{rate: 10, minimum: 30}}
	for _, c := range []struct {
		usable float64
		want   float64
	}{{300, -1}, {299, 29.9}, {95, 9.5}, {0, 0}} {
		if got := shortIn(one, c.usable); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%v bytes: in %v days, want %v", c.usable, got, c.want)
		}
	}
	// Sixty days of footage, of which thirty must be kept: they make room.
	for days := range 30 {
		one[0].hold(days+1, 10)
	}
	if got := shortIn(one, 305); got != -1 {
		t.Errorf("with footage that grows old: %v", got)
	}
	one[0].rate = 20 // the bit rate was raised
	if got := shortIn(one, 455); math.Abs(got-15.5) > 1e-9 {
		t.Errorf("raised: in %v days", got)
	}
	// What was promised more than what comes now is kept for longer.
	old := stock{rate: 10, minimum: 30}
	old.hold(60, 100)
	if got := shortIn([]stock{old}, 399); math.Abs(got-29.9) > 1e-9 {
		t.Errorf("with a promise: in %v days", got)
	}
	if got := shortIn([]stock{old}, math.Inf(1)); got != -1 {
		t.Errorf("without an end: in %v days", got)
	}
}

// TestKeepsAndShortAgree: where everything is kept there is no shortfall, for an archive
// that begins with nothing but what is held, and the other way round.
func TestKeepsAndShortAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) stock {
			s := stock{rate: float64(rapid.IntRange(1, 100).Draw(t, "rate")), minimum: rapid.IntRange(1, 300).Draw(t, "minimum")}
			s.held = int64(rapid.IntRange(0, 5000).Draw(t, "held"))
			if from := rapid.IntRange(0, 80).Draw(t, "from"); rapid.Bool().Draw(t, "ahead") {
				s.ahead = []stretch{{float64(from), float64(from + rapid.IntRange(1, 20).Draw(t, "length"))}}
			}
			return s
		}), 1, 6).Draw(t, "cameras")
		usable := rapid.Float64Range(0, 150_000).Draw(t, "usable")
		days, most := keeps(all, usable)
		if short := shortIn(all, usable); (short < 0) != (reserved(all) <= usable) || (days >= float64(most)) != (short < 0) || short >= 0 && short < days-1e-6 {
			t.Fatalf("keeps %v of %d, short in %v, reserved %v of %v", days, most, short, reserved(all), usable)
		}
	})
}

func TestSlope(t *testing.T) {
	if s, ok := slope([]float64{1, 2, 3, 4}, []float64{10, 12, 14, 16}); !ok || math.Abs(s-2) > 1e-9 {
		t.Error(s, ok)
	}
	for _, x := range [][]float64{{1, 2}, {5, 5, 5}} {
		if _, ok := slope(x, make([]float64, len(x))); ok {
			t.Errorf("%v has a slope", x)
		}
	}
	if fullIn(100, 0) != -1 || fullIn(-5, 10) != 0 || fullIn(100, 10) != 10 {
		t.Error("fullIn")
	}
}
