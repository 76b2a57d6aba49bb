package arrival

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/attempt"
	"watchroom/internal/access/factor"
	"watchroom/internal/access/limit"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

const (
	good    = secret.Text("correct horse 7")
	chrome  = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
	newer   = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
	firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
)

// TestAPlaceThatIsNew: told once, on every other session of the person and not on the one
// that came from there, which can neither see nor dismiss it.
func TestAPlaceThatIsNew(t *testing.T) {
	clause.Covers(t, "C113")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
		tick := clock.Clock(func() time.Time { now = now.Add(time.Microsecond); return now })
		box, err := secret.OpenBox(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		control := &account.Control{DB: d, Bus: &event.Bus{}, Clock: tick}
		factors := &factor.Factors{DB: d, Bus: control.Bus, Clock: tick, Box: box, Account: control}
		for _, s := range []interface{ Start(context.Context) error }{control, factors} {
			if err := s.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		control.Opening = (&Arrivals{Clock: tick, Account: control, Factors: factors}).Opening
		if _, _, err := control.CreatePerson(t.Context(), access.CommandLine(), account.NewPerson{Username: "zhang", Holdings: access.Everywhere(access.Operator), Password: good}); err != nil {
			t.Fatal(err)
		}
		enter := func(address, agent string) account.Identity {
			t.Helper()
			in, err := control.SignIn(t.Context(), "zhang", good, access.Origin{Address: address, Agent: agent})
			if err != nil {
				t.Fatal(err)
			}
			return in.Identity
		}
		told := func(who account.Identity) []factor.Notice {
			t.Helper()
			own, err := factors.Of(t.Context(), who)
			if err != nil {
				t.Fatal(err)
			}
			return own.Notices
		}
		home := enter("192.0.2.1", chrome)
		enter("192.0.2.77", newer) // a neighbour's address, and the browser was updated
		if n := told(home); len(n) != 0 {
			t.Fatalf("a known place was told: %+v", n)
		}
		away := enter("198.51.100.9", firefox)
		n := told(home)
		if len(n) != 1 || n[0].Kind != "new_place" || n[0].Address != "198.51.100.9" || n[0].Name != "Firefox, Linux" {
			t.Fatalf("%+v", n)
		}
		if own := told(away); len(own) != 0 {
			t.Errorf("the new place was told of itself: %+v", own)
		}
		if err := factors.Seen(t.Context(), away.Actor, n[0].ID); err == nil {
			t.Error("the new place dismissed the notice about itself")
		}
		enter("198.51.100.9", firefox)
		if n := told(home); len(n) != 1 {
			t.Errorf("told again: %+v", n)
		}
		enter("192.0.2.1", firefox) // both are known by now
		if err := factors.Seen(t.Context(), home.Actor, n[0].ID); err != nil || len(told(home)) != 0 {
			t.Errorf("seen: %v", err)
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "session.opened", Limit: ledger.MaxLimit})
		if err != nil {
			t.Fatal(err)
		}
		fresh := 0
		for _, a := range acts {
			if a.Detail["newPlace"] == true {
				fresh++
			}
		}
		if fresh != 1 || len(acts) != 5 {
			t.Errorf("%d of %d sign-ins are on record as from a new place", fresh, len(acts))
		}
	})
}

// TestABrowserThatKnowsAPerson: whoever signed in in it before does so from any address,
// however many guess there and elsewhere; in another browser they wait, and a browser knows
// nobody but those who signed in in it.
func TestABrowserThatKnowsAPerson(t *testing.T) {
	clause.Covers(t, "C113")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
		tick := clock.Clock(func() time.Time { now = now.Add(time.Microsecond); return now })
		box, err := secret.OpenBox(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		control := &account.Control{DB: d, Bus: &event.Bus{}, Clock: tick}
		factors := &factor.Factors{DB: d, Bus: control.Bus, Clock: tick, Box: box, Account: control}
		for _, s := range []interface{ Start(context.Context) error }{control, factors} {
			if err := s.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		arrivals := &Arrivals{Clock: tick, Account: control, Factors: factors}
		control.Opening, control.Known = arrivals.Opening, arrivals.Known
		for _, name := range []string{"zhang", "wang"} {
			if _, _, err := control.CreatePerson(t.Context(), access.CommandLine(), account.NewPerson{Username: name, Holdings: access.Everywhere(access.Operator), Password: good}); err != nil {
				t.Fatal(err)
			}
		}
		try := func(name, address, device string, password secret.Text) error {
			_, err := control.SignIn(t.Context(), name, password, access.Origin{Address: address, Agent: chrome, Device: device})
			return err
		}
		if err := try("zhang", "192.0.2.1", "tablet", good); err != nil {
			t.Fatal(err)
		}
		for i := range 50 { // all that one address has, under many names
			if err := try(fmt.Sprint("name", i%10), "198.51.100.9", "", "wrong"); err == nil {
				t.Fatal("a wrong password")
			}
		}
		for device, want := range map[string]error{"": limit.ErrTooManyAttempts, "phone": limit.ErrTooManyAttempts, "tablet": nil} {
			if err := try("zhang", "198.51.100.9", device, good); !errors.Is(err, want) {
				t.Errorf("in the browser %q: %v, want %v", device, err, want)
			}
		}
		if err := try("wang", "198.51.100.9", "tablet", good); !errors.Is(err, limit.ErrTooManyAttempts) {
			t.Errorf("a browser vouches for somebody who was never there: %v", err)
		}
		for i := range 9 { // a browser has no more of them than a place
			err := try("zhang", "203.0.113.1", "tablet", "wrong")
			if stopped := errors.Is(err, limit.ErrTooManyAttempts); stopped != (i == 8) {
				t.Errorf("wrong password %d in a known browser: %v", i, err)
			}
		}
		for i := range mostDevices {
			now = now.Add(time.Minute)
			if err := try("zhang", "192.0.2.1", fmt.Sprint("browser", i), good); err != nil {
				t.Fatal(err)
			}
		}
		for device, want := range map[string]attempt.Knows{"tablet": attempt.Stranger, "browser0": attempt.Device, "browser19": attempt.Device} {
			if got := arrivals.Known(t.Context(), account.Named{Username: "zhang"}, access.Origin{Address: "203.0.113.7", Device: device}); got != want {
				t.Errorf("%s knows zhang %d, want %d", device, got, want)
			}
		}
	})
}

func TestPlaces(t *testing.T) {
	for agent, want := range map[string]string{
		chrome: "Chrome, Windows", newer: "Chrome, Windows", firefox: "Firefox, Linux", "curl/8.5.0": "curl", "": "",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1": "Safari, iOS",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0":                                                   "Edge, Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)":                                                                                         "macOS",
	} {
		if got := Agent(agent); got != want {
			t.Errorf("%q: %q, want %q", agent, got, want)
		}
	}
	var got []string
	for _, a := range []string{"192.0.2.1", "::ffff:192.0.2.9", "2001:db8:1:2:3::4", "nowhere"} {
		got = append(got, Network(a))
	}
	if !slices.Equal(got, []string{"192.0.2.0/24", "192.0.2.0/24", "2001:db8:1:2::/64", "nowhere"}) {
		t.Errorf("%v", got)
	}
}
