package factor

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/factor/passkey"
	"watchroom/internal/access/factor/totp"
	"watchroom/internal/access/limit"
	"watchroom/internal/access/means"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/authenticator"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
	"watchroom/internal/text"
)

// TestTheSecondStepOfAnApp: nothing is open after the password; a code opens it once.
func TestTheSecondStepOfAnApp(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, h *house) {
		h.person("zhang", access.Operator)
		a := h.enrolApp(h.in("zhang"))
		h.done("enrolment", "factor.codes_made", "factor.enrolled", "session.opened")
		sessions := h.count("sessions")
		ticket := h.ticket("zhang")
		if n := h.count("sessions"); n != sessions {
			t.Errorf("the password alone opened %d sessions", n-sessions)
		}
		h.done("the password", "session.second_asked")
		use := func(ticket, code secret.Text) (account.SignedIn, error) {
			return h.ByCode(t.Context(), ticket, TOTP, code, here())
		}
		_, err := use(ticket, h.code(a, 0)) // the one that enrolled
		h.fails("the code of the enrolment", err, ErrRefused)
		if act := h.done("a code again", "factor.refused")[0]; act.Detail["why"] != "totp_code_used" || act.Person == "" || act.Detail["address"] != "192.0.2.1" {
			t.Errorf("%+v", act)
		}
		_, err = use(ticket, "000000")
		h.fails("a wrong code", err, ErrRefused)
		in, err := use(ticket, h.code(a, 1))
		if err != nil || in.Identity.Person.Username != "zhang" {
			t.Fatal(in, err)
		}
		if who, err := h.Account.BySession(t.Context(), in.Secret); err != nil || len(who.Actor.Actions()) == 0 {
			t.Errorf("%+v, %v", who, err)
		}
		h.done("the code", "session.opened", "factor.used")
		_, err = use(ticket, h.code(a, 1))
		h.fails("the same step and code", err, ErrRefused)
		_, err = use(h.ticket("zhang"), h.code(a, 1))
		h.fails("the same code at another sign-in", err, ErrRefused)
		h.pass(31 * time.Second)
		_, err = use(ticket, h.code(a, 1))
		h.fails("the same step", err, ErrStepUsed)
		if _, err = use(h.ticket("zhang"), h.code(a, 1)); err != nil {
			t.Errorf("the next code after a refused step: %v", err)
		}
	})
}

// TestAClockThatIsOffIsNamedAtTheSecondCode: at the sign-in, after the password and counted as the
// wrong codes that they are; one alone says nothing, and a code that was typed before its time is
// good for nothing when that comes.
func TestAClockThatIsOffIsNamedAtTheSecondCode(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, h *house) {
		h.person("zhang", access.Operator)
		a := h.enrolApp(h.in("zhang"))
		try := func(code secret.Text) error {
			_, err := h.ByCode(t.Context(), h.ticket("zhang"), TOTP, code, here())
			return err
		}
		plain := func(what string, err error) {
			t.Helper()
			if h.fails(what, err, ErrRefused); problem.Of(err).Code != ErrRefused.Code || problem.Of(err).Params["minutes"] != nil {
				t.Errorf("%s: %+v", what, problem.Of(err))
			}
		}
		hint := func(what string, err, want error, minutes int64) {
			t.Helper()
			if h.fails(what, err, want); problem.Of(err).Params["minutes"] != minutes || problem.Of(err).Kind != problem.NotSignedIn {
				t.Errorf("%s: %+v", what, problem.Of(err))
			}
		}
		next := func() { // nothing before counts
			t.Helper()
			h.pass(10 * time.Minute)
			if err := try(h.code(a, 0)); err != nil {
				t.Errorf("the right code: %v", err)
			}
		}
		next()
		early := h.code(a, 12)
		plain("one code of a clock that is ahead", try(early))
		plain("the same code", try(early))
		h.pass(30 * time.Second)
		hint("the next code of it", try(h.code(a, 12)), ErrClockAhead, 6)
		if act := h.done("the hint", "factor.refused")[0]; act.Detail["why"] != ErrClockAhead.Code {
			t.Errorf("%+v", act)
		}
		h.pass(5*time.Minute + 30*time.Second) // the clock is right by now
		if code := h.code(a, 0); code != early {
			t.Fatalf("%s is not %s", code, early)
		}
		plain("a code that was typed before its time", try(early))
		next()
		plain("behind", try(h.code(a, -8)))
		h.pass(time.Minute)
		hint("behind again", try(h.code(a, -8)), ErrClockBehind, 4)
		next()
		plain("ahead", try(h.code(a, 12)))
		plain("behind by then", try(h.code(a, -8)))
		next()
		plain("ahead, once more", try(h.code(a, 12)))
		plain("wrong at any time", try("000000"))
		plain("ahead, and not in a row", try(h.code(a, 13)))
		next()
		plain("long ago", try(h.code(a, 12)))
		h.pass(StepFor + time.Second)
		plain("the next code of it, long after", try(h.code(a, 12)))
		next()
		plain("farther off than ten minutes", try(h.code(a, 21)))
		h.pass(30 * time.Second)
		plain("and again", try(h.code(a, 21)))
		// It counts as any wrong code does.
		next()
		for n := range int64(30) {
			err := try(h.code(a, 5+n%2))
			if errors.Is(err, limit.ErrTooManyAttempts) {
				return
			}
		}
		t.Error("such codes can be tried without end")
	})
}

// TestAStepIsForOneThing: one purpose, one address, five minutes, one password.
func TestAStepIsForOneThing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.person("zhang", access.Operator)
		who := h.in("zhang")
		a := h.enrolApp(who)
		begun, err := h.BeginTOTP(t.Context(), who, good, here())
		if err != nil {
			t.Fatal(err)
		}
		alone, _, err := h.AskAlone(t.Context(), party(), here())
		if err != nil {
			t.Fatal(err)
		}
		ticket := h.ticket("zhang")
		use := func(ticket secret.Text, from access.Origin) error {
			_, err := h.ByCode(t.Context(), ticket, TOTP, h.code(a, 1), from)
			return err
		}
		for what, wrong := range map[string]secret.Text{"an enrolment": begun.Ticket, "a passkey's": alone, "nothing": "", "no base64": "!", "something": "AAAA",
			"cut": ticket[:len(ticket)-2], "10,000 characters": secret.Text(strings.Repeat("A", 10_000))} {
			h.fails(what, use(wrong, here()), ErrStepExpired)
		}
		h.fails("another address", use(ticket, access.Origin{Address: "192.0.2.2"}), ErrStepExpired)
		_, err = h.EnrolTOTP(t.Context(), who, ticket, "123456", "x", here())
		h.fails("enrolling with the second step", err, ErrStepExpired)
		_, err = h.ByPasskey(t.Context(), ticket, []byte("{}"), party(), here())
		h.fails("a passkey that was not asked for", err, ErrStepExpired)
		h.pass(StepFor)
		h.fails("after five minutes", use(ticket, here()), ErrStepExpired)
		ticket = h.ticket("zhang")
		if err := h.Account.ChangePassword(t.Context(), who.Actor, good, "another horse 8"); err != nil {
			t.Fatal(err)
		}
		h.fails("after the password changed", use(ticket, here()), account.ErrSignInFailed)
		if err := h.Account.ChangePassword(t.Context(), who.Actor, "another horse 8", good); err != nil {
			t.Fatal(err)
		}
		h.pass(time.Minute)
		ticket = h.ticket("zhang")
		disabled := true
		if _, err := h.Account.ChangePerson(t.Context(), access.CommandLine(), p.ID, account.PersonChange{Disabled: &disabled}); err != nil {
			t.Fatal(err)
		}
		h.fails("after the account was disabled", use(ticket, here()), account.ErrSignInFailed)
	})
}

// TestOneCodeForTwoBrowsers: of many that show the same code at once one is let in.
func TestOneCodeForTwoBrowsers(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person("zhang", access.Operator)
		a := h.enrolApp(h.in("zhang"))
		fixed := h.now
		h.Clock, h.Account.Clock = func() time.Time { return fixed }, func() time.Time { return fixed }
		code, tickets := h.code(a, 1), []secret.Text{}
		for range 4 {
			tickets = append(tickets, h.ticket("zhang"))
		}
		var all sync.WaitGroup
		errs := make([]error, len(tickets))
		for i, ticket := range tickets {
			all.Go(func() { _, errs[i] = h.ByCode(t.Context(), ticket, TOTP, code, here()) })
		}
		all.Wait()
		let := 0
		for _, err := range errs {
			if err == nil {
				let++
			} else if !errors.Is(err, ErrRefused) {
				t.Error(err)
			}
		}
		if let != 1 {
			t.Errorf("%d were let in", let)
		}
	})
}

// TestGuessingIsStopped: before a code is computed, and a sign-in elsewhere goes on with
// another factor.
func TestGuessingIsStopped(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person("zhang", access.Operator)
		a := h.enrolApp(h.in("zhang"))
		ticket := h.ticket("zhang")
		for range 5 {
			_, err := h.ByCode(t.Context(), ticket, TOTP, "000000", here())
			h.fails("a guess", err, ErrRefused)
		}
		before := len(h.acts())
		_, err := h.ByCode(t.Context(), ticket, TOTP, h.code(a, 1), here())
		h.fails("the sixth", err, limit.ErrTooManyAttempts)
		_, err = h.ByCode(t.Context(), ticket, Recovery, a.codes[0], here())
		h.fails("another kind", err, limit.ErrTooManyAttempts)
		if n := len(h.acts()); n != before {
			t.Errorf("%d acts were written by attempts that were stopped", n-before)
		}
		for _, want := range []int{60, 120, 240} { // the wait grows
			_, err := h.ByCode(t.Context(), h.ticket("zhang"), TOTP, "000000", here())
			if wait := problem.Of(err).Params["retryAfterSeconds"]; wait != want {
				t.Fatalf("%v: a wait of %v s, want %d", err, wait, want)
			}
			h.pass(time.Duration(want) * time.Second)
			_, err = h.ByCode(t.Context(), h.ticket("zhang"), TOTP, "000000", here())
			h.fails("a guess after the wait", err, ErrRefused)
		}
		h.pass(8 * time.Minute)
		if _, err := h.ByCode(t.Context(), h.ticket("zhang"), TOTP, h.code(a, 1), here()); err != nil {
			t.Errorf("after the wait: %v", err)
		}
	})
}

func TestRecoveryCodes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person("zhang", access.Operator)
		other := h.person("wang", access.Operator)
		who := h.in("zhang")
		a := h.enrolApp(who)
		b := h.enrolApp(h.in("wang"))
		if len(a.codes) != 10 {
			t.Fatalf("%d codes", len(a.codes))
		}
		use := func(code secret.Text) error {
			_, err := h.ByCode(t.Context(), h.ticket("zhang"), Recovery, code, here())
			return err
		}
		if err := use(secret.Text(strings.ToUpper(strings.ReplaceAll(a.codes[3].Reveal(), "-", " ")))); err != nil {
			t.Fatal(err)
		}
		if act := h.done("a code", "session.opened", "factor.used")[1]; act.Detail["kind"] != Recovery || act.Detail["left"] != float64(9) {
			t.Errorf("%+v", act)
		}
		own, err := h.Of(t.Context(), who)
		if err != nil || own.Codes != 9 || len(own.Notices) != 2 || own.Notices[0].Kind != "recovery_used" || own.Notices[0].Codes != 9 {
			t.Fatalf("%+v, %v", own, err)
		}
		h.fails("the notice of another", h.Seen(t.Context(), access.ActorOf(other.ID), own.Notices[0].ID), ErrUnknown)
		if err := h.Seen(t.Context(), who.Actor, own.Notices[0].ID); err != nil {
			t.Error(err)
		}
		if own, _ := h.Of(t.Context(), who); len(own.Notices) != 1 {
			t.Errorf("a notice that was seen is told again: %+v", own.Notices)
		}
		h.fails("again", use(a.codes[3]), ErrRefused)
		h.fails("that of another", use(b.codes[0]), ErrRefused)
		h.fails("no code", use("open sesame"), ErrRefused)
		_, err = h.NewCodes(t.Context(), who, "wrong")
		h.fails("new ones without the password", err, account.ErrWrongPassword)
		fresh, err := h.NewCodes(t.Context(), who, good)
		if err != nil || len(fresh) != 10 || slices.Contains(fresh, a.codes[0]) {
			t.Fatal(fresh, err)
		}
		h.pass(5 * time.Minute)
		h.fails("an old one", use(a.codes[0]), ErrRefused)
		if err := use(fresh[0]); err != nil {
			t.Error(err)
		}
	})
}

func TestPasskeys(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person("zhang", access.Operator)
		h.person("wang", access.Operator)
		who := h.in("zhang")
		k, made := h.enrolKey(who, "值班室钥匙")
		if len(made.Codes) != 10 {
			t.Errorf("%d codes with the first factor", len(made.Codes))
		}
		act := h.done("enrolment", "factor.codes_made", "factor.enrolled")[1]
		if public, err := base64.RawURLEncoding.DecodeString(act.Detail["publicKey"].(string)); err != nil || len(public) < 60 || act.Detail["aaguid"] != authenticator.AAGUID || act.Detail["party"] != party().ID {
			t.Errorf("%+v", act)
		}
		second, _ := h.enrolKey(who, "Key 2")

		// As the second factor.
		ticket, options, err := h.AskPasskey(t.Context(), h.ticket("zhang"), party(), here())
		if err != nil || len(options.Allow) != 2 {
			t.Fatalf("%+v, %v", options, err)
		}
		answer := second.Get(t, options.Challenge)
		if _, err := h.ByPasskey(t.Context(), ticket, answer, party(), here()); err != nil {
			t.Fatal(err)
		}
		_, err = h.ByPasskey(t.Context(), ticket, answer, party(), here())
		h.fails("the same answer again", err, ErrRefused) // its count stands still

		// Alone, without a user name.
		ticket, options, err = h.AskAlone(t.Context(), party(), here())
		if err != nil || len(options.Allow) != 0 {
			t.Fatalf("%+v, %v", options, err)
		}
		in, err := h.Alone(t.Context(), ticket, k.Get(t, options.Challenge), party(), here())
		if err != nil || in.Identity.Person.Username != "zhang" {
			t.Fatal(in, err)
		}
		if act := h.done("alone", "session.opened", "factor.used")[1]; act.Detail["alone"] != true || act.Subject != made.Factor.ID {
			t.Errorf("%+v", act)
		}

		// A key that does not count is caught by its step.
		k.Counts = false
		h.exec("UPDATE passkeys SET sign_count = 0")
		k.Count = 0
		ticket, options, _ = h.AskAlone(t.Context(), party(), here())
		answer = k.Get(t, options.Challenge)
		if _, err := h.Alone(t.Context(), ticket, answer, party(), here()); err != nil {
			t.Fatal(err)
		}
		_, err = h.Alone(t.Context(), ticket, answer, party(), here())
		h.fails("a replay of a key that does not count", err, ErrStepUsed)

		// What does not let in.
		ask := func() (secret.Text, string) {
			ticket, options, err := h.AskAlone(t.Context(), party(), here())
			if err != nil {
				t.Fatal(err)
			}
			return ticket, options.Challenge
		}
		ticket, _ = ask()
		_, challenge := ask()
		_, err = h.Alone(t.Context(), ticket, k.Get(t, challenge), party(), here())
		h.fails("another challenge", err, ErrRefused)
		ticket, challenge = ask()
		_, err = h.Alone(t.Context(), ticket, authenticator.New(t, party().ID, party().Origin).Get(t, challenge), party(), here())
		h.fails("an unknown key", err, ErrRefused)
		_, err = h.Alone(t.Context(), ticket, []byte(`{"id":7}`), party(), here())
		h.fails("no answer at all", err, ErrRefused)
		elsewhere := party()
		elsewhere.ID = "localhost"
		_, err = h.Alone(t.Context(), ticket, k.Get(t, challenge), elsewhere, here())
		h.fails("a step for another party", err, ErrStepExpired)
		k.Origin = "https://evil.example"
		_, err = h.Alone(t.Context(), ticket, k.Get(t, challenge), party(), here())
		h.fails("a foreign origin", err, ErrRefused)
		k.Origin = party().Origin
		h.pass(StepFor)
		_, err = h.Alone(t.Context(), ticket, k.Get(t, challenge), party(), here())
		h.fails("an expired challenge", err, ErrStepExpired)

		// A copy of the key was used elsewhere.
		h.exec("UPDATE passkeys SET sign_count = 100")
		k.Counts = true
		ticket, challenge = ask()
		_, err = h.Alone(t.Context(), ticket, k.Get(t, challenge), party(), here())
		h.fails("a count that goes back", err, ErrRefused)
		if own, err := h.Of(t.Context(), who); err != nil || own.Notices[0].Kind != "copied" {
			t.Errorf("%+v, %v", own.Notices, err)
		}
		// The key of one is none of another.
		h.enrolKey(h.in("wang"), "x")
		ticket, options, err = h.AskPasskey(t.Context(), h.ticket("wang"), party(), here())
		if err != nil || len(options.Allow) != 1 {
			t.Fatalf("%+v, %v", options, err)
		}
		_, err = h.ByPasskey(t.Context(), ticket, second.Get(t, options.Challenge), party(), here())
		h.fails("somebody else's key", err, ErrRefused)
	})
}

func TestEnrolmentTakesNothingByHalves(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.person("zhang", access.Operator)
		h.person("wang", access.Operator)
		who, wang := h.in("zhang"), h.in("wang")
		_, err := h.BeginTOTP(t.Context(), who, "wrong", here())
		h.fails("without the password", err, account.ErrWrongPassword)
		b, err := h.BeginTOTP(t.Context(), who, good, here())
		if err != nil || !strings.Contains(b.URI.Reveal(), b.Secret.Reveal()) || b.QR.Size == 0 || strings.Contains(b.Ticket.Reveal(), b.Secret.Reveal()) {
			t.Fatal(b, err)
		}
		a := app{secret: b.Secret}
		enrol := func(who account.Identity, code, name string) error {
			_, err := h.EnrolTOTP(t.Context(), who, b.Ticket, code, name, here())
			return err
		}
		h.fails("somebody else's", enrol(wang, h.code(a, 0).Reveal(), "x"), ErrStepExpired)
		h.fails("in another session", enrol(h.in("zhang"), h.code(a, 0).Reveal(), "x"), ErrStepExpired)
		h.fails("no name", enrol(who, h.code(a, 0).Reveal(), " "), text.ErrRequired)
		h.fails("10,000 characters", enrol(who, h.code(a, 0).Reveal(), strings.Repeat("门", 10_000)), text.ErrTooLong)
		h.fails("a name that turns", enrol(who, h.code(a, 0).Reveal(), "a\u202eb"), text.ErrCharacter)
		h.fails("a wrong code", enrol(who, "000000", "x"), totp.ErrWrong)
		h.fails("a clock that is ahead", enrol(who, h.code(a, 12).Reveal(), "x"), totp.ErrClockAhead)
		h.fails("a clock that is behind", enrol(who, h.code(a, -20).Reveal(), "x"), totp.ErrClockBehind)
		h.done("refusals", "factor.refused", "factor.refused", "factor.refused")
		if n := h.count("totps") + h.count("recovery_codes") + h.count("factor_steps") + h.count("factor_notices"); n != 0 {
			t.Errorf("%d rows were left by refusals", n)
		}
		if err := enrol(who, h.code(a, 0).Reveal(), "x"); err != nil {
			t.Fatal(err)
		}
		h.fails("the same step again", enrol(who, h.code(a, 0).Reveal(), "x"), ErrStepUsed)

		// Another app takes its place, in one act each.
		next := h.enrolApp(who)
		if next.codes != nil {
			t.Error("codes were made anew though there are some")
		}
		if acts := h.done("replacing", "factor.enrolled", "factor.removed"); acts[1].Detail["replaced"] != next.id {
			t.Errorf("%+v", acts[1])
		}
		if n := h.count("totps"); n != 1 {
			t.Errorf("%d apps", n)
		}
		var stored struct{ Sealed []byte }
		if err := h.DB.Read().NewSelect().Table("totps").Column("sealed").Scan(t.Context(), &stored.Sealed); err != nil || strings.Contains(string(stored.Sealed), next.secret.Reveal()) {
			t.Errorf("the secret lies open: %v", err)
		}

		// Keys.
		ticket, options, err := h.BeginPasskey(t.Context(), who, good, party(), here())
		if err != nil {
			t.Fatal(err)
		}
		k := authenticator.New(t, party().ID, "https://evil.example")
		_, err = h.EnrolPasskey(t.Context(), who, ticket, k.Create(t, options.Challenge, who.Actor.Person), "x", party(), here())
		h.fails("a foreign origin", err, passkey.ErrRefused)
		_, err = h.EnrolPasskey(t.Context(), who, ticket, []byte("null"), "x", party(), here())
		h.fails("no answer", err, passkey.ErrRefused)
		_, err = h.EnrolPasskey(t.Context(), wang, ticket, []byte("{}"), "x", party(), here())
		h.fails("somebody else's", err, ErrStepExpired)
		k.Origin = party().Origin
		if _, err := h.EnrolPasskey(t.Context(), who, ticket, k.Create(t, options.Challenge, who.Actor.Person), "x", party(), here()); err != nil {
			t.Fatal(err)
		}
		ticket, options, err = h.BeginPasskey(t.Context(), wang, good, party(), here())
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.EnrolPasskey(t.Context(), wang, ticket, k.Create(t, options.Challenge, wang.Actor.Person), "x", party(), here())
		h.fails("a key that is another's", err, ErrKeyTaken)
		if n := h.count("passkeys"); n != 1 {
			t.Errorf("%d keys", n)
		}
	})
}

func TestRemoving(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		zhang := h.person("zhang", access.Operator)
		admin := h.in(h.person("root", access.Administrator).Username)
		who := h.in("zhang")
		a := h.enrolApp(who)
		_, key := h.enrolKey(who, "Key")
		remove := func(id string, password secret.Text) error { return h.Remove(t.Context(), who, id, password, here()) }
		h.fails("without the password", remove(a.id, "x"), account.ErrWrongPassword)
		if act := h.done("a wrong password", "session.proof_refused")[0]; act.Person != who.Actor.Person || act.Detail["before"] != "factors" {
			t.Errorf("%+v", act)
		}
		h.fails("what is not there", remove("0000000000000", good), ErrUnknown)
		if _, err := h.Rename(t.Context(), who, key.Factor.ID, " 备用 "); err != nil {
			t.Fatal(err)
		}
		if act := h.done("renaming", "factor.renamed")[0]; act.Detail["from"] != "Key" || act.Detail["to"] != "备用" {
			t.Errorf("%+v", act)
		}
		// A planted passkey is a way in.
		held.Altered(t, h.DB, map[string][]string{"totps": {"sealed", "last_step", "used_at"}, "passkeys": {"sign_count", "flags", "transports", "used_at"}}, means.Differ)
		of := "(SELECT code_hash FROM recovery_codes ORDER BY code_hash LIMIT 1)"
		for forged, found := range map[string]bool{
			"UPDATE recovery_codes SET used_at = 7": false,
			"UPDATE recovery_codes SET code_hash = (SELECT credential_id FROM passkeys) WHERE code_hash = " + of: true,
			"UPDATE recovery_codes SET person = '" + admin.Actor.Person + "' WHERE code_hash = " + of:            true,
			"DELETE FROM recovery_codes WHERE code_hash = " + of:                                                 true,
			"DELETE FROM recovery_codes": false,
			"INSERT INTO recovery_codes SELECT credential_id, person, created_at, NULL FROM passkeys": true,
			`UPDATE acts SET detail = replace(detail, '"codesMark"', '"x"')`:                          false, // of an earlier version
		} {
			dbtest.Forge(t, h.DB, forged, func(ctx context.Context, tx bun.Tx) {
				if all := held.Rows(t, means.Differ)(ctx, tx); len(all) > 0 != found {
					t.Errorf("%s: found %q", forged, all)
				}
			})
		}
		_, err := h.Rename(t.Context(), admin, key.Factor.ID, "mine")
		h.fails("renaming another's", err, ErrUnknown)
		if err := remove(a.id, good); err != nil {
			t.Fatal(err)
		}
		h.done("removing", "factor.removed")
		h.Required = []access.Position{access.Operator}
		h.fails("the last one while it is required", remove(key.Factor.ID, good), ErrLast)
		if h.count("passkeys") != 1 || h.count("recovery_codes") != 10 {
			t.Error("a refused removal took something away")
		}

		lost := func(actor access.Actor, person, id, reason string) error {
			return h.RemoveLost(t.Context(), actor, person, id, reason, here())
		}
		h.fails("by an operator", lost(who.Actor, admin.Actor.Person, a.id, "lost the key"), access.ErrRightMissing)
		h.fails("one's own", lost(admin.Actor, admin.Actor.Person, a.id, "lost the key"), ErrOwn)
		h.fails("without a reason", lost(admin.Actor, zhang.ID, key.Factor.ID, ""), text.ErrRequired)
		h.fails("of nobody", lost(admin.Actor, "0000000000000", key.Factor.ID, "lost the key"), account.ErrPersonUnknown)
		h.fails("that is not there", lost(admin.Actor, zhang.ID, "0000000000000", "lost the key"), ErrUnknown)
		seen, err := h.OfPerson(t.Context(), admin.Actor, zhang.ID)
		if err != nil || len(seen.Factors) != 1 || seen.Factors[0].Name != "备用" {
			t.Errorf("%+v, %v", seen, err)
		}
		_, err = h.OfPerson(t.Context(), who.Actor, admin.Actor.Person)
		h.fails("looking, as an operator", err, access.ErrRightMissing)
		if err := lost(admin.Actor, zhang.ID, key.Factor.ID, "lost the key"); err != nil {
			t.Fatal(err)
		}
		if act := h.done("a lost one", "factor.removed")[0]; act.Person != admin.Actor.Person || act.Detail["person"] != zhang.ID || act.Detail["reason"] != "lost the key" {
			t.Errorf("%+v", act)
		}
		if h.count("recovery_codes") != 0 {
			t.Error("the codes on paper outlive what they stand in for")
		}
		if _, err := h.Account.Renew(t.Context(), who.Actor); !errors.Is(err, account.ErrNotSignedIn) {
			t.Errorf("the sessions of who lost it go on: %v", err)
		}
		h.Required = nil
		h.enrolKey(h.in("zhang"), "New")
		own, err := h.OfPerson(t.Context(), access.CommandLine(), zhang.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := lost(access.CommandLine(), zhang.ID, own.Factors[0].ID, "nobody else is left"); err != nil {
			t.Error(err)
		}
		if act := h.done("on the machine itself", "factor.removed")[0]; act.Detail["by"] != "command_line" {
			t.Errorf("%+v", act)
		}
		in := h.in("zhang")
		if own, err := h.Of(t.Context(), in); err != nil || own.Notices[0].Kind != "removed" || own.Notices[0].By != "" || own.Notices[2].By != admin.Actor.Person {
			t.Errorf("%+v, %v", own.Notices, err)
		}
	})
}

// TestNobodyTakesAnAccountOver: as long as something of its owner is left, a password or a second
// factor, nothing rests; when one administrator has replaced both, in whatever order, what two
// people give waits for another.
func TestNobodyTakesAnAccountOver(t *testing.T) {
	clause.Covers(t, "C112", "C113")
	each(t, func(t *testing.T, h *house) {
		h.person("boss", access.Leader)
		admin := access.ActorOf(h.person("root", access.Administrator).ID, access.Administrator)
		holds := func(when, id string, want ...access.Position) {
			t.Helper()
			p, err := h.Account.Person(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Positions(); !slices.Equal(got, want) {
				t.Errorf("%s: holds %v, want %v", when, got, want)
			}
		}
		reset := func(id string) {
			t.Helper()
			if _, err := h.Account.ResetPassword(t.Context(), admin, id); err != nil {
				t.Fatal(err)
			}
		}
		lose := func(id, factor string) {
			t.Helper()
			if err := h.RemoveLost(t.Context(), admin, id, factor, "lost the phone", here()); err != nil {
				t.Fatal(err)
			}
		}
		phone := h.person("phone", access.Operator)
		a := h.enrolApp(h.in("phone"))
		lose(phone.ID, a.id)
		holds("the phone is lost, the password is known", phone.ID, access.Operator)
		reset(phone.ID)
		holds("then the password, too", phone.ID)

		words := h.person("words", access.Operator)
		who := h.in("words")
		b := h.enrolApp(who)
		_, key := h.enrolKey(who, "key")
		reset(words.ID)
		holds("the password is forgotten, the phone is there", words.ID, access.Operator)
		lose(words.ID, b.id)
		holds("the phone is lost, the key is there", words.ID, access.Operator)
		lose(words.ID, key.Factor.ID)
		holds("then the key, too", words.ID)
	})
}

// TestTheConfigurationIsTheFloor: what it names must have a second factor whatever the house
// has set, and what the house has set counts besides.
func TestTheConfigurationIsTheFloor(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, h *house) {
		h.person("zhang", access.Operator)
		h.person("li", access.Auditor)
		missing := func(want ...bool) {
			t.Helper()
			for i, name := range []string{"zhang", "li"} {
				if who := h.in(name); who.FactorMissing != want[i] {
					t.Errorf("%s must have a second factor: %v", name, who.FactorMissing)
				}
			}
		}
		missing(false, false)
		h.Required = []access.Position{access.Operator}
		missing(true, false)
		h.rule("second_factor.positions", `["auditor"]`)
		missing(true, true)
		h.rule("second_factor.positions", `[]`)
		missing(true, false)
		h.Required = nil
		missing(false, false)
	})
}

// TestWhoLacksARequiredFactorMayOnlyEnrol: with a session and with a token.
func TestWhoLacksARequiredFactorMayOnlyEnrol(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, h *house) {
		p := h.person("zhang", access.Operator)
		h.person("li", access.Auditor)
		_, token, err := h.Account.CreateToken(t.Context(), access.CommandLine(), account.NewToken{Person: p.ID, Name: "t", Actions: []access.Action{access.LiveView}})
		if err != nil {
			t.Fatal(err)
		}
		h.rule("second_factor.positions", `["leader","operator"]`)
		who := h.in("zhang")
		if !who.FactorMissing || len(who.Actor.Actions()) != 0 {
			t.Errorf("%+v", who)
		}
		h.fails("a session", access.Can(who.Actor, access.LiveView, ""), access.ErrFactorRequired)
		by, err := h.Account.ByToken(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		h.fails("a token", access.Can(by.Actor, access.LiveView, ""), access.ErrFactorRequired)
		if li := h.in("li"); li.FactorMissing || access.Can(li.Actor, access.ActRead, "") != nil {
			t.Error("another position is asked, too")
		}
		_, err = h.BeginTOTP(t.Context(), by, "", here())
		h.fails("enrolling with a token", err, account.ErrNotSignedIn)
		events := h.Bus.Subscribe(10)
		defer events.Close()
		h.enrolApp(who)
		if heard, _ := events.Take(); len(heard) != 2 || heard[0].Kind != "factor" || heard[1].Kind != "session" || heard[1].Person != p.ID {
			t.Errorf("events = %+v", heard)
		}
		now, err := h.Account.Renew(t.Context(), who.Actor)
		if err != nil || now.FactorMissing || access.Can(now.Actor, access.LiveView, "") != nil {
			t.Errorf("%+v, %v", now, err)
		}
		if by, _ := h.Account.ByToken(t.Context(), token); access.Can(by.Actor, access.LiveView, "") != nil {
			t.Error("the token stays closed")
		}
		// A password that somebody else made comes first: that person knows it.
		admin := h.in(h.person("root", access.Administrator).Username)
		wang, initial, err := h.Account.CreatePerson(t.Context(), admin.Actor, account.NewPerson{Username: "wang", Holdings: access.Everywhere(access.Operator)})
		if err != nil {
			t.Fatal(err)
		}
		in, err := h.Account.SignIn(t.Context(), wang.Username, initial, here())
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.BeginTOTP(t.Context(), in.Identity, initial, here())
		h.fails("enrolling with a made password", err, access.ErrPasswordChange)
	})
}

// TestActAndChangeAreOne: where the act cannot be written, nothing happens.
func TestActAndChangeAreOne(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.person("zhang", access.Operator)
		admin := h.in(h.person("root", access.Administrator).Username)
		who := h.in("zhang")
		a := h.enrolApp(who)
		k, key := h.enrolKey(who, "Key")
		begun, err := h.BeginTOTP(t.Context(), who, good, here())
		if err != nil {
			t.Fatal(err)
		}
		ticket := h.ticket("zhang")
		alone, options, err := h.AskAlone(t.Context(), party(), here())
		if err != nil {
			t.Fatal(err)
		}
		tables := []string{"totps", "passkeys", "recovery_codes", "sessions", "factor_steps", "factor_notices"}
		before := map[string]int{}
		for _, table := range tables {
			before[table] = h.count(table)
		}
		h.exec(map[db.Engine]string{
			db.SQLite:     "CREATE TRIGGER no_more BEFORE INSERT ON acts BEGIN SELECT RAISE(ABORT, 'no more'); END",
			db.PostgreSQL: "CREATE TRIGGER no_more BEFORE INSERT ON acts FOR EACH ROW EXECUTE FUNCTION refuse_change()",
		}[h.DB.Engine()])
		_, enrolErr := h.EnrolTOTP(t.Context(), who, begun.Ticket, h.code(app{secret: begun.Secret}, 0).Reveal(), "x", here())
		_, wrongErr := h.EnrolTOTP(t.Context(), who, begun.Ticket, "000000", "x", here())
		_, codeErr := h.ByCode(t.Context(), ticket, TOTP, h.code(a, 1), here())
		_, paperErr := h.ByCode(t.Context(), ticket, Recovery, a.codes[0], here())
		_, aloneErr := h.Alone(t.Context(), alone, k.Get(t, options.Challenge), party(), here())
		_, renameErr := h.Rename(t.Context(), who, a.id, "other")
		_, codesErr := h.NewCodes(t.Context(), who, good)
		_, askedErr := h.Account.SignIn(t.Context(), "zhang", good, here())
		for what, err := range map[string]error{
			"enrolling": enrolErr, "a wrong code": wrongErr, "a code": codeErr, "paper": paperErr, "a key": aloneErr, "renaming": renameErr, "new codes": codesErr,
			"the first step": askedErr, "removing": h.Remove(t.Context(), who, a.id, good, here()),
			"a lost one": h.RemoveLost(t.Context(), admin.Actor, p.ID, key.Factor.ID, "lost the key", here()),
		} {
			if !errors.Is(err, ledger.ErrNotRecorded) {
				t.Errorf("%s: %v", what, err)
			}
		}
		h.exec(map[db.Engine]string{db.SQLite: "DROP TRIGGER no_more", db.PostgreSQL: "DROP TRIGGER no_more ON acts"}[h.DB.Engine()])
		for _, table := range tables {
			if n := h.count(table); n != before[table] {
				t.Errorf("%s has %d rows, had %d", table, n, before[table])
			}
		}
		h.pass(5 * time.Minute)
		if _, err := h.ByCode(t.Context(), h.ticket("zhang"), Recovery, a.codes[0], here()); err != nil {
			t.Errorf("the code that was not used: %v", err)
		}
	})
}
