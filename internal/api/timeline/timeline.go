package timeline

import (
	"context"
	"slices"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/clock"
	"watchroom/internal/problem"
)

// Source knows what was recorded. *archive.Catalogue is one.
type Source interface {
	// Timeline covers [from, to), µs since 1970 UTC, for each camera without a
	// hole, and merges spans that are shorter than resolution.
	Timeline(ctx context.Context, cameras []string, from, to int64, resolution time.Duration) ([]archive.Lane, error)
}

// Routes are what the timeline needs.
type Routes struct {
	Source Source
	// Retired is since when a camera is out of service, µs since 1970 UTC, 0 while it is not,
	// or an error for one that never was registered. It is asked of cameras of which nothing
	// was recorded, and of those that a gap lasts of.
	Retired func(ctx context.Context, camera string) (int64, error)
	Clock   clock.Clock
}

// lasts tells of a gap that nothing has ended.
func lasts(s coverage.Span) bool { return s.Kind == coverage.Gap && s.Open }

// until cuts gaps where a camera was retired: from then on nothing was demanded of it, and
// nobody is named for it.
func until(spans []coverage.Span, at int64) (out []coverage.Span) {
	for _, s := range spans {
		if s.Kind == coverage.Gap && s.End > at {
			before := s
			before.End, before.Open = at, false
			if before.End > before.Start {
				out = append(out, before)
			}
			s = coverage.Span{Start: max(s.Start, at), End: s.End, Kind: coverage.None}
		}
		if n := len(out); n > 0 && s.Kind == coverage.None && out[n-1].Kind == coverage.None {
			out[n-1].End = s.End
			continue
		}
		out = append(out, s)
	}
	return out
}

// longest interval of one answer.
const longest = 400 * 24 * time.Hour

func (x *Routes) read(ctx context.Context, in *readInput) (*route.Answer[Timeline], error) {
	if err := route.Interval(in.From, in.To, longest); err != nil {
		return nil, err
	}
	actor := route.Actor(ctx)
	seen := make(map[string]bool, len(in.Camera))
	for _, c := range in.Camera {
		if err := access.Can(actor, access.CameraRead, c); err != nil {
			return nil, err
		}
		if seen[c] {
			return nil, problem.New(problem.Invalid, "camera_twice", "A camera is named twice.").On("query.camera")
		}
		seen[c] = true
	}
	lanes, err := x.Source.Timeline(ctx, in.Camera, in.From.UnixMicro(), in.To.UnixMicro(), time.Duration(in.Resolution)*time.Millisecond)
	if err != nil {
		return nil, err
	}
	for i, l := range lanes {
		nothing := len(l.Spans) == 1 && l.Spans[0].Kind == coverage.None
		if !nothing && !slices.ContainsFunc(l.Spans, lasts) {
			continue
		}
		at, err := x.Retired(ctx, l.Camera)
		if err != nil { // nothing recorded is another answer than no such camera
			return nil, err
		}
		if at > 0 {
			lanes[i].Spans = until(l.Spans, at)
		}
	}
	out := Timeline{From: in.From.UTC(), To: in.To.UTC(), Now: x.Clock.Now().Truncate(time.Microsecond), Cameras: make([]Lane, len(lanes))}
	for i, l := range lanes {
		spans := make([]Span, len(l.Spans))
		for j, s := range l.Spans {
			spans[j] = Span{
				Start: route.Time(s.Start), End: route.Time(s.End), Kind: string(s.Kind),
				Cause: string(s.Cause), Detail: s.Detail, Open: s.Open, Planned: s.Planned, Symptom: string(s.Symptom),
			}
		}
		out.Cameras[i] = Lane{Camera: l.Camera, Spans: spans}
	}
	return route.Reply(out), nil
}
