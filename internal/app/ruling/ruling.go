// Package ruling gathers what every part declares for the institution to set: the one
// list of all parameters of the program.
package ruling

import (
	"context"
	"log/slog"

	"watchroom/internal/access/account"
	"watchroom/internal/access/arrival"
	"watchroom/internal/access/asked"
	"watchroom/internal/access/attempt"
	"watchroom/internal/access/console"
	"watchroom/internal/access/emergency"
	"watchroom/internal/access/factor"
	"watchroom/internal/access/kiosk"
	"watchroom/internal/access/lasting"
	"watchroom/internal/access/mark"
	"watchroom/internal/access/position"
	"watchroom/internal/access/review"
	"watchroom/internal/access/sharedlogin"
	"watchroom/internal/access/staff"
	"watchroom/internal/archive/capacity"
	"watchroom/internal/archive/fault"
	"watchroom/internal/archive/loss"
	"watchroom/internal/archive/shortage"
	"watchroom/internal/camera/roomcam"
	"watchroom/internal/camera/sidedoor"
	"watchroom/internal/clock"
	"watchroom/internal/clock/reference"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/disclosure"
	"watchroom/internal/disclosure/second"
	"watchroom/internal/duty"
	"watchroom/internal/duty/handover"
	"watchroom/internal/duty/logbook"
	"watchroom/internal/duty/lookout"
	"watchroom/internal/duty/notice"
	"watchroom/internal/duty/presence"
	"watchroom/internal/duty/roster"
	"watchroom/internal/duty/visitor"
	"watchroom/internal/event"
	"watchroom/internal/regime"
	"watchroom/internal/rule"
)

// Set makes the set of all parameters, each with its default.
func Set() (*rule.Set, error) {
	return gather(shortage.Parameters(), loss.Parameters(), fault.Parameters(), capacity.Parameters(), reference.Parameters())
}

// Begun is Set where a configuration says what some begin with, until the institution has set
// them.
func Begun(c *config.Config) (*rule.Set, error) {
	return gather(
		shortage.Begun(c.Recording.WhenFull),
		loss.Begun(c.Coverage.StatementAfter),
		fault.Begun(c.Coverage.ShiftLength, c.Coverage.LeadersAfter),
		capacity.Begun(c.Capacity.Refuse, c.Capacity.WarnDays),
		reference.Begun(reference.Limits{Warn: c.Time.WarnOffset, Alarm: c.Time.AlarmOffset}),
	)
}

func gather(begun ...[]rule.Parameter) (*rule.Set, error) {
	return rule.NewSet(append(begun,
		account.Parameters(),
		attempt.Parameters(),
		factor.Parameters(),
		emergency.Parameters(),
		review.Parameters(),
		arrival.Parameters(),
		asked.Parameters(),
		console.Parameters(),
		lasting.Parameters(),
		sharedlogin.Parameters(),
		kiosk.Parameters(),
		staff.Parameters(),
		disclosure.Parameters(),
		second.Parameters(),
		mark.Parameters(),
		sidedoor.Parameters(),
		roomcam.Parameters(),
		roster.Parameters(),
		duty.Parameters(),
		handover.Parameters(),
		presence.Parameters(),
		lookout.Parameters(),
		visitor.Parameters(),
		notice.Parameters(),
		logbook.Parameters(),
	)...)
}

// Read reads what the institution has set, over what the configuration begins with. The
// caller closes it.
func Read(ctx context.Context, d *db.DB, bus *event.Bus, now clock.Clock, log *slog.Logger, c *config.Config) (*regime.Parameters, error) {
	set, err := Begun(c)
	if err != nil {
		return nil, err
	}
	p := &regime.Parameters{DB: d, Set: set, Registers: Registers(d), Bus: bus, Clock: now, Log: log}
	return p, p.Start(ctx)
}

// Registers gives the registers whose names parameters may hold.
func Registers(d *db.DB) map[string]regime.Register {
	return map[string]regime.Register{
		"position": func(ctx context.Context) ([]string, error) {
			all, err := position.Read(ctx, d.Read())
			var names []string
			for _, p := range all {
				if p.InUse() {
					names = append(names, string(p.Code))
				}
			}
			return names, err
		},
	}
}
