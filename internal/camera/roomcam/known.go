package roomcam

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/uptrace/bun"

	"watchroom/internal/access/roll"
	"watchroom/internal/clock"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Acts gives the acts of some kinds that the transparency log proves, of people who might do
// them. One that is on its way into the log is none yet.
type Acts func(ctx context.Context, tx bun.IDB, kinds ...string) ([]roll.Act, error)

// How often acts are asked again that tell of more rooms than the rows: an end that was confirmed
// is on its way into the log for a second or two, and rows that somebody removed stay removed.
const (
	patience = 20
	again    = 10_000_000 // µs
)

// Known tells which cameras watch a control room, for who decides rights. A camera does as soon
// as a row or an act says so, and until the log proves the act that ended it: rows that somebody
// removed give nothing back.
type Known struct {
	Acts  Acts // nil: there is no log, and what stands on record is believed
	Clock clock.Clock
	// Freed is told where what ended has come to count after it was asked for; may be nil.
	Freed func()

	mu     sync.Mutex // guards what follows; held while acts are read
	rows   map[string]bool
	acts   map[string]bool
	read   bool
	readAt int64 // µs
	tries  int   // how often acts told of more than these rows
}

// Cameras gives them.
func (k *Known) Cameras(ctx context.Context, tx bun.IDB) (map[string]bool, error) {
	var ids []string
	if err := tx.NewSelect().Model((*row)(nil)).Column("camera").Where("ended_at = 0").Scan(ctx, &ids); err != nil {
		return nil, problem.Wrap(err, "read which cameras watch control rooms")
	}
	rows := map[string]bool{}
	for _, id := range ids {
		rows[id] = true
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	same := k.read && maps.Equal(rows, k.rows)
	if same && (k.covered() || k.tries >= patience && k.Clock.Micro()-k.readAt < again) {
		return k.both(), nil
	}
	lacked := same && !k.covered()
	acts, err := k.told(ctx, tx)
	if err != nil {
		return nil, err
	}
	if !same {
		k.tries = 0
	}
	k.rows, k.acts, k.read, k.readAt = rows, acts, true, k.Clock.Micro()
	k.tries++
	if lacked && k.covered() && k.Freed != nil {
		k.Freed()
	}
	return k.both(), nil
}

// covered tells whether the acts tell of no more than the rows.
func (k *Known) covered() bool {
	for id := range k.acts {
		if !k.rows[id] {
			return false
		}
	}
	return true
}

func (k *Known) both() map[string]bool {
	all := maps.Clone(k.rows)
	maps.Copy(all, k.acts)
	return all
}

// act is a mark or its end.
type act struct {
	id, camera, log string
	leaf, at        int64
	ends            bool
}

// told gives the cameras that the acts tell of. What marks one needs no proof, what ends that does.
func (k *Known) told(ctx context.Context, tx bun.IDB) (map[string]bool, error) {
	onRecord, _, err := ledger.LoggedOf(ctx, tx, kindMarked, kindEnded)
	if err != nil {
		return nil, err
	}
	proved := map[string]bool{}
	var all []act
	if k.Acts != nil {
		shown, err := k.Acts(ctx, tx, kindMarked, kindEnded)
		if err != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		} // else nothing can be proved at present, and nothing ends
		for _, a := range shown {
			proved[a.ID] = true
			all = append(all, act{a.ID, a.Subject, a.Log, a.Leaf, a.At, a.Kind == kindEnded})
		}
	}
	for i := range onRecord {
		l := &onRecord[i]
		switch {
		case proved[l.Act.ID]:
		case l.Act.Kind == kindMarked || k.Acts == nil:
			all = append(all, act{l.Act.ID, l.Act.Subject, l.Log, l.Leaf, l.Act.At, l.Act.Kind == kindEnded})
		}
	}
	slices.SortFunc(all, func(a, b act) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id)) })
	facts.InOrder(all, func(a *act) (string, int64) { return a.log, a.leaf })
	marked := map[string]bool{}
	for _, a := range all {
		if a.ends {
			delete(marked, a.camera)
		} else {
			marked[a.camera] = true
		}
	}
	return marked, nil
}
