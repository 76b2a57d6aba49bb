package factor

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/attempt"
	"watchroom/internal/access/factor/passkey"
	"watchroom/internal/access/factor/totp"
	"watchroom/internal/access/means"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/rule"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/authenticator"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
)

const good = secret.Text("correct horse 7")

// here is where the people of these tests sit.
func here() access.Origin { return access.Origin{Address: "192.0.2.1", Agent: "test"} }

func party() passkey.Party {
	return passkey.Party{ID: "watch.example.org", Origin: "https://watch.example.org", Name: "北校区"}
}

// house is factors behind a door, with a clock that the test holds.
type house struct {
	*Factors
	t   *testing.T
	now time.Time
}

// rules are those of a house that has set nothing yet.
func rules(t *testing.T) *rule.Set {
	t.Helper()
	set, err := rule.NewSet(Parameters(), attempt.Parameters())
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// rule lets a value of the house be in force.
func (h *house) rule(key, value string) {
	h.t.Helper()
	if left := h.Rules.Put(map[string]json.RawMessage{key: json.RawMessage(value)}); len(left) > 0 {
		h.t.Fatalf("%s is not a value of %s", value, key)
	}
}

func each(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := &house{t: t, now: time.Date(2026, 11, 22, 8, 0, 10, 0, time.UTC)}
		tick := clock.Clock(func() time.Time { h.now = h.now.Add(time.Microsecond); return h.now })
		box, err := secret.OpenBox(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		control := &account.Control{DB: d, Bus: &event.Bus{}, Clock: tick}
		h.Factors = &Factors{DB: d, Bus: control.Bus, Clock: tick, Box: box, Account: control, Site: "北校区", Rules: rules(t)}
		for _, s := range []interface{ Start(context.Context) error }{control, h} {
			if err := s.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		fn(t, h)
		held.Honest(t, d, means.Differ)
	})
}

func (h *house) pass(d time.Duration) { h.now = h.now.Add(d) }

func (h *house) person(name string, positions ...access.Position) account.Person {
	h.t.Helper()
	p, _, err := h.Account.CreatePerson(h.t.Context(), access.CommandLine(), account.NewPerson{Username: name, Holdings: access.Everywhere(positions...), Password: good})
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

// in signs in with the password alone.
func (h *house) in(name string) account.Identity {
	h.t.Helper()
	in, err := h.Account.SignIn(h.t.Context(), name, good, here())
	if err != nil {
		h.t.Fatal(err)
	}
	return in.Identity
}

// ticket takes the first step of who has a second factor.
func (h *house) ticket(name string) secret.Text {
	h.t.Helper()
	_, err := h.Account.SignIn(h.t.Context(), name, good, here())
	var need *account.SecondNeeded
	if !errors.As(err, &need) {
		h.t.Fatalf("the password of %s: %v", name, err)
	}
	return need.Ticket
}

// app is an authenticator app with the codes on paper that came with it.
type app struct {
	secret secret.Text
	id     string
	codes  []secret.Text
}

// code is what the app shows so many steps from now.
func (h *house) code(a app, off int64) secret.Text {
	h.t.Helper()
	c, err := totp.Code(a.secret, totp.StepOf(h.now)+off)
	if err != nil {
		h.t.Fatal(err)
	}
	return secret.Text(c)
}

func (h *house) enrolApp(who account.Identity) app {
	h.t.Helper()
	b, err := h.BeginTOTP(h.t.Context(), who, good, here())
	if err != nil {
		h.t.Fatal(err)
	}
	a := app{secret: b.Secret}
	made, err := h.EnrolTOTP(h.t.Context(), who, b.Ticket, h.code(a, 0).Reveal(), "手机", here())
	if err != nil {
		h.t.Fatal(err)
	}
	a.id, a.codes = made.Factor.ID, made.Codes
	return a
}

func (h *house) enrolKey(who account.Identity, name string) (*authenticator.Key, Enrolled) {
	h.t.Helper()
	ticket, options, err := h.BeginPasskey(h.t.Context(), who, good, party(), here())
	if err != nil {
		h.t.Fatal(err)
	}
	k := authenticator.New(h.t, party().ID, party().Origin)
	made, err := h.EnrolPasskey(h.t.Context(), who, ticket, k.Create(h.t, options.Challenge, who.Actor.Person), name, party(), here())
	if err != nil {
		h.t.Fatal(err)
	}
	return k, made
}

// acts gives all acts so far, newest first.
func (h *house) acts() []ledger.Act {
	h.t.Helper()
	acts, _, err := ledger.List(h.t.Context(), h.DB.Read(), ledger.Filter{Limit: ledger.MaxLimit})
	if err != nil {
		h.t.Fatal(err)
	}
	return acts
}

// done checks that the newest acts are of these kinds and gives them in that order; those of
// one instant have no order of their own.
func (h *house) done(what string, kinds ...string) []ledger.Act {
	h.t.Helper()
	newest := h.acts()
	newest = newest[:min(len(newest), len(kinds))]
	var found []ledger.Act
	for _, k := range kinds {
		i := slices.IndexFunc(newest, func(a ledger.Act) bool { return a.Kind == k })
		if i < 0 {
			h.t.Fatalf("%s: the acts are %+v, want %v", what, newest, kinds)
		}
		found, newest = append(found, newest[i]), slices.Delete(slices.Clone(newest), i, i+1)
	}
	return found
}

func (h *house) fails(what string, err, want error) {
	h.t.Helper()
	if !errors.Is(err, want) {
		h.t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// count counts the rows of a table.
func (h *house) count(table string) int {
	h.t.Helper()
	n, err := h.DB.Read().NewSelect().Table(table).Count(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return int(n)
}

func (h *house) exec(statement string) {
	h.t.Helper()
	err := h.DB.Tx(h.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, statement)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}
