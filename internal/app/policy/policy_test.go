package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"watchroom/internal/app/policy"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/recording"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestAnotherWordOfTheConfigurationIsAnAct, told once, with what it was before.
func TestAnotherWordOfTheConfigurationIsAnAct(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for i, is := range []recording.WhenFull{"", recording.Ask, recording.ByPriority, recording.ByPriority, recording.Ask, "", recording.ByPriority} {
			if err := policy.WhenFull(t.Context(), d, int64(i+1), is); err != nil {
				t.Fatal(err)
			}
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range acts {
			got = append(got, fmt.Sprint(a.At, " ", a.Kind, " ", a.Person, a.Detail["before"], " ", a.Detail["after"], " ", a.Detail["by"]))
		}
		want := []string{
			"7 recording.when_full_changed ask priority configuration",
			"5 recording.when_full_changed priority ask configuration",
			"3 recording.when_full_changed ask priority configuration",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%q", got)
		}
	})
}
