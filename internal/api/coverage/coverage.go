package coverage

import (
	"context"
	"math"
	"slices"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/archive/daily"
	"watchroom/internal/archive/daybook"
	"watchroom/internal/archive/plan"
	"watchroom/internal/clock"
)

// Routes are what coverage needs.
type Routes struct {
	Days  *daily.Keeper
	Plans *plan.Plans
	// Names gives the display names of all people by id.
	Names func(context.Context) (map[string]string, error)
	Clock clock.Clock
}

// seconds of µs, to the millisecond.
func seconds(us int64) float64 { return math.Round(float64(us)/1e3) / 1e3 }

// rounded keeps a share from being 1 where a second is missing.
func rounded(share float64) *float64 {
	share = math.Floor(share*1e5) / 1e5
	return &share
}

func mayRead(ctx context.Context, cameras []string) error {
	actor := route.Actor(ctx)
	for _, c := range cameras {
		if err := access.Can(actor, access.CameraRead, c); err != nil {
			return err
		}
	}
	return nil
}

func (x *Routes) days(ctx context.Context, in *mapInput) (*route.Answer[CoverageMap], error) {
	if err := mayRead(ctx, in.Camera); err != nil {
		return nil, err
	}
	m, err := x.Days.Map(ctx, in.Camera, in.From, in.To)
	if err != nil {
		return nil, err
	}
	reach := access.ReachOf(route.Actor(ctx), access.CameraRead)
	m.Rows = slices.DeleteFunc(m.Rows, func(r daily.Row) bool { return !reach.Has(r.Camera) })
	out := CoverageMap{Zone: m.Zone, Dates: make([]CoverageDate, len(m.Dates)), Cameras: make([]CoverageRow, len(m.Rows)), Pending: m.Pending}
	for i, d := range m.Dates {
		out.Dates[i] = CoverageDate{Day: d.Name, Start: route.Time(d.Start), End: route.Time(d.End)}
	}
	for i, r := range m.Rows {
		cells := make([]CoverageCell, len(r.Cells))
		for j, c := range r.Cells {
			cells[j] = cell(c)
		}
		out.Cameras[i] = CoverageRow{Camera: r.Camera, Cells: cells}
	}
	return route.Reply(out), nil
}

func cell(c daily.Cell) CoverageCell {
	if c.Pending {
		return CoverageCell{Flags: []string{"pending"}}
	}
	if c.Day == nil {
		return CoverageCell{Flags: []string{"none"}}
	}
	d := c.Day
	out := CoverageCell{Recorded: seconds(d.Recorded), Planned: seconds(d.Planned), Removed: seconds(d.Removed), Gaps: d.Gaps, Share: share(d)}
	if len(d.Causes) > 0 {
		out.Unplanned = make(map[string]float64, len(d.Causes))
		for cause, us := range d.Causes {
			out.Unplanned[string(cause)] = seconds(us)
		}
	}
	if c.Partial {
		out.Flags = append(out.Flags, "partial")
	}
	if d.Short > 0 {
		out.Flags = append(out.Flags, "short")
	}
	if d.Lost() {
		out.Flags = append(out.Flags, "damaged")
	}
	return out
}

func share(d *daybook.Day) *float64 {
	demanded := d.Recorded + d.Removed + d.Unplanned
	if demanded <= 0 {
		return nil
	}
	return rounded(float64(d.Recorded+d.Removed) / float64(demanded))
}

func (x *Routes) month(ctx context.Context, in *monthInput) (*route.Answer[route.List[CoverageMonth]], error) {
	if err := mayRead(ctx, in.Camera); err != nil {
		return nil, err
	}
	months, err := x.Days.Months(ctx, in.Camera, in.Month)
	if err != nil {
		return nil, err
	}
	reach := access.ReachOf(route.Actor(ctx), access.CameraRead)
	months = slices.DeleteFunc(months, func(m daily.Month) bool { return !reach.Has(m.Camera) })
	return route.Items(months, func(m daily.Month) CoverageMonth {
		out := CoverageMonth{Camera: m.Camera, Recorded: seconds(m.Recorded), Planned: seconds(m.Planned), Unplanned: seconds(m.Unplanned),
			Removed: seconds(m.Removed), Gaps: m.Gaps, Partial: m.Partial}
		if share, ok := m.Availability(); ok {
			out.Availability = rounded(share)
		}
		return out
	}), nil
}

func (x *Routes) schedules(ctx context.Context, _ *struct{}) (*route.Answer[route.List[Schedule]], error) {
	all, err := x.Plans.Schedules(ctx)
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	reach := access.ReachOf(route.Actor(ctx), access.CameraRead)
	all = slices.DeleteFunc(all, func(s plan.Schedule) bool { return !reach.Has(s.Camera) })
	seen := map[string]bool{}
	return route.Items(all, func(s plan.Schedule) Schedule {
		out := scheduleFace(s, names)
		out.InForce = !seen[s.Camera]
		seen[s.Camera] = true
		return out
	}), nil
}

// Span gives hours as they are shown.
func Span(list []plan.Hours) []Hours {
	hours := make([]Hours, len(list))
	for i, h := range list {
		hours[i] = Hours(h)
	}
	return hours
}

func scheduleFace(s plan.Schedule, names map[string]string) Schedule {
	return Schedule{ID: s.ID, Camera: s.Camera, At: route.Time(s.At), Kind: string(s.Kind), Hours: Span(s.Hours), Stops: s.Stops, Reason: s.Reason,
		Person: s.Person, PersonName: names[s.Person], Waits: s.Waits}
}

func (x *Routes) set(ctx context.Context, in *scheduleInput) (*route.Answer[Schedule], error) {
	b := in.Body
	hours := make([]plan.Hours, len(b.Hours))
	for i, h := range b.Hours {
		hours[i] = plan.Hours(h)
	}
	s, err := x.Plans.Set(ctx, route.Actor(ctx), plan.Schedule{Camera: b.Camera, Kind: plan.Kind(b.Kind), Hours: hours, Stops: b.Stops, Reason: b.Reason})
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	out := scheduleFace(s, names)
	out.InForce = s.Waits == ""
	return route.Reply(out), nil
}

func (x *Routes) windows(ctx context.Context, in *windowsInput) (*route.Answer[route.List[Window]], error) {
	since := x.Clock.Micro()
	if in.All {
		since = 0
	}
	all, err := x.Plans.Windows(ctx, since)
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	reach := access.ReachOf(route.Actor(ctx), access.CameraRead)
	all = slices.DeleteFunc(all, func(w plan.Window) bool { return !reach.Meets(w.Cameras) })
	return route.Items(all, func(w plan.Window) Window {
		w.Cameras = reach.Of(w.Cameras) // what is elsewhere is not told
		return x.window(w, names)
	}), nil
}

func (x *Routes) window(w plan.Window, names map[string]string) Window {
	now := x.Clock.Micro()
	out := Window{ID: w.ID, Cameras: w.Cameras, From: route.Time(w.From), To: route.Time(w.To), Until: route.Time(w.Until()), State: "running",
		Reason: w.Reason, Person: w.Person, PersonName: names[w.Person], PlacedAt: route.Time(w.At)}
	switch {
	case w.Until() <= now:
		out.State = "over"
	case w.From > now:
		out.State = "coming"
	}
	if w.End != nil {
		out.EndedAt, out.EndedBy, out.EndReason = route.TimeOrNil(w.End.At), w.End.Person, w.End.Reason
	}
	return out
}

func (x *Routes) place(ctx context.Context, in *windowInput) (*route.Answer[Window], error) {
	b := in.Body
	n := plan.NewWindow{Cameras: b.Cameras, To: b.To.UnixMicro(), Reason: b.Reason}
	if err := route.Instants(b.To); err != nil {
		return nil, err
	}
	if b.From != nil {
		if err := route.Instants(*b.From); err != nil {
			return nil, err
		}
		n.From = b.From.UnixMicro()
	}
	w, err := x.Plans.Place(ctx, route.Actor(ctx), n)
	return x.answer(ctx, w, err)
}

func (x *Routes) end(ctx context.Context, in *endInput) (*route.Answer[Window], error) {
	w, err := x.Plans.EndNow(ctx, route.Actor(ctx), in.ID, in.Body.Reason)
	return x.answer(ctx, w, err)
}

func (x *Routes) answer(ctx context.Context, w plan.Window, err error) (*route.Answer[Window], error) {
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	return route.Reply(x.window(w, names)), nil
}
