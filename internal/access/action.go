// Package access knows what people may do. Can is the only place that decides a right.
// Who they are and how they prove it stands in account below it.
package access

import (
	"math"
	"slices"

	"watchroom/internal/problem"
)

// Action is one right.
type Action string

// The rights. Each comes with the chapter that asks for it, since one that nothing asks for would
// be given and mean nothing: moving a camera (PTZ) with the devices that can, asking for footage
// and exporting it with the chapter on disclosure, acknowledging alarms with that on alarms.
const (
	LiveView        Action = "live.view"
	PlaybackView    Action = "playback.view"
	SnapshotTake    Action = "snapshot.take"
	BookmarkWrite   Action = "bookmark.write"
	CameraRead      Action = "camera.read"
	CameraConfigure Action = "camera.configure"
	CameraSwitch    Action = "camera.switch"
	CameraExport    Action = "camera.export" // takes lists of cameras and areas out of the house (C101)
	PeopleRead      Action = "people.read"
	PeopleManage    Action = "people.manage"
	TokenManage     Action = "token.manage"
	SystemRead      Action = "system.read"
	ActRead         Action = "act.read"
	ActExport       Action = "act.export" // takes acts out of the house, as files and as proofs
	MetricsRead     Action = "metrics.read"
	LedgerRead      Action = "ledger.read"
	FootageDownload Action = "footage.download" // nobody has it

	// What is kept and what goes. Nobody has a right to delete.
	StorageRead        Action = "storage.read"
	RetentionConfigure Action = "retention.configure"
	HoldPlace          Action = "hold.place"
	HoldRelease        Action = "hold.release" // approves what somebody else asked for
	DeletionRequest    Action = "deletion.request"
	DeletionApprove    Action = "deletion.approve" // two who did not ask

	ScheduleConfigure Action = "schedule.configure" // when recording is demanded
	MaintenancePlace  Action = "maintenance.place"
	LossExplain       Action = "loss.explain" // footage-loss statements
	LossSign          Action = "loss.sign"
	FaultAcknowledge  Action = "fault.acknowledge"

	// What positions may do. Who asks for a change never approves it.
	RightsRead    Action = "rights.read"
	RightsPropose Action = "rights.propose"
	RightsApprove Action = "rights.approve"

	// The rules of the institution. Who proposes a value does not approve it.
	ParameterRead    Action = "parameter.read"
	ParameterPropose Action = "parameter.propose"
	ParameterApprove Action = "parameter.approve"

	AreaConfigure Action = "area.configure" // the tree of areas; where a camera hangs goes with camera.configure
	StandInAdmit  Action = "stand_in.admit"

	// Emergency rights: to take one for some minutes, and to be told of those of others.
	EmergencyTake   Action = "emergency.take"
	EmergencyReview Action = "emergency.review"
	// RightsReview looks through who holds what, and withdraws what nobody needs.
	RightsReview Action = "rights.review"

	SharedLoginJudge Action = "shared_login.judge" // answers findings about accounts that two seem to use

	PurposeConfigure Action = "purpose.configure" // the register of what footage is looked at for

	// Consoles: to keep their register, and to tell how one stands, which a token of it does.
	ConsoleManage Action = "console.manage"
	ConsoleReport Action = "console.report"

	// SecondAgree is to be the second person to an act of somebody of another position.
	SecondAgree Action = "second.agree"

	// The watch (C024, C044 to C070). Where they hold is told by the areas of a control room.
	DutyRead       Action = "duty.read"       // rooms, rosters, duty records, handovers and visitors of a room
	DutyStand      Action = "duty.stand"      // sign on, keep the record, hand over
	DutyPlan       Action = "duty.plan"       // rosters
	DutyDecide     Action = "duty.decide"     // leave, swaps, departures, what the watch did; takes over without a signature
	DutyInstruct   Action = "duty.instruct"   // instructions and notices to a room
	DutyConfigure  Action = "duty.configure"  // rooms, and what a watch takes
	VisitorApprove Action = "visitor.approve" // lets people from outside into a room (C057)
)

// Position is what a person is in the house; it carries the rights.
type Position string

// The positions.
const (
	Administrator Position = "administrator"
	Operator      Position = "operator"
	DutyLead      Position = "duty_lead"
	Supervisor    Position = "supervisor"
	Technician    Position = "technician"
	Auditor       Position = "auditor"
	Leader        Position = "leader"
	Principal     Position = "principal"  // general manager, or head of a school
	StandIn       Position = "stand_in"   // a company's guard for one shift
	Contractor    Position = "contractor" // somebody from outside who works on devices
)

// Actions gives all rights there are.
func Actions() []Action {
	return []Action{LiveView, PlaybackView, SnapshotTake, BookmarkWrite, CameraRead, CameraConfigure, CameraSwitch, CameraExport,
		PeopleRead, PeopleManage, TokenManage, SystemRead, ActRead, ActExport, MetricsRead, LedgerRead, FootageDownload,
		StorageRead, RetentionConfigure, HoldPlace, HoldRelease, DeletionRequest, DeletionApprove,
		ScheduleConfigure, MaintenancePlace, LossExplain, LossSign, FaultAcknowledge, RightsRead, RightsPropose, RightsApprove,
		ParameterRead, ParameterPropose, ParameterApprove, AreaConfigure, StandInAdmit, EmergencyTake, EmergencyReview, RightsReview, SharedLoginJudge, PurposeConfigure, ConsoleManage, ConsoleReport, SecondAgree,
		DutyRead, DutyStand, DutyPlan, DutyDecide, DutyInstruct, DutyConfigure, VisitorApprove}
}

// Positions gives the positions that come with the program. A house may have others besides.
func Positions() []Position {
	return []Position{Administrator, Operator, DutyLead, Supervisor, Technician, Auditor, Leader, Principal, StandIn, Contractor}
}

// Rights is the table: what each position may do. The administrator runs the
// system and does not watch. Nor does it set what is kept: who can replace the
// database must not be the one who says afterwards that nothing is missing.
func (p Position) Rights() []Action {
	operator := []Action{CameraRead, LiveView, PlaybackView, SnapshotTake, BookmarkWrite, SystemRead,
		LossExplain, LossSign, FaultAcknowledge}
	switch p {
	case Administrator:
		return []Action{CameraRead, CameraConfigure, CameraSwitch, CameraExport, PeopleRead, PeopleManage, TokenManage,
			SystemRead, MetricsRead, ActRead, StorageRead, ScheduleConfigure, LedgerRead, RightsRead, ParameterRead, AreaConfigure, ConsoleManage, ConsoleReport}
	case Operator:
		return append(operator, EmergencyTake, DutyRead, DutyStand)
	case DutyLead:
		return append(operator, EmergencyTake, CameraSwitch, ActRead, PeopleRead, StorageRead, HoldPlace, DeletionRequest, MaintenancePlace, LedgerRead, RightsRead, ParameterRead, StandInAdmit, SharedLoginJudge, SecondAgree,
			DutyRead, DutyStand, DutyPlan, DutyDecide, DutyInstruct, VisitorApprove)
	case Supervisor:
		return append(operator, EmergencyTake, EmergencyReview, RightsReview, CameraSwitch, CameraExport, ActRead, ActExport, PeopleRead, MaintenancePlace, ScheduleConfigure, LedgerRead,
			StorageRead, RetentionConfigure, HoldPlace, HoldRelease, DeletionRequest, DeletionApprove, RightsRead, RightsPropose, RightsApprove,
			ParameterRead, ParameterPropose, StandInAdmit, SharedLoginJudge, PurposeConfigure, SecondAgree,
			DutyRead, DutyStand, DutyPlan, DutyDecide, DutyInstruct, DutyConfigure, VisitorApprove)
	case Technician:
		return []Action{CameraRead, CameraConfigure, LiveView, SystemRead, StorageRead, LossExplain, LossSign, FaultAcknowledge}
	case Auditor:
		return []Action{CameraRead, CameraExport, SystemRead, ActRead, ActExport, PeopleRead, StorageRead, LedgerRead, RightsRead, ParameterRead, RightsReview, DutyRead}
	case Leader:
		return []Action{EmergencyReview, RightsReview, CameraRead, LiveView, ActRead, ActExport, SystemRead, PeopleRead, LedgerRead, LossSign, FaultAcknowledge,
			StorageRead, RetentionConfigure, HoldPlace, HoldRelease, DeletionRequest, DeletionApprove, RightsRead, RightsPropose, RightsApprove,
			ParameterRead, ParameterApprove, SecondAgree,
			DutyRead, DutyDecide, DutyInstruct, VisitorApprove}
	case Principal: // reads how the house keeps its rules; decides where a rule of the house says so
		return []Action{CameraRead, ActRead, SystemRead, PeopleRead, LedgerRead, StorageRead, RightsRead, ParameterRead, DutyRead, DutyInstruct}
	case StandIn:
		return []Action{LiveView, CameraRead, SystemRead, DutyRead, DutyStand}
	case Contractor:
		return []Action{CameraRead, SystemRead, LossExplain, LossSign}
	}
	return nil
}

// Boxed tells whether a position is held in named areas and until a named day alone: whose
// work here ends is not one of the house (C005).
func (p Position) Boxed() bool { return p == Contractor }

// Apart tells whether nobody holds a position beside the administrator's: it watches, or a
// rule may let it decide on what the administrator did.
func (p Position) Apart() bool { return p.Watches() || p == Principal }

// BuiltIn tells whether a position comes with the program.
func (p Position) BuiltIn() bool { return slices.Contains(Positions(), p) }

// Watches tells whether a position carries a right to see pictures. One that a house has added
// counts as such: rules may give it any time what nobody may have who runs the system.
func (p Position) Watches() bool {
	if !p.BuiltIn() {
		return true
	}
	rights := p.Rights()
	return slices.Contains(rights, LiveView) || slices.Contains(rights, PlaybackView)
}

// TakesTwo tells whether two people give a position: one proposes it and another confirms. All
// but the administrator's take two: each of them shows pictures or decides on something, or
// may by a rule of tomorrow, and the administrator may neither, whatever rules say.
func (p Position) TakesTwo() bool { return p != Administrator }

// HaveIt gives the positions of the program that carry a by themselves; for those that have
// it by a policy, see Holders.
func HaveIt(a Action) []Position {
	have := []Position{}
	for _, p := range Positions() {
		if slices.Contains(p.Rights(), a) {
			have = append(have, p)
		}
	}
	return have
}

// Origin is where a request comes from.
type Origin struct {
	Address string // IP address of the client
	Agent   string // User-Agent
	Device  string // hash of what this server gave the browser to be known by; empty: nothing
}

// Actor is who acts in one request, and by what. The zero Actor may do nothing.
type Actor struct {
	Person  string // id; empty for the command line
	Session string // id of the session, if it is one
	Token   string // id of the token, if it is one
	Unit    string // id of the person's unit; empty where nobody has told
	Origin  Origin // where the request comes from; zero for the program's own doing
	Shown   string // second factor that was shown for this one act at a screen of somebody else; empty: none

	rights   *Rights // nil: none
	standing Standing
	ground   *Ground  // of what is done next, see For
	scopes   []Action // of the token; nil without one
	seen     Grade    // of cameras whose pictures the token may fetch, at most; with scopes only
	local    bool
	hand     *Hand // of a command; nil: nobody has asked
	made     bool  // came in with a password that somebody else made
	unproven bool  // lacks a second factor that is required; see Unproven
}

// ActorOf is a person in these positions everywhere, as the built-in policy has it, by
// neither session nor token.
func ActorOf(person string, positions ...Position) Actor {
	return NewActor(person, NewRights(BuiltIn, nil, nil), Standing{Holdings: Everywhere(positions...)})
}

// NewActor is a person who stands so under a policy.
func NewActor(person string, r *Rights, s Standing) Actor {
	return Actor{Person: person, rights: r, standing: s}
}

// Everywhere are positions that are held everywhere and for good.
func Everywhere(positions ...Position) []Holding {
	held := make([]Holding, len(positions))
	for i, p := range positions {
		held[i].Position = p
	}
	return held
}

// CommandLine is whoever runs a command on the machine itself, next to the data
// folder: all that an administrator may, for any person.
func CommandLine() Actor {
	a := ActorOf("", Administrator)
	a.local = true
	return a
}

// Only narrows the actor to scopes. Emergency rights are of people at a console, and no
// token's.
func (a Actor) Only(scopes []Action) Actor {
	a.scopes, a.seen = append([]Action{}, scopes...), HighestGrade
	a.standing.Emergencies = nil
	return a
}

// Seeing narrows a token to pictures of cameras up to a grade (ruling R14): what a program
// fetches bears no mark that anybody sees.
func (a Actor) Seeing(upTo Grade) Actor {
	a.seen = upTo
	return a
}

// Unsettled is the actor who came in with a password that somebody else made: they may
// do nothing before they have one of their own.
func (a Actor) Unsettled() Actor {
	a.made, a.rights = true, nil
	return a
}

// Positions gives those that the actor holds, whether or not at this time and everywhere.
func (a Actor) Positions() []Position {
	var all []Position
	for _, h := range a.standing.Holdings {
		if !slices.Contains(all, h.Position) {
			all = append(all, h.Position)
		}
	}
	return all
}

// Until is the next instant (µs) at which what the actor may do changes by itself, since a
// position, or an emergency right, begins or ends, or a paper runs out; 0: none.
func (a Actor) Until() int64 {
	next := a.standing.until()
	if h := a.standing.Papers.Host; h != nil {
		host := h.Standing // which others read
		host.Now = a.standing.Now
		next = min(next, host.until())
	}
	if next == math.MaxInt64 {
		return 0
	}
	return next
}

func (s *Standing) until() int64 {
	next := s.ends()
	if at := s.Papers.Next; at > s.Now {
		next = min(next, at)
	}
	for _, h := range s.Holdings {
		for _, at := range []int64{h.From, h.Until} {
			if at > s.Now {
				next = min(next, at)
			}
		}
	}
	return next
}

// Standing is how the actor stands.
func (a Actor) Standing() Standing { return a.standing }

// Client is the id of the session or token by which the actor asks; empty for a command.
func (a Actor) Client() string {
	if a.Session != "" {
		return a.Session
	}
	return a.Token
}

// InPerson tells whether it is somebody who is signed in: a token is no person, and whoever has
// the machine makes one for whom they like. What takes two people takes two of them.
func (a Actor) InPerson() bool { return a.Person != "" && a.Token == "" }

// Local tells whether it is whoever runs a command on the machine itself.
func (a Actor) Local() bool { return a.local }

// Actions gives what the actor may do anywhere, sorted.
func (a Actor) Actions() []Action {
	may := []Action{}
	for _, action := range Actions() {
		if a.decide(action, "", nil).Allowed {
			may = append(may, action)
		}
	}
	slices.Sort(may)
	return may
}

// From is the actor with where the request comes from.
func (a Actor) From(o Origin) Actor {
	a.Origin = o
	return a
}

// ErrPasswordChange refuses everything to who came in with a password that somebody
// else made: that person knows it too.
var ErrPasswordChange = problem.New(problem.Forbidden, "password_change_required",
	"Somebody else made this password. Choose one of your own first.")

// Settled is nil unless the actor must first choose a password of their own, or enrol
// a second factor.
func Settled(actor Actor) error {
	switch {
	case actor.made:
		return ErrPasswordChange
	case actor.unproven:
		return ErrFactorRequired
	}
	return nil
}

// Decide answers like Can, with the grounds of the answer; trace, if given, is told of
// every position that was looked at.
func Decide(actor Actor, action Action, camera string, trace func(Step)) Decision {
	return actor.decide(action, camera, trace)
}

func (a Actor) decide(action Action, camera string, trace func(Step)) Decision {
	switch {
	case a.made:
		return Decision{Lack: LackPassword}
	case a.unproven:
		return Decision{Lack: LackFactor}
	case a.rights == nil:
		return Decision{Lack: LackRight}
	}
	d := a.rights.Decide(a.standing, action, camera, trace)
	if a.scopes != nil { // duty review is what a person on watch does (P4), and no program
		d.Terms = slices.DeleteFunc(slices.Clone(d.Terms), func(t Term) bool { return t.Review })
	}
	if a.scopes != nil && (!slices.Contains(a.scopes, action) || action.Shows() && camera != "" && a.rights.Place(camera).Grade > a.seen) {
		return Decision{Lack: LackToken, Position: d.Position, Rule: d.Rule, Policy: d.Policy}
	}
	return d
}

// Can decides whether actor may do action, on one camera if camera is not empty; without
// one, whether there is any on which they may. It is the only evaluator; nil means yes.
func Can(actor Actor, action Action, camera string) error {
	if err := Settled(actor); err != nil {
		return err
	}
	d := actor.decide(action, camera, nil)
	if d.Allowed {
		return nil
	}
	return actor.refusal(d, action, camera)
}

// Among gives those of the cameras on which the actor may do action.
func Among(actor Actor, action Action, cameras []string) []string {
	may := []string{}
	for _, c := range cameras {
		if Can(actor, action, c) == nil {
			may = append(may, c)
		}
	}
	return may
}
