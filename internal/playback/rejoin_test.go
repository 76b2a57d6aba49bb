package playback_test

import (
	"fmt"
	"slices"
	"testing"

	"watchroom/internal/media"
	"watchroom/internal/playback"
	"watchroom/internal/testkit/footage"
	"watchroom/internal/testkit/shelf"
)

// parted are by how much two processes disagree on when a picture was taken, µs: the
// third is what was found of two on one machine.
var parted = []int64{-130_000, 0, 445, 130_000}

// TestARunThatBeginsWithASegment: the earlier process has begun a segment with the very
// key frame that the later one begins with, and died some pictures later.
func TestARunThatBeginsWithASegment(t *testing.T) {
	clip := footage.Make(t, footage.Spec{Audio: media.AAC, Seconds: 4})
	for _, length := range []int64{40_000, 80_000, 480_000, 660_000, 2_600_000} { // what it has of that segment
		for _, off := range parted {
			t.Run(fmt.Sprintf("%d µs of it, %d µs apart", length, off), func(t *testing.T) {
				l, n := library(t,
					shelf.Segment{Clip: clip, Start: noon, Length: 12e6},
					shelf.Segment{Clip: clip, Start: noon + 12*second, Length: length},
					shelf.Segment{Clip: clip, Start: noon + 12*second + off, Length: 8e6, Run: "run2"})
				once(t, l, n[0]+n[2], noon+20*second+off)
			})
		}
	}
}

// TestARunThatDiesBesideAnother: the later process has died, and the earlier one, which
// has all of its pictures, goes on. They are played once, and none is left out: not even
// those between the end of the later run and the next key frame.
func TestARunThatDiesBesideAnother(t *testing.T) {
	clip := footage.Make(t, footage.Spec{Audio: media.AAC, Seconds: 4})
	whole := []shelf.Segment{{Clip: clip, Start: noon, Length: 20e6}}
	halves := []shelf.Segment{{Clip: clip, Start: noon, Length: 8e6}, {Clip: clip, Start: noon + 8*second, Length: 12e6}}
	for name, earlier := range map[string][]shelf.Segment{"one segment": whole, "with a segment of its own": halves} {
		// A picture; a part; between key frames; just before one.
		for _, length := range []int64{40_000, 480_000, 2_600_000, 6_000_000} {
			for _, off := range parted {
				t.Run(fmt.Sprintf("%s, %d µs, %d µs apart", name, length, off), func(t *testing.T) {
					l, n := library(t, append(slices.Clone(earlier),
						shelf.Segment{Clip: clip, Start: noon + 8*second + off, Length: length, Run: "run2"})...)
					all := 0
					for _, n := range n[:len(earlier)] {
						all += n
					}
					once(t, l, all, noon+20*second)
					for _, from := range []int64{8_000_001, 8_500_000, 11_900_000} {
						stands(t, l, noon+from)
					}
				})
			}
		}
	}
}

// once fails unless the footage from noon until end has so many pictures, however it is
// asked for.
func once(t *testing.T, l *playback.Library, pictures int, end int64) {
	t.Helper()
	f, b := whole(t, l, noon, end)
	if got := inspect(t, b)[1]; got.samples != pictures || f.End != end {
		t.Errorf("%d pictures until %d, want %d until %d", got.samples, f.End-noon, pictures, end-noon)
	}
	byRanges(t, l, noon, end, b)
	ask(t, l, noon, end, pictures)
	pieces, err := l.Playlist(t.Context(), "cam1", noon, end)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range pieces {
		if p.Start >= p.End || i > 0 && p.Start < pieces[i-1].End {
			t.Errorf("piece %d of %+v", i, pieces)
		}
	}
}

// stands fails unless what is played from an instant begins at most a group before it
// and goes on to the end.
func stands(t *testing.T, l *playback.Library, from int64) {
	t.Helper()
	end := noon + 20*second
	f, b := whole(t, l, from, end)
	got := inspect(t, b)[1]
	if f.Start > from+130_000 || from-f.Start > 2*second+130_000 {
		t.Errorf("from %d it begins at %d", from-noon, f.Start-noon)
	}
	// Clocks that disagree make the time until the end longer or shorter.
	if want := int((end - f.Start) * 25 / second); got.samples < want-4 || got.samples > want+4 {
		t.Errorf("from %d: %d pictures, want about %d", from-noon, got.samples, want)
	}
	ask(t, l, from, end, got.samples)
}

// TestOtherPicturesAtTheSameTime: those of a run under a clock that was set back are no
// copies. They count until their end, and no other ones in their place.
func TestOtherPicturesAtTheSameTime(t *testing.T) {
	l, _ := library(t,
		shelf.Segment{Clip: footage.Make(t, footage.Spec{Seconds: 4}), Start: noon, Length: 20e6},
		shelf.Segment{Clip: footage.Make(t, footage.Spec{Seconds: 4, Width: 480, Height: 270}), Start: noon + 8*second, Length: 2_600_000, Run: "run2"})
	pieces, err := l.Playlist(t.Context(), "cam1", noon, noon+20*second)
	if err != nil || len(pieces) != 3 || pieces[1].Run != "run2" || pieces[1].End != noon+10_600_000 || pieces[2].Start != noon+12*second {
		t.Fatalf("%v: %+v", err, pieces)
	}
	// The earlier one goes on with its key frame at 12 s.
	_, b := whole(t, l, noon, noon+20*second)
	samples := 0
	for _, track := range inspect(t, b) {
		samples += track.samples
	}
	if want := 8*25 + 65 + 8*25; samples != want {
		t.Errorf("%d pictures, want %d", samples, want)
	}
}
