package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/access"
	"watchroom/internal/access/holding"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
)

// TestAContractorHasAreasAndAnEnd: whoever comes from outside holds the position in named areas
// and until a day, and the rights end with it.
func TestAContractorHasAreasAndAnEnd(t *testing.T) {
	clause.Covers(t, "C005")
	each(t, func(t *testing.T, h *house) {
		h.Areas = func(context.Context, []string) (bool, error) { return true, nil }
		end := h.now.Add(time.Hour).UnixMicro()
		make := func(name string, held access.Holding) error {
			held.Position = access.Contractor
			_, _, err := h.CreatePerson(t.Context(), access.CommandLine(), NewPerson{Username: name, Holdings: []access.Holding{held}, Password: good})
			return err
		}
		for what, held := range map[string]access.Holding{"everywhere and for good": {}, "for good": {Areas: []string{"yard"}}, "everywhere": {Until: end}} {
			if err := make("fitter", held); !errors.Is(err, holding.ErrBoxed) || problem.Of(err).Params["position"] != "contractor" {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := make("fitter", access.Holding{Areas: []string{"yard"}, Until: end}); err != nil {
			t.Fatal(err)
		}
		rights := access.NewRights("1", nil, map[string]access.Place{"gate": {Areas: []string{"yard"}, Grade: 1}, "pole": {Areas: []string{"park"}, Grade: 1}})
		h.Rights = func(context.Context) (*access.Rights, error) { return rights, nil }
		in := h.signIn("fitter")
		who, err := h.BySession(t.Context(), in.Secret)
		if err != nil || access.Can(who.Actor, access.CameraRead, "gate") != nil || !errors.Is(access.Can(who.Actor, access.CameraRead, "pole"), access.ErrElsewhere) || access.Can(who.Actor, access.LiveView, "gate") == nil {
			t.Errorf("%v", err)
		}
		longer := []access.Holding{{Position: access.Contractor, Areas: []string{"yard"}}}
		if _, err := h.ChangePerson(t.Context(), access.CommandLine(), who.Person.ID, PersonChange{Holdings: &longer}); !errors.Is(err, holding.ErrBoxed) {
			t.Errorf("for good, later: %v", err)
		}
		h.pass(time.Hour)
		if who, err = h.BySession(t.Context(), in.Secret); err != nil || !errors.Is(access.Can(who.Actor, access.CameraRead, "gate"), access.ErrOtherTime) {
			t.Errorf("after the end: %v", err)
		}
		both := access.Everywhere(access.Principal, access.Administrator)
		if _, _, err := h.CreatePerson(t.Context(), access.CommandLine(), NewPerson{Username: "boss", Holdings: both, Password: good}); !errors.Is(err, holding.ErrConflict) {
			t.Errorf("a principal who runs the system: %v", err)
		}
	})
}

// TestHoldings: a position may be held in some areas, and for a time.
func TestHoldings(t *testing.T) {
	clause.Covers(t, "C014")
	each(t, func(t *testing.T, h *house) {
		h.Areas = func(_ context.Context, ids []string) (bool, error) { return !slices.Contains(ids, "moon"), nil }
		p := h.person("guard", access.Operator)
		now := h.now.UnixMicro()
		held := []access.Holding{{Position: access.Operator, Areas: []string{"house", "yard"}, From: now - 5, Until: now + time.Hour.Microseconds()}, {Position: access.Auditor}}
		given := []access.Holding{held[1], {Position: access.Operator, Areas: []string{"yard", "house", "yard"}, From: held[0].From, Until: held[0].Until}, held[1]}
		changed, err := h.ChangePerson(t.Context(), access.CommandLine(), p.ID, PersonChange{Holdings: &given})
		if err != nil || !cmp.Equal(changed.Holdings, held) {
			t.Fatalf("%+v, %v", changed.Holdings, err)
		}
		if all, err := h.People(t.Context()); err != nil || !cmp.Equal(all[0].Holdings, held) {
			t.Errorf("%+v, %v", all, err)
		}
		places := map[string]access.Place{"gate": {Areas: []string{"yard", "site"}, Grade: 1}, "pole": {Areas: []string{"park"}, Grade: 1}}
		rights := access.NewRights("1", nil, places)
		h.Rights = func(context.Context) (*access.Rights, error) { return rights, nil }
		in := h.signIn("guard")
		who, err := h.BySession(t.Context(), in.Secret)
		if err != nil || access.Can(who.Actor, access.LiveView, "gate") != nil || !errors.Is(access.Can(who.Actor, access.LiveView, "pole"), access.ErrElsewhere) {
			t.Errorf("%v; gate %v, pole %v", err, access.Can(who.Actor, access.LiveView, "gate"), access.Can(who.Actor, access.LiveView, "pole"))
		}
		if who.Actor.Until() != held[0].Until {
			t.Errorf("to be asked again at %d, want the end of the position, %d", who.Actor.Until(), held[0].Until)
		}
		h.pass(time.Hour)
		if who, err = h.BySession(t.Context(), in.Secret); err != nil || !errors.Is(access.Can(who.Actor, access.LiveView, "gate"), access.ErrOtherTime) {
			t.Errorf("after it ended: %v, %v", err, access.Can(who.Actor, access.LiveView, "gate"))
		}
		acts := h.acts()
		i := slices.IndexFunc(acts, func(a ledger.Act) bool { return a.Kind == "person.positions_changed" })
		if i < 0 || !cmp.Equal(acts[i].Detail["from"], []any{"operator"}) || len(acts[i].Detail["to"].([]any)) != 2 {
			t.Errorf("acts: %+v", acts)
		}

		named := h.Areas
		h.Areas = nil
		if _, err := h.ChangePerson(t.Context(), access.CommandLine(), p.ID, PersonChange{Holdings: &given}); !errors.Is(err, holding.ErrAreas) {
			t.Errorf("a house without areas: %v", err)
		}
		h.Areas = named
		before, many := changed, make([]string, holding.MostAreas+1)
		for i := range many {
			many[i] = fmt.Sprint(i)
		}
		for what, c := range map[string]struct {
			held []access.Holding
			want *problem.Error
		}{
			"twice, otherwise":    {[]access.Holding{{Position: access.Operator}, {Position: access.Operator, Areas: []string{"yard"}}}, holding.ErrTwice},
			"ends as it begins":   {[]access.Holding{{Position: access.Operator, From: 7, Until: 7}}, holding.ErrTime},
			"no such area":        {[]access.Holding{{Position: access.Operator, Areas: []string{"yard", "moon"}}}, holding.ErrAreas},
			"too many areas":      {[]access.Holding{{Position: access.Operator, Areas: many}}, holding.ErrAreas},
			"administers a while": {[]access.Holding{{Position: access.Administrator, Until: now + 1}}, holding.ErrNarrow},
		} {
			if _, err := h.ChangePerson(t.Context(), access.CommandLine(), p.ID, PersonChange{Holdings: &c.held}); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %s", what, err, c.want.Code)
			}
			if now, err := h.Person(t.Context(), p.ID); err != nil || !cmp.Equal(now, before) {
				t.Errorf("%s: it was changed: %+v, %v", what, now, err)
			}
		}
	})
}

// TestWithoutAWatchNobodyIsOnDuty: until somebody tells who has the watch, what a rule gives only
// on duty is refused to everybody.
func TestWithoutAWatchNobodyIsOnDuty(t *testing.T) {
	clause.Covers(t, "C104")
	each(t, func(t *testing.T, h *house) {
		rights := access.NewRights("7", []access.Rule{{ID: "watch", Position: access.Operator, Actions: []access.Action{access.PlaybackView}, OnDuty: true}},
			map[string]access.Place{"gate": {Grade: access.LowestGrade}})
		h.Rights = func(context.Context) (*access.Rights, error) { return rights, nil }
		h.person("guard", access.Operator)
		in := h.signIn("guard")
		play := func() error {
			t.Helper()
			who, err := h.BySession(t.Context(), in.Secret)
			if err != nil {
				t.Fatal(err)
			}
			return access.Can(who.Actor, access.PlaybackView, "gate")
		}
		if err := play(); !errors.Is(err, access.ErrOffDuty) {
			t.Errorf("nobody tells who has the watch: %v", err)
		}
		h.Duty = func(context.Context, string) ([]string, error) { return nil, nil }
		if err := play(); !errors.Is(err, access.ErrOffDuty) {
			t.Errorf("off duty: %v", err)
		}
		h.Duty = func(context.Context, string) ([]string, error) { return []string{""}, nil }
		if err := play(); err != nil {
			t.Errorf("on duty: %v", err)
		}
	})
}
