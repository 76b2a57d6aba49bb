// Package warrant reads the acts that entitle to remove footage, or forbid it, and
// believes only those of which the transparency log holds the commitment. Whoever can
// write into the database can write an order, a rule or the release of a hold into its
// tables; what is removed by it would be removed by nobody. So whoever removes asks for
// the acts, and what has none counts for nothing (promise 3, ruling R5, clause C091).
// What an act allows needs proof. What it forbids counts also where the proof was lost,
// so that nobody frees footage by damaging a log.
package warrant

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/uptrace/bun"

	"watchroom/evidence/leaf"
	"watchroom/internal/ledger"
)

// Log gives entries of this node's logs.
type Log interface {
	// Proved gives entry index of the log of an origin after it was shown to be in its
	// tree. ErrNone says that there is no such entry, or another at its place, or that
	// nobody can show it any more.
	Proved(ctx context.Context, origin string, index int64) ([]byte, error)
}

var (
	// ErrNone says that a log does not hold what it is said to hold.
	ErrNone = errors.New("the log holds no such entry")
	// ErrUntrue says that rows tell otherwise than the acts that made them. See Untrue.
	ErrUntrue = errors.New("rows tell otherwise than the acts that made them")
	// ErrWaiting says that an act is on its way into the log. It is a matter of a second.
	ErrWaiting = errors.New("an act that concerns removal is not in the transparency log yet")
)

// Reader reads acts. It remembers which it has found in the log: what is in it stays.
type Reader struct {
	Log Log
	// Passing passes over acts that are on their way into the log.
	Passing bool

	mu   sync.Mutex // guards what follows
	seen map[string]proven
	// Passed are the subjects of acts that were passed over, for whoever reads alone.
	Passed map[string]bool
}

// proven is an act that was found in the log.
type proven struct {
	is  leaf.Hash
	act Act
}

// Untrue names rows that tell otherwise than the acts that made them.
type Untrue struct{ Rows []string }

// Error implements error.
func (u *Untrue) Error() string { return ErrUntrue.Error() + ": " + strings.Join(u.Rows, ", ") }

// Is makes errors.Is find ErrUntrue.
func (u *Untrue) Is(target error) bool { return target == ErrUntrue }

// Act is an act that is in the log.
type Act struct {
	ledger.Act
	detail string
}

// Tell reads what the act says into a struct.
func (a *Act) Tell(into any) error {
	if err := json.Unmarshal([]byte(a.detail), into); err != nil {
		return fmt.Errorf("act %s: %w", a.ID, err)
	}
	return nil
}

// Names gives acts as what is untrue is named.
func Names(acts []Act) (names []string) {
	for i := range acts {
		names = append(names, "act "+acts[i].ID)
	}
	return names
}

// Acts gives the acts of some kinds that the log proves, in order of their time, and
// those that it does not: they may not be what was done, and allow nothing. While one is
// on its way into the log it is ErrWaiting. Other errors say that the log or the records
// cannot be read.
func (r *Reader) Acts(ctx context.Context, tx bun.IDB, kinds ...string) (proved, unproved []Act, err error) {
	all, damaged, err := ledger.LoggedOf(ctx, tx, kinds...)
	if err != nil {
		return nil, nil, err
	}
	there := map[string]bool{}
	for i := range all {
		l := &all[i]
		there[l.Act.ID] = true
		switch told, err := r.told(ctx, l, damaged[i]); {
		case r.Passing && errors.Is(err, ErrWaiting):
			r.mu.Lock()
			if r.Passed == nil {
				r.Passed = map[string]bool{}
			}
			r.Passed[l.Act.Subject] = true
			r.mu.Unlock()
		case err != nil:
			return nil, nil, err
		case !told:
			unproved = append(unproved, Act{l.Act, l.Content.Detail})
		default:
			proved = append(proved, Act{l.Act, l.Content.Detail})
		}
	}
	// What was found in the log once is there, whatever became of its row since.
	r.mu.Lock()
	for id, p := range r.seen {
		if slices.Contains(kinds, p.act.Kind) && !there[id] {
			unproved, proved = append(unproved, p.act), append(proved, p.act)
		}
	}
	r.mu.Unlock()
	for _, acts := range [][]Act{proved, unproved} {
		slices.SortFunc(acts, func(a, b Act) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID)) })
	}
	return proved, unproved, nil
}

// About gives, of the acts of a kind on a camera about some subjects, those that the log
// proves, by subject. While one is on its way into the log it is ErrWaiting.
func (r *Reader) About(ctx context.Context, tx bun.IDB, kind, camera string, subjects ...string) (map[string]Act, error) {
	all, damaged, err := ledger.LoggedAbout(ctx, tx, kind, camera, subjects...)
	if err != nil {
		return nil, err
	}
	proved := map[string]Act{}
	for i := range all {
		told, err := r.told(ctx, &all[i], damaged[i])
		if err != nil {
			return nil, err
		}
		if told {
			proved[all[i].Act.Subject] = Act{all[i].Act, all[i].Content.Detail}
		}
	}
	return proved, nil
}

// told tells whether the log holds the act as it stands on record.
func (r *Reader) told(ctx context.Context, l *ledger.Logged, damaged error) (bool, error) {
	if damaged != nil {
		return false, nil //nolint:nilerr // it is no act that the log could hold
	}
	if l.Log == "" {
		return false, ErrWaiting
	}
	want := l.Commitment()
	r.mu.Lock()
	have, known := r.seen[l.Act.ID]
	r.mu.Unlock()
	if known {
		return have.is == want, nil
	}
	b, err := r.Log.Proved(ctx, l.Log, l.Leaf)
	if errors.Is(err, ErrNone) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("act %s in the log: %w", l.Act.ID, err)
	}
	e, err := leaf.Decode(b)
	if err != nil {
		return false, nil //nolint:nilerr // another entry than one of an act
	}
	a, ok := e.(*leaf.Act)
	if !ok || *a != *l.Entry() {
		return false, nil
	}
	r.mu.Lock()
	if r.seen == nil {
		r.seen = map[string]proven{}
	}
	r.seen[l.Act.ID] = proven{want, Act{l.Act, l.Content.Detail}}
	r.mu.Unlock()
	return true, nil
}
