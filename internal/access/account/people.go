package account

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/uptrace/bun"
	"golang.org/x/text/unicode/norm"

	"watchroom/internal/access"
	"watchroom/internal/access/appointment"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/password"
	"watchroom/internal/access/roll"
	"watchroom/internal/access/username"
	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/text"
)

// Refusals of acts on people.
var (
	ErrPersonUnknown     = problem.New(problem.NotFound, "person_unknown", "There is no such person.")
	ErrUsernameTaken     = problem.New(problem.Conflict, "username_taken", "Somebody has this user name already.").On("username")
	ErrUsernameInvalid   = username.ErrInvalid
	ErrOwnPositions      = problem.New(problem.Forbidden, "own_positions", "Nobody changes their own positions; another administrator does.").On("positions")
	ErrOwnReset          = problem.New(problem.Forbidden, "own_password_reset", "Change your own password with the current one.")
	ErrLastAdministrator = holding.ErrLastAdministrator
	ErrTermAdmin         = problem.New(problem.Conflict, "term_of_administrator", "An administrator's account has no end, or nobody might be left who can make another.")
	ErrPasswordSame      = problem.New(problem.Invalid, "password_same", "This is the password you have. Choose another one.").On("new")
	ErrWrongPassword     = problem.New(problem.Forbidden, "wrong_password", "The current password is not right.").On("current")
)

// Person is an account. Nobody is ever deleted; who left is disabled.
type Person struct {
	ID          string
	Username    string
	DisplayName string
	Holdings    []access.Holding // in the order of access.Positions
	Disabled    bool
	CreatedAt   int64 // µs

	Unit       string // id; empty: none
	ValidFrom  *int64 // µs; nil: always
	ValidUntil *int64 // µs, exclusive; nil: for good

	// PasswordBy and PasswordAt say which other person made the password, and when
	// (µs). PasswordAt is nil once it is the person's own, and for one that was made
	// on the machine itself.
	PasswordBy string
	PasswordAt *int64

	// Directory is the one that the account belongs to, by its name in the configuration;
	// empty for an account of this system. LeftAt is since when it does not vouch for the
	// person any more (µs).
	Directory string
	LeftAt    *int64
}

// NewPerson is what an account begins with.
type NewPerson struct {
	Username    string
	DisplayName string // the user name if empty
	Holdings    []access.Holding
	Password    secret.Text // made if empty
	Reason      string      // of positions that another person confirms; may be empty
}

// PersonChange changes what is not nil.
type PersonChange struct {
	DisplayName *string
	Holdings    *[]access.Holding
	Disabled    *bool
	Reason      string // as of NewPerson
}

type personRow struct {
	bun.BaseModel `bun:"table:people,alias:person"`
	ID            string `bun:",pk"`
	Username      string
	UsernameKey   string
	DisplayName   string
	PasswordHash  string
	Disabled      bool
	CreatedAt     int64
	PasswordBy    string
	PasswordAt    *int64

	Directory       string
	DirectoryLeftAt *int64

	Unit       string
	ValidFrom  *int64
	ValidUntil *int64
}

// shut tells whether nothing opens the account.
func (r personRow) shut() bool { return r.Disabled || r.DirectoryLeftAt != nil }

// valid tells whether an instant (µs) lies in the term of the account.
func (r personRow) valid(now int64) bool {
	return (r.ValidFrom == nil || now >= *r.ValidFrom) && (r.ValidUntil == nil || now < *r.ValidUntil)
}

// Why nothing opens an account.
const (
	ShutDisabled = "disabled"
	ShutLeft     = "left" // its directory does not vouch for the person any more
	ShutTerm     = "term" // its time has not begun, or has ended
)

// Shut is why nothing opens the account at an instant (µs); empty where something does.
func (p *Person) Shut(now int64) string {
	r := personRow{Disabled: p.Disabled, DirectoryLeftAt: p.LeftAt, ValidFrom: p.ValidFrom, ValidUntil: p.ValidUntil}
	switch {
	case p.Disabled:
		return ShutDisabled
	case r.shut():
		return ShutLeft
	case !r.valid(now):
		return ShutTerm
	}
	return ""
}

// Positions are those that the person holds, wherever and whenever.
func (p *Person) Positions() []access.Position { return holding.Positions(p.Holdings) }

func (r personRow) person(held []access.Holding) Person {
	return Person{ID: r.ID, Username: r.Username, DisplayName: r.DisplayName, Holdings: held,
		Disabled: r.Disabled, CreatedAt: r.CreatedAt, PasswordBy: r.PasswordBy, PasswordAt: r.PasswordAt,
		Directory: r.Directory, LeftAt: r.DirectoryLeftAt,
		Unit: r.Unit, ValidFrom: r.ValidFrom, ValidUntil: r.ValidUntil}
}

// usernameKey gives the clean user name and its unique form.
func usernameKey(name string) (clean, key string, err error) { return username.Key(name) }

// People gives all accounts, oldest first.
func (c *Control) People(ctx context.Context) ([]Person, error) {
	var rows []personRow
	if err := c.DB.Read().NewSelect().Model(&rows).OrderExpr("person.created_at, person.id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list people")
	}
	by, err := holding.Read(ctx, c.DB.Read(), "")
	if err != nil {
		return nil, err
	}
	people := make([]Person, len(rows))
	for i, r := range rows {
		people[i] = r.person(by[r.ID])
	}
	return people, nil
}

// Person gives one account by id.
func (c *Control) Person(ctx context.Context, id string) (Person, error) {
	r, held, err := load(ctx, c.DB.Read(), "id", id)
	return r.person(held), err
}

// PersonNamed gives one account by user name, in any case.
func (c *Control) PersonNamed(ctx context.Context, username string) (Person, error) {
	_, key, err := usernameKey(username)
	if err != nil {
		return Person{}, ErrPersonUnknown
	}
	r, held, err := load(ctx, c.DB.Read(), "username_key", key)
	return r.person(held), err
}

// Names gives the display names of all people by id.
func (c *Control) Names(ctx context.Context) (map[string]string, error) {
	var rows []personRow
	if err := c.DB.Read().NewSelect().Model(&rows).Column("id", "display_name").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list names")
	}
	names := make(map[string]string, len(rows))
	for _, r := range rows {
		names[r.ID] = r.DisplayName
	}
	return names, nil
}

// load reads a row and its positions; column is one of ours.
func load(ctx context.Context, tx bun.IDB, column, value string) (r personRow, held []access.Holding, err error) {
	err = tx.NewSelect().Model(&r).Where("? = ?", bun.Ident(column), value).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return r, nil, ErrPersonUnknown
	}
	if err != nil {
		return r, nil, problem.Wrap(err, "read person")
	}
	all, err := holding.Read(ctx, tx, r.ID)
	return r, all[r.ID], err
}

// CreatePerson makes an account. initial is the password if one was made; it is
// shown once and kept nowhere. Whoever knows the password of another could watch in
// their name, so it opens nothing until the person has chosen one of their own; one
// made on the machine itself is good as it is, for automation. What it is to hold and another
// person confirms, see appointment, it does not hold yet.
func (c *Control) CreatePerson(ctx context.Context, actor access.Actor, n NewPerson) (p Person, initial secret.Text, err error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return Person{}, "", err
	}
	if n.Password == "" {
		n.Password = password.Make()
		initial = n.Password
	}
	r, held, err := c.newPerson(ctx, n)
	if err != nil {
		return Person{}, "", err
	}
	if !actor.Local() {
		r.PasswordBy, r.PasswordAt = actor.Person, &r.CreatedAt
	}
	err = c.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		p, err = c.insertPerson(ctx, tx, actor, r, appointment.Wish{After: held, Reason: n.Reason}, nil)
		return err
	})
	if err != nil {
		return Person{}, "", err
	}
	return p, initial, nil
}

// newPerson checks n and hashes its password, outside any transaction.
func (c *Control) newPerson(ctx context.Context, n NewPerson) (r personRow, held []access.Holding, err error) {
	if r, held, err = c.checkPerson(ctx, n); err != nil {
		return r, nil, err
	}
	if err = password.Check(n.Password, r.Username, c.Rules); err != nil {
		return r, nil, err
	}
	r.PasswordHash, err = c.Hashes.Hash(ctx, n.Password)
	return r, held, problem.Wrap(err, "hash password")
}

// checkPerson takes in all of an account but its password.
func (c *Control) checkPerson(ctx context.Context, n NewPerson) (r personRow, held []access.Holding, err error) {
	if n.Username, r.UsernameKey, err = usernameKey(n.Username); err != nil {
		return r, nil, err
	}
	if n.DisplayName == "" {
		n.DisplayName = n.Username
	}
	if n.DisplayName, err = text.Line("displayName", n.DisplayName, 1, 100); err != nil {
		return r, nil, err
	}
	if held, err = holding.Check(ctx, n.Holdings, c.Areas); err != nil {
		return r, nil, err
	}
	r.ID, r.Username, r.DisplayName, r.CreatedAt = db.NewID(), n.Username, n.DisplayName, c.Clock.Micro()
	return r, held, nil
}

func (c *Control) insertPerson(ctx context.Context, tx bun.Tx, actor access.Actor, r personRow, w appointment.Wish, detail map[string]any) (Person, error) {
	if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
		if db.IsUnique(err, "people.username_key") {
			return Person{}, ErrUsernameTaken.With("username", r.Username)
		}
		return Person{}, problem.Wrap(err, "create person")
	}
	if err := username.Apart(ctx, tx, r.ID, r.Username, r.DisplayName, r.CreatedAt); err != nil {
		return Person{}, err
	}
	w.Person = r.ID
	given, err := appointment.Give(ctx, tx, actor, w, r.CreatedAt)
	if err != nil {
		return Person{}, err
	}
	if err := holding.Set(ctx, tx, r.ID, given.Held, r.CreatedAt, given.Alone); err != nil {
		return Person{}, err
	}
	if detail == nil {
		detail = map[string]any{}
	}
	detail["username"], detail["displayName"], detail["positions"], detail[roll.KeyMark] = r.Username, r.DisplayName, holding.Words(given.Held), roll.Mark(r.PasswordHash)
	if given.Alone {
		detail["alone"] = true
	}
	right := access.PeopleManage
	if w.Shift { // whoever lets in a stand-in makes the account
		right = access.StandInAdmit
	}
	if err := recordAct(ctx, tx, actor.For(right, "").Act(r.CreatedAt, "person.created", r.ID, "", detail)); err != nil {
		return Person{}, err
	}
	return r.person(given.Held), given.Record(ctx, tx)
}

// ChangePerson renames, changes positions, disables or enables, all in one
// transaction with one act for each. Disabling ends the person's sessions. Positions that
// another person confirms are held once they have, see appointment.
func (c *Control) ChangePerson(ctx context.Context, actor access.Actor, id string, change PersonChange) (Person, error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return Person{}, err
	}
	var after Person
	var told func()
	err := c.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		after, told, err = c.ChangeIn(ctx, tx, actor, id, change)
		return err
	})
	if err != nil {
		return Person{}, err
	}
	told()
	return after, nil
}

// ChangeIn is ChangePerson inside a transaction; told is to be called once that stands.
func (c *Control) ChangeIn(ctx context.Context, tx bun.Tx, actor access.Actor, id string, change PersonChange) (after Person, told func(), err error) {
	var reasons []string // to publish
	told = func() {
		for _, reason := range reasons {
			change := "rights"
			if reason == "disabled" {
				change = "ended"
			}
			c.tell(id, "", change, reason)
		}
	}
	var name string
	if change.DisplayName != nil {
		if name, err = text.Line("displayName", *change.DisplayName, 1, 100); err != nil {
			return Person{}, nil, err
		}
	}
	var wanted []access.Holding
	if change.Holdings != nil {
		if wanted, err = holding.Check(ctx, *change.Holdings, c.Areas); err != nil {
			return Person{}, nil, err
		}
	}
	r, held, err := load(ctx, tx, "id", id)
	if err != nil {
		return Person{}, nil, err
	}
	before := r.person(held)
	act := func(kind string, detail map[string]any) error {
		return recordAct(ctx, tx, actor.For(access.PeopleManage, "").Act(c.Clock.Micro(), kind, id, "", detail))
	}
	if change.DisplayName != nil && name != before.DisplayName {
		if err := username.Shown(ctx, tx, id, name, c.Clock.Micro()); err != nil {
			return Person{}, nil, err
		}
		r.DisplayName = name
		if err := act("person.renamed", map[string]any{"from": before.DisplayName, "to": name}); err != nil {
			return Person{}, nil, err
		}
	}
	if change.Holdings != nil && !holding.Same(wanted, before.Holdings) {
		if actor.Person == id {
			return Person{}, nil, ErrOwnPositions
		}
		if err := keepsPositions(r, held, wanted); err != nil {
			return Person{}, nil, err
		}
		wish := appointment.Wish{Person: id, Before: held, After: wanted, Reason: change.Reason}
		if held, err = appointment.Change(ctx, tx, actor, wish, c.Clock.Micro()); err != nil {
			return Person{}, nil, err
		}
		reasons = append(reasons, "positions")
	}
	if change.Disabled != nil && *change.Disabled != before.Disabled {
		r.Disabled = *change.Disabled
		kind, reason := "person.enabled", "enabled"
		if r.Disabled {
			kind, reason = "person.disabled", "disabled"
			if err := endSessions(ctx, tx, id, ""); err != nil {
				return Person{}, nil, err
			}
		}
		if err := act(kind, nil); err != nil {
			return Person{}, nil, err
		}
		if !r.Disabled {
			if err := username.Shown(ctx, tx, id, r.DisplayName, c.Clock.Micro()); err != nil {
				return Person{}, nil, err
			}
			wish := appointment.Wish{Person: id, Before: held, Directory: r.Directory, Reason: change.Reason}
			if held, err = appointment.Reopen(ctx, tx, actor, wish, c.Clock.Micro()); err != nil {
				return Person{}, nil, err
			}
		}
		reasons = append(reasons, reason)
	}
	if _, err := tx.NewUpdate().Model(&r).Column("display_name", "disabled").WherePK().Exec(ctx); err != nil {
		return Person{}, nil, problem.Wrap(err, "change person")
	}
	after = r.person(held)
	if administers(after) && (r.ValidFrom != nil || r.ValidUntil != nil) {
		return Person{}, nil, ErrTermAdmin // or the last administrator could go with the calendar
	}
	if administers(before) && !administers(after) {
		return after, told, holding.Administered(ctx, tx)
	}
	return after, told, nil
}

func administers(p Person) bool {
	return !p.Disabled && slices.Contains(p.Positions(), access.Administrator)
}

// ResetPassword gives a person a new password, shown once, and ends their sessions.
// As after CreatePerson it opens nothing before they have chosen one of their own. Positions
// that two people give rest then, where no second factor is left; see appointment.Rest.
func (c *Control) ResetPassword(ctx context.Context, actor access.Actor, id string) (initial secret.Text, err error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return "", err
	}
	if actor.Person == id {
		return "", ErrOwnReset
	}
	initial = password.Make()
	hash, err := c.Hashes.Hash(ctx, initial)
	if err != nil {
		return "", problem.Wrap(err, "hash password")
	}
	err = c.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, _, err := load(ctx, tx, "id", id)
		if err != nil {
			return err
		}
		if err := ofDirectory(r); err != nil {
			return err
		}
		if err := c.setPassword(ctx, tx, actor, id, hash, "person.password_reset", ""); err != nil {
			return err
		}
		own, err := c.kinds(ctx, tx, id)
		if err != nil || len(own) > 0 {
			return err
		}
		return appointment.Rest(ctx, tx, actor, id, "", c.Clock.Micro())
	})
	if err != nil {
		return "", err
	}
	c.tell(id, "", "ended", "password")
	return initial, nil
}

// ChangePassword replaces the actor's own password and ends their other sessions.
func (c *Control) ChangePassword(ctx context.Context, actor access.Actor, current, next secret.Text) error {
	r, _, err := load(ctx, c.DB.Read(), "id", actor.Person)
	if err != nil {
		return err
	}
	if err := ofDirectory(r); err != nil {
		return err
	}
	if err := c.prove(ctx, r, current); errors.Is(err, ErrWrongPassword) {
		return ErrWrongPassword
	} else if err != nil {
		return err
	}
	if norm.NFC.String(next.Reveal()) == norm.NFC.String(current.Reveal()) {
		return ErrPasswordSame // or who made it would still know it
	}
	if err := password.Check(next, r.Username, c.Rules); err != nil {
		return problem.Of(err).On("new")
	}
	hash, err := c.Hashes.Hash(ctx, next)
	if err != nil {
		return problem.Wrap(err, "hash password")
	}
	var ended []string
	err = c.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		now, _, err := load(ctx, tx, "id", actor.Person)
		if err != nil {
			return err
		}
		if now.PasswordHash != r.PasswordHash { // another change was first
			return ErrWrongPassword
		}
		ended = nil
		if err := tx.NewSelect().Model((*sessionRow)(nil)).Column("id").Where("person = ? AND id <> ?", r.ID, actor.Session).
			Scan(ctx, &ended); err != nil {
			return problem.Wrap(err, "list sessions")
		}
		return c.setPassword(ctx, tx, actor, r.ID, hash, "person.password_changed", actor.Session)
	})
	if err != nil {
		return err
	}
	for _, id := range ended {
		c.tell(r.ID, id, "ended", "password")
	}
	return nil
}

func (c *Control) setPassword(ctx context.Context, tx bun.Tx, actor access.Actor, id, hash, kind, keepSession string) error {
	at := c.Clock.Micro()
	r := personRow{ID: id, PasswordHash: hash}
	if actor.Person != id && !actor.Local() {
		r.PasswordBy, r.PasswordAt = actor.Person, &at
	}
	if _, err := tx.NewUpdate().Model(&r).Column("password_hash", "password_by", "password_at").WherePK().Exec(ctx); err != nil {
		return problem.Wrap(err, "set password")
	}
	if err := endSessions(ctx, tx, id, keepSession); err != nil {
		return err
	}
	if actor.Person != id {
		actor = actor.For(access.PeopleManage, "")
	}
	return recordAct(ctx, tx, actor.Act(at, kind, id, "", map[string]any{roll.KeyMark: roll.Mark(hash)}))
}
