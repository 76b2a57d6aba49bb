package ledger

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// OfCommands gives the acts since an instant (µs) that commands on the machine itself did, the
// oldest first, at most MaxLimit of the newest.
func OfCommands(ctx context.Context, tx bun.IDB, from int64) ([]Act, error) {
	var rows []row
	err := tx.NewSelect().Model(&rows).Where("act.person = ''").Where("act.at >= ?", from).
		Where("act.detail LIKE ?", `%"by":"command_line"%`).OrderExpr("act.at DESC, act.id DESC").Limit(MaxLimit).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("list acts of commands: %w", err)
	}
	acts := make([]Act, len(rows))
	for i, r := range rows {
		if acts[len(rows)-1-i], err = r.act(); err != nil {
			return nil, err
		}
	}
	return acts, nil
}
