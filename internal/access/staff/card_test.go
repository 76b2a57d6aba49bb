package staff

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/factor/card"
	"watchroom/internal/access/means"
	"watchroom/internal/access/password"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/held"
)

// TestACardEndsWithTheAccount: a stand-in gets one at admission, which is another's on the next
// day; whoever leaves, and whose contract ends, has none any more.
func TestACardEndsWithTheAccount(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, o *office) {
		box, err := secret.NewBox(bytes.Repeat([]byte{7}, 32))
		if err != nil {
			t.Fatal(err)
		}
		hashes, err := password.NewHasher(nil)
		if err != nil {
			t.Fatal(err)
		}
		o.Cards = &card.Cards{DB: o.DB, Clock: o.Clock, Box: box, Hashes: hashes}
		lead := access.ActorOf(o.person("lead", access.DutyLead), access.DutyLead)
		of := func(person string) *card.Row {
			t.Helper()
			r, err := card.Of(t.Context(), o.DB.Read(), person)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		admit := func(username string) string {
			t.Helper()
			_, who, _, err := o.Admit(t.Context(), lead, Admission{Name: username, Username: username, Unit: o.guards.ID, Identity: "310101199001011234", ConfirmedBy: "张主任", Hours: 8,
				Card: "0004719283", CardName: "顶岗卡"})
			if err != nil {
				t.Fatal(err)
			}
			return who.ID
		}
		first := admit("first")
		if r := of(first); r == nil || r.IssuedBy != lead.Person || r.Tail != "9283" {
			t.Fatalf("%+v", r)
		}
		if _, _, _, err := o.Admit(t.Context(), lead, Admission{Name: "x", Username: "other", Unit: o.guards.ID, Identity: "310101199001011234", ConfirmedBy: "张主任", Hours: 8,
			Card: "0004719283", CardName: "顶岗卡"}); err == nil {
			t.Error("a card of somebody who is here is given to another")
		}
		o.now = o.now.Add(24 * time.Hour)
		second := admit("second")
		if of(first) != nil || of(second) == nil {
			t.Error("the card of yesterday's stand-in is not today's")
		}
		li := o.person("li", access.Operator)
		draft, err := o.Cards.Draft(o.admin, li, "04A2B71F", "员工卡")
		if err != nil {
			t.Fatal(err)
		}
		err = o.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := o.Cards.Issue(ctx, tx, o.admin, draft, access.Origin{})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Leave(t.Context(), o.admin, li, "a new job", nil); err != nil {
			t.Fatal(err)
		}
		if _, err := o.units.End(t.Context(), o.admin, o.contract.ID, "over"); err != nil {
			t.Fatal(err)
		}
		if of(li) != nil || of(second) != nil {
			t.Errorf("%v, %v", of(li), of(second))
		}
		if n := len(o.acts("factor.removed")); n != 3 {
			t.Errorf("%d acts tell of it", n)
		}
		held.Honest(t, o.DB, means.Differ)
	})
}
