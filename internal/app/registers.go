package app

import (
	"context"
	"net"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/camera"
	"watchroom/internal/camera/mask"
	"watchroom/internal/camera/roomcam"
	"watchroom/internal/camera/sidedoor"
	"watchroom/internal/camera/whereabouts"
	"watchroom/internal/db"
	"watchroom/internal/rule"
)

// registers are those of what else is said of cameras.
type registers struct {
	Masks *mask.Masks
	Doors *sidedoor.Register
	Rooms *roomcam.Register
}

// register builds the register of cameras, with what covers their pictures, the other ways to
// them, and those that watch control rooms.
func (a *App) register(d *db.DB, f *flow, rules *rule.Set, zone *time.Location) {
	a.Registry = &camera.Registry{DB: d, Bus: f.bus, Clock: a.Clock, Box: f.box, Areas: a.House.Areas.InService, Chain: a.House.Areas.Chain,
		Lookup: net.DefaultResolver.LookupNetIP, Moved: a.Rights.Changed}
	a.Masks = &mask.Masks{DB: d, Clock: a.Clock, Changed: a.Registry.Tell}
	a.Doors = &sidedoor.Register{DB: d, Clock: a.Clock, Rules: rules, Zone: zone}
	a.Rooms = &roomcam.Register{DB: d, Clock: a.Clock, Changed: func(camera string) {
		a.Rights.Changed()
		a.Registry.Tell(camera)
	}}
	a.Registry.Cover = func(ctx context.Context, tx bun.Tx, actor access.Actor, camera string, names whereabouts.Names) error {
		if err := a.Masks.Inherit(ctx, tx, actor, camera, names); err != nil {
			return err
		}
		return a.Rooms.Inherit(ctx, tx, actor, camera, names)
	}
}
