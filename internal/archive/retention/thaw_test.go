package retention_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/roll"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/retention"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/people"
)

// TestAFreezeThatSomebodyLiftsByItsRow: whoever has the database in hand ends no freeze. It
// stands by its act until a person has looked, and that person's act ends it.
func TestAFreezeThatSomebodyLiftsByItsRow(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	for name, c := range map[string]struct {
		sql    []string
		gone   bool
		untrue string // what verify says; empty: as gone
	}{
		"confirmed":                  {sql: []string{"UPDATE removal_freezes SET confirmed_at = at, confirmed_by = ?, note = 'looked' WHERE reason = 'holds_missing'"}, untrue: "nobody has"},
		"confirmed before it was":    {sql: []string{"UPDATE removal_freezes SET at = 1, confirmed_at = 2, confirmed_by = ?, note = 'looked' WHERE reason = 'holds_missing'"}, untrue: "nobody has"},
		"deleted":                    {sql: []string{"DELETE FROM removal_freezes WHERE reason = 'holds_missing' AND '' <> ?"}, gone: true, untrue: "not there"},
		"made one that another ends": {sql: []string{"UPDATE removal_freezes SET reason = 'clock_leapt', confirmed_at = at, confirmed_by = NULL, note = 'witness' WHERE reason = 'holds_missing' AND '' <> ?"}, untrue: "nobody has"},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				r := newLogged(t, d)
				files := r.record(r.gate, 200, 3)
				r.open()
				r.set("", maximum(120))
				r.freeze(frozen.Missing, "3")
				r.settle()
				if rep := r.pass(); !errors.Is(rep.Blocked, retention.ErrFrozen) {
					t.Fatalf("%+v", rep)
				}
				for _, trigger := range []string{"no_update", "no_delete", "confirm_once"} {
					r.unlock("removal_freezes", trigger)
				}
				for _, sql := range c.sql {
					r.write(sql, r.boss.Person)
				}
				for range 2 {
					if rep := r.pass(); !errors.Is(rep.Blocked, retention.ErrFrozen) || rep.Removed != 0 {
						t.Errorf("%+v", rep)
					}
					r.has(files)
					r.start() // another process sees the same
				}
				r.reported("removal_freezes", c.untrue)
				all, err := r.engine.Frozen(t.Context())
				if err != nil || len(all) != 1 || all[0].Reason != frozen.Missing || all[0].Detail != "3" || all[0].ConfirmedAt != nil {
					t.Fatalf("%+v, %v", all, err)
				}
				r.confirm()
				if all, err := r.engine.Frozen(t.Context()); err != nil || len(all) != 0 {
					t.Errorf("%+v, %v", all, err)
				}
				r.pass()
				r.has()
			})
		})
	}
}

// reported is what whoever verifies is told of a table: why begins one of the reasons, or
// nothing is told where it is empty.
func (r *logged) reported(table, why string) {
	r.t.Helper()
	var found []facts.Difference
	for _, differ := range []func(context.Context, bun.IDB) ([]facts.Difference, error){frozen.Differ, roll.Differ} {
		some, err := differ(r.t.Context(), r.d.Read())
		if err != nil {
			r.t.Fatal(err)
		}
		found = append(found, some...)
	}
	is := slices.ContainsFunc(found, func(f facts.Difference) bool {
		return strings.HasPrefix(f.Row, table+" ") && strings.Contains(f.Why, why)
	})
	if is != (why != "") {
		r.t.Errorf("found %+v, want %s: %q", found, table, why)
	}
}

// TestAConfirmationOfNobody: rows of freezes that nobody ever set keep no freeze from being
// set, and an act of confirmation by who is nobody, or that names another, ends none.
func TestAConfirmationOfNobody(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	for name, c := range map[string]struct {
		person, position string
		named            func(f frozen.Freeze) []any
		ends             bool
	}{
		"a person":            {person: "boss", position: "supervisor", ends: true},
		"nobody":              {},
		"a stranger":          {person: "joe", position: "supervisor"},
		"by another position": {person: "boss", position: "leader"},
		"of another freeze":   {person: "boss", position: "supervisor", named: func(frozen.Freeze) []any { return []any{map[string]any{"id": "x", "reason": "holds_missing"}} }},
		"of none":             {person: "boss", position: "supervisor", named: func(frozen.Freeze) []any { return nil }},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				r := newLogged(t, d)
				r.start()
				r.freeze(frozen.Missing, "3")
				all, err := frozen.Standing(t.Context(), d.Read())
				if err != nil || len(all) != 1 {
					t.Fatal(all, err)
				}
				f := all[0]
				at := r.now.Load()
				detail := map[string]any{"reasons": []string{string(f.Reason)}, "freezes": []any{map[string]any{"id": f.ID, "reason": f.Reason, "detail": f.Detail}}}
				if c.named != nil {
					if detail["freezes"] = c.named(f); c.named(f) == nil {
						delete(detail, "freezes") // as earlier versions did
					}
				}
				if c.position != "" {
					detail["decision"] = map[string]any{"position": c.position}
				}
				person := c.person
				if person == "boss" {
					person = r.boss.Person
				}
				err = d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					return ledger.Record(ctx, tx, ledger.Act{At: at, Person: person, Kind: "retention.confirmed", Detail: detail})
				})
				if err != nil {
					t.Fatal(err)
				}
				r.write("UPDATE removal_freezes SET confirmed_at = ?, confirmed_by = ?, note = 'x' WHERE id = ?", at, person, f.ID)
				if rep := r.pass(); errors.Is(rep.Blocked, retention.ErrFrozen) == c.ends {
					t.Errorf("%+v", rep)
				}
			})
		})
	}
}

// TestConfirmedByAnEarlierVersion: earlier versions set freezes without an act, and their acts of
// confirmation named the reasons alone. What people confirmed then stays confirmed; what stood
// then is put on record by this version, and stands when its row is gone.
func TestConfirmedByAnEarlierVersion(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		then := present - 30*day
		set := func(id, reason string, at int64, confirmed any, by any) {
			r.write("INSERT INTO removal_freezes (id, at, reason, detail, confirmed_at, confirmed_by, note) VALUES (?, ?, ?, '', ?, ?, '')", id, at, reason, confirmed, by)
		}
		set("one", "catalogue_rebuilt", then-day, then, r.boss.Person)
		set("two", "clock_leapt", then-day, then+1, nil)
		set("three", "database_older", then, nil, nil)
		set("ahead", "clock_leapt", then+day, then, r.boss.Person) // the clock was ahead when it was set, and right when she looked
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return errors.Join(
				ledger.Record(ctx, tx, ledger.Act{At: then, Person: r.boss.Person, Kind: "retention.confirmed", Detail: map[string]any{"reasons": []string{"catalogue_rebuilt", "clock_leapt"}, "note": "looked"}}),
				ledger.Record(ctx, tx, ledger.Act{At: then + 1, Kind: "retention.time_witnessed", Detail: map[string]any{"witness": "w", "at": "2026-10-01T00:00:00Z"}}))
		})
		if err != nil {
			t.Fatal(err)
		}
		r.start()
		r.pass()
		r.settle()
		r.reported("removal_freezes", "")
		if why := r.frozen(); len(why) != 1 || why[0] != "database_older " {
			t.Fatalf("frozen because of %q", why)
		}
		r.unlock("removal_freezes", "no_delete")
		r.write("DELETE FROM removal_freezes WHERE id = 'three'")
		if rep := r.pass(); !errors.Is(rep.Blocked, retention.ErrFrozen) {
			t.Errorf("%+v", rep)
		}
		r.confirm()
		if rep := r.pass(); rep.Blocked != nil {
			t.Errorf("%+v", rep)
		}
		// Nobody ends another freeze by what was confirmed then.
		set("four", "catalogue_rebuilt", then-2*day, then, r.lead.Person)
		if rep := r.pass(); !errors.Is(rep.Blocked, retention.ErrFrozen) {
			t.Errorf("%+v", rep)
		}
	})
}

// TestStrangersAllowNothing: people whom somebody wrote into the table ask for a removal and
// approve of it, each with an act in the log. Nothing goes, and removal is frozen because of
// them by name.
func TestStrangersAllowNothing(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	for name, forge := range map[string]func(r *logged) (one, other access.Actor){
		"rows of people": func(r *logged) (access.Actor, access.Actor) {
			return people.Add(r.t, r.d, "eve", access.Supervisor), people.Add(r.t, r.d, "eva", access.Leader)
		},
		"rows of positions": func(r *logged) (access.Actor, access.Actor) {
			a, b := people.Add(r.t, r.d, "ope", access.Operator), people.Add(r.t, r.d, "opa", access.Operator)
			people.OnRecord(r.t, r.d, a, b)
			r.write("UPDATE people_positions SET position = 'supervisor' WHERE person IN (?, ?)", a.Person, b.Person)
			return access.ActorOf(a.Person, access.Supervisor), access.ActorOf(b.Person, access.Supervisor)
		},
		"whose leaving was changed": func(r *logged) (access.Actor, access.Actor) {
			a, b := people.Add(r.t, r.d, "old", access.Supervisor), people.Add(r.t, r.d, "ola", access.Leader)
			people.OnRecord(r.t, r.d, a, b)
			r.d.Tx(r.t.Context(), func(ctx context.Context, tx bun.Tx) error { //nolint:errcheck // what follows fails
				return errors.Join(ledger.Record(ctx, tx, access.CommandLine().Act(present-day, "person.left", a.Person, "", nil)),
					ledger.Record(ctx, tx, access.CommandLine().Act(present-day, "person.disabled", b.Person, "", nil)))
			})
			r.settle()
			r.unlock("acts", "no_update")
			r.write("UPDATE acts SET detail = '{\"by\":\"x\"}' WHERE kind IN ('person.left', 'person.disabled')")
			r.start()
			return a, b
		},
		"who left": func(r *logged) (access.Actor, access.Actor) {
			a, b := people.Add(r.t, r.d, "old", access.Supervisor), people.Add(r.t, r.d, "ola", access.Leader)
			people.OnRecord(r.t, r.d, a, b)
			r.d.Tx(r.t.Context(), func(ctx context.Context, tx bun.Tx) error { //nolint:errcheck // the rows below fail
				return errors.Join(ledger.Record(ctx, tx, access.CommandLine().Act(present-day, "person.left", a.Person, "", nil)),
					ledger.Record(ctx, tx, access.CommandLine().Act(present-day, "person.disabled", b.Person, "", nil)))
			})
			return a, b
		},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				r := newLogged(t, d)
				files := r.record(r.gate, 30, 3)
				r.open()
				h := r.hold(r.gate, present-31*day, present-29*day)
				r.pass()
				one, other := forge(r)
				honest := r.rig
				lead, boss, chief := r.lead, r.boss, r.chief
				r.boss, r.chief = one, other
				r.order(r.gate, present-31*day, present-29*day)
				r.boss, r.chief = boss, chief
				if _, err := honest.holds.AskRelease(t.Context(), lead, h.ID, "it is over"); err != nil {
					t.Fatal(err)
				}
				if _, err := honest.holds.Decide(t.Context(), one, h.ID, true, ""); err != nil {
					t.Fatal(err)
				}
				rep := r.pass()
				if !errors.Is(rep.Blocked, retention.ErrFrozen) || rep.Removed != 0 {
					t.Errorf("%+v", rep)
				}
				r.has(files)
				why := r.frozen()
				for _, p := range []access.Actor{one, other} {
					if !slices.Contains(why, "records_untrue people "+p.Person) {
						t.Errorf("frozen because of %q, not of %s", why, p.Person)
					}
				}
				if name == "rows of positions" {
					r.reported("people_positions", "no act gives it")
				} else if name != "whose leaving was changed" {
					r.reported("people", map[bool]string{true: "no act", false: "disabled"}[name == "rows of people"])
				}
				r.confirm() // somebody looked; it allows nothing all the same
				r.pass()
				r.has(files)
			})
		})
	}
}

// TestPeopleOfEveryKindAreBelieved: who was given a position, in an area or for a time, or
// came from a directory, decides like anybody.
func TestPeopleOfEveryKindAreBelieved(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		r.record(r.gate, 30, 3)
		r.open()
		one, other := access.ActorOf(people.Add(t, d, "one").Person, access.Supervisor), access.ActorOf(people.Add(t, d, "other").Person, access.Leader)
		people.OnRecord(t, d, access.ActorOf(other.Person))
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			held := []access.Holding{{Position: access.Supervisor, From: present - day, Until: present + day}}
			return errors.Join(holding.Set(ctx, tx, one.Person, held, present-day, false), holding.Set(ctx, tx, other.Person, access.Everywhere(access.Leader), present, false),
				ledger.Record(ctx, tx, access.CommandLine().Act(present-day, "person.created", one.Person, "", map[string]any{"positions": holding.Words(held)})),
				ledger.Record(ctx, tx, ledger.Act{At: present, Kind: "person.positions_changed", Subject: other.Person, Detail: map[string]any{"from": []any{}, "to": holding.Words(access.Everywhere(access.Leader)), "directory": "ad"}}))
		})
		if err != nil {
			t.Fatal(err)
		}
		r.boss, r.chief = one, other
		r.order(r.gate, present-31*day, present-29*day)
		r.pass()
		if why := r.frozen(); why != nil {
			t.Errorf("frozen because of %q", why)
		}
		r.has()
		r.reported("people", "")
		r.reported("people_positions", "")
	})
}
