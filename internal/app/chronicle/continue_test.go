package chronicle

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/seal"
	"watchroom/internal/clock"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/reason"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// TestAStartFinishesWhatAPersonDecided: the command that continued a log died before it
// could put that on record. The next start does, once, and freezes removal again where the
// row of that was deleted, though not where a person has looked.
func TestAStartFinishesWhatAPersonDecided(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		dir := filepath.Join(t.TempDir(), "ledger")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		m := &memories{dir: dir, roots: func() []seal.Root { return nil }, log: slog.New(slog.DiscardHandler)}
		m.attach(d)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		waiting := func() int64 {
			t.Helper()
			n, _, err := ledger.Waiting(t.Context(), d.Read())
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		l := opened(t, dir, m, 2)
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return ledger.Record(ctx, tx, ledger.Act{ID: "a", At: 1, Kind: "k"})
		})
		if err != nil {
			t.Fatal(err)
		}
		p := &ledger.Pump{DB: d, Into: entries{l}, Origin: l.Key().Name(), Every: time.Millisecond}
		if err := p.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		for waiting() > 0 {
			<-tick.C
		}
		p.Close()
		l.Close()
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		l = &tlog.Log{Dir: dir, Node: "example.org/gate", Interval: time.Millisecond, Recall: m.recall}
		if err := l.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		for l.Status().Refusal == nil {
			<-tick.C
		}
		next, err := l.Continue("the disk of the data folder broke")
		if err != nil {
			t.Fatal(err)
		}
		if entry, err := l.Entry(0); err != nil || strings.Contains(string(entry), "broke") {
			t.Errorf("the reason stands in the log: %q, %v", entry, err)
		}
		c := &Chronicle{Dir: dir, log: l}
		write := func(sql string) {
			t.Helper()
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { _, err := tx.ExecContext(ctx, sql); return err })
			if err != nil {
				t.Fatal(err)
			}
		}
		drop := "DROP TRIGGER removal_freezes_no_delete"
		if d.Engine() == db.PostgreSQL {
			drop += " ON removal_freezes"
		}
		write(drop)
		for again := range 3 {
			if err := c.continued(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			a, err := ledger.Sole(t.Context(), d.Read(), kindContinued, l.Key().Name())
			if err != nil || a == nil || a.Detail["cause"] != tlog.CauseLost || a.Detail["reason"] != "the disk of the data folder broke" {
				t.Fatalf("%+v, %v", a, err)
			}
			if why, ok := (&Reading{records: d}).Reason(t.Context(), &next); !ok || why != next.Reason {
				t.Errorf("the act opens what the log commits to: %q, %v", why, ok)
			}
			if _, err := os.Stat(filepath.Join(dir, reason.FileName)); !os.IsNotExist(err) {
				t.Errorf("the reason is on record, and stays beside the logs: %v", err)
			}
			if n := waiting(); n != int64(3+again) { // the act that was lost, this one, and each that removal is frozen
				t.Errorf("%d acts wait", n)
			}
			standing, err := frozen.Standing(t.Context(), d.Read())
			if err != nil || len(standing) != 1 || standing[0].Reason != frozen.Continued {
				t.Errorf("%+v, %v", standing, err)
			}
			write("DELETE FROM removal_freezes")
		}
		if err := c.continued(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		write("UPDATE removal_freezes SET confirmed_at = 7, confirmed_by = 'boss', note = 'looked at it'")
		if err := c.continued(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if standing, err := frozen.Standing(t.Context(), d.Read()); err != nil || len(standing) != 0 {
			t.Errorf("after a person has looked: %+v, %v", standing, err)
		}
	})
}

// TestRowsThatAreMarkedWithAnotherLog: whoever writes into the database can have the log
// refused, not taken for nothing. It is the one that is continued from, what it holds
// stays proved, and what lost its marks comes into the new one.
func TestRowsThatAreMarkedWithAnotherLog(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDays(t, d)
		x.acts(3)
		x.signed()
		is, size := x.c.log.Key().Name(), x.c.log.Size()
		x.m.clock = clock.Clock(nil)
		x.m.keep(t.Context(), x.c.log, true)
		x.c.log.Close()
		x.elsewhere()
		cfg := config.Default()
		cfg.Data, cfg.Ledger.Node = filepath.Dir(x.dir), "example.org/gate"
		next, err := Continue(t.Context(), cfg, nil, d, "somebody has written into the database", slog.New(slog.DiscardHandler))
		if err != nil || next.Origin != is || next.Size != size || next.Cause != tlog.CauseLost {
			t.Fatalf("%+v, %v", next, err)
		}
		x.c.log = opened(t, x.dir, x.m, 0) // and goes on with the next start
		if b, err := x.c.Proved(t.Context(), is, size-1); err != nil || len(b) == 0 {
			t.Errorf("the last act in the log before: %q, %v", b, err)
		}
		if n, _, err := ledger.Waiting(t.Context(), d.Read()); err != nil || n != 3 { // it, that the log was continued, and that removal is frozen
			t.Errorf("%d acts wait, %v", n, err)
		}
	})
}

// TestWhatACommandWroteIsNotWork: between the command that continues a log and the next start
// nothing was brought into log and catalogue since the log before was stopped, whose own last
// word tells when that was.
func TestWhatACommandWroteIsNotWork(t *testing.T) {
	leak.Check(t)
	x := newDays(t, dbtest.Open(t, db.SQLite))
	stopped := sealedAt.Add(3 * time.Minute)
	x.append(sealAt(t, sealedAt))
	x.append(text(t, &leaf.Abreast{At: stopped.UnixMicro()}))
	x.acts(2)
	x.signed()
	x.m.clock = clock.Clock(nil)
	x.m.keep(t.Context(), x.c.log, true)
	x.c.log.Close()
	cfg := config.Default()
	cfg.Data, cfg.Ledger.Node = filepath.Dir(x.dir), "example.org/gate"
	wantStopped := func(what string, want time.Time) {
		t.Helper()
		a, _, err := Verify(t.Context(), cfg.Data, nil, nil, x.d, clock.Clock(nil))
		if err != nil {
			t.Fatal(err)
		}
		if got := time.UnixMicro(a.Stopped).UTC(); !got.Equal(want) {
			t.Errorf("%s: brought on until %s, want %s", what, got, want)
		}
	}
	wantStopped("a stop", stopped)
	x.elsewhere()
	for i, what := range []string{"continued", "continued twice"} {
		if i > 0 {
			if err := os.Remove(filepath.Join(x.dir, "guard")); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Continue(t.Context(), cfg, nil, x.d, "somebody has written into the database", slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
		wantStopped(what, stopped)
	}
	x.c.log = opened(t, x.dir, x.m, 0)
	again := sealedAt.Add(time.Hour)
	x.append(sealAt(t, again))
	x.signed()
	x.c.log.Close()
	wantStopped("a start", again)
}
