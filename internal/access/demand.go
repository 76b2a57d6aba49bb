package access

import (
	"slices"
	"time"
)

// Demands are what the house demands of footage by the security grade of its camera, whatever
// the rules say (C104, C111). They are terms of every decision about it. The zero Demands
// demand nothing.
type Demands struct {
	// Request is the grade from which footage is seen only under a request that was approved, or
	// as duty review; 0: none.
	Request Grade
	// Second is the grade from which footage is seen, and kept as a picture, only together with
	// a second person, as duty review, too; 0: none. Emergency rights are exempt from both.
	Second Grade
	// Review is how old footage of duty review may be; 0: there is none. OnDuty: it needs the
	// watch over the camera.
	Review time.Duration
	OnDuty bool
}

// Lacks of the person, whatever their rights: nothing is done before.
const (
	LackPassword Lack = "password" // one of their own; somebody else made the one they have
	LackFactor   Lack = "factor"   // a second factor that their position must have
)

// Demanding gives the same rights with what the house demands by security grade, asked for at
// every decision.
func (r *Rights) Demanding(demands func() Demands) *Rights {
	more := *r
	more.demands = demands
	return &more
}

// Demands gives what the house demands by security grade now.
func (r *Rights) Demands() Demands {
	if r.demands == nil {
		return Demands{}
	}
	return r.demands()
}

// Graded tells whether what the house demands by grade is asked of an action.
func (a Action) Graded() bool { return a == PlaybackView || a == SnapshotTake }

// ways are the terms on which a rule allows an action on a camera in a place; where none is
// asked about, on what is demanded of every camera.
func (r *Rights) ways(rule *Rule, action Action, camera string, p Place, s *Standing) []Term {
	t := Term{Position: rule.Position, Rule: rule.ID, Back: rule.Back, Request: rule.Request, Second: rule.Second}
	if r.demands == nil || !action.Graded() {
		return []Term{t}
	}
	d, grade := r.demands(), p.Grade
	onDuty := s.on(p)
	if camera == "" {
		grade, onDuty = LowestGrade, len(s.Duty) > 0
	}
	if d.Second != 0 && grade >= d.Second && !t.Second {
		t.Second, t.SecondGraded = true, true
	}
	if action != PlaybackView || d.Request == 0 || grade < d.Request || t.Request {
		return []Term{t}
	}
	review, graded := t, t
	graded.Request, graded.RequestGraded = true, true
	if d.Review == 0 || d.OnDuty && !onDuty {
		return []Term{graded}
	}
	review.Review, review.Back = true, nearer(t.Back, d.Review)
	return []Term{review, graded}
}

// nearer gives the smaller of two bounds, of which 0 is none.
func nearer(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// exempt adds to the ways of keeping a picture those that an emergency right to the footage
// opens: it is for when no second person can be asked.
func (r *Rights) exempt(s Standing, camera string, best Decision) Decision {
	for _, e := range r.decide(s, PlaybackView, camera, nil).Terms {
		if EmergencyOf(e.Rule) == "" {
			continue
		}
		for _, t := range best.Terms {
			if !t.SecondGraded {
				continue
			}
			t.Second, t.SecondGraded, t.Back = false, false, nearer(t.Back, e.Back)
			if !t.Request { // nothing but the emergency right lets it through, and acts say so
				t.Position, t.Rule = e.Position, e.Rule
			}
			if !slices.Contains(best.Terms, t) {
				best.Terms = append(slices.Clip(best.Terms), t)
			}
		}
	}
	slices.SortStableFunc(best.Terms, byDemand)
	return best
}
