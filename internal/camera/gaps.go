package camera

import (
	"cmp"
	"context"
	"encoding/json"
	"math"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/switched"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
)

// GapsDiffer names gaps of cameras that were switched off which say otherwise by whom, why or
// when than the acts. names gives every name that each person had, by id.
func GapsDiffer(names func(context.Context, bun.IDB) (map[string][]string, error)) func(context.Context, bun.IDB) ([]facts.Difference, error) {
	return func(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
		people, err := names(ctx, tx)
		if err != nil {
			return nil, err
		}
		all, damaged, err := ledger.LoggedOf(ctx, tx, kindCreated, kindOff, kindOn, kindRetired, kindRecovered)
		if err != nil {
			return nil, err
		}
		var acts []switched.Act
		passed := map[string]bool{}
		for i := range all {
			a, ok := switchOf(&all[i], people)
			if damaged[i] != nil || !ok { // found elsewhere
				passed[all[i].Content.Camera] = true
				continue
			}
			acts = append(acts, a)
		}
		return switched.Differ(ctx, tx, acts, passed)
	}
}

// switchOf is what an act says of a camera's switch. ok is false where nobody can read it.
func switchOf(l *ledger.Logged, people map[string][]string) (a switched.Act, ok bool) {
	var d struct {
		Reason, OffBy, OffReason string
		OffAt                    int64
		Enabled                  bool
		Decision                 *struct{}
	}
	if json.Unmarshal([]byte(l.Content.Detail), &d) != nil {
		return a, false
	}
	a = switched.Act{ID: l.Act.ID, Camera: l.Act.Camera, At: l.Act.At, Log: l.Log, Leaf: l.Leaf, Told: d.Decision != nil}
	switch l.Act.Kind {
	case kindOff, kindRetired:
		a.Off = true
		for _, name := range append([]string{l.Act.Person}, people[l.Act.Person]...) {
			a.Words = append(a.Words, beside(name, d.Reason))
		}
	case kindRecovered:
		a.Off, a.Back = !d.Enabled, true
		a.From = cmp.Or(d.OffAt, int64(math.MinInt64))
		if d.OffReason != "" {
			a.Words = []string{beside(d.OffBy, d.OffReason)}
			if d.OffAt == 0 { // versions up to 0.2.1 lost the name
				a.Words = append(a.Words, d.OffReason)
			}
		}
	}
	return a, true
}

// beside are the words beside a gap, as capture writes them.
func beside(by, reason string) string {
	if by == "" {
		return reason
	}
	return by + ": " + reason
}
