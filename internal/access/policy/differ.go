package policy

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/position"
	"watchroom/internal/access/roll"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

const policiesTable = "rights_policies "

// Differ names versions of the rights, and positions of the house, of which the rows tell
// otherwise than the acts. Whoever verifies compares those with the log.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, append(kinds(), kindRejected, kindWithdrawn, position.KindRenamed)...)
	if err != nil {
		return nil, err
	}
	var book facts.Book
	for i := range acts { // what was asked for first: the clock may have been set back before the answer
		if a := &acts[i]; a.Kind == kindProposed {
			tellAsked(&book, a)
		}
	}
	for i := range acts {
		tellDecided(&book, &acts[i])
	}
	var rows []versionRow
	if err := tx.NewSelect().Model(&rows).OrderExpr("id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read rights")
	}
	for i := range rows {
		v, err := rows[i].version()
		if err != nil {
			return nil, err
		}
		book.Compare(policiesTable+v.ID, facts.Fields{"rules": written(v.Rules), "base": v.Base, "reason": v.Reason, "asked by": v.AskedBy, "asked at": v.AskedAt,
			"decision": v.Decision, "decided by": v.DecidedBy, "decided at": v.DecidedAt, "note": v.Note, "in force": v.InForceAt != 0})
	}
	found, err := position.Differ(ctx, tx, acts, passed)
	if err != nil {
		return nil, err
	}
	found = append(book.Differences(passed), found...)
	if len(passed) > 0 { // what is lost of the acts is found elsewhere
		return found, nil
	}
	now, err := inForce(ctx, tx)
	if err != nil {
		return nil, err
	}
	f, err := onRecord(ctx, tx)
	if err == nil && f.Version != now.ID && !slices.ContainsFunc(found, func(d facts.Difference) bool { return d.Row == policiesTable+now.ID }) {
		found = append(found, facts.Difference{Row: policiesTable + now.ID, Why: fmt.Sprintf("it is in force, and by the acts of who may, %s is", f.Version)})
	}
	return found, err
}

// onRecord is what the acts make as they stand on record.
func onRecord(ctx context.Context, tx bun.IDB) (*Founded, error) {
	all, _, err := ledger.LoggedOf(ctx, tx, append(roll.Kinds(), kinds()...)...)
	if err != nil {
		return nil, err
	}
	var people, rights []roll.Act
	for _, l := range all {
		a := roll.Act{ID: l.Act.ID, Person: l.Act.Person, Kind: l.Act.Kind, Subject: l.Act.Subject, At: l.Act.At, Log: l.Log, Leaf: l.Leaf, Detail: l.Content.Detail}
		if slices.Contains(roll.Kinds(), a.Kind) {
			people = append(people, a)
		} else {
			rights = append(rights, a)
		}
	}
	r := roll.Of(people)
	return Found(slices.DeleteFunc(rights, func(a roll.Act) bool { return a.Person != "" && !r.May(a) })), nil
}

func tellAsked(b *facts.Book, a *facts.Act) {
	row := policiesTable + a.Subject
	b.TellAs(row, a, "base", "reason")
	b.Tell(row, facts.Fields{"asked by": a.Person, "asked at": a.At, "decision": "", "decided by": "", "decided at": 0, "note": "", "in force": false})
	tellRules(b, row, a)
}

func tellDecided(b *facts.Book, a *facts.Act) {
	decision := map[string]string{kindApproved: "approved", kindRejected: "rejected", kindWithdrawn: "withdrawn"}[a.Kind]
	if decision == "" {
		return
	}
	row := policiesTable + a.Subject
	b.TellAs(row, a, "note")
	b.Tell(row, facts.Fields{"decision": decision, "decided by": a.Person, "decided at": a.At, "in force": decision == "approved"})
	tellRules(b, row, a)
}

func tellRules(b *facts.Book, row string, a *facts.Act) {
	var rules []Rule
	if a.Read("rules", &rules) {
		b.Tell(row, facts.Fields{"rules": written(rules)})
	}
}

// Confirm puts the rules in force, and the positions of the house, on record anew. It is for
// rules whose approval the log cannot show any more, so that nothing they allow counts: from
// this act on it does. actor is the command line: nobody vouches for it but whoever has the
// machine in hand. at is µs since 1970 UTC.
func Confirm(ctx context.Context, tx bun.IDB, actor access.Actor, at int64) (Version, []position.Position, error) {
	v, err := inForce(ctx, tx)
	if err != nil {
		return Version{}, nil, err
	}
	register, err := position.Read(ctx, tx)
	if err != nil {
		return Version{}, nil, err
	}
	register = slices.DeleteFunc(register, func(p position.Position) bool { return p.Code.BuiltIn() || !p.InUse() })
	own := []ownTold{}
	for _, p := range register {
		own = append(own, ownTold{p.Code, p.Basis})
	}
	detail := map[string]any{"rules": append([]Rule{}, v.Rules...), "positions": own}
	return v, register, ledger.Record(ctx, tx, actor.Act(at, kindConfirmed, v.ID, "", detail))
}
