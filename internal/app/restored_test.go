package app_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/app/chronicle"
	"watchroom/internal/app/records"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/camera"
	"watchroom/internal/config"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// setAside copies the database of a data folder that nobody works in.
func setAside(t *testing.T, c *config.Config) (restore func()) {
	t.Helper()
	kept := map[string][]byte{}
	files := func() []string {
		t.Helper()
		list, err := filepath.Glob(file(c) + "*")
		if err != nil || len(list) == 0 {
			t.Fatal(list, err)
		}
		return list
	}
	for _, f := range files() {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		kept[f] = b
	}
	return func() {
		t.Helper()
		for _, f := range files() {
			if err := os.Remove(f); err != nil {
				t.Fatal(err)
			}
		}
		for f, b := range kept {
			if err := os.WriteFile(f, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// logged reads the signed log of a data folder.
func logged(t *testing.T, c *config.Config) (entries []string) {
	t.Helper()
	r, err := chronicle.Read(chronicle.Folder(c.Data))
	if err != nil {
		return nil // before the first checkpoint
	}
	for e, err := range r.Entries(t.Context(), 0, r.Size()) {
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, string(e))
	}
	return entries
}

// actsLogged counts the entries about acts with a word.
func actsLogged(t *testing.T, c *config.Config, word string) (n int) {
	t.Helper()
	for _, e := range logged(t, c) {
		if strings.HasPrefix(e, "watchroom act ") && strings.Contains(e, word) {
			n++
		}
	}
	return n
}

// TestADatabaseOfLastWeek: footage, holds and entries of the log are newer than the
// records. The log goes on where it was and is no fork; footage is taken in from its
// journals; what stands in the log and not in the records is named; nothing is removed
// until a person has looked, whatever the acts were that the records lack.
func TestADatabaseOfLastWeek(t *testing.T) {
	clause.Covers(t, "C091", "C094")
	for name, held := range map[string]bool{"a hold was placed since": true, "a camera was renamed since": false} {
		t.Run(name, func(t *testing.T) {
			leak.Check(t)
			c := settings(t, filepath.Join(t.TempDir(), "data"))
			s := cameras(t, 2)
			a := begin(t, c)
			gate := add(t, a, s, 1, "Gate")
			signIn(t, a, access.DutyLead)
			until(t, "pictures on disk", func() bool { return recorded(c.Data, gate.ID, 20_000) })
			until(t, "the first acts in the log", func() bool { return actsLogged(t, c, "camera.created") == 1 })
			a.Close()
			restore := setAside(t, c)

			a = begin(t, c)
			var last string // the act that the records will lack
			if held {
				last = "hold.placed"
				lead := signInAgain(t, a, access.DutyLead)
				from := time.Now().Add(-time.Minute).UTC()
				var placed struct{ ID string }
				lead.post("/api/v1/holds", map[string]any{"kind": "case", "owner": "李明", "reason": "电动车失窃", "cameras": []string{gate.ID},
					"from": from, "to": from.Add(time.Hour), "reviewAt": from.Add(24 * time.Hour)}, &placed)
			} else {
				last = "camera.changed"
				name := "Main gate"
				if _, err := a.Registry.Update(t.Context(), access.CommandLine(), gate.ID, camera.Change{Name: &name}); err != nil {
					t.Fatal(err)
				}
			}
			created, list := 1, []string{gate.ID}
			if held {
				yard := add(t, a, s, 2, "Yard")
				created, list = 2, append(list, yard.ID)
				until(t, "pictures of the new camera", func() bool { return recorded(c.Data, yard.ID, 20_000) })
			}
			until(t, "the act in the log", func() bool { return actsLogged(t, c, last) == 1 && actsLogged(t, c, "camera.created") == created })
			a.Close()
			before := logged(t, c)

			restore()
			a = begin(t, c)
			boss := signIn(t, a, access.Supervisor)
			var o overview
			alarmed := func(code string) bool {
				boss.get("/api/v1/system", &o)
				return slices.ContainsFunc(o.Alarms, func(x struct{ Code, Camera string }) bool { return x.Code == code })
			}
			until(t, "removal is frozen", func() bool { return alarmed("removal_frozen") })
			d, err := records.Open(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			until(t, "somebody is told that the records are older", func() bool {
				standing, err := frozen.Standing(t.Context(), d.Read())
				if err != nil {
					t.Fatal(err)
				}
				return slices.ContainsFunc(standing, func(f frozen.Freeze) bool { return f.Reason == frozen.Behind })
			})
			var holds struct{ Items []struct{ Owner string } }
			boss.get("/api/v1/holds", &holds)
			if held && (len(holds.Items) != 1 || holds.Items[0].Owner != "李明") {
				t.Errorf("the hold is not back: %+v", holds)
			}
			// The footage that the records never knew is in the account again.
			for _, id := range list {
				until(t, "footage of a time that the records do not know", func() bool {
					var rows []string
					if err := d.Read().NewRaw("SELECT file FROM segments WHERE camera = ?", id).Scan(t.Context(), &rows); err != nil {
						t.Fatal(err)
					}
					files, err := filepath.Glob(filepath.Join(c.RecordingFolder(), id, "*", "*.mp4"))
					return err == nil && len(files) > 0 && len(rows) >= len(files)
				})
			}
			until(t, "new acts in the log", func() bool { return actsLogged(t, c, "person.created") == 2 })
			if alarmed("ledger_refuses") || alarmed("ledger_behind") || alarmed("ledger_acts_behind") {
				t.Errorf("alarms: %+v", o.Alarms)
			}
			if now := logged(t, c); len(now) <= len(before) || !slices.Equal(now[:len(before)], before) {
				t.Error("the log is another than it was")
			}
			// Nothing thaws by itself, not with another start either.
			a.Close()
			a = begin(t, c)
			boss = signInAgain(t, a, access.Supervisor)
			until(t, "frozen still", func() bool { return alarmed("removal_frozen") })
			boss.confirm("compared with the paper")
			until(t, "it goes on", func() bool { return !alarmed("removal_frozen") })
			a.Close()
			a = begin(t, c) // a person has looked: it stays so
			boss = signInAgain(t, a, access.Supervisor)
			until(t, "the log is read", func() bool { return len(logged(t, c)) > len(before) && !alarmed("removal_log_unread") })
			if alarmed("removal_frozen") {
				t.Error("frozen again although a person has looked")
			}
			a.Close()

			kinds, _ := findings(t, c)
			if !slices.ContainsFunc(kinds, func(k string) bool { return strings.HasPrefix(k, string(finding.ActMissing)) }) {
				t.Errorf("the act that the records lack is not named: %q", kinds)
			}
		})
	}
}
