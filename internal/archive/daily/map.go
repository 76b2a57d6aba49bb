package daily

import (
	"context"
	"time"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/daybook"
	"watchroom/internal/problem"
)

// ErrDays refuses a map of no days, or of too many. Parameter: days.
var ErrDays = problem.New(problem.Invalid, "days_out_of_range", "The map covers between 1 and 120 days.").On("query.to")

// MaxDays is the widest map.
const MaxDays = 120

// live is how far back a day that is not kept is added up while somebody waits: its
// last segment may still be open. What lies further back is being made.
const live = 48 * time.Hour

// Date is one day of the map.
type Date struct {
	Name       string // 2026-11-22
	Start, End int64  // µs since 1970 UTC
}

// Cell is one day of one camera. A nil Day is being made, or the camera has none then.
type Cell struct {
	Day     *daybook.Day
	Pending bool // it was there and the day is being made
	Partial bool // the day is not over
}

// Row is one camera of the map.
type Row struct {
	Camera string
	Cells  []Cell // as the dates
}

// Map is cameras by days.
type Map struct {
	Zone    string
	Dates   []Date
	Rows    []Row
	Pending int // cells
}

// Dates are the days of the site's zone from one to another, both included. They are
// written as 2026-11-22.
func Dates(zone *time.Location, from, to string) ([]Date, error) {
	first, err := time.ParseInLocation(time.DateOnly+" 15", from+" 12", zone)
	if err != nil {
		return nil, ErrDays
	}
	last, err := time.ParseInLocation(time.DateOnly+" 15", to+" 12", zone)
	if err != nil || last.Before(first) || first.Year() < 1970 || last.Year() > 2200 {
		return nil, ErrDays
	}
	var out []Date
	for start, end := daybook.Midnight(first.UnixMicro(), zone); start.Before(last); start, end = daybook.Midnight(end.UnixMicro(), zone) {
		if len(out) == MaxDays {
			return nil, ErrDays.With("days", MaxDays)
		}
		out = append(out, Date{start.Format(time.DateOnly), start.UnixMicro(), end.UnixMicro()})
	}
	return out, nil
}

// Map gives the days from one to another, both included, of some cameras, or of all in
// service then if none is named.
func (k *Keeper) Map(ctx context.Context, cameras []string, from, to string) (*Map, error) {
	dates, err := Dates(k.Zone, from, to)
	if err != nil {
		return nil, err
	}
	known, err := k.Cameras(ctx)
	if err != nil {
		return nil, err
	}
	list := pick(known, cameras, dates)
	m := &Map{Zone: k.Zone.String(), Dates: dates, Rows: make([]Row, len(list))}
	at := make(map[string]int, len(list))
	for i, c := range list {
		at[c.ID] = i
		m.Rows[i] = Row{Camera: c.ID, Cells: make([]Cell, len(dates))}
	}
	column := make(map[int64]int, len(dates))
	for i, d := range dates {
		column[d.End] = i
	}
	if len(list) == 0 {
		return m, nil
	}
	ids := make([]string, len(list)) // by name they are read in the order in which they lie
	for i, c := range list {
		ids[i] = c.ID
	}
	days, err := k.Catalogue.Days(ctx, k.Zone.String(), ids, dates[0].Start, dates[len(dates)-1].End)
	if err != nil {
		return nil, err
	}
	if err := Return(ctx, k.Catalogue, days); err != nil {
		return nil, err
	}
	ended := make(map[string]int64, len(list))
	for _, c := range list {
		ended[c.ID] = c.RetiredAt
	}
	if err := Lose(ctx, k.Catalogue, k.Zone, days, ended); err != nil {
		return nil, err
	}
	begins := map[string]int64{} // of those asked for
	for i := range days {
		row, ok := at[days[i].Camera]
		col, is := column[days[i].End]
		if !ok || !is {
			continue
		}
		if within, err := k.within(ctx, list[row], &days[i], begins); err != nil {
			return nil, err
		} else if within {
			m.Rows[row].Cells[col].Day = &days[i]
		}
	}
	if err := k.recent(ctx, m, list); err != nil {
		return nil, err
	}
	return m, nil
}

// within tells whether a kept day lies in its camera's service: a row that says otherwise is
// none that was kept. Footage may be older than what the registry knows of its camera.
func (k *Keeper) within(ctx context.Context, c Camera, d *daybook.Day, begins map[string]int64) (bool, error) {
	if c.RetiredAt != 0 && d.Start >= c.RetiredAt {
		return false, nil
	}
	if d.End > c.CreatedAt && c.CreatedAt != 0 {
		return true, nil
	}
	first, asked := begins[c.ID]
	if !asked {
		var err error
		if first, err = k.Catalogue.First(ctx, c.ID); err != nil {
			return false, err
		}
		begins[c.ID] = first
	}
	return first != 0 && d.End > first, nil
}

// pick chooses cameras by id, or all that were in service on one of the dates.
func pick(known []Camera, ids []string, dates []Date) []Camera {
	byID := make(map[string]Camera, len(known))
	var all []Camera
	for _, c := range known {
		byID[c.ID] = c
		if c.CreatedAt < dates[len(dates)-1].End && (c.RetiredAt == 0 || c.RetiredAt > dates[0].Start) {
			all = append(all, c)
		}
	}
	if len(ids) == 0 {
		return all
	}
	out := make([]Camera, len(ids))
	for i, id := range ids {
		c, ok := byID[id]
		if !ok {
			c.ID = id
		}
		out[i] = c
	}
	return out
}

// recent adds up the days that are not kept yet, where they are young enough, and
// marks the others.
func (k *Keeper) recent(ctx context.Context, m *Map, list []Camera) error {
	now := k.Clock.Micro()
	begin := len(m.Dates)
	var ids []string
	for i, c := range list {
		waits := false
		for j, d := range m.Dates {
			cell := &m.Rows[i].Cells[j]
			switch {
			case cell.Day != nil, d.Start >= now, c.CreatedAt >= d.End, c.RetiredAt != 0 && c.RetiredAt <= d.Start:
			case d.End < now-live.Microseconds():
				cell.Pending = true
			default:
				waits, begin = true, min(begin, j)
			}
		}
		if waits {
			ids = append(ids, c.ID)
		}
	}
	if len(ids) > 0 {
		from, to := m.Dates[begin].Start, min(now, m.Dates[len(m.Dates)-1].End)
		lanes, err := k.Catalogue.Timeline(ctx, ids, from, to, 0)
		if err != nil {
			return err
		}
		spans := make(map[string][]coverage.Span, len(lanes))
		for _, l := range lanes {
			spans[l.Camera] = l.Spans
		}
		for i, c := range list {
			for j := begin; j < len(m.Dates); j++ {
				d, cell := m.Dates[j], &m.Rows[i].Cells[j]
				if cell.Day != nil || d.Start >= now || spans[c.ID] == nil {
					continue
				}
				day := daybook.Sum(c.ID, time.UnixMicro(d.Start).In(k.Zone), time.UnixMicro(d.End).In(k.Zone), spans[c.ID], c.RetiredAt)
				cell.Partial = d.End > now
				if day.Service() > 0 {
					cell.Day = &day
				}
			}
		}
	}
	for i, c := range list {
		m.Pending += k.settle(ctx, m, i, c)
	}
	return nil
}

// settle counts the cells of a camera that are being made. Before its first picture
// there is nothing to make.
func (k *Keeper) settle(ctx context.Context, m *Map, row int, c Camera) (pending int) {
	first, asked := int64(0), false
	for j := range m.Rows[row].Cells {
		cell := &m.Rows[row].Cells[j]
		if !cell.Pending {
			continue
		}
		if !asked {
			asked = true
			var err error
			if first, err = k.Catalogue.First(ctx, c.ID); err != nil {
				first = 0 // told as pending: not known to be empty
				pending++
				continue
			}
		}
		if cell.Pending = first != 0 && first < m.Dates[j].End; cell.Pending {
			pending++
		}
	}
	return pending
}

// Month is what a calendar month of a camera was. Lengths are µs.
type Month struct {
	Camera                                string
	Recorded, Planned, Unplanned, Removed int64
	Gaps                                  int
	Partial                               bool // the month is not over, or days of it are being made
}

// Availability is the share of the time in which recording was demanded that was
// recorded; footage that was lawfully removed since was. ok is false where nothing was
// demanded.
func (m *Month) Availability() (share float64, ok bool) {
	demanded := m.Recorded + m.Unplanned + m.Removed
	if demanded <= 0 {
		return 0, false
	}
	return float64(m.Recorded+m.Removed) / float64(demanded), true
}

// Months gives the figures of a month, written as 2026-11, of some cameras, or of all
// in service then.
func (k *Keeper) Months(ctx context.Context, cameras []string, month string) ([]Month, error) {
	first, err := time.Parse("2006-01", month)
	if err != nil {
		return nil, ErrDays
	}
	last := first.AddDate(0, 1, -1)
	m, err := k.Map(ctx, cameras, first.Format(time.DateOnly), last.Format(time.DateOnly))
	if err != nil {
		return nil, err
	}
	out := make([]Month, len(m.Rows))
	now := k.Clock.Micro()
	for i, r := range m.Rows {
		out[i] = Month{Camera: r.Camera, Partial: m.Dates[len(m.Dates)-1].End > now}
		for _, c := range r.Cells {
			out[i].Partial = out[i].Partial || c.Pending
			if d := c.Day; d != nil {
				out[i].Recorded += d.Recorded
				out[i].Planned += d.Planned
				out[i].Unplanned += d.Unplanned
				out[i].Removed += d.Removed
				out[i].Gaps += d.Gaps
			}
		}
	}
	return out, nil
}
