package disclosure

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/disclosure/owed"
	"watchroom/internal/disclosure/present"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Kinds of acts that make and end a viewing.
const (
	kindOpened = "viewing.opened"
	kindClosed = "viewing.closed"
	// keyExpires is until when an opened viewing lasts (µs). Acts before 0.3 do not tell it,
	// and their rows need not say in which session it was opened.
	keyExpires = "expires"
)

// Differ names viewings, their cameras and who was present, of which the rows tell otherwise
// than the acts.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, kindOpened, kindClosed)
	if err != nil {
		return nil, err
	}
	var b facts.Book
	bare := map[string]bool{} // viewings whose rows may not say where they were opened
	for i := range acts {
		a := &acts[i]
		if a.Kind != kindOpened { // the clock may have been set back before it
			continue
		}
		row := "viewings " + a.Subject
		b.Tell(row, facts.Fields{"person": a.Person, "opened": a.At, "closed": 0, "client": clientOf(a)})
		b.TellAs(row, a, "from", "to", "purpose", "reason", keyExpires)
		_, lasts := a.Get(keyExpires)
		bare[a.Subject] = !lasts
		b.Tell("viewing_cameras "+a.Subject+" "+a.Camera, nil)
		var beside []struct{ Person, Name, Unit string }
		a.Read(present.Key, &beside)
		for place, p := range beside {
			b.Tell(fmt.Sprintf("viewing_present %s %d", a.Subject, place), facts.Fields{"person": p.Person, "name": p.Name, "unit": p.Unit})
		}
	}
	for i := range acts {
		if a := &acts[i]; a.Kind == kindClosed {
			b.Tell("viewings "+a.Subject, facts.Fields{"closed": a.At})
		}
	}
	var rows []viewingRow
	var of []cameraRow
	var beside []presentRow
	for _, into := range []any{&rows, &of, &beside} {
		if err := tx.NewSelect().Model(into).Scan(ctx); err != nil {
			return nil, problem.Wrap(err, "read viewings")
		}
	}
	for _, r := range rows {
		fields := facts.Fields{"person": r.Person, "opened": r.OpenedAt, "closed": facts.Or0(r.ClosedAt), "client": r.Client,
			"from": r.FromAt, "to": r.ToAt, "purpose": r.Purpose, "reason": r.Reason, keyExpires: r.ExpiresAt}
		if r.Client == "" && bare[r.ID] {
			delete(fields, "client")
		}
		b.Compare("viewings "+r.ID, fields)
	}
	for _, c := range of {
		b.Compare("viewing_cameras "+c.Viewing+" "+c.Camera, nil)
	}
	for _, p := range beside {
		fields := facts.Fields{"person": "", "name": p.Name, "unit": p.Unit}
		if p.Person != nil {
			fields["person"] = *p.Person
		}
		b.Compare(fmt.Sprintf("viewing_present %s %d", p.Viewing, p.Place), fields)
	}
	reasons, err := owed.Differ(ctx, tx, kindOpened)
	if err != nil {
		return nil, err
	}
	return append(b.Differences(passed), reasons...), nil
}

// clientOf is the session or token in which an act was done.
func clientOf(a *facts.Act) string {
	var who struct{ Session string }
	if a.Read(access.KeyActor, &who) && who.Session != "" {
		return who.Session
	}
	token, _ := a.Get(access.KeyToken)
	return token
}
