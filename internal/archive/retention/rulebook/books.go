package rulebook

// Books are the rules as they count: those of the table, and those that people made by
// what the log proves. Where they differ the stricter counts: footage goes only where both
// let it go, so that a row that nobody made frees nothing, and an act that cannot be proved
// takes no promise back. Whoever tells how long footage is kept asks these, not the table.
type Books struct {
	Class Class
	Table *Book
	Acts  *Book // nil where there is no log
	// Promised are the rules of acts with, each time, one more by which nobody lets anything
	// go: one that the log does not hold (any more), or that was made again from a copy. It
	// allows nothing, and what it promises is kept.
	Promised  []*Book
	Recovered []Recovered
	Footage   *Books // of snapshots: the rules of the footage that they show; else nil
}

// Recovered is a rule that was made again from a copy because the database had lost it.
type Recovered struct {
	Entry
	Brought int64 // µs, when
}

// Since are the books that a removal at an instant has to be allowed by. What was made
// again later may have been lost later: it counted then.
func (b Books) Since(at int64) []*Book {
	book := b.Acts
	for _, r := range b.Recovered {
		if r.Brought >= at {
			book = book.And(r.Entry)
		}
	}
	return append([]*Book{book}, b.Promised...)
}

// Under gives rules of snapshots beside those of the footage that they show.
func (b Books) Under(footage *Books) Books {
	b.Footage = footage
	return b
}

// Possible refuses a rule that could not be kept: a snapshot goes with its footage, which may
// go once its own minimum is over.
func (b Books) Possible(w Entry) error {
	if b.Footage == nil || w.Inherits {
		return nil
	}
	if footage := b.Footage.Plan(w.Camera); w.Rule.MinDays > footage.MinDays {
		return ErrAbove.With("days", footage.MinDays)
	}
	return nil
}

// Least is the minimum of a camera as far as one person alone may not lower it.
func (b Books) Least(camera string) int {
	days := b.Table.Least(camera)
	if b.Acts != nil {
		days = max(days, b.Acts.Least(camera))
	}
	for _, more := range b.Promised {
		days = max(days, more.Least(camera))
	}
	return days
}

// Would is the least minimum that a change would bring into force, by the acts or by the
// table: a row that nobody made makes no change look smaller. Of snapshots it is 0 where
// there would be none but that of their footage.
func (b Books) Would(inherits bool, rule Rule) int {
	if !inherits {
		return rule.MinDays
	}
	days := b.Table.Plan("").MinDays
	if b.Acts != nil {
		if acts := b.Acts.Plan("").MinDays; days == 0 || acts != 0 && acts < days {
			days = acts
		}
	}
	return days
}

// Plan works out what counts for a camera.
func (b Books) Plan(camera string) Plan {
	of := func(book *Book) Plan { return book.Plan(camera) }
	if b.Footage != nil {
		footage := b.Footage.Plan(camera)
		of = func(book *Book) Plan { return book.Plan(camera).Under(&footage) }
	}
	if b.Acts == nil {
		return of(b.Table)
	}
	plan := Stricter(of(b.Acts), of(b.Table))
	for _, more := range b.Promised {
		plan = Stricter(plan, of(more))
	}
	return plan
}

// Most is for how many days footage of a camera may be kept at most, nil: there is no end.
// It is what people have set, whatever the table says: nobody may be told an earlier end
// by a row alone, nor a later one.
func (b Books) Most(camera string) *int {
	if b.Acts == nil {
		return b.Table.Plan(camera).MaxDays
	}
	return b.Acts.Plan(camera).MaxDays
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
func (b Books) With(one Entry, now int64) Books {
	one.Class, one.At = b.Class, b.Table.Next(now)
	return b.with(one)
}

// with gives the books as they would be with one rule more.
func (b Books) with(one Entry) Books {
	b.Table = b.Table.And(one)
	if b.Acts != nil {
		b.Acts = b.Acts.And(one)
	}
	promised := b.Promised
	b.Promised = nil
	for _, more := range promised {
		b.Promised = append(b.Promised, more.And(one))
	}
	return b
}

// Beyond gives what of a camera is past its minimum, or its maximum, and the id of the rule.
func (b Books) Beyond(camera string, now, passed int64, maximum bool) ([]Window, string) {
	plan := b.Plan(camera)
	if b.Acts == nil {
		return plan.BeyondFor(now, passed, maximum), plan.ID
	}
	return plan.BeyondFor(now, passed, maximum), b.Acts.Plan(camera).ID
}
