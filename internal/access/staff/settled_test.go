package staff

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
)

// TestWhatIsSettledWithWhoLeaves: card, keys, radio, the reminder of the pledge and the review
// of the looks stay open, each with who settled it and when, until nothing is left (P5).
func TestWhatIsSettledWithWhoLeaves(t *testing.T) {
	clause.Covers(t, "C100", "C101")
	each(t, func(t *testing.T, o *office) {
		li := o.person("li", access.Operator)
		open := func() (all []Due) {
			t.Helper()
			due, err := o.Due(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range due {
				if d.What == DueLeaving {
					all = append(all, d)
				}
			}
			return all
		}
		settle := func(item, state string) []Tick {
			t.Helper()
			all, err := o.Settle(t.Context(), o.admin, li, item, state)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		if _, err := o.Settle(t.Context(), o.admin, li, "card", Done); !errors.Is(err, ErrNotLeft) {
			t.Errorf("who is here: %v", err)
		}
		err := o.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return ledger.Record(ctx, tx, ledger.Act{At: o.now.Add(-29 * 24 * time.Hour).UnixMicro(), Person: li, Kind: "live.opened", Camera: "c"})
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Leave(t.Context(), o.admin, li, "retires", []string{"card"}); err != nil {
			t.Fatal(err)
		}
		if got := open(); len(got) != 1 || got[0].Person != li || got[0].On != "2026-11-22" || got[0].Days != 0 {
			t.Fatalf("%+v", got)
		}
		o.now = o.now.Add(5 * 24 * time.Hour)
		l, err := o.Leaving(t.Context(), o.admin, li)
		if err != nil || l.LeftAt == nil || len(l.Looks) != 1 || len(l.Ticks) != 5 || l.Ticks[0].State != Done || l.Ticks[0].By != o.admin.Person || l.Ticks[1].State != "" {
			t.Fatalf("the looks of the last days here, and the ticks: %+v, %v", l, err)
		}
		for name, x := range map[string]struct {
			item, state string
			by          access.Actor
			want        error
		}{
			"a crown":               {"crown", Done, o.admin, ErrHanded},
			"some other state":      {"keys", "lost", o.admin, ErrSettled},
			"a review not had":      {"looks", NotHad, o.admin, ErrSettled},
			"a reminder not had":    {"pledge", NotHad, o.admin, ErrSettled},
			"by oneself":            {"keys", Done, access.ActorOf(li, access.Administrator), ErrOwnFile},
			"by who manages nobody": {"keys", Done, access.ActorOf("x", access.DutyLead), access.ErrRightMissing},
		} {
			if _, err := o.Settle(t.Context(), x.by, li, x.item, x.state); !errors.Is(err, x.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		settle("keys", NotHad)
		settle("radio", NotHad)
		settle("radio", Done) // by mistake before
		settle("pledge", Done)
		if got := open(); len(got) != 1 || got[0].Days != -5 {
			t.Fatalf("%+v", got)
		}
		all := settle("looks", Done)
		if got := open(); len(got) != 0 || slices.ContainsFunc(all, func(t Tick) bool { return t.State == "" || t.By == "" || t.At == 0 }) {
			t.Fatalf("all is settled: %+v, %+v", got, all)
		}
		if acts := o.acts("person.settled"); len(acts) != 5 {
			t.Errorf("%d acts", len(acts))
		}
		// Those of a company whose contract ends leave as well.
		wang := o.person("wang", access.Operator)
		if _, _, err := o.Keep(t.Context(), o.admin, wang, Change{Unit: &o.guards.ID, Term: &Term{Until: p(o.now.Add(24 * time.Hour).UnixMicro())}}); err != nil {
			t.Fatal(err)
		}
		if _, err := o.units.End(t.Context(), o.admin, o.contract.ID, "too dear"); err != nil {
			t.Fatal(err)
		}
		if got := open(); len(got) != 1 || got[0].Person != wang {
			t.Errorf("%+v", got)
		}
		held.Altered(t, o.DB, map[string][]string{"leavings": nil, "leaving_ticks": nil}, Differ)
	})
}

// TestNoFileIsAlteredUnseen: what a file says, every column of it, follows from acts.
func TestNoFileIsAlteredUnseen(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		li := o.person("li", access.Operator)
		for _, c := range []Change{
			{Phone: p("1"), Licence: p("BA-1"), LicenceUntil: p(Day("2027-01-01"))}, {Phone: p("+86 10 1234"), LicencePending: p(Day("2027-02-01")), Qualification: p("level 4")},
			{QualificationUntil: p(Day("2028-01-01")), VettedOn: p(Day("2026-01-01")), PledgeUntil: p(Day("2027-06-01")), Licence: p("BA-2")},
		} {
			if _, _, err := o.Keep(t.Context(), o.admin, li, c); err != nil {
				t.Fatal(err)
			}
		}
		held.Altered(t, o.DB, map[string][]string{"person_files": nil}, Differ)
		// Earlier versions told of a telephone only that it is another.
		dbtest.Forge(t, o.DB, `UPDATE acts SET detail = replace(detail, '"phoneMark"', '"x"'); UPDATE person_files SET phone = '7'`, func(ctx context.Context, tx bun.Tx) {
			if all := held.Rows(t, Differ)(ctx, tx); len(all) > 0 {
				t.Errorf("an earlier version: %q", all)
			}
		})
	})
}
