package session

import (
	"time"

	"watchroom/internal/api/people"
)

// Session is what a browser knows of who sits before it.
type Session struct {
	Person        people.Person  `json:"person"`
	Actions       []string       `json:"actions" doc:"What the person may do." example:"[\"camera.read\",\"live.view\"]"`
	Unplaced      []string       `json:"unplaced" nullable:"false" doc:"Of these, what the person may do on a camera that hangs in no area."`
	Throughout    []string       `json:"throughout" nullable:"false" doc:"Of these, of what is decided or read for the whole house, what the person may do in all of it; who has such a right in some areas alone may not."`
	ExpiresAt     *time.Time     `json:"expiresAt,omitempty" doc:"When the person must sign in again, unless the session is used before; absent for tokens that do not expire."`
	EndsAt        *time.Time     `json:"endsAt,omitempty" doc:"When the person must sign in again however much the session is used; absent for tokens."`
	ServerTime    time.Time      `json:"serverTime"`
	SiteTimeZone  string         `json:"siteTimeZone" doc:"IANA name of the zone in which times are shown." example:"Asia/Shanghai"`
	SiteName      string         `json:"siteName" example:"North campus"`
	Version       string         `json:"version" example:"v0.2.0"`
	Demo          bool           `json:"demo" doc:"True in the demonstration, whose cameras are drawn."`
	FactorMissing bool           `json:"factorMissing" doc:"True while the person must enrol a second factor before anything else."`
	Console       *Console       `json:"console,omitempty" doc:"Absent for tokens."`
	EndingTokens  []EndingToken  `json:"endingTokens" doc:"Tokens of the person that end before long."`
	EndingPapers  []EndingPaper  `json:"endingPapers" nullable:"false" doc:"Papers of the person by which the right to see pictures ends before long, or has ended."`
	Briefing      *BriefingState `json:"briefing,omitempty" doc:"Present for a stand-in who has not signed briefing and pledge: no picture is shown before."`
	PasswordMade  *PasswordMade  `json:"passwordMade,omitempty" doc:"Present while the person must choose a password of their own before anything else."`
}

// EndingPaper is a paper without which the person sees no pictures.
type EndingPaper struct {
	Paper string `json:"paper" enum:"pledge,vetting,licence"`
	On    string `json:"on,omitempty" doc:"Its last day, in the time zone of the site; absent: it is not on file." example:"2026-12-05"`
	Ended bool   `json:"ended"`
}

// PasswordMade says which other person made a password, and when.
type PasswordMade struct {
	By     string    `json:"by" doc:"Id of the person who made it."`
	ByName string    `json:"byName" example:"系统管理员"`
	At     time.Time `json:"at"`
}

// SetupState tells whether the first account is still missing.
type SetupState struct {
	Needed        bool `json:"needed"`
	PasswordLeast int  `json:"passwordLeast" doc:"How many characters a password has at least."`
}

// Setup makes the first account.
type Setup struct {
	Token       string `json:"token" maxLength:"200" doc:"From the set-up link that the server printed."`
	Username    string `json:"username" minLength:"1" maxLength:"64" example:"admin"`
	DisplayName string `json:"displayName" minLength:"1" maxLength:"100" example:"系统管理员"`
	Password    string `json:"password" maxLength:"1000"`
}

// SignIn opens a session.
type SignIn struct {
	Username string `json:"username" maxLength:"200" example:"zhang.wei"`
	Password string `json:"password" maxLength:"1000"`

	Directory string `json:"directory,omitempty" maxLength:"40" doc:"Name of a directory of kind ldap whose password it is; left out: an account of this system."`
}

// PasswordChange replaces one's own password.
type PasswordChange struct {
	Current string `json:"current" maxLength:"1000"`
	New     string `json:"new" maxLength:"1000"`
}
