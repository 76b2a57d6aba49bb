// Package loss keeps footage-loss statements: who answers for footage that is missing
// (P20). Every unplanned gap longer than a limit opens one by itself; cameras that lost
// pictures of one cause at one time share one. People explain it and three of them
// sign; nothing in it is changed or removed, a correction names what it corrects.
package loss

import (
	"cmp"
	"math"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/media"
)

// outage is time without recording of a camera, of whatever changing causes, in which
// recording was demanded.
type outage struct {
	camera     string
	start, end int64       // µs since 1970 UTC; end is math.MaxInt64 while it lasts
	cause      media.Cause // of the longest part
	detail     string
	causes     []Part // all, as they came
}

// part is a piece of a gap that was not planned.
type part struct {
	start, end int64 // as of outage
	cause      media.Cause
	detail     string
	apart      bool // behind a planned piece
}

// seam is how far apart two gaps may lie and still be one outage: a camera that comes
// back for a breath and fails again.
const seam = int64(10 * time.Second / time.Microsecond)

// Plan tells in which stretches no recording was demanded; see archive.Catalogue.
type Plan func(camera string, from, to int64) []coverage.Stretch

// unplanned cuts a gap into the parts that the plan does not cover, as of now. planned
// tells whether a planned piece is at its end.
func unplanned(g archive.GapRow, plan Plan, now int64, apart bool) (parts []part, planned bool) {
	if g.Cause == media.CauseOffHours { // the plan is over and nothing has answered yet
		g.Cause, g.Detail = media.CauseConnecting, ""
	}
	if g.End > now { // also where the clock was set back, or a line told of a time to come
		g.End = coverage.Lasting
	}
	until := min(g.End, now)
	at := g.Start
	add := func(to, end int64) {
		if to > at {
			parts = append(parts, part{at, end, g.Cause, g.Detail, apart})
			apart = false
		}
	}
	if plan != nil {
		for _, s := range plan(g.Camera, g.Start, until) {
			add(min(s.Start, until), min(s.Start, until))
			if s.End > at {
				at, apart = s.End, true
			}
		}
	}
	add(until, g.End)
	return parts, at >= until && apart
}

// outages makes the outages of one camera out of its gaps, in order, as of now.
func outages(gaps []archive.GapRow, plan Plan, now int64) []outage {
	var out []outage
	var length map[media.Cause]int64
	apart := false
	for _, g := range gaps {
		if coverage.Removed(g.Cause) || g.Start >= now {
			continue
		}
		var parts []part
		parts, apart = unplanned(g, plan, now, apart)
		for _, p := range parts {
			n := len(out)
			if n == 0 || p.apart || p.start-out[n-1].end > seam {
				out = append(out, outage{camera: g.Camera, start: p.start})
				length = map[media.Cause]int64{}
				n++
			}
			o := &out[n-1]
			o.end = p.end
			length[p.cause] += min(p.end, now) - p.start
			o.causes = addPart(o.causes, Part{Cause: p.cause, From: p.start, Lasted: min(p.end, now) - p.start})
			if o.cause == "" || p.cause != o.cause && length[p.cause] > length[o.cause] {
				o.cause, o.detail = p.cause, p.detail
			}
		}
	}
	return out
}

// length is how long an outage has lasted.
func (o *outage) length(now int64) int64 { return min(o.end, now) - o.start }

// lasts tells whether it goes on.
func (o *outage) lasts() bool { return o.end == math.MaxInt64 }

// together tells whether an outage belongs to a statement of this cause that began at:
// what strikes several cameras at once strikes them within minutes, since each is
// noticed in its own time.
func together(cause media.Cause, at int64, o *outage) bool {
	const near = int64(2 * time.Minute / time.Microsecond)
	return cause == o.cause && o.start-at <= near && at-o.start <= near
}

func byStart(a, b outage) int {
	return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.camera, b.camera))
}
