package staff

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/uptrace/bun"

	"watchroom/internal/access/signing"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Kinds of acts that say to which unit somebody belongs and how long the account may be used.
const (
	kindFiled    = "person.file_changed"
	kindAdmitted = "standin.admitted"
	kindBriefed  = "standin.briefed"
	kindSigned   = signing.ActBriefing
	kindLeft     = "person.left"
	kindShut     = "person.disabled" // with the contract of the company, where the act names it
	kindSettled  = "person.settled"
)

// keyStandIn is the id of a stand-in. Acts before 0.3 do not tell it.
const keyStandIn = "standIn"

// keyLeaving is the id of what is to be settled with who leaves. Acts before 0.3 do not tell it.
const keyLeaving = "leaving"

// keyPhone is a digest of the telephone, of which the act tells nothing else. Acts before 0.3 do
// not tell it.
const keyPhone = "phoneMark"

// phoneMark is that of a file; empty where there is no telephone in it.
func (r *fileRow) phoneMark() string {
	if r.Phone == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(r.Person + "\n" + r.Phone))
	return hex.EncodeToString(sum[:8])
}

// files compares the files of people: papers follow from them, and so does who sees pictures.
func files(book *facts.Book, acts []facts.Act, rows []fileRow) {
	for i := range acts {
		a := &acts[i]
		if a.Kind != kindFiled && a.Kind != kindPledged {
			continue
		}
		row := "person_files " + a.Subject
		if !book.Tells(row) {
			book.Tell(row, facts.Fields{"phone": "", "licence": "", "licence until": "", "in application until": "", "qualification": "",
				"qualification until": "", "vetted on": "", "pledge until": ""})
		}
		if a.Kind == kindPledged {
			until, _ := a.Get("until")
			book.Tell(row, facts.Fields{"pledge until": until})
			continue
		}
		book.TellChanges(row, a, map[string]string{"licence": "licence", "licenceUntil": "licence until", "licencePending": "in application until", "qualification": "qualification",
			"qualificationUntil": "qualification until", "vettedOn": "vetted on", "pledgeUntil": "pledge until"})
		var changes map[string]any
		if a.Read("changes", &changes) && changes["phone"] != nil {
			if mark, told := a.Get(keyPhone); told {
				book.Tell(row, facts.Fields{"phone": mark})
			} else {
				book.Leave(row, "phone")
			}
		}
	}
	for i := range rows {
		r := &rows[i]
		book.Compare("person_files "+r.Person, facts.Fields{"phone": r.phoneMark(), "licence": r.Licence, "licence until": r.LicenceUntil, "in application until": r.LicencePending,
			"qualification": r.Qualification, "qualification until": r.QualificationUntil, "vetted on": r.VettedOn, "pledge until": r.PledgeUntil})
	}
}

// Differ names people whose unit, term or file, stand-ins, and people who left, of which the rows tell otherwise than
// the acts. Of what a stand-in showed the act tells the end alone. Whoever verifies compares
// the acts with the log.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, kindFiled, kindAdmitted, kindBriefed, kindSigned, kindLeft, kindShut, kindSettled, kindPledged)
	if err != nil {
		return nil, err
	}
	var people []struct {
		ID, Unit              string
		ValidFrom, ValidUntil *int64
	}
	if err := tx.NewSelect().Table("people").Column("id", "unit", "valid_from", "valid_until").OrderExpr("id").Scan(ctx, &people); err != nil {
		return nil, problem.Wrap(err, "read people")
	}
	var kept []fileRow
	if err := tx.NewSelect().Model(&kept).OrderExpr("person").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read the files of people")
	}
	var in []standInRow
	if err := tx.NewSelect().Model(&in).OrderExpr("at, id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read stand-ins")
	}
	var gone []leavingRow
	if err := tx.NewSelect().Model(&gone).OrderExpr("id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read who left")
	}
	var done []tickRow
	if err := tx.NewSelect().Model(&done).OrderExpr("leaving, item").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read what is settled")
	}
	signed, err := signing.Differ(ctx, tx)
	if err != nil {
		return nil, err
	}
	all := facts.Either(acts, func(acts []facts.Act) []facts.Difference {
		var book facts.Book
		for _, p := range people { // until an act says otherwise
			book.Tell("people "+p.ID, facts.Fields{"unit": "", "valid from": "null", "valid until": "null"})
		}
		for i := range acts {
			if a := &acts[i]; a.Kind == kindAdmitted { // by which the account begins; the clock may have been set back since
				until, _ := a.Get("until")
				unit, _ := a.Get("unit")
				book.Tell("people "+a.Subject, facts.Fields{"unit": unit, "valid from": a.At, "valid until": until})
				row := "stand_ins " + a.Subject
				book.Tell(row, facts.Fields{"admitted by": a.Person, "at": a.At, "begun": 0, "signed": 0, "text": ""})
				if stated, _ := a.Get("pledged"); stated == "true" { // by the duty lead, before 0.3
					book.Tell(row, facts.Fields{"begun": a.At, "signed": a.At})
				}
				book.TellAs(row, a, "unit", "identityEnds", "confirmedBy", "until", keyStandIn)
			}
		}
		for i := range acts {
			switch a := &acts[i]; a.Kind {
			case kindBriefed:
				book.Tell("stand_ins "+a.Subject, facts.Fields{"begun": a.At})
			case kindSigned:
				book.Tell("stand_ins "+a.Subject, facts.Fields{"signed": a.At})
				book.TellAs("stand_ins "+a.Subject, a, "text")
			case kindFiled:
				book.TellChanges("people "+a.Subject, a, map[string]string{"unit": "unit", "validFrom": "valid from", "validUntil": "valid until"})
			}
		}
		leavings(&book, acts, gone, done)
		files(&book, acts, kept)
		for _, p := range people {
			book.Compare("people "+p.ID, facts.Fields{"unit": p.Unit, "valid from": orNull(p.ValidFrom), "valid until": orNull(p.ValidUntil)})
		}
		seen := map[string]bool{}
		for i := range in {
			r := &in[i]
			row := "stand_ins " + r.Person
			if seen[r.Person] { // nobody stands in twice: each time it is another account
				row = "stand_ins " + r.ID
			}
			seen[r.Person] = true
			book.Compare(row, facts.Fields{keyStandIn: r.ID, "unit": r.Unit, "identityEnds": endOf(r.Identity), "confirmedBy": r.ConfirmedBy, "admitted by": r.AdmittedBy,
				"at": r.At, "until": r.Until, "begun": facts.Or0(r.BegunAt), "signed": facts.Or0(r.SignedAt), "text": r.SignedText})
		}
		return book.Differences(passed)
	})
	return append(all, signed...), nil
}

func orNull(n *int64) any {
	if n == nil {
		return "null"
	}
	return *n
}

// endOf is as much of what was shown as the act tells.
func endOf(identity string) string {
	runes := []rune(identity)
	return string(runes[max(len(runes)-4, 0):])
}

// leavings compares who left and what is settled with them.
func leavings(book *facts.Book, acts []facts.Act, gone []leavingRow, done []tickRow) {
	for i := range acts {
		if a := &acts[i]; a.Kind == kindLeft || a.Kind == kindShut {
			id, told := a.Get(keyLeaving)
			if !told {
				continue
			}
			book.Tell("leavings "+a.Subject+" "+id, facts.Fields{"left": a.At})
			for _, item := range a.List("returned") {
				book.Tell("leaving_ticks "+a.Subject+" "+id+" "+item, facts.Fields{"state": Done, "by": a.Person, "at": a.At})
			}
		}
	}
	for i := range acts {
		if a := &acts[i]; a.Kind == kindSettled {
			id, _ := a.Get(keyLeaving)
			item, _ := a.Get("item")
			row := "leaving_ticks " + a.Subject + " " + id + " " + item
			book.Tell(row, facts.Fields{"by": a.Person, "at": a.At})
			book.TellAs(row, a, "state")
		}
	}
	who := map[string]string{}
	for _, r := range gone {
		who[r.ID] = r.Person
		book.Compare("leavings "+r.Person+" "+r.ID, facts.Fields{"left": r.LeftAt})
	}
	for _, r := range done {
		book.Compare("leaving_ticks "+who[r.Leaving]+" "+r.Leaving+" "+r.Item, facts.Fields{"state": r.State, "by": r.ByPerson, "at": r.At})
	}
}
