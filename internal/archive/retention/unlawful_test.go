package retention_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/remnant"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/retention/compliance"
	"watchroom/internal/archive/retention/recordings"
	"watchroom/internal/db"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// damaged gives what stands as damaged.
func (r *logged) damaged() (all []string) {
	r.t.Helper()
	found, err := damage.Standing(r.t.Context(), r.d.Read())
	if err != nil {
		r.t.Fatal(err)
	}
	for _, d := range found {
		all = append(all, string(d.Kind)+" "+d.File)
	}
	slices.Sort(all)
	return all
}

// shown gives what the account of the gate's last days shows, cause by cause.
func (r *logged) shown(age int) string {
	r.t.Helper()
	from := present - int64(age)*day
	lanes, err := r.catalogue.Timeline(r.t.Context(), []string{r.gate}, from, from+4*600*second, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	var all []string
	for _, s := range lanes[0].Spans {
		what := string(s.Kind)
		if s.Cause != "" {
			what = string(s.Cause)
		}
		all = append(all, fmt.Sprintf("%d %s", (s.End-s.Start)/second, what))
	}
	return strings.Join(all, ", ")
}

// TestARemovalThatNobodyAllowed: somebody has the journal say of young footage that it was removed,
// and removes it, but for one file. It is told at the next start, whatever the clock is worth: what
// is gone is missing footage, what is there stays and plays, and both are an alarm until a person
// has looked.
func TestARemovalThatNobodyAllowed(t *testing.T) {
	clause.Covers(t, "C090", "C091", "C093")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		files := r.record(r.gate, 30, 4)
		r.open()
		r.v.Bury(t, r.gate, present, files[0])
		r.v.Bury(t, r.gate, present+90*day, files[1]) // it says that it was past its minimum by then
		err := (&recordings.Folder{Root: r.v.Root}).Append(t.Context(), r.gate, present, journal.Record{Kind: journal.KindTombstone, At: present, Ground: journal.GroundMaximum,
			Authority: "rule1", Segment: r.v.Told(files[2])})
		if err != nil {
			t.Fatal(err)
		}
		untrusted := errors.New("nobody knows what time it is")
		r.untrusted = untrusted
		r.start()
		r.catalogue.Kept = remnant.Beside(d, r.catalogue)
		rep := r.pass()
		if rep.Blocked == nil || rep.Unlawful != 2 {
			t.Errorf("without a clock: %+v, frozen for %q", rep, r.frozen())
		}
		r.untrusted = nil // the one that is dated into the future can be judged now
		if rep = r.pass(); rep.Unlawful != 3 || !errors.Is(rep.Blocked, retention.ErrFrozen) {
			t.Errorf("with a clock: %+v, frozen for %q", rep, r.frozen())
		}
		want := []string{"removed " + files[0], "removed " + files[1]}
		check := func(when string) {
			t.Helper()
			if got := r.damaged(); !slices.Equal(got, want) {
				t.Errorf("%s: damaged %q, want %q", when, got, want)
			}
			if got, want := r.shown(30), "1200 footage_missing, 1200 recorded"; got != want {
				t.Errorf("%s: shown %q, want %q", when, got, want)
			}
			listed, err := (&compliance.Audit{Rules: r.rules, Account: r.catalogue, Proofs: nothing{}, Clock: r.clock()}).List(t.Context(), r.chief, r.gate)
			if err != nil {
				t.Fatal(err)
			}
			if c := listed[0]; c.Verdict != compliance.Breached || c.Recorded != 1200*second || !slices.Contains(c.Reasons, compliance.ReasonDamaged) {
				t.Errorf("%s: %s %v, recorded %d s", when, c.Verdict, c.Reasons, c.Recorded/second)
			}
		}
		check("at the start")
		r.confirm()
		for range 2 {
			if rep := r.pass(); rep.Unlawful != 0 || rep.Blocked != nil {
				t.Errorf("after a person has looked: %+v, frozen for %q", rep, r.frozen())
			}
		}
		check("after a person has looked")
		if left := r.v.Files(t); !slices.Equal(left, files[2:]) {
			t.Errorf("left are %q", left)
		}
		// Each time anew.
		r.v.Bury(t, r.gate, present, files[3])
		r.taken(r.gate)
		if rep := r.pass(); rep.Unlawful == 0 || !slices.Contains(r.frozen(), "removal_unlawful "+r.gate) {
			t.Errorf("once more: %+v, frozen for %q", rep, r.frozen())
		}
	})
}

// TestARemovalThatACrashLeftIsLawful: it was told of and carried out, and the process died before
// it knew. A start without a clock that can be trusted accuses nobody.
func TestARemovalThatACrashLeftIsLawful(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		files := r.record(r.gate, 200, 2)
		r.open()
		r.set("", maximum(120))
		r.settle()
		r.at = func(step string) {
			if step == "removed" {
				panic(errKilled)
			}
		}
		func() {
			defer func() { _ = recover() }()
			r.engine.Pass(t.Context())
		}()
		r.at = func(string) {}
		r.untrusted = errors.New("nobody knows what time it is")
		r.start()
		if rep := r.pass(); rep.Unlawful != 0 || len(r.damaged()) > 0 || len(r.frozen()) > 0 {
			t.Errorf("%+v, damaged %q, frozen for %q", rep, r.damaged(), r.frozen())
		}
		r.untrusted = nil
		if rep := r.pass(); rep.Unlawful != 0 || rep.Blocked != nil {
			t.Errorf("%+v", rep)
		}
		if left := r.v.Files(t); len(left) > 0 || len(files) != 2 {
			t.Errorf("left are %q", left)
		}
	})
}

// TestRemovalsThatTheRecordsCannotKnow: an older database was put back, without the acts of an
// order; and a disk was taken over from a recorder of before. Nobody is accused for either, then or
// later.
func TestRemovalsThatTheRecordsCannotKnow(t *testing.T) {
	clause.Covers(t, "C091", "C094")
	leak.Check(t)
	for name, before := range map[string]bool{"the acts are lost": false, "the records began later": true} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				r := newLogged(t, d)
				files := r.record(r.gate, 200, 2)
				r.open()
				at := present
				if before {
					at = present - 190*day
				} else {
					r.freeze(frozen.Behind, "3") // as the comparison of a start does
				}
				r.v.Bury(t, r.gate, at, files[0])
				r.taken(r.gate)
				look := func(when string) {
					t.Helper()
					if rep := r.pass(); rep.Unlawful != 0 || len(r.damaged()) > 0 {
						t.Errorf("%s: %+v, damaged %q", when, rep, r.damaged())
					}
				}
				look("at the start")
				if !before {
					r.confirm()
				}
				look("after a person has looked")
			})
		})
	}
}
