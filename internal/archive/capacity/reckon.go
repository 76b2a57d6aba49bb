package capacity

import (
	"math"
	"slices"
)

// horizon is how many days ahead is reckoned.
const horizon = 400

// stock is what one camera holds and adds.
type stock struct {
	rate    float64 // bytes a day; 0 where nothing comes
	minimum int     // days that what comes must be kept
	kept    []int64 // bytes by the days for which they must still be kept: kept[0] is none
	// held is what a hold keeps whatever its age, in bytes; it is not in kept. ahead is when
	// what comes will be held, in days from now, in order.
	held  int64
	ahead []stretch
}

// stretch is a part of the time to come, in days from now.
type stretch struct{ from, to float64 }

// coming is how many bytes of what comes from now on must be there in some days.
func (s *stock) coming(days float64) float64 {
	since := max(days-float64(s.minimum), 0)
	length := days - since
	for _, h := range s.ahead {
		length += max(min(h.to, since)-h.from, 0)
	}
	return s.rate * length
}

// forHolds is how many bytes holds take, at the most, beyond what is younger than its
// minimum: nobody knows when they will be released.
func (s *stock) forHolds() float64 {
	sum := float64(s.held)
	for _, h := range s.ahead {
		sum += s.rate * (h.to - h.from)
	}
	return sum
}

// hold adds bytes that must be kept for some days more.
func (s *stock) hold(days int, bytes int64) {
	if n := days + 1 - len(s.kept); n > 0 {
		s.kept = append(s.kept, make([]int64, n)...)
	}
	s.kept[days] += bytes
}

// needs is how many bytes it takes to keep the minimum of what comes, or of what there is
// where nothing comes.
func (s *stock) needs() float64 {
	if s.rate > 0 {
		return s.rate * float64(s.minimum)
	}
	sum := int64(0)
	for _, b := range s.kept[min(1, len(s.kept)):] {
		sum += b
	}
	return float64(sum)
}

// reserved is how many bytes all of them need so that each keeps its minimum, and all
// that is held.
func reserved(all []stock) (sum float64) {
	for _, s := range all {
		sum += s.needs() + s.forHolds()
	}
	return sum
}

// keeps is for how many days usable bytes last, no camera being given more than its
// minimum; most is the largest of these. Where there is room for all, it is most. What
// is held takes its part first.
func keeps(all []stock, usable float64) (days float64, most int) {
	left := usable
	for _, s := range all {
		most = max(most, s.minimum)
		left -= s.forHolds()
	}
	// From one minimum to the next the need grows as a straight line.
	edges := []int{0}
	for _, s := range all {
		edges = append(edges, s.minimum)
	}
	slices.Sort(edges)
	for i := 1; i < len(edges); i++ {
		step := float64(edges[i] - edges[i-1])
		rate := 0.0
		for _, s := range all {
			if s.minimum >= edges[i] {
				rate += s.rate
			}
		}
		if need := rate * step; need > left {
			return float64(edges[i-1]) + max(left, 0)/rate, most
		} else {
			left -= need
		}
	}
	return float64(most), most
}

// shortIn is in how many days what must be kept is more than usable bytes, -1 if that
// is not within the horizon. Footage older than its minimum makes room where it is not
// held. From one day to the next the need is taken for a straight line.
func shortIn(all []stock, usable float64) float64 {
	before := 0.0
	for t := 0; t <= horizon; t++ {
		need := 0.0
		for _, s := range all {
			need += s.coming(float64(t)) + float64(s.held)
			for _, b := range s.kept[min(t+1, len(s.kept)):] {
				need += float64(b)
			}
		}
		switch {
		case need <= usable:
			before = need
		case t == 0:
			return 0
		default:
			return float64(t-1) + (usable-before)/(need-before)
		}
	}
	return -1
}

// fullIn is in how many days free bytes are used up at a rate, -1 for never.
func fullIn(free, rate float64) float64 {
	if rate <= 0 {
		return -1
	}
	return max(free, 0) / rate
}

// fullBeside is in how many days free bytes are used up at a rate, -1 for never, where some
// that are used become free: goes, by the days after which they do. What comes becomes free
// itself after longest days.
func fullBeside(free, rate float64, goes []int64, longest int) float64 {
	if rate <= 0 {
		return -1
	}
	room := max(free, 0)
	for t := range min(longest, horizon) {
		if t < len(goes) {
			room += float64(goes[t])
		}
		if x := room / rate; x < float64(t+1) {
			return max(x, float64(t))
		}
	}
	return -1
}

// slope is the growth in bytes a day of a series of (day, bytes), by least squares: one
// day on which much was moved does not decide. ok is false for less than three days.
func slope(x, y []float64) (perDay float64, ok bool) {
	n := float64(len(x))
	if len(x) < 3 {
		return 0, false
	}
	var sx, sy, sxx, sxy float64
	for i := range x {
		sx += x[i]
		sy += y[i]
		sxx += x[i] * x[i]
		sxy += x[i] * y[i]
	}
	d := n*sxx - sx*sx
	if math.Abs(d) < 1e-9 {
		return 0, false
	}
	return (n*sxy - sx*sy) / d, true
}
