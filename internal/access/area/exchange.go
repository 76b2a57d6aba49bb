package area

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/unit"
	"watchroom/internal/ledger"
	"watchroom/internal/sheet"
)

// Columns are those of a table of areas. An area is found by its name and the path of what
// it lies in; one that is not there is added.
func Columns() []sheet.Column {
	return []sheet.Column{
		{Key: "name", EN: "Area", ZH: "区域", Need: true}, {Key: "parent", EN: "Lies in", ZH: "上级区域"},
		{Key: "kind", EN: "Kind", ZH: "类型", Need: true}, {Key: "importance", EN: "Importance", ZH: "重要程度"},
		{Key: "unit", EN: "Responsible unit", ZH: "责任单位"}, {Key: "note", EN: "Note", ZH: "备注"},
	}
}

func kindNames() map[Kind][2]string {
	return map[Kind][2]string{Site: {"site", "场所"}, Building: {"building", "楼"}, Floor: {"floor", "层"}, Zone: {"zone", "部位"}}
}

func importanceNames() map[Importance][2]string {
	return map[Importance][2]string{Ordinary: {"ordinary", "一般"}, Important: {"important", "重要"}, Vital: {"vital", "要害"}}
}

// Paths gives the way to every area in use, from the outermost: by id, and the id by
// sheet.PathKey of it.
func Paths(ctx context.Context, tx bun.IDB) (paths, ids map[string]string, err error) {
	all, err := rows(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	paths, ids = pathsOf(all)
	return paths, ids, nil
}

func pathsOf(all []row) (paths, ids map[string]string) {
	nodes := make([]sheet.Node, len(all))
	for i := range all {
		nodes[i] = sheet.Node{ID: all[i].ID, Parent: all[i].Parent, Name: all[i].Name, Retired: all[i].RetiredAt != nil}
	}
	return sheet.Paths(nodes, MaxDepth+1)
}

// Export gives the areas in use as the lines of a table: those in which the actor may take lists
// of cameras out of the house.
func (a *Areas) Export(ctx context.Context, actor access.Actor) ([][]string, error) {
	all, err := rows(ctx, a.DB.Read())
	if err != nil {
		return nil, err
	}
	areas, err := a.List(ctx)
	if err != nil {
		return nil, err
	}
	goes := map[string]bool{}
	for _, known := range Known(actor, access.CameraExport, areas) {
		goes[known.ID] = !known.Outer
	}
	units, _, err := unit.Paths(ctx, a.DB.Read())
	if err != nil {
		return nil, err
	}
	paths, _ := pathsOf(all)
	var lines [][]string
	for i := range all {
		if r := &all[i]; r.RetiredAt == nil && goes[r.ID] {
			lines = append(lines, []string{r.Name, paths[r.Parent], string(r.Kind), string(r.Importance), units[r.Unit], r.Note})
		}
	}
	return lines, nil
}

// Import takes in a table of areas, all of it or nothing; as a dry run nothing at all. The
// act names the file by its digest.
func (a *Areas) Import(ctx context.Context, actor access.Actor, records []sheet.Record, digest string, dry bool) (out sheet.Outcome, err error) {
	if err := access.Throughout(actor, access.AreaConfigure, ""); err != nil {
		return out, err
	}
	sheet.OutermostFirst(records, "parent")
	err = a.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, units, err := unit.Paths(ctx, tx)
		if err != nil {
			return err
		}
		if err := out.Take(records, Columns(), dry, func(r *sheet.Record) error { return a.line(ctx, tx, actor, r, units, &out) }); err != nil {
			return err
		}
		return ledger.Record(ctx, tx, actor.For(access.AreaConfigure, "").Act(a.Clock.Micro(), "area.imported", "", "", out.Detail(digest)))
	})
	if errors.Is(err, sheet.ErrUndone) {
		return out, nil
	}
	if err == nil && out.Created+out.Changed > 0 {
		a.changed("", "imported")
	}
	return out, err
}

// line takes in one line. units are the ids of units by their paths.
func (a *Areas) line(ctx context.Context, tx bun.Tx, actor access.Actor, r *sheet.Record, units map[string]string, out *sheet.Outcome) error {
	all, err := rows(ctx, tx)
	if err != nil {
		return err
	}
	_, ids := pathsOf(all)
	n := New{Name: r.Values["name"], Note: r.Values["note"]}
	var ok bool
	if n.Kind, ok = sheet.Word(r.Values["kind"], Kinds(), kindNames()); !ok {
		return ErrKind
	}
	if n.Importance, ok = sheet.Word(r.Values["importance"], Importances(), importanceNames()); !ok {
		return ErrImportance
	}
	path := sheet.Step(n.Name)
	if above := r.Values["parent"]; above != "" {
		if n.Parent = ids[sheet.PathKey(above)]; n.Parent == "" {
			return ErrParent
		}
		path = above + "/" + sheet.Step(n.Name)
	}
	if of := r.Values["unit"]; of != "" {
		if n.Unit = units[sheet.PathKey(of)]; n.Unit == "" {
			return ErrUnit
		}
	}
	id := ids[sheet.PathKey(path)]
	if id == "" {
		out.Created++
		_, err := a.create(ctx, tx, actor, n)
		return err
	}
	c := Change{Kind: &n.Kind, Note: r.Get("note")}
	if r.Get("importance") != nil {
		c.Importance = &n.Importance
	}
	if r.Get("unit") != nil {
		c.Unit = &n.Unit
	}
	_, done, err := a.update(ctx, tx, actor, id, c)
	if done {
		out.Changed++
	} else if err == nil {
		out.Same++
	}
	return err
}
