package emergency

import (
	"slices"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/rule"
)

// What an institution sets of emergency rights.
var (
	open = rule.Words{Key: "emergency.rights", Default: names(), Words: names(),
		Guard: rule.Higher, Clauses: []string{"C112"}}
	longest = rule.Duration{Key: "emergency.longest", Default: 15 * time.Minute, Least: time.Minute, Most: 4 * time.Hour,
		Guard: rule.Higher, Clauses: []string{"C112"}}
	back = rule.Duration{Key: "emergency.back", Default: 24 * time.Hour, Least: 10 * time.Minute, Most: 7 * 24 * time.Hour,
		Guard: rule.Higher, Clauses: []string{"C104"}}
	grade = rule.Int{Key: "emergency.grade", Default: 3, Least: int(access.LowestGrade), Most: int(access.HighestGrade), Unit: "grade",
		Guard: rule.Higher, Clauses: []string{"C111"}}
	typed = rule.Bool{Key: "emergency.reason_typed", Default: false,
		Guard: rule.Lower, Clauses: []string{"C105"}}
	// within is used where nobody knows when the shift of a person ends.
	within = rule.Duration{Key: "emergency.report_within", Default: 8 * time.Hour, Least: time.Hour, Most: 72 * time.Hour,
		Guard: rule.Higher, Clauses: []string{"C105"}}
)

// Parameters gives what an institution sets of emergency rights.
func Parameters() []rule.Parameter {
	return []rule.Parameter{open, longest, back, grade, typed, within}
}

// Right is one of the register: what somebody takes by its name.
type Right struct {
	Name    string
	Actions []access.Action
	Back    time.Duration // how old footage may be; 0: it is about no footage
	Grade   access.Grade  // of cameras, up to which
}

// Names of the register.
const (
	PlaybackRecent = "playback_recent" // recordings of the last hours
	LiveGraded     = "live_graded"     // live pictures of cameras above what the position may see
)

func names() []string { return []string{PlaybackRecent, LiveGraded} }

// Register gives the rights that the house lets people take at present.
func (r *Rights) Register() []Right {
	all := []Right{
		{PlaybackRecent, []access.Action{access.PlaybackView}, back.Get(r.Rules), access.Grade(grade.Get(r.Rules))},
		{LiveGraded, []access.Action{access.LiveView}, 0, access.Grade(grade.Get(r.Rules))},
	}
	lets := open.Get(r.Rules)
	return slices.DeleteFunc(all, func(one Right) bool { return !slices.Contains(lets, one.Name) })
}

// actionsOf are those of a right, whether or not it can be taken any more.
func actionsOf(name string) []access.Action {
	return map[string][]access.Action{PlaybackRecent: {access.PlaybackView}, LiveGraded: {access.LiveView}}[name]
}

// Terms are on what terms rights are taken at present.
type Terms struct {
	Longest time.Duration // how long at most
	Typed   bool          // the reason must be typed besides the button
}

// Terms gives them.
func (r *Rights) Terms() Terms { return Terms{longest.Get(r.Rules), typed.Get(r.Rules)} }

// Causes are the buttons, of which one is pressed.
func Causes() []string {
	return []string{"fire", "intrusion", "violence", "theft", "injury", "missing_person", "damage", "technical", "other"}
}
