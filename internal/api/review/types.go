package review

import "time"

// ReviewLine is a position that a person holds, or something else that gives rights.
type ReviewLine struct {
	Kind     string     `json:"kind" enum:"position,token,rule,group" doc:"A position of a person; a token, which acts in its owner's name; a rule of the house; a group of a directory that gives a position."`
	Person   string     `json:"person" doc:"Empty of a rule and a group."`
	Position string     `json:"position" doc:"That is held, that the rule is about or the group gives; empty of a token."`
	Areas    []string   `json:"areas" nullable:"false" doc:"Ids; none: everywhere."`
	From     *time.Time `json:"from,omitempty"`
	Until    *time.Time `json:"until,omitempty" doc:"Exclusive."`
	Since    *time.Time `json:"since,omitempty" doc:"Since when it is held as it is, as far as is known."`
	UsedAt   *time.Time `json:"usedAt,omitempty" doc:"When it last decided that the person may do something. Absent: not within 13 months, or the last 500 acts. Of a token it is the day; of a group it is not known."`
	Open     bool       `json:"open" doc:"The account is not disabled."`
	Alone    bool       `json:"alone" doc:"One person gave it alone: at the set-up, or on the machine itself. No review has confirmed it since."`

	Subject   string   `json:"subject,omitempty" doc:"Which token, rule or group it is."`
	Name      string   `json:"name,omitempty" doc:"Of the token, the rule or the group."`
	Actions   []string `json:"actions,omitempty" doc:"Of the token or the rule."`
	Deny      bool     `json:"deny,omitempty" doc:"The rule forbids."`
	Directory string   `json:"directory,omitempty" doc:"Of the group."`
}

// ReviewItem is a line of a review.
type ReviewItem struct {
	ReviewLine
	ID        string      `json:"id"`
	Now       *ReviewHeld `json:"now,omitempty" doc:"How it is held by now, where that is not what the line says. Such a line is confirmed after it was renewed."`
	Decision  string      `json:"decision" enum:",confirmed,withdrawn,gone" doc:"gone: it was not held any more when somebody came to decide."`
	DecidedBy string      `json:"decidedBy,omitempty"`
	DecidedAt *time.Time  `json:"decidedAt,omitempty"`
	Reason    string      `json:"reason,omitempty"`
}

// ReviewHeld is how a position is held.
type ReviewHeld struct {
	Areas []string   `json:"areas" nullable:"false" doc:"Ids; none: everywhere."`
	From  *time.Time `json:"from,omitempty"`
	Until *time.Time `json:"until,omitempty" doc:"Exclusive."`
	Since *time.Time `json:"since,omitempty"`
}

// RightsReview is one campaign.
type RightsReview struct {
	ID       string       `json:"id"`
	OpenedBy string       `json:"openedBy"`
	OpenedAt time.Time    `json:"openedAt"`
	DueAt    time.Time    `json:"dueAt"`
	Note     string       `json:"note"`
	ClosedAt *time.Time   `json:"closedAt,omitempty" doc:"When the last line was decided on."`
	Items    []ReviewItem `json:"items" nullable:"false" doc:"Empty in lists."`
}

// RightsReviews are the campaigns and when the next is due.
type RightsReviews struct {
	Items   []RightsReview `json:"items" nullable:"false"`
	LastAt  *time.Time     `json:"lastAt,omitempty" doc:"When the last was closed."`
	NextAt  *time.Time     `json:"nextAt,omitempty" doc:"When the next is to be closed."`
	Overdue bool           `json:"overdue"`
}

// ReviewDecision decides on some lines.
type ReviewDecision struct {
	Items    []string `json:"items" nullable:"false" maxItems:"500" doc:"Ids of lines."`
	Decision string   `json:"decision" maxLength:"20" example:"confirmed" doc:"confirmed or withdrawn; renewed has the lines say what is held now and decides nothing."`
	Reason   string   `json:"reason,omitempty" maxLength:"4000" doc:"Needed to decide."`
}

// ReviewRefused is how often a person was refused a right.
type ReviewRefused struct {
	Person  string    `json:"person"`
	Action  string    `json:"action" doc:"Empty: various."`
	Times   int       `json:"times"`
	Cameras int       `json:"cameras" doc:"Of how many cameras."`
	LastAt  time.Time `json:"lastAt"`
}

// ReviewLookup is how often a person looked at recordings, and what followed.
type ReviewLookup struct {
	Person   string `json:"person"`
	Times    int    `json:"times" doc:"The sum of followed, open and without."`
	Followed int    `json:"followed" doc:"Viewings after which a mark, picture, hold or order about a camera of it came in time."`
	Open     int    `json:"open" doc:"Nothing came yet, and the time for it is not over."`
	Without  int    `json:"without" doc:"Nothing came in time."`
}

// ReviewPattern is something that somebody should look at.
type ReviewPattern struct {
	Kind    string    `json:"kind" enum:"same_hour,same_camera,colleague"`
	Person  string    `json:"person"`
	Camera  string    `json:"camera,omitempty"`
	Hour    int       `json:"hour" doc:"Of the day of the footage, in the time of the site; for same_hour."`
	Other   string    `json:"other,omitempty" doc:"The person whom the reason names."`
	Times   int       `json:"times"`
	FirstAt time.Time `json:"firstAt"`
	LastAt  time.Time `json:"lastAt"`
}

// ReviewReport is what the trail says of a time.
type ReviewReport struct {
	From            time.Time       `json:"from"`
	To              time.Time       `json:"to"`
	Viewings        int             `json:"viewings" doc:"That were read for it."`
	Partial         bool            `json:"partial" doc:"There were more acts than are read; the figures are of the latest."`
	Repeats         int             `json:"repeats" doc:"From how often on a pattern is one."`
	FollowUpSeconds int             `json:"followUpSeconds" doc:"Within which something must follow a lookup."`
	Refused         []ReviewRefused `json:"refused" nullable:"false"`
	Lookups         []ReviewLookup  `json:"lookups" nullable:"false"`
	Patterns        []ReviewPattern `json:"patterns" nullable:"false"`
}
