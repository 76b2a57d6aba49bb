package unremembered_test

import (
	"fmt"
	"testing"
	"time"

	"watchroom/internal/app/unremembered"
	"watchroom/internal/testkit/clause"
)

// TestAPlaceThatDoesNotRemember is an alarm after a minute, until it does or is away.
func TestAPlaceThatDoesNotRemember(t *testing.T) {
	clause.Covers(t, "C094")
	var said []string
	p := &unremembered.Places{Alarm: func(key, code, _ string, params map[string]any) {
		said = append(said, fmt.Sprint(key, "|", code, "|", params["volume"]))
	}}
	begun := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	at := func(s int) time.Time { return begun.Add(time.Duration(s) * time.Second) }
	want := func(when string, want ...string) {
		t.Helper()
		if fmt.Sprint(said) != fmt.Sprint(want) {
			t.Errorf("%s: %q, want %q", when, said, want)
		}
		said = nil
	}
	all := []string{"b", unremembered.Database}
	p.Lacks("b", at(0))
	p.Lacks(unremembered.Database, at(5))
	p.Lacks("b", at(60)) // it lacks it since it was to have it first
	p.Look(at(60), all...)
	want("after a minute")
	p.Look(at(61), all...)
	p.Look(at(62), all...)
	want("more than a minute after", "ledger memory b|ledger_disk_unremembered|b")
	p.Look(at(66), all...)
	want("the database, too", "ledger memory|ledger_unremembered|<nil>")
	p.Has(unremembered.Database)
	p.Look(at(67), all...)
	want("one remembers", "ledger memory||<nil>")
	p.Look(at(68), unremembered.Database)
	want("the disk is away", "ledger memory b||<nil>")
	p.Lacks("b", at(70))
	p.Has("b")
	p.Lacks("b", at(100))
	p.Look(at(131), all...)
	want("it had it meanwhile")
}
