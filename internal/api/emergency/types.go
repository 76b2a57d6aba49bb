package emergency

import "time"

// EmergencyRight is one that can be taken.
type EmergencyRight struct {
	Name        string   `json:"name" example:"playback_recent"`
	Actions     []string `json:"actions" nullable:"false" doc:"What it allows, in the person's own areas."`
	BackSeconds int      `json:"backSeconds" doc:"How old footage may be; 0: it is about no footage."`
	Grade       int      `json:"grade" doc:"Of cameras, up to which."`
}

// Emergency is a right that somebody took.
type Emergency struct {
	ID           string     `json:"id"`
	Person       string     `json:"person"`
	PersonName   string     `json:"personName"`
	Right        string     `json:"right" example:"playback_recent"`
	Cause        string     `json:"cause" example:"violence" doc:"The button that was pressed."`
	Reason       string     `json:"reason" doc:"What was typed besides, if anything was."`
	Grade        int        `json:"grade"`
	BackSeconds  int        `json:"backSeconds"`
	From         time.Time  `json:"from"`
	Until        time.Time  `json:"until" doc:"Exclusive; as it was taken."`
	EndedAt      *time.Time `json:"endedAt,omitempty" doc:"When somebody ended it before its time."`
	EndedBy      string     `json:"endedBy,omitempty" doc:"Name."`
	EndReason    string     `json:"endReason,omitempty"`
	State        string     `json:"state" enum:"running,due,overdue,reported,settled"`
	DueAt        time.Time  `json:"dueAt" doc:"Until when the report is due."`
	Report       string     `json:"report,omitempty"`
	ReportedAt   *time.Time `json:"reportedAt,omitempty"`
	Late         bool       `json:"late" doc:"The report came after it was due."`
	MissingSince *time.Time `json:"missingSince,omitempty" doc:"When it was put on record that the report is missing."`
	Verdict      string     `json:"verdict,omitempty" enum:",justified,unjustified"`
	Note         string     `json:"note,omitempty" doc:"Of the verdict."`
	SettledBy    string     `json:"settledBy,omitempty" doc:"Name."`
	SettledAt    *time.Time `json:"settledAt,omitempty"`
	Rule         string     `json:"rule" doc:"The rule by which acts under it were allowed, to find them in the audit trail."`
}

// Emergencies is what can be taken and what was.
type Emergencies struct {
	Items          []Emergency      `json:"items" nullable:"false"`
	Rights         []EmergencyRight `json:"rights" nullable:"false" doc:"The register, as far as the house lets it be taken."`
	Causes         []string         `json:"causes" nullable:"false"`
	LongestMinutes int              `json:"longestMinutes"`
	ReasonTyped    bool             `json:"reasonTyped" doc:"A button alone is not enough; words are needed."`
}

// NewEmergency takes one.
type NewEmergency struct {
	Right   string `json:"right" maxLength:"40" example:"playback_recent"`
	Minutes int    `json:"minutes,omitempty" minimum:"0" maximum:"240" doc:"0 or left out: as long as the house allows."`
	Cause   string `json:"cause" maxLength:"40" example:"violence"`
	Reason  string `json:"reason,omitempty" maxLength:"4000"`
}

// EmergencyEnd ends one.
type EmergencyEnd struct {
	Reason string `json:"reason,omitempty" maxLength:"4000" doc:"Needed for what somebody else took."`
}

// EmergencyReport says afterwards what it was for.
type EmergencyReport struct {
	Report string `json:"report" maxLength:"8000"`
}

// EmergencyVerdict says whether it was justified.
type EmergencyVerdict struct {
	Verdict string `json:"verdict" maxLength:"20" example:"justified"`
	Note    string `json:"note" maxLength:"4000"`
}
