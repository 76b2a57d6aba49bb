package factor

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/limit"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
)

// TestVouching: who shows at another's screen who they are does one thing there, and gets no
// session; the second step is good for that thing alone.
func TestVouching(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, h *house) {
		plain, zhang := h.person("lead", access.DutyLead), h.person("zhang", access.Supervisor)
		who := h.in("zhang")
		a := h.enrolApp(who)
		key, _ := h.enrolKey(who, "钥匙")
		sessions := h.count("sessions")
		var by []string
		do := func(_ context.Context, _ bun.Tx, it access.Actor) error {
			by = append(by, it.Person)
			return nil
		}
		errNo := errors.New("not this one")
		if err := h.Vouch(t.Context(), "lead", good, "ask-1", here(), do); err != nil {
			t.Fatal(err)
		}
		h.fails("what is done refuses", h.Vouch(t.Context(), "lead", good, "ask-1", here(), func(context.Context, bun.Tx, access.Actor) error { return errNo }), errNo)
		h.fails("a wrong password", h.Vouch(t.Context(), "lead", "wrong", "ask-1", here(), do), account.ErrSignInFailed)
		h.done("a wrong password", "session.refused")
		ticket := func() secret.Text {
			t.Helper()
			var need *account.SecondNeeded
			if err := h.Vouch(t.Context(), "zhang", good, "ask-1", here(), do); !errors.As(err, &need) {
				t.Fatal(err)
			}
			return need.Ticket
		}
		first := ticket()
		if act := h.done("the password", "session.second_asked")[0]; act.Detail["at"] != "second_person" || act.Detail["about"] != "ask-1" {
			t.Errorf("%+v", act)
		}
		h.fails("for something else", h.VouchByCode(t.Context(), first, "ask-2", TOTP, h.code(a, 1), here(), do), ErrStepExpired)
		h.fails("elsewhere", h.VouchByCode(t.Context(), first, "ask-1", TOTP, h.code(a, 1), access.Origin{Address: "198.51.100.1"}, do), ErrStepExpired)
		h.fails("with the step of a sign-in", h.VouchByCode(t.Context(), h.ticket("zhang"), "", TOTP, h.code(a, 1), here(), do), ErrStepExpired)
		_, err := h.ByCode(t.Context(), first, TOTP, h.code(a, 1), here())
		h.fails("as a sign-in", err, ErrStepExpired)
		h.fails("a wrong code", h.VouchByCode(t.Context(), first, "ask-1", TOTP, "000000", here(), do), ErrRefused)
		if act := h.done("a wrong code", "factor.refused")[0]; act.Detail["at"] != "second_person" {
			t.Errorf("%+v", act)
		}
		h.fails("it could not be decided", h.VouchByCode(t.Context(), first, "ask-1", TOTP, h.code(a, 1), here(), func(context.Context, bun.Tx, access.Actor) error { return errNo }), errNo)
		if err := h.VouchByCode(t.Context(), first, "ask-1", TOTP, h.code(a, 1), here(), do); err != nil { // nothing was used up by it
			t.Fatal(err)
		}
		h.fails("the same code again", h.VouchByCode(t.Context(), first, "ask-1", TOTP, h.code(a, 1), here(), do), ErrRefused)
		asked, options, err := h.AskToVouch(t.Context(), ticket(), "ask-1", party(), here())
		if err != nil {
			t.Fatal(err)
		}
		answer := key.Get(h.t, options.Challenge)
		h.fails("a key for something else", h.VouchByPasskey(t.Context(), asked, "ask-2", answer, party(), here(), do), ErrStepExpired)
		if err := h.VouchByPasskey(t.Context(), asked, "ask-1", answer, party(), here(), do); err != nil {
			t.Fatal(err)
		}
		if n := h.count("sessions"); n != sessions {
			t.Errorf("%d sessions came of it", n-sessions)
		}
		if len(by) != 3 || by[0] != plain.ID || by[1] != zhang.ID || by[2] != zhang.ID {
			t.Errorf("done by %v", by)
		}
		disabled, last := true, ticket()
		if _, err := h.Account.ChangePerson(t.Context(), access.CommandLine(), zhang.ID, account.PersonChange{Disabled: &disabled}); err != nil {
			t.Fatal(err)
		}
		h.fails("after the account was closed", h.VouchByCode(t.Context(), last, "ask-1", Recovery, a.codes[0], here(), do), account.ErrSignInFailed)
		for range 8 {
			err = h.Vouch(t.Context(), "lead", "guess", "ask-1", here(), do)
		}
		h.fails("guessing", err, limit.ErrTooManyAttempts)
		_, err = h.Account.SignIn(t.Context(), "lead", good, here())
		h.fails("at the door as well", err, limit.ErrTooManyAttempts)
	})
}

// TestOneCodeOneDecision: a refusal uses up what was shown, and leaves nothing else.
func TestOneCodeOneDecision(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, h *house) {
		zhang := h.person("zhang", access.Supervisor)
		who := h.in("zhang")
		a := h.enrolApp(who)
		key, _ := h.enrolKey(who, "钥匙")
		ticket := func() secret.Text {
			t.Helper()
			var need *account.SecondNeeded
			if err := h.Vouch(t.Context(), "zhang", good, "ask-1", here(), nil); !errors.As(err, &need) {
				t.Fatal(err)
			}
			return need.Ticket
		}
		errNo := problem.New(problem.Forbidden, "not_this_one", "Not this one.")
		refuse := func(ctx context.Context, tx bun.Tx, _ access.Actor) error {
			if _, err := tx.ExecContext(ctx, "UPDATE people SET display_name = 'half done' WHERE id = ?", zhang.ID); err != nil {
				return err
			}
			return errNo
		}
		do := func(context.Context, bun.Tx, access.Actor) error {
			t.Error("done with what had been used up")
			return nil
		}
		first, second := ticket(), ticket()
		h.fails("a refusal", h.VouchByCode(t.Context(), first, "ask-1", TOTP, h.code(a, 1), here(), refuse), errNo)
		h.done("a refusal", "factor.used")
		h.fails("its step again", h.VouchByCode(t.Context(), first, "ask-1", Recovery, a.codes[0], here(), do), ErrStepUsed)
		h.fails("its code again", h.VouchByCode(t.Context(), second, "ask-1", TOTP, h.code(a, 1), here(), do), ErrRefused)
		h.fails("a refusal of a code on paper", h.VouchByCode(t.Context(), second, "ask-1", Recovery, a.codes[1], here(), refuse), errNo)
		h.fails("that again", h.VouchByCode(t.Context(), ticket(), "ask-1", Recovery, a.codes[1], here(), do), ErrRefused)
		h.pass(5 * time.Minute) // attempts come back
		asked, options, err := h.AskToVouch(t.Context(), ticket(), "ask-1", party(), here())
		if err != nil {
			t.Fatal(err)
		}
		answer := key.Get(h.t, options.Challenge)
		h.fails("a refusal of a key", h.VouchByPasskey(t.Context(), asked, "ask-1", answer, party(), here(), refuse), errNo)
		h.fails("that again", h.VouchByPasskey(t.Context(), asked, "ask-1", answer, party(), here(), do), ErrRefused)
		if p, err := h.Account.Person(t.Context(), zhang.ID); err != nil || p.DisplayName != zhang.DisplayName {
			t.Errorf("%q, %v: what was refused was half done", p.DisplayName, err)
		}
	})
}

// TestWhoLacksARequiredFactorVouchesAsThat: what is done knows that they may nothing yet.
func TestWhoLacksARequiredFactorVouchesAsThat(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person("lead", access.DutyLead)
		h.Required = []access.Position{access.DutyLead}
		err := h.Vouch(t.Context(), "lead", good, "ask", here(), func(_ context.Context, _ bun.Tx, it access.Actor) error { return access.Settled(it) })
		h.fails("without a factor", err, access.ErrFactorRequired)
	})
}
