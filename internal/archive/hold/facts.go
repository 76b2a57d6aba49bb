package hold

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/warrant"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

const kindReviewed = "hold.reviewed"

// said is what the detail of an act about a hold can hold, as far as it is compared.
type said struct {
	Cameras                             []string
	From, To                            *int64
	Kind, Owner, Reason, Document, Note *string
	Instead                             string
	Release                             string  // id of the wish; acts before 0.3 do not tell it
	Review                              *int64  // not of what was made again before 0.3
	PlacedBy                            *string `json:"placed_by"`
	PlacedAt                            *int64  `json:"placed_at"`   // likewise
	ReleasedAt                          *int64  `json:"released_at"` // of the row that it takes the place of; likewise
	ReleasedBy                          *string `json:"released_by"`
}

// Differ names holds, and wishes to release them, of which the rows tell otherwise than the
// acts. A hold that goes on under another id keeps in its row what somebody wrote there.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, damaged, err := warrant.OnRecord(ctx, tx, kindPlaced, kindRecovered, kindReviewed, kindReleased, kindAsked, kindRejected, kindWithdrawn)
	if err != nil {
		return nil, err
	}
	passed := map[string]bool{}
	for i := range damaged {
		passed[damaged[i].Subject] = true
	}
	facts.InOrder(acts, func(a *warrant.Act) (string, int64) { return a.Place.Log, a.Place.Leaf })
	t := told{of: map[string]*one{}, wish: map[string]*wished{}}
	for _, later := range []bool{false, true} { // a wish is known by its id whatever the order
		for i := range acts {
			a := &acts[i]
			var d said
			if a.Tell(&d) != nil {
				passed[a.Subject] = true
				continue
			}
			if named := d.Release != "" && a.Kind != kindAsked; named == later {
				t.take(a, &d)
			}
		}
	}
	return t.compare(ctx, tx, passed)
}

// one is a hold by its acts.
type one struct {
	fields   facts.Fields
	cameras  []string
	from, to *int64
	replaced bool
	open     *wished // that waits
}

// wished is a wish to release a hold by its acts.
type wished struct {
	row    facts.Row
	fields facts.Fields
	id     string // empty: no act tells it
}

type told struct {
	of   map[string]*one    // by hold
	wish map[string]*wished // by hold, person and time, and by id
}

func (t *told) hold(id string) *one {
	if t.of[id] == nil {
		t.of[id] = &one{fields: facts.Fields{"recovered": int64(0), "released": int64(0), "released by": ""}}
	}
	return t.of[id]
}

func wishKey(hold, person string, at int64) string { return fmt.Sprintf("%s %s %d", hold, person, at) }

func (t *told) take(a *warrant.Act, d *said) {
	h := t.hold(a.Subject)
	switch a.Kind {
	case kindPlaced, kindRecovered:
		t.made(h, a, d)
	case kindReviewed:
		put(h.fields, "review", d.Review)
	case kindAsked:
		key := wishKey(a.Subject, a.Person, a.At)
		if t.wish[key] == nil { // there is an act for every camera
			w := &wished{row: "hold_releases " + key, id: d.Release,
				fields: facts.Fields{"asked by": a.Person, "asked at": a.At, "decision": "", "decided by": "", "decided at": int64(0), "note": ""}}
			put(w.fields, "reason", d.Reason)
			t.wish[key], h.open = w, w
			if d.Release != "" {
				t.wish[d.Release], w.row = w, "hold_releases "+a.Subject+" "+d.Release
			}
		}
	case kindReleased, kindRejected, kindWithdrawn:
		w := h.open
		if d.Release != "" {
			w = t.wish[d.Release]
		}
		if w != nil {
			word := map[string]string{kindReleased: "approved", kindRejected: "rejected", kindWithdrawn: "withdrawn"}[a.Kind]
			w.fields["decision"], w.fields["decided by"], w.fields["decided at"], w.fields["note"] = word, a.Person, a.At, value(d.Note)
		}
		if a.Kind == kindReleased {
			h.fields["released"], h.fields["released by"] = a.At, a.Person
		}
	}
}

// made takes in an act that places a hold or makes it again.
func (t *told) made(h *one, a *warrant.Act, d *said) {
	h.cameras = append(h.cameras, d.Cameras...)
	if d.From != nil && (h.from == nil || *d.From < *h.from) {
		h.from = d.From
	}
	if d.To != nil && (h.to == nil || *d.To > *h.to) {
		h.to = d.To
	}
	for k, v := range map[string]*string{"kind": d.Kind, "owner": d.Owner, "reason": d.Reason, "document": d.Document, "placed by": d.PlacedBy} {
		put(h.fields, k, v)
	}
	put(h.fields, "review", d.Review)
	put(h.fields, "placed at", d.PlacedAt)
	if a.Kind == kindPlaced {
		h.fields["placed by"], h.fields["placed at"] = a.Person, a.At
		return
	}
	if h.fields["recovered"] = a.At; d.Review == nil {
		delete(h.fields, "review")
	}
	if d.Instead != "" {
		before := t.hold(d.Instead)
		before.replaced = true
		for _, k := range []string{"released", "released by"} { // whatever the row says, as nobody can tell
			delete(before.fields, k)
		}
		put(before.fields, "released", d.ReleasedAt)
		put(before.fields, "released by", d.ReleasedBy)
	}
}

func put[T any](f facts.Fields, field string, v *T) {
	if v != nil {
		f[field] = *v
	}
}

func value[T any](v *T) (is T) {
	if v != nil {
		is = *v
	}
	return is
}

func (t *told) compare(ctx context.Context, tx bun.IDB, passed map[string]bool) ([]facts.Difference, error) {
	var b facts.Book
	for id, h := range t.of {
		if h.cameras == nil && !h.replaced {
			continue // no act places it; that is found where its row is looked at
		}
		if h.replaced {
			for _, k := range []string{"kind", "owner", "reason", "document"} {
				delete(h.fields, k)
			}
		} else {
			h.fields["cameras"] = facts.Sorted(h.cameras)
			put(h.fields, "from", h.from)
			put(h.fields, "to", h.to)
		}
		b.Tell("holds "+id, h.fields)
	}
	for _, w := range t.wish {
		b.Tell(w.row, w.fields)
	}
	var rows []holdRow
	var of []cameraRow
	var asked []Release
	for _, into := range []any{&rows, &of, &asked} {
		if err := tx.NewSelect().Model(into).Scan(ctx); err != nil {
			return nil, problem.Wrap(err, "read holds")
		}
	}
	cameras := map[string][]string{}
	for _, c := range of {
		cameras[c.Hold] = append(cameras[c.Hold], c.Camera)
	}
	for i := range rows {
		r := &rows[i]
		b.Compare("holds "+r.ID, facts.Fields{"kind": r.Kind, "owner": r.Owner, "reason": r.Reason, "document": r.Document, "from": r.FromAt, "to": r.ToAt,
			"cameras": facts.Sorted(cameras[r.ID]), "review": r.ReviewAt, "placed by": r.PlacedBy, "placed at": r.PlacedAt,
			"recovered": facts.Or0(r.RecoveredAt), "released": facts.Or0(r.ReleasedAt), "released by": value(r.ReleasedBy)})
		delete(cameras, r.ID)
	}
	for id := range cameras { // of no hold
		b.Compare("hold_cameras "+id, nil)
	}
	for i := range asked {
		r := &asked[i]
		row := "hold_releases " + r.Hold + " " + r.ID
		if w := t.wish[wishKey(r.Hold, r.AskedBy, r.AskedAt)]; w != nil && w.id == "" {
			row = w.row
		}
		b.Compare(row, facts.Fields{"asked by": r.AskedBy, "asked at": r.AskedAt, "reason": r.Reason, "decision": value(r.Decision),
			"decided by": value(r.DecidedBy), "decided at": facts.Or0(r.DecidedAt), "note": r.Note})
	}
	return b.Differences(passed), nil
}
