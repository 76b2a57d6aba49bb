package access

import (
	"maps"
	"slices"

	"watchroom/internal/problem"
)

// The refusals of Can. Parameters: action; camera if it is about one; rule, the rule of the
// policy that decided, where one did; deciders, the positions of which somebody can change it
// (none where the person can do it themselves, or nobody needs to); and what each names besides.
// Nobody else is named, nor where else what is.
var (
	// ErrRightMissing: no position that is held has the right. positions: those that do.
	ErrRightMissing = problem.New(problem.Forbidden, "right_missing", "Your position does not include this right.")
	// ErrTokenRight: the token was made without the right, whatever its person may do.
	ErrTokenRight = problem.New(problem.Forbidden, "token_right_missing", "This token does not include the right that is needed.")
	// ErrElsewhere: the position is held in other areas. position.
	ErrElsewhere = problem.New(problem.Forbidden, "right_elsewhere", "Your position does not reach to the area of this camera.")
	// ErrGrade: the right ends below the grade of the camera, or where it hangs. position; grade
	// where it is the grade, for who may know the camera.
	ErrGrade = problem.New(problem.Forbidden, "right_grade", "The security grade of this camera is above what your position may see.")
	// ErrOffDuty: the right goes with the watch. position.
	ErrOffDuty = problem.New(problem.Forbidden, "right_on_duty", "Your position includes this only while you are on watch here.")
	// ErrDenied: a rule of the house denies it. position.
	ErrDenied = problem.New(problem.Forbidden, "right_denied", "A rule of this house denies it.")
	// ErrUnproved: the rule that allows it is not one that people here approved. position.
	ErrUnproved = problem.New(problem.Forbidden, "right_unproved", "The rule that allows this stands in the records, and no approved act made it. It counts for nothing.")
	// ErrUnlogged: what allows it was approved just now. position.
	ErrUnlogged = problem.New(problem.Forbidden, "right_unlogged", "The act that allows this is on its way into the transparency log, and counts once it stands there: in a few seconds.")
	// ErrOtherTime: the position is held at another time. position.
	ErrOtherTime = problem.New(problem.Forbidden, "right_other_time", "You do not hold the position at this time.")
	// ErrHost: who let a stand-in in may not do it, or not any more. position.
	ErrHost = problem.New(problem.Forbidden, "right_host", "Whoever let you in for this shift may not do this either, or not any more.")
	// Papers that ran out, or were never on file, where the house has said that they count. position.
	ErrPledgeLapsed  = problem.New(problem.Forbidden, "right_pledge", "Your pledge of secrecy has run out or is not on file.")
	ErrVettingLapsed = problem.New(problem.Forbidden, "right_vetting", "Your vetting has run out or is not on file.")
	ErrBriefing      = problem.New(problem.Forbidden, "right_briefing", "Read the briefing and sign the pledge first.")
	ErrLicenceLapsed = problem.New(problem.Forbidden, "right_licence", "Your guard licence has run out.")
)

// Holders gives the positions that have a right somewhere by the actor's policy: those of the
// program in their order, then those of the house. Where there is no policy, it is those of
// the program that begin with it.
func Holders(a Actor, action Action) []Position {
	if a.rights == nil {
		return HaveIt(action)
	}
	have := []Position{}
	for _, p := range append(Positions(), slices.Sorted(maps.Keys(a.rights.bases))...) {
		rules := a.rights.rules[p][action]
		allows := slices.ContainsFunc(rules, func(r Rule) bool { return !r.Deny })
		if allows && !slices.ContainsFunc(rules, func(r Rule) bool { return r.Deny && r.anywhere() }) {
			have = append(have, p)
		}
	}
	return have
}

// Deciders gives the positions of which somebody can let happen what is refused for a lack: who
// gives positions and keeps the files of people, or who decides on the rules of the house.
func Deciders(a Actor, l Lack) []Position {
	switch l {
	case LackRight, LackTime, LackArea, LackVetting, LackLicence:
		return Holders(a, PeopleManage)
	case LackGrade, LackDuty, LackDenied, LackRoom, LackUnproved:
		return Holders(a, RightsApprove)
	case LackHost:
		return Holders(a, StandInAdmit)
	}
	return nil
}

// graded tells whether the rule that came nearest ends below the grade of the camera.
func (a Actor) graded(d Decision, action Action, camera string) bool {
	grade := a.rights.Place(camera).Grade
	return slices.ContainsFunc(a.rights.rules[d.Position][action], func(r Rule) bool { return r.ID == d.Rule && r.To != 0 && r.To < grade })
}

// refusal says why not.
func (a Actor) refusal(d Decision, action Action, camera string) error {
	refusal := map[Lack]*problem.Error{LackRight: ErrRightMissing, LackTime: ErrOtherTime, LackArea: ErrElsewhere,
		LackGrade: ErrGrade, LackDuty: ErrOffDuty, LackDenied: ErrDenied, LackRoom: ErrRoom, LackUnproved: ErrUnproved, LackUnlogged: ErrUnlogged, LackToken: ErrTokenRight,
		LackPledge: ErrPledgeLapsed, LackVetting: ErrVettingLapsed, LackLicence: ErrLicenceLapsed, LackBriefing: ErrBriefing, LackHost: ErrHost}[d.Lack].With("action", string(action))
	switch d.Lack {
	case LackToken:
		refusal.Detail = "This token does not include the right " + string(action) + "."
	case LackRight:
		refusal = refusal.With("positions", Holders(a, action))
	default:
		refusal = refusal.With("position", string(d.Position))
	}
	if deciders := Deciders(a, d.Lack); len(deciders) > 0 {
		refusal = refusal.With("deciders", deciders)
	}
	if d.Lack == LackGrade && camera != "" && a.graded(d, action, camera) && a.decide(CameraRead, camera, nil).Allowed {
		refusal = refusal.With("grade", int(a.rights.Place(camera).Grade))
	}
	if d.Rule != "" && d.Lack != LackToken {
		refusal = refusal.With("rule", d.Rule)
	}
	if camera != "" {
		refusal = refusal.With("camera", camera)
	}
	return refusal
}
