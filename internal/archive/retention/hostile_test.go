package retention_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/evidence/leaf"
	"watchroom/internal/access"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/order"
	"watchroom/internal/archive/proof"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/retention/compliance"
	"watchroom/internal/archive/retention/recordings"
	"watchroom/internal/archive/retention/rulebook"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/playback/snapshot"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/logtest"
)

// tombstoned writes the row of a removal that was not finished, as if a process had died.
func (r *logged) tombstoned(file string, start int64, ground, authority string) {
	r.t.Helper()
	r.write("INSERT INTO tombstones (file, camera, start_at, end_at, bytes, root, ground, authority, at) VALUES (?, ?, ?, ?, 1, '', ?, ?, ?)",
		file, r.gate, start, start+600*second, ground, authority, present)
}

// startOf is when the file of a segment says that it began.
func startOf(t *testing.T, file string) int64 {
	t.Helper()
	name, _, err := segment.ParseName(file)
	if err != nil {
		t.Fatal(err)
	}
	return name.Start
}

// TestRowsThatMakeFootageOld: whoever has the database in hand makes young footage old, or
// says that it is being removed. Nothing of it goes, removal is frozen, and after a person
// has confirmed it still does not; what is really due goes.
func TestRowsThatMakeFootageOld(t *testing.T) {
	clause.Covers(t, "C090", "C091")
	leak.Check(t)
	const back = 300 * day
	for name, do := range map[string]func(t *testing.T, r *logged, young, old []string) (untrue string){
		"times of a row": func(_ *testing.T, r *logged, young, _ []string) string {
			r.write("UPDATE segments SET start_at = start_at - ?, end_at = end_at - ? WHERE file = ?", back, back, young[0])
			return "segments " + young[0]
		},
		"a row with the file of another": func(_ *testing.T, r *logged, young, old []string) string {
			r.write("DELETE FROM segments WHERE file = ?", young[0])
			r.write("UPDATE segments SET file = ? WHERE file = ?", young[0], old[0])
			return "segments " + young[0]
		},
		"a removal that is said to be half done": func(t *testing.T, r *logged, young, _ []string) string {
			r.tombstoned(young[0], startOf(t, young[0])-back, journal.GroundMaximum, rulebook.DefaultID)
			return "removal of " + young[0]
		},
		"a removal for room": func(t *testing.T, r *logged, young, _ []string) string {
			r.tombstoned(young[0], startOf(t, young[0])-back, journal.GroundSpace, rulebook.DefaultID)
			return "removal of " + young[0]
		},
		"a removal that names an order for other footage": func(t *testing.T, r *logged, young, _ []string) string {
			o := r.order(r.gate, present-200*day, present-199*day)
			r.tombstoned(young[0], present-200*day+second, journal.GroundOrder, o.ID)
			return "removal of " + young[0]
		},
		"a line of a journal that lies about the age": func(t *testing.T, r *logged, young, _ []string) string {
			start := startOf(t, young[0]) - back
			err := (&recordings.Folder{Root: r.v.Root}).Append(t.Context(), r.gate, present, journal.Record{Kind: journal.KindTombstone, At: present, Ground: journal.GroundSpace,
				Authority: rulebook.DefaultID, Segment: &journal.Segment{File: young[0], Start: start, End: start + 600*second}})
			if err != nil {
				t.Fatal(err)
			}
			r.taken(r.gate)
			return "" // the name of the file says when it begins: it is taken in by nobody
		},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				r := newLogged(t, d)
				old, young := r.record(r.gate, 200, 2), r.record(r.gate, 30, 3)
				r.open()
				what := do(t, r, young, old)
				r.low = func() bool { return true }
				r.settle()
				r.rig.pass()
				if why := r.frozen(); what != "" && !slices.Contains(why, "records_untrue "+what) || what == "" && len(why) > 0 {
					t.Errorf("frozen because of %q, want %q", why, what)
				}
				stands := func() {
					t.Helper()
					left := r.v.Files(t)
					for _, f := range young {
						if !slices.Contains(left, f) {
							t.Fatalf("%s is gone", f)
						}
					}
				}
				stands()
				if what != "" {
					r.confirm()
				}
				for range 3 {
					if rep := r.pass(); rep.Blocked != nil {
						t.Errorf("%+v %q", rep, r.frozen())
					}
				}
				stands()
				if left := r.v.Files(t); slices.Contains(left, old[1]) {
					t.Error("what was due stays, too")
				}
				r.start() // a process that knows nothing of it
				r.pass()
				stands()
			})
		})
	}
}

// TestARowThatLeavesItsHold: the end of a segment that reaches into a hold is set to an
// instant before it.
func TestARowThatLeavesItsHold(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		files := r.record(r.gate, 200, 1)
		r.open()
		r.set("", maximum(120))
		from := present - 200*day
		r.hold(r.gate, from+500*second, from+550*second)
		r.write("UPDATE segments SET end_at = ? WHERE file = ?", from+400*second, files[0])
		r.untrue("segments " + files[0])
		r.confirm()
		r.pass()
		r.has(files)
	})
}

// TestARemovalThatNoJournalTells: what is past its minimum may go, but not without a word.
func TestARemovalThatNoJournalTells(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		files := r.record(r.gate, 200, 1)
		r.open()
		r.tombstoned(files[0], present-200*day, journal.GroundSpace, rulebook.DefaultID)
		r.untrue("removal of " + files[0])
		r.confirm()
		r.pass()
		if left := r.v.Files(t); !slices.Equal(left, files) {
			t.Errorf("left are %q", left)
		}
	})
}

// TestAHalfDoneRemovalAndAHoldAheadOfTheClock: a hold that was placed while the clock was
// ahead keeps what a process that died had begun to remove.
func TestAHalfDoneRemovalAndAHoldAheadOfTheClock(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	r := newLogged(t, dbtest.Open(t, db.SQLite))
	files := r.record(r.gate, 200, 2)
	r.open()
	r.set("", maximum(120))
	r.settle()
	r.at = func(step string) {
		if step == "told" {
			panic(errKilled)
		}
	}
	func() {
		defer func() { _ = recover() }()
		r.engine.Pass(t.Context())
	}()
	r.at = func(string) {}
	r.now.Add(day)
	r.hold(r.gate, present-201*day, present-199*day)
	r.now.Add(-day)
	r.start()
	if rep := r.pass(); rep.Removed > 0 {
		t.Errorf("%+v", rep)
	}
	if left := r.v.Files(t); !slices.Equal(left, files) {
		t.Errorf("left are %q", left)
	}
}

// TestARuleByAClockThatIsBehind: a lower minimum holds for what is recorded from then on.
// A clock that stands in a year that is over does not date it back.
func TestARuleByAClockThatIsBehind(t *testing.T) {
	clause.Covers(t, "C090")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		files := slices.Concat(r.record(r.gate, 80, 2), r.record(r.gate, 20, 2))
		r.open()
		r.rules.Trusted = func() error { return r.untrusted }
		r.untrusted = errors.New("not in step")
		r.now.Add(-89 * day)
		c := r.set("", retention.Rule{MinDays: 1, MinBasis: retention.Own, MinNote: "own"})
		r.now.Add(89 * day)
		r.untrusted = nil
		if newest := startOf(t, files[len(files)-1]); c.InForceAt <= newest {
			t.Errorf("it is in force from %s on", time.UnixMicro(c.InForceAt).UTC())
		}
		r.low = func() bool { return true }
		if rep := r.pass(); rep.Removed > 0 || rep.Blocked != nil {
			t.Errorf("%+v %q", rep, r.frozen())
		}
		r.has(files)
	})
}

// TestTheTableLowersNothing: a row in the table of rules that nobody made changes neither
// for how long footage is said to be kept nor up to when objects are locked. One that
// demands more counts at once.
func TestTheTableLowersNothing(t *testing.T) {
	clause.Covers(t, "C090")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		r.record(r.gate, 30, 1)
		r.open()
		r.rules.Warrants = &warrant.Reader{Log: proving{r.log}, Passing: true}
		says := func() string {
			t.Helper()
			books, err := r.rules.InForce(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			plans, err := r.rules.Plans(t.Context(), r.chief, retention.Main, r.gate)
			if err != nil {
				t.Fatal(err)
			}
			listed, err := (&compliance.Audit{Rules: r.rules, Account: r.catalogue, Proofs: nothing{}, Clock: r.clock()}).List(t.Context(), r.chief, r.gate)
			if err != nil {
				t.Fatal(err)
			}
			would, raises, err := r.rules.Would(t.Context(), r.chief, retention.Wish{Camera: r.yard, Class: retention.Main, Rule: retention.Rule{MinDays: 100, MinBasis: retention.Own, MinNote: "own"}})
			if err != nil {
				t.Fatal(err)
			}
			most := "none"
			if n := books.Most(r.gate); n != nil {
				most = fmt.Sprint(*n)
			}
			minimum, plan := books.Minimum(), plans[r.gate]
			return fmt.Sprint(minimum(r.gate, present-30*day), minimum(r.gate, present), " most ", most, " plan ", plan.MinDays, plan.Promised(), plan.MinimumFor(present),
				" list ", listed[0].Plan.MinDays, " would ", would(r.gate, present), would(r.yard, present), raises)
		}
		r.set("", maximum(120))
		r.set(r.gate, retention.Rule{MinDays: 100, MinBasis: retention.Sector, MinNote: "bank", MaxDays: maximum(150).MaxDays, MaxBasis: retention.Privacy})
		r.settle()
		const want = "100 100 most 150 plan 100 100 100 list 100 would 100 100 true"
		if got := says(); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
		forge := func(id string, days, most int) { r.forge(id, r.gate, days, most, present+day) }
		forge("lower", 1, 1)
		if got := says(); got != want {
			t.Errorf("a row that nobody made: %s, want %s", got, want)
		}
		r.log.Fate = func(int) logtest.Fate { return logtest.Fate{Fail: true} }
		r.now.Add(2 * day)
		r.set(r.gate, retention.Rule{MinDays: 400, MinBasis: retention.Sector, MinNote: "bank"})
		if got, want := says(), "400 400 most 150 plan 400 400 400 list 400 would 400 100 true"; got != want {
			t.Errorf("a rule on its way into the log: %s, want %s", got, want)
		}
	})
}

type nothing struct{}

func (nothing) Latest(context.Context) (map[string]proof.Proof, error) { return nil, nil }

// TestHoldsAndOrdersOfManyCameras: every act names its own camera. Together they are what
// was placed or ordered; those of earlier versions, each of which names all, are read alike.
// An act that is gone is noticed.
func TestHoldsAndOrdersOfManyCameras(t *testing.T) {
	clause.Covers(t, "C091", "C094")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		files := slices.Concat(r.record(r.gate, 30, 2), r.record(r.yard, 30, 2))
		r.open()
		both := []string{r.gate, r.yard}
		slices.Sort(both)
		n := hold.New{Kind: hold.Case, Owner: "owner", Reason: "reason", Cameras: both, From: present - 31*day, To: present - 29*day, ReviewAt: present + 30*day}
		h, err := r.holds.Place(t.Context(), r.lead, n)
		if err != nil {
			t.Fatal(err)
		}
		ask := func() order.Order {
			t.Helper()
			o, err := r.orders.Request(t.Context(), r.lead, order.New{Ground: order.Erasure, Reason: "reason", Document: "7", Cameras: both, From: n.From, To: n.To})
			if err != nil {
				t.Fatal(err)
			}
			if _, err = r.orders.Decide(t.Context(), r.boss, o.ID, true, ""); err == nil {
				o, err = r.orders.Decide(t.Context(), r.chief, o.ID, true, "")
			}
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		ask()
		for _, kind := range []string{"hold.placed", "deletion.requested"} {
			acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: kind})
			if err != nil || len(acts) != 2 {
				t.Fatal(acts, err)
			}
			for _, a := range acts {
				if got := fmt.Sprint(a.Detail["cameras"], a.Detail["of"]); got != fmt.Sprint([]string{a.Camera}, 2) {
					t.Errorf("%s of %s names %s", kind, a.Camera, got)
				}
			}
		}
		if rep := r.pass(); rep.Removed > 0 || rep.Blocked != nil {
			t.Errorf("%+v %q", rep, r.frozen())
		}
		r.has(files)
		release := func(id string) {
			t.Helper()
			if _, err := r.holds.AskRelease(t.Context(), r.lead, id, "it is over"); err != nil {
				t.Fatal(err)
			}
			if _, err := r.holds.Decide(t.Context(), r.boss, id, true, ""); err != nil {
				t.Fatal(err)
			}
		}
		release(h.ID)
		if rep := r.pass(); rep.Removed != 4 || rep.Blocked != nil {
			t.Errorf("%+v %q", rep, r.frozen())
		}
		r.has()

		// An earlier version's hold: each act names both.
		late := slices.Concat(r.v.Record(t, r.gate, n.From+day/2, 1, 10*time.Minute), r.v.Record(t, r.yard, n.From+day/2, 1, 10*time.Minute))
		r.write("INSERT INTO holds (id, kind, owner, reason, document, from_at, to_at, review_at, placed_by, placed_at) VALUES ('earlier', 'case', 'o', 'r', '', ?, ?, ?, ?, ?)", n.From, n.To, n.ReviewAt, r.lead.Person, present)
		for _, c := range both {
			r.write("INSERT INTO hold_cameras (hold, camera) VALUES ('earlier', ?)", c)
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				return ledger.Record(ctx, tx, r.lead.Act(present, "hold.placed", "earlier", c, map[string]any{"cameras": both, "from": n.From, "to": n.To, "kind": "case", "owner": "o", "reason": "r"}))
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		r.taken(r.gate)
		r.taken(r.yard)
		if rep := r.pass(); rep.Removed > 0 || rep.Blocked != nil {
			t.Errorf("%+v %q", rep, r.frozen())
		}
		r.has(late)
		release("earlier")
		if rep := r.pass(); rep.Removed != 2 || rep.Blocked != nil {
			t.Errorf("%+v %q", rep, r.frozen())
		}

		// One act of two is another than the log holds.
		if h, err = r.holds.Place(t.Context(), r.lead, n); err != nil {
			t.Fatal(err)
		}
		r.settle()
		placed, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "hold.placed", Camera: both[0]})
		if err != nil {
			t.Fatal(err)
		}
		one := placed[slices.IndexFunc(placed, func(a ledger.Act) bool { return a.Subject == h.ID })].ID
		r.alter(func(a *leaf.Act) bool { return a.ID == one })
		r.untrue("act " + one)
	})
}

// TestARuleThatCameBackOnlyPromises: an act that says a rule was made again from a copy
// bears nobody's name. It may raise what others have set, and lowers nothing.
func TestARuleThatCameBackOnlyPromises(t *testing.T) {
	clause.Covers(t, "C090", "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		files := r.record(r.gate, 30, 3)
		r.open()
		at := present - 1000
		r.forge("forged", "", 1, 1, at)
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return ledger.Record(ctx, tx, ledger.Act{At: at, Kind: "retention.recovered", Subject: "forged", Detail: map[string]any{"existing": true, "in_force": at,
				"after": map[string]any{"minimum": 1, "minimum_basis": "own", "minimum_note": "n", "maximum": 1, "maximum_basis": "own", "maximum_note": "n"}}})
		})
		if err != nil {
			t.Fatal(err)
		}
		if rep := r.pass(); rep.Removed > 0 || rep.Blocked != nil {
			t.Errorf("%+v %q", rep, r.frozen())
		}
		r.has(files)
		r.rules.Warrants = &warrant.Reader{Log: proving{r.log}, Passing: true}
		books, err := r.rules.InForce(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n := books.Minimum()(r.gate, present-30*day); n != 90 {
			t.Errorf("footage of 30 days is kept for %d days", n)
		}
	})
}

// TestACopyThatIsNarrower: whoever writes into the copy beside the footage, and into the
// table, has a hold made again; what it kept it keeps.
func TestACopyThatIsNarrower(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		files := r.record(r.gate, 30, 3)
		r.open()
		h := r.hold(r.gate, present-31*day, present-29*day)
		r.order(r.gate, present-31*day, present-29*day)
		r.pass()
		r.write("UPDATE holds SET released_at = ?, released_by = 'x' WHERE id = ?", present, h.ID)
		r.narrow(h)
		r.start()
		r.pass()
		standing, err := r.holds.Standing(t.Context())
		if err != nil || len(standing) != 1 || standing[0].From != h.From || standing[0].To != h.To || standing[0].ID == h.ID {
			t.Errorf("%+v, %v", standing, err)
		}
		r.confirm()
		if rep := r.pass(); rep.Removed > 0 {
			t.Errorf("%+v", rep)
		}
		r.has(files)
	})
}

// narrow makes the copy beside the footage tell of a second of a hold alone, as the
// program writes it.
func (r *logged) narrow(h hold.Hold) {
	r.t.Helper()
	var c struct {
		Format   int             `json:"format"`
		Database string          `json:"database"`
		Sequence int64           `json:"sequence"`
		At       int64           `json:"at"`
		Holds    []hold.Hold     `json:"holds"`
		Rules    json.RawMessage `json:"rules,omitempty"`
		Sum      string          `json:"sum"`
	}
	path := filepath.Join(r.v.Root, hold.CopyName)
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil || len(c.Holds) != 1 {
		r.t.Fatal(len(c.Holds), err)
	}
	c.Holds[0].To, c.Sum = h.From+second, ""
	if b, err = json.MarshalIndent(c, "", "  "); err != nil {
		r.t.Fatal(err)
	}
	c.Sum = fmt.Sprintf("%x", sha256.Sum256(b))
	if b, err = json.MarshalIndent(c, "", "  "); err == nil {
		err = os.WriteFile(path, append(b, '\n'), 0o600)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// TestASnapshotRowNamesNoOtherFile: a row that somebody wrote, or whose time somebody
// changed, removes nothing, is named, and the pictures that are due go all the same once a
// person has looked.
func TestASnapshotRowNamesNoOtherFile(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		young := r.record(r.gate, 10, 2)
		r.open()
		r.pictures.Warrants = &warrant.Reader{Log: proving{r.log}}
		guard := access.ActorOf(r.lead.Person, access.Operator)
		var taken []snapshot.Snapshot
		for _, ago := range []int64{200, 5, 199, 198} {
			one, err := r.pictures.Take(t.Context(), guard, snapshot.New{Camera: r.gate, At: present - ago*day}, []byte("picture"))
			if err != nil {
				t.Fatal(err)
			}
			taken = append(taken, one)
		}
		r.set(r.gate, maximum(120))
		r.settle()
		r.unlock("snapshots", "no_update")
		footage, err := filepath.Rel(r.pictures.Dir, filepath.Join(r.v.Root, filepath.FromSlash(young[0])))
		if err != nil {
			t.Fatal(err)
		}
		for _, statement := range []string{
			"UPDATE snapshots SET file = '" + filepath.ToSlash(footage) + "' WHERE id = '" + taken[2].ID + "'",
			fmt.Sprintf("UPDATE snapshots SET at = %d WHERE id = '%s'", present-190*day, taken[1].ID),
			fmt.Sprintf("INSERT INTO snapshots SELECT '%s', camera, %d, taken_at, person, viewing, width, height, sha256, bytes, file, note FROM snapshots WHERE id = '%s'", db.NewID(), present-180*day, taken[1].ID),
		} {
			r.write(statement)
		}
		rep := r.pass()
		if !errors.Is(rep.Blocked, retention.ErrFrozen) {
			t.Errorf("nothing was said: %+v", rep)
		}
		r.has(young)
		left := func(want ...bool) {
			t.Helper()
			for i, there := range want {
				_, err := os.Stat(filepath.Join(r.pictures.Dir, filepath.FromSlash(taken[i].File)))
				if (err == nil) != there {
					t.Errorf("picture %d: %v, want it there: %v", i, err, there)
				}
			}
		}
		left(false, true, true, false)
		all, err := r.engine.Frozen(t.Context())
		if err != nil || len(all) != 3 || all[0].Reason != frozen.Untrue {
			t.Errorf("%+v, %v", all, err)
		}
		found, err := snapshot.Differ(t.Context(), d.Read())
		if err != nil || len(found) != 3 {
			t.Errorf("verification: %+v, %v", found, err)
		}
		if err := r.looked(r.chief, "looked at it all"); err != nil {
			t.Fatal(err)
		}
		r.settle()
		if rep := r.pass(); rep.Blocked != nil || rep.Err != nil {
			t.Errorf("%+v", rep)
		}
		r.has(young)
		left(false, true, true, false)
		if _, err := r.pictures.Picture(snapshot.Snapshot{ID: taken[2].ID, TakenAt: taken[2].TakenAt, File: filepath.ToSlash(footage), SHA256: sha256.Sum256(nil)}); !errors.Is(err, snapshot.ErrMissing) {
			t.Errorf("a row opens any file: %v", err)
		}
	})
}
