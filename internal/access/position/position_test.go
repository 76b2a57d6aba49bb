package position_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/policy"
	"watchroom/internal/access/position"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
	"watchroom/internal/testkit/people"
)

// house is a register with accounts and rights around it.
type house struct {
	*position.Register
	accounts *account.Control
	rights   *policy.Policies
	chief    access.Actor
}

func open(t *testing.T, d *db.DB) *house {
	t.Helper()
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	clock := func() time.Time { now = now.Add(time.Microsecond); return now }
	h := &house{rights: &policy.Policies{DB: d, Clock: clock}}
	h.accounts = &account.Control{DB: d, Clock: clock, Rights: h.rights.Current}
	if err := h.accounts.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.Register = &position.Register{DB: d, Clock: clock, Held: holding.Holders, Changed: h.rights.Changed}
	h.chief = people.Add(t, d, "chief", access.Supervisor)
	return h
}

func named(zh, en string) position.Words { return position.Words{ZH: zh, EN: en} }

// guardActor is a guard as the program's own rights have them.
func guardActor(person string) access.Actor {
	return access.NewActor(person, access.NewRights("1", nil, nil), access.Standing{Holdings: access.Everywhere(access.Operator)})
}

func refused(t *testing.T, what string, err error, want *problem.Error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %s", what, err, want.Code)
	}
}

// TestARegisterOfOnesOwn: an institution renames positions, adds its own and retires them, and
// every step is an act that tells before and after.
func TestARegisterOfOnesOwn(t *testing.T) {
	clause.Covers(t, "C020")
	clause.Covers(t, "C112")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		ctx := t.Context()
		all, err := h.List(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var codes []access.Position
		for _, p := range all {
			codes = append(codes, p.Code)
			if p.Name.ZH == "" || p.Name.EN == "" || p.CreatedAt != 0 {
				t.Errorf("%+v", p)
			}
		}
		if diff := cmp.Diff(access.Positions(), codes); diff != "" {
			t.Fatalf("the register begins with (-want +got):\n%s", diff)
		}
		if _, err := h.Rename(ctx, h.chief, access.Operator, named("中控员", "Console operator")); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Rename(ctx, h.chief, access.Operator, named("中控员", "Console operator")); err != nil {
			t.Fatal(err) // the same once more, without an act
		}
		p, err := h.Add(ctx, h.chief, position.New{Code: "gate_guard", Name: named(" 门岗 ", "Gate guard"), Basis: access.Operator})
		if err != nil || p.Name != named("门岗", "Gate guard") || p.CreatedAt == 0 {
			t.Fatalf("%+v, %v", p, err)
		}
		guard, _, err := h.accounts.CreatePerson(ctx, access.CommandLine(), account.NewPerson{Username: "zhang", Holdings: access.Everywhere("gate_guard")})
		if err != nil || len(guard.Holdings) != 1 {
			t.Fatalf("%+v, %v", guard, err)
		}
		_, err = h.Retire(ctx, h.chief, "gate_guard", "is not needed")
		refused(t, "held", err, position.ErrHeld)
		if problem.Of(err).Params["count"] != int64(1) {
			t.Errorf("%v", problem.Of(err).Params)
		}
		given := access.Everywhere(access.Operator)
		if _, err := h.accounts.ChangePerson(ctx, access.CommandLine(), guard.ID, account.PersonChange{Holdings: &given}); err != nil {
			t.Fatal(err)
		}
		if p, err = h.Retire(ctx, h.chief, "gate_guard", "is not needed"); err != nil || p.InUse() {
			t.Fatalf("%+v, %v", p, err)
		}
		again := access.Everywhere("gate_guard")
		_, err = h.accounts.ChangePerson(ctx, access.CommandLine(), guard.ID, account.PersonChange{Holdings: &again})
		refused(t, "one that is retired", err, holding.ErrUnknown)
		_, err = h.Add(ctx, h.chief, position.New{Code: "gate_guard", Name: named("另一个", "Another")})
		refused(t, "its code once more", err, position.ErrTaken)
		_, err = h.Rename(ctx, h.chief, "gate_guard", named("别的", "Other"))
		refused(t, "renamed when retired", err, position.ErrRetired)
		if _, err := h.Add(ctx, h.chief, position.New{Code: "gate_guard_2", Name: named("门岗", "Gate guard")}); err != nil {
			t.Errorf("the name of a retired one is free: %v", err)
		}
		_, err = h.Restore(ctx, h.chief, "gate_guard", "the gate is manned again")
		refused(t, "back under a name that another has", err, position.ErrNamed)
		if _, err := h.Rename(ctx, h.chief, "gate_guard_2", named("夜间门岗", "Night guard")); err != nil {
			t.Fatal(err)
		}
		_, err = h.Restore(ctx, guardActor(guard.ID), "gate_guard", "the gate is manned again")
		refused(t, "back by who may not", err, access.ErrRightMissing)
		back, err := h.Restore(ctx, h.chief, "gate_guard", "the gate is manned again")
		if err != nil || !back.InUse() || back.Basis != access.Operator || back.CreatedAt != p.CreatedAt {
			t.Fatalf("%+v, %v", back, err)
		}
		if _, err := h.accounts.ChangePerson(ctx, access.CommandLine(), guard.ID, account.PersonChange{Holdings: &again}); err != nil {
			t.Errorf("given again: %v", err)
		}
		_, err = h.Restore(ctx, h.chief, "gate_guard", "once more")
		refused(t, "back twice", err, position.ErrInUse)
		_, err = h.Restore(ctx, h.chief, "no_such", "once more")
		refused(t, "none such", err, position.ErrUnknown)
		acts, _, err := ledger.List(ctx, d.Read(), ledger.Filter{Kind: "position."})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range acts {
			got = append(got, fmt.Sprint(a.Kind, " ", a.Subject, " ", a.Person == h.chief.Person, " ", a.Detail["nameEn"], " ", a.Detail["basis"], " ", a.Detail["reason"], " ", a.Detail["changes"]))
		}
		want := []string{
			"position.restored gate_guard true Gate guard operator the gate is manned again <nil>",
			"position.renamed gate_guard_2 true <nil> <nil> <nil> map[nameEn:map[from:Gate guard to:Night guard] nameZh:map[from:门岗 to:夜间门岗]]",
			"position.added gate_guard_2 true Gate guard  <nil> <nil>",
			"position.retired gate_guard true Gate guard operator is not needed <nil>",
			"position.added gate_guard true Gate guard operator <nil> <nil>",
			"position.renamed operator true <nil> <nil> <nil> map[nameEn:map[from:Operator to:Console operator] nameZh:map[from:监控员 to:中控员]]",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("acts (-want +got):\n%s", diff)
		}
		if _, err = h.Retire(ctx, h.chief, "gate_guard_2", "the night is quiet"); err != nil {
			t.Fatal(err)
		}
		held.Altered(t, d, map[string][]string{"positions": nil}, policy.Differ)
	})
}

// TestPositionsThatCannotBe: each is named, and nothing is kept of it.
func TestPositionsThatCannotBe(t *testing.T) {
	clause.Covers(t, "C021")
	clause.Covers(t, "C112")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		ctx := t.Context()
		fine := named("门岗", "Gate guard")
		for what, c := range map[string]struct {
			n    position.New
			want *problem.Error
		}{
			"no code":               {position.New{Name: fine}, position.ErrCode},
			"a code with a blank":   {position.New{Code: "gate guard", Name: fine}, position.ErrCode},
			"one of the program":    {position.New{Code: access.Leader, Name: fine}, position.ErrTaken},
			"based on the system's": {position.New{Code: "root", Name: fine, Basis: access.Administrator}, position.ErrBasis},
			"based on an outsider":  {position.New{Code: "root", Name: fine, Basis: access.Contractor}, position.ErrBasis},
			"based on none such":    {position.New{Code: "root", Name: fine, Basis: "king"}, position.ErrBasis},
			"a name that is there":  {position.New{Code: "x1", Name: named("门岗", "operator")}, position.ErrNamed},
			"in the other language": {position.New{Code: "x1", Name: named("Auditor", "Gate guard")}, position.ErrNamed},
			"one that looks so":     {position.New{Code: "x1", Name: named("门岗", "Ореrаtоr")}, position.ErrMixed},
			"all Cyrillic":          {position.New{Code: "x1", Name: named("门岗", "Аudit")}, position.ErrMixed},
			"braces":                {position.New{Code: "x1", Name: named("门岗", "{{name}}")}, position.ErrMarks},
			"no Chinese name":       {position.New{Code: "x1", Name: named(" ", "Gate guard")}, nil},
		} {
			_, err := h.Add(ctx, h.chief, c.n)
			if c.want == nil {
				if problem.Of(err).Kind != problem.Invalid {
					t.Errorf("%s: %v", what, err)
				}
				continue
			}
			refused(t, what, err, c.want)
		}
		if _, err := h.Add(ctx, h.chief, position.New{Code: "cook", Name: named("厨师", "COOK")}); err != nil {
			t.Fatal(err)
		}
		_, err := h.Rename(ctx, h.chief, access.StandIn, named("顶岗", "соок")) // Cyrillic
		refused(t, "a look-alike", err, position.ErrLookalike)
		_, err = h.Retire(ctx, h.chief, access.StandIn, "nobody needs it")
		refused(t, "one of the program retires", err, position.ErrProgram)
		_, err = h.Rename(ctx, h.chief, "none", fine)
		refused(t, "none such", err, position.ErrUnknown)
		admin, elsewhere := people.Add(t, d, "root", access.Administrator), access.NewActor(h.chief.Person, access.NewRights("1", nil, map[string]access.Place{"gate": {Areas: []string{"east"}}}),
			access.Standing{Holdings: []access.Holding{{Position: access.Supervisor, Areas: []string{"east"}}}})
		_, err = h.Add(ctx, admin, position.New{Code: "x1", Name: fine})
		refused(t, "the administrator", err, access.ErrRightMissing)
		_, err = h.Add(ctx, elsewhere, position.New{Code: "x1", Name: fine})
		refused(t, "a supervisor of one area", err, access.ErrElsewhere)
		if all, err := h.List(ctx); err != nil || len(all) != len(access.Positions())+1 {
			t.Errorf("%d are kept, %v", len(all), err)
		}
	})
}

// TestAPositionOfOnesOwnStandsApart: it has the rights of its basis until rules of the house
// say otherwise, never those of who runs the system, and is not held beside the administrator's.
func TestAPositionOfOnesOwnStandsApart(t *testing.T) {
	clause.Covers(t, "C021")
	clause.Covers(t, "C023")
	clause.Covers(t, "C112")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		ctx := t.Context()
		leader := people.Add(t, d, "leader", access.Leader)
		for _, n := range []position.New{{Code: "gate_guard", Name: named("门岗", "Gate guard"), Basis: access.Operator}, {Code: "clerk", Name: named("文员", "Clerk")}} {
			if _, err := h.Add(ctx, h.chief, n); err != nil {
				t.Fatal(err)
			}
		}
		may := func(p access.Position, a access.Action) bool {
			t.Helper()
			r, err := h.rights.Current(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return r.Decide(access.Standing{Holdings: access.Everywhere(p)}, a, "gate", nil).Allowed
		}
		for _, a := range access.Actions() {
			if may("gate_guard", a) != slices.Contains(access.Operator.Rights(), a) || may("clerk", a) {
				t.Errorf("%s: not as it begins", a)
			}
		}
		rule := func(p access.Position, a access.Action) []policy.Rule {
			return []policy.Rule{{ID: "r", Position: p, Actions: []access.Action{a}}}
		}
		for _, a := range []access.Action{access.PeopleManage, access.TokenManage, access.FootageDownload} {
			_, err := h.rights.Propose(ctx, h.chief, access.BuiltIn, rule("clerk", a), "because")
			refused(t, string(a), err, policy.ErrSeparation)
		}
		_, err := h.rights.Propose(ctx, h.chief, access.BuiltIn, rule("nobody", access.LiveView), "because")
		refused(t, "a rule for none such", err, policy.ErrRule)
		_, _, err = h.accounts.CreatePerson(ctx, access.CommandLine(), account.NewPerson{Username: "both", Holdings: access.Everywhere("clerk", access.Administrator)})
		refused(t, "beside the administrator's", err, holding.ErrConflict)
		_, _, err = h.accounts.CreatePerson(ctx, access.CommandLine(), account.NewPerson{Username: "nobody", Holdings: access.Everywhere("nobody")})
		refused(t, "none such is held", err, holding.ErrUnknown)

		v, err := h.rights.Propose(ctx, h.chief, access.BuiltIn, rule("clerk", access.ActRead), "reads the trail")
		if err != nil || may("clerk", access.ActRead) {
			t.Fatalf("%v", err)
		}
		clerk := people.Add(t, d, "both", access.Leader, "clerk")
		_, err = h.rights.Decide(ctx, clerk, v.ID, true, "")
		refused(t, "one's own position", err, policy.ErrOwnGain)
		if _, err := h.rights.Decide(ctx, leader, v.ID, true, ""); err != nil || !may("clerk", access.ActRead) {
			t.Errorf("%v", err)
		}
		held, err := holding.Read(ctx, d.Read(), clerk.Person)
		if diff := cmp.Diff([]access.Position{access.Leader, "clerk"}, holding.Positions(held[clerk.Person])); err != nil || diff != "" {
			t.Errorf("%v, held (-want +got):\n%s", err, diff)
		}
	})
}

// TestTheDatabaseKeepsTheRegister: whoever writes past the program is stopped, too.
func TestTheDatabaseKeepsTheRegister(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		if _, err := h.Add(t.Context(), h.chief, position.New{Code: "cook", Name: named("厨师", "Cook")}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Retire(t.Context(), h.chief, "cook", "no kitchen"); err != nil {
			t.Fatal(err)
		}
		for _, statement := range []string{"UPDATE positions SET code = 'x' WHERE code = 'leader'", "UPDATE positions SET basis = 'leader' WHERE code = 'cook'",
			"UPDATE positions SET retired_at = 5 WHERE code = 'cook'", "UPDATE positions SET retired_at = NULL, name_en = 'Chef' WHERE code = 'cook'", "DELETE FROM positions", "UPDATE positions SET retired_at = 5 WHERE code = 'leader'"} {
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, statement)
				return err
			})
			if err == nil {
				t.Errorf("%s: it was done", statement)
			}
		}
	})
}
