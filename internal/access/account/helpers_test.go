package account

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/dbtest"
)

const good = secret.Text("correct horse 7")

// house is a Control whose clock the test holds.
type house struct {
	*Control
	t   *testing.T
	mu  sync.Mutex
	now time.Time
}

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	h := &house{t: t, now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
	h.Control = &Control{DB: d, Bus: &event.Bus{}, Clock: h.clock,
		params: &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}}
	if err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h
}

// clock moves on by a microsecond each time, so that acts have an order.
func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(time.Microsecond)
	return h.now
}

func (h *house) pass(d time.Duration) { h.mu.Lock(); h.now = h.now.Add(d); h.mu.Unlock() }

// each runs fn in a fresh house on either engine.
func each(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newHouse(t, d)) })
}

func (h *house) person(username string, positions ...access.Position) Person {
	h.t.Helper()
	p, _, err := h.CreatePerson(h.t.Context(), access.CommandLine(), NewPerson{Username: username, Holdings: access.Everywhere(positions...), Password: good})
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

func (h *house) signIn(username string) SignedIn {
	h.t.Helper()
	in, err := h.SignIn(h.t.Context(), username, good, access.Origin{Address: "192.0.2.1", Agent: "test"})
	if err != nil {
		h.t.Fatal(err)
	}
	return in
}

// acts gives the kinds of all acts so far, newest first.
func (h *house) acts() []ledger.Act {
	h.t.Helper()
	acts, _, err := ledger.List(context.Background(), h.DB.Read(), ledger.Filter{Limit: ledger.MaxLimit})
	if err != nil {
		h.t.Fatal(err)
	}
	return acts
}

// fails checks that err is want and that no act was written since before.
func (h *house) fails(what string, err, want error, before int) {
	h.t.Helper()
	if !errors.Is(err, want) {
		h.t.Errorf("%s: err = %v, want %v", what, err, want)
	}
	if n := len(h.acts()); n != before {
		h.t.Errorf("%s: %d acts were written by a refused act", what, n-before)
	}
}

func pointer[T any](v T) *T { return &v }

func exec(t *testing.T, d *db.DB, statement string) {
	t.Helper()
	err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, statement)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
