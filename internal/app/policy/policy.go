// Package policy puts on record what the configuration decides and nobody approves inside
// the program: who changes the file has the machine, and the act shows when it was done.
package policy

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/recording"
)

// WhenFull records at a start, now in µs since 1970 UTC, that what happens when no volume
// has room is not what the last act says. Where none says anything it was recording.Ask,
// as it is unless the configuration says otherwise.
func WhenFull(ctx context.Context, d *db.DB, now int64, is recording.WhenFull) error {
	err := d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		was := string(recording.Ask)
		acts, _, err := ledger.List(ctx, tx, ledger.Filter{Kind: "recording.when_full_changed", Limit: 1})
		if err != nil {
			return err
		}
		if len(acts) > 0 {
			if after, ok := acts[0].Detail["after"].(string); ok {
				was = after
			}
		}
		if is == "" {
			is = recording.Ask
		}
		if string(is) == was {
			return nil
		}
		return ledger.Record(ctx, tx, ledger.Act{At: now, Kind: "recording.when_full_changed", Detail: map[string]any{"before": was, "after": string(is), "by": "configuration"}})
	})
	return problem.Wrap(err, "put on record what happens when the disks are full")
}

// SecondFactor records at a start, now in µs since 1970 UTC, that the positions whose people
// must have a second factor, whatever the rules of the house say, are not those of the last
// act. Where none says anything there were none.
func SecondFactor(ctx context.Context, d *db.DB, now int64, required []access.Position) error {
	const kind = "factor.configured"
	is := []string{}
	for _, p := range required {
		is = append(is, string(p))
	}
	slices.Sort(is)
	is = slices.Compact(is)
	err := d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		acts, _, err := ledger.List(ctx, tx, ledger.Filter{Kind: kind, Limit: 1})
		if err != nil {
			return err
		}
		was := []string{}
		if len(acts) > 0 {
			last, _ := acts[0].Detail["changes"].([]any)
			for _, one := range last {
				change, _ := one.(map[string]any)
				after, _ := change["to"].([]any)
				for _, word := range after {
					p, _ := word.(string)
					was = append(was, p)
				}
			}
		}
		if slices.Equal(was, is) {
			return nil
		}
		change := map[string]any{"key": "second_factor.positions", "from": was, "to": is}
		return ledger.Record(ctx, tx, ledger.Act{At: now, Kind: kind, Detail: map[string]any{"changes": []any{change}, "by": "configuration"}})
	})
	return problem.Wrap(err, "put on record who must have a second factor")
}
