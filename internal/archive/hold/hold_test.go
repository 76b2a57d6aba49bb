package hold_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"
	"golang.org/x/sys/unix"

	"watchroom/internal/access"
	"watchroom/internal/archive"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/hold"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/people"
	"watchroom/internal/text"
)

var present = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

const (
	second = int64(1_000_000)
	day    = 86400 * second
)

func store(t *testing.T, d *db.DB, volumes ...string) *hold.Holds {
	if len(volumes) == 0 {
		volumes = []string{t.TempDir()}
	}
	return &hold.Holds{DB: d, Clock: func() time.Time { return present }, Volumes: func() []string { return volumes }}
}

func notice(cameras ...string) hold.New {
	now := present.UnixMicro()
	return hold.New{Kind: hold.Notice, Owner: "李警官", Reason: "theft at the gate", Document: "2026-117", Cameras: cameras,
		From: now - 10*day + 123, To: now - 9*day + 1, ReviewAt: now + 30*day}
}

func put(t *testing.T, d *db.DB, segments ...archive.Segment) {
	t.Helper()
	for i := range segments {
		s := &segments[i]
		s.Run, s.File, s.Root = "r", s.Camera+"/"+db.NewID(), "00"
	}
	err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&segments).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func acts(t *testing.T, d *db.DB) (kinds []string) {
	t.Helper()
	all, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "hold."})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if a.Detail["from"] == nil || a.Detail["to"] == nil || a.Detail["cameras"] == nil || a.Camera == "" {
			t.Errorf("act %s tells too little: %+v", a.Kind, a)
		}
		kinds = append(kinds, a.Kind)
	}
	slices.Sort(kinds)
	return kinds
}

func TestPlaceAndRelease(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := store(t, d)
		lead, boss := people.Add(t, d, "lead", access.DutyLead), people.Add(t, d, "boss", access.Leader)
		placed, err := h.Place(t.Context(), lead, notice("yard", "gate", "gate"))
		if err != nil {
			t.Fatal(err)
		}
		now := present.UnixMicro()
		want := hold.Hold{ID: placed.ID, Kind: hold.Notice, Owner: "李警官", Reason: "theft at the gate", Document: "2026-117", Cameras: []string{"gate", "yard"},
			From: now - 10*day, To: now - 9*day + second, ReviewAt: now + 30*day, PlacedBy: lead.Person, PlacedAt: now}
		if diff := cmp.Diff(want, placed); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
		list, err := h.List(t.Context(), boss, hold.Filter{Camera: "gate"})
		if diff := cmp.Diff([]hold.Hold{want}, list); err != nil || diff != "" {
			t.Errorf("%v; want (-), got (+):\n%s", err, diff)
		}
		if _, err := h.Decide(t.Context(), boss, placed.ID, true, ""); !errors.Is(err, hold.ErrNotAsked) {
			t.Errorf("a release that nobody asked for: %v", err)
		}
		asked, err := h.AskRelease(t.Context(), boss, placed.ID, "the case is closed")
		if err != nil || asked.Asked == nil || asked.Asked.AskedBy != boss.Person || asked.ReleasedAt != 0 {
			t.Fatalf("%+v, %v", asked, err)
		}
		if _, err := h.AskRelease(t.Context(), lead, placed.ID, "the case is closed"); !errors.Is(err, hold.ErrAsked) {
			t.Errorf("asked twice: %v", err)
		}
		if _, err := h.Decide(t.Context(), boss, placed.ID, true, ""); !errors.Is(err, hold.ErrOwn) {
			t.Errorf("one's own: %v", err)
		}
		if _, err := h.Decide(t.Context(), lead, placed.ID, true, ""); !errors.Is(err, access.ErrRightMissing) {
			t.Errorf("without the right: %v", err)
		}
		if _, err := h.Withdraw(t.Context(), lead, placed.ID); !errors.Is(err, hold.ErrNotYours) {
			t.Errorf("withdrawn by another: %v", err)
		}
		if again, err := h.Withdraw(t.Context(), boss, placed.ID); err != nil || again.Asked != nil {
			t.Errorf("%+v, %v", again, err)
		}
		if _, err := h.AskRelease(t.Context(), lead, placed.ID, "the case is closed"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Decide(t.Context(), boss, placed.ID, false, ""); !errors.Is(err, text.ErrRequired) {
			t.Errorf("rejected without a word: %v", err)
		}
		if kept, err := h.Decide(t.Context(), boss, placed.ID, false, "not yet"); err != nil || kept.ReleasedAt != 0 {
			t.Errorf("%+v, %v", kept, err)
		}
		if next, err := h.Review(t.Context(), lead, placed.ID, now+60*day, "still open"); err != nil || next.ReviewAt != now+60*day {
			t.Errorf("%+v, %v", next, err)
		}
		if _, err := h.AskRelease(t.Context(), lead, placed.ID, "the case is closed"); err != nil {
			t.Fatal(err)
		}
		gone, err := h.Decide(t.Context(), boss, placed.ID, true, "agreed")
		if err != nil || gone.ReleasedBy != boss.Person || gone.ReleasedAt != now {
			t.Fatalf("%+v, %v", gone, err)
		}
		var told []string
		for _, r := range gone.Decided {
			told = append(told, *r.Decision+" "+r.Reason+" "+r.Note)
			if r.DecidedBy == nil || *r.DecidedBy != boss.Person || r.AskedBy == "" || *r.DecidedAt != now {
				t.Errorf("who asked and who decided: %+v", r)
			}
		}
		slices.Sort(told)
		if want := []string{"approved the case is closed agreed", "rejected the case is closed not yet", "withdrawn the case is closed "}; !slices.Equal(told, want) {
			t.Errorf("the releases are told as %q, want %q", told, want)
		}
		if _, err := h.AskRelease(t.Context(), lead, placed.ID, "the case is closed"); !errors.Is(err, hold.ErrReleased) {
			t.Errorf("released already: %v", err)
		}
		if list, err := h.List(t.Context(), boss, hold.Filter{}); err != nil || len(list) != 0 {
			t.Errorf("%+v, %v", list, err)
		}
		if list, err := h.List(t.Context(), boss, hold.Filter{Released: true}); err != nil || len(list) != 1 {
			t.Errorf("%+v, %v", list, err)
		}
		wantActs := []string{"hold.placed", "hold.release_rejected", "hold.release_requested", "hold.release_requested", "hold.release_requested",
			"hold.release_withdrawn", "hold.released", "hold.reviewed"}
		if diff := cmp.Diff(slices.Sorted(slices.Values(slices.Concat(wantActs, wantActs))), acts(t, d)); diff != "" { // two cameras
			t.Errorf("acts: want (-), got (+):\n%s", diff)
		}
	})
}

func TestLookBeforePlacing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := store(t, d)
		h.Known = func(_ context.Context, camera string) (bool, error) { return camera != "none", nil }
		lead := people.Add(t, d, "lead", access.DutyLead)
		n := notice("gate", "yard")
		put(t, d, archive.Segment{Camera: "gate", StartAt: n.From - second, EndAt: n.From + second, Bytes: 10},
			archive.Segment{Camera: "gate", StartAt: n.To - second, EndAt: n.To + 9*second, Bytes: 5},
			archive.Segment{Camera: "gate", StartAt: n.To + 9*second, EndAt: n.To + 19*second, Bytes: 100})
		look := func(cameras []string, from, to int64) hold.Preview {
			t.Helper()
			p, err := h.Look(t.Context(), lead, cameras, from, to)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		if diff := cmp.Diff(hold.Preview{Cost: hold.Cost{Bytes: 15, Segments: 2}, Empty: []string{"yard"}}, look(n.Cameras, n.From, n.To)); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
		// The same day of the year before, as it is mistyped.
		if diff := cmp.Diff(hold.Preview{Empty: []string{"gate", "yard"}}, look(n.Cameras, n.From-365*day, n.To-365*day)); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
		placed, err := h.Place(t.Context(), lead, n)
		if err != nil {
			t.Fatal(err)
		}
		if cost, err := h.CostOf(t.Context(), &placed); err != nil || cost != (hold.Cost{Bytes: 15, Segments: 2}) {
			t.Errorf("the hold keeps %+v, %v, and not what was told before", cost, err)
		}
		for _, c := range []struct {
			actor    access.Actor
			cameras  []string
			from, to int64
			want     error
		}{
			{people.Add(t, d, "fitter", access.Technician), n.Cameras, n.From, n.To, access.ErrRightMissing},
			{lead, nil, n.From, n.To, hold.ErrCameras},
			{lead, []string{"none"}, n.From, n.To, hold.ErrCamera},
			{lead, n.Cameras, n.To, n.From, hold.ErrInterval},
		} {
			if _, err := h.Look(t.Context(), c.actor, c.cameras, c.from, c.to); !errors.Is(err, c.want) {
				t.Errorf("%+v: %v, want %v", c, err, c.want)
			}
		}
	})
}

func TestPlaceRefusals(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	h := store(t, d)
	h.Known = func(_ context.Context, camera string) (bool, error) { return camera != "none", nil }
	lead := people.Add(t, d, "lead", access.DutyLead)
	now := present.UnixMicro()
	for name, c := range map[string]struct {
		actor access.Actor
		edit  func(*hold.New)
		want  error
	}{
		"the administrator":     {access.ActorOf("x", access.Administrator), func(*hold.New) {}, access.ErrRightMissing},
		"an operator":           {access.ActorOf("x", access.Operator), func(*hold.New) {}, access.ErrRightMissing},
		"the command line":      {access.CommandLine(), func(*hold.New) {}, access.ErrRightMissing},
		"nobody":                {access.ActorOf("", access.Leader), func(*hold.New) {}, hold.ErrNobody},
		"no camera":             {lead, func(n *hold.New) { n.Cameras = nil }, hold.ErrCameras},
		"an unknown camera":     {lead, func(n *hold.New) { n.Cameras = []string{"none"} }, hold.ErrCamera},
		"no kind":               {lead, func(n *hold.New) { n.Kind = "whim" }, hold.ErrKind},
		"no owner":              {lead, func(n *hold.New) { n.Owner = " " }, text.ErrRequired},
		"no reason":             {lead, func(n *hold.New) { n.Reason = "x" }, text.ErrTooShort},
		"no interval":           {lead, func(n *hold.New) { n.To = n.From - second }, hold.ErrInterval},
		"for ever":              {lead, func(n *hold.New) { n.To = now + 400*day }, hold.ErrInterval},
		"no review":             {lead, func(n *hold.New) { n.ReviewAt = 0 }, hold.ErrReview},
		"a review in the past":  {lead, func(n *hold.New) { n.ReviewAt = now }, hold.ErrReview},
		"a review in two years": {lead, func(n *hold.New) { n.ReviewAt = now + 700*day }, hold.ErrReview},
	} {
		n := notice("gate")
		c.edit(&n)
		if _, err := h.Place(t.Context(), c.actor, n); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := h.Place(t.Context(), lead, func() hold.New { n := notice("gate"); n.To = now + 30*day; return n }()); err != nil {
		t.Errorf("of footage that is still to come: %v", err)
	}
	if _, err := h.AskRelease(t.Context(), lead, db.NewID(), "reason"); !errors.Is(err, hold.ErrUnknown) {
		t.Error(err)
	}
	if _, err := h.List(t.Context(), access.ActorOf("x", access.Operator), hold.Filter{}); !errors.Is(err, access.ErrRightMissing) {
		t.Error(err)
	}
}

// TestNobodyReleasesAlone lets everybody ask, withdraw, approve and reject at once.
// Whatever the order, each release was asked for by one and approved by another.
func TestNobodyReleasesAlone(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := store(t, d)
		var all []access.Actor
		for _, name := range []string{"a", "b", "c"} {
			all = append(all, people.Add(t, d, name, access.Supervisor))
		}
		for round := range 6 {
			placed, err := h.Place(t.Context(), all[0], notice("gate"))
			if err != nil {
				t.Fatal(err)
			}
			var crowd sync.WaitGroup
			for i, actor := range all {
				crowd.Go(func() {
					random := rand.New(rand.NewPCG(uint64(round), uint64(i)))
					for range 6 {
						var err error
						switch random.IntN(4) {
						case 0:
							_, err = h.AskRelease(t.Context(), actor, placed.ID, "the case is closed")
						case 1:
							_, err = h.Withdraw(t.Context(), actor, placed.ID)
						case 2:
							_, err = h.Decide(t.Context(), actor, placed.ID, random.IntN(2) == 0, "because")
						case 3:
							_, err = h.Review(t.Context(), actor, placed.ID, present.UnixMicro()+day*int64(1+random.IntN(50)), "looked")
						}
						if k := problem.Of(err).Kind; err != nil && k == problem.Internal {
							t.Error(err)
						}
					}
				})
			}
			crowd.Wait()
			var rows []hold.Release
			if err := d.Read().NewSelect().Model(&rows).Where("hold = ?", placed.ID).Scan(t.Context()); err != nil {
				t.Fatal(err)
			}
			approved, waiting := 0, 0
			for _, r := range rows {
				switch {
				case r.DecidedAt == nil:
					waiting++
				case *r.Decision == "approved":
					approved++
					if *r.DecidedBy == r.AskedBy {
						t.Errorf("released by who asked: %+v", r)
					}
				case *r.Decision == "withdrawn" && *r.DecidedBy != r.AskedBy, *r.Decision == "rejected" && *r.DecidedBy == r.AskedBy:
					t.Errorf("decided by the wrong one: %+v", r)
				}
			}
			after, err := h.Get(t.Context(), placed.ID)
			if err != nil || (after.ReleasedAt != 0) != (approved == 1) || approved > 1 || waiting > 1 {
				t.Errorf("%+v: %d approvals, %d wait, %v", after, approved, waiting, err)
			}
		}
	})
}

func TestCostCountsEverySegmentOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := store(t, d)
		lead := people.Add(t, d, "lead", access.DutyLead)
		at := present.UnixMicro() - 10*day
		for i := range int64(10) { // a minute each
			put(t, d, archive.Segment{Camera: "gate", StartAt: at + i*60*second, EndAt: at + (i+1)*60*second, Bytes: 1 << i})
		}
		put(t, d, archive.Segment{Camera: "yard", StartAt: at, EndAt: at + 60*second, Bytes: 1 << 20})
		place := func(from, to int64, cameras ...string) hold.Hold {
			n := notice(cameras...)
			n.From, n.To = at+from*second, at+to*second
			placed, err := h.Place(t.Context(), lead, n)
			if err != nil {
				t.Fatal(err)
			}
			return placed
		}
		a := place(10, 20, "gate")         // the first
		b := place(30, 70, "gate", "yard") // the first two, and the yard's
		c := place(130, 250, "gate")       // the third to the fifth
		place(600, 700, "gate")            // behind all
		for _, x := range []struct {
			of   hold.Hold
			want hold.Cost
		}{{a, hold.Cost{Bytes: 1, Segments: 1}}, {b, hold.Cost{Bytes: 3 + 1<<20, Segments: 3}}, {c, hold.Cost{Bytes: 4 + 8 + 16, Segments: 3}}} {
			if got, err := h.CostOf(t.Context(), &x.of); err != nil || got != x.want {
				t.Errorf("%+v, %v, want %+v", got, err, x.want)
			}
		}
		if got, err := h.Total(t.Context()); err != nil || got != (hold.Cost{Bytes: 1 + 2 + 4 + 8 + 16 + 1<<20, Segments: 6}) {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func freezes(t *testing.T, d *db.DB) (reasons []frozen.Reason) {
	t.Helper()
	all, err := frozen.Standing(t.Context(), d.Read())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		reasons = append(reasons, f.Reason)
	}
	slices.Sort(reasons)
	return reasons
}

// TestHoldsSurviveTheDatabase: another database, and none of its holds.
func TestHoldsSurviveTheDatabase(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		volumes := []string{t.TempDir(), t.TempDir()}
		h := store(t, d, volumes...)
		lead := people.Add(t, d, "lead", access.DutyLead)
		if err := h.Reconcile(t.Context()); err != nil || len(freezes(t, d)) != 0 {
			t.Fatal(err, freezes(t, d))
		}
		placed, err := h.Place(t.Context(), lead, notice("gate", "yard"))
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Reconcile(t.Context()); err != nil || len(freezes(t, d)) != 0 {
			t.Fatal("the same database is taken for another", err, freezes(t, d))
		}
		other := dbtest.Open(t, d.Engine())
		h = store(t, other, volumes[1]) // one of the disks is enough
		if err := h.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
		back, err := h.Get(t.Context(), placed.ID)
		placed.RecoveredAt = present.UnixMicro()
		if diff := cmp.Diff(placed, back); err != nil || diff != "" {
			t.Errorf("%v; want (-), got (+):\n%s", err, diff)
		}
		if diff := cmp.Diff([]frozen.Reason{frozen.Replaced, frozen.Missing}, freezes(t, other)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"hold.recovered", "hold.recovered"}, acts(t, other)); diff != "" {
			t.Error(diff)
		}
		if err := h.Reconcile(t.Context()); err != nil || len(freezes(t, other)) != 2 {
			t.Error("reconciling again finds more", err, freezes(t, other))
		}
	})
}

// TestAnOlderDatabase: it was restored from before the hold was placed.
func TestAnOlderDatabase(t *testing.T) {
	volume := t.TempDir()
	o := dbtest.Options(t, db.SQLite)
	d, err := db.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	lead := people.Add(t, d, "lead", access.DutyLead)
	if _, err := store(t, d, volume).Place(t.Context(), lead, notice("gate")); err != nil {
		t.Fatal(err)
	}
	d.Close()
	before, err := os.ReadFile(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	if d, err = db.Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	second, err := store(t, d, volume).Place(t.Context(), lead, notice("yard"))
	if err != nil {
		t.Fatal(err)
	}
	d.Close()
	if err := os.WriteFile(o.Path, before, 0o600); err != nil {
		t.Fatal(err)
	}
	if d, err = db.Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	h := store(t, d, volume)
	if err := h.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if back, err := h.Get(t.Context(), second.ID); err != nil || back.RecoveredAt == 0 {
		t.Errorf("%+v, %v", back, err)
	}
	if diff := cmp.Diff([]frozen.Reason{frozen.Older, frozen.Missing}, freezes(t, d)); diff != "" {
		t.Error(diff)
	}
}

// TestHoldsThatOnlyTheActsKnow: somebody took the guards off the table and emptied it.
func TestHoldsThatOnlyTheActsKnow(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	volume := t.TempDir()
	h := store(t, d, volume)
	placed, err := h.Place(t.Context(), people.Add(t, d, "lead", access.DutyLead), notice("gate", "yard"))
	if err != nil {
		t.Fatal(err)
	}
	run := func(statements ...string) error {
		return d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			for _, s := range statements {
				if _, err := tx.ExecContext(ctx, s); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for _, s := range []string{"DELETE FROM holds", "UPDATE holds SET to_at = 1", "DELETE FROM hold_cameras", "UPDATE hold_cameras SET camera = 'x'"} {
		if err := run(s); !db.IsRefused(err) {
			t.Errorf("%s: %v", s, err)
		}
	}
	if err := errors.Join(run("DROP TRIGGER hold_cameras_no_delete", "DELETE FROM hold_cameras", "DROP TRIGGER holds_no_delete", "DELETE FROM holds"),
		os.Remove(filepath.Join(volume, hold.CopyName))); err != nil {
		t.Fatal(err)
	}
	if err := h.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	back, err := h.Get(t.Context(), placed.ID)
	placed.RecoveredAt = present.UnixMicro()
	if diff := cmp.Diff(placed, back); err != nil || diff != "" {
		t.Errorf("%v; want (-), got (+):\n%s", err, diff)
	}
	if diff := cmp.Diff([]frozen.Reason{frozen.Missing}, freezes(t, d)); diff != "" {
		t.Error(diff)
	}
}

func TestADamagedCopy(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	volume := t.TempDir()
	h := store(t, d, volume)
	if _, err := h.Place(t.Context(), people.Add(t, d, "lead", access.DutyLead), notice("gate")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(volume, hold.CopyName)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(b), `"gate"`, `"yard"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := h.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]frozen.Reason{frozen.Damaged}, freezes(t, d)); diff != "" {
		t.Error(diff)
	}
	if again, err := os.ReadFile(path); err != nil || !strings.Contains(string(again), `"gate"`) {
		t.Errorf("the copy was not written anew: %s, %v", again, err)
	}
	// Pipes in its place hold nobody up.
	if err := errors.Join(os.Remove(path), unix.Mkfifo(path, 0o600), unix.Mkfifo(path+".new", 0o600), h.Reconcile(t.Context())); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(path); err != nil || !strings.Contains(string(again), `"gate"`) {
		t.Errorf("the copy was not written in the place of a pipe: %s, %v", again, err)
	}
	// A volume that cannot be written to is no failure of the act, and is told by Copy.
	h.Volumes = func() []string { return []string{filepath.Join(volume, "none")} }
	if _, err := h.Place(t.Context(), people.Add(t, d, "other", access.DutyLead), notice("gate")); err != nil {
		t.Error(err)
	}
	if err := h.Copy(t.Context()); err == nil {
		t.Error("nothing is said of a copy that cannot be written")
	}
}
