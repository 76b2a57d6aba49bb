package proposal

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// step is what a kind of act does with a proposal.
type step struct {
	kind  Kind
	state State
}

// steps are the kinds of acts about proposals, as appointment, camera, its masks, its control
// room, area and plan write them. Those about purposes package purpose compares.
var steps = map[string]step{
	"person.positions_proposed":  {Positions, Proposed},
	"person.positions_changed":   {Positions, Approved}, // where it names a proposal
	"person.positions_rejected":  {Positions, Rejected},
	"person.positions_withdrawn": {Positions, Withdrawn},
	"camera.grade_proposed":      {Grade, Proposed},
	"camera.changed":             {Grade, Approved}, // likewise
	"camera.grade_rejected":      {Grade, Rejected},
	"camera.grade_withdrawn":     {Grade, Withdrawn},
	"camera.area_proposed":       {Area, Proposed},
	"camera.area_rejected":       {Area, Rejected},
	"camera.area_withdrawn":      {Area, Withdrawn},
	"area.parent_proposed":       {Parent, Proposed},
	"area.changed":               {Parent, Approved}, // likewise
	"area.parent_rejected":       {Parent, Rejected},
	"area.parent_withdrawn":      {Parent, Withdrawn},
	"camera.mask_proposed":       {Mask, Proposed},
	"camera.masked":              {Mask, Approved}, // likewise
	"camera.mask_rejected":       {Mask, Rejected},
	"camera.mask_withdrawn":      {Mask, Withdrawn},
	"camera.room_proposed":       {Room, Proposed},
	"camera.room_ended":          {Room, Approved}, // likewise
	"camera.room_rejected":       {Room, Rejected},
	"camera.room_withdrawn":      {Room, Withdrawn},
	"schedule.proposed":          {Schedule, Proposed},
	"schedule.set":               {Schedule, Approved}, // likewise
	"schedule.rejected":          {Schedule, Rejected},
	"schedule.withdrawn":         {Schedule, Withdrawn},
}

// Differ names proposals, but for those about purposes, of which the rows tell otherwise than the
// acts. Whoever verifies compares those with the log.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	kinds := make([]string, 0, len(steps))
	for k := range steps {
		kinds = append(kinds, k)
	}
	acts, passed, err := facts.Acts(ctx, tx, kinds...)
	if err != nil {
		return nil, err
	}
	var book facts.Book
	about := map[string]string{}               // subjects by proposal
	for _, open := range []bool{true, false} { // the clock may have been set back before the answer
		for i := range acts {
			a := &acts[i]
			id, of := a.Get("proposal")
			if of && (steps[a.Kind].state == Proposed) == open {
				about[id] = a.Subject
				tell(&book, a, rowOf(id))
			}
		}
	}
	var rows []Proposal
	if err := tx.NewSelect().Model(&rows).Where("kind <> ?", Purpose).OrderExpr("id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read proposals")
	}
	for i := range rows {
		p := &rows[i]
		if _, known := about[p.ID]; !known {
			about[p.ID] = p.Subject
		}
		fields := facts.Fields{"kind": p.Kind, "subject": p.Subject, "step": p.Step, "from": facts.Plain([]byte(p.ValueBefore)), "to": facts.Plain([]byte(p.ValueAfter)),
			"reason": p.Reason, "proposed by": p.ProposedBy, "proposed at": p.ProposedAt, "state": p.State, "decided by": p.DecidedBy, "decided at": p.DecidedAt, "note": p.Note}
		book.Compare(rowOf(p.ID), fields)
	}
	for id, subject := range about { // whose acts are damaged
		if passed[subject] {
			passed[id] = true
		}
	}
	return book.Differences(passed), nil
}

func rowOf(id string) facts.Row { return "proposals " + id }

func tell(b *facts.Book, a *facts.Act, row facts.Row) {
	s := steps[a.Kind]
	if s.state != Proposed {
		b.Tell(row, facts.Fields{"state": s.state, "decided by": a.Person, "decided at": a.At, "note": ""})
		b.TellAs(row, a, "note")
		return
	}
	b.Tell(row, facts.Fields{"kind": s.kind, "subject": a.Subject, "reason": "", "proposed by": a.Person, "proposed at": a.At,
		"state": Proposed, "decided by": "", "decided at": 0, "note": ""})
	b.TellAs(row, a, "reason")
	if s.kind == Positions {
		b.TellAs(row, a, "step") // older acts do not tell it
	} else if other, again := a.Get("earlier"); again { // the device is, or was, another camera's
		b.Tell(row, facts.Fields{"step": Again, "reason": other})
	} else {
		b.Tell(row, facts.Fields{"step": ""})
	}
	for _, field := range []string{"from", "to"} {
		var v json.RawMessage
		if a.Read(field, &v) {
			b.Tell(row, facts.Fields{field: facts.Plain(v)})
		}
	}
}
