package survey

import (
	"errors"
	"io/fs"
	"regexp"
	"strings"
)

// bookName is the folder of one log.
var bookName = regexp.MustCompile("^log-[0-9]{4,}$")

// Belongs tells whether something belongs into the folder of a node's logs: the logs, files
// and, where true, folders of a name, and files whose names begin with state.
func Belongs(e fs.DirEntry, known map[string]bool, state string) error {
	name := strings.TrimSuffix(e.Name(), ".new") // what a crash left
	folder, ok := known[name]
	switch {
	case ok && folder && e.IsDir(), ok && !folder && e.Type().IsRegular():
		return nil
	case name == "lost+found" && e.IsDir(), bookName.MatchString(name) && e.IsDir():
		return nil
	case strings.HasPrefix(name, state) && e.Type().IsRegular():
		return nil
	case name == "lock":
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && info.Size() == 0 {
			return nil
		}
	}
	return errors.New("it does not belong here")
}
