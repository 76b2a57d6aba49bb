package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/factor"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/rule"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

const good = secret.Text("correct horse 7")

func rules(t *testing.T, values map[string]string) *rule.Set {
	t.Helper()
	set, err := rule.NewSet(Parameters())
	if err != nil {
		t.Fatal(err)
	}
	raw := map[string]json.RawMessage{}
	for k, v := range values {
		raw[k] = json.RawMessage(v)
	}
	if left := set.Put(raw); len(left) > 0 {
		t.Fatal(left)
	}
	return set
}

func TestTheStrictestPositionCounts(t *testing.T) {
	set := rules(t, map[string]string{"lock.positions": `["auditor","operator","no_more"]`, "lock.operator": `"5m"`, "lock.auditor": `"2m"`, "lock.leader": `"1m"`})
	programs := func(held ...access.Position) (all []access.Own) {
		for _, p := range held {
			all = append(all, access.Own{Position: p})
		}
		return all
	}
	for _, c := range []struct {
		held []access.Own
		want time.Duration
	}{
		{nil, 0}, {programs(access.Leader), 0}, {programs(access.Operator), 5 * time.Minute},
		{programs(access.Leader, access.Operator), 5 * time.Minute}, {programs(access.Operator, access.Auditor), 2 * time.Minute},
		{[]access.Own{{Position: "hq", Basis: access.Operator}}, 5 * time.Minute}, {[]access.Own{{Position: "hq", Basis: access.Leader}}, 0},
		{[]access.Own{{Position: "no_more"}}, 10 * time.Minute}, {[]access.Own{{Position: "no_more", Basis: access.Leader}}, time.Minute},
	} {
		if got := After(c.held, set); got != c.want {
			t.Errorf("%v: %v, want %v", c.held, got, c.want)
		}
	}
	if got := After(programs(access.Operator), nil); got != 0 {
		t.Errorf("without rules: %v", got)
	}
}

// desk is a console with somebody signed in at it.
type desk struct {
	*Gate
	now    time.Time
	secret secret.Text
	rules  *rule.Set
}

func newDesk(t *testing.T, d *db.DB) *desk {
	t.Helper()
	x := &desk{now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC), rules: rules(t, map[string]string{"lock.positions": `["operator"]`})}
	tick := clock.Clock(func() time.Time { x.now = x.now.Add(time.Microsecond); return x.now })
	box, err := secret.OpenBox(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	control := &account.Control{DB: d, Bus: &event.Bus{}, Clock: tick}
	factors := &factor.Factors{DB: d, Bus: control.Bus, Clock: tick, Box: box, Account: control}
	for _, s := range []interface{ Start(context.Context) error }{control, factors} {
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	control.Locks = func(held []access.Own) time.Duration { return After(held, x.rules) }
	x.Gate = &Gate{Control: control, Consoles: &Consoles{DB: d, Bus: control.Bus, Clock: tick, Rules: x.rules, Account: control, Factors: factors}}
	if _, _, err := control.CreatePerson(t.Context(), access.CommandLine(), account.NewPerson{Username: "zhang", Holdings: access.Everywhere(access.Operator), Password: good}); err != nil {
		t.Fatal(err)
	}
	in, err := control.SignIn(t.Context(), "zhang", good, access.Origin{Address: "192.0.2.1", Agent: "test"})
	if err != nil {
		t.Fatal(err)
	}
	x.secret = in.Secret
	return x
}

func (x *desk) acts(t *testing.T, kind string) int {
	t.Helper()
	_, total, err := count(t.Context(), x.Consoles.DB, kind)
	if err != nil {
		t.Fatal(err)
	}
	return total
}

// since is an instant (µs) as JSON gives it back.
func since(at int64) any { return float64(at) }

func count(ctx context.Context, d *db.DB, kind string) ([]ledger.Act, int, error) {
	acts, _, err := ledger.List(ctx, d.Read(), ledger.Filter{Kind: kind, Limit: ledger.MaxLimit})
	return acts, len(acts), err
}

// TestALockIsOnRecordOnce: many requests after the time is over leave one act, with the
// instant at which it was over; nothing is written while the database only reads, and the
// console is locked all the same.
func TestALockIsOnRecordOnce(t *testing.T) {
	clause.Covers(t, "C058")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDesk(t, d)
		who, err := x.BySession(t.Context(), x.secret)
		if err != nil || who.Session.Locked {
			t.Fatalf("%+v, %v", who.Session, err)
		}
		due := who.Session.LocksAt
		x.now = x.now.Add(11 * time.Minute)
		for range 3 {
			if who, err = x.BySession(t.Context(), x.secret); err != nil || !who.Session.Locked {
				t.Fatalf("%+v, %v", who.Session, err)
			}
		}
		acts, n, err := count(t.Context(), d, "console.locked")
		if err != nil || n != 1 || acts[0].Detail["why"] != "idle" || fmt.Sprint(acts[0].Detail["since"]) != fmt.Sprint(since(due)) {
			t.Fatalf("%+v, %v", acts, err)
		}
		if err := x.Consoles.Password(t.Context(), who, "wrong"); !errors.Is(err, account.ErrWrongPassword) {
			t.Errorf("a wrong password: %v", err)
		}
		if err := x.Consoles.Code(t.Context(), who, "123456"); !errors.Is(err, factor.ErrRefused) {
			t.Errorf("a code of no app: %v", err)
		}
		if n := x.acts(t, "console.refused"); n != 2 {
			t.Errorf("%d refusals are on record", n)
		}
		if err := x.Consoles.Password(t.Context(), who, good); err != nil {
			t.Fatal(err)
		}
		if who, err = x.BySession(t.Context(), x.secret); err != nil || who.Session.Locked || who.Session.LockedAt != nil {
			t.Errorf("%+v, %v", who.Session, err)
		}
		if n := x.acts(t, "console.unlocked"); n != 1 {
			t.Errorf("%d unlockings are on record", n)
		}
		var token account.Identity
		if _, err := x.Consoles.Input(t.Context(), token); !errors.Is(err, ErrNoConsole) {
			t.Errorf("a token: %v", err)
		}
	})
}

// TestTheConsoleMachine touches, leaves, locks and unlocks a console in any order, and finds
// it as a simple account of its last input says.
func TestTheConsoleMachine(t *testing.T) {
	x := newDesk(t, dbtest.Open(t, db.SQLite))
	const after = 10 * time.Minute
	locked, touched := false, x.now
	look := func(t *rapid.T) account.Identity {
		who, err := x.BySession(context.Background(), x.secret)
		if err != nil {
			t.Fatal(err)
		}
		locked = locked || x.now.Sub(touched) >= after
		if who.Session.Locked != locked || locked != (who.Session.LockedAt != nil) {
			t.Fatalf("locked %v since %v, want %v", who.Session.Locked, who.Session.LockedAt, locked)
		}
		return who
	}
	rapid.Check(t, func(t *rapid.T) {
		for _, step := range rapid.SliceOfN(rapid.SampledFrom([]string{"pass", "pass", "touch", "lock", "unlock"}), 1, 8).Draw(t, "steps") {
			switch who := look(t); step {
			case "pass":
				x.now = x.now.Add(time.Duration(rapid.IntRange(1, 700).Draw(t, "s"))*time.Second + 137*time.Millisecond)
			case "touch":
				s, err := x.Consoles.Input(context.Background(), who)
				if err != nil || s.Locked != locked {
					t.Fatal(s, err)
				}
				if !locked && x.now.UnixMicro()-who.Session.InputAt >= touchEvery.Microseconds() {
					touched = x.now
				}
			case "lock":
				if s, err := x.Consoles.Lock(context.Background(), who); err != nil || !s.Locked {
					t.Fatal(s, err)
				}
				locked = true
			case "unlock":
				if err := x.Consoles.unlock(context.Background(), who, ByPassword, nil); err != nil {
					t.Fatal(err)
				}
				if locked {
					locked, touched = false, x.now
				}
			}
		}
		look(t)
	})
}
