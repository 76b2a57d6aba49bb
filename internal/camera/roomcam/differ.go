package roomcam

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Differ names control rooms of which the rows tell otherwise than the acts: who has the database
// in hand would otherwise let those who keep watch near the pictures of themselves. Whoever
// verifies compares the acts with the log.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, kindMarked, kindEnded)
	if err != nil {
		return nil, err
	}
	var rows []row
	if err := tx.NewSelect().Model(&rows).OrderExpr("camera").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read control rooms")
	}
	return facts.Either(acts, func(acts []facts.Act) []facts.Difference {
		var book facts.Book
		for i := range acts {
			a := &acts[i]
			id := "control_rooms " + a.Subject
			if a.Kind == kindEnded {
				book.Tell(id, facts.Fields{"ended by": a.Person, "ended at": a.At})
				continue
			}
			book.Tell(id, facts.Fields{"by": a.Person, "at": a.At, "ended by": "", "ended at": 0})
			book.TellAs(id, a, "name")
			var networks json.RawMessage
			if a.Read("networks", &networks) {
				book.Tell(id, facts.Fields{"networks": facts.Plain(networks)})
			}
		}
		for i := range rows {
			r := &rows[i]
			book.Compare("control_rooms "+r.Camera, facts.Fields{"name": r.Name, "networks": facts.Plain([]byte(r.Networks)), "by": r.MarkedBy, "at": r.MarkedAt,
				"ended by": r.EndedBy, "ended at": r.EndedAt})
		}
		return book.Differences(passed)
	}), nil
}
