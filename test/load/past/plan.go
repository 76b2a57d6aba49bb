// Package past gives a data folder months of recordings within a minute: rows in
// the catalogue as the recorder's journals would have made them, and for some
// cameras files that can be played under every name.
package past

import (
	"fmt"
	"math/rand/v2"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// Plan says what was recorded. Every gap takes the place of one segment, so that
// one file fits under all names.
type Plan struct {
	From     time.Time // a multiple of Segment
	Days     int
	Segment  time.Duration
	GapsADay int
}

// To is the end of the plan.
func (p Plan) To() time.Time { return p.From.AddDate(0, 0, p.Days) }

func (p Plan) segmentsADay() int { return int(24 * time.Hour / p.Segment) }

// Camera is what the catalogue holds of one camera, in order of time.
type Camera struct {
	Segments []archive.Segment
	Spans    []coverage.Span
}

// Of plans camera number n, whose id is given. Every segment is like the sample but
// for its times and its name. The same arguments give the same plan.
func (p Plan) Of(n int, id string, like journal.Segment) Camera {
	random := rand.New(rand.NewPCG(1, uint64(n)))
	var c Camera
	causes := []media.Cause{media.CauseNetwork, media.CauseNoFrames, media.CauseUnreachable}
	run, cause := 0, causes[0]
	span := func(kind coverage.Kind, cause media.Cause, start, end int64) {
		if i := len(c.Spans) - 1; i >= 0 && c.Spans[i].Kind == kind && c.Spans[i].Cause == cause {
			c.Spans[i].End = end
			return
		}
		c.Spans = append(c.Spans, coverage.Span{Start: start, End: end, Kind: kind, Cause: cause})
	}
	for day := range p.Days {
		// Neither the first nor the last of a day, so that a gap has one day.
		missing := map[int]bool{}
		for len(missing) < p.GapsADay {
			missing[1+random.IntN(p.segmentsADay()-2)] = true
		}
		for i := range p.segmentsADay() {
			at := p.From.AddDate(0, 0, day).Add(time.Duration(i) * p.Segment)
			start, end := at.UnixMicro(), at.Add(p.Segment).UnixMicro()
			if missing[i] {
				if !missing[i-1] { // neighbours are one gap
					run++
					cause = causes[random.IntN(len(causes))]
				}
				span(coverage.Gap, cause, start, end)
				continue
			}
			span(coverage.Recorded, media.CauseNone, start, end)
			name := segment.Name{Camera: id, Start: start, Run: fmt.Sprintf("run%06d", run)}
			c.Segments = append(c.Segments, archive.Segment{
				Camera: id, StartAt: start, EndAt: end, Run: name.Run, File: name.Path(), Bytes: like.Bytes, Parts: like.Parts,
				Frames: like.Frames, Root: like.Root, Codec: like.Codec, MIME: like.MIME, Width: like.Width, Height: like.Height, Audio: like.Audio,
			})
		}
	}
	return c
}
