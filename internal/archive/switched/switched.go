// Package switched holds the gaps of cameras that were switched off against the acts by
// which people did that. What a gap says of who and why comes from a line of a journal, and
// of that the log keeps the cause alone; the act is in the log with a commitment to both.
package switched

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger/facts"
	"watchroom/internal/media"
	"watchroom/internal/problem"
)

// Act is one by which a camera was switched. Times are µs since 1970 UTC.
type Act struct {
	ID, Camera string
	At         int64
	Log        string // that holds it, and its index there; empty while it is on its way
	Leaf       int64
	Off        bool
	// From is since when it was off where that is not At; math.MinInt64: nobody knows.
	From int64
	// Words are what a gap may say of it; none where it told nobody and nothing.
	Words []string
	// Told tells that whoever recorded it wrote the words beside the gap for certain.
	Told bool
	// Back tells that the camera was taken back: acts from before may have gone.
	Back bool
}

// Slack is how far from an act its gap may begin or end, µs: a recorder may have to wait for
// its disk, and pictures for their camera.
const Slack = int64(10 * time.Minute / time.Microsecond)

// gap is a stretch of time without pictures since somebody switched the camera off.
type gap struct {
	Camera         string
	StartAt, EndAt int64
	Detail         string
}

// Differ names gaps that say otherwise who switched a camera off, why or when than the acts.
// Cameras that are passed over have acts that are damaged.
func Differ(ctx context.Context, tx bun.IDB, acts []Act, passed map[string]bool) (all []facts.Difference, err error) {
	var gaps []gap
	err = tx.NewRaw("SELECT camera, start_at, end_at, detail FROM coverage WHERE kind = 'gap' AND cause = ? ORDER BY camera, start_at",
		string(media.CauseSwitchedOff)).Scan(ctx, &gaps)
	if err != nil {
		return nil, problem.Wrap(err, "read gaps")
	}
	of := map[string][]Act{}
	for _, a := range acts {
		of[a.Camera] = append(of[a.Camera], a)
	}
	since := toldSince(acts)
	reigns := map[string]history{}
	for camera := range of {
		reigns[camera] = historyOf(of[camera])
	}
	for i := range gaps {
		g := &gaps[i]
		h, known := reigns[g.Camera]
		if !known || passed[g.Camera] { // a camera that no act made is named by itself
			continue
		}
		if why := h.otherwise(g, since); why != "" {
			all = append(all, facts.Difference{Row: fmt.Sprintf("coverage %s %d", g.Camera, g.StartAt), Why: why})
		}
	}
	return all, nil
}

// toldSince gives since when (µs) words were written for certain, which is a matter of the
// version of the program: from the first act on, in the order of a log, that was told so. The
// clock may have been set back then, or since: what is from before any act before it may be
// from before it.
func toldSince(acts []Act) int64 {
	acts = slices.Clone(acts)
	slices.SortStableFunc(acts, func(a, b Act) int { return cmp.Or(cmp.Compare(a.Log, b.Log), cmp.Compare(a.Leaf, b.Leaf)) })
	since, latest := int64(math.MaxInt64), int64(math.MinInt64)
	for i := range acts {
		a := &acts[i]
		if i == 0 || a.Log != acts[i-1].Log {
			latest = math.MinInt64
		}
		if latest = max(latest, a.At); a.Told {
			since = min(since, latest)
		}
	}
	return since
}

// history is how a camera was switched.
type history struct {
	off []reign
	// loose tells that the clock was set between acts: their times prove nothing.
	loose bool
	back  int64 // when it was taken back last; MinInt64: never
}

// reign is a time for which an act kept a camera off.
type reign struct {
	*Act
	from, to int64
}

func historyOf(acts []Act) (h history) {
	h.back = math.MinInt64
	slices.SortFunc(acts, func(a, b Act) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID)) })
	for i := range acts {
		a := &acts[i]
		if a.Back {
			h.back = a.At
		}
		if i > 0 && a.Log != "" && a.Log == acts[i-1].Log && a.Leaf < acts[i-1].Leaf {
			h.loose = true
		}
		if !a.Off {
			continue
		}
		r := reign{Act: a, from: a.At, to: math.MaxInt64}
		if a.From != 0 {
			r.from = a.From
		}
		if i+1 < len(acts) {
			r.to = acts[i+1].At
		}
		h.off = append(h.off, r)
	}
	return h
}

func (h *history) then(r *reign, g *gap) bool {
	return h.loose || (r.from == math.MinInt64 || r.from-Slack < g.EndAt) && (r.to == math.MaxInt64 || g.StartAt < r.to+Slack)
}

// otherwise says how a gap differs from all acts; empty: it is as one of them says.
func (h *history) otherwise(g *gap, since int64) string {
	said, mute, silent := false, false, false
	for i := range h.off {
		r := &h.off[i]
		then := h.then(r, g)
		if slices.Contains(r.Words, g.Detail) || len(r.Words) == 0 && g.Detail == "" {
			if then {
				return ""
			}
			said = true
		}
		mute = mute || then && !r.Told
		silent = silent || then
	}
	switch {
	case g.StartAt < h.back: // it may be of an act that went with a database
		return ""
	case g.Detail == "" && (mute || g.StartAt < since): // versions up to 0.1 wrote no words
		return ""
	case g.Detail == "" && silent:
		return "it says neither who switched the camera off nor why, and an act does"
	case g.Detail == "":
		return "no act switches the camera off then"
	case said:
		return fmt.Sprintf("it says that the camera was switched off %q, and no act does so then", g.Detail)
	}
	return fmt.Sprintf("it says that the camera was switched off %q, and no act does so in these words", g.Detail)
}
