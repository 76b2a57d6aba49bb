// Package warrant reads the acts that entitle to remove footage, or forbid it, and
// believes only those of which the transparency log holds the commitment. Whoever can
// write into the database can write an order, a rule or the release of a hold into its
// tables; what is removed by it would be removed by nobody. So whoever removes asks for
// the acts, and what has none counts for nothing (promise 3, ruling R5, clause C091).
// Nor is somebody a person here because a row says so: an act counts only where the log
// proves that whoever did it was made a person and held the position by which they acted
// (package roll).
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
	"watchroom/internal/access"
	"watchroom/internal/access/roll"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
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

// ErrAltered refuses a decision about a row that tells otherwise than the act of whoever
// asked: who decides would agree to what nobody asked for.
var ErrAltered = problem.New(problem.Conflict, "asked_otherwise",
	"What stands here is not what was asked for: somebody has changed it in the database. Do not decide; have the log verified.")

// AsAsked is ErrAltered unless there is an act of one of the kinds about a subject for each
// of some cameras, and all of them tell the same as the row. of says whether an act is about
// the row at all, and whether it tells the same.
func AsAsked(ctx context.Context, tx bun.IDB, kinds []string, subject string, cameras []string, of func(a *Act) (about, same bool)) error {
	for _, camera := range cameras {
		found := false
		for _, kind := range kinds {
			all, damaged, err := ledger.LoggedAbout(ctx, tx, kind, camera, subject)
			if err != nil {
				return err
			}
			for i := range all {
				a := actOf(&all[i])
				about, same := of(&a)
				if about && (damaged[i] != nil || !same) {
					return ErrAltered
				}
				found = found || about
			}
		}
		if !found {
			return ErrAltered
		}
	}
	return nil
}

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
	Place  Place
	// Stranger tells that the log proves the act, and not that its person held the position
	// by which it was done.
	Stranger bool
}

// Place is where the log holds an entry: the origin of the log, and its index there.
type Place struct {
	Log  string
	Leaf int64
}

// Before tells whether it stands before another of the same log. What time the clock
// showed when either was made does not matter.
func (p Place) Before(o Place) bool { return p.Log != "" && p.Log == o.Log && p.Leaf < o.Leaf }

func actOf(l *ledger.Logged) Act {
	return Act{Act: l.Act, detail: l.Content.Detail, Place: Place{l.Log, l.Leaf}}
}

// OnRecord gives the acts of some kinds as they stand on record, in order of their time, and
// those that are damaged. Nothing is proved: it is for whoever compares all acts with the log.
func OnRecord(ctx context.Context, tx bun.IDB, kinds ...string) (acts, damaged []Act, err error) {
	all, wrong, err := ledger.LoggedOf(ctx, tx, kinds...)
	if err != nil {
		return nil, nil, err
	}
	for i := range all {
		if a := actOf(&all[i]); wrong[i] != nil {
			damaged = append(damaged, a)
		} else {
			acts = append(acts, a)
		}
	}
	inOrder(acts, damaged)
	return acts, damaged, nil
}

func inOrder(lists ...[]Act) {
	for _, acts := range lists {
		slices.SortFunc(acts, func(a, b Act) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID)) })
	}
}

// Tell reads what the act says into a struct.
func (a *Act) Tell(into any) error {
	if err := json.Unmarshal([]byte(a.detail), into); err != nil {
		return fmt.Errorf("act %s: %w", a.ID, err)
	}
	return nil
}

// Earlier tells whether an act is of a version before v0.2.1, which did not write by what
// right somebody acted. Behind one of all that says so there is none in the same log.
func (a *Act) Earlier(all []Act) bool {
	if a.says() {
		return false
	}
	return !slices.ContainsFunc(all, func(b Act) bool { return b.Place.Before(a.Place) && b.says() })
}

// says tells whether an act tells by what right somebody acted.
func (a *Act) says() bool {
	d := map[string]json.RawMessage{}
	return a.Tell(&d) == nil && len(d[access.KeyDecision]) > 0
}

// Names gives acts as what is untrue is named: by who did them, where that is what nothing
// proves.
func Names(acts []Act) (names []string) {
	for i := range acts {
		name := "act " + acts[i].ID
		if acts[i].Stranger {
			name = "people " + acts[i].Person
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Acts gives the acts of some kinds that the log proves, in order of their time, and
// those that it does not: they may not be what was done, and allow nothing. Among the latter
// are those of people of whom it does not prove that they might do them, and the acts it does
// not prove by which they, or who made them, became what they are; what else of people is lost
// whoever verifies the log is told. While an act is on its way into the log it is ErrWaiting.
// Other errors say that the log or the records cannot be read.
func (r *Reader) Acts(ctx context.Context, tx bun.IDB, kinds ...string) (proved, unproved []Act, err error) {
	all, unproved, err := r.acts(ctx, tx, kinds...)
	if err != nil || !slices.ContainsFunc(all, func(a Act) bool { return a.Person != "" }) {
		return all, unproved, err
	}
	of, lost, err := r.acts(ctx, tx, roll.Kinds()...)
	if err != nil {
		return nil, nil, err
	}
	var entries []roll.Act
	for i := range of {
		entries = append(entries, of[i].Entry())
	}
	for i := range lost { // who was shut out stays so, whatever became of the act
		if roll.Shuts(lost[i].Kind) {
			entries = append(entries, lost[i].Entry())
		}
	}
	concerned := makersOf(slices.Concat(all, unproved), slices.Concat(of, lost))
	for i := range lost {
		if concerned[lost[i].Subject] {
			unproved = append(unproved, lost[i])
		}
	}
	people := roll.Of(entries)
	for _, a := range all {
		if a.Person != "" && !people.May(a.Entry()) {
			a.Stranger = true
			unproved = append(unproved, a)
			continue
		}
		proved = append(proved, a)
	}
	inOrder(unproved)
	return proved, unproved, nil
}

// makersOf gives the people of acts, and who made them and gave them positions by others.
func makersOf(acts, people []Act) map[string]bool {
	all := map[string]bool{}
	for i := range acts {
		all[acts[i].Person] = true
	}
	for before := -1; before != len(all); {
		before = len(all)
		for i := range people {
			if all[people[i].Subject] {
				all[people[i].Person] = true
			}
		}
	}
	delete(all, "")
	return all
}

// OfOneInstant reads first what the log has to prove, which may take long, and then again
// in a transaction that asks nothing of it any more.
func OfOneInstant(ctx context.Context, d *db.DB, read func(ctx context.Context, tx bun.IDB) error) error {
	if err := read(ctx, d.Read()); err != nil && !errors.Is(err, ErrWaiting) {
		return err
	}
	return d.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error { return read(ctx, tx) })
}

// Proved gives the acts of some kinds that the log proves, as package roll reads them.
func (r *Reader) Proved(ctx context.Context, tx bun.IDB, kinds ...string) ([]roll.Act, error) {
	acts, _, err := r.Acts(ctx, tx, kinds...)
	all := make([]roll.Act, len(acts))
	for i := range acts {
		all[i] = acts[i].Entry()
	}
	return all, err
}

// Entry is the act as package roll reads it.
func (a *Act) Entry() roll.Act {
	return roll.Act{ID: a.ID, At: a.At, Person: a.Person, Kind: a.Kind, Subject: a.Subject, Log: a.Place.Log, Leaf: a.Place.Leaf, Detail: a.detail}
}

// acts is Acts whoever did them.
func (r *Reader) acts(ctx context.Context, tx bun.IDB, kinds ...string) (proved, unproved []Act, err error) {
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
			unproved = append(unproved, actOf(l))
		default:
			r.mu.Lock()
			proved = append(proved, r.seen[l.Act.ID].act) // with the place that was proved
			r.mu.Unlock()
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
	inOrder(proved, unproved)
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
			proved[all[i].Act.Subject] = actOf(&all[i])
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
	r.seen[l.Act.ID] = proven{want, actOf(l)}
	r.mu.Unlock()
	return true, nil
}
