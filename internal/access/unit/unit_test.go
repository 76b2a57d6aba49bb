package unit

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/sheet"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
	"watchroom/internal/text"
)

// firm is a house with an administrator and as many areas as the test says.
type firm struct {
	*Units
	t     *testing.T
	now   time.Time
	admin access.Actor
	areas int
}

func each(t *testing.T, fn func(t *testing.T, f *firm)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := &firm{t: t, now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
		clock := func() time.Time { f.now = f.now.Add(time.Microsecond); return f.now }
		accounts := &account.Control{DB: d, Bus: &event.Bus{}, Clock: clock}
		if err := accounts.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.Units = &Units{DB: d, Clock: clock, Accounts: accounts,
			Areas: func(context.Context, bun.IDB, string) (int, error) { return f.areas, nil }}
		boss := f.person("boss", access.Administrator)
		f.admin = access.ActorOf(boss, access.Administrator)
		fn(t, f)
		held.Honest(t, d, Differ)
	})
}

// person makes a locked account, which hashes nothing.
func (f *firm) person(name string, positions ...access.Position) string {
	f.t.Helper()
	d, err := f.Accounts.Draft(f.t.Context(), access.CommandLine(), account.NewPerson{Username: name, Holdings: access.Everywhere(positions...)}, true)
	if err != nil {
		f.t.Fatal(err)
	}
	err = f.DB.Tx(f.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := f.Accounts.Admit(ctx, tx, access.CommandLine(), d)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return d.ID()
}

func (f *firm) place(person, unit string) {
	f.t.Helper()
	err := f.DB.Tx(f.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		return account.Place(ctx, tx, person, unit, nil, nil)
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *firm) add(kind Kind, name, parent string) Unit {
	f.t.Helper()
	u, err := f.Create(f.t.Context(), f.admin, New{Kind: kind, Name: name, Parent: parent})
	if err != nil {
		f.t.Fatal(err)
	}
	return u
}

func (f *firm) acts(kind string) []ledger.Act {
	f.t.Helper()
	acts, _, err := ledger.List(f.t.Context(), f.DB.Read(), ledger.Filter{Kind: kind, Limit: ledger.MaxLimit})
	if err != nil {
		f.t.Fatal(err)
	}
	return acts
}

func p[T any](v T) *T { return &v }

func TestUnitsAreATree(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		office := f.add(Department, "安全保卫处", "")
		room := f.add(Department, "监控室", office.ID)
		other := f.add(Department, "信息中心", "")
		li := f.person("li")
		after, err := f.Update(t.Context(), f.admin, room.ID, Change{Parent: &other.ID, Code: p("A1"), Responsible: &li})
		if err != nil || after.Parent != other.ID || after.Code != "A1" || after.Responsible != li {
			t.Fatalf("%+v, %v", after, err)
		}
		if act := f.acts("unit.changed")[0]; act.Subject != room.ID || len(act.Detail["changes"].(map[string]any)) != 3 {
			t.Errorf("%+v", act)
		}
		f.place(li, room.ID)
		gone := f.person("gone")
		if _, err := f.Accounts.ChangePerson(t.Context(), f.admin, gone, account.PersonChange{Disabled: p(true)}); err != nil {
			t.Fatal(err)
		}
		before := len(f.acts(""))
		for name, c := range map[string]struct {
			err, want error
		}{
			"with two spaces":   {second(f.Create(t.Context(), f.admin, New{Kind: Department, Name: "监 控室", Parent: other.ID})), ErrNameTaken},
			"of mixed letters":  {second(f.Create(t.Context(), f.admin, New{Kind: Department, Name: "Gаte", Parent: other.ID})), ErrNameMixed},
			"a look-alike":      {second(f.Create(t.Context(), f.admin, New{Kind: Department, Name: "监控室 ", Parent: other.ID})), ErrNameTaken},
			"a code":            {second(f.Create(t.Context(), f.admin, New{Kind: Department, Name: "x", Code: "ａ1"})), ErrCodeTaken},
			"below itself":      {second(f.Update(t.Context(), f.admin, other.ID, Change{Parent: &room.ID})), ErrCircle},
			"nothing above":     {second(f.Create(t.Context(), f.admin, New{Kind: Department, Name: "x", Parent: "nowhere"})), ErrParent},
			"no kind":           {second(f.Create(t.Context(), f.admin, New{Name: "x"})), ErrKind},
			"10,000 letters":    {second(f.Create(t.Context(), f.admin, New{Kind: Outside, Name: strings.Repeat("x", 10000)})), text.ErrTooLong},
			"who has left":      {second(f.Update(t.Context(), f.admin, room.ID, Change{Responsible: &gone})), ErrResponsible},
			"nobody":            {second(f.Update(t.Context(), f.admin, room.ID, Change{Responsible: p("nobody")})), ErrResponsible},
			"unknown":           {second(f.Update(t.Context(), f.admin, "nowhere", Change{})), ErrUnknown},
			"without the right": {second(f.Create(t.Context(), access.ActorOf("x", access.DutyLead), New{Kind: Outside, Name: "x"})), access.ErrRightMissing},
		} {
			if !errors.Is(c.err, c.want) {
				t.Errorf("%s: %v, want %v", name, c.err, c.want)
			}
		}
		f.areas = 2
		_, err = f.Retire(t.Context(), f.admin, room.ID, "merged")
		if pr := problem.Of(err); pr.Code != "unit_in_use" || pr.Params["people"] != 1 || pr.Params["areas"] != 2 || pr.Params["units"] != 0 {
			t.Errorf("with people in it: %+v", pr)
		}
		if n := len(f.acts("")); n != before {
			t.Errorf("%d acts of refused acts", n-before)
		}
		f.areas = 0
		f.place(li, "")
		if _, err := f.Retire(t.Context(), f.admin, room.ID, "merged"); err != nil {
			t.Error(err)
		}
		if _, err := f.Retire(t.Context(), f.admin, room.ID, "merged"); !errors.Is(err, ErrRetired) {
			t.Errorf("twice: %v", err)
		}
		f.add(Department, "监控室", other.ID) // its name is free
	})
}

func second[T any](_ T, err error) error { return err }

// TestTheEndOfAContractClosesAllItsPeople (C025, practice P5).
func TestTheEndOfAContractClosesAllItsPeople(t *testing.T) {
	clause.Covers(t, "C025")
	each(t, func(t *testing.T, f *firm) {
		guards := f.add(Guards, "保安公司", "")
		night := f.add(Guards, "夜班队", guards.ID)
		house := f.add(Department, "保卫处", "")
		a, b, own := f.person("aa", access.Operator), f.person("bb", access.Operator), f.person("own", access.Operator)
		f.place(a, guards.ID)
		f.place(b, night.ID)
		f.place(own, house.ID)
		until := f.now.Add(24 * time.Hour).UnixMicro()
		if _, err := f.Conclude(t.Context(), f.admin, house.ID, "1", until, ""); !errors.Is(err, ErrNoCompany) {
			t.Errorf("a department: %v", err)
		}
		if _, err := f.Conclude(t.Context(), f.admin, guards.ID, "1", f.now.UnixMicro(), ""); !errors.Is(err, ErrContractPast) {
			t.Errorf("past: %v", err)
		}
		c, err := f.Conclude(t.Context(), f.admin, guards.ID, "2026-07", until, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Conclude(t.Context(), f.admin, guards.ID, "2", until, ""); !errors.Is(err, ErrContractRuns) {
			t.Errorf("a second one: %v", err)
		}
		if by, err := Running(t.Context(), f.DB.Read(), night.ID); err != nil || by == nil || by.ID != c.ID {
			t.Errorf("the contract of a sub-unit: %+v, %v", by, err)
		}
		done, err := f.End(t.Context(), f.admin, c.ID, "not renewed")
		if err != nil || !slices.Equal(done.People, []string{a, b}) || done.Contract.EndedAt == nil {
			t.Fatalf("%+v, %v", done, err)
		}
		for person, disabled := range map[string]bool{a: true, b: true, own: false} {
			if who, err := f.Accounts.Person(t.Context(), person); err != nil || who.Disabled != disabled {
				t.Errorf("%+v, %v", who, err)
			}
		}
		closed := f.acts("person.disabled")
		if len(closed) != 2 || closed[0].Detail["contract"] != c.ID || closed[0].Detail["reason"] != "not renewed" || len(f.acts("contract.ended")) != 1 {
			t.Errorf("acts: %+v", closed)
		}
		if _, err := f.End(t.Context(), f.admin, c.ID, "again"); !errors.Is(err, ErrContractEnded) {
			t.Errorf("twice: %v", err)
		}
		if _, err := f.End(t.Context(), f.admin, "none", "again"); !errors.Is(err, ErrContractUnknown) {
			t.Errorf("none: %v", err)
		}
		room := f.add(Department, "监控室", house.ID)
		if _, err := f.Update(t.Context(), f.admin, room.ID, Change{Name: p("值班室"), Note: p("二楼")}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Retire(t.Context(), f.admin, room.ID, "merged"); err != nil {
			t.Fatal(err)
		}
		held.Altered(t, f.DB, map[string][]string{"units": {"name_key", "code_key"}, "contracts": nil}, Differ)
		// Of what an earlier version made the act does not tell the note.
		dbtest.Forge(t, f.DB, `UPDATE acts SET detail = replace(detail, '"note"', '"x"'); UPDATE units SET note = 'older'; UPDATE contracts SET note = 'older'`, func(ctx context.Context, tx bun.Tx) {
			if all := held.Rows(t, Differ)(ctx, tx); len(all) > 0 {
				t.Errorf("an earlier version: %q", all)
			}
		})
	})
}

// TestAnImportIsAllOrNothing: a dry run and a table with faults leave no trace.
func TestAnImportIsAllOrNothing(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.add(Department, "保卫处", "")
		table := "单位,上级单位,类型,代码,责任人（用户名）\n夜班,保卫处 / 监控室,部门,N,boss\n监控室,保卫处,部门,,\n保卫处,,department,B,\n"
		take := func(raw string, dry bool) sheet.Outcome {
			records, faults, err := sheet.Read(strings.NewReader(raw), Columns())
			if err != nil || len(faults) > 0 {
				t.Fatal(faults, err)
			}
			out, err := f.Import(t.Context(), f.admin, records, "digest", dry)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		before := len(f.acts(""))
		if out := take(table, true); out.Created != 2 || out.Changed != 1 || len(out.Faults) != 0 {
			t.Errorf("dry: %+v", out)
		}
		out := take(table+"x,nowhere,部门,,\ny,,king,,\nz,,部门,N,\nw,,部门,,nobody\n", false)
		var faults []string
		for _, fault := range out.Faults {
			faults = append(faults, string(rune('0'+fault.Line))+" "+fault.Column+" "+fault.Err.Code)
		}
		slices.Sort(faults)
		want := []string{"5 parent unit_parent_unknown", "6 kind unit_kind_unknown", "8 responsible unit_responsible_unknown"}
		if len(faults) != 4 || !slices.Contains(faults, want[0]) || !slices.Contains(faults, want[1]) || !slices.Contains(faults, want[2]) {
			t.Errorf("faults = %q", faults)
		}
		if all, err := f.List(t.Context()); err != nil || len(all) != 1 || len(f.acts("")) != before {
			t.Fatalf("what is refused was written: %d units, %d acts, %v", len(all), len(f.acts(""))-before, err)
		}
		if out := take(table, false); out.Created != 2 || out.Changed != 1 {
			t.Errorf("%+v", out)
		}
		if act := f.acts("unit.imported"); len(act) != 1 || act[0].Detail["created"] != 2.0 || act[0].Detail["sha256"] != "digest" {
			t.Errorf("%+v", act)
		}
		if out := take(table, false); out.Same != 3 {
			t.Errorf("the same again: %+v", out)
		}
		lines, err := f.Export(t.Context())
		if err != nil || len(lines) != 3 || !slices.ContainsFunc(lines, func(l []string) bool { return l[0] == "夜班" && l[1] == "保卫处/监控室" && l[4] == "boss" }) {
			t.Errorf("%q, %v", lines, err)
		}
	})
}
