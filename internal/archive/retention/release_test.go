package retention_test

import (
	"context"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive/hold"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/people"
)

// TestAReleaseByOneAlone: acts of a release that the log holds release nothing unless one
// person asked and another approved of that. The hold keeps its footage from an order, and
// stands again after the next start, where two people can release it.
func TestAReleaseByOneAlone(t *testing.T) {
	clause.Covers(t, "C091")
	type act struct{ kind, person, askedBy string }
	const asked, released, rejected, withdrawn = "hold.release_requested", "hold.released", "hold.release_rejected", "hold.release_withdrawn"
	for name, c := range map[string]struct {
		acts []act
		free bool
	}{
		"nobody asked":                 {acts: []act{{released, "b", ""}}},
		"nobody asked as it says":      {acts: []act{{released, "b", "a"}}},
		"by who asked":                 {acts: []act{{asked, "b", ""}, {released, "b", "b"}}},
		"by nobody":                    {acts: []act{{asked, "a", ""}, {released, "", "a"}}},
		"another asked than it says":   {acts: []act{{asked, "a", ""}, {released, "b", "c"}}},
		"taken back":                   {acts: []act{{asked, "a", ""}, {withdrawn, "a", ""}, {released, "b", "a"}}},
		"refused":                      {acts: []act{{asked, "a", ""}, {rejected, "c", "a"}, {released, "b", "a"}}},
		"by two":                       {acts: []act{{asked, "a", ""}, {released, "b", "a"}}, free: true},
		"by two, after it was refused": {acts: []act{{asked, "a", ""}, {rejected, "b", "a"}, {asked, "a", ""}, {released, "b", "a"}}, free: true},
	} {
		t.Run(name, func(t *testing.T) {
			leak.Check(t)
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				r := newLogged(t, d)
				people.OnRecord(t, d, access.ActorOf("a", access.DutyLead), access.ActorOf("b", access.Supervisor), access.ActorOf("c", access.Leader))
				files := r.record(r.gate, 30, 3)
				r.open()
				h := r.hold(r.gate, present-31*day, present-29*day)
				r.order(r.gate, present-31*day, present-29*day)
				r.pass()
				r.has(files)
				err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					for i, a := range c.acts {
						detail := map[string]any{"cameras": []string{r.gate}, "of": 1, "from": h.From, "to": h.To}
						if a.askedBy != "" {
							detail["asked_by"] = a.askedBy
						}
						if err := ledger.Record(ctx, tx, ledger.Act{At: present + int64(i), Person: a.person, Kind: a.kind, Subject: h.ID, Camera: r.gate, Detail: detail}); err != nil {
							return err
						}
					}
					return hold.Changed(ctx, tx)
				})
				if err != nil {
					t.Fatal(err)
				}
				r.write("UPDATE holds SET released_at = ?, released_by = 'b' WHERE id = ?", present, h.ID)
				r.start()
				r.pass()
				if c.free {
					if why := r.frozen(); why != nil {
						t.Errorf("frozen: %q", why)
					}
					r.has()
					return
				}
				if r.frozen() == nil {
					t.Error("removal is not frozen")
				}
				r.confirm()
				r.pass()
				r.has(files)
				standing, err := r.holds.Standing(t.Context())
				if err != nil || len(standing) != 1 {
					t.Fatal(standing, err)
				}
				if _, err := r.holds.AskRelease(t.Context(), r.lead, standing[0].ID, "it is over"); err != nil {
					t.Fatal(err)
				}
				if _, err := r.holds.Decide(t.Context(), r.boss, standing[0].ID, true, ""); err != nil {
					t.Fatal(err)
				}
				r.pass()
				r.has()
			})
		})
	}
}
