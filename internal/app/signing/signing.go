// Package signing connects what looks at how people sign in: second factors, consoles that
// lock, arrivals, and accounts that two seem to use.
package signing

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/arrival"
	"watchroom/internal/access/console"
	"watchroom/internal/access/factor"
	"watchroom/internal/access/federation"
	"watchroom/internal/access/kiosk"
	"watchroom/internal/access/position"
	"watchroom/internal/access/sharedlogin"
	"watchroom/internal/access/staff"
	"watchroom/internal/app/policy"
	"watchroom/internal/clock"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/rule"
	"watchroom/internal/secret"
)

// Signing is how people sign in, besides their accounts.
type Signing struct {
	Factors  *factor.Factors
	Consoles *console.Consoles
	Shared   *sharedlogin.Watch
	Kiosks   *kiosk.Consoles // whether the computers are what they were set up to be
}

// Parts are what it is made of.
type Parts struct {
	Config  *config.Config
	DB      *db.DB
	Bus     *event.Bus
	Clock   clock.Clock
	Log     *slog.Logger
	Box     *secret.Box
	Files   *staff.Files // who gives stand-ins their cards
	Rules   *rule.Set
	Account *account.Control // started; nobody has signed in yet
	// Alarm raises an alarm under a key, or takes it down where code is empty; may be nil.
	Alarm func(key, code, detail, camera string, params map[string]any)
}

// Start begins to look. The positions that the configuration names must have a
// second factor, besides those that the institution has set.
func Start(ctx context.Context, p Parts) (*Signing, error) {
	register, err := position.Read(ctx, p.DB.Read())
	if err != nil {
		return nil, err
	}
	var known, required []access.Position
	for _, one := range register {
		known = append(known, one.Code) // retired ones too: nobody holds them, and the file may name them still
	}
	for _, word := range p.Config.SecondFactor {
		one := access.Position(word)
		if !slices.Contains(known, one) {
			return nil, fmt.Errorf("configuration: second_factor names %q, which is no position; positions are %v", word, known)
		}
		required = append(required, one)
	}
	if err := policy.SecondFactor(ctx, p.DB, p.Clock.Micro(), required); err != nil {
		return nil, err
	}
	s := &Signing{Factors: &factor.Factors{DB: p.DB, Bus: p.Bus, Clock: p.Clock, Box: p.Box, Account: p.Account, Log: p.Log, Site: p.Config.Site.Name,
		Rules: p.Rules, Required: required}}
	if err := s.Factors.Start(ctx); err != nil {
		return nil, err
	}
	p.Files.Cards = s.Factors.Cards
	s.Shared = &sharedlogin.Watch{DB: p.DB, Clock: p.Clock, Log: p.Log, Rules: p.Rules, Account: p.Account}
	if p.Alarm != nil {
		s.Shared.Alarm = func(open int) {
			if open == 0 {
				p.Alarm("shared logins", "", "", "", nil)
				return
			}
			p.Alarm("shared logins", "shared_login", "An account was used in two places at once. Look into it.", "", map[string]any{"count": open})
		}
	}
	if err := s.Shared.Start(ctx); err != nil {
		return nil, err
	}
	s.Consoles = &console.Consoles{DB: p.DB, Bus: p.Bus, Clock: p.Clock, Log: p.Log, Rules: p.Rules, Account: p.Account, Factors: s.Factors, Touched: s.Shared.Touched}
	s.Kiosks = &kiosk.Consoles{DB: p.DB, Clock: p.Clock, Log: p.Log, Rules: p.Rules, Accounts: p.Account}
	if p.Alarm != nil {
		s.Kiosks.Alarm = func(c kiosk.Console) { raise(p.Alarm, c) }
	}
	if err := s.Kiosks.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	p.Account.Locks = func(held []access.Own) time.Duration { return console.After(held, p.Rules) }
	arrivals := &arrival.Arrivals{Clock: p.Clock, Rules: p.Rules, Account: p.Account, Factors: s.Factors}
	p.Account.Opening, p.Account.Known = arrivals.Opening, arrivals.Known
	return s, nil
}

// raise tells the room how a console stands.
func raise(alarm func(key, code, detail, camera string, params map[string]any), c kiosk.Console) {
	key := "console " + c.ID
	switch c.State() {
	case kiosk.Drift:
		alarm(key, "console_drift", "A console differs from its set-up.", "", map[string]any{"console": c.Name, "count": len(c.Findings)})
	case kiosk.Silent:
		alarm(key, "console_silent", "A console does not report any more.", "", map[string]any{"console": c.Name})
	case kiosk.Waiting, kiosk.OK, kiosk.Retired:
		alarm(key, "", "", "", nil)
	}
}

// Close stops what looks in the background, and waits.
func (s *Signing) Close() { s.Kiosks.Close() }

// Through lets consoles be unlocked with passwords of directories.
func (s *Signing) Through(desk *federation.Desk) { s.Consoles.Directories = desk }
