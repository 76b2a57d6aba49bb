package policy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/position"
	"watchroom/internal/access/roll"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

// log takes all acts that are on record for proved, in the order of their ids, but those
// whose ids are lost.
type log struct {
	lost map[string]bool
	err  error
}

func (l *log) acts(ctx context.Context, tx bun.IDB, kinds ...string) (acts []roll.Act, err error) {
	all, _, err := ledger.LoggedOf(ctx, tx, kinds...)
	for i, a := range all {
		if !l.lost[a.Act.ID] {
			acts = append(acts, roll.Act{ID: a.Act.ID, Person: a.Act.Person, Kind: a.Act.Kind, Subject: a.Act.Subject, At: a.Act.At, Log: "node/log", Leaf: int64(i), Detail: a.Content.Detail})
		}
	}
	return acts, errors.Join(err, l.err)
}

func bare(t *testing.T, d *db.DB, sql string, args ...any) {
	t.Helper()
	err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { _, err := tx.NewRaw(sql, args...).Exec(ctx); return err })
	if err != nil {
		t.Fatal(err)
	}
}

func differ(t *testing.T, d *db.DB, want ...string) {
	t.Helper()
	found, err := Differ(t.Context(), d.Read())
	if err != nil || len(found) != len(want) {
		t.Fatalf("found %+v, %v; want %q", found, err, want)
	}
	for i, w := range want {
		row, why, _ := strings.Cut(w, ": ")
		if found[i].Row != row || !strings.Contains(found[i].Why, why) {
			t.Errorf("found %+v, want %q", found[i], w)
		}
	}
}

// TestRulesThatNoActMade: what somebody writes into the tables of rights gives nobody
// anything, and is named.
func TestRulesThatNoActMade(t *testing.T) {
	clause.Covers(t, "C023")
	clause.Covers(t, "C094")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := house(d)
		known := &log{}
		p.Acts = known.acts
		chief, leader := people.Add(t, d, "chief", access.Supervisor), people.Add(t, d, "leader", access.Leader)
		people.OnRecord(t, d, chief, leader)
		approve := func(base string, rules []Rule) Version {
			t.Helper()
			v, err := p.Propose(t.Context(), chief, base, rules, "because")
			if err == nil {
				v, err = p.Decide(t.Context(), leader, v.ID, true, "")
			}
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		v := approve(access.BuiltIn, low())
		register := &position.Register{DB: d, Clock: p.Clock, Held: func(context.Context, bun.IDB, access.Position) (int64, error) { return 0, nil }, Changed: p.Changed}
		if _, err := register.Add(t.Context(), chief, position.New{Code: "gate", Name: position.Words{ZH: "门岗", EN: "Gate"}, Basis: access.Operator}); err != nil {
			t.Fatal(err)
		}
		if _, err := register.Rename(t.Context(), chief, access.Operator, position.Words{ZH: "中控员", EN: "Console"}); err != nil {
			t.Fatal(err)
		}
		stands := func(when string, proved, vault, release, gate bool) {
			t.Helper()
			p.Changed()
			r, err := p.Current(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if r.Proved() != proved {
				t.Errorf("%s: proved is %v", when, r.Proved())
			}
			for what, is := range map[string][2]bool{
				"an operator sees the vault":        {vault, may(t, p, access.Operator, access.LiveView, "vault")},
				"an operator releases holds":        {release, may(t, p, access.Operator, access.HoldRelease, "gate")},
				"the gate releases holds":           {false, may(t, p, "gate", access.HoldRelease, "gate")},
				"the gate sees":                     {gate, may(t, p, "gate", access.LiveView, "gate")},
				"a supervisor releases holds":       {true, may(t, p, access.Supervisor, access.HoldRelease, "gate")},
				"an operator sees what is ordinary": {true, may(t, p, access.Operator, access.LiveView, "gate")},
			} {
				if is[0] != is[1] {
					t.Errorf("%s: %s is %v", when, what, is[1])
				}
			}
		}
		stands("as approved", true, false, false, true)
		differ(t, d)

		forged := `[{"id":"f","position":"operator","actions":["hold.release","live.view"]},{"id":"g","position":"gate","actions":["hold.release"]}]`
		bare(t, d, "INSERT INTO rights_policies (id, rules, base, reason, asked_by, asked_at, decided_by, decided_at, decision, note, in_force_at) VALUES ('zz', ?, ?, 'x', ?, 1, ?, 2, 'approved', '', ?)",
			forged, v.ID, chief.Person, leader.Person, int64(1)<<60)
		stands("a version of nobody", false, false, false, true)
		differ(t, d, "rights_policies zz: no act tells of it")
		for trigger, table := range map[string]string{"rights_policies_no_update": "rights_policies", "rights_policies_no_delete": "rights_policies", "positions_keep_code": "positions", "positions_no_delete": "positions"} {
			drop := "DROP TRIGGER " + trigger
			if d.Engine() == db.PostgreSQL {
				drop += " ON " + table
			}
			bare(t, d, drop)
		}
		bare(t, d, "DELETE FROM rights_policies WHERE id = 'zz'")
		stands("when it is gone", true, false, false, true)
		bare(t, d, "UPDATE rights_policies SET rules = ?", forged)
		stands("other rules", false, false, false, true)
		differ(t, d, "rights_policies "+v.ID+": rules")
		bare(t, d, "DELETE FROM rights_policies")
		stands("no rules", false, false, false, true)
		differ(t, d, "rights_policies "+v.ID+": not there", "rights_policies built-in: by the acts of who may")
		p.known = nil // another process
		stands("no rules, later", false, false, false, true)
		bare(t, d, "INSERT INTO rights_policies (id, rules, base, reason, asked_by, asked_at, decided_by, decided_at, decision, note, in_force_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'approved', '', ?)",
			v.ID, written(v.Rules), v.Base, v.Reason, v.AskedBy, v.AskedAt, v.DecidedBy, v.DecidedAt, v.InForceAt)
		differ(t, d)
		bare(t, d, "UPDATE positions SET basis = 'supervisor' WHERE code = 'gate'")
		stands("another basis", false, false, false, true)
		differ(t, d, `positions gate: based on "supervisor"`)
		bare(t, d, "UPDATE positions SET basis = 'operator' WHERE code = 'gate'")
		bare(t, d, "UPDATE positions SET name_en = 'Chief' WHERE code = 'operator'")
		differ(t, d, `positions operator: its name is "Chief"`)
		bare(t, d, "UPDATE positions SET name_en = 'Console' WHERE code = 'operator'")
		bare(t, d, "INSERT INTO positions (code, name_zh, name_en, basis, created_at) VALUES ('spy', 'x', 'y', 'supervisor', 1)")
		differ(t, d, "positions spy: no act")
		bare(t, d, "DELETE FROM positions WHERE code = 'spy'")
		stands("as it was", true, false, false, true)
		differ(t, d)
	})
}

// TestRulesWhoseApprovalIsLost: what they allowed is not allowed until the machine confirms
// them, what they forbid stays forbidden, and nobody is locked out.
func TestRulesWhoseApprovalIsLost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := house(d)
		known := &log{lost: map[string]bool{}}
		p.Acts = known.acts
		chief, leader := people.Add(t, d, "chief", access.Supervisor), people.Add(t, d, "leader", access.Leader)
		people.OnRecord(t, d, chief, leader)
		rules := append(low(), Rule{ID: "more", Position: access.Operator, Actions: []access.Action{access.HoldPlace}})
		v, err := p.Propose(t.Context(), chief, access.BuiltIn, rules, "because")
		if err == nil {
			v, err = p.Decide(t.Context(), leader, v.ID, true, "")
		}
		if err != nil {
			t.Fatal(err)
		}
		if !may(t, p, access.Operator, access.HoldPlace, "gate") {
			t.Fatal("it is not in force")
		}
		known.err = errors.New("the disk is away")
		p.Changed()
		if !may(t, p, access.Operator, access.HoldPlace, "gate") {
			t.Error("what was found goes on while the log cannot be read")
		}
		known.err = nil
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: kindApproved})
		if err != nil || len(acts) != 1 {
			t.Fatal(acts, err)
		}
		known.lost[acts[0].ID] = true
		p.known = nil // another process
		p.Changed()
		if may(t, p, access.Operator, access.HoldPlace, "gate") || may(t, p, access.Operator, access.LiveView, "vault") || !may(t, p, access.Operator, access.LiveView, "gate") {
			t.Error("lost rules allow, or no longer forbid")
		}
		lack := func() access.Lack {
			t.Helper()
			p.Changed()
			r, err := p.Current(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return r.Decide(access.Standing{Holdings: access.Everywhere(access.Operator)}, access.HoldPlace, "gate", nil).Lack
		}
		if l := lack(); l != access.LackUnlogged {
			t.Errorf("an approval on its way into the log reads as %s", l)
		}
		bare(t, d, "UPDATE act_outbox SET log = 'node/log', leaf = 1")
		if l := lack(); l != access.LackUnproved {
			t.Errorf("one that should stand there and does not reads as %s", l)
		}
		var confirmed Version
		err = d.SerializableTx(t.Context(), func(ctx context.Context, tx bun.Tx) (err error) {
			confirmed, _, err = Confirm(ctx, tx, access.CommandLine(), p.Clock.Micro())
			return err
		})
		if err != nil || confirmed.ID != v.ID {
			t.Fatal(confirmed, err)
		}
		p.Changed()
		if !may(t, p, access.Operator, access.HoldPlace, "gate") || may(t, p, access.Operator, access.LiveView, "vault") {
			t.Error("confirmed rules do not count")
		}
	})
}

// TestFound: which acts make rules.
func TestFound(t *testing.T) {
	act := func(n int, person, kind, subject, detail, by string) roll.Act {
		return roll.Act{ID: fmt.Sprintf("a%02d", n), At: int64(n), Person: person, Kind: kind, Subject: subject, Log: "log", Leaf: int64(n),
			Detail: strings.Replace(detail, "{", `{"decision":{"position":"`+by+`"},`, 1)}
	}
	const first, second = `{"base":"built-in","rules":[{"id":"a","position":"operator","actions":["hold.place"]}]}`, `{"base":"v1","rules":[]}`
	ask, yes := act(1, "sue", kindProposed, "v1", first, "supervisor"), act(2, "lee", kindApproved, "v1", first, "leader")
	for name, c := range map[string]struct {
		acts []roll.Act
		want string
	}{
		"nothing":                       {nil, access.BuiltIn},
		"asked for":                     {[]roll.Act{ask}, access.BuiltIn},
		"approved":                      {[]roll.Act{ask, yes}, "v1"},
		"approved by who asked":         {[]roll.Act{ask, act(2, "sue", kindApproved, "v1", first, "supervisor")}, access.BuiltIn},
		"approved, and nobody asked":    {[]roll.Act{yes}, access.BuiltIn},
		"approved otherwise than asked": {[]roll.Act{ask, act(2, "lee", kindApproved, "v1", strings.Replace(first, "place", "release", 1), "leader")}, access.BuiltIn},
		"approved by who may not":       {[]roll.Act{ask, act(2, "lee", kindApproved, "v1", first, "operator")}, access.BuiltIn},
		"asked for by who may not":      {[]roll.Act{act(1, "sue", kindProposed, "v1", first, "operator"), yes}, access.BuiltIn},
		"approved by nobody":            {[]roll.Act{ask, act(2, "", kindApproved, "v1", first, "leader")}, access.BuiltIn},
		"one behind the other":          {[]roll.Act{ask, yes, act(3, "lee", kindProposed, "v2", second, "leader"), act(4, "sue", kindApproved, "v2", second, "supervisor")}, "v2"},
		"the other first in the log":    {[]roll.Act{act(5, "sue", kindProposed, "v1", first, "supervisor"), act(6, "lee", kindApproved, "v1", first, "leader"), act(3, "lee", kindProposed, "v2", second, "leader"), act(4, "sue", kindApproved, "v2", second, "supervisor")}, "v2"},
		"on one that nobody made":       {[]roll.Act{act(3, "lee", kindProposed, "v2", second, "leader"), act(4, "sue", kindApproved, "v2", second, "supervisor")}, "v2"},
		"on one that has passed":        {[]roll.Act{ask, yes, act(3, "lee", kindProposed, "v2", first, "leader"), act(4, "sue", kindApproved, "v2", first, "supervisor")}, "v1"},
		"confirmed on the machine":      {[]roll.Act{act(3, "", kindConfirmed, "v2", `{"by":"command_line","rules":[]}`, "administrator")}, "v2"},
		"confirmed by a person":         {[]roll.Act{act(3, "lee", kindConfirmed, "v2", `{"by":"command_line","rules":[]}`, "administrator")}, access.BuiltIn},
		"what nobody can read":          {[]roll.Act{ask, act(2, "lee", kindApproved, "v1", `{"rules":7}`, "leader")}, access.BuiltIn},
	} {
		if f := Found(c.acts); f.Version != c.want {
			t.Errorf("%s: %+v, want %s", name, f, c.want)
		}
	}
	add := func(n int, code, basis, by string) roll.Act {
		return act(n, "sue", position.KindAdded, code, `{"basis":"`+basis+`"}`, by)
	}
	f := Found([]roll.Act{add(1, "gate", "operator", "supervisor"), add(2, "root", "administrator", "supervisor"), add(3, "spy", "supervisor", "operator"), add(4, "old", "", "leader"),
		act(5, "sue", position.KindRetired, "old", `{"basis":""}`, "supervisor"), act(6, "sue", position.KindRetired, "gate", `{"basis":"operator"}`, "supervisor"),
		act(7, "sue", position.KindRestored, "gate", `{"basis":"operator"}`, "leader"), act(8, "sue", position.KindRestored, "gate", `{"basis":"supervisor"}`, "leader"), act(9, "sue", position.KindRestored, "old", `{"basis":""}`, "operator")})
	if !slices.Equal(f.Own, []access.Own{{Position: "gate", Basis: access.Operator}}) {
		t.Errorf("%+v", f.Own)
	}
}
