package account

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// NamesOf gives the display names of those of some ids that are people.
func NamesOf(ctx context.Context, tx bun.IDB, ids []string) (map[string]string, error) {
	names := map[string]string{}
	if len(ids) == 0 {
		return names, nil
	}
	var rows []personRow
	if err := tx.NewSelect().Model(&rows).Column("id", "username", "display_name").Where("id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read names")
	}
	for i := range rows {
		names[rows[i].ID] = rows[i].DisplayName
		if rows[i].DisplayName == "" {
			names[rows[i].ID] = rows[i].Username
		}
	}
	return names, nil
}

// Called gives at most so many people whose account is in use and in whose names a text stands.
func (c *Control) Called(ctx context.Context, part string, most int) ([]Person, error) {
	all, err := c.People(ctx)
	part = text.Key(part)
	all = slices.DeleteFunc(all, func(p Person) bool {
		return p.Shut(c.Clock.Micro()) != "" || !strings.Contains(text.Key(p.DisplayName), part) && !strings.Contains(text.Key(p.Username), part)
	})
	return all[:min(len(all), most)], err
}
