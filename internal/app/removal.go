package app

import (
	"context"
	"errors"

	"watchroom/internal/api"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/order"
	"watchroom/internal/archive/proof"
	"watchroom/internal/archive/retention"
	"watchroom/internal/camera"
	"watchroom/internal/db"
	"watchroom/internal/playback/snapshot"
	"watchroom/internal/problem"
)

// removal is what decides how long footage is kept, and the only part that removes any.
type removal struct {
	rules  *retention.Rules
	audit  *retention.Audit
	engine *retention.Engine
	holds  *hold.Holds
	orders *order.Orders
	proofs *proof.Prover
}

// startRemoval builds and starts it.
func (a *App) startRemoval(ctx context.Context, f *flow, d *db.DB, snapshots *snapshot.Snapshots) (*removal, error) {
	known := func(ctx context.Context, id string) (bool, error) {
		_, err := a.Registry.Get(ctx, id)
		if errors.Is(err, camera.ErrUnknown) {
			return false, nil
		}
		return err == nil, err
	}
	folder := &retention.Folder{Root: f.volume.Root, LowPercent: float64(a.Config.Recording.LowSpacePercent)}
	k := &removal{
		holds:  &hold.Holds{DB: d, Bus: f.bus, Clock: a.Clock, Log: a.Log, Known: known, Volumes: func() []string { return []string{f.volume.Root} }},
		orders: &order.Orders{DB: d, Bus: f.bus, Clock: a.Clock, Known: known},
		rules:  &retention.Rules{DB: d, Bus: f.bus, Clock: a.Clock, Known: known},
		proofs: &proof.Prover{DB: d, Clock: a.Clock, Log: a.Log, Catalogue: f.catalogue, OnProof: f.room.proved},
	}
	k.audit = &retention.Audit{Rules: k.rules, Account: f.catalogue, Proofs: k.proofs, Clock: a.Clock}
	k.engine = &retention.Engine{
		DB: d, Clock: a.Clock, Log: a.Log, Catalogue: f.catalogue, Holds: k.holds, Orders: k.orders, Journal: folder, Files: folder,
		Time: f.time.watch, Space: folder, Derived: []retention.Derived{snapshots}, OnPass: f.room.passed,
	}
	k.orders.Approved, k.rules.Changed = k.engine.Wake, k.engine.Wake
	if err := k.engine.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	a.onClose(k.engine.Close)
	if err := k.proofs.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	a.onClose(k.proofs.Close)
	return k, nil
}

// tell fills in what the interface needs.
func (k *removal) tell(d *api.Deps, f *flow) {
	d.Rules, d.Audit, d.Removal, d.Graves, d.Holds, d.Orders, d.Proofs = k.rules, k.audit, k.engine, f.catalogue, k.holds, k.orders, k.proofs
}

// passed is told what every pass of the engine found.
func (w *watch) passed(r retention.Report) {
	code, detail := "", ""
	switch {
	case errors.Is(r.Blocked, retention.ErrFrozen):
		code, detail = "removal_frozen", "Nothing is removed until a person has checked the holds and confirmed it."
	case errors.Is(r.Blocked, retention.ErrHolds):
		code, detail = "removal_holds_unwritten", "The copy of the holds beside the footage cannot be read and written; nothing is removed until it can."
	case r.Err != nil:
		code, detail = "removal_failed", "Footage that is due could not be removed; it is tried again."
	case r.Low:
		code, detail = "removal_no_room", "Room is needed, and all footage is within its minimum or held."
	}
	params := map[string]any{}
	if r.Blocked != nil {
		params["reason"] = problem.Of(r.Blocked).Code
	}
	w.raise("removal", code, detail, "", params)
	code, detail = "", ""
	if len(r.Overdue) > 0 {
		code, detail = "hold_overdue", "A hold should have been looked at again."
	}
	w.raise("holds", code, detail, "", map[string]any{"count": len(r.Overdue)})
}

// proved is told of every reading of the oldest footage of a camera.
func (w *watch) proved(p proof.Proof) {
	code, detail := "", ""
	if p.Failed() {
		code, detail = "proof_failed", "The oldest footage of this camera is not what was recorded, or cannot be read."
	}
	w.raise("proof "+p.Camera, code, detail, p.Camera, map[string]any{"verdict": string(p.Verdict)})
}
