package handover

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Differ names handovers, signatures and remarks of which the rows tell otherwise than the acts,
// and signatures under something else than what was signed.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, kindOpened, kindOutgoing, kindIncoming, kindReviewed, kindRemarked)
	if err != nil {
		return nil, err
	}
	var all []row
	var signed []signatureRow
	var remarks []remarkRow
	for name, rows := range map[string]any{"handovers": &all, "signatures": &signed, "remarks": &remarks} {
		if err := tx.NewSelect().Model(rows).Scan(ctx); err != nil {
			return nil, problem.Wrap(err, "read "+name)
		}
	}
	return facts.Either(acts, func(acts []facts.Act) []facts.Difference {
		var book facts.Book
		for i := range acts {
			switch a := &acts[i]; a.Kind {
			case kindOpened:
				row := "handovers " + a.Subject
				book.Tell(row, facts.Fields{"by": a.Person, "at": a.At})
				book.TellAs(row, a, "room", "seq", "outgoing")
			case kindOutgoing, kindIncoming, kindReviewed:
				role, _ := a.Get("role")
				hash, _ := a.Get("signed")
				factors, _ := a.Get("factors")
				book.Tell(fmt.Sprintf("handover_signatures %s %s %d", a.Subject, role, a.Number("nth")), facts.Fields{"person": a.Person, "at": a.Number("signedAt"), "hash": hash, "said": hash, "factors": facts.Plain([]byte(factors))})
			case kindRemarked:
				id, _ := a.Get("remark")
				kind, _ := a.Get("remarkKind")
				words, _ := a.Get("words")
				book.Tell("handover_remarks "+a.Subject+" "+id, facts.Fields{"person": a.Person, "at": a.At, "kind": kind, "words": words})
			}
		}
		for i := range all {
			h := &all[i]
			book.Compare("handovers "+h.ID, facts.Fields{"by": h.OpenedBy, "at": h.OpenedAt, "room": h.Room, "seq": h.Seq, "outgoing": h.Outgoing})
		}
		for i := range signed {
			s := &signed[i]
			said := sha256.Sum256([]byte(s.Said))
			book.Compare(fmt.Sprintf("handover_signatures %s %s %d", s.Handover, s.Role, s.Nth), facts.Fields{"person": s.Person, "at": s.At, "hash": s.Hash, "said": hex.EncodeToString(said[:]), "factors": facts.Plain([]byte(s.Factors))})
		}
		for i := range remarks {
			r := &remarks[i]
			book.Compare("handover_remarks "+r.Handover+" "+r.ID, facts.Fields{"person": r.Person, "at": r.At, "kind": r.Kind, "words": r.Words})
		}
		return book.Differences(passed)
	}), nil
}
