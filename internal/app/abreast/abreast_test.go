package abreast_test

import (
	"fmt"
	"testing"

	"watchroom/internal/app/abreast"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
)

// TestLateActsRaiseAnAlarm that counts them and names one; while nobody knows what waits for
// the records, something does.
func TestLateActsRaiseAnAlarm(t *testing.T) {
	clause.Covers(t, "C091")
	var alarms []string
	c := &abreast.Acts{Alarm: func(key, code, _ string, params map[string]any) {
		alarms = append(alarms, fmt.Sprint(key, " ", code, " ", params["act"], " ", params["at"], " ", params["count"]))
	}}
	c.Late([]ledger.LateAct{{ID: "a", Kind: "k", At: 1_795_680_000_000_000}, {ID: "b", Kind: "k", At: 2}})
	c.Late([]ledger.LateAct{{ID: "c", Kind: "k", At: 60_000_000}})
	want := []string{"ledger late acts ledger_acts_late a 2026-11-26T08:00:00Z 2", "ledger late acts ledger_acts_late c 1970-01-01T00:01:00Z 3"}
	if fmt.Sprint(alarms) != fmt.Sprint(want) {
		t.Errorf("alarms %q, want %q", alarms, want)
	}
	alarms = nil
	c.Formless([]string{"a", "b"})
	c.Formless(nil)
	if want := []string{"ledger formless acts ledger_acts_formless a <nil> 2", "ledger formless acts  <nil> <nil> <nil>"}; fmt.Sprint(alarms) != fmt.Sprint(want) {
		t.Errorf("alarms %q, want %q", alarms, want)
	}
	if c.Waiting() == 0 {
		t.Error("nobody has said what waits, and nothing is said to")
	}
	c.Queue(func() int { return 0 })
	if c.Waiting() != 0 {
		t.Error("something waits")
	}
}
