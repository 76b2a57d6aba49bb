// Package demo makes the data folder of a demonstration: people, cameras, and two
// hours of recordings with gaps, viewings, bookmarks and acts behind them, up to
// the present (R24).
//
// Footage goes through the recorder's own code, so that files, journals and hashes
// are as a recorder leaves them, and acts through the chapters' own methods; only
// their clocks are told another time. That is why the package makes a folder that
// did not exist, marks it as a demonstration's for good, and refuses to add
// anything to a folder that does. Nothing but the command `watchroom demo` uses it.
package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"watchroom/internal/app/folder"
	"watchroom/internal/app/records"
	"watchroom/internal/clock"
	"watchroom/internal/config"
	"watchroom/internal/durable"
	"watchroom/internal/secret"
	"watchroom/internal/source/sim"
	"watchroom/internal/still"
)

// Folder makes the data folder of a demonstration.
type Folder struct {
	Path    string
	Cameras []Camera
	Length  time.Duration // of the past; 0 means none
	End     time.Time     // of the past
	FFmpeg  string        // for a snapshot; empty or missing: without one
	Log     *slog.Logger

	// Free tells how much footage may be written into a folder, bytes; nil asks
	// the file system.
	Free func(folder string) int64
}

// Camera is one simulated camera and where it answers this time.
type Camera struct {
	Sim       sim.Camera // as the simulator is given it
	Name      string
	Place     string
	Main, Sub string // RTSP addresses; Sub may be empty
	Audio     string // purpose of recording sound; empty: without sound
}

// Accounts are the people of a demonstration, with the passwords that were made
// for its folder. They stand in a file there, so that starting it again can tell
// them again; a real installation keeps no password anywhere.
type Accounts struct {
	Admin string `json:"admin"`
	Guard string `json:"guard"`
	// Those who decide about footage: one asks for a deletion, the two others approve.
	// Empty in a folder of before they were.
	Lead       string `json:"lead,omitempty"`
	Supervisor string `json:"supervisor,omitempty"`
	Leader     string `json:"leader,omitempty"`
	// Who goes to the cameras, and who looks over all of it.
	Technician string `json:"technician,omitempty"`
	Auditor    string `json:"auditor,omitempty"`
	// Who reads how the rules are kept, and who comes from outside for a year.
	Principal  string `json:"principal,omitempty"`
	Contractor string `json:"contractor,omitempty"`
	// The second leader, without whom nothing that takes two approvals is decided.
	Deputy string `json:"deputy,omitempty"`
}

// of is the password of a user name.
func (a *Accounts) of(username string) *string {
	return map[string]*string{"admin": &a.Admin, "guard": &a.Guard, "lead": &a.Lead, "supervisor": &a.Supervisor,
		"leader": &a.Leader, "technician": &a.Technician, "auditor": &a.Auditor,
		"principal": &a.Principal, "contractor": &a.Contractor, "deputy": &a.Deputy}[username]
}

// Made says what a folder was given.
type Made struct {
	Accounts Accounts
	Length   time.Duration // of the past
	Bytes    int64         // of its footage
}

const accountsName = "demo-accounts.json"

// ErrNotADemo says that a folder holds something else than a demonstration.
var ErrNotADemo = errors.New("this folder is not a demonstration's; give --data a folder that is missing or empty")

// Open gives the accounts of a demonstration that was made before. known is false
// where there is none yet and the folder is missing or empty.
func Open(path string) (a Accounts, known bool, err error) {
	b, err := os.ReadFile(filepath.Join(path, accountsName))
	switch {
	case err == nil && folder.IsDemo(path):
		err = json.Unmarshal(b, &a)
		return a, err == nil, err
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return a, false, err
	}
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return a, false, nil
	}
	if err == nil {
		err = fmt.Errorf("%s: %w", path, ErrNotADemo)
	}
	return a, false, err
}

// Make makes the folder. It works in a folder beside it, which takes the name in
// one step when all is done: what an interrupt leaves is never taken for whole and
// goes at the next attempt.
func (f *Folder) Make(ctx context.Context) (made Made, err error) {
	if f.Log == nil {
		f.Log = slog.New(slog.DiscardHandler)
	}
	path, err := filepath.Abs(f.Path)
	if err != nil {
		return made, err
	}
	if _, known, err := Open(path); err != nil || known {
		return made, errors.Join(err, fmt.Errorf("%s exists", path))
	}
	staging := path + ".being-made"
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return made, err
	}
	lock, err := folder.Open(staging) // nobody else makes it now
	if err != nil {
		return made, err
	}
	defer func() {
		err = errors.Join(err, lock.Close())
		if err != nil {
			err = errors.Join(err, os.RemoveAll(staging))
			return
		}
		if err = os.Rename(staging, path); err == nil {
			err = syncFolder(filepath.Dir(path))
		}
	}()
	if err := empty(staging); err != nil {
		return made, err
	}
	if err := folder.MarkDemo(staging); err != nil {
		return made, err
	}
	return f.fill(ctx, staging)
}

// empty removes what an attempt before left, all but the lock.
func empty(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != "lock" {
			if err := os.RemoveAll(filepath.Join(folder, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *Folder) fill(ctx context.Context, folder string) (made Made, err error) {
	reels, err := f.reels()
	if err != nil {
		return made, err
	}
	free := f.Free
	if free == nil {
		free = room
	}
	size := sizeOf(reels, f.Length, free(folder))
	made.Length = size.length
	end := f.End.UnixMicro()
	begin := end - size.length.Microseconds()

	cfg := config.Default()
	cfg.Data = folder
	d, err := records.Open(ctx, cfg)
	if err != nil {
		return made, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	box, err := secret.OpenBox(folder)
	if err != nil {
		return made, err
	}
	s := &story{db: d, box: box, begin: begin, end: end, dir: filepath.Join(folder, "snapshots"),
		stills: &still.Maker{FFmpeg: f.FFmpeg, Off: f.FFmpeg == ""}, reels: reels}
	if made.Accounts, err = s.people(ctx); err != nil {
		return made, err
	}
	if err := s.watched(ctx); err != nil {
		return made, err
	}
	if err := s.reviewed(ctx); err != nil {
		return made, err
	}
	if err := s.hurried(ctx); err != nil {
		return made, err
	}
	b, err := json.Marshal(made.Accounts)
	if err != nil {
		return made, err
	}
	if err := durable.Put(filepath.Join(folder, accountsName), b, 0o600); err != nil {
		return made, err
	}
	if err := s.cameras(ctx, f.Cameras); err != nil {
		return made, err
	}
	if size.length == 0 {
		return made, nil
	}
	recordings := filepath.Join(folder, "recordings")
	made.Bytes, err = record(ctx, f.Log, recordings, s.ids, reels, size, begin, end)
	if err != nil {
		return made, err
	}
	if err := s.tell(ctx); err != nil {
		return made, err
	}
	return made, s.settle(ctx, recordings)
}

// syncFolder makes the names in a folder durable.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// at is a clock that stands.
func at(micro int64) clock.Clock {
	return func() time.Time { return time.UnixMicro(micro) }
}
