package loss

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Differ compares footage-loss statements, and what was said of them, with their acts.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, actOpened, actAdded, actEnded, actRevised, actCauses, actExplained, actSigned)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(acts, func(a, b facts.Act) int { // an end comes behind its beginning, whatever the clock said
		return cmp.Compare(strings.Count(a.Kind, actEnded), strings.Count(b.Kind, actEnded))
	})
	var b facts.Book
	for i := range acts {
		a := &acts[i]
		from, _ := a.Get("from")
		member := fmt.Sprintf("loss_cameras %s %s %s", a.Subject, a.Camera, from)
		switch a.Kind {
		case actOpened:
			row := "losses " + a.Subject
			b.Tell(row, facts.Fields{"at": a.At})
			b.TellAs(row, a, "number", "from", "cause")
			b.TellAs(member, a, "cause", "to", "alarm")
		case actAdded:
			b.TellAs(member, a, "cause", "to", "alarm")
		case actEnded:
			b.TellAs(member, a, "to")
		case actRevised:
			b.TellAs(entry(a.Subject, kindRevision, a.At, "", a.Camera), a, "from", "nowFrom", "nowUntil")
		case actCauses:
			b.TellAs(entry(a.Subject, kindCauses, a.At, "", a.Camera), a, "from", "causes")
		case actExplained:
			b.TellAs(entry(a.Subject, kindExplanation, a.At, a.Person, ""), a, "text", "reported", "repaired", "contractor", "neighbours", "corrects")
		default:
			row := entry(a.Subject, kindSignature, a.At, a.Person, "")
			b.Tell(row, facts.Fields{"line": ""}) // acts of a time without lines name none
			b.TellAs(row, a, "position", "line", "explanation", "grade")
		}
	}
	var losses []lossRow
	var members []memberRow
	var entries []entryRow
	for _, into := range []any{&losses, &members, &entries} {
		if err := tx.NewSelect().Model(into).Scan(ctx); err != nil {
			return nil, problem.Wrap(err, "read footage-loss statements")
		}
	}
	for _, r := range losses {
		b.Compare("losses "+r.ID, facts.Fields{"number": r.Number, "at": r.At, "from": r.FromAt, "cause": r.Cause})
	}
	for _, r := range members {
		b.Compare(fmt.Sprintf("loss_cameras %s %s %d", r.Loss, r.Camera, r.FromAt), facts.Fields{"cause": r.Cause, "to": facts.Or0(r.ToAt), "alarm": facts.Or0(r.AlarmAt)})
	}
	for i := range entries {
		row, fields := entries[i].told()
		b.Compare(row, fields)
	}
	return b.Differences(passed), nil
}

// entry names an entry by what its act tells of it.
func entry(loss, kind string, at int64, person, camera string) facts.Row {
	return fmt.Sprintf("loss_entries %s %s %d %s", loss, kind, at, cmp.Or(person, camera))
}

// told is an entry as acts tell of it.
func (r *entryRow) told() (facts.Row, facts.Fields) {
	switch r.Kind {
	case kindExplanation:
		var e explained
		_ = json.Unmarshal([]byte(r.Content), &e) // what cannot be read differs
		return entry(r.Loss, r.Kind, r.At, r.Person, ""), facts.Fields{"text": e.Text, "reported": e.Reported, "repaired": e.Repaired, "contractor": e.Contractor,
			"neighbours": seen(e.Neighbours), "corrects": r.Corrects}
	case kindSignature:
		var g signed
		_ = json.Unmarshal([]byte(r.Content), &g) // likewise
		return entry(r.Loss, r.Kind, r.At, r.Person, ""), facts.Fields{"position": r.Position, "line": g.Line, "explanation": r.About, "grade": r.Grade}
	}
	if r.Kind == kindCauses {
		var p parted
		_ = json.Unmarshal([]byte(r.Content), &p) // likewise
		return entry(r.Loss, r.Kind, r.At, "", p.Camera), facts.Fields{"from": p.From, "causes": partsText(p.Causes)}
	}
	var v Revision
	_ = json.Unmarshal([]byte(r.Content), &v) // likewise
	return entry(r.Loss, r.Kind, r.At, "", v.Camera), facts.Fields{"from": v.From, "nowFrom": v.NowFrom, "nowUntil": v.NowUntil}
}

// seen is how much neighbours have recorded, as an act tells it.
func seen(list []Neighbour) string {
	text := ""
	for _, n := range list {
		text += fmt.Sprintf("%s %.6f;", n.Camera, n.Share)
	}
	return text
}
