package reference

import "time"

// Limits are from which difference on a clock is worth a warning and an alarm.
type Limits struct {
	Warn, Alarm time.Duration // 0 means 1 s, 5 s
}

func (l Limits) orDefault() Limits {
	if l.Warn <= 0 {
		l.Warn = time.Second
	}
	if l.Alarm <= 0 {
		l.Alarm = 5 * time.Second
	}
	return l
}

// Level grades the difference of a clock.
type Level int

// Levels.
const (
	Right Level = iota
	Warning
	Alarm
)

func (l Level) String() string {
	return [...]string{"ok", "warning", "alarm"}[l]
}

// Level grades an offset that was measured to within err. A level once reached is
// left only when the offset has fallen a fifth below its limit, so that a value on
// the limit does not flutter.
func (l Limits) Level(offset, err time.Duration, was Level) Level {
	l = l.orDefault()
	sure := offset.Abs() - err
	over := func(limit time.Duration, level Level) bool {
		if was >= level {
			limit -= limit / 5
		}
		return sure >= limit
	}
	switch {
	case over(l.Alarm, Alarm):
		return Alarm
	case over(l.Warn, Warning):
		return Warning
	}
	return Right
}
