package db

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// makePrivate makes the file for its owner alone before SQLite does it for
// everyone; the write-ahead log takes the file's mode.
func makePrivate(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func sqliteURI(path, lock string, pragmas ...string) string {
	q := url.Values{"_txlock": {lock}}
	// busy_timeout first: another process (a command beside the server) may hold
	// the lock while the others are set.
	q["_pragma"] = append([]string{"busy_timeout(4000)", "foreign_keys(1)"}, pragmas...)
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(filepath.ToSlash(path))
	return "file:" + escaped + "?" + q.Encode()
}
