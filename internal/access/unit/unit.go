// Package unit keeps the units that people belong to as a tree: departments of the house,
// guard and maintenance companies, and others from outside (C015 to C019, C025), each with
// the person who answers for it (C020) and companies with the contract by which they work
// here. A unit is never deleted; one that is gone is retired.
package unit

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access/account"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals of acts on units. Those about text come from package text.
var (
	ErrUnknown     = problem.New(problem.NotFound, "unit_unknown", "There is no such unit.")
	ErrParent      = problem.New(problem.Invalid, "unit_parent_unknown", "The unit above this one is not there, or is retired.").On("parent")
	ErrRetired     = problem.New(problem.Conflict, "unit_retired", "This unit is retired; it does not change any more.")
	ErrNameMixed   = problem.New(problem.Invalid, "unit_name_mixed", "A word of this name mixes letters that look alike from different scripts.").On("name")
	ErrNameTaken   = problem.New(problem.Conflict, "unit_name_taken", "Another unit at this place has this name.").On("name") // name
	ErrCodeTaken   = problem.New(problem.Conflict, "unit_code_taken", "Another unit has this code.").On("code")               // code
	ErrKind        = problem.New(problem.Invalid, "unit_kind_unknown", "A unit is a department, a guard company, a maintenance company or another from outside.").On("kind")
	ErrCircle      = problem.New(problem.Invalid, "unit_circle", "A unit cannot be below itself.").On("parent")
	ErrDepth       = problem.New(problem.Invalid, "unit_depth", "Units are at most 12 deep.").On("parent") // max
	ErrResponsible = problem.New(problem.Invalid, "unit_responsible_unknown", "The person who is to answer for it is not there, or has left.").On("responsible")
	ErrInUse       = problem.New(problem.Conflict, "unit_in_use", "People, units, areas or a contract still hang on it. Move them or end it first.") // people, units, areas, contracts

	ErrContractUnknown = problem.New(problem.NotFound, "contract_unknown", "There is no such contract.")
	ErrContractRuns    = problem.New(problem.Conflict, "contract_runs", "A contract of this company runs. End it first.")
	ErrContractEnded   = problem.New(problem.Conflict, "contract_ended", "This contract has ended already.")
	ErrContractPast    = problem.New(problem.Invalid, "contract_past", "The end of the contract lies in the past.").On("until")
	ErrContractDay     = problem.New(problem.Invalid, "contract_day", "A contract has an end: a day as 2026-11-22, or an instant as 2026-11-22T08:00:00+08:00.").On("contractUntil")
	ErrNoCompany       = problem.New(problem.Invalid, "unit_no_company", "A department of the house works by no contract.").On("unit")
)

// Kind is what a unit is.
type Kind string

// The kinds.
const (
	Department  Kind = "department" // of the house
	Guards      Kind = "guard_company"
	Maintenance Kind = "maintenance_company"
	Outside     Kind = "outside"
)

// Kinds gives all of them.
func Kinds() []Kind { return []Kind{Department, Guards, Maintenance, Outside} }

// Foreign tells whether its people come from outside, so that their accounts have a term.
func (k Kind) Foreign() bool { return k != Department }

// MaxDepth is how deep units hang below units.
const MaxDepth = 12

// Unit is one of them.
type Unit struct {
	ID          string
	Parent      string // id; empty: nothing is above it
	Kind        Kind
	Name        string // no other that is not retired has it below the same parent
	Code        string // no other that is not retired has it; empty: none
	Responsible string // person; empty: nobody yet
	Note        string
	CreatedAt   int64  // µs
	RetiredAt   *int64 // µs
	People      int    // with an open account, in the unit itself
}

// New is what a unit begins with.
type New struct {
	Parent, Name, Code, Responsible, Note string
	Kind                                  Kind
}

// Change changes what is not nil.
type Change struct {
	Parent, Name, Code, Responsible, Note *string
	Kind                                  *Kind
}

// Contract is by what a company works here.
type Contract struct {
	ID        string
	Unit      string
	Number    string
	Until     int64 // µs, exclusive
	Note      string
	CreatedAt int64  // µs
	EndedAt   *int64 // µs; nil: it runs
	EndedBy   string // person
	Reason    string
}

// Units keeps them.
type Units struct {
	DB       *db.DB
	Clock    clock.Clock
	Accounts *account.Control
	Zone     *time.Location // in which a contract's last day ends; nil: UTC
	// Left opens in tx what is to be settled with somebody whose account a contract closes at
	// (µs), and gives its id. Nil: nothing is.
	Left func(ctx context.Context, tx bun.Tx, person string, at int64) (id string, err error)
	// Areas counts the areas in use that a unit answers for. Nil: there are none.
	Areas func(ctx context.Context, tx bun.IDB, unit string) (int, error)
}

// List gives all units, retired ones too, oldest first.
func (u *Units) List(ctx context.Context) ([]Unit, error) {
	all, err := rows(ctx, u.DB.Read())
	if err != nil {
		return nil, err
	}
	people, err := members(ctx, u.DB.Read())
	if err != nil {
		return nil, err
	}
	units := make([]Unit, len(all))
	for i := range all {
		units[i] = all[i].unit()
		units[i].People = people[all[i].ID]
	}
	return units, nil
}

// InService tells, inside a transaction, whether there is such a unit that is not retired.
func InService(ctx context.Context, tx bun.IDB, id string) (bool, error) {
	n, err := tx.NewSelect().Model((*row)(nil)).Where("id = ? AND retired_at IS NULL", id).Count(ctx)
	return n == 1, problem.Wrap(err, "look for a unit")
}

// Load gives one unit inside a transaction, or ErrUnknown.
func Load(ctx context.Context, tx bun.IDB, id string) (Unit, error) {
	all, err := rows(ctx, tx)
	if err != nil {
		return Unit{}, err
	}
	i := slices.IndexFunc(all, func(r row) bool { return r.ID == id })
	if i < 0 || id == "" {
		return Unit{}, ErrUnknown
	}
	return all[i].unit(), nil
}

// Running gives the contract by which a unit works, its own or that of the nearest unit
// above it that has one; nil where there is none.
func Running(ctx context.Context, tx bun.IDB, unit string) (*Contract, error) {
	all, err := rows(ctx, tx)
	if err != nil {
		return nil, err
	}
	running, err := contracts(ctx, tx, true)
	if err != nil {
		return nil, err
	}
	up := map[string]string{}
	for i := range all {
		up[all[i].ID] = all[i].Parent
	}
	for n := 0; unit != "" && n <= MaxDepth; n++ {
		if i := slices.IndexFunc(running, func(c Contract) bool { return c.Unit == unit }); i >= 0 {
			return &running[i], nil
		}
		unit = up[unit]
	}
	return nil, nil
}

// Contracts gives all contracts, oldest first.
func (u *Units) Contracts(ctx context.Context) ([]Contract, error) {
	return contracts(ctx, u.DB.Read(), false)
}

// describe takes in the words of a unit.
func describe(r *row, c *Change) (err error) {
	if c.Name != nil {
		if r.Name, err = text.Line("name", *c.Name, 1, 100); err != nil {
			return err
		}
		r.NameKey = text.Key(r.Name)
	}
	if c.Code != nil {
		if r.Code, err = text.Line("code", *c.Code, 0, 40); err != nil {
			return err
		}
		r.CodeKey = text.Key(r.Code)
	}
	if c.Note != nil {
		if r.Note, err = text.Block("note", *c.Note, 0, 2000); err != nil {
			return err
		}
	}
	if c.Kind != nil {
		if !slices.Contains(Kinds(), *c.Kind) {
			return ErrKind
		}
		r.Kind = *c.Kind
	}
	return nil
}

// Days counts the whole days from an instant to another (µs); below 0 where it has passed.
func Days(now, until int64) int {
	day := (24 * time.Hour).Microseconds()
	if until < now {
		return int((until-now)/day) - 1
	}
	return int((until - now) / day)
}

// members counts the open accounts of every unit.
func members(ctx context.Context, tx bun.IDB) (map[string]int, error) {
	var all []struct {
		Unit string
		N    int
	}
	err := tx.NewSelect().Table("people").Column("unit").ColumnExpr("count(*) AS n").Where("NOT disabled AND unit <> ''").
		Group("unit").Scan(ctx, &all)
	counts := make(map[string]int, len(all))
	for _, one := range all {
		counts[one.Unit] = one.N
	}
	return counts, problem.Wrap(err, "count the people of units")
}
