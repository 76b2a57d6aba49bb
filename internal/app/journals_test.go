package app

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"watchroom/internal/archive/lines"
	"watchroom/internal/archive/seal"
	"watchroom/internal/clock"
	"watchroom/internal/event"
	"watchroom/internal/recording"
	"watchroom/internal/testkit/clause"
)

// TestAlarmsAboutJournals: of one that cannot be read and of one that was set aside, apart, each
// with the newest of the days, until the last of them is over.
func TestAlarmsAboutJournals(t *testing.T) {
	clause.Covers(t, "C091")
	w := &watch{bus: &event.Bus{}, clock: clock.Clock(func() time.Time { return time.UnixMicro(1) }), log: slog.New(slog.DiscardHandler)}
	disks := &recording.Volumes{List: []*recording.Volume{{Root: "/srv/footage"}}}
	want := func(want ...string) {
		t.Helper()
		var got []string
		for _, a := range w.Alarms() {
			got = append(got, fmt.Sprint(a.Code, " ", a.Camera, " ", a.Params["volume"], " ", a.Params["day"], " ", a.Params["count"]))
		}
		slices.Sort(got)
		if strings.Join(got, ", ") != strings.Join(want, ", ") {
			t.Errorf("alarms %q, want %q", got, want)
		}
	}
	day := func(day, why string) seal.Unread { return seal.Unread{Camera: "gate", Day: day, Why: why} }
	w.journals.Unread(w.put, diskName(disks, ""), day("2026-11-28", "it is a pipe"))
	want("journal_unread gate /srv/footage 2026-11-28 1")
	w.journals.Aside(w.put, diskName(disks, ""), day("2026-11-28", "journal.jsonl.aside-1"))
	w.journals.Unread(w.put, diskName(disks, ""), day("2026-11-28", ""))
	w.journals.Aside(w.put, diskName(disks, ""), day("2026-11-29", "journal.jsonl.aside-1"))
	want("journal_aside gate /srv/footage 2026-11-29 2")
	w.journals.Unread(w.put, diskName(disks, ""), day("2026-11-27", "it is a pipe"))
	w.journals.Aside(w.put, diskName(disks, ""), day("2026-11-29", ""))
	want("journal_aside gate /srv/footage 2026-11-28 1", "journal_unread gate /srv/footage 2026-11-27 1")
	w.journals.Aside(w.put, diskName(disks, ""), day("2026-11-28", ""))
	want("journal_unread gate /srv/footage 2026-11-27 1")
	for range 2 {
		w.journals.Strange(w.put, diskName(disks, ""), lines.Found{Camera: "gate", Why: "told_otherwise"})
	}
	want("journal_strange gate /srv/footage <nil> 2", "journal_unread gate /srv/footage 2026-11-27 1")
}
