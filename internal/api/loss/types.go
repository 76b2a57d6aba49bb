package loss

import "time"

// LossStatement says who answers for missing footage.
type LossStatement struct {
	ID         string       `json:"id"`
	Number     int64        `json:"number"`
	OpenedAt   time.Time    `json:"openedAt"`
	From       time.Time    `json:"from"`
	To         *time.Time   `json:"to" doc:"Null while footage is still being lost."`
	Cause      string       `json:"cause" example:"recorder_stopped" doc:"As it was known when the statement was opened."`
	Causes     []string     `json:"causes" doc:"All causes, in the order in which they came."`
	State      string       `json:"state" enum:"open,explained,signed"`
	Cameras    []LossMember `json:"cameras"`
	FirstAlarm *time.Time   `json:"firstAlarm" doc:"Null where no alarm was given, as while the recorder itself was down."`
	// What the watch will know.
	OnWatch        *string           `json:"onWatch" doc:"Who was on watch. Null: connects with the watch, a later part."`
	AcknowledgedBy *string           `json:"acknowledgedBy" doc:"Who acknowledged the alarm. Null: connects with the watch, a later part."`
	Explanation    *LossExplanation  `json:"explanation,omitempty" doc:"The newest; absent where nobody has explained it."`
	History        []LossExplanation `json:"history" doc:"Explanations that were corrected, the oldest first."`
	Signatures     []LossSignature   `json:"signatures" doc:"Under the newest explanation; three are needed, one on each line."`
	Lines          []LossLine        `json:"lines" doc:"The lines that are signed, in the order of the paper. Empty in lists."`
	Void           []LossSignature   `json:"void" doc:"Signatures under explanations that were corrected."`
	Revisions      []LossRevision    `json:"revisions"`
	Neighbours     []LossNeighbour   `json:"neighbours" doc:"Other cameras of the same place or area. Empty in lists."`
}

// LossMember is one camera's part.
type LossMember struct {
	Camera     string     `json:"camera"`
	From       time.Time  `json:"from"`
	To         *time.Time `json:"to"`
	Cause      string     `json:"cause" doc:"As it was known when the statement was opened."`
	Causes     []LossPart `json:"causes" doc:"Of the whole outage, in the order in which they came. A signed statement keeps those that were signed."`
	FirstAlarm *time.Time `json:"firstAlarm"`
}

// LossPart is what one cause has of a camera's outage.
type LossPart struct {
	Cause   string    `json:"cause" example:"network"`
	From    time.Time `json:"from" doc:"When it was first the cause."`
	Seconds *float64  `json:"seconds" doc:"All its stretches together; null while the outage lasts."`
}

// LossExplanation is what somebody said.
type LossExplanation struct {
	ID         string          `json:"id"`
	At         time.Time       `json:"at"`
	Person     string          `json:"person"`
	PersonName string          `json:"personName"`
	Text       string          `json:"text"`
	Reported   string          `json:"reported" doc:"To whom and when; empty where nobody wrote it."`
	Repaired   string          `json:"repaired"`
	Contractor string          `json:"contractor"`
	Corrects   string          `json:"corrects,omitempty"`
	Neighbours []LossNeighbour `json:"neighbours" doc:"As they were when this was said."`
}

// LossNeighbour is another camera of the place or area, with how much of the time it has.
type LossNeighbour struct {
	Camera string  `json:"camera"`
	Share  float64 `json:"share" doc:"Recorded part of the statement's time, 0 to 1."`
}

// LossSignature is one of three.
type LossSignature struct {
	At          time.Time `json:"at"`
	Person      string    `json:"person"`
	PersonName  string    `json:"personName"`
	Position    string    `json:"position"`
	Line        string    `json:"line,omitempty" enum:"on_watch,informed,repaired" doc:"What the signer answers for; absent of a time when statements had no lines."`
	Grade       string    `json:"grade" enum:"server_attested" doc:"The server vouches for who was signed in."`
	Explanation string    `json:"explanation"`
}

// LossLine is one line of the paper, by the rules of now.
type LossLine struct {
	Line      string   `json:"line" enum:"on_watch,informed,repaired" doc:"Who had the watch, who was told, who repaired it."`
	Positions []string `json:"positions" doc:"Of which one signs here, and those of the house that go by one of them." example:"[\"operator\",\"duty_lead\"]"`
	Yours     []string `json:"yours" doc:"Those among them that whoever asks holds."`
}

// LossRevision says that an outage proved shorter than the statement tells.
type LossRevision struct {
	At       time.Time `json:"at"`
	Camera   string    `json:"camera"`
	From     time.Time `json:"from"`
	NowFrom  time.Time `json:"nowFrom"`
	NowUntil time.Time `json:"nowUntil" doc:"Equal to nowFrom: nothing was lost."`
}

// LossExplanationInput is an explanation as it is written.
type LossExplanationInput struct {
	Text       string `json:"text" minLength:"1" maxLength:"4000"`
	Reported   string `json:"reported,omitempty" maxLength:"300"`
	Repaired   string `json:"repaired,omitempty" maxLength:"300"`
	Contractor string `json:"contractor,omitempty" maxLength:"300"`
	Corrects   string `json:"corrects,omitempty" maxLength:"40" doc:"Id of the newest explanation, where there is one."`
}

// LossSignInput is a signature as it is given.
type LossSignInput struct {
	Explanation string `json:"explanation" maxLength:"40" doc:"Id of the explanation that is signed."`
	Line        string `json:"line" enum:"on_watch,informed,repaired" doc:"What one answers for."`
	Position    string `json:"position" maxLength:"40" doc:"One of those that the person holds." example:"duty_lead"`
}

// StorageFault is a storage fault.
type StorageFault struct {
	ID          string             `json:"id"`
	Kind        string             `json:"kind" enum:"volume_full,volume_failing,volume_away,tier_away,tier_full,tier_failing,retention_at_risk,footage_damaged"`
	Subject     string             `json:"subject" doc:"Volume, tier or camera."`
	OpenedAt    time.Time          `json:"openedAt"`
	OverAt      *time.Time         `json:"overAt" doc:"When what was wrong ended; the fault is open until recording and the oldest footage are proved."`
	EscalatedAt *time.Time         `json:"escalatedAt" doc:"When leaders were told."`
	ClosedAt    *time.Time         `json:"closedAt"`
	Detail      map[string]any     `json:"detail"`
	Absent      bool               `json:"absent" doc:"The configuration no more has this disk or tier, footage lies on it, and nobody has given it up yet."`
	Steps       []StorageFaultStep `json:"steps"`
}

// StorageFaultStep is what happened to a fault.
type StorageFaultStep struct {
	At         time.Time      `json:"at"`
	Step       string         `json:"step" enum:"opened,repeated,escalated,acknowledged,given_up,over,back,unproved,closed"`
	Person     string         `json:"person,omitempty"`
	PersonName string         `json:"personName,omitempty"`
	Detail     map[string]any `json:"detail"`
}
