package damage

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Kinds of acts, as this package writes them.
const (
	kindDamaged = "footage.damaged" // subject: the file
	kindMended  = "footage.mended"
)

// tell writes the act that footage was found damaged: first, where it was never noted before,
// and anew, where it was not noted or right in between.
func (d *Damage) tell(ctx context.Context, tx bun.IDB, now int64, first, anew bool) error {
	detail := map[string]any{"kind": d.Kind}
	if anew {
		detail["found_by"], detail["found_at"] = d.FoundBy, d.FoundAt
	}
	if first {
		detail["camera"], detail["start"], detail["end"] = d.Camera, d.StartAt, d.EndAt
	}
	return ledger.Record(ctx, tx, ledger.Act{At: now, Kind: "footage.damaged", Subject: d.File, Camera: d.Camera, Detail: detail})
}

// mended writes the act that a file is right again, where an update noted that.
func mended(ctx context.Context, tx bun.IDB, done sql.Result, err error, now, at int64, file string) error {
	var n int64
	if err == nil {
		n, err = done.RowsAffected()
	}
	if err != nil || n == 0 {
		return problem.Wrap(err, "note mended footage")
	}
	var camera string
	if err := tx.NewSelect().Model((*Damage)(nil)).Column("camera").Where("file = ?", file).Scan(ctx, &camera); err != nil {
		return problem.Wrap(err, "note mended footage")
	}
	return ledger.Record(ctx, tx, ledger.Act{At: now, Kind: "footage.mended", Subject: file, Camera: camera, Detail: map[string]any{"mended_at": at}})
}

// Differ names damaged footage of which the acts tell otherwise, or that is not noted any
// more. Untold is that of which no act tells how it was first found, as versions up to 0.2.1
// noted it.
func Differ(ctx context.Context, tx bun.IDB) (all []facts.Difference, untold []Damage, err error) {
	acts, passed, err := facts.Acts(ctx, tx, kindDamaged, kindMended)
	if err != nil {
		return nil, nil, err
	}
	var b facts.Book
	known := map[string]bool{}
	for i := range acts {
		a := &acts[i]
		row := "footage_damages " + a.Subject
		b.TellAs(row, a, "kind", "found_by", "found_at", "camera", "start", "end", "mended_at")
		if a.Kind == kindDamaged {
			b.Tell(row, facts.Fields{"mended_at": 0})
		}
		if _, first := a.Get("start"); first {
			known[a.Subject] = true
		}
	}
	var rows []Damage
	if err := tx.NewSelect().Model(&rows).OrderExpr("file").Scan(ctx); err != nil {
		return nil, nil, problem.Wrap(err, "read what footage is damaged")
	}
	for _, d := range rows {
		if row := "footage_damages " + d.File; b.Tells(row) {
			b.Compare(row, facts.Fields{"kind": d.Kind, "found_by": d.FoundBy, "found_at": d.FoundAt, "camera": d.Camera, "start": d.StartAt, "end": d.EndAt, "mended_at": facts.Or0(d.MendedAt)})
		}
		if !known[d.File] && !passed[d.File] {
			untold = append(untold, d)
		}
	}
	return b.Differences(passed), untold, nil
}
