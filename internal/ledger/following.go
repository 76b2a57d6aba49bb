package ledger

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// ActsBehind gives at most limit acts that stand in a log behind an index of it, in its order: for
// somebody who follows what is done and remembers the index of the last that they saw. Of one that
// is damaged the error says how; the others are read.
func ActsBehind(ctx context.Context, tx bun.IDB, origin string, leaf int64, limit int) (acts []Logged, damaged []error, err error) {
	var rows []loggedRow
	err = selectLogged(tx, &rows).Join("JOIN act_outbox AS outbox ON outbox.act = act.id").
		Where("outbox.log = ?", origin).Where("outbox.leaf > ?", leaf).OrderExpr("outbox.leaf").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read acts: %w", err)
	}
	acts, damaged = opened(rows)
	return acts, damaged, nil
}
