package chronicle

import (
	"context"
	"time"

	evidence "watchroom/evidence/tlog"
	"watchroom/internal/clock"
	"watchroom/internal/ledger/roster"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/ledger/witness"
)

// rosterOf compares which keys count with what a log tells of them.
func rosterOf(l *tlog.Log, dir string, witnesses []witness.Witness, now clock.Clock) *roster.Roster {
	r := &roster.Roster{Into: entries{l}, Dir: dir, Key: l.Key(), Clock: now, Before: func() (evidence.Key, bool) { return keyBefore(l, dir) }}
	for _, w := range witnesses {
		r.Witnesses = append(r.Witnesses, w.Key)
	}
	return r
}

// Gone names the witnesses of the log in a folder that are not among those that are asked.
func Gone(dir string, witnesses []witness.Witness) []string {
	r := &roster.Roster{Dir: dir}
	for _, w := range witnesses {
		r.Witnesses = append(r.Witnesses, w.Key)
	}
	return r.Gone()
}

// keyBefore is the key of the log that l took the place of.
func keyBefore(l *tlog.Log, dir string) (key evidence.Key, ok bool) {
	from, err := l.From()
	if err != nil || from == nil {
		return key, false
	}
	books, err := tlog.Books(dir)
	if err != nil {
		return key, false
	}
	for _, e := range beforeOf(books, l.Status().Number, from).ended {
		if e.Key.Name() == from.Origin {
			key, ok = e.Key, true
		}
	}
	return key, ok
}

// keys has the log tell which keys count: in a new one before all else, in another while
// it grows. What fails is tried again.
func (c *Chronicle) keys(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	r := rosterOf(c.log, c.Dir, c.Witnesses, c.Clock)
	if c.log.Size() <= 1 && r.Note(ctx) == nil {
		close(done)
		return cancel
	}
	go func() {
		defer close(done)
		for told := false; ; {
			err := r.Note(ctx)
			if err == nil || ctx.Err() != nil {
				return
			}
			if !told {
				told = true
				c.Log.Warn("which keys count cannot be put into the log at present; it is tried again", "error", err)
			}
			select {
			case <-time.After(5 * time.Second):
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { cancel(); <-done }
}
