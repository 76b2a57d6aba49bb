package access

import "watchroom/internal/problem"

// The refusals of Can. Parameters: action; camera if it is about one; rule, the rule of the
// policy that decided, where one did; and what each names besides.
var (
	// ErrRightMissing: no position that is held has the right. positions: those that do.
	ErrRightMissing = problem.New(problem.Forbidden, "right_missing", "Your position does not include this right.")
	// ErrTokenRight: the token was made without the right, whatever its person may do.
	ErrTokenRight = problem.New(problem.Forbidden, "token_right_missing", "This token does not include the right that is needed.")
	// ErrElsewhere: the position is held in other areas. position.
	ErrElsewhere = problem.New(problem.Forbidden, "right_elsewhere", "Your position does not reach to the area of this camera.")
	// ErrGrade: the right ends below the grade of the camera. position, grade.
	ErrGrade = problem.New(problem.Forbidden, "right_grade", "The security grade of this camera is above what your position may see.")
	// ErrOffDuty: the right goes with the watch. position.
	ErrOffDuty = problem.New(problem.Forbidden, "right_on_duty", "Your position includes this only while you are on watch here.")
	// ErrDenied: a rule of the house denies it. position.
	ErrDenied = problem.New(problem.Forbidden, "right_denied", "A rule of this house denies it.")
	// ErrOtherTime: the position is held at another time. position.
	ErrOtherTime = problem.New(problem.Forbidden, "right_other_time", "You do not hold the position at this time.")
)

// refusal says why not.
func (d Decision) refusal(action Action, camera string) error {
	refusal := map[Lack]*problem.Error{LackRight: ErrRightMissing, LackTime: ErrOtherTime, LackArea: ErrElsewhere,
		LackGrade: ErrGrade, LackDuty: ErrOffDuty, LackDenied: ErrDenied, LackToken: ErrTokenRight}[d.Lack].With("action", string(action))
	switch d.Lack {
	case LackToken:
		refusal.Detail = "This token does not include the right " + string(action) + "."
	case LackRight:
		refusal = refusal.With("positions", HaveIt(action))
	default:
		refusal = refusal.With("position", string(d.Position))
	}
	if d.Rule != "" && d.Lack != LackToken {
		refusal = refusal.With("rule", d.Rule)
	}
	if camera != "" {
		refusal = refusal.With("camera", camera)
	}
	return refusal
}
