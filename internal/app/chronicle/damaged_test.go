package chronicle

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/audit"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/seal"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// named gives all that a verification finds.
func (x *days) named() (found []string) {
	x.t.Helper()
	a, _, err := Verify(x.t.Context(), filepath.Dir(x.dir), []seal.Root{}, nil, x.d, clock.Clock(nil))
	if err != nil {
		x.t.Fatal(err)
	}
	a.Waits = func(f audit.Finding) { found = append(found, f.String()) } // the acts here are of 1970
	a.Found = func(f audit.Finding) {
		if f.Kind != finding.EntryMalformed { // the first one here is none
			found = append(found, f.String())
		}
	}
	if _, err := a.Run(context.WithoutCancel(x.t.Context())); err != nil {
		x.t.Fatal(err)
	}
	return found
}

// again opens the log, which must be in good order, and has the records remember it. It gives
// what was put right.
func (x *days) again(what string) (mended []string) {
	x.t.Helper()
	l := &tlog.Log{Dir: x.dir, Node: "example.org/gate", Interval: time.Millisecond, Recall: x.m.recall, RecallWait: time.Nanosecond,
		OnMended: func(m tlog.Mended) { mended = append(mended, m.File+m.Row) }}
	if err := l.Start(x.t.Context()); err != nil {
		x.t.Fatal(err)
	}
	x.c.log = l
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !l.Status().Ready || l.Checkpoint().Note == nil {
		if r := l.Status().Refusal; r != nil {
			x.t.Fatalf("%s: refused: %v", what, r)
		}
		<-tick.C
	}
	x.m.noter = nil
	x.m.noteHead(x.t.Context(), l, true)
	if r := l.Status().Refusal; r != nil {
		x.t.Fatalf("%s: refused late: %v", what, r)
	}
	return mended
}

// elsewhere marks an act that no log here holds with another log.
func (x *days) elsewhere() {
	x.t.Helper()
	err := x.d.Tx(x.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		return ledger.Record(ctx, tx, ledger.Act{ID: "elsewhere", At: 9, Kind: "k"})
	})
	if err != nil {
		x.t.Fatal(err)
	}
	x.write("UPDATE act_outbox SET log = 'example.org/elsewhere', leaf = 1000 WHERE act = 'elsewhere'")
}

// TestADamagedRowEndsNoLog: what the records remember of the log is named when it is damaged, and
// is put right by what was signed, whatever column it is; the log goes on.
func TestADamagedRowEndsNoLog(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDays(t, d)
		x.acts(3)
		x.others(20)
		x.signed()
		x.m.noteHead(t.Context(), x.c.log, true)
		origin := x.c.log.Key().Name()
		x.c.log.Close()
		if found := x.named(); len(found) > 0 {
			t.Fatalf("as it is: %q", found)
		}
		if mended := x.again("as it is"); len(mended) > 0 {
			t.Fatalf("mended %q", mended)
		}
		for _, c := range []struct{ change, row string }{
			{"UPDATE act_outbox SET leaf = leaf + 9 WHERE act = 'act-003'", "act_outbox act-003"}, // the last
			{"UPDATE act_outbox SET log = 'x' || log WHERE act = 'act-002'", "act_outbox act-002"},
			{"UPDATE act_outbox SET log = log || 'x' WHERE act = 'act-003'", "act_outbox act-003"},
			{"UPDATE act_outbox SET leaf = leaf + 100000 WHERE act = 'act-001'", "act_outbox act-001"},
			{"UPDATE act_outbox SET log = 'y' || log", "act_outbox act-001"}, // one after the other
			{"UPDATE ledger_heads SET origin = 'x' || origin", "ledger_heads x" + origin},
			{"UPDATE ledger_heads SET note = 'x' || note", "ledger_heads " + origin},
			{"UPDATE ledger_heads SET note = replace(note, '— ', '- ')", "ledger_heads " + origin},
			{"UPDATE ledger_heads SET size = size + 100000", "ledger_heads " + origin},
			{"UPDATE ledger_heads SET size = size - 1", "ledger_heads " + origin},
			{"UPDATE ledger_heads SET successor = 'example.org/gate/x'", "ledger_heads " + origin},
		} {
			x.signed()
			x.m.noteHead(t.Context(), x.c.log, true)
			x.c.log.Close()
			x.write(c.change)
			if found := x.named(); !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, "row "+c.row+"  ") }) {
				t.Errorf("%s: found %q", c.change, found)
			}
			if mended := x.again(c.change); !slices.Contains(mended, c.row) {
				t.Errorf("%s: mended %q", c.change, mended)
			}
			x.acts(1)
			x.signed()
			if found := x.named(); len(found) > 0 {
				t.Errorf("%s: afterwards %q", c.change, found)
			}
		}
		// An act that is marked with another log and is in none here is as it was: the log is lost.
		x.signed()
		x.c.log.Close()
		x.elsewhere()
		l := &tlog.Log{Dir: x.dir, Node: "example.org/gate", Interval: time.Millisecond, Recall: x.m.recall, RecallWait: time.Nanosecond}
		if err := l.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		x.c.log = l
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for l.Status().Refusal == nil {
			if l.Status().Ready {
				t.Fatal("it goes on although acts were brought into another log")
			}
			<-tick.C
		}
		if cause := l.Status().Refusal.Params["cause"]; cause != tlog.CauseLost {
			t.Errorf("cause %v", cause)
		}
	})
}

// TestARowThatIsGone: a log that acts are marked with is remembered.
func TestARowThatIsGone(t *testing.T) {
	x := newDays(t, dbtest.Open(t, db.SQLite))
	x.acts(2)
	x.signed()
	x.m.noteHead(t.Context(), x.c.log, true)
	x.write("DELETE FROM ledger_heads")
	if found := x.named(); !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, "row ledger_heads "+x.c.log.Key().Name()) }) {
		t.Errorf("found %q", found)
	}
}

// TestVerifyNamesFilesThatItBeginsWith: a damaged key or checkpoint ends no verification.
func TestVerifyNamesFilesThatItBeginsWith(t *testing.T) {
	x := newDays(t, dbtest.Open(t, db.SQLite))
	x.acts(3)
	x.signed()
	x.m.noteHead(t.Context(), x.c.log, true)
	for _, name := range []string{"vkey", "checkpoint"} {
		path := filepath.Join(x.dir, "log-0001", name)
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for at := 0; at < len(good); at += 7 {
			bad := slices.Clone(good)
			bad[at] ^= 0x10
			if err := os.WriteFile(path, bad, 0o644); err != nil {
				t.Fatal(err)
			}
			if found := x.named(); len(found) != 1 || !strings.Contains(found[0], "log-0001/"+name) {
				t.Errorf("%s, byte %d: found %q", name, at, found)
			}
		}
		if err := os.WriteFile(path, good, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if found := x.named(); len(found) > 0 {
		t.Errorf("found %q", found)
	}
}
