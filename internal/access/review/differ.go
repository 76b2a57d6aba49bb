package review

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Kinds of acts about reviews.
const (
	kindOpened    = "review.opened"
	kindClosed    = "review.closed"
	kindConfirmed = "review.confirmed"
	kindWithdrawn = "review.withdrawn"
	kindGone      = "review.gone"
	kindRenewed   = "review.renewed"
)

// keyDigest is what the acts that open a review and renew lines of it tell of its lines, see digest. Acts before 0.3
// tell their number alone.
const keyDigest = "sha256"

// digest is over the lines of a review as they stand when it is opened, or renewed: SHA-256, in hexadecimal,
// of one line of text each, in order of their ids; positions first.
func digest(items []itemRow, grants []grantRow) string {
	h := sha256.New()
	for _, i := range slices.SortedFunc(slices.Values(items), func(a, b itemRow) int { return cmp.Compare(a.ID, b.ID) }) {
		fmt.Fprintf(h, "%s %s %s %s %d %d %d %d\n", i.ID, i.Person, i.Position, i.Areas, i.FromAt, i.UntilAt, i.SinceAt, i.UsedAt)
	}
	h.Write([]byte(sumGrants(grants)))
	return hex.EncodeToString(h.Sum(nil))
}

// Differ names reviews of rights, and lines of them, of which the rows tell otherwise than the
// acts: who was looked at, who decided what and why. Whoever verifies compares the acts with
// the log.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, kindOpened, kindClosed, kindConfirmed, kindWithdrawn, kindGone, kindRenewed)
	if err != nil {
		return nil, err
	}
	var rows []reviewRow
	var items []itemRow
	var grants []grantRow
	for _, into := range []any{&rows, &items, &grants} {
		if err := tx.NewSelect().Model(into).Scan(ctx); err != nil {
			return nil, problem.Wrap(err, "read reviews")
		}
	}
	var book facts.Book
	for i := range acts { // the clock may have been set back since
		if a := &acts[i]; a.Kind == kindOpened {
			book.Tell("rights_reviews "+a.Subject, facts.Fields{"opened by": a.Person, "opened": a.At, "note": "", "closed": 0})
			book.TellAs("rights_reviews "+a.Subject, a, "due", "note")
			book.TellAs(linesOf(a.Subject), a, "lines", keyDigest)
		}
	}
	for i := range items { // until an act decides; which there are the digest tells
		book.Tell(items[i].row(), facts.Fields{"decision": "", "decided by": "", "decided": 0, "reason": ""})
	}
	for i := range grants {
		book.Tell(facts.Row(grants[i].row()), facts.Fields{"decision": "", "decided by": "", "decided": 0, "reason": ""})
	}
	for i := range acts {
		a := &acts[i]
		decision := map[string]string{kindConfirmed: Confirmed, kindWithdrawn: Withdrawn, kindGone: Gone}[a.Kind]
		switch {
		case a.Kind == kindRenewed:
			book.TellAs(linesOf(a.Subject), a, "lines", keyDigest)
		case a.Kind == kindClosed:
			book.Tell("rights_reviews "+a.Subject, facts.Fields{"closed": a.At})
		case decision != "":
			person, _ := a.Get("person")
			held, _ := a.Get("held")
			row := lineOf(a.Subject, person, held)
			if kind, is := a.Get("grant"); is {
				subject, _ := a.Get("subject")
				row = facts.Row((&grantRow{Review: a.Subject, Kind: kind, Subject: subject}).row())
			}
			book.Tell(row, facts.Fields{"decision": decision, "decided by": a.Person, "decided": a.At})
			book.TellAs(row, a, "reason")
		}
	}
	of := map[string][]itemRow{}
	for _, i := range items {
		of[i.Review] = append(of[i.Review], i)
		book.Compare(i.row(), facts.Fields{"decision": i.Decision, "decided by": value(i.DecidedBy), "decided": value(i.DecidedAt), "reason": i.Reason})
	}
	given := map[string][]grantRow{}
	for i := range grants {
		g := &grants[i]
		given[g.Review] = append(given[g.Review], *g)
		book.Compare(facts.Row(g.row()), facts.Fields{"decision": g.Decision, "decided by": value(g.DecidedBy), "decided": value(g.DecidedAt), "reason": g.Reason})
	}
	for i := range rows {
		r := &rows[i]
		book.Compare("rights_reviews "+r.ID, facts.Fields{"opened by": r.OpenedBy, "opened": r.OpenedAt, "due": r.DueAt, "note": r.Note, "closed": value(r.ClosedAt)})
		book.Compare(linesOf(r.ID), facts.Fields{"lines": len(of[r.ID]) + len(given[r.ID]), keyDigest: digest(of[r.ID], given[r.ID])})
		delete(of, r.ID)
		delete(given, r.ID)
	}
	for id := range of { // of no review
		book.Compare(linesOf(id), nil)
	}
	for id := range given {
		book.Compare(linesOf(id), nil)
	}
	return book.Differences(passed), nil
}

func linesOf(review string) facts.Row { return "rights_review_items " + review }

func lineOf(review, person, position string) facts.Row {
	return linesOf(review) + " " + person + " " + position
}

func (r *itemRow) row() facts.Row { return lineOf(r.Review, r.Person, string(r.Position)) }
