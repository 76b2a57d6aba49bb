package sim

import (
	"testing"

	"watchroom/internal/media"
)

func TestEveryFrameIsAccountedFor(t *testing.T) {
	s := start(t, Options{Cameras: Mix(6), UDP: true})
	for n := 1; n <= 6; n++ {
		for _, which := range []media.Which{media.Main, media.Sub} {
			v := need(t, s, n, which)
			first := v.next(t)
			if first.counter == 0 {
				t.Fatalf("camera %d %s: no counter", n, which)
			}
			last, keys := first, 0
			for range 30 {
				g := v.next(t)
				if g.counter != last.counter+1 {
					t.Fatalf("camera %d %s: counter %d after %d", n, which, g.counter, last.counter)
				}
				if g.ts-last.ts != 7500 {
					t.Fatalf("camera %d %s: timestamp step %d", n, which, g.ts-last.ts)
				}
				if g.key {
					keys++
				}
				last = g
			}
			if keys == 0 {
				t.Fatalf("camera %d %s: no key frame in 2.5 s", n, which)
			}
			v.client.Close()
		}
	}
}
