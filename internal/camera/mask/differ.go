package mask

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Differ names sets of masks of which the rows tell otherwise than the acts: who has the database
// in hand would otherwise show in silence what two people show. Whoever verifies compares the acts
// with the log.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, kindSet)
	if err != nil {
		return nil, err
	}
	var rows []row
	if err := tx.NewSelect().Model(&rows).OrderExpr("camera").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read masks")
	}
	return facts.Either(acts, func(acts []facts.Act) []facts.Difference {
		var book facts.Book
		for i := range acts {
			a := &acts[i]
			id := "camera_masks " + a.Subject
			book.Tell(id, facts.Fields{"by": a.Person, "at": a.At})
			book.TellAs(id, a, "device")
			var shapes json.RawMessage
			if a.Read("masks", &shapes) {
				book.Tell(id, facts.Fields{"masks": facts.Plain(shapes)})
			}
		}
		for i := range rows {
			r := &rows[i]
			book.Compare("camera_masks "+r.Camera, facts.Fields{"masks": facts.Plain([]byte(r.Shapes)), "device": r.Device, "by": r.ChangedBy, "at": r.ChangedAt})
		}
		return book.Differences(passed)
	}), nil
}
