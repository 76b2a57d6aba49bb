package emergency_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"watchroom/internal/access"
	"watchroom/internal/access/emergency"
	"watchroom/internal/db"
	"watchroom/internal/testkit/dbtest"
)

// one emergency right as the model has it.
type model struct {
	by, name              string
	until, due            time.Time
	ended                 bool
	reported, missed, set bool
}

func (m *model) state(now time.Time) emergency.State {
	switch {
	case m.set:
		return emergency.Settled
	case m.reported:
		return emergency.Reported
	case !m.ended && now.Before(m.until):
		return emergency.Running
	case m.missed || !now.Before(m.due):
		return emergency.Overdue
	}
	return emergency.Due
}

// TestTheStateMachine walks emergency rights through every order of steps and holds what
// happens against a model of a few lines: who may do what when, what counts for whom, and
// that leaders see exactly what runs and what is overdue.
func TestTheStateMachine(t *testing.T) {
	r := newRoom(t, dbtest.Open(t, db.SQLite))
	everybody := map[string]access.Actor{"guard": r.guard, "mate": r.mate, "boss": r.boss, "chief": r.chief, "eye": r.eye}
	names := []string{"boss", "chief", "eye", "guard", "mate"}
	takes := map[string]bool{"guard": true, "mate": true, "boss": true}
	settles := map[string]bool{"boss": true, "chief": true}
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		alarms := map[string]emergency.State{}
		r.Notify = func(_ context.Context, n emergency.Notice) { alarms[n.Emergency.ID] = n.Up }
		all, ids := map[string]*model{}, []string{}
		pick := func(t *rapid.T) (string, *model) {
			if len(ids) == 0 {
				t.Skip("nothing was taken yet")
			}
			id := rapid.SampledFrom(ids).Draw(t, "right")
			return id, all[id]
		}
		expect := func(t *rapid.T, err, want error) bool {
			t.Helper()
			if want != nil && !errors.Is(err, want) || want == nil && err != nil {
				t.Fatalf("%v, want %v", err, want)
			}
			return want == nil
		}
		t.Repeat(map[string]func(*rapid.T){
			"take": func(t *rapid.T) {
				who, name := rapid.SampledFrom(names).Draw(t, "who"), rapid.SampledFrom([]string{emergency.PlaybackRecent, emergency.LiveGraded}).Draw(t, "name")
				minutes := rapid.IntRange(1, 15).Draw(t, "minutes")
				var want error
				for _, m := range all {
					if m.by == who && m.name == name && m.state(r.now) == emergency.Running {
						want = emergency.ErrRuns
					}
				}
				if !takes[who] {
					want = access.ErrRightMissing
				}
				e, err := r.Take(ctx, everybody[who], emergency.Taking{Right: name, Minutes: minutes, Cause: "fire"})
				if expect(t, err, want) {
					all[e.ID] = &model{by: who, name: name, until: r.now.Add(time.Duration(minutes) * time.Minute), due: r.now.Add(8 * time.Hour)}
					ids = append(ids, e.ID)
				}
			},
			"end": func(t *rapid.T) {
				id, m := pick(t)
				who := rapid.SampledFrom(names).Draw(t, "who")
				var want error
				switch {
				case m.by != who && !settles[who]:
					want = access.ErrRightMissing
				case m.state(r.now) != emergency.Running:
					want = emergency.ErrOver
				}
				_, err := r.End(ctx, everybody[who], id, "it is over")
				m.ended = expect(t, err, want) || m.ended
			},
			"report": func(t *rapid.T) {
				id, m := pick(t)
				who := rapid.SampledFrom(names).Draw(t, "who")
				want := map[emergency.State]error{emergency.Running: emergency.ErrGoesOn, emergency.Reported: emergency.ErrReported, emergency.Settled: emergency.ErrSettled}[m.state(r.now)]
				if m.by != who {
					want = emergency.ErrNotYours
				}
				_, err := r.Report(ctx, everybody[who], id, "there was smoke in the hall")
				m.reported = expect(t, err, want) || m.reported
			},
			"settle": func(t *rapid.T) {
				id, m := pick(t)
				who := rapid.SampledFrom(names).Draw(t, "who")
				want := map[emergency.State]error{emergency.Running: emergency.ErrNotDue, emergency.Due: emergency.ErrNotDue, emergency.Settled: emergency.ErrSettled}[m.state(r.now)]
				if m.by == who {
					want = emergency.ErrOwn
				}
				if !settles[who] {
					want = access.ErrRightMissing
				}
				_, err := r.Settle(ctx, everybody[who], id, emergency.Unjustified, "seen and talked about")
				m.set = expect(t, err, want) || m.set
			},
			"pass": func(*rapid.T) {
				r.now = r.now.Add(time.Duration(rapid.SampledFrom([]int{1, 7, 60, 500}).Draw(t, "minutes")) * time.Minute)
			},
			"look": func(t *rapid.T) {
				if err := r.Look(ctx); err != nil {
					t.Fatal(err)
				}
				for id, m := range all {
					m.missed = m.missed || m.state(r.now) == emergency.Overdue
					want := m.state(r.now)
					if want != emergency.Running && want != emergency.Overdue {
						want = ""
					}
					if alarms[id] != want {
						t.Fatalf("%s is %s, leaders see %q", id, m.state(r.now), alarms[id])
					}
				}
			},
			"": func(t *rapid.T) {
				for _, who := range names {
					held, err := r.Held(ctx, everybody[who].Person)
					if err != nil {
						t.Fatal(err)
					}
					n := 0
					for _, h := range held {
						if h.Until > r.now.UnixMicro() {
							n++
						}
					}
					for _, m := range all {
						if m.by == who && m.state(r.now) == emergency.Running {
							n--
						}
					}
					if n != 0 {
						t.Fatalf("%s holds %+v", who, held)
					}
				}
			},
		})
		list, err := r.List(ctx, r.eye)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			if m := all[e.ID]; m != nil && e.State != m.state(r.now) {
				t.Fatalf("%s is %s, want %s", e.ID, e.State, m.state(r.now))
			}
		}
		r.now = r.now.Add(24 * time.Hour) // what is left of this walk is in the way of none
		for _, id := range ids {
			if all[id].set {
				continue
			}
			by := r.boss
			if all[id].by == "boss" {
				by = r.chief
			}
			if _, err := r.Settle(ctx, by, id, emergency.Justified, "the walk is over"); err != nil {
				t.Fatal(err)
			}
		}
	})
}
