package staff

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// What is to be settled with somebody who leaves (practice P5).
var (
	handed  = []string{"card", "keys", "radio"}      // given back, or never had
	settled = append(slices.Clone(handed), "pledge", // the reminder of the pledge was given
		"looks") // those of the last 30 days were reviewed
)

// How something is settled.
const (
	Done   = "done"
	NotHad = "not_had"
)

// Refusals of what is settled.
var (
	ErrHanded  = problem.New(problem.Invalid, "handed_unknown", "What is settled is card, keys, radio, the reminder of the pledge or the review of the looks.").On("returned")
	ErrSettled = problem.New(problem.Invalid, "settled_unknown", "Something is done; card, keys and radio may be something that the person never had.").On("state")
	ErrNotLeft = problem.New(problem.Conflict, "leaving_none", "This person has not left.")
)

// Tick is something that is to be settled with who leaves.
type Tick struct {
	Item  string
	State string // Done or NotHad; empty while it is open
	By    string // person
	At    int64  // µs
}

type leavingRow struct {
	bun.BaseModel `bun:"table:leavings,alias:leaving"`
	ID            string `bun:",pk"`
	Person        string
	LeftAt        int64
}

type tickRow struct {
	bun.BaseModel `bun:"table:leaving_ticks,alias:tick"`
	Leaving       string `bun:",pk"`
	Item          string `bun:",pk"`
	State         string
	ByPerson      string
	At            int64
}

// Left opens in tx what is to be settled with somebody who left at (µs), and gives its id,
// which the act tells.
func Left(ctx context.Context, tx bun.Tx, person string, at int64) (id string, err error) {
	r := leavingRow{ID: db.NewID(), Person: person, LeftAt: at}
	_, err = tx.NewInsert().Model(&r).Exec(ctx)
	return r.ID, problem.Wrap(err, "open what is to be settled with who leaves")
}

// leavingOf gives the newest leaving of a person; nil where they never left.
func leavingOf(ctx context.Context, tx bun.IDB, person string) (*leavingRow, error) {
	var rows []leavingRow
	err := tx.NewSelect().Model(&rows).Where("person = ?", person).OrderExpr("left_at DESC, id DESC").Limit(1).Scan(ctx)
	if err != nil || len(rows) == 0 {
		return nil, problem.Wrap(err, "read who left")
	}
	return &rows[0], nil
}

// ticks gives all that is to be settled of a leaving.
func ticks(ctx context.Context, tx bun.IDB, leaving string) ([]Tick, error) {
	var rows []tickRow
	if err := tx.NewSelect().Model(&rows).Where("leaving = ?", leaving).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read what is settled")
	}
	all := make([]Tick, len(settled))
	for i, item := range settled {
		all[i] = Tick{Item: item}
		for _, r := range rows {
			if r.Item == item {
				all[i] = Tick{item, r.State, r.ByPerson, r.At}
			}
		}
	}
	return all, nil
}

// Settle puts on record that something is settled with somebody who left: that it was given
// back or done, or that the person never had it. What was said before stays on record.
func (f *Files) Settle(ctx context.Context, actor access.Actor, person, item, state string) (all []Tick, err error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return nil, err
	}
	switch {
	case actor.Person == person:
		return nil, ErrOwnFile
	case !slices.Contains(settled, item):
		return nil, ErrHanded.On("item")
	case state != Done && (state != NotHad || !slices.Contains(handed, item)):
		return nil, ErrSettled
	}
	err = f.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		who, err := account.Load(ctx, tx, person)
		if err != nil {
			return err
		}
		l, err := leavingOf(ctx, tx, person)
		switch {
		case err != nil:
			return err
		case l == nil || !who.Disabled:
			return ErrNotLeft
		}
		at := f.Clock.Micro()
		if err := tick(ctx, tx, actor, l.ID, item, state, at); err != nil {
			return err
		}
		err = ledger.Record(ctx, tx, actor.For(access.PeopleManage, "").Act(at, kindSettled, person, "", map[string]any{keyLeaving: l.ID, "item": item, "state": state}))
		if err != nil {
			return err
		}
		all, err = ticks(ctx, tx, l.ID)
		return err
	})
	return all, err
}

func tick(ctx context.Context, tx bun.Tx, actor access.Actor, leaving, item, state string, at int64) error {
	r := tickRow{Leaving: leaving, Item: item, State: state, ByPerson: actor.Person, At: at}
	_, err := tx.NewInsert().Model(&r).On("CONFLICT (leaving, item) DO UPDATE").
		Set("state = EXCLUDED.state").Set("by_person = EXCLUDED.by_person").Set("at = EXCLUDED.at").Exec(ctx)
	return problem.Wrap(err, "note what is settled")
}

// unsettled gives, of people who left and are not back, those with whom something is open, by
// when (µs) they left.
func (f *Files) unsettled(ctx context.Context, people []account.Person) (map[string]int64, error) {
	var rows []struct {
		Person string
		LeftAt int64
		Done   int
	}
	err := f.DB.Read().NewSelect().Model((*leavingRow)(nil)).Column("person", "left_at").
		ColumnExpr("(SELECT COUNT(*) FROM leaving_ticks AS t WHERE t.leaving = leaving.id) AS done").OrderExpr("left_at, id").Scan(ctx, &rows)
	if err != nil {
		return nil, problem.Wrap(err, "look for what is open with who left")
	}
	gone, open := map[string]bool{}, map[string]int64{}
	for i := range people {
		gone[people[i].ID] = people[i].Disabled
	}
	for _, r := range rows { // the newest of a person counts
		delete(open, r.Person)
		if gone[r.Person] && r.Done < len(settled) {
			open[r.Person] = r.LeftAt
		}
	}
	return open, nil
}
