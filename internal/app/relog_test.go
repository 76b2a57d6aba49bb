package app_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/app/chronicle"
	"watchroom/internal/app/records"
	"watchroom/internal/archive/audit"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/seal"
	"watchroom/internal/config"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// ledgerState is what the screen of the log is made of.
type ledgerState struct {
	Number, Size, Signed int64
	Ready                bool
	Refusal              *struct {
		Cause       string
		Have, Known int64
	}
	Verification, OtherVerification *verification
}

type verification struct {
	State, Mode                 string
	Findings, Files, Read, Kept int64
	Since                       *time.Time
}

// signed waits until the log of a running installation tells of an act and places
// besides its folder remember it.
func signed(t *testing.T, c *config.Config, word string) {
	t.Helper()
	until(t, word+" in the log, and remembered", func() bool {
		size := int64(len(logged(t, c)))
		note, err := os.ReadFile(filepath.Join(c.RecordingFolder(), chronicle.MemoryName))
		return actsLogged(t, c, word) > 0 && err == nil && size > 0 && len(note) > 0
	})
}

// goOn continues a log as the command does.
func goOn(t *testing.T, c *config.Config, reason string) error {
	t.Helper()
	d, err := records.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	_, err = chronicle.Continue(t.Context(), c, []seal.Root{{Path: c.RecordingFolder()}}, d, reason, slog.New(slog.DiscardHandler))
	return err
}

// refusal waits until the log of a running installation is refused.
func refusal(t *testing.T, boss *browser) (s ledgerState) {
	t.Helper()
	until(t, "the log is refused", func() bool {
		s = ledgerState{}
		boss.get("/api/v1/ledger", &s)
		if s.Ready {
			t.Fatalf("the log goes on: %+v", s)
		}
		return s.Refusal != nil
	})
	return s
}

func alarmed(boss *browser, code string) bool {
	var o overview
	boss.get("/api/v1/system", &o)
	return slices.ContainsFunc(o.Alarms, func(x struct{ Code, Camera string }) bool { return x.Code == code })
}

// TestALogThatWasTakenAway: without its folder no new log is begun in silence. A person
// goes on, which is an act on record; nothing is removed until somebody has looked, and
// the verification names what was begun.
func TestALogThatWasTakenAway(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C094")
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	s := cameras(t, 1)
	a := begin(t, c)
	gate := add(t, a, s, 1, "Gate")
	signIn(t, a, access.Supervisor)
	until(t, "pictures on disk", func() bool { return recorded(c.Data, gate.ID, 20_000) })
	signed(t, c, "camera.created")
	a.Close()
	if err := goOn(t, c, "the past is to be another"); !errors.Is(err, tlog.ErrInOrder) {
		t.Fatalf("a log in good order was ended: %v", err)
	}
	if err := os.RemoveAll(chronicle.Folder(c.Data)); err != nil {
		t.Fatal(err)
	}

	a = begin(t, c)
	boss := signInAgain(t, a, access.Supervisor)
	if r := refusal(t, boss); r.Refusal.Cause != tlog.CauseLost || r.Refusal.Known == 0 {
		t.Errorf("%+v", r.Refusal)
	}
	until(t, "the alarm", func() bool { return alarmed(boss, "ledger_refuses") })
	a.Close()
	if _, err := chronicle.Read(chronicle.Folder(c.Data)); !errors.Is(err, chronicle.ErrNoLog) {
		t.Errorf("a new log was begun: %v", err)
	}

	if err := goOn(t, c, "the disk of the data folder broke"); err != nil {
		t.Fatal(err)
	}
	a = begin(t, c)
	boss = signInAgain(t, a, access.Supervisor)
	until(t, "the alarms", func() bool { return alarmed(boss, "ledger_continued") && alarmed(boss, "removal_frozen") })
	until(t, "all acts in the new log", func() bool {
		return actsLogged(t, c, "camera.created") == 1 && actsLogged(t, c, "ledger.continued") == 1
	})
	boss.confirm("compared with the paper")
	until(t, "the alarm is over once somebody has looked", func() bool { return !alarmed(boss, "ledger_continued") })
	a.Close()
	a = begin(t, c)
	boss = signInAgain(t, a, access.Supervisor)
	until(t, "the log is ready", func() bool {
		var s ledgerState
		boss.get("/api/v1/ledger", &s)
		return s.Ready
	})
	if alarmed(boss, "ledger_continued") {
		t.Error("it is alarmed of again")
	}
	a.Close()
	kinds, r := findings(t, c)
	for _, k := range kinds {
		if !strings.HasPrefix(k, string(finding.FileUnknown)) && !strings.HasPrefix(k, string(finding.RowUnknown)) && !strings.HasPrefix(k, string(finding.ActUnlogged)) {
			t.Errorf("found %s", k)
		}
	}
	if r.Acts < 3 {
		t.Errorf("%+v", r)
	}
}

// TestALogThatWasSetBack: the folder of the log with its guard is put back to an older
// copy. What the records, or a recording disk, remember keeps it from being signed; after
// the decision of a person the verification still asks for what the old log told of.
func TestALogThatWasSetBack(t *testing.T) {
	for name, forget := range map[string]func(t *testing.T, c *config.Config){
		"the records remember": func(t *testing.T, c *config.Config) {
			if err := os.Remove(filepath.Join(c.RecordingFolder(), chronicle.MemoryName)); err != nil {
				t.Fatal(err)
			}
		},
		"a recording disk remembers": func(t *testing.T, c *config.Config) {
			lite(t, c, "DELETE FROM ledger_heads")
			lite(t, c, "UPDATE act_outbox SET leaf = NULL, log = ''")
		},
	} {
		t.Run(name, func(t *testing.T) {
			leak.Check(t)
			c := settings(t, filepath.Join(t.TempDir(), "data"))
			s := cameras(t, 1)
			a := begin(t, c)
			gate := add(t, a, s, 1, "Gate")
			until(t, "pictures on disk", func() bool { return recorded(c.Data, gate.ID, 20_000) })
			signed(t, c, "camera.created")
			a.Close()
			a = begin(t, c) // so that the log tells of the segment
			until(t, "the segment in the log", func() bool {
				return slices.ContainsFunc(logged(t, c), func(e string) bool { return strings.HasPrefix(e, "watchroom segment ") })
			})
			a.Close()
			old := filepath.Join(t.TempDir(), "ledger")
			if err := os.CopyFS(old, os.DirFS(chronicle.Folder(c.Data))); err != nil {
				t.Fatal(err)
			}
			a = begin(t, c)
			signIn(t, a, access.Supervisor)
			signed(t, c, "person.created")
			a.Close()
			if err := os.RemoveAll(chronicle.Folder(c.Data)); err != nil {
				t.Fatal(err)
			}
			if err := os.CopyFS(chronicle.Folder(c.Data), os.DirFS(old)); err != nil {
				t.Fatal(err)
			}
			forget(t, c)

			before := len(logged(t, c))
			a = begin(t, c)
			boss := signInAgain(t, a, access.Supervisor)
			if r := refusal(t, boss); r.Refusal.Cause != tlog.CauseRolledBack || r.Refusal.Known <= r.Refusal.Have {
				t.Errorf("%+v", r.Refusal)
			}
			a.Close()
			if now := len(logged(t, c)); now != before {
				t.Errorf("a fork was signed: %d entries, then %d", before, now)
			}

			// Somebody uses the moment to take footage away with all that tells of it.
			segments, err := filepath.Glob(filepath.Join(c.RecordingFolder(), gate.ID, "*", "*.mp4"))
			if err != nil || len(segments) == 0 {
				t.Fatal(segments, err)
			}
			if err := os.RemoveAll(filepath.Join(c.RecordingFolder(), gate.ID)); err != nil {
				t.Fatal(err)
			}
			lite(t, c, "DELETE FROM segments")
			if err := goOn(t, c, "restored from the copy of Sunday"); err != nil {
				t.Fatal(err)
			}
			a = begin(t, c)
			until(t, "acts in the new log", func() bool {
				return actsLogged(t, c, "ledger.continued") == 1 && actsLogged(t, c, "person.created") >= 1
			})
			a.Close()
			kinds, r := findings(t, c)
			all := strings.Join(kinds, "\n")
			if !strings.Contains(all, string(finding.FileMissing)+"  entry ") || !strings.Contains(all, "  log 1  file ") || r.Before == 0 {
				t.Errorf("what the old log told of is not asked for: %+v\n%s", r, all)
			}
			if strings.Contains(all, string(finding.ActMissing)) || strings.Contains(all, string(finding.TreeDamaged)) || strings.Contains(all, string(finding.RootDiffers)) {
				t.Errorf("found\n%s", all)
			}
		})
	}
}

// TestTheOutcomeOfAVerification: the screen shows it as it stands in the log, and not
// what somebody wrote in its place.
func TestTheOutcomeOfAVerification(t *testing.T) {
	leak.Check(t)
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	a := begin(t, c)
	boss := signIn(t, a, access.Supervisor)
	signed(t, c, "person.created")
	state := func() (s ledgerState) { boss.get("/api/v1/ledger", &s); return s }
	if v := state().Verification; v != nil {
		t.Errorf("before the first: %+v", v)
	}
	a.Close()
	// Where it once stood: a file that anybody can write.
	forged := `{"at":"2026-11-28T12:00:00Z","findings":0}`
	if err := os.WriteFile(filepath.Join(chronicle.Folder(c.Data), "verified.json"), []byte(forged), 0o600); err != nil {
		t.Fatal(err)
	}
	keep(t, c, audit.Report{Findings: 3, Files: 7, Read: 6, Kept: 2, Since: 1_795_680_000_000_000})
	a = begin(t, c)
	boss = signInAgain(t, a, access.Supervisor)
	until(t, "the outcome in the log", func() bool { v := state().Verification; return v != nil && v.State == "logged" })
	if v := state().Verification; v.Findings != 3 || v.Mode != "full" || v.Files != 7 || v.Read != 6 || v.Kept != 2 || v.Since == nil || v.Since.UnixMicro() != 1_795_680_000_000_000 {
		t.Errorf("%+v", v)
	}
	if o := state().OtherVerification; o != nil {
		t.Errorf("there was one: %+v", o)
	}
	a.Close()
	// A quick look afterwards does not hide when the footage was read.
	keep(t, c, audit.Report{Presence: true, Files: 9})
	a = begin(t, c)
	boss = signInAgain(t, a, access.Supervisor)
	until(t, "both outcomes in the log", func() bool {
		s := state()
		return s.Verification.State == "logged" && s.OtherVerification != nil && s.OtherVerification.State == "logged"
	})
	if v, o := state().Verification, state().OtherVerification; v.Mode != "presence" || v.Files != 9 || o.Mode != "full" || o.Findings != 3 || o.Read != 6 {
		t.Errorf("last %+v, other %+v", v, o)
	}
	a.Close()
	lite(t, c, "DROP TRIGGER acts_no_update")
	lite(t, c, `UPDATE acts SET detail = replace(detail, '"findings":3', '"findings":0') WHERE kind = 'ledger.verified'`)
	a = begin(t, c)
	boss = signInAgain(t, a, access.Supervisor)
	until(t, "the log is ready", func() bool { return state().Ready })
	if s := state(); s.OtherVerification == nil || s.OtherVerification.State != "altered" || s.Verification.State != "logged" {
		t.Errorf("a forged outcome: %+v, %+v", s.Verification, s.OtherVerification)
	}
	a.Close()
}

func keep(t *testing.T, c *config.Config, r audit.Report) {
	t.Helper()
	d, err := records.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := chronicle.KeepOutcome(t.Context(), d, "watchroom/test/00000000", r, nil); err != nil {
		t.Fatal(err)
	}
}
