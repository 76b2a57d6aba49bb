package records

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"watchroom/internal/app/folder"
	"watchroom/internal/config"
	"watchroom/internal/db"
)

// apart lets a command that only compares work beside a data folder that nothing can be
// written into: an auditor has it mounted read-only, or its disk is full. The database
// wants to write beside itself even to be read, so the command reads a copy of it in a
// folder for temporary files, which goes with the command. What it would note in the
// records is lost with that; what it finds is printed all the same.
//
// A copy is whole where nobody writes meanwhile, as into a snapshot or a disk that is
// full; of any other the database says that it is damaged.
func (a *Archive) apart(cfg *config.Config, o *db.Options) error {
	if !folder.Cramped(cfg.Data, opens) {
		return nil
	}
	dir, err := os.MkdirTemp("", "watchroom-")
	if err != nil {
		return fmt.Errorf("nothing can be written into the data folder %s, nor into the folder for temporary files (TMPDIR): %w", cfg.Data, err)
	}
	a.Apart = dir
	a.stops = append(a.stops, func() error { return os.RemoveAll(dir) })
	if o.URL != "" {
		return nil
	}
	to := filepath.Join(dir, filepath.Base(o.Path))
	for _, more := range []string{"", "-wal"} {
		err := copyFile(to+more, o.Path+more)
		if err != nil && (more == "" || !errors.Is(err, fs.ErrNotExist)) {
			return fmt.Errorf("nothing can be written into the data folder %s, and its records cannot be copied into the folder for temporary files (TMPDIR): %w", cfg.Data, err)
		}
	}
	o.Path = to
	return nil
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
