package hold

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/warrant"
)

// kinds of acts that make a hold, or end it.
const (
	kindPlaced    = "hold.placed"
	kindRecovered = "hold.recovered"
	kindReleased  = "hold.released"
)

// Frees is the kind of acts that end holds.
const Frees = kindReleased

// Placed is a hold as the acts in the transparency log tell of it.
type Placed struct {
	ID       string
	Cameras  []string
	From, To int64 // µs since 1970 UTC, of the footage
	At       int64 // when it was placed
	Released int64 // 0: it stands
	// Freed is where the log holds the approval of its release.
	Freed warrant.Place
	of    int // cameras that it has by its acts; 0: they do not say

	// Altered tells that its row stands and says otherwise. See Restate.
	Altered  bool
	words    words
	replaced bool // it goes on under another id
}

// StandsAt tells whether it stood at an instant.
func (p *Placed) StandsAt(at int64) bool { return p.At <= at && (p.Released == 0 || p.Released > at) }

// Touches tells whether it keeps what a camera recorded from one instant to another.
func (p *Placed) Touches(camera string, from, to int64) bool {
	return p.From < to && p.To > from && slices.Contains(p.Cameras, camera)
}

// widen adds what another act tells of the hold: there is one for every camera, and one
// more for each where it was made again from a copy. What any of them keeps is kept.
func (p *Placed) widen(cameras []string, from, to int64, of int) {
	p.Cameras = slices.Compact(slices.Sorted(slices.Values(append(p.Cameras, cameras...))))
	p.From, p.To, p.of = min(p.From, from), max(p.To, to), max(p.of, of)
}

// covers tells whether all that another hold keeps is kept by this one.
func (p *Placed) covers(o *Placed) bool {
	return p.From <= o.From && p.To >= o.To && !slices.ContainsFunc(o.Cameras, func(c string) bool { return !slices.Contains(p.Cameras, c) })
}

// PlacedBy reads the holds that people have placed. Where the table tells something else
// the difference is told: such as a hold that is released there and that nobody has
// released (clause C091): one asked for it, and another approved. A hold whose act cannot be proved is among them: it stands until
// a release that can be.
func PlacedBy(ctx context.Context, r *warrant.Reader, tx bun.IDB) (placed []Placed, untrue []string, err error) {
	acts, unproved, err := r.Acts(ctx, tx, kindPlaced, kindRecovered, kindReleased, kindAsked, kindRejected, kindWithdrawn)
	if err != nil {
		return nil, nil, err
	}
	untrue = warrant.Names(unproved)
	wishes := newReleases()
	for shown, some := range map[bool][]warrant.Act{true: acts, false: unproved} {
		for i := range some {
			a := &some[i]
			var d struct {
				AskedBy string `json:"asked_by"`
			}
			if err := a.Tell(&d); err != nil && shown {
				return nil, nil, err
			}
			wishes.add(a.Kind, a.Subject, a.Person, d.AskedBy, a.At, shown)
		}
	}
	known := map[string]*Placed{}
	var order []string
	for i := range acts {
		if err := place(&acts[i], known, &order, true); err != nil {
			return nil, nil, err
		}
	}
	for i := range unproved {
		_ = place(&unproved[i], known, &order, false) // of one that cannot be read nobody knows what it kept
	}
	for i := range acts {
		of := acts[i].Subject
		switch acts[i].Kind {
		case kindReleased:
			var d actDetail
			if err := acts[i].Tell(&d); err != nil {
				return nil, nil, err
			}
			if !wishes.by(of, acts[i].Person, d.AskedBy) || known[of] == nil || !wishes.free(of, &d, known[of].Cameras, known[of].From, known[of].To) {
				continue // by nobody, by one alone, or of another hold than this
			}
		case kindRecovered: // where it took the place of another
			var d struct{ Instead string }
			if err := acts[i].Tell(&d); err != nil {
				return nil, nil, err
			}
			of = d.Instead
			p := known[of]
			if p != nil && !known[acts[i].Subject].covers(p) {
				continue // a part of it does not end it
			}
			if p != nil {
				p.replaced = true
			}
		default:
			continue
		}
		if p := known[of]; p != nil && p.Released == 0 {
			p.Released, p.Freed = acts[i].At, acts[i].Place
		}
	}
	table, err := list(ctx, tx, Filter{Released: true, Limit: -1})
	if err != nil {
		return nil, nil, err
	}
	rows := map[string]Hold{}
	for _, h := range table {
		rows[h.ID] = h
	}
	for _, id := range order {
		p := known[id]
		h, there := rows[id]
		differs := h.From != p.From || h.To != p.To || !slices.Equal(h.Cameras, p.Cameras) || !p.words.are(&h)
		if !there || (h.ReleasedAt == 0) != (p.Released == 0) || differs && !p.replaced || len(p.Cameras) < p.of {
			untrue = append(untrue, "holds "+id)
		}
		p.Altered = there && differs && h.ReleasedAt == 0 && p.Released == 0
		placed = append(placed, *p)
	}
	return placed, untrue, nil
}

// place notes what an act tells of a hold that it places, if it is such an act.
// Its words count if it was shown to be in the log.
func place(a *warrant.Act, known map[string]*Placed, order *[]string, shown bool) error {
	if a.Kind != kindPlaced && a.Kind != kindRecovered {
		return nil
	}
	var d struct {
		Cameras  []string
		From, To int64
		Of       int
		words
	}
	if err := a.Tell(&d); err != nil {
		return err
	}
	if known[a.Subject] == nil {
		*order = append(*order, a.Subject)
		known[a.Subject] = &Placed{ID: a.Subject, From: d.From, To: d.To, At: a.At}
	}
	p := known[a.Subject]
	p.widen(d.Cameras, d.From, d.To, d.Of)
	if shown {
		p.words.learn(&d.words, a)
	}
	return nil
}
