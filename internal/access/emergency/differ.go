package emergency

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Kinds of acts about emergency rights.
const (
	kindTaken    = "emergency.taken"
	kindEnded    = "emergency.ended"
	kindReported = "emergency.reported"
	kindMissing  = "emergency.report_missing"
	kindSettled  = "emergency.settled"
)

// Differ names emergency rights of which the rows tell otherwise than the acts: who took what
// for how long and why, what they reported, and what was said of it. Whoever verifies compares
// the acts with the log.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, kindTaken, kindEnded, kindReported, kindMissing, kindSettled)
	if err != nil {
		return nil, err
	}
	var book facts.Book
	for _, begins := range []bool{true, false} { // the clock may have been set back in between
		for i := range acts {
			if a := &acts[i]; (a.Kind == kindTaken) == begins {
				tell(&book, a)
			}
		}
	}
	var rows []row
	if err := tx.NewSelect().Model(&rows).OrderExpr("id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read emergency rights")
	}
	for i := range rows {
		r := &rows[i]
		book.Compare("emergencies "+r.ID, facts.Fields{"person": r.Person, "right": r.Name, "cause": r.Cause, "reason": r.Reason, "grade": r.Grade, "back": r.Back,
			"from": r.FromAt, "until": r.UntilAt, "due": r.DueAt, "ended": facts.Or0(r.EndedAt), "ended by": value(r.EndedBy), "end reason": r.EndReason,
			"report": r.Report, "reported": facts.Or0(r.ReportedAt), "missing since": facts.Or0(r.BreachAt),
			"verdict": r.Verdict, "note": r.Note, "settled by": value(r.SettledBy), "settled": facts.Or0(r.SettledAt)})
	}
	return book.Differences(passed), nil
}

func tell(b *facts.Book, a *facts.Act) {
	row := "emergencies " + a.Subject
	text := func(field string) string { t, _ := a.Get(field); return t }
	switch a.Kind {
	case kindTaken:
		b.Tell(row, facts.Fields{"person": a.Person, "reason": "", "back": a.Number("backSeconds") * 1e6, "from": a.At, "ended": 0, "ended by": "", "end reason": "",
			"report": "", "reported": 0, "missing since": 0, "verdict": "", "note": "", "settled by": "", "settled": 0})
		b.TellAs(row, a, "right", "cause", "reason", "grade", "until", "due")
	case kindEnded:
		b.Tell(row, facts.Fields{"ended": a.At, "ended by": a.Person, "end reason": text("reason")})
	case kindReported:
		b.Tell(row, facts.Fields{"report": text("note"), "reported": a.At})
	case kindMissing:
		b.Tell(row, facts.Fields{"missing since": a.At})
	case kindSettled:
		b.Tell(row, facts.Fields{"verdict": text("verdict"), "note": text("note"), "settled by": a.Person, "settled": a.At})
	}
}
