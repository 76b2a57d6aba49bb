package seal

import (
	"context"
	"errors"
	"time"

	"watchroom/internal/durable/patience"
	"watchroom/internal/recording/journal"
)

// long is how long a volume may take for one thing that is asked of it. The journals of the
// others wait meanwhile.
const long = 10 * time.Second

// reading does something with the files of a volume that may not answer: the journals of the
// others come into the log all the same.
func reading[T any](ctx context.Context, f *follower, volume string, do func() (T, error)) (T, error) {
	if f.guards == nil {
		f.guards = map[string]*patience.Guard{}
	}
	if f.guards[volume] == nil {
		f.guards[volume] = &patience.Guard{}
	}
	return patience.Do(ctx, f.guards[volume], long, func() (T, error) {
		if f.s.reading != nil {
			f.s.reading(volume)
		}
		return do()
	})
}

// later leaves what stands on a volume that does not answer to another look.
func later(err error) error {
	if errors.Is(err, patience.ErrStands) {
		return nil
	}
	return err
}

// some are lines of a journal, and the offset behind them.
type some struct {
	lines []journal.Line
	end   int64
	torn  int
}

func linesOf(path string, from int64, limit int) (s some, err error) {
	s.lines, s.end, s.torn, err = journal.ReadLines(path, from, limit)
	return s, err
}
