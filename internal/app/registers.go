package app

import (
	"net"
	"time"

	"watchroom/internal/camera"
	"watchroom/internal/camera/mask"
	"watchroom/internal/camera/sidedoor"
	"watchroom/internal/db"
	"watchroom/internal/rule"
)

// register builds the register of cameras, with what covers their pictures and the other ways
// to them.
func (a *App) register(d *db.DB, f *flow, rules *rule.Set, zone *time.Location) {
	a.Registry = &camera.Registry{DB: d, Bus: f.bus, Clock: a.Clock, Box: f.box, Areas: a.House.Areas.InService, Chain: a.House.Areas.Chain,
		Lookup: net.DefaultResolver.LookupNetIP, Moved: a.Rights.Changed}
	a.Masks = &mask.Masks{DB: d, Clock: a.Clock, Changed: a.Registry.Tell}
	a.Doors = &sidedoor.Register{DB: d, Clock: a.Clock, Rules: rules, Zone: zone}
	a.Registry.Cover = a.Masks.Inherit
}
