package frozen

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// kinds of acts that freeze removal, or end that.
const (
	kindFrozen    = "retention.frozen"
	kindConfirmed = "retention.confirmed"
	kindWitnessed = "retention.time_witnessed"
)

// one is a freeze as an act names it.
type one struct {
	ID     string `json:"id"`
	Reason Reason `json:"reason"`
	Detail string `json:"detail"`
}

// tell is the act that removal is frozen. Nobody does it.
func (f *Freeze) tell(ctx context.Context, tx bun.IDB, at int64) error {
	return ledger.Record(ctx, tx, access.Actor{}.Act(at, kindFrozen, f.ID, "", map[string]any{"reason": f.Reason, "detail": f.Detail, "since": f.At}))
}

// Confirm says that a person has looked at what is seen and that removal may go on. by is
// about to use the right to. The act names every freeze; Read believes it alone.
func Confirm(ctx context.Context, tx bun.IDB, by access.Actor, seen []Freeze, at int64, note string) error {
	if err := lift(ctx, tx, seen, at, by.Person, note); err != nil {
		return err
	}
	reasons := []string{}
	for _, f := range seen {
		reasons = append(reasons, string(f.Reason))
	}
	return ledger.Record(ctx, tx, by.Act(at, kindConfirmed, "", "", map[string]any{"reasons": reasons, "note": note, "freezes": named(seen)}))
}

// Witnessed ends a freeze because the clock is right by another machine's: an act of nobody.
// clock is what that showed, as an act tells it.
func Witnessed(ctx context.Context, tx bun.IDB, f Freeze, at int64, witness string, clock any) error {
	if err := lift(ctx, tx, []Freeze{f}, at, "", witness); err != nil {
		return err
	}
	return ledger.Record(ctx, tx, access.Actor{}.Act(at, kindWitnessed, "", "", map[string]any{"witness": witness, "at": clock, "freezes": named([]Freeze{f})}))
}

func named(seen []Freeze) []one {
	all := []one{}
	for _, f := range seen {
		all = append(all, one{f.ID, f.Reason, f.Detail})
	}
	return all
}

// lift writes into the rows that freezes are over. One whose row is gone has it again; a row
// that says already that it was confirmed stays as it is.
func lift(ctx context.Context, tx bun.IDB, seen []Freeze, at int64, person, note string) error {
	var ids []string
	for _, f := range seen {
		ids = append(ids, f.ID)
		f := Freeze{ID: f.ID, At: f.At, Reason: f.Reason, Detail: f.Detail, ConfirmedAt: &at, Note: note}
		if person != "" {
			f.ConfirmedBy = &person
		}
		if _, err := tx.NewInsert().Model(&f).On("CONFLICT (id) DO NOTHING").Exec(ctx); err != nil {
			return problem.Wrap(err, "confirm that removal may go on")
		}
	}
	_, err := tx.NewUpdate().Model((*Freeze)(nil)).Set("confirmed_at = ?", at).Set("confirmed_by = NULLIF(?, '')", person).Set("note = ?", note).
		Where("id IN (?)", bun.List(ids)).Where("confirmed_at IS NULL").Exec(ctx)
	return problem.Wrap(err, "confirm that removal may go on")
}

// State is what rows and acts together tell of freezes.
type State struct {
	// Standing wait for a person, oldest first.
	Standing []Freeze
	// Untrue names rows that tell otherwise than the acts.
	Untrue []facts.Difference
	// Strangers names people, as warrant.Names does, who confirmed what stands all the same:
	// the log does not prove that they might.
	Strangers []string
}

// Read reads them by what the log proves. A freeze stands where a row or an act tells of it
// (clause C091: what forbids needs no proof), until the act of a person who has looked at it
// is proved. Whoever writes into its row that it is over, or deletes it, ends nothing.
func Read(ctx context.Context, r *warrant.Reader, tx bun.IDB) (t State, err error) {
	acts, unproved, err := r.Acts(ctx, tx, kindFrozen, kindConfirmed, kindWitnessed)
	if err != nil {
		return t, err
	}
	if t, err = told(ctx, tx, acts, unproved); err != nil {
		return t, err
	}
	t.Strangers = warrant.Names(slices.DeleteFunc(unproved, func(a warrant.Act) bool {
		return !a.Stranger || a.Kind != kindConfirmed || !slices.ContainsFunc(t.Standing, func(f Freeze) bool { return names(&a, &f) })
	}))
	return t, nil
}

// names tells whether an act of confirmation is about a freeze; one of an earlier version
// names reasons alone.
func names(a *warrant.Act, f *Freeze) bool {
	var d struct {
		Freezes []one
		Reasons []Reason
	}
	if a.Tell(&d) != nil {
		return false
	}
	return slices.ContainsFunc(d.Freezes, func(o one) bool { return o.ID == f.ID }) || d.Freezes == nil && slices.Contains(d.Reasons, f.Reason)
}

// Now is Read as of one instant. Without a log, where r is nil, the rows are believed.
func Now(ctx context.Context, r *warrant.Reader, d *db.DB) (t State, err error) {
	if r == nil {
		t.Standing, err = Standing(ctx, d.Read())
		return t, err
	}
	err = warrant.OfOneInstant(ctx, d, func(ctx context.Context, tx bun.IDB) error {
		t, err = Read(ctx, r, tx)
		return err
	})
	return t, err
}

// Shown is what a person has to look at. While an act of it is on its way into the log, or the
// log cannot be read, or there is none (r is nil), the rows have to do; who removes asks Read.
func Shown(ctx context.Context, r *warrant.Reader, tx bun.IDB) ([]Freeze, error) {
	if r != nil {
		if is, err := Read(ctx, r, tx); err == nil {
			return is.Standing, nil
		}
	}
	return Standing(ctx, tx)
}

// Differ names freezes of which the rows tell otherwise than the acts, for whoever compares
// those with the log.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, damaged, err := warrant.OnRecord(ctx, tx, kindFrozen, kindConfirmed, kindWitnessed)
	if err != nil {
		return nil, err
	}
	t, err := told(ctx, tx, acts, damaged)
	if err != nil {
		return nil, err
	}
	by, err := t.confirmedOtherwise(ctx, tx, acts)
	return append(t.Untrue, by...), err
}

// confirmedOtherwise names freezes that say by whom, when or with what note they were confirmed
// otherwise than the acts that name them; those of earlier versions named none.
func (t *State) confirmedOtherwise(ctx context.Context, tx bun.IDB, acts []warrant.Act) (found []facts.Difference, err error) {
	ends := map[string][]Freeze{}
	for i := range acts {
		a := &acts[i]
		var d struct {
			Freezes       []one
			Note, Witness string
		}
		if a.Kind == kindFrozen || a.Tell(&d) != nil {
			continue
		}
		for _, o := range d.Freezes {
			ends[o.ID] = append(ends[o.ID], Freeze{ConfirmedAt: &a.At, ConfirmedBy: &a.Person, Note: cmp.Or(d.Note, d.Witness)})
		}
	}
	var rows []Freeze
	if err := tx.NewSelect().Model(&rows).OrderExpr("id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read why removal is frozen")
	}
	for i := range rows {
		f := &rows[i]
		by := ""
		if f.ConfirmedBy != nil {
			by = *f.ConfirmedBy
		}
		row := "removal_freezes " + f.ID
		switch {
		case slices.ContainsFunc(t.Untrue, func(d facts.Difference) bool { return d.Row == row }):
		case f.ConfirmedAt == nil:
			if by != "" || f.Note != "" {
				found = append(found, facts.Difference{Row: row, Why: "it waits for a person, and says who has looked at it, or what they noted"})
			}
		case len(ends[f.ID]) > 0 && !slices.ContainsFunc(ends[f.ID], func(e Freeze) bool {
			return *e.ConfirmedAt == *f.ConfirmedAt && *e.ConfirmedBy == by && e.Note == f.Note
		}):
			found = append(found, facts.Difference{Row: row, Why: "it says otherwise by whom, when or with what note it was confirmed than the acts"})
		}
	}
	return found, nil
}

// confirmation is an act that ends freezes.
type confirmation struct {
	*warrant.Act
	reasons []Reason
}

// ends tells whether an act of an earlier version, which named no freezes, is the one by which a
// row says that it is over: it was written in the same transaction, with the same instant.
func (c *confirmation) ends(f *Freeze) bool {
	by := ""
	if f.ConfirmedBy != nil {
		by = *f.ConfirmedBy
	}
	return c.At == *f.ConfirmedAt && c.Person == by && slices.Contains(c.reasons, f.Reason)
}

func told(ctx context.Context, tx bun.IDB, acts, unproved []warrant.Act) (t State, err error) {
	set, over := map[string]Freeze{}, map[string]bool{}
	for i, a := range slices.Concat(acts, unproved) {
		if a.Kind != kindFrozen {
			continue
		}
		var d struct {
			one
			Since int64
		}
		if err := a.Tell(&d); err != nil && i < len(acts) {
			return t, err
		}
		f := Freeze{ID: a.Subject, At: cmp.Or(d.Since, a.At), Reason: cmp.Or(d.Reason, Untrue), Detail: d.Detail}
		if _, known := set[f.ID]; !known {
			set[f.ID] = f
		}
	}
	var old []confirmation
	for i := range acts {
		a := &acts[i]
		if a.Kind == kindFrozen {
			continue
		}
		var d struct {
			Freezes []one
			Reasons []Reason
		}
		if err := a.Tell(&d); err != nil {
			return t, err
		}
		switch {
		case a.Kind == kindConfirmed && a.Person == "": // nobody has looked
		case d.Freezes != nil:
			for _, o := range d.Freezes {
				over[o.ID] = over[o.ID] || a.Kind == kindConfirmed || set[o.ID].Reason == Leapt || set[o.ID].ID == "" && o.Reason == Leapt
			}
		case earlier(a, acts):
			if a.Kind == kindWitnessed {
				d.Reasons = []Reason{Leapt}
			}
			old = append(old, confirmation{a, d.Reasons})
		}
	}
	var rows []Freeze
	if err := tx.NewSelect().Model(&rows).Scan(ctx); err != nil {
		return t, problem.Wrap(err, "read why removal is frozen")
	}
	here := map[string]bool{}
	for _, f := range rows {
		here[f.ID] = true
		said, acted := set[f.ID]
		ended := over[f.ID] || !acted && f.ConfirmedAt != nil && slices.ContainsFunc(old, func(c confirmation) bool { return c.ends(&f) })
		switch {
		case f.ConfirmedAt != nil && !ended:
			t.untrue(f.ID, "it is confirmed, and by the acts nobody has")
		case f.ConfirmedAt == nil && ended:
			t.untrue(f.ID, "it waits for a person, and by the acts one has looked at it")
		case acted && (f.Reason != said.Reason || f.Detail != said.Detail || f.At != said.At):
			t.untrue(f.ID, "it gives another reason than its act")
		}
		if f.ConfirmedAt != nil && ended {
			continue
		}
		if acted {
			f = said
		}
		f.ConfirmedAt, f.ConfirmedBy, f.Note = nil, nil, ""
		t.Standing = append(t.Standing, f)
	}
	for _, id := range slices.Sorted(maps.Keys(set)) {
		if !here[id] {
			t.untrue(id, "an act tells of it, and it is not there")
			if !over[id] {
				t.Standing = append(t.Standing, set[id])
			}
		}
	}
	slices.SortFunc(t.Standing, func(a, b Freeze) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID)) })
	return t, nil
}

func (t *State) untrue(id, why string) {
	t.Untrue = append(t.Untrue, facts.Difference{Row: "removal_freezes " + id, Why: why})
}

// earlier tells whether an act is of a version that named no freezes: behind one of those
// that do, or that say that removal was frozen, there is none in the same log.
func earlier(a *warrant.Act, acts []warrant.Act) bool {
	return !slices.ContainsFunc(acts, func(b warrant.Act) bool {
		var d struct{ Freezes []one }
		return b.Place.Before(a.Place) && (b.Kind == kindFrozen || b.Tell(&d) == nil && d.Freezes != nil)
	})
}

// Tell writes the acts of freezes that stand by rows alone, since earlier versions wrote
// none: from then on nobody ends them by their rows.
func Tell(ctx context.Context, tx bun.IDB, at int64) error {
	rows, err := Standing(ctx, tx)
	if err != nil {
		return err
	}
	for i := range rows {
		if a, err := ledger.Sole(ctx, tx, kindFrozen, rows[i].ID); err != nil || a != nil {
			if err != nil {
				return problem.Wrap(err, "read why removal is frozen")
			}
			continue
		}
		if err := rows[i].tell(ctx, tx, at); err != nil {
			return err
		}
	}
	return nil
}
