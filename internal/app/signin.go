package app

import (
	"context"
	"os"

	"watchroom/internal/access/federation"
	"watchroom/internal/app/policy"
	"watchroom/internal/db"
)

// runsWith puts on record what this start has otherwise than the last.
func (a *App) runsWith(ctx context.Context, f *flow, d *db.DB) error {
	r := policy.Running{Config: a.Config, Env: os.LookupEnv, Key: f.box.Derive("configuration"), Version: a.Version}
	if a.Binary != nil {
		var err error
		if r.Binary, err = a.Binary(); err != nil {
			a.Log.Warn("the file of the program could not be hashed", "err", err)
		}
	}
	return policy.Effective(ctx, d, a.Clock.Micro(), r)
}

// openDesk lets people in through directories. One that cannot be used as it is configured
// keeps nobody out who does not come through it, and nothing from starting.
func (a *App) openDesk(ctx context.Context, f *flow, d *db.DB) error {
	desk, err := federation.New(a.Config, os.LookupEnv)
	if err != nil { // accounts of this system, and the other directories, work all the same
		a.Log.Error("not every directory can be used for signing in; watchroom config --check says what is wrong", "err", err)
		f.room.raise("sign in", "sign_in_unusable", "A directory for signing in cannot be used as it is configured.", "", nil)
	} else {
		f.room.raise("sign in", "", "", "", nil)
	}
	desk.Access, desk.DB, desk.Box, desk.Clock, desk.Log = a.Access, d, f.box, a.Clock, a.Log
	if err := desk.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	a.onClose(desk.Close)
	a.desk = desk
	return nil
}
