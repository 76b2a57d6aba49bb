package second

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/disclosure/present"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Kinds of acts about asks. There is one for every camera.
const (
	kindAsked     = "second.asked"
	kindAgreed    = "second.agreed"
	kindRefused   = "second.refused"
	kindWithdrawn = "second.withdrawn"
	kindUsed      = "second.used"
)

// What an ask tells of its ends (µs): until when it waits, and until when an agreement holds.
// Acts before 0.3 do not tell it.
const (
	keyExpires = "expires"
	keyHolds   = "holds"
)

// Differ names asks for a second person, and their cameras, of which the rows tell otherwise
// than the acts: who asked where for what, who answered, and what it was used for. Whoever
// verifies compares the acts with the log.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, kindAsked, kindAgreed, kindRefused, kindWithdrawn, kindUsed)
	if err != nil {
		return nil, err
	}
	var book facts.Book
	for _, begins := range []bool{true, false} { // the clock may have been set back in between
		for i := range acts {
			if a := &acts[i]; (a.Kind == kindAsked) == begins {
				tell(&book, a)
			}
		}
	}
	var rows []askRow
	var of []cameraRow
	for _, into := range []any{&rows, &of} {
		if err := tx.NewSelect().Model(into).Scan(ctx); err != nil {
			return nil, problem.Wrap(err, "read asks")
		}
	}
	for i := range rows {
		r := &rows[i]
		book.Compare("second_asks "+r.ID, facts.Fields{"person": r.Person, "positions": r.Positions, "client": r.Client, "what": r.Kind, "from": r.FromAt, "to": r.ToAt,
			"purpose": r.Purpose, "reason": r.Reason, "viewing": value(r.Viewing), present.Key: r.Present, "asked": r.AskedAt, keyExpires: r.ExpiresAt, "answer": r.Answer,
			"second": value(r.SecondPerson), "position": r.Position, "way": r.Way, "note": r.Note, "answered": value(r.AnsweredAt), keyHolds: value(r.HoldsUntil),
			"used": value(r.UsedAt), "for": value(r.UsedFor)})
	}
	for _, c := range of {
		book.Compare("second_ask_cameras "+c.Ask+" "+c.Camera, nil)
	}
	return book.Differences(passed), nil
}

func tell(b *facts.Book, a *facts.Act) {
	row := "second_asks " + a.Subject
	switch a.Kind {
	case kindAsked:
		var who struct{ Session string }
		a.Read(access.KeyActor, &who)
		client := who.Session
		if client == "" {
			client, _ = a.Get(access.KeyToken)
		}
		b.Tell(row, facts.Fields{"person": a.Person, "positions": strings.Join(a.List("askedAs"), " "), "client": client, "from": a.Number("from"), "to": a.Number("to"),
			"purpose": "", "reason": "", "viewing": "", "asked": a.At, "answer": "", "second": "", "position": "", "way": "", "note": "", "answered": 0, keyHolds: 0, "used": 0, "for": ""})
		var beside []map[string]string
		a.Read(present.Key, &beside)
		people := make([]present.Person, len(beside))
		for i, p := range beside {
			people[i] = present.Person{ID: p["person"], Name: p["name"], Unit: p["unit"]}
		}
		b.Tell(row, facts.Fields{present.Key: present.Words(people)})
		b.TellAs(row, a, "what", "purpose", "reason", "viewing", keyExpires)
		b.Tell("second_ask_cameras "+a.Subject+" "+a.Camera, nil)
	case kindAgreed, kindRefused:
		var by struct{ Position, Way string }
		a.Read(Key, &by)
		b.Tell(row, facts.Fields{"answer": strings.TrimPrefix(a.Kind, "second."), "second": a.Person, "position": by.Position, "way": by.Way, "answered": a.At})
		b.TellAs(row, a, "note", keyHolds)
		if _, told := a.Get(keyHolds); !told && a.Kind == kindAgreed {
			b.Leave(row, keyHolds)
		}
	case kindWithdrawn:
		b.Tell(row, facts.Fields{"answer": Withdrawn, "answered": a.At})
	case kindUsed:
		b.Tell(row, facts.Fields{"used": a.At})
		b.TellAs(row, a, "for")
	}
}
