package card

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Kinds of acts about cards. Withdrawing one is removing a factor.
const (
	kindIssued   = "card.issued"
	kindPIN      = "card.pin_chosen"
	kindLocked   = "card.locked"
	kindUnlocked = "card.unlocked"
	kindRemoved  = "factor.removed"
	kindRenamed  = "factor.renamed"
)

// Keys of an act's detail that commit to the hash of a card's number and to the sealed hash of a
// PIN, as the row holds them.
const (
	keyCard = "cardMark"
	keyPIN  = "pinMark"
)

func mark(of string, kept []byte) string {
	if len(kept) == 0 {
		return ""
	}
	sum := sha256.Sum256(append([]byte("watchroom "+of+" mark v1\n"), kept...))
	return hex.EncodeToString(sum[:])
}

// recorded tells whether the acts tell the same of a card as its row: to whom it was issued, which
// card and which PIN it is, that it was not taken back and is not locked. They go by numbers and
// not by time, so that a clock which was set makes no difference.
func recorded(ctx context.Context, tx bun.IDB, r *Row) (bool, error) {
	var acts []struct{ Kind, Detail string }
	err := tx.NewSelect().Table("acts").Column("kind", "detail").Where("subject = ?", r.ID).
		Where("kind IN (?)", bun.List([]string{kindIssued, kindPIN, kindLocked, kindUnlocked, kindRemoved})).Scan(ctx, &acts)
	if err != nil {
		return false, problem.Wrap(err, "read the acts of a staff card")
	}
	issued, pin, pins, locked := false, "", int64(0), 0
	for _, a := range acts {
		var d struct {
			Person   string
			CardMark string
			PINMark  string
			Nth      int64
		}
		if json.Unmarshal([]byte(a.Detail), &d) != nil {
			return false, nil
		}
		switch a.Kind {
		case kindIssued:
			issued = d.Person == r.Person && d.CardMark == mark("card", r.NumberHash)
		case kindPIN:
			if d.Nth > pins {
				pin, pins = d.PINMark, d.Nth
			}
		case kindLocked:
			locked++
		case kindUnlocked:
			locked--
		case kindRemoved:
			return false, nil
		}
	}
	return issued && pin == mark("pin", r.PIN) && pins == r.Pins && (locked > 0) == (r.LockedAt != nil), nil
}

// Differ names cards of which the rows tell otherwise than the acts. Whoever verifies compares the
// acts with the log.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, kindIssued, kindPIN, kindLocked, kindUnlocked, kindRemoved, kindRenamed)
	if err != nil {
		return nil, err
	}
	var rows []Row
	if err := tx.NewSelect().Model(&rows).OrderExpr("id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read staff cards")
	}
	return facts.Either(acts, func(acts []facts.Act) []facts.Difference {
		var book facts.Book
		gone, is := map[string]bool{}, map[string]bool{}
		for i := range acts {
			switch acts[i].Kind {
			case kindRemoved:
				gone[acts[i].Subject] = true
			case kindIssued:
				is[acts[i].Subject] = true
			}
		}
		for i := range acts {
			if a := &acts[i]; a.Kind == kindIssued && !gone[a.Subject] {
				book.Tell("cards "+a.Subject, facts.Fields{"issued by": a.Person, "issued": a.At, "pins": 0, keyPIN: "", "locked": 0})
				book.TellAs("cards "+a.Subject, a, "person", "name", "tail", keyCard)
			}
		}
		for i := range acts {
			a := &acts[i]
			if !is[a.Subject] || gone[a.Subject] {
				continue
			}
			row := "cards " + a.Subject
			switch a.Kind {
			case kindPIN:
				book.TellAs(row, a, keyPIN)
				book.Tell(row, facts.Fields{"pins": a.Number("nth")})
			case kindLocked:
				book.Tell(row, facts.Fields{"locked": a.At})
			case kindUnlocked:
				book.Tell(row, facts.Fields{"locked": 0})
			case kindRenamed:
				if to, ok := a.Get("to"); ok {
					book.Tell(row, facts.Fields{"name": to})
				}
			}
		}
		for i := range rows {
			r := &rows[i]
			book.Compare("cards "+r.ID, facts.Fields{"person": r.Person, "name": r.Name, "tail": r.Tail, "issued by": r.IssuedBy, "issued": r.CreatedAt,
				keyCard: mark("card", r.NumberHash), keyPIN: mark("pin", r.PIN), "pins": r.Pins, "locked": facts.Or0(r.LockedAt)})
		}
		return book.Differences(passed)
	}), nil
}
