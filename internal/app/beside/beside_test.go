package beside_test

import (
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/app/beside"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestWhatCommandsDoIsSeen: a command has no bus of the server's. What it does is told to all
// that runs, once; and of what went past the second person supervisors are told for a day.
func TestWhatCommandsDoIsSeen(t *testing.T) {
	clause.Covers(t, "C101", "C114")
	dbtest.Each(t, seen)
}

func seen(t *testing.T, d *db.DB) {
	at := time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)
	now := clock.Clock(func() time.Time { return at })
	command := &account.Control{DB: d, Clock: now}
	if err := command.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	told := 0
	alarm, params := "", map[string]any{}
	w := &beside.Watch{DB: d, Clock: now, Changed: func() { told++ }, Alarm: func(_, code, _, _ string, p map[string]any) { alarm, params = code, p }}
	look := func(want int) {
		t.Helper()
		if err := w.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if told != want {
			t.Errorf("told %d times, want %d", told, want)
		}
		told = 0
	}
	p, _, err := command.CreatePerson(t.Context(), access.CommandLine(), account.NewPerson{Username: "guard", DisplayName: "guard", Holdings: access.Everywhere(access.Operator), Password: "a long enough phrase 7"})
	if err != nil {
		t.Fatal(err)
	}
	look(0) // what was done before the server came is no news
	if alarm != "" {
		t.Errorf("an act of no known hand raises %s", alarm)
	}
	hand := access.Hand{UID: "0", User: "root", Sudo: "li", Host: "nvr1", Reason: "forgotten"}
	if _, err := command.ResetPassword(t.Context(), access.CommandLine().By(hand), p.ID); err != nil {
		t.Fatal(err)
	}
	at = at.Add(time.Second)
	look(1)
	look(0)
	if alarm != "commands_alone" || params["count"] != 1 || params["user"] != "root" || params["sudo"] != "li" || params["host"] != "nvr1" {
		t.Errorf("%s %v", alarm, params)
	}
	at = at.Add(beside.Told + 2*time.Minute)
	look(0)
	if alarm != "" {
		t.Errorf("after a day: %s", alarm)
	}
}
