package roll

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/holding"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Differ names people and positions of which the rows tell otherwise than the acts. Whoever
// verifies compares those with the log.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	all, damaged, err := ledger.LoggedOf(ctx, tx, append(Kinds(), kindReset, kindChanged, kindReviewed)...)
	if err != nil {
		return nil, err
	}
	var acts []Act
	passed := map[string]bool{} // an act about them is damaged, which is found elsewhere
	passwords := map[string][]*ledger.Logged{}
	reviews := map[string][]*ledger.Logged{}
	for i := range all {
		l := &all[i]
		if l.Act.Kind == kindReviewed {
			if person, _, ok := reviewed(l); ok {
				reviews[person] = append(reviews[person], l)
				passed[person] = passed[person] || damaged[i] != nil
			}
			continue
		}
		if damaged[i] != nil {
			passed[l.Content.Subject] = true
			continue
		}
		if k := l.Act.Kind; k == kindCreated || k == kindReset || k == kindChanged {
			passwords[l.Act.Subject] = append(passwords[l.Act.Subject], l)
		}
		if k := l.Act.Kind; k == kindReset || k == kindChanged {
			continue
		}
		acts = append(acts, Act{ID: l.Act.ID, Person: l.Act.Person, Kind: l.Act.Kind, Subject: l.Act.Subject, At: l.Act.At, Log: l.Log, Leaf: l.Leaf, Detail: l.Content.Detail})
	}
	var rows []struct {
		ID           string
		Disabled     bool
		PasswordHash string
	}
	if err := tx.NewSelect().Table("people").Column("id", "disabled", "password_hash").OrderExpr("id").Scan(ctx, &rows); err != nil {
		return nil, problem.Wrap(err, "read people")
	}
	held, err := holding.Read(ctx, tx, "")
	if err != nil {
		return nil, err
	}
	marks, err := marksOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	r := Of(acts)
	var found []facts.Difference
	here := map[string]bool{}
	for _, row := range rows {
		here[row.ID] = true
		if passed[row.ID] {
			continue
		}
		if forged(row.PasswordHash, passwords[row.ID]) {
			found = append(found, facts.Difference{Row: "people " + row.ID, Why: "no act gave it the password that it has"})
		}
		is := state{known: true, open: !row.Disabled, held: held[row.ID]}
		by := r.now(row.ID, (*Roll).byLog)
		if late := r.now(row.ID, (*Roll).byTime); len(by.differ(row.ID, &is)) > 0 { // either order may be that of what was done
			if len(late.differ(row.ID, &is)) == 0 {
				by = late
			}
		}
		if differ := by.differ(row.ID, &is); len(differ) > 0 {
			found = append(found, differ...)
			continue
		}
		changes := slices.Clone(r.lives[row.ID])
		for _, l := range reviews[row.ID] {
			_, c, _ := reviewed(l)
			c.log = r.log(l.Log)
			changes = append(changes, c)
		}
		if differ := marks.otherwise(row.ID, follow(inLog(changes))); len(differ) > 0 && len(marks.otherwise(row.ID, follow(inTime(changes)))) > 0 {
			found = append(found, differ...)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(r.lives)) {
		if !here[id] && !passed[id] {
			found = append(found, facts.Difference{Row: "people " + id, Why: "an act tells of it, and it is not there"})
		}
	}
	return found, nil
}

// now is what somebody is by all acts in an order.
func (r *Roll) now(person string, in func(*Roll, string) []change) (s state) {
	for _, c := range in(r, person) {
		s = s.then(&c)
	}
	return s
}

// differ names what rows tell otherwise.
func (s *state) differ(person string, is *state) (all []facts.Difference) {
	if !s.known {
		return []facts.Difference{{Row: "people " + person, Why: "no act of anybody who may makes this person"}}
	}
	if s.open != is.open {
		all = append(all, facts.Difference{Row: "people " + person, Why: fmt.Sprintf("disabled %v, by the acts %v", !is.open, !s.open)})
	}
	named := map[access.Position]bool{} // also those that the house made
	for _, h := range slices.Concat(is.held, s.held) {
		named[h.Position] = true
	}
	for _, p := range slices.Sorted(maps.Keys(named)) {
		row := "people_positions " + person + " " + string(p)
		of := func(h access.Holding) bool { return h.Position == p }
		i, k := slices.IndexFunc(is.held, of), slices.IndexFunc(s.held, of)
		switch {
		case k < 0:
			all = append(all, facts.Difference{Row: row, Why: "no act gives it"})
		case i < 0:
			all = append(all, facts.Difference{Row: row, Why: "an act gives it, and it is not there"})
		case !holding.Same(is.held[i:i+1], s.held[k:k+1]):
			all = append(all, facts.Difference{Row: row, Why: fmt.Sprintf("%v, by the acts %v", terms(is.held[i]), terms(s.held[k]))})
		}
	}
	return all
}

// terms are where and for how long a position is held.
func terms(h access.Holding) string {
	return fmt.Sprintf("areas %v from %d until %d", h.Areas, h.From, h.Until)
}
