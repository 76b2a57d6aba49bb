// Package reason keeps why a log continues from another. The log itself only commits to it, under
// a salt, since a person wrote it and nothing leaves a log again. Text and salt stand in the act
// ledger.continued; until that is on record, a process may end first, in a file beside the logs.
package reason

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"

	"watchroom/evidence/leaf"
	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/disk"
)

// FileName is that of the file beside the logs.
const FileName = "continuing"

// Given is a reason with the salt of its commitment.
type Given struct {
	Text string    `json:"reason"`
	Salt leaf.Salt `json:"-"`
	// Kept is the salt as it is written: base64.
	Kept string `json:"salt"`
}

// Commitment is what a log's first entry has of it.
func (g Given) Commitment() tlog.Hash { return tlog.Hash(leaf.ReasonOf(g.Salt, g.Text)) }

// Keep writes a reason beside the logs, before the log that commits to it is there.
func Keep(d disk.Disk, dir, text string) (Given, error) {
	g := Given{Text: text}
	_, _ = rand.Read(g.Salt[:]) // never fails (crypto/rand)
	g.Kept = base64.StdEncoding.EncodeToString(g.Salt[:])
	b, err := json.Marshal(g)
	if err == nil {
		err = disk.Put(d, filepath.Join(dir, FileName), append(b, '\n'), 0o600, true)
	}
	if err == nil {
		err = d.SyncDir(dir)
	}
	return g, err
}

// Read gives the reason beside the logs that a commitment is to; ok is false where it is not there.
func Read(d disk.Disk, dir string, commitment tlog.Hash) (g Given, ok bool) {
	b, err := d.ReadFile(filepath.Join(dir, FileName))
	if err != nil || json.Unmarshal(b, &g) != nil {
		return Given{}, false
	}
	return open(g.Text, g.Kept, commitment)
}

// Of gives the reason that the detail of an act tells, where a commitment is to it.
func Of(detail map[string]any, commitment tlog.Hash) (g Given, ok bool) {
	text, _ := detail["reason"].(string)
	salt, _ := detail["salt"].(string)
	return open(text, salt, commitment)
}

func open(text, salt string, commitment tlog.Hash) (Given, bool) {
	g := Given{Text: text, Kept: salt}
	b, err := base64.StdEncoding.DecodeString(salt)
	if err != nil || len(b) != len(g.Salt) {
		return Given{}, false
	}
	copy(g.Salt[:], b)
	if g.Commitment() != commitment {
		return Given{}, false
	}
	return g, true
}

// Forget removes the file, once the act is on record.
func Forget(d disk.Disk, dir string) error {
	err := d.Remove(filepath.Join(dir, FileName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
