package access

import (
	"maps"
	"slices"

	"watchroom/internal/problem"
)

// LackRoom: the camera watches a control room, and the person holds a position whose people sit
// in one (practice P14).
const LackRoom Lack = "room"

// RoomRule is the id of the rule that keeps those who watch from the cameras that watch them. No
// rule of the house stands against it.
const RoomRule = BuiltIn + "/control_room"

// ErrRoom refuses it. position.
var ErrRoom = problem.New(problem.Forbidden, "right_control_room",
	"This camera watches the control room. Whoever keeps watch there plays nothing back of it, and changes nothing about it.")

// Aloof are the positions that are kept from the cameras of control rooms where nobody has said
// which: those of the people who sit in them.
func Aloof() []Position { return []Position{DutyLead, Operator, StandIn} }

// Steers tells whether an action gives footage of a camera, or power over it: what those who sit
// in a control room have not of the camera that watches it. Its live picture they may see, and
// hold its footage, which takes nothing away.
func (a Action) Steers() bool {
	return slices.Contains([]Action{PlaybackView, SnapshotTake, BookmarkWrite, FootageDownload, CameraConfigure, CameraSwitch, ScheduleConfigure, MaintenancePlace,
		RetentionConfigure, HoldRelease, DeletionRequest, DeletionApprove, SecondAgree}, a)
}

// Aside gives the same rights with the positions that are kept from the cameras of control
// rooms, asked for at every decision.
func (r *Rights) Aside(positions func() []string) *Rights {
	more := *r
	more.aloof = positions
	return &more
}

// Aloof gives those positions as they are now, with those of the house that go by one.
func (r *Rights) Aloof() []Position {
	list := r.aloofNow()
	all := []Position{}
	for _, name := range list {
		all = append(all, Position(name))
	}
	for one := r; one != nil; one = one.within {
		for p, basis := range one.bases {
			if slices.Contains(list, string(basis)) {
				all = append(all, p)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (r *Rights) aloofNow() (list []string) {
	if r.aloof != nil {
		return r.aloof()
	}
	for _, p := range Aloof() {
		list = append(list, string(p))
	}
	return list
}

// aside gives the positions for which somebody is kept from a camera; none: they are not, or it
// watches no control room. Where a position is held does not matter: a guard is one of those who
// watch in every room.
func (r *Rights) aside(s *Standing, camera string) (by []Position) {
	if camera == "" || !r.Place(camera).Room {
		return nil
	}
	list := r.aloofNow()
	for i := range s.Holdings {
		h := &s.Holdings[i]
		if h.At(s.Now) && slices.ContainsFunc(r.GoneBy([]Position{h.Position}), func(o Own) bool { return o.Named(list) }) {
			by = append(by, h.Position)
		}
	}
	return by
}

// roomed denies what steers a camera that watches a control room to those who are kept from it,
// whatever allows it: rules of the house, other positions, emergency rights.
func (r *Rights) roomed(s *Standing, action Action, camera string, trace func(Step)) Decision {
	by := r.aside(s, camera)
	if len(by) == 0 || !action.Steers() {
		return r.decide(*s, action, camera, trace)
	}
	var steps []Step
	d := r.decide(*s, action, camera, func(step Step) { steps = append(steps, step) })
	if d.Allowed || d.Lack.lifted() { // what could be lifted is no reason where this stands behind it
		d = Decision{Lack: LackRoom, Position: by[0], Rule: RoomRule, Policy: r.version}
	}
	for _, step := range steps {
		if d.Lack == LackRoom && step.Holding.At(s.Now) && slices.Contains(by, step.Holding.Position) {
			step.Rule, step.Lack = RoomRule, LackRoom
		}
		if trace != nil {
			trace(step)
		}
	}
	return d
}

// ThroughoutBut is Throughout for what can be done to all cameras but those of control rooms that
// the actor is kept from, which it gives: at night who keeps watch decides on the others.
func ThroughoutBut(actor Actor, action Action) (kept []string, err error) {
	err = Throughout(actor, action, "")
	if err == nil || actor.rights == nil {
		return nil, err
	}
	for _, c := range append(slices.Sorted(maps.Keys(actor.rights.places)), nowhere) {
		switch d := actor.decide(action, c, nil); {
		case d.Allowed:
		case d.Lack == LackRoom:
			kept = append(kept, c)
		default:
			return nil, err
		}
	}
	return kept, nil
}

// lifted tells whether a rule, an emergency right or the watch could do away with a lack.
func (l Lack) lifted() bool { return l == LackGrade || l == LackDuty || l == LackDenied }

// Outside is nil unless a camera watches a control room and the actor holds a position that is
// kept from it: for who decides on a change about it by a right that is about no camera. Without
// a camera it is about every one.
func Outside(actor Actor, camera string) error {
	if actor.rights == nil {
		return nil
	}
	cameras := []string{camera}
	if camera == "" {
		cameras = slices.Sorted(maps.Keys(actor.rights.places))
	}
	for _, c := range cameras {
		if by := actor.rights.aside(&actor.standing, c); len(by) > 0 {
			return ErrRoom.With("position", string(by[0])).With("camera", c).With("rule", RoomRule)
		}
	}
	return nil
}
