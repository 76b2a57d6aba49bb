package route

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/limit"
	"watchroom/internal/clock"
	"watchroom/internal/problem"
)

// ErrTooManyActs has the parameter retryAfterSeconds.
var ErrTooManyActs = problem.New(problem.TooMany, "too_many_acts", "Too much is done in too short a time under this account. Wait a moment.")

// PaceBurst is how much somebody may do at once, and PaceEvery until one more: a wall of 64
// cameras is changed seven times in a row, and who fills in forms or deals with alarms comes
// nowhere near. What is done goes into the log and stays there, so that one account must not
// be able to fill it.
const (
	PaceBurst = 500
	PaceEvery = 200 * time.Millisecond
)

// NewPace gives what counts.
func NewPace(now clock.Clock) func(who string) error {
	l := limit.New(limit.Fixed(limit.Bounds{Burst: PaceBurst, Refill: PaceEvery}))
	return func(who string) error {
		err := l.Take(who, now.Now())
		if err == nil {
			return nil
		}
		return ErrTooManyActs.With("retryAfterSeconds", problem.Of(err).Params["retryAfterSeconds"])
	}
}

// paced counts what somebody does, before it is done. Reading is free; so is to end what one
// began, to sign out and to take an emergency right, since no flood may stand before those.
func (r *Router) paced(route Route, actor access.Actor) error {
	who := cmp.Or(actor.Token, actor.Person)
	if r.pace == nil || who == "" || route.Method == http.MethodGet || route.Method == http.MethodHead {
		return nil
	}
	for _, free := range []string{"/api/v1/session", "/api/v1/live/sessions/", "/api/v1/emergencies"} {
		if strings.HasPrefix(route.Path, free) {
			return nil
		}
	}
	return r.pace(who)
}
