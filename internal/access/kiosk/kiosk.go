// Package kiosk keeps the register of the computers at which people watch. Each is set up to
// run the browser alone, without USB storage (practice P7; C058, C102), and a checker on it
// tells with a token of its own how it stands. What differs from the set-up, and a console
// that says nothing any more, raises an alarm and leaves an act. What a console says of
// itself is what its own system says: it is no proof against who rules that system.
package kiosk

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
	"watchroom/internal/secret"
	"watchroom/internal/text"
)

// silent is how long after its last report a console counts as silent. The checker reports
// every five minutes.
var silent = rule.Duration{Key: "kiosk.silent", Default: 15 * time.Minute, Least: 6 * time.Minute, Most: 24 * time.Hour,
	Guard: rule.Lower, Clauses: []string{"C058", "C102"}}

// Parameters gives what an institution sets of consoles.
func Parameters() []rule.Parameter { return []rule.Parameter{silent} }

// Refusals of acts on consoles.
var (
	ErrUnknown = problem.New(problem.NotFound, "console_unknown", "There is no such console.")
	ErrName    = problem.New(problem.Conflict, "console_name_taken", "Another console has this name.").On("name")
	ErrRetired = problem.New(problem.Conflict, "console_retired", "This console was taken out of use.")
	ErrForeign = problem.New(problem.Forbidden, "console_token_foreign", "This token is not the one of this console.")
	ErrReport  = problem.New(problem.Invalid, "console_report_invalid", "A report has the hash of its set-up in hexadecimal, and findings of known kinds.")
)

// State is how a console stands.
type State string

// States of a console.
const (
	Waiting State = "waiting" // it has not reported yet since its token was made
	OK      State = "ok"
	Drift   State = "drift"  // it differs from its set-up
	Silent  State = "silent" // its reports have stopped
	Retired State = "retired"
)

// Console is a computer at which people watch.
type Console struct {
	ID         string
	Name       string
	Place      string // where it stands; may be empty
	Token      string // id of the token with which it reports
	TokenEnds  *int64 // µs
	TokenOver  bool   // it was revoked
	AddedAt    int64  // µs
	RetiredAt  *int64 // µs
	Profile    string // SHA-256 of what the set-up wrote, in hexadecimal, by its first report; empty before it
	ReportedAt *int64 // µs
	Findings   []Finding
	DriftAt    *int64 // µs, since when it differs
	SilentAt   *int64 // µs, when its silence was noticed
}

// State tells how it stands.
func (c Console) State() State {
	switch {
	case c.RetiredAt != nil:
		return Retired
	case c.SilentAt != nil:
		return Silent
	case c.ReportedAt == nil || c.Profile == "":
		return Waiting
	case len(c.Findings) > 0:
		return Drift
	}
	return OK
}

type row struct {
	bun.BaseModel `bun:"table:consoles,alias:console"`
	ID            string `bun:",pk"`
	Name          string
	NameKey       string
	Place         string
	Token         string
	AddedAt       int64
	RetiredAt     *int64
	Profile       string
	ReportedAt    *int64
	Findings      string // JSON
	DriftAt       *int64
	SilentAt      *int64
}

type listed struct {
	row       `bun:",extend"`
	TokenEnds *int64
	TokenGone *int64
}

func (r *row) console() Console {
	c := Console{ID: r.ID, Name: r.Name, Place: r.Place, Token: r.Token, AddedAt: r.AddedAt, RetiredAt: r.RetiredAt, Profile: r.Profile,
		ReportedAt: r.ReportedAt, DriftAt: r.DriftAt, SilentAt: r.SilentAt}
	if json.Unmarshal([]byte(r.Findings), &c.Findings) != nil {
		c.Findings = []Finding{{Kind: Unreadable}}
	}
	return c
}

// Consoles is their register.
type Consoles struct {
	DB       *db.DB
	Clock    clock.Clock
	Log      *slog.Logger // may be nil
	Rules    *rule.Set    // see Parameters; nil: the defaults
	Accounts *account.Control
	// Alarm is told how a console stands, again and again; may be nil.
	Alarm func(c Console)

	watch watch
}

// mostListed bounds the register.
const mostListed = 500

// List gives the consoles, those in use first, by name; at most 500. It needs people.read.
func (x *Consoles) List(ctx context.Context, actor access.Actor) ([]Console, error) {
	if err := access.Can(actor, access.PeopleRead, ""); err != nil {
		return nil, err
	}
	return list(ctx, x.DB.Read())
}

func list(ctx context.Context, tx bun.IDB) ([]Console, error) {
	var rows []listed
	err := tx.NewSelect().Model(&rows).ColumnExpr("console.*").ColumnExpr("token.expires_at AS token_ends").ColumnExpr("token.revoked_at AS token_gone").
		Join("JOIN tokens AS token ON token.id = console.token").
		OrderExpr("CASE WHEN console.retired_at IS NULL THEN 0 ELSE 1 END, console.name_key, console.id").Limit(mostListed).Scan(ctx)
	all := make([]Console, len(rows))
	for i := range rows {
		all[i] = rows[i].console()
		all[i].TokenEnds, all[i].TokenOver = rows[i].TokenEnds, rows[i].TokenGone != nil
	}
	return all, problem.Wrap(err, "list consoles")
}

// Add puts a console into the register and makes its token, which is shown once. The token is
// one of who adds it and may do nothing but report; until (µs) as for any token.
func (x *Consoles) Add(ctx context.Context, actor access.Actor, name, place string, until *int64) (made Console, value secret.Text, err error) {
	if err := access.Can(actor, access.ConsoleManage, ""); err != nil {
		return made, "", err
	}
	if name, err = text.Line("name", name, 1, 60); err != nil {
		return made, "", err
	}
	if place, err = text.Line("place", place, 0, 100); err != nil {
		return made, "", err
	}
	r := row{ID: db.NewID(), Name: name, NameKey: text.Key(name), Place: place, AddedAt: x.Clock.Micro(), Findings: "[]"}
	var token account.Token
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err := tx.NewSelect().Model((*row)(nil)).Where("name_key = ? AND retired_at IS NULL", r.NameKey).Count(ctx)
		switch {
		case err != nil:
			return problem.Wrap(err, "look for consoles of this name")
		case n > 0:
			return ErrName
		}
		if token, value, err = x.issue(ctx, tx, actor, name, until); err != nil {
			return err
		}
		r.Token = token.ID
		if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
			return problem.Wrap(err, "add console")
		}
		return ledger.Record(ctx, tx, actor.For(access.ConsoleManage, "").Act(r.AddedAt, kindAdded, r.ID, "",
			map[string]any{"name": name, "place": place, "token": token.ID}))
	})
	if err != nil {
		return Console{}, "", err
	}
	made = r.console()
	made.TokenEnds = token.ExpiresAt
	return made, value, nil
}

func (x *Consoles) issue(ctx context.Context, tx bun.Tx, actor access.Actor, name string, until *int64) (account.Token, secret.Text, error) {
	return x.Accounts.Issue(ctx, tx, actor, access.ConsoleManage, account.NewToken{Name: name, Actions: []access.Action{access.ConsoleReport}, ExpiresAt: until})
}

// Renew gives a console another token, for one that is set up again. The one before is over,
// and the set-up that the next report tells of is the one that counts from then on.
func (x *Consoles) Renew(ctx context.Context, actor access.Actor, id string, until *int64) (after Console, value secret.Text, err error) {
	if err := access.Can(actor, access.ConsoleManage, ""); err != nil {
		return after, "", err
	}
	told, token := func() {}, account.Token{}
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, err := load(ctx, tx, id)
		if err != nil {
			return err
		}
		if told, err = x.revoke(ctx, tx, actor, r.Token); err != nil {
			return err
		}
		if token, value, err = x.issue(ctx, tx, actor, r.Name, until); err != nil {
			return err
		}
		r.Token, r.Profile, r.Findings, r.ReportedAt, r.DriftAt, r.SilentAt = token.ID, "", "[]", nil, nil, nil
		if _, err := tx.NewUpdate().Model(&r).Column("token", "profile", "findings", "reported_at", "drift_at", "silent_at").WherePK().Exec(ctx); err != nil {
			return problem.Wrap(err, "renew the token of a console")
		}
		after = r.console()
		return ledger.Record(ctx, tx, actor.For(access.ConsoleManage, "").Act(x.Clock.Micro(), kindRenewed, id, "", map[string]any{"name": r.Name, "token": token.ID}))
	})
	if err != nil {
		return Console{}, "", err
	}
	told()
	after.TokenEnds = token.ExpiresAt
	x.tell(after)
	return after, value, nil
}

// Retire takes a console out of use, and ends its token.
func (x *Consoles) Retire(ctx context.Context, actor access.Actor, id, reason string) (after Console, err error) {
	if err := access.Can(actor, access.ConsoleManage, ""); err != nil {
		return after, err
	}
	if reason, err = text.Line("reason", reason, 2, 500); err != nil {
		return after, err
	}
	told := func() {}
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, err := load(ctx, tx, id)
		if err != nil {
			return err
		}
		if told, err = x.revoke(ctx, tx, actor, r.Token); err != nil {
			return err
		}
		at := x.Clock.Micro()
		r.RetiredAt = &at
		if _, err := tx.NewUpdate().Model(&r).Column("retired_at").WherePK().Exec(ctx); err != nil {
			return problem.Wrap(err, "retire a console")
		}
		after = r.console()
		return ledger.Record(ctx, tx, actor.For(access.ConsoleManage, "").Act(at, kindRetired, id, "", map[string]any{"name": r.Name, "reason": reason}))
	})
	if err != nil {
		return Console{}, err
	}
	told()
	x.tell(after)
	return after, nil
}

// revoke ends a token, which may be over already: its owner may have left.
func (x *Consoles) revoke(ctx context.Context, tx bun.Tx, actor access.Actor, id string) (told func(), err error) {
	told, err = x.Accounts.Revoke(ctx, tx, actor, access.ConsoleManage, id)
	if problem.Of(err).Code == account.ErrTokenUnknown.Code {
		return func() {}, nil
	}
	return told, err
}

// load reads a console that is in use.
func load(ctx context.Context, tx bun.IDB, id string) (row, error) {
	var rows []row
	if err := tx.NewSelect().Model(&rows).Where("id = ?", id).Scan(ctx); err != nil {
		return row{}, problem.Wrap(err, "read console")
	}
	switch {
	case len(rows) == 0:
		return row{}, ErrUnknown
	case rows[0].RetiredAt != nil:
		return row{}, ErrRetired
	}
	return rows[0], nil
}

func (x *Consoles) tell(c Console) {
	if x.Alarm != nil {
		x.Alarm(c)
	}
}
