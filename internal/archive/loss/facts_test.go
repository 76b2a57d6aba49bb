package loss_test

import (
	"context"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive/loss"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestStatementsThatTellOtherThanTheirActs: another cause, another length, other words,
// somebody else's signature.
func TestStatementsThatTellOtherThanTheirActs(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		r.lose("gate", 0, 0, "network")
		r.scan(11)
		r.lose("yard", 0, 15, "network")
		r.gaps[0].End = at(20)
		r.scan(21)
		r.gaps[0].End = at(16)
		r.scan(22) // revises
		all, err := r.List(t.Context(), loss.Filter{Camera: "gate"})
		if err != nil || len(all) != 1 || len(all[0].Cameras) != 2 || len(all[0].Revisions) != 1 {
			t.Fatal(all, err)
		}
		s, err := r.Explain(t.Context(), r.guard, all[0].ID, loss.Words{Text: "断网", Reported: "08:05", Contractor: "华安"}, "")
		if err == nil {
			s, err = r.Sign(t.Context(), r.guard, s.ID, s.Explanation.ID, loss.OnWatch, access.Operator)
		}
		if err != nil || len(s.Signatures) != 1 || len(s.Explanation.Neighbours) == 0 {
			t.Fatalf("%+v, %v", s, err)
		}
		if all, err := loss.Differ(t.Context(), d.Read()); err != nil || len(all) > 0 {
			t.Fatalf("nobody touched them: %+v, %v", all, err)
		}
		for statement, want := range map[string]int{ // how many rows differ then
			"UPDATE losses SET cause = 'power'":                                                              1,
			"UPDATE losses SET number = 7":                                                                   1,
			"UPDATE losses SET from_at = from_at - 5":                                                        1,
			"UPDATE loss_cameras SET cause = 'power' WHERE camera = 'yard'":                                  1,
			"UPDATE loss_cameras SET to_at = to_at - 60000000 WHERE camera = 'gate'":                         1,
			"UPDATE loss_cameras SET to_at = to_at - 60000000 WHERE camera = 'yard'":                         1,
			"UPDATE loss_cameras SET alarm_at = alarm_at - 5 WHERE camera = 'gate'":                          1,
			"UPDATE loss_entries SET content = REPLACE(content, '华安', '别人') WHERE kind = 'explanation'":      1,
			"UPDATE loss_entries SET content = REPLACE(content, '0.75', '0.25') WHERE kind = 'explanation'":  1,
			"UPDATE loss_entries SET content = REPLACE(content, 'nowUntil', 'x') WHERE kind = 'revision'":    1,
			"UPDATE loss_entries SET person = '" + r.lead.Person + "' WHERE kind = 'signature'":              2, // one too many, one missing
			"UPDATE loss_entries SET position = 'leader' WHERE kind = 'signature'":                           1,
			"UPDATE loss_entries SET content = '{\"line\":\"repaired\"}' WHERE kind = 'signature'":           1,
			"UPDATE loss_entries SET content = '{}' WHERE kind = 'signature'":                                1,
			"DELETE FROM loss_entries WHERE kind = 'signature'":                                              1,
			"UPDATE acts SET detail = REPLACE(detail, ',\"nowFrom\"', ',\"x\"') WHERE kind = 'loss.revised'": 0, // of what is not told nothing is found here
		} {
			dbtest.Forge(t, d, statement, func(ctx context.Context, tx bun.Tx) {
				if all, err := loss.Differ(ctx, tx); err != nil || len(all) != want {
					t.Errorf("%s: %+v, %v; want %d", statement, all, err, want)
				}
			})
		}
	})
}
