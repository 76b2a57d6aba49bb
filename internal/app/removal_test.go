package app

import (
	"errors"
	"log/slog"
	"testing"

	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/proof"
	"watchroom/internal/archive/retention"
	"watchroom/internal/event"
)

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
		{retention.Report{Low: true}, "removal_no_room"},
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
	if w.proved(proof.Proof{Camera: "c", Verdict: proof.Damaged}); up("proof c") != "proof_failed" {
		t.Error("a failed proof raises nothing")
	}
	if w.proved(proof.Proof{Camera: "c", Verdict: proof.OK}); up("proof c") != "" {
		t.Error("an alarm stays")
	}
}
