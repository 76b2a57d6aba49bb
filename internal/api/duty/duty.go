// Package duty answers for the control rooms and their watch: it gathers the routes of the parts
// of the chapter, each in a package of its own below.
package duty

import (
	"watchroom/internal/api/duty/leave"
	"watchroom/internal/api/duty/room"
	"watchroom/internal/api/duty/roster"
	"watchroom/internal/api/route"
)

// Routes are those of the chapter.
type Routes struct {
	Room   room.Routes
	Roster roster.Routes
	Leave  leave.Routes
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	x.Room.Register(r)
	x.Roster.Register(r)
	x.Leave.Register(r)
}
