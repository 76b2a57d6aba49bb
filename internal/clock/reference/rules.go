package reference

import (
	"time"

	"watchroom/internal/rule"
)

// warnOffset and alarmOffset are the limits of a clock, of this machine or of a camera, in
// milliseconds; start is what the configuration says until the institution has set them, 0 says
// nothing.
func warnOffset(start time.Duration) rule.Int {
	return rule.Int{Key: "time.warn_offset", Default: int(Limits{Warn: start}.orDefault().Warn.Milliseconds()), Least: 100, Most: 3_600_000, Unit: "milliseconds",
		Guard: rule.Higher, Clauses: []string{"C094"}}
}

func alarmOffset(start time.Duration) rule.Int {
	return rule.Int{Key: "time.alarm_offset", Default: int(Limits{Alarm: start}.orDefault().Alarm.Milliseconds()), Least: 100, Most: 86_400_000, Unit: "milliseconds", NotBelow: "time.warn_offset",
		Guard: rule.Higher, Clauses: []string{"C094"}}
}

// Parameters are what the institution sets here.
func Parameters() []rule.Parameter { return Begun(Limits{}) }

// Begun are the same where the configuration says what holds until the institution has set
// them.
func Begun(start Limits) []rule.Parameter {
	return []rule.Parameter{warnOffset(start.Warn), alarmOffset(start.Alarm)}
}

// By are the limits that the institution has set in rules; without rules, and where it has
// set none, these. The alarm is never before the warning.
func (l Limits) By(rules *rule.Set) Limits {
	if rules == nil {
		return l
	}
	is := Limits{
		Warn:  time.Duration(warnOffset(l.Warn).Get(rules)) * time.Millisecond,
		Alarm: time.Duration(alarmOffset(l.Alarm).Get(rules)) * time.Millisecond,
	}
	is.Alarm = max(is.Alarm, is.Warn)
	return is
}

// By has the limits be those of rules from the next look on.
func (w *Watch) By(rules *rule.Set) { w.rules.Store(rules) }
