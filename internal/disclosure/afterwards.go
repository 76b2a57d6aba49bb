package disclosure

import (
	"context"
	"strings"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/disclosure/owed"
	"watchroom/internal/disclosure/purpose"
)

// afterwards tells whether the words that a purpose needs are due after the viewing: of the
// newest footage, where the register says so and a person has given none (practice P4).
func (v *Viewings) afterwards(actor access.Actor, p purpose.Purpose, o *Opening, from, counted int64) bool {
	return v.Reasons != nil && p.NeedsReason && p.ReasonAfter && actor.Person != "" && actor.Token == "" &&
		strings.TrimSpace(o.Reason) == "" && from >= counted-IncidentBack.Get(v.Rules).Microseconds()
}

// Afterwards says how far back somebody looks before the words that a purpose needs.
func (v *Viewings) Afterwards() time.Duration { return IncidentBack.Get(v.Rules) }

// Give says afterwards why the actor looked.
func (v *Viewings) Give(ctx context.Context, actor access.Actor, id, reason string) (Viewing, error) {
	if v.Reasons == nil {
		return Viewing{}, owed.ErrNone
	}
	if _, err := v.Reasons.Give(ctx, actor, id, reason, leastReason.Get(v.Rules)); err != nil {
		return Viewing{}, err
	}
	v.forget(id)
	return v.Get(ctx, actor, id)
}

// owe takes in the reason that is due, or was.
func (v *Viewing) owe(all map[string]owed.Reason) {
	if one, ok := all[v.ID]; ok {
		v.Owed = &one
	}
}
