package retention

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/order"
	"watchroom/internal/archive/retention/decision"
	"watchroom/internal/archive/retention/rulebook"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
)

// kinds of acts that make a rule.
const (
	kindChanged   = decision.Changed
	kindRequested = decision.Requested
	kindApproved  = decision.Approved
	kindRejected  = decision.Rejected
	kindWithdrawn = decision.Withdrawn
	kindRecovered = decision.Recovered
)

// Warrants are what people have allowed to remove, and forbidden, as far as the
// transparency log tells of it.
type Warrants struct {
	Books          // of footage
	pictures Books // of snapshots
	orders   map[string]order.Given
	holds    []hold.Placed
	// Then is how old (µs) footage of a camera could be that ends at an instant, by what was
	// known of the steps of the clock at another; nil: as old as its times say.
	Then func(camera string, end, at int64) (int64, error)
}

// WarrantsOf reads them, and the rules of the table, as of one instant. untrue names rows
// that tell something else than the acts, and acts that the log does not hold: somebody has
// written them who is nobody here.
func WarrantsOf(ctx context.Context, r *warrant.Reader, d *db.DB) (w *Warrants, untrue []string, err error) {
	err = warrant.OfOneInstant(ctx, d, func(ctx context.Context, tx bun.IDB) error {
		w, untrue, err = WarrantsIn(ctx, r, tx)
		return err
	})
	return w, untrue, err
}

// WarrantsIn is WarrantsOf, in a transaction that stands.
func WarrantsIn(ctx context.Context, r *warrant.Reader, tx bun.IDB) (w *Warrants, untrue []string, err error) {
	w = &Warrants{}
	if w.Books, w.pictures, untrue, err = ruledBy(ctx, r, tx); err != nil {
		return nil, nil, err
	}
	orders, more, err := order.GivenBy(ctx, r, tx)
	if err != nil {
		return nil, nil, err
	}
	w.orders, untrue = orders, append(untrue, more...)
	if w.holds, more, err = hold.PlacedBy(ctx, r, tx); err != nil {
		return nil, nil, err
	}
	return w, append(untrue, more...), nil
}

// ruledBy makes the books of rules of both classes: from acts, and from the table.
func ruledBy(ctx context.Context, r *warrant.Reader, tx bun.IDB) (main, pictures Books, untrue []string, err error) {
	acts, unproved, err := r.Acts(ctx, tx, kindChanged, kindRequested, kindApproved, kindRecovered)
	if err != nil {
		return main, pictures, nil, err
	}
	if main, pictures, err = tables(ctx, tx); err != nil {
		return main, pictures, nil, err
	}
	untrue = warrant.Names(unproved)
	for _, b := range []*Books{&main, &pictures} {
		more, err := by(b, acts, unproved)
		if err != nil {
			return main, pictures, nil, err
		}
		untrue = append(untrue, more...)
	}
	return main, pictures, untrue, nil
}

// by adds to the rules of the table what acts tell of those of its class. What an act that
// cannot be proved promises is kept whatever class it names.
func by(b *Books, acts, unproved []warrant.Act) (untrue []string, err error) {
	book, asked, known := &rulebook.Book{Class: b.Class}, map[string]*warrant.Act{}, map[string]bool{}
	var made []rulebook.Entry
	alone := map[string]bool{} // one person made it, who may not lower everything
	for i := range acts {      // whoever asked first: the clock may have been set back before the answer
		if acts[i].Kind == kindRequested {
			asked[acts[i].Subject] = &acts[i]
		}
	}
	for i := range acts {
		a := &acts[i]
		if a.Kind == kindRequested {
			continue
		}
		wish := asked[a.Subject]
		if a.Kind == kindApproved && (wish == nil || wish.Person == "" || a.Person == "" || wish.Person == a.Person) || known[a.Subject] {
			continue // by nobody, or by one alone
		}
		one, err := ruledIn(a)
		if err != nil {
			return nil, err
		}
		if one.Class != b.Class {
			continue
		}
		if a.Kind == kindApproved {
			wished, err := ruledIn(wish)
			if err != nil {
				return nil, err
			}
			if wished.At = one.At; !wished.Equal(&one) {
				continue // who approved was shown something else
			}
		}
		if one.Existing && a.Kind == kindChanged {
			continue // takes two
		}
		known[a.Subject] = true
		if a.Kind == kindRecovered { // nobody made it now, whoever made it once
			b.Recovered = append(b.Recovered, rulebook.Recovered{Entry: one, Brought: a.At})
			continue
		}
		made = append(made, one)
		alone[a.Subject] = a.Kind == kindChanged && !a.Earlier(acts) // v0.2.0 let one do it
	}
	rulebook.Sort(made)
	for i := range made {
		if one := &made[i]; alone[one.ID] && book.Lowers(one) {
			delete(known, one.ID) // takes two
			continue
		}
		book.Rules = append(book.Rules, made[i])
	}
	told := slices.Clone(book.Rules)
	for _, r := range b.Recovered {
		told = append(told, r.Entry)
	}
	for _, one := range told {
		if i := slices.IndexFunc(b.Table.Rules, func(t rulebook.Entry) bool { return t.ID == one.ID }); i < 0 || !b.Table.Rules[i].Equal(&one) {
			untrue = append(untrue, "retention_rules "+one.ID)
		}
	}
	for _, t := range b.Table.Rules {
		if !known[t.ID] {
			untrue = append(untrue, "retention_rules "+t.ID)
		}
	}
	for i := range unproved {
		if a := &unproved[i]; a.Kind != kindRequested && !known[a.Subject] {
			if one, err := ruledIn(a); err == nil { // of one that cannot be read nobody knows what it promised
				b.Promised = append(b.Promised, book.And(one))
			}
		}
	}
	for _, r := range b.Recovered {
		b.Promised = append(b.Promised, book.And(r.Entry))
	}
	b.Acts = book
	return untrue, nil
}

// said is what an act tells of a rule; see told.
type said struct {
	Minimum      int
	MinimumBasis Basis  `json:"minimum_basis"`
	MinimumNote  string `json:"minimum_note"`
	Maximum      *int
	MaximumBasis Basis  `json:"maximum_basis"`
	MaximumNote  string `json:"maximum_note"`
}

func ruledIn(a *warrant.Act) (one rulebook.Entry, err error) {
	var d struct {
		Class    Class
		Existing bool
		InForce  int64 `json:"in_force"`
		After    json.RawMessage
	}
	if err := a.Tell(&d); err != nil {
		return one, err
	}
	one = rulebook.Entry{ID: a.Subject, Class: cmp.Or(d.Class, Main), Camera: a.Camera, Existing: d.Existing, At: d.InForce, Place: a.Place}
	if one.Inherits = string(d.After) == `"`+inherited+`"`; one.Inherits {
		return one, nil
	}
	var s said
	if err := json.Unmarshal(d.After, &s); err != nil {
		return one, fmt.Errorf("act %s: %w", a.ID, err)
	}
	one.Rule = Rule{MinDays: s.Minimum, MinBasis: s.MinimumBasis, MinNote: s.MinimumNote, MaxDays: s.Maximum, MaxBasis: s.MaximumBasis, MaxNote: s.MaximumNote}
	return one, nil
}

// late is how long before a removal a hold may have been placed that came too late for
// it: a removal is decided and written down within a pass.
const late = int64(60_000_000)

// Founded is nil where a segment could be removed, at an instant (µs), on the ground that
// is told; else it says what forbade it. t.Authority is the order or the rule. What the
// clock showed when people decided is compared with the instant.
func (w *Warrants) Founded(t *archive.Tombstone, at int64) error { return w.FoundedAfter(t, at, nil) }

// FoundedAfter is Founded where before tells of acts that they were in the log when the
// segment was removed: the clock may have been set back after people had decided. It may be
// nil.
func (w *Warrants) FoundedAfter(t *archive.Tombstone, at int64, before func(warrant.Place) bool) error {
	return w.founded(t, at, before, func(t *archive.Tombstone) bool {
		return !slices.ContainsFunc(w.Since(at), func(b *rulebook.Book) bool { return !lets(b, t, at, before) })
	})
}

// founded is FoundedAfter with the rules that let the footage go, once it is known how old it
// was.
func (w *Warrants) founded(t *archive.Tombstone, at int64, before func(warrant.Place) bool, ruled func(t *archive.Tombstone) bool) error {
	for i := range w.holds {
		h := &w.holds[i]
		if h.Released != 0 && before != nil && before(h.Freed) {
			continue
		}
		if h.StandsAt(at) && h.StandsAt(at-late) && h.Touches(t.Camera, t.StartAt, t.EndAt) {
			return fmt.Errorf("hold %s keeps it", h.ID)
		}
	}
	switch t.Ground {
	case journal.GroundOrder:
		if g, ok := w.orders[t.Authority]; !ok || !g.Covers(t.Camera, t.StartAt, t.EndAt) {
			return fmt.Errorf("nobody has given the order %q for it", t.Authority)
		} else if g.At > at && (before == nil || !before(g.Place)) {
			return fmt.Errorf("the order %q was given later", t.Authority)
		}
		return nil
	case journal.GroundMaximum, journal.GroundSpace:
	default:
		return fmt.Errorf("%q is no ground", t.Ground)
	}
	if w.Then != nil {
		aged, err := w.Then(t.Camera, t.EndAt, at-late)
		if err != nil {
			return fmt.Errorf("how old it was cannot be read: %w", err)
		}
		young := *t
		young.EndAt = max(t.EndAt, aged)
		t = &young
	}
	if ruled(t) {
		return nil
	}
	if t.Ground == journal.GroundMaximum {
		return errors.New("it was not past its maximum")
	}
	return errors.New("it was within its minimum")
}

// lets tells whether the rules let a segment go at an instant.
func lets(b *rulebook.Book, t *archive.Tombstone, at int64, before func(warrant.Place) bool) bool {
	for _, then := range thens(b, at, before) {
		plan := then.Plan(t.Camera)
		if within(t, plan.Beyond(at, t.Ground == journal.GroundMaximum)) {
			return true
		}
	}
	return false
}

// thens are the books that may have stood at an instant: a rule may have come too late for a
// removal, too, and the clock may have been set back.
func thens(b *rulebook.Book, at int64, before func(warrant.Place) bool) []*rulebook.Book {
	books := []*rulebook.Book{b.Until(at, nil), b.Until(at-late, nil)}
	if before != nil {
		books = append(books, b.Until(at, before))
	}
	return books
}

func within(t *archive.Tombstone, windows []Window) bool {
	return slices.ContainsFunc(windows, func(w Window) bool { return t.StartAt >= w.From && t.StartAt < w.To && t.EndAt <= w.By })
}

// kept is nil unless a hold stands that keeps a segment, whenever it was placed by the
// clock of then.
func (w *Warrants) kept(t *archive.Tombstone) error {
	for i := range w.holds {
		if h := &w.holds[i]; h.Released == 0 && h.Touches(t.Camera, t.StartAt, t.EndAt) {
			return fmt.Errorf("hold %s keeps it", h.ID)
		}
	}
	return nil
}

// keeps gives what holds keep of a camera, and what those that the acts tell of do.
func (w *Warrants) keeps(camera string, held []hold.Interval) []hold.Interval {
	if w == nil {
		return held
	}
	all := slices.Clone(held)
	for i := range w.holds {
		if h := &w.holds[i]; h.Released == 0 && slices.Contains(h.Cameras, camera) {
			all = append(all, hold.Interval{From: h.From, To: h.To})
		}
	}
	return hold.Joined(all)
}

// warranted reads what may be removed by the acts, and freezes removal where the tables
// tell something else, until a person has looked. What a person has looked at does not
// freeze again, and still counts for nothing.
func (e *Engine) warranted(ctx context.Context) error {
	if e.Warrants == nil {
		return nil
	}
	w, untrue, err := WarrantsOf(ctx, e.Warrants, e.DB)
	if errors.Is(err, warrant.ErrWaiting) {
		return ErrUnread.Because(err)
	}
	if err != nil {
		return err
	}
	if e.Ages != nil {
		w.Then = func(camera string, end, at int64) (int64, error) { return e.Ages.Then(ctx, camera, end, at) }
	}
	e.warrants = w
	altered := slices.DeleteFunc(slices.Clone(w.holds), func(h hold.Placed) bool { return !h.Altered })
	if err := e.Holds.Restate(ctx, altered); err != nil {
		return err
	}
	return e.doubt(ctx, untrue...)
}

// doubt freezes removal because of something that nobody here has done.
func (e *Engine) doubt(ctx context.Context, what ...string) error {
	if len(what) == 0 {
		return nil
	}
	err := e.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, w := range what {
			if known, err := frozen.Confirmed(ctx, tx, frozen.Untrue, w); err != nil || known {
				if err != nil {
					return err
				}
				continue
			}
			if err := frozen.Set(ctx, tx, e.Clock.Micro(), frozen.Untrue, w); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return problem.Wrap(err, "freeze removal")
	}
	return thawed(ctx, e.DB.Read())
}

// rules gives the rules of a class for a decision in tx, which must not have changed in this
// pass.
func (e *Engine) rules(ctx context.Context, tx bun.IDB, class Class) (b Books, err error) {
	main, pictures, err := tables(ctx, tx)
	if err != nil {
		return b, err
	}
	if e.warrants != nil {
		if err := errors.Join(as(&main, &e.warrants.Books), as(&pictures, &e.warrants.pictures)); err != nil {
			return b, err
		}
	}
	if class == Snapshot {
		return pictures.Under(&main), nil
	}
	return main, nil
}

// as has what the acts of a pass tell count beside the table, which must be as it was.
func as(b, proved *Books) error {
	if !proved.Table.Equal(b.Table) {
		return ErrUnread
	}
	b.Acts, b.Promised, b.Recovered = proved.Acts, proved.Promised, proved.Recovered
	return nil
}

// orderWindow is what an order may take of a camera, as it stands in tx.
func (e *Engine) orderWindow(ctx context.Context, tx bun.IDB, id, camera string) ([]Window, error) {
	from, to, stands, err := e.Orders.Stands(ctx, tx, id, camera)
	if err != nil || !stands {
		return nil, err
	}
	if e.warrants != nil {
		if g, ok := e.warrants.orders[id]; !ok || g.From != from || g.To != to || !slices.Contains(g.Cameras, camera) {
			return nil, nil // nobody has given it
		}
	}
	return []Window{{From: from, To: to, By: to}}, nil
}
