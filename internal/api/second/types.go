package second

import (
	"time"

	"watchroom/internal/api/company"
)

// SecondAsk is an ask for a second person to one act.
type SecondAsk struct {
	ID         string            `json:"id"`
	Kind       string            `json:"kind" enum:"viewing,snapshot,live" doc:"What is to be done: a viewing opened, a picture kept, live pictures looked at."`
	Cameras    []string          `json:"cameras" nullable:"false"`
	From       *time.Time        `json:"from,omitempty" doc:"Of the footage; absent: now."`
	To         *time.Time        `json:"to,omitempty"`
	Purpose    string            `json:"purpose,omitempty" example:"incident"`
	Reason     string            `json:"reason,omitempty" doc:"Of a viewing; of a picture the note."`
	Viewing    string            `json:"viewing,omitempty" doc:"Under which a picture is kept."`
	Present    []company.Present `json:"present,omitempty" doc:"Who else will be at the screen of a viewing, people of the register with their names."`
	Person     string            `json:"person" doc:"Who asks."`
	PersonName string            `json:"personName"`
	Positions  []string          `json:"positions" nullable:"false" doc:"That who asks held."`
	AskedAt    time.Time         `json:"askedAt"`
	ExpiresAt  time.Time         `json:"expiresAt" doc:"Unless it is answered before; once it is agreed to, unless it is used."`
	State      string            `json:"state" enum:"waiting,agreed,refused,withdrawn,expired,used"`
	Answer     *AskAnswer        `json:"answer,omitempty" doc:"Who agreed or refused."`
	UsedAt     *time.Time        `json:"usedAt,omitempty"`
	Mine       bool              `json:"mine" doc:"Of whoever reads this, at this client: they may use an agreement."`
	Answerable bool              `json:"answerable" doc:"Whoever reads this may answer it now."`
}

// AskAnswer is what the second person said.
type AskAnswer struct {
	Person   string    `json:"person"`
	Name     string    `json:"name"`
	Position string    `json:"position" example:"duty_lead"`
	Way      string    `json:"way" enum:"here,apart"`
	Note     string    `json:"note,omitempty" doc:"Why it was refused."`
	At       time.Time `json:"at"`
}

// NewSecondAsk asks for a second person, for just what it says.
type NewSecondAsk struct {
	Kind    string            `json:"kind" enum:"viewing,snapshot,live"`
	Cameras []string          `json:"cameras" minItems:"1" maxItems:"64" doc:"One, but for a viewing."`
	From    *time.Time        `json:"from,omitempty" doc:"Of a viewing."`
	To      *time.Time        `json:"to,omitempty" doc:"Of a viewing."`
	Purpose string            `json:"purpose,omitempty" maxLength:"60" doc:"Of a viewing."`
	Reason  string            `json:"reason,omitempty" maxLength:"1000" doc:"Of a viewing; of a picture the note."`
	Viewing string            `json:"viewing,omitempty" maxLength:"40" doc:"Under which a picture of the past is kept."`
	At      *time.Time        `json:"at,omitempty" doc:"Of the picture; left out: now."`
	Present []company.Present `json:"present,omitempty" maxItems:"50" doc:"Who else will be at the screen of a viewing, as it is opened with."`
}

// SecondRefusal says why not.
type SecondRefusal struct {
	Note string `json:"note" maxLength:"2000"`
}

// Vouching is who the second person is, at the screen of who asked.
type Vouching struct {
	Username string `json:"username" maxLength:"200"`
	Password string `json:"password" maxLength:"1000"`
}
