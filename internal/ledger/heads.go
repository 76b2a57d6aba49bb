package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"github.com/uptrace/bun"

	"watchroom/evidence/leaf"
	"watchroom/internal/db"
)

// Head is what the records remember of a log: the last checkpoint that was signed.
type Head struct {
	bun.BaseModel `bun:"table:ledger_heads,alias:head"`

	Origin    string `bun:",pk"`
	Size      int64  // entries
	Note      string // the signed checkpoint
	At        int64  // µs since 1970 UTC, when it was noted
	Successor string // origin of the log that took its place; empty while it grows
}

// KeepHead notes a checkpoint of the log that grows. Smaller ones change nothing. Logs
// that grew before have it as their successor: it was compared with what was remembered
// of them.
func KeepHead(ctx context.Context, tx bun.IDB, h Head) error {
	h.Successor = ""
	_, err := tx.NewInsert().Model(&h).On("CONFLICT (origin) DO UPDATE").
		Set("size = EXCLUDED.size").Set("note = EXCLUDED.note").Set("at = EXCLUDED.at").Where("head.size < EXCLUDED.size").Exec(ctx)
	if err == nil {
		_, err = tx.NewUpdate().Model((*Head)(nil)).Set("successor = ?", h.Origin).Where("origin <> ?", h.Origin).Where("successor = ''").Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("remember a checkpoint: %w", err)
	}
	return nil
}

// PutHead puts a row in the place of another, of which it is what that must be. Where there is
// one of its log already that remembers more, the other goes.
func PutHead(ctx context.Context, tx bun.IDB, origin string, h Head) error {
	_, err := tx.NewDelete().Model((*Head)(nil)).Where("origin = ?", origin).Exec(ctx)
	if err == nil {
		_, err = tx.NewInsert().Model(&h).On("CONFLICT (origin) DO UPDATE").
			Set("size = EXCLUDED.size").Set("note = EXCLUDED.note").Set("at = EXCLUDED.at").Where("head.size < EXCLUDED.size").Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("put a remembered checkpoint right: %w", err)
	}
	return nil
}

// Heads gives what is remembered of every log.
func Heads(ctx context.Context, tx bun.IDB) (all []Head, err error) {
	if err := tx.NewSelect().Model(&all).OrderExpr("at, origin").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read remembered checkpoints: %w", err)
	}
	return all, nil
}

// LastMarked gives it for every log that acts are marked with.
func LastMarked(ctx context.Context, tx bun.IDB) ([]Marked, error) {
	var logs []string
	err := tx.NewSelect().Model((*outboxRow)(nil)).ColumnExpr("DISTINCT log").Where("leaf IS NOT NULL").OrderExpr("log").Scan(ctx, &logs)
	if err != nil {
		return nil, fmt.Errorf("read which logs hold acts: %w", err)
	}
	all := make([]Marked, 0, len(logs))
	for _, l := range logs {
		m, err := lastMarked(ctx, tx, l)
		if err != nil {
			return nil, fmt.Errorf("read how far acts are in a log: %w", err)
		}
		all = append(all, m)
	}
	return all, nil
}

// lastMarked is the highest index in a log that an act is marked with; Leaf is -1 if
// none is.
func lastMarked(ctx context.Context, tx bun.IDB, origin string) (Marked, error) {
	m := Marked{Log: origin, Leaf: -1}
	err := tx.NewSelect().Model((*outboxRow)(nil)).Column("act", "leaf").Where("log = ?", origin).Where("leaf IS NOT NULL").
		OrderExpr("leaf DESC").Limit(1).Scan(ctx, &m.Act, &m.Leaf)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return m, err
}

// Held finds out what earlier logs than the one of an origin hold of the acts that are
// marked with them, by log and act. It reads them through, which may take long.
func Held(ctx context.Context, tx bun.IDB, origin string, held func(origin string) iter.Seq2[[]byte, error]) (map[string]map[string]int64, error) {
	marks, err := LastMarked(ctx, tx)
	if err != nil {
		return nil, err
	}
	out := map[string]map[string]int64{}
	for _, m := range marks {
		if m.Log == origin {
			continue
		}
		there, index := map[string]int64{}, int64(0)
		if entries := held(m.Log); entries != nil {
			for b, err := range entries {
				if err != nil { // what cannot be read is not held
					break
				}
				if e, err := leaf.Decode(b); err == nil {
					if act, ok := e.(*leaf.Act); ok {
						there[act.ID] = index
					}
				}
				index++
			}
		}
		out[m.Log] = there
	}
	return out, nil
}

// Continued sends the acts into the log anew that earlier logs, as Held has read them, do
// not hold where they are marked. It must not run beside a Pump.
func Continued(ctx context.Context, tx bun.IDB, held map[string]map[string]int64) error {
	for log, there := range held {
		if err := unheld(ctx, tx, log, there); err != nil {
			return fmt.Errorf("send acts into the log anew: %w", err)
		}
	}
	return nil
}

// unheld sends the acts into the log anew that a log does not hold where they are marked.
func unheld(ctx context.Context, tx bun.IDB, origin string, there map[string]int64) error {
	for after := int64(-1); ; {
		var rows []outboxRow
		err := tx.NewSelect().Model(&rows).Column("act", "leaf").Where("log = ?", origin).Where("leaf > ?", after).OrderExpr("leaf").Limit(1000).Scan(ctx)
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].Leaf.Int64
		var lost []string
		for _, r := range rows {
			if at, ok := there[leaf.Word(r.Act)]; !ok || at != r.Leaf.Int64 {
				lost = append(lost, r.Act)
			}
		}
		if len(lost) == 0 {
			continue
		}
		_, err = tx.NewUpdate().Model((*outboxRow)(nil)).Set("log = ''").Set("leaf = NULL").Where("act IN (?)", bun.List(lost)).Exec(ctx)
		if err != nil {
			return err
		}
	}
}

// Sole gives the act of a kind about a subject, nil if there is none.
func Sole(ctx context.Context, tx bun.IDB, kind, subject string) (*Act, error) {
	var r row
	err := tx.NewSelect().Model(&r).Where("kind = ?", kind).Where("subject = ?", subject).OrderExpr("at DESC, id DESC").Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for an act: %w", err)
	}
	a, err := r.act()
	return &a, err
}

// Newest gives the newest act of a kind with what ties it to the log, nil if there is
// none.
func Newest(ctx context.Context, d *db.DB, kind string) (*Logged, error) {
	return newest(ctx, d, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("act.kind = ?", kind) })
}

// NewestTelling gives the newest act of a kind whose detail as it is written holds some
// words, or where holds is false does not.
func NewestTelling(ctx context.Context, d *db.DB, kind, words string, holds bool) (*Logged, error) {
	like := "act.detail LIKE ?"
	if !holds {
		like = "act.detail NOT LIKE ?"
	}
	return newest(ctx, d, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("act.kind = ?", kind).Where(like, "%"+words+"%")
	})
}

func newest(ctx context.Context, d *db.DB, of func(*bun.SelectQuery) *bun.SelectQuery) (*Logged, error) {
	var rows []loggedRow
	err := of(selectLogged(d.Read(), &rows).Join("LEFT JOIN act_outbox AS outbox ON outbox.act = act.id")).
		OrderExpr("act.at DESC, act.id DESC").Limit(1).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for an act: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	l, err := rows[0].logged()
	return &l, err
}
