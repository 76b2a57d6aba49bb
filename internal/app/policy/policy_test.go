package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"watchroom/internal/access"
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

// TestAnotherFloorOfSecondFactorsIsAnAct: told once, in whatever order the file names the
// positions, and also when it names none any more.
func TestAnotherFloorOfSecondFactorsIsAnAct(t *testing.T) {
	clause.Covers(t, "C113")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for i, is := range [][]access.Position{nil, {"supervisor", "administrator"}, {"administrator", "supervisor", "supervisor"}, {"leader"}, nil, nil} {
			if err := policy.SecondFactor(t.Context(), d, int64(i+1), is); err != nil {
				t.Fatal(err)
			}
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range acts {
			got = append(got, fmt.Sprint(a.At, " ", a.Kind, " ", a.Detail["changes"], " ", a.Detail["by"]))
		}
		want := []string{
			"5 factor.configured [map[from:[leader] key:second_factor.positions to:[]]] configuration",
			"4 factor.configured [map[from:[administrator supervisor] key:second_factor.positions to:[leader]]] configuration",
			"2 factor.configured [map[from:[] key:second_factor.positions to:[administrator supervisor]]] configuration",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%q", got)
		}
	})
}
