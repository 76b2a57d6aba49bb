package staff

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/signing"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
)

const own = secret.Text("nobody-else-knows-it")

// arrives lets a stand-in sign in and choose a password.
func (o *office) arrives(username string, initial secret.Text) access.Actor {
	o.t.Helper()
	from := access.Origin{Address: "192.0.2.1", Agent: "test"}
	in, err := o.Accounts.SignIn(o.t.Context(), username, initial, from)
	if err == nil {
		err = o.Accounts.ChangePassword(o.t.Context(), in.Identity.Actor, initial, own)
	}
	if err == nil {
		in, err = o.Accounts.SignIn(o.t.Context(), username, own, from)
	}
	if err != nil {
		o.t.Fatal(err)
	}
	return in.Identity.Actor
}

// signs reads and signs for a stand-in who has arrived.
func (o *office) signs(guard access.Actor) {
	o.t.Helper()
	_, err := o.Brief(o.t.Context(), guard)
	if err == nil {
		o.now = o.now.Add(10 * time.Minute)
		_, err = o.Sign(o.t.Context(), guard, "zh", own)
	}
	if err != nil {
		o.t.Fatal(err)
	}
}

func portrait(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestAStandInSigns: before a stand-in has had the briefing open for ten minutes and signed it
// with the own password there is no picture; the act has what was signed, in full (P5).
func TestAStandInSigns(t *testing.T) {
	clause.Covers(t, "C100", "C025")
	each(t, func(t *testing.T, o *office) {
		o.Accounts.Papers = o.Papers
		lead, _, err := o.Accounts.CreatePerson(t.Context(), access.CommandLine(), account.NewPerson{Username: "lead", DisplayName: "lead", Password: "correct-horse-battery", Holdings: access.Everywhere(access.DutyLead)})
		if err != nil {
			t.Fatal(err)
		}
		host := access.ActorOf(lead.ID, access.DutyLead)
		in, who, initial, err := o.Admit(t.Context(), host, Admission{Name: "王五", Username: "standin-1", Unit: o.guards.ID, Identity: "110101", ConfirmedBy: "队长", Hours: 8, Picture: portrait(t)})
		if err != nil || !in.HasPhoto || in.SignedAt != nil {
			t.Fatalf("%+v, %v", in, err)
		}
		if p, err := o.Photo(t.Context(), who.ID); err != nil || len(p) == 0 {
			t.Errorf("the photo: %v", err)
		}
		guard := o.arrives("standin-1", initial)
		stands := func() (b *Briefing, live, alarms error) {
			t.Helper()
			actor, now, err := o.Accounts.Stands(t.Context(), who.ID)
			if err == nil {
				b, err = o.Briefing(t.Context(), who.ID, now.Holdings)
			}
			if err != nil {
				t.Fatal(err)
			}
			return b, access.Can(actor, access.LiveView, "gate"), access.Can(actor, access.SystemRead, "")
		}
		if b, live, alarms := stands(); b == nil || b.BegunAt != nil || !errors.Is(live, access.ErrBriefing) || alarms != nil {
			t.Fatalf("at first: %+v, %v, %v", b, live, alarms)
		}
		sign := func(want *problem.Error, language string, password secret.Text) {
			t.Helper()
			if _, err := o.Sign(t.Context(), guard, language, password); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		}
		sign(ErrBriefingSoon, "zh", own) // not opened
		first, err := o.Brief(t.Context(), guard)
		if err != nil {
			t.Fatal(err)
		}
		o.now = o.now.Add(9 * time.Minute)
		if again, err := o.Brief(t.Context(), guard); err != nil || *again.BegunAt != *first.BegunAt || *again.OpenAt-*again.BegunAt != (10*time.Minute).Microseconds() {
			t.Errorf("opened twice: %+v, %v", again, err)
		}
		if _, err := o.Sign(t.Context(), guard, "zh", own); problem.Of(err).Params["seconds"] != 60 {
			t.Errorf("too soon: %+v", problem.Of(err))
		}
		o.now = o.now.Add(time.Minute)
		sign(ErrBriefingTalk, "fr", own)
		sign(account.ErrWrongPassword, "zh", "correct-horse-battery") // the lead's
		token := guard
		token.Session = ""
		if _, err := o.Sign(t.Context(), token, "zh", own); !errors.Is(err, ErrOnScreen) {
			t.Errorf("by a token: %v", err)
		}
		if _, err := o.Brief(t.Context(), access.ActorOf(lead.ID, access.DutyLead)); !errors.Is(err, ErrOnScreen) {
			t.Errorf("by a command: %v", err)
		}
		other := host
		other.Session = "s"
		if _, err := o.Brief(t.Context(), other); !errors.Is(err, ErrNoBriefing) {
			t.Errorf("by the lead: %v", err)
		}
		if _, live, _ := stands(); !errors.Is(live, access.ErrBriefing) {
			t.Errorf("read and not signed: %v", live)
		}
		if _, err := o.Sign(t.Context(), guard, "zh", own); err != nil {
			t.Fatal(err)
		}
		if b, live, _ := stands(); live != nil || b.SignedAt == nil {
			t.Errorf("signed: %+v, %v", b, live)
		}
		words, _ := signing.Current(signing.Briefing, "zh")
		act := o.acts("standin.signed")
		if len(act) != 1 || act[0].Person != who.ID || act[0].Detail["pledge"] != words.Pledge || len(act[0].Detail["briefing"].([]any)) != len(words.Points) {
			t.Errorf("%+v", act)
		}
		sign(ErrBriefingUp, "zh", own)
		if s, err := o.Stood(t.Context()); err != nil || len(s.StandIns) != 1 || s.StandIns[0].SignedAt == nil || !s.StandIns[0].HasPhoto {
			t.Errorf("%+v, %v", s, err)
		}
		if all, err := signing.Of(t.Context(), o.DB.Read(), who.ID); err != nil || len(all) != 1 || all[0].Kind != signing.Briefing || all[0].Hash != words.Hash() || all[0].Proof != signing.Password || all[0].Language != "zh" {
			t.Errorf("%+v, %v", all, err)
		}
		held.Altered(t, o.DB, map[string][]string{"stand_ins": nil, "signings": nil}, Differ)
		// What was signed before there were signatures of their own stays held against its acts.
		dbtest.Forge(t, o.DB, `DELETE FROM signings; UPDATE acts SET detail = replace(detail, '"signing"', '"x"')`, func(ctx context.Context, tx bun.Tx) {
			if all := held.Rows(t, Differ)(ctx, tx); len(all) > 0 {
				t.Errorf("an earlier version: %q", all)
			}
		})
		if err := o.PortrayStandIn(t.Context(), host, in.ID, portrait(t)); err != nil {
			t.Error(err)
		}
		if err := o.PortrayStandIn(t.Context(), host, in.ID, []byte("GIF89a")); !errors.Is(err, ErrPhoto) {
			t.Error(err)
		}
		if err := o.PortrayStandIn(t.Context(), o.admin, in.ID, portrait(t)); !errors.Is(err, access.ErrRightMissing) {
			t.Error(err)
		}
		o.now = o.now.Add(8 * time.Hour)
		if err := o.PortrayStandIn(t.Context(), host, in.ID, portrait(t)); !errors.Is(err, ErrStandInUnknown) {
			t.Errorf("after the shift: %v", err)
		}
	})
}
