package factor

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/factor/card"
	"watchroom/internal/access/limit"
	"watchroom/internal/access/means"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
)

const (
	ofZhang = secret.Text("0004719283")
	ofLi    = secret.Text("04:A2:B7:1F")
	pin     = secret.Text("804137")
)

// counting counts the PINs that are hashed, and those of them that could be right.
type counting struct {
	card.Hasher

	all, real atomic.Int64
}

func (c *counting) Matches(ctx context.Context, pin secret.Text, hash string) (bool, error) {
	if c.all.Add(1); hash != "" {
		c.real.Add(1)
	}
	return c.Hasher.Matches(ctx, pin, hash)
}

// desk is who issues cards.
func (h *house) desk() access.Actor {
	h.t.Helper()
	h.person("desk", access.Administrator)
	return h.in("desk").Actor
}

// card issues one to a person, who chooses a PIN.
func (h *house) card(desk access.Actor, who account.Identity, number secret.Text) Enrolled {
	h.t.Helper()
	if _, err := h.IssueCard(h.t.Context(), desk, who.Actor.Person, number, "员工卡", "", here()); err != nil {
		h.t.Fatal(err)
	}
	made, err := h.ChoosePIN(h.t.Context(), who, good, number, "", pin, here())
	if err != nil {
		h.t.Fatal(err)
	}
	return made
}

func (h *house) byCard(name string, number, pin secret.Text) error {
	h.t.Helper()
	_, err := h.ByCard(h.t.Context(), h.ticket(name), number, pin, here())
	return err
}

// why is what the newest act of a kind says of a refusal.
func (h *house) refused(what string) ledger.Act {
	h.t.Helper()
	for _, a := range h.acts() {
		if a.Kind == "factor.refused" {
			return a
		}
	}
	h.t.Fatalf("%s: nothing was refused", what)
	return ledger.Act{}
}

// TestACardWithItsPIN: somebody else issues it, its owner chooses the PIN, and from then on the
// password alone opens nothing.
func TestACardWithItsPIN(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, h *house) {
		desk := h.desk()
		h.person("zhang", access.Operator)
		who := h.in("zhang")
		me := who.Actor.Person
		_, err := h.IssueCard(t.Context(), desk, desk.Person, ofZhang, "x", "", here())
		h.fails("a card of one's own", err, ErrOwn)
		_, err = h.IssueCard(t.Context(), who.Actor, desk.Person, ofZhang, "x", "", here())
		if problem.Of(err).Kind != problem.Forbidden {
			t.Errorf("an operator issues a card: %v", err)
		}
		_, err = h.IssueCard(t.Context(), desk, me, "x", "员工卡", "", here())
		h.fails("no number", err, card.ErrNumber)
		_, err = h.ChoosePIN(t.Context(), who, good, ofZhang, "", pin, here())
		h.fails("a PIN without a card", err, card.ErrNone)

		issued, err := h.IssueCard(t.Context(), desk, me, ofZhang, "员工卡", "", here())
		if err != nil || issued.State != NoPIN || issued.Tail != "9283" {
			t.Fatalf("%+v, %v", issued, err)
		}
		if act := h.done("issued", "card.issued")[0]; act.Person != desk.Person || act.Detail["person"] != me || act.Subject != issued.ID {
			t.Errorf("%+v", act)
		}
		h.in("zhang") // it is no factor yet, and the password opens
		_, err = h.NewCodes(t.Context(), who, good)
		h.fails("codes on paper beside a card without a PIN", err, ErrNone)
		choose := func(password, number, old, pin secret.Text) error {
			_, err := h.ChoosePIN(t.Context(), who, password, number, old, pin, here())
			return err
		}
		h.fails("a wrong password", choose("wrong horse 7", ofZhang, "", pin), account.ErrWrongPassword)
		h.fails("a weak PIN", choose(good, ofZhang, "", "123456"), card.ErrPIN)
		h.fails("another card", choose(good, "0004719284", "", pin), ErrRefused)
		made, err := h.ChoosePIN(t.Context(), who, good, " 0004719283\r", "", pin, here())
		if err != nil || made.Factor.State != "" || len(made.Codes) == 0 {
			t.Fatalf("%+v, %v", made, err)
		}
		if act := h.done("chosen", "factor.codes_made", "card.pin_chosen")[1]; act.Person != me || act.Detail["nth"] != json.Number("1") && act.Detail["nth"] != 1.0 {
			t.Errorf("%+v", act)
		}
		kinds, err := h.Kinds(t.Context(), h.DB.Read(), me)
		if err != nil || !slices.Equal(kinds, []string{Card, Recovery}) {
			t.Errorf("%v, %v", kinds, err)
		}
		if err := h.byCard("zhang", ofZhang, pin); err != nil {
			t.Errorf("card and PIN: %v", err)
		}
		if act := h.done("used", "session.opened", "factor.used")[1]; act.Detail["kind"] != Card || act.Subject != issued.ID {
			t.Errorf("%+v", act)
		}
		h.fails("a wrong PIN", h.byCard("zhang", ofZhang, "804138"), ErrRefused)
		if act := h.refused("a wrong PIN"); act.Detail["why"] != "card_pin_wrong" {
			t.Errorf("%+v", act)
		}
		h.fails("the PIN without the card", h.byCard("zhang", "", pin), ErrRefused)
		h.pass(time.Hour)

		h.fails("another PIN without the old one", choose(good, ofZhang, "", "739582"), ErrRefused)
		h.fails("another PIN with a wrong one", choose(good, ofZhang, "739581", "739582"), ErrRefused)
		h.now = h.now.Add(-30 * time.Minute) // a clock that is set back makes no PIN the newer one
		if err := choose(good, ofZhang, pin, "739582"); err != nil {
			t.Errorf("another PIN: %v", err)
		}
		h.pass(2 * time.Hour)
		h.fails("the PIN before", h.byCard("zhang", ofZhang, pin), ErrRefused)
		if err := h.byCard("zhang", ofZhang, "739582"); err != nil {
			t.Errorf("the new PIN: %v", err)
		}
	})
}

// TestWrongPINsLockACard: they are counted before one is hashed, also those that come at once; a
// locked card is still asked for, and whoever issues cards unlocks it.
func TestWrongPINsLockACard(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, h *house) {
		hashes := &counting{Hasher: h.Cards.Hashes}
		h.Cards.Hashes = hashes
		desk := h.desk()
		h.person("zhang", access.Operator)
		who := h.in("zhang")
		made := h.card(desk, who, ofZhang)
		me, id := who.Actor.Person, made.Factor.ID

		for range 4 { // four and a right one, again and again, lock nothing
			h.fails("a wrong PIN", h.byCard("zhang", ofZhang, "111111"), ErrRefused)
		}
		if err := h.byCard("zhang", ofZhang, pin); err != nil {
			t.Fatal(err)
		}
		hashes.all.Store(0)
		for range 5 {
			h.fails("an unknown card", h.byCard("zhang", "0004719284", "111111"), ErrRefused)
		}
		if n := hashes.all.Load(); n != 5 {
			t.Errorf("%d of five unknown cards took the time of a PIN", n)
		}
		h.fails("the sixth", h.byCard("zhang", ofZhang, pin), limit.ErrTooManyAttempts)
		if n := hashes.all.Load(); n != 5 {
			t.Errorf("%d were hashed beyond the limit of attempts", n-5)
		}
		h.pass(24 * time.Hour)
		if err := h.byCard("zhang", ofZhang, pin); err != nil {
			t.Errorf("unknown cards count against the PIN: %v", err)
		}

		hashes.real.Store(0)
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				if _, err := h.Cards.Try(context.WithoutCancel(t.Context()), me, ofZhang, secret.Text(fmt.Sprintf("%06d", i)), here()); err == nil {
					t.Error("a wrong PIN is right")
				}
			})
		}
		all.Wait()
		if n := hashes.real.Load(); n != 5 {
			t.Errorf("%d PINs were looked at, of 20 at once", n)
		}
		locked := 0
		for _, a := range h.acts() {
			if a.Kind == "card.locked" {
				locked++
			}
		}
		if locked != 1 {
			t.Errorf("%d acts say that it is locked", locked)
		}
		own, err := h.Of(t.Context(), who)
		if err != nil || own.Factors[0].State != Locked || !slices.ContainsFunc(own.Notices, func(n Notice) bool { return n.Kind == "card_locked" }) {
			t.Errorf("%+v, %v", own, err)
		}
		hashes.real.Store(0)
		h.fails("the right PIN of a locked card", h.byCard("zhang", ofZhang, pin), ErrRefused) // and the password alone opens nothing
		if act := h.refused("locked"); act.Detail["why"] != "card_locked" || hashes.real.Load() != 0 {
			t.Errorf("%+v, %d", act, hashes.real.Load())
		}
		_, err = h.ChoosePIN(t.Context(), who, good, ofZhang, pin, "739582", here())
		h.fails("another PIN of a locked card", err, ErrRefused)

		_, err = h.UnlockCard(t.Context(), who.Actor, me, id, "mistyped", here())
		if problem.Of(err).Kind != problem.Forbidden {
			t.Errorf("its owner unlocks it: %v", err)
		}
		if x, err := h.UnlockCard(t.Context(), desk, me, id, "mistyped", here()); err != nil || x.State != "" {
			t.Fatalf("%+v, %v", x, err)
		}
		h.done("unlocked", "card.unlocked")
		_, err = h.UnlockCard(t.Context(), desk, me, id, "mistyped", here())
		h.fails("unlocked again", err, card.ErrNotLocked)
		if err := h.byCard("zhang", ofZhang, pin); err != nil {
			t.Errorf("an unlocked card: %v", err)
		}
		h.rule("second_factor.card_wrong", "3")
		for range 3 {
			h.fails("a wrong PIN", h.byCard("zhang", ofZhang, "111111"), ErrRefused)
		}
		if act := h.acts(); !slices.ContainsFunc(act[:3], func(a ledger.Act) bool { return a.Kind == "card.locked" }) {
			t.Errorf("the house's number locks nothing: %+v", act[:3])
		}
	})
}

// TestTheCardOfAnother: it is refused, whatever the PIN, and on record by whose it is.
func TestTheCardOfAnother(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, h *house) {
		desk := h.desk()
		h.person("zhang", access.Operator)
		h.person("li", access.Operator)
		zhang, li := h.in("zhang"), h.in("li")
		h.card(desk, zhang, ofZhang)
		theirs := h.card(desk, li, ofLi)
		_, err := h.IssueCard(t.Context(), desk, zhang.Actor.Person, ofLi, "员工卡", "he found it", here())
		h.fails("a card that is somebody's", err, card.ErrTaken)
		for range 5 {
			h.fails("another's card", h.byCard("zhang", ofLi, pin), ErrRefused)
		}
		if act := h.refused("another's card"); act.Person != zhang.Actor.Person || act.Detail["card"] != theirs.Factor.ID || act.Detail["of"] != li.Actor.Person {
			t.Errorf("%+v", act)
		}
		h.pass(24 * time.Hour)
		if err := h.byCard("li", ofLi, pin); err != nil {
			t.Errorf("its owner: %v", err)
		}
		open := func(use func(context.Context, bun.Tx) error) error {
			return h.DB.SerializableTx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return use(ctx, tx) })
		}
		h.fails("another's card at a console", h.UnlockByCard(t.Context(), zhang, ofLi, pin, here(), open), ErrRefused)
		if act := h.refused("a console"); act.Detail["at"] != "console" || act.Detail["of"] != li.Actor.Person {
			t.Errorf("%+v", act)
		}
		if err := h.UnlockByCard(t.Context(), zhang, ofZhang, pin, here(), open); err != nil {
			t.Errorf("one's own at a console: %v", err)
		}
	})
}

// TestVouchingWithACard: the second person shows card and PIN at the screen of who asked.
func TestVouchingWithACard(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, h *house) {
		desk := h.desk()
		h.person("zhang", access.Supervisor)
		who := h.in("zhang")
		made := h.card(desk, who, ofZhang)
		sessions := h.count("sessions")
		var by []string
		do := func(_ context.Context, _ bun.Tx, it access.Actor) error {
			by = append(by, it.Person)
			return nil
		}
		var need *account.SecondNeeded
		if err := h.Vouch(t.Context(), "zhang", good, "ask-1", here(), do); !errors.As(err, &need) || !slices.Contains(need.Kinds, Card) {
			t.Fatal(err)
		}
		h.fails("for something else", h.VouchByCard(t.Context(), need.Ticket, "ask-2", ofZhang, pin, here(), do), ErrStepExpired)
		h.fails("a wrong PIN", h.VouchByCard(t.Context(), need.Ticket, "ask-1", ofZhang, "804138", here(), do), ErrRefused)
		if act := h.refused("a wrong PIN"); act.Detail["at"] != "second_person" {
			t.Errorf("%+v", act)
		}
		if err := h.VouchByCard(t.Context(), need.Ticket, "ask-1", ofZhang, pin, here(), do); err != nil {
			t.Fatal(err)
		}
		if act := h.done("vouched", "factor.used")[0]; act.Subject != made.Factor.ID {
			t.Errorf("%+v", act)
		}
		h.fails("the step again", h.VouchByCard(t.Context(), need.Ticket, "ask-1", ofZhang, pin, here(), do), ErrStepUsed)
		if !slices.Equal(by, []string{who.Actor.Person}) || h.count("sessions") != sessions {
			t.Errorf("%v did it, %d sessions more", by, h.count("sessions")-sessions)
		}
	})
}

// TestACardThatIsTakenBack: whoever is signed in with it is not any more, a sign-in that has begun
// ends, and another takes its place only with a reason and without its PIN.
func TestACardThatIsTakenBack(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, h *house) {
		desk := h.desk()
		h.person("zhang", access.Operator)
		h.person("li", access.Operator)
		zhang := h.in("zhang")
		me := zhang.Actor.Person
		made := h.card(desk, zhang, ofZhang)
		in, err := h.ByCard(t.Context(), h.ticket("zhang"), ofZhang, pin, here())
		if err != nil {
			t.Fatal(err)
		}
		row, err := h.Cards.Try(t.Context(), me, ofZhang, pin, here())
		if err != nil {
			t.Fatal(err)
		}
		if err := h.RemoveLost(t.Context(), desk, me, made.Factor.ID, "it is lost", here()); err != nil {
			t.Fatal(err)
		}
		h.done("taken back", "factor.removed")
		if _, err := h.Account.BySession(t.Context(), in.Secret); err == nil {
			t.Error("the session goes on")
		}
		err = h.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if ok, err := h.Cards.Use(ctx, tx, row); ok || err != nil {
				t.Errorf("a card that was taken back is used: %v, %v", ok, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		// The same card can be somebody else's then, and is taken over from an account that has ended.
		li := h.in("li")
		h.card(desk, li, ofZhang)
		h.exec("UPDATE people SET disabled = true WHERE id = '" + li.Actor.Person + "'")
		zhang = h.in("zhang")
		again := h.card(desk, zhang, ofZhang)
		_, err = h.IssueCard(t.Context(), desk, me, ofLi, "员工卡", "", here())
		h.fails("another without a reason", err, card.ErrHasOne)
		if x, err := h.IssueCard(t.Context(), desk, me, ofZhang, "员工卡", "the PIN is forgotten", here()); err != nil || x.State != NoPIN || x.ID == again.Factor.ID {
			t.Errorf("issued anew: %+v, %v", x, err)
		}
		if h.count("recovery_codes") != 0 {
			t.Error("codes on paper are left where nothing is that they stand in for")
		}
		zhang = h.in("zhang")
		if _, err := h.ChoosePIN(t.Context(), zhang, good, ofZhang, "", "739582", here()); err != nil {
			t.Error(err)
		}
		if err := h.Remove(t.Context(), zhang, again.Factor.ID, good, here()); !errors.Is(err, ErrUnknown) {
			t.Errorf("the card before: %v", err)
		}
		last, err := card.Of(t.Context(), h.DB.Read(), me)
		if err != nil || last == nil {
			t.Fatal(last, err)
		}
		command := &Factors{DB: h.DB, Clock: h.Clock, Account: h.Account} // as user remove-factors has them
		if err := command.RemoveLost(t.Context(), access.CommandLine(), me, last.ID, "it is lost", access.Origin{}); err != nil || h.count("cards") != 0 {
			t.Errorf("by a command on the machine: %v", err)
		}
	})
}

// TestAPlantedCardOpensNothing: who has the database in hand alone gets in by no row, and it is named.
func TestAPlantedCardOpensNothing(t *testing.T) {
	clause.Covers(t, "C113", "C104")
	each(t, func(t *testing.T, h *house) {
		desk := h.desk()
		h.person("zhang", access.Operator)
		h.person("li", access.Operator)
		zhang, li := h.in("zhang"), h.in("li")
		made := h.card(desk, zhang, ofZhang)
		theirs := h.card(desk, li, ofLi)
		id := made.Factor.ID
		before, err := card.Of(t.Context(), h.DB.Read(), zhang.Actor.Person)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.ChoosePIN(t.Context(), zhang, good, ofZhang, pin, "739582", here()); err != nil {
			t.Fatal(err)
		}
		now, err := card.Of(t.Context(), h.DB.Read(), zhang.Actor.Person)
		if err != nil {
			t.Fatal(err)
		}
		blob := func(b []byte) string {
			if h.DB.Engine() == db.PostgreSQL {
				return `'\x` + hex.EncodeToString(b) + `'`
			}
			return `x'` + hex.EncodeToString(b) + `'`
		}
		tried := func(what string, number, pin secret.Text, forge, mend string) {
			t.Helper()
			h.pass(24 * time.Hour)
			h.exec(forge)
			if _, err := h.Cards.Try(t.Context(), zhang.Actor.Person, number, pin, here()); problem.Of(err).Code != "card_not_on_record" {
				t.Errorf("%s: %v", what, err)
			}
			differ, err := means.Differ(t.Context(), h.DB.Read())
			if err != nil || len(differ) == 0 {
				t.Errorf("%s is not named: %v", what, err)
			}
			h.exec(mend)
			h.exec("UPDATE cards SET wrong = 0")
		}
		put := func(set string) string { return "UPDATE cards SET " + set + " WHERE id = '" + id + "'" }
		row, err := card.Of(t.Context(), h.DB.Read(), li.Actor.Person)
		if err != nil {
			t.Fatal(err)
		}
		tried("the PIN of another", ofZhang, pin, put("pin = "+blob(row.PIN)), put("pin = "+blob(now.PIN)))
		tried("the PIN before", ofZhang, pin, put("pin = "+blob(before.PIN)), put("pin = "+blob(now.PIN)))
		tried("the PIN before, by its number", ofZhang, pin, put("pins = 1, pin = "+blob(before.PIN)), put("pins = 2, pin = "+blob(now.PIN)))
		h.exec("DELETE FROM cards WHERE id = '" + theirs.Factor.ID + "'")
		tried("another card", ofLi, "739582", put("number_hash = "+blob(row.NumberHash)), put("number_hash = "+blob(now.NumberHash)))
		insert := fmt.Sprintf("INSERT INTO cards (id, person, name, number_hash, tail, issued_by, created_at, pin, pins) VALUES ('%s', '%s', 'x', %s, '', '', 1, %s, 2)",
			"planted", zhang.Actor.Person, blob(now.NumberHash), blob(now.PIN))
		h.exec("DELETE FROM cards")
		h.exec(insert)
		if _, err := h.Cards.Try(t.Context(), zhang.Actor.Person, ofZhang, "739582", here()); problem.Of(err).Code != "card_not_on_record" {
			t.Errorf("a row that no act made: %v", err)
		}
		h.exec("DELETE FROM cards")
		back := func(r *card.Row) {
			t.Helper()
			err := h.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { _, err := tx.NewInsert().Model(r).Exec(ctx); return err })
			if err != nil {
				t.Fatal(err)
			}
		}
		back(now)
		back(row)
		for range 5 {
			_, _ = h.Cards.Try(t.Context(), zhang.Actor.Person, ofZhang, "111111", here())
		}
		var at int64
		if err := h.DB.Read().NewSelect().Table("cards").Column("locked_at").Where("id = ?", id).Scan(t.Context(), &at); err != nil || at == 0 {
			t.Fatal(at, err)
		}
		tried("a lock that was taken off", ofZhang, "739582", put("locked_at = NULL, wrong = 0"), put(fmt.Sprintf("locked_at = %d", at)))
		if err := h.RemoveLost(t.Context(), desk, zhang.Actor.Person, id, "it is lost", here()); err != nil {
			t.Fatal(err)
		}
		back(now)
		if _, err := h.Cards.Try(t.Context(), zhang.Actor.Person, ofZhang, "739582", here()); problem.Of(err).Code != "card_not_on_record" {
			t.Errorf("one that was taken back: %v", err)
		}
		h.exec("DELETE FROM cards WHERE id = '" + id + "'")
	})
}

// TestWhereACardIsNotEnough: a position that must have more is not satisfied by a card, and whoever
// has more shows that.
func TestWhereACardIsNotEnough(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, h *house) {
		desk := h.desk()
		set := map[string]json.RawMessage{"second_factor.positions": json.RawMessage(`["operator","supervisor"]`), "second_factor.beyond_card": json.RawMessage(`["supervisor"]`)}
		if left := h.Rules.Put(set); len(left) > 0 {
			t.Fatal(left)
		}
		h.person("zhang", access.Operator)
		h.person("wang", access.Supervisor)
		lacks := func(name string) bool {
			t.Helper()
			who, err := h.Account.SignIn(t.Context(), name, good, here())
			if need := (*account.SecondNeeded)(nil); errors.As(err, &need) {
				number := map[string]secret.Text{"zhang": ofZhang, "wang": ofLi}[name]
				who, err = h.ByCard(t.Context(), need.Ticket, number, pin, here())
			}
			if err != nil {
				t.Fatal(err)
			}
			return who.Identity.FactorMissing
		}
		for _, name := range []string{"zhang", "wang"} {
			who := h.in(name)
			if !who.FactorMissing {
				t.Errorf("%s needs nothing", name)
			}
			h.card(desk, who, map[string]secret.Text{"zhang": ofZhang, "wang": ofLi}[name])
		}
		if lacks("zhang") || !lacks("wang") {
			t.Errorf("zhang lacks %v, wang %v", lacks("zhang"), lacks("wang"))
		}
		in, err := h.ByCard(t.Context(), h.ticket("wang"), ofLi, pin, here())
		if err != nil {
			t.Fatal(err)
		}
		a := h.enrolApp(in.Identity)
		h.pass(time.Minute)
		h.fails("a card beside an app", h.byCard("wang", ofLi, pin), ErrRefused)
		if act := h.refused("not enough"); act.Detail["why"] != "card_not_enough" {
			t.Errorf("%+v", act)
		}
		in, err = h.ByCode(t.Context(), h.ticket("wang"), TOTP, h.code(a, 0), here())
		if err != nil {
			t.Fatalf("the app: %v", err)
		}
		h.fails("the app is removed, and the card left", h.Remove(t.Context(), in.Identity, a.id, good, here()), ErrLast)
	})
}

// TestNoNumberAndNoPINIsToldAnywhere: not in rows, acts or logs, in clear or as what a plain hash
// of it would be.
func TestNoNumberAndNoPINIsToldAnywhere(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, h *house) {
		var logged bytes.Buffer
		h.Log = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
		desk := h.desk()
		h.person("zhang", access.Operator)
		who := h.in("zhang")
		h.card(desk, who, ofZhang)
		h.fails("a wrong PIN", h.byCard("zhang", ofZhang, "926405"), ErrRefused)
		h.fails("an unknown card", h.byCard("zhang", "0009998887", pin), ErrRefused)
		var b strings.Builder
		fmt.Fprintln(&b, logged.String())
		for _, a := range h.acts() {
			text, err := json.Marshal(a)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(text)
		}
		row, err := card.Of(t.Context(), h.DB.Read(), who.Actor.Person)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s %s %x %x", row.Tail, row.PIN, row.NumberHash, row.NumberHash, row.PIN)
		for _, s := range []secret.Text{ofZhang, pin, "926405", "0009998887"} {
			for _, is := range []string{s.Reveal(), hex.EncodeToString(secret.HashOf(s))} {
				if strings.Contains(b.String(), is) {
					t.Errorf("%s is told", is)
				}
			}
		}
	})
}
