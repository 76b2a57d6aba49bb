package judge_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/archive"
	"watchroom/internal/archive/audit/judge"
	"watchroom/internal/archive/order"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/logtest"
	"watchroom/internal/testkit/people"
)

const (
	origin = "node/log"
	second = int64(1_000_000)
	day    = 86400 * second
)

// proving is a transparency log as those see it who ask for proof.
type proving struct{ *logtest.Log }

func (p proving) Proved(ctx context.Context, of string, index int64) ([]byte, error) {
	if of != origin || index >= p.Size() {
		return nil, warrant.ErrNone
	}
	for b, err := range p.Entries(ctx, index, index+1) {
		return b, err
	}
	return nil, warrant.ErrNone
}

// TestRemovalsAreJudged: by the clock and by the order of the logs, and by how old the
// journals say that the footage was.
func TestRemovalsAreJudged(t *testing.T) {
	clause.Covers(t, "C091", "C094")
	leak.Check(t)
	present := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	now := present.UnixMicro()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		log, root := &logtest.Log{}, t.TempDir()
		pump := &ledger.Pump{DB: d, Into: log, Origin: origin}
		if err := pump.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer pump.Close()
		gate, yard := people.Camera(t, d, "gate"), people.Camera(t, d, "yard")
		orders := &order.Orders{DB: d, Clock: func() time.Time { return present.Add(time.Hour) }} // ahead
		lead, boss, chief := people.Add(t, d, "lead", access.DutyLead), people.Add(t, d, "boss", access.Supervisor), people.Add(t, d, "chief", access.Leader)
		people.OnRecord(t, d, lead, boss, chief)
		o, err := orders.Request(t.Context(), lead, order.New{Ground: order.Erasure, Reason: "reason", Document: "7",
			Cameras: []string{gate}, From: now - 30*day, To: now - 29*day})
		for _, who := range []access.Actor{boss, chief} {
			if err == nil {
				o, err = orders.Decide(t.Context(), who, o.ID, true, "")
			}
		}
		w := journal.Writer{Root: root, Camera: yard}
		if err == nil { // set forward by 195 days
			err = w.Append(now-5*day, journal.Record{Kind: journal.KindGap, At: now - 199*day, Cause: media.CauseClockStep}, journal.Record{Kind: journal.KindRun, At: now - 5*day, Run: "after"})
		}
		w.Close()
		for n := int64(1); err == nil && n > 0; n, _, err = ledger.Waiting(t.Context(), d.Read()) {
			pump.Notify()
		}
		if err != nil {
			t.Fatal(err)
		}
		j := judge.Judge{Log: proving{log}, Roots: []string{root}, Logs: []string{"node/older", origin}, Began: now}
		if untrue, err := j.Read(t.Context(), d); err != nil || len(untrue) > 0 {
			t.Fatal(untrue, err)
		}
		order := archive.Tombstone{Camera: gate, StartAt: now - 30*day, EndAt: now - 30*day + 600*second, Ground: journal.GroundOrder, Authority: o.ID, At: now}
		space := archive.Tombstone{Camera: gate, StartAt: now - 200*day, EndAt: now - 200*day + 600*second, Ground: journal.GroundSpace, At: now}
		young, early, later := space, space, space
		young.Camera, early.Camera = yard, yard
		early.At, later.At = now-6*day, now+2*3600*second
		for name, c := range map[string]struct {
			of   archive.Tombstone
			log  int
			leaf int64
			want string
		}{
			"behind the approvals":         {order, 1, log.Size(), ""},
			"before them":                  {order, 1, 0, "given later"},
			"in a log that ended":          {order, 0, log.Size(), "given later"},
			"old enough":                   {space, 1, log.Size(), ""},
			"younger than its times":       {young, 1, log.Size(), "within its minimum"},
			"before the step was known of": {early, 1, log.Size(), ""},
			"to come":                      {later, 1, log.Size(), "to come"},
		} {
			if why, err := j.Why(&c.of, c.log, c.leaf); err != nil || (why == "") != (c.want == "") || !strings.Contains(why, c.want) {
				t.Errorf("%s: %q, %v; want %q", name, why, err, c.want)
			}
		}
	})
}
