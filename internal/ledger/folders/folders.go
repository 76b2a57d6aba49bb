// Package folders is where the logs of a node lie: their folders, and how one is made.
package folders

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/disk"
	"watchroom/internal/ledger/keys"
	"watchroom/internal/ledger/tail"
)

// Names inside the folder of one log.
const (
	Secret = "key"  // the secret signer key; 0600, never logged, never copied out
	Public = "vkey" // what others verify with

	prefix = "log-" // and four digits: the folder of one log
	format = prefix + "%04d"
)

// List gives the numbers of the logs in a folder, in order.
func List(d disk.Disk, dir string) ([]int, error) {
	entries, err := d.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var numbers []int
	for _, e := range entries {
		digits, ok := strings.CutPrefix(e.Name(), prefix)
		if n, err := strconv.Atoi(digits); ok && err == nil && n > 0 && e.IsDir() && fmt.Sprintf(format, n) == e.Name() {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// Of is the folder of a log by its number.
func Of(dir string, number int) string {
	return filepath.Join(dir, fmt.Sprintf(format, number))
}

// Create makes a log with the entries that first gives for its key. The folder
// gets its name when everything in it is on the disk.
func Create(d disk.Disk, dir string, number int, node string, first func(signer note.Signer, key tlog.Key) ([][]byte, error)) error {
	path := Of(dir, number)
	unfinished := path + ".new"
	if err := disk.RemoveAll(d, unfinished); err != nil {
		return err
	}
	_, skey, vkey, err := keys.New(node)
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return err
	}
	key, err := tlog.ParseKey(vkey)
	if err != nil {
		return err
	}
	var entries [][]byte
	if first != nil {
		if entries, err = first(signer, key); err != nil {
			return err
		}
	}
	if err := d.Mkdir(unfinished); err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		data []byte
		perm fs.FileMode
	}{{Secret, []byte(skey + "\n"), 0o600}, {Public, []byte(vkey + "\n"), 0o644}, {tail.Name, tail.Encode(0, entries...), 0o640}} {
		if err := disk.Put(d, filepath.Join(unfinished, f.name), f.data, f.perm, true); err != nil {
			return err
		}
	}
	if err := d.SyncDir(unfinished); err != nil {
		return err
	}
	if err := d.Rename(unfinished, path); err != nil {
		return err
	}
	return d.SyncDir(dir)
}
