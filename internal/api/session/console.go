package session

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/access/account"
	"watchroom/internal/access/console"
	"watchroom/internal/api/route"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

// Console is how the console of a session stands.
type Console struct {
	Locked       bool       `json:"locked" doc:"While it is, everything but live pictures, alarms and the emergency right answers 403 console_locked."`
	LockedAt     *time.Time `json:"lockedAt,omitempty"`
	LocksAt      *time.Time `json:"locksAt,omitempty" doc:"When it locks unless somebody touches it before; absent where it never does."`
	LeftSeconds  float64    `json:"leftSeconds,omitempty" doc:"Until it locks, counted from this answer."`
	AfterSeconds int        `json:"afterSeconds" doc:"Without input; 0 where it never locks by itself." example:"600"`
	Ways         []string   `json:"ways" doc:"What unlocks it, the handiest first: passkey, card, totp, password. With none, one signs in again." example:"[\"password\"]"`
}

// Unlock shows who sits at the console: one of the three.
type Unlock struct {
	Password string `json:"password,omitempty" maxLength:"1000"`
	Code     string `json:"code,omitempty" maxLength:"200" doc:"Of the authenticator app."`
	Card     string `json:"card,omitempty" maxLength:"200" doc:"What the reader of cards types; pin goes with it."`
	PIN      string `json:"pin,omitempty" maxLength:"64" doc:"Of the card."`
}

// EndingToken is a token of the person that ends before long.
type EndingToken struct {
	ID        string    `json:"id"`
	Name      string    `json:"name" example:"Prometheus"`
	ExpiresAt time.Time `json:"expiresAt"`
}

var errUnlock = problem.New(problem.Invalid, "unlock_needs_proof", "Show the password, a code or a card with its PIN, one of the three.")

type unlockInput struct{ Body Unlock }

func (x *Routes) registerConsole(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "touchConsole", Method: http.MethodPost, Path: "/api/v1/session/input", Tag: tag, Demand: route.Entering().WhileLocked(),
		Summary: "Say that somebody touches the console",
		About:   "Screens say so at most every few seconds. It puts off the lock and unlocks nothing.",
	}, x.touch)
	route.Do(r, route.Operation{
		ID: "lockConsole", Method: http.MethodPost, Path: "/api/v1/session/lock", Tag: tag, Demand: route.Entering().WhileLocked(),
		Summary: "Lock the console",
		About:   "No session ends, and live pictures go on.",
	}, x.lock)
	route.Do(r, route.Operation{
		ID: "unlockConsole", Method: http.MethodPost, Path: "/api/v1/session/unlock", Tag: tag, Demand: route.Entering().WhileLocked(),
		Summary: "Unlock the console with the password, a code, or a card and its PIN",
		About:   "403 wrong_password; 401 second_factor_refused; 429 too_many_attempts with params.retryAfterSeconds.",
	}, x.unlock)
	route.Do(r, route.Operation{
		ID: "askUnlockPasskey", Method: http.MethodPost, Path: "/api/v1/session/unlock/passkey/options", Tag: tag, Demand: route.Entering().WhileLocked(),
		Summary: "Ask for one of the person's passkeys to unlock the console",
	}, x.askUnlock)
	route.Do(r, route.Operation{
		ID: "unlockConsolePasskey", Method: http.MethodPost, Path: "/api/v1/session/unlock/passkey", Tag: tag, Demand: route.Entering().WhileLocked(),
		Summary: "Unlock the console with a passkey",
	}, x.unlockPasskey)
}

func (x *Routes) consoleOf(s console.State) Console {
	face := Console{Locked: s.Locked, AfterSeconds: int(s.After.Seconds()), Ways: []string{}, LockedAt: route.TimeOrNil(s.Since), LocksAt: route.TimeOrNil(s.At)}
	face.Ways = append(face.Ways, s.Ways...)
	if s.At != 0 {
		face.LeftSeconds = route.Time(s.At).Sub(x.Clock.Now()).Seconds()
	}
	return face
}

func (x *Routes) consoleReply(s console.State, err error) (*route.Answer[Console], error) {
	if err != nil {
		return nil, err
	}
	return route.Reply(x.consoleOf(s)), nil
}

func (x *Routes) touch(ctx context.Context, _ *struct{}) (*route.Answer[Console], error) {
	s, err := x.Consoles.Input(ctx, route.Identity(ctx))
	if err == nil && x.Touched != nil {
		x.Touched(ctx)
	}
	return x.consoleReply(s, err)
}

func (x *Routes) lock(ctx context.Context, _ *struct{}) (*route.Answer[Console], error) {
	return x.consoleReply(x.Consoles.Lock(ctx, route.Identity(ctx)))
}

// open is how the console stands once it is unlocked.
func (x *Routes) open(ctx context.Context, err error) (*route.Answer[Console], error) {
	if err != nil {
		return nil, err
	}
	who, err := x.Access.Renew(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	return x.consoleReply(x.Consoles.Of(ctx, who))
}

func (x *Routes) unlock(ctx context.Context, in *unlockInput) (*route.Answer[Console], error) {
	who, password, code, card := route.Identity(ctx), secret.Text(in.Body.Password), secret.Text(in.Body.Code), secret.Text(in.Body.Card)
	shown := 0
	for _, one := range []secret.Text{password, code, card} {
		if one != "" {
			shown++
		}
	}
	switch {
	case shown != 1, (card == "") != (in.Body.PIN == ""):
		return nil, errUnlock
	case card != "":
		return x.open(ctx, x.Consoles.Card(ctx, who, card, secret.Text(in.Body.PIN)))
	case code != "":
		return x.open(ctx, x.Consoles.Code(ctx, who, code))
	}
	return x.open(ctx, x.Consoles.Password(ctx, who, password))
}

func (x *Routes) askUnlock(ctx context.Context, _ *struct{}) (*asked, error) {
	p, err := x.Party(ctx)
	if err != nil {
		return nil, err
	}
	ticket, options, err := x.Consoles.AskPasskey(ctx, route.Identity(ctx), p)
	if err != nil {
		return nil, err
	}
	return &asked{stepCookie(ctx, ticket), options}, nil
}

func (x *Routes) unlockPasskey(ctx context.Context, in *assertionInput) (*route.Answer[Console], error) {
	p, err := x.Party(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := in.Body.Wire()
	if err != nil {
		return nil, err
	}
	return x.open(ctx, x.Consoles.Passkey(ctx, route.Identity(ctx), secret.Text(in.Step), answer, p))
}

// besides adds to the face of a session what is read for it: its console, and the tokens and
// papers of the person that end before long.
func (x *Routes) besides(ctx context.Context, s *Session, id account.Identity) error {
	s.EndingTokens, s.EndingPapers = []EndingToken{}, []EndingPaper{}
	if id.Session == nil {
		return nil
	}
	if x.Consoles != nil {
		state, err := x.Consoles.Of(ctx, id)
		if err != nil {
			return err
		}
		face := x.consoleOf(state)
		s.Console = &face
	}
	if x.Papers != nil {
		papers, err := x.Papers(ctx, id.Actor.Person, id.Person.Holdings)
		if err != nil {
			return err
		}
		for _, p := range papers {
			s.EndingPapers = append(s.EndingPapers, EndingPaper{Paper: string(p.Paper), On: string(p.On), Ended: p.Ended})
		}
	}
	if x.Files != nil {
		b, err := x.Files.Briefing(ctx, id.Actor.Person, id.Person.Holdings)
		if err != nil {
			return err
		}
		if b != nil && b.SignedAt == nil {
			state := stateOf(*b)
			s.Briefing = &state
		}
	}
	ending, err := x.Access.EndingTokens(ctx, id.Actor.Person)
	for _, t := range ending {
		s.EndingTokens = append(s.EndingTokens, EndingToken{ID: t.ID, Name: t.Name, ExpiresAt: route.Time(*t.ExpiresAt)})
	}
	return err
}
