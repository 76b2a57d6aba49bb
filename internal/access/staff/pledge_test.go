package staff

import (
	"errors"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/signing"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/held"
)

// at is a person at a screen.
func (o *office) at(person string, positions ...access.Position) account.Identity {
	actor := access.ActorOf(person, positions...)
	actor.Session = "screen"
	return account.Identity{Person: account.Person{ID: person, Holdings: access.Everywhere(positions...)}, Actor: actor, Session: &account.Session{ID: "screen"}}
}

// TestAPledgeIsSignedByWhoGivesIt: at a screen, for a year, and the day on file follows from
// it; what others type in is bounded by it.
func TestAPledgeIsSignedByWhoGivesIt(t *testing.T) {
	clause.Covers(t, "C100")
	each(t, func(t *testing.T, o *office) {
		o.set(map[string]string{"pledge.ends": "true"})
		li := o.person("li", access.Operator)
		sign := func(who account.Identity, language string, want error) Pledge {
			t.Helper()
			p, err := o.SignPledge(t.Context(), who, language)
			if !errors.Is(err, want) || (err == nil) != (want == nil) {
				t.Errorf("%v, want %v", err, want)
			}
			return p
		}
		lapsed := func() access.Lack {
			t.Helper()
			p, err := o.Papers(t.Context(), li, access.Everywhere(access.Operator))
			if err != nil {
				t.Fatal(err)
			}
			return p.Lapsed
		}
		words, _ := signing.Current(signing.Pledge, "zh")
		who := o.at(li, access.Operator)
		program, made, guest := who, who, o.at(li, access.StandIn)
		program.Session, program.Actor.Session, program.Actor.Token = nil, "", "token"
		made.Actor = made.Actor.Unsettled()
		sign(program, "zh", ErrPledgeScreen)
		sign(made, "zh", access.ErrPasswordChange)
		sign(guest, "zh", ErrPledgeGuest)
		sign(who, "fr", ErrPledgeTalk)
		if _, err := o.Pledge(t.Context(), li, []access.Position{access.StandIn}); !errors.Is(err, ErrPledgeGuest) {
			t.Errorf("of who stands in: %v", err)
		}
		if lapsed() != access.LackPledge || len(o.acts(kindPledged)) != 0 {
			t.Error("without a signature the pledge counts as given")
		}
		if p := sign(who, "zh", nil); p.Until != "2027-11-21" || !p.Counts {
			t.Errorf("%+v", p)
		}
		sign(who, "zh", ErrPledgeStands)
		if acts := o.acts(kindPledged); lapsed() != "" || len(acts) != 1 || acts[0].Person != li || acts[0].Subject != li || acts[0].Detail["until"] != "2027-11-21" || acts[0].Detail["pledge"] != words.Pledge || acts[0].Detail["text"] != words.Hash() || acts[0].Detail["proof"] != string(signing.Password) {
			t.Errorf("signed: %q, %+v", lapsed(), acts)
		}
		o.now = time.Date(2027, 11, 21, 16, 0, 0, 0, time.UTC) // midnight in Shanghai
		if lapsed() != access.LackPledge {
			t.Error("a pledge outlasts its year")
		}
		o.set(map[string]string{"pledge.ends": "true", "pledge.months": "6"})
		if p := sign(who, "en", nil); p.Until != "2028-05-21" {
			t.Errorf("of half a year: %+v", p)
		}
		if all, err := signing.Of(t.Context(), o.DB.Read(), li); err != nil || len(all) != 2 || all[0].Language != "en" || all[1].Hash != words.Hash() || all[1].Version != words.Version {
			t.Errorf("%+v, %v", all, err)
		}
		held.Altered(t, o.DB, map[string][]string{"signings": nil, "person_files": nil}, Differ)
		for _, c := range []struct {
			name string
			c    Change
			want error
		}{
			{"a pledge of a century", Change{PledgeUntil: p(Day("2099-01-01"))}, ErrPledgeBeyond},
			{"one day too long", Change{PledgeUntil: p(Day("2028-05-22"))}, ErrPledgeBeyond},
			{"as long as one that is signed", Change{PledgeUntil: p(Day("2028-05-21"))}, nil},
			{"a shorter one", Change{PledgeUntil: p(Day("2028-01-01"))}, nil},
			{"a vetting to come", Change{VettedOn: p(Day("2027-11-23"))}, ErrVettedAhead},
			{"of today", Change{VettedOn: p(Day("2027-11-22"))}, nil},
		} {
			if _, _, err := o.Keep(t.Context(), o.admin, li, c.c); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		// What was on file before the rules were so stays, until somebody types another day.
		o.set(map[string]string{"pledge.months": "1"})
		if _, _, err := o.Keep(t.Context(), o.admin, li, Change{Phone: p("+86 10")}); err != nil {
			t.Errorf("of another field: %v", err)
		}
	})
}
