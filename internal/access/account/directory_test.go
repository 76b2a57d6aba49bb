package account

import (
	"errors"
	"slices"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/identity"
	"watchroom/internal/testkit/clause"
)

func from() access.Origin { return access.Origin{Address: "192.0.2.7", Agent: "test"} }

func vouched(subject string, positions ...access.Position) Vouched {
	return Vouched{Directory: "campus", Issuer: "https://login.example.org", Subject: subject, Username: "li.lei", DisplayName: "李雷", Positions: positions, Create: true}
}

// kinds gives the kinds of the newest acts, newest first.
func (h *house) kinds(n int) []string {
	var kinds []string
	for _, a := range h.acts()[:min(n, len(h.acts()))] {
		kinds = append(kinds, a.Kind)
	}
	return kinds
}

func TestADirectoryMakesAnAccount(t *testing.T) {
	clause.Covers(t, "C021", "C022", "C023")
	each(t, func(t *testing.T, h *house) {
		in, err := h.Enter(t.Context(), vouched("s1", access.Operator), from())
		if err != nil {
			t.Fatal(err)
		}
		p := in.Identity.Person
		if p.Username != "li.lei" || p.DisplayName != "李雷" || p.Directory != "campus" || !slices.Equal(p.Positions(), []access.Position{access.Operator}) {
			t.Errorf("%+v", p)
		}
		if got := slices.Sorted(slices.Values(h.kinds(3))); !slices.Equal(got, []string{"person.created", "person.positions_changed", "session.opened"}) {
			t.Errorf("acts: %v", got)
		}
		for _, a := range h.acts()[:2] {
			if a.Detail["directory"] != "campus" {
				t.Errorf("%s does not say by what directory: %v", a.Kind, a.Detail)
			}
		}
		who, err := h.BySession(t.Context(), in.Secret)
		if err != nil || access.Can(who.Actor, access.LiveView, "") != nil {
			t.Errorf("the session: %v", err)
		}
		// The same name here opens nothing: nobody knows a password.
		if _, err := h.SignIn(t.Context(), "li.lei", "", from()); !errors.Is(err, ErrSignInFailed) {
			t.Errorf("with an empty password: %v", err)
		}
		if err := h.ChangePassword(t.Context(), who.Actor, "", good); !errors.Is(err, ErrDirectoryPassword) {
			t.Errorf("changing the password: %v", err)
		}
		admin := access.ActorOf(h.person("admin", access.Administrator).ID, access.Administrator)
		if _, err := h.ResetPassword(t.Context(), admin, p.ID); !errors.Is(err, ErrDirectoryPassword) {
			t.Errorf("resetting the password: %v", err)
		}
		if _, err := h.ChangePerson(t.Context(), admin, p.ID, PersonChange{Holdings: pointer(access.Everywhere(access.Supervisor))}); !errors.Is(err, ErrDirectoryPositions) {
			t.Errorf("changing positions: %v", err)
		}
		// When it is held is the house's to say, and stays so at the next sign-in.
		until := h.Clock.Micro() + time.Hour.Microseconds()
		if _, err := h.ChangePerson(t.Context(), admin, p.ID, PersonChange{Holdings: &[]access.Holding{{Position: access.Operator, Until: until}}}); err != nil {
			t.Errorf("narrowing a position: %v", err)
		}
		in, err = h.Enter(t.Context(), vouched("s1", access.Operator), from())
		if err != nil || in.Identity.Person.ID != p.ID || in.Identity.Person.Holdings[0].Until != until {
			t.Errorf("again: %+v, %v", in.Identity.Person, err)
		}
	})
}

// TestNobodyIsMatchedByName: a directory that calls somebody like a local account, or like
// an account of another issuer, does not open it.
func TestNobodyIsMatchedByName(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person("li.lei", access.DutyLead)
		if _, err := h.Enter(t.Context(), vouched("s1", access.Operator), from()); !errors.Is(err, ErrUsernameTaken) {
			t.Fatalf("err = %v", err)
		}
		if a := h.acts()[0]; a.Kind != "session.refused" || a.Detail["reason"] != "username_taken" {
			t.Errorf("%+v", a)
		}
		other := vouched("s1", access.Operator)
		other.Issuer, other.Username = "https://other.example.org", "wang"
		in, err := h.Enter(t.Context(), other, from())
		if err != nil {
			t.Fatal(err)
		}
		mine := vouched("s1", access.Operator)
		mine.Username = "han"
		again, err := h.Enter(t.Context(), mine, from())
		if err != nil || again.Identity.Person.ID == in.Identity.Person.ID {
			t.Errorf("two issuers, one person: %v", err)
		}
	})
}

func TestRefusalsOfADirectory(t *testing.T) {
	clause.Covers(t, "C021", "C022")
	each(t, func(t *testing.T, h *house) {
		admin := access.ActorOf(h.person("admin", access.Administrator).ID, access.Administrator)
		strange := vouched("s2", access.Operator)
		strange.Create = false
		long := vouched("s3", access.Operator)
		long.Username = string(make([]byte, 10_000))
		for _, c := range []struct {
			v    Vouched
			want error
		}{
			{vouched("s1"), ErrNoPosition},
			{vouched("s1", access.Administrator, access.Operator), holding.ErrConflict},
			{vouched("s1", "emperor"), ErrNoPosition},
			{strange, ErrNoAccount},
			{long, ErrUsernameInvalid},
		} {
			before := len(h.acts())
			if _, err := h.Enter(t.Context(), c.v, from()); !errors.Is(err, c.want) {
				t.Errorf("%v: %v", c.want, err)
			}
			if acts := h.acts(); len(acts) != before+1 || acts[0].Kind != "session.refused" || acts[0].Person != "" {
				t.Errorf("%v: %d acts, %+v", c.want, len(acts)-before, acts[0])
			}
		}
		if people, _ := h.People(t.Context()); len(people) != 1 {
			t.Errorf("%d accounts", len(people))
		}
		all, err := h.Identities(t.Context(), admin)
		if err != nil || len(all) != 3 || all[0].Person != nil {
			t.Fatalf("who waits: %+v, %v", all, err)
		}
	})
}

// TestGroupsAreTakenAnew: what somebody may do follows the groups at every sign-in and at
// every look, and who left is out at once, with sessions and tokens.
func TestGroupsAreTakenAnew(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		in, err := h.Enter(t.Context(), vouched("s1", access.Operator), from())
		if err != nil {
			t.Fatal(err)
		}
		id := in.Identity.Person.ID
		if err := h.Vouch(t.Context(), vouched("s1", access.Auditor)); err != nil {
			t.Fatal(err)
		}
		who, err := h.BySession(t.Context(), in.Secret)
		if err != nil || access.Can(who.Actor, access.LiveView, "") == nil || access.Can(who.Actor, access.ActRead, "") != nil {
			t.Errorf("after a change of groups: %v, %v", who.Actor.Actions(), err)
		}
		before := len(h.acts())
		if err := h.Vouch(t.Context(), vouched("s1", access.Auditor)); err != nil || len(h.acts()) != before {
			t.Errorf("what did not change is %d acts, %v", len(h.acts())-before, err)
		}
		_, token, err := h.CreateToken(t.Context(), access.CommandLine(), NewToken{Person: id, Name: "report", Actions: []access.Action{access.ActRead}})
		if err != nil {
			t.Fatal(err)
		}
		sub := h.Bus.Subscribe(8)
		defer sub.Close()
		if err := h.Withdraw(t.Context(), "campus", id, "left"); err != nil {
			t.Fatal(err)
		}
		if told, _ := sub.Take(); len(told) != 1 || told[0].Person != id || told[0].Data != (SessionChange{"ended", "directory"}) {
			t.Errorf("%+v", told)
		}
		if _, err := h.BySession(t.Context(), in.Secret); !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("the session of who left: %v", err)
		}
		if _, err := h.ByToken(t.Context(), token); !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("the token of who left: %v", err)
		}
		if p, _ := h.Person(t.Context(), id); len(p.Holdings) != 0 || p.LeftAt == nil {
			t.Errorf("%+v", p)
		}
		if got := h.kinds(2); !slices.Equal(got, []string{"person.positions_changed", "person.left_directory"}) && !slices.Equal(got, []string{"person.left_directory", "person.positions_changed"}) {
			t.Errorf("acts: %v", got)
		}
		if due, _ := identity.Due(t.Context(), h.DB.Read(), "campus", h.Clock.Micro()+1, 10); len(due) != 0 {
			t.Errorf("who left is looked up again: %+v", due)
		}
		// Back again, by a sign-in.
		if in, err = h.Enter(t.Context(), vouched("s1", access.Operator), from()); err != nil || in.Identity.Person.LeftAt != nil {
			t.Errorf("back: %v", err)
		}
		// Both at once is neither, and ends what was open.
		if err := h.Vouch(t.Context(), vouched("s1", access.Operator, access.Administrator)); err != nil {
			t.Error(err)
		}
		if _, err := h.BySession(t.Context(), in.Secret); !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("administrator and operator: %v", err)
		}
		// Who was not looked up for too long keeps positions, and nothing open.
		if in, err = h.Enter(t.Context(), vouched("s1", access.Operator), from()); err != nil {
			t.Fatal(err)
		}
		if err := h.Withdraw(t.Context(), "campus", id, Unchecked); err != nil {
			t.Fatal(err)
		}
		_, err = h.BySession(t.Context(), in.Secret)
		if p, _ := h.Person(t.Context(), id); len(p.Holdings) != 1 || !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("unchecked: %+v, %v", p, err)
		}
	})
}

// TestTheLastAdministratorOfADirectory: the house keeps one by name, and the directory's
// word still shuts the door.
func TestTheLastAdministratorOfADirectory(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		in, err := h.Enter(t.Context(), vouched("s1", access.Administrator), from())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Enter(t.Context(), vouched("s1", access.Auditor), from()); !errors.Is(err, ErrLastAdministrator) {
			t.Errorf("err = %v", err)
		}
		if _, err := h.BySession(t.Context(), in.Secret); !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("the session: %v", err)
		}
		if needed, _ := h.SetupNeeded(t.Context()); needed {
			t.Error("the first set-up is open again")
		}
		// With another one, the groups hold.
		local := h.person("admin", access.Administrator)
		if _, err = h.Enter(t.Context(), vouched("s1", access.Auditor), from()); err != nil {
			t.Fatal(err)
		}
		// And the local one is now the last who can come in.
		if _, err := h.ChangePerson(t.Context(), access.CommandLine(), local.ID, PersonChange{Disabled: pointer(true)}); !errors.Is(err, ErrLastAdministrator) {
			t.Errorf("err = %v", err)
		}
	})
}

func TestAnAdministratorSaysWhoseIdentityItIs(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		boss := h.person("admin", access.Administrator)
		admin := access.ActorOf(boss.ID, access.Administrator)
		guard := h.person("guard", access.Operator)
		session := h.signIn("guard")
		v := vouched("s1", access.Auditor)
		v.Create = false
		if _, err := h.Enter(t.Context(), v, from()); !errors.Is(err, ErrNoAccount) {
			t.Fatal(err)
		}
		all, err := h.Identities(t.Context(), admin)
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v, %v", all, err)
		}
		before := len(h.acts())
		h.fails("an operator", h.LinkIdentity(t.Context(), access.ActorOf(guard.ID, access.Operator), all[0].ID, guard.ID), access.ErrRightMissing, before)
		h.fails("oneself", h.LinkIdentity(t.Context(), admin, all[0].ID, boss.ID), ErrOwnIdentity, before)
		h.fails("nobody's", h.LinkIdentity(t.Context(), admin, "none", guard.ID), identity.ErrUnknown, before)
		h.fails("nobody", h.LinkIdentity(t.Context(), admin, all[0].ID, "none"), ErrPersonUnknown, before)
		if err := h.LinkIdentity(t.Context(), admin, all[0].ID, guard.ID); err != nil {
			t.Fatal(err)
		}
		before = len(h.acts())
		h.fails("twice", h.LinkIdentity(t.Context(), admin, all[0].ID, guard.ID), ErrIdentityLinked, before)
		if _, err := h.BySession(t.Context(), session.Secret); !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("the session of before: %v", err)
		}
		if _, err := h.SignIn(t.Context(), "guard", good, from()); !errors.Is(err, ErrSignInFailed) {
			t.Errorf("the password of before: %v", err)
		}
		in, err := h.Enter(t.Context(), v, from())
		if err != nil || in.Identity.Person.ID != guard.ID || !slices.Equal(in.Identity.Person.Positions(), []access.Position{access.Auditor}) {
			t.Errorf("%+v, %v", in.Identity.Person, err)
		}
		if err := h.UnlinkIdentity(t.Context(), admin, all[0].ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.BySession(t.Context(), in.Secret); !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("the session after: %v", err)
		}
		initial, err := h.ResetPassword(t.Context(), admin, guard.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.SignIn(t.Context(), "guard", initial, from()); err != nil {
			t.Errorf("a local account again: %v", err)
		}
	})
}

// TestAttemptsThroughADirectoryAreLimited: as passwords are, and apart from those of a
// local account of the same name.
func TestAttemptsThroughADirectoryAreLimited(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person("li.lei", access.Operator)
		tries := 0
		for range 20 {
			if _, err := h.Attempt(t.Context(), "campus", "li.lei", access.Origin{Address: "198.51.100.1"}); err != nil {
				break
			}
			tries++
		}
		if tries != 8 {
			t.Errorf("%d attempts on one name", tries)
		}
		if _, err := h.Attempt(t.Context(), "campus", "LI.LEI", access.Origin{Address: "198.51.100.1"}); err == nil {
			t.Error("capitals are another name")
		}
		if _, err := h.SignIn(t.Context(), "li.lei", good, from()); err != nil {
			t.Errorf("the local account of that name: %v", err)
		}
		done, err := h.Attempt(t.Context(), "campus", "han", from())
		if err != nil {
			t.Fatal(err)
		}
		done()
		for range 200 {
			if done, err = h.Attempt(t.Context(), "campus", "", from()); err != nil {
				t.Fatalf("an honest one: %v", err)
			}
			done()
		}
	})
}
