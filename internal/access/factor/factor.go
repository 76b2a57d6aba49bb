// Package factor keeps what people show besides their password: codes of an app (totp),
// passkeys, staff cards with a PIN (card) and codes on paper (recovery). It enrols and removes them, takes them at the
// second step of a sign-in, and lets in who shows a passkey alone. Every enrolment,
// removal, use and refusal is an act in the transaction of the change.
package factor

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/attempt"
	"watchroom/internal/access/factor/card"
	"watchroom/internal/access/factor/passkey"
	"watchroom/internal/access/factor/recovery"
	"watchroom/internal/access/limit"
	"watchroom/internal/access/means"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
	"watchroom/internal/secret"
)

// Kinds of second factor, as the screens and the acts name them.
const (
	Passkey  = "passkey"
	Card     = card.Kind
	TOTP     = "totp"
	Recovery = "recovery"
)

// Refusals of acts on factors.
var (
	ErrUnknown  = problem.New(problem.NotFound, "factor_unknown", "There is no such second factor.")
	ErrLast     = problem.New(problem.Conflict, "factor_last", "Your position must have a second factor, and this is your last one. Add another one first.")
	ErrOwn      = problem.New(problem.Forbidden, "factor_own", "Change your own second factors on your account page.")
	ErrNone     = problem.New(problem.Conflict, "factor_none", "Add an authenticator app or a passkey, or choose the PIN of your card, first.")
	ErrTooMany  = problem.New(problem.Conflict, "passkey_too_many", "There are as many passkeys as one person can have. Remove one first.") // most
	ErrKeyTaken = problem.New(problem.Conflict, "passkey_taken", "This passkey is enrolled already.")
)

// mostKeys bounds the passkeys of one person.
const mostKeys = 20

// mustHave are the positions whose people must have a second factor.
var mustHave = rule.Names{Key: "second_factor.positions", Register: "position", Longest: 40, Guard: rule.Lower, Clauses: []string{"C113"}}

// Parameters gives what an institution sets of second factors.
func Parameters() []rule.Parameter { return append(card.Parameters(), mustHave) }

// Factors is what people show besides their password. It has no goroutines of its own.
type Factors struct {
	DB      *db.DB
	Bus     *event.Bus // told of notices; may be nil
	Clock   clock.Clock
	Box     *secret.Box
	Account *account.Control
	Log     *slog.Logger
	Rules   *rule.Set // see Parameters; nil: the defaults
	// Required are positions whose people must have one, whatever the rules say.
	Required []access.Position
	Site     string // name of this server in apps and browsers

	// Cards are the staff cards; Start makes them.
	Cards *card.Cards

	people  *limit.Limiter // attempts by person, who has shown the password already
	sources *limit.Limiter // attempts by network address
	skews   skews          // of apps
}

// Start makes the factors ready and makes the door ask for them.
func (f *Factors) Start(context.Context) error {
	if f.Log == nil {
		f.Log = slog.New(slog.DiscardHandler)
	}
	if f.Site == "" {
		f.Site = "Watchroom"
	}
	f.people = limit.New(attempt.Codes(f.Rules))
	f.sources = limit.New(attempt.Sources(f.Rules))
	f.Account.Second = f
	f.Cards = &card.Cards{DB: f.DB, Clock: f.Clock, Box: f.Box, Rules: f.Rules, Hashes: f.Account.Hashes, Locked: f.cardLocked}
	return nil
}

// Factor is one thing that a person can show.
type Factor struct {
	ID        string
	Kind      string // Passkey, Card or TOTP
	Name      string
	CreatedAt int64 // µs
	UsedAt    int64 // µs; 0 means never
	AAGUID    string
	Party     string // host name that a passkey works for
	Tail      string // last characters of a card's number
	State     string // of a card that cannot be used: NoPIN or Locked
}

// Own is what a person has.
type Own struct {
	Factors    []Factor // oldest first
	Codes      int      // recovery codes left
	CodesAt    int64    // µs, when they were made
	Required   bool     // by one of the person's positions
	Notices    []Notice
	recoveries int
}

type totpRow struct {
	bun.BaseModel `bun:"table:totps,alias:totp"`
	ID            string `bun:",pk"`
	Person        string
	Name          string
	Sealed        []byte
	LastStep      int64
	CreatedAt     int64
	UsedAt        *int64
}

func (r totpRow) place() string { return "factor/totp/" + r.ID }

type keyRow struct {
	bun.BaseModel `bun:"table:passkeys,alias:passkey"`
	ID            string `bun:",pk"`
	Person        string
	Name          string
	CredentialID  []byte
	PublicKey     []byte
	AAGUID        string `bun:"aaguid"`
	SignCount     int64
	Flags         int64
	Transports    string
	RPID          string `bun:"rp_id"`
	CreatedAt     int64
	UsedAt        *int64
}

func (r keyRow) key() passkey.Key {
	k := passkey.Key{CredentialID: r.CredentialID, PublicKey: r.PublicKey, AAGUID: r.AAGUID, SignCount: uint32(r.SignCount), Flags: uint8(r.Flags)} //nolint:gosec // as written
	if json.Unmarshal([]byte(r.Transports), &k.Transports) != nil {
		k.Transports = nil // only a hint for the browser
	}
	return k
}

type codeRow struct {
	bun.BaseModel `bun:"table:recovery_codes,alias:code"`
	CodeHash      []byte `bun:",pk"`
	Person        string
	CreatedAt     int64
	UsedAt        *int64
}

func us(p *int64) int64 {
	if p == nil {
		return 0
	}
	return *p
}

// all reads what a person has, without notices.
func (f *Factors) all(ctx context.Context, tx bun.IDB, person string) (Own, error) {
	var own Own
	var totps []totpRow
	err := tx.NewSelect().Model(&totps).ExcludeColumn("sealed").Where("person = ?", person).Scan(ctx)
	if err != nil {
		return own, problem.Wrap(err, "read factors")
	}
	var keys []keyRow
	if err := tx.NewSelect().Model(&keys).Where("person = ?", person).OrderExpr("created_at, id").Scan(ctx); err != nil {
		return own, problem.Wrap(err, "read factors")
	}
	var codes []codeRow
	if err := tx.NewSelect().Model(&codes).Where("person = ?", person).Scan(ctx); err != nil {
		return own, problem.Wrap(err, "read factors")
	}
	for _, r := range totps {
		own.Factors = append(own.Factors, Factor{ID: r.ID, Kind: TOTP, Name: r.Name, CreatedAt: r.CreatedAt, UsedAt: us(r.UsedAt)})
	}
	for _, r := range keys {
		own.Factors = append(own.Factors, Factor{ID: r.ID, Kind: Passkey, Name: r.Name, CreatedAt: r.CreatedAt, UsedAt: us(r.UsedAt), AAGUID: r.AAGUID, Party: r.RPID})
	}
	own.recoveries = len(codes)
	for _, r := range codes {
		own.CodesAt = max(own.CodesAt, r.CreatedAt)
		if r.UsedAt == nil {
			own.Codes++
		}
	}
	own.Factors, err = f.withCard(ctx, tx, person, own.Factors)
	return own, err
}

// has counts a person's factors of a kind that count.
func (o Own) has(kind string) (n int) {
	for _, f := range o.Factors {
		if f.Kind == kind && f.counts() {
			n++
		}
	}
	return n
}

// Kinds gives what a person can show at the second step.
func (f *Factors) Kinds(ctx context.Context, tx bun.IDB, person string) ([]string, error) {
	own, err := f.all(ctx, tx, person)
	if err != nil || own.counting() == 0 {
		return nil, err
	}
	enough := true
	if own.has(Card) > 0 && own.counting() > own.has(Card) {
		if enough, err = f.cardIsEnough(ctx, tx, person); err != nil {
			return nil, err
		}
	}
	var kinds []string
	for _, k := range []string{Passkey, Card, TOTP} {
		if own.has(k) > 0 && (k != Card || enough) {
			kinds = append(kinds, k)
		}
	}
	if own.Codes > 0 {
		kinds = append(kinds, Recovery)
	}
	return kinds, nil
}

// Lacks tells whether a position, or the one that it goes by, must have a second factor and the
// person has none. Codes on paper alone are none, nor is a card without a PIN, or where a position
// must have more than one.
func (f *Factors) Lacks(ctx context.Context, tx bun.IDB, person string, held []access.Own) (bool, error) {
	if !f.required(held) {
		return false, nil
	}
	if !beyondCard(f.Rules, held) {
		r, err := card.Of(ctx, tx, person)
		if err != nil || r != nil && r.PIN != nil {
			return false, err
		}
	}
	for _, model := range []any{(*totpRow)(nil), (*keyRow)(nil)} {
		has, err := tx.NewSelect().Model(model).Where("person = ?", person).Exists(ctx)
		if err != nil || has {
			return false, problem.Wrap(err, "look for a second factor")
		}
	}
	return true, nil
}

// required tells whether the rules, or the configuration below which they cannot go, demand a
// second factor of one of the positions or of one that it goes by.
func (f *Factors) required(held []access.Own) bool {
	must := slices.Clip(mustHave.Get(f.Rules))
	for _, p := range f.Required {
		must = append(must, string(p))
	}
	return slices.ContainsFunc(held, func(o access.Own) bool { return o.Named(must) })
}

// requires is required of who holds these positions.
func (f *Factors) requires(ctx context.Context, p account.Person) (bool, error) {
	gone, err := f.Account.GoneBy(ctx, p.Positions())
	return err == nil && f.required(gone), err
}

// Of gives what the person of an actor has, with what they must be told.
func (f *Factors) Of(ctx context.Context, who account.Identity) (Own, error) {
	own, err := f.all(ctx, f.DB.Read(), who.Actor.Person)
	if err != nil {
		return own, err
	}
	if own.Required, err = f.requires(ctx, who.Person); err != nil {
		return own, err
	}
	own.Notices, err = f.notices(ctx, who.Actor)
	return own, err
}

// OfPerson gives what another person has, to whoever manages people. Nobody sees secrets.
func (f *Factors) OfPerson(ctx context.Context, actor access.Actor, person string) (Own, error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return Own{}, err
	}
	p, err := f.Account.Person(ctx, person)
	if err != nil {
		return Own{}, err
	}
	own, err := f.all(ctx, f.DB.Read(), person)
	if err != nil {
		return own, err
	}
	own.Required, err = f.requires(ctx, p)
	return own, err
}

// keys reads the passkeys of a person that work for a party; of any party where it is empty.
func (f *Factors) keys(ctx context.Context, tx bun.IDB, person, party string) ([]keyRow, error) {
	var rows []keyRow
	q := tx.NewSelect().Model(&rows).Where("person = ?", person).OrderExpr("created_at, id")
	if party != "" {
		q = q.Where("rp_id = ?", party)
	}
	return rows, problem.Wrap(q.Scan(ctx), "read passkeys")
}

func keysOf(rows []keyRow) []passkey.Key {
	keys := make([]passkey.Key, len(rows))
	for i, r := range rows {
		keys[i] = r.key()
	}
	return keys
}

// newCodes replaces the recovery codes of a person.
func (f *Factors) newCodes(ctx context.Context, tx bun.Tx, actor access.Actor, at int64) ([]secret.Text, error) {
	if _, err := tx.NewDelete().Model((*codeRow)(nil)).Where("person = ?", actor.Person).Exec(ctx); err != nil {
		return nil, problem.Wrap(err, "remove recovery codes")
	}
	codes, hashes := recovery.Make(actor.Person)
	rows := make([]codeRow, len(hashes))
	for i, h := range hashes {
		rows[i] = codeRow{CodeHash: h, Person: actor.Person, CreatedAt: at}
	}
	if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
		return nil, problem.Wrap(err, "make recovery codes")
	}
	return codes, ledger.Record(ctx, tx, actor.Act(at, "factor.codes_made", actor.Person, "", map[string]any{"codes": len(codes), means.KeyCodes: means.MarkAll(hashes)}))
}

// find reads one factor of a person.
func (f *Factors) find(ctx context.Context, tx bun.IDB, person, id string) (Factor, error) {
	own, err := f.all(ctx, tx, person)
	if err != nil {
		return Factor{}, err
	}
	i := slices.IndexFunc(own.Factors, func(x Factor) bool { return x.ID == id })
	if i < 0 {
		return Factor{}, ErrUnknown
	}
	return own.Factors[i], nil
}

// modelOf gives the table of a kind.
func modelOf(kind string) any {
	switch kind {
	case TOTP:
		return (*totpRow)(nil)
	case Card:
		return (*card.Row)(nil)
	}
	return (*keyRow)(nil)
}

func absent(err error) bool { return errors.Is(err, sql.ErrNoRows) }
