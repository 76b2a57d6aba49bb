package roll

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

const kindRenamed = "person.renamed"

// named is an act that gives a name.
type named struct {
	*ledger.Logged
	name, username string
}

// Names gives every name that people had by their acts, and the one in their rows, by id.
func Names(ctx context.Context, tx bun.IDB) (map[string][]string, error) {
	names := map[string][]string{}
	acts, _, err := namings(ctx, tx)
	if err != nil {
		return nil, err
	}
	for person, all := range acts {
		for _, n := range all {
			names[person] = append(names[person], n.name)
		}
	}
	rows, err := titles(ctx, tx)
	for _, row := range rows {
		names[row.ID] = append(names[row.ID], row.DisplayName)
	}
	return names, err
}

// NamesDiffer names people whose rows bear another name than their acts gave them. The row
// tells who did what on every screen.
func NamesDiffer(ctx context.Context, tx bun.IDB) (found []facts.Difference, err error) {
	acts, passed, err := namings(ctx, tx)
	if err != nil {
		return nil, err
	}
	rows, err := titles(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		all := acts[row.ID]
		if len(all) == 0 || passed[row.ID] { // whom no act makes is named by itself
			continue
		}
		names, of := map[*ledger.Logged]string{}, []*ledger.Logged(nil)
		for _, n := range all {
			names[n.Logged], of = n.name, append(of, n.Logged)
		}
		if byTime, byLog := facts.Last(of); row.DisplayName != names[byTime] && row.DisplayName != names[byLog] {
			found = append(found, facts.Difference{Row: "people " + row.ID, Why: fmt.Sprintf("its name is %q, by the acts %q", row.DisplayName, names[byLog])})
		}
		for _, n := range all {
			if n.username != "" && n.username != row.Username {
				found = append(found, facts.Difference{Row: "people " + row.ID, Why: fmt.Sprintf("its user name is %q, by the acts %q", row.Username, n.username)})
				break
			}
		}
	}
	return found, nil
}

// namings are the acts that give names, by person, and the people about whom one is damaged,
// which is found elsewhere.
func namings(ctx context.Context, tx bun.IDB) (map[string][]named, map[string]bool, error) {
	all, damaged, err := ledger.LoggedOf(ctx, tx, kindCreated, kindRenamed)
	if err != nil {
		return nil, nil, err
	}
	acts, passed := map[string][]named{}, map[string]bool{}
	for i := range all {
		var d struct{ Username, DisplayName, To string }
		if json.Unmarshal([]byte(all[i].Content.Detail), &d) != nil || damaged[i] != nil {
			passed[all[i].Content.Subject] = true
			continue
		}
		if name := cmp.Or(d.To, d.DisplayName); name != "" { // an act that tells none compares nothing
			acts[all[i].Act.Subject] = append(acts[all[i].Act.Subject], named{&all[i], name, d.Username})
		}
	}
	return acts, passed, nil
}

type title struct{ ID, Username, DisplayName string }

func titles(ctx context.Context, tx bun.IDB) (rows []title, err error) {
	err = tx.NewSelect().Table("people").Column("id", "username", "display_name").OrderExpr("id").Scan(ctx, &rows)
	return rows, problem.Wrap(err, "read people")
}
