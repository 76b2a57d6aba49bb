package session

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/api/route"
	"watchroom/internal/clock"
	"watchroom/internal/secret"
)

func TestTheCookieOfASession(t *testing.T) {
	for _, secure := range []bool{false, true} {
		ctx := route.WithRequest(t.Context(), &route.Request{Secure: secure})
		c := Cookie(ctx, secret.Text("value"))
		if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 || !c.Expires.IsZero() || c.Secure != secure || c.Value != "value" {
			t.Errorf("secure %v: %+v", secure, c)
		}
	}
}

// TestTheFaceOfAnIdentity: a session and a token end when they say, one without an
// end names none, and nothing secret is in it.
func TestTheFaceOfAnIdentity(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 123456789, time.UTC)
	x := &Routes{Clock: clock.Clock(func() time.Time { return now }), TimeZone: "Asia/Shanghai", SiteName: "北校区"}
	end := now.Add(time.Hour).UnixMicro()
	who := account.Identity{Actor: access.ActorOf("p", access.Auditor), Person: account.Person{ID: "p", Username: "li"}}
	if f := x.face(who); f.ExpiresAt != nil || len(f.Actions) != len(access.Auditor.Rights()) || f.ServerTime.Nanosecond() != 123456000 || f.Person.Username != "li" {
		t.Errorf("%+v", f)
	}
	who.Token = &account.Token{}
	if f := x.face(who); f.ExpiresAt != nil {
		t.Errorf("a token without an end: %v", f.ExpiresAt)
	}
	who.Token.ExpiresAt = &end
	if f := x.face(who); f.ExpiresAt == nil || f.ExpiresAt.UnixMicro() != end {
		t.Errorf("a token: %v", f.ExpiresAt)
	}
	who.Token, who.Session = nil, &account.Session{ExpiresAt: end}
	if f := x.face(who); f.ExpiresAt == nil || f.ExpiresAt.UnixMicro() != end {
		t.Errorf("a session: %v", f.ExpiresAt)
	}
	if f := x.face(account.Identity{}); f.Actions == nil {
		t.Error("no rights must be an empty list")
	}
}

// TestWhatIsOfTheHouse: who is a supervisor in one area proposes no rule of the whole house.
func TestWhatIsOfTheHouse(t *testing.T) {
	x := &Routes{Clock: clock.Clock(time.Now)}
	rights := access.NewRights(access.BuiltIn, nil, map[string]access.Place{"gate": {Areas: []string{"west"}, Grade: 1}})
	of := func(areas ...string) []string {
		held := []access.Holding{{Position: access.Supervisor, Areas: areas}}
		f := x.face(account.Identity{Actor: access.NewActor("p", rights, access.Standing{Holdings: held})})
		if !slices.Contains(f.Actions, string(access.ParameterPropose)) {
			t.Errorf("%v: %v", areas, f.Actions)
		}
		return f.Throughout
	}
	if got := of("west"); got == nil || len(got) > 0 {
		t.Errorf("of one area: %v", got)
	}
	want := []string{"act.read", "camera.switch", "emergency.review", "parameter.propose", "purpose.configure", "retention.configure", "rights.approve", "rights.propose", "rights.review", "shared_login.judge"}
	if got := of(); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("of all: %v", got)
	}
}
