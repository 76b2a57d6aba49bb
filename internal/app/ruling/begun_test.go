package ruling_test

import (
	"encoding/json"
	"testing"
	"time"

	"watchroom/internal/app/ruling"
	"watchroom/internal/archive/capacity"
	"watchroom/internal/archive/loss"
	"watchroom/internal/clock/reference"
	"watchroom/internal/config"
	"watchroom/internal/rule"
	"watchroom/internal/testkit/clause"
)

// TestTheLineIsWhatALimitBeginsWith: what the configuration says holds until the institution
// has set the parameter, and then says nothing. What protects less takes two who approve.
func TestTheLineIsWhatALimitBeginsWith(t *testing.T) {
	clause.Covers(t, "C076")
	clause.Covers(t, "C098")
	clause.Covers(t, "C090")
	c := config.Default()
	c.Coverage = config.Coverage{StatementAfter: 3 * time.Minute, ShiftLength: 12 * time.Hour, LeadersAfter: 48 * time.Hour}
	c.Capacity = config.Capacity{WarnDays: 14, Refuse: true}
	c.Time.WarnOffset, c.Time.AlarmOffset = 300*time.Millisecond, 2*time.Second
	set, err := ruling.Begun(c)
	if err != nil {
		t.Fatal(err)
	}
	losses := &loss.Keeper{After: c.Coverage.StatementAfter, Rules: set}
	room := &capacity.Keeper{Refuse: c.Capacity.Refuse, Warn: c.Capacity.WarnDays, Rules: set}
	limits := reference.Limits{Warn: c.Time.WarnOffset, Alarm: c.Time.AlarmOffset}
	holds := func(after time.Duration, refuses bool, warn, alarm time.Duration) {
		t.Helper()
		if is := losses.StatementAfter(); is != after {
			t.Errorf("statement after %v, want %v", is, after)
		}
		if is := room.Refuses(); is != refuses {
			t.Errorf("refuses %v", is)
		}
		if is := limits.By(set); is.Warn != warn || is.Alarm != alarm {
			t.Errorf("limits %v", is)
		}
	}
	holds(3*time.Minute, true, 300*time.Millisecond, 2*time.Second)
	for key, v := range map[string]struct{ begins, weaker, stronger string }{
		"coverage.statement_after": {`"3m"`, `"10m"`, `"1m"`},
		"coverage.shift_length":    {`"12h"`, `"1d"`, `"8h"`},
		"coverage.leaders_after":   {`"2d"`, `"7d"`, `"1d"`},
		"capacity.refuse":          {`true`, `false`, `true`},
		"capacity.warn_days":       {`14`, `1`, `28`},
		"time.warn_offset":         {`300`, `1000`, `200`},
		"time.alarm_offset":        {`2000`, `3600000`, `1000`},
	} {
		p, known := set.Find(key)
		if !known {
			t.Errorf("%s is no parameter", key)
			continue
		}
		if is := string(set.Value(key)); is != v.begins {
			t.Errorf("%s begins with %s, not %s", key, is, v.begins)
		}
		if !rule.Weakens(p, json.RawMessage(v.begins), json.RawMessage(v.weaker)) || rule.Weakens(p, json.RawMessage(v.begins), json.RawMessage(v.stronger)) {
			t.Errorf("%s: one who approves is enough for less, or too few for more", key)
		}
	}
	left := set.Put(map[string]json.RawMessage{"coverage.statement_after": json.RawMessage(`"30m"`), "capacity.refuse": json.RawMessage(`false`),
		"time.warn_offset": json.RawMessage(`4000`), "time.alarm_offset": json.RawMessage(`1500`)})
	if len(left) > 0 {
		t.Error(left)
	}
	holds(30*time.Minute, false, 4*time.Second, 4*time.Second) // an alarm is never before the warning
}

// TestEveryLineFitsItsParameter: what a configuration may say is within the bounds.
func TestEveryLineFitsItsParameter(t *testing.T) {
	for _, c := range []*config.Config{
		{Coverage: config.Coverage{StatementAfter: time.Minute, ShiftLength: time.Hour, LeadersAfter: time.Hour}, Capacity: config.Capacity{WarnDays: 1}, Time: config.Time{WarnOffset: 100 * time.Millisecond, AlarmOffset: 101 * time.Millisecond}},
		{Coverage: config.Coverage{StatementAfter: 24 * time.Hour, ShiftLength: 24 * time.Hour, LeadersAfter: 168 * time.Hour}, Capacity: config.Capacity{WarnDays: 365}, Time: config.Time{WarnOffset: time.Hour, AlarmOffset: 24 * time.Hour}},
	} {
		if _, err := ruling.Begun(c); err != nil {
			t.Error(err)
		}
	}
}
