package kiosk

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
	"watchroom/internal/text"
)

var (
	profile = strings.Repeat("0a", 32)
	other   = strings.Repeat("0b", 32)
	stick   = Finding{Media, "/media/stick"}
)

// house is a register with its administrator.
type house struct {
	*Consoles
	t     *testing.T
	now   time.Time
	admin access.Actor
	told  map[string]State // what the room was told last
}

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	h := &house{t: t, now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC), told: map[string]State{}}
	tick := clock.Clock(func() time.Time { h.now = h.now.Add(time.Microsecond); return h.now })
	control := &account.Control{DB: d, Clock: tick}
	if err := control.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	p, _, err := control.CreatePerson(t.Context(), access.CommandLine(), account.NewPerson{Username: "root", Holdings: access.Everywhere(access.Administrator), Password: "correct horse 7"})
	if err != nil {
		t.Fatal(err)
	}
	h.admin = access.ActorOf(p.ID, access.Administrator)
	h.Consoles = &Consoles{DB: d, Clock: tick, Accounts: control, Alarm: func(c Console) { h.told[c.ID] = c.State() }}
	return h
}

func (h *house) add(name string) (Console, access.Actor) {
	h.t.Helper()
	c, value, err := h.Add(h.t.Context(), h.admin, name, "", nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return c, h.by(value)
}

// by is who acts with a token.
func (h *house) by(value secret.Text) access.Actor {
	h.t.Helper()
	who, err := h.Accounts.ByToken(h.t.Context(), value)
	if err != nil {
		h.t.Fatal(err)
	}
	return who.Actor
}

func (h *house) report(by access.Actor, id string, profile string, found ...Finding) Console {
	h.t.Helper()
	c, err := h.Report(h.t.Context(), by, id, Report{Profile: profile, Findings: found})
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

func (h *house) look(id string) Console {
	h.t.Helper()
	if err := h.Look(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	all, err := h.List(h.t.Context(), h.admin)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, c := range all {
		if c.ID == id {
			return c
		}
	}
	h.t.Fatal("the console is not listed")
	return Console{}
}

// acts gives the kinds of the acts about a console, oldest first.
func (h *house) acts(id string) string {
	h.t.Helper()
	all, _, err := ledger.List(h.t.Context(), h.DB.Read(), ledger.Filter{Kind: "console.", Limit: ledger.MaxLimit})
	if err != nil {
		h.t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b ledger.Act) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Kind, b.Kind)) }) // of one report at one instant
	var kinds []string
	for _, a := range all {
		if a.Subject == id {
			kinds = append(kinds, strings.TrimPrefix(a.Kind, "console."))
		}
	}
	return strings.Join(kinds, " ")
}

// agrees fails where rows tell otherwise than the acts.
func (h *house) agrees() {
	h.t.Helper()
	all, err := Differ(h.t.Context(), h.DB.Read())
	if err != nil || len(all) > 0 {
		h.t.Fatalf("%+v, %v", all, err)
	}
}

// TestAConsoleThatDrifts: what differs, another set-up and silence are told to the room and
// on record, once each; the same again is no act, and the rows agree with the acts throughout.
func TestAConsoleThatDrifts(t *testing.T) {
	clause.Covers(t, "C058", "C102")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		c, by := h.add("监控室 1")
		step := func(got Console, want State, acts string) {
			t.Helper()
			if got.State() != want || h.acts(c.ID) != acts || h.told[c.ID] != want {
				t.Fatalf("%s, the room was told %s, want %s; acts %q, want %q", got.State(), h.told[c.ID], want, h.acts(c.ID), acts)
			}
			h.agrees()
		}
		step(h.look(c.ID), Waiting, "added")
		step(h.report(by, c.ID, profile), OK, "added set_up")
		step(h.report(by, c.ID, profile), OK, "added set_up")
		differs := h.report(by, c.ID, profile, Finding{Program, "/usr/games/chess"}, stick, stick)
		step(differs, Drift, "added set_up drifted")
		if len(differs.Findings) != 2 {
			t.Errorf("%+v", differs.Findings)
		}
		h.now = h.now.Add(5 * time.Minute)
		again := h.report(by, c.ID, profile, stick, Finding{Program, "/usr/games/chess"})
		step(again, Drift, "added set_up drifted") // in another order
		less := h.report(by, c.ID, profile, stick)
		step(less, Drift, "added set_up drifted drifted")
		if *less.DriftAt != *differs.DriftAt {
			t.Error("it differs since another time")
		}
		step(h.report(by, c.ID, profile), OK, "added set_up drifted drifted mended")
		weaker := h.report(by, c.ID, other)
		step(weaker, Drift, "added set_up drifted drifted mended drifted")
		if len(weaker.Findings) != 1 || weaker.Findings[0] != (Finding{Profile, other}) {
			t.Errorf("another set-up: %+v", weaker.Findings)
		}
		h.now = h.now.Add(14 * time.Minute)
		step(h.look(c.ID), Drift, "added set_up drifted drifted mended drifted")
		h.now = h.now.Add(2 * time.Minute)
		step(h.look(c.ID), Silent, "added set_up drifted drifted mended drifted silent")
		step(h.look(c.ID), Silent, "added set_up drifted drifted mended drifted silent")
		step(h.report(by, c.ID, profile), OK, "added set_up drifted drifted mended drifted silent heard mended")

		renewed, value, err := h.Renew(t.Context(), h.admin, c.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		step(renewed, Waiting, "added set_up drifted drifted mended drifted silent heard mended renewed")
		if _, err := h.Report(t.Context(), by, c.ID, Report{Profile: profile}); !errors.Is(err, ErrForeign) {
			t.Errorf("with the token of before: %v", err)
		}
		step(h.report(h.by(value), c.ID, other), OK, "added set_up drifted drifted mended drifted silent heard mended renewed set_up")
		gone, err := h.Retire(t.Context(), h.admin, c.ID, "sold")
		if err != nil {
			t.Fatal(err)
		}
		step(gone, Retired, "added set_up drifted drifted mended drifted silent heard mended renewed set_up retired")
		if _, err := h.Accounts.ByToken(t.Context(), value); !errors.Is(err, account.ErrNotSignedIn) {
			t.Errorf("the token of a console that is gone: %v", err)
		}
		if _, err := h.Retire(t.Context(), h.admin, c.ID, "sold"); !errors.Is(err, ErrRetired) {
			t.Error(err)
		}
		if again, _ := h.add("监控室 1"); again.ID == c.ID {
			t.Error("the name is free again, and the console another")
		}
		h.agrees()
	})
}

// TestReportsThatAreRefused change nothing and are no act.
func TestReportsThatAreRefused(t *testing.T) {
	clause.Covers(t, "C058")
	h := newHouse(t, dbtest.Open(t, db.SQLite))
	c, by := h.add("1")
	_, foreign := h.add("2")
	long := make([]Finding, MaxFindings+1)
	for name, x := range map[string]struct {
		by   access.Actor
		id   string
		told Report
		want error
	}{
		"another console's token":  {foreign, c.ID, Report{Profile: profile}, ErrForeign},
		"who is signed in":         {h.admin, c.ID, Report{Profile: profile}, ErrForeign},
		"no such console":          {by, "0", Report{Profile: profile}, ErrUnknown},
		"a hash in capitals":       {by, c.ID, Report{Profile: strings.ToUpper(profile)}, ErrReport},
		"no hash":                  {by, c.ID, Report{}, ErrReport},
		"too much":                 {by, c.ID, Report{profile, long}, ErrReport},
		"an unknown kind":          {by, c.ID, Report{profile, []Finding{{"virus", "x"}}}, ErrReport},
		"what the server finds":    {by, c.ID, Report{profile, []Finding{{Profile, "x"}}}, ErrReport},
		"nothing":                  {by, c.ID, Report{profile, []Finding{{Media, ""}}}, text.ErrRequired},
		"what cannot be seen":      {by, c.ID, Report{profile, []Finding{{Media, "/media/a\u202eb"}}}, text.ErrCharacter},
		"an operator, by session":  {access.ActorOf("x", access.Operator), c.ID, Report{Profile: profile}, access.ErrRightMissing},
		"a token for other things": {h.admin.Only([]access.Action{access.MetricsRead}), c.ID, Report{Profile: profile}, nil},
	} {
		_, err := h.Report(t.Context(), x.by, x.id, x.told)
		if err == nil || x.want != nil && !errors.Is(err, x.want) {
			t.Errorf("%s: %v, want %v", name, err, x.want)
		}
	}
	if got := h.acts(c.ID); got != "added" {
		t.Errorf("acts %q", got)
	}
	if _, _, err := h.Add(t.Context(), h.admin, "１", "", nil); !errors.Is(err, ErrName) {
		t.Errorf("a name that looks the same: %v", err)
	}
	past := h.Clock.Micro() - 1
	if _, _, err := h.Add(t.Context(), h.admin, "3", "", &past); !errors.Is(err, account.ErrTokenExpired) {
		t.Errorf("a token of the past: %v", err)
	}
	if all, err := h.List(t.Context(), h.admin); err != nil || len(all) != 2 {
		t.Errorf("%d consoles, %v: a refusal left one behind", len(all), err)
	}
}

// TestTheServerWasAway: nobody is silent who could not have been heard.
func TestTheServerWasAway(t *testing.T) {
	h := newHouse(t, dbtest.Open(t, db.SQLite))
	c, by := h.add("1")
	h.report(by, c.ID, profile)
	h.now = h.now.Add(time.Hour)
	h.watch.began = h.Clock.Micro()
	if got := h.look(c.ID).State(); got != OK {
		t.Errorf("%s right after the start", got)
	}
	h.now = h.now.Add(16 * time.Minute)
	if got := h.look(c.ID).State(); got != Silent {
		t.Errorf("%s a quarter of an hour later", got)
	}
}

// TestForgedConsolesAreFound: a row that hides what a console told differs from the acts.
func TestForgedConsolesAreFound(t *testing.T) {
	clause.Covers(t, "C058", "C114")
	for name, forge := range map[string]string{
		"drift hidden":   "UPDATE consoles SET findings = '[]', drift_at = NULL",
		"silence hidden": "UPDATE consoles SET silent_at = NULL",
		"another set-up": "UPDATE consoles SET profile = '" + other + "'",
		"gone":           "DELETE FROM consoles",
		"taken back":     "UPDATE consoles SET retired_at = 1",
	} {
		h := newHouse(t, dbtest.Open(t, db.SQLite))
		c, by := h.add("1")
		h.report(by, c.ID, profile, stick)
		h.now = h.now.Add(time.Hour)
		h.look(c.ID)
		h.agrees()
		err := h.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewRaw(forge).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		all, err := Differ(t.Context(), h.DB.Read())
		if err != nil || len(all) != 1 || all[0].Row != "consoles "+c.ID {
			t.Errorf("%s: %+v, %v", name, all, err)
		}
	}
}

// TestEveryColumnIsHeld: whatever is altered in a row of a console is told, but for what is made
// from the name and when it last said the same.
func TestEveryColumnIsHeld(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		c, by := h.add("1")
		h.report(by, c.ID, profile, stick)
		h.now = h.now.Add(time.Hour)
		h.look(c.ID)
		if _, err := h.Retire(t.Context(), h.admin, c.ID, "sold"); err != nil {
			t.Fatal(err)
		}
		held.Altered(t, d, map[string][]string{"consoles": {"name_key", "reported_at"}}, Differ)
	})
}
