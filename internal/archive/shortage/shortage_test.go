package shortage_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/archive/shortage"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/recording"
	"watchroom/internal/recording/space"
	"watchroom/internal/rule"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

var night = time.Date(2026, 11, 29, 2, 0, 0, 0, time.UTC)

type disks struct{ full, roomy bool }

func (d *disks) Roomy() bool { return d.roomy }

func (d *disks) Space() space.Space {
	if d.full {
		return space.Space{State: space.Full}
	}
	return space.Space{State: space.OK}
}

type house struct {
	*shortage.Keeper
	disks disks
	now   time.Time
	said  []string
}

func open(t *testing.T, d *db.DB) *house {
	t.Helper()
	set, err := rule.NewSet(shortage.Parameters())
	if err != nil {
		t.Fatal(err)
	}
	h := &house{now: night}
	h.Keeper = &shortage.Keeper{DB: d, Bus: &event.Bus{}, Clock: func() time.Time { return h.now }, Rules: set, Disks: &h.disks,
		Cameras: func(context.Context) ([]string, error) { return []string{"gate", "hall", "yard"}, nil },
		Signal:  func(s shortage.Step, n int) { h.said = append(h.said, fmt.Sprintf("%s %d", s, n)) }}
	return h
}

func (h *house) tick(t *testing.T, want string) {
	t.Helper()
	h.said = nil
	if err := h.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(h.said) != 1 || h.said[0] != want {
		t.Errorf("said %q, want %q", h.said, want)
	}
}

// TestSomebodyIsAsked: while no disk has room all stand still until the duty lead says
// which cameras go on. The answer is an act, can be revoked, survives a restart, and ends
// when there is room.
func TestSomebodyIsAsked(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		lead := people.Add(t, d, "lead", access.DutyLead)
		h.tick(t, " 0")
		if _, err := h.Say(t.Context(), lead, []string{"gate"}, "the entrance first"); !errors.Is(err, shortage.ErrNotAsked) {
			t.Errorf("nobody asks: %v", err)
		}
		h.disks.full = true
		h.tick(t, "asked 0")
		if s := h.Standing(); s.WhenFull != recording.Ask || s.Record != nil {
			t.Errorf("until the answer: %+v", s)
		}
		for _, c := range []struct {
			actor  access.Actor
			record []string
			reason string
			want   error
		}{
			{people.Add(t, d, "guard", access.Operator), []string{"gate"}, "a reason", access.ErrRightMissing},
			{lead, nil, "a reason", shortage.ErrCameras},
			{lead, []string{"gate", "gate"}, "a reason", shortage.ErrCameras},
			{lead, []string{"attic"}, "a reason", shortage.ErrCameras},
		} {
			if _, err := h.Say(t.Context(), c.actor, c.record, c.reason); !errors.Is(err, c.want) {
				t.Errorf("%+v: %v", c, err)
			}
		}
		if _, err := h.Say(t.Context(), lead, []string{"gate"}, " "); err == nil {
			t.Error("without a reason")
		}
		if err := h.Revoke(t.Context(), lead, "a reason"); !errors.Is(err, shortage.ErrNone) {
			t.Errorf("nothing to revoke: %v", err)
		}
		a, err := h.Say(t.Context(), lead, []string{"yard", "gate"}, "the entrance first")
		if err != nil || a.Person != lead.Person || a.Reason != "the entrance first" || !slices.Equal(a.Record, []string{"gate", "yard"}) || a.At != night.UnixMicro() {
			t.Fatalf("%+v, %v", a, err)
		}
		if s := h.Standing(); !s.Record["gate"] || !s.Record["yard"] || s.Record["hall"] || h.Asks() {
			t.Errorf("%+v", s)
		}
		h.tick(t, "answered 2")

		again := open(t, d) // a restart
		again.disks = h.disks
		if err := again.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		again.Close()
		if s := again.Standing(); !s.Record["gate"] || again.Answer().Reason != "the entrance first" {
			t.Errorf("after a restart: %+v", s)
		}

		if err := h.Revoke(t.Context(), lead, "they were the wrong ones"); err != nil || h.Answer() != nil || h.Standing().Record != nil {
			t.Fatalf("%+v, %v", h.Answer(), err)
		}
		h.tick(t, "asked 0")
		if err := again.Revoke(t.Context(), lead, "by an old screen"); !errors.Is(err, shortage.ErrNone) {
			t.Errorf("revoked twice: %v", err)
		}
		if _, err := h.Say(t.Context(), lead, []string{"hall"}, "the hall"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Say(t.Context(), lead, []string{"gate"}, "not the hall"); err != nil || h.Standing().Record["hall"] {
			t.Fatalf("another answer: %+v, %v", h.Standing(), err)
		}
		h.disks.full = false
		h.tick(t, "answered 1") // a little room ends nothing
		h.disks.roomy = true
		h.tick(t, " 0")
		if h.Answer() != nil {
			t.Error("it stands although there is room")
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "shortage."})
		var kinds []string
		for _, a := range acts {
			kinds = append(kinds, a.Kind)
		}
		if want := []string{"shortage.over", "shortage.answered", "shortage.answered", "shortage.revoked", "shortage.answered"}; err != nil || !slices.Equal(kinds, want) || acts[0].Person != "" || acts[0].Detail["why"] != "room" || acts[4].Person != lead.Person {
			t.Errorf("%v, %v", kinds, err)
		}
	})
}

// TestOneAnswerOfMany: of several that are given at the same time, each to what stood before,
// one stands and the others are told that somebody was first.
func TestOneAnswerOfMany(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		lead := people.Add(t, d, "lead", access.DutyLead)
		for range 5 {
			var all sync.WaitGroup
			answers := make([]error, 6)
			begin := make(chan struct{})
			for i := range answers {
				h := open(t, d) // a process of its own, which has seen no answer
				h.disks.full = true
				all.Go(func() {
					<-begin
					_, answers[i] = h.Say(t.Context(), lead, []string{"gate"}, "the entrance first")
				})
			}
			close(begin)
			all.Wait()
			first := 0
			for _, err := range answers {
				if err == nil {
					first++
				} else if !errors.Is(err, shortage.ErrNone) {
					t.Errorf("another answer: %v", err)
				}
			}
			if first != 1 {
				t.Errorf("%d answers stand", first)
			}
			h := open(t, d)
			h.disks.full = true
			if err := h.Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := h.Revoke(t.Context(), lead, "begin anew"); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestTheInstitutionSetsIt: the configuration is what it begins with; another rule ends an
// answer that was given under the one before.
func TestTheInstitutionSetsIt(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		begun, err := rule.NewSet(shortage.Begun("priority"))
		if err != nil || shortage.WhenFull(begun, "priority") != recording.ByPriority {
			t.Errorf("by the configuration: %v", err)
		}
		begun.Put(map[string]json.RawMessage{"recording.when_full": json.RawMessage(`"ask"`)})
		if is := shortage.WhenFull(begun, "priority"); is != recording.Ask {
			t.Errorf("set by the institution: %s", is)
		}
		h := open(t, d)
		lead := people.Add(t, d, "lead", access.DutyLead)
		h.disks.full = true
		if _, err := h.Say(t.Context(), lead, []string{"gate"}, "the entrance first"); err != nil {
			t.Fatal(err)
		}
		h.Rules.Put(map[string]json.RawMessage{"recording.when_full": json.RawMessage(`"priority"`)})
		if s := h.Standing(); s.WhenFull != recording.ByPriority || s.Record != nil {
			t.Errorf("%+v", s)
		}
		h.tick(t, " 0")
		if h.Answer() != nil {
			t.Error("the answer stands under another rule")
		}
	})
}

// TestTheCameraOfTheRoomGoesOn: a duty lead alone at night says which cameras are recorded into what
// is left, and cannot stop the one that watches the control room (practice P14).
func TestTheCameraOfTheRoomGoesOn(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		h.disks.full = true
		who := people.Add(t, d, "lead", access.DutyLead)
		as := func(places map[string]access.Place, areas ...string) access.Actor {
			return access.NewActor(who.Person, access.NewRights(access.BuiltIn, nil, places),
				access.Standing{Holdings: []access.Holding{{Position: access.DutyLead, Areas: areas}}})
		}
		places := map[string]access.Place{"gate": {Areas: []string{"a"}, Grade: 1}, "hall": {Areas: []string{"a"}, Grade: 1, Room: true}, "yard": {Areas: []string{"b"}, Grade: 1}}
		lead := as(places)
		a, err := h.Say(t.Context(), lead, []string{"gate"}, "the entrance first")
		if err != nil || !slices.Equal(a.Record, []string{"gate", "hall"}) {
			t.Fatalf("%+v, %v", a, err)
		}
		if err := h.Revoke(t.Context(), lead, "none at all"); !errors.Is(err, access.ErrRoom) {
			t.Errorf("it stops with all others: %v", err)
		}
		if _, err := h.Say(t.Context(), as(places, "a"), []string{"gate"}, "the entrance first"); !errors.Is(err, access.ErrElsewhere) {
			t.Errorf("who holds the position in one area: %v", err)
		}
	})
}
