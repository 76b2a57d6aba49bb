package records

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"watchroom/internal/config"
	"watchroom/internal/durable/patience"
	"watchroom/internal/secret"
)

// opens is how many bytes the records of a data folder need to be opened at all.
const opens = 1 << 20

// ErrNoRoom refuses a start where nothing could be done.
var ErrNoRoom = errors.New("too little room; nothing was written")

// long is how long a start waits for a recording disk that may not answer.
const long = 5 * time.Second

// Roomy refuses a start on a full disk before anything is written. What is there is
// served, and played, as long as its records can be opened; only a new recorder wants
// room to record, beside what package folder demands for it. A recorder that has cameras and a disk with room for them records
// whatever becomes of its data folder.
//
// look is folder.Room; sealed is the name of the recorder's own copy of its cameras.
func Roomy(ctx context.Context, cfg *config.Config, sealed string, look func(path string) (free int64, device string, err error)) error {
	free, _, err := look(cfg.Data)
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	most, where, stop := int64(-1), "", int64(cfg.Recording.StopSpace)
	for i, root := range roots(cfg) {
		room, err := patience.Do(ctx, &patience.Guard{}, long, func() (int64, error) {
			if i > 0 && !there(root) {
				return 0, fs.ErrNotExist
			}
			room, _, err := look(root)
			return room, err
		})
		if err != nil { // told of when it is to be used, also where it does not answer
			continue
		}
		if room > most {
			most, where = room, root
		}
	}
	known := there(filepath.Join(cfg.Data, secret.KeyFile)) && (cfg.Database.URL != "" || there(Options(cfg).Path))
	switch {
	case !known && most >= 0 && most < stop:
		return fmt.Errorf("recording folder %s: %w: %s are free on its disk, and below %s (recording.stop_space) nothing is recorded; make room, or choose another with recording.folder",
			where, ErrNoRoom, amount(most), amount(stop))
	case known && free < opens && (most < stop || !there(filepath.Join(cfg.Data, sealed))):
		return fmt.Errorf("data folder %s: %w: its disk is full: %s are free on it, and %s are needed to open what is there; make room",
			cfg.Data, ErrNoRoom, amount(free), amount(opens))
	}
	return nil
}

// roots are the folders of a configuration that are recorded into, the first of which
// is made where it is missing.
func roots(c *config.Config) []string {
	out := []string{c.RecordingFolder()}
	for _, v := range c.Recording.Volumes {
		out = append(out, v.Folder)
	}
	return out
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// amount is a number of bytes for people to read.
func amount(n int64) string {
	for _, unit := range []string{"B", "KiB", "MiB"} {
		if n < 1<<10 {
			return fmt.Sprintf("%d %s", n, unit)
		}
		n >>= 10
	}
	return fmt.Sprintf("%d GiB", n)
}
