// Package inventory connects the registers of cameras with one another: what covers their
// pictures, the other ways to them, and those that watch control rooms.
package inventory

import (
	"context"
	"net"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/area"
	"watchroom/internal/camera"
	"watchroom/internal/camera/mask"
	"watchroom/internal/camera/roomcam"
	"watchroom/internal/camera/sidedoor"
	"watchroom/internal/camera/whereabouts"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/rule"
	"watchroom/internal/secret"
)

// Inventory is what cameras there are, and what is said of them.
type Inventory struct {
	Registry *camera.Registry
	Masks    *mask.Masks
	Doors    *sidedoor.Register
	Rooms    *roomcam.Register
}

// New makes the registers. moved is told where rights are to be decided anew, since a camera
// hangs elsewhere, has another grade or watches a control room.
func New(d *db.DB, bus *event.Bus, now clock.Clock, box *secret.Box, areas *area.Areas, moved func(), rules *rule.Set, zone *time.Location) Inventory {
	i := Inventory{
		Registry: &camera.Registry{DB: d, Bus: bus, Clock: now, Box: box, Areas: areas.InService, Chain: areas.Chain, Lookup: net.DefaultResolver.LookupNetIP, Moved: moved},
		Doors:    &sidedoor.Register{DB: d, Clock: now, Rules: rules, Zone: zone},
	}
	i.Masks = &mask.Masks{DB: d, Clock: now, Changed: i.Registry.Tell}
	i.Rooms = &roomcam.Register{DB: d, Clock: now, Changed: func(camera string) {
		moved()
		i.Registry.Tell(camera)
	}}
	// What was said of a device is said of whichever camera it becomes.
	i.Registry.Cover = func(ctx context.Context, tx bun.Tx, actor access.Actor, camera string, names whereabouts.Names) error {
		if err := i.Masks.Inherit(ctx, tx, actor, camera, names); err != nil {
			return err
		}
		return i.Rooms.Inherit(ctx, tx, actor, camera, names)
	}
	return i
}
