package tier

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"watchroom/internal/archive"
	"watchroom/internal/archive/guise"
	"watchroom/internal/durable"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/marker"
)

// folder is a Store in a folder of this machine. Nothing there is of its own making
// but files and the folders above them.
type folder struct{ root string }

// Folder makes a folder a Store.
func Folder(root string) Store { return folder{root} }

// tmpExt ends the name of a file that is being copied.
const tmpExt = guise.Incoming

// path refuses names that lead out of the folder.
func (f folder) path(name string) (string, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) || strings.HasSuffix(name, tmpExt) {
		return "", &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	return filepath.Join(f.root, filepath.FromSlash(name)), nil
}

// Put implements Store: write, fsync, rename, fsync of the folder.
func (f folder) Put(ctx context.Context, name string, from io.Reader, size int64, _ Lock) (err error) {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	above := strings.Split(filepath.ToSlash(name), "/")
	if err := durable.MakeDir(f.root, above[:len(above)-1]...); err != nil {
		return err
	}
	tmp := path + tmpExt
	out, err := durable.Make(tmp, 0o640)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(tmp)
		}
	}()
	n, err := io.Copy(out, reader{ctx, io.LimitReader(from, size+1)})
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return err
	}
	return durable.Rename(tmp, path)
}

// reader ends with its context.
type reader struct {
	ctx  context.Context
	from io.Reader
}

func (r reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.from.Read(b)
}

// Open implements Store.
func (f folder) Open(_ context.Context, name string) (archive.File, error) {
	path, err := f.path(name)
	if err != nil {
		return nil, err
	}
	file, err := durable.OpenRegular(path)
	if err != nil {
		return nil, err
	}
	return archive.Local(file), nil
}

// ReadBack implements Store. What the kernel still holds of the file is let go, so
// that the disk is asked.
func (f folder) ReadBack(_ context.Context, name string) (archive.File, error) {
	path, err := f.path(name)
	if err != nil {
		return nil, err
	}
	file, err := durable.OpenRegular(path)
	if err != nil {
		return nil, err
	}
	_ = unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED)
	return archive.Local(file), nil
}

// Stat implements Store.
func (f folder) Stat(_ context.Context, name string) (int64, error) {
	path, err := f.path(name)
	if err != nil {
		return 0, err
	}
	st, err := os.Lstat(path)
	if err != nil {
		return 0, err
	}
	return st.Size(), nil
}

// Remove implements Store. The name is gone from the disk when it returns.
func (f folder) Remove(_ context.Context, name string) error {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		if missing(err) {
			return nil
		}
		return err
	}
	return durable.SyncDir(filepath.Dir(path))
}

// List implements Store.
func (f folder) List(ctx context.Context, under string, each func(name string, size int64) error) error {
	return filepath.WalkDir(filepath.Join(f.root, filepath.FromSlash(under)), func(path string, d fs.DirEntry, err error) error {
		if missing(err) {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		name, rel := filepath.Rel(f.root, path)
		if rel != nil {
			return rel
		}
		name = filepath.ToSlash(name)
		if err != nil {
			if d == nil || path == filepath.Join(f.root, filepath.FromSlash(under)) || !journal.Unreadable(err) {
				return err
			}
			return each(name, Unreadable) // a folder
		}
		if d.IsDir() {
			return nil
		}
		info, err := d.Info()
		switch {
		case missing(err):
			return nil // moved or closed since
		case journal.Unreadable(err):
			return each(name, Unreadable)
		case err != nil:
			return err
		}
		return each(name, info.Size())
	})
}

// Check implements Store.
func (f folder) Check(context.Context) (Room, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(f.root, &st); err != nil {
		return Room{Total: -1, Free: -1}, err
	}
	return Room{int64(st.Blocks) * st.Bsize, int64(st.Bavail) * st.Bsize, marker.Device(f.root)}, nil
}

// Top implements Store.
func (f folder) Top(context.Context) (folders, files []string, err error) {
	entries, err := os.ReadDir(f.root)
	for _, e := range entries {
		if e.IsDir() {
			folders = append(folders, e.Name())
		} else {
			files = append(files, e.Name())
		}
	}
	return folders, files, err
}
