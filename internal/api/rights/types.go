package rights

import "time"

// Rule is a line of what the house says about rights.
type Rule struct {
	ID          string   `json:"id" minLength:"1" maxLength:"60" example:"vault-for-leads"`
	Position    string   `json:"position" maxLength:"40" example:"operator"`
	Actions     []string `json:"actions" minItems:"1" maxItems:"100" example:"[\"live.view\"]"`
	Deny        bool     `json:"deny,omitempty" doc:"A denial wins over whatever allows. It has no terms."`
	Areas       []string `json:"areas,omitempty" maxItems:"200" doc:"Ids of areas, with what lies in them; left out: everywhere."`
	FromGrade   int      `json:"fromGrade,omitempty" minimum:"0" maximum:"4"`
	ToGrade     int      `json:"toGrade,omitempty" minimum:"0" maximum:"4" doc:"0: up to the highest."`
	OnDuty      bool     `json:"onDuty,omitempty" doc:"Only while the person has the watch over the camera."`
	BackMinutes int      `json:"backMinutes,omitempty" minimum:"0" maximum:"527040" doc:"Only footage that is no older; 0: all there is."`
	Request     bool     `json:"request,omitempty" doc:"Only under a request that was approved."`
	Second      bool     `json:"second,omitempty" doc:"Only together with a second person."`
	Note        string   `json:"note,omitempty" maxLength:"500"`
}

// Version is the rules as somebody wanted them.
type Version struct {
	ID        string     `json:"id" doc:"built-in where the house has said nothing yet."`
	Rules     []Rule     `json:"rules"`
	Base      string     `json:"base,omitempty" doc:"The version in force when it was asked for."`
	Reason    string     `json:"reason,omitempty"`
	AskedBy   string     `json:"askedBy,omitempty"`
	AskedAt   *time.Time `json:"askedAt,omitempty"`
	DecidedBy string     `json:"decidedBy,omitempty"`
	DecidedAt *time.Time `json:"decidedAt,omitempty"`
	Decision  string     `json:"decision,omitempty" enum:",approved,rejected,withdrawn"`
	Note      string     `json:"note,omitempty"`
	InForceAt *time.Time `json:"inForceAt,omitempty"`
	Touches   []string   `json:"touches,omitempty" doc:"Of a version that waits: the positions that it is about. Whoever holds one of them does not approve it."`
}

// Position is one with what it may do by itself.
type Position struct {
	Position string   `json:"position"`
	Basis    string   `json:"basis,omitempty" doc:"The position of the program by which it goes: rules that narrow or deny that one hold for it, too, and rules that allow it something where no rule allows this one the same."`
	Actions  []string `json:"actions" doc:"What it may do where no rule says otherwise."`
	Never    []string `json:"never" doc:"What no rule can give it: running the system, watching, and deciding what is kept stay apart."`
}

// Rights is what is in force.
type Rights struct {
	Version   Version    `json:"version"`
	Positions []Position `json:"positions"`
	Actions   []string   `json:"actions" doc:"All rights there are."`
	Demands   Demands    `json:"demands"`
	Waiting   *Version   `json:"waiting,omitempty" doc:"What waits for a decision."`
	Unproved  bool       `json:"unproved,omitempty" doc:"Rules or positions of the house are in the database as no approved act in the transparency log made them: what they would allow counts for nothing. Right after a change this is a matter of a second."`
}

// Demands are what the house demands of footage by the security grade of its camera, whatever
// the rules say.
type Demands struct {
	RequestFrom   int  `json:"requestFrom,omitempty" doc:"The grade from which footage is seen only under a request that was approved, or as duty review; left out: none."`
	SecondFrom    int  `json:"secondFrom,omitempty" doc:"The grade from which footage is seen, and kept as a picture, only together with a second person; left out: none. Emergency rights are exempt from both."`
	ReviewMinutes int  `json:"reviewMinutes" doc:"How old footage of duty review may be; 0: there is none."`
	ReviewOnDuty  bool `json:"reviewOnDuty" doc:"It needs the watch over the camera."`
}

// NewVersion asks for other rules.
type NewVersion struct {
	Base   string `json:"base" maxLength:"40" doc:"The version in force that was looked at."`
	Rules  []Rule `json:"rules" maxItems:"500" doc:"All of them, in place of those in force."`
	Reason string `json:"reason" minLength:"1" maxLength:"1000"`
}

// Trial asks what rules would do.
type Trial struct {
	Rules []Rule `json:"rules" maxItems:"500"`
}

// Effect is what rules would change.
type Effect struct {
	Changes []Change `json:"changes"`
	Left    int      `json:"left,omitempty" doc:"How many more there are, that the answer leaves out."`
}

// Change is a right that a position would win or lose on a camera, or hold on other terms.
type Change struct {
	Position string `json:"position"`
	Action   string `json:"action"`
	Camera   string `json:"camera,omitempty" doc:"Left out: it is about no camera."`
	Before   bool   `json:"before"`
	After    bool   `json:"after"`
	Was      *Terms `json:"was,omitempty" doc:"On what terms before; left out: on none."`
	Is       *Terms `json:"is,omitempty" doc:"On what terms after; left out: on none."`
}

// Terms are on what conditions a right is held.
type Terms struct {
	OnDuty bool   `json:"onDuty,omitempty" doc:"Only on watch."`
	Ways   []Term `json:"ways,omitempty" doc:"On watch, the least demanding first; left out: without conditions."`
	Away   []Term `json:"away,omitempty" doc:"Not on watch, where that differs."`
}

// Step is one position that was looked at.
type Step struct {
	Position string     `json:"position"`
	Areas    []string   `json:"areas,omitempty" doc:"Where it is held; left out: everywhere."`
	From     *time.Time `json:"from,omitempty"`
	Until    *time.Time `json:"until,omitempty"`
	Rule     string     `json:"rule,omitempty"`
	Lack     string     `json:"lack,omitempty" enum:",right,time,area,grade,duty,pledge,vetting,licence,briefing,host,denied,room,unproved,unlogged,token,disabled,left,term,password,factor" doc:"Why not; left out: this one allows."`
}

// Term is one way in which something is allowed.
type Term struct {
	Rule        string `json:"rule"`
	BackMinutes int    `json:"backMinutes,omitempty"`
	Request     bool   `json:"request,omitempty"`
	Second      bool   `json:"second,omitempty"`
	Review      bool   `json:"review,omitempty" doc:"Only as duty review."`
	Graded      bool   `json:"graded,omitempty" doc:"The security grade of the camera demands the request, or the second person, and not the rule."`
}

// RightsDecision is an answer with its grounds.
type RightsDecision struct {
	Action   string `json:"action"`
	Allowed  bool   `json:"allowed"`
	Lack     string `json:"lack,omitempty" enum:",right,time,area,grade,duty,pledge,vetting,licence,briefing,host,denied,room,unproved,unlogged,token,disabled,left,term,password,factor"`
	Position string `json:"position,omitempty"`
	Rule     string `json:"rule,omitempty"`
	Terms    []Term `json:"terms,omitempty"`
	Steps    []Step `json:"steps"`

	Holders  []string `json:"holders,omitempty" doc:"Positions that have the right somewhere, where no position held does."`
	Deciders []string `json:"deciders,omitempty" doc:"Positions of which somebody can let it happen: who gives positions, or decides on the rules of the house."`
}

// Explanation is what somebody may do on a camera and why.
type Explanation struct {
	Person    string           `json:"person"`
	Camera    string           `json:"camera,omitempty"`
	Areas     []string         `json:"areas,omitempty" doc:"Where the camera hangs, its own area first."`
	Grade     int              `json:"grade,omitempty"`
	Policy    string           `json:"policy" doc:"The version that decided."`
	At        time.Time        `json:"at"`
	Decisions []RightsDecision `json:"decisions"`
}
