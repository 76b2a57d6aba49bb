package regime_test

import (
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/regime"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
)

// governed is a house whose parameters were changed in every way that there is; the clock is
// set back between what was asked for and the answer.
func governed(t *testing.T, d *db.DB) {
	t.Helper()
	p, us := node(t, d, set(t), nil), hire(t, d)
	now := present
	p.Clock = func() time.Time { now = now.Add(time.Second); return now }
	ask := func(wishes []regime.Wish) string {
		t.Helper()
		one, err := p.Propose(t.Context(), us.boss, wishes, "because <so> & so")
		if err != nil {
			t.Fatal(err)
		}
		return one.ID
	}
	decide := func(who access.Actor, id string, approve bool, note string) {
		t.Helper()
		if _, err := p.Decide(t.Context(), who, id, approve, note); err != nil {
			t.Fatal(err)
		}
	}
	decide(us.vice, ask(append(wish("word.letters", "14"), wish("look.who", `["leader","supervisor"]`)...)), false, "no, never")
	one := ask(wish("word.letters", "14"))
	now = now.Add(-time.Hour)
	decide(us.vice, one, true, "")
	chosen, err := p.Choose(t.Context(), us.boss, regime.Choice{File: []byte(ours)}, "our own rules")
	if err != nil {
		t.Fatal(err)
	}
	decide(us.chief, chosen.ID, true, "seen")
	decide(us.vice, chosen.ID, true, "seen, too")
	if _, err := p.Withdraw(t.Context(), us.boss, ask(wish("look.shown", "false")), "asked in error"); err != nil {
		t.Fatal(err)
	}
	half := ask(wish("look.lasts", `"12h"`))
	decide(us.chief, half, true, "")
	decide(us.chief, half, false, "on second thoughts")
	decide(us.vice, ask(wish("word.letters", "")), false, "not the default")
	ask(wish("look.shown", "false"))
}

// TestNobodyChangesARuleAlone: a value in force, what was asked for and why, who agreed.
func TestNobodyChangesARuleAlone(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		governed(t, d)
		held.Altered(t, d, map[string][]string{"parameter_values": nil, "parameter_proposals": nil, "parameter_changes": nil, "parameter_decisions": nil}, regime.Differ)
		for _, forged := range []string{
			"INSERT INTO parameter_values SELECT 9, key, '8', origin, clause, proposal, at FROM parameter_values WHERE version = 1",
			"INSERT INTO parameter_values SELECT version, 'look.other', value, origin, clause, proposal, at FROM parameter_values WHERE version = 2 AND key = 'word.letters'",
			"INSERT INTO parameter_decisions SELECT id, 'somebody', 7, 'approved', '' FROM parameter_proposals WHERE state = 'proposed'",
		} {
			dbtest.Forge(t, d, forged, func(ctx context.Context, tx bun.Tx) {
				if len(held.Rows(t, regime.Differ)(ctx, tx)) == 0 {
					t.Errorf("nothing is found after %s", forged)
				}
			})
		}
	})
}

// TestActsThatDoNotTellWhatStays are those of the program before: what they do not tell accuses
// nobody, and what they tell still counts.
func TestActsThatDoNotTellWhatStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		governed(t, d)
		before := `UPDATE acts SET detail = replace(replace(detail, '"rest"', '"x"'), '"origin"', '"y"'); UPDATE parameter_values SET at = at + 1`
		for forged, found := range map[string]bool{
			"": false,
			"UPDATE parameter_values SET value = '8' WHERE key = 'word.letters'":                                                                                                                                       true,
			"UPDATE parameter_values SET clause = 'C001' WHERE version = 1":                                                                                                                                            true,
			"UPDATE parameter_changes SET value_after = '8' WHERE key = 'word.letters'":                                                                                                                                true,
			"UPDATE parameter_values SET proposal = (SELECT MIN(id) FROM parameter_proposals WHERE state = 'rejected')":                                                                                                true,
			"INSERT INTO parameter_values SELECT 9, key, '8', origin, clause, proposal, at FROM parameter_values WHERE version = 1":                                                                                    true,
			"INSERT INTO parameter_values SELECT 1, key, value, origin, clause, (SELECT MIN(id) FROM parameter_proposals WHERE state = 'rejected'), at FROM parameter_values WHERE version = 2 AND key = 'look.shown'": true,
			"DELETE FROM parameter_values WHERE key = 'look.lasts'":                                                                                                                                                    true,
			"UPDATE parameter_changes SET value_after = 'false' WHERE key = 'look.shown'":                                                                                                                              true,
		} {
			dbtest.Forge(t, d, before+"; "+forged, func(ctx context.Context, tx bun.Tx) {
				if all := held.Rows(t, regime.Differ)(ctx, tx); len(all) > 0 != found {
					t.Errorf("%s: found %q", forged, all)
				}
			})
		}
	})
}
