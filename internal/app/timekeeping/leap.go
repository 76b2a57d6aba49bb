package timekeeping

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"strings"
	"time"

	"watchroom/internal/durable"
)

// LeapFile is the name of Keeper.File in a data folder. Beside it, with the ending .gained,
// stands how much of what the clock shows nobody has borne out.
const LeapFile = "clock-leapt"

// most is how many bytes such a file has at the most.
const most = 1 << 10

// longest is more than any clock gains that somebody uses.
const longest = 100 * 366 * 24 * time.Hour

// known is the newest instant that is known to have passed before the start, and what has been
// believed of the clock besides. Where the process before had a clock that was far ahead, what
// was signed since then tells nothing; and of what was signed by one that was ahead by less,
// that is taken off.
func (k *Keeper) known() (at time.Time, more time.Duration) {
	if k.File == "" {
		return k.Before, 0
	}
	ahead, more, err := k.recallGained()
	if err != nil {
		k.gained = [2]time.Duration{math.MaxInt64, 0} // so that it is written anew once somebody has
		k.Log.Error("how much of the time nobody has borne out cannot be read; a person has to say that the clock is right", "file", k.gainedFile(), "err", err)
		return time.Unix(0, 0), 0
	}
	ahead, more = max(ahead, k.Logged[0]), max(more, k.Logged[1])
	at, err = recall(k.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if k.Before.IsZero() {
			return k.Before, 0
		}
		return k.Before.Add(-ahead), more
	case err != nil: // that there is one tells enough
		k.Log.Error("how far the time was known when the clock went far ahead cannot be read; a person has to say that the clock is right", "file", k.File, "err", err)
		at = time.Unix(0, 0)
	}
	k.leapt = true
	return at, more
}

func (k *Keeper) gainedFile() string { return k.File + ".gained" }

func (k *Keeper) recallGained() (ahead, more time.Duration, err error) {
	b, err := durable.ReadRegular(k.gainedFile(), most)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, err
	}
	words := strings.Fields(string(b))
	if len(words) != 2 {
		return 0, 0, errors.New("it does not hold two lengths of time")
	}
	if ahead, err = time.ParseDuration(words[0]); err == nil {
		more, err = time.ParseDuration(words[1])
	}
	if err == nil && (ahead < 0 || more < 0 || ahead > longest || more > longest) {
		err = errors.New("it holds what no clock can gain")
	}
	k.gained = [2]time.Duration{ahead, more}
	return ahead, more, err
}

// rememberGained keeps what a clock that is not far ahead has gained. What it gains is kept at
// once, and that it is less by the minute.
func (k *Keeper) rememberGained() error {
	ahead, more := k.Watch.Unproved()
	if _, leapt := k.Watch.Leapt(); leapt {
		ahead = k.gained[0] // the other file tells
	}
	less := func(was, is time.Duration) bool { return is < was && (was-is >= time.Minute || is < time.Second) }
	rose := ahead+more-time.Second >= k.gained[0]+k.gained[1]
	if !rose && !less(k.gained[0], ahead) && !less(k.gained[1], more) {
		return nil
	}
	if ahead+more < time.Second {
		if err := os.Remove(k.gainedFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		k.gained = [2]time.Duration{}
		return nil
	}
	if err := keepLine(k.gainedFile(), ahead.String()+" "+more.String()); err != nil {
		return err
	}
	k.gained = [2]time.Duration{ahead, more}
	return nil
}

// keepLine puts a line into a file of its own.
func keepLine(file, line string) error { return durable.Replace(file, []byte(line+"\n"), 0o600) }

func recall(file string) (time.Time, error) {
	b, err := durable.ReadRegular(file, most)
	if err != nil {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339Nano, strings.TrimSpace(string(b)))
}

// remember has the file tell what the watch does.
func (k *Keeper) remember() error {
	at, leapt := k.Watch.Leapt()
	if k.File == "" {
		return nil
	}
	if err := k.rememberGained(); err != nil || leapt == k.leapt {
		return err
	}
	if !leapt {
		if err := os.Remove(k.File); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		k.leapt = false
		return nil
	}
	k.Log.Warn("the clock is far ahead of what is known to have passed; nothing is removed until a person or a witness says that it is right", "known", at)
	if err := keepLine(k.File, at.UTC().Format(time.RFC3339Nano)); err != nil {
		return err
	}
	k.leapt = true
	return nil
}
