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

// RecoverCameras takes the cameras back that the recorder's own copy in the data folder
// knows, where the database knows none: it was lost, and without them nobody can watch
// the footage that lies under their ids.
func (a *Archive) RecoverCameras(ctx context.Context, cfg *config.Config) ([]camera.Camera, error) {
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
	all, err := assignment.Remember(box, file)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	r := &camera.Registry{DB: a.DB, Box: box, Clock: clock.Clock(nil)}
	return r.Recover(ctx, access.CommandLine(), all)
}
