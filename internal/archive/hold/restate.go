package hold

import (
	"cmp"
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/db"
	"watchroom/internal/problem"
)

// words are what the acts say of a hold besides what it keeps; nil where none says it. Those
// that made a hold again tell of the reason alone in earlier versions.
type words struct {
	Kind     *Kind
	Owner    *string
	Reason   *string
	Document *string
	by       string // who placed it
}

// learn takes in what an act says, which makes a hold.
func (w *words) learn(d *words, a *warrant.Act) {
	w.Kind, w.Owner, w.Reason, w.Document = cmp.Or(w.Kind, d.Kind), cmp.Or(w.Owner, d.Owner), cmp.Or(w.Reason, d.Reason), cmp.Or(w.Document, d.Document)
	w.by = cmp.Or(w.by, a.Person)
}

// are tells whether a row says the same.
func (w *words) are(h *Hold) bool {
	return or(w.Kind, h.Kind) == h.Kind && or(w.Owner, h.Owner) == h.Owner && or(w.Reason, h.Reason) == h.Reason && or(w.Document, h.Document) == h.Document
}

func or[T any](said *T, row T) T {
	if said != nil {
		return *said
	}
	return row
}

// Restate writes holds anew of which rows say otherwise than the acts: nobody could release
// them, since who approves would be shown something else. A row stays as it is, so that the
// hold goes on under another id, with what the acts say and all that either keeps; that is
// an act of nobody. Whoever calls it tells people that a row was changed.
func (h *Holds) Restate(ctx context.Context, altered []Placed) error {
	if len(altered) == 0 {
		return nil
	}
	now := h.Clock.Micro()
	err := h.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		table, err := list(ctx, tx, Filter{Limit: -1})
		if err != nil {
			return err
		}
		for i := range altered {
			p := &altered[i]
			at := slices.IndexFunc(table, func(one Hold) bool { return one.ID == p.ID })
			if at < 0 {
				continue // released meanwhile
			}
			one := &table[at]
			row := holdRow{ID: db.NewID(), Kind: or(p.words.Kind, one.Kind), Owner: or(p.words.Owner, one.Owner), Reason: or(p.words.Reason, one.Reason),
				Document: or(p.words.Document, one.Document), FromAt: min(p.From, one.From), ToAt: max(p.To, one.To), ReviewAt: one.ReviewAt,
				PlacedBy: cmp.Or(p.words.by, one.PlacedBy), PlacedAt: p.At, RecoveredAt: &now}
			cameras := slices.Compact(slices.Sorted(slices.Values(slices.Concat(p.Cameras, one.Cameras))))
			if err := insert(ctx, tx, row, cameras); err != nil {
				return err
			}
			_, err := tx.NewUpdate().Model((*holdRow)(nil)).Set("released_at = ?", now).Set("released_by = ''").Where("id = ?", p.ID).Exec(ctx)
			if err != nil {
				return problem.Wrap(err, "write a hold anew")
			}
			detail := map[string]any{"instead": p.ID, "reason": row.Reason, "placed_by": row.PlacedBy, "kind": row.Kind, "owner": row.Owner, "document": row.Document,
				"placed_at": row.PlacedAt, "review": row.ReviewAt, "released_at": now, "released_by": ""}
			if err := record(ctx, tx, access.Actor{}, now, kindRecovered, row, cameras, detail); err != nil {
				return err
			}
		}
		return Changed(ctx, tx)
	})
	if err != nil {
		return err
	}
	return h.Copy(ctx)
}
