// Package card keeps staff cards: a reader types the number of one like a keyboard, and its owner
// a PIN. Somebody else issues it, and its owner alone chooses the PIN. It finds a card by a keyed
// hash of its number, counts wrong PINs before any is hashed, and takes no card of which the acts
// do not tell the same as its row.
package card

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
	"watchroom/internal/secret"
	"watchroom/internal/text"
)

// Kind is what cards are called among second factors, by screens and acts.
const Kind = "card"

// Refusals of acts on cards.
var (
	ErrNone      = problem.New(problem.NotFound, "card_none", "You have no staff card. It is issued by who manages people.")
	ErrTaken     = problem.New(problem.Conflict, "card_taken", "This card belongs to somebody already. It is taken back from them first.") // person
	ErrHasOne    = problem.New(problem.Conflict, "card_there", "This person has a card. Say why another takes its place.").On("reason")
	ErrNotLocked = problem.New(problem.Conflict, "card_not_locked", "This card is not locked.")
	ErrByPerson  = problem.New(problem.Forbidden, "person_needed", "This act needs a person who is signed in.")
)

// Why a card or its PIN is refused; acts tell it, and the answer does not.
var (
	errUnknown = problem.New(problem.Invalid, "card_unknown", "There is no such card.")
	errOther   = problem.New(problem.Invalid, "card_other", "The card is somebody else's.")
	errWrong   = problem.New(problem.Invalid, "card_pin_wrong", "The PIN is not right.")
	errLocked  = problem.New(problem.Invalid, "card_locked", "The card is locked.")
	errNoPIN   = problem.New(problem.Invalid, "card_no_pin", "No PIN was chosen yet.")
	errForged  = problem.New(problem.Invalid, "card_not_on_record", "No act tells of this card as it stands.")
)

// Other is a refusal that tells whose card was held to the reader.
type Other struct {
	Card, Person string // ids
	Problem      error
}

func (o *Other) Error() string { return o.Problem.Error() }

// Unwrap gives the refusal.
func (o *Other) Unwrap() error { return o.Problem }

// Hasher hashes PINs as passwords are; *password.Hasher is one.
type Hasher interface {
	Hash(ctx context.Context, pin secret.Text) (string, error)
	Matches(ctx context.Context, pin secret.Text, hash string) (bool, error)
}

// Cards are the staff cards of the house. It has no goroutines of its own.
type Cards struct {
	DB     *db.DB
	Clock  clock.Clock
	Box    *secret.Box
	Rules  *rule.Set // see Parameters; nil: the defaults
	Hashes Hasher

	// Locked is told in the transaction that locks a card; may be nil.
	Locked func(ctx context.Context, tx bun.Tx, r Row, from access.Origin) error
}

// Row is one card.
type Row struct {
	bun.BaseModel `bun:"table:cards,alias:card"`
	ID            string `bun:",pk"`
	Person        string
	Name          string
	NumberHash    []byte
	Tail          string
	IssuedBy      string // person
	CreatedAt     int64  // µs
	PIN           []byte // sealed hash; nil: none was chosen
	Pins          int64  // PINs chosen so far
	Wrong         int64
	LockedAt      *int64 // µs
	UsedAt        *int64 // µs
}

// place is what the hash of a PIN is sealed for: one put into the row of another card, or of
// another person, does not open.
func (r *Row) place() string {
	return "factor/card/" + r.ID + "/" + r.Person + "/" + hex.EncodeToString(r.NumberHash)
}

// Of gives the card of a person; nil: none.
func Of(ctx context.Context, tx bun.IDB, person string) (*Row, error) {
	return find(ctx, tx, "person = ?", person)
}

func find(ctx context.Context, tx bun.IDB, where string, value any) (*Row, error) {
	var r Row
	err := tx.NewSelect().Model(&r).Where(where, value).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, problem.Wrap(err, "read a staff card")
	}
	return &r, nil
}

// New is a card that is about to be issued.
type New struct {
	row Row
}

// Draft reads a card for a person. Its refusals are ErrNumber and those of text.Line.
func (c *Cards) Draft(by access.Actor, person string, typed secret.Text, name string) (New, error) {
	name, err := text.Line("name", name, 1, 60)
	if err != nil {
		return New{}, err
	}
	n, err := number(typed)
	if err != nil {
		return New{}, err
	}
	return New{Row{ID: db.NewID(), Person: person, Name: name, NumberHash: c.hash(n), Tail: tail(n), IssuedBy: by.Person, CreatedAt: c.Clock.Micro()}}, nil
}

// Issue gives a person a card in tx who has none. One of somebody whose account is shut for good
// is free. by is whose act it is, and under which right.
func (c *Cards) Issue(ctx context.Context, tx bun.Tx, by access.Actor, n New, from access.Origin) (Row, error) {
	r := n.row
	old, err := find(ctx, tx, "number_hash = ?", r.NumberHash)
	if err != nil {
		return Row{}, err
	}
	if old != nil {
		shut, err := tx.NewSelect().Table("people").Where("id = ? AND (disabled OR valid_until <= ?)", old.Person, c.Clock.Micro()).Exists(ctx)
		if err != nil {
			return Row{}, problem.Wrap(err, "read whose card it is")
		}
		if !shut {
			return Row{}, ErrTaken.With("person", old.Person)
		}
		if err := c.Withdraw(ctx, tx, by, *old, map[string]any{"issued": r.ID}); err != nil {
			return Row{}, err
		}
	}
	if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
		return Row{}, problem.Wrap(err, "issue a staff card")
	}
	return r, ledger.Record(ctx, tx, by.Act(r.CreatedAt, kindIssued, r.ID, "", map[string]any{"kind": Kind, "name": r.Name, "person": r.Person, "tail": r.Tail,
		keyCard: mark("card", r.NumberHash), "address": from.Address}))
}

// Withdraw takes a card back in tx; detail says why.
func (c *Cards) Withdraw(ctx context.Context, tx bun.Tx, by access.Actor, r Row, detail map[string]any) error {
	return withdraw(ctx, tx, by, r, c.Clock.Micro(), detail)
}

// Ended takes back in tx the card of a person whose account ends at (µs), if there is one.
func Ended(ctx context.Context, tx bun.Tx, by access.Actor, person string, at int64, reason string) error {
	r, err := Of(ctx, tx, person)
	if err != nil || r == nil {
		return err
	}
	return withdraw(ctx, tx, by, *r, at, map[string]any{"reason": reason})
}

func withdraw(ctx context.Context, tx bun.Tx, by access.Actor, r Row, at int64, detail map[string]any) error {
	if _, err := tx.NewDelete().Model((*Row)(nil)).Where("id = ?", r.ID).Exec(ctx); err != nil {
		return problem.Wrap(err, "take a staff card back")
	}
	// Codes on paper go with the last factor that they stand in for.
	_, err := tx.NewDelete().Table("recovery_codes").Where("person = ?", r.Person).Where("NOT EXISTS (SELECT 1 FROM totps WHERE person = ?)", r.Person).
		Where("NOT EXISTS (SELECT 1 FROM passkeys WHERE person = ?)", r.Person).Exec(ctx)
	if err != nil {
		return problem.Wrap(err, "remove recovery codes")
	}
	about := map[string]any{"kind": Kind, "name": r.Name, "person": r.Person}
	for k, v := range detail {
		about[k] = v
	}
	return ledger.Record(ctx, tx, by.Act(at, kindRemoved, r.ID, "", about))
}

// Unlock lets a locked card be used again in tx, with the PIN that it has.
func (c *Cards) Unlock(ctx context.Context, tx bun.Tx, by access.Actor, person, id, reason string, from access.Origin) (Row, error) {
	r, err := Of(ctx, tx, person)
	switch {
	case err != nil:
		return Row{}, err
	case r == nil || r.ID != id:
		return Row{}, ErrNone
	case r.LockedAt == nil:
		return Row{}, ErrNotLocked
	}
	_, err = tx.NewUpdate().Model((*Row)(nil)).Set("locked_at = NULL").Set("wrong = 0").Where("id = ?", id).Exec(ctx)
	if err != nil {
		return Row{}, problem.Wrap(err, "unlock a staff card")
	}
	r.LockedAt, r.Wrong = nil, 0
	return *r, ledger.Record(ctx, tx, by.Act(c.Clock.Micro(), kindUnlocked, id, "", map[string]any{"person": person, "name": r.Name, "reason": reason, "address": from.Address}))
}

// ID is what the card is going to be called.
func (n New) ID() string { return n.row.ID }
