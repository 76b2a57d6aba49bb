// Package wall keeps the layouts of the live wall: which camera hangs in which
// cell. A layout is its maker's; a shared one is seen by all.
package wall

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals of acts on layouts. Those about text come from package text.
var (
	ErrUnknown   = problem.New(problem.NotFound, "layout_unknown", "There is no such layout.")
	ErrNotYours  = problem.New(problem.Forbidden, "layout_not_yours", "Only who made a layout changes it. Save your own under another name.")
	ErrNameTaken = problem.New(problem.Conflict, "layout_name_taken", "You have a layout of this name.").On("name") // name
	ErrSize      = problem.New(problem.Invalid, "layout_size", "A wall has 1, 4, 9 or 16 cells.").On("size")
	ErrCells     = problem.New(problem.Invalid, "layout_cells", "A wall has as many cells as its size says, each empty or a camera, none twice.").On("cells")
	ErrTooMany   = problem.New(problem.Conflict, "layout_too_many", "You have 100 layouts. Remove one first.")
)

const mostLayouts = 100

// Layout is one arrangement.
type Layout struct {
	ID        string
	Person    string // whose it is
	Name      string
	Size      int       // 1, 4, 9 or 16
	Cells     []*string // Size of them: id of a camera, or nil
	Shared    bool
	CreatedAt int64 // µs
	UpdatedAt int64 // µs
}

// Input is what a person decides about a layout.
type Input struct {
	Name   string
	Size   int
	Cells  []*string // fewer than Size: the rest is empty
	Shared bool
}

// Layouts keeps the layouts.
type Layouts struct {
	DB    *db.DB
	Clock clock.Clock
}

type layoutRow struct {
	bun.BaseModel `bun:"table:layouts,alias:layout"`
	ID            string `bun:",pk"`
	Person        string
	Name          string
	NameKey       string
	Size          int64
	Cells         string
	Shared        bool
	CreatedAt     int64
	UpdatedAt     int64
}

func (r layoutRow) layout() (Layout, error) {
	l := Layout{ID: r.ID, Person: r.Person, Name: r.Name, Size: int(r.Size), Shared: r.Shared, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt}
	return l, problem.Wrap(json.Unmarshal([]byte(r.Cells), &l.Cells), "read cells of layout "+r.ID)
}

// take checks in and puts it into r.
func (r *layoutRow) take(in Input) (err error) {
	if r.Name, err = text.Line("name", in.Name, 1, 100); err != nil {
		return err
	}
	r.NameKey = text.Key(r.Name)
	if !slices.Contains([]int{1, 4, 9, 16}, in.Size) {
		return ErrSize
	}
	if len(in.Cells) > in.Size {
		return ErrCells
	}
	cells := make([]*string, in.Size)
	seen := map[string]bool{}
	for i, id := range in.Cells {
		if id == nil || *id == "" {
			continue
		}
		if !db.ValidID(*id) || seen[*id] {
			return ErrCells
		}
		seen[*id], cells[i] = true, id
	}
	packed, err := json.Marshal(cells)
	if err != nil {
		return err
	}
	r.Size, r.Cells, r.Shared = int64(in.Size), string(packed), in.Shared
	return nil
}

// List gives the actor's own layouts and the shared ones, oldest first.
func (w *Layouts) List(ctx context.Context, actor access.Actor) ([]Layout, error) {
	if err := access.Can(actor, access.LiveView, ""); err != nil {
		return nil, err
	}
	var rows []layoutRow
	if err := w.DB.Read().NewSelect().Model(&rows).Where("person = ? OR shared", actor.Person).OrderExpr("created_at, id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list layouts")
	}
	reach := access.ReachOf(actor, access.LiveView)
	layouts := make([]Layout, 0, len(rows))
	for _, r := range rows {
		l, err := r.layout()
		if err != nil {
			return nil, err
		}
		// Cells elsewhere are empty; what others share and is all elsewhere is not there.
		if l.within(reach) || l.Person == actor.Person {
			layouts = append(layouts, l)
		}
	}
	return layouts, nil
}

// within empties the cells whose cameras are out of reach. It tells whether any is left,
// or none was there.
func (l *Layout) within(reach access.Reach) bool {
	hung, left := 0, 0
	for i, c := range l.Cells {
		if c == nil {
			continue
		}
		if hung++; reach.Has(*c) {
			left++
		} else {
			l.Cells[i] = nil
		}
	}
	return left > 0 || hung == 0
}

// reaches is nil where the actor may watch whatever hangs in the cells.
func (in *Input) reaches(actor access.Actor) error {
	var cameras []string
	for _, c := range in.Cells {
		if c != nil {
			cameras = append(cameras, *c)
		}
	}
	return access.OnEach(actor, access.LiveView, cameras)
}

// Create saves a new layout.
func (w *Layouts) Create(ctx context.Context, actor access.Actor, in Input) (Layout, error) {
	if err := access.Can(actor, access.LiveView, ""); err != nil {
		return Layout{}, err
	}
	if err := in.reaches(actor); err != nil {
		return Layout{}, err
	}
	at := w.Clock.Micro()
	row := layoutRow{ID: db.NewID(), Person: actor.Person, CreatedAt: at, UpdatedAt: at}
	if err := row.take(in); err != nil {
		return Layout{}, err
	}
	err := w.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err := tx.NewSelect().Model((*layoutRow)(nil)).Where("person = ?", actor.Person).Count(ctx)
		if err != nil {
			return problem.Wrap(err, "count layouts")
		}
		if n >= mostLayouts {
			return ErrTooMany
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return named(err, row.Name)
		}
		return w.record(ctx, tx, actor, "layout.created", row)
	})
	if err != nil {
		return Layout{}, err
	}
	return row.layout()
}

// Update replaces all that a person decides about a layout of their own.
func (w *Layouts) Update(ctx context.Context, actor access.Actor, id string, in Input) (Layout, error) {
	if err := in.reaches(actor); err != nil {
		return Layout{}, err
	}
	var row layoutRow
	err := w.own(ctx, actor, id, func(ctx context.Context, tx bun.Tx, r layoutRow) error {
		if err := r.take(in); err != nil {
			return err
		}
		r.UpdatedAt = w.Clock.Micro()
		if _, err := tx.NewUpdate().Model(&r).WherePK().Exec(ctx); err != nil {
			return named(err, r.Name)
		}
		row = r
		return w.record(ctx, tx, actor, "layout.changed", r)
	})
	if err != nil {
		return Layout{}, err
	}
	return row.layout()
}

// Delete removes a layout of one's own. The act stays.
func (w *Layouts) Delete(ctx context.Context, actor access.Actor, id string) error {
	return w.own(ctx, actor, id, func(ctx context.Context, tx bun.Tx, r layoutRow) error {
		if _, err := tx.NewDelete().Model(&r).WherePK().Exec(ctx); err != nil {
			return problem.Wrap(err, "delete layout")
		}
		return w.record(ctx, tx, actor, "layout.deleted", r)
	})
}

// own runs fn on a layout of the actor's own. What the actor cannot see is unknown.
func (w *Layouts) own(ctx context.Context, actor access.Actor, id string, fn func(ctx context.Context, tx bun.Tx, r layoutRow) error) error {
	if err := access.Can(actor, access.LiveView, ""); err != nil {
		return err
	}
	return w.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var row layoutRow
		err := tx.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
		switch {
		case errors.Is(err, sql.ErrNoRows), err == nil && row.Person != actor.Person && !row.Shared:
			return ErrUnknown
		case err != nil:
			return problem.Wrap(err, "read layout")
		case row.Person != actor.Person:
			if l, err := row.layout(); err != nil || !l.within(access.ReachOf(actor, access.LiveView)) {
				return cmp.Or(err, error(ErrUnknown)) // as its list has it
			}
			return ErrNotYours
		}
		return fn(ctx, tx, row)
	})
}

func (w *Layouts) record(ctx context.Context, tx bun.Tx, actor access.Actor, kind string, r layoutRow) error {
	return ledger.Record(ctx, tx, actor.For(access.LiveView, "").Act(w.Clock.Micro(), kind, r.ID, "",
		map[string]any{"name": r.Name, "size": r.Size, "shared": r.Shared}))
}

func named(err error, name string) error {
	if db.IsUnique(err, "layouts.person", "layouts.name_key") {
		return ErrNameTaken.With("name", name)
	}
	return problem.Wrap(err, "save layout")
}
