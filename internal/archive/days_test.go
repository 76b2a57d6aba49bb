package archive_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/clocktest"
	"watchroom/internal/testkit/dbtest"
)

func location(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// week is a camera's journal of some days, and a catalogue that follows it.
type week struct {
	*past
	c    *archive.Catalogue
	zone *time.Location
	now  *clocktest.Hand
}

func newWeek(t *testing.T, d *db.DB, begin time.Time) *week {
	t.Helper()
	root := t.TempDir()
	w := &week{past: newPast(root, "cam1", 1), zone: begin.Location(), now: clocktest.At(begin)}
	w.c = &archive.Catalogue{DB: d, Root: root, Clock: w.now.Now}
	if err := w.c.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.c.Close)
	return w
}

// record puts a segment into the journal.
func (w *week) record(t *testing.T, from, to time.Time) {
	t.Helper()
	w.at = to.UnixMicro()
	name := segment.Name{Camera: w.camera, Start: from.UnixMicro(), Run: "r1"}
	lost, none := int64(0), int64(0)
	w.write(t, journal.Record{Kind: journal.KindSegment, At: w.at, Run: "r1", Segment: &journal.Segment{
		File: name.Path(), Start: from.UnixMicro(), End: w.at, Bytes: to.Sub(from).Milliseconds(), Frames: 1, Parts: 2, Root: "00", Codec: "h264", Lost: &lost, Dropped: &none}})
	w.c.Notify(w.camera)
}

func (w *week) gap(t *testing.T, at time.Time, cause media.Cause) {
	t.Helper()
	w.at = at.UnixMicro()
	w.write(t, journal.Record{Kind: journal.KindGap, At: w.at, Cause: cause})
	w.c.Notify(w.camera)
}

func (w *week) days(t *testing.T, from, to time.Time) []string {
	t.Helper()
	if _, err := w.c.KeepDays(t.Context(), w.camera, w.zone, from.UnixMicro(), to.UnixMicro(), 0); err != nil {
		t.Fatal(err)
	}
	days, err := w.c.Days(t.Context(), w.zone.String(), nil, from.UnixMicro(), to.UnixMicro())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, d := range days {
		h := func(us int64) string { return fmt.Sprint(time.Duration(us) * time.Microsecond) }
		var causes []string
		for _, c := range []media.Cause{media.CauseConnecting, media.CauseNetwork, media.CauseUnreachable, media.CauseUnknown} {
			if d.Causes[c] > 0 {
				causes = append(causes, fmt.Sprintf("%s %s", c, h(d.Causes[c])))
			}
		}
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s: %s + %s planned + %s in %d; %d; %s", d.Date, h(d.Recorded), h(d.Planned), h(d.Unplanned), d.Gaps, d.Bytes, strings.Join(causes, " "))))
	}
	return out
}

// TestDaysFollowCoverage: closed days are kept, with planned gaps told apart, made
// anew when a row under them changes late, and only when they are told to their end.
func TestDaysFollowCoverage(t *testing.T) {
	clause.Covers(t, "C093")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		berlin := location(t, "Europe/Berlin")
		day := func(n, hour int) time.Time { return time.Date(2026, 3, 28+n, hour, 0, 0, 0, berlin) }
		w := newWeek(t, d, day(0, 0))
		maintenance := coverage.Stretch{Start: day(1, 12).UnixMicro(), End: day(1, 14).UnixMicro(), Cause: media.CauseMaintenance, Detail: "王芳: 布线"}
		w.c.Plan = func(_ string, from, to int64) []coverage.Stretch {
			s := maintenance
			if s.Start, s.End = max(s.Start, from), min(s.End, to); s.Start < s.End {
				return []coverage.Stretch{s}
			}
			return nil
		}
		w.record(t, day(0, 0), day(0, 24))
		w.record(t, day(1, 0), day(1, 10))
		w.gap(t, day(1, 11), media.CauseNetwork) // unknown until then
		w.record(t, day(1, 15), day(1, 22))
		w.now.Set(day(1, 23))
		first := "2026-03-28: 24h0m0s + 0s planned + 0s in 0; 86400000;"
		if diff := cmp.Diff([]string{first}, w.days(t, day(0, 0), day(2, 0))); diff != "" {
			t.Errorf("the second day is not over: %s", diff)
		}
		w.record(t, day(1, 22), day(2, 1))
		w.now.Set(day(2, 1))
		second := "2026-03-29: 16h0m0s + 2h0m0s planned + 3h0m0s in 2; 68400000; network 2h0m0s unknown 1h0m0s"
		// 23 hours: clocks go forward at 2. The last segment reaches an hour into the third day.
		second = strings.Replace(second, "16h0m0s", "18h0m0s", 1)
		if diff := cmp.Diff([]string{first, second}, w.days(t, day(0, 0), day(2, 0))); diff != "" {
			t.Errorf("the second day: %s", diff)
		}
		// A segment that could not be closed before is told of late.
		w.record(t, day(1, 10), day(1, 11))
		second = "2026-03-29: 19h0m0s + 2h0m0s planned + 2h0m0s in 2; 72000000; network 2h0m0s"
		if diff := cmp.Diff([]string{first, second}, w.days(t, day(0, 0), day(2, 0))); diff != "" {
			t.Errorf("told late: %s", diff)
		}
		// A camera that stays away: the days close while the gap lasts.
		w.gap(t, day(2, 2), media.CauseUnreachable)
		w.now.Set(day(4, 0))
		want := []string{first, second, "2026-03-30: 1h0m0s + 0s planned + 23h0m0s in 1; 0; unknown 1h0m0s unreachable 22h0m0s",
			"2026-03-31: 0s + 0s planned + 24h0m0s in 1; 0; unreachable 24h0m0s"}
		for i := range want {
			want[i] = strings.Replace(want[i], "unreachable", "camera_unreachable", 1)
		}
		want[2] = strings.Replace(want[2], "unknown 1h0m0s camera_unreachable 22h0m0s", "camera_unreachable 22h0m0s unknown 1h0m0s", 1)
		if diff := cmp.Diff(want, w.days(t, day(0, 0), day(4, 0))); diff != "" {
			t.Errorf("the gap that lasts: %s", diff)
		}
		// A lost catalogue loses the days too, and all are made again.
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			for _, table := range []string{"segments", "coverage", "journal_cursors"} {
				if _, err := tx.NewDelete().Table(table).Where("1 = 1").Exec(ctx); err != nil {
					return err
				}
			}
			_, err := tx.NewUpdate().Table("coverage_days").Set("recorded = 1").Where("1 = 1").Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		again := &archive.Catalogue{DB: d, Root: w.root, Clock: w.c.Clock, Plan: w.c.Plan}
		if err := again.Start(context.WithoutCancel(t.Context())); err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		w.c = again
		if diff := cmp.Diff(want, w.days(t, day(0, 0), day(4, 0))); diff != "" {
			t.Errorf("after the catalogue was lost: %s", diff)
		}
		if err := w.c.ForgetZone(t.Context(), "Asia/Shanghai"); err != nil {
			t.Fatal(err)
		}
		if days, err := w.c.Days(t.Context(), w.zone.String(), []string{w.camera}, 0, day(9, 0).UnixMicro()); err != nil || len(days) != 0 {
			t.Errorf("of another zone: %v, %v", days, err)
		}
	})
}

// TestPlannedGaps: the cause of every part is that of its own time.
func TestPlannedGaps(t *testing.T) {
	clause.Covers(t, "C076")
	d := dbtest.Open(t, db.SQLite)
	day := func(hour int) time.Time { return time.Date(2026, 11, 20, hour, 0, 0, 0, time.UTC) }
	w := newWeek(t, d, day(0))
	stretch := func(from, to int, cause media.Cause) coverage.Stretch {
		return coverage.Stretch{Start: day(from).UnixMicro(), End: day(to).UnixMicro(), Cause: cause}
	}
	w.c.Plan = func(string, int64, int64) []coverage.Stretch {
		return []coverage.Stretch{stretch(2, 4, media.CauseMaintenance), stretch(5, 6, media.CauseMaintenance), stretch(12, 14, media.CauseOffHours), stretch(20, 22, media.CauseMaintenance)}
	}
	w.record(t, day(0), day(1))
	w.gap(t, day(1), media.CauseNetwork) // before, in, between and behind two windows
	w.record(t, day(7), day(12))
	w.gap(t, day(12), media.CauseOffHours) // stopped by the plan; at 14 nothing has answered yet
	w.record(t, day(15), day(19))
	w.gap(t, day(19), media.CauseUnreachable) // lasts
	w.now.Set(day(23))
	lanes, err := w.c.Timeline(t.Context(), []string{w.camera}, day(0).UnixMicro(), day(23).UnixMicro(), 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range lanes[0].Spans {
		what := fmt.Sprintf("%d-%d %s", time.UnixMicro(s.Start).UTC().Hour(), time.UnixMicro(s.End).UTC().Hour(), s.Kind)
		for _, more := range []string{string(s.Cause), map[bool]string{true: "planned"}[s.Planned], string(s.Symptom), map[bool]string{true: "open"}[s.Open]} {
			if more != "" {
				what += " " + more
			}
		}
		got = append(got, what)
	}
	want := []string{"0-1 recorded", "1-2 gap network", "2-4 gap maintenance_window planned network", "4-5 gap network", "5-6 gap maintenance_window planned network", "6-7 gap network",
		"7-12 recorded", "12-14 gap planned_off_hours planned", "14-15 gap connecting", "15-19 recorded", "19-20 gap camera_unreachable",
		"20-22 gap maintenance_window planned camera_unreachable", "22-23 gap camera_unreachable open"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
