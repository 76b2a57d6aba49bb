package plan_test

import (
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/plan"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestRowsThatTellOtherThanTheirActs: a window that began earlier, another reason, hours
// that nobody set.
func TestRowsThatTellOtherThanTheirActs(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		at := func(h time.Duration) int64 { return morning.Add(h).UnixMicro() }
		w, err := r.Place(t.Context(), r.lead, plan.NewWindow{Cameras: []string{r.gate, r.yard}, From: at(time.Hour), To: at(3 * time.Hour), Reason: "更换镜头"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.EndNow(t.Context(), r.lead, w.ID, "完成"); err != nil {
			t.Fatal(err)
		}
		hours := r.agreed(plan.Schedule{Kind: plan.BusinessHours, Hours: []plan.Hours{{Days: []int{1, 2}, From: "08:00", To: "18:00"}}, Stops: true, Reason: "上班时间"})
		if _, err := r.Set(t.Context(), r.boss, plan.Schedule{Kind: plan.Always, Reason: "全天"}); err != nil {
			t.Fatal(err)
		}
		differ := func() (rows []string) {
			t.Helper()
			all, err := plan.Differ(t.Context(), d.Read())
			if err != nil {
				t.Fatal(err)
			}
			for _, one := range all {
				rows = append(rows, one.Row)
			}
			return rows
		}
		if rows := differ(); rows != nil {
			t.Fatalf("nobody touched them: %q", rows)
		}
		for query, want := range map[string]string{
			"UPDATE maintenance_windows SET from_at = from_at - 3600000000":      "maintenance_windows " + w.ID,
			"UPDATE maintenance_windows SET reason = 'x'":                        "maintenance_windows " + w.ID,
			"DELETE FROM maintenance_cameras WHERE camera = '" + r.yard + "'":    "maintenance_windows " + w.ID,
			"DELETE FROM maintenance_ends":                                       "maintenance_ends " + w.ID,
			"UPDATE schedules SET kind = 'always' WHERE id = '" + hours.ID + "'": "schedules " + hours.ID,
			"UPDATE schedules SET hours = '[]' WHERE id = '" + hours.ID + "'":    "schedules " + hours.ID,
		} {
			dbtest.Forge(t, d, query, func(ctx context.Context, tx bun.Tx) {
				all, err := plan.Differ(ctx, tx)
				if err != nil || len(all) != 1 || all[0].Row != want {
					t.Errorf("%s: %+v, %v; want %s", query, all, err, want)
				}
			})
		}
	})
}
