package roll_test

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
	"watchroom/internal/access/appointment"
	"watchroom/internal/access/proposal"
	"watchroom/internal/access/review"
	"watchroom/internal/access/roll"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
	"watchroom/internal/testkit/leak"
)

// TestRowsThatNoActMade: people, positions and passwords that somebody wrote into the
// database are named; what people did in every way is not.
func TestRowsThatNoActMade(t *testing.T) {
	clause.Covers(t, "C094")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &account.Control{DB: d, Bus: &event.Bus{}}
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		differ := func(want ...string) {
			t.Helper()
			found, err := roll.Differ(t.Context(), d.Read())
			if err != nil || len(found) != len(want) {
				t.Fatalf("found %+v, %v, want %q", found, err, want)
			}
			for i, w := range want {
				row, why, _ := strings.Cut(w, ": ")
				if found[i].Row != row || !strings.Contains(found[i].Why, why) {
					t.Errorf("found %+v, want %q", found[i], w)
				}
			}
		}
		bare := func(sql string, args ...any) {
			t.Helper()
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { _, err := tx.NewRaw(sql, args...).Exec(ctx); return err })
			if err != nil {
				t.Fatal(err)
			}
		}
		if made, err := c.EnsureAdmin(t.Context(), "a-long-password-9"); err != nil || !made {
			t.Fatal(made, err)
		}
		ann, err := c.PersonNamed(t.Context(), "admin")
		if err != nil {
			t.Fatal(err)
		}
		admin := access.ActorOf(ann.ID, access.Administrator)
		sue, _, err := c.CreatePerson(t.Context(), admin, account.NewPerson{Username: "sue", Holdings: access.Everywhere(access.Supervisor)})
		if err != nil {
			t.Fatal(err)
		}
		given, off, on := []access.Holding{{Position: access.Supervisor, From: 7, Until: 1 << 60}}, true, false
		for _, change := range []account.PersonChange{{Holdings: &given}, {Disabled: &off}, {Disabled: &on}} {
			if _, err := c.ChangePerson(t.Context(), access.CommandLine(), sue.ID, change); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.ResetPassword(t.Context(), access.CommandLine(), sue.ID); err != nil {
			t.Fatal(err)
		}
		differ()
		bare("UPDATE people_positions SET until_at = 0 WHERE person = ?", sue.ID)
		differ("people_positions " + sue.ID + " supervisor: until 0, by the acts")
		bare("UPDATE people_positions SET position = 'leader', until_at = ? WHERE person = ?", int64(1)<<60, sue.ID)
		differ("people_positions "+sue.ID+" leader: no act gives it", "people_positions "+sue.ID+" supervisor: not there")
		bare("UPDATE people_positions SET position = 'gate_guard' WHERE person = ?", sue.ID) // one that a house would make
		differ("people_positions "+sue.ID+" gate_guard: no act gives it", "people_positions "+sue.ID+" supervisor: not there")
		bare("UPDATE people_positions SET position = 'supervisor' WHERE person = ?", sue.ID)
		differ()
		bare("UPDATE people SET disabled = TRUE WHERE id = ?", sue.ID)
		differ("people " + sue.ID + ": disabled true")
		bare("UPDATE people SET disabled = FALSE, password_hash = (SELECT password_hash FROM people WHERE id = ?) WHERE id = ?", ann.ID, sue.ID)
		differ("people " + sue.ID + ": no act gave it the password")
		bare("UPDATE people SET password_hash = '' WHERE id = ?", sue.ID) // opens nothing
		differ()
		bare("INSERT INTO people (id, username, username_key, display_name, password_hash, disabled, created_at) VALUES ('zz', 'eve', 'eve', 'eve', 'x', FALSE, 1)")
		differ("people zz: no act of anybody")
	})
}

// TestSinceWhenAndByHowMany: what acts of earlier versions, or lost ones, do not tell accuses
// nobody; what they tell counts.
func TestSinceWhenAndByHowMany(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC)
		c := &account.Control{DB: d, Bus: &event.Bus{}, Clock: func() time.Time { now = now.Add(time.Second); return now }}
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		given := access.Everywhere(access.Operator)
		sue, _, err := c.CreatePerson(t.Context(), access.CommandLine(), account.NewPerson{Username: "sue", Holdings: given})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []access.Position{access.DutyLead, access.Auditor} {
			given = append(given, access.Holding{Position: p})
			if _, err := c.ChangePerson(t.Context(), access.CommandLine(), sue.ID, account.PersonChange{Holdings: &given}); err != nil {
				t.Fatal(err)
			}
		}
		bob, _, err := c.CreatePerson(t.Context(), access.CommandLine(), account.NewPerson{Username: "bob", Holdings: access.Everywhere(access.Operator)})
		if err == nil {
			_, err = roll.Confirm(t.Context(), d, access.CommandLine(), bob.ID, c.Clock.Micro())
		}
		if err != nil {
			t.Fatal(err)
		}
		since := func(position, is string) string {
			return "UPDATE people_positions SET since_at = (" + is + ") WHERE position = '" + position + "' AND person = '" + sue.ID + "'"
		}
		for forged, found := range map[string]bool{
			"UPDATE people_positions SET alone = alone":                                           false,
			"UPDATE people_positions SET alone = NOT alone WHERE person = '" + bob.ID + "'":       true,
			"UPDATE people_positions SET since_at = since_at + 1 WHERE person = '" + bob.ID + "'": true,
			// As a version that did not keep it took it from the last change.
			since("operator", "SELECT MAX(at) FROM acts WHERE kind = 'person.positions_changed'"): false,
			since("auditor", "SELECT MIN(at) FROM acts WHERE kind = 'person.positions_changed'"):  true,
			since("auditor", "7"): true,
			// Whoever made them is lost, and an act tells of what was given before it.
			"DELETE FROM acts WHERE kind = 'person.created'": false,
			"DELETE FROM acts WHERE kind = 'person.created'; UPDATE people_positions SET alone = NOT alone, since_at = 7 WHERE position = 'operator'": false,
			"DELETE FROM acts WHERE kind = 'person.created'; " + since("duty_lead", "7"):                                                              true,
		} {
			dbtest.Forge(t, d, forged, func(ctx context.Context, tx bun.Tx) {
				if all := held.Rows(t, roll.Differ)(ctx, tx); len(all) > 0 != found {
					t.Errorf("%s: found %q", forged, all)
				}
			})
		}
	})
}

// TestEveryHonestWayIsKnown: who was made by the set-up, by an administrator, by a directory
// or on the machine, and holds a position by any of these, is believed.
func TestEveryHonestWayIsKnown(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &account.Control{DB: d, Bus: &event.Bus{}}
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		token, err := c.SetupToken(t.Context())
		if err != nil || token == "" {
			t.Fatal(err)
		}
		first, err := c.Setup(t.Context(), token, account.NewPerson{Username: "ann", Password: "a-long-password-9"}, access.Origin{Address: "192.0.2.1"})
		if err != nil {
			t.Fatal(err)
		}
		ann := access.ActorOf(first.Identity.Person.ID, access.Administrator)
		sue, _, err := c.CreatePerson(t.Context(), ann, account.NewPerson{Username: "sue", Holdings: access.Everywhere(access.Operator)})
		if err != nil {
			t.Fatal(err)
		}
		given := access.Everywhere(access.Supervisor)
		if _, err := c.ChangePerson(t.Context(), ann, sue.ID, account.PersonChange{Holdings: &given}); err != nil {
			t.Fatal(err)
		}
		bob, _, err := c.CreatePerson(t.Context(), access.CommandLine(), account.NewPerson{Username: "bob", Holdings: access.Everywhere(access.Leader)})
		if err != nil {
			t.Fatal(err)
		}
		// The set-up is over: what a directory and an administrator give waits for bob.
		two := &appointment.Appointments{DB: d, Told: c.Told}
		confirm := func() {
			t.Helper()
			waiting, err := two.List(t.Context(), proposal.Proposed)
			if err != nil || len(waiting) != 1 {
				t.Fatalf("%+v, %v", waiting, err)
			}
			if err := two.Decide(t.Context(), access.ActorOf(bob.ID, access.Leader), waiting[0].ID, true, ""); err != nil {
				t.Fatal(err)
			}
		}
		enter := func() (account.SignedIn, error) {
			return c.Enter(t.Context(), account.Vouched{Directory: "ad", Issuer: "ad", Subject: "1", Username: "dan", Positions: []access.Position{access.Leader}, Create: true}, access.Origin{Address: "192.0.2.2"})
		}
		if _, err := enter(); !errors.Is(err, account.ErrPositionsWait) {
			t.Fatal(err)
		}
		confirm()
		dan, err := enter()
		if err != nil {
			t.Fatal(err)
		}
		tom, initial, err := c.CreatePerson(t.Context(), ann, account.NewPerson{Username: "tom", Holdings: access.Everywhere(access.Auditor)})
		if err != nil {
			t.Fatal(err)
		}
		in, err := c.SignIn(t.Context(), "tom", initial, access.Origin{Address: "192.0.2.3"})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.ChangePassword(t.Context(), in.Identity.Actor, initial, "a horse of my own 9"); err != nil {
			t.Fatal(err)
		}
		confirm()
		if err := c.Vouch(t.Context(), account.Vouched{Directory: "ad", Issuer: "ad", Subject: "1", Username: "dan", Positions: []access.Position{access.Supervisor}}); err != nil {
			t.Fatal(err)
		}
		confirm()
		found, err := roll.Differ(t.Context(), d.Read())
		if err != nil || len(found) != 0 {
			t.Errorf("found %+v, %v", found, err)
		}
		// A review confirms what one person gave; the line of somebody else stays open.
		reviews := &review.Reviews{DB: d, Accounts: c}
		one, err := reviews.Open(t.Context(), access.ActorOf(dan.Identity.Person.ID, access.Supervisor), "")
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range one.Items {
			if i.Person == sue.ID {
				if _, err := reviews.Decide(t.Context(), access.ActorOf(dan.Identity.Person.ID, access.Supervisor), one.ID, []string{i.ID}, review.Confirmed, "still needed"); err != nil {
					t.Fatal(err)
				}
			}
		}
		held.Altered(t, d, map[string][]string{"people_positions": nil}, roll.Differ)
		all, _, err := ledger.LoggedOf(t.Context(), d.Read(), roll.Kinds()...)
		if err != nil {
			t.Fatal(err)
		}
		var acts []roll.Act
		slices.SortStableFunc(all, func(a, b ledger.Logged) int { return cmp.Compare(a.Act.At, b.Act.At) }) // ids of one millisecond have no order
		for i, l := range all {                                                                             // in the order of the log
			acts = append(acts, roll.Act{ID: l.Act.ID, Person: l.Act.Person, Kind: l.Act.Kind, Subject: l.Act.Subject, At: l.Act.At, Log: "node/log", Leaf: int64(i), Detail: l.Content.Detail})
		}
		r := roll.Of(acts)
		now := acts[len(acts)-1].At + minute
		for id, p := range map[string]access.Position{first.Identity.Person.ID: access.Administrator, sue.ID: access.Supervisor, bob.ID: access.Leader, dan.Identity.Person.ID: access.Supervisor, tom.ID: access.Auditor} {
			a := roll.Act{ID: "zzz", Person: id, Kind: "deletion.approved", At: now, Log: "node/log", Leaf: 1000, Detail: `{"decision":{"position":"` + string(p) + `"}}`}
			if !r.May(a) {
				t.Errorf("%s is not believed", p)
			}
			if a.Detail = `{"decision":{"position":"technician"}}`; r.May(a) {
				t.Errorf("%s is believed as a technician", p)
			}
		}
	})
}
