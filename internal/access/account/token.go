package account

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/means"
	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/text"
)

// TokenPrefix begins every token, so that one that leaked is recognised.
const TokenPrefix = "wr_"

// Refusals of acts on tokens.
var (
	ErrTokenUnknown    = problem.New(problem.NotFound, "token_unknown", "There is no such token.")
	ErrActionUnknown   = problem.New(problem.Invalid, "action_unknown", "There is no such right.").On("actions") // action
	ErrTokenActions    = problem.New(problem.Invalid, "token_needs_actions", "A token needs at least one right.").On("actions")
	ErrTokenExpired    = problem.New(problem.Invalid, "token_expiry_past", "The expiry lies in the past.").On("expiresAt")
	ErrTokenTooLong    = problem.New(problem.Invalid, "token_too_long", "A token may not last so long here.").On("expiresAt") // days
	ErrTokenForAnother = problem.New(problem.Forbidden, "token_for_another", "A token can be made only for oneself.")
)

// Token lets a program act as a person within a few rights. Its effective rights
// are those that the person has and the token names.
type Token struct {
	ID        string
	Person    string
	Name      string
	Actions   []access.Action
	CreatedAt int64  // µs
	ExpiresAt *int64 // µs; nil, which only a token of old has, means never
	RevokedAt *int64 // µs
	UsedOn    *int64 // µs, the beginning (UTC) of the last day on which it opened something; nil: none that is known
}

// NewToken is what a token begins with.
type NewToken struct {
	Person    string // whose rights it narrows; empty means the actor
	Name      string
	Actions   []access.Action
	ExpiresAt *int64 // µs; nil: as late as the rules say
}

type tokenRow struct {
	bun.BaseModel `bun:"table:tokens,alias:token"`
	ID            string `bun:",pk"`
	SecretHash    []byte
	Person        string
	Name          string
	Actions       string
	CreatedBy     string
	CreatedAt     int64
	ExpiresAt     *int64
	RevokedAt     *int64
	UsedOn        *int64
}

func (r tokenRow) token() Token {
	t := Token{ID: r.ID, Person: r.Person, Name: r.Name, CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt, RevokedAt: r.RevokedAt, UsedOn: r.UsedOn}
	if json.Unmarshal([]byte(r.Actions), &t.Actions) != nil {
		t.Actions = nil // a damaged row gives no right
	}
	return t
}

// CreateToken makes a token and gives its text, which is kept nowhere. Only the
// command line makes one for another person: who runs the system must not get at
// the rights of those who watch.
func (c *Control) CreateToken(ctx context.Context, actor access.Actor, n NewToken) (made Token, value secret.Text, err error) {
	if err := access.Can(actor, access.TokenManage, ""); err != nil {
		return Token{}, "", err
	}
	err = c.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		made, value, err = c.Issue(ctx, tx, actor, access.TokenManage, n)
		return err
	})
	if err != nil {
		return Token{}, "", err
	}
	return made, value, nil
}

// Issue makes a token in tx by a right that the caller has asked for; see CreateToken.
func (c *Control) Issue(ctx context.Context, tx bun.Tx, actor access.Actor, by access.Action, n NewToken) (Token, secret.Text, error) {
	if n.Person == "" {
		n.Person = actor.Person
	}
	if n.Person != actor.Person && !actor.Local() {
		return Token{}, "", ErrTokenForAnother
	}
	name, err := text.Line("name", n.Name, 1, 100)
	if err != nil {
		return Token{}, "", err
	}
	if len(n.Actions) == 0 {
		return Token{}, "", ErrTokenActions
	}
	scopes := []access.Action{}
	for _, known := range access.Actions() {
		if slices.Contains(n.Actions, known) {
			scopes = append(scopes, known)
		}
	}
	for _, a := range n.Actions {
		if !slices.Contains(scopes, a) {
			return Token{}, "", ErrActionUnknown.With("action", string(a))
		}
	}
	now := c.Clock.Micro()
	most := tokenMost.Get(c.Rules)
	if n.ExpiresAt == nil {
		until := now + min(tokenLasts.Get(c.Rules), most).Microseconds()
		n.ExpiresAt = &until
	}
	if *n.ExpiresAt <= now {
		return Token{}, "", ErrTokenExpired
	}
	if *n.ExpiresAt > now+most.Microseconds() {
		return Token{}, "", ErrTokenTooLong.With("days", int(most.Hours()/24))
	}
	packed, err := json.Marshal(scopes)
	if err != nil {
		return Token{}, "", err
	}
	value := TokenPrefix + secret.Random()
	row := tokenRow{ID: db.NewID(), SecretHash: secret.HashOf(value), Person: n.Person, Name: name, Actions: string(packed),
		CreatedBy: actor.Person, CreatedAt: now, ExpiresAt: n.ExpiresAt}
	r, held, err := load(ctx, tx, "id", n.Person)
	if err != nil {
		return Token{}, "", err
	}
	owner, err := c.actor(ctx, r, held)
	if err != nil {
		return Token{}, "", err
	}
	for _, a := range scopes {
		if err := access.Can(owner, a, ""); err != nil {
			return Token{}, "", err
		}
		if !actor.Local() { // a token makes none that may do more than itself
			if err := access.Can(actor, a, ""); err != nil {
				return Token{}, "", err
			}
		}
	}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return Token{}, "", problem.Wrap(err, "create token")
	}
	err = recordAct(ctx, tx, actor.For(by, "").Act(now, "token.created", row.ID, "",
		map[string]any{"person": n.Person, "name": name, "actions": scopes, "expiresAt": *n.ExpiresAt, means.KeyMark: means.Mark(row.SecretHash)}))
	return row.token(), value, err
}

// Tokens lists all tokens that were not revoked, oldest first.
func (c *Control) Tokens(ctx context.Context, actor access.Actor) ([]Token, error) {
	if err := access.Can(actor, access.TokenManage, ""); err != nil {
		return nil, err
	}
	var rows []tokenRow
	err := c.DB.Read().NewSelect().Model(&rows).Where("revoked_at IS NULL").OrderExpr("created_at, id").Scan(ctx)
	tokens := make([]Token, len(rows))
	for i, r := range rows {
		tokens[i] = r.token()
	}
	return tokens, problem.Wrap(err, "list tokens")
}

// OpenTokens gives those that open something at an instant (µs), oldest first.
func OpenTokens(ctx context.Context, tx bun.IDB, at int64) ([]Token, error) {
	var rows []tokenRow
	err := tx.NewSelect().Model(&rows).Join("JOIN people AS person ON person.id = token.person").Where("NOT person.disabled").
		Where("revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)", at).OrderExpr("token.created_at, token.id").Scan(ctx)
	tokens := make([]Token, len(rows))
	for i, r := range rows {
		tokens[i] = r.token()
	}
	return tokens, problem.Wrap(err, "list tokens")
}

// EndingTokens gives the tokens of a person that end before long: see TokenWarn.
// Whose rights they narrow need not be able to make any.
func (c *Control) EndingTokens(ctx context.Context, person string) ([]Token, error) {
	now := c.Clock.Micro()
	var rows []tokenRow
	err := c.DB.Read().NewSelect().Model(&rows).Where("person = ?", person).Where("revoked_at IS NULL").
		Where("expires_at > ? AND expires_at <= ?", now, now+TokenWarn.Get(c.Rules).Microseconds()).OrderExpr("expires_at, id").Scan(ctx)
	tokens := make([]Token, len(rows))
	for i, r := range rows {
		tokens[i] = r.token()
	}
	return tokens, problem.Wrap(err, "list tokens that end")
}

// RevokeToken ends a token for good.
func (c *Control) RevokeToken(ctx context.Context, actor access.Actor, id string) error {
	if err := access.Can(actor, access.TokenManage, ""); err != nil {
		return err
	}
	var told func()
	err := c.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		told, err = c.Revoke(ctx, tx, actor, access.TokenManage, id)
		return err
	})
	if err == nil {
		told()
	}
	return err
}

// Revoke ends a token in tx by a right that the caller has asked for. Once tx is through,
// told ends what runs by it.
func (c *Control) Revoke(ctx context.Context, tx bun.Tx, actor access.Actor, by access.Action, id string) (told func(), err error) {
	now := c.Clock.Micro()
	done, err := tx.NewUpdate().Model((*tokenRow)(nil)).Set("revoked_at = ?", now).
		Where("id = ? AND revoked_at IS NULL", id).Exec(ctx)
	if err != nil {
		return nil, problem.Wrap(err, "revoke token")
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return nil, ErrTokenUnknown
	}
	var row tokenRow
	if err := tx.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read token")
	}
	err = recordAct(ctx, tx, actor.For(by, "").Act(now, "token.revoked", id, "", map[string]any{"person": row.Person, "name": row.Name}))
	return func() { c.tell(row.Person, id, "ended", "token") }, err
}

// Spurned is the cause within ErrNotSignedIn where a token was shown that opens nothing.
type Spurned struct {
	Token  string // id; empty where nobody ever had it
	Person string // id of whose it is
	Why    string // unknown, revoked, expired, closed or term: of the token, then of the account
}

// Error is for the log.
func (s *Spurned) Error() string { return "a token is refused: " + s.Why }

// ByToken tells who a token stands for, or ErrNotSignedIn because of a *Spurned.
func (c *Control) ByToken(ctx context.Context, value secret.Text) (Identity, error) {
	if !strings.HasPrefix(value.Reveal(), TokenPrefix) {
		return Identity{}, ErrNotSignedIn.Because(&Spurned{Why: "unknown"})
	}
	return c.token(ctx, "secret_hash", secret.HashOf(value))
}

func (c *Control) token(ctx context.Context, column string, value any) (Identity, error) {
	var t tokenRow
	now := c.Clock.Micro()
	err := c.DB.Read().NewSelect().Model(&t).Where("? = ?", bun.Ident(column), value).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Identity{}, ErrNotSignedIn.Because(&Spurned{Why: "unknown"})
	}
	if err != nil {
		return Identity{}, problem.Wrap(err, "read token")
	}
	spurned := func(why string) error {
		return ErrNotSignedIn.Because(&Spurned{Token: t.ID, Person: t.Person, Why: why})
	}
	switch {
	case t.RevokedAt != nil:
		return Identity{}, spurned("revoked")
	case t.ExpiresAt != nil && *t.ExpiresAt <= now:
		return Identity{}, spurned("expired")
	}
	r, held, err := load(ctx, c.DB.Read(), "id", t.Person)
	if err != nil {
		return Identity{}, err
	}
	switch {
	case r.shut():
		return Identity{}, spurned("closed")
	case !r.valid(now):
		return Identity{}, spurned("term")
	}
	if err := c.uses.Note(ctx, c.DB, t.ID, t.UsedOn, now); err != nil { // it opens what it opens all the same
		c.Log.Warn("the day on which a token was used could not be noted", "token", t.ID, "err", err)
	}
	return c.identify(ctx, c.DB.Read(), r, held, nil, &t)
}
