package records

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"watchroom/internal/access"
	"watchroom/internal/app/assignment"
	"watchroom/internal/camera"
	"watchroom/internal/clock"
	"watchroom/internal/config"
	"watchroom/internal/secret"
)

// RecoverCameras takes the cameras back that the database does not know and the
// recorder's own copy in the data folder does, or whose footage is there: without them
// nobody can watch what lies under their ids.
func (a *Archive) RecoverCameras(ctx context.Context, cfg *config.Config) ([]camera.Camera, error) {
	r := &camera.Registry{DB: a.DB, Clock: clock.Clock(nil)}
	lost := assignment.Lost{Registry: r, Footage: a.Catalogue, Copy: func() ([]camera.Remembered, error) {
		file := filepath.Join(cfg.Data, assignment.FileName)
		for _, name := range []string{file, filepath.Join(cfg.Data, secret.KeyFile)} { // OpenBox makes a key where there is none
			if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
				return nil, nil
			}
		}
		box, err := secret.OpenBox(cfg.Data)
		if err != nil {
			return nil, err
		}
		r.Box = box
		return assignment.Remember(box, file)
	}}
	return lost.TakeBack(ctx, access.CommandLine())
}
