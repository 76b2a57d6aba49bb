package hold

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/warrant"
)

// kinds of acts of a release, besides the one that approves of it.
const (
	kindAsked     = "hold.release_requested"
	kindRejected  = "hold.release_rejected"
	kindWithdrawn = "hold.release_withdrawn"
)

// releases are the wishes to release holds that acts tell of. A hold is let go by two
// people: one who asked and another who approved. Whoever writes one act alone, or both
// in one name, has released nothing.
type releases struct {
	asked, ended map[wish]map[int64]bool // when: there is an act for every camera
	shown        map[wish]bool           // that somebody asked is proved
	freed        map[string][]string     // cameras that were approved of, by hold
}

// wish is what somebody asked for.
type wish struct{ hold, person string }

func newReleases() *releases {
	return &releases{map[wish]map[int64]bool{}, map[wish]map[int64]bool{}, map[wish]bool{}, map[string][]string{}}
}

// add notes an act. askedBy is what the one that rejects says of who asked.
func (r *releases) add(kind, hold, person, askedBy string, at int64, shown bool) {
	note := func(m map[wish]map[int64]bool, w wish) {
		if m[w] == nil {
			m[w] = map[int64]bool{}
		}
		m[w][at] = true
	}
	switch kind {
	case kindAsked:
		w := wish{hold, person}
		note(r.asked, w)
		r.shown[w] = r.shown[w] || shown
	case kindRejected:
		note(r.ended, wish{hold, askedBy})
	case kindWithdrawn:
		note(r.ended, wish{hold, person})
	}
}

// by tells whether the approval of a person, who says who asked, releases a hold: that
// one did, is another, and has not been refused or taken it back since. It goes by how
// often that was, since the clock may have been set back between them.
func (r *releases) by(hold, person, askedBy string) bool {
	w := wish{hold, askedBy}
	return person != "" && askedBy != "" && person != askedBy && r.shown[w] && len(r.asked[w]) > len(r.ended[w])
}

// free notes what an approval names, and tells whether with it all is named that a hold keeps
// on some cameras between two instants (µs): whoever approved of less was shown another hold.
func (r *releases) free(hold string, d *actDetail, cameras []string, from, to int64) bool {
	if d.From <= from && d.To >= to {
		r.freed[hold] = append(r.freed[hold], d.Cameras...)
	}
	return !slices.ContainsFunc(cameras, func(c string) bool { return !slices.Contains(r.freed[hold], c) })
}

// asAsked is warrant.ErrAltered where a hold or the wish for its release stands otherwise
// than in the acts.
func asAsked(ctx context.Context, tx bun.IDB, row *holdRow, cameras []string, r *Release) error {
	err := warrant.AsAsked(ctx, tx, []string{kindPlaced, kindRecovered}, row.ID, cameras, func(a *warrant.Act) (about, same bool) {
		var d struct {
			actDetail
			Of int
		}
		return true, a.Tell(&d) == nil && d.Reason == row.Reason && row.FromAt <= d.From && row.ToAt >= d.To && d.Of <= len(cameras)
	})
	if err != nil {
		return err
	}
	return warrant.AsAsked(ctx, tx, []string{kindAsked}, row.ID, cameras, func(a *warrant.Act) (about, same bool) {
		var d actDetail
		return a.At == r.AskedAt && a.Person == r.AskedBy, a.Tell(&d) == nil && d.Reason == r.Reason // others are of earlier wishes
	})
}
