package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/factor"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/roll"
	"watchroom/internal/app/records"
	"watchroom/internal/app/ruling"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/regime"
	"watchroom/internal/secret"
)

type userCommand struct {
	Create userCreateCommand `cmd:"" help:"Make an account. A running server need not be stopped."`
	List   userListCommand   `cmd:"" help:"List the accounts."`

	Confirm userConfirmCommand `cmd:"" help:"Put on record anew what a person holds whose making the transparency log cannot show any more. A running server need not be stopped."`

	ResetPassword resetPasswordCommand `cmd:"" help:"Make a new password for a person who has forgotten theirs, and print it once, where nobody else can confirm what they hold."`

	RemoveFactors removeFactorsCommand `cmd:"" help:"Remove all second factors of a person who has lost them, such as the only administrator."`
}

// withAccess opens the records of a configuration beside a running server. Only a
// server makes a data folder: a mistyped one must not become a second one.
func withAccess(ctx context.Context, cfg *config.Config, std streams, f func(*account.Control) error) error {
	if err := records.Known(cfg); err != nil {
		return err
	}
	d, err := records.Open(ctx, cfg)
	if err != nil {
		return err
	}
	// What the institution has set, such as how long a password is, holds here, too.
	set, err := ruling.Set()
	if err == nil {
		err = regime.Load(ctx, d, set)
	}
	c := &account.Control{DB: d, Rules: set}
	if err == nil {
		c.Clock, err = systemClock(std.env)
	}
	if err == nil {
		err = c.Start(ctx)
	}
	if err == nil {
		err = f(c)
	}
	return errors.Join(err, closed(d))
}

// withPerson is withAccess for what is done to, or for, one person.
func (s *settings) withPerson(ctx context.Context, std streams, username string, f func(*account.Control, account.Person) error) error {
	cfg, err := s.load(std)
	if err != nil {
		return err
	}
	return withAccess(ctx, cfg, std, func(a *account.Control) error {
		p, err := a.PersonNamed(ctx, username)
		if err != nil {
			return err
		}
		return f(a, p)
	})
}

func closed(d *db.DB) error { return d.Close() }

type userCreateCommand struct {
	settings
	Reason      string   `help:"Why, for the records: needed for positions that two people give otherwise, which are all but the administrator's."`
	Username    string   `arg:"" help:"Name to sign in with."`
	Position    []string `required:"" help:"Position: administrator, operator, duty_lead, supervisor, technician, auditor, leader, principal or stand_in. A contractor has areas and an end, which the screen asks for. May be given more than once."`
	DisplayName string   `help:"Name that people see (default: the user name)."`
	Stdin       bool     `name:"password-stdin" help:"Read the password from standard input instead of having one made."`
}

// Run makes the account. Without --password-stdin a password is made and printed once.
func (c *userCreateCommand) Run(ctx context.Context, std streams) error {
	why := vouched{Reason: c.Reason}
	if slices.ContainsFunc(c.Position, func(p string) bool { return access.Position(p).TakesTwo() }) {
		if err := why.said(); err != nil {
			return err
		}
	}
	cfg, err := c.load(std)
	if err != nil {
		return err
	}
	n := account.NewPerson{Username: c.Username, DisplayName: c.DisplayName}
	if n.DisplayName == "" {
		n.DisplayName = c.Username
	}
	for _, p := range c.Position {
		n.Holdings = append(n.Holdings, access.Holding{Position: access.Position(p)})
	}
	if c.Stdin {
		text, err := bufio.NewReader(std.in).ReadString('\n')
		if text = strings.TrimRight(text, "\r\n"); text == "" {
			return errors.Join(errors.New("no password on standard input"), err)
		}
		n.Password = secret.Text(text)
	}
	return withAccess(ctx, cfg, std, func(a *account.Control) error {
		p, initial, err := a.CreatePerson(ctx, why.actor(), n)
		if err != nil {
			return err
		}
		fmt.Fprintf(std.out, "account %s (%s)\n", p.Username, p.ID)
		if initial != "" {
			fmt.Fprintf(std.out, "password %s\n", initial.Reveal())
		}
		return nil
	})
}

type userListCommand struct{ settings }

// Run lists accounts with their positions.
func (c *userListCommand) Run(ctx context.Context, std streams) error {
	cfg, err := c.load(std)
	if err != nil {
		return err
	}
	return withAccess(ctx, cfg, std, func(a *account.Control) error {
		people, err := a.People(ctx)
		for _, p := range people {
			state := ""
			if p.Disabled {
				state = " (disabled)"
			}
			fmt.Fprintf(std.out, "%s  %s  %v%s\n", p.ID, p.Username, p.Positions(), state)
		}
		return err
	})
}

type userConfirmCommand struct {
	settings
	vouched
	Username string `arg:"" help:"Who it is. Look first with user list whether the account is one that people here made, and holds what they gave it."`
}

// Run confirms what the person holds now.
func (c *userConfirmCommand) Run(ctx context.Context, std streams) error {
	if err := c.said(); err != nil {
		return err
	}
	return c.withPerson(ctx, std, c.Username, func(a *account.Control, p account.Person) error {
		held, err := roll.Confirm(ctx, a.DB, c.actor(), p.ID, a.Clock.Micro())
		if err != nil {
			return err
		}
		words := "no position"
		if len(held) > 0 {
			words = fmt.Sprint(holding.Positions(held))
		}
		_, err = fmt.Fprintf(std.out, "confirmed %s (%s): %s\nWhat %s decides from now on counts; what they decided before does not.\n", p.Username, p.ID, words, p.Username)
		return err
	})
}

type resetPasswordCommand struct {
	settings
	vouched
	Username string `arg:"" help:"Who has forgotten the password."`
}

// Run makes a password and prints it. Sessions of the person end; what they hold stays, since
// whoever has the machine in hand is on record as such.
func (c *resetPasswordCommand) Run(ctx context.Context, std streams) error {
	if err := c.said(); err != nil {
		return err
	}
	return c.withPerson(ctx, std, c.Username, func(a *account.Control, p account.Person) error {
		initial, err := a.ResetPassword(ctx, c.actor(), p.ID)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(std.out, "password %s\n", initial.Reveal())
		return err
	})
}

type removeFactorsCommand struct {
	settings
	vouched
	Username string `arg:"" help:"Whose second factors are lost."`
}

// Run removes every factor of the person, with an act for each. Their sessions end.
func (c *removeFactorsCommand) Run(ctx context.Context, std streams) error {
	if err := c.said(); err != nil {
		return err
	}
	return c.withPerson(ctx, std, c.Username, func(a *account.Control, p account.Person) error {
		f := &factor.Factors{DB: a.DB, Account: a}
		own, err := f.OfPerson(ctx, access.CommandLine(), p.ID)
		if err != nil {
			return err
		}
		for _, x := range own.Factors {
			if err := f.RemoveLost(ctx, c.actor(), p.ID, x.ID, c.Reason, access.Origin{}); err != nil {
				return err
			}
			fmt.Fprintf(std.out, "removed %s %q\n", x.Kind, x.Name)
		}
		if len(own.Factors) == 0 {
			fmt.Fprintf(std.out, "%s has no second factor\n", p.Username)
		}
		return nil
	})
}

// rights are those that a token can carry.
func rights() string {
	var all []string
	for _, a := range access.Actions() {
		if len(access.HaveIt(a)) > 0 {
			all = append(all, string(a))
		}
	}
	return strings.Join(all, ", ")
}

type tokenCommand struct {
	Create tokenCreateCommand `cmd:"" help:"Make a token that lets a program act as a person within a few rights."`
}

type tokenCreateCommand struct {
	settings
	vouched
	User    string         `required:"" help:"User name of the person the program acts for."`
	Name    string         `default:"command line" help:"What the token is for."`
	Scope   []string       `required:"" help:"Rights, with commas between them; the person must have them. There are: ${rights}."`
	Expires *time.Duration `placeholder:"DURATION" help:"How long it is valid, such as 720h; at most as long as the rules allow (default: 90 days)."`
}

// Run makes the token and prints it; it is kept nowhere.
func (c *tokenCreateCommand) Run(ctx context.Context, std streams) error {
	if err := c.said(); err != nil {
		return err
	}
	if c.Expires != nil && *c.Expires <= 0 {
		return fmt.Errorf("--expires: want a length of time above zero such as 720h, got %v; leave it out for one that lasts as long as tokens do", *c.Expires)
	}
	return c.withPerson(ctx, std, c.User, func(a *account.Control, p account.Person) error {
		n := account.NewToken{Person: p.ID, Name: c.Name}
		for _, s := range c.Scope {
			if !slices.Contains(access.Actions(), access.Action(s)) {
				return fmt.Errorf("--scope: there is no right %q; there are: %s", s, rights())
			}
			n.Actions = append(n.Actions, access.Action(s))
		}
		if c.Expires != nil {
			at := time.Now().Add(*c.Expires).UnixMicro()
			n.ExpiresAt = &at
		}
		_, text, err := a.CreateToken(ctx, c.actor(), n)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(std.out, text.Reveal())
		return err
	})
}
