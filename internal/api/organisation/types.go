package organisation

import (
	"time"

	"watchroom/internal/access/account"
	"watchroom/internal/access/staff"
	"watchroom/internal/access/unit"
	"watchroom/internal/api/people"
	"watchroom/internal/api/route"
	"watchroom/internal/secret"
)

// Unit is a department of the house or a company.
type Unit struct {
	ID          string     `json:"id"`
	Parent      string     `json:"parent" doc:"Id of the unit above it; empty: none."`
	Kind        string     `json:"kind" enum:"department,guard_company,maintenance_company,outside"`
	Name        string     `json:"name" example:"安全保卫处"`
	Code        string     `json:"code"`
	Responsible string     `json:"responsible" doc:"Id of the person who answers for it; empty: nobody yet."`
	Note        string     `json:"note"`
	CreatedAt   time.Time  `json:"createdAt"`
	RetiredAt   *time.Time `json:"retiredAt,omitempty"`
	People      int        `json:"people" doc:"With an open account, in the unit itself."`
}

// NewUnit is a unit as it is typed.
type NewUnit struct {
	Parent      string `json:"parent,omitempty" maxLength:"40"`
	Kind        string `json:"kind" enum:"department,guard_company,maintenance_company,outside"`
	Name        string `json:"name" minLength:"1" maxLength:"200"`
	Code        string `json:"code,omitempty" maxLength:"100"`
	Responsible string `json:"responsible,omitempty" maxLength:"40"`
	Note        string `json:"note,omitempty" maxLength:"2000"`
}

// UnitChange changes some of a unit; what is left out stays.
type UnitChange struct {
	Parent      *string `json:"parent,omitempty" maxLength:"40"`
	Kind        *string `json:"kind,omitempty" enum:"department,guard_company,maintenance_company,outside"`
	Name        *string `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Code        *string `json:"code,omitempty" maxLength:"100"`
	Responsible *string `json:"responsible,omitempty" maxLength:"40"`
	Note        *string `json:"note,omitempty" maxLength:"2000"`
}

// Why is the reason for an act.
type Why struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500"`
}

// Contract is by what a company works here.
type Contract struct {
	ID        string     `json:"id"`
	Unit      string     `json:"unit"`
	Number    string     `json:"number"`
	Until     time.Time  `json:"until" doc:"Exclusive."`
	Note      string     `json:"note"`
	CreatedAt time.Time  `json:"createdAt"`
	EndedAt   *time.Time `json:"endedAt,omitempty"`
	EndedBy   string     `json:"endedBy,omitempty"`
	Reason    string     `json:"reason,omitempty"`
}

// NewContract is a contract as it is typed.
type NewContract struct {
	Unit   string    `json:"unit" minLength:"1" maxLength:"40"`
	Number string    `json:"number" minLength:"1" maxLength:"100"`
	Until  time.Time `json:"until" doc:"Exclusive."`
	Note   string    `json:"note,omitempty" maxLength:"2000"`
}

// ContractEnd is what the end of a contract did.
type ContractEnd struct {
	Contract Contract `json:"contract"`
	People   []string `json:"people" nullable:"false" doc:"Ids of those whose accounts it closed."`
}

// PersonFile is what is known of a person besides the account. Days are written as
// 2026-11-22 in the time zone of the site; empty is not known.
type PersonFile struct {
	Person             string     `json:"person"`
	Unit               string     `json:"unit" doc:"Id of the unit; empty: none."`
	ValidFrom          *time.Time `json:"validFrom" doc:"From when the account may be used; null: always."`
	ValidUntil         *time.Time `json:"validUntil" doc:"Until when, exclusive; null: no end."`
	Phone              string     `json:"phone"`
	Licence            string     `json:"licence" doc:"Number of the guard's licence."`
	LicenceUntil       string     `json:"licenceUntil"`
	LicencePending     string     `json:"licencePending" doc:"In application, good as a licence until this day."`
	Qualification      string     `json:"qualification"`
	QualificationUntil string     `json:"qualificationUntil"`
	VettedOn           string     `json:"vettedOn"`
	PledgeUntil        string     `json:"pledgeUntil" doc:"Until when the pledge of secrecy is good."`
	HasPhoto           bool       `json:"hasPhoto"`
}

// PersonFileChange changes some of a file; what is left out stays.
type PersonFileChange struct {
	Unit               *string                   `json:"unit,omitempty" maxLength:"40"`
	ValidFrom          route.Nullable[time.Time] `json:"validFrom,omitempty"`
	ValidUntil         route.Nullable[time.Time] `json:"validUntil,omitempty"`
	Phone              *string                   `json:"phone,omitempty" maxLength:"100"`
	Licence            *string                   `json:"licence,omitempty" maxLength:"100"`
	LicenceUntil       *string                   `json:"licenceUntil,omitempty" maxLength:"10"`
	LicencePending     *string                   `json:"licencePending,omitempty" maxLength:"10"`
	Qualification      *string                   `json:"qualification,omitempty" maxLength:"400"`
	QualificationUntil *string                   `json:"qualificationUntil,omitempty" maxLength:"10"`
	VettedOn           *string                   `json:"vettedOn,omitempty" maxLength:"10"`
	PledgeUntil        *string                   `json:"pledgeUntil,omitempty" maxLength:"10"`
}

// Portrait is a photo of a person.
type Portrait struct {
	Picture []byte `json:"picture" doc:"JPEG or PNG of at most 4 MiB, in base64. It is drawn anew at a small size. Empty removes the photo."`
}

// DueItem is something that runs out soon, has run out, or is missing.
type DueItem struct {
	What     string `json:"what" enum:"licence,licence_application,qualification,vetting,pledge,account_term,contract,position_vacant,position_unqualified,unit_without_responsible,camera_without_owner,leaving_open,stand_in_now"`
	Person   string `json:"person,omitempty"`
	Unit     string `json:"unit,omitempty"`
	Position string `json:"position,omitempty"`
	Camera   string `json:"camera,omitempty"`
	On       string `json:"on" doc:"The last day; empty: it is missing. Of leaving_open the day on which the person left."`
	Days     int    `json:"days" doc:"Left; 0 on the last day, below it afterwards."`
}

// OpenItem is something open in a person's name.
type OpenItem struct {
	Kind string `json:"kind" example:"unit"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Look is one time that somebody looked.
type Look struct {
	At     time.Time `json:"at"`
	Kind   string    `json:"kind" example:"viewing.opened"`
	Camera string    `json:"camera"`
	Reason string    `json:"reason"`
}

// Leaving is what there is to know before somebody leaves.
type Leaving struct {
	Person   people.Person `json:"person"`
	Sessions int           `json:"sessions"`
	Tokens   int           `json:"tokens"`
	Open     []OpenItem    `json:"open" nullable:"false"`
	Looks    []Look        `json:"looks" nullable:"false" doc:"Of the last 30 days, newest first."`
	More     bool          `json:"more" doc:"There are more looks than are listed."`
	LeftAt   *time.Time    `json:"leftAt,omitempty" doc:"Absent while the person is here."`
	Ticks    []LeavingTick `json:"ticks" nullable:"false" doc:"What is to be settled with who left; empty while the person is here."`
}

// LeavingTick is something that is to be settled with who left.
type LeavingTick struct {
	Item  string     `json:"item" enum:"card,keys,radio,pledge,looks" doc:"pledge: the reminder of the pledge of secrecy; looks: the review of what was looked at in the last 30 days."`
	State string     `json:"state,omitempty" enum:"done,not_had" doc:"Absent while it is open."`
	By    string     `json:"by,omitempty" doc:"Person."`
	At    *time.Time `json:"at,omitempty"`
}

// LeavingSettled says that something is settled with who left.
type LeavingSettled struct {
	Item  string `json:"item" enum:"card,keys,radio,pledge,looks"`
	State string `json:"state" enum:"done,not_had" doc:"not_had: the person never had it; of card, keys and radio."`
}

// LeavingTicks is what is to be settled with who left.
type LeavingTicks struct {
	Items []LeavingTick `json:"items" nullable:"false"`
}

// Leave carries out that somebody leaves.
type Leave struct {
	Reason   string   `json:"reason" minLength:"1" maxLength:"500"`
	Returned []string `json:"returned,omitempty" maxItems:"5" enum:"card,keys,radio,pledge,looks" doc:"What is settled already; the rest stays open."`
}

// Left is what the leaving ended.
type Left struct {
	Sessions int `json:"sessions"`
	Tokens   int `json:"tokens"`
}

// StandInAdmission is what the duty lead states.
type StandInAdmission struct {
	Name        string `json:"name" minLength:"1" maxLength:"100"`
	Username    string `json:"username" minLength:"1" maxLength:"64"`
	Unit        string `json:"unit" minLength:"1" maxLength:"40" doc:"Id of the guard company."`
	Identity    string `json:"identity" minLength:"1" maxLength:"60" doc:"What was shown, such as the number of the identity card."`
	ConfirmedBy string `json:"confirmedBy" minLength:"1" maxLength:"200" doc:"Who at the company confirmed it."`
	Hours       int    `json:"hours" minimum:"1" maximum:"24"`
	Picture     []byte `json:"picture,omitempty" doc:"JPEG or PNG of at most 4 MiB, in base64; left out: it comes later."`
	Card        string `json:"card,omitempty" maxLength:"200" doc:"What the reader types, of a staff card for the shift, whose PIN the guard chooses; left out: none."`
	CardName    string `json:"cardName,omitempty" maxLength:"200" example:"顶岗卡 3"`
}

func (a *StandInAdmission) admission() staff.Admission {
	return staff.Admission{Name: a.Name, Username: a.Username, Unit: a.Unit, Identity: a.Identity, ConfirmedBy: a.ConfirmedBy, Hours: a.Hours, Picture: a.Picture,
		Card: secret.Text(a.Card), CardName: a.CardName}
}

// StandIn is a guard of a company who was let in for one shift.
type StandIn struct {
	ID          string     `json:"id"`
	Person      string     `json:"person"`
	Unit        string     `json:"unit"`
	ConfirmedBy string     `json:"confirmedBy"`
	AdmittedBy  string     `json:"admittedBy"`
	At          time.Time  `json:"at"`
	Until       time.Time  `json:"until"`
	SignedAt    *time.Time `json:"signedAt,omitempty" doc:"When the guard signed briefing and pledge; absent: not yet, and no picture is shown before."`
	HasPhoto    bool       `json:"hasPhoto"`
}

// AdmittedStandIn is a new stand-in with the password, shown once.
type AdmittedStandIn struct {
	StandIn         StandIn       `json:"standIn"`
	Person          people.Person `json:"person"`
	InitialPassword string        `json:"initialPassword" doc:"Shown only now."`
}

// StandIns are those of the last 30 days.
type StandIns struct {
	Items []StandIn `json:"items" nullable:"false"`
	Over  []string  `json:"over" nullable:"false" doc:"Ids of companies of which there were more than the house takes."`
}

// ImportFile is a table to take in.
type ImportFile struct {
	File []byte `json:"file" doc:"XLSX, or CSV in UTF-8 or GB18030, in base64; at most 4 MiB and 1000 lines."`
}

// ImportFault is what is wrong with one cell or line.
type ImportFault struct {
	Line   int            `json:"line" doc:"As the spreadsheet counts; the head is 1."`
	Column string         `json:"column" doc:"Key of the column; empty: the whole line."`
	Code   string         `json:"code"`
	Params map[string]any `json:"params,omitempty"`
	Detail string         `json:"detail"`
}

// ImportOutcome is what an import did, or as a dry run would do. With faults it did nothing.
type ImportOutcome struct {
	Kept    bool          `json:"kept" doc:"It was written. False for a dry run and where there are faults."`
	Created int           `json:"created"`
	Changed int           `json:"changed"`
	Same    int           `json:"same"`
	Faults  []ImportFault `json:"faults" nullable:"false"`
}

func unitFace(u unit.Unit) Unit {
	return Unit{u.ID, u.Parent, string(u.Kind), u.Name, u.Code, u.Responsible, u.Note, route.Time(u.CreatedAt), route.TimeOf(u.RetiredAt), u.People}
}

func contractFace(c unit.Contract) Contract {
	return Contract{c.ID, c.Unit, c.Number, route.Time(c.Until), c.Note, route.Time(c.CreatedAt), route.TimeOf(c.EndedAt), c.EndedBy, c.Reason}
}

func fileFace(p account.Person, f staff.File) PersonFile {
	return PersonFile{p.ID, p.Unit, route.TimeOf(p.ValidFrom), route.TimeOf(p.ValidUntil), f.Phone, f.Licence, string(f.LicenceUntil), string(f.LicencePending),
		f.Qualification, string(f.QualificationUntil), string(f.VettedOn), string(f.PledgeUntil), f.HasPhoto}
}

func standInFace(s staff.StandIn) StandIn {
	return StandIn{s.ID, s.Person, s.Unit, s.ConfirmedBy, s.AdmittedBy, route.Time(s.At), route.Time(s.Until), route.TimeOf(s.SignedAt), s.HasPhoto}
}
