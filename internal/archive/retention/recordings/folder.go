// Package recordings is a recordings folder as the engine of retention needs one.
package recordings

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"watchroom/internal/archive"
	"watchroom/internal/durable"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// Folder is one; it implements Journal, Remover and Space of package retention.
type Folder struct {
	Root       string
	LowPercent float64 // below this share of free space room is needed; 0 means 10
}

// Append implements Journal. The line goes into the file that the recorder writes,
// too: each is one write behind all that is there.
func (f *Folder) Append(_ context.Context, camera string, now int64, records ...journal.Record) error {
	w := journal.Writer{Root: f.Root, Camera: camera}
	defer w.Close()
	return w.Append(now, records...)
}

// Remove implements Remover. It takes names of closed segments only.
func (f *Folder) Remove(_ context.Context, s archive.Segment, _ bool) error {
	name, open, err := segment.ParseName(s.File)
	if err != nil || open || name.Camera != s.Camera || name.Path() != s.File {
		return fmt.Errorf("retention: %q is no closed segment of camera %s", s.File, s.Camera)
	}
	path := filepath.Join(f.Root, filepath.FromSlash(s.File))
	if strings.HasSuffix(path, segment.PartExt) {
		return fmt.Errorf("retention: %q is open", s.File)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	err = durable.SyncDir(filepath.Dir(path))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// Low implements Space, for an archive of this one folder.
func (f *Folder) Low(context.Context) ([]string, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(f.Root, &st); err != nil {
		return nil, err
	}
	percent := f.LowPercent
	if percent <= 0 {
		percent = 10
	}
	if float64(st.Bavail)*100 >= float64(st.Blocks)*percent {
		return nil, nil
	}
	return []string{""}, nil
}

// Lies implements Remover.
func (f *Folder) Lies(_ context.Context, s archive.Segment) (there, known bool) {
	_, err := os.Lstat(filepath.Join(f.Root, filepath.FromSlash(s.File)))
	return err == nil, err == nil || errors.Is(err, os.ErrNotExist)
}

// Bears tells whether a file bears the times that a row tells of it.
func Bears(camera, file string, start, end int64, told archive.Told) bool {
	name, open, err := segment.ParseName(file)
	if err != nil || open || name.Camera != camera || name.Start != start || end < start {
		return false
	}
	// Where the line lies on a disk that is away, the name has to do.
	return told.Closed == nil || told.Closed.Start == start && told.Closed.End == end
}
