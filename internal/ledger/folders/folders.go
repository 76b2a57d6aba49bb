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

// List gives the numbers of the logs in a folder, in order. What has the name of one and no key
// that can be read is none beside others that have: anybody can lay a folder there, and of a
// log that was signed others remember more than its name. See Nameless.
func List(d disk.Disk, dir string) (logs []int, err error) {
	all, err := numbers(d, dir)
	if err != nil {
		return nil, err
	}
	for _, n := range all {
		if _, err := Key(d, Of(dir, n)); err == nil {
			logs = append(logs, n)
		}
	}
	if len(logs) == 0 {
		return all, nil
	}
	return logs, nil
}

// Nameless gives the numbers of the folders that List passes over.
func Nameless(d disk.Disk, dir string) ([]int, error) {
	all, err := numbers(d, dir)
	if err != nil {
		return nil, err
	}
	logs, err := List(d, dir)
	return slices.DeleteFunc(all, func(n int) bool { return slices.Contains(logs, n) }), err
}

// Next is the number of a log that is to be made.
func Next(d disk.Disk, dir string) (int, error) {
	all, err := numbers(d, dir)
	if err != nil || len(all) == 0 {
		return 1, err
	}
	return all[len(all)-1] + 1, nil
}

// Key reads the public key in the folder of a log. Where its file is damaged it is the one that
// belongs to the secret one; what was signed shows whether that is the log's.
func Key(d disk.Disk, path string) (key tlog.Key, err error) {
	public, err := d.ReadFile(filepath.Join(path, Public))
	if err == nil {
		key, err = tlog.ParseKey(strings.TrimSuffix(string(public), "\n"))
	}
	if err == nil {
		return key, nil
	}
	if secret, secretErr := d.ReadFile(filepath.Join(path, Secret)); secretErr == nil {
		if key, ok := keys.PublicOf(secret); ok {
			return key, nil
		}
	}
	return tlog.Key{}, fmt.Errorf("%s: %w: %w", filepath.Join(path, Public), tail.ErrDamaged, err)
}

// numbers are those of all folders that have the name of one of a log, in order.
func numbers(d disk.Disk, dir string) ([]int, error) {
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
