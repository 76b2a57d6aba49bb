package retention_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/retention/rulebook"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/clock/reference"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/playback/snapshot"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// kept is a rule of snapshots; without a most they go with their footage.
func kept(least, most int) retention.Rule {
	r := retention.Rule{MinDays: least, MinBasis: retention.Privacy}
	if most > 0 {
		r.MaxDays, r.MaxBasis = &most, retention.Privacy
	}
	return r
}

// pictured sets a rule of snapshots; another person approves where that is needed.
func (r *rig) pictured(camera string, rule retention.Rule, existing bool) retention.Change {
	r.t.Helper()
	c, err := r.rules.Set(r.t.Context(), r.chief, retention.Wish{Camera: camera, Class: retention.Snapshot, Rule: rule, Existing: existing, Reason: "a reason"})
	if err == nil && c.Waiting() {
		c, err = r.rules.Decide(r.t.Context(), r.boss, c.ID, true, "")
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

func (r *rig) picture(camera string, at int64) snapshot.Snapshot {
	r.t.Helper()
	one, err := r.pictures.Take(r.t.Context(), access.ActorOf(r.lead.Person, access.Operator), snapshot.New{Camera: camera, At: at}, []byte("picture"))
	if err != nil {
		r.t.Fatal(err)
	}
	return one
}

// shows compares which pictures are there with those that should be.
func (r *rig) shows(when string, want map[string]bool, of map[string]snapshot.Snapshot) {
	r.t.Helper()
	for name, one := range of {
		is, err := r.pictures.Get(r.t.Context(), one.ID)
		if err != nil {
			r.t.Fatal(err)
		}
		_, err = os.Stat(filepath.Join(r.pictures.Dir, filepath.FromSlash(one.File)))
		if there := err == nil; there != want[name] || there != (is.RemovedAt == 0) {
			r.t.Errorf("%s, %s: file there %v, removed at %d; want it there: %v", when, name, there, is.RemovedAt, want[name])
		}
		if is.RemovedAt != 0 && !is.Finished {
			r.t.Errorf("%s, %s is half removed", when, name)
		}
	}
}

// TestSnapshotsGoByTheirOwnRule: to the microsecond, with a word for each;
// what is held stays until the hold is released, and the footage stays anyhow.
func TestSnapshotsGoByTheirOwnRule(t *testing.T) {
	clause.Covers(t, "C090", "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		footage, other := r.record(r.gate, 40, 2), r.record(r.yard, 40, 2)
		r.open()
		all := map[string]snapshot.Snapshot{
			"old": r.picture(r.gate, present-40*day), "held": r.picture(r.gate, present-39*day), "past": r.picture(r.gate, present-30*day-1),
			"at its end": r.picture(r.gate, present-30*day), "young": r.picture(r.gate, present-day), "of another": r.picture(r.yard, present-40*day),
		}
		h := r.hold(r.gate, present-39*day, present-39*day+1)
		want := map[string]bool{}
		for name := range all {
			want[name] = true
		}
		r.pass()
		r.shows("nobody set anything", want, all)
		r.pictured("", kept(7, 30), false)
		r.pass()
		r.shows("what was promised more stays", want, all)
		c := r.pictured(r.gate, kept(7, 30), true)
		if rep := r.pass(); rep.Pictures != 2 || rep.Removed != 0 || rep.Blocked != nil {
			t.Errorf("%+v", rep)
		}
		want["old"], want["past"] = false, false
		r.shows("past its maximum", want, all)
		r.has(footage, other)
		gone, err := r.pictures.Gone(t.Context(), snapshot.GoneFilter{Authority: c.ID})
		if err != nil || len(gone) != 2 || gone[0].RemovedBy != retention.Snapshot || gone[0].Ground != "maximum" {
			t.Errorf("%+v, %v", gone, err)
		}
		if _, err := r.pictures.Picture(gone[0]); !errors.Is(err, snapshot.ErrLapsed) {
			t.Error(err)
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "footage.snapshot_removed"})
		if err != nil || len(acts) != 2 || acts[0].Detail["class"] != "snapshot" || acts[0].Detail["authority"] != c.ID || acts[0].Camera != r.gate {
			t.Errorf("each goes with a word: %+v, %v", acts, err)
		}
		r.now.Add(1)
		r.pass()
		want["at its end"] = false
		r.shows("a microsecond later", want, all)
		if _, err := r.holds.AskRelease(t.Context(), r.lead, h.ID, "reason"); err != nil {
			t.Fatal(err)
		}
		r.pass()
		r.shows("its release is asked for", want, all)
		if _, err := r.holds.Decide(t.Context(), r.chief, h.ID, true, ""); err != nil {
			t.Fatal(err)
		}
		r.pass()
		want["held"] = false
		r.shows("it is released", want, all)
		if _, err := r.rules.Set(t.Context(), r.chief, retention.Wish{Camera: r.gate, Class: retention.Snapshot, Inherits: true, Reason: "a reason"}); err != nil {
			t.Fatal(err)
		}
		r.now.Store(present + 40*day)
		r.pass() // the rule for all promised what its own annulled no more than it did itself
		want["young"] = false
		r.shows("it follows the rule for all", want, all)
		r.has(footage, other)
		if found, err := snapshot.Differ(t.Context(), d.Read()); err != nil || len(found) != 0 {
			t.Errorf("%+v, %v", found, err)
		}
		if found, err := r.pictures.PicturesDiffer(t.Context(), true); err != nil || len(found) != 0 {
			t.Errorf("%+v, %v", found, err)
		}
	})
}

// TestNothingRemovesASnapshotBelowItsMinimum but an order, or that its footage goes, whose own
// minimum is not shorter.
func TestNothingRemovesASnapshotBelowItsMinimum(t *testing.T) {
	clause.Covers(t, "C090", "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		footage := r.record(r.gate, 40, 2)
		r.open()
		r.pictures.Warrants = &warrant.Reader{Log: proving{r.log}}
		r.rules.Warrants = &warrant.Reader{Log: proving{r.log}, Passing: true}
		all := map[string]snapshot.Snapshot{"due": r.picture(r.gate, present-40*day), "within": r.picture(r.gate, present-20*day)}
		want := map[string]bool{"due": true, "within": true}
		stands := func(when string) {
			t.Helper()
			r.settle()
			rep := r.rig.engine.Pass(t.Context())
			if rep.Err != nil {
				t.Fatal(rep.Err)
			}
			r.shows(when, want, all)
			r.has(footage)
		}
		// Whoever it is, by themselves.
		for name, actor := range map[string]access.Actor{"lead": r.lead, "administrator": access.ActorOf("x", access.Administrator), "command line": access.CommandLine(),
			"technician": access.ActorOf("x", access.Technician), "auditor": access.ActorOf("x", access.Auditor), "operator": access.ActorOf("x", access.Operator)} {
			if _, err := r.rules.Set(t.Context(), actor, retention.Wish{Class: retention.Snapshot, Rule: kept(1, 1), Existing: true, Reason: "a reason"}); !errors.Is(err, access.ErrRightMissing) {
				t.Errorf("%s: %v", name, err)
			}
		}
		c, err := r.rules.Set(t.Context(), r.boss, retention.Wish{Class: retention.Snapshot, Rule: kept(1, 1), Existing: true, Reason: "a reason"})
		if err != nil || !c.Waiting() {
			t.Fatalf("%+v, %v", c, err)
		}
		if _, err := r.rules.Decide(t.Context(), r.boss, c.ID, true, ""); !errors.Is(err, retention.ErrOwn) {
			t.Error(err)
		}
		r.low = func() bool { return true }
		stands("one person asked, and room is needed")
		if _, err := r.rules.Withdraw(t.Context(), r.boss, c.ID); err != nil {
			t.Fatal(err)
		}
		r.low = func() bool { return false }
		r.pictured("", kept(30, 30), true)
		// A clock a year ahead.
		r.now.Store(present + 365*day)
		r.untrusted = reference.ErrLeapt
		stands("the clock leapt")
		r.untrusted, r.gained = nil, 365*24*time.Hour
		r.now.Store(present)
		if err := r.looked(r.chief, "the clock is right"); err != nil {
			t.Fatal(err)
		}
		r.gained = 365 * 24 * time.Hour
		stands("what the clock gained ages nothing")
		r.gained = 0
		// A catalogue that was made anew, without its holds.
		r.freeze(frozen.Rebuilt, "")
		stands("records made anew")
		if err := r.looked(r.chief, "all holds are there"); err != nil {
			t.Fatal(err)
		}
		// Rows that nobody made.
		r.forge("lower", r.gate, 1, 1, present-30*day)
		r.unlock("retention_rules", "no_update")
		r.write("UPDATE retention_rules SET class = 'snapshot', existing = 'yes' WHERE id = 'lower'")
		stands("a rule that nobody made")
		if err := r.looked(r.chief, "looked at it all"); err != nil {
			t.Fatal(err)
		}
		r.settle()
		if rep := r.rig.engine.Pass(t.Context()); rep.Blocked != nil || rep.Pictures != 1 {
			t.Errorf("what is due goes: %+v", rep)
		}
		want["due"] = false
		r.shows("what is due goes", want, all)
		r.write(fmt.Sprintf("INSERT INTO snapshot_removals (snapshot, at, ground, authority, class) VALUES ('%s', %d, 'maximum', 'lower', 'snapshot')", all["within"].ID, present))
		r.settle()
		r.rig.engine.Pass(t.Context())
		if _, err := os.Stat(filepath.Join(r.pictures.Dir, filepath.FromSlash(all["within"].File))); err != nil {
			t.Errorf("a removal that nobody decided: %v", err)
		}
		if found, err := snapshot.Differ(t.Context(), d.Read()); err != nil || len(found) != 1 {
			t.Errorf("%+v, %v", found, err)
		}
		r.order(r.gate, present-21*day, present-19*day)
		r.settle()
		r.rig.engine.Pass(t.Context())
		if _, err := os.Stat(filepath.Join(r.pictures.Dir, filepath.FromSlash(all["within"].File))); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the lawful order: %v", err)
		}
	})
}

// TestKilledBetweenTheWordAndTheDeed: the file goes later, unless somebody holds it meanwhile.
func TestKilledBetweenTheWordAndTheDeed(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.record(r.gate, 40, 2)
		r.open()
		one, two := r.picture(r.gate, present-40*day), r.picture(r.gate, present-39*day)
		r.pictured("", kept(7, 30), true)
		path := filepath.Join(r.pictures.Dir, filepath.FromSlash(one.File))
		if err := errors.Join(os.Remove(path), os.MkdirAll(filepath.Join(path, "x"), 0o700)); err != nil { // so that it cannot be removed
			t.Fatal(err)
		}
		if rep := r.engine.Pass(t.Context()); rep.Err == nil {
			t.Fatalf("%+v", rep)
		}
		is, err := r.pictures.Get(t.Context(), one.ID)
		if err != nil || is.RemovedAt == 0 || is.Finished {
			t.Fatalf("the word stands: %+v, %v", is, err)
		}
		if err := errors.Join(os.RemoveAll(path), os.WriteFile(path, []byte("picture"), 0o600)); err != nil {
			t.Fatal(err)
		}
		r.start()
		h := r.hold(r.gate, present-40*day, present-40*day+1)
		r.pass()
		if _, err := os.Stat(path); err != nil {
			t.Errorf("held: %v", err)
		}
		if is, err := r.pictures.Get(t.Context(), two.ID); err != nil || !is.Finished {
			t.Errorf("the other: %+v, %v", is, err)
		}
		if _, err := r.holds.AskRelease(t.Context(), r.lead, h.ID, "reason"); err != nil {
			t.Fatal(err)
		}
		if _, err := r.holds.Decide(t.Context(), r.chief, h.ID, true, ""); err != nil {
			t.Fatal(err)
		}
		r.pass()
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("released: %v", err)
		}
		if is, err := r.pictures.Get(t.Context(), one.ID); err != nil || !is.Finished {
			t.Errorf("%+v, %v", is, err)
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "footage.snapshot_removed"})
		if err != nil || len(acts) != 2 {
			t.Errorf("each is told of once: %+v, %v", acts, err)
		}
	})
}

// TestRulesOfSnapshots: what nobody set is as long as the footage; one person lowers nothing;
// and no more is promised than the footage is.
func TestRulesOfSnapshots(t *testing.T) {
	clause.Covers(t, "C090")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.record(r.gate, 10, 1)
		r.open()
		plan := func(camera string) retention.Plan {
			t.Helper()
			plans, err := r.rules.Plans(t.Context(), r.chief, retention.Snapshot, camera)
			if err != nil {
				t.Fatal(err)
			}
			return plans[camera]
		}
		if p := plan(r.gate); !p.Footage || p.MinDays != 90 || p.MaxDays != nil || p.Promised() != 90 || p.ID != rulebook.DefaultID {
			t.Errorf("%+v", p)
		}
		r.set(r.gate, retention.Rule{MinDays: 180, MinBasis: retention.AntiTerror})
		if p := plan(r.gate); p.MinDays != 180 || p.Promised() != 180 || !p.Footage {
			t.Errorf("%+v", p)
		}
		for name, c := range map[string]struct {
			wish retention.Wish
			want error
		}{
			"above the footage": {retention.Wish{Class: retention.Snapshot, Rule: kept(91, 0)}, rulebook.ErrAbove},
			"within its own":    {retention.Wish{Class: retention.Snapshot, Camera: r.gate, Rule: kept(180, 0)}, nil},
			"a maximum below":   {retention.Wish{Class: retention.Snapshot, Rule: kept(30, 29)}, rulebook.ErrMaximum},
			"a class unknown":   {retention.Wish{Class: "alarm", Rule: kept(30, 29)}, rulebook.ErrClass},
		} {
			c.wish.Reason = "a reason"
			if got, err := r.rules.Set(t.Context(), r.chief, c.wish); !errors.Is(err, c.want) || err == nil && got.Waiting() {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
		c, err := r.rules.Set(t.Context(), r.chief, retention.Wish{Class: retention.Snapshot, Rule: kept(7, 30), Reason: "a reason"})
		if err != nil || !c.Waiting() {
			t.Fatalf("%+v, %v", c, err)
		}
		if _, err := r.rules.Decide(t.Context(), r.boss, c.ID, true, ""); err != nil {
			t.Fatal(err)
		}
		p := plan(r.yard)
		if p.Footage || p.MinDays != 7 || *p.MaxDays != 30 || p.MinimumFor(present-day) != 90 || p.MinimumFor(r.now.Load()+day) != 7 {
			t.Errorf("%+v", p)
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "retention.change_approved"})
		if err != nil || len(acts) == 0 || acts[0].Detail["class"] != "snapshot" || acts[0].Detail["before"] != "footage" {
			t.Errorf("%+v, %v", acts, err)
		}
		if all, err := r.rules.InForce(t.Context()); err != nil {
			t.Error(err)
		} else if p := all.Plan(r.yard); p.MinDays != 90 || p.MaxDays != nil {
			t.Errorf("of footage: %+v", p)
		}
	})
}

// TestRemovalsOfSnapshotsAreJudged: one that nobody allowed is named.
func TestRemovalsOfSnapshotsAreJudged(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		r.record(r.gate, 40, 2)
		r.open()
		r.pictures.Warrants = &warrant.Reader{Log: proving{r.log}}
		due, young, old := r.picture(r.gate, present-40*day), r.picture(r.gate, present-20*day), r.picture(r.gate, present-200*day)
		r.pictured("", kept(7, 30), true)
		if rep := r.pass(); rep.Pictures != 2 {
			t.Fatalf("%+v", rep)
		}
		judge := func() (rows []string) {
			t.Helper()
			r.settle()
			w, _, err := retention.WarrantsOf(t.Context(), &warrant.Reader{Log: proving{r.log}}, d)
			if err != nil {
				t.Fatal(err)
			}
			found, err := snapshot.Unfounded(t.Context(), d.Read(), func(p retention.PictureRemoved, at warrant.Place) (string, error) {
				if why := w.PictureFounded(p, func(act warrant.Place) bool { return act.Before(at) }); why != nil {
					return why.Error(), nil
				}
				return "", nil
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				rows = append(rows, string(f.Row))
			}
			return rows
		}
		if found := judge(); len(found) != 0 {
			t.Errorf("%q were allowed: %+v %+v", found, due, old)
		}
		for _, detail := range []map[string]any{
			{"ground": "maximum", "authority": rulebook.DefaultID, "class": "snapshot"}, {"ground": "maximum", "authority": rulebook.DefaultID}, {"ground": "order", "authority": "o"}, {"ground": "space", "authority": "", "class": "snapshot"},
		} {
			one := r.picture(r.gate, young.At)
			r.act(access.Actor{}, "footage.snapshot_removed", one.ID, r.gate, detail)
			if found := judge(); !slices.Contains(found, "snapshot_removals "+one.ID) {
				t.Errorf("%v: %q", detail, found)
			}
		}
	})
}
