package retention

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// copiedRule is a rule in force as the copy beside the footage has it.
type copiedRule struct {
	ID       string `json:"id"`
	Camera   string `json:"camera,omitempty"`
	Class    Class  `json:"class"`
	Inherits bool   `json:"inherits,omitempty"`
	Rule     Rule   `json:"rule"`
	Reason   string `json:"reason"`
	Existing bool   `json:"existing,omitempty"`
	AskedBy  string `json:"askedBy"`
	AskedAt  int64  `json:"askedAt"`
	InForce  int64  `json:"inForce"`
}

// Copied implements hold.Copied: every rule that is or was in force, since each is a
// promise to the footage of its time.
func (r *Rules) Copied(ctx context.Context, tx bun.IDB) (json.RawMessage, error) {
	var rows []ruleRow
	if err := tx.NewSelect().Model(&rows).Where("in_force_at IS NOT NULL").OrderExpr("in_force_at, id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "copy the rules of retention")
	}
	if len(rows) == 0 {
		return nil, nil
	}
	all := make([]copiedRule, len(rows))
	for i := range rows {
		w := &rows[i]
		all[i] = copiedRule{w.ID, w.Camera, w.Class, w.Inherits != "", w.rule(), w.Reason, w.Existing != "", w.AskedBy, w.AskedAt, *w.InForceAt}
	}
	return json.Marshal(all)
}

// Recover implements hold.Copied: a database that is older than the copy, or another,
// gets the rules again that it lacks, or footage would lose what it was promised.
func (r *Rules) Recover(ctx context.Context, tx bun.Tx, copied json.RawMessage, now int64) (n int, err error) {
	var all []copiedRule
	if err := json.Unmarshal(copied, &all); err != nil {
		return 0, problem.Wrap(err, "read the copy of the rules of retention")
	}
	for _, c := range all {
		there, err := tx.NewSelect().Model((*ruleRow)(nil)).Where("id = ?", c.ID).Where("in_force_at IS NOT NULL").Exists(ctx)
		if err != nil {
			return n, problem.Wrap(err, "recover a rule of retention")
		}
		if there {
			continue
		}
		n++
		// The copy is a file that others can write: what it tells may raise a promise from
		// when it says, and lower one only from now on.
		book, err := load(ctx, tx, c.Class)
		if err != nil {
			return n, err
		}
		before := book.Plan(c.Camera)
		if c.Existing = false; c.Inherits || c.Rule.MinDays < before.Promised() || c.Rule.MaxDays != nil {
			c.InForce = max(c.InForce, book.Next(now))
		}
		row := ruleRow{ID: c.ID, Camera: c.Camera, Class: c.Class, Inherits: word(c.Inherits), MinDays: int64(c.Rule.MinDays), MinBasis: c.Rule.MinBasis, MinNote: c.Rule.MinNote,
			MaxBasis: c.Rule.MaxBasis, MaxNote: c.Rule.MaxNote, Reason: c.Reason, Existing: word(c.Existing), AskedBy: c.AskedBy, AskedAt: c.AskedAt, InForceAt: &c.InForce}
		if c.Rule.MaxDays != nil {
			days := int64(*c.Rule.MaxDays)
			row.MaxDays = &days
		}
		in := row // an insert reads back into what it was given
		// A wish that waited in this copy of the records was granted in the other.
		if _, err := tx.NewInsert().Model(&in).On("CONFLICT (id) DO UPDATE").Set("in_force_at = EXCLUDED.in_force_at").Exec(ctx); err != nil {
			return n, problem.Wrap(err, "recover a rule of retention")
		}
		detail := told(&row, &before)
		detail["asked_by"] = row.AskedBy
		if err := ledger.Record(ctx, tx, access.Actor{}.Act(now, kindRecovered, row.ID, row.Camera, detail)); err != nil {
			return n, err
		}
	}
	return n, nil
}
