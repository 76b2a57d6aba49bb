package people

import "time"

// Person is somebody with an account.
type Person struct {
	ID          string    `json:"id" example:"0l3k9vqf5r2ta"`
	Username    string    `json:"username" example:"zhang.wei"`
	DisplayName string    `json:"displayName" example:"张伟"`
	Positions   []string  `json:"positions" doc:"What the person is here: administrator, operator, duty_lead, supervisor, technician, auditor, leader, principal, stand_in, contractor."`
	Holdings    []Holding `json:"holdings" doc:"The same positions, with where and for how long they are held."`
	Disabled    bool      `json:"disabled"`
	CreatedAt   time.Time `json:"createdAt"`

	Directory string     `json:"directory,omitempty" example:"campus" doc:"Name of the directory that the account belongs to; absent for an account of this system."`
	LeftAt    *time.Time `json:"leftAt,omitempty" doc:"Since when that directory does not vouch for the person: nothing opens the account."`

	Waiting []Holding `json:"waiting,omitempty" nullable:"false" doc:"What the person is to hold, in place of holdings, once another person has confirmed it; see listProposals. Absent: nothing waits."`
}

// Holding is a position that somebody holds: where, and for how long.
type Holding struct {
	Position string     `json:"position" maxLength:"40" example:"operator"`
	Areas    []string   `json:"areas,omitempty" maxItems:"200" nullable:"false" doc:"Ids of areas, with what lies in them; left out: everywhere."`
	From     *time.Time `json:"from,omitempty"`
	Until    *time.Time `json:"until,omitempty" doc:"Exclusive."`
	Alone    bool       `json:"alone,omitempty" readOnly:"true" doc:"One person gave it alone: at the set-up, or on the machine itself. Until a review of rights confirms it."`
}

// NewPerson makes an account.
type NewPerson struct {
	Username    string    `json:"username" minLength:"1" maxLength:"64" example:"zhang.wei"`
	DisplayName string    `json:"displayName" minLength:"1" maxLength:"100" example:"张伟"`
	Positions   []string  `json:"positions,omitempty" maxItems:"20" example:"[\"operator\"]" doc:"Held everywhere and for good."`
	Holdings    []Holding `json:"holdings,omitempty" maxItems:"20" doc:"In place of positions: with where and for how long."`
	Password    string    `json:"password,omitempty" maxLength:"1000" doc:"Left out, the server makes one and shows it once."`
	Reason      string    `json:"reason,omitempty" maxLength:"4000" doc:"Why the person is to hold these positions, for whoever confirms them."`
}

// MadePerson is a new account, with its password if the server made it.
type MadePerson struct {
	Person          Person `json:"person"`
	InitialPassword string `json:"initialPassword,omitempty" doc:"Shown only now."`
}

// PersonChange changes some of an account; what is left out stays.
type PersonChange struct {
	DisplayName *string    `json:"displayName,omitempty" minLength:"1" maxLength:"100"`
	Positions   *[]string  `json:"positions,omitempty" maxItems:"20" doc:"Held everywhere and for good."`
	Holdings    *[]Holding `json:"holdings,omitempty" maxItems:"20" doc:"In place of positions: with where and for how long."`
	Disabled    *bool      `json:"disabled,omitempty"`
	Reason      string     `json:"reason,omitempty" maxLength:"4000" doc:"Why the person is to hold these positions, for whoever confirms them."`
}

// PasswordReset shows the new password once.
type PasswordReset struct {
	InitialPassword string `json:"initialPassword" doc:"Shown only now."`
}

// Token lets a program in with some rights of whoever made it.
type Token struct {
	ID        string     `json:"id"`
	Name      string     `json:"name" example:"Prometheus"`
	Actions   []string   `json:"actions" example:"[\"metrics.read\"]"`
	Person    string     `json:"person" doc:"Its owner, whose rights it narrows."`
	Owner     string     `json:"personName" doc:"Display name of its owner." example:"系统管理员"`
	CreatedAt time.Time  `json:"createdAt"`
	ExpiresAt *time.Time `json:"expiresAt,omitempty"`
	UsedOn    *time.Time `json:"usedOn,omitempty" doc:"Within the day (UTC) that begins so it was last used. Absent: not since this is kept."`
}

// NewToken makes a token.
type NewToken struct {
	Name      string     `json:"name" minLength:"1" maxLength:"100" example:"Prometheus"`
	Actions   []string   `json:"actions" minItems:"1" maxItems:"50" example:"[\"metrics.read\"]"`
	ExpiresAt *time.Time `json:"expiresAt,omitempty" doc:"Left out: after the time that the rules say. 422 token_too_long with params.days where it is later than they allow."`
}

// MadeToken is a new token with its secret.
type MadeToken struct {
	Token
	Secret string `json:"token" doc:"wr_…, shown only now."`
}
