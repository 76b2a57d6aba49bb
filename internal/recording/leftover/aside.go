package leftover

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"watchroom/evidence/fmp4"
	"watchroom/internal/durable"
	"watchroom/internal/recording/segment"
)

// QuarantineDir holds, below a camera's folder, what was found and is no segment.
const QuarantineDir = "quarantine"

// Other says what a file is that is no segment of the camera and day it lies under.
type Other string

// What there is besides segments.
const (
	Misplaced   Other = "a whole segment of another camera or day"
	Stranger    Other = "a piece of a segment of another camera or day"
	Nameless    Other = "a file without the name of a segment"
	Pictureless Other = "a file without pictures"
	Directory   Other = "a folder"
	Link        Other = "a link"
	Pipe        Other = "a pipe"
	Special     Other = "a device or a socket"
)

func ofMode(m fs.FileMode) Other {
	switch {
	case m.IsDir():
		return Directory
	case m&fs.ModeSymlink != 0:
		return Link
	case m&fs.ModeNamedPipe != 0:
		return Pipe
	}
	return Special
}

// whole tells whether a file is a segment from its beginning to its end.
func whole(path string) (bool, error) {
	f, err := durable.OpenRegular(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return false, err
	}
	d, err := segment.Hash(f, st.Size())
	if errors.Is(err, fmp4.ErrMalformed) || errors.Is(err, fmp4.ErrTruncated) {
		return false, nil
	}
	return d.Parts > 0, err
}

// Aside tells of a file in a quarantine folder by its name alone: the segment that it was
// set aside of, in the camera and the instant of that, whichever camera's folder it lies
// in. closed: it stood there under the name of a closed segment, so that it may be a whole
// one; all others are pieces. A name is DAY_NAME of the segment, perhaps with a number
// where there were several, and an ending for what stood behind its last part.
func Aside(name string) (of segment.Name, closed, ok bool) {
	name, tail := strings.CutSuffix(name, ".tail")
	name, _, _ = strings.Cut(name, "~")
	_, file, found := strings.Cut(name, "_")
	if !found {
		return of, false, false
	}
	of, open, err := segment.ParseName(file)
	if err != nil {
		return segment.Name{}, false, false
	}
	return of, !open && !tail, true
}

// aside moves a file into its camera's quarantine folder, and says what it is.
func aside(root, path string, what Other) (*segment.Closed, Other, error) {
	return nil, what, quarantine(root, path)
}

// quarantine moves a file into its camera's quarantine folder.
func quarantine(root, path string) error {
	to, err := quarantinePath(root, path)
	if err != nil {
		return err
	}
	return durable.Rename(filepath.Join(root, path), to)
}

// quarantinePath is the place of a file in the quarantine folder, which is made.
func quarantinePath(root, path string) (string, error) {
	camera, rest, ok := strings.Cut(path, string(filepath.Separator))
	if !ok {
		return "", fmt.Errorf("leftover: %q lies outside a camera's folder", path)
	}
	if err := durable.MakeDir(root, camera, QuarantineDir); err != nil {
		return "", err
	}
	name := strings.ReplaceAll(rest, string(filepath.Separator), "_")
	if len(name) > longName {
		sum := sha256.Sum256([]byte(name))
		name = fmt.Sprintf("%s~%x", strings.ToValidUTF8(name[:longName-17], ""), sum[:8])
	}
	first := filepath.Join(root, camera, QuarantineDir, name)
	to := first
	for n := 2; ; n++ { // nothing is written over what was set aside before
		_, err := os.Lstat(to)
		_, tail := os.Lstat(to + ".tail")
		if errors.Is(err, os.ErrNotExist) && errors.Is(tail, os.ErrNotExist) {
			return to, nil
		}
		for _, err := range []error{err, tail} {
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return "", err
			}
		}
		to = fmt.Sprintf("%s~%d", first, n)
	}
}

// longName is what a name may have of the 255 bytes that file systems allow, so that the
// day before it, a number and an ending behind it still fit. Names of ours are shorter.
const longName = 230
