package camera

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access/proposal"
	"watchroom/internal/camera/streamurl"
	"watchroom/internal/camera/whereabouts"
	"watchroom/internal/problem"
)

// earlier gives the highest grade above that of a camera at whose device another one is, or was,
// and the id of that one; empty: there is none. Whoever registers a well guarded device once
// more, by another path, port or name, or takes its camera out of service first, would lower its
// grade alone (C111). Every address of a host counts: which channels of a recorder show the same
// no address tells.
func (r *Registry) earlier(ctx context.Context, tx bun.Tx, row *cameraRow, all []streamRow, names whereabouts.Names) (level int, id string, err error) {
	var guarded []cameraRow
	err = tx.NewSelect().Model(&guarded).Where("grade > ? AND id <> ?", row.Grade, row.ID).OrderExpr("grade DESC, created_at DESC, id").Scan(ctx)
	if err != nil || len(guarded) == 0 {
		return row.Grade, "", problem.Wrap(err, "look for well guarded cameras")
	}
	at, left, err := whereabouts.Cameras(ctx, tx)
	if err != nil {
		return 0, "", err
	}
	for i := range guarded {
		g := &guarded[i]
		for _, s := range all {
			if _, host := whereabouts.Of(s.URL).Meets(names, at[g.ID], left[g.ID]); host {
				return g.Grade, g.ID, nil
			}
		}
	}
	return row.Grade, "", nil
}

// leads gives where the hosts of cameras lead that have names, those of what was typed as well.
// It is asked for before a transaction: names are resolved elsewhere, and nobody waits for it.
func (r *Registry) leads(ctx context.Context, inputs ...*StreamInput) (whereabouts.Names, error) {
	var urls []string
	for _, in := range inputs {
		if in != nil && in.URL != nil {
			clean, _, _, _ := streamurl.Split(*in.URL) // what is none is refused in its place
			urls = append(urls, clean)
		}
	}
	return whereabouts.Leads(ctx, r.DB.Read(), r.Lookup, urls)
}

// settled refuses another address for a camera about which another person is asked for a lower
// grade or another area: they would confirm it for a device that they did not see.
func settled(ctx context.Context, tx bun.Tx, camera string) error {
	for kind, waits := range map[proposal.Kind]error{proposal.Grade: ErrLowers, proposal.Area: ErrMoves} {
		open, err := proposal.Of(ctx, tx, kind, camera)
		if err != nil {
			return err
		}
		if open != nil {
			return problem.Of(waits).On("main.url")
		}
	}
	return nil
}

// moved gives the streams that are reached elsewhere than before.
func moved(before Camera, all []streamRow) (those []streamRow) {
	was := before.addresses()
	for _, s := range all {
		if !slices.Contains(was, s.URL) {
			those = append(those, s)
		}
	}
	return those
}

// addresses are those at which the streams of a camera are reached.
func (c *Camera) addresses() []string {
	all := []string{c.Main.URL}
	if c.Sub != nil {
		all = append(all, c.Sub.URL)
	}
	return all
}
