package loss

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Neighbours are the other cameras of the areas and places of a statement, with how much of
// its time they have recorded. Areas are chosen, places are typed: either is enough.
func (k *Keeper) Neighbours(ctx context.Context, s *Statement) ([]Neighbour, error) {
	cameras, err := k.Cameras(ctx)
	if err != nil {
		return nil, err
	}
	places, areas, own := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, m := range s.Cameras {
		own[m.Camera] = true
	}
	for _, c := range cameras {
		if own[c.ID] {
			places[text.Key(c.Place)], areas[c.Area] = true, true
		}
	}
	var ids []string
	for _, c := range cameras {
		near := c.Place != "" && places[text.Key(c.Place)] || c.Area != "" && areas[c.Area]
		if !own[c.ID] && near && (c.RetiredAt == 0 || c.RetiredAt > s.From) {
			ids = append(ids, c.ID)
		}
	}
	to := s.To()
	if to == 0 {
		to = k.Clock.Micro()
	}
	if len(ids) == 0 || to <= s.From || k.Share == nil {
		return nil, nil
	}
	share, err := k.Share(ctx, ids, s.From, to)
	if err != nil {
		return nil, err
	}
	out := make([]Neighbour, len(ids))
	for i, id := range ids {
		out[i] = Neighbour{Camera: id, Share: share[id]}
	}
	return out, nil
}

func (w *Words) check() (err error) {
	if w.Text, err = text.Block("text", w.Text, 2, 4000); err != nil {
		return err
	}
	if w.Reported, err = text.Line("reported", w.Reported, 0, 300); err != nil {
		return err
	}
	if w.Repaired, err = text.Line("repaired", w.Repaired, 0, 300); err != nil {
		return err
	}
	w.Contractor, err = text.Line("contractor", w.Contractor, 0, 300)
	return err
}

// Explain adds what somebody says of a statement. Where it was explained before,
// corrects names the newest explanation; its signatures do not hold for this one.
func (k *Keeper) Explain(ctx context.Context, actor access.Actor, id string, w Words, corrects string) (Statement, error) {
	if err := access.Can(actor, access.LossExplain, ""); err != nil {
		return Statement{}, err
	}
	if err := w.check(); err != nil {
		return Statement{}, err
	}
	before, err := k.Get(ctx, id)
	if err != nil {
		return Statement{}, err
	}
	neighbours, err := k.Neighbours(ctx, &before)
	if err != nil {
		return Statement{}, err
	}
	content, err := json.Marshal(explained{w, neighbours})
	if err != nil {
		return Statement{}, problem.Wrap(err, "write an explanation")
	}
	return k.say(ctx, actor, access.LossExplain, id, func(s *Statement) (*entryRow, *ledger.Act, error) {
		switch newest := s.Explanation; {
		case newest == nil && corrects != "", newest != nil && corrects != "" && corrects != newest.ID:
			return nil, nil, ErrChanged
		case newest != nil && corrects == "":
			return nil, nil, ErrExplained
		}
		row := &entryRow{Kind: kindExplanation, Corrects: corrects, Content: string(content)}
		act := actor.For(access.LossExplain, "").Act(0, actExplained, id, "", map[string]any{"text": w.Text, "reported": w.Reported, "repaired": w.Repaired, "contractor": w.Contractor,
			"neighbours": seen(neighbours), "corrects": corrects})
		return row, &act, nil
	})
}

// Sign adds a person's signature under an explanation, on one of its lines and in one of their
// positions.
func (k *Keeper) Sign(ctx context.Context, actor access.Actor, id, about string, line Line, as access.Position) (Statement, error) {
	if err := access.Can(actor, access.LossSign, ""); err != nil {
		return Statement{}, err
	}
	if !slices.Contains(Lines(), line) {
		return Statement{}, ErrLine
	}
	held, err := k.Positions(ctx, actor.Person)
	if err != nil {
		return Statement{}, err
	}
	if !actor.InPerson() {
		return Statement{}, ErrNobody
	}
	if !slices.Contains(held, as) {
		return Statement{}, ErrPosition
	}
	return k.say(ctx, actor, access.LossSign, id, func(s *Statement) (*entryRow, *ledger.Act, error) {
		switch {
		case s.Explanation == nil:
			return nil, nil, ErrOpen
		case s.Explanation.ID != about:
			return nil, nil, ErrChanged
		case s.Lasts():
			return nil, nil, ErrLasts
		case s.State == Signed:
			return nil, nil, ErrSigned
		case slices.ContainsFunc(s.Signatures, func(g Signature) bool { return g.Person == actor.Person }):
			return nil, nil, ErrTwice
		}
		if err := k.may(actor, s, line, as); err != nil {
			return nil, nil, err
		}
		content, err := json.Marshal(signed{line})
		if err != nil {
			return nil, nil, problem.Wrap(err, "write a signature")
		}
		row := &entryRow{Kind: kindSignature, Position: string(as), Grade: ServerAttested, About: about, Content: string(content)}
		act := actor.For(access.LossSign, "").Act(0, actSigned, id, "", map[string]any{"position": as, "line": line, "explanation": about, "grade": ServerAttested})
		return row, &act, nil
	})
}

// say adds an entry and its act. Two who say something at once come one after the other.
func (k *Keeper) say(ctx context.Context, actor access.Actor, right access.Action, id string, what func(s *Statement) (*entryRow, *ledger.Act, error)) (Statement, error) {
	var after Statement
	err := k.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		s, err := get(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := access.OnEach(actor, right, s.Affected()); err != nil {
			return err
		}
		row, act, err := what(&s)
		if err != nil {
			return err
		}
		row.ID, row.Loss, row.At, row.Person = db.NewID(), id, k.Clock.Micro(), actor.Person
		row.At = max(row.At, lastSaid(&s)+1) // entries are read in order of their time
		if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
			return problem.Wrap(err, "add to a footage-loss statement")
		}
		act.At = row.At
		if err := ledger.Record(ctx, tx, *act); err != nil {
			return err
		}
		after, err = get(ctx, tx, id)
		return err
	})
	if err != nil {
		return Statement{}, err
	}
	k.tell(id, after.Affected()...)
	return after, nil
}

// lastSaid is when the newest entry was made.
func lastSaid(s *Statement) (at int64) {
	if s.Explanation != nil {
		at = s.Explanation.At
	}
	for _, g := range s.Signatures {
		at = max(at, g.At)
	}
	for _, v := range s.Revisions {
		at = max(at, v.At)
	}
	return at
}
