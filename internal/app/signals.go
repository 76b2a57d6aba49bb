package app

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"watchroom/internal/app/policy"
	"watchroom/internal/app/standing"
	"watchroom/internal/archive/capacity"
	"watchroom/internal/archive/fault"
	"watchroom/internal/archive/plan"
	"watchroom/internal/archive/reconcile"
	"watchroom/internal/archive/shortage"
	"watchroom/internal/db"
	"watchroom/internal/rule"
)

// stands says of a camera that it claims to be recorded and stands still, although it
// was begun anew.
func (w *watch) stands(camera string, f reconcile.Fault) {
	key, params := "stands "+camera, map[string]any{"fault": string(f)}
	switch f {
	case reconcile.None:
		w.raise(key, "", "", camera, nil)
	case reconcile.Unassigned:
		w.raise(key, "camera_unassigned", "The camera should be recorded, and nobody records it.", camera, params)
	case reconcile.Unwanted:
		w.raise(key, "camera_unwanted", "The camera is recorded although it should not be.", camera, params)
	case reconcile.Behind:
		w.raise(key, "catalogue_behind", "The catalogue does not take in what was recorded.", camera, params)
	case reconcile.NoFrames, reconcile.NoBytes, reconcile.NoClose:
		w.raise(key, "recording_stuck", "The camera claims to be recorded and nothing moves; beginning anew has not helped.", camera, params)
	}
}

// spared says that by a schedule cameras are hardly recorded: the time counts as planned,
// so that nothing else tells of it.
func (w *watch) spared(all []plan.Spared) {
	if len(all) == 0 {
		w.raise("spared", "", "", "", nil)
		return
	}
	cameras, least := 0, all[0]
	for _, s := range all {
		cameras += s.Cameras
		if s.Week < least.Week {
			least = s
		}
	}
	w.raise("spared", "recording_spared", "By a schedule cameras are recorded for a few hours of the week only.", "",
		map[string]any{"cameras": cameras, "hours": int(least.Week.Hours()), "person": least.Schedule.Person, "reason": least.Schedule.Reason})
}

// fault raises the alarm of a storage fault, anew at each shift: nobody in the room can
// take it down.
func (w *watch) fault(f fault.Fault, step fault.Step) {
	key := "fault " + f.ID
	w.put(key, "", "", f.Camera(), nil)
	if step != fault.Closed {
		w.put(key, "storage_fault", "The storage has a fault that is not proved right yet.", f.Camera(),
			map[string]any{"fault": f.ID, "kind": string(f.Kind), "subject": f.Subject, "step": string(step), "since": time.UnixMicro(f.At)})
	}
}

// absent says that footage lies on a disk or tier that the configuration no more has.
func (w *watch) absent(name string, kind fault.Kind, lacking bool) {
	key, params := "absent "+name, map[string]any{"place": name}
	switch {
	case !lacking:
		w.raise(key, "", "", "", nil)
	case kind == fault.TierAway:
		w.raise(key, "tier_absent", "Footage lies on an archive tier that the configuration no more has.", "", params)
	default:
		w.raise(key, "volume_absent", "Footage lies on a recording disk that the configuration no more has.", "", params)
	}
}

// shared says that recording disks, or a tier and one of them, lie on one file system: its
// room is there once, and when it fails they fail together.
func (w *watch) shared(on map[string][]string) {
	if len(on) == 0 {
		w.raise("shared", "", "", "", nil)
		return
	}
	var names []string
	for _, device := range slices.Sorted(maps.Keys(on)) {
		names = append(names, strings.Join(on[device], ", "))
	}
	w.raise("shared", "volumes_shared", "Recording disks or archive tiers lie on one file system: its room counts once, and it fails as one.", "",
		map[string]any{"volumes": strings.Join(names, "; ")})
}

// forecast says that the storage will be short.
func (w *watch) forecast(s *capacity.Warning, zone *time.Location) {
	if s == nil {
		w.raise("forecast", "", "", "", nil)
		return
	}
	day := time.UnixMicro(s.On).In(zone).Format(time.DateOnly)
	if s.Behind {
		w.raise("forecast", "volume_forecast", "A recording disk will be full on "+day+": the archive tier behind it does not take what comes.", "", map[string]any{"on": day, "volume": s.Volume})
		return
	}
	w.raise("forecast", "storage_forecast", "At the rates of now the storage is short on "+day+".", "",
		map[string]any{"on": day, "keeps": int(s.Keeps), "of": s.Of, "volume": s.Volume, "cameras": s.Cameras})
}

// ask builds and starts what is done when no disk has room: recorders go by it from now on.
func (a *App) ask(ctx context.Context, f *flow, d *db.DB, rules *rule.Set) (*shortage.Keeper, error) {
	start := a.Config.Recording.WhenFull
	if is := shortage.WhenFull(rules, start); string(is) == start { // else the institution has set it
		if err := policy.WhenFull(ctx, d, a.Clock.Micro(), is); err != nil {
			return nil, err
		}
	}
	k := &shortage.Keeper{DB: d, Bus: f.bus, Clock: a.Clock, Log: a.Log, Rules: rules, Start: start, Disks: f.volumes, Cameras: a.active, Signal: f.room.short}
	if err := k.Open(f.rounds.Under(context.WithoutCancel(ctx), standing.Shortage)); err != nil {
		return nil, err
	}
	a.onClose(k.Close)
	f.volumes.Decide(k.Standing)
	return k, nil
}

// short says that no disk has room and somebody is asked, or what was answered.
func (w *watch) short(step shortage.Step, cameras int) {
	code, detail := "", ""
	switch step {
	case shortage.Nothing:
	case shortage.Asked:
		code, detail = "shortage_asked", "All recording disks are full and no camera is recorded: somebody must say which are to go on."
	case shortage.Answered:
		code, detail = "shortage_answered", "All recording disks are full: only the cameras that were chosen are recorded."
	}
	w.raise("shortage", code, detail, "", map[string]any{"cameras": cameras})
}
