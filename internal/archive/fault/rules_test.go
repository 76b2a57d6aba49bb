package fault_test

import (
	"encoding/json"
	"testing"
	"time"

	"watchroom/internal/archive/fault"
	"watchroom/internal/db"
	"watchroom/internal/rule"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestTheHouseSaysHowSoonAFaultIsToldAgain, and when leaders hear of it; the configuration
// until it has.
func TestTheHouseSaysHowSoonAFaultIsToldAgain(t *testing.T) {
	clause.Covers(t, "C098")
	r := open(t, dbtest.Open(t, db.SQLite))
	r.Shift, r.Leaders = 12*time.Hour, 168*time.Hour
	set, err := rule.NewSet(fault.Begun(r.Shift, r.Leaders))
	if err != nil {
		t.Fatal(err)
	}
	r.Rules = set
	r.wrong = []fault.Condition{{Kind: fault.VolumeFailing, Subject: "main"}}
	r.tick(0)
	r.tick(11.9)
	r.expect("less than the line says", "volume_failing main opened", "opened")
	if left := set.Put(map[string]json.RawMessage{"coverage.shift_length": json.RawMessage(`"4h"`), "coverage.leaders_after": json.RawMessage(`"12h"`)}); len(left) > 0 {
		t.Fatal(left)
	}
	r.tick(11.95)
	r.expect("more than the house says", "volume_failing main repeated", "opened repeated")
	r.tick(12)
	r.expect("half a day", "volume_failing main escalated", "opened repeated escalated")
}
