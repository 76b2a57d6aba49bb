package account

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"watchroom/internal/testkit/clause"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/lasting"
	"watchroom/internal/access/limit"
	"watchroom/internal/access/password"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
	"watchroom/internal/secret"
)

func TestSignInOpensASession(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.person("Guard", access.Operator)
		in, err := h.SignIn(t.Context(), " gUARD", good, access.Origin{Address: "192.0.2.1", Agent: "Fire\x00fox" + strings.Repeat("x", 300)})
		if err != nil {
			t.Fatal(err)
		}
		if len(in.Secret) != 43 || strings.Contains(fmt.Sprintf("%+v", in), in.Secret.Reveal()) {
			t.Errorf("the cookie has %d characters or shows itself", len(in.Secret))
		}
		who, err := h.BySession(t.Context(), in.Secret)
		if err != nil || who.Person.ID != p.ID || who.Actor.Session != in.Identity.Session.ID || access.Can(who.Actor, access.LiveView, "") != nil {
			t.Errorf("who = %+v, %v", who, err)
		}
		if agent := who.Session.Agent; !strings.HasPrefix(agent, "Firefoxxxx") || len(agent) != 200 {
			t.Errorf("agent = %q", agent)
		}
		var kept []byte
		if err := h.DB.Read().NewSelect().Model((*sessionRow)(nil)).Column("secret_hash").Scan(t.Context(), &kept); err != nil ||
			bytes.Contains(kept, []byte(in.Secret)) || len(kept) != 32 {
			t.Errorf("kept %d bytes, %v", len(kept), err)
		}
		if act := h.acts()[0]; act.Kind != "session.opened" || act.Person != p.ID || act.Subject != who.Session.ID {
			t.Errorf("act = %+v", act)
		}
		for _, value := range []secret.Text{"", "x", in.Secret + "x", secret.Text(strings.ToUpper(in.Secret.Reveal()))} {
			if _, err := h.BySession(t.Context(), value); !errors.Is(err, ErrNotSignedIn) {
				t.Errorf("%q: %v", value.Reveal(), err)
			}
		}
	})
}

// TestARefusalBearsWhenItWas: strangers may have to wait for their turn before that.
func TestARefusalBearsWhenItWas(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person("guard", access.Operator)
		before := h.now
		if _, err := h.SignIn(t.Context(), "guard", "another phrase 7", access.Origin{Address: "192.0.2.1"}); !errors.Is(err, ErrSignInFailed) {
			t.Fatal(err)
		}
		if act := h.acts()[0]; act.Kind != "session.refused" || act.At <= before.Add(time.Microsecond).UnixMicro() { // each look at the clock is one
			t.Errorf("%+v, the attempt began after %d", act, before.UnixMicro())
		}
	})
}

func TestSignInFailuresLookTheSame(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.person("guard", access.Operator)
		for _, name := range []string{"guard", "nobody", "", "nul\x00", "broken\xff", strings.Repeat("x", 100_000), "' OR 1=1 --"} {
			_, err := h.SignIn(t.Context(), name, "wrong password", access.Origin{Address: "192.0.2.1"})
			if e := problem.Of(err); !errors.Is(err, ErrSignInFailed) || len(e.Params) != 0 || e.Kind != problem.NotSignedIn {
				t.Errorf("%.20q: %v", name, err)
			}
		}
		known := 0
		for _, a := range h.acts() {
			if a.Kind != "session.refused" {
				continue
			}
			if a.Person == p.ID {
				known++
			}
			if strings.Contains(fmt.Sprint(a), "nobody") {
				t.Errorf("what was typed as a name is kept: %+v", a)
			}
		}
		if known != 1 {
			t.Errorf("%d refusals name the person, want 1", known)
		}
	})
}

// TestSignInLimitComesBeforeTheHash exhausts a name, then holds every hashing slot:
// the refusal must not need one.
func TestSignInLimitComesBeforeTheHash(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person("guard", access.Operator)
		from := access.Origin{Address: "192.0.2.9"}
		for i := range 8 {
			if _, err := h.SignIn(t.Context(), "guard", "wrong", from); !errors.Is(err, ErrSignInFailed) {
				t.Fatalf("attempt %d: %v", i, err)
			}
		}
		for range password.AtOnce {
			h.Hashes.Enter(t.Context())
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := h.SignIn(ctx, "GUARD", good, from)
		if !errors.Is(err, limit.ErrTooManyAttempts) || problem.Of(err).Params["retryAfterSeconds"] != 15 {
			t.Errorf("the ninth: %v", err)
		}
		for range password.AtOnce {
			h.Hashes.Leave()
		}
		h.pass(15 * time.Second)
		if _, err := h.SignIn(t.Context(), "guard", good, from); err != nil {
			t.Errorf("15 s later: %v", err)
		}
		if _, err := h.SignIn(t.Context(), "guard", good, from); err != nil {
			t.Errorf("success gives the attempts back: %v", err)
		}
	})
}

// TestTheWaitAtANameGrows: each attempt that is let through and fails doubles it, up to the
// longest that the house allows, as far as none is forgotten meanwhile.
func TestTheWaitAtANameGrows(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, h *house) {
		h.person("guard", access.Operator)
		from := access.Origin{Address: "192.0.2.9"}
		for range 8 {
			if _, err := h.SignIn(t.Context(), "guard", "wrong", from); !errors.Is(err, ErrSignInFailed) {
				t.Fatal(err)
			}
		}
		for _, want := range []int{15, 30, 60, 120, 240, 480, 480, 900, 900} {
			_, err := h.SignIn(t.Context(), "guard", "wrong", from)
			if wait := problem.Of(err).Params["retryAfterSeconds"]; wait != want {
				t.Fatalf("%v: a wait of %v s, want %d", err, wait, want)
			}
			h.pass(time.Duration(want) * time.Second)
			if _, err := h.SignIn(t.Context(), "guard", "wrong", from); !errors.Is(err, ErrSignInFailed) {
				t.Fatalf("after %d s: %v", want, err)
			}
		}
		h.pass(15 * time.Minute)
		if _, err := h.SignIn(t.Context(), "guard", good, from); err != nil {
			t.Errorf("the owner, after the longest wait: %v", err)
		}
		if _, err := h.SignIn(t.Context(), "guard", "wrong", from); !errors.Is(err, ErrSignInFailed) {
			t.Errorf("a success ends it: %v", err)
		}
	})
}

// TestWhoGuessesElsewhereKeepsNobodyOut: hundreds of addresses guess at a name, and its owner
// signs in from one that nobody has ever seen. Those who guess get little out of many
// addresses, and nothing that is stopped is hashed.
func TestWhoGuessesElsewhereKeepsNobodyOut(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, h *house) {
		h.person("guard", access.Operator)
		hashed := 0
		for range 20 {
			for i := range 600 { // three hundred networks, in two of which are many
				address := fmt.Sprintf("198.51.%d.1", i/2)
				if i >= 200 {
					address = fmt.Sprintf("203.0.%d.%d", 113+i%2, i%200+1)
				}
				_, err := h.SignIn(t.Context(), "guard", "wrong", access.Origin{Address: address})
				switch {
				case errors.Is(err, ErrSignInFailed):
					hashed++
				case !errors.Is(err, limit.ErrTooManyAttempts):
					t.Fatal(err)
				}
			}
		}
		if most := 40 + 102; hashed > most {
			t.Errorf("%d guesses were let through, of %d at most", hashed, most)
		}
		if _, err := h.SignIn(t.Context(), "guard", good, access.Origin{Address: "192.0.2.7"}); err != nil {
			t.Errorf("its owner, where nobody has been before: %v", err)
		}
		if _, err := h.SignIn(t.Context(), "guard", "wrong", access.Origin{Address: "192.0.3.1"}); !errors.Is(err, ErrSignInFailed) {
			t.Errorf("a first guess from another place: %v", err)
		}
		if _, err := h.SignIn(t.Context(), "guard", "wrong", access.Origin{Address: "192.0.3.2"}); problem.Of(err).Params["retryAfterSeconds"] != 900 {
			t.Errorf("a second one from beside it: %v", problem.Of(err))
		}
	})
}

// TestStrangersDoNotStopWhoIsSignedIn: whatever is tried at the door, the password of one's
// own is changed.
func TestStrangersDoNotStopWhoIsSignedIn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person("guard", access.Operator)
		in := h.signIn("guard")
		for range 20 {
			if _, err := h.SignIn(t.Context(), "guard", "wrong", access.Origin{Address: "198.51.100.1"}); err == nil {
				t.Fatal("a wrong password")
			}
		}
		if err := h.ChangePassword(t.Context(), in.Identity.Actor, good, "another horse 8"); err != nil {
			t.Error(err)
		}
	})
}

func TestSignInLimitOfAnAddress(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person("guard", access.Operator)
		var err error
		for i := range 41 { // never the same name, always the same network
			_, err = h.SignIn(t.Context(), fmt.Sprintf("name%d", i), "wrong", access.Origin{Address: fmt.Sprintf("2001:db8::%d", i)})
		}
		if !errors.Is(err, limit.ErrTooManyAttempts) {
			t.Errorf("the 41st: %v", err)
		}
		if _, err := h.SignIn(t.Context(), "guard", good, access.Origin{Address: "2001:db8:0:1::1"}); err != nil {
			t.Errorf("another network: %v", err)
		}
	})
}

func TestSessionEndsWhenIdle(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		set, err := rule.NewSet(append(Parameters(), lasting.Parameters()...))
		if err != nil {
			t.Fatal(err)
		}
		if left := set.Put(map[string]json.RawMessage{"session.longest": json.RawMessage(`"168h"`)}); len(left) > 0 {
			t.Fatal(left)
		}
		h.Rules = set
		h.person("guard", access.Operator)
		in := h.signIn("guard")
		for range 3 { // used every 11 hours it lives
			h.pass(11 * time.Hour)
			if _, err := h.BySession(t.Context(), in.Secret); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.Renew(t.Context(), in.Identity.Actor); err != nil {
			t.Fatal(err)
		}
		h.pass(11 * time.Hour)
		if _, err := h.Renew(t.Context(), in.Identity.Actor); err != nil {
			t.Fatal(err) // deciding anew is no use of it
		}
		h.pass(time.Hour + time.Second)
		for what, ask := range map[string]func() (Identity, error){
			"by session": func() (Identity, error) { return h.BySession(t.Context(), in.Secret) },
			"renew":      func() (Identity, error) { return h.Renew(t.Context(), in.Identity.Actor) },
		} {
			if _, err := ask(); !errors.Is(err, ErrNotSignedIn) {
				t.Errorf("%s after 12 idle hours: %v", what, err)
			}
		}
		h.signIn("guard")
		if n, err := h.DB.Read().NewSelect().Model((*sessionRow)(nil)).Count(t.Context()); n != 1 || err != nil {
			t.Errorf("%d rows, %v; the expired one should be gone", n, err)
		}
	})
}

// TestADroppedSession is over, however it is asked for.
func TestADroppedSession(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person("guard", access.Operator)
		in := h.signIn("guard")
		if err := h.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return DropSession(ctx, tx, in.Identity.Session.ID) }); err != nil {
			t.Fatal(err)
		}
		if _, err := h.BySession(t.Context(), in.Secret); !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("ended: %v", err)
		}
		if _, err := h.Renew(t.Context(), in.Identity.Actor); !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("ended, renewed: %v", err)
		}
		if _, err := h.Renew(t.Context(), access.ActorOf("x", access.Operator)); !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("an actor by neither session nor token: %v", err)
		}
	})
}

// TestDisableAndSignInAtOnce never leaves a session of a disabled person.
func TestDisableAndSignInAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person("root", access.Administrator)
		for i := range 8 {
			guard := h.person(fmt.Sprintf("guard%d", i), access.Operator)
			var both sync.WaitGroup
			both.Go(func() { h.SignIn(t.Context(), guard.Username, good, access.Origin{}) })
			both.Go(func() {
				if _, err := h.ChangePerson(t.Context(), access.CommandLine(), guard.ID, PersonChange{Disabled: pointer(true)}); err != nil {
					t.Error(err)
				}
			})
			both.Wait()
		}
		if n, err := h.DB.Read().NewSelect().Model((*sessionRow)(nil)).Count(t.Context()); n != 0 || err != nil {
			t.Errorf("%d sessions of disabled people, %v", n, err)
		}
	})
}

func TestTokens(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		root := h.person("root", access.Administrator)
		guard := h.person("guard", access.Operator)
		admin := access.ActorOf(root.ID, access.Administrator)
		create := func(actor access.Actor, n NewToken) error {
			_, _, err := h.CreateToken(t.Context(), actor, n)
			return err
		}
		before := len(h.acts())
		for _, c := range []struct {
			name  string
			actor access.Actor
			n     NewToken
			want  error
		}{
			{"without the right", access.ActorOf(guard.ID, access.Operator), NewToken{Name: "t", Actions: []access.Action{access.LiveView}}, access.ErrRightMissing},
			{"for another", admin, NewToken{Person: guard.ID, Name: "t", Actions: []access.Action{access.LiveView}}, ErrTokenForAnother},
			{"more than one has", admin, NewToken{Name: "t", Actions: []access.Action{access.LiveView}}, access.ErrRightMissing},
			{"more than the person has", access.CommandLine(), NewToken{Person: guard.ID, Name: "t", Actions: []access.Action{access.PeopleManage}}, access.ErrRightMissing},
			{"more than this token has", admin.Only([]access.Action{access.TokenManage}), NewToken{Name: "t", Actions: []access.Action{access.PeopleManage}}, access.ErrTokenRight},
			{"no right", admin, NewToken{Name: "t"}, ErrTokenActions},
			{"unknown right", admin, NewToken{Name: "t", Actions: []access.Action{"fly"}}, ErrActionUnknown},
			{"in the past", admin, NewToken{Name: "t", Actions: []access.Action{access.ActRead}, ExpiresAt: pointer(h.now.UnixMicro())}, ErrTokenExpired},
			{"nobody", access.CommandLine(), NewToken{Name: "t", Actions: []access.Action{access.ActRead}}, ErrPersonUnknown},
		} {
			h.fails(c.name, create(c.actor, c.n), c.want, before)
		}
		expiry := h.now.Add(time.Hour).UnixMicro()
		token, value, err := h.CreateToken(t.Context(), access.CommandLine(),
			NewToken{Person: guard.ID, Name: "wall screen", Actions: []access.Action{access.LiveView, access.CameraRead}, ExpiresAt: &expiry})
		if err != nil || !strings.HasPrefix(value.Reveal(), "wr_") || len(value) != 46 {
			t.Fatalf("%d characters, %v", len(value), err)
		}
		who, err := h.ByToken(t.Context(), value)
		if err != nil || who.Actor.Token != token.ID || who.Person.ID != guard.ID ||
			!slices.Equal(who.Actor.Actions(), []access.Action{access.CameraRead, access.LiveView}) {
			t.Errorf("who = %+v, %v", who, err)
		}
		if list, err := h.Tokens(t.Context(), admin); err != nil || len(list) != 1 || list[0].Name != "wall screen" {
			t.Errorf("list = %+v, %v", list, err)
		}
		if _, err := h.ChangePerson(t.Context(), admin, guard.ID, PersonChange{Holdings: pointer(access.Everywhere(access.Auditor))}); err != nil {
			t.Fatal(err)
		}
		if who, err := h.Renew(t.Context(), who.Actor); err != nil || !slices.Equal(who.Actor.Actions(), []access.Action{access.CameraRead}) {
			t.Errorf("after the person lost a right: %v, %v", who.Actor.Actions(), err)
		}
		for _, wrong := range []secret.Text{"", "wr_", value[3:], value + "x"} {
			if _, err := h.ByToken(t.Context(), wrong); !errors.Is(err, ErrNotSignedIn) {
				t.Errorf("%q: %v", wrong.Reveal(), err)
			}
		}
		h.pass(time.Hour)
		if _, err := h.ByToken(t.Context(), value); !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("expired: %v", err)
		}
	})
}

func TestRevokeToken(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		root := h.person("root", access.Administrator)
		admin := access.ActorOf(root.ID, access.Administrator)
		token, value, err := h.CreateToken(t.Context(), admin, NewToken{Name: "metrics", Actions: []access.Action{access.MetricsRead}})
		if err != nil {
			t.Fatal(err)
		}
		events := h.Bus.Subscribe(4)
		defer events.Close()
		before := len(h.acts())
		h.fails("without the right", h.RevokeToken(t.Context(), access.ActorOf("x", access.Operator), token.ID), access.ErrRightMissing, before)
		h.fails("unknown", h.RevokeToken(t.Context(), admin, "unknown"), ErrTokenUnknown, before)
		if err := h.RevokeToken(t.Context(), admin, token.ID); err != nil {
			t.Fatal(err)
		}
		h.fails("twice", h.RevokeToken(t.Context(), admin, token.ID), ErrTokenUnknown, before+1)
		if _, err := h.ByToken(t.Context(), value); !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("revoked: %v", err)
		}
		if list, err := h.Tokens(t.Context(), admin); err != nil || len(list) != 0 {
			t.Errorf("list = %v, %v", list, err)
		}
		if heard, _ := events.Take(); len(heard) != 1 || heard[0].Subject != token.ID || heard[0].Person != root.ID {
			t.Errorf("events = %+v", heard)
		}
		if act := h.acts()[0]; act.Kind != "token.revoked" || act.Subject != token.ID {
			t.Errorf("act = %+v", act)
		}
	})
}

func TestSetup(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		if needed, err := h.SetupNeeded(t.Context()); !needed || err != nil {
			t.Fatalf("needed = %v, %v", needed, err)
		}
		first, err := h.SetupToken(t.Context())
		if err != nil || first == "" {
			t.Fatal(first, err)
		}
		second, err := h.SetupToken(t.Context()) // the next start
		if err != nil || second == first {
			t.Fatal(second, err)
		}
		setup := func(token secret.Text, n NewPerson) (SignedIn, error) {
			return h.Setup(t.Context(), token, n, access.Origin{Address: "192.0.2.1"})
		}
		n := NewPerson{Username: "boss", DisplayName: "主任", Password: good, Holdings: access.Everywhere(access.Operator)}
		for _, wrong := range []secret.Text{"", first, "x"} {
			_, err := setup(wrong, n)
			h.fails("token "+wrong.Reveal(), err, ErrSetupToken, 0)
		}
		_, err = setup(second, NewPerson{Username: "boss", Password: "weak"})
		h.fails("weak password", err, password.ErrPasswordTooWeak, 0)
		in, err := setup(second, n)
		if err != nil || !slices.Equal(in.Identity.Person.Positions(), []access.Position{access.Administrator}) {
			t.Fatalf("%+v, %v", in, err)
		}
		if who, err := h.BySession(t.Context(), in.Secret); err != nil || who.Person.DisplayName != "主任" {
			t.Errorf("who = %+v, %v", who, err)
		}
		_, err = setup(second, NewPerson{Username: "again", Password: good})
		h.fails("a second time", err, ErrSetupDone, 2)
		if token, err := h.SetupToken(t.Context()); token != "" || err != nil {
			t.Errorf("token = %v, %v", token, err)
		}
		if needed, err := h.SetupNeeded(t.Context()); needed || err != nil {
			t.Errorf("needed = %v, %v", needed, err)
		}
	})
}

// TestSetupOnlyOnce sends the same token from several browsers at once.
func TestSetupOnlyOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token, err := h.SetupToken(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for i := range 5 {
			all.Go(func() {
				_, err := h.Setup(t.Context(), token, NewPerson{Username: fmt.Sprintf("boss%d", i), Password: good}, access.Origin{})
				if err != nil && !errors.Is(err, ErrSetupDone) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if people, err := h.People(t.Context()); len(people) != 1 || err != nil {
			t.Errorf("people = %+v, %v", people, err)
		}
	})
}

// TestNoSecondAdministratorOfAVariable: what is left over of a set-up makes nobody in a house
// that has an administrator of another name.
func TestNoSecondAdministratorOfAVariable(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person("other", access.Administrator)
		if created, err := h.EnsureAdmin(t.Context(), good); created || err != nil {
			t.Errorf("%v, %v", created, err)
		}
		if people, err := h.People(t.Context()); len(people) != 1 || err != nil {
			t.Errorf("people = %+v, %v", people, err)
		}
	})
}

func TestEnsureAdmin(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		if created, err := h.EnsureAdmin(t.Context(), "weak"); created || !errors.Is(err, password.ErrPasswordTooWeak) {
			t.Errorf("weak: %v, %v", created, err)
		}
		if created, err := h.EnsureAdmin(t.Context(), good); !created || err != nil {
			t.Errorf("first: %v, %v", created, err)
		}
		if created, err := h.EnsureAdmin(t.Context(), "a wholly other 1"); created || err != nil {
			t.Errorf("second: %v, %v", created, err)
		}
		in := h.signIn("admin")
		if !slices.Equal(in.Identity.Person.Positions(), []access.Position{access.Administrator}) {
			t.Errorf("positions = %v", in.Identity.Person.Positions())
		}
	})
}

// TestActAndChangeAreOne makes the act impossible to write and finds that the
// change did not happen either.
func TestActAndChangeAreOne(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		guard := h.person("guard", access.Operator)
		kind := map[db.Engine]string{
			db.SQLite:     "CREATE TRIGGER no_more BEFORE INSERT ON acts BEGIN SELECT RAISE(ABORT, 'no more'); END",
			db.PostgreSQL: "CREATE TRIGGER no_more BEFORE INSERT ON acts FOR EACH ROW EXECUTE FUNCTION refuse_change()",
		}[h.DB.Engine()]
		exec(t, h.DB, kind)
		change := func(c PersonChange) error {
			_, err := h.ChangePerson(t.Context(), access.CommandLine(), guard.ID, c)
			return err
		}
		_, resetErr := h.ResetPassword(t.Context(), access.CommandLine(), guard.ID)
		_, signInErr := h.SignIn(t.Context(), "guard", good, access.Origin{})
		_, refusedErr := h.SignIn(t.Context(), "guard", "wrong", access.Origin{})
		_, _, createErr := h.CreatePerson(t.Context(), access.CommandLine(), NewPerson{Username: "new", Password: good})
		_, _, tokenErr := h.CreateToken(t.Context(), access.CommandLine(), NewToken{Person: guard.ID, Name: "t", Actions: []access.Action{access.LiveView}})
		for what, err := range map[string]error{
			"rename": change(PersonChange{DisplayName: pointer("x")}), "positions": change(PersonChange{Holdings: pointer(access.Everywhere(access.Leader))}),
			"disable": change(PersonChange{Disabled: pointer(true)}), "reset": resetErr, "sign in": signInErr, "refused": refusedErr,
			"create": createErr, "token": tokenErr,
		} {
			if !errors.Is(err, ledger.ErrNotRecorded) {
				t.Errorf("%s: %v", what, err)
			}
		}
		exec(t, h.DB, map[db.Engine]string{db.SQLite: "DROP TRIGGER no_more", db.PostgreSQL: "DROP TRIGGER no_more ON acts"}[h.DB.Engine()])
		if people, err := h.People(t.Context()); err != nil || len(people) != 1 || people[0].DisplayName != "guard" ||
			people[0].Disabled || !slices.Equal(people[0].Positions(), []access.Position{access.Operator}) {
			t.Errorf("people = %+v, %v", people, err)
		}
		h.signIn("guard") // with the old password
		if acts, _, err := ledger.List(t.Context(), h.DB.Read(), ledger.Filter{}); err != nil || len(acts) != 2 {
			t.Errorf("acts = %+v, %v", acts, err)
		}
	})
}

// TestASessionEndsAtItsLongest: however much it is used, by the rule of now, whatever is listed.
func TestASessionEndsAtItsLongest(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, h *house) {
		p := h.person("li", access.Operator)
		set, err := rule.NewSet(append(Parameters(), lasting.Parameters()...))
		if err != nil {
			t.Fatal(err)
		}
		h.Rules = set
		in := h.signIn("li")
		began := in.Identity.Session.CreatedAt
		if ends := in.Identity.Session.EndsAt; ends != began+(12*time.Hour).Microseconds() {
			t.Errorf("ends %d, began %d", ends, began)
		}
		for range 11 { // in use, hour after hour
			h.pass(time.Hour)
			id, err := h.BySession(t.Context(), in.Secret)
			if err != nil || id.Session.ExpiresAt > id.Session.EndsAt || id.Session.EndsAt != began+(12*time.Hour).Microseconds() {
				t.Fatalf("%+v, %v", id.Session, err)
			}
		}
		h.pass(59 * time.Minute)
		id, err := h.BySession(t.Context(), in.Secret)
		if err != nil {
			t.Fatal(err)
		}
		h.pass(time.Minute)
		if _, err := h.BySession(t.Context(), in.Secret); !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("after twelve hours in use: %v", err)
		}
		if _, err := h.Renew(t.Context(), id.Actor); !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("what runs: %v", err)
		}
		if open, err := h.OpenSessions(t.Context(), h.DB.Read(), p.ID); err != nil || len(open) != 0 {
			t.Errorf("%+v, %v", open, err)
		}
		// A longer time of walls holds for sessions that are there, and so does a shorter one.
		if left := set.Put(map[string]json.RawMessage{"session.wall_positions": json.RawMessage(`["operator"]`)}); len(left) > 0 {
			t.Fatal(left)
		}
		if _, err := h.BySession(t.Context(), in.Secret); err != nil {
			t.Errorf("a wall: %v", err)
		}
	})
}

// TestTheDayOfATokenIsNoted with one write a day.
func TestTheDayOfATokenIsNoted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.person("li", access.Administrator)
		made, value, err := h.CreateToken(t.Context(), access.CommandLine(), NewToken{Person: p.ID, Name: "x", Actions: []access.Action{access.SystemRead}})
		if err != nil || made.UsedOn != nil {
			t.Fatal(made, err)
		}
		on := func() (at int64) {
			t.Helper()
			all, err := OpenTokens(t.Context(), h.DB.Read(), h.Clock.Micro())
			if err != nil || len(all) != 1 {
				t.Fatal(all, err)
			}
			if all[0].UsedOn != nil {
				at = *all[0].UsedOn
			}
			return at
		}
		if on() != 0 {
			t.Error("it was used before anybody did")
		}
		use := func() {
			t.Helper()
			if _, err := h.ByToken(t.Context(), value); err != nil {
				t.Fatal(err)
			}
		}
		use()
		first := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC).UnixMicro()
		if on() != first {
			t.Errorf("used on %d", on())
		}
		h.pass(20 * time.Hour)
		use()
		if on() != time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC).UnixMicro() {
			t.Errorf("the day after: %d", on())
		}
	})
}
