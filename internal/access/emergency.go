package access

import (
	"math"
	"slices"
	"strings"
	"time"
)

// Emergency is a right that somebody has taken for some minutes (break-glass): what it
// allows besides what the positions carry, wherever they carry EmergencyTake. A rule that
// denies wins over it as over everything.
type Emergency struct {
	ID          string // of the grant
	Actions     []Action
	To          Grade         // of cameras, up to which
	Back        time.Duration // only footage that is no older; 0: all there is
	From, Until int64         // µs, Until exclusive
}

// EmergencyRule begins the id of the rule by which an emergency right allows; the id of the
// grant follows. So the acts under it are found by their rule.
const EmergencyRule = "emergency/"

// EmergencyOf is the id of the grant by which a rule allows; empty for any other rule.
func EmergencyOf(rule string) string {
	id, ok := strings.CutPrefix(rule, EmergencyRule)
	if !ok {
		return ""
	}
	return id
}

// emergency adds to what the positions give what somebody has taken. Where a position lacks
// the right to take one, be it elsewhere, off duty or denied, it gives nothing.
func (r *Rights) emergency(s Standing, action Action, camera string, best Decision, trace func(Step)) Decision {
	taken := s.Emergencies
	s.Emergencies = nil
	for i := range taken {
		e := &taken[i]
		if s.Now < e.From || s.Now >= e.Until || !slices.Contains(e.Actions, action) || camera != "" && r.Place(camera).Grade > e.To {
			continue
		}
		by := r.decide(s, EmergencyTake, camera, nil)
		if !by.Allowed {
			continue
		}
		rule := EmergencyRule + e.ID
		best = best.with(by.Position, rule, []Term{{Position: by.Position, Rule: rule, Back: e.Back}})
		if best.Terms[0].Rule == rule { // what demands less than any other is what decides
			best.Position, best.Rule = by.Position, rule
		}
		if trace != nil {
			trace(Step{Holding{Position: by.Position, From: e.From, Until: e.Until}, rule, ""})
		}
	}
	if action == SnapshotTake && best.Allowed {
		s.Emergencies = taken
		return r.exempt(s, camera, best)
	}
	return best
}

// ends is the next instant (µs) after now at which an emergency right begins or ends;
// math.MaxInt64: none.
func (s *Standing) ends() int64 {
	next := int64(math.MaxInt64)
	for i := range s.Emergencies {
		for _, at := range []int64{s.Emergencies[i].From, s.Emergencies[i].Until} {
			if at > s.Now {
				next = min(next, at)
			}
		}
	}
	return next
}
