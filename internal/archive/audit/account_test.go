package audit_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// told is a site whose catalogue was made from the journals: cam1 does not answer behind its
// last segment, its recorder is killed then, and its first segment is removed by an order.
func told(t *testing.T, d *db.DB) (s *site, died int64) {
	t.Helper()
	s = newSite(t, d)
	var of []int // segments of cam1
	for i := range s.segments {
		if filepath.Dir(filepath.Dir(s.segments[i].File)) == "cam1" {
			of = append(of, i)
		}
	}
	first, last := s.segments[of[0]], s.segments[of[2]]
	died = last.End + 60e6
	w := journal.Writer{Root: s.root, Camera: "cam1"}
	s.must(w.Append(first.Start, journal.Record{Kind: journal.KindGap, At: last.End, Cause: media.CauseUnreachable},
		journal.Record{Kind: journal.KindStart, At: last.End + 120e6, Alive: died}))
	w.Close()
	s.bring(17)
	s.ordered(&first)
	s.bring(20)
	s.tombstone(&first, journal.GroundOrder, "o1")
	s.bring(21)
	offset := int64(1_500_000)
	clocks := journal.Writer{Root: s.root, Camera: "cam1"}
	s.must(clocks.Append(first.Start, journal.Record{Kind: journal.KindClock, At: last.End + 121e6, Offset: &offset, Source: "rtcp"}))
	clocks.Close()
	s.must(os.Remove(filepath.Join(s.root, first.File)))
	for _, camera := range []string{"cam1", "cam2"} {
		c := &archive.Catalogue{DB: d, Root: s.root, Clock: func() time.Time { return s.now }}
		s.must(c.Start(t.Context()))
		s.must(c.CatchUp(t.Context(), camera))
		c.Close()
	}
	s.bring(23) // removal is frozen: nobody has seen this footage before
	return s, died
}

// TestRowsThatShowOtherThanTheLog: with the database in hand somebody makes an outage
// maintenance, a deletion a matter of space, or leaves out that the recorder was dead.
func TestRowsThatShowOtherThanTheLog(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C091")
	for name, c := range map[string]struct {
		touch string
		want  func(s *site, died int64) []string
	}{
		"nothing": {"", nil},
		"an outage is maintenance": {"UPDATE coverage SET cause = 'maintenance_window' WHERE camera = 'cam1' AND cause = 'recorder_died'",
			func(_ *site, died int64) []string {
				return []string{fmt.Sprintf("coverage_untrue -1  coverage cam1 %d", died)}
			}},
		"an outage is left out": {"DELETE FROM coverage WHERE camera = 'cam1' AND cause = 'recorder_died'",
			func(_ *site, died int64) []string {
				return []string{fmt.Sprintf("coverage_untrue -1  coverage cam1 %d", died)}
			}},
		"it began later": {"UPDATE coverage SET start_at = start_at + 30000000 WHERE camera = 'cam1' AND cause = 'recorder_died'",
			func(_ *site, died int64) []string {
				return []string{fmt.Sprintf("coverage_untrue -1  coverage cam1 %d", died)}
			}},
		"a day before the camera was": {`INSERT INTO coverage_days (camera, end_at, start_at, day, zone, recorded, planned, unplanned, removed, causes, gaps, bytes, length, short)
			VALUES ('cam1', 1609545600000000, 1609459200000000, '2021-01-01', 'UTC', 86400000000, 0, 0, 0, '{}', 0, 0, 0, 0)`,
			func(*site, int64) []string { return []string{"record_untrue -1  coverage_days cam1 1609545600000000"} }},
		"a storage fault that nobody saw": {"INSERT INTO storage_faults (id, at, kind, subject, detail, closed) VALUES ('f1', 7, 'volume_full', '', '{}', 9)",
			func(*site, int64) []string { return []string{"record_untrue -1  storage_faults f1"} }},
		"another offset of its clock": {"UPDATE camera_clocks SET offset_us = 0", clockOf(0)},
		"another source of it":        {"UPDATE camera_clocks SET source = 'x'", clockOf(0)},
		"a measurement moved":         {"UPDATE camera_clocks SET at = at + 1", clockOf(0, 1)},
		"a measurement left out":      {"DELETE FROM camera_clocks", clockOf(0)},
		"a measurement nobody took":   {"INSERT INTO camera_clocks SELECT camera, at + 1, offset_us, source FROM camera_clocks", clockOf(1)},
		"another ground": {"UPDATE tombstones SET ground = 'space'",
			func(s *site, _ int64) []string { return []string{s.grave("tombstone_differs 20")} }},
		"another authority": {"UPDATE tombstones SET authority = 'o2'",
			func(s *site, _ int64) []string { return []string{s.grave("tombstone_differs 20")} }},
		"another time": {"UPDATE tombstones SET at = at - 5",
			func(s *site, _ int64) []string { return []string{s.grave("tombstone_differs 20")} }},
		"another place": {"UPDATE tombstones SET place = 'attic', at = at",
			func(s *site, _ int64) []string { return []string{s.grave("tombstone_differs 20")} }},
		"another length": {"UPDATE tombstones SET bytes = bytes + 1",
			func(s *site, _ int64) []string { return []string{s.grave("tombstone_differs 20")} }},
		"no tombstone": {"DELETE FROM tombstones",
			func(s *site, _ int64) []string { return []string{s.grave("tombstone_missing -1")} }},
		"a tombstone of nothing": {"UPDATE tombstones SET file = 'cam1/x.mp4'",
			func(s *site, _ int64) []string {
				return []string{s.grave("tombstone_missing -1"), "tombstone_unlogged -1 cam1/x.mp4 tombstones cam1/x.mp4"}
			}},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				s, died := told(t, d)
				var want []string
				if c.touch != "" {
					want = c.want(s, died)
					s.must(d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
						s.must(dbtest.Unguard(ctx, tx, d))
						_, err := tx.ExecContext(ctx, c.touch)
						return err
					}))
				}
				slices.Sort(want)
				found, r := s.verify()
				if diff := cmp.Diff(want, found); diff != "" || r.Untold != 0 {
					t.Errorf("want (-), found (+), %d accounts not compared:\n%s", r.Untold, diff)
				}
			})
		})
	}
}

// clockOf names measurements of the clock of cam1, so much behind the one that there is, µs.
func clockOf(behind ...int64) func(s *site, died int64) []string {
	return func(_ *site, died int64) (want []string) {
		for _, b := range behind {
			want = append(want, fmt.Sprintf("coverage_untrue -1  camera_clocks cam1 %d", died+61e6+b))
		}
		return want
	}
}

// grave names the tombstone of the removed segment.
func (s *site) grave(what string) string {
	return fmt.Sprintf("%s %s tombstones %s", what, s.segments[0].File, s.segments[0].File)
}
