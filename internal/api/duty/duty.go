// Package duty answers for the control rooms and their watch: it gathers the routes of the parts
// of the chapter, each in a package of its own below.
package duty

import (
	"watchroom/internal/api/duty/notice"
	"watchroom/internal/api/duty/room"
	"watchroom/internal/api/duty/visitor"
	"watchroom/internal/api/route"
)

// Routes are those of the chapter.
type Routes struct {
	Room    room.Routes
	Visitor visitor.Routes
	Notice  notice.Routes
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	x.Room.Register(r)
	x.Visitor.Register(r)
	x.Notice.Register(r)
}
