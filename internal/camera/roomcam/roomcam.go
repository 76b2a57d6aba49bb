// Package roomcam keeps which cameras watch a control room. Every room has one of its own, for
// spot checks: those who keep watch see its live picture like that of any other, play nothing
// back of it and change nothing about it, whatever else they hold (practice P14; package access
// decides). Who follows a leaked picture is shown what it saw of the room meanwhile (P23).
//
// One person marks a camera, which takes effect at once. That a mark ends is proposed by one and
// confirmed by another.
package roomcam

import (
	"slices"

	"watchroom/internal/access"
	"watchroom/internal/network"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
	"watchroom/internal/text"
)

// Refusals. What holds for all proposals comes from package proposal.
var (
	ErrCamera  = problem.New(problem.NotFound, "camera_unknown", "There is no such camera.")
	ErrNetwork = network.ErrNetwork
	ErrMany    = network.ErrMany
	ErrUnknown = problem.New(problem.NotFound, "room_unknown", "This camera watches no control room.")
	ErrReason  = problem.New(problem.Invalid, "room_reason", "Those who keep watch could play back this camera and change it. Say why; another person decides on it.").On("reason")
	// ErrWaits says that the end of this mark waits for another person already.
	ErrWaits = problem.New(problem.Conflict, "room_waits", "That this camera watches the control room no more waits for another person already. Withdraw it first, or have it refused.")
)

// keptFrom are the positions whose people sit in control rooms.
var keptFrom = rule.Names{Key: "control_room.kept_from", Register: "position", Default: names(access.Aloof()), Fewest: 1, Longest: 40,
	Guard: rule.Lower, Clauses: []string{"C019", "C022", "C112"}}

func names(positions []access.Position) (all []string) {
	for _, p := range positions {
		all = append(all, string(p))
	}
	return all
}

// Parameters gives what an institution sets of the cameras of control rooms.
func Parameters() []rule.Parameter { return []rule.Parameter{keptFrom} }

// KeptFrom gives the positions that are kept from these cameras, as they are set now.
func KeptFrom(rules *rule.Set) func() []string {
	return func() []string { return keptFrom.Get(rules) }
}

// Content is what somebody says of a camera that watches a control room.
type Content struct {
	Name     string   `json:"name"`     // of the room
	Networks []string `json:"networks"` // addresses and networks of the computers in it, in one form and sorted; may be empty
}

// Room is a control room with a camera of its own.
type Room struct {
	Camera string
	Content
	By string // person; empty from the command line
	At int64  // µs

	EndedBy string
	EndedAt int64 // µs; 0: the camera watches it
}

func (c *Content) same(o *Content) bool {
	return c.Name == o.Name && slices.Equal(c.Networks, o.Networks)
}

// clean brings what was typed into form.
func clean(c Content) (out Content, err error) {
	if out.Name, err = text.Line("name", c.Name, 1, 100); err != nil {
		return out, err
	}
	if out.Networks, err = network.Clean("networks", c.Networks); err != nil {
		return out, err
	}
	return out, nil
}

// Holds tells whether one of the networks of the room has an address; possible where it has none
// of its own, so that nobody can tell.
func (c *Content) Holds(address string) (holds, possible bool) {
	if len(c.Networks) == 0 {
		return false, true
	}
	return network.Holds(c.Networks, address), false
}
