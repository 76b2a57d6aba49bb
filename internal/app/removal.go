package app

import (
	"context"
	"errors"
	"time"

	"watchroom/internal/api"
	"watchroom/internal/app/reckoning"
	"watchroom/internal/app/standing"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/grave"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/order"
	"watchroom/internal/archive/proof"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/retention/compliance"
	"watchroom/internal/archive/tier"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/camera"
	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/recording"
)

// removal is what decides how long footage is kept, and the only part that removes any.
type removal struct {
	rules  *retention.Rules
	audit  *compliance.Audit
	engine *retention.Engine
	holds  *hold.Holds
	orders *order.Orders
}

// roots are the folders of the recording disks that answer.
func (f *flow) roots() []string { return answering(f.volumes) }

func answering(volumes *recording.Volumes) []string {
	var out []string
	for _, v := range volumes.List {
		if !v.Hangs() {
			out = append(out, v.Root)
		}
	}
	return out
}

// rulesOf are the rules of retention, for all who ask how long footage is kept.
func (a *App) rulesOf(f *flow, d *db.DB) *retention.Rules {
	return &retention.Rules{DB: d, Bus: f.bus, Clock: a.Clock, Known: a.known, Trusted: f.time.Watch.Trusted, Warrants: &warrant.Reader{Log: f.chronicle, Passing: true}}
}

// known tells whether there is such a camera.
func (a *App) known(ctx context.Context, id string) (bool, error) {
	_, err := a.Registry.Get(ctx, id)
	if errors.Is(err, camera.ErrUnknown) {
		return false, nil
	}
	return err == nil, err
}

// lockable cuts the locks of objects back to what the rules of retention allow.
func lockable(rules *retention.Rules) func(ctx context.Context, camera string, end int64, want time.Time) (time.Time, error) {
	return func(ctx context.Context, camera string, end int64, want time.Time) (time.Time, error) {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		books, err := rules.InForce(ctx)
		if err != nil {
			return time.Time{}, err
		}
		if most := books.Most(camera); most != nil {
			if latest := time.UnixMicro(end).AddDate(0, 0, *most).UTC(); latest.Before(want) {
				want = latest
			}
		}
		return want, nil
	}
}

// startRemoval builds and starts it.
func (a *App) startRemoval(ctx context.Context, f *flow, d *db.DB, mover *tier.Mover, kept *keeping, pictures retention.Pictures, derived ...retention.Derived) (*removal, error) {
	k := &removal{
		holds:  &hold.Holds{DB: d, Bus: f.bus, Clock: a.Clock, Log: a.Log, Known: a.known, Volumes: f.roots},
		orders: &order.Orders{DB: d, Bus: f.bus, Clock: a.Clock, Known: a.known},
		rules:  kept.rules,
	}
	k.holds.Rules = k.rules
	k.audit = &compliance.Audit{Rules: k.rules, Account: f.catalogue, Kept: f.catalogue.Kept, Proofs: kept.proofs, Pictures: pictures, Retired: a.retired, Clock: a.Clock}
	k.engine = &retention.Engine{
		DB: d, Clock: a.Clock, Log: a.Log, Catalogue: f.catalogue, Holds: k.holds, Orders: k.orders, Journal: mover.Places, Files: mover.Places, Reach: mover.Places,
		Time: f.time.Watch, Compared: f.chronicle.Compared, Warrants: &warrant.Reader{Log: f.chronicle}, Space: &reckoning.Room{Disks: f.volumes, Tiers: f.tiers, Percent: float64(a.Config.Recording.LowSpacePercent)}, Derived: derived, Pictures: pictures, Ages: retention.AgesBeside(f.roots), OnPass: f.room.passed,
	}
	k.orders.Approved, k.rules.Changed = k.engine.Wake, k.engine.Wake
	kept.engine.Store(k.engine)
	if err := k.engine.Start(f.rounds.Under(context.WithoutCancel(ctx), standing.Removal)); err != nil {
		return nil, err
	}
	a.onClose(k.engine.Close)
	return k, nil
}

// tell fills in what the interface needs.
func (k *removal) tell(d *api.Deps, f *flow) {
	d.Rules, d.Audit, d.Removal, d.Graves, d.Holds, d.Orders = k.rules, k.audit, k.engine, grave.Book{Catalogue: f.catalogue}, k.holds, k.orders
}

// longLocked (µs) is how much longer a lock lasts that somebody should know of: each ends
// about when the footage is due.
const longLocked = int64(30 * time.Minute / time.Microsecond)

// local is an instant (µs) as people here write it.
func (w *watch) local(at int64) string {
	zone := time.UTC
	if p := w.plan.Load(); p != nil {
		zone = p.Zone
	}
	return time.UnixMicro(at).In(zone).Format("2006-01-02 15:04")
}

// passed is told what every pass of the engine found.
func (w *watch) passed(r retention.Report) {
	code, detail, params := "", "", map[string]any{}
	switch {
	case errors.Is(r.Blocked, retention.ErrFrozen) && problem.Of(r.Blocked).Params["reason"] == string(frozen.Leapt):
		code, detail = "removal_clock_leapt", "The clock is more than an hour ahead of what was last signed; nothing is removed until a person or a witness says that it is right."
	case errors.Is(r.Blocked, retention.ErrFrozen):
		code, detail = "removal_frozen", "Nothing is removed until a person has checked the holds and confirmed it."
	case errors.Is(r.Blocked, retention.ErrHolds):
		code, detail = "removal_holds_unwritten", "The copy of the holds beside the footage cannot be read and written; nothing is removed until it can."
	case r.Unread >= retention.LongUnread:
		code, detail = "removal_log_unread", "The acts on record have not been compared with the transparency log for minutes; nothing is removed until they are."
	case errors.Is(r.Err, tier.ErrForbidden):
		code, detail = "removal_forbidden", "Footage that is due could not be removed: the keys of an archive tier have no right to delete there."
	case r.Err != nil:
		code, detail = "removal_failed", "Footage that is due could not be removed; it is tried again."
	case r.Low:
		code, detail = "removal_no_room", "Room is needed, and all footage is within its minimum or held."
	case r.Waits.Until-r.At > longLocked:
		until := w.local(r.Waits.Until)
		code, detail = "removal_locked", "Footage that is due is locked in the archive, the last of it until "+until+"."
		params["count"], params["until"] = r.Waits.Locked, until
	case r.Waits.Away > 0:
		code, detail = "removal_waits", "Footage that is due lies where nobody answers."
		params["count"] = r.Waits.Away
	}
	if r.Blocked != nil {
		params["reason"] = problem.Of(r.Blocked).Code
	}
	w.raise("removal", code, detail, "", params)
	code, detail = "", ""
	if r.Unlawful > 0 {
		code, detail = "removal_unlawful", "A journal tells that footage was removed, and nobody had allowed it."
	}
	w.raise("unlawful removal", code, detail, "", map[string]any{"count": r.Unlawful})
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

// unproved is told of which cameras the oldest footage was not read for too long.
func (w *watch) unproved(cameras []string) {
	code, detail := "", ""
	if len(cameras) > 0 {
		code, detail = "proof_overdue", "The oldest footage of some cameras was not read and proved for more than a week."
	}
	w.raise("proofs", code, detail, "", map[string]any{"count": len(cameras), "cameras": cameras})
}
