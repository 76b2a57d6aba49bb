package seal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"watchroom/evidence/leaf"
	"watchroom/internal/recording/journal"
)

// nowhere stands in the place of a place: what a line says, wherever it stands.
var nowhere = leaf.Place{Day: "1970-01-01"}

// inLog tells whether a line that was brought back from a copy is in the log already,
// from the place where it stood before.
func (f *follower) inLog(ctx context.Context, camera string, l *journal.Line) (bool, error) {
	key := keyOf(camera, l)
	in, looked := f.recalled[key]
	if !looked {
		if err := f.recall(ctx); err != nil {
			return false, err
		}
		in = f.recalled[key]
	}
	return in, nil
}

// recall reads the log for all lines that were brought back and wait. They are few, and
// the log is long: it is read once for all of them, and only they are remembered.
func (f *follower) recall(ctx context.Context) error {
	f.recalled = map[string]bool{}
	older := map[string]string{} // what earlier versions said of the same lines
	all, err := f.journals(ctx, nil, true)
	if err != nil {
		return err
	}
	for _, j := range all {
		next, moved := f.moved[j.file]
		if !moved {
			next = f.cursors.next[j.file]
		}
		some, err := reading(ctx, f, j.Volume, func() (some, error) { return linesOf(j.path, next, 0) })
		if err = later(err); err != nil && !errors.Is(err, fs.ErrNotExist) && !journal.Unreadable(err) {
			return err
		}
		for i := range some.lines {
			if l := some.lines[i].First(); some.lines[i].Again {
				key := keyOf(j.Camera, &l)
				f.recalled[key], older[string(earlier(j.Camera, nowhere, &l))] = false, key
			}
		}
	}
	members := Members{Dir: f.s.Dir}
	note := func(key string) {
		if now, wanted := older[key]; wanted {
			key = now
		}
		if _, wanted := f.recalled[key]; wanted {
			f.recalled[key] = true
		}
	}
	for b, err := range f.s.Into.Entries(ctx, 0, f.s.Into.Size()) {
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		e, err := leaf.Decode(b)
		if err != nil {
			continue // no entry of ours
		}
		if s, ok := e.(*leaf.Seal); ok {
			of, err := members.Of(s)
			if err != nil {
				continue // then its notes are sealed once more, which is true as well
			}
			for i := range of {
				note(memberKey(&of[i]))
			}
			continue
		}
		note(entryKey(e))
	}
	return nil
}

// keyOf is what a line says, without where it stands, in the words of the log; empty for
// one that the log says nothing of.
func keyOf(camera string, l *journal.Line) string {
	first := l.First()
	if m := memberOf(camera, nowhere, &first); m != nil {
		return memberKey(m)
	}
	b := entryOf(camera, nowhere, &first)
	return string(b)
}

func memberKey(m *leaf.Member) string {
	one := *m
	one.Place = nowhere
	b, err := one.Encode()
	if err != nil {
		return ""
	}
	return "member " + string(b)
}

func entryKey(e leaf.Entry) string {
	switch of := e.(type) {
	case *leaf.Segment:
		of.Place = nowhere
	case *leaf.Gap:
		of.Place = nowhere
	case *leaf.Tombstone:
		of.Place = nowhere
	case *leaf.Move:
		of.Place = nowhere
	case *leaf.Time:
		of.Place = nowhere
	case *leaf.Line:
		of.Place = nowhere
	default:
		return ""
	}
	b, err := leaf.Encode(e)
	if err != nil {
		return ""
	}
	return string(b)
}
