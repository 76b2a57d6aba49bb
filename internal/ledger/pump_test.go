package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"watchroom/evidence/leaf"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/logtest"
)

const origin = "test.example/log"

// pumped runs a pump until nothing waits.
func pumped(t *testing.T, d *db.DB, log *logtest.Log) {
	t.Helper()
	p := &ledger.Pump{DB: d, Into: log, Origin: origin, Every: time.Millisecond, Retry: time.Millisecond}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for {
		n, _, err := ledger.Waiting(t.Context(), d.Read())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
		p.Notify()
	}
}

// logged gives all acts with what ties them to the log.
func logged(t fataler, ctx context.Context, d *db.DB) map[string]ledger.Logged {
	t.Helper()
	out := map[string]ledger.Logged{}
	for after := ""; ; {
		acts, damaged, err := ledger.ActsInOrder(ctx, d.Read(), after, 3)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range acts {
			if damaged[i] != nil {
				t.Fatal(damaged[i])
			}
			out[a.Act.ID] = a
			after = a.Act.ID
		}
		if len(acts) == 0 {
			return out
		}
	}
}

type fataler interface {
	Helper()
	Fatal(...any)
	Errorf(string, ...any)
}

// checkOnce fails unless every act stands once in the log, where its row says, and
// every hold once before it.
func checkOnce(t fataler, ctx context.Context, d *db.DB, log *logtest.Log) {
	t.Helper()
	rows := logged(t, ctx, d)
	acts, holds := map[string]int{}, map[string]int{}
	for i, e := range log.All() {
		switch e := e.(type) {
		case *leaf.Act:
			acts[e.ID]++
			l := rows[e.ID]
			if l.Log != origin || l.Leaf != int64(i) {
				t.Errorf("act %s stands at %d, its row says %q %d", e.ID, i, l.Log, l.Leaf)
			}
			if diff := cmp.Diff(l.Entry(), e); diff != "" {
				t.Errorf("act %s: row (-), log (+):\n%s", e.ID, diff)
			}
			if l.Act.Kind == "hold.placed" != (holds[e.ID] == 1) {
				t.Errorf("act %s of kind %s has %d entries of its hold before it", e.ID, l.Act.Kind, holds[e.ID])
			}
		case *leaf.Hold:
			if holds[e.Act]++; acts[e.Act] > 0 {
				t.Errorf("the hold of act %s comes behind it", e.Act)
			}
		}
	}
	for id := range rows {
		if acts[id] != 1 {
			t.Errorf("act %s stands %d times in the log", id, acts[id])
		}
	}
	if len(acts) != len(rows) {
		t.Errorf("%d acts in the log, %d rows", len(acts), len(rows))
	}
}

func TestEveryActReachesTheLog(t *testing.T) {
	clause.Covers(t, "C094")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		log := &logtest.Log{}
		log.Put([]byte("watchroom key v9\n"), []byte("rubbish")) // others write there, too
		record(t, d, ledger.Act{ID: "a", At: 10, Person: "p", Kind: "camera.created", Detail: map[string]any{"name": "大门"}})
		pumped(t, d, log)
		record(t, d,
			ledger.Act{ID: "c", At: 30, Kind: "hold.placed", Subject: "h1", Camera: "c4m", Detail: map[string]any{"cameras": []string{"c4m"}, "from": 5, "to": 1795680300040000}},
			ledger.Act{ID: "f", At: 60, Kind: "hold.placed", Subject: "h2", Camera: "c4m", Detail: map[string]any{"from": -5, "to": int64(math.MaxInt64)}},
			ledger.Act{ID: "b", At: 20, Kind: "hold.released", Subject: "h0", Detail: map[string]any{"camera": "c5", "from": 1, "to": 2}},
			ledger.Act{ID: "d", At: 40, Kind: "hold.review"})
		if err := ledger.Insert(d)(t.Context(), []ledger.Act{{ID: "a", At: 99, Kind: "x"}, {ID: "e", At: 50, Kind: "live.opened"}}); err != nil {
			t.Fatal(err)
		}
		pumped(t, d, log)
		var got []string
		for i := range log.Size() {
			for b, err := range log.Entries(t.Context(), i, i+1) {
				if err != nil {
					t.Fatal(err)
				}
				switch e, _ := leaf.Decode(b); e := e.(type) {
				case *leaf.Act:
					got = append(got, fmt.Sprint(e.ID, " ", e.At, " ", e.Action))
				case *leaf.Hold:
					got = append(got, fmt.Sprint(*e))
				}
			}
		}
		want := []string{"a 10 camera.created", "{h0 20 released c5 1 2 b}", "b 20 hold.released",
			"{h1 30 placed c4m 5 1795680300040000 c}", "c 30 hold.placed", "d 40 hold.review", "e 50 live.opened", "{h2 60 placed c4m 0 253402300799999999 f}", "f 60 hold.placed"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
		for id, l := range logged(t, t.Context(), d) {
			if l.Log != origin || l.Leaf < 2 || l.Salt == (leaf.Salt{}) {
				t.Errorf("%s: %+v", id, l)
			}
		}
	})
}

// TestAStopBringsWhatWasDoneLast: also what nobody told the pump of.
func TestAStopBringsWhatWasDoneLast(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		log := &logtest.Log{}
		p := &ledger.Pump{DB: d, Into: log, Origin: origin, Every: time.Hour}
		if err := p.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		for !p.Compared() {
			p.Notify()
		}
		record(t, d, ledger.Act{ID: "a", At: 10, Person: "p", Kind: "session.ended"})
		p.Close()
		checkOnce(t, t.Context(), d, log)
		if log.Size() != 1 {
			t.Errorf("the log of a stopped server holds %d entries", log.Size())
		}
	})
}

// TestOnceAcrossKill: the process dies before, within and behind an append, and before
// the rows are marked; the log fails to read. Every act is there once in the end.
func TestOnceAcrossKill(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		log, n := &logtest.Log{}, 0
		ctx := t.Context()
		rapid.Check(t, func(t *rapid.T) {
			fates := rapid.SliceOfN(rapid.IntRange(0, 5), 0, 6).Draw(t, "fates")
			at := 0
			log.Fate = func(entries int) logtest.Fate {
				if at == len(fates) {
					return logtest.Fate{Keep: -1}
				}
				at++
				switch fates[at-1] {
				case 0:
					return logtest.Fate{Keep: 0, Fail: true}
				case 1, 2:
					return logtest.Fate{Keep: fates[at-1], Fail: true}
				case 3, 4:
					return logtest.Fate{Keep: -1, Fail: true} // all is there, and nobody heard of it
				}
				return logtest.Fate{Keep: -1}
			}
			reads := rapid.IntRange(0, 40).Draw(t, "reads before one fails")
			log.Read = func(int64) error {
				if reads--; reads == 0 {
					return logtest.ErrDown
				}
				return nil
			}
			for range rapid.IntRange(0, 5).Draw(t, "acts") {
				n++
				a := ledger.Act{ID: fmt.Sprintf("%06d", n), At: int64(1000 + n%7), Kind: "k"}
				if rapid.Bool().Draw(t, "hold") {
					a.Kind, a.Subject, a.Camera, a.Detail = "hold.placed", "h", "c", map[string]any{"from": 1, "to": 2}
				}
				if err := d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { return ledger.Record(ctx, tx, a) }); err != nil {
					t.Fatal(err)
				}
			}
			// One process after the other works for a few steps.
			for {
				p := &ledger.Pump{DB: d, Into: log, Origin: origin}
				for range rapid.IntRange(1, 3).Draw(t, "steps") {
					if _, err := p.Step(ctx); err != nil && !errors.Is(err, logtest.ErrDown) {
						t.Fatal(err)
					}
				}
				left, _, err := ledger.Waiting(ctx, d.Read())
				if err != nil {
					t.Fatal(err)
				}
				if left == 0 {
					break
				}
			}
			checkOnce(t, ctx, d, log)
		})
	})
}

// TestALogThatWasSetBack: nothing is appended to a log that lost what was marked, until
// a person says so.
func TestALogThatWasSetBack(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		log := &logtest.Log{}
		record(t, d, ledger.Act{ID: "a", At: 1, Kind: "k"}, ledger.Act{ID: "b", At: 2, Kind: "k"})
		pumped(t, d, log)
		shorter := &logtest.Log{}
		for b := range log.Entries(t.Context(), 0, 1) {
			shorter.Put(b)
		}
		record(t, d, ledger.Act{ID: "c", At: 3, Kind: "k"})
		trouble := make(chan error, 10)
		p := &ledger.Pump{DB: d, Into: shorter, Origin: origin, Every: time.Millisecond, Retry: time.Millisecond,
			OnTrouble: func(err error) { trouble <- err }}
		if err := p.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := <-trouble; !errors.Is(err, ledger.ErrBehind) {
			t.Errorf("err = %v", err)
		}
		p.Close()
		if shorter.Size() != 1 {
			t.Fatal("something was appended")
		}
		continued(t, d, shorter)
		pumped(t, d, shorter)
		checkOnce(t, t.Context(), d, shorter)
	})
}

// continued says that a log is what there is.
func continued(t *testing.T, d *db.DB, log *logtest.Log) {
	t.Helper()
	held, err := ledger.Held(t.Context(), d.Read(), "test.example/new", func(of string) iter.Seq2[[]byte, error] {
		if of != origin || log == nil {
			return nil
		}
		return log.Entries(t.Context(), 0, log.Size())
	})
	if err == nil {
		err = d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return ledger.Continued(ctx, tx, held) })
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestALogThatGrewPastWhatItLost: one that went back and has as many entries again as
// acts are marked with is still another; what it lost is found act by act.
func TestALogThatGrewPastWhatItLost(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		log := &logtest.Log{}
		record(t, d, ledger.Act{ID: "a", At: 1, Kind: "k"}, ledger.Act{ID: "b", At: 2, Kind: "k"})
		pumped(t, d, log)
		fork := &logtest.Log{}
		for b := range log.Entries(t.Context(), 0, 1) {
			fork.Put(b)
		}
		fork.Put([]byte("another"), []byte("past"))
		record(t, d, ledger.Act{ID: "c", At: 3, Kind: "k"})
		p := &ledger.Pump{DB: d, Into: fork, Origin: origin}
		if _, err := p.Step(t.Context()); !errors.Is(err, ledger.ErrBehind) || fork.Size() != 3 {
			t.Errorf("%v, %d entries", err, fork.Size())
		}
		marks, err := ledger.LastMarked(t.Context(), d.Read())
		if err != nil || len(marks) != 1 || marks[0] != (ledger.Marked{Log: origin, Act: "b", Leaf: 1}) {
			t.Fatalf("%+v, %v", marks, err)
		}
		continued(t, d, fork)
		if l := logged(t, t.Context(), d); l["a"].Log != origin || l["b"].Log != "" {
			t.Errorf("%+v", l)
		}
		continued(t, d, nil) // gone altogether
		if n, _, err := ledger.Waiting(t.Context(), d.Read()); err != nil || n != 3 {
			t.Errorf("%d wait, %v", n, err)
		}
	})
}

func TestHeads(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		keep := func(origin string, size int64) {
			t.Helper()
			h := ledger.Head{Origin: origin, Size: size, Note: fmt.Sprint("— ", size), At: 7}
			if err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return ledger.KeepHead(ctx, tx, h) }); err != nil {
				t.Fatal(err)
			}
		}
		for _, size := range []int64{3, 5, 4, 5} {
			keep("a", size)
		}
		keep("b", 1)
		all, err := ledger.Heads(t.Context(), d.Read())
		if err != nil || len(all) != 2 || all[0].Origin != "a" || all[0].Size != 5 || all[0].Note != "— 5" || all[0].Successor != "b" || all[1].Successor != "" {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

func TestSaltsStay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		record(t, d, ledger.Act{ID: "a", At: 1, Kind: "k"}, ledger.Act{ID: "b", At: 1, Kind: "k"})
		before := logged(t, t.Context(), d)
		if before["a"].Salt == before["b"].Salt || before["a"].Commitment() == before["b"].Commitment() {
			t.Error("two acts have one salt")
		}
		salt := "X'00'"
		if d.Engine() == db.PostgreSQL {
			salt = `'\x00'`
		}
		for _, sql := range []string{"UPDATE act_outbox SET salt = " + salt, "UPDATE act_outbox SET act = 'c' WHERE act = 'a'", "DELETE FROM act_outbox"} {
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, sql)
				return err
			})
			if !db.IsRefused(err) {
				t.Errorf("%s: err = %v, want a refusal by trigger", sql, err)
			}
		}
		if diff := cmp.Diff(before, logged(t, t.Context(), d)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestIdsAreWords(t *testing.T) {
	for _, id := range []string{"a b", "-", "a\n"} {
		d := dbtest.Open(t, db.SQLite)
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return ledger.Record(ctx, tx, ledger.Act{ID: id, At: 1, Kind: "k"})
		})
		if err == nil {
			t.Errorf("%q was taken for an id", id)
		}
	}
}

// TestRecordsOlderThanTheLog: acts that the log holds and the records lack are told of
// before anything else comes into the log, again and again until somebody has heard it;
// the log goes on behind what it has.
func TestRecordsOlderThanTheLog(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		log := &logtest.Log{}
		record(t, d, ledger.Act{ID: "a", At: 1, Kind: "k"})
		pumped(t, d, log)
		marked := log.Size()
		for _, id := range []string{"b", "c"} { // acts that a copy of the records does not have
			l := ledger.Logged{Act: ledger.Act{ID: id, At: 2, Kind: "k"}}
			b, err := leaf.Encode(l.Entry())
			if err != nil {
				t.Fatal(err)
			}
			log.Put(b)
		}
		record(t, d, ledger.Act{ID: "d", At: 3, Kind: "k"})
		deaf, heard := errors.New("nobody listens"), 0
		p := &ledger.Pump{DB: d, Into: log, Origin: origin,
			OnLacking: func(_ context.Context, acts int) error {
				if heard++; heard == 1 {
					return deaf
				}
				if acts != 2 {
					t.Errorf("told of %d acts, want 2", acts)
				}
				return nil
			}}
		if _, err := p.Step(t.Context()); !errors.Is(err, deaf) || p.Compared() || log.Size() != marked+2 {
			t.Errorf("went on although nobody had heard: %v, %d entries", err, log.Size())
		}
		if _, err := p.Step(t.Context()); err != nil || !p.Compared() || heard != 2 {
			t.Errorf("%v, heard %d times", err, heard)
		}
		if l := logged(t, t.Context(), d)["d"]; l.Leaf != marked+2 || log.Size() != marked+3 {
			t.Errorf("the next act: %+v, %d entries", l, log.Size())
		}
		p = &ledger.Pump{DB: d, Into: log, Origin: origin, OnLacking: func(context.Context, int) error { return deaf }}
		if _, err := p.Step(t.Context()); err != nil || !p.Compared() {
			t.Errorf("what a later act stands behind is told again: %v", err)
		}
	})
}
