package plan

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/media"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Kind says what a schedule demands.
type Kind string

// Kinds of schedules.
const (
	Always        Kind = "always"         // round the clock
	BusinessHours Kind = "business_hours" // within the hours
	Site          Kind = "site"           // a camera does as the site
)

// Schedule says when recording is demanded, from At on until the next.
type Schedule struct {
	ID     string
	Camera string // empty: the site
	At     int64  // µs since 1970 UTC
	Kind   Kind
	Hours  []Hours // of BusinessHours
	Stops  bool    // nothing is recorded outside the hours; else it is, and nobody asks for it
	Reason string
	Person string // who asked for it
	Waits  string // id of the proposal that it is so far; empty: it holds
}

// Refusals of schedules and windows. Those about text come from package text.
var (
	ErrKind    = problem.New(problem.Invalid, "schedule_kind_unknown", "A schedule is always, business_hours or, for a camera, site.").On("kind")
	ErrCamera  = problem.New(problem.NotFound, "camera_unknown", "There is no such camera.").On("camera")
	ErrPast    = problem.New(problem.Invalid, "window_past", "A maintenance window must be told before it begins.").On("from")
	ErrEnd     = problem.New(problem.Invalid, "window_end_past", "The end of the maintenance window is past.").On("to")
	ErrLength  = problem.New(problem.Invalid, "window_length", "A maintenance window lasts from a minute to 31 days and begins within a year.").On("to")
	ErrNone    = problem.New(problem.Invalid, "window_cameras", "A maintenance window names between 1 and 500 cameras, each once.").On("cameras")
	ErrUnknown = problem.New(problem.NotFound, "window_unknown", "There is no such maintenance window.")
	ErrOver    = problem.New(problem.Conflict, "window_over", "This maintenance window is over.")
)

// Plans keeps schedules and maintenance windows. What they say is answered from
// memory.
type Plans struct {
	DB    *db.DB
	Bus   *event.Bus // told of every change with kind "plan"; may be nil
	Clock clock.Clock
	Zone  *time.Location // of the site
	// Names gives the display names of people by id; the words beside a planned gap
	// hold them.
	Names func(context.Context) (map[string]string, error)

	mu        sync.RWMutex          // guards all below; never held over I/O
	schedules map[string][]Schedule // by camera, the oldest first
	windows   map[string][]Window   // by camera, in order of their beginning
}

type scheduleRow struct {
	bun.BaseModel `bun:"table:schedules,alias:schedule"`
	ID            string `bun:",pk"`
	Camera        string
	At            int64
	Kind          Kind
	Hours         string
	Stops         bool
	Reason        string
	Person        string
}

// Start reads what is there.
func (p *Plans) Start(ctx context.Context) error { return p.Load(ctx) }

// Load reads schedules and windows anew: another process may have set some.
func (p *Plans) Load(ctx context.Context) error {
	all, err := p.Schedules(ctx)
	if err != nil {
		return err
	}
	windows, err := p.list(ctx, 0)
	if err != nil {
		return err
	}
	byCamera, windowsOf := map[string][]Schedule{}, map[string][]Window{}
	for _, s := range slices.Backward(all) { // the newest are first
		byCamera[s.Camera] = append(byCamera[s.Camera], s)
	}
	for _, w := range windows {
		for _, c := range w.Cameras {
			windowsOf[c] = append(windowsOf[c], w)
		}
	}
	for _, list := range windowsOf {
		slices.SortFunc(list, func(a, b Window) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.ID, b.ID)) })
	}
	p.mu.Lock()
	p.schedules, p.windows = byCamera, windowsOf
	p.mu.Unlock()
	return nil
}

// Schedules gives all that were ever set, the newest first.
func (p *Plans) Schedules(ctx context.Context) ([]Schedule, error) {
	return schedules(ctx, p.DB.Read())
}

func schedules(ctx context.Context, tx bun.IDB) ([]Schedule, error) {
	var rows []scheduleRow
	if err := tx.NewSelect().Model(&rows).OrderExpr("at DESC, id DESC").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read schedules")
	}
	all := make([]Schedule, len(rows))
	for i, r := range rows {
		all[i] = Schedule{ID: r.ID, Camera: r.Camera, At: r.At, Kind: r.Kind, Stops: r.Stops, Reason: r.Reason, Person: r.Person}
		if err := json.Unmarshal([]byte(r.Hours), &all[i].Hours); err != nil {
			return nil, problem.Wrap(err, "read the hours of a schedule")
		}
	}
	return all, nil
}

// Set makes a schedule hold from now on. One by which less is recorded, or asked for, than by
// the one in force waits for another person (C007); its Waits tells.
func (p *Plans) Set(ctx context.Context, actor access.Actor, s Schedule) (Schedule, error) {
	if err := access.Throughout(actor, access.ScheduleConfigure, s.Camera); err != nil {
		return Schedule{}, err
	}
	var err error
	if s.Reason, err = text.Line("reason", s.Reason, 2, 500); err != nil {
		return Schedule{}, err
	}
	switch {
	case s.Kind == BusinessHours:
		if err := check(s.Hours); err != nil {
			return Schedule{}, err
		}
	case s.Kind == Always, s.Kind == Site && s.Camera != "":
		s.Hours, s.Stops = nil, false
	default:
		return Schedule{}, ErrKind
	}
	var set Schedule
	err = p.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		set = s
		set.ID, set.At, set.Person = db.NewID(), p.Clock.Micro(), actor.Person
		if s.Camera != "" {
			if known, err := tx.NewSelect().Table("cameras").Where("id = ?", s.Camera).Exists(ctx); err != nil || !known {
				return cmp.Or(problem.Wrap(err, "look for a camera"), error(ErrCamera))
			}
		}
		detail := map[string]any{}
		if err := p.propose(ctx, tx, actor, &set, detail); err != nil || set.Waits != "" {
			return err
		}
		return write(ctx, tx, actor.For(access.ScheduleConfigure, s.Camera), &set, detail)
	})
	if err != nil || set.Waits != "" {
		return set, err
	}
	return set, p.changed(ctx, set.ID)
}

// write puts a schedule down with its act.
func write(ctx context.Context, tx bun.Tx, by access.Actor, s *Schedule, detail map[string]any) error {
	hours, err := json.Marshal(s.Hours)
	if err != nil {
		return problem.Wrap(err, "write the hours of a schedule")
	}
	row := scheduleRow{ID: s.ID, Camera: s.Camera, At: s.At, Kind: s.Kind, Hours: string(hours), Stops: s.Stops, Reason: s.Reason, Person: s.Person}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return problem.Wrap(err, "set a schedule")
	}
	detail["kind"], detail["hours"], detail["stops"], detail["reason"] = s.Kind, s.Hours, s.Stops, s.Reason
	return ledger.Record(ctx, tx, by.Act(s.At, "schedule.set", s.ID, s.Camera, detail))
}

// changed brings memory up to date and tells of it.
func (p *Plans) changed(ctx context.Context, id string) error {
	if err := p.Load(ctx); err != nil {
		return err
	}
	if p.Bus != nil {
		p.Bus.Publish(event.Event{Kind: "plan", Subject: id})
	}
	return nil
}

// era is a schedule with the time in which it holds.
type era struct {
	Schedule
	span
}

// eras are the schedules of a camera that hold in [from, to), in order. Where none was
// set, recording is demanded always. p.mu is held.
func (p *Plans) eras(camera string, from, to int64) []era {
	own, site := p.schedules[camera], p.schedules[""]
	if camera == "" {
		own = nil
	}
	var starts []int64
	for _, s := range own {
		starts = append(starts, s.At)
	}
	for _, s := range site {
		starts = append(starts, s.At)
	}
	slices.Sort(starts)
	starts = slices.Compact(append([]int64{math.MinInt64}, starts...))
	var out []era
	for i, at := range starts {
		end := int64(math.MaxInt64)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		if s := (span{max(at, from), min(end, to)}); s.from < s.to {
			out = append(out, era{inForce(own, site, s.from), s})
		}
	}
	return out
}

func inForce(own, site []Schedule, at int64) Schedule {
	newest := func(list []Schedule) Schedule {
		for _, s := range slices.Backward(list) {
			if s.At <= at {
				return s
			}
		}
		return Schedule{Kind: Site}
	}
	s := newest(own)
	if s.Kind == Site {
		s = newest(site)
	}
	if s.Kind == Site {
		s.Kind = Always
	}
	return s
}

// InForce is the schedule that holds for a camera at an instant, the site's where it
// has none of its own.
func (p *Plans) InForce(camera string, at int64) Schedule {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return inForce(p.schedules[camera], p.schedules[""], at)
}

// offHours are the parts of [from, to) at which the schedules demand nothing. p.mu is
// held.
func (p *Plans) offHours(camera string, from, to int64) []era {
	if len(p.schedules[camera]) == 0 && len(p.schedules[""]) == 0 {
		return nil
	}
	var off []era
	for _, e := range p.eras(camera, from, to) {
		if e.Kind != BusinessHours {
			continue
		}
		for _, s := range without(demanded(e.Hours, p.Zone, e.from, e.to), e.from, e.to) {
			off = append(off, era{e.Schedule, s})
		}
	}
	return off
}

// Stretches are the parts of [from, to) in which no recording of a camera is
// demanded, in order and without overlap, as archive.Catalogue wants them.
func (p *Plans) Stretches(camera string, from, to int64) []coverage.Stretch {
	p.mu.RLock()
	defer p.mu.RUnlock()
	var out []coverage.Stretch
	var taken []span
	at := from
	for _, w := range p.windows[camera] {
		s := span{max(w.From, at), min(w.Until(), to)}
		if s.from >= s.to {
			continue
		}
		out = append(out, coverage.Stretch{Start: s.from, End: s.to, Cause: media.CauseMaintenance, Detail: w.words()})
		taken, at = append(taken, s), s.to
	}
	for _, off := range p.offHours(camera, from, to) {
		for _, s := range without(taken, off.from, off.to) {
			out = append(out, coverage.Stretch{Start: s.from, End: s.to, Cause: media.CauseOffHours})
		}
	}
	slices.SortFunc(out, func(a, b coverage.Stretch) int { return cmp.Compare(a.Start, b.Start) })
	return out
}

// Spared is a schedule that has cameras not recorded for most of the week.
type Spared struct {
	Schedule Schedule
	Week     time.Duration // in which it has them recorded
	Cameras  int
}

// LeastWeek is how much of a week is recorded where business hours stop recording: what is
// less somebody should see wherever they look, since such time counts as planned.
const LeastWeek = 40 * time.Hour

// Spares gives the schedules that have cameras recorded for less than LeastWeek of a week.
func (p *Plans) Spares(cameras []string, at int64) []Spared {
	by := map[string]int{}
	var all []Spared
	for _, c := range cameras {
		s := p.InForce(c, at)
		if s.Kind != BusinessHours || !s.Stops {
			continue
		}
		if i, ok := by[s.ID]; ok {
			all[i].Cameras++
		} else if w := week(s.Hours); w < LeastWeek {
			by[s.ID] = len(all)
			all = append(all, Spared{s, w, 1})
		}
	}
	return all
}

// Now tells what the plan says of a camera at an instant: planned, where nothing is
// demanded, and stopped, where nothing shall be recorded either.
func (p *Plans) Now(camera string, at int64) (planned, stopped bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, w := range p.windows[camera] {
		planned = planned || w.From <= at && at < w.Until()
	}
	for _, off := range p.offHours(camera, at, at+1) {
		planned, stopped = true, off.Stops
	}
	return planned, stopped
}

// Next is the first instant behind at, within a day of it, at which Now may change for
// one of the cameras: an edge of hours or of a window.
func (p *Plans) Next(cameras []string, at int64) int64 {
	next := at + (24 * time.Hour).Microseconds()
	p.mu.RLock()
	defer p.mu.RUnlock()
	consider := func(edge int64) {
		if edge > at && edge < next {
			next = edge
		}
	}
	sites := false
	for _, c := range cameras {
		for _, w := range p.windows[c] {
			consider(w.From)
			consider(w.Until())
		}
		if own := len(p.schedules[c]) > 0; own || !sites {
			sites = sites || !own
			for _, off := range p.offHours(c, at, next) {
				consider(off.from)
				consider(off.to)
			}
		}
	}
	return next
}
