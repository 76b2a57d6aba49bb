package source

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestTimelineKeepsOrder feeds arbitrary timestamps and arrivals: within a run the
// wall clock of the lead never goes back by more than the estimate may move, and
// never before the run.
func TestTimelineKeepsOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tl := newTimeline([]uint32{90000}, 0)
		rtp := rapid.Uint32().Draw(rt, "first")
		arrival := int64(1_700_000_000) * second
		tl.advance(0, rtp, arrival)
		tl.begin(arrival)
		prevPTS, prevWall := int64(-1), int64(math.MinInt64)
		for range rapid.IntRange(1, 60).Draw(rt, "units") {
			if rapid.IntRange(0, 9).Draw(rt, "wild") == 0 {
				rtp = rapid.Uint32().Draw(rt, "rtp")
			} else {
				rtp += uint32(rapid.IntRange(-9000, 90000).Draw(rt, "step"))
			}
			gap := rapid.Int64Range(0, 2*second).Draw(rt, "gap")
			arrival += gap
			tl.advance(0, rtp, arrival)
			pts, wall, ok := tl.place(0, arrival)
			if !ok {
				continue
			}
			if pts > prevPTS {
				if wall <= prevWall {
					rt.Fatalf("pts %d after %d, wall %d after %d", pts, prevPTS, wall, prevWall)
				}
				prevPTS, prevWall = pts, wall
			}
			if wall > arrival+11*second {
				rt.Fatalf("wall %d is far ahead of arrival %d", wall, arrival)
			}
		}
	})
}

// TestTimelineSteady sends an even stream whose packets arrive in bunches every
// 250 ms over a camera clock that is 100 ppm fast: spacing stays even to 500 ppm,
// and the wall clock stays by the least delay.
func TestTimelineSteady(t *testing.T) {
	tl := newTimeline([]uint32{90000}, 0)
	start := int64(1_700_000_000) * second
	var lastWall int64
	for i := range int64(25 * 120) {
		taken := start + i*40_000 - i*4 // the camera's 40 ms are 39.996
		arrival := (taken/250_000 + 1) * 250_000
		rtp := uint32(4_294_900_000 + i*3600) // wraps soon
		if jumped := tl.advance(0, rtp, arrival); jumped {
			t.Fatalf("jump at %d", i)
		}
		if i == 0 {
			tl.begin(arrival)
		}
		pts, wall, ok := tl.place(0, arrival)
		if !ok || pts != i*3600 {
			t.Fatalf("unit %d has pts %d, %v", i, pts, ok)
		}
		if i > 25*10 {
			if d := wall - lastWall; d < 40_000-20-4 || d > 40_000+20 {
				t.Fatalf("unit %d is %d µs after the one before", i, d)
			}
			if off := wall - taken; off < -5_000 || off > 60_000 {
				t.Fatalf("unit %d is placed %d µs from when it was taken", i, off)
			}
		}
		lastWall = wall
	}
	if tl.late() {
		t.Error("late")
	}
}

// TestTimelineBurst begins with two seconds out of the camera's buffer at once.
func TestTimelineBurst(t *testing.T) {
	tl := newTimeline([]uint32{90000}, 0)
	start := int64(1_700_000_000) * second
	for i := range int64(200) {
		taken := start + (i-50)*40_000
		arrival := max(taken, start)
		tl.advance(0, uint32(i*3600), arrival)
		if i == 0 {
			tl.begin(arrival)
		}
		if _, wall, _ := tl.place(0, arrival); i > 60 && abs(wall-taken) > 1000 {
			t.Fatalf("unit %d is placed %d µs from when it was taken", i, wall-taken)
		}
	}
}

func TestTimelineJumps(t *testing.T) {
	cases := []struct {
		name string
		step int64 // ticks of 90 kHz between two units that arrive 40 ms apart
		want bool
	}{
		{"ordinary", 3600, false},
		{"reordered", -7200, false},
		{"half a second back", -45000, false},
		{"two seconds back", -180000, true},
		{"a day back", -90000 * 20000, true},
		{"two seconds on", 180000, false},
		{"five seconds on, ahead of all arrivals", 450000, true},
		{"a minute on", 90000 * 60, true},
		{"hours on", 90000 * 3600 * 5, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			tl := newTimeline([]uint32{90000}, 0)
			now := int64(1_700_000_000) * second
			rtp := uint32(1 << 31)
			var before int64
			for i := range 30 {
				tl.advance(0, rtp, now)
				if i == 0 {
					tl.begin(now)
				}
				before, _, _ = tl.place(0, now)
				rtp, now = rtp+3600, now+40_000
			}
			rtp += uint32(c.step - 3600)
			if got := tl.advance(0, rtp, now); got != c.want {
				t.Fatalf("jumped %v, want %v", got, c.want)
			}
			pts, _, ok := tl.place(0, now)
			if c.want && (!ok || pts != before+3600) {
				t.Errorf("clamped to %d after %d", pts, before)
			}
			if !c.want && pts != before+c.step {
				t.Errorf("pts %d after %d", pts, before)
			}
		})
	}
}

// TestTimelineGap does not take a silence during which the camera's clock went on
// for a jump.
func TestTimelineGap(t *testing.T) {
	tl := newTimeline([]uint32{90000}, 0)
	now := int64(1_700_000_000) * second
	tl.advance(0, 0, now)
	tl.begin(now)
	if tl.advance(0, 90000*30, now+30*second) {
		t.Error("jump")
	}
}

// TestTimelineLate finds a camera whose timestamps lag behind for good.
func TestTimelineLate(t *testing.T) {
	tl := newTimeline([]uint32{90000}, 0)
	now := int64(1_700_000_000) * second
	for i := range int64(25 * 60) {
		tl.advance(0, uint32(i*3600), now)
		if i == 0 {
			tl.begin(now)
		}
		tl.place(0, now)
		now += 40_000
		if i == 25*20 {
			now += 4 * second // the camera slept, its RTP clock too
		}
		if tl.late() {
			if i < 25*25 {
				t.Fatalf("late after %d units", i)
			}
			return
		}
	}
	t.Error("never late")
}

// TestTimelineAudio aligns sound with pictures: by the sender reports where there
// are any, by arrival elsewhere, and moves without steps.
func TestTimelineAudio(t *testing.T) {
	start := int64(1_700_000_000) * second
	for _, reports := range []bool{true, false} {
		tl := newTimeline([]uint32{90000, 8000}, 0)
		const delay = 100_000 // the sound arrives so much later than it was taken
		last := int64(-1)
		var at int64
		for i := range int64(50 * 60) { // every 20 ms
			now := start + i*20_000
			if i%2 == 0 {
				tl.advance(0, uint32(i*1800), now)
				if i == 0 {
					tl.begin(now)
				}
				tl.place(0, now)
			}
			if reports && i == 50 {
				tl.report(0, now, uint32(i*1800))
				tl.report(1, now, uint32(77+i*160))
			}
			tl.advance(1, uint32(77+i*160), now+delay)
			pts, _, ok := tl.place(1, now+delay)
			if !ok || pts <= last {
				t.Fatalf("unit %d: pts %d after %d, %v", i, pts, last, ok)
			}
			if d := pts - last; last >= 0 && (d < 158 || d > 162) {
				t.Fatalf("unit %d is %d ticks after the one before", i, d)
			}
			last = pts
			at = pts*125 - i*20_000 // µs by which it is placed late
		}
		if reports && abs(at) > 1000 || !reports && abs(at-delay) > 1000 {
			t.Errorf("reports %v: the sound is %d µs late", reports, at)
		}
	}
}

// TestTimelineKeepsOrderOfReorderedPictures sends pictures in another order than
// they are shown in, out of a burst and while the estimate moves: in the order they
// are shown in their instants ascend, a millisecond apart, and none lies much later
// than it arrived.
func TestTimelineKeepsOrderOfReorderedPictures(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const each = int64(3600)
		start := int64(1_700_000_000) * second
		tl := newTimeline([]uint32{90000}, 0)
		group := rapid.Int64Range(1, 8).Draw(rt, "group") // pictures from one that is sent early to the next
		burst := rapid.Int64Range(0, 100).Draw(rt, "burst")
		ppm := rapid.Int64Range(-300, 300).Draw(rt, "ppm")
		walls := map[int64]int64{}
		sent := int64(0)
		send := func(n int64) {
			taken := start + (sent-burst)*40_000
			arrival := max(start, taken+taken%second*ppm/second) + rapid.Int64Range(0, 20_000).Draw(rt, "late")
			tl.advance(0, uint32(n*each), arrival)
			if sent == 0 {
				tl.begin(arrival)
			}
			_, wall, ok := tl.place(0, arrival)
			if !ok {
				rt.Fatalf("picture %d is not placed", n)
			}
			if wall > arrival+min(sent, burst+50)*apart+20_000 {
				rt.Fatalf("picture %d arrived at %d and is placed at %d", n, arrival, wall)
			}
			walls[n] = wall
			sent++
		}
		send(0)
		for first := int64(1); first < 400; first += group {
			send(first + group - 1)
			for n := range group - 1 {
				send(first + n)
			}
		}
		for n := int64(1); n < int64(len(walls)); n++ {
			if d := walls[n] - walls[n-1]; d < apart/group-1 || d > 90_000+burst*40_000 {
				rt.Fatalf("picture %d is %d µs behind the one before", n, d)
			}
		}
	})
}
