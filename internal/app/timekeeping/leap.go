package timekeeping

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"watchroom/internal/durable"
)

// LeapFile is the name of Keeper.File in a data folder.
const LeapFile = "clock-leapt"

// known is the newest instant that is known to have passed before the start. Where the
// process before had a clock that was far ahead, what was signed since then tells nothing.
func (k *Keeper) known() time.Time {
	if k.File == "" {
		return k.Before
	}
	at, err := recall(k.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return k.Before
	case err != nil: // that there is one tells enough
		k.Log.Error("how far the time was known when the clock went far ahead cannot be read; a person has to say that the clock is right", "file", k.File, "err", err)
		at = time.Unix(0, 0)
	}
	k.leapt = true
	return at
}

func recall(file string) (time.Time, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339Nano, strings.TrimSpace(string(b)))
}

// remember has the file tell what the watch does.
func (k *Keeper) remember() error {
	at, leapt := k.Watch.Leapt()
	if k.File == "" || leapt == k.leapt {
		return nil
	}
	if !leapt {
		if err := os.Remove(k.File); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		k.leapt = false
		return nil
	}
	k.Log.Warn("the clock is far ahead of what is known to have passed; nothing is removed until a person or a witness says that it is right", "known", at)
	f, err := os.OpenFile(k.File+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, at.UTC().Format(time.RFC3339Nano))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := durable.Rename(k.File+".new", k.File); err != nil {
		return err
	}
	k.leapt = true
	return nil
}
