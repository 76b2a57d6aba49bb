// Package guise tells by its name whether a file beside the footage may be footage. Whoever looks
// for what does not belong there goes by it: what may be footage is a finding, what somebody has
// put there besides is a remark.
package guise

import (
	"path"
	"path/filepath"
	"strings"
	"time"

	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// Incoming ends the name of a file that is being copied into an archive tier.
const Incoming = ".incoming"

// Footage tells whether a file may be footage, or a journal of it, by its name.
func Footage(name string) bool {
	name = strings.ToLower(name)
	for _, ext := range []string{segment.Ext, segment.PartExt, filepath.Ext(journal.FileName), Incoming} {
		if strings.HasSuffix(name, ext) {
			return true
		}
	}
	return false
}

// Stray tells whether a regular file, by its path below a place for recordings, is one that
// somebody has put there and that is none of footage. What a repair of the file system put aside
// may be footage whatever it is called, and so may what lies in a folder that nobody knows.
func Stray(file string) bool {
	dir := path.Dir(file)
	_, notDay := time.Parse(time.DateOnly, path.Base(dir))
	return !Footage(file) && dir != journal.Rescued && (strings.Count(file, "/") < 2 || strings.Count(file, "/") == 2 && notDay == nil)
}
