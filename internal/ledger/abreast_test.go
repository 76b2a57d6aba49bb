package ledger_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/evidence/leaf"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/logtest"
)

// house is a pump that says when the log is abreast, with a clock in minutes.
type house struct {
	t      *testing.T
	d      *db.DB
	log    *logtest.Log
	now    int64 // minutes
	sec    int64 // and seconds
	queued atomic.Int64
	late   []string
	none   []string // without a form, as told last
	p      *ledger.Pump
}

// begin is a new process.
func (h *house) begin() {
	h.p = &ledger.Pump{DB: h.d, Into: h.log, Origin: origin, Abreast: time.Hour, Queued: func() int { return int(h.queued.Load()) },
		Clock:      clock.Clock(func() time.Time { return time.UnixMicro(h.now*60e6 + h.sec*1e6) }),
		OnFormless: func(acts []string) { h.none = acts },
		OnLate: func(all []ledger.LateAct) {
			for _, a := range all {
				h.late = append(h.late, fmt.Sprint(a.ID, " ", a.Kind, " ", a.At/60e6, " ", a.Abreast/60e6))
			}
		}}
}

func (h *house) act(id string, minute int64) {
	h.t.Helper()
	record(h.t, h.d, ledger.Act{ID: id, At: minute * 60e6, Kind: "k"})
}

// works until nothing is left to do, some times.
func (h *house) works(times int) {
	h.t.Helper()
	for n := 0; n < times; {
		more, err := h.p.Step(h.t.Context())
		if err != nil {
			h.t.Fatal(err)
		}
		if !more {
			n++
		}
	}
}

// steps goes on, and compares what the log holds.
func (h *house) steps(want ...string) {
	h.t.Helper()
	h.works(2)
	h.holds(want...)
}

// ends is steps of a process that ends.
func (h *house) ends(want ...string) {
	h.t.Helper()
	h.p.Ending()
	h.works(1)
	h.holds(want...)
}

func (h *house) holds(want ...string) {
	h.t.Helper()
	var got []string
	for _, e := range h.log.All() {
		switch e := e.(type) {
		case *leaf.Act:
			got = append(got, e.ID)
		case *leaf.Abreast:
			got = append(got, fmt.Sprint(e.At/60e6))
		}
	}
	if !slices.Equal(got, want) {
		h.t.Errorf("the log has %s, want %s", strings.Join(got, " "), strings.Join(want, " "))
	}
}

// TestTheLogSaysThatItIsAbreast: once nothing waits, neither in the records nor for them, and
// then only now and then; at the end of a process once more.
func TestTheLogSaysThatItIsAbreast(t *testing.T) {
	clause.Covers(t, "C094")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := &house{t: t, d: d, log: &logtest.Log{}, now: 100}
		h.queued.Store(1)
		h.begin()
		h.act("a", 99)
		h.steps("a") // one waits for the records
		h.queued.Store(0)
		h.steps("a", "100")
		h.act("b", 100)
		h.steps("a", "100", "b")
		h.steps("a", "100", "b")
		h.now = 101
		h.log.Fate = func(int) logtest.Fate { return logtest.Fate{Fail: true} }
		h.begin()
		h.steps("a", "100", "b") // the log is away, and nothing waits
		h.log.Fate = nil
		h.steps("a", "100", "b") // later
		h.begin()
		h.steps("a", "100", "b", "101")
		h.ends("a", "100", "b", "101", "101")

		want := []string{"a", "100", "b", "101", "101"}
		for i, ahead := range []int64{6, 3600} { // the clock was set ahead: what is under way bears another time
			h.now, h.sec = 110+int64(i), 0
			h.begin()
			want = append(want, fmt.Sprint(h.now))
			h.steps(want...)
			h.sec = ahead
			h.ends(want...)
		}
		if len(h.late) > 0 {
			t.Errorf("late are %q", h.late)
		}
	})
}

// TestAStopSaysThatTheLogIsAbreast: behind what was done last, unless something waits yet.
func TestAStopSaysThatTheLogIsAbreast(t *testing.T) {
	clause.Covers(t, "C094")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := &house{t: t, d: d, log: &logtest.Log{}, now: 100}
		for _, queued := range []int64{0, 1} {
			h.queued.Store(1)
			h.begin()
			h.p.Every = time.Hour
			if err := h.p.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			for !h.p.Compared() {
				h.p.Notify()
			}
			h.act(fmt.Sprint("last", queued), 99)
			h.queued.Store(queued)
			h.p.Close()
		}
		var got []string
		for _, e := range h.log.All() {
			got = append(got, e.Kind())
		}
		if !slices.Equal(slices.Compact(got), []string{"act", "abreast", "act"}) {
			t.Errorf("the log has %q", got)
		}
	})
}

// TestActsThatComeLate are told of where the log was abreast in between, also by the next
// process; not where it was not, nor where the clock was set back.
func TestActsThatComeLate(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := &house{t: t, d: d, log: &logtest.Log{}, now: 1000}
		h.begin()
		h.act("old", 1) // before the log ever said so
		h.steps("old", "1000")
		for range 300 { // others tell more than a bundle
			h.log.Put([]byte("watchroom key v9\n"))
		}
		h.now = 2000 // it was stopped
		h.act("stop", 999)
		h.act("past", 998)
		h.act("dawn", 2)
		h.act("away", 1500)
		h.begin()
		h.steps("old", "1000", "dawn", "past", "stop", "away", "2000")
		if want := []string{"dawn k 2 1000", "past k 998 1000"}; !slices.Equal(h.late, want) {
			t.Errorf("late are %q, want %q", h.late, want)
		}
		h.queued.Store(1)
		h.late, h.now = nil, 3000 // the database is away for long: acts wait for it
		h.begin()
		h.steps("old", "1000", "dawn", "past", "stop", "away", "2000")
		h.act("waited", 2001)
		h.steps("old", "1000", "dawn", "past", "stop", "away", "2000", "waited")
		h.queued.Store(0)
		h.now = 1900 // set back
		h.act("back", 1899)
		h.steps("old", "1000", "dawn", "past", "stop", "away", "2000", "waited", "back", "1900")
		h.act("again", 1899)
		h.steps("old", "1000", "dawn", "past", "stop", "away", "2000", "waited", "back", "1900", "again")
		if len(h.late) > 0 {
			t.Errorf("late are %q", h.late)
		}
	})
}

// TestAClockThatIsSetBackIsToldSoon: by that the log shows that what was done since, before the
// instant at which it was abreast last, did not come late.
func TestAClockThatIsSetBackIsToldSoon(t *testing.T) {
	clause.Covers(t, "C094")
	leak.Check(t)
	h := &house{t: t, d: dbtest.Open(t, db.SQLite), log: &logtest.Log{}, now: 1000}
	h.begin()
	h.steps("1000")
	h.now = 997
	h.act("back", 997)
	h.steps("1000", "back", "997")
	h.now = 998
	h.steps("1000", "back", "997")
	if len(h.late) > 0 {
		t.Errorf("late are %q", h.late)
	}
}

// TestAnActWithoutAForm: a row whose instant no entry can tell is named and holds up nothing:
// the others come into the log, which says that it is abreast of them. Once it is put right it
// comes in like any other.
func TestAnActWithoutAForm(t *testing.T) {
	clause.Covers(t, "C094")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := &house{t: t, d: d, log: &logtest.Log{}, now: 100}
		for i := range 300 { // more than come in at once
			h.act(fmt.Sprintf("0-%03d", i), 99)
		}
		write := func(query string, args ...any) {
			t.Helper()
			if err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { _, err := tx.ExecContext(ctx, query, args...); return err }); err != nil {
				t.Fatal(err)
			}
		}
		drop := "DROP TRIGGER acts_no_update"
		if d.Engine() == db.PostgreSQL {
			drop += " ON acts"
		}
		write(drop)
		write("UPDATE acts SET at = -1")
		h.act("a", 99)
		h.begin()
		h.steps("a", "100")
		if len(h.none) != 300 || len(h.late) > 0 {
			t.Errorf("without a form are %q, late are %q", h.none, h.late)
		}
		h.act("b", 100)
		h.steps("a", "100", "b")
		write("UPDATE acts SET at = ? WHERE id = '0-007'", 100*60e6)
		h.steps("a", "100", "b", "0-007")
		if len(h.none) != 299 {
			t.Errorf("without a form are %d", len(h.none))
		}
		write("UPDATE acts SET at = ? WHERE at < 0", 100*60e6)
		h.works(3)
		if len(h.none) != 0 || h.log.Size() != 303 {
			t.Errorf("without a form are %q, %d entries", h.none, h.log.Size())
		}
	})
}
