package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"watchroom/internal/app/assignment"
	"watchroom/internal/app/folder"
	"watchroom/internal/db"
	"watchroom/internal/secret"
)

// ErrKeyLost says that a data folder has lost the key of its secrets. A new one
// must not be made in silence: it would open nothing of what is there, and the next
// thing that is sealed with it would be lost when the right one comes back.
var ErrKeyLost = errors.New("the key file " + secret.KeyFile + " is missing, with which passwords of cameras in this data folder are sealed: " +
	"put it back from the backup. If it is lost for good, start once with --new-key and type the passwords of cameras again")

// openBox opens the key of the data folder, and makes one at the first start.
func (a *App) openBox(f *folder.Folder) (*secret.Box, error) {
	_, missing := os.Stat(f.Join(secret.KeyFile))
	_, sealed := os.Stat(f.Join(assignment.FileName))
	if errors.Is(missing, fs.ErrNotExist) && sealed == nil {
		if !a.NewKey {
			return nil, fmt.Errorf("data folder: %w", ErrKeyLost)
		}
		aside := f.Join(assignment.FileName + ".lost-" + db.NewID())
		if err := os.Rename(f.Join(assignment.FileName), aside); err != nil {
			return nil, fmt.Errorf("data folder: %w", err)
		}
		a.Log.Warn("a new key is made; passwords of cameras must be typed again", "old_copy", aside)
	}
	box, err := secret.OpenBox(f.Path)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	return box, nil
}
