package lasting

import (
	"encoding/json"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/rule"
)

func TestWhoseSessionLastsHowLong(t *testing.T) {
	s, err := rule.NewSet(Parameters())
	if err != nil {
		t.Fatal(err)
	}
	if got := Most([]access.Own{{Position: access.Operator}}, s); got != 12*time.Hour {
		t.Errorf("before the house says anything: %v", got)
	}
	if left := s.Put(map[string]json.RawMessage{"session.longest": json.RawMessage(`"8h"`), "session.wall_positions": json.RawMessage(`["operator"]`), "session.wall_longest": json.RawMessage(`"72h"`)}); len(left) > 0 {
		t.Fatal(left)
	}
	for name, c := range map[string]struct {
		held []access.Own
		want time.Duration
	}{
		"nothing":             {nil, 8 * time.Hour},
		"of a wall":           {[]access.Own{{Position: access.Operator}}, 72 * time.Hour},
		"one that goes by it": {[]access.Own{{Position: "gate_guard", Basis: access.Operator}}, 72 * time.Hour},
		"and something else":  {[]access.Own{{Position: access.Operator}, {Position: access.DutyLead}}, 8 * time.Hour},
		"something else":      {[]access.Own{{Position: access.Auditor}}, 8 * time.Hour},
	} {
		if got := Most(c.held, s); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
