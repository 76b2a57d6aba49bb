package app

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/fault"
	"watchroom/internal/archive/tier"
	"watchroom/internal/testkit/clause"
)

// TestATierThatTakesNothingIsAFault (P25): whether it is away, full or answers with errors. One
// that was not asked yet is as it was.
func TestATierThatTakesNothingIsAFault(t *testing.T) {
	clause.Covers(t, "C090")
	for _, c := range []struct {
		state tier.State
		lasts time.Duration
		err   error
		want  string
	}{
		{tier.OK, time.Hour, nil, ""},
		{tier.Away, 0, errors.New("no route"), "tier_away cloud map[error:no route tier:cloud];"},
		{tier.Full, time.Hour - 1, nil, "tier_full cloud unknown;"},
		{tier.Full, time.Hour, nil, "tier_full cloud map[tier:cloud];"},
		{tier.Failing, 0, errors.New("refused"), "tier_failing cloud map[error:refused tier:cloud];"},
		{"", time.Hour, nil, "tier_away cloud unknown;tier_failing cloud unknown;tier_full cloud unknown;"},
	} {
		got := ""
		for _, f := range unwell("cloud", c.state, c.lasts, c.err) {
			if f.Unknown {
				got += fmt.Sprintf("%s %s unknown;", f.Kind, f.Subject)
			} else {
				got += fmt.Sprintf("%s %s %v;", f.Kind, f.Subject, f.Detail)
			}
		}
		if got != c.want {
			t.Errorf("%q: %s", c.state, got)
		}
	}
}

// TestDamagedFootageIsAFault: one a camera, with the first of its files.
func TestDamagedFootageIsAFault(t *testing.T) {
	if found := broken(nil); len(found) != 0 {
		t.Errorf("%+v", found)
	}
	found := broken([]damage.Damage{
		{Camera: "a", File: "a1", Kind: damage.Altered, FoundBy: damage.Check}, {Camera: "a", File: "a2", Kind: damage.Missing}, {Camera: "b", File: "b1", Kind: damage.Missing},
	})
	if len(found) != 2 || found[0].Kind != fault.FootageDamaged || found[0].Subject != "a" || found[0].Detail["files"] != 2 || found[0].Detail["file"] != "a1" ||
		found[0].Detail["what"] != "altered" || found[0].Detail["by"] != "check" || found[1].Subject != "b" || found[1].Detail["files"] != 1 {
		t.Errorf("%+v", found)
	}
}
