// Package duty answers for the control rooms and their watch: it gathers the routes of the parts
// of the chapter, each in a package of its own below.
package duty

import (
	"context"

	"watchroom/internal/api/duty/departure"
	"watchroom/internal/api/duty/handover"
	"watchroom/internal/api/duty/leave"
	"watchroom/internal/api/duty/logbook"
	"watchroom/internal/api/duty/notice"
	"watchroom/internal/api/duty/presence"
	"watchroom/internal/api/duty/proof"
	"watchroom/internal/api/duty/room"
	"watchroom/internal/api/duty/roster"
	"watchroom/internal/api/duty/visitor"
	"watchroom/internal/api/duty/watch"
	"watchroom/internal/api/route"
)

// Routes are those of the chapter.
type Routes struct {
	Room      room.Routes
	Watch     watch.Routes
	Handover  handover.Routes
	Presence  presence.Routes
	Departure departure.Routes
	Visitor   visitor.Routes
	Notice    notice.Routes
	Roster    roster.Routes
	Leave     leave.Routes
	Record    logbook.Routes
}

// With gives the same routes with what all of them need of the house: where people show who they
// are, and the names of people by their ids.
func (x Routes) With(p *proof.Prover, names func(ctx context.Context) (map[string]string, error)) Routes {
	x.Watch.Prover, x.Watch.Names = p, names
	x.Handover.Prover, x.Handover.Names = p, names
	x.Presence.Names, x.Departure.Names = names, names
	x.Leave.Names = names
	return x
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	x.Room.Register(r)
	x.Roster.Register(r)
	x.Leave.Register(r)
	x.Watch.Register(r)
	x.Handover.Register(r)
	x.Presence.Register(r)
	x.Departure.Register(r)
	x.Record.Register(r)
	x.Visitor.Register(r)
	x.Notice.Register(r)
}
