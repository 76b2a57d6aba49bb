package facts_test

import (
	"testing"

	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
)

// TestLast: under a clock that was set back the log tells another order.
func TestLast(t *testing.T) {
	act := func(id string, at int64, log string, leaf int64) *ledger.Logged {
		return &ledger.Logged{Act: ledger.Act{ID: id, At: at}, Log: log, Leaf: leaf}
	}
	for name, c := range map[string]struct {
		acts        []*ledger.Logged
		time, inLog string
	}{
		"none":                     {},
		"in order":                 {[]*ledger.Logged{act("a", 1, "l", 1), act("b", 2, "l", 2)}, "b", "b"},
		"in whatever order":        {[]*ledger.Logged{act("b", 2, "l", 2), act("a", 1, "l", 1)}, "b", "b"},
		"the clock was set back":   {[]*ledger.Logged{act("a", 5, "l", 1), act("b", 2, "l", 2)}, "a", "b"},
		"one is on its way":        {[]*ledger.Logged{act("a", 5, "l", 9), act("b", 7, "", 0)}, "b", "b"},
		"at once":                  {[]*ledger.Logged{act("b", 5, "l", 1), act("a", 5, "l", 2)}, "b", "a"},
		"another log has followed": {[]*ledger.Logged{act("a", 5, "l", 900), act("b", 7, "l2", 3)}, "b", "b"},
	} {
		t.Run(name, func(t *testing.T) {
			byTime, byLog := facts.Last(c.acts)
			if byTime == nil || byLog == nil {
				if len(c.acts) > 0 {
					t.Error("none is last")
				}
				return
			}
			if byTime.Act.ID != c.time || byLog.Act.ID != c.inLog {
				t.Errorf("%s by the clock, %s by the log", byTime.Act.ID, byLog.Act.ID)
			}
		})
	}
}
