// Package strayed finds segments that do not lie where their names say: in the folder of
// another camera or of another day, or in a quarantine. One that the catalogue knows, whose
// place is free and whose bytes are those that were recorded is put back; every other stays
// where it lies, and is named as a fault until somebody has looked. Nothing is ever removed
// here, and what lies in the wrong folder is never taken for that camera's.
package strayed

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"watchroom/internal/durable"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/recording/segment"
)

// File is one that bears the name of a closed segment and does not lie there.
type File struct {
	Path  string       // below the volume's folder, with slashes
	Of    segment.Name // what its name says
	Aside bool         // it lies in a quarantine
}

// Errors of PutBack.
var (
	ErrTaken = errors.New("strayed: something lies in its place")
	ErrOther = errors.New("strayed: its bytes are not those that were recorded")
)

// Walk names all files below a recordings folder that strayed, by their names alone. Before
// it looks into a folder it asks on, which may wait; an error of that ends it. A folder that
// goes away meanwhile holds nothing.
func Walk(root string, on func() error, tell func(File) error) error {
	cameras, err := os.ReadDir(root)
	if err != nil {
		return gone(err)
	}
	for _, c := range cameras {
		if !c.IsDir() || !journal.OfCamera(c.Name()) {
			continue
		}
		days, err := os.ReadDir(filepath.Join(root, c.Name()))
		if gone(err) != nil {
			return err
		}
		for _, d := range days {
			_, notDay := time.Parse(time.DateOnly, d.Name())
			if !d.IsDir() || notDay != nil && d.Name() != leftover.QuarantineDir {
				continue
			}
			if err := on(); err != nil {
				return err
			}
			if err := look(root, path.Join(c.Name(), d.Name()), d.Name() == leftover.QuarantineDir, tell); err != nil {
				return err
			}
		}
	}
	return nil
}

// look names what strayed into one folder.
func look(root, dir string, aside bool, tell func(File) error) error {
	files, err := os.ReadDir(filepath.Join(root, filepath.FromSlash(dir)))
	if err != nil {
		return gone(err)
	}
	for _, f := range files {
		if !f.Type().IsRegular() {
			continue
		}
		found := File{Path: path.Join(dir, f.Name()), Aside: aside}
		if aside {
			of, closed, ok := leftover.Aside(f.Name())
			if !ok || !closed {
				continue
			}
			found.Of = of
		} else {
			of, open, err := segment.ParseName(f.Name())
			if err != nil || open || filepath.ToSlash(of.Path()) == found.Path {
				continue
			}
			found.Of = of
		}
		if err := tell(found); err != nil {
			return err
		}
	}
	return nil
}

func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}

// Index gives where files lie that strayed below some folders, by the paths that their
// names say: of each all places, as paths below its folder.
func Index(ctx context.Context, roots ...string) (map[string][]string, error) {
	out := map[string][]string{}
	for _, root := range roots {
		err := Walk(root, ctx.Err, func(f File) error {
			own := filepath.ToSlash(f.Of.Path())
			out[own] = append(out[own], f.Path)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Lies says in words where the file of a segment lies instead; empty where no place is
// known.
func Lies(index map[string][]string, file string) string {
	places := index[filepath.ToSlash(file)]
	if len(places) == 0 {
		return ""
	}
	return fmt.Sprintf("a file of its name lies in the wrong place: %q", places)
}

// Finder says where files lie that are missing in their place. It looks through the disks
// once, when the first is asked for. The zero Finder is ready.
type Finder struct{ index map[string][]string }

// Where is what Lies says behind a semicolon, for a sentence that goes on; empty where no
// place is known, or a disk cannot be read.
func (f *Finder) Where(ctx context.Context, file string, roots []string) string {
	if f.index == nil {
		index, err := Index(ctx, roots...)
		if err != nil {
			return ""
		}
		f.index = index
	}
	if at := Lies(f.index, file); at != "" {
		return "; " + at
	}
	return ""
}

// Whole tells what a file is: the root of a whole segment in hex and its length in bytes.
// Errors of the content are fmp4.ErrMalformed and fmp4.ErrTruncated.
func Whole(root string, f *File) (sum string, bytes int64, err error) {
	file, err := durable.OpenRegular(filepath.Join(root, filepath.FromSlash(f.Path)))
	if err != nil {
		return "", 0, err
	}
	defer file.Close()
	st, err := file.Stat()
	if err != nil {
		return "", 0, err
	}
	d, err := segment.Hash(file, st.Size())
	if err == nil && d.Parts == 0 {
		err = ErrOther
	}
	return hex.EncodeToString(d.Root[:]), d.Bytes, err
}

// Free tells whether nothing lies where a segment belongs.
func Free(root string, of segment.Name) (bool, error) {
	for _, more := range []string{"", segment.PartExt} {
		switch _, err := os.Lstat(filepath.Join(root, of.Path()) + more); {
		case err == nil:
			return false, nil
		case !errors.Is(err, fs.ErrNotExist):
			return false, err
		}
	}
	return true, nil
}

// Agree is nil where a file is whole and has this root (hex) and length, and its place is
// free; otherwise ErrTaken, ErrOther or what went wrong. It reads every byte.
func Agree(root string, f *File, sum string, bytes int64) error {
	free, err := Free(root, f.Of)
	if err != nil {
		return err
	}
	if !free {
		return ErrTaken
	}
	st, err := os.Lstat(filepath.Join(root, filepath.FromSlash(f.Path)))
	if err != nil {
		return err
	}
	if st.Size() != bytes {
		return ErrOther
	}
	is, _, err := Whole(root, f)
	if err != nil {
		return errors.Join(ErrOther, err)
	}
	if is != sum {
		return ErrOther
	}
	return nil
}

// undo moves a file that was put back to where it lay, if it is there still and nothing else
// lies there by now.
func undo(root string, f *File) error {
	lay := filepath.Join(root, filepath.FromSlash(f.Path))
	switch _, err := os.Lstat(lay); {
	case err == nil:
		return ErrTaken
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	err := durable.Rename(filepath.Join(root, f.Of.Path()), lay)
	if errors.Is(err, fs.ErrNotExist) { // it was removed
		return nil
	}
	return err
}

// PutBack moves a file to where its name says, if nothing lies there: ErrTaken. When it
// returns, the name is on the disk.
func PutBack(root string, f *File) error {
	if err := durable.MakeDir(root, f.Of.Camera, segment.Day(f.Of.Start)); err != nil {
		return err
	}
	if free, err := Free(root, f.Of); err != nil || !free {
		return errors.Join(ErrTaken, err)
	}
	return durable.Rename(filepath.Join(root, filepath.FromSlash(f.Path)), filepath.Join(root, f.Of.Path()))
}
