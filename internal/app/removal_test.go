package app

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/proof"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/retention/reach"
	"watchroom/internal/archive/tier"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

// noLog is a log that proves nothing, for the reason that is told.
type noLog struct{ err error }

func (l noLog) Proved(context.Context, string, int64) ([]byte, error) { return nil, l.err }

// TestLocksGoByWhatPeopleHaveSet: an object is locked up to its maximum; a row that no act
// in the log has made is none. While the log cannot be read nobody knows.
func TestLocksGoByWhatPeopleHaveSet(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	boss, most := people.Add(t, d, "boss", access.Supervisor), 100
	rules := &retention.Rules{DB: d}
	if _, err := rules.Set(t.Context(), boss, retention.Wish{Class: retention.Main, Reason: "a reason",
		Rule: retention.Rule{MinDays: 90, MinBasis: retention.Regime, MaxDays: &most, MaxBasis: retention.Privacy}}); err != nil {
		t.Fatal(err)
	}
	end := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	until := func() time.Time {
		t.Helper()
		at, err := lockable(rules)(t.Context(), "gate", end.UnixMicro(), end.AddDate(0, 0, 400))
		if err != nil {
			t.Error(err)
		}
		return at
	}
	if at := until(); !at.Equal(end.AddDate(0, 0, 100)) {
		t.Errorf("locked until %s", at)
	}
	err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { // it came into a log
		_, err := tx.ExecContext(ctx, "UPDATE act_outbox SET log = 'node', leaf = 0")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	rules.Warrants = &warrant.Reader{Log: noLog{warrant.ErrNone}, Passing: true}
	if at := until(); !at.Equal(end.AddDate(0, 0, 400)) {
		t.Errorf("locked until %s by a rule that nobody made", at)
	}
	closed := errors.New("the log is not open yet")
	rules.Warrants = &warrant.Reader{Log: noLog{closed}, Passing: true}
	if at, err := lockable(rules)(t.Context(), "gate", end.UnixMicro(), end.AddDate(0, 0, 400)); !errors.Is(err, closed) {
		t.Errorf("while the log is not open: locked until %s, %v", at, err)
	}
}

// TestWhatPassesAndProofsTell: one alarm for each thing that wants a hand, which goes
// when it is over.
func TestWhatPassesAndProofsTell(t *testing.T) {
	w := &watch{bus: &event.Bus{}, log: slog.New(slog.DiscardHandler)}
	up := func(key string) string {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.alarms[key].Code
	}
	for _, c := range []struct {
		report retention.Report
		want   string
	}{
		{retention.Report{Blocked: retention.ErrFrozen.With("reason", "x")}, "removal_frozen"},
		{retention.Report{Blocked: retention.ErrFrozen.With("reason", "clock_leapt")}, "removal_clock_leapt"},
		{retention.Report{Blocked: retention.ErrHolds.Because(errors.New("x"))}, "removal_holds_unwritten"},
		{retention.Report{Err: errors.New("x")}, "removal_failed"},
		{retention.Report{Err: errors.Join(errors.New("x"), tier.ErrForbidden.Because(errors.New("y")))}, "removal_forbidden"},
		{retention.Report{Low: true}, "removal_no_room"},
		{retention.Report{Waits: reach.Waits{Locked: 3, Until: 7_200_000_000}}, "removal_locked"},
		{retention.Report{Waits: reach.Waits{Locked: 3, Until: 60_000_000}}, ""}, // it ends about when it is due
		{retention.Report{Waits: reach.Waits{Away: 3}}, "removal_waits"},
		{retention.Report{Blocked: retention.ErrUnread, Unread: retention.LongUnread - 1}, ""}, // as after every start
		{retention.Report{Blocked: retention.ErrUnread, Unread: retention.LongUnread}, "removal_log_unread"},
		{retention.Report{Blocked: retention.ErrUntrusted}, ""}, // the time has an alarm of its own
		{retention.Report{}, ""},
	} {
		if w.passed(c.report); up("removal") != c.want {
			t.Errorf("%+v raises %q, want %q", c.report, up("removal"), c.want)
		}
	}
	if w.passed(retention.Report{Overdue: []hold.Hold{{ID: "h"}}}); up("holds") != "hold_overdue" {
		t.Error("an overdue hold raises nothing")
	}
	if w.passed(retention.Report{}); up("holds") != "" {
		t.Error("an alarm stays")
	}
	if w.unproved([]string{"a", "b"}); up("proofs") != "proof_overdue" {
		t.Error("a proof that did not take place raises nothing")
	}
	if w.unproved(nil); up("proofs") != "" {
		t.Error("an alarm stays")
	}
	if w.proved(proof.Proof{Camera: "c", Verdict: proof.Damaged}); up("proof c") != "proof_failed" {
		t.Error("a failed proof raises nothing")
	}
	if w.proved(proof.Proof{Camera: "c", Verdict: proof.OK}); up("proof c") != "" {
		t.Error("an alarm stays")
	}
}
