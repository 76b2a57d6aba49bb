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
	Books
	orders map[string]order.Given
	holds  []hold.Placed
	// Then is how old (µs) footage of a camera could be that ends at an instant, by what was
	// known of the steps of the clock at another; nil: as old as its times say.
	Then func(camera string, end, at int64) (int64, error)
}

// WarrantsOf reads them, and the rules of the table, as of one instant. untrue names rows
// that tell something else than the acts, and acts that the log does not hold: somebody has
// written them who is nobody here.
func WarrantsOf(ctx context.Context, r *warrant.Reader, d *db.DB) (w *Warrants, untrue []string, err error) {
	err = warrant.OfOneInstant(ctx, d, func(ctx context.Context, tx bun.IDB) error {
		w, untrue, err = warrantsIn(ctx, r, tx)
		return err
	})
	return w, untrue, err
}

func warrantsIn(ctx context.Context, r *warrant.Reader, tx bun.IDB) (w *Warrants, untrue []string, err error) {
	w = &Warrants{}
	if w.Books, untrue, err = ruledBy(ctx, r, tx); err != nil {
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

// ruledBy makes the books of rules: from acts, and from the table.
func ruledBy(ctx context.Context, r *warrant.Reader, tx bun.IDB) (b Books, _ []string, err error) {
	acts, unproved, err := r.Acts(ctx, tx, kindChanged, kindRequested, kindApproved, kindRecovered)
	if err != nil {
		return b, nil, err
	}
	untrue := warrant.Names(unproved)
	book, asked, known := &Book{}, map[string]*warrant.Act{}, map[string]bool{}
	var made []ruled
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
			return b, nil, err
		}
		if a.Kind == kindApproved {
			wished, err := ruledIn(wish)
			if err != nil {
				return b, nil, err
			}
			if wished.at = one.at; !wished.equal(&one) {
				continue // who approved was shown something else
			}
		}
		if one.existing && a.Kind == kindChanged {
			continue // takes two
		}
		known[a.Subject] = true
		if a.Kind == kindRecovered { // nobody made it now, whoever made it once
			b.recovered = append(b.recovered, recovered{one, a.At})
			continue
		}
		made = append(made, one)
		alone[a.Subject] = a.Kind == kindChanged && !a.Earlier(acts) // v0.2.0 let one do it
	}
	slices.SortFunc(made, func(x, y ruled) int { return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.id, y.id)) })
	for i := range made {
		if one := &made[i]; alone[one.id] && book.lowers(one) {
			delete(known, one.id) // takes two
			continue
		}
		book.rules = append(book.rules, made[i])
	}
	if b.table, err = load(ctx, tx, Main); err != nil {
		return b, nil, err
	}
	told := slices.Clone(book.rules)
	for _, r := range b.recovered {
		told = append(told, r.ruled)
	}
	for _, one := range told {
		if i := slices.IndexFunc(b.table.rules, func(t ruled) bool { return t.id == one.id }); i < 0 || !b.table.rules[i].equal(&one) {
			untrue = append(untrue, "retention_rules "+one.id)
		}
	}
	for _, t := range b.table.rules {
		if !known[t.id] {
			untrue = append(untrue, "retention_rules "+t.id)
		}
	}
	for i := range unproved {
		if a := &unproved[i]; a.Kind != kindRequested && !known[a.Subject] {
			if one, err := ruledIn(a); err == nil { // of one that cannot be read nobody knows what it promised
				b.promised = append(b.promised, book.and(one))
			}
		}
	}
	for _, r := range b.recovered {
		b.promised = append(b.promised, book.and(r.ruled))
	}
	b.acts = book
	return b, untrue, nil
}

// lowers tells whether a rule that comes behind those of the book brings a minimum to below
// what the rules of surveillance ask of all (C090). That takes two people.
func (b *Book) lowers(one *ruled) bool {
	before, days := b.Plan(one.camera).MinDays, one.rule.MinDays
	if one.inherits {
		days = b.Plan("").MinDays
	}
	return days < min(before, Regime.Least())
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

func ruledIn(a *warrant.Act) (ruled, error) {
	var d struct {
		Existing bool
		InForce  int64 `json:"in_force"`
		After    json.RawMessage
	}
	if err := a.Tell(&d); err != nil {
		return ruled{}, err
	}
	one := ruled{id: a.Subject, camera: a.Camera, existing: d.Existing, at: d.InForce, place: a.Place}
	if one.inherits = string(d.After) == `"`+inherited+`"`; one.inherits {
		return one, nil
	}
	var s said
	if err := json.Unmarshal(d.After, &s); err != nil {
		return ruled{}, fmt.Errorf("act %s: %w", a.ID, err)
	}
	one.rule = Rule{MinDays: s.Minimum, MinBasis: s.MinimumBasis, MinNote: s.MinimumNote, MaxDays: s.Maximum, MaxBasis: s.MaximumBasis, MaxNote: s.MaximumNote}
	return one, nil
}

func (r *ruled) equal(o *ruled) bool {
	a, b := r.rule, o.rule
	if r.inherits && o.inherits { // what they say themselves is of no meaning
		a, b = Rule{}, Rule{}
	}
	days := a.MaxDays == nil && b.MaxDays == nil || a.MaxDays != nil && b.MaxDays != nil && *a.MaxDays == *b.MaxDays
	a.MaxDays, b.MaxDays = nil, nil
	return days && a == b && r.id == o.id && r.camera == o.camera && r.inherits == o.inherits && r.existing == o.existing && r.at == o.at
}

func (b *Book) equal(o *Book) bool {
	return slices.EqualFunc(b.rules, o.rules, func(x, y ruled) bool { return x.equal(&y) })
}

// until is the book as it was at an instant; before, if given, tells of acts that were in
// the log by then, whatever clock they bear.
func (b *Book) until(at int64, before func(warrant.Place) bool) *Book {
	return &Book{rules: slices.DeleteFunc(slices.Clone(b.rules), func(r ruled) bool { return r.at > at && (before == nil || !before(r.place)) })}
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
	if !slices.ContainsFunc(w.since(at), func(b *Book) bool { return !b.lets(t, at, before) }) {
		return nil
	}
	if t.Ground == journal.GroundMaximum {
		return errors.New("it was not past its maximum")
	}
	return errors.New("it was within its minimum")
}

// lets tells whether the rules let a segment go at an instant.
func (b *Book) lets(t *archive.Tombstone, at int64, before func(warrant.Place) bool) bool {
	books := []*Book{b.until(at, nil), b.until(at-late, nil)} // a rule may have come too late for it, too
	if before != nil {
		books = append(books, b.until(at, before))
	}
	for _, then := range books {
		plan := then.Plan(t.Camera)
		for _, f := range plan.Beyond(at, t.Ground == journal.GroundMaximum) {
			if t.StartAt >= f.From && t.StartAt < f.To && t.EndAt <= f.By {
				return true
			}
		}
	}
	return false
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

// rules gives the rules for a decision in tx, which must not have changed in this pass.
func (e *Engine) rules(ctx context.Context, tx bun.IDB) (b Books, err error) {
	if b.table, err = load(ctx, tx, Main); err != nil || e.warrants == nil {
		return b, err
	}
	if !e.warrants.table.equal(b.table) {
		return b, ErrUnread
	}
	b.acts, b.promised, b.recovered = e.warrants.acts, e.warrants.promised, e.warrants.recovered
	return b, nil
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
