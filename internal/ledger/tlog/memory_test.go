package tlog

import (
	"context"
	"errors"
	"testing"
	"time"

	"watchroom/internal/testkit/crashdisk"
)

// remembering is a log that other places remember something of.
func remembering(t *testing.T, d *crashdisk.Disk, err error, seen ...Seen) *Log {
	t.Helper()
	return start(t, &Log{Dir: "/", Guard: guardOn(d), disk: d, RecallWait: time.Nanosecond,
		Recall: func(context.Context) ([]Seen, error) { return seen, err }})
}

// The whole folder was taken away, guard and all: who else knows of a log keeps a new
// one from being made in silence, and the way on says where it comes from.
func TestNoNewLogWhereOneIsRemembered(t *testing.T) {
	was := run(t, crashdisk.New(), 700)
	for name, s := range map[string]Seen{
		"a disk":      {Who: "disk", Note: was.Note},
		"the records": {Who: "records", Origin: was.Origin, Size: 700},
	} {
		d := crashdisk.New()
		for range 2 { // nor with the next start
			l := remembering(t, d, nil, s)
			refused(t, l, CauseLost, 0, 700)
			l.Close()
		}
		l := remembering(t, d, nil, s)
		c, err := l.Continue("the disk of the data folder broke")
		if err != nil || c.Origin != was.Origin || c.Known != 700 || c.Size != 0 || c.Cause != CauseLost {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
		if (c.Signed == was.Root) != (s.Note != nil) {
			t.Errorf("%s: signed %s", name, c.Signed)
		}
		grow(t, l, 3)
		l.Close()
		l = remembering(t, d, nil, s) // the disk still remembers the one before
		if st := l.Status(); st.Refusal != nil || !st.Ready || st.Size != 3 {
			t.Errorf("%s: %+v", name, st)
		}
		l.Close()
	}
}

// A log that was put in the place of another is none that continues from it.
func TestAnotherLogInItsPlace(t *testing.T) {
	was := run(t, crashdisk.New(), 9)
	d := crashdisk.New()
	run(t, d, 3)
	l := remembering(t, d, nil, Seen{Who: "disk", Note: was.Note})
	refused(t, l, CauseLost, 3, 9)
	planted := l.Key()
	c, err := l.Continue("another log was found in its place")
	if err != nil || c.Origin != was.Origin || c.Known != 9 {
		t.Errorf("%+v, %v, planted %s", c, err, planted)
	}
	l.Close()
}

// Rows are marked with a log that nobody has seen: it is the log here that is continued
// from. A checkpoint that others have counts for more, whoever was asked first.
func TestRowsThatAreMarkedWithAnotherLog(t *testing.T) {
	d := crashdisk.New()
	is := run(t, d, 5)
	rows := Seen{Who: "the acts on record", Origin: "example.org/elsewhere", Size: 900, Last: func([]byte) bool { return false }}
	other := run(t, crashdisk.New(), 9)
	for name, c := range map[string]struct {
		seen  []Seen
		known int64
		want  Signed
	}{
		"rows alone":     {[]Seen{rows}, 900, is},
		"rows and disks": {[]Seen{rows, {Who: "disk", Note: other.Note}}, 9, other},
	} {
		l := remembering(t, copyOf(d), nil, c.seen...)
		refused(t, l, CauseLost, 5, c.known)
		from, err := l.Continue("somebody has written into the database")
		if err != nil || from.Origin != c.want.Origin || from.Known != c.want.Size || from.Signed != c.want.Root || from.Cause != CauseLost {
			t.Errorf("%s: %+v, %v", name, from, err)
		}
		l.Close()
	}
}

// Another log was laid before the real one, guard and all, which stays in its folder: the
// folder alone makes nothing of it that the other continues from.
func TestAnotherLogBeforeTheRealOne(t *testing.T) {
	d, other := crashdisk.New(), crashdisk.New()
	was := run(t, d, 9)
	run(t, other, 3)
	if err := d.Mkdir("/log-0002"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"key", "vkey", "tail", "checkpoint"} {
		b, err := other.ReadFile("/log-0001/" + name)
		if err != nil {
			t.Fatal(err)
		}
		d.Write("/log-0002/"+name, b)
	}
	carry(t, "/guard", other, d)
	l := remembering(t, d, nil, Seen{Who: "disk", Note: was.Note})
	refused(t, l, CauseLost, 3, 9)
	l.Close()
}

// Folder and guard were restored together: what others remember is believed.
func TestWhatOthersRememberIsNotRolledBack(t *testing.T) {
	d, nine := rolledBackWith(t)
	for name, s := range map[string]Seen{
		"a checkpoint":   {Who: "disk", Note: nine.Note},
		"acts behind it": {Who: "records", Origin: nine.Origin, Size: 9},
	} {
		d := copyOf(d)
		l := remembering(t, d, nil, s)
		refused(t, l, CauseRolledBack, 5, 9)
		l.Close()
		// One that comes late finds it, too, also once the log has grown past what it has.
		d = copyOf(d)
		d.Delete("/log-0001/contradiction")
		away := errors.New("the database is away")
		l = remembering(t, d, away)
		for i := range 9 {
			if _, err := l.Append(t.Context(), []byte{'x', byte(i)}); err != nil {
				t.Fatal(err)
			}
		}
		if l.Remembered(Seen{Who: "disk", Note: l.Checkpoint().Note}); l.Status().Refusal != nil {
			t.Errorf("%s: %v", name, l.Status().Refusal)
		}
		if s.Note == nil {
			s.Last = func(e []byte) bool { return string(e) == string(entry(8)) }
		}
		l.Remembered(s)
		refused(t, l, CauseRolledBack, 14, 9)
		l.Close()
	}
}

// A new log waits for all who may know of one; one that is there waits for a while.
func TestWhoDoesNotAnswer(t *testing.T) {
	away := errors.New("the database is away")
	d := crashdisk.New()
	answer := away
	l := start(t, &Log{Dir: "/", Guard: "/guard", disk: d, RecallWait: time.Nanosecond, Recall: func(context.Context) ([]Seen, error) { return nil, answer }})
	if st := l.Status(); st.Ready || st.Trouble == nil || st.Refusal != nil || st.Origin != "" {
		t.Fatalf("a log was made although nobody knows whether there is one: %+v", st)
	}
	if _, err := l.Continue("x"); !errors.Is(err, ErrNotReady) {
		t.Errorf("continue: %v", err)
	}
	answer = nil
	l.turn(t.Context())
	grow(t, l, 4)
	l.Close()
	asked := 0
	l = start(t, &Log{Dir: "/", Guard: "/guard", disk: d, RecallWait: 24 * time.Hour, Recall: func(context.Context) ([]Seen, error) { asked++; return nil, answer }})
	l.Close()
	answer = away
	l = start(t, &Log{Dir: "/", Guard: "/guard", disk: d, RecallWait: 24 * time.Hour, Recall: func(context.Context) ([]Seen, error) { return nil, answer }})
	if st := l.Status(); st.Ready || st.Trouble != nil || st.Refusal != nil {
		t.Errorf("it did not wait: %+v", st)
	}
	l.signing.Lock()
	l.begun = l.begun.Add(-24 * time.Hour)
	l.signing.Unlock()
	l.turn(t.Context())
	if st := l.Status(); !st.Ready || st.Size != 4 {
		t.Errorf("it waits for ever: %+v", st)
	}
	l.Close()
}
