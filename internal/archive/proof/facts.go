package proof

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// KindProved is the kind of the act that the oldest footage of cameras was read. Its detail
// tells of every reading; of one camera alone it is about that.
const KindProved = "footage.proved"

// told is a proof as its act tells of it.
func (p *Proof) told() map[string]any {
	return map[string]any{"camera": p.Camera, "at": p.At, "start": p.StartAt, "end": p.EndAt, "file": p.File, "parts": p.Parts, "bytes": p.Bytes, "verdict": p.Verdict, "detail": p.Detail}
}

func (p *Proof) row() facts.Row { return fmt.Sprintf("retention_proofs %s %d", p.Camera, p.At) }

func (p *Proof) fields() facts.Fields {
	return facts.Fields{"start": p.StartAt, "end": p.EndAt, "file": p.File, "parts": p.Parts, "bytes": p.Bytes, "verdict": p.Verdict, "detail": p.Detail}
}

// Differ names proofs that the acts tell of otherwise, or that are not there. Untold are those
// of which no act tells, which versions up to 0.2.1 wrote; told says whether any act tells of one.
func Differ(ctx context.Context, tx bun.IDB) (all []facts.Difference, untold []Proof, told bool, err error) {
	acts, damaged, err := ledger.LoggedOf(ctx, tx, KindProved)
	if err != nil {
		return nil, nil, false, err
	}
	var b facts.Book
	passed := false // an act is damaged, which is found elsewhere: nobody knows of which it told
	for i := range acts {
		var d struct {
			Proofs []struct {
				Camera                string
				At, Start, End, Bytes int64
				Parts                 int
				File, Verdict, Detail string
			}
		}
		if json.Unmarshal([]byte(acts[i].Content.Detail), &d) != nil || damaged[i] != nil {
			passed = true
			continue
		}
		for _, one := range d.Proofs {
			p := Proof{Camera: one.Camera, At: one.At, StartAt: one.Start, EndAt: one.End, File: one.File, Parts: one.Parts, Bytes: one.Bytes, Verdict: Verdict(one.Verdict), Detail: one.Detail}
			b.Tell(p.row(), p.fields())
		}
	}
	var rows []Proof
	if err := tx.NewSelect().Model(&rows).OrderExpr("camera, at").Scan(ctx); err != nil {
		return nil, nil, false, problem.Wrap(err, "read proofs")
	}
	for i := range rows {
		switch {
		case b.Tells(rows[i].row()):
			b.Compare(rows[i].row(), rows[i].fields())
		case !passed:
			untold = append(untold, rows[i])
		}
	}
	return b.Differences(nil), untold, len(acts) > 0, nil
}
