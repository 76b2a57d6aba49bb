package visitor

import (
	"context"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/duty"
	"watchroom/internal/duty/visitor"
)

// Visit is somebody who came to a control room from outside.
type Visit struct {
	ID             string         `json:"id"`
	Room           string         `json:"room"`
	Kind           string         `json:"kind" enum:"leader_check,police,technician,guest,own_guest,other"`
	State          string         `json:"state" enum:"registered,approved,refused,inside,met,out,withdrawn" doc:"registered: nobody let them in yet. met: outside the room, just now."`
	Met            string         `json:"met" enum:"inside,outside"`
	Name           string         `json:"name"`
	Unit           string         `json:"unit,omitempty"`
	IdentityKind   string         `json:"identityKind,omitempty"`
	IdentityEnds   string         `json:"identityEnds,omitempty" doc:"The last four characters of the number of their identity."`
	IdentityNumber string         `json:"identityNumber,omitempty" doc:"The whole, of one visit alone, for who decides on the watch or lets visitors in."`
	Reason         string         `json:"reason"`
	Host           string         `json:"host,omitempty" doc:"Id of the person who goes with them."`
	HostName       string         `json:"hostName"`
	Papers         string         `json:"papers,omitempty" doc:"Number of an order, a notice or a letter."`
	Items          string         `json:"items,omitempty"`
	At             time.Time      `json:"at" doc:"When it was registered."`
	CameAt         time.Time      `json:"cameAt"`
	Late           bool           `json:"late" doc:"Registered more than five minutes after they came."`
	By             string         `json:"by"`
	ByName         string         `json:"byName"`
	Approval       *VisitStep     `json:"approval,omitempty" doc:"The step by which they were let in."`
	Awaits         string         `json:"awaits,omitempty" doc:"Id of who is said to have let them in, by telephone or as their host, and is to sign for it."`
	AwaitsName     string         `json:"awaitsName,omitempty"`
	AwaitsUntil    *time.Time     `json:"awaitsUntil,omitempty"`
	Overdue        bool           `json:"overdue" doc:"It was to be signed by now."`
	Denied         bool           `json:"denied" doc:"Who is said to have let them in says that they did not."`
	InAt           *time.Time     `json:"inAt,omitempty"`
	OutAt          *time.Time     `json:"outAt,omitempty"`
	Badge          string         `json:"badge,omitempty"`
	Phone          bool           `json:"phone" doc:"They left their telephone in the locker."`
	Secrecy        bool           `json:"secrecy" doc:"They pledged secrecy."`
	Saw            string         `json:"saw,omitempty" enum:"nothing,live,recorded"`
	CaseNo         string         `json:"caseNo,omitempty"`
	Corrected      int            `json:"corrected" doc:"How often it was corrected."`
	Steps          []VisitStep    `json:"steps,omitempty" doc:"All that was done, of one visit alone."`
	Versions       []VisitVersion `json:"versions,omitempty" doc:"All that was said, of one visit alone."`
}

// VisitStep is what was done with a visit.
type VisitStep struct {
	Kind       string    `json:"kind" enum:"preapproved,hosted,approved,told,countersigned,denied,refused,stopped,entered,left,withdrawn"`
	At         time.Time `json:"at" doc:"When it was entered."`
	DoneAt     time.Time `json:"doneAt" doc:"When it was."`
	Late       bool      `json:"late" doc:"Entered more than five minutes after."`
	By         string    `json:"by"`
	ByName     string    `json:"byName"`
	Person     string    `json:"person,omitempty" doc:"Id of who let them in by telephone, or as their host."`
	PersonName string    `json:"personName,omitempty"`
	Number     string    `json:"number,omitempty" doc:"Telephone."`
	Note       string    `json:"note,omitempty"`
}

// VisitVersion is what was said of a visit at some time.
type VisitVersion struct {
	At           time.Time `json:"at"`
	ByName       string    `json:"byName"`
	Why          string    `json:"why,omitempty"`
	Name         string    `json:"name"`
	Unit         string    `json:"unit,omitempty"`
	IdentityEnds string    `json:"identityEnds,omitempty"`
	Reason       string    `json:"reason"`
	Papers       string    `json:"papers,omitempty"`
	Items        string    `json:"items,omitempty"`
}

// Visits is a page of the register.
type Visits struct {
	Items  []Visit `json:"items" nullable:"false"`
	Before string  `json:"before,omitempty" doc:"Cursor of the next page; absent: this is the last."`
}

// VisitContent says who comes.
type VisitContent struct {
	Name           string `json:"name" maxLength:"400" example:"李明"`
	Unit           string `json:"unit,omitempty" maxLength:"800" example:"城东派出所"`
	IdentityKind   string `json:"identityKind,omitempty" maxLength:"100" example:"police"`
	IdentityNumber string `json:"identityNumber,omitempty" maxLength:"200"`
	Reason         string `json:"reason" maxLength:"2000"`
	HostName       string `json:"hostName,omitempty" maxLength:"400" doc:"Who goes with them and has no account."`
	Papers         string `json:"papers,omitempty" maxLength:"400"`
	Items          string `json:"items,omitempty" maxLength:"2000"`
}

// VisitInput registers somebody.
type VisitInput struct {
	VisitContent
	Kind string     `json:"kind" maxLength:"40" example:"guest"`
	Host string     `json:"host,omitempty" maxLength:"40" doc:"Id of the person who goes with them."`
	Met  string     `json:"met,omitempty" maxLength:"20" doc:"inside or outside; a guest of who keeps watch is met outside."`
	At   *time.Time `json:"at,omitempty" doc:"When they came, where it is entered late."`
}

// VisitNote is what somebody adds to their decision.
type VisitNote struct {
	Note string `json:"note,omitempty" maxLength:"2000"`
}

// VisitTold says who let somebody in by telephone.
type VisitTold struct {
	Person string     `json:"person" maxLength:"40"`
	Number string     `json:"number" maxLength:"100"`
	At     *time.Time `json:"at,omitempty"`
	Note   string     `json:"note,omitempty" maxLength:"2000"`
}

// VisitSignature is whether who is said to have let somebody in did.
type VisitSignature struct {
	Did  bool   `json:"did"`
	Note string `json:"note,omitempty" maxLength:"2000"`
}

// VisitEntry is said of who goes in.
type VisitEntry struct {
	At      *time.Time `json:"at,omitempty"`
	Badge   string     `json:"badge,omitempty" maxLength:"100"`
	Phone   bool       `json:"phone,omitempty"`
	Secrecy bool       `json:"secrecy,omitempty"`
}

// VisitLeaving is said of who goes.
type VisitLeaving struct {
	At     *time.Time `json:"at,omitempty"`
	Saw    string     `json:"saw" maxLength:"20" example:"nothing"`
	CaseNo string     `json:"caseNo,omitempty" maxLength:"400"`
	Note   string     `json:"note,omitempty" maxLength:"2000"`
}

// VisitCorrection says otherwise who came.
type VisitCorrection struct {
	VisitContent
	Why string `json:"why" maxLength:"2000"`
}

// VisitExport is how the register is taken out.
type VisitExport struct {
	Format   string    `json:"format" enum:"pdf,xlsx"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to" doc:"Exclusive; at most 400 days after."`
	Language string    `json:"language,omitempty" enum:"zh-CN,en"`
}

func (c *VisitContent) content() visitor.Content {
	return visitor.Content{Name: c.Name, Unit: c.Unit, IDKind: c.IdentityKind, IDNumber: c.IdentityNumber, Reason: c.Reason, HostName: c.HostName, Papers: c.Papers, Items: c.Items}
}

func micro(t *time.Time) int64 {
	if t == nil {
		return 0
	}
	return t.UnixMicro()
}

// faces shows visits with the names of people.
type faces struct {
	names map[string]string
	now   int64
	whole bool // one visit, with all that is on record of it
	full  bool // with whole numbers
}

func (x *Routes) faces(ctx context.Context) (faces, error) {
	names, err := x.Names(ctx)
	return faces{names: names, now: x.Visitors.Clock.Micro()}, err
}

// sees tells whether the actor sees whole numbers of identities in a room.
func (x *Routes) sees(ctx context.Context, actor access.Actor, r *duty.Room) (bool, error) {
	reach, err := duty.ReachOf(ctx, x.Visitors.DB.Read(), x.Visitors.Rooms.Chain, *r)
	return err == nil && (reach.May(actor, access.VisitorApprove, r) == nil || reach.May(actor, access.DutyDecide, r) == nil), err
}

func (f *faces) step(s *visitor.Step) VisitStep {
	return VisitStep{Kind: s.Kind, At: route.Time(s.At), DoneAt: route.Time(s.DoneAt), Late: s.Late(), By: s.By, ByName: f.names[s.By], Person: s.Person, PersonName: f.names[s.Person], Number: s.Number, Note: s.Note}
}

func (f *faces) face(v *visitor.Visit) Visit {
	out := Visit{ID: v.ID, Room: v.Room, Kind: string(v.Kind), State: string(v.State), Met: v.Met, Name: v.Name, Unit: v.Unit, IdentityKind: v.IDKind, IdentityEnds: visitor.Tail(v.IDNumber),
		Reason: v.Reason, Host: v.Host, HostName: v.HostName, Papers: v.Papers, Items: v.Items, At: route.Time(v.At), CameAt: route.Time(v.CameAt), Late: v.Late(),
		By: v.By, ByName: f.names[v.By], Awaits: v.Awaits, AwaitsName: f.names[v.Awaits], AwaitsUntil: route.TimeOrNil(v.AwaitsUntil), Overdue: v.Awaits != "" && v.AwaitsUntil < f.now,
		Denied: v.Step("denied") != nil, InAt: route.TimeOrNil(v.In()), OutAt: route.TimeOrNil(v.Out()), Corrected: len(v.Versions) - 1}
	if v.Host != "" {
		out.HostName = f.names[v.Host]
	}
	if s := v.Step("preapproved", "hosted", "approved", "told"); s != nil {
		approval := f.step(s)
		out.Approval = &approval
	}
	if s := v.Step("entered"); s != nil {
		out.Badge, out.Phone, out.Secrecy = s.Badge, s.Phone, s.Secrecy
	}
	if s := v.Step("left"); s != nil {
		out.Saw, out.CaseNo = s.Saw, s.Case
	}
	if f.full {
		out.IdentityNumber = v.IDNumber
	}
	if f.whole {
		for i := range v.Steps {
			out.Steps = append(out.Steps, f.step(&v.Steps[i]))
		}
		for i := range v.Versions {
			s := &v.Versions[i]
			out.Versions = append(out.Versions, VisitVersion{At: route.Time(s.At), ByName: f.names[s.By], Why: s.Why, Name: s.Name, Unit: s.Unit, IdentityEnds: visitor.Tail(s.IDNumber), Reason: s.Reason, Papers: s.Papers, Items: s.Items})
		}
	}
	return out
}
