package daily_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/daily"
	"watchroom/internal/archive/daybook"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

type span struct {
	bun.BaseModel `bun:"table:coverage"`
	Camera        string
	StartAt       int64
	EndAt         int64
	Kind          string
	Cause         string
	Detail        string
}

type room struct {
	*daily.Keeper
	d       *db.DB
	now     time.Time
	cameras []daily.Camera
}

func open(t testing.TB, d *db.DB, now time.Time) *room {
	t.Helper()
	r := &room{d: d, now: now}
	clock := func() time.Time { return r.now }
	c := &archive.Catalogue{DB: d, Root: t.TempDir(), Clock: clock, Plan: func(camera string, from, to int64) []coverage.Stretch {
		if camera != "yard" { // every night from 22:00 to 06:00
			return nil
		}
		var out []coverage.Stretch
		for start, end := daybook.Midnight(from, now.Location()); start.UnixMicro() < to; start, end = daybook.Midnight(end.UnixMicro(), now.Location()) {
			y, m, d := start.Date()
			for _, s := range [][2]int64{{start.UnixMicro(), time.Date(y, m, d, 6, 0, 0, 0, now.Location()).UnixMicro()}, {time.Date(y, m, d, 22, 0, 0, 0, now.Location()).UnixMicro(), end.UnixMicro()}} {
				if a, b := max(s[0], from), min(s[1], to); a < b {
					out = append(out, coverage.Stretch{Start: a, End: b, Cause: media.CauseOffHours})
				}
			}
		}
		return out
	}}
	if err := c.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	r.Keeper = &daily.Keeper{Catalogue: c, Zone: now.Location(), Clock: clock, Every: time.Hour,
		Cameras: func(context.Context) ([]daily.Camera, error) { return r.cameras, nil }}
	c.OnStale = r.Stale
	return r
}

func (r *room) put(t testing.TB, rows ...span) {
	t.Helper()
	err := r.d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&rows).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func show(m *daily.Map) []string {
	var out []string
	for _, r := range m.Rows {
		line := r.Camera + ":"
		for i, c := range r.Cells {
			line += " " + m.Dates[i].Name[8:]
			switch {
			case c.Pending:
				line += "?"
			case c.Day == nil:
				line += "-"
			default:
				h := func(us int64) string {
					return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(us)/3600e6), ".0")
				}
				line += fmt.Sprintf("=%s/%s/%s", h(c.Day.Recorded), h(c.Day.Planned), h(c.Day.Unplanned))
			}
			if c.Partial {
				line += "…"
			}
		}
		out = append(out, line)
	}
	return out
}

// TestTheMap: closed days from what is kept, today and yesterday as they are, days
// that are being made as such, and nothing outside a camera's service.
func TestTheMap(t *testing.T) {
	clause.Covers(t, "C076")
	clause.Covers(t, "C093")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		zone, err := time.LoadLocation("Europe/Berlin")
		if err != nil {
			t.Fatal(err)
		}
		day := func(n int, hour float64) int64 {
			return time.Date(2026, 10, n, 0, 0, 0, 0, zone).UnixMicro() + int64(hour*3600e6)
		}
		r := open(t, d, time.UnixMicro(day(27, 12)).In(zone))
		r.cameras = []daily.Camera{{ID: "gate", CreatedAt: day(23, 6)}, {ID: "yard", CreatedAt: day(1, 0)}, {ID: "old", CreatedAt: day(1, 0), RetiredAt: day(24, 12)},
			{ID: "new", CreatedAt: day(27, 11)}, {ID: "gone", CreatedAt: day(1, 0), RetiredAt: day(2, 0)}}
		r.put(t,
			span{Camera: "gate", StartAt: day(23, 6), EndAt: day(25, 10), Kind: "recorded"},
			span{Camera: "gate", StartAt: day(25, 10), EndAt: day(25, 11), Kind: "gap", Cause: "network"},
			span{Camera: "gate", StartAt: day(25, 11), EndAt: day(27, 12), Kind: "recorded"},
			span{Camera: "yard", StartAt: day(1, 0), EndAt: day(24, 20), Kind: "recorded"},
			span{Camera: "yard", StartAt: day(24, 20), EndAt: math.MaxInt64, Kind: "gap", Cause: "camera_unreachable"},
			span{Camera: "old", StartAt: day(1, 0), EndAt: day(24, 12), Kind: "recorded"},
			span{Camera: "old", StartAt: day(24, 12), EndAt: math.MaxInt64, Kind: "gap", Cause: "switched_off"},
			span{Camera: "new", StartAt: day(27, 11), EndAt: day(27, 12), Kind: "recorded"},
		)
		look := func() []string {
			t.Helper()
			m, err := r.Map(t.Context(), nil, "2026-10-23", "2026-10-28")
			if err != nil {
				t.Fatal(err)
			}
			return show(m)
		}
		// The 25th has 25 hours. Behind it the yard's nights are planned.
		want := []string{
			"gate: 23? 24? 25=24/0/1 26=24/0/0 27=12/0/0… 28-",
			"yard: 23? 24? 25=0/9/16 26=0/8/16 27=0/6/6… 28-",
			"old: 23? 24? 25- 26- 27- 28-",
			"new: 23- 24- 25- 26- 27=1/0/0… 28-",
		}
		if diff := cmp.Diff(want, look()); diff != "" {
			t.Errorf("nothing is kept yet: %s", diff)
		}
		if err := r.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.Close()
		if err := r.Keep(t.Context()); err != nil {
			t.Fatal(err)
		}
		want = []string{
			"gate: 23=18/0/0 24=24/0/0 25=24/0/1 26=24/0/0 27=12/0/0… 28-",
			"yard: 23=24/0/0 24=20/2/2 25=0/9/16 26=0/8/16 27=0/6/6… 28-",
			"old: 23=24/0/0 24=12/0/0 25- 26- 27- 28-",
			"new: 23- 24- 25- 26- 27=1/0/0… 28-",
		}
		if diff := cmp.Diff(want, look()); diff != "" {
			t.Errorf("kept: %s", diff)
		}
		months, err := r.Months(t.Context(), []string{"gate", "yard", "new", "nobody"}, "2026-10")
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, m := range months {
			share, ok := m.Availability()
			said = append(said, fmt.Sprintf("%s %.4f %v %d %v", m.Camera, share, ok, m.Gaps, m.Partial))
		}
		if diff := cmp.Diff([]string{"gate 0.9903 true 1 true", "yard 0.9346 true 4 true", "new 1.0000 true 0 true", "nobody 0.0000 false 0 true"}, said); diff != "" {
			t.Errorf("the month: %s", diff)
		}
	})
}

// What is taken in of the past, after the days before it were looked for, has its days.
func TestAPastThatComesLater(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		day := func(n int, hour float64) int64 {
			return time.Date(2026, 10, n, 0, 0, 0, 0, time.UTC).UnixMicro() + int64(hour*3600e6)
		}
		r := open(t, d, time.UnixMicro(day(27, 12)).UTC())
		r.cameras = []daily.Camera{{ID: "gate", CreatedAt: day(23, 0)}}
		r.put(t, span{Camera: "gate", StartAt: day(27, 0), EndAt: day(27, 12), Kind: "recorded"})
		if err := r.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.Close()
		if err := r.Keep(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.put(t, span{Camera: "gate", StartAt: day(23, 0), EndAt: day(27, 0), Kind: "recorded"})
		if err := r.Keep(t.Context()); err != nil {
			t.Fatal(err)
		}
		m, err := r.Map(t.Context(), nil, "2026-10-23", "2026-10-27")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"gate: 23=24/0/0 24=24/0/0 25=24/0/0 26=24/0/0 27=12/0/0…"}, show(m)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestMapsThatCannotBe(t *testing.T) {
	r := open(t, dbtest.Open(t, db.SQLite), time.Date(2026, 10, 27, 12, 0, 0, 0, time.UTC))
	for _, c := range [][2]string{{"2026-10-27", "2026-10-26"}, {"2026-01-01", "2026-05-01"}, {"yesterday", "2026-10-26"}, {"2026-02-30", "2026-03-01"}, {"2026-10-26", ""}, {"1969-12-31", "1970-01-01"}} {
		if _, err := r.Map(t.Context(), nil, c[0], c[1]); !errors.Is(err, daily.ErrDays) {
			t.Errorf("%v: %v", c, err)
		}
	}
	if m, err := r.Map(t.Context(), nil, "2026-01-01", "2026-04-30"); err != nil || len(m.Dates) != 120 {
		t.Errorf("120 days: %v", err)
	}
	if _, err := r.Months(t.Context(), nil, "2026-13"); !errors.Is(err, daily.ErrDays) {
		t.Errorf("month: %v", err)
	}
}

// BenchmarkMap is 120 days of 500 cameras.
func BenchmarkMap(b *testing.B) {
	d := dbtest.Open(b, db.SQLite)
	now := time.Date(2026, 10, 27, 12, 0, 0, 0, time.UTC)
	r := open(b, d, now)
	begin := now.AddDate(0, 0, -130).UnixMicro()
	for i := range 500 {
		var rows []span
		id := fmt.Sprintf("camera%03d", i)
		r.cameras = append(r.cameras, daily.Camera{ID: id, CreatedAt: begin})
		at := begin
		for n := range 130 { // a gap a day
			rows = append(rows, span{Camera: id, StartAt: at, EndAt: at + 86000e6, Kind: "recorded"},
				span{Camera: id, StartAt: at + 86000e6, EndAt: at + 86400e6, Kind: "gap", Cause: "network", Detail: fmt.Sprint(n)})
			at += 86400e6
		}
		r.put(b, rows...)
	}
	r.Zone = now.Location()
	if err := r.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	r.Close()
	if err := r.Keep(b.Context()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		m, err := r.Map(b.Context(), nil, "2026-06-30", "2026-10-27")
		if err != nil || m.Pending > 0 {
			b.Fatal(err, m.Pending)
		}
	}
}
