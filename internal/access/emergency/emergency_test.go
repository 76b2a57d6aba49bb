package emergency_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/emergency"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
	"watchroom/internal/testkit/people"
	"watchroom/internal/text"
)

// room is a house in which operators see the last half hour and grade 2 at most.
type room struct {
	*emergency.Rights
	t        testing.TB
	now      time.Time
	accounts *account.Control
	told     []string // notices
	renewed  []string // whose streams were decided anew
	guard    access.Actor
	mate     access.Actor
	boss     access.Actor
	chief    access.Actor
	eye      access.Actor
}

func newRoom(t testing.TB, d *db.DB) *room {
	r := &room{t: t, now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return r.now }
	r.Rights = &emergency.Rights{DB: d, Bus: &event.Bus{}, Clock: clock, Changed: func(p string) { r.renewed = append(r.renewed, p) },
		Notify: func(_ context.Context, n emergency.Notice) {
			r.told = append(r.told, n.Emergency.Name+" "+string(n.Up))
		}}
	policy := access.NewRights("v1", []access.Rule{
		{ID: "inner", Position: access.Operator, Actions: []access.Action{access.LiveView}, To: 2},
		{ID: "recent", Position: access.Operator, Actions: []access.Action{access.PlaybackView}, Back: 30 * time.Minute},
		{ID: "no-core", Position: access.Operator, Actions: []access.Action{access.LiveView, access.PlaybackView}, Deny: true, Areas: []string{"core"}},
	}, map[string]access.Place{"gate": {Grade: 1}, "vault": {Grade: 3}, "core": {Areas: []string{"core"}, Grade: 3}})
	r.accounts = &account.Control{DB: d, Clock: clock, Emergencies: r.Held, Rights: func(context.Context) (*access.Rights, error) { return policy, nil }}
	r.guard, r.mate = people.Add(t, d, "guard", access.Operator), people.Add(t, d, "mate", access.Operator)
	r.boss, r.chief = people.Add(t, d, "boss", access.Supervisor), people.Add(t, d, "chief", access.Leader)
	r.eye = people.Add(t, d, "eye", access.Auditor)
	return r
}

func each(t *testing.T, fn func(t *testing.T, r *room)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		fn(t, newRoom(t, d))
		held.Honest(t, d, emergency.Differ)
	})
}

// may asks like the next request of the guard does.
func (r *room) may(action access.Action, camera string, age time.Duration) error {
	r.t.Helper()
	actor, _, err := r.accounts.Stands(context.Background(), r.guard.Person)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := access.Can(actor, action, camera); err != nil {
		return err
	}
	if _, ok := access.Decide(actor, action, camera, nil).For(age, false, true); !ok {
		return errTooOld
	}
	return nil
}

var errTooOld = errors.New("the terms do not reach back so far")

func (r *room) acts() (kinds []string, all []ledger.Act) {
	r.t.Helper()
	acts, _, err := ledger.List(context.Background(), r.DB.Read(), ledger.Filter{})
	if err != nil {
		r.t.Fatal(err)
	}
	for i := len(acts) - 1; i >= 0; i-- {
		kinds, all = append(kinds, acts[i].Kind), append(all, acts[i])
	}
	return kinds, all
}

// TestBreakingTheGlass walks one emergency right from the button to the verdict.
func TestBreakingTheGlass(t *testing.T) {
	clause.Covers(t, "C104", "C105", "C112")
	each(t, func(t *testing.T, r *room) {
		ctx := t.Context()
		hour := time.Hour
		if err := r.may(access.PlaybackView, "gate", hour); !errors.Is(err, errTooOld) {
			t.Fatalf("before: %v", err)
		}
		e, err := r.Take(ctx, r.guard, emergency.Taking{Right: emergency.PlaybackRecent, Minutes: 5, Cause: "violence"})
		if err != nil || e.State != emergency.Running || e.Until != e.From+300e6 || e.DueAt != e.From+8*3600e6 || e.Back != 24*hour {
			t.Fatalf("%+v, %v", e, err)
		}
		for name, c := range map[string]struct {
			err, want error
		}{
			"the next request":      {r.may(access.PlaybackView, "gate", hour), nil},
			"above the position":    {r.may(access.PlaybackView, "vault", hour), nil},
			"older than a day":      {r.may(access.PlaybackView, "gate", 25*hour), errTooOld},
			"denied by the house":   {r.may(access.PlaybackView, "core", hour), access.ErrDenied},
			"what was not taken":    {r.may(access.LiveView, "vault", 0), access.ErrGrade},
			"nor given to everyone": {r.may(access.HoldPlace, "gate", 0), access.ErrRightMissing},
		} {
			if (c.err == nil) != (c.want == nil) || c.want != nil && !errors.Is(c.err, c.want) {
				t.Errorf("%s: %v, want %v", name, c.err, c.want)
			}
		}
		actor, _, err := r.accounts.Stands(ctx, r.guard.Person)
		if err != nil || actor.Until() != e.Until {
			t.Errorf("decided again at %d, want its end %d, %v", actor.Until(), e.Until, err)
		}
		if _, err := r.Take(ctx, r.guard, emergency.Taking{Right: emergency.PlaybackRecent, Cause: "fire"}); !errors.Is(err, emergency.ErrRuns) {
			t.Errorf("twice: %v", err)
		}
		if _, err := r.Report(ctx, r.guard, e.ID, "two men fought at the gate"); !errors.Is(err, emergency.ErrGoesOn) {
			t.Errorf("reported while it runs: %v", err)
		}
		if _, err := r.Settle(ctx, r.boss, e.ID, emergency.Justified, "well done"); !errors.Is(err, emergency.ErrNotDue) {
			t.Errorf("settled while it runs: %v", err)
		}

		r.now = r.now.Add(5 * time.Minute)
		if err := r.may(access.PlaybackView, "gate", hour); !errors.Is(err, errTooOld) {
			t.Errorf("after its end: %v", err)
		}
		look(r)
		r.now = r.now.Add(8 * hour)
		look(r)
		look(r) // it is noted once
		if got := one(r, r.eye, e.ID); got.State != emergency.Overdue || got.BreachAt == 0 {
			t.Errorf("%+v", got)
		}
		if _, err := r.Report(ctx, r.mate, e.ID, "two men fought at the gate"); !errors.Is(err, emergency.ErrNotYours) {
			t.Errorf("reported by another: %v", err)
		}
		if _, err := r.Report(ctx, r.guard, e.ID, "too short"); !errors.Is(err, text.ErrTooShort) {
			t.Errorf("hardly a report: %v", err)
		}
		r.now = r.now.Add(time.Second)
		late, err := r.Report(ctx, r.guard, e.ID, "两名男子在大门口斗殴，我回看了入口的录像。")
		if err != nil || late.State != emergency.Reported || !late.Late() {
			t.Fatalf("%+v, %v", late, err)
		}
		if _, err := r.Settle(ctx, r.guard, e.ID, emergency.Justified, "well done"); !errors.Is(err, access.ErrRightMissing) {
			t.Errorf("settled by an operator: %v", err)
		}
		if _, err := r.Settle(ctx, r.boss, e.ID, "fine", "well done"); !errors.Is(err, emergency.ErrVerdict) {
			t.Errorf("no verdict: %v", err)
		}
		r.now = r.now.Add(time.Second)
		done, err := r.Settle(ctx, r.boss, e.ID, emergency.Justified, "well done")
		if err != nil || done.State != emergency.Settled || done.SettledBy != r.boss.Person {
			t.Fatalf("%+v, %v", done, err)
		}
		kinds, acts := r.acts()
		if got := strings.Join(kinds, " "); got != "emergency.taken emergency.report_missing emergency.reported emergency.settled" {
			t.Errorf("acts: %s", got)
		}
		if d := acts[0].Detail; d["right"] != "playback_recent" || d["cause"] != "violence" || d["backSeconds"] != 86400.0 || acts[0].Person != r.guard.Person || acts[1].Person != "" || acts[2].Detail["late"] != true {
			t.Errorf("%+v", acts)
		}
		if got := strings.Join(r.told, ", "); got != "playback_recent running, playback_recent , playback_recent overdue, playback_recent " {
			t.Errorf("leaders were told: %s", got)
		}
		if got := strings.Join(r.renewed, " "); got != r.guard.Person {
			t.Errorf("decided anew for %q", got)
		}
		held.Altered(t, r.DB, map[string][]string{"emergencies": nil}, emergency.Differ)
	})
}

func look(r *room) {
	r.t.Helper()
	if err := r.Look(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

func one(r *room, as access.Actor, id string) (found emergency.Emergency) {
	r.t.Helper()
	all, err := r.List(context.Background(), as)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, e := range all {
		if e.ID == id {
			found = e
		}
	}
	return found
}

// TestEndingItEarly: by oneself at once, by a leader with a reason, by nobody else.
func TestEndingItEarly(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		ctx := t.Context()
		take := func() string {
			e, err := r.Take(ctx, r.guard, emergency.Taking{Right: emergency.LiveGraded, Cause: "fire", Reason: "烟雾报警"})
			if err != nil || e.Until != e.From+900e6 {
				t.Fatalf("%+v, %v", e, err)
			}
			r.renewed = nil
			return e.ID
		}
		id := take()
		if _, err := r.End(ctx, r.mate, id, "enough"); !errors.Is(err, access.ErrRightMissing) {
			t.Errorf("by a colleague: %v", err)
		}
		if _, err := r.End(ctx, r.boss, id, ""); !errors.Is(err, text.ErrRequired) {
			t.Errorf("by a leader without a reason: %v", err)
		}
		if _, err := r.End(ctx, r.boss, "0000000000000", "enough"); !errors.Is(err, emergency.ErrUnknown) {
			t.Errorf("none: %v", err)
		}
		if err := r.may(access.LiveView, "vault", 0); err != nil {
			t.Errorf("still running: %v", err)
		}
		e, err := r.End(ctx, r.chief, id, "the fire brigade is there")
		if err != nil || e.State != emergency.Due || e.EndedBy != r.chief.Person || len(r.renewed) != 1 {
			t.Fatalf("%+v, %v, decided anew %v", e, err, r.renewed)
		}
		if err := r.may(access.LiveView, "vault", 0); !errors.Is(err, access.ErrGrade) {
			t.Errorf("ended: %v", err)
		}
		if _, err := r.End(ctx, r.guard, id, ""); !errors.Is(err, emergency.ErrOver) {
			t.Errorf("twice: %v", err)
		}
		if e, err := r.End(ctx, r.guard, take(), ""); err != nil || e.EndedBy != r.guard.Person {
			t.Errorf("by oneself: %+v, %v", e, err)
		}
		if all, err := r.List(ctx, r.mate); err != nil || len(all) != 0 {
			t.Errorf("a colleague sees %+v, %v", all, err)
		}
		if all, err := r.List(ctx, r.guard); err != nil || len(all) != 2 {
			t.Errorf("the guard sees %+v, %v", all, err)
		}
		held.Altered(t, r.DB, map[string][]string{"emergencies": nil}, emergency.Differ)
	})
}

func TestWhatIsNotGiven(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		ctx := t.Context()
		token := r.guard
		token.Token = "t"
		good := emergency.Taking{Right: emergency.LiveGraded, Cause: "theft"}
		for _, c := range []struct {
			name  string
			actor access.Actor
			t     emergency.Taking
			want  error
		}{
			{"by who may not", r.eye, good, access.ErrRightMissing},
			{"by nobody", access.Actor{}, good, access.ErrRightMissing},
			{"by a token", token, good, emergency.ErrPerson},
			{"no right", r.guard, emergency.Taking{Cause: "theft"}, emergency.ErrRight},
			{"no right that there is", r.guard, emergency.Taking{Right: "everything", Cause: "theft"}, emergency.ErrRight},
			{"no cause", r.guard, emergency.Taking{Right: emergency.LiveGraded}, emergency.ErrCause},
			{"too long", r.guard, emergency.Taking{Right: emergency.LiveGraded, Cause: "theft", Minutes: 16}, emergency.ErrMinutes},
			{"below nothing", r.guard, emergency.Taking{Right: emergency.LiveGraded, Cause: "theft", Minutes: -1}, emergency.ErrMinutes},
			{"a novel", r.guard, emergency.Taking{Right: emergency.LiveGraded, Cause: "theft", Reason: strings.Repeat("x", 1001)}, text.ErrTooLong},
		} {
			if e, err := r.Take(ctx, c.actor, c.t); !errors.Is(err, c.want) || e.ID != "" {
				t.Errorf("%s: %+v, %v, want %v", c.name, e, err, c.want)
			}
		}
		if kinds, _ := r.acts(); len(kinds) != 0 || len(r.told) != 0 {
			t.Errorf("refused ones left %v, %v", kinds, r.told)
		}
		// Where the act cannot be written there is no right.
		trigger := "CREATE TRIGGER no_more BEFORE INSERT ON acts BEGIN SELECT RAISE(ABORT, 'no more'); END"
		if r.DB.Engine() == db.PostgreSQL {
			trigger = "CREATE TRIGGER no_more BEFORE INSERT ON acts FOR EACH ROW EXECUTE FUNCTION refuse_change()"
		}
		if err := r.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { _, err := tx.ExecContext(ctx, trigger); return err }); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Take(ctx, r.guard, good); !errors.Is(err, ledger.ErrNotRecorded) {
			t.Errorf("without a record: %v", err)
		}
		if held, err := r.Held(ctx, r.guard.Person); err != nil || len(held) != 0 {
			t.Errorf("holds %v, %v", held, err)
		}
	})
}

// TestTheShiftEndsFirst: where somebody knows when the shift ends, the report is due then.
func TestTheShiftEndsFirst(t *testing.T) {
	r := newRoom(t, dbtest.Open(t, db.SQLite))
	end := r.now.Add(2 * time.Hour).UnixMicro()
	r.Shift = func(context.Context, string) (int64, error) { return end, nil }
	e, err := r.Take(t.Context(), r.guard, emergency.Taking{Right: emergency.LiveGraded, Cause: "fire"})
	if err != nil || e.DueAt != end {
		t.Errorf("due %d, want %d, %v", e.DueAt, end, err)
	}
	end = r.now.UnixMicro()
	if e, err := r.Take(t.Context(), r.mate, emergency.Taking{Right: emergency.LiveGraded, Cause: "fire"}); err != nil || e.DueAt != e.Until {
		t.Errorf("at the end of the shift: due %d, want %d, %v", e.DueAt, e.Until, err)
	}
}
