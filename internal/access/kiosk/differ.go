package kiosk

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Kinds of acts about consoles.
const (
	kindAdded   = "console.added"
	kindRenewed = "console.renewed"
	kindRetired = "console.retired"
	kindSetUp   = "console.set_up"
	kindDrifted = "console.drifted"
	kindMended  = "console.mended"
	kindSilent  = "console.silent"
	kindHeard   = "console.heard"
)

// Differ names consoles of which the rows tell otherwise than the acts: which token is whose,
// which set-up counts, and in what a console differs or that it is silent. Whoever verifies
// compares the acts with the log.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, kindAdded, kindRenewed, kindRetired, kindSetUp, kindDrifted, kindMended, kindSilent, kindHeard)
	if err != nil {
		return nil, err
	}
	var all []row
	if err := tx.NewSelect().Model(&all).OrderExpr("id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read consoles")
	}
	return facts.Either(acts, func(acts []facts.Act) []facts.Difference {
		var book facts.Book
		for i := range acts { // the clock may have been set back before the change
			if a := &acts[i]; a.Kind == kindAdded {
				book.Tell(of(a), facts.Fields{"added": a.At, "retired": 0, "profile": "", "findings": "[]", "differs since": 0, "silent since": 0})
				book.TellAs(of(a), a, "name", "place", "token")
			}
		}
		since := map[string]int64{}
		for i := range acts {
			switch a := &acts[i]; a.Kind {
			case kindRenewed:
				delete(since, a.Subject)
				book.Tell(of(a), facts.Fields{"profile": "", "findings": "[]", "differs since": 0, "silent since": 0})
				book.TellAs(of(a), a, "token")
			case kindRetired:
				book.Tell(of(a), facts.Fields{"retired": a.At})
			case kindSetUp:
				book.TellAs(of(a), a, "profile")
			case kindDrifted:
				if since[a.Subject] == 0 {
					since[a.Subject] = a.At
				}
				found, _ := a.Get("findings")
				book.Tell(of(a), facts.Fields{"findings": facts.Plain([]byte(found)), "differs since": since[a.Subject]})
			case kindMended:
				delete(since, a.Subject)
				book.Tell(of(a), facts.Fields{"findings": "[]", "differs since": 0})
			case kindSilent:
				book.Tell(of(a), facts.Fields{"silent since": a.At})
			case kindHeard:
				book.Tell(of(a), facts.Fields{"silent since": 0})
			}
		}
		for i := range all {
			r := &all[i]
			book.Compare("consoles "+r.ID, facts.Fields{"name": r.Name, "place": r.Place, "token": r.Token, "added": r.AddedAt, "retired": facts.Or0(r.RetiredAt),
				"profile": r.Profile, "findings": facts.Plain([]byte(r.Findings)), "differs since": facts.Or0(r.DriftAt), "silent since": facts.Or0(r.SilentAt)})
		}
		return book.Differences(passed)
	}), nil
}

func of(a *facts.Act) facts.Row { return "consoles " + a.Subject }
