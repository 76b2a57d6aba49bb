package daily_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/archive/daily"
	"watchroom/internal/archive/damage"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// TestFootageThatIsGoneIsNotShownAsRecorded: not in days that are kept, whose rows stand, and
// not in those of now; and it is again when it was mended.
func TestFootageThatIsGoneIsNotShownAsRecorded(t *testing.T) {
	clause.Covers(t, "C076", "C093")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		day := func(n int, hour float64) int64 {
			return time.Date(2026, 10, n, 0, 0, 0, 0, time.UTC).UnixMicro() + int64(hour*3600e6)
		}
		r := open(t, d, time.UnixMicro(day(27, 12)).UTC())
		r.cameras = []daily.Camera{{ID: "gate", CreatedAt: day(24, 0)}, {ID: "yard", CreatedAt: day(24, 0)}}
		for _, c := range r.cameras {
			r.put(t, span{Camera: c.ID, StartAt: day(24, 0), EndAt: day(25, 10), Kind: "recorded"},
				span{Camera: c.ID, StartAt: day(25, 10), EndAt: day(25, 11), Kind: "gap", Cause: "network"},
				span{Camera: c.ID, StartAt: day(25, 11), EndAt: day(27, 12), Kind: "recorded"})
		}
		if err := r.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.Close()
		if err := r.Keep(t.Context()); err != nil {
			t.Fatal(err)
		}
		look := func(what string, want ...string) {
			t.Helper()
			m, err := r.Map(t.Context(), nil, "2026-10-24", "2026-10-27")
			if err != nil {
				t.Fatal(err)
			}
			got := show(m)
			for i, row := range m.Rows {
				for j, c := range row.Cells {
					if c.Day != nil && c.Day.Lost() {
						got[i] += " !" + m.Dates[j].Name[8:]
					}
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", what, diff)
			}
			if found, err := daily.Differ(t.Context(), d); err != nil || len(found) > 0 {
				t.Errorf("%s: the kept days differ: %v, %v", what, found, err)
			}
		}
		whole := "gate: 24=24/0/0 25=23/0/1 26=24/0/0 27=12/0/0…"
		look("all of it is there", whole, "yard: 24=24/0/0 25=23/0/1 26=24/0/0 27=12/0/0…")
		change := func(work func(ctx context.Context, tx bun.Tx) error) {
			t.Helper()
			if err := d.Tx(t.Context(), work); err != nil {
				t.Fatal(err)
			}
		}
		files := map[string][2]int64{"f1": {day(24, 20), day(25, 3)}, "f2": {day(25, 9), day(25, 12)}, "f3": {day(27, 1), day(27, 2)}}
		for file, at := range files {
			change(func(ctx context.Context, tx bun.Tx) error {
				return damage.Note(ctx, tx, 1, damage.Damage{File: file, Camera: "yard", StartAt: at[0], EndAt: at[1], Kind: damage.Missing, FoundBy: damage.Round})
			})
		}
		// No hours of the plan excuse it.
		look("some is gone", whole, "yard: 24=20/0/4 25=18/0/6 26=24/0/0 27=11/0/1… !24 !25 !27")
		months, err := r.Months(t.Context(), []string{"gate", "yard"}, "2026-10")
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(months[0].Unplanned/3600e6, months[1].Unplanned/3600e6); got != "1 11" {
			t.Errorf("the month: %s h", got)
		}
		for file := range files {
			change(func(ctx context.Context, tx bun.Tx) error { return damage.Mend(ctx, tx, 2, file) })
		}
		look("it is back", whole, "yard: 24=24/0/0 25=23/0/1 26=24/0/0 27=12/0/0…")
	})
}
