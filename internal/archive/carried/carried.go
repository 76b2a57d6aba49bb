// Package carried puts on record what rows said of proofs and damaged footage when a version
// came that makes acts of them. From then on a row of which no act tells is one that somebody
// wrote into the database.
package carried

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/proof"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
)

// KindCarried is the kind of the act. Its detail has for each table how many rows it is of,
// and a digest of them.
const KindCarried = "footage.carried"

// digest is of the rows of a table of which no act tells.
type digest struct {
	Rows   int    `json:"rows"`
	SHA256 string `json:"sha256"`
}

// state is what rows and acts say of each other.
type state struct {
	differ   []facts.Difference
	proofs   digest
	damages  digest
	acts     bool // any tells of a proof: this version has been at work
	said     *ledger.Logged
	damaged  error // the act that was carried over is
	rowsLeft int
}

func read(ctx context.Context, tx bun.IDB) (s state, err error) {
	proofs, untold, acts, err := proof.Differ(ctx, tx)
	if err != nil {
		return s, err
	}
	damages, unsaid, err := damage.Differ(ctx, tx)
	if err != nil {
		return s, err
	}
	s.differ, s.acts, s.rowsLeft = append(proofs, damages...), acts, len(untold)+len(unsaid)
	h := sha256.New()
	for i := range untold {
		p := &untold[i]
		line(h, p.Camera, p.At, p.StartAt, p.EndAt, p.File, p.Parts, p.Bytes, p.Verdict, p.Detail)
	}
	s.proofs = digest{len(untold), hex.EncodeToString(h.Sum(nil))}
	h.Reset()
	for i := range unsaid {
		d := &unsaid[i]
		line(h, d.File, d.Camera, d.StartAt, d.EndAt)
	}
	s.damages = digest{len(unsaid), hex.EncodeToString(h.Sum(nil))}
	all, damaged, err := ledger.LoggedOf(ctx, tx, KindCarried)
	if len(all) > 0 {
		s.said, s.damaged = &all[0], damaged[0]
	}
	return s, err
}

// line adds values to a digest so that none can be read as part of another.
func line(h hash.Hash, values ...any) {
	for _, v := range values {
		fmt.Fprintf(h, "%q ", fmt.Sprint(v))
	}
	fmt.Fprintln(h)
}

// Keep puts on record what there is, once: when this version has told of nothing yet. It comes
// before whatever writes proofs.
func Keep(ctx context.Context, d *db.DB, now clock.Clock) error {
	for _, kind := range []string{KindCarried, proof.KindProved} {
		if l, err := ledger.Newest(ctx, d, kind); l != nil { // a damaged one is there, too
			return nil //nolint:nilerr // whoever verifies finds that it is damaged
		} else if err != nil {
			return err
		}
	}
	return d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		s, err := read(ctx, tx)
		if err != nil || s.rowsLeft == 0 {
			return err
		}
		return ledger.Record(ctx, tx, ledger.Act{At: now.Micro(), Kind: "footage.carried", Detail: map[string]any{"retention_proofs": s.proofs, "footage_damages": s.damages}})
	})
}

// Differ names proofs and damaged footage that the acts tell of otherwise, and says where
// there are others without an act than there were.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	s, err := read(ctx, tx)
	if err != nil || s.said == nil && !s.acts || s.damaged != nil { // a damaged act is found elsewhere
		return s.differ, err
	}
	var was map[string]digest
	if s.said != nil {
		if err := json.Unmarshal([]byte(s.said.Content.Detail), &was); err != nil {
			return nil, fmt.Errorf("read what was carried over: %w", err)
		}
	}
	for table, is := range map[string]digest{"retention_proofs": s.proofs, "footage_damages": s.damages} {
		if want, ok := was[table]; ok && is != want || !ok && is.Rows > 0 {
			s.differ = append(s.differ, facts.Difference{Row: table, Why: fmt.Sprintf("no act tells of %d rows, and when this version came there were %d, or others", is.Rows, want.Rows)})
		}
	}
	return s.differ, nil
}
