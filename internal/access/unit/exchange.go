package unit

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/sheet"
	"watchroom/internal/text"
)

// Columns are those of a table of units. A unit is found by its name and the path of what
// is above it; one that is not there is added.
func Columns() []sheet.Column {
	return []sheet.Column{
		{Key: "name", EN: "Unit", ZH: "单位", Need: true}, {Key: "parent", EN: "Above it", ZH: "上级单位"},
		{Key: "kind", EN: "Kind", ZH: "类型", Need: true}, {Key: "code", EN: "Code", ZH: "代码"},
		{Key: "responsible", EN: "Responsible (user name)", ZH: "责任人（用户名）"}, {Key: "note", EN: "Note", ZH: "备注"},
		{Key: "contract", EN: "Contract", ZH: "合同编号"}, {Key: "contractUntil", EN: "Contract until", ZH: "合同有效期至"}, {Key: "contractNote", EN: "Note on the contract", ZH: "合同备注"},
	}
}

func kindNames() map[Kind][2]string {
	return map[Kind][2]string{Department: {"department", "部门"}, Guards: {"guard company", "保安公司"},
		Maintenance: {"maintenance company", "维保公司"}, Outside: {"outside", "外部单位"}}
}

// Paths gives the way to every unit that is not retired, from the top: by id, and the id by
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

// Export gives the units in use as the lines of a table.
func (u *Units) Export(ctx context.Context) ([][]string, error) {
	all, err := rows(ctx, u.DB.Read())
	if err != nil {
		return nil, err
	}
	people, err := u.Accounts.People(ctx)
	if err != nil {
		return nil, err
	}
	usernames := map[string]string{}
	for i := range people {
		usernames[people[i].ID] = people[i].Username
	}
	running, err := contracts(ctx, u.DB.Read(), true)
	if err != nil {
		return nil, err
	}
	by := map[string]Contract{}
	for _, c := range running {
		by[c.Unit] = c
	}
	paths, _ := pathsOf(all)
	var lines [][]string
	for i := range all {
		if r := &all[i]; r.RetiredAt == nil {
			line := []string{r.Name, paths[r.Parent], string(r.Kind), r.Code, usernames[r.Responsible], r.Note, "", "", ""}
			if c, ok := by[r.ID]; ok {
				line[6], line[7], line[8] = c.Number, sheet.End(c.Until, u.zone()), c.Note
			}
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// Import takes in a table of units, all of it or nothing; as a dry run nothing at all. The
// act names the file by its digest.
func (u *Units) Import(ctx context.Context, actor access.Actor, records []sheet.Record, digest string, dry bool) (out sheet.Outcome, err error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return out, err
	}
	sheet.OutermostFirst(records, "parent")
	err = u.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := out.Take(records, Columns(), dry, func(r *sheet.Record) error { return u.line(ctx, tx, actor, r, &out) }); err != nil {
			return err
		}
		return ledger.Record(ctx, tx, actor.For(access.PeopleManage, "").Act(u.Clock.Micro(), "unit.imported", "", "", out.Detail(digest)))
	})
	if errors.Is(err, sheet.ErrUndone) {
		err = nil
	}
	return out, err
}

// line takes in one line.
func (u *Units) line(ctx context.Context, tx bun.Tx, actor access.Actor, r *sheet.Record, out *sheet.Outcome) error {
	all, err := rows(ctx, tx)
	if err != nil {
		return err
	}
	_, ids := pathsOf(all)
	n := New{Name: r.Values["name"], Code: r.Values["code"], Note: r.Values["note"]}
	var ok bool
	if n.Kind, ok = sheet.Word(r.Values["kind"], Kinds(), kindNames()); !ok {
		return ErrKind
	}
	path := sheet.Step(n.Name)
	if above := r.Values["parent"]; above != "" {
		if n.Parent = ids[sheet.PathKey(above)]; n.Parent == "" {
			return ErrParent
		}
		path = above + "/" + sheet.Step(n.Name)
	}
	if username := r.Values["responsible"]; username != "" {
		p, err := account.LoadNamed(ctx, tx, username)
		if problem.Of(err).Code == account.ErrPersonUnknown.Code {
			return ErrResponsible
		}
		if err != nil {
			return err
		}
		n.Responsible = p.ID
	}
	id := ids[sheet.PathKey(path)]
	if id == "" {
		made, err := u.create(ctx, tx, actor, n)
		if err != nil {
			return err
		}
		out.Created++
		_, err = u.agreed(ctx, tx, actor, made.ID, r)
		return err
	}
	c := Change{Kind: &n.Kind, Code: r.Get("code"), Note: r.Get("note")}
	if r.Get("responsible") != nil {
		c.Responsible = &n.Responsible
	}
	before, err := find(all, id)
	if err != nil {
		return err
	}
	after, err := u.update(ctx, tx, actor, id, c)
	if err != nil {
		return err
	}
	agreed, err := u.agreed(ctx, tx, actor, id, r)
	if err != nil {
		return err
	}
	if after == before.unit() && !agreed {
		out.Same++
	} else {
		out.Changed++
	}
	return nil
}

// agreed puts the contract of a line on record, unless it runs already as the line says.
func (u *Units) agreed(ctx context.Context, tx bun.Tx, actor access.Actor, id string, r *sheet.Record) (made bool, err error) {
	if r.Get("contract") == nil {
		return false, nil
	}
	running, err := contracts(ctx, tx, true)
	if err != nil {
		return false, err
	}
	i := slices.IndexFunc(running, func(c Contract) bool { return c.Unit == id })
	number, until, note := r.Values["contract"], r.Get("contractUntil"), r.Get("contractNote")
	switch {
	case number == "" && i < 0:
		return false, nil
	case i >= 0:
		c := &running[i]
		if text.Key(number) != text.Key(c.Number) || until != nil && *until != sheet.End(c.Until, u.zone()) || note != nil && *note != c.Note {
			return false, ErrContractRuns.On("contract")
		}
		return false, nil
	case until == nil:
		return false, ErrContractDay
	}
	end, ok := sheet.ParseEnd(*until, u.zone())
	if !ok {
		return false, ErrContractDay
	}
	if _, err = u.conclude(ctx, tx, actor, id, number, end, r.Values["contractNote"]); err != nil {
		p := problem.Of(err) // whose fields are columns here
		column, ok := map[string]string{"until": "contractUntil", "note": "contractNote"}[p.Field]
		if !ok {
			column = "contract"
		}
		return false, p.On(column)
	}
	return true, nil
}

func (u *Units) zone() *time.Location {
	if u.Zone == nil {
		return time.UTC
	}
	return u.Zone
}
