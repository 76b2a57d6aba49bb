package mse

import (
	"testing"

	"watchroom/evidence/fmp4"
	"watchroom/internal/media"
)

// TestLoneSamplesLeaveNoHoles sends one picture a fragment at 12 frames a second:
// from the second on each must reach to the next.
func TestLoneSamplesLeaveNoHoles(t *testing.T) {
	run := &media.Run{Tracks: []media.Track{{ID: 1, Codec: media.H264, Timescale: 90000}}}
	f := newFilm(1e15)
	f.begin(run, &run.Tracks[0])
	var end uint64
	for i := range int64(20) {
		b := f.fragment([]*media.Unit{{DTS: i * 7500, PTS: i * 7500, Wall: 1e15 + i*83_333, Key: i == 0, Data: []byte{0, 0, 0, 1, 0x65}}})
		p, err := fmp4.ParsePart(b)
		if err != nil {
			t.Fatal(err)
		}
		part := p.Tracks[0]
		if i > 1 && part.BaseTime != end {
			t.Fatalf("sample %d begins at %d, the one before ends at %d", i, part.BaseTime, end)
		}
		end = part.BaseTime + part.Duration()
	}
}
