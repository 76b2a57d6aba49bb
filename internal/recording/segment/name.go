// Package segment is how a recording stands on disk: the names of its files, one
// file while it is written, and what a file tells of itself.
//
// A segment is plain fragmented MP4 that any player opens. Its name tells camera,
// start in UTC and run; decoding times inside count from that start.
package segment

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

const (
	// Ext ends the name of a closed segment.
	Ext = ".mp4"
	// PartExt is added while a segment is open.
	PartExt = ".part"

	stampLayout = "20060102T150405.000000Z"
)

// Name identifies a segment: what its file name tells.
type Name struct {
	Camera string
	Start  int64 // µs since 1970 UTC
	Run    string
}

// Path is the place of the closed segment below the recordings folder.
func (n Name) Path() string {
	t := time.UnixMicro(n.Start).UTC()
	return filepath.Join(n.Camera, Day(n.Start),
		n.Camera+"_"+t.Format(stampLayout)+"_"+n.Run+Ext)
}

// Day is the UTC day of an instant as day folders are named.
func Day(micro int64) string { return time.UnixMicro(micro).UTC().Format(time.DateOnly) }

// ParseName reads the file name of a segment, open or closed.
func ParseName(path string) (n Name, open bool, err error) {
	base := filepath.Base(path)
	base, open = strings.CutSuffix(base, PartExt)
	base, ok := strings.CutSuffix(base, Ext)
	fields := strings.Split(base, "_")
	if !ok || len(fields) != 3 || fields[0] == "" || fields[2] == "" {
		return Name{}, false, fmt.Errorf("segment: %q is not the name of a segment", filepath.Base(path))
	}
	t, err := time.Parse(stampLayout, fields[1])
	if err != nil {
		return Name{}, false, fmt.Errorf("segment: %q is not the name of a segment", filepath.Base(path))
	}
	n = Name{Camera: fields[0], Start: t.UnixMicro(), Run: fields[2]}
	if filepath.Base(n.Path()) != base+Ext { // the layout admits other spellings of an instant
		return Name{}, false, fmt.Errorf("segment: %q is not the name of a segment", filepath.Base(path))
	}
	return n, open, nil
}
