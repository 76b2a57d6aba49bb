package main

import (
	"errors"
	"os"
	"os/user"
	"strconv"

	"watchroom/internal/access"
	"watchroom/internal/text"
)

// vouched is what commands ask that do alone what two people do otherwise, or that let somebody
// in: why. Who runs them stands in the act beside it, as far as the machine knows.
type vouched struct {
	Reason string `required:"" help:"Why, for the records; the act also says which user of the system ran this, and on which machine. Supervisors are told."`
}

// said refuses a reason that says nothing.
func (v vouched) said() error {
	if _, err := text.Line("reason", v.Reason, 3, 200); err != nil {
		return errors.Join(errors.New("--reason: say in 3 to 200 characters why"), err)
	}
	return nil
}

// actor is whoever runs the command.
func (v vouched) actor() access.Actor {
	h := access.Hand{UID: strconv.Itoa(os.Getuid()), Sudo: text.Shown(os.Getenv("SUDO_USER"), 64), Reason: v.Reason}
	if u, err := user.Current(); err == nil {
		h.User = text.Shown(u.Username, 64)
	}
	if name, err := os.Hostname(); err == nil {
		h.Host = text.Shown(name, 64)
	}
	return access.CommandLine().By(h)
}
