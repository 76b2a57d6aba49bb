package policy

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/position"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Rule is a line of the policy as it is written down.
type Rule struct {
	ID        string          `json:"id"`
	Position  access.Position `json:"position"`
	Actions   []access.Action `json:"actions"`
	Deny      bool            `json:"deny,omitempty"`
	Areas     []string        `json:"areas,omitempty"`
	FromGrade access.Grade    `json:"fromGrade,omitempty"`
	ToGrade   access.Grade    `json:"toGrade,omitempty"`
	OnDuty    bool            `json:"onDuty,omitempty"`
	// BackMinutes bounds how old footage may be; 0: not at all.
	BackMinutes int    `json:"backMinutes,omitempty"`
	Request     bool   `json:"request,omitempty"`
	Second      bool   `json:"second,omitempty"`
	Note        string `json:"note,omitempty"` // why, for who reads it
}

func (r *Rule) rule() access.Rule {
	return access.Rule{ID: r.ID, Position: r.Position, Actions: r.Actions, Deny: r.Deny, Areas: r.Areas, From: r.FromGrade, To: r.ToGrade,
		OnDuty: r.OnDuty, Back: time.Duration(r.BackMinutes) * time.Minute, Request: r.Request, Second: r.Second}
}

// Rules of a policy that cannot be.
var (
	ErrRules      = problem.New(problem.Invalid, "rights_rules", "A policy has at most 500 rules, each with an id of its own.").On("rules")
	ErrRule       = problem.New(problem.Invalid, "rights_rule", "A rule names one position and rights that there are.").On("rules")                                                                                                                                                                        // rule
	ErrTerms      = problem.New(problem.Invalid, "rights_terms", "A rule that denies has no terms.").On("rules")                                                                                                                                                                                           // rule
	ErrGrades     = problem.New(problem.Invalid, "rights_grades", "Grades go from 1 to 4, and the lower comes first.").On("rules")                                                                                                                                                                         // rule
	ErrBack       = problem.New(problem.Invalid, "rights_back", "How far back footage may be watched is at most a year, and is said of watching footage alone.").On("rules")                                                                                                                               // rule
	ErrSecond     = problem.New(problem.Invalid, "rights_second", "A second person is demanded for live pictures, footage and pictures that are kept, and for nothing else.").On("rules")                                                                                                                  // rule, action
	ErrAreas      = problem.New(problem.Invalid, "rights_areas", "There is no such area.").On("rules")                                                                                                                                                                                                     // rule
	ErrSeparation = problem.New(problem.Forbidden, "rights_separation", "This would give one position what must stay apart: who runs the system neither watches nor decides what is kept, who watches makes no accounts, a contractor sees no pictures, and a stand-in sees live ones alone.").On("rules") // rule, action
	ErrLocksOut   = problem.New(problem.Forbidden, "rights_lock_out", "Nobody could change the rights any more. Leave somebody who proposes, somebody else who approves, and an administrator.").On("rules")                                                                                               // action
)

const (
	mostRules = 500
	mostBack  = 366 * 24 * 60 // minutes
	mostAreas = 200
)

// watching are the rights to pictures: whoever runs the system has none of them (design,
// promise 6), nor has who comes from outside to work on devices.
func watching() []access.Action {
	return []access.Action{access.LiveView, access.PlaybackView, access.SnapshotTake, access.BookmarkWrite, access.FootageDownload, access.EmergencyTake, access.SecondAgree, access.DutyStand}
}

// keeping are the rights to decide what is kept and who may what: they stay apart from
// running the system, too.
func keeping() []access.Action {
	return []access.Action{access.RetentionConfigure, access.HoldPlace, access.HoldRelease, access.DeletionRequest, access.DeletionApprove,
		access.RightsPropose, access.RightsApprove, access.EmergencyReview, access.RightsReview, access.DutyDecide, access.DutyInstruct, access.VisitorApprove}
}

// standing are all that who stands in for a shift may have: live pictures, alarms and the watch, no
// replay and nothing that leaves the house (practice P5).
func standing() []access.Action {
	return []access.Action{access.LiveView, access.CameraRead, access.SystemRead, access.FaultAcknowledge, access.DutyRead, access.DutyStand}
}

// running are the rights of whoever runs the system.
func running() []access.Action { return []access.Action{access.PeopleManage, access.TokenManage} }

// apart tells whether a position may never have a right.
func apart(p access.Position, a access.Action) bool {
	if a == access.FootageDownload {
		return true
	}
	if p == access.Administrator {
		return slices.Contains(watching(), a) || slices.Contains(keeping(), a)
	}
	if p == access.StandIn {
		return !slices.Contains(standing(), a)
	}
	outside := p.Boxed() && (slices.Contains(watching(), a) || slices.Contains(keeping(), a))
	return outside || slices.Contains(running(), a)
}

// Never gives the rights that no rule can give to a position.
func Never(p access.Position) []access.Action {
	never := []access.Action{}
	for _, a := range access.Actions() {
		if apart(p, a) {
			never = append(never, a)
		}
	}
	return never
}

// clean brings rules into form, or says which of them cannot be. known tells which areas
// there are, register which positions.
func clean(rules []Rule, known func(area string) bool, register []position.Position) ([]Rule, error) {
	if len(rules) > mostRules {
		return nil, ErrRules
	}
	out := make([]Rule, len(rules))
	ids := map[string]bool{}
	for i, r := range rules {
		var err error
		if r.ID, err = text.Line("rules", r.ID, 1, 60); err != nil {
			return nil, err
		}
		if ids[r.ID] {
			return nil, ErrRules.With("rule", r.ID)
		}
		ids[r.ID] = true
		if r.Note, err = text.Block("rules", r.Note, 0, 500); err != nil {
			return nil, err
		}
		r.Actions = slices.Compact(slices.Sorted(slices.Values(r.Actions)))
		r.Areas = slices.Compact(slices.Sorted(slices.Values(r.Areas)))
		if err := r.check(known, register); err != nil {
			return nil, problem.Of(err).With("rule", r.ID)
		}
		out[i] = r
	}
	return out, keepable(out, position.Own(register))
}

func (r *Rule) check(known func(area string) bool, register []position.Position) error {
	switch { // a rule may outlive its position: then it holds for nobody
	case !slices.ContainsFunc(register, func(p position.Position) bool { return p.Code == r.Position }) || len(r.Actions) == 0:
		return ErrRule
	case r.Deny && (r.OnDuty || r.BackMinutes != 0 || r.Request || r.Second):
		return ErrTerms
	case r.FromGrade < 0 || r.FromGrade > access.HighestGrade || r.ToGrade < 0 || r.ToGrade > access.HighestGrade || r.ToGrade != 0 && r.ToGrade < r.FromGrade:
		return ErrGrades
	case r.BackMinutes < 0 || r.BackMinutes > mostBack:
		return ErrBack
	case len(r.Areas) > mostAreas:
		return ErrAreas
	}
	for _, a := range r.Actions {
		switch {
		case !slices.Contains(access.Actions(), a):
			return ErrRule.With("action", string(a))
		case !r.Deny && apart(r.Position, a):
			return ErrSeparation.With("action", string(a))
		case (r.BackMinutes != 0 || r.Request) && a != access.PlaybackView && a != access.SnapshotTake:
			return ErrBack.With("action", string(a))
		case r.Second && a != access.LiveView && a != access.PlaybackView && a != access.SnapshotTake:
			return ErrSecond.With("action", string(a))
		case (len(r.Areas) > 0 || r.FromGrade != 0 || r.ToGrade != 0 || r.OnDuty) && slices.Contains([]access.Action{access.RightsPropose, access.RightsApprove, access.PeopleManage, access.AreaConfigure}, a):
			return ErrRule.With("action", string(a)) // rights that are about no camera
		}
	}
	for _, a := range r.Areas {
		if !known(a) {
			return ErrAreas.With("area", a)
		}
	}
	return nil
}

// keepable sees to it that rights can be changed again.
func keepable(rules []Rule, own []access.Own) error {
	r := compile("", rules, nil, own)
	positions := access.Positions()
	for _, o := range own {
		positions = append(positions, o.Position)
	}
	for _, a := range []access.Action{access.RightsPropose, access.RightsApprove, access.PeopleManage} {
		if !slices.ContainsFunc(positions, func(p access.Position) bool {
			return r.Decide(access.Standing{Holdings: access.Everywhere(p)}, a, "", nil).Allowed
		}) {
			return ErrLocksOut.With("action", string(a))
		}
	}
	return nil
}

func compile(version string, rules []Rule, places map[string]access.Place, own []access.Own) *access.Rights {
	all := make([]access.Rule, len(rules))
	for i := range rules {
		all[i] = rules[i].rule()
	}
	return access.NewRights(version, all, places, own...)
}

// Touched are the positions whose rules differ between two versions: whoever holds one of
// them does not decide on the change.
func Touched(before, after []Rule) []access.Position {
	var all []access.Position
	of := func(rules []Rule, p access.Position) (mine []Rule) {
		for _, r := range rules {
			if r.Position == p {
				r.ID, r.Note = "", ""
				mine = append(mine, r)
			}
		}
		return mine
	}
	positions := access.Positions()
	for _, r := range slices.Concat(before, after) {
		if !slices.Contains(positions, r.Position) { // one of the house
			positions = append(positions, r.Position)
		}
	}
	for _, p := range positions {
		if !slices.EqualFunc(of(before, p), of(after, p), alike) {
			all = append(all, p)
		}
	}
	return all
}

func alike(a, b Rule) bool {
	return a.Deny == b.Deny && a.OnDuty == b.OnDuty && a.Request == b.Request && a.Second == b.Second && a.BackMinutes == b.BackMinutes &&
		a.FromGrade == b.FromGrade && a.ToGrade == b.ToGrade && slices.Equal(a.Actions, b.Actions) && slices.Equal(a.Areas, b.Areas)
}

// Areas gives the areas that the rules in force speak of.
func Areas(ctx context.Context, tx bun.IDB) (all []string, err error) {
	v, err := inForce(ctx, tx)
	for _, r := range v.Rules {
		all = append(all, r.Areas...)
	}
	return all, err
}
