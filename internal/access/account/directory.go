package account

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/appointment"
	"watchroom/internal/access/attempt"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/identity"
	"watchroom/internal/access/position"
	"watchroom/internal/access/username"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals of who comes from a directory, and of acts on their accounts.
var (
	ErrNoAccount          = problem.New(problem.Forbidden, "directory_no_account", "The directory knows you, but there is no account for you here yet. An administrator must admit you.")
	ErrPositionsWait      = problem.New(problem.Forbidden, "directory_positions_wait", "The positions that your groups in the directory give you here wait for another person to confirm them.")
	ErrNoPosition         = problem.New(problem.Forbidden, "directory_no_position", "None of your groups in the directory gives you a position here.")
	ErrAccountDisabled    = problem.New(problem.Forbidden, "account_disabled", "Your account here is disabled.")
	ErrDirectoryPassword  = problem.New(problem.Conflict, "directory_password", "This account belongs to a directory, which alone knows its password.")                                                               // directory
	ErrDirectoryPositions = problem.New(problem.Conflict, "directory_positions", "Which positions this account holds follows from its groups in the directory. Areas and times may be changed here.").On("positions") // directory
)

// errOvertaken says that another request changed whose identity it is; ask again.
var errOvertaken = errors.New("account: the identity was changed meanwhile")

// Vouched is what a directory says of somebody who proved there who they are.
type Vouched struct {
	Directory       string // its name in the configuration
	Issuer, Subject string // who it is, for good; never an address of mail or a name
	Username        string // for a first sign-in
	DisplayName     string
	Positions       []access.Position // what the person's groups mean, all of them
	Create          bool              // an account may be made
	Ticket          []byte            // sealed; with it the directory is asked again. nil: none
}

// Attempt counts an attempt to sign in through a directory, before the directory is asked
// anything (R21): the limits are those of passwords, so that a directory is no way round
// them. succeeded gives back what an honest person used. username may be empty where
// nothing is typed here.
func (c *Control) Attempt(ctx context.Context, directory, username string, from access.Origin) (succeeded func(), err error) {
	now := c.Clock.Now()
	if username == "" {
		try, err := c.door.Source(from, now)
		return try.Succeeded, err
	}
	key := text.Key(username)
	try, err := c.door.Take(underDirectory(directory, key), from, func() attempt.Knows {
		return c.known(ctx, Named{Directory: directory, Username: key}, from)
	}, now)
	return try.Succeeded, err
}

// underDirectory is what attempts under a name of a directory count against.
func underDirectory(directory, key string) string { return directory + "\x00" + key }

// Refused records a sign-in that a directory refused, or that this house did before it knew
// who it was. The name that was typed is not kept: people type passwords into that field.
func (c *Control) Refused(ctx context.Context, directory, reason string, from access.Origin) error {
	return c.record(ctx, refusal(c.Clock.Micro(), "", directory, reason, from))
}

func refusal(at int64, person, directory, reason string, from access.Origin) ledger.Act {
	return ledger.Act{At: at, Person: person, Kind: "session.refused", Subject: person,
		Detail: map[string]any{"address": text.Shown(from.Address, 64), "known": person != "", "directory": directory, "reason": reason}}
}

// Enter opens a session for somebody whom a directory vouches for. Positions follow the
// groups anew. Its refusals are on record: ErrNoPosition, holding.ErrConflict,
// ErrNoAccount, ErrUsernameTaken, ErrUsernameInvalid, ErrAccountDisabled.
func (c *Control) Enter(ctx context.Context, v Vouched, from access.Origin) (SignedIn, error) {
	for range 5 {
		in, err := c.admit(ctx, v, from)
		if !errors.Is(err, errOvertaken) {
			return in, err
		}
	}
	return SignedIn{}, problem.Wrap(errOvertaken, "sign in through "+v.Directory)
}

func (c *Control) admit(ctx context.Context, v Vouched, from access.Origin) (SignedIn, error) {
	known, err := identity.Of(ctx, c.DB.Read(), v.Issuer, v.Subject)
	if err != nil {
		return SignedIn{}, err
	}
	var r personRow
	var before []access.Holding
	if known.Person != nil {
		if r, before, err = load(ctx, c.DB.Read(), "id", *known.Person); err != nil {
			return SignedIn{}, err
		}
	}
	held, refused := c.mapped(ctx, v.Positions, before)
	if refused == nil {
		switch {
		case r.Disabled:
			refused = ErrAccountDisabled
		case r.ID == "" && !v.Create:
			refused = ErrNoAccount
		case r.ID == "":
			r, refused = c.fromDirectory(v)
		}
	}
	if refused != nil && problem.Of(refused).Kind != problem.Internal {
		return SignedIn{}, c.turnAway(ctx, v, refused, from)
	}
	if refused != nil {
		return SignedIn{}, refused
	}
	made := known.Person == nil
	r.Directory, r.DirectoryLeftAt = v.Directory, nil
	err = c.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := c.claim(ctx, tx, v, r, made); err != nil {
			return err
		}
		held, err = c.follow(ctx, tx, v, r, held)
		return err
	})
	if errors.Is(err, ErrUsernameTaken) || errors.Is(err, ErrLastAdministrator) {
		return SignedIn{}, c.turnAway(ctx, v, err, from)
	}
	if err != nil {
		return SignedIn{}, err
	}
	if !made && !holding.Same(before, held) {
		c.tell(r.ID, "", "rights", "positions")
	}
	if len(held) == 0 {
		if err := c.record(ctx, refusal(c.Clock.Micro(), r.ID, v.Directory, ErrPositionsWait.Code, from)); err != nil {
			return SignedIn{}, problem.Wrap(err, "record refused sign-in")
		}
		return SignedIn{}, ErrPositionsWait
	}
	return c.enter(ctx, r, from) // a directory vouches for one thing only
}

// mapped are the positions that groups mean, each where and when the person holds it
// already: the directory says what somebody is, the house may say where.
func (c *Control) mapped(ctx context.Context, positions []access.Position, before []access.Holding) ([]access.Holding, error) {
	positions, err := position.Only(ctx, c.DB.Read(), positions)
	if err != nil {
		return nil, err
	}
	wanted := access.Everywhere(positions...)
	for i, w := range wanted {
		for _, b := range before {
			if b.Position == w.Position {
				wanted[i] = b
			}
		}
	}
	held, err := holding.Check(ctx, wanted, c.Areas)
	if err == nil && len(held) == 0 {
		err = ErrNoPosition
	}
	return held, err
}

// fromDirectory is a new account as a directory describes it. It has no password.
func (c *Control) fromDirectory(v Vouched) (r personRow, err error) {
	if r.Username, r.UsernameKey, err = usernameKey(v.Username); err != nil {
		return personRow{}, err
	}
	if r.DisplayName, err = text.Line("displayName", strings.TrimSpace(v.DisplayName), 1, 100); err != nil {
		r.DisplayName = r.Username
	}
	r.ID, r.CreatedAt = db.NewID(), c.Clock.Micro()
	return r, nil
}

// Keys of what acts tell of an identity that opens an account: package federation holds it against
// them. The act that makes an account tells it since 0.3.
const (
	KeyIssuer  = "issuer"
	KeySubject = "subject"
)

// claim notes in tx that v is r, and makes r where it is new.
func (c *Control) claim(ctx context.Context, tx bun.Tx, v Vouched, r personRow, made bool) error {
	now, err := identity.Of(ctx, tx, v.Issuer, v.Subject)
	if err != nil {
		return err
	}
	if !made && (now.Person == nil || *now.Person != r.ID) || made && now.Person != nil {
		return errOvertaken
	}
	if made {
		r.Directory = v.Directory
		r.DisplayName = username.Told(ctx, tx, r.ID, r.Username, r.DisplayName, r.CreatedAt)
		by := access.ActorOf(r.ID)
		if _, err := c.insertPerson(ctx, tx, by, r, appointment.Wish{}, map[string]any{"directory": v.Directory, KeyIssuer: v.Issuer, KeySubject: v.Subject}); err != nil {
			return err
		}
	}
	now.Person = &r.ID
	return c.keepIdentity(ctx, tx, now, v)
}

// follow makes r hold what the groups mean, with an act where that is a change, and gives what
// is held at once: what another person confirms waits, see appointment.
func (c *Control) follow(ctx context.Context, tx bun.Tx, v Vouched, r personRow, held []access.Holding) ([]access.Holding, error) {
	now, before, err := load(ctx, tx, "id", r.ID)
	if err != nil {
		return nil, err
	}
	if now.DirectoryLeftAt != nil || now.Directory != v.Directory {
		now.Directory, now.DirectoryLeftAt = v.Directory, nil
		if _, err := tx.NewUpdate().Model(&now).Column("directory", "directory_left_at").WherePK().Exec(ctx); err != nil {
			return nil, problem.Wrap(err, "note directory")
		}
	}
	wish := appointment.Wish{Person: r.ID, Before: before, After: held, Directory: v.Directory}
	if held, err = appointment.Change(ctx, tx, access.Actor{}, wish, c.Clock.Micro()); err != nil {
		return nil, err
	}
	if administers(now.person(before)) && !administers(now.person(held)) {
		return held, holding.Administered(ctx, tx)
	}
	return held, nil
}

// turnAway records a refusal, and remembers who was refused so that an administrator can
// admit them. An account whose groups give nothing, or what must not meet, loses what it
// held: the directory has said that it is no more.
func (c *Control) turnAway(ctx context.Context, v Vouched, refused error, from access.Origin) error {
	withdrawn := ""
	err := c.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		withdrawn = ""
		now, err := identity.Of(ctx, tx, v.Issuer, v.Subject)
		if err != nil {
			return err
		}
		person := ""
		if now.Person != nil {
			person = *now.Person
		}
		v := v
		v.Ticket = now.Ticket
		if err := c.keepIdentity(ctx, tx, now, v); err != nil {
			return err
		}
		if person != "" && !errors.Is(refused, ErrAccountDisabled) {
			if err := c.withdraw(ctx, tx, v.Directory, person, problem.Of(refused).Code); err != nil {
				return err
			}
			withdrawn = person
		}
		return recordAct(ctx, tx, refusal(c.Clock.Micro(), person, v.Directory, problem.Of(refused).Code, from))
	})
	if err != nil {
		return problem.Wrap(err, "record refused sign-in")
	}
	if withdrawn != "" {
		c.tell(withdrawn, "", "ended", "directory")
	}
	return refused
}

// Unchecked is the reason of Withdraw where the directory could not be asked for too long.
const Unchecked = "unchecked"

// Changed is the reason of Withdraw where another server answers for the directory: what it says
// of anybody is another's word from now on.
const Changed = "directory_changed"

// withdraw ends what a person had through a directory: sessions, tokens, positions. Who was
// only not looked up keeps positions for the next sign-in, and so does who is the last that
// could administer; neither opens anything meanwhile.
func (c *Control) withdraw(ctx context.Context, tx bun.Tx, directory, person, reason string) error {
	r, held, err := load(ctx, tx, "id", person)
	// Who could only not be looked up has left, and keeps positions: not under another server.
	if err != nil || r.DirectoryLeftAt != nil && (reason != Changed || len(held) == 0) {
		return err
	}
	at := c.Clock.Micro()
	r.DirectoryLeftAt = &at
	if _, err := tx.NewUpdate().Model(&r).Column("directory_left_at").WherePK().Exec(ctx); err != nil {
		return problem.Wrap(err, "withdraw")
	}
	if err := endSessions(ctx, tx, person, ""); err != nil {
		return err
	}
	detail := map[string]any{"directory": directory, "reason": reason}
	if administers(r.person(held)) {
		switch err := holding.Administered(ctx, tx); {
		case errors.Is(err, ErrLastAdministrator):
			detail["lastAdministrator"] = true
		case err != nil:
			return err
		}
	}
	if err := recordAct(ctx, tx, ledger.Act{At: at, Kind: "person.left_directory", Subject: person, Detail: detail}); err != nil {
		return err
	}
	if reason == Unchecked || detail["lastAdministrator"] == true || len(held) == 0 {
		return nil
	}
	if err := holding.Set(ctx, tx, person, nil, at, false); err != nil {
		return err
	}
	return recordAct(ctx, tx, ledger.Act{At: at, Kind: "person.positions_changed", Subject: person,
		Detail: map[string]any{"from": holding.Words(held), "to": []any{}, "directory": directory}})
}

// Withdraw signs out whom a directory does not vouch for any more, and takes what they held
// through it. reason is a word for the record: left, Unchecked, or the code of a refusal.
func (c *Control) Withdraw(ctx context.Context, directory, person, reason string) error {
	err := c.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return c.withdraw(ctx, tx, directory, person, reason)
	})
	if err == nil {
		c.tell(person, "", "ended", "directory")
	}
	return err
}

// Vouch takes in what a directory says of somebody who has an account, without a sign-in.
func (c *Control) Vouch(ctx context.Context, v Vouched) error {
	known, err := identity.Of(ctx, c.DB.Read(), v.Issuer, v.Subject)
	if err != nil || known.Person == nil {
		return err
	}
	changed := false
	err = c.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, before, err := load(ctx, tx, "id", *known.Person)
		if err != nil {
			return err
		}
		held, err := c.mapped(ctx, v.Positions, before)
		if err != nil {
			return err
		}
		if err := c.claim(ctx, tx, v, r, false); err != nil {
			return err
		}
		held, err = c.follow(ctx, tx, v, r, held)
		changed = !holding.Same(before, held)
		return err
	})
	if refused := problem.Of(err); err != nil && slices.Contains([]string{ErrNoPosition.Code, holding.ErrConflict.Code, holding.ErrUnknown.Code, ErrLastAdministrator.Code}, refused.Code) {
		return c.Withdraw(ctx, v.Directory, *known.Person, refused.Code)
	}
	if errors.Is(err, errOvertaken) { // it is another's now, who is asked for in turn
		return nil
	}
	if err == nil && changed {
		c.tell(*known.Person, "", "rights", "positions")
	}
	return err
}

// A directory's account is nobody's here to change the password of.
func ofDirectory(r personRow) error {
	if r.Directory == "" {
		return nil
	}
	return ErrDirectoryPassword.With("directory", r.Directory)
}

// keepsPositions refuses what would change which positions the account of a directory has.
func keepsPositions(r personRow, before, wanted []access.Holding) error {
	if r.Directory == "" || slices.Equal(holding.Positions(before), holding.Positions(wanted)) {
		return nil
	}
	return ErrDirectoryPositions.With("directory", r.Directory)
}

// keepIdentity writes what the directory told of row, which is new where it has no id.
func (c *Control) keepIdentity(ctx context.Context, tx bun.Tx, row identity.Row, v Vouched) error {
	at := c.Clock.Micro()
	row.Directory, row.Username, row.DisplayName, row.CheckedAt, row.Ticket = v.Directory, text.Shown(v.Username, 100), text.Shown(v.DisplayName, 100), at, v.Ticket
	if row.ID != "" {
		_, err := tx.NewUpdate().Model(&row).WherePK().Exec(ctx)
		return problem.Wrap(err, "note identity")
	}
	row.ID, row.Issuer, row.Subject, row.FirstAt = db.NewID(), v.Issuer, v.Subject, at
	_, err := tx.NewInsert().Model(&row).Exec(ctx)
	if db.IsUnique(err, "identities.issuer", "identities.subject") {
		return errOvertaken
	}
	return problem.Wrap(err, "note identity")
}
