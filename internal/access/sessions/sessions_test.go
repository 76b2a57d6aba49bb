package sessions

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/factor"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

const (
	good   = secret.Text("correct horse 7")
	chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)

type house struct {
	*Sessions
	t   *testing.T
	now time.Time
}

func each(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := &house{t: t, now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
		tick := clock.Clock(func() time.Time { h.now = h.now.Add(time.Microsecond); return h.now })
		box, err := secret.OpenBox(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		control := &account.Control{DB: d, Bus: &event.Bus{}, Clock: tick}
		h.Sessions = &Sessions{DB: d, Account: control, Factors: &factor.Factors{DB: d, Bus: control.Bus, Clock: tick, Box: box, Account: control}}
		for _, s := range []interface{ Start(context.Context) error }{control, h.Factors} {
			if err := s.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		fn(t, h)
	})
}

func (h *house) person(username string, positions ...access.Position) {
	h.t.Helper()
	if _, _, err := h.Account.CreatePerson(h.t.Context(), access.CommandLine(), account.NewPerson{Username: username, Holdings: access.Everywhere(positions...), Password: good}); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) signIn(username, address string) account.SignedIn {
	h.t.Helper()
	in, err := h.Account.SignIn(h.t.Context(), username, good, access.Origin{Address: address, Agent: chrome})
	if err != nil {
		h.t.Fatal(err)
	}
	return in
}

func (h *house) open(in account.SignedIn) bool {
	h.t.Helper()
	_, err := h.Account.BySession(h.t.Context(), in.Secret)
	if err != nil && !errors.Is(err, account.ErrNotSignedIn) {
		h.t.Fatal(err)
	}
	return err == nil
}

// acts of a kind, newest first.
func (h *house) acts(kind string) []ledger.Act {
	h.t.Helper()
	all, _, err := ledger.List(h.t.Context(), h.DB.Read(), ledger.Filter{Kind: kind, Limit: ledger.MaxLimit})
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// TestOnesOwn: a person sees where they are signed in, and ends one session, or all others,
// each on record and told to what runs in it.
func TestOnesOwn(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, h *house) {
		h.person("guard", access.Operator)
		h.person("other", access.Operator)
		here, there, third, strange := h.signIn("guard", "192.0.2.1"), h.signIn("guard", "198.51.100.9"), h.signIn("guard", "192.0.2.2"), h.signIn("other", "192.0.2.3")
		me := here.Identity.Actor
		list, err := h.Own(t.Context(), me)
		if err != nil || len(list) != 3 {
			t.Fatalf("%+v %v", list, err)
		}
		if s := list[1]; s.ID != there.Identity.Session.ID || s.Address != "198.51.100.9" || s.Agent != chrome || s.SeenAt != s.CreatedAt || s.ExpiresAt <= s.SeenAt {
			t.Errorf("%+v", s)
		}
		token := access.ActorOf(me.Person, access.Operator)
		token.Token = "t"
		_, listed := h.Own(t.Context(), token)
		_, others := h.EndOthers(t.Context(), token)
		for what, err := range map[string]error{"list": listed, "others": others, "one": h.End(t.Context(), token, there.Identity.Session.ID)} {
			if !errors.Is(err, ErrToken) {
				t.Errorf("a token, %s: %v", what, err)
			}
		}
		if err := h.End(t.Context(), me, strange.Identity.Session.ID); !errors.Is(err, ErrUnknown) || !h.open(strange) {
			t.Errorf("another's: %v", err)
		}
		if n := len(h.acts("session.")); n != 4 {
			t.Errorf("%d acts: something refused was done", n)
		}
		heard := h.Account.Bus.Subscribe(10)
		defer heard.Close()
		if err := h.End(t.Context(), me, there.Identity.Session.ID); err != nil || h.open(there) || !h.open(third) {
			t.Errorf("one: %v", err)
		}
		if err := h.End(t.Context(), me, there.Identity.Session.ID); !errors.Is(err, ErrUnknown) {
			t.Errorf("twice: %v", err)
		}
		if n, err := h.EndOthers(t.Context(), me); n != 1 || err != nil || h.open(third) || !h.open(here) || !h.open(strange) {
			t.Errorf("all others: %d %v", n, err)
		}
		if n, err := h.EndOthers(t.Context(), me); n != 0 || err != nil {
			t.Errorf("none is left: %d %v", n, err)
		}
		if err := h.End(t.Context(), me, me.Session); err != nil || h.open(here) {
			t.Errorf("signing out: %v", err)
		}
		events, _ := heard.Take()
		var reasons []string
		for _, e := range events {
			reasons = append(reasons, e.Subject+" "+e.Data.(account.SessionChange).Reason)
		}
		if want := []string{there.Identity.Session.ID + " revoked", third.Identity.Session.ID + " revoked", me.Session + " signed_out"}; !slices.Equal(reasons, want) {
			t.Errorf("told %v, want %v", reasons, want)
		}
		ended, closed := h.acts(KindEnded), h.acts(KindClosed)
		if len(ended) != 2 || len(closed) != 1 || ended[1].Subject != there.Identity.Session.ID || ended[1].Person != me.Person || ended[1].Detail["address"] != "198.51.100.9" || ended[1].Detail[access.KeyDecision] != nil {
			t.Errorf("on record: %+v, %+v", ended, closed)
		}
	})
}

// TestWhoManagesPeople sees where somebody is signed in, and ends that with a reason, by right
// and on record; the person is told.
func TestWhoManagesPeople(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, h *house) {
		h.person("root", access.Administrator)
		h.person("guard", access.Operator)
		h.person("lead", access.DutyLead)
		root, lead := h.signIn("root", "192.0.2.1").Identity.Actor, h.signIn("lead", "192.0.2.1").Identity.Actor
		a, b, c := h.signIn("guard", "192.0.2.1"), h.signIn("guard", "198.51.100.9"), h.signIn("guard", "198.51.100.10")
		guard := a.Identity.Actor.Person
		if list, err := h.Of(t.Context(), root, guard); err != nil || len(list) != 3 {
			t.Errorf("%+v %v", list, err)
		}
		before := len(h.acts(""))
		_, listed := h.Of(t.Context(), lead, guard)
		_, ended := h.EndOf(t.Context(), lead, guard, "", "because I want to")
		for what, err := range map[string]error{"list": listed, "end": ended} {
			if !errors.Is(err, access.ErrRightMissing) {
				t.Errorf("who does not manage people, %s: %v", what, err)
			}
		}
		_, nobody := h.Of(t.Context(), root, "x")
		_, none := h.EndOf(t.Context(), root, "x", "", "because I want to")
		_, own := h.EndOf(t.Context(), root, root.Person, "", "because I want to")
		_, foreign := h.EndOf(t.Context(), root, guard, root.Session, "because I want to")
		_, silent := h.EndOf(t.Context(), root, guard, "", "  ")
		for want, errs := range map[error][]error{account.ErrPersonUnknown: {nobody, none}, ErrOwn: {own}, ErrUnknown: {foreign}} {
			for _, err := range errs {
				if !errors.Is(err, want) {
					t.Errorf("%v, want %v", err, want)
				}
			}
		}
		if silent == nil || len(h.acts("")) != before {
			t.Errorf("something refused was done: %v", silent)
		}
		if n, err := h.EndOf(t.Context(), root, guard, b.Identity.Session.ID, "the phone is lost"); n != 1 || err != nil || h.open(b) || !h.open(a) {
			t.Errorf("one: %d %v", n, err)
		}
		said := h.acts(KindEnded)[0]
		by, _ := said.Detail[access.KeyDecision].(map[string]any)
		if said.Person != root.Person || said.Subject != b.Identity.Session.ID || said.Detail["person"] != guard || said.Detail["reason"] != "the phone is lost" || by["action"] != string(access.PeopleManage) || by["verdict"] != access.Allowed {
			t.Errorf("on record: %+v", said)
		}
		if n, err := h.EndOf(t.Context(), root, guard, "", "all of them are lost"); n != 2 || err != nil || h.open(a) || h.open(c) {
			t.Errorf("all: %d %v", n, err)
		}
		own2, err := h.Factors.Of(t.Context(), h.signIn("guard", "192.0.2.1").Identity)
		if err != nil || len(own2.Notices) != 2 {
			t.Fatalf("%+v %v", own2.Notices, err)
		}
		all, single := own2.Notices[0], own2.Notices[1]
		if all.Kind != "sessions_ended" || all.By != root.Person || single.Kind != "session_ended" || single.Address != "198.51.100.9" || single.Name != "Chrome, Windows" || single.By != root.Person {
			t.Errorf("the person is told %+v", own2.Notices)
		}
	})
}

// TestNoRecordNoEnd: where the act cannot be written the session goes on.
func TestNoRecordNoEnd(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person("guard", access.Operator)
		here, there := h.signIn("guard", "192.0.2.1"), h.signIn("guard", "192.0.2.2")
		err := h.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "ALTER TABLE acts RENAME TO gone")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.EndOthers(t.Context(), here.Identity.Actor); err == nil || !h.open(there) {
			t.Errorf("ended without a record: %v", err)
		}
	})
}
