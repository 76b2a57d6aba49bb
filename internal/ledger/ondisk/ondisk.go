// Package ondisk is the memory of the log on a recording disk: a file with the checkpoint that
// was signed last, beside the cameras' folders. Whoever takes the folder of the log away, or puts
// an older one in its place, has it against them.
package ondisk

import (
	"errors"
	"path/filepath"

	"golang.org/x/sys/unix"

	"watchroom/evidence/tlog"
	"watchroom/internal/durable"
	"watchroom/internal/ledger/survey"
)

// Name is the file's (docs/ledger-format.md).
const Name = ".ledger-checkpoint"

// most bounds what is read of it, in bytes: a checkpoint is far smaller.
const most = 64 << 10

// Read gives the file of a recording disk. Without one the error is fs.ErrNotExist.
func Read(root string) ([]byte, error) { return durable.ReadRegular(filepath.Join(root, Name), most) }

// NoFile tells whether an error of Read says that something else bears the name.
func NoFile(err error) bool {
	return errors.Is(err, durable.ErrIrregular) || errors.Is(err, unix.ELOOP)
}

// Parse reads what Read gave: the checkpoint of an unverified note, or the error.
func Parse(note []byte, err error) (c tlog.Checkpoint, _ error) {
	if err != nil {
		return c, err
	}
	// One whose origin alone is another would be of a log that is not here.
	return survey.Plain(note)
}

// Of tells of which log a recording disk remembers how many entries; an empty origin where it
// remembers none.
func Of(root string) (origin string, size int64) {
	c, err := Parse(Read(root))
	if err != nil {
		return "", 0
	}
	return c.Origin, c.Size
}

// Write puts a checkpoint in the place of the file. Losing the last of it with the power makes it
// older, which is no lie. What lies there and is no file is put aside, under the path that it
// gives, which is empty where nothing was in the way.
func Write(root string, note []byte) (aside string, err error) {
	path := filepath.Join(root, Name)
	if aside, err = durable.PutAside(path); err != nil {
		return "", err
	}
	return aside, durable.Put(path, note, 0o640)
}
