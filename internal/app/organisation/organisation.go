// Package organisation connects the registers of people, units and areas with each other and
// with the rights: where a camera hangs decides who may see it.
package organisation

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/area"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/policy"
	"watchroom/internal/access/position"
	"watchroom/internal/access/staff"
	"watchroom/internal/access/unit"
	"watchroom/internal/camera"
	"watchroom/internal/camera/roomcam"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/rule"
)

// Organisation is who works here, and where.
type Organisation struct {
	Areas *area.Areas
	Units *unit.Units
	Files *staff.Files

	Positions *position.Register
}

// New makes the registers and tells the rights where cameras hang. It comes before the
// accounts start, so that nothing is ever decided without areas.
func New(d *db.DB, bus *event.Bus, now clock.Clock, accounts *account.Control, rights *policy.Policies, rules *rule.Set, zone *time.Location) *Organisation {
	o := &Organisation{
		Areas: &area.Areas{DB: d, Bus: bus, Clock: now, Cameras: camera.InArea, Hung: camera.Hung, Unit: unit.InService, Moved: rights.Changed},
		Units: &unit.Units{DB: d, Clock: now, Accounts: accounts, Zone: zone, Areas: area.OfUnit, Left: staff.Left},
		Files: &staff.Files{DB: d, Clock: now, Accounts: accounts, Settings: staff.Settings{Zone: zone, Rules: rules}},

		Positions: &position.Register{DB: d, Clock: now, Held: holding.Holders, Changed: rights.Changed},
	}
	o.Files.Owners = o.owners
	accounts.Papers = o.Files.Papers
	rooms := &roomcam.Known{Clock: now, Acts: roomcam.Acts(rights.Acts), Freed: func() {
		if bus != nil {
			bus.Publish(event.Event{Kind: "rights"})
		}
	}}
	rights.Places = func(ctx context.Context, tx bun.IDB) (map[string]access.Place, error) { return places(ctx, tx, rooms) }
	rights.Areas = func(ctx context.Context, tx bun.IDB) (func(string) bool, error) {
		tree, err := area.Read(ctx, tx)
		if err != nil {
			return nil, err
		}
		return tree.Has, nil
	}
	accounts.Areas = func(ctx context.Context, ids []string) (bool, error) {
		tree, err := o.Areas.Tree(ctx)
		if err != nil {
			return false, err
		}
		for _, id := range ids {
			if !tree.Has(id) {
				return false, nil
			}
		}
		return true, nil
	}
	return o
}

// places gives where every camera hangs and which watch a control room, retired ones too: their
// footage is still there.
func places(ctx context.Context, tx bun.IDB, rooms *roomcam.Known) (map[string]access.Place, error) {
	tree, err := area.Read(ctx, tx)
	if err != nil {
		return nil, err
	}
	spots, err := camera.Spots(ctx, tx)
	if err != nil {
		return nil, err
	}
	watched, err := rooms.Cameras(ctx, tx)
	if err != nil {
		return nil, err
	}
	all := make(map[string]access.Place, len(spots))
	for i := range spots {
		all[spots[i].ID] = access.Place{Areas: tree.Chain(spots[i].Area), Grade: access.Grade(spots[i].Grade), Room: watched[spots[i].ID]}
	}
	return all, nil
}

// owners tells who answers for the cameras: the unit of the innermost area that has one, and in
// it the person who is named (C010).
func (o *Organisation) owners(ctx context.Context, before int64) ([]staff.Owner, error) {
	spots, err := camera.Serving(ctx, o.Areas.DB.Read(), before)
	if err != nil {
		return nil, err
	}
	areas, err := o.Areas.List(ctx)
	if err != nil {
		return nil, err
	}
	all, err := o.Units.List(ctx)
	if err != nil {
		return nil, err
	}
	tree, of, responsible := area.NewTree(areas), map[string]string{}, map[string]string{}
	for i := range areas {
		of[areas[i].ID] = areas[i].Unit
	}
	for i := range all {
		if all[i].RetiredAt == nil {
			responsible[all[i].ID] = all[i].Responsible
		}
	}
	list := make([]staff.Owner, len(spots))
	for i, s := range spots {
		list[i].Camera = s.ID
		for _, a := range tree.Chain(s.Area) {
			if of[a] != "" {
				list[i].Person = responsible[of[a]]
				break
			}
		}
	}
	return list, nil
}
