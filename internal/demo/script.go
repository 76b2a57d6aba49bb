package demo

import (
	"time"

	"watchroom/internal/media"
)

// length is that of the whole script; a shorter past is told faster.
const length = 2 * time.Hour

// interruption is a time without pictures and why.
type interruption struct {
	camera   int           // from 0
	from, to time.Duration // before the end of the past
	first    media.Cause   // what the recorder notes when the pictures end
	then     media.Cause   // and when the camera was tried again; empty: nothing new
	code     string        // of the reason, as sources give them
	off      string        // reason of the person who switched it off
}

const minute = time.Minute

// interruptions are in order of time for each camera.
func interruptions() []interruption {
	return []interruption{
		{camera: 0, from: 95 * minute, to: 91 * minute, first: media.CauseNetwork, then: media.CauseUnreachable, code: "no_route"},
		{camera: 0, from: 31 * minute, to: 30 * minute, first: media.CauseNetwork},
		{camera: 1, from: 64 * minute, to: 63 * minute, first: media.CauseNoFrames, code: "no_frames"},
		{camera: 2, from: 83 * minute, to: 76 * minute, first: media.CauseNetwork, then: media.CauseCredentials, code: "credentials_refused"},
		{camera: 3, from: 58 * minute, to: 46 * minute, off: "更换车位照明灯具 The lamps above the bays are being replaced"},
		{camera: 5, from: 27 * minute, to: 25 * minute, first: media.CauseNetwork, then: media.CauseRefused, code: "device_busy"},
		{camera: 7, from: 104 * minute, to: 102 * minute, first: media.CauseNetwork, then: media.CauseUnreachable, code: "timeout"},
	}
}

// stretch is a time with pictures.
type stretch struct {
	from, to int64 // µs since 1970 UTC
	small    bool
	after    *interruption // nil where only the size changes, or the past ends
}

// stretches plans one camera: pictures from begin to end with its interruptions
// between them, small at first.
func stretches(camera int, s size, begin, end int64) []stretch {
	when := func(before time.Duration) int64 { // the script, told faster
		return end - int64(float64(before.Microseconds())*float64(end-begin)/float64(length.Microseconds()))
	}
	// Cameras are put over to the full size one after another.
	over := min(end-s.large.Microseconds()+int64(camera)*s.large.Microseconds()/100, end)
	var out []stretch
	add := func(from, to int64, after *interruption) {
		if from < over && over < to {
			out = append(out, stretch{from: from, to: over, small: true}, stretch{from: over, to: to, after: after})
			return
		}
		out = append(out, stretch{from: from, to: to, small: from < over, after: after})
	}
	at := begin
	all := interruptions()
	for i := range all {
		if x := &all[i]; x.camera == camera {
			add(at, when(x.from), x)
			at = when(x.to)
		}
	}
	add(at, end, nil)
	return out
}
