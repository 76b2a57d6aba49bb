// Package decision tells who asked for rules of retention, why, and who decided on them, as
// the acts have it.
package decision

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/warrant"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Kinds of acts about a rule.
const (
	Changed   = "retention.changed"
	Requested = "retention.change_requested"
	Approved  = "retention.change_approved"
	Rejected  = "retention.change_rejected"
	Withdrawn = "retention.change_withdrawn"
	Recovered = "retention.recovered"
)

type ruleRow struct {
	bun.BaseModel `bun:"table:retention_rules,alias:rule"`
	ID            string `bun:",pk"`
	Reason        string
	AskedBy       string
	AskedAt       int64
	DecidedBy     *string
	DecidedAt     *int64
	Decision      *string
	Note          string
}

// decisions are what acts about a change that waits say of it.
var decisions = map[string]string{Approved: "approved", Rejected: "rejected", Withdrawn: "withdrawn"}

// Differ names rules of which the rows tell otherwise than the acts who asked for them, why,
// and who decided. What a rule says is held against the acts where it is believed; a rule
// that was taken from a copy has no other word than the act of that.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, damaged, err := warrant.OnRecord(ctx, tx, Changed, Requested, Approved, Rejected, Withdrawn, Recovered)
	if err != nil {
		return nil, err
	}
	passed := map[string]bool{}
	for i := range damaged {
		passed[damaged[i].Subject] = true
	}
	facts.InOrder(acts, func(a *warrant.Act) (string, int64) { return a.Place.Log, a.Place.Leaf })
	var b facts.Book
	for _, decided := range []bool{false, true} { // whoever asked first: the clock may have been set back before the answer
		for i := range acts {
			a := &acts[i]
			if word := decisions[a.Kind]; (word != "") == decided && a.Kind != Recovered {
				take(&b, a, word)
			}
			if a.Kind == Recovered {
				passed[a.Subject] = true
			}
		}
	}
	var rows []ruleRow
	if err := tx.NewSelect().Model(&rows).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read rules of retention")
	}
	for i := range rows {
		r := &rows[i]
		b.Compare("retention_rules "+r.ID, facts.Fields{"asked by": r.AskedBy, "asked at": r.AskedAt, "reason": r.Reason,
			"decision": text(r.Decision), "decided by": text(r.DecidedBy), "decided at": facts.Or0(r.DecidedAt), "note": r.Note})
	}
	return b.Differences(passed), nil
}

// take notes what an act says of the row of a change; word is what it decides, if it does.
func take(b *facts.Book, a *warrant.Act, word string) {
	var d struct{ Reason, Note *string }
	if a.Tell(&d) != nil {
		return
	}
	f := facts.Fields{"asked by": a.Person, "asked at": a.At, "decision": "", "decided by": "", "decided at": int64(0), "note": ""}
	field, said := "reason", d.Reason
	if word != "" {
		f = facts.Fields{"decision": word, "decided by": a.Person, "decided at": a.At}
		field, said = "note", d.Note
	}
	if said != nil {
		f[field] = *said
	}
	b.Tell("retention_rules "+a.Subject, f)
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
