package trace_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/mark"
	"watchroom/internal/db"
	"watchroom/internal/disclosure/trace"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/trail"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

const (
	second = int64(1_000_000)
	minute = 60 * second
	hour   = 60 * minute
	night  = int64(1_795_200_000) * second // on a full minute
)

// book is a database of acts that a test writes.
type book struct {
	*trace.Traces
	t *testing.T
	d *db.DB
}

func each(t *testing.T, fn func(t *testing.T, b *book)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newBook(t, d)) })
}

// one is for what no database does in its own way.
func one(t *testing.T, fn func(t *testing.T, b *book)) {
	t.Helper()
	fn(t, newBook(t, dbtest.Open(t, db.SQLite)))
}

func newBook(t *testing.T, d *db.DB) *book {
	return &book{&trace.Traces{DB: d, Clock: func() time.Time { return time.UnixMicro(night + 48*hour) },
		Ended: func(context.Context, string) (int64, error) { return night + hour, nil }}, t, d}
}

// guard is somebody with a session.
func guard(person, session string) access.Actor {
	a := access.ActorOf(person, access.Operator)
	a.Session = session
	return a.From(access.Origin{Address: "10.1.2.30"})
}

func (b *book) write(acts ...ledger.Act) {
	b.t.Helper()
	err := b.d.Tx(b.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for _, a := range acts {
			if err := ledger.Record(ctx, tx, a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// act is one with an id that says what it is.
func act(who access.Actor, id string, at int64, kind, camera string, detail map[string]any) ledger.Act {
	a := who.Act(at, kind, camera, camera, detail)
	a.ID = id
	return a
}

func (b *book) follow(actor access.Actor, q trace.Question) *trace.Answer {
	b.t.Helper()
	a, err := b.Follow(b.t.Context(), actor, q)
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

func ids(looks []trace.Look) (all []string) {
	for _, l := range looks {
		all = append(all, l.Acts[0])
	}
	slices.Sort(all)
	return all
}

var lead = access.ActorOf("lead", access.DutyLead)

// TestByMinute: of a camera and a minute those are found who saw it live, whether or not the
// end of it is on record, and those who saw it later; and nobody else.
func TestByMinute(t *testing.T) {
	clause.Covers(t, "C115")
	each(t, func(t *testing.T, b *book) {
		li, wang := guard("li", "s1"), guard("wang", "s2")
		live := func(id string, from, to int64) {
			b.write(act(li, id, from, "live.opened", "gate", map[string]any{"stream": "main"}))
			if to != 0 {
				b.write(act(li, id+"_end", to, "live.closed", "gate", map[string]any{"opened": id, "from": from, "to": to}))
			}
		}
		live("over_before", night-hour, night-minute)
		live("all_night", night-hour, night+hour)
		live("in_the_minute", night+10*second, night+20*second)
		live("begun_in_it", night+50*second, 0)
		live("no_end", night-2*hour, 0)
		live("no_end_the_day_before", night-30*hour, 0)
		live("after", night+2*minute, night+3*minute)
		// Walls stand for weeks: that they go on is told from time to time.
		goesOn := func(id string, from, to int64) {
			b.write(act(li, id+"_told", to, "live.continued", "gate", map[string]any{"opened": id, "from": from, "to": to}))
		}
		goesOn("for_weeks", night-6*hour, night-2*hour)
		goesOn("for_weeks_then", night-hour, night+3*hour)
		goesOn("for_weeks_over", night-6*hour, night-2*hour)
		b.write(act(li, "for_weeks_over_end", night-hour, "live.closed", "gate", map[string]any{"opened": "for_weeks_over", "from": night - 400*hour, "to": night - hour}))
		b.write(
			act(li, "elsewhere", night+second, "live.opened", "yard", nil),
			act(wang, "played", night+24*hour, "viewing.opened", "gate", map[string]any{"from": night - hour, "to": night + hour, "purpose": "incident", "reason": "a box"}),
			act(wang, "played_another_hour", night+24*hour, "viewing.opened", "gate", map[string]any{"from": night + hour, "to": night + 2*hour, "purpose": "incident", "reason": "a box"}),
			act(wang, "kept", night+25*hour, "snapshot.taken", "gate", map[string]any{"at": night + 30*second}),
			act(wang, "still", night+2*second, "live.picture", "gate", nil),
			act(wang, "still_again", night+40*second, "live.picture", "gate", nil),
		)
		a := b.follow(lead, trace.Question{Camera: "gate", At: night + 31*second})
		want := []string{"all_night", "begun_in_it", "for_weeks", "for_weeks_then", "in_the_minute", "kept", "no_end", "played", "still"}
		if d := cmp.Diff(want, ids(a.Looks)); d != "" {
			t.Error(d)
		}
		for _, l := range a.Looks {
			switch l.Acts[0] {
			case "all_night":
				if !slices.Equal(l.Acts, []string{"all_night", "all_night_end"}) || l.From != night-hour || l.To != night+hour {
					t.Errorf("%+v", l)
				}
			case "no_end", "begun_in_it", "for_weeks", "for_weeks_then":
				if l.To != 0 {
					t.Errorf("%+v", l)
				}
			case "still":
				if !slices.Equal(l.Acts, []string{"still", "still_again"}) || l.To != 0 || l.Latest != night+40*second+5*minute || l.FootageTo != night+40*second+1 {
					t.Errorf("%+v", l)
				}
			case "played":
				if l.Purpose != "incident" || l.To != night+hour || l.FootageFrom != night-hour || l.Viewing != "gate" {
					t.Errorf("%+v", l)
				}
			}
		}
		if !slices.IsSortedFunc(a.Looks, func(x, y trace.Look) int { return int((y.From - x.From) / second) }) {
			t.Error("the newest is not first")
		}
	})
}

func TestByMark(t *testing.T) {
	clause.Covers(t, "C100")
	each(t, func(t *testing.T, b *book) {
		m := &mark.Maker{Secret: []byte("0123456789abcdef0123456789abcdef")}
		li := guard("li", "s1")
		borne, other := m.Live(li, "gate"), m.Live(li, "yard")
		beside := []any{map[string]any{"person": "wang"}, map[string]any{"name": "李警官", "unit": "城东派出所"}}
		signed := li.Act(night-hour, "session.opened", "s1", "", map[string]any{"agent": "Firefox on the console"})
		b.write(signed,
			act(li, "first", night, "live.opened", "gate", map[string]any{"mark": borne, "present": beside[:1]}),
			act(li, "end", night+minute, "live.closed", "gate", map[string]any{"mark": borne, "opened": "first", "from": night, "to": night + minute, "present": beside}),
			act(li, "other", night, "live.opened", "yard", map[string]any{"mark": other}))
		a := b.follow(lead, trace.Question{Mark: borne})
		if len(a.Looks) != 1 || a.Mark != borne {
			t.Fatalf("%+v", a)
		}
		want := trace.Look{Kind: trace.Live, Mark: borne, Acts: []string{"first", "end"}, Camera: "gate", Person: "li", Positions: []string{"operator"},
			Session: "s1", Address: "10.1.2.30", Agent: "Firefox on the console", SignedIn: night - hour,
			From: night, To: night + minute, FootageFrom: night, FootageTo: night + minute,
			Present: []trail.Present{{Person: "wang"}, {Name: "李警官", Unit: "城东派出所"}}}
		if d := cmp.Diff(want, a.Looks[0]); d != "" {
			t.Error(d)
		}
		acts, _, err := ledger.List(t.Context(), b.d.Read(), ledger.Filter{Kind: trace.KindTraced})
		if err != nil || len(acts) != 1 || acts[0].Person != "lead" || acts[0].Subject != borne || acts[0].Camera != "gate" || acts[0].Detail["found"] != float64(1) {
			t.Errorf("%+v %v", acts, err)
		}
		// Asking for it is not bearing it.
		if a := b.follow(lead, trace.Question{Mark: borne}); len(a.Looks) != 1 || len(a.Looks[0].Acts) != 2 {
			t.Errorf("%+v", a)
		}
	})
}

// TestStillPicturesLastUntilTheNextAct: one act stands for the still pictures that somebody fetches
// for five minutes. Whoever did is found for each of them, without an end, and no later.
func TestStillPicturesLastUntilTheNextAct(t *testing.T) {
	clause.Covers(t, "C115")
	each(t, func(t *testing.T, b *book) {
		li, wang := guard("li", "s1"), guard("wang", "s2")
		b.write(
			act(li, "fetched", night+14*second, "live.picture", "gate", nil),
			act(li, "elsewhere", night+14*second, "live.picture", "yard", nil),
			act(wang, "went_on", night-minute, "live.picture", "gate", nil),
			act(wang, "went_on_then", night+4*minute, "live.picture", "gate", nil))
		for at, want := range map[int64][]string{
			-2: nil, -1: {"went_on"}, 0: {"fetched", "went_on"}, 1: {"fetched", "went_on"}, 3: {"fetched", "went_on"}, 4: {"fetched", "went_on_then"},
			5: {"fetched", "went_on_then"}, 6: {"went_on_then"}, 8: {"went_on_then"}, 9: nil,
		} {
			a := b.follow(lead, trace.Question{Camera: "gate", At: night + at*minute + 25*second})
			if got := ids(a.Looks); !slices.Equal(got, want) {
				t.Errorf("minute %d: %v, want %v", at, got, want)
			}
			for _, l := range a.Looks {
				if l.Acts[0] == "fetched" && (l.To != 0 || l.From != night+14*second || l.Latest != night+14*second+5*minute || l.Kind != trace.Picture) {
					t.Errorf("minute %d: %+v", at, l)
				}
			}
		}
	})
}

// TestAViewingByTwoRulesIsOneLook: that it went on by another rule belongs to it.
func TestAViewingByTwoRulesIsOneLook(t *testing.T) {
	each(t, func(t *testing.T, b *book) {
		li := guard("li", "s1")
		write := func(id, kind string, at int64) {
			a := li.Act(at, kind, "v", "gate", map[string]any{"from": night, "to": night + hour, "purpose": "incident", "mark": "000-000-000"})
			a.ID = id
			b.write(a)
		}
		write("opened", "viewing.opened", night+2*hour)
		write("by_another", "viewing.continued", night+3*hour)
		for _, q := range []trace.Question{{Camera: "gate", At: night + minute}, {Mark: "000-000-000"}} {
			a := b.follow(lead, q)
			if len(a.Looks) != 1 || !slices.Equal(a.Looks[0].Acts, []string{"opened", "by_another"}) || a.Looks[0].Viewing != "v" || a.Looks[0].Kind != trace.Playback {
				t.Errorf("%+v: %+v", q, a.Looks)
			}
		}
	})
}

// TestWhoMayAsk: nothing is told, and nothing is on record as asked, without the right.
func TestTheSecondPersonIsNamed(t *testing.T) {
	clause.Covers(t, "C104", "C115")
	each(t, func(t *testing.T, b *book) {
		li := guard("li", "s1")
		pair := map[string]any{"ask": "a", "person": "chen", "position": "duty_lead", "way": "here"}
		b.write(
			act(li, "live", night, "live.opened", "gate", map[string]any{"second": pair}),
			act(li, "live_end", night+minute, "live.closed", "gate", map[string]any{"opened": "live", "from": night, "to": night + minute, "second": pair}),
			act(li, "viewing", night+hour, "viewing.opened", "gate", map[string]any{"from": night, "to": night + minute, "purpose": "incident", "second": pair}),
			act(li, "kept", night+hour, "snapshot.taken", "gate", map[string]any{"at": night + second}))
		a := b.follow(lead, trace.Question{Camera: "gate", At: night + second})
		if len(a.Looks) != 3 {
			t.Fatalf("%+v", a.Looks)
		}
		for _, l := range a.Looks {
			want := trail.Second{Person: "chen", Position: "duty_lead"}
			if l.Kind == trace.Snapshot {
				want = trail.Second{}
			}
			if l.Second != want {
				t.Errorf("%s: %+v", l.Kind, l.Second)
			}
		}
		// Who was at the screen is found, as the second person too.
		page, err := trail.Read(t.Context(), b.d, trail.Query{Present: []string{"chen"}, Limit: 10})
		if err != nil || len(page.Entries) != 3 {
			t.Errorf("%d found, %v", len(page.Entries), err)
		}
	})
}

func TestWhoMayAsk(t *testing.T) {
	each(t, func(t *testing.T, b *book) {
		for _, c := range []struct {
			actor access.Actor
			q     trace.Question
			want  error
		}{
			{access.ActorOf("o", access.Operator), trace.Question{Mark: "000-000-000"}, access.ErrRightMissing},
			{access.ActorOf("o", access.Operator), trace.Question{Camera: "gate", At: night}, access.ErrRightMissing},
			{lead, trace.Question{Mark: "000-000-001"}, mark.ErrMark},
			{lead, trace.Question{Mark: "'; DROP TABLE acts"}, mark.ErrMark},
			{lead, trace.Question{}, trace.ErrWhat},
			{lead, trace.Question{Camera: "gate"}, trace.ErrWhat},
			{lead, trace.Question{At: night}, trace.ErrWhat},
		} {
			if _, err := b.Follow(t.Context(), c.actor, c.q); !errors.Is(err, c.want) {
				t.Errorf("%+v: %v", c.q, err)
			}
		}
		if acts, _, err := ledger.List(t.Context(), b.d.Read(), ledger.Filter{}); err != nil || len(acts) != 0 {
			t.Errorf("%+v %v", acts, err)
		}
	})
}

// TestMarksOfManyActs: more than a page of the trail is put together.
func TestMarksOfManyActs(t *testing.T) {
	one(t, func(t *testing.T, b *book) {
		li := guard("li", "s1")
		borne := (&mark.Maker{Secret: []byte("k")}).Live(li, "gate")
		var acts []ledger.Act
		for i := range int64(700) {
			acts = append(acts, act(li, db.NewID(), night+i*second, "live.opened", "gate", map[string]any{"mark": borne}))
		}
		b.write(acts...)
		if a := b.follow(lead, trace.Question{Mark: borne}); len(a.Looks) != 700 || a.Partial {
			t.Errorf("%d looks, partial %v", len(a.Looks), a.Partial)
		}
	})
}
