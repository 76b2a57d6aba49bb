package folders

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"watchroom/internal/archive/seal"
	"watchroom/internal/durable"
)

// Footage is the file of a segment, wherever it lies.
type Footage interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Files finds segments in recording folders.
type Files []seal.Root

// Open finds one by the id of its volume and its path below that. The error for one that is not
// there is fs.ErrNotExist.
func (f Files) Open(_ context.Context, volume, file string) (Footage, error) {
	for _, r := range f {
		if r.Volume == volume {
			fd, err := durable.OpenRegular(filepath.Join(r.Path, file))
			if err != nil {
				return nil, err
			}
			st, err := fd.Stat()
			if err != nil {
				fd.Close()
				return nil, err
			}
			return onDisk{fd, st.Size()}, nil
		}
	}
	return nil, fmt.Errorf("volume %q is not here", volume)
}

type onDisk struct {
	*os.File
	size int64
}

func (f onDisk) Size() int64 { return f.size }
