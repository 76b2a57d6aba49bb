// Package signing is a person's own signature under a text, at a screen: the yearly pledge of
// secrecy (C100), and what a stand-in reads before the first picture (practice P5). Both say what
// was signed (kind, version, language and digest of the words), by whom, when, and by what proof
// of who sat there. The act has the words themselves.
package signing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/access/account"
	"watchroom/internal/db"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Kind is what is signed.
type Kind string

// What is signed.
const (
	Pledge   Kind = "pledge"
	Briefing Kind = "briefing" // of a stand-in, with the pledge
)

// Kinds of the acts.
const (
	ActPledge   = "person.pledge_signed"
	ActBriefing = "standin.signed"
)

// Text is what is signed.
type Text struct {
	Kind     Kind
	Version  int
	Language string
	Points   []string // that are read first
	Pledge   string
}

// Hash is the digest of the words, SHA-256 in hexadecimal.
func (t *Text) Hash() string {
	sum := sha256.Sum256([]byte(strings.Join(append(slices.Clone(t.Points), t.Pledge), "\n")))
	return hex.EncodeToString(sum[:])
}

// Proof is by what somebody showed who sits there.
type Proof string

// Proofs.
const (
	Password     Proof = "password"
	FreshSession Proof = "fresh_session" // of a directory's account, whose password nobody knows here
)

// ProofOf is what account.Confirm asks of somebody.
func ProofOf(who *account.Identity) Proof {
	if who.Person.Directory != "" {
		return FreshSession
	}
	return Password
}

// Signing is a signature.
type Signing struct {
	ID       string
	Person   string
	Kind     Kind
	Version  int
	Language string
	Hash     string
	At       int64 // µs
	Proof    Proof
}

type row struct {
	bun.BaseModel `bun:"table:signings,alias:signing"`
	ID            string `bun:",pk"`
	Person        string
	Kind          Kind
	Version       int
	Language      string
	Hash          string
	At            int64
	Proof         Proof
}

// Sign keeps in tx that somebody signed a text, and adds to the detail of the act what it tells
// of that.
func Sign(ctx context.Context, tx bun.Tx, person string, t Text, proof Proof, at int64, detail map[string]any) (Signing, error) {
	r := row{ID: db.NewID(), Person: person, Kind: t.Kind, Version: t.Version, Language: t.Language, Hash: t.Hash(), At: at, Proof: proof}
	if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
		return Signing{}, problem.Wrap(err, "keep a signature")
	}
	detail[keySigning], detail["version"], detail["language"], detail["text"], detail["proof"], detail["pledge"] = r.ID, r.Version, r.Language, r.Hash, r.Proof, t.Pledge
	if len(t.Points) > 0 {
		detail["briefing"] = t.Points
	}
	return r.signing(), nil
}

func (r *row) signing() Signing {
	return Signing{r.ID, r.Person, r.Kind, r.Version, r.Language, r.Hash, r.At, r.Proof}
}

// Of gives what a person signed, the newest first.
func Of(ctx context.Context, tx bun.IDB, person string) ([]Signing, error) {
	var rows []row
	err := tx.NewSelect().Model(&rows).Where("person = ?", person).OrderExpr("at DESC, id DESC").Scan(ctx)
	all := make([]Signing, len(rows))
	for i := range rows {
		all[i] = rows[i].signing()
	}
	return all, problem.Wrap(err, "read signatures")
}

// keySigning is the id of a signature. Acts before 0.3 do not tell it: what they tell is held
// against the files of people and the rows of stand-ins.
const keySigning = "signing"

// Differ names signatures of which the rows tell otherwise than the acts.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, ActPledge, ActBriefing)
	if err != nil {
		return nil, err
	}
	var rows []row
	if err := tx.NewSelect().Model(&rows).OrderExpr("id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read signatures")
	}
	var book facts.Book
	for i := range acts {
		a := &acts[i]
		id, told := a.Get(keySigning)
		if !told {
			continue
		}
		kind := Pledge
		if a.Kind == ActBriefing {
			kind = Briefing
		}
		name := "signings " + a.Subject + " " + id
		book.Tell(name, facts.Fields{"kind": kind, "at": a.At})
		book.TellAs(name, a, "version", "language", "text", "proof")
	}
	for i := range rows {
		r := &rows[i]
		book.Compare("signings "+r.Person+" "+r.ID, facts.Fields{"kind": r.Kind, "at": r.At, "version": r.Version, "language": r.Language, "text": r.Hash, "proof": r.Proof})
	}
	return book.Differences(passed), nil
}
