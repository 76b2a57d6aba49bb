package disclosure_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/disclosure"
	"watchroom/internal/disclosure/purpose"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
	"watchroom/internal/text"
)

const (
	second = int64(1_000_000)
	begin  = int64(1_700_000_000) * second
)

// room is a house with two cameras, a guard and a clock that the test holds.
type room struct {
	*disclosure.Viewings
	t          *testing.T
	mu         sync.Mutex
	now        time.Time
	guard      access.Actor
	gate, hall string
}

func newRoom(t *testing.T, d *db.DB) *room {
	t.Helper()
	r := &room{t: t, now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
	r.Viewings = &disclosure.Viewings{DB: d, Bus: &event.Bus{}, Clock: r.clock}
	r.guard = access.NewActor(people.Add(t, d, "guard", access.Operator).Person, access.NewRights(access.BuiltIn, nil, nil).Demanding(r.demands),
		access.Standing{Holdings: access.Everywhere(access.Operator)})
	r.gate, r.hall = people.Camera(t, d, "gate"), people.Camera(t, d, "hall")
	return r
}

func each(t *testing.T, fn func(t *testing.T, r *room)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newRoom(t, d)) })
}

func (r *room) clock() time.Time { r.mu.Lock(); defer r.mu.Unlock(); return r.now }

func (r *room) pass(d time.Duration) { r.mu.Lock(); r.now = r.now.Add(d); r.mu.Unlock() }

func (r *room) open(cameras ...string) disclosure.Viewing {
	r.t.Helper()
	v, err := r.Open(r.t.Context(), r.guard, cameras, begin, begin+60*second, disclosure.Incident, "缺失的箱子 a box is missing")
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

func (r *room) check(id string, actor access.Actor, camera string, from, to int64) error {
	return r.Check(r.t.Context(), id, actor, camera, begin+from*second, begin+to*second)
}

func (r *room) acts() []ledger.Act {
	r.t.Helper()
	acts, _, err := ledger.List(context.Background(), r.DB.Read(), ledger.Filter{})
	if err != nil {
		r.t.Fatal(err)
	}
	return acts
}

func (r *room) execute(sql string) error {
	return r.DB.Tx(r.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, sql)
		return err
	})
}

func TestOpen(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		got := r.open(r.hall, r.gate, r.hall)
		cameras := []string{min(r.gate, r.hall), max(r.gate, r.hall)}
		want := disclosure.Viewing{ID: got.ID, Person: r.guard.Person, Cameras: cameras, From: begin, To: begin + 60*second,
			Purpose: disclosure.Incident, Reason: "缺失的箱子 a box is missing", OpenedAt: r.now.UnixMicro(), ExpiresAt: r.now.Add(8 * time.Hour).UnixMicro()}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
		if again, err := r.Get(t.Context(), r.guard, got.ID); err != nil || !cmp.Equal(again, want) {
			t.Errorf("read again: %+v, %v", again, err)
		}
		acts := r.acts()
		if len(acts) != 2 {
			t.Fatalf("acts = %+v, want one a camera", acts)
		}
		of := map[string]bool{}
		for _, a := range acts {
			of[a.Camera] = true
			if a.Kind != "viewing.opened" || a.Person != r.guard.Person || a.Subject != got.ID || a.Detail["purpose"] != "incident" ||
				a.Detail["from"] != float64(begin) || a.Detail["reason"] != want.Reason {
				t.Errorf("act = %+v", a)
			}
		}
		if !of[r.gate] || !of[r.hall] {
			t.Errorf("acts are of cameras %v", of)
		}
	})
}

func TestOpenRefusals(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		many := make([]string, 65)
		for i := range many {
			many[i] = db.NewID()
		}
		for _, c := range []struct {
			name     string
			actor    access.Actor
			cameras  []string
			from, to int64
			purpose  disclosure.Purpose
			reason   string
			want     error
		}{
			{"who runs the system", people.Add(t, r.DB, "boss", access.Administrator), []string{r.gate}, begin, begin + 1, disclosure.Incident, "reason", access.ErrRightMissing},
			{"nobody", access.Actor{}, []string{r.gate}, begin, begin + 1, disclosure.Incident, "reason", access.ErrRightMissing},
			{"no camera", r.guard, nil, begin, begin + 1, disclosure.Incident, "reason", disclosure.ErrCameras},
			{"too many", r.guard, many, begin, begin + 1, disclosure.Incident, "reason", disclosure.ErrCameras},
			{"unknown camera", r.guard, []string{r.gate, db.NewID()}, begin, begin + 1, disclosure.Incident, "reason", disclosure.ErrNoCamera},
			{"backwards", r.guard, []string{r.gate}, begin, begin - 1, disclosure.Incident, "reason", disclosure.ErrInterval},
			{"empty", r.guard, []string{r.gate}, begin, begin, disclosure.Incident, "reason", disclosure.ErrInterval},
			{"too long", r.guard, []string{r.gate}, begin, begin + 93*86400*second, disclosure.Incident, "reason", disclosure.ErrInterval},
			{"from nowhere", r.guard, []string{r.gate}, 0, 1, disclosure.Incident, "reason", disclosure.ErrInterval},
			{"purpose", r.guard, []string{r.gate}, begin, begin + 1, "curiosity", "reason", purpose.ErrOutside},
			{"no reason", r.guard, []string{r.gate}, begin, begin + 1, disclosure.Incident, " \n ", text.ErrRequired},
			{"hardly a reason", r.guard, []string{r.gate}, begin, begin + 1, disclosure.Incident, "abc", text.ErrTooShort},
			{"a novel", r.guard, []string{r.gate}, begin, begin + 1, disclosure.Incident, strings.Repeat("x", 1001), text.ErrTooLong},
		} {
			v, err := r.Open(t.Context(), c.actor, c.cameras, c.from, c.to, c.purpose, c.reason)
			if !errors.Is(err, c.want) || v.ID != "" {
				t.Errorf("%s: %+v, %v, want %v", c.name, v, err, c.want)
			}
		}
		lead := people.Add(t, r.DB, "lead", access.DutyLead)
		if list, err := r.List(t.Context(), lead, disclosure.Filter{}); len(list) != 0 || err != nil || len(r.acts()) != 0 {
			t.Errorf("refused ones left %+v, %+v, %v", list, r.acts(), err)
		}
	})
}

// noMore makes acts impossible to write.
func noMore(r *room) string {
	if r.DB.Engine() == db.PostgreSQL {
		return "CREATE TRIGGER no_more BEFORE INSERT ON acts FOR EACH ROW EXECUTE FUNCTION refuse_change()"
	}
	return "CREATE TRIGGER no_more BEFORE INSERT ON acts BEGIN SELECT RAISE(ABORT, 'no more'); END"
}

// TestNothingIsAllowedThatIsNotOnRecord makes the act impossible to write.
func TestNothingIsAllowedThatIsNotOnRecord(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		if err := r.execute(noMore(r)); err != nil {
			t.Fatal(err)
		}
		v, err := r.Open(t.Context(), r.guard, []string{r.gate}, begin, begin+second, disclosure.Incident, "reason")
		if !errors.Is(err, ledger.ErrNotRecorded) || v.ID != "" {
			t.Fatalf("%+v, %v", v, err)
		}
		if list, err := r.List(t.Context(), r.guard, disclosure.Filter{}); len(list) != 0 || err != nil {
			t.Errorf("viewings = %+v, %v", list, err)
		}
	})
}

func TestCheck(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		v := r.open(r.gate)
		other := people.Add(t, r.DB, "other", access.Operator)
		demoted := access.ActorOf(r.guard.Person, access.Auditor)
		for _, c := range []struct {
			name     string
			id       string
			actor    access.Actor
			camera   string
			from, to int64
			want     error
		}{
			{"all of it", v.ID, r.guard, r.gate, 0, 60, nil},
			{"within", v.ID, r.guard, r.gate, 10, 20, nil},
			{"an instant", v.ID, r.guard, r.gate, 60, 60, nil},
			{"before", v.ID, r.guard, r.gate, -1, 10, disclosure.ErrOutside},
			{"after", v.ID, r.guard, r.gate, 10, 61, disclosure.ErrOutside},
			{"backwards", v.ID, r.guard, r.gate, 20, 10, disclosure.ErrOutside},
			{"another camera", v.ID, r.guard, r.hall, 10, 20, disclosure.ErrOutside},
			{"no camera", v.ID, r.guard, "", 10, 20, disclosure.ErrOutside},
			{"no viewing", "", r.guard, r.gate, 10, 20, disclosure.ErrRequired},
			{"unknown viewing", db.NewID(), r.guard, r.gate, 10, 20, disclosure.ErrRequired},
			{"no id", "' OR 1=1 --", r.guard, r.gate, 10, 20, disclosure.ErrRequired},
			{"another person", v.ID, other, r.gate, 10, 20, disclosure.ErrNotYours},
			{"who lost the right", v.ID, demoted, r.gate, 10, 20, access.ErrRightMissing},
		} {
			err := r.check(c.id, c.actor, c.camera, c.from, c.to)
			if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		outside := problem.Of(r.check(v.ID, r.guard, r.gate, 0, 61))
		want := map[string]any{"camera": r.gate, "from": "2023-11-14T22:13:20Z", "to": "2023-11-14T22:14:20Z"}
		if diff := cmp.Diff(want, outside.Params); diff != "" || outside.Kind != problem.Forbidden {
			t.Errorf("parameters: want (-), got (+):\n%s", diff)
		}
	})
}

func TestViewingExpires(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		v := r.open(r.gate)
		r.pass(8*time.Hour - time.Microsecond)
		if err := r.check(v.ID, r.guard, r.gate, 0, 1); err != nil {
			t.Errorf("just before: %v", err)
		}
		r.pass(time.Microsecond)
		if err := r.check(v.ID, r.guard, r.gate, 0, 1); !errors.Is(err, disclosure.ErrExpired) {
			t.Errorf("after 8 hours: %v", err)
		}
	})
}

func TestClose(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		v := r.open(r.gate)
		other := people.Add(t, r.DB, "other", access.Supervisor)
		events := r.Bus.Subscribe(4)
		defer events.Close()
		if _, err := r.Close(t.Context(), other, v.ID); !errors.Is(err, disclosure.ErrNotYours) {
			t.Errorf("another closes it: %v", err)
		}
		if _, err := r.Close(t.Context(), r.guard, db.NewID()); !errors.Is(err, disclosure.ErrRequired) {
			t.Errorf("an unknown one: %v", err)
		}
		closed, err := r.Close(t.Context(), r.guard, v.ID)
		if err != nil || closed.ClosedAt == nil {
			t.Fatalf("%+v, %v", closed, err)
		}
		if err := r.check(v.ID, r.guard, r.gate, 0, 1); !errors.Is(err, disclosure.ErrExpired) {
			t.Errorf("at once after: %v", err)
		}
		if again, err := r.Close(t.Context(), r.guard, v.ID); err != nil || !cmp.Equal(again, closed) {
			t.Errorf("twice: %+v, %v", again, err)
		}
		if n := len(r.acts()); n != 2 {
			t.Errorf("%d acts, want the opening and the closing", n)
		}
		if heard, _ := events.Take(); len(heard) != 1 || heard[0].Kind != "viewing" || heard[0].Subject != v.ID || heard[0].Person != r.guard.Person {
			t.Errorf("events = %+v", heard)
		}
	})
}

// TestCloseOnAnotherNode closes through another instance on the same database.
func TestCloseOnAnotherNode(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		v := r.open(r.gate)
		if err := r.check(v.ID, r.guard, r.gate, 0, 1); err != nil {
			t.Fatal(err)
		}
		node := &disclosure.Viewings{DB: r.DB, Clock: r.clock}
		if _, err := node.Close(t.Context(), r.guard, v.ID); err != nil {
			t.Fatal(err)
		}
		r.pass(time.Second)
		if err := r.check(v.ID, r.guard, r.gate, 0, 1); !errors.Is(err, disclosure.ErrExpired) {
			t.Errorf("a second later: %v", err)
		}
	})
}

// TestCheckAnswersFromMemory takes the database away for less than a second.
func TestCheckAnswersFromMemory(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		v := r.open(r.gate)
		r.DB.Close()
		if err := r.check(v.ID, r.guard, r.gate, 0, 1); err != nil {
			t.Errorf("within a second: %v", err)
		}
		r.pass(time.Second)
		if err := r.check(v.ID, r.guard, r.gate, 0, 1); problem.Of(err).Kind != problem.Internal {
			t.Errorf("later nothing is shown: %v", err)
		}
	})
}

func TestViewingsAreAppendOnly(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		v := r.open(r.gate)
		if _, err := r.Close(t.Context(), r.guard, v.ID); err != nil {
			t.Fatal(err)
		}
		for _, sql := range []string{
			"DELETE FROM viewings", "DELETE FROM viewing_cameras", "UPDATE viewings SET reason = 'another'",
			"UPDATE viewings SET to_at = to_at + 1", "UPDATE viewings SET expires_at = expires_at + 1", "UPDATE viewings SET closed_at = NULL",
			fmt.Sprintf("UPDATE viewing_cameras SET camera = '%s'", r.hall),
		} {
			if err := r.execute(sql); !db.IsRefused(err) {
				t.Errorf("%s: %v", sql, err)
			}
		}
	})
}

func TestList(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		lead := people.Add(t, r.DB, "lead", access.DutyLead)
		auditor := people.Add(t, r.DB, "auditor", access.Auditor)
		first := r.open(r.gate)
		r.pass(time.Second)
		second := r.open(r.gate, r.hall)
		r.pass(time.Second)
		third, err := r.Open(t.Context(), lead, []string{r.hall}, begin+1000, begin+2000, disclosure.Inspection, "rounds of the night")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name  string
			actor access.Actor
			f     disclosure.Filter
			want  []disclosure.Viewing
		}{
			{"own only", r.guard, disclosure.Filter{}, []disclosure.Viewing{second, first}},
			{"all", lead, disclosure.Filter{}, []disclosure.Viewing{third, second, first}},
			{"all, without watching", auditor, disclosure.Filter{Camera: r.hall}, []disclosure.Viewing{third, second}},
			{"of a camera", r.guard, disclosure.Filter{Camera: r.hall}, []disclosure.Viewing{second}},
			{"of an interval", lead, disclosure.Filter{From: begin + 2000, To: begin + 3000}, []disclosure.Viewing{second, first}},
			{"of an earlier one", lead, disclosure.Filter{To: begin}, []disclosure.Viewing{}},
			{"the newest", lead, disclosure.Filter{Limit: 1}, []disclosure.Viewing{third}},
		} {
			got, err := r.List(t.Context(), c.actor, c.f)
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("%s: %v; want (-), got (+):\n%s", c.name, err, diff)
			}
		}
		if _, err := r.List(t.Context(), access.ActorOf("x", access.Technician), disclosure.Filter{}); !errors.Is(err, access.ErrRightMissing) {
			t.Errorf("who may neither watch nor audit: %v", err)
		}
		if _, err := r.Get(t.Context(), r.guard, third.ID); !errors.Is(err, access.ErrRightMissing) {
			t.Errorf("another's: %v", err)
		}
		if got, err := r.Get(t.Context(), auditor, third.ID); err != nil || !cmp.Equal(got, third) {
			t.Errorf("the auditor's: %+v, %v", got, err)
		}
	})
}

// TestCheckProperty asks random intervals and compares with the plain rule.
func TestCheckProperty(t *testing.T) {
	r := newRoom(t, dbtest.Open(t, db.SQLite))
	v := r.open(r.gate)
	rapid.Check(t, func(rt *rapid.T) {
		from := rapid.Int64Range(-70, 130).Draw(rt, "from")
		to := rapid.Int64Range(-70, 130).Draw(rt, "to")
		err := r.check(v.ID, r.guard, r.gate, from, to)
		if inside := from >= 0 && to <= 60 && from <= to; inside != (err == nil) {
			rt.Fatalf("%d…%d: %v", from, to, err)
		}
	})
}

// TestAViewingIsSeenWhereItWasOpened: the record says from where somebody looked, and its mark
// is borne by no other screen.
func TestAViewingIsSeenWhereItWasOpened(t *testing.T) {
	clause.Covers(t, "C114")
	each(t, func(t *testing.T, r *room) {
		console, phone, program := r.guard, r.guard, r.guard
		console.Session, phone.Session, program.Token = "console", "phone", "program"
		for name, c := range map[string]struct{ here, there access.Actor }{
			"in another session": {console, phone}, "by a program": {console, program}, "by another program": {program, console},
		} {
			r.guard = c.here
			v := r.open(r.gate)
			for range 2 { // what is remembered, and what is read
				if err := r.check(v.ID, c.here, r.gate, 0, 10); err != nil {
					t.Errorf("%s: where it was opened: %v", name, err)
				}
				if err := r.check(v.ID, c.there, r.gate, 0, 10); !errors.Is(err, disclosure.ErrElsewhere) {
					t.Errorf("%s: %v", name, err)
				}
				r.pass(2 * time.Second)
			}
			if _, err := r.Close(t.Context(), c.there, v.ID); err != nil { // ending it shows nothing
				t.Errorf("%s: ended: %v", name, err)
			}
		}
	})
}
