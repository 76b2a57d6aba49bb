package app_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"watchroom/internal/access"
	"watchroom/internal/config"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// TestADeadDiskIsTakenOutOfTheConfiguration: that ends nothing. The room is told at every
// start, the fault stays open, and only an act of a person gives up what lay there, which
// then is footage that is missing.
func TestADeadDiskIsTakenOutOfTheConfiguration(t *testing.T) {
	clause.Covers(t, "C090")
	clause.Covers(t, "C098")
	leak.Check(t)
	dir := t.TempDir()
	c := settings(t, filepath.Join(dir, "data"))
	other := filepath.Join(dir, "disk2")
	c.Recording.Volumes = []config.Volume{{Name: "disk2", Folder: other}}
	if err := os.Mkdir(other, 0o750); err != nil {
		t.Fatal(err)
	}
	s := cameras(t, 2)
	a := begin(t, c)
	add(t, a, s, 1, "Gate")
	add(t, a, s, 2, "Yard")
	big := func(root string) bool {
		parts, err := filepath.Glob(filepath.Join(root, "*", "*-*-*", "*.mp4.part"))
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(parts, func(f string) bool { st, err := os.Stat(f); return err == nil && st.Size() > 20_000 })
	}
	until(t, "pictures on either disk", func() bool { return big(c.RecordingFolder()) && big(other) })
	a.Close()
	a = begin(t, c) // it takes the journals in
	boss := signIn(t, a, access.Supervisor)
	type fault struct {
		ID, Kind, Subject string
		OverAt, ClosedAt  *string
		Absent            bool
		Steps             []struct{ Step string }
	}
	about := func() (f fault) {
		var list struct{ Items []fault }
		boss.get("/api/v1/storage-faults", &list)
		if i := slices.IndexFunc(list.Items, func(f fault) bool { return f.Subject == "disk2" && f.Kind == "volume_away" }); i >= 0 {
			f = list.Items[i]
		}
		return f
	}
	until(t, "footage of either disk is known", func() bool {
		var list struct{ Items []struct{ Oldest *string } }
		boss.get("/api/v1/retention/cameras", &list)
		return len(list.Items) == 2 && list.Items[0].Oldest != nil && list.Items[1].Oldest != nil
	})
	a.Close()
	if err := os.Rename(other, other+".dead"); err != nil {
		t.Fatal(err)
	}
	c.Recording.Volumes = nil
	for range 2 { // a second start closes nothing either
		a = begin(t, c)
		boss = signInAgain(t, a, access.Supervisor)
		until(t, "the alarm", func() bool { return alarmed(boss, "volume_absent") })
		until(t, "the fault", func() bool { return about().Absent })
		if f := about(); f.OverAt != nil || f.ClosedAt != nil {
			t.Errorf("the fault has ended: %+v", f)
		}
		a.Close()
	}
	a = begin(t, c)
	defer a.Close()
	boss = signInAgain(t, a, access.Supervisor)
	until(t, "the fault", func() bool { return about().Absent })
	damaged := func() (n int) {
		var list struct{ Items []struct{ Reasons []string } }
		boss.get("/api/v1/retention/cameras", &list)
		for _, c := range list.Items {
			if slices.Contains(c.Reasons, "footage_damaged") {
				n++
			}
		}
		return n
	}
	if n := damaged(); n != 0 {
		t.Errorf("footage of %d cameras is given up by nobody", n)
	}
	boss.post("/api/v1/storage-faults/"+about().ID+"/give-up", map[string]string{"reason": "it burnt"}, new(any))
	until(t, "what lay there is missing", func() bool { return damaged() == 1 })
	until(t, "the cause is over", func() bool { f := about(); return !f.Absent && f.OverAt != nil })
	if f := about(); !slices.ContainsFunc(f.Steps, func(s struct{ Step string }) bool { return s.Step == "given_up" }) {
		t.Errorf("%+v", f)
	}
	until(t, "the alarm is over", func() bool { return !alarmed(boss, "volume_absent") })
}
