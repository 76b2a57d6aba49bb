package app

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/app/absent"
	"watchroom/internal/app/reckoning"
	"watchroom/internal/app/site"
	"watchroom/internal/app/standing"
	"watchroom/internal/archive/capacity"
	"watchroom/internal/archive/carried"
	"watchroom/internal/archive/census"
	"watchroom/internal/archive/daily"
	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/fault"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/lines"
	"watchroom/internal/archive/loss"
	"watchroom/internal/archive/plan"
	"watchroom/internal/archive/proof"
	"watchroom/internal/archive/reconcile"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/strayed"
	"watchroom/internal/archive/tier"
	"watchroom/internal/capture"
	"watchroom/internal/db"
	"watchroom/internal/recording/space"
	"watchroom/internal/rule"
	"watchroom/internal/source"
)

// keeping is what watches over the archive: the plan, the days, the comparison of what
// should be with what is, statements, storage faults and capacity.
type keeping struct {
	plans    *plan.Plans
	days     *daily.Keeper
	losses   *loss.Keeper
	faults   *fault.Keeper
	capacity *capacity.Keeper
	rules    *retention.Rules
	proofs   *proof.Prover // the one reader of the oldest footage: weekly, and for faults
	compare  *reconcile.Reconciler
	absent   *absent.Places

	short    atomic.Pointer[capacity.Warning] // the newest
	reckoned atomic.Bool                      // there is one, or there is none
	engine   atomic.Pointer[retention.Engine] // what frees; nil until it is there
}

// frees tells whether removal makes room: it does unless the last pass was blocked.
func (k *keeping) frees() bool {
	e := k.engine.Load()
	return e == nil || e.Last().Blocked == nil
}

// conditions lists what is wrong with the storage: recording disks, archive tiers, places
// that the configuration lacks, that the minimum cannot be kept, and footage that is not what
// was recorded.
func (k *keeping) conditions(f *flow, d *db.DB, now func() int64) func(context.Context) ([]fault.Condition, error) {
	return func(ctx context.Context) ([]fault.Condition, error) {
		var out []fault.Condition
		for _, v := range f.volumes.List {
			s := v.Space()
			kind := fault.VolumeFailing
			switch s.State {
			case space.Full:
				kind = fault.VolumeFull
			case space.Away:
				kind = fault.VolumeAway
			case space.Failing:
			case space.OK, space.Low:
				continue
			}
			out = append(out, fault.Condition{Kind: kind, Subject: cmp.Or(v.Name, mainVolume), Detail: map[string]any{"freeBytes": s.Free, "totalBytes": s.Total}})
		}
		for _, t := range f.tiers {
			state, err := t.State()
			lasts := time.Duration(now()-t.Since().UnixMicro()) * time.Microsecond
			out = append(out, unwell(t.Name, state, lasts, err)...)
		}
		// A week before is early enough to be heard by the room, and late enough to be true.
		if !k.reckoned.Load() {
			out = append(out, fault.Condition{Kind: fault.RetentionAtRisk, Subject: "storage", Unknown: true})
		} else if w := k.short.Load(); w != nil && w.Volume == "" && w.On < now()+(7*24*time.Hour).Microseconds() {
			out = append(out, fault.Condition{Kind: fault.RetentionAtRisk, Subject: "storage",
				Detail: map[string]any{"on": time.UnixMicro(w.On).UTC(), "keeps": int(w.Keeps), "of": w.Of}})
		}
		lacking, err := k.absent.Conditions(ctx)
		if err != nil {
			return nil, err
		}
		damaged, err := damage.Standing(ctx, d.Read())
		if err != nil {
			return nil, err
		}
		return slices.Concat(out, lacking, broken(damaged)), nil
	}
}

// fullFor is how long a tier must be full for a fault: the last one is whenever retention
// makes room on it.
const fullFor = time.Hour

// unwell are the conditions of a tier. One whose state nobody has asked yet, as just after
// a start, may be as it was.
func unwell(name string, state tier.State, lasts time.Duration, err error) (out []fault.Condition) {
	kinds := map[fault.Kind]tier.State{fault.TierAway: tier.Away, fault.TierFull: tier.Full, fault.TierFailing: tier.Failing}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		switch {
		case state == "", state == kinds[kind] && state == tier.Full && lasts < fullFor:
			out = append(out, fault.Condition{Kind: kind, Subject: name, Unknown: true})
		case state == kinds[kind]:
			detail := map[string]any{"tier": name}
			if err != nil {
				detail["error"] = err.Error()
			}
			out = append(out, fault.Condition{Kind: kind, Subject: name, Detail: detail})
		}
	}
	return out
}

// broken is one condition a camera: it lasts until every file of it was read and was
// right again, or was removed lawfully.
func broken(damaged []damage.Damage) (out []fault.Condition) {
	for i := range damaged { // by camera and time
		d := &damaged[i]
		if n := len(out); n > 0 && out[n-1].Subject == d.Camera {
			out[n-1].Detail["files"] = out[n-1].Detail["files"].(int) + 1
			continue
		}
		out = append(out, fault.Condition{Kind: fault.FootageDamaged, Subject: d.Camera,
			Detail: map[string]any{"files": 1, "file": d.File, "from": time.UnixMicro(d.StartAt).UTC(), "what": string(d.Kind), "by": string(d.FoundBy)}})
	}
	return out
}

// configured names the recording disks and archive tiers that there are.
func configured(f *flow) (names []string) {
	for _, v := range f.volumes.List {
		names = append(names, v.Name)
	}
	for _, t := range f.tiers {
		names = append(names, t.Name)
	}
	return names
}

// by has the institution's rules hold for what is kept.
func (k *keeping) by(rules *rule.Set) {
	k.losses.Rules, k.faults.Rules, k.capacity.Rules = rules, rules, rules
}

// mainVolume names the first recording folder, as records do.
const mainVolume = capacity.Main

// keep builds it. The catalogue asks the plan from its start on, so it comes before.
func (a *App) keep(f *flow, d *db.DB, rules *retention.Rules) *keeping {
	cfg := a.Config
	zone, err := time.LoadLocation(site.ZoneName(cfg))
	if err != nil {
		zone = time.UTC
	}
	k := &keeping{rules: rules}
	k.plans = &plan.Plans{DB: d, Bus: f.bus, Clock: a.Clock, Zone: zone,
		Names: func(ctx context.Context) (map[string]string, error) { return a.Access.Names(ctx) }}
	k.days = &daily.Keeper{Catalogue: f.catalogue, Zone: zone, Clock: a.Clock, Log: a.Log, Cameras: a.served}
	f.catalogue.Plan, f.catalogue.OnStale = k.plans.Stretches, k.days.Stale
	f.catalogue.OnStrange = func(s lines.Found) {
		f.room.journals.Strange(f.room.put, diskName(f.volumes, s.Volume), s)
		f.room.mended.AddLine(s)
	}
	minimum := func(ctx context.Context) (func(camera string, start int64) int, error) {
		books, err := rules.InForce(ctx)
		return books.Minimum(), err
	}
	k.losses = &loss.Keeper{
		DB: d, Bus: f.bus, Clock: a.Clock, Log: a.Log, After: cfg.Coverage.StatementAfter,
		Gaps: f.catalogue.Gaps, GapsOf: loss.GapsIn(d), Kept: minimum,
		Settled: f.catalogue.Settled, Plan: k.plans.Stretches, Alarmed: f.room.given.First,
		Cameras: a.placed, Share: f.shares, Gone: loss.GoneIn(d),
		Positions: func(ctx context.Context, person string) ([]access.Position, error) {
			p, err := a.Access.Person(ctx, person)
			return p.Positions(), err
		},
	}
	k.proofs = &proof.Prover{DB: d, Clock: a.Clock, Log: a.Log, Catalogue: f.catalogue, OnProof: f.room.proved, OnOverdue: f.room.unproved}
	k.absent = &absent.Places{DB: d, Clock: a.Clock, Configured: configured(f), Signal: f.room.absent,
		Faults: func(ctx context.Context) ([]fault.Fault, error) {
			return k.faults.List(ctx, fault.Filter{Open: true, Limit: 500})
		}}
	k.faults = &fault.Keeper{
		DB: d, Bus: f.bus, Clock: a.Clock, Log: a.Log, Shift: cfg.Coverage.ShiftLength, Leaders: cfg.Coverage.LeadersAfter,
		Conditions: k.conditions(f, d, a.Clock.Micro), Proof: k.proofs, Signal: f.room.fault,
		Missing: func(context.Context) ([]string, error) { return unrecorded(f.fleet), nil },
		Cameras: a.active, Absent: k.absent.Names,
	}
	places := &reckoning.Places{Config: cfg, Disks: f.volumes, Tiers: f.tiers, Clock: a.Clock, Used: f.catalogue.Usage, Records: d}
	k.capacity = &capacity.Keeper{
		DB: d, Catalogue: f.catalogue, Zone: zone, Clock: a.Clock, Log: a.Log, Cameras: a.active, Off: a.off,
		Volumes: places.Volumes, Changed: places.Changed,
		Sight:   func(camera string) capacity.Sight { return sightOf(f.fleet, camera) },
		Minimum: func(ctx context.Context) (capacity.Minimum, error) { return minimum(ctx) },
		Held:    func(ctx context.Context) (map[string][]hold.Interval, error) { return hold.Of(ctx, d.Read()) },
		Frees:   k.frees,
		Refuse:  cfg.Capacity.Refuse, Warn: cfg.Capacity.WarnDays,
		Signal: func(w *capacity.Warning) {
			k.short.Store(w)
			k.reckoned.Store(true)
			f.room.forecast(w, zone)
			f.room.shared(capacity.Shared(k.capacity.Volumes()))
		},
	}
	if len(f.tiers) > 0 {
		k.capacity.Waiting = places.Waiting
	}
	k.compare = &reconcile.Reconciler{
		Wanted: k.wanted(a, f.room.spared), Look: func(camera string) (reconcile.Look, bool) {
			l, known := capture.Look(f.fleet, camera)
			l.Held = f.volumes.Hang()
			return l, known
		},
		Restart: f.fleet.Restart, Assign: f.cameras.Again, Behind: f.catalogue.Behind, Follow: f.catalogue.Notify,
		Signal: f.room.stands, Segment: cfg.Recording.SegmentLength, Clock: a.Clock, Log: a.Log,
	}
	return k
}

// start starts it, the plan first. What it needs of the records has been started.
func (k *keeping) start(ctx context.Context, a *App, f *flow, places *tier.Places) error {
	if err := k.plans.Start(ctx); err != nil {
		return err
	}
	f.room.plan.Store(k.plans)
	f.cameras.Plans = k.plans
	ctx = context.WithoutCancel(ctx)
	if err := carried.Keep(ctx, f.catalogue.DB, a.Clock); err != nil { // before anything is proved
		return err
	}
	for _, part := range []struct {
		name string
		life interface {
			Start(ctx context.Context) error
			Close()
		}
	}{
		{standing.Days, k.days},
		{standing.Proofs, k.proofs},
		{standing.Capacity, k.capacity},
		{standing.Faults, k.faults},
		{standing.Losses, k.losses},
		{standing.Comparison, k.compare},
		{standing.Strayed, &strayed.Keeper{DB: f.catalogue.DB, Clock: a.Clock, Log: a.Log, Catalogue: f.catalogue, Volumes: strayed.On(f.volumes), Rest: 100 * time.Millisecond}},
		{standing.Census, &census.Keeper{DB: f.catalogue.DB, Clock: a.Clock, Log: a.Log, Catalogue: f.catalogue, Places: places, Sure: census.On(f.volumes)}},
	} {
		if err := part.life.Start(f.rounds.Under(ctx, part.name)); err != nil {
			return err
		}
		a.onClose(part.life.Close)
	}
	return nil
}

// wanted is what the registry and the plan ask for. spared is told of schedules that ask
// for next to nothing.
func (k *keeping) wanted(a *App, spared func([]plan.Spared)) func(context.Context) ([]reconcile.Wanted, error) {
	return func(ctx context.Context) ([]reconcile.Wanted, error) {
		list, err := a.Registry.List(ctx)
		if err != nil {
			return nil, err
		}
		now := a.Clock.Micro()
		var out []reconcile.Wanted
		var on []string
		for i := range list {
			if list[i].RetiredAt == nil {
				if list[i].Enabled {
					on = append(on, list[i].ID)
				}
				_, stopped := k.plans.Now(list[i].ID, now)
				out = append(out, reconcile.Wanted{Camera: list[i].ID, Record: list[i].Enabled && !stopped})
			}
		}
		spared(k.plans.Spares(on, now))
		return out, nil
	}
}

// served is since when each camera is in service, and until when.
func (a *App) served(ctx context.Context) ([]daily.Camera, error) {
	list, err := a.Registry.List(ctx)
	out := make([]daily.Camera, len(list))
	for i, c := range list {
		out[i] = daily.Camera{ID: c.ID, CreatedAt: c.CreatedAt, RetiredAt: ended(c.RetiredAt)}
	}
	return out, err
}

// retired is since when cameras are out of service.
func (a *App) retired(ctx context.Context) (map[string]int64, error) {
	list, err := a.Registry.List(ctx)
	out := map[string]int64{}
	for i := range list {
		if list[i].RetiredAt != nil {
			out[list[i].ID] = *list[i].RetiredAt
		}
	}
	return out, err
}

// placed is where each camera hangs.
func (a *App) placed(ctx context.Context) ([]loss.Camera, error) {
	list, err := a.Registry.List(ctx)
	out := make([]loss.Camera, len(list))
	for i, c := range list {
		out[i] = loss.Camera{ID: c.ID, Place: c.Place, Area: c.Area, RetiredAt: ended(c.RetiredAt)}
	}
	return out, err
}

func ended(at *int64) int64 {
	if at == nil {
		return 0
	}
	return *at
}

// active are the cameras in service.
func (a *App) active(ctx context.Context) ([]string, error) {
	list, err := a.Registry.List(ctx)
	var out []string
	for i := range list {
		if list[i].RetiredAt == nil {
			out = append(out, list[i].ID)
		}
	}
	return out, err
}

// off are the cameras that somebody has switched off.
func (a *App) off(ctx context.Context) (map[string]bool, error) {
	list, err := a.Registry.List(ctx)
	out := map[string]bool{}
	for i := range list {
		if !list[i].Enabled {
			out[list[i].ID] = true
		}
	}
	return out, err
}

// shares is how much of an interval some cameras have recorded.
func (f *flow) shares(ctx context.Context, cameras []string, from, to int64) (map[string]float64, error) {
	lanes, err := f.catalogue.Timeline(ctx, cameras, from, to, 0)
	if err != nil {
		return nil, err
	}
	out := make(map[string]float64, len(lanes))
	for _, l := range lanes {
		sum := int64(0)
		for _, s := range l.Spans {
			if s.Kind == "recorded" {
				sum += s.End - s.Start
			}
		}
		out[l.Camera] = float64(sum) / float64(to-from)
	}
	return out, nil
}

// unrecorded lists cameras that send pictures which are not recorded; where none sends
// any, nothing shows that recording runs, and all that should count.
func unrecorded(fleet *capture.Fleet) []string {
	var missing, dark []string
	recorded := false
	for _, id := range fleet.Cameras() {
		s, ok := fleet.Status(id)
		switch {
		case !ok || !s.Enabled:
		case s.State.Recording:
			recorded = true
		case s.Main.State == source.Live:
			missing = append(missing, id)
		default:
			dark = append(dark, id)
		}
	}
	if len(missing) == 0 && !recorded {
		return dark
	}
	return missing
}

// sightOf is what a camera shows at present.
func sightOf(fleet *capture.Fleet, camera string) capacity.Sight {
	s, ok := fleet.Status(camera)
	if !ok {
		return capacity.Sight{}
	}
	f := s.Main.Figures
	out := capacity.Sight{Bitrate: f.Bitrate, Width: f.Width, Height: f.Height, FPS: f.FPS}
	for _, t := range s.MainTracks {
		if t.Codec.Video() && out.Width == 0 {
			out.Width, out.Height = t.Width, t.Height
		}
	}
	return out
}
