package trail

import (
	"slices"
	"time"
)

// Act is one entry of the audit trail: who did what, from where, why and by what right.
type Act struct {
	ID            string        `json:"id"`
	At            time.Time     `json:"at"`
	Person        string        `json:"person" doc:"Empty for what the system did itself."`
	PersonName    string        `json:"personName"`
	Positions     []string      `json:"positions" nullable:"false" doc:"That the person held. Acts of versions up to 0.2 do not tell any."`
	Unit          string        `json:"unit,omitempty" doc:"Id of the person's unit."`
	Address       string        `json:"address,omitempty" example:"10.1.2.30" doc:"Where the request came from."`
	Session       string        `json:"session,omitempty"`
	Token         string        `json:"token,omitempty"`
	Local         bool          `json:"local,omitempty" doc:"A command on the machine itself."`
	Kind          string        `json:"kind" example:"viewing.opened"`
	Subject       string        `json:"subject" doc:"Id of what it was done to."`
	Camera        string        `json:"camera,omitempty"`
	Footage       *Footage      `json:"footage,omitempty" doc:"The footage that was seen or spoken of."`
	Purpose       string        `json:"purpose,omitempty"`
	Reason        string        `json:"reason,omitempty"`
	Present       []Beside      `json:"present,omitempty" doc:"Who else was at the screen."`
	Second        *Pair         `json:"second,omitempty" doc:"The second person, where the rules demanded one."`
	Decision      *Decision     `json:"decision,omitempty"`
	Emergency     *ActEmergency `json:"emergency,omitempty" doc:"The emergency right by which it was allowed."`
	ReasonDue     *ActReason    `json:"reasonDue,omitempty" doc:"Of a viewing whose reason was due afterwards."`
	PurposeThen   *ActPurpose   `json:"purposeThen,omitempty" doc:"What the purpose was called and based on when it was done."`
	PositionsThen []ActPosition `json:"positionsThen,omitempty" doc:"Those of its positions that were called otherwise when it was done."`
	Log           *Standing     `json:"log,omitempty" doc:"Where it stands in the transparency log; absent while it is on its way there."`

	Detail map[string]any `json:"detail"`
}

// ActWords are a text in both languages.
type ActWords struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// ActPurpose is what a purpose was called and based on at the time of an act.
type ActPurpose struct {
	Name     ActWords  `json:"name"`
	Basis    ActWords  `json:"basis" doc:"Legal basis."`
	NameNow  *ActWords `json:"nameNow,omitempty" doc:"Where it is called otherwise now."`
	BasisNow *ActWords `json:"basisNow,omitempty" doc:"Where it is based otherwise now."`
}

// ActPosition is a position that was called otherwise at the time of an act.
type ActPosition struct {
	Position string   `json:"position"`
	Name     ActWords `json:"name"`
	NameNow  ActWords `json:"nameNow"`
}

// ActEmergency is the emergency right by which something was allowed.
type ActEmergency struct {
	ID    string    `json:"id"`
	Right string    `json:"right" example:"playback_recent"`
	Cause string    `json:"cause" example:"violence"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until" doc:"When it ended, or will."`
	State string    `json:"state" enum:"running,due,overdue,reported,settled"`
}

// ActReason is a reason that is given after the look.
type ActReason struct {
	DueAt        time.Time  `json:"dueAt"`
	Reason       string     `json:"reason,omitempty" doc:"As it was given."`
	GivenAt      *time.Time `json:"givenAt,omitempty"`
	MissingSince *time.Time `json:"missingSince,omitempty" doc:"When it was put on record that it is missing."`
}

// Beside is somebody else who was at the screen.
type Beside struct {
	Person string `json:"person,omitempty" doc:"Id; empty for somebody from outside."`
	Name   string `json:"name"`
	Unit   string `json:"unit,omitempty" doc:"Of somebody from outside."`
}

// Pair is the second person of an act.
type Pair struct {
	Person   string `json:"person"`
	Name     string `json:"name"`
	Position string `json:"position" doc:"In which they agreed."`
}

// Footage is an interval of footage.
type Footage struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Decision is by what right something was done, or refused.
type Decision struct {
	Verdict  string `json:"verdict" enum:"allowed,refused"`
	Action   string `json:"action,omitempty" example:"playback.view"`
	Position string `json:"position,omitempty" doc:"Of those held, the one that carries the right."`
	Rule     string `json:"rule,omitempty" doc:"Id of the rule that decided."`
	Policy   string `json:"policy,omitempty" doc:"Version of the policy that it stands in."`
}

// Standing is where an act stands in the log.
type Standing struct {
	Origin string `json:"origin"`
	Index  int64  `json:"index"`
}

// Acts is a page of the audit trail, the newest first.
type Acts struct {
	Items   []Act  `json:"items" nullable:"false"`
	Next    string `json:"next,omitempty" doc:"Pass as before to read on towards older acts; absent at the end."`
	Newer   string `json:"newer,omitempty" doc:"Pass as after to read on towards newer acts; absent where none was asked past."`
	Partial bool   `json:"partial,omitempty" doc:"Much had to be looked through, and the page was cut short; next goes on."`
}

// Search is a saved search.
type Search struct {
	ID        string    `json:"id"`
	Person    string    `json:"person" doc:"Whose it is; only they change it."`
	Name      string    `json:"name" example:"2 号门夜间查看"`
	Query     string    `json:"query" example:"camera=0rz3k5m9c2v7q&kind=viewing." doc:"The conditions, as the address of the screen bears them."`
	Shared    bool      `json:"shared" doc:"Everybody who reads acts sees it."`
	UpdatedAt time.Time `json:"updatedAt"`
}

// SearchInput is a search as it is saved.
type SearchInput struct {
	Name   string `json:"name" minLength:"1" maxLength:"100"`
	Query  string `json:"query" maxLength:"2000"`
	Shared bool   `json:"shared,omitempty"`
}

// Export says why acts are taken out.
type Export struct {
	Format   string `json:"format" enum:"csv,pdf" doc:"A PDF holds fewer acts, and not their raw detail."`
	Language string `json:"language,omitempty" enum:"zh-CN,en" default:"zh-CN"`
	Reason   string `json:"reason" minLength:"4" maxLength:"1000" example:"季度审计"`
}

// Conditions are those of the trail as a query bears them. Of several values one suffices.
type Conditions struct {
	Kind        []string  `json:"kind,omitzero" query:"kind,explode" maxItems:"300" doc:"Whole kinds, or chapters with their dot: camera."`
	Person      []string  `json:"person,omitzero" query:"person,explode" maxItems:"300" doc:"Ids; system is what nobody did by hand."`
	Position    []string  `json:"position,omitzero" query:"position,explode" maxItems:"300" doc:"Held by the person."`
	Unit        []string  `json:"unit,omitzero" query:"unit,explode" maxItems:"300"`
	Address     []string  `json:"address,omitzero" query:"address,explode" maxItems:"300"`
	Camera      []string  `json:"camera,omitzero" query:"camera,explode" maxItems:"300"`
	Purpose     []string  `json:"purpose,omitzero" query:"purpose,explode" maxItems:"300"`
	Present     []string  `json:"present,omitzero" query:"present,explode" maxItems:"300" doc:"Ids of people who were at the screen as well. Those from outside are found by text."`
	Verdict     []string  `json:"verdict,omitzero" query:"verdict,explode" maxItems:"2" enum:"allowed,refused"`
	Rule        []string  `json:"rule,omitzero" query:"rule,explode" maxItems:"300"`
	Mark        []string  `json:"mark,omitzero" query:"mark,explode" maxItems:"300" doc:"That pictures bore, such as 7KQ-2MD-4XZ."`
	Text        string    `json:"text,omitzero" query:"text" maxLength:"200" doc:"Stands in reason or note, or in name or unit of somebody from outside who was present, two characters at least; case does not matter."`
	From        time.Time `json:"from,omitzero" query:"from" doc:"Of the act, inclusive."`
	To          time.Time `json:"to,omitzero" query:"to" doc:"Of the act, exclusive."`
	FootageFrom time.Time `json:"footageFrom,omitzero" query:"footageFrom" doc:"Footage of that time was seen or spoken of: live then, or played back whenever."`
	FootageTo   time.Time `json:"footageTo,omitzero" query:"footageTo" doc:"Exclusive."`
	NightFrom   time.Time `json:"nightFrom,omitzero" query:"nightFrom" doc:"In place of footageFrom: done in that time, or footage of it was seen or spoken of whenever."`
	NightTo     time.Time `json:"nightTo,omitzero" query:"nightTo" doc:"Exclusive."`
}

// sorted is the same question with its values in order.
func (c Conditions) sorted() Conditions {
	for _, list := range []*[]string{&c.Kind, &c.Person, &c.Position, &c.Unit, &c.Address, &c.Camera, &c.Purpose, &c.Present, &c.Verdict, &c.Rule, &c.Mark} {
		*list = slices.Compact(slices.Sorted(slices.Values(*list)))
	}
	return c
}
