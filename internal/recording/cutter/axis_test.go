package cutter

import (
	"testing"

	"pgregory.net/rapid"
)

// TestAxisKeepsTheCamerasTicks: while the wall clock agrees to a millisecond the
// spacing is the camera's own, and a clock that runs up to 500 ppm differently is
// followed in steps of 1/64 of it.
func TestAxisKeepsTheCamerasTicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := rapid.SampledFrom([]int64{1000, 8000, 48000, 90000}).Draw(t, "scale")
		ppm := rapid.SampledFrom([]int64{-500, -100, 0, 100, 500}).Draw(t, "ppm")
		a := &axis{scale: scale}
		camera, last, ms := int64(0), int64(-1), scale/1000
		for range 3000 {
			want := camera + camera*ppm/1e6
			if ppm == 0 { // the instants jitter instead
				want += rapid.Int64Range(-ms/2, ms/2).Draw(t, "jitter")
			}
			a.place(camera, camera, want)
			got := a.at(camera)
			if off := max(got-want, want-got); off > ms+2 {
				t.Fatalf("at %d: %d, want %d", camera, got, want)
			}
			step := scale / 25
			if last >= 0 && ppm == 0 && got-last != step {
				t.Fatalf("a picture of %d ticks lasts %d", step, got-last)
			}
			if last >= 0 && max(got-last-step, step-got+last) > max(step/64, 1) {
				t.Fatalf("a picture of %d ticks lasts %d", step, got-last)
			}
			if len(a.knots) > 3 {
				t.Fatalf("%d knots are kept", len(a.knots))
			}
			camera, last = camera+step, got
		}
	})
}

// TestAxisPutsStepsRight: whatever the clock does, times ascend with the camera's,
// and a step is made good within the pictures that it takes at a millisecond each.
func TestAxisPutsStepsRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := &axis{scale: 90000}
		camera, shift, held := int64(0), int64(0), int64(0)
		var before []int64 // file times of earlier instants stay what they are
		for n := range int64(200) {
			if rapid.IntRange(0, 20).Draw(t, "step") == 0 {
				by := rapid.Int64Range(-3*90000, 3*90000).Draw(t, "by")
				shift += by
				held = n + max(held-n, 0) + max(-by, 0)/(3600-90) + 1
			}
			want := camera + shift
			a.place(camera, camera-7200, want)
			got := a.at(camera)
			if n >= held && max(got-want, want-got) > 5*90+1 {
				t.Fatalf("picture %d is %d ticks off", n, got-want)
			}
			for i, k := range before[max(len(before)-2, 0):] {
				back := int64(len(before[max(len(before)-2, 0):]) - i)
				if again := a.at(camera - back*3600); again != k || again >= got {
					t.Fatalf("picture %d was placed at %d and is at %d, the next at %d", n-back, k, again, got)
				}
			}
			before = append(before, got)
			camera += 3600
		}
	})
}
