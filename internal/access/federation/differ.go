package federation

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"

	"watchroom/internal/access/account"
	"watchroom/internal/access/roll"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Kinds of acts that tell what groups of directories mean, and whose account an identity opens.
const (
	kindMapping  = "directory.mapping_changed"
	kindCreated  = "person.created"
	kindLinked   = "person.identity_linked"
	kindUnlinked = "person.identity_unlinked"
)

// somebody is who a person is for an issuer.
type somebody struct{ issuer, subject string }

// Differ names mappings of groups, and identities of accounts, of which the rows tell otherwise
// than the acts: whoever plants an identity signs in as somebody else. One that waits for an
// administrator opens nothing and is not compared. Whoever verifies compares the acts with the
// log.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, kindMapping, kindCreated, kindLinked, kindUnlinked)
	if err != nil {
		return nil, err
	}
	var mappings []mappingRow
	if err := tx.NewSelect().Model(&mappings).OrderExpr("directory").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read mappings")
	}
	var known []struct{ Issuer, Subject, Person string }
	err = tx.NewSelect().Table("identities").Column("issuer", "subject", "person").Where("person IS NOT NULL").OrderExpr("person").Scan(ctx, &known)
	if err != nil {
		return nil, problem.Wrap(err, "read identities")
	}
	return facts.Either(acts, func(acts []facts.Act) []facts.Difference {
		var book facts.Book
		is, untold := map[string]somebody{}, map[string]bool{}
		for i := range acts {
			a := &acts[i]
			issuer, told := a.Get(account.KeyIssuer)
			subject, _ := a.Get(account.KeySubject)
			switch a.Kind {
			case kindMapping:
				var to json.RawMessage
				a.Read("to", &to)
				book.Tell("directory_mappings "+a.Subject, facts.Fields{"positions": facts.Plain(to), "at": a.At})
			case kindUnlinked:
				delete(is, a.Subject)
				delete(untold, a.Subject)
			case kindCreated:
				// One that a directory made before 0.3 has no password either, and is the person's own act.
				if mark, _ := a.Get(roll.KeyMark); !told && a.Person == a.Subject && mark == "" {
					untold[a.Subject] = true
				}
				fallthrough
			case kindLinked:
				if told {
					is[a.Subject] = somebody{issuer, subject}
				}
			}
		}
		for person, i := range is {
			book.Tell("identities "+person, facts.Fields{"issuer": i.issuer, "subject": i.subject})
		}
		for i := range mappings {
			m := &mappings[i]
			book.Compare("directory_mappings "+m.Directory, facts.Fields{"positions": facts.Plain([]byte(m.Positions)), "at": m.At})
		}
		for _, k := range known {
			if row := "identities " + k.Person; book.Tells(row) || !untold[k.Person] {
				book.Compare(row, facts.Fields{"issuer": k.Issuer, "subject": k.Subject})
			}
		}
		return book.Differences(passed)
	}), nil
}
