package retention_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"watchroom/internal/archive/retention/quarantine"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestWhatWasSetAsideGoesToo: pieces of damaged segments are footage; at the maximum and
// under an order they go with the footage of their time, and stay while that is held.
func TestWhatWasSetAsideGoesToo(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		old, young := r.record(r.gate, 200, 1), r.record(r.gate, 5, 6)
		r.open()
		r.engine.Derived = append(r.engine.Derived, &quarantine.Store{DB: d, Clock: r.clock(), Roots: func() []string { return []string{r.v.Root, filepath.Join(r.v.Root, "none")} }})
		dir := filepath.Join(r.v.Root, r.gate, leftover.QuarantineDir)
		if err := os.MkdirAll(dir, 0o750); err != nil {
			t.Fatal(err)
		}
		put := func(at int64, more string) string {
			t.Helper()
			n := segment.Name{Camera: r.gate, Start: at, Run: "runx"}
			name := time.UnixMicro(at).UTC().Format(time.DateOnly) + "_" + filepath.Base(n.Path()) + more
			if err := os.WriteFile(filepath.Join(dir, name), []byte("a picture"), 0o600); err != nil {
				t.Fatal(err)
			}
			return name
		}
		left := func(what string, want ...string) {
			t.Helper()
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range entries {
				got = append(got, e.Name())
			}
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		from := present - 5*day
		long, fresh := put(present-201*day, ".part"), put(from-day, ".part.tail")
		inside, held := put(from+700*second, ".part~2.tail"), put(from+1800*second, ".part")
		// What began before what is held, or before the end of an order, and may reach into it.
		into, edge := put(from+1500*second, ".part.tail"), put(from+3300*second, ".part")
		if err := os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		r.pass()
		left("nothing is past anything", long, fresh, inside, held, into, edge, "notes.txt")
		r.set(r.gate, maximum(120))
		r.pass()
		r.has(young)
		left("past its maximum", fresh, inside, held, into, edge, "notes.txt")
		if len(old) != 1 {
			t.Fatal(old)
		}
		r.hold(r.gate, from+1800*second, from+1801*second)
		r.hold(r.gate, from+1650*second, from+1651*second)
		r.order(r.gate, from, from+3600*second)
		r.pass()
		left("under an order", fresh, held, into, edge, "notes.txt")
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "quarantine.removed"})
		if err != nil || len(acts) != 2 {
			t.Errorf("%+v, %v", acts, err)
		}
	})
}

// TestAnothersInTheQuarantine: whose a file in a quarantine is its name says. It goes with
// the footage of that camera, under that one's holds, in whatever folder it lies; and a
// segment that the catalogue has goes with a tombstone of its own only.
func TestAnothersInTheQuarantine(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.record(r.gate, 5, 1)
		listed := r.record(r.yard, 5, 2)
		r.open()
		r.engine.Derived = append(r.engine.Derived, &quarantine.Store{DB: d, Clock: r.clock(), Roots: func() []string { return []string{r.v.Root} }})
		dir := filepath.Join(r.v.Root, r.gate, leftover.QuarantineDir)
		if err := os.MkdirAll(dir, 0o750); err != nil {
			t.Fatal(err)
		}
		from := present - 5*day
		put := func(at int64, name string) string {
			t.Helper()
			path := filepath.Join(dir, time.UnixMicro(at).UTC().Format(time.DateOnly)+"_"+name)
			if err := os.WriteFile(path, []byte("a picture"), 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}
		there := func(what, path string, want bool) {
			t.Helper()
			if _, err := os.Stat(path); (err == nil) != want {
				t.Errorf("%s: %v", what, err)
			}
		}
		unlisted := put(from, filepath.Base(segment.Name{Camera: r.yard, Start: from + 60*second, Run: "runx"}.Path()))
		whole := put(from, filepath.Base(listed[1])) // from+600 s to from+1200 s, of which the order takes the beginning
		h := r.hold(r.yard, from, from+300*second)
		r.order(r.gate, from, from+3600*second)
		r.pass()
		there("of the yard, held, under an order on the gate", unlisted, true)
		r.order(r.yard, from, from+900*second)
		r.pass()
		there("of the yard, held, under an order on the yard", unlisted, true)
		if _, err := r.holds.AskRelease(t.Context(), r.lead, h.ID, "no longer needed"); err != nil {
			t.Fatal(err)
		}
		if _, err := r.holds.Decide(t.Context(), r.boss, h.ID, true, ""); err != nil {
			t.Fatal(err)
		}
		r.pass()
		there("of the yard, under an order on the yard", unlisted, false)
		there("a segment that stays", whole, true)
		graves, err := d.Read().NewSelect().Table("tombstones").Where("file = ?", listed[1]).Count(t.Context())
		if err != nil || graves != 0 {
			t.Errorf("%d tombstones, %v", graves, err)
		}
	})
}
