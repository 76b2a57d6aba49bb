package chronicle

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/evidence/leaf"
	evidence "watchroom/evidence/tlog"
	"watchroom/internal/access"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/seal"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/chain"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// days is a log of some days, with acts on record.
type days struct {
	t   *testing.T
	d   *db.DB
	dir string
	c   *Chronicle
	m   *memories
	n   int   // of acts
	to  int64 // what the last summary reaches up to
}

func newDays(t *testing.T, d *db.DB) *days {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "ledger")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	m := &memories{dir: dir, roots: func() []seal.Root { return nil }, log: slog.New(slog.DiscardHandler)}
	m.attach(d)
	x := &days{t: t, d: d, dir: dir, m: m}
	x.c = &Chronicle{Dir: dir, Log: slog.New(slog.DiscardHandler), log: opened(t, dir, m, 1), memory: m}
	t.Cleanup(func() { x.c.log.Close() })
	return x
}

// signed waits until all that is there is signed.
func (x *days) signed() {
	x.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for x.c.log.Checkpoint().Size < x.c.log.Size() {
		<-tick.C
	}
}

// continued has another log take the place of this one, of which older is what is left;
// empty: all of it. It gives the one that ended.
func (x *days) continued(older string) chain.Book {
	x.t.Helper()
	x.signed()
	x.c.log.Close()
	if older != "" {
		if err := errors.Join(os.RemoveAll(x.dir), os.CopyFS(x.dir, os.DirFS(older))); err != nil {
			x.t.Fatal(err)
		}
	} else if err := os.Remove(filepath.Join(x.dir, "guard")); err != nil {
		x.t.Fatal(err)
	}
	return x.continuedFrom(2)[0]
}

// continuedFrom has another log take the place of one that is refused; then there are so
// many, which it gives.
func (x *days) continuedFrom(logs int) []chain.Book {
	x.t.Helper()
	l := &tlog.Log{Dir: x.dir, Node: "example.org/gate", Interval: time.Millisecond, Recall: x.m.recall}
	if err := l.Start(x.t.Context()); err != nil {
		x.t.Fatal(err)
	}
	x.c.log = l
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for l.Status().Refusal == nil {
		<-tick.C
	}
	if _, err := l.Continue("the disk of the data folder broke"); err != nil {
		x.t.Fatal(err)
	}
	if err := x.c.continued(x.t.Context(), x.d); err != nil {
		x.t.Fatal(err)
	}
	x.confirm()
	x.to = 0
	books, err := tlog.Books(x.dir)
	if err != nil || len(books) != logs {
		x.t.Fatal(books, err)
	}
	return books
}

// acts does some acts, and has them in the log.
func (x *days) acts(n int) {
	x.t.Helper()
	if n == 0 {
		return
	}
	for range n {
		x.n++
		err := x.d.Tx(x.t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return ledger.Record(ctx, tx, ledger.Act{ID: fmt.Sprintf("act-%03d", x.n), At: int64(x.n), Kind: "k"})
		})
		if err != nil {
			x.t.Fatal(err)
		}
	}
	p := &ledger.Pump{DB: x.d, Into: entries{x.c.log}, Origin: x.c.log.Key().Name(), Every: time.Millisecond}
	if err := p.Start(x.t.Context()); err != nil {
		x.t.Fatal(err)
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for waiting := int64(1); waiting > 0; <-tick.C {
		var err error
		if waiting, _, err = ledger.Waiting(x.t.Context(), x.d.Read()); err != nil {
			x.t.Fatal(err)
		}
	}
	p.Close()
}

// others appends what is neither an act nor a summary.
func (x *days) others(n int) {
	x.t.Helper()
	all := make([][]byte, n)
	for i := range all {
		all[i] = []byte("another entry")
	}
	if _, err := x.c.log.Append(x.t.Context(), all...); err != nil {
		x.t.Fatal(err)
	}
}

func (x *days) append(b []byte) {
	x.t.Helper()
	if _, err := x.c.log.Append(x.t.Context(), b); err != nil {
		x.t.Fatal(err)
	}
}

// unmarked does an act, and has it in the log without a mark.
func (x *days) unmarked() {
	x.t.Helper()
	err := x.d.Tx(x.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		return ledger.Record(ctx, tx, ledger.Act{ID: "unmarked", At: 9, Kind: "unmarked"})
	})
	if err != nil {
		x.t.Fatal(err)
	}
	l, _, err := ledger.LoggedOf(x.t.Context(), x.d.Read(), "unmarked")
	if err != nil || len(l) != 1 {
		x.t.Fatal(l, err)
	}
	b, err := leaf.Encode(l[0].Entry())
	if err != nil {
		x.t.Fatal(err)
	}
	x.append(b)
}

// over ends a day, as the sealer does: late are acts that come while it counts.
func (x *days) over(day string, late int) {
	x.t.Helper()
	s := leaf.Summary{Day: day, From: x.to, To: x.c.log.Size()}
	for b, err := range x.c.log.Entries(s.From, s.To) {
		if err != nil {
			x.t.Fatal(err)
		}
		e, err := leaf.Decode(b)
		if err != nil {
			e = nil
		}
		s.Add(e)
	}
	x.acts(late)
	b, err := leaf.Encode(&s)
	if err != nil {
		x.t.Fatal(err)
	}
	x.append(b)
	x.to = s.To
}

// write does what somebody does who has the database in hand.
func (x *days) write(sql ...string) {
	x.t.Helper()
	err := x.d.Tx(x.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for _, one := range sql {
			if _, err := tx.ExecContext(ctx, one); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		x.t.Fatal(err)
	}
}

// unlocked lets rows of acts be deleted.
func (x *days) unlocked() {
	x.t.Helper()
	for _, table := range []string{"acts", "act_outbox"} {
		drop := "DROP TRIGGER " + table + "_no_delete"
		if x.d.Engine() == db.PostgreSQL {
			drop += " ON " + table
		}
		x.write(drop)
	}
}

// counts counts and gives what freezes removal.
func (x *days) counts(done bool) (why []string) {
	x.t.Helper()
	got, err := x.c.count(x.t.Context(), x.d)
	if err != nil || got != done {
		x.t.Errorf("done: %v, %v", got, err)
	}
	standing, err := frozen.Standing(x.t.Context(), x.d.Read())
	if err != nil {
		x.t.Fatal(err)
	}
	for _, f := range standing {
		why = append(why, string(f.Reason)+" "+f.Detail)
	}
	return why
}

func (x *days) want(done bool, want ...string) {
	x.t.Helper()
	if why := x.counts(done); fmt.Sprint(why) != fmt.Sprint(want) {
		x.t.Errorf("frozen because of %q, want %q", why, want)
	}
}

// confirm is a person's word.
func (x *days) confirm() {
	x.t.Helper()
	err := x.d.Tx(x.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		standing, err := frozen.Standing(ctx, tx)
		for _, f := range standing {
			err = errors.Join(err, frozen.Confirm(ctx, tx, access.ActorOf("boss", access.Supervisor), []frozen.Freeze{f}, 1, "looked at it"))
		}
		return err
	})
	if err != nil {
		x.t.Fatal(err)
	}
}

// TestDeletedActsAreNoticed: whoever deletes rows of acts, of whatever day, has removal
// frozen by the next start. What a person has looked at freezes once.
func TestDeletedActsAreNoticed(t *testing.T) {
	clause.Covers(t, "C094")
	for name, remove := range map[string][]string{
		"with what ties them to the log": {"DELETE FROM act_outbox WHERE act = '%s'", "DELETE FROM acts WHERE id = '%s'"},
		"alone":                          {"DELETE FROM acts WHERE id = '%s'"},
	} {
		t.Run(name, func(t *testing.T) {
			leak.Check(t)
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				x := newDays(t, d)
				x.want(true)
				x.acts(3)
				x.want(true) // the first day is in progress
				x.others(600)
				x.over("2026-11-01", 2)
				x.acts(4)
				x.over("2026-11-02", 0)
				x.over("2026-11-03", 1)
				x.others(300)
				x.acts(3)
				x.want(true)
				x.unlocked()
				gone := func(act string) {
					t.Helper()
					for _, sql := range remove {
						x.write(fmt.Sprintf(sql, act))
					}
				}
				gone("act-002") // of the oldest day
				x.want(true, "records_behind 1 2026-11-01")
				x.want(true, "records_behind 1 2026-11-01")
				x.confirm()
				x.want(true)
				gone("act-005") // came while a day was counted
				gone("act-011") // today
				x.want(true, "records_behind 3 2026-11-02 2026-11-01")
				gone("act-012")
				x.want(false, "records_behind 3 2026-11-02 2026-11-01") // this has to be looked at first
				x.confirm()
				x.want(true, "records_behind 4 2026-11-02 2026-11-01")
				x.confirm()
				x.want(true)
			})
		})
	}
}

// TestCountsOfAContinuedLog: acts that a log which ended had and that are marked in the
// next are not missing, nor are those that it lost. Those that are deleted are.
func TestCountsOfAContinuedLog(t *testing.T) {
	for name, setBack := range map[string]bool{"set back": true, "whose process died before it could mark an act": false} {
		t.Run(name, func(t *testing.T) {
			leak.Check(t)
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				x := newDays(t, d)
				x.acts(3)
				x.over("2026-11-01", 0)
				older := ""
				if setBack {
					x.signed()
					older = filepath.Join(t.TempDir(), "ledger")
					if err := os.CopyFS(older, os.DirFS(x.dir)); err != nil {
						t.Fatal(err)
					}
					x.acts(4) // what the older copy lacks
				} else {
					x.unmarked()
				}
				x.over("2026-11-02", 0)
				x.continued(older)
				x.acts(1)
				x.over("2026-11-04", 0)
				x.acts(1)
				x.want(true)
				x.unlocked()
				x.write("DELETE FROM act_outbox WHERE act = 'act-002'", "DELETE FROM acts WHERE id = 'act-002'")
				x.want(true, "records_behind 1 2026-11-01")
			})
		})
	}
}

// TestCountsReadLittle: the log is read at its end and at the beginning of each day.
func TestCountsReadLittle(t *testing.T) {
	leak.Check(t)
	x := newDays(t, dbtest.Open(t, db.SQLite))
	for i := range 5 {
		x.acts(1)
		x.others(2000)
		x.over(fmt.Sprintf("2026-11-%02d", i+1), 0)
	}
	logs := x.c.allLogs(&Before{})
	if len(logs) != 1 {
		t.Fatal(logs)
	}
	read, all := 0, logs[0].entries
	logs[0].entries = func(ctx context.Context, from, to int64) iter.Seq2[[]byte, error] {
		return func(yield func([]byte, error) bool) {
			for b, err := range all(ctx, from, to) {
				if read++; !yield(b, err) {
					return
				}
			}
		}
	}
	sum := int64(0)
	for s, err := range logs[0].stretches(t.Context(), func() error { return nil }) {
		if err != nil {
			t.Fatal(err)
		}
		sum += s.acts
	}
	if sum != 5 || read > 6*evidence.TileWidth {
		t.Errorf("%d acts; %d of %d entries were read", sum, read, x.c.log.Size())
	}
}

// TestASummaryThatIsNotInTheTree: whoever writes another number into the files of the log
// has removal frozen as well.
func TestASummaryThatIsNotInTheTree(t *testing.T) {
	clause.Covers(t, "C094")
	leak.Check(t)
	x := newDays(t, dbtest.Open(t, db.SQLite))
	x.acts(3)
	x.others(600)
	x.over("2026-11-01", 0)
	x.others(600)
	x.over("2026-11-02", 0)
	x.signed()
	books, err := tlog.Books(x.dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(books[0].Dir, evidence.BundlePath(604/evidence.TileWidth, evidence.TileWidth))
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := len(b) - 1
	for ; at > 0 && string(b[at:min(at+6, len(b))]) != "acts 3"; at-- { //nolint:revive // looks for it
	}
	b[at+5] = '2'
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	x.want(true, "records_behind unread "+x.c.log.Key().Name())
	x.confirm()
	x.want(true)
}

// TestALostTileOfALogThatEnded: what it proved is proved no more, which keeps nothing
// waiting. A disk that does not answer is another thing.
func TestALostTileOfALogThatEnded(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	x := newDays(t, dbtest.Open(t, db.SQLite))
	x.acts(3)
	x.signed()
	books, err := tlog.Books(x.dir)
	if err != nil {
		t.Fatal(err)
	}
	early, err := os.ReadFile(filepath.Join(books[0].Dir, "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	x.others(600)
	old := x.continued("")
	if err := os.WriteFile(filepath.Join(old.Dir, "checkpoint"), early, 0o644); err != nil {
		t.Fatal(err)
	}
	prove := func(index int64) error {
		_, err := x.c.Proved(t.Context(), old.Key.Name(), index)
		return err
	}
	if err := prove(1); err != nil {
		t.Fatal(err)
	}
	if err := prove(603); err != nil { // behind what it signed itself, and there
		t.Fatal(err)
	}
	bundle := filepath.Join(old.Dir, evidence.BundlePath(0, evidence.TileWidth))
	whole, err := os.ReadFile(bundle)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bundle, whole[:len(whole)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	if err := prove(1); !errors.Is(err, warrant.ErrNone) {
		t.Errorf("a torn bundle: %v", err)
	}
	if err := os.Remove(bundle); err != nil {
		t.Fatal(err)
	}
	if err := prove(1); !errors.Is(err, warrant.ErrNone) {
		t.Errorf("a lost bundle: %v", err)
	}
	if err := os.Mkdir(bundle, 0o700); err != nil { // reading it is an error of the disk
		t.Fatal(err)
	}
	if err := prove(1); err == nil || errors.Is(err, warrant.ErrNone) {
		t.Errorf("a bundle that cannot be read: %v", err)
	}
	if err := prove(603); err != nil {
		t.Error(err)
	}
}
