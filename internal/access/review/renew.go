package review

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/holding"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// ErrChanged refuses to confirm what the reviewer has not seen. Parameters: item, person,
// position, and differs: areas, from, until or since.
var ErrChanged = problem.New(problem.Conflict, "review_changed", "The position is held otherwise by now than the line says. Renew the line, and look at it again.")

// Held is how a position is held. Times are µs since 1970 UTC, 0 for none.
type Held struct {
	Areas       []string // ids, sorted; none: everywhere
	From, Until int64
	Since       int64
}

type heldKey struct {
	person   string
	position access.Position
}

func (r *itemRow) key() heldKey { return heldKey{r.Person, r.Position} }

// heldNow reads how everything is held in tx.
func heldNow(ctx context.Context, tx bun.IDB) (map[heldKey]*Held, error) {
	all, err := holding.Read(ctx, tx, "")
	if err != nil {
		return nil, err
	}
	since, err := holding.Since(ctx, tx)
	if err != nil {
		return nil, err
	}
	now := map[heldKey]*Held{}
	for person, held := range all {
		for _, h := range held {
			now[heldKey{person, h.Position}] = &Held{append([]string{}, h.Areas...), h.From, h.Until, since[person][h.Position]}
		}
	}
	return now, nil
}

// differs names in what the line is not what is held; nothing where it is not held at all. A
// position that was taken and given again is another one, however alike: somebody gave it.
func (r *itemRow) differs(now *Held) (all []string, err error) {
	if now == nil {
		return nil, nil
	}
	var areas []string
	if err := json.Unmarshal([]byte(r.Areas), &areas); err != nil {
		return nil, problem.Wrap(err, "read a line of a review")
	}
	for _, c := range []struct {
		name string
		same bool
	}{{"areas", slices.Equal(areas, now.Areas)}, {"from", r.FromAt == now.From}, {"until", r.UntilAt == now.Until}, {"since", r.SinceAt == now.Since}} {
		if !c.same {
			all = append(all, c.name)
		}
	}
	return all, nil
}

// renew has lines say what is held now, all in one act. Those that are not held any more are
// left to decide.
func (r *Reviews) renew(ctx context.Context, tx bun.Tx, actor access.Actor, of reviewRow, rows []itemRow) (gone []itemRow, err error) {
	held, err := heldNow(ctx, tx)
	if err != nil {
		return nil, err
	}
	changed := []map[string]any{}
	for i := range rows {
		row := &rows[i]
		switch {
		case row.Person == actor.Person:
			return nil, ErrOwn
		case row.Decision != "":
			return nil, ErrDecided
		}
		now := held[row.key()]
		if now == nil {
			gone = append(gone, *row)
			continue
		}
		before, err := row.item()
		if err != nil {
			return nil, err
		}
		areas, err := json.Marshal(now.Areas)
		if err != nil {
			return nil, err
		}
		row.Areas, row.FromAt, row.UntilAt, row.SinceAt = string(areas), now.From, now.Until, now.Since
		if _, err := tx.NewUpdate().Model(row).Column("areas", "from_at", "until_at", "since_at").WherePK().Exec(ctx); err != nil {
			return nil, problem.Wrap(err, "renew a line of a review")
		}
		changed = append(changed, map[string]any{"person": row.Person,
			"from": holding.Words([]access.Holding{{Position: row.Position, Areas: before.Areas, From: before.From, Until: before.Until}}),
			"to":   holding.Words([]access.Holding{{Position: row.Position, Areas: now.Areas, From: now.From, Until: now.Until}})})
	}
	if len(changed) == 0 {
		return gone, nil
	}
	var all []itemRow
	if err := tx.NewSelect().Model(&all).Where("review = ?", of.ID).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read review")
	}
	var grants []grantRow
	if err := tx.NewSelect().Model(&grants).Where("review = ?", of.ID).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read review")
	}
	return gone, ledger.Record(ctx, tx, actor.For(access.RightsReview, "").Act(r.Clock.Micro(), kindRenewed, of.ID, "",
		map[string]any{"lines": len(all) + len(grants), keyDigest: digest(all, grants), "changed": changed}))
}
