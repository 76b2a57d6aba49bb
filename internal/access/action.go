// Package access knows what people may do. Can is the only place that decides a right.
// Who they are and how they prove it stands in account below it.
package access

import (
	"maps"
	"slices"

	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// Action is one right.
type Action string

// The rights.
const (
	LiveView        Action = "live.view"
	PlaybackView    Action = "playback.view"
	SnapshotTake    Action = "snapshot.take"
	BookmarkWrite   Action = "bookmark.write"
	CameraRead      Action = "camera.read"
	CameraConfigure Action = "camera.configure"
	CameraSwitch    Action = "camera.switch"
	PeopleRead      Action = "people.read"
	PeopleManage    Action = "people.manage"
	TokenManage     Action = "token.manage"
	SystemRead      Action = "system.read"
	ActRead         Action = "act.read"
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

	// The rules of the institution. Who proposes a value does not approve it.
	ParameterRead    Action = "parameter.read"
	ParameterPropose Action = "parameter.propose"
	ParameterApprove Action = "parameter.approve"
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
)

// Actions gives all rights there are.
func Actions() []Action {
	return []Action{LiveView, PlaybackView, SnapshotTake, BookmarkWrite, CameraRead, CameraConfigure, CameraSwitch,
		PeopleRead, PeopleManage, TokenManage, SystemRead, ActRead, MetricsRead, LedgerRead, FootageDownload,
		StorageRead, RetentionConfigure, HoldPlace, HoldRelease, DeletionRequest, DeletionApprove,
		ScheduleConfigure, MaintenancePlace, LossExplain, LossSign, FaultAcknowledge,
		ParameterRead, ParameterPropose, ParameterApprove}
}

// Positions gives all positions there are.
func Positions() []Position {
	return []Position{Administrator, Operator, DutyLead, Supervisor, Technician, Auditor, Leader}
}

// Rights is the table: what each position may do. The administrator runs the
// system and does not watch. Nor does it set what is kept: who can replace the
// database must not be the one who says afterwards that nothing is missing.
func (p Position) Rights() []Action {
	operator := []Action{CameraRead, LiveView, PlaybackView, SnapshotTake, BookmarkWrite, SystemRead,
		LossExplain, LossSign, FaultAcknowledge}
	switch p {
	case Administrator:
		return []Action{CameraRead, CameraConfigure, CameraSwitch, PeopleRead, PeopleManage, TokenManage,
			SystemRead, MetricsRead, ActRead, StorageRead, ScheduleConfigure, LedgerRead, ParameterRead}
	case Operator:
		return operator
	case DutyLead:
		return append(operator, CameraSwitch, ActRead, PeopleRead, StorageRead, HoldPlace, DeletionRequest, MaintenancePlace, LedgerRead, ParameterRead)
	case Supervisor:
		return append(operator, CameraSwitch, ActRead, PeopleRead, MaintenancePlace, ScheduleConfigure, LedgerRead,
			StorageRead, RetentionConfigure, HoldPlace, HoldRelease, DeletionRequest, DeletionApprove, ParameterRead, ParameterPropose)
	case Technician:
		return []Action{CameraRead, CameraConfigure, LiveView, SystemRead, StorageRead, LossExplain, LossSign, FaultAcknowledge}
	case Auditor:
		return []Action{CameraRead, SystemRead, ActRead, PeopleRead, StorageRead, LedgerRead, ParameterRead}
	case Leader:
		return []Action{CameraRead, LiveView, ActRead, SystemRead, PeopleRead, LedgerRead, LossSign, FaultAcknowledge,
			StorageRead, RetentionConfigure, HoldPlace, HoldRelease, DeletionRequest, DeletionApprove, ParameterRead, ParameterApprove}
	}
	return nil
}

// Watches tells whether a position carries a right to see pictures.
func (p Position) Watches() bool {
	rights := p.Rights()
	return slices.Contains(rights, LiveView) || slices.Contains(rights, PlaybackView)
}

// HaveIt gives the positions that carry a.
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
}

// Actor is who acts in one request, and by what. The zero Actor may do nothing.
type Actor struct {
	Person  string // id; empty for the command line
	Session string // id of the session, if it is one
	Token   string // id of the token, if it is one

	actions map[Action]bool
	scopes  []Action // of the token; nil without one
	local   bool
	made    bool // came in with a password that somebody else made
}

// ActorOf is a person in these positions, by neither session nor token.
func ActorOf(person string, positions ...Position) Actor {
	return Actor{Person: person, actions: rightsOf(positions)}
}

// CommandLine is whoever runs a command on the machine itself, next to the data
// folder: all that an administrator may, for any person.
func CommandLine() Actor {
	return Actor{actions: rightsOf([]Position{Administrator}), local: true}
}

func rightsOf(positions []Position) map[Action]bool {
	all := map[Action]bool{}
	for _, p := range positions {
		for _, a := range p.Rights() {
			all[a] = true
		}
	}
	return all
}

// Only narrows the actor to scopes.
func (a Actor) Only(scopes []Action) Actor {
	narrow := map[Action]bool{}
	for _, s := range scopes {
		if a.actions[s] {
			narrow[s] = true
		}
	}
	a.actions, a.scopes = narrow, append([]Action{}, scopes...)
	return a
}

// Unsettled is the actor who came in with a password that somebody else made: they may
// do nothing before they have one of their own.
func (a Actor) Unsettled() Actor {
	a.made, a.actions = true, nil
	return a
}

// Local tells whether it is whoever runs a command on the machine itself.
func (a Actor) Local() bool { return a.local }

// Actions gives what the actor may do, sorted.
func (a Actor) Actions() []Action {
	return slices.Sorted(maps.Keys(a.actions))
}

// Act begins the record of something that the actor did at (µs): by whom and, if
// so, by which token or from the command line. detail may be nil and is kept.
func (a Actor) Act(at int64, kind, subject, camera string, detail map[string]any) ledger.Act {
	if a.Token != "" || a.local {
		detail = maps.Clone(detail)
		if detail == nil {
			detail = map[string]any{}
		}
		if a.Token != "" {
			detail["token"] = a.Token
		} else {
			detail["by"] = "command_line"
		}
	}
	return ledger.Act{At: at, Person: a.Person, Kind: kind, Subject: subject, Camera: camera, Detail: detail}
}

// ErrRightMissing is the refusal of Can. Parameters: action, positions (those that
// carry it), camera if it is about one.
var ErrRightMissing = problem.New(problem.Forbidden, "right_missing",
	"Your position does not include this right.")

// ErrTokenRight is the refusal of Can where the token was made without the right,
// whatever its person may do. Parameters: action, camera if it is about one.
var ErrTokenRight = problem.New(problem.Forbidden, "token_right_missing",
	"This token does not include the right that is needed.")

// ErrPasswordChange refuses everything to who came in with a password that somebody
// else made: that person knows it too.
var ErrPasswordChange = problem.New(problem.Forbidden, "password_change_required",
	"Somebody else made this password. Choose one of your own first.")

// Settled is nil unless the actor must first choose a password of their own.
func Settled(actor Actor) error {
	if actor.made {
		return ErrPasswordChange
	}
	return nil
}

// Can decides whether actor may do action, on one camera if camera is not empty.
// It is the only evaluator; nil means yes, anything else is ErrRightMissing,
// ErrTokenRight or ErrPasswordChange.
func Can(actor Actor, action Action, camera string) error {
	if err := Settled(actor); err != nil {
		return err
	}
	if actor.actions[action] {
		return nil
	}
	refusal := ErrRightMissing.With("action", string(action)).With("positions", HaveIt(action))
	if actor.scopes != nil && !slices.Contains(actor.scopes, action) {
		refusal = ErrTokenRight.With("action", string(action))
		refusal.Detail = "This token does not include the right " + string(action) + "."
	}
	if camera != "" {
		refusal = refusal.With("camera", camera)
	}
	return refusal
}
