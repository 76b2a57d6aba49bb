package chronicle

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	api "watchroom/internal/api/ledger"
	"watchroom/internal/archive/audit"
	"watchroom/internal/clock"
	"watchroom/internal/durable"
)

// verifiedName is the file beside the log with the outcome of the last verification.
const verifiedName = "verified.json"

// KeepOutcome notes beside the log of a data folder what a verification came to.
func KeepOutcome(data, origin string, r audit.Report, now clock.Clock) error {
	b, err := json.Marshal(api.Verification{
		At: now.Now(), Origin: origin, Size: r.Size, Segments: r.Entries.Segments, Files: r.Files, Bytes: r.Bytes, Acts: r.Acts, Findings: r.Findings,
	})
	if err != nil {
		return err
	}
	path := filepath.Join(Folder(data), verifiedName)
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(path))
}

// Verified is the outcome of the last verification, nil before the first.
func (c *Chronicle) Verified() (*api.Verification, error) {
	b, err := os.ReadFile(filepath.Join(c.Dir, verifiedName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var v api.Verification
	if err := json.Unmarshal(b, &v); err != nil {
		return nil, err
	}
	return &v, nil
}
