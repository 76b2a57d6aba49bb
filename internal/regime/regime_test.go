package regime_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/proposal"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/regime"
	"watchroom/internal/rule"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/people"
	"watchroom/internal/text"
)

var present = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

var (
	letters = rule.Int{Key: "word.letters", Default: 10, Least: 8, Most: 64, Unit: "characters", Guard: rule.Lower, Clauses: []string{"C113"}}
	lasts   = rule.Duration{Key: "look.lasts", Default: 8 * time.Hour, Least: 15 * time.Minute, Most: 24 * time.Hour, Guard: rule.Higher, Clauses: []string{"C104", "C105"}}
	shown   = rule.Bool{Key: "look.shown", Default: true, Clauses: []string{"C100"}}
	who     = rule.Names{Key: "look.who", Register: "position", Default: []string{"leader"}, Fewest: 1, Longest: 3, Guard: rule.Either, Clauses: []string{"C108"}}
)

func set(t testing.TB, more ...rule.Parameter) *rule.Set {
	t.Helper()
	s, err := rule.NewSet([]rule.Parameter{letters, lasts, shown, who}, more)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// node is one server on a database; it looks for changes of others.
func node(t testing.TB, d *db.DB, s *rule.Set, bus *event.Bus) *regime.Parameters {
	t.Helper()
	p := &regime.Parameters{DB: d, Set: s, Bus: bus, Clock: func() time.Time { return present }, Registers: map[string]regime.Register{
		"position": func(context.Context) ([]string, error) { return []string{"leader", "supervisor"}, nil },
	}}
	if err := p.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func wish(key, value string) []regime.Wish {
	w := regime.Wish{Key: key}
	if value != "" {
		w.Value = json.RawMessage(value)
	}
	return []regime.Wish{w}
}

type staff struct{ boss, other, chief, vice, auditor, admin access.Actor }

func hire(t testing.TB, d *db.DB) staff {
	return staff{
		boss: people.Add(t, d, "boss", access.Supervisor), other: people.Add(t, d, "other", access.Supervisor),
		chief: people.Add(t, d, "chief", access.Leader, access.Supervisor), vice: people.Add(t, d, "vice", access.Leader),
		auditor: people.Add(t, d, "auditor", access.Auditor), admin: people.Add(t, d, "admin", access.Administrator),
	}
}

func TestOneProposesAnotherApproves(t *testing.T) {
	clause.Covers(t, "C080")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := set(t)
		p, us := node(t, d, s, nil), hire(t, d)
		for name, actor := range map[string]access.Actor{"who runs the system": us.admin, "who reads": us.auditor, "who approves": us.vice, "the command line": access.CommandLine()} {
			if _, err := p.Propose(t.Context(), actor, wish("word.letters", "12"), "as the rules say"); !errors.Is(err, access.ErrRightMissing) {
				t.Errorf("%s proposes: %v", name, err)
			}
		}
		one, err := p.Propose(t.Context(), us.chief, wish("word.letters", "12"), "as the rules say")
		if err != nil || one.State != proposal.Proposed || one.Needs != 1 {
			t.Fatalf("%+v, %v", one, err)
		}
		if letters.Get(s) != 10 {
			t.Error("a proposal changes something")
		}
		for name, c := range map[string]struct {
			actor access.Actor
			want  error
		}{"one's own": {us.chief, proposal.ErrOwn}, "without the right": {us.other, access.ErrRightMissing}, "the administrator": {us.admin, access.ErrRightMissing}} {
			if _, err := p.Decide(t.Context(), c.actor, one.ID, true, ""); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := p.Withdraw(t.Context(), us.boss, one.ID, ""); !errors.Is(err, proposal.ErrNotYours) {
			t.Errorf("another's is withdrawn: %v", err)
		}
		done, err := p.Decide(t.Context(), us.vice, one.ID, true, "seen")
		if err != nil || done.State != proposal.Approved || done.DecidedAt == 0 || len(done.Decisions) != 1 {
			t.Fatalf("%+v, %v", done, err)
		}
		if letters.Get(s) != 12 {
			t.Error("what was approved is not in force")
		}
		for _, again := range []func() error{
			func() error { _, err := p.Decide(t.Context(), us.vice, one.ID, true, ""); return err },
			func() error { _, err := p.Decide(t.Context(), us.vice, one.ID, false, "too late"); return err },
			func() error { _, err := p.Withdraw(t.Context(), us.chief, one.ID, ""); return err },
		} {
			if err := again(); !errors.Is(err, proposal.ErrDecided) {
				t.Errorf("decided twice: %v", err)
			}
		}
		whole, err := p.Read(t.Context(), us.auditor)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(whole.Parameters, func(s regime.Standing) bool { return s.Key == "word.letters" })
		got := whole.Parameters[at]
		if string(got.Value) != "12" || got.Origin != regime.Own || got.By != us.chief.Person || !slices.Equal(got.Agreed, []string{us.vice.Person}) ||
			got.Since != present.UnixMicro() || got.Reason != "as the rules say" || got.Clause != "C113" || whole.Version != 1 || len(whole.Open) != 0 || whole.Pack != "neutral" {
			t.Errorf("%+v %+v", got, whole)
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "parameter."})
		var told []string
		for _, a := range acts {
			b, _ := json.Marshal(a.Detail["changes"])
			told = append(told, a.Kind+" "+string(b))
		}
		slices.Sort(told)
		change := ` [{"clause":"C113","from":10,"key":"word.letters","origin":"own","to":12}]`
		if diff := cmp.Diff([]string{"parameter.approved" + change, "parameter.proposed" + change}, told); err != nil || diff != "" {
			t.Error(err, diff)
		}
		history, err := p.Proposals(t.Context(), us.auditor, "word.letters", "", 0)
		if err != nil || len(history) != 1 || history[0].Changes[0].ValueBefore != "10" || history[0].Changes[0].ValueAfter != "12" {
			t.Errorf("%+v, %v", history, err)
		}
		if _, err := p.Read(t.Context(), access.ActorOf("x", access.Operator)); !errors.Is(err, access.ErrRightMissing) {
			t.Error(err)
		}
		if _, err := p.Proposals(t.Context(), access.ActorOf("x", access.Operator), "", "", 0); !errors.Is(err, access.ErrRightMissing) {
			t.Error(err)
		}
	})
}

// TestLessProtectionTakesTwo: a change that its guard watches needs a second approver.
func TestLessProtectionTakesTwo(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := set(t)
		p, us := node(t, d, s, nil), hire(t, d)
		one, err := p.Propose(t.Context(), us.boss, wish("look.lasts", `"12h"`), "long nights")
		if err != nil || one.Needs != 2 {
			t.Fatalf("%+v, %v", one, err)
		}
		half, err := p.Decide(t.Context(), us.chief, one.ID, true, "")
		if err != nil || half.State != proposal.Proposed || lasts.Get(s) != 8*time.Hour {
			t.Fatalf("%+v, %v", half, err)
		}
		if _, err := p.Decide(t.Context(), us.chief, one.ID, true, ""); !errors.Is(err, regime.ErrTwice) {
			t.Errorf("twice by one: %v", err)
		}
		if whole, err := p.Decide(t.Context(), us.vice, one.ID, true, ""); err != nil || whole.State != proposal.Approved || lasts.Get(s) != 12*time.Hour || len(whole.Decisions) != 2 {
			t.Errorf("%+v, %v", whole, err)
		}
		back, err := p.Propose(t.Context(), us.boss, wish("look.lasts", `"2h"`), "short nights")
		if err != nil || back.Needs != 1 {
			t.Errorf("more protection: %+v, %v", back, err)
		}
		// Who approved first may think again; that is a rejection.
		two, err := p.Propose(t.Context(), us.boss, wish("look.lasts", `"24h"`), "longer nights")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Decide(t.Context(), us.chief, two.ID, true, ""); err != nil {
			t.Fatal(err)
		}
		if no, err := p.Decide(t.Context(), us.chief, two.ID, false, "on second thoughts"); err != nil || no.State != proposal.Rejected {
			t.Errorf("%+v, %v", no, err)
		}
		if _, err := p.Decide(t.Context(), us.vice, back.ID, false, ""); !errors.Is(err, text.ErrRequired) {
			t.Errorf("rejected without a word: %v", err)
		}
		if gone, err := p.Withdraw(t.Context(), us.boss, back.ID, ""); err != nil || gone.State != proposal.Withdrawn {
			t.Errorf("%+v, %v", gone, err)
		}
	})
}

func TestBadInputChangesNothing(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p, us := node(t, d, set(t), nil), hire(t, d)
		many := make([]regime.Wish, 51)
		for i := range many {
			many[i] = regime.Wish{Key: strings.Repeat("x", i+1) + ".y"}
		}
		for name, c := range map[string]struct {
			wishes []regime.Wish
			reason string
			want   error
		}{
			"no key":           {wish("word.gone", "1"), "because", regime.ErrKey},
			"below":            {wish("word.letters", "7"), "because", rule.ErrBounds},
			"another kind":     {wish("word.letters", `"12"`), "because", rule.ErrType},
			"what holds":       {wish("word.letters", "10"), "because", regime.ErrSame},
			"the default":      {wish("word.letters", ""), "because", regime.ErrSame},
			"unregistered":     {wish("look.who", `["janitor"]`), "because", regime.ErrName},
			"nothing":          {nil, "because", regime.ErrMany},
			"too many":         {many, "because", regime.ErrMany},
			"twice":            {append(wish("word.letters", "12"), wish("word.letters", "13")...), "because", regime.ErrMany},
			"one right of two": {append(wish("word.letters", "12"), wish("look.lasts", `"99h"`)...), "because", rule.ErrBounds},
			"no reason":        {wish("word.letters", "12"), " ", text.ErrRequired},
			"hardly a reason":  {wish("word.letters", "12"), "ok", text.ErrTooShort},
			"a long value":     {wish("look.who", `["`+strings.Repeat("x", 5000)+`"]`), "because", rule.ErrType},
		} {
			if _, err := p.Propose(t.Context(), us.boss, c.wishes, c.reason); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := p.Propose(t.Context(), access.ActorOf("", access.Supervisor), wish("word.letters", "12"), "because"); !errors.Is(err, proposal.ErrNobody) {
			t.Errorf("nobody proposes: %v", err)
		}
		for _, id := range []string{"", "0000000000000", "' OR 1=1"} {
			if _, err := p.Decide(t.Context(), us.vice, id, true, ""); !errors.Is(err, proposal.ErrUnknown) {
				t.Errorf("%q: %v", id, err)
			}
		}
		if list, err := p.Proposals(t.Context(), us.boss, "", "", 0); err != nil || len(list) != 0 {
			t.Errorf("%+v, %v", list, err)
		}
		// Without its act no step is taken.
		exec := func(query string) {
			t.Helper()
			if err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { _, err := tx.ExecContext(ctx, query); return err }); err != nil {
				t.Fatal(err)
			}
		}
		one, err := p.Propose(t.Context(), us.boss, wish("word.letters", "12"), "because")
		if err != nil {
			t.Fatal(err)
		}
		exec("ALTER TABLE acts RENAME TO acts_away")
		if _, err := p.Propose(t.Context(), us.boss, wish("look.shown", "false"), "because"); !errors.Is(err, ledger.ErrNotRecorded) {
			t.Errorf("proposed without an act: %v", err)
		}
		if _, err := p.Decide(t.Context(), us.vice, one.ID, true, ""); !errors.Is(err, ledger.ErrNotRecorded) {
			t.Errorf("approved without an act: %v", err)
		}
		exec("ALTER TABLE acts_away RENAME TO acts")
		whole, err := p.Read(t.Context(), us.boss)
		if err != nil || len(whole.Open) != 1 || len(whole.Open[0].Decisions) != 0 || whole.Version != 0 || letters.Get(p.Set) != 10 {
			t.Errorf("%+v, %v", whole, err)
		}
	})
}

// TestNobodyApprovesWhatTheyDidNotSee: a value that changed meanwhile makes a proposal
// one that can only be rejected or withdrawn.
func TestNobodyApprovesWhatTheyDidNotSee(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := set(t)
		p, us := node(t, d, s, nil), hire(t, d)
		first, err := p.Propose(t.Context(), us.boss, wish("word.letters", "12"), "first")
		if err != nil {
			t.Fatal(err)
		}
		second, err := p.Propose(t.Context(), us.other, wish("word.letters", "14"), "second")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Decide(t.Context(), us.vice, second.ID, true, ""); err != nil {
			t.Fatal(err)
		}
		if whole, err := p.Read(t.Context(), us.vice); err != nil || len(whole.Open) != 1 || !whole.Open[0].Overtaken {
			t.Errorf("%+v, %v", whole, err)
		}
		if _, err := p.Decide(t.Context(), us.vice, first.ID, true, ""); !errors.Is(err, proposal.ErrOvertaken) || problem.Of(err).Params["key"] != "word.letters" {
			t.Errorf("%v", err)
		}
		if letters.Get(s) != 14 {
			t.Error("14 does not hold")
		}
		if _, err := p.Decide(t.Context(), us.vice, first.ID, false, "overtaken"); err != nil {
			t.Error(err)
		}
	})
}

// TestManyApproveAtOnce: however they come, what takes two takes two, and versions are
// counted one by one.
func TestManyApproveAtOnce(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := set(t)
		p, us := node(t, d, s, nil), hire(t, d)
		var leaders []access.Actor
		for _, name := range []string{"l1", "l2", "l3"} {
			leaders = append(leaders, people.Add(t, d, name, access.Leader))
		}
		for round := range 4 {
			var ids []string
			for _, w := range []regime.Wish{{Key: "look.lasts", Value: json.RawMessage([]string{`"9h"`, `"10h"`, `"11h"`, `"12h"`}[round])}, {Key: "look.who", Value: json.RawMessage([]string{`["supervisor"]`, `["leader"]`, `["supervisor"]`, `["leader"]`}[round])}} {
				one, err := p.Propose(t.Context(), us.boss, []regime.Wish{w}, "again")
				if err != nil || one.Needs != 2 {
					t.Fatalf("%+v, %v", one, err)
				}
				ids = append(ids, one.ID)
			}
			var crowd sync.WaitGroup
			for _, l := range leaders {
				for _, id := range ids {
					crowd.Go(func() {
						if _, err := p.Decide(t.Context(), l, id, true, ""); err != nil && !errors.Is(err, proposal.ErrDecided) {
							t.Error(err)
						}
					})
				}
			}
			crowd.Wait()
			for _, id := range ids {
				if one, err := p.Proposal(t.Context(), id); err != nil || one.State != proposal.Approved || len(one.Decisions) != 2 {
					t.Errorf("%+v, %v", one, err)
				}
			}
			if whole, err := p.Read(t.Context(), us.boss); err != nil || whole.Version != int64(2*(round+1)) {
				t.Errorf("version %d, %v", whole.Version, err)
			}
		}
		if lasts.Get(s) != 12*time.Hour || !slices.Equal(who.Get(s), []string{"leader"}) {
			t.Error("the last values do not hold")
		}
	})
}

// TestOtherNodesAndLaterStartsHaveTheValues waits for the word of the other node.
func TestOtherNodesAndLaterStartsHaveTheValues(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		here, there := set(t), set(t)
		bus := &event.Bus{}
		words := bus.Subscribe(16)
		defer words.Close()
		p, us := node(t, d, here, nil), hire(t, d)
		node(t, d, there, bus)
		one, err := p.Propose(t.Context(), us.boss, append(wish("word.letters", "12"), wish("look.shown", "false")...), "two at once")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Decide(t.Context(), us.vice, one.ID, true, ""); err != nil {
			t.Fatal(err)
		}
		<-words.C
		if events, _ := words.Take(); len(events) != 1 || events[0].Kind != "rules" {
			t.Errorf("%+v", events)
		}
		later := set(t)
		if err := regime.Load(t.Context(), d, later); err != nil {
			t.Fatal(err)
		}
		for name, s := range map[string]*rule.Set{"here": here, "there": there, "later": later} {
			if letters.Get(s) != 12 || shown.Get(s) {
				t.Errorf("%s: %d, %v", name, letters.Get(s), shown.Get(s))
			}
		}
	})
}

// TestValuesOfAnotherVersionAreKept: of keys that have gone, and of such as do not fit any
// more, for which the default holds.
func TestValuesOfAnotherVersionAreKept(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		old := rule.Bool{Key: "word.old", Default: true, Clauses: []string{"C113"}}
		p, us := node(t, d, set(t, old), nil), hire(t, d)
		one, err := p.Propose(t.Context(), us.boss, append(wish("word.old", "false"), wish("word.letters", "60")...), "of that time")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Decide(t.Context(), us.vice, one.ID, true, ""); err != nil {
			t.Fatal(err)
		}
		waits, err := p.Propose(t.Context(), us.boss, wish("word.old", "true"), "too late")
		if err != nil {
			t.Fatal(err)
		}
		shorter := letters
		shorter.Most = 20
		s, err := rule.NewSet([]rule.Parameter{shorter, lasts, shown, who})
		if err != nil {
			t.Fatal(err)
		}
		next := node(t, d, s, nil)
		if letters.Get(s) != 10 {
			t.Errorf("%d letters", letters.Get(s))
		}
		whole, err := next.Read(t.Context(), us.boss)
		if err != nil || len(whole.Gone) != 1 || whole.Gone[0].Key != "word.old" || string(whole.Gone[0].Value) != "false" {
			t.Errorf("%+v, %v", whole.Gone, err)
		}
		for _, one := range whole.Parameters {
			if one.Key == "word.letters" && (string(one.Value) != "10" || string(one.Unfit) != "60") {
				t.Errorf("%+v", one)
			}
		}
		if _, err := next.Decide(t.Context(), us.vice, waits.ID, true, ""); !errors.Is(err, proposal.ErrOvertaken) {
			t.Errorf("a key that has gone is changed: %v", err)
		}
		// What is chosen anew leaves the old value where it is.
		again, err := next.Propose(t.Context(), us.boss, wish("word.letters", "15"), "of this time")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := next.Decide(t.Context(), us.vice, again.ID, true, ""); err != nil {
			t.Fatal(err)
		}
		if whole, err := next.Read(t.Context(), us.boss); err != nil || len(whole.Gone) != 1 || letters.Get(s) != 15 {
			t.Errorf("%+v, %v", whole.Gone, err)
		}
	})
}

// TestPairsStayInOrder: of two values of which one is never below the other neither is proposed,
// nor approved, so that it would be.
func TestPairsStayInOrder(t *testing.T) {
	warn := rule.Int{Key: "clock.warn", Default: 1000, Least: 100, Most: 9000, Clauses: []string{"C094"}}
	alarm := rule.Int{Key: "clock.alarm", Default: 5000, Least: 100, Most: 9000, NotBelow: "clock.warn", Clauses: []string{"C094"}}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := node(t, d, set(t, warn, alarm), nil)
		boss, chief := people.Add(t, d, "boss", access.Supervisor), people.Add(t, d, "chief", access.Leader)
		ask := func(values ...string) (regime.Proposal, error) {
			var wishes []regime.Wish
			for i := 0; i < len(values); i += 2 {
				wishes = append(wishes, regime.Wish{Key: values[i], Value: json.RawMessage(values[i+1])})
			}
			return p.Propose(t.Context(), boss, wishes, "because of the clocks")
		}
		for _, wrong := range [][]string{{"clock.warn", "5001"}, {"clock.alarm", "999"}, {"clock.warn", "3000", "clock.alarm", "2999"}} {
			if _, err := ask(wrong...); !errors.Is(err, rule.ErrBelow) || problem.Of(err).Params["other"] != "clock.warn" {
				t.Errorf("%v: %v", wrong, err)
			}
		}
		if _, err := ask("clock.warn", "6000", "clock.alarm", "6000"); err != nil {
			t.Errorf("both at once: %v", err)
		}
		one, err := ask("clock.warn", "4000")
		if err != nil {
			t.Fatal(err)
		}
		two, err := ask("clock.alarm", "3000")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Decide(t.Context(), chief, one.ID, true, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Decide(t.Context(), chief, two.ID, true, ""); !errors.Is(err, rule.ErrBelow) {
			t.Errorf("after the other one was approved: %v", err)
		}
	})
}
