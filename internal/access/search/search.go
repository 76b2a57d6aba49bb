// Package search keeps searches of the acts that somebody wants to make again: their own,
// and those that they share with everybody who reads acts.
package search

import (
	"context"
	"database/sql"
	"errors"
	"net/url"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

const (
	mostSearches = 50   // of one person
	longestQuery = 2000 // bytes
)

// Refusals.
var (
	ErrUnknown   = problem.New(problem.NotFound, "search_unknown", "There is no such saved search.")
	ErrNotYours  = problem.New(problem.Forbidden, "search_of_another", "Somebody else saved this search. Save one of your own.")
	ErrNameTaken = problem.New(problem.Conflict, "search_name_taken", "You have a saved search with this name.").On("name")   // name
	ErrTooMany   = problem.New(problem.Conflict, "search_too_many", "You have as many saved searches as one can have.")       // most
	ErrQuery     = problem.New(problem.Invalid, "search_query", "The conditions are too long, or no conditions.").On("query") //
)

// Search is a saved search.
type Search struct {
	bun.BaseModel `bun:"table:act_searches,alias:search"`

	ID        string `bun:",pk"`
	Person    string // whose it is
	Name      string
	NameKey   string
	Query     string // as the address of the screen bears it, without its question mark
	Shared    bool
	UpdatedAt int64 // µs
}

// Searches keeps them.
type Searches struct {
	DB    *db.DB
	Clock clock.Clock
}

// List gives the actor's own and the shared ones, by name.
func (s *Searches) List(ctx context.Context, actor access.Actor) ([]Search, error) {
	if err := access.Can(actor, access.ActRead, ""); err != nil {
		return nil, err
	}
	all := []Search{}
	err := s.DB.Read().NewSelect().Model(&all).Where("person = ? OR shared", actor.Person).OrderExpr("name_key, id").Scan(ctx)
	return all, problem.Wrap(err, "list saved searches")
}

// Save keeps a search; one of the actor's own with this id is replaced, and an empty id
// makes a new one.
func (s *Searches) Save(ctx context.Context, actor access.Actor, id, name, query string, shared bool) (Search, error) {
	if err := access.Can(actor, access.ActRead, ""); err != nil {
		return Search{}, err
	}
	name, err := text.Line("name", name, 1, 100)
	if err != nil {
		return Search{}, err
	}
	if _, err := url.ParseQuery(query); err != nil || len(query) > longestQuery {
		return Search{}, ErrQuery
	}
	row := Search{ID: id, Person: actor.Person, Name: name, NameKey: text.Key(name), Query: query, Shared: shared, UpdatedAt: s.Clock.Micro()}
	err = s.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if id != "" {
			if _, err := own(ctx, tx, actor, id); err != nil {
				return err
			}
			if _, err := tx.NewUpdate().Model(&row).WherePK().Exec(ctx); err != nil {
				return named(err, name)
			}
		} else {
			n, err := tx.NewSelect().Model((*Search)(nil)).Where("person = ?", actor.Person).Count(ctx)
			if err != nil {
				return problem.Wrap(err, "count saved searches")
			}
			if n >= mostSearches {
				return ErrTooMany.With("most", mostSearches)
			}
			row.ID = db.NewID()
			if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
				return named(err, name)
			}
		}
		return s.record(ctx, tx, actor, "search.saved", &row)
	})
	return row, err
}

// Remove removes a search of the actor's own. The act stays.
func (s *Searches) Remove(ctx context.Context, actor access.Actor, id string) error {
	if err := access.Can(actor, access.ActRead, ""); err != nil {
		return err
	}
	return s.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := own(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model(&row).WherePK().Exec(ctx); err != nil {
			return problem.Wrap(err, "remove a saved search")
		}
		return s.record(ctx, tx, actor, "search.removed", &row)
	})
}

// own gives a search of the actor's own. What they cannot see is unknown.
func own(ctx context.Context, tx bun.Tx, actor access.Actor, id string) (row Search, err error) {
	err = tx.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && row.Person != actor.Person && !row.Shared:
		return row, ErrUnknown
	case err != nil:
		return row, problem.Wrap(err, "read a saved search")
	case row.Person != actor.Person:
		return row, ErrNotYours
	}
	return row, nil
}

func (s *Searches) record(ctx context.Context, tx bun.Tx, actor access.Actor, kind string, row *Search) error {
	return ledger.Record(ctx, tx, actor.For(access.ActRead, "").Act(s.Clock.Micro(), kind, row.ID, "",
		map[string]any{"name": row.Name, "query": row.Query, "shared": row.Shared}))
}

func named(err error, name string) error {
	if db.IsUnique(err, "act_searches.person", "act_searches.name_key") {
		return ErrNameTaken.With("name", name)
	}
	return problem.Wrap(err, "keep a saved search")
}
