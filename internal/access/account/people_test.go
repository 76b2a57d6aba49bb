package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"watchroom/internal/access"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/limit"
	"watchroom/internal/access/password"
	"watchroom/internal/access/username"
	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/text"
)

func TestCreatePerson(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		admin := access.ActorOf(h.person("root", access.Administrator).ID, access.Administrator)
		p, initial, err := h.CreatePerson(t.Context(), admin, NewPerson{Username: " 李雷 ", DisplayName: "李雷 Li Lei",
			Holdings: access.Everywhere(access.Auditor, access.Operator, access.Operator)})
		if !errors.Is(err, ErrUsernameInvalid) && (err != nil || initial == "") {
			t.Fatalf("initial %q, %v", initial.Reveal(), err)
		}
		want := Person{ID: p.ID, Username: "李雷", DisplayName: "李雷 Li Lei", Holdings: access.Everywhere(access.Operator, access.Auditor), CreatedAt: p.CreatedAt,
			PasswordBy: admin.Person, PasswordAt: &p.CreatedAt}
		if diff := cmp.Diff(want, p); diff != "" || !db.ValidID(p.ID) {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
		if got, err := h.Person(t.Context(), p.ID); err != nil || !cmp.Equal(got, want) {
			t.Errorf("read again: %+v, %v", got, err)
		}
		if _, err := h.SignIn(t.Context(), "李雷", initial, access.Origin{}); err != nil {
			t.Errorf("the initial password: %v", err)
		}
		act := h.acts()[1] // below that of the sign-in
		if act.Kind != "person.created" || act.Person != admin.Person || act.Subject != p.ID || act.Detail["username"] != "李雷" {
			t.Errorf("act = %+v", act)
		}
		if strings.Contains(fmt.Sprint(h.acts()), initial.Reveal()) {
			t.Error("the password is in the record")
		}
		people, err := h.People(t.Context())
		if err != nil || len(people) != 2 {
			t.Errorf("people = %+v, %v", people, err)
		}
		names, err := h.Names(t.Context())
		if err != nil || names[p.ID] != "李雷 Li Lei" || names[admin.Person] != "root" {
			t.Errorf("names = %v, %v", names, err)
		}
	})
}

func TestCreatePersonRefusals(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person("Guard", access.Operator)
		admin := access.ActorOf("x", access.Administrator)
		before := len(h.acts())
		for _, c := range []struct {
			actor access.Actor
			n     NewPerson
			want  error
		}{
			{access.ActorOf("x", access.Supervisor), NewPerson{Username: "new", Password: good}, access.ErrRightMissing},
			{admin, NewPerson{Username: "gUARD", Password: good}, ErrUsernameTaken},
			{admin, NewPerson{Username: "ｇｕａｒｄ", Password: good}, ErrUsernameTaken}, // full width
			{admin, NewPerson{Username: "a", Password: good}, ErrUsernameInvalid},
			{admin, NewPerson{Username: "", Password: good}, ErrUsernameInvalid},
			{admin, NewPerson{Username: "-rf", Password: good}, ErrUsernameInvalid},
			{admin, NewPerson{Username: "two words", Password: good}, ErrUsernameInvalid},
			{admin, NewPerson{Username: "nul\x00", Password: good}, ErrUsernameInvalid},
			{admin, NewPerson{Username: "broken\xff", Password: good}, ErrUsernameInvalid},
			{admin, NewPerson{Username: strings.Repeat("x", 65), Password: good}, ErrUsernameInvalid},
			{admin, NewPerson{Username: "new", DisplayName: "a\u202eb", Password: good}, text.ErrCharacter},
			{admin, NewPerson{Username: "new", Holdings: access.Everywhere("king"), Password: good}, holding.ErrUnknown},
			{admin, NewPerson{Username: "new", Password: "short"}, password.ErrPasswordTooWeak},
		} {
			_, _, err := h.CreatePerson(t.Context(), c.actor, c.n)
			h.fails(fmt.Sprintf("%+v", c.n), err, c.want, before)
		}
	})
}

func TestChangePerson(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		admin := access.ActorOf(h.person("root", access.Administrator).ID, access.Administrator)
		guard := h.person("guard", access.Operator)
		session := h.signIn("guard")
		events := h.Bus.Subscribe(10)
		defer events.Close()
		got, err := h.ChangePerson(t.Context(), admin, guard.ID, PersonChange{DisplayName: pointer("夜班"), Holdings: pointer(access.Everywhere(access.DutyLead))})
		if err != nil || got.DisplayName != "夜班" || !slices.Equal(got.Positions(), []access.Position{access.DutyLead}) {
			t.Fatalf("%+v, %v", got, err)
		}
		who, err := h.Renew(t.Context(), session.Identity.Actor)
		if err != nil || access.Can(who.Actor, access.CameraSwitch, "") != nil {
			t.Errorf("the open session has the new rights: %v, %v", who.Actor.Actions(), err)
		}
		n := len(h.acts())
		if _, err := h.ChangePerson(t.Context(), admin, guard.ID, PersonChange{DisplayName: pointer("夜班"), Disabled: pointer(false)}); err != nil || len(h.acts()) != n {
			t.Errorf("a change that changes nothing: %v, %d acts", err, len(h.acts())-n)
		}
		if _, err := h.ChangePerson(t.Context(), admin, guard.ID, PersonChange{Disabled: pointer(true)}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.BySession(t.Context(), session.Secret); !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("a disabled person's session: %v", err)
		}
		if _, err := h.SignIn(t.Context(), "guard", good, access.Origin{}); !errors.Is(err, ErrSignInFailed) {
			t.Errorf("a disabled person signs in: %v", err)
		}
		if _, err := h.ChangePerson(t.Context(), admin, guard.ID, PersonChange{Disabled: pointer(false)}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.BySession(t.Context(), session.Secret); !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("an ended session came back: %v", err)
		}
		var told []string
		heard, _ := events.Take()
		for _, e := range heard {
			change := e.Data.(SessionChange)
			told = append(told, e.Kind+" "+change.Change+" "+change.Reason)
			if e.Person != guard.ID {
				t.Errorf("event %+v is for another person", e)
			}
		}
		want := []string{"session rights positions", "session ended disabled", "session rights enabled"}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("events: want (-), got (+):\n%s", diff)
		}
		var kinds []string
		for _, a := range h.acts()[:6] {
			kinds = append(kinds, a.Kind)
		}
		wantKinds := []string{"person.enabled", "session.refused", "person.disabled", "person.positions_changed", "person.renamed", "session.opened"}
		if diff := cmp.Diff(wantKinds, kinds); diff != "" {
			t.Errorf("acts: want (-), got (+):\n%s", diff)
		}
	})
}

func TestChangePersonRefusals(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		root := h.person("root", access.Administrator)
		admin := access.ActorOf(root.ID, access.Administrator)
		guard := h.person("guard", access.Operator)
		before := len(h.acts())
		change := func(actor access.Actor, id string, c PersonChange) error {
			_, err := h.ChangePerson(t.Context(), actor, id, c)
			return err
		}
		h.fails("without the right", change(access.ActorOf(guard.ID, access.Operator), guard.ID, PersonChange{Holdings: pointer(access.Everywhere(access.Supervisor))}), access.ErrRightMissing, before)
		h.fails("own positions", change(admin, root.ID, PersonChange{Holdings: pointer(access.Everywhere(access.Administrator, access.Auditor))}), ErrOwnPositions, before)
		h.fails("nobody", change(admin, "nobody", PersonChange{Disabled: pointer(true)}), ErrPersonUnknown, before)
		h.fails("last one disabled", change(admin, root.ID, PersonChange{Disabled: pointer(true)}), ErrLastAdministrator, before)
		h.fails("last one demoted", change(access.CommandLine(), root.ID, PersonChange{Holdings: pointer(access.Everywhere())}), ErrLastAdministrator, before)
		for _, p := range []access.Position{access.Operator, access.DutyLead, access.Supervisor, access.Technician, access.Leader} {
			h.fails("administers and watches", change(admin, guard.ID, PersonChange{Holdings: pointer(access.Everywhere(p, access.Administrator))}), holding.ErrConflict, before)
			_, _, err := h.CreatePerson(t.Context(), access.CommandLine(), NewPerson{Username: "both", Holdings: access.Everywhere(access.Administrator, p), Password: good})
			h.fails("made to do both", err, holding.ErrConflict, before)
		}
		h.fails("position unknown", change(admin, guard.ID, PersonChange{Holdings: pointer(access.Everywhere("king"))}), holding.ErrUnknown, before)
		h.fails("half of it refused", change(admin, root.ID, PersonChange{DisplayName: pointer("X"), Disabled: pointer(true)}), ErrLastAdministrator, before)
		if p, err := h.Person(t.Context(), root.ID); err != nil || p.Disabled || p.DisplayName != "root" || len(p.Positions()) != 1 {
			t.Errorf("root = %+v, %v", p, err)
		}
	})
}

// TestLastAdministratorUnderConcurrency lets administrators disable one another
// at once: one must be left on either engine.
func TestLastAdministratorUnderConcurrency(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var admins []Person
		for i := range 6 {
			admins = append(admins, h.person(fmt.Sprintf("admin%d", i), access.Administrator))
		}
		var all sync.WaitGroup
		for i, p := range admins {
			all.Go(func() {
				actor := access.ActorOf(admins[(i+1)%len(admins)].ID, access.Administrator)
				change := PersonChange{Disabled: pointer(true)}
				if i%2 == 0 {
					change = PersonChange{Holdings: pointer(access.Everywhere(access.Operator))}
				}
				_, err := h.ChangePerson(t.Context(), actor, p.ID, change)
				if err != nil && !errors.Is(err, ErrLastAdministrator) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n, err := holding.Administrators(t.Context(), h.DB.Read(), false); n != 1 || err != nil {
			t.Errorf("%d administrators are left, %v", n, err)
		}
	})
}

// TestLastAdministratorProperty runs random changes against a model.
func TestLastAdministratorProperty(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			h := newHouse(t, dbtest.Open(t, engine))
			var people []Person
			for i := range 4 {
				p := h.person(fmt.Sprintf("person%d", i), access.Administrator)
				people = append(people, p)
			}
			rapid.Check(t, func(rt *rapid.T) {
				i := rapid.IntRange(0, len(people)-1).Draw(rt, "whom")
				p := &people[i]
				var change PersonChange
				after := *p
				if rapid.Bool().Draw(rt, "disable or enable") {
					after.Disabled = rapid.Bool().Draw(rt, "disabled")
					change.Disabled = &after.Disabled
				} else {
					after.Holdings = access.Everywhere(rapid.SliceOfNDistinct(rapid.SampledFrom([]access.Position{access.Administrator, access.Auditor}), 0, 2, rapid.ID).Draw(rt, "positions")...)
					slices.SortFunc(after.Holdings, func(a, b access.Holding) int { return strings.Compare(string(a.Position), string(b.Position)) })
					change.Holdings = &after.Holdings
				}
				left := 0
				for j, other := range people {
					if j == i {
						other = after
					}
					if administers(other) {
						left++
					}
				}
				got, err := h.ChangePerson(t.Context(), access.CommandLine(), p.ID, change)
				switch {
				case left == 0 && !errors.Is(err, ErrLastAdministrator):
					rt.Fatalf("nobody is left: %v", err)
				case left > 0 && err != nil:
					rt.Fatalf("%d are left: %v", left, err)
				case left > 0:
					*p = got
				}
				if n, err := holding.Administrators(t.Context(), h.DB.Read(), false); n < 1 || err != nil {
					rt.Fatalf("%d administrators, %v", n, err)
				}
			})
		})
	}
}

func TestResetPassword(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		root := h.person("root", access.Administrator)
		guard := h.person("guard", access.Operator)
		session := h.signIn("guard")
		before := len(h.acts())
		_, err := h.ResetPassword(t.Context(), access.ActorOf(root.ID, access.Administrator), root.ID)
		h.fails("one's own", err, ErrOwnReset, before)
		_, err = h.ResetPassword(t.Context(), access.ActorOf(guard.ID, access.Operator), root.ID)
		h.fails("without the right", err, access.ErrRightMissing, before)
		_, err = h.ResetPassword(t.Context(), access.ActorOf(root.ID, access.Administrator), "nobody")
		h.fails("nobody's", err, ErrPersonUnknown, before)
		initial, err := h.ResetPassword(t.Context(), access.ActorOf(root.ID, access.Administrator), guard.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.BySession(t.Context(), session.Secret); !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("the old session: %v", err)
		}
		if _, err := h.SignIn(t.Context(), "guard", good, access.Origin{}); !errors.Is(err, ErrSignInFailed) {
			t.Errorf("the old password: %v", err)
		}
		if _, err := h.SignIn(t.Context(), "guard", initial, access.Origin{}); err != nil {
			t.Errorf("the new password: %v", err)
		}
	})
}

// TestAMadePasswordOpensOnlyTheDoor: who made the password of another could watch
// in their name.
func TestAMadePasswordOpensOnlyTheDoor(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		admin := access.ActorOf(h.person("root", access.Administrator).ID, access.Administrator)
		made, initial, err := h.CreatePerson(t.Context(), admin, NewPerson{Username: "guard", Holdings: access.Everywhere(access.Operator)})
		if err != nil {
			t.Fatal(err)
		}
		door := func(what string, password secret.Text) {
			t.Helper()
			in, err := h.SignIn(t.Context(), "guard", password, access.Origin{})
			if err != nil {
				t.Fatal(what, err)
			}
			again, err := h.Renew(t.Context(), in.Identity.Actor)
			if err != nil {
				t.Fatal(what, err)
			}
			for _, id := range []Identity{in.Identity, again} {
				if id.Person.PasswordBy != admin.Person || id.Person.PasswordAt == nil || len(id.Actor.Actions()) != 0 {
					t.Errorf("%s: %+v", what, id)
				}
				for _, a := range access.Actions() {
					if err := access.Can(id.Actor, a, ""); !errors.Is(err, access.ErrPasswordChange) {
						t.Errorf("%s: %s: %v", what, a, err)
					}
				}
			}
			before := len(h.acts())
			h.fails(what+": kept", h.ChangePassword(t.Context(), in.Identity.Actor, password, password), ErrPasswordSame, before)
			if err := h.ChangePassword(t.Context(), in.Identity.Actor, password, good); err != nil {
				t.Fatal(what, err)
			}
			if now, err := h.Renew(t.Context(), in.Identity.Actor); err != nil || access.Can(now.Actor, access.LiveView, "") != nil || now.Person.PasswordAt != nil || now.Person.PasswordBy != "" {
				t.Errorf("%s: their own: %+v, %v", what, now, err)
			}
		}
		door("made", initial)
		if initial, err = h.ResetPassword(t.Context(), admin, made.ID); err != nil {
			t.Fatal(err)
		}
		door("reset", initial)
		// The machine's own commands make what automation uses at once, and a token
		// has no password.
		_, value, err := h.CreateToken(t.Context(), access.CommandLine(), NewToken{Person: made.ID, Name: "t", Actions: []access.Action{access.LiveView}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.ResetPassword(t.Context(), admin, made.ID); err != nil {
			t.Fatal(err)
		}
		if id, err := h.ByToken(t.Context(), value); err != nil || access.Can(id.Actor, access.LiveView, "") != nil {
			t.Errorf("a token: %v", err)
		}
		h.person("machine", access.Operator)
		if in := h.signIn("machine"); access.Can(in.Identity.Actor, access.LiveView, "") != nil || in.Identity.Person.PasswordAt != nil {
			t.Errorf("made on the machine: %+v", in.Identity)
		}
		if initial, err = h.ResetPassword(t.Context(), access.CommandLine(), made.ID); err != nil {
			t.Fatal(err)
		}
		if in, err := h.SignIn(t.Context(), "guard", initial, access.Origin{}); err != nil || access.Can(in.Identity.Actor, access.LiveView, "") != nil {
			t.Errorf("reset on the machine: %v", err)
		}
	})
}

func TestChangePassword(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person("guard", access.Operator)
		here, there := h.signIn("guard"), h.signIn("guard")
		actor := here.Identity.Actor
		before := len(h.acts())
		h.fails("wrong current", h.ChangePassword(t.Context(), actor, "not the one", "another horse 8"), ErrWrongPassword, before)
		err := h.ChangePassword(t.Context(), actor, good, "short")
		h.fails("weak new", err, password.ErrPasswordTooWeak, before)
		if problem.Of(err).Field != "new" {
			t.Errorf("field = %q", problem.Of(err).Field)
		}
		h.fails("nobody's", h.ChangePassword(t.Context(), access.CommandLine(), good, "another horse 8"), ErrPersonUnknown, before)
		events := h.Bus.Subscribe(10)
		defer events.Close()
		if err := h.ChangePassword(t.Context(), actor, good, "another horse 8"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.BySession(t.Context(), here.Secret); err != nil {
			t.Errorf("this session: %v", err)
		}
		if _, err := h.BySession(t.Context(), there.Secret); !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("the other session: %v", err)
		}
		if heard, _ := events.Take(); len(heard) != 1 || heard[0].Subject != there.Identity.Session.ID {
			t.Errorf("events = %+v, want the end of the other session", heard)
		}
		if _, err := h.SignIn(t.Context(), "guard", "another horse 8", access.Origin{}); err != nil {
			t.Error(err)
		}
		for range 20 { // guessing the current one is limited like signing in
			err = h.ChangePassword(t.Context(), actor, "guess", "third horse 9")
		}
		if !errors.Is(err, limit.ErrTooManyAttempts) {
			t.Errorf("after 20 guesses: %v", err)
		}
	})
}

// TestTwoOpenAccountsAreNotShownAlike: nobody is made, renamed or let in again under the name of
// another open account, whatever its case and width; a directory's people are told apart.
func TestTwoOpenAccountsAreNotShownAlike(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, h *house) {
		admin := access.ActorOf(h.person("root", access.Administrator).ID, access.Administrator)
		create := func(name, shown string) (Person, error) {
			p, _, err := h.CreatePerson(t.Context(), admin, NewPerson{Username: name, DisplayName: shown})
			return p, err
		}
		first, err := create("zhang1", "Zhang Wei 1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := create("zhang2", "ｚｈａｎｇ wei １"); !errors.Is(err, username.ErrShownTaken) {
			t.Errorf("made: %v", err)
		}
		second, err := create("zhang2", "Zhang Wei 2")
		if err != nil {
			t.Fatal(err)
		}
		change := func(id string, c PersonChange) error {
			_, err := h.ChangePerson(t.Context(), admin, id, c)
			return err
		}
		if err := change(second.ID, PersonChange{DisplayName: pointer("zhang wei 1")}); !errors.Is(err, username.ErrShownTaken) {
			t.Errorf("renamed: %v", err)
		}
		if err := change(first.ID, PersonChange{DisplayName: pointer("ZHANG WEI 1")}); err != nil {
			t.Errorf("one's own name in another case: %v", err)
		}
		if err := change(first.ID, PersonChange{Disabled: pointer(true)}); err != nil {
			t.Fatal(err)
		}
		if err := change(second.ID, PersonChange{DisplayName: pointer("Zhang Wei 1")}); err != nil {
			t.Errorf("the name of who has left: %v", err)
		}
		if err := change(first.ID, PersonChange{Disabled: pointer(false)}); !errors.Is(err, username.ErrShownTaken) {
			t.Errorf("let in again: %v", err)
		}
		over := h.Clock.Micro() - 1
		err = h.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return Place(ctx, tx, second.ID, "", nil, &over) })
		if err != nil {
			t.Fatal(err)
		}
		if err := change(first.ID, PersonChange{Disabled: pointer(false)}); err != nil {
			t.Errorf("the name of whose time is over: %v", err)
		}
		v := vouched("s1", access.Operator)
		v.Username, v.DisplayName = "zhang3", "Zhang Wei 1"
		if _, err := h.Enter(t.Context(), v, from()); err != nil {
			t.Fatal(err)
		}
		if p, err := h.PersonNamed(t.Context(), "zhang3"); err != nil || p.DisplayName != "Zhang Wei 1 (zhang3)" {
			t.Errorf("%+v, %v", p, err)
		}
	})
}
