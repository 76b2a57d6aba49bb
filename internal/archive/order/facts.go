package order

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// both stands for the words of a person who approved and then rejected.
const both = "both"

// Differ compares orders with the acts that asked for them, decided on them and carried
// them out. When one was decided on its acts tell by their own time.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, kindRequested, kindApproved, kindRejected, kindWithdrawn, kindExecuted, kindContinued, kindProgressed)
	if err != nil {
		return nil, err
	}
	var b facts.Book
	tellSteps(&b, acts)
	cameras, agreed, ended := map[string][]string{}, map[string]map[string]bool{}, map[string]State{}
	type gone struct{ segments, bytes int64 }
	carried, counted := map[string]gone{}, map[string]string{} // of the acts of one camera
	decided := map[string]string{}
	for i := range acts {
		a := &acts[i]
		row, said := "deletion_orders "+a.Subject, "deletion_order_decisions "+a.Subject+" "+a.Person
		switch a.Kind {
		case kindRequested:
			cameras[a.Subject] = append(cameras[a.Subject], a.List("cameras")...)
			b.Tell(row, facts.Fields{"requested_by": a.Person, "requested_at": a.At, "cameras": facts.Sorted(cameras[a.Subject])})
			b.TellAs(row, a, "from", "to", "ground", "document", "reason")
		case kindApproved, kindRejected:
			word := "approved"
			if a.Kind == kindRejected {
				word, ended[a.Subject] = "rejected", Rejected
			} else if agreed[a.Subject] == nil {
				agreed[a.Subject] = map[string]bool{a.Person: true}
			} else {
				agreed[a.Subject][a.Person] = true
			}
			if first, before := decided[said]; before && first != word {
				// Who approved first may think again, and the clock may have been set back or
				// have stood still: which of both words the row keeps, no act tells. There is
				// an act for every camera, so the first word may come once more.
				decided[said] = both
				b.Forget(said)
				continue
			}
			decided[said] = word
			b.Tell(said, facts.Fields{"at": a.At, "decision": word})
			b.TellAs(said, a, "note")
		case kindWithdrawn:
			ended[a.Subject] = Withdrawn
		case kindProgressed:
		default:
			if of, some := counted[a.Subject]; some && of != a.Camera {
				continue // there is an act for every camera
			}
			counted[a.Subject] = a.Camera
			g := carried[a.Subject]
			g.segments, g.bytes = g.segments+a.Number("segments"), g.bytes+a.Number("bytes")
			carried[a.Subject] = g
			ended[a.Subject] = Executed
			b.Tell(row, facts.Fields{"removed": g.segments, "bytes": g.bytes})
		}
	}
	for id := range cameras { // whatever the clock said of the order of the acts
		state := ended[id]
		switch {
		case state != "":
		case len(agreed[id]) >= approvals:
			state = Approved
		default:
			state = Requested
		}
		b.Tell("deletion_orders "+id, facts.Fields{"state": state})
	}
	var rows []orderRow
	var of []cameraRow
	var decisions []Decision
	for _, into := range []any{&rows, &of, &decisions} {
		if err := tx.NewSelect().Model(into).Scan(ctx); err != nil {
			return nil, problem.Wrap(err, "read orders")
		}
	}
	named := map[string][]string{}
	for _, c := range of {
		named[c.Deletion] = append(named[c.Deletion], c.Camera)
	}
	for _, r := range rows {
		b.Compare("deletion_orders "+r.ID, facts.Fields{"ground": r.Ground, "reason": r.Reason, "document": r.Document, "from": r.FromAt, "to": r.ToAt,
			"requested_by": r.RequestedBy, "requested_at": r.RequestedAt, "state": r.State, "removed": r.Removed, "bytes": r.Bytes,
			"kept": r.Kept, "held": r.Held, "decided_at": facts.Or0(r.DecidedAt), "executed_at": facts.Or0(r.ExecutedAt), "cameras": facts.Sorted(named[r.ID])})
	}
	for _, d := range decisions {
		b.Compare("deletion_order_decisions "+d.Deletion+" "+d.Person, facts.Fields{"at": d.At, "decision": d.Decision, "note": d.Note})
	}
	return b.Differences(passed), nil
}

// tellSteps notes when orders were decided on and carried out, and their figures. Acts of
// versions before 0.3 do not tell that: what was decided or carried out by one of those has
// instants and figures of which none tells.
func tellSteps(b *facts.Book, acts []facts.Act) {
	acts = slices.Clone(acts)
	facts.InLog(acts)
	of := map[string]facts.Fields{}
	for i := range acts {
		a := &acts[i]
		if of[a.Subject] == nil {
			of[a.Subject] = facts.Fields{"decided_at": 0, "executed_at": 0}
			figures{}.put(of[a.Subject])
		}
		is := of[a.Subject]
		switch a.Kind {
		case kindApproved, kindRejected, kindWithdrawn:
			switch state, told := a.Get(keyState); {
			case !told:
				for _, k := range []string{"decided_at", "removed", "bytes", "kept", "held"} {
					delete(is, k)
				}
			case State(state) != Requested:
				is["decided_at"] = a.At
			}
		case kindExecuted, kindContinued, kindProgressed:
			var f figures
			told := a.Read(keyFigures, &f)
			if told {
				f.put(is)
			}
			switch {
			case a.Kind != kindExecuted:
			case told:
				is["executed_at"] = a.At
			default:
				delete(is, "executed_at")
				delete(is, "held")
				is["kept"] = a.Number("kept")
			}
		}
	}
	for id, is := range of {
		b.Tell("deletion_orders "+id, is)
	}
}

func (f figures) put(is facts.Fields) {
	is["removed"], is["bytes"], is["kept"], is["held"] = f.Removed, f.Bytes, f.Kept, f.Held
}
