package retention_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/retention"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// TestAHoldBetweenReadingAndMarking stops the engine after it has read that nothing is
// held and before it has marked what goes, and places a hold then. SQLite has one
// writer, where there is no such moment.
func TestAHoldBetweenReadingAndMarking(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	d := dbtest.Open(t, db.PostgreSQL)
	r := newRig(t, d)
	old := r.record(r.gate, 200, 3)
	r.open()
	r.set("", maximum(120))
	run := func(statement string) func(context.Context, bun.Tx) error {
		return func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, statement)
			return err
		}
	}
	for _, s := range []string{
		`CREATE FUNCTION wait_here() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NEW; END; $$`,
		`CREATE TRIGGER wait_here BEFORE UPDATE OF state ON segments FOR EACH ROW WHEN (NEW.state <> '') EXECUTE FUNCTION wait_here()`,
	} {
		if err := d.Tx(t.Context(), run(s)); err != nil {
			t.Fatal(err)
		}
	}
	locked, passed := make(chan struct{}), make(chan retention.Report, 1)
	err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if err := run("SELECT pg_advisory_xact_lock(42)")(ctx, tx); err != nil {
			return err
		}
		go func() { <-locked; passed <- r.engine.Pass(context.WithoutCancel(t.Context())) }()
		close(locked)
		for waiting := int64(0); waiting == 0; { // until the engine stands at the lock
			if err := tx.NewRaw("SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").Scan(ctx, &waiting); err != nil {
				return err
			}
		}
		if h := r.hold(r.gate, present-200*day, present-199*day); h.Late != 0 {
			t.Errorf("%d segments are said to be gone", h.Late)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if rep := <-passed; rep.Err != nil || rep.Removed != 0 {
		t.Errorf("%+v", rep)
	}
	r.has(old)
}

// TestHalfDoneStaysWhileNothingMayGo: what a dead process left half done is finished
// under the same conditions as everything else.
func TestHalfDoneStaysWhileNothingMayGo(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	r := newRig(t, d)
	old := r.record(r.gate, 200, 2)
	r.open()
	r.set("", maximum(120))
	r.at = func(step string) {
		if step == "told" {
			panic(errKilled)
		}
	}
	func() {
		defer func() { _ = recover() }()
		r.engine.Pass(t.Context())
	}()
	r.at = func(string) {}
	r.start()
	r.untrusted = errors.New("not yet in step")
	if rep := r.pass(); !errors.Is(rep.Blocked, retention.ErrUntrusted) || !slices.Equal(r.v.Files(t), old) {
		t.Errorf("%+v, %v", rep, r.v.Files(t))
	}
	r.untrusted = nil
	r.pass()
	r.has()
}
