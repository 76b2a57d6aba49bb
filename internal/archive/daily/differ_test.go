package daily_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/archive/daily"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// TestDaysThatSomebodyWrote: a kept day is what its account comes to. One that lies outside of
// the account is not shown, and gone with the next start.
func TestDaysThatSomebodyWrote(t *testing.T) {
	clause.Covers(t, "C076", "C091")
	leak.Check(t)
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	day := func(n int, hour float64) int64 {
		return time.Date(2026, 10, n, 0, 0, 0, 0, zone).UnixMicro() + int64(hour*3600e6)
	}
	kept := []string{"gate: 21- 22- 23=18/0/0 24=24/0/0 25=24/0/1 26=24/0/0 27=12/0/0…"}
	insert := func(n int) string {
		return fmt.Sprintf(`INSERT INTO coverage_days (camera, end_at, start_at, day, zone, recorded, planned, unplanned, removed, causes, gaps, bytes, length, short)
			VALUES ('gate', %d, %d, '2026-10-%02d', 'Europe/Berlin', 86400000000, 0, 0, 0, '{}', 0, 0, 0, 0)`, day(n+1, 0), day(n, 0), n)
	}
	for name, c := range map[string]struct {
		sql, want string
		shown     []string // by the map; nil: as it is kept
		back      bool     // as it was kept, after a start
	}{
		"nothing":                      {},
		"a day before the camera was":  {sql: insert(21), want: "2026-10-21: recorded 86400 s, planned 0 s, unplanned 0 s in 0 gaps, removed 0 s; by the account 0, 0, 0 in 0, 0", back: true},
		"a day that is not over":       {sql: insert(27), want: "2026-10-27: recorded 86400 s", shown: []string{strings.Replace(kept[0], "27=12/0/0…", "27=24/0/0", 1)}},
		"an outage is left out":        {sql: "UPDATE coverage_days SET recorded = recorded + unplanned, unplanned = 0, gaps = 0, causes = '{}' WHERE unplanned > 0", want: "recorded 90000 s, planned 0 s, unplanned 0 s", shown: []string{strings.Replace(kept[0], "25=24/0/1", "25=25/0/0", 1)}},
		"an outage was planned":        {sql: "UPDATE coverage_days SET planned = unplanned, unplanned = 0, gaps = 0, causes = '{}' WHERE unplanned > 0", want: "planned 3600 s, unplanned 0 s", shown: []string{strings.Replace(kept[0], "25=24/0/1", "25=24/1/0", 1)}},
		"an outage has another cause":  {sql: `UPDATE coverage_days SET causes = '{"disk_slow":3600000000}' WHERE unplanned > 0`, want: "2026-10-25"},
		"a day is called another":      {sql: "UPDATE coverage_days SET day = '2026-10-22' WHERE day = '2026-10-24'", want: "it is called 2026-10-22"},
		"a zone that there is not":     {sql: "UPDATE coverage_days SET zone = 'Mars/Olympus' WHERE day = '2026-10-24'", want: "nobody knows its zone", shown: []string{strings.Replace(kept[0], "24=24/0/0", "24?", 1)}, back: true},
		"a day of a camera that is no": {sql: strings.Replace(insert(24), "'gate'", "'nobody'", 1), want: "2026-10-24: recorded 86400 s"},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				r := open(t, d, time.UnixMicro(day(27, 12)).In(zone))
				r.cameras = []daily.Camera{{ID: "gate", CreatedAt: day(23, 6)}}
				r.put(t, span{Camera: "gate", StartAt: day(23, 6), EndAt: day(25, 10), Kind: "recorded"},
					span{Camera: "gate", StartAt: day(25, 10), EndAt: day(25, 11), Kind: "gap", Cause: "network"},
					span{Camera: "gate", StartAt: day(25, 11), EndAt: day(27, 12), Kind: "recorded"})
				start := func() {
					t.Helper()
					if err := r.Start(t.Context()); err != nil {
						t.Fatal(err)
					}
					r.Close()
					if err := r.Keep(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				shows := func(want []string) {
					t.Helper()
					m, err := r.Map(t.Context(), nil, "2026-10-21", "2026-10-27")
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(want, show(m)); diff != "" {
						t.Errorf("the map: %s", diff)
					}
				}
				start()
				shows(kept)
				if c.sql != "" {
					err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { _, err := tx.ExecContext(ctx, c.sql); return err })
					if err != nil {
						t.Fatal(err)
					}
				}
				found, err := daily.Differ(t.Context(), d)
				if err != nil || (len(found) > 0) != (c.want != "") || len(found) > 0 && (len(found) > 1 || !strings.HasPrefix(found[0].Row, "coverage_days ") || !strings.Contains(found[0].Why, c.want)) {
					t.Errorf("found %+v, %v", found, err)
				}
				if c.shown == nil {
					c.shown = kept
				}
				shows(c.shown)
				if c.back {
					start()
					shows(kept)
					if found, err := daily.Differ(t.Context(), d); err != nil || len(found) > 0 {
						t.Errorf("after a start: %+v, %v", found, err)
					}
				}
			})
		})
	}
}
