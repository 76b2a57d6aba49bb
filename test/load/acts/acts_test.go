package acts_test

import (
	"fmt"
	"testing"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger/trail"
	"watchroom/internal/testkit/dbtest"
	"watchroom/test/load/acts"
)

// TestTheActsAreFound fills so few that most statements are not full.
func TestTheActsAreFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const n = 1234
		h := acts.NewHouse(n)
		said := ""
		if err := h.Fill(t.Context(), d, n, func(format string, args ...any) { said += fmt.Sprintf(format, args...) }); err != nil {
			t.Fatal(err)
		}
		if said == "" {
			t.Error("nothing was said")
		}
		end := time.UnixMicro(h.Begin).AddDate(acts.Years, 0, 1)
		index := &trail.Index{DB: d, Clock: clock.Clock(func() time.Time { return end })}
		for more := true; more; {
			var err error
			if more, err = index.Step(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		var have, outbox int
		if err := d.Read().NewRaw("SELECT COUNT(*) FROM acts").Scan(t.Context(), &have); err != nil || have != n {
			t.Errorf("%d acts, %v", have, err)
		}
		if err := d.Read().NewRaw("SELECT COUNT(*) FROM act_outbox WHERE leaf IS NOT NULL").Scan(t.Context(), &outbox); err != nil || outbox != n {
			t.Errorf("%d in the log, %v", outbox, err)
		}
		p, err := trail.Read(t.Context(), d, trail.Query{Persons: h.Persons[:1], Kinds: []string{"live."}})
		if err != nil || len(p.Entries) == 0 {
			t.Errorf("%d of the first person's live views, %v", len(p.Entries), err)
		}
	})
}
