// Package means holds what lets people in, tokens and second factors, against the acts by which
// it was given: a row that somebody planted is a way in like any other.
package means

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access/factor/card"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// KeyMark is the key of an act's detail that tells of a token what Mark makes of its secret's
// hash. Acts before 0.3 do not tell it.
const KeyMark = "tokenMark"

// Mark is a commitment to the hash of a token's secret, as the row holds it.
func Mark(hash []byte) string {
	sum := sha256.Sum256(append([]byte("watchroom token mark v1\n"), hash...))
	return hex.EncodeToString(sum[:])
}

// KeyCodes is the key of an act's detail that tells of codes on paper what MarkAll makes of their
// hashes. Acts before 0.3 do not tell it.
const KeyCodes = "codesMark"

// MarkAll is a commitment to the hashes of codes on paper, in whatever order.
func MarkAll(hashes [][]byte) string {
	h := sha256.New()
	h.Write([]byte("watchroom codes mark v1\n"))
	for _, one := range slices.SortedFunc(slices.Values(hashes), bytes.Compare) {
		fmt.Fprintf(h, "%x\n", one)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Kinds of acts that give and take what lets people in.
const (
	kindToken    = "token.created"
	kindRevoked  = "token.revoked"
	kindLeft     = "person.left"
	kindDisabled = "person.disabled"
	kindEnrolled = "factor.enrolled"
	kindRenamed  = "factor.renamed"
	kindRemoved  = "factor.removed"
	kindCodes    = "factor.codes_made"
)

// near is how long before its act tokens may have been revoked that ended with an account, µs:
// both are of one transaction.
const near = int64(time.Minute / time.Microsecond)

type tokenRow struct {
	bun.BaseModel `bun:"table:tokens"`
	ID            string
	SecretHash    []byte
	Person        string
	Name          string
	Actions       string
	CreatedBy     string
	CreatedAt     int64
	ExpiresAt     *int64
	RevokedAt     *int64
}

type factorRow struct {
	ID, Person, Name string
	CreatedAt        int64
	CredentialID     []byte
	PublicKey        []byte
	AAGUID           string `bun:"aaguid"`
	RPID             string `bun:"rp_id"`
}

// Differ names tokens, apps, passkeys, staff cards and codes on paper of which the rows tell otherwise than the acts: whose
// they are, what they may, until when, and which key it is. Whoever verifies compares the acts
// with the log.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	cards, err := card.Differ(ctx, tx)
	if err != nil {
		return nil, err
	}
	acts, passed, err := facts.Acts(ctx, tx, kindToken, kindRevoked, kindLeft, kindDisabled, kindEnrolled, kindRenamed, kindRemoved, kindCodes)
	if err != nil {
		return nil, err
	}
	var tokens []tokenRow
	if err := tx.NewSelect().Model(&tokens).OrderExpr("id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read tokens")
	}
	var apps, keys []factorRow
	if err := tx.NewSelect().Table("totps").Column("id", "person", "name", "created_at").OrderExpr("id").Scan(ctx, &apps); err != nil {
		return nil, problem.Wrap(err, "read apps")
	}
	if err := tx.NewSelect().Table("passkeys").Column("id", "person", "name", "created_at", "credential_id", "public_key", "aaguid", "rp_id").OrderExpr("id").Scan(ctx, &keys); err != nil {
		return nil, problem.Wrap(err, "read passkeys")
	}
	var paper []struct {
		Person   string
		CodeHash []byte
	}
	if err := tx.NewSelect().Table("recovery_codes").Column("person", "code_hash").Scan(ctx, &paper); err != nil {
		return nil, problem.Wrap(err, "read recovery codes")
	}
	codes := map[string][][]byte{}
	for _, c := range paper {
		codes[c.Person] = append(codes[c.Person], c.CodeHash)
	}
	return append(cards, facts.Either(acts, func(acts []facts.Act) []facts.Difference {
		var book facts.Book
		tellTokens(&book, acts, tokens)
		for i := range tokens {
			t := &tokens[i]
			book.Compare("tokens "+t.ID, facts.Fields{"person": t.Person, "name": t.Name, "actions": facts.Plain([]byte(t.Actions)), KeyMark: Mark(t.SecretHash),
				"made by": t.CreatedBy, "made": t.CreatedAt, "expiresAt": orNull(t.ExpiresAt), "revoked": facts.Or0(t.RevokedAt)})
		}
		tellFactors(&book, acts)
		for i := range apps {
			f := &apps[i]
			book.Compare("totps "+f.ID, facts.Fields{"person": f.Person, "name": f.Name, "enrolled": f.CreatedAt})
		}
		for i := range keys {
			f := &keys[i]
			book.Compare("passkeys "+f.ID, facts.Fields{"person": f.Person, "name": f.Name, "enrolled": f.CreatedAt, "aaguid": f.AAGUID, "party": f.RPID,
				"publicKey": base64.RawURLEncoding.EncodeToString(f.PublicKey), "credential": base64.RawURLEncoding.EncodeToString(f.CredentialID)})
		}
		for i := range acts { // those that went with the last factor open nothing
			if a := &acts[i]; a.Kind == kindCodes && codes[a.Subject] != nil {
				book.Forget("recovery_codes " + a.Subject)
				book.TellAs("recovery_codes "+a.Subject, a, "codes", KeyCodes)
			}
		}
		for _, person := range slices.Sorted(maps.Keys(codes)) {
			book.Compare("recovery_codes "+person, facts.Fields{"codes": len(codes[person]), KeyCodes: MarkAll(codes[person])})
		}
		return book.Differences(passed)
	})...), nil
}

// tellTokens notes what acts tell of tokens. One that ended with its person's account bears an
// instant just before the act of that, which tells how many ended with it.
func tellTokens(b *facts.Book, acts []facts.Act, rows []tokenRow) {
	made := map[string]int{} // place of the act in their order
	for i := range acts {
		a := &acts[i]
		if a.Kind != kindToken {
			continue
		}
		made[a.Subject] = i
		row := "tokens " + a.Subject
		b.Tell(row, facts.Fields{"made by": a.Person, "made": a.At, "revoked": 0})
		b.TellAs(row, a, "person", "name", KeyMark)
		var actions json.RawMessage
		if a.Read("actions", &actions) {
			b.Tell(row, facts.Fields{"actions": facts.Plain(actions)})
		}
		// One that had no end got one from a version that lets all end.
		if until, _ := a.Get("expiresAt"); until != "null" {
			b.TellAs(row, a, "expiresAt")
		}
	}
	ended := map[string][]int{} // by person, places of acts that ended all their tokens
	for i := range acts {
		a := &acts[i]
		switch a.Kind {
		case kindRevoked:
			b.Tell("tokens "+a.Subject, facts.Fields{"revoked": a.At})
			made[a.Subject] = len(acts)
		case kindLeft, kindDisabled:
			if _, all := a.Get("tokens"); all {
				ended[a.Subject] = append(ended[a.Subject], i)
			}
		}
	}
	for i := range rows {
		r := &rows[i]
		from, known := made[r.ID]
		if !known {
			continue
		}
		for _, k := range ended[r.Person] {
			if k < from {
				continue
			}
			at := acts[k].At
			if is := facts.Or0(r.RevokedAt); is <= at && is > at-near {
				at = is
			}
			b.Tell("tokens "+r.ID, facts.Fields{"revoked": at})
			break // the first ends it
		}
	}
}

// tellFactors notes what acts tell of second factors that were not removed.
func tellFactors(b *facts.Book, acts []facts.Act) {
	table, gone := map[string]string{}, map[string]bool{}
	for i := range acts {
		if acts[i].Kind == kindRemoved {
			gone[acts[i].Subject] = true
		}
	}
	for i := range acts {
		a := &acts[i]
		if a.Kind != kindEnrolled || gone[a.Subject] {
			continue
		}
		table[a.Subject] = "passkeys "
		if kind, _ := a.Get("kind"); kind == "totp" {
			table[a.Subject] = "totps "
		}
		row := table[a.Subject] + a.Subject
		b.Tell(row, facts.Fields{"person": a.Person, "enrolled": a.At})
		b.TellAs(row, a, "name", "aaguid", "party", "publicKey", "credential")
	}
	for i := range acts {
		a := &acts[i]
		if to, ok := a.Get("to"); ok && a.Kind == kindRenamed && table[a.Subject] != "" {
			b.Tell(table[a.Subject]+a.Subject, facts.Fields{"name": to})
		}
	}
}

func orNull(n *int64) string {
	if n == nil {
		return "null"
	}
	return fmt.Sprint(*n)
}
