// Package area keeps the areas of an institution as a tree of sites, buildings, floors and
// zones (C014): what they are called, how important they are (C024) and which unit answers
// for them (C016, C018). Cameras hang in areas; rights are given for an area and what lies
// in it. An area is never deleted; one that is gone is retired and keeps its place in the
// tree, so that what hangs below it keeps its chain.
package area

import (
	"context"
	"slices"
	"sync"

	"github.com/uptrace/bun"

	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals of acts on areas. Those about text come from package text.
var (
	ErrUnknown    = problem.New(problem.NotFound, "area_unknown", "There is no such area.")
	ErrParent     = problem.New(problem.Invalid, "area_parent_unknown", "The area above this one is not there, or is retired.").On("parent")
	ErrRetired    = problem.New(problem.Conflict, "area_retired", "This area is retired; it does not change any more.")
	ErrNameTaken  = problem.New(problem.Conflict, "area_name_taken", "Another area at this place has this name.").On("name") // name
	ErrKind       = problem.New(problem.Invalid, "area_kind_unknown", "An area is a site, a building, a floor or a zone.").On("kind")
	ErrImportance = problem.New(problem.Invalid, "area_importance_unknown", "The importance is ordinary, important or vital.").On("importance")
	ErrOrder      = problem.New(problem.Invalid, "area_order", "A site holds buildings, a building holds floors, a floor holds zones; none lies in a smaller one.").On("parent") // kind, parent
	ErrCircle     = problem.New(problem.Invalid, "area_circle", "An area cannot lie in itself or in what lies in it.").On("parent")
	ErrDepth      = problem.New(problem.Invalid, "area_depth", "Areas lie at most 12 deep.").On("parent") // max
	ErrUnit       = problem.New(problem.Invalid, "area_unit_unknown", "The unit that answers for it is not there, or is retired.").On("unit")
	ErrInUse      = problem.New(problem.Conflict, "area_in_use", "Areas or cameras are still in it. Move or retire them first.") // areas, cameras
)

// Kind is what an area is.
type Kind string

// The kinds, from the outermost inwards. Zones may lie in zones.
const (
	Site     Kind = "site"
	Building Kind = "building"
	Floor    Kind = "floor"
	Zone     Kind = "zone"
)

// Kinds gives them from the outermost inwards.
func Kinds() []Kind { return []Kind{Site, Building, Floor, Zone} }

func (k Kind) rank() int { return slices.Index(Kinds(), k) }

// Importance is how much depends on an area.
type Importance string

// The importances. Vital ones are those that the rules name 重点要害部位.
const (
	Ordinary  Importance = "ordinary"
	Important Importance = "important"
	Vital     Importance = "vital"
)

// Importances gives them from the least up.
func Importances() []Importance { return []Importance{Ordinary, Important, Vital} }

// MaxDepth is how deep areas lie in areas.
const MaxDepth = 12

// MaxName is how many characters a name may have.
const MaxName = 100

// Area is one of them.
type Area struct {
	ID         string
	Parent     string // id; empty: nothing is above it
	Kind       Kind
	Name       string // no other that is not retired has it below the same parent
	Importance Importance
	Unit       string // id of the unit that answers for it; empty: nobody has said
	Note       string
	CreatedAt  int64  // µs
	RetiredAt  *int64 // µs
	Outer      bool   // of it only name and place are told; see Known
}

// New is what an area begins with.
type New struct {
	Parent     string
	Kind       Kind
	Name       string
	Importance Importance // Ordinary if empty
	Unit       string
	Note       string
}

// Change changes what is not nil.
type Change struct {
	Parent     *string
	Kind       *Kind
	Name       *string
	Importance *Importance
	Unit       *string
	Note       *string
}

// Changed is the Data of events of kind "areas".
type Changed struct {
	ID     string `json:"id"`     // empty: many of them
	Change string `json:"change"` // created, changed, retired, imported
}

// Areas keeps them.
type Areas struct {
	DB    *db.DB
	Bus   *event.Bus // told of every change; may be nil
	Clock clock.Clock
	// Cameras counts the cameras in service that hang in an area itself. Nil: there are none.
	Cameras func(ctx context.Context, tx bun.IDB, area string) (int, error)
	// Hung tells whether a camera hangs in one of some areas, in service or not. Nil: none does.
	Hung func(ctx context.Context, tx bun.IDB, areas []string) (bool, error)
	// Unit tells whether there is such a unit that is not retired. Nil: there are none.
	Unit func(ctx context.Context, tx bun.IDB, unit string) (bool, error)
	// Moved is told after every change, before it is answered; may be nil.
	Moved func()

	mu   sync.Mutex // guards tree, and that an older one never takes the place of a newer
	tree *Tree      // nil: to be read anew
}

// List gives all areas, retired ones too, oldest first.
func (a *Areas) List(ctx context.Context) ([]Area, error) { return list(ctx, a.DB.Read()) }

// Get gives one area, or ErrUnknown.
func (a *Areas) Get(ctx context.Context, id string) (Area, error) {
	all, err := a.List(ctx)
	if err != nil {
		return Area{}, err
	}
	for i := range all {
		if all[i].ID == id {
			return all[i], nil
		}
	}
	return Area{}, ErrUnknown
}

// InService tells, inside a transaction, whether there is such an area that is not retired.
func (a *Areas) InService(ctx context.Context, tx bun.IDB, id string) (bool, error) {
	n, err := tx.NewSelect().Model((*row)(nil)).Where("id = ? AND retired_at IS NULL", id).Count(ctx)
	return n == 1, problem.Wrap(err, "look for an area")
}

// Chain gives, inside a transaction, the areas that one lies in, itself first; none for an
// area that is not there.
func (a *Areas) Chain(ctx context.Context, tx bun.IDB, id string) ([]string, error) {
	tree, err := Read(ctx, tx)
	if err != nil {
		return nil, err
	}
	return tree.Chain(id), nil
}

// changed makes everybody read the tree anew and tells of it.
func (a *Areas) changed(id, change string) {
	a.mu.Lock()
	a.tree = nil
	a.mu.Unlock()
	if a.Moved != nil {
		a.Moved()
	}
	if a.Bus != nil {
		a.Bus.Publish(event.Event{Kind: "areas", Subject: id, Data: Changed{ID: id, Change: change}})
	}
}

// Tree gives the areas as they are, from memory where nothing has changed.
func (a *Areas) Tree(ctx context.Context) (*Tree, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.tree != nil {
		return a.tree, nil
	}
	all, err := list(ctx, a.DB.Read())
	if err != nil {
		return nil, err
	}
	a.tree = NewTree(all)
	return a.tree, nil
}

// describe takes in the words of an area.
func describe(r *row, c *Change) (err error) {
	if c.Name != nil {
		if r.Name, err = text.Line("name", *c.Name, 1, MaxName); err != nil {
			return err
		}
		r.NameKey = text.Key(r.Name)
	}
	if c.Note != nil {
		if r.Note, err = text.Block("note", *c.Note, 0, 2000); err != nil {
			return err
		}
	}
	if c.Kind != nil {
		if c.Kind.rank() < 0 {
			return ErrKind
		}
		r.Kind = *c.Kind
	}
	if c.Importance != nil {
		if !slices.Contains(Importances(), *c.Importance) {
			return ErrImportance
		}
		r.Importance = *c.Importance
	}
	return nil
}
