package retention_test

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

	"watchroom/internal/access"
	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/retention/recordings"
	"watchroom/internal/archive/retention/rulebook"
	"watchroom/internal/clock/reference"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/media"
	"watchroom/internal/playback/snapshot"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// TestMaximum: what is past its maximum goes, with tombstone, gap and snapshots; what
// is younger, held or another camera's stays.
func TestMaximum(t *testing.T) {
	clause.Covers(t, "C090", "C091", "C093")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		old, mid, young, other := r.record(r.gate, 200, 3), r.record(r.gate, 130, 2), r.record(r.gate, 10, 2), r.record(r.yard, 300, 2)
		r.open()
		r.hold(r.gate, present-200*day+700*second, present-200*day+701*second) // a second of the second
		guard := access.ActorOf(r.lead.Person, access.Operator)
		picture := func(at int64) string {
			one, err := r.pictures.Take(t.Context(), guard, snapshot.New{Camera: r.gate, At: at}, []byte("picture"))
			if err != nil {
				t.Fatal(err)
			}
			return one.ID
		}
		with, held, aside := picture(present-200*day), picture(present-200*day+700*second), picture(present-150*day)
		r.pass()
		r.has(old, mid, young, other) // no maximum, nothing goes
		c := r.set(r.gate, maximum(120))
		rep := r.pass()
		r.has(old[1:2], young, other)
		if rep.Removed != 4 || rep.Bytes == 0 || rep.Blocked != nil {
			t.Errorf("%+v", rep)
		}
		dead, err := r.catalogue.Tombstones(t.Context(), archive.TombstoneFilter{Authority: c.ID})
		if err != nil || len(dead) != 4 || dead[0].Ground != journal.GroundMaximum || len(dead[0].Root) != 64 || dead[0].FinishedAt == nil {
			t.Errorf("%+v, %v", dead, err)
		}
		lanes, err := r.catalogue.Timeline(t.Context(), []string{r.gate}, present-200*day, present-200*day+1800*second, 0)
		gone := func(from, to int64) coverage.Span {
			return coverage.Span{Start: present - 200*day + from*second, End: present - 200*day + to*second, Kind: coverage.Gap, Cause: media.CauseDeletedRetention}
		}
		want := []coverage.Span{gone(0, 600), {Start: present - 200*day + 600*second, End: present - 200*day + 1200*second, Kind: coverage.Recorded}, gone(1200, 1800)}
		if diff := cmp.Diff(want, lanes[0].Spans); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
		for id, removed := range map[string]bool{with: true, held: false, aside: true} {
			if one, err := r.pictures.Get(t.Context(), id); err != nil || (one.RemovedAt != 0) != removed {
				t.Errorf("snapshot of %d: %+v, %v", (present-one.At)/day, one, err)
			}
		}
		r.now.Add(20 * day) // nor does time alone free what is held
		r.pass()
		r.has(old[1:2], young, other)
	})
}

// TestKilledAtEveryStep: wherever the process dies, the next one finds what is to be
// done, does it, and does nothing else.
func TestKilledAtEveryStep(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		expected := map[string]bool{} // decided, not told: all is as before
		for _, step := range []string{"tell", "told", "derived", "remove", "removed", "take in", "taken in", "finish", "finished"} {
			expected[step] = step != "tell"
		}
		age := 250
		for step, removed := range expected {
			old, young := r.record(r.gate, age, 3), r.record(r.gate, 20+age-250, 1)
			age += 3
			r.start()
			r.pass() // may be frozen, since the first files are new to the catalogue
			if err := r.looked(r.chief, "looked at it"); err != nil && !errors.Is(err, retention.ErrNothing) {
				t.Fatal(err)
			}
			r.set(r.gate, maximum(120))
			killed := false
			r.at = func(at string) {
				// The catalogue takes in before a removal, too.
				if at == step && (strings.HasPrefix(at, "te") || strings.HasPrefix(at, "to") || killing(d)) {
					killed = true
					panic(errKilled)
				}
			}
			var report retention.Report
			func() {
				defer func() {
					if e := recover(); e != nil && e != any(errKilled) {
						panic(e)
					}
				}()
				report = r.engine.Pass(t.Context())
			}()
			r.at = func(string) {}
			if !killed {
				var why []string
				_ = d.Read().NewRaw("SELECT reason || ' ' || COALESCE(CAST(confirmed_at AS TEXT), 'stands') FROM removal_freezes").Scan(t.Context(), &why)
				t.Fatalf("never reached %q: %+v; freezes %q", step, report, why)
			}
			r.start()
			if !removed { // a hold that is placed now wins
				h := r.hold(r.gate, present-int64(age-3)*day, present-int64(age-3)*day+30*60*second)
				r.pass()
				var rows []string
				if err := d.Read().NewRaw("SELECT file FROM segments WHERE state = ''").Scan(t.Context(), &rows); err != nil || !contains(rows, old) {
					t.Fatalf("a hold placed after %q lost: %v, %v", step, rows, err)
				}
				if h.Late != 3 {
					t.Errorf("%d segments were decided on, want 3 to be told", h.Late)
				}
				if _, err := r.holds.AskRelease(t.Context(), r.lead, h.ID, "reason"); err != nil {
					t.Fatal(err)
				}
				if _, err := r.holds.Decide(t.Context(), r.chief, h.ID, true, ""); err != nil {
					t.Fatal(err)
				}
			}
			r.pass()
			for _, f := range old {
				if _, err := os.Stat(filepath.Join(r.v.Root, f)); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("killed at %q: %s is still there, %v", step, f, err)
				}
			}
			for _, f := range young {
				if _, err := os.Stat(filepath.Join(r.v.Root, f)); err != nil {
					t.Errorf("killed at %q: %v", step, err)
				}
			}
			r.has(r.v.Files(t))
		}
		var words, stones int64
		if err := d.Read().NewRaw("SELECT COUNT(*) FROM tombstones").Scan(t.Context(), &stones); err != nil {
			t.Fatal(err)
		}
		days, err := filepath.Glob(filepath.Join(r.v.Root, r.gate, "*", journal.FileName))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range days {
			records, _, _, err := journal.Read(f, 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, rec := range records {
				if rec.Kind == journal.KindTombstone {
					words++
				}
			}
		}
		if words != stones || stones != int64(3*len(expected)) {
			t.Errorf("%d lines and %d tombstones for %d segments", words, stones, 3*len(expected))
		}
	})
}

// killing tells whether a removal has begun: a row is marked, or a tombstone waits.
func killing(d *db.DB) bool {
	var n int64
	err := d.Read().NewRaw("SELECT (SELECT COUNT(*) FROM segments WHERE state <> '') + (SELECT COUNT(*) FROM tombstones WHERE at = ?)", present).Scan(context.Background(), &n)
	return err == nil && n > 0
}

func contains(all, some []string) bool {
	for _, s := range some {
		if !slices.Contains(all, s) {
			return false
		}
	}
	return true
}

// TestAHoldWinsWhileItIsDecided places holds while passes run. Whatever a hold finds
// when it is placed stays.
func TestAHoldWinsWhileItIsDecided(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		for i := range 12 {
			r.record(r.gate, 200+i, 4)
		}
		r.open()
		r.set(r.gate, maximum(120))
		var mu sync.Mutex
		kept := map[string]bool{}
		var crowd sync.WaitGroup
		crowd.Go(func() {
			for range 6 {
				if rep := r.engine.Pass(t.Context()); rep.Err != nil {
					t.Error(rep.Err)
				}
			}
		})
		for i := range 3 {
			crowd.Go(func() {
				random := rand.New(rand.NewPCG(uint64(i), 7))
				for range 4 {
					from := present - int64(200+random.IntN(12))*day
					h := r.hold(r.gate, from, from+1200*second)
					var rows []string
					err := d.Read().NewRaw("SELECT file FROM segments WHERE state = '' AND start_at < ? AND end_at > ?", h.To, h.From).Scan(t.Context(), &rows)
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					for _, f := range rows {
						kept[f] = true
					}
					mu.Unlock()
				}
			})
		}
		crowd.Wait()
		r.pass()
		left := r.v.Files(t)
		for f := range kept {
			if !slices.Contains(left, f) {
				t.Errorf("%s was held and is gone", f)
			}
		}
		r.has(left)
	})
}

// TestNothingGoesWhile lists what keeps the engine from removing what is due.
func TestNothingGoesWhile(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		old, young := r.record(r.gate, 200, 3), r.record(r.gate, 10, 3)
		r.start()
		r.low = func() bool { return true }
		r.set("", maximum(120))
		r.order(r.gate, present-10*day, present-10*day+1800*second)
		blocked := func(why error) {
			t.Helper()
			if rep := r.pass(); !errors.Is(rep.Blocked, why) || rep.Removed != 0 {
				t.Errorf("%+v, want %v", rep, why)
			}
			r.has(old, young)
		}
		blocked(retention.ErrFrozen) // made from files, and nobody has looked
		if all, err := r.engine.Frozen(t.Context()); err != nil || len(all) != 1 || all[0].Reason != frozen.Rebuilt {
			t.Errorf("%+v, %v", all, err)
		}
		for name, actor := range map[string]access.Actor{"lead": r.lead, "administrator": access.ActorOf("x", access.Administrator), "command line": access.CommandLine(),
			"technician": access.ActorOf("x", access.Technician), "auditor": access.ActorOf("x", access.Auditor), "operator": access.ActorOf("x", access.Operator)} {
			if err := r.looked(actor, "looked"); !errors.Is(err, access.ErrRightMissing) {
				t.Errorf("%s: %v", name, err)
			}
		}
		blocked(retention.ErrFrozen)
		seen, err := r.engine.Frozen(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r.freeze(frozen.Untrue, "came while somebody looked")
		if err := r.engine.Confirm(t.Context(), r.boss, []string{seen[0].ID, "x"}, "looked at it all"); err != nil {
			t.Fatal(err)
		}
		if all, err := r.engine.Frozen(t.Context()); err != nil || len(all) != 1 || all[0].Reason != frozen.Untrue {
			t.Errorf("what was not seen: %+v, %v", all, err)
		}
		blocked(retention.ErrFrozen)
		if err := r.looked(r.boss, "looked at it all"); err != nil {
			t.Fatal(err)
		}
		if err := r.looked(r.boss, "looked at it all"); !errors.Is(err, retention.ErrNothing) {
			t.Error(err)
		}
		r.untrusted = errors.New("a year ahead")
		blocked(retention.ErrUntrusted)
		r.untrusted = nil
		read := false
		r.engine.Compared = func() bool { return read }
		blocked(retention.ErrUnread)
		read = true
		r.engine.Time = nil
		blocked(retention.ErrUntrusted)
		r.engine.Time = r
		r.holds.Volumes = func() []string { return []string{filepath.Join(r.v.Root, "away")} }
		blocked(retention.ErrHolds)
		r.holds.Volumes = func() []string { return []string{r.v.Root} }
		// A leap that nothing proves right freezes: after another start nothing would show it.
		r.untrusted = reference.ErrLeapt
		blocked(retention.ErrFrozen)
		r.untrusted = nil
		blocked(retention.ErrFrozen)
		r.untrusted = reference.ErrLeapt
		if err := r.looked(r.boss, "it is the right year"); err != nil || r.untrusted != nil {
			t.Fatal(err, r.untrusted)
		}
		// Or another machine's clock bears it out, as soon as the time is trusted again.
		r.untrusted, r.word = reference.ErrLeapt, &reference.Word{By: "audit", At: time.UnixMicro(present)}
		blocked(retention.ErrFrozen)
		r.untrusted = reference.ErrStepped
		blocked(retention.ErrFrozen)
		r.untrusted = nil
		r.engine.Time = nil
		blocked(retention.ErrFrozen)
		r.engine.Time = r
		r.engine.Compared = func() bool { return false } // so that nothing goes yet
		blocked(retention.ErrUnread)
		if act, err := ledger.Sole(t.Context(), d.Read(), "retention.time_witnessed", ""); err != nil || act == nil || act.Person != "" || act.Detail["witness"] != "audit" {
			t.Errorf("%+v, %v", act, err)
		}
		r.engine.Compared, r.word = nil, nil
		// The clock loses trust while a pass runs: what was decided is the last.
		r.at = func(step string) {
			if step == "told" {
				r.untrusted = errors.New("stepped")
			}
		}
		if rep := r.engine.Pass(t.Context()); !errors.Is(rep.Blocked, retention.ErrUntrusted) || rep.Removed != 3 {
			t.Errorf("%+v", rep)
		}
		r.has(old)
		r.at, r.untrusted = func(string) {}, nil
		r.pass()
		r.has()
	})
}

// TestSpaceOfSeveralPlaces: only what lies where room is needed goes.
func TestSpaceOfSeveralPlaces(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		a, b, c := r.record(r.gate, 200, 20), r.record(r.yard, 199, 20), r.record(r.gate, 100, 3)
		r.open()
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			for place, files := range map[string][]string{"b": b, "vault": c} {
				if _, err := tx.NewUpdate().Table("segments").Set("volume = ?", place).Where("file IN (?)", bun.List(files)).Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		r.low, r.places = func() bool { return true }, []string{"b", "nowhere"}
		if rep := r.pass(); !rep.Low || rep.Removed != len(b) {
			t.Errorf("%+v", rep)
		}
		r.has(a, c)
		r.places = []string{"vault"}
		r.pass()
		r.has(a)
	})
}

// TestSpace: only while room is needed, the oldest of all cameras first, never below
// the minimum, never held.
func TestSpace(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		a, b, c, young := r.record(r.gate, 200, 20), r.record(r.yard, 199, 20), r.record(r.gate, 100, 3), r.record(r.yard, 89, 5)
		r.open()
		r.hold(r.gate, present-200*day+650*second, present-200*day+660*second) // the second of the gate
		r.pass()
		r.has(a, b, c, young)
		measured := 0
		r.low = func() bool { measured++; return measured <= 2 }
		r.pass()
		r.has(a[1:2], b[13:], c, young) // two times sixteen, and it measures anew
		r.low = func() bool { return true }
		rep := r.pass()
		r.has(a[1:2], young)
		if !rep.Low {
			t.Error("room is still needed, and nothing says so")
		}
		dead, err := r.catalogue.Tombstones(t.Context(), archive.TombstoneFilter{Limit: 1})
		if err != nil || dead[0].Ground != journal.GroundSpace || dead[0].Authority != rulebook.DefaultID {
			t.Errorf("%+v, %v", dead, err)
		}
		r.set("", retention.Rule{MinDays: 30, MinBasis: retention.Order799}) // for what is recorded from now on
		r.pass()
		r.has(a[1:2], young)
		w := retention.Wish{Class: retention.Main, Rule: retention.Rule{MinDays: 30, MinBasis: retention.Order799}, Reason: "the law", Existing: true}
		change, err := r.rules.Set(t.Context(), r.boss, w)
		if err != nil || !change.Waiting() {
			t.Fatalf("%+v, %v", change, err)
		}
		r.pass()
		r.has(a[1:2], young)
		if _, err := r.rules.Decide(t.Context(), r.chief, change.ID, true, ""); err != nil {
			t.Fatal(err)
		}
		r.pass()
		r.has(a[1:2])
	})
}

// TestAJournalThatCannotBeWritten: nothing goes without a word.
func TestAJournalThatCannotBeWritten(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	r := newRig(t, d)
	old := r.record(r.gate, 200, 3)
	r.open()
	r.set("", maximum(120))
	r.engine.Journal = full{}
	if rep := r.engine.Pass(t.Context()); !errors.Is(rep.Err, errKilled) || rep.Removed != 0 {
		t.Errorf("%+v", rep)
	}
	r.has(old)
	r.engine.Journal = &recordings.Folder{Root: r.v.Root}
	r.pass()
	r.has()
}

type full struct{}

func (full) Append(context.Context, string, int64, ...journal.Record) error { return errKilled }

// TestFolderTakesOnlySegments: whatever a row may say.
func TestFolderTakesOnlySegments(t *testing.T) {
	r := newRig(t, dbtest.Open(t, db.SQLite))
	file := r.record(r.gate, 5, 1)[0]
	f := &recordings.Folder{Root: r.v.Root}
	outside := filepath.Join(r.v.Root, "..", filepath.Base(file))
	open := filepath.Join(r.v.Root, file+".part")
	for _, path := range []string{outside, open} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, wrong := range []string{"../" + filepath.Base(file), file + ".part", filepath.Dir(file) + "/" + journal.FileName, "", filepath.Base(file)} {
		if err := f.Remove(t.Context(), archive.Segment{Camera: r.gate, File: wrong}, false); err == nil {
			t.Errorf("%q was taken", wrong)
		}
	}
	if err := f.Remove(t.Context(), archive.Segment{Camera: r.yard, File: file}, false); err == nil {
		t.Error("another camera's was taken")
	}
	for range 2 {
		if err := f.Remove(t.Context(), archive.Segment{Camera: r.gate, File: file}, false); err != nil {
			t.Error(err)
		}
	}
	for _, path := range []string{outside, open, filepath.Join(r.v.Root, filepath.Dir(file), journal.FileName)} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	if low, err := f.Low(t.Context()); err != nil || len(low) > 0 {
		t.Logf("low: %v, %v", low, err) // a matter of the machine
	}
	if low, err := (&recordings.Folder{Root: r.v.Root, LowPercent: 101}).Low(t.Context()); err != nil || len(low) != 1 {
		t.Errorf("%v, %v", low, err)
	}
}

// TestTheEngineRuns: by itself once a minute, and at once when it is woken.
func TestTheEngineRuns(t *testing.T) {
	leak.Check(t)
	d := dbtest.Open(t, db.SQLite)
	r := newRig(t, d)
	old := r.record(r.gate, 200, 1)
	r.open()
	reports := make(chan retention.Report, 8)
	r.engine.OnPass = func(rep retention.Report) { reports <- rep }
	r.engine.Every = time.Hour
	if err := r.engine.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer r.engine.Close()
	if rep := <-reports; rep.Removed != 0 {
		t.Errorf("%+v", rep)
	}
	r.has(old)
	r.rules.Changed = r.engine.Wake
	r.set("", maximum(120))
	if rep := <-reports; rep.Removed != 1 {
		t.Errorf("%+v", rep)
	}
	r.has()
	if last := r.engine.Last(); last.Removed != 1 {
		t.Errorf("%+v", last)
	}
}

// TestOverdueHoldsAreTold with every pass.
func TestOverdueHoldsAreTold(t *testing.T) {
	r := newRig(t, dbtest.Open(t, db.SQLite))
	r.record(r.gate, 5, 1)
	r.open()
	h := r.hold(r.gate, present-5*day, present-4*day)
	if rep := r.pass(); len(rep.Overdue) != 0 {
		t.Errorf("%+v", rep.Overdue)
	}
	r.now.Add(30 * day)
	if rep := r.pass(); len(rep.Overdue) != 1 || rep.Overdue[0].ID != h.ID {
		t.Errorf("%+v", rep.Overdue)
	}
	if _, err := r.holds.Review(t.Context(), r.lead, h.ID, r.now.Load()+day, "still open"); err != nil {
		t.Fatal(err)
	}
	if rep := r.pass(); len(rep.Overdue) != 0 {
		t.Errorf("%+v", rep.Overdue)
	}
}

// TestARestoredCatalogueWithoutHolds: another database beside the same footage.
func TestARestoredCatalogueWithoutHolds(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		old := r.record(r.gate, 200, 3)
		r.open()
		h := r.hold(r.gate, present-200*day, present-199*day)
		r.d = dbtest.Open(t, d.Engine())
		r.start()
		r.set("", maximum(120))
		if rep := r.pass(); !errors.Is(rep.Blocked, retention.ErrFrozen) {
			t.Errorf("%+v", rep)
		}
		r.has(old)
		all, err := r.engine.Frozen(t.Context())
		var reasons []frozen.Reason
		for _, f := range all {
			reasons = append(reasons, f.Reason)
		}
		slices.Sort(reasons)
		if diff := cmp.Diff([]frozen.Reason{frozen.Rebuilt, frozen.Replaced, frozen.Missing}, reasons); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
		if back, err := r.holds.Get(t.Context(), h.ID); err != nil || back.RecoveredAt == 0 {
			t.Errorf("%+v, %v", back, err)
		}
		if err := r.looked(r.chief, "the hold is back"); err != nil {
			t.Fatal(err)
		}
		if rep := r.pass(); rep.Blocked != nil || rep.Removed != 0 {
			t.Errorf("%+v", rep)
		}
		r.has(old)
	})
}

// TestWhatTheClockGainedAgesNothing: the clock is ahead by what nobody has borne out, in steps
// of less than an hour or by outages. Until somebody does, minima count without it; a maximum
// of more days goes by the clock.
func TestWhatTheClockGainedAgesNothing(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.low = func() bool { return true }
		footage, limited := r.record(r.gate, 89, 3), r.record(r.yard, 60, 1)
		r.open()
		r.gained = 20 * 50 * time.Minute
		gone := present - 89*day + 600*second + 90*day + r.gained.Microseconds() // when the first may go, by the clock
		r.now.Store(gone - 1)
		r.pass()
		r.has(footage, limited)
		r.now.Store(gone)
		r.pass()
		r.has(footage[1:], limited)
		r.set(r.gate, maximum(90))
		r.pass()
		r.has(footage[1:], limited)
		r.gained = 0 // borne out
		r.pass()
		r.has(limited)
		r.low = func() bool { return false }
		r.set(r.yard, maximum(120))
		r.gained = 20 * 50 * time.Minute
		r.now.Store(present - 60*day + 600*second + 120*day - 1)
		r.pass()
		r.has(limited)
		r.now.Add(1)
		rep := r.pass()
		if r.has(); rep.Removed != 1 || rep.Blocked != nil {
			t.Errorf("%+v", rep)
		}
	})
}
