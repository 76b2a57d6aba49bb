package retention

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/warrant"
)

// Books are the rules as they count: those of the table, and those that people made by
// what the log proves. Where they differ the stricter counts: footage goes only where both
// let it go, so that a row that nobody made frees nothing, and an act that cannot be proved
// takes no promise back. Whoever tells how long footage is kept asks these, not the table.
type Books struct {
	table *Book
	acts  *Book // nil where there is no log
	// promised are the rules of acts with, each time, one more by which nobody lets anything
	// go: one that the log does not hold (any more), or that was made again from a copy. It
	// allows nothing, and what it promises is kept.
	promised  []*Book
	recovered []recovered
}

// recovered is a rule that was made again from a copy because the database had lost it.
type recovered struct {
	ruled
	brought int64 // µs, when
}

// since are the books that a removal at an instant has to be allowed by. What was made
// again later may have been lost later: it counted then.
func (b Books) since(at int64) []*Book {
	book := b.acts
	for _, r := range b.recovered {
		if r.brought >= at {
			book = book.and(r.ruled)
		}
	}
	return append([]*Book{book}, b.promised...)
}

// InForce gives the rules as they count now. An act on its way into the log is not asked
// for: its row counts where it is the stricter.
func (r *Rules) InForce(ctx context.Context) (b Books, err error) {
	if r.Warrants == nil {
		b.table, err = load(ctx, r.DB.Read(), Main)
		return b, err
	}
	err = warrant.OfOneInstant(ctx, r.DB, func(ctx context.Context, tx bun.IDB) error {
		b, err = r.booksIn(ctx, tx, nil)
		return err
	})
	return b, err
}

// booksIn gives them as they stand in tx; the table alone where the log cannot be read.
func (r *Rules) booksIn(ctx context.Context, tx bun.IDB, unread error) (b Books, err error) {
	if r.Warrants == nil || unread != nil {
		b.table, err = load(ctx, tx, Main)
		return b, err
	}
	b, _, err = ruledBy(ctx, r.Warrants, tx)
	return b, err
}

// would is the least minimum that a change would bring into force, by the acts or by the
// table: a row that nobody made makes no change look smaller.
func (b Books) would(inherits bool, rule Rule) int {
	if !inherits {
		return rule.MinDays
	}
	days := b.table.Plan("").MinDays
	if b.acts != nil {
		days = min(days, b.acts.Plan("").MinDays)
	}
	return days
}

// Plan works out what counts for a camera.
func (b Books) Plan(camera string) Plan {
	if b.acts == nil {
		return b.table.Plan(camera)
	}
	plan := stricter(b.acts.Plan(camera), b.table.Plan(camera))
	for _, more := range b.promised {
		plan = stricter(plan, more.Plan(camera))
	}
	return plan
}

// Most is for how many days footage of a camera may be kept at most, nil: there is no end.
// It is what people have set, whatever the table says: nobody may be told an earlier end
// by a row alone, nor a later one.
func (b Books) Most(camera string) *int {
	if b.acts == nil {
		return b.table.Plan(camera).MaxDays
	}
	return b.acts.Plan(camera).MaxDays
}

// Minimum tells for how many days footage of a camera that began at start (µs) must be
// kept. The function belongs to one goroutine at a time.
func (b Books) Minimum() func(camera string, start int64) int {
	plans := map[string]*Plan{}
	return func(camera string, start int64) int {
		p := plans[camera]
		if p == nil {
			of := b.Plan(camera)
			p, plans[camera] = &of, &of
		}
		return p.MinimumFor(start)
	}
}

// With gives the books as they would be with a change, from when it would be in force if it
// were made at now (µs).
func (b Books) With(w Wish, now int64) Books {
	return b.with(ruled{camera: w.Camera, inherits: w.Inherits, existing: w.Existing, at: b.table.next(now), rule: w.Rule})
}

// with gives the books as they would be with one rule more.
func (b Books) with(one ruled) Books {
	b.table = b.table.and(one)
	if b.acts != nil {
		b.acts = b.acts.and(one)
	}
	promised := b.promised
	b.promised = nil
	for _, more := range promised {
		b.promised = append(b.promised, more.and(one))
	}
	return b
}

// and gives the book with one rule more.
func (b *Book) and(one ruled) *Book {
	more := &Book{append(slices.Clone(b.rules), one)}
	more.sort()
	return more
}

func (b *Book) sort() {
	slices.SortFunc(b.rules, func(x, y ruled) int { return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.id, y.id)) })
}

// beyond gives what of a camera is past its minimum, or its maximum, and the id of the rule.
func (b Books) beyond(camera string, now, passed int64, maximum bool) ([]Window, string) {
	plan := b.Plan(camera)
	if b.acts == nil {
		return plan.beyond(now, passed, maximum), plan.ID
	}
	return plan.beyond(now, passed, maximum), b.acts.Plan(camera).ID
}

// stricter joins two plans: footage is kept for as long as either demands. The rule that
// is told of is that of the acts, unless the table demands more.
func stricter(acts, table Plan) Plan {
	p := acts
	if table.MinDays > acts.MinDays {
		p = table
	}
	p.MaxDays, p.MaxBasis, p.MaxNote = acts.MaxDays, acts.MaxBasis, acts.MaxNote
	if acts.MaxDays != nil && (table.MaxDays == nil || *table.MaxDays > *acts.MaxDays) {
		p.MaxDays, p.MaxBasis, p.MaxNote = table.MaxDays, table.MaxBasis, table.MaxNote
	}
	p.promises = nil
	var ends []int64
	for _, q := range slices.Concat(acts.promises, table.promises) {
		ends = append(ends, q.until)
	}
	slices.Sort(ends)
	from := int64(math.MinInt64)
	for _, until := range slices.Compact(ends) {
		p.promises = append(p.promises, promise{until, max(acts.MinimumFor(from), table.MinimumFor(from))})
		from = until
	}
	return p
}
