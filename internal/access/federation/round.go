package federation

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access/account"
	"watchroom/internal/access/federation/ldap"
	"watchroom/internal/access/federation/oidc"
	"watchroom/internal/access/identity"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// atOnce bounds how many people one round looks up in one directory, so that one that is
// slow does not keep the others waiting for long. The rest is next.
const atOnce = 200

// Round looks up everybody again whom their directory last vouched for longer ago than the
// configuration lets it be. A directory that is away is asked for one of them only.
func (d *Desk) Round(ctx context.Context) {
	now := d.Clock.Micro()
	for _, x := range d.list {
		due, err := identity.Due(ctx, d.DB.Read(), x.Name, now-d.recheck.Microseconds(), atOnce)
		if err != nil {
			d.complain(ctx, x, err)
			continue
		}
		away := false
		for i := range due {
			known := &due[i]
			if ctx.Err() != nil {
				return
			}
			v, err := account.Vouched{}, errAsked
			if !away {
				v, err = d.again(ctx, x, known)
			}
			switch {
			case err == nil:
				err = d.Access.Vouch(ctx, v)
			case errors.Is(err, ldap.ErrGone), errors.Is(err, oidc.ErrGone):
				err = d.Access.Withdraw(ctx, x.Name, *known.Person, "left")
			default:
				away = away || errors.Is(err, ldap.ErrAway) || errors.Is(err, oidc.ErrAway)
				if away && !errors.Is(err, errAsked) {
					d.complain(ctx, x, err)
				}
				err = nil
				if now-known.CheckedAt >= d.unchecked.Microseconds() {
					err = d.Access.Withdraw(ctx, x.Name, *known.Person, account.Unchecked)
				}
			}
			if err != nil && ctx.Err() == nil {
				d.complain(ctx, x, err)
			}
		}
	}
	d.orphans(ctx, now)
}

// errAsked says that a directory was not asked: it is away, or there is nothing to ask with.
var errAsked = errors.New("federation: the directory was not asked")

func (d *Desk) complain(ctx context.Context, x *directory, err error) {
	if ctx.Err() == nil {
		d.Log.WarnContext(ctx, "people of a directory could not be looked up", "directory", x.Name, "err", err)
	}
}

// again asks a directory of somebody without them.
func (d *Desk) again(ctx context.Context, x *directory, known *identity.Row) (account.Vouched, error) {
	if x.ldap != nil {
		e, err := x.ldap.Again(ctx, known.Subject)
		return x.entry(e), err
	}
	sealed, err := d.Box.Open(known.Ticket, ticket(x, known.Subject))
	if err != nil || known.Issuer != x.issuer {
		return account.Vouched{}, errAsked // no ticket was given, or the key of the data folder is new
	}
	c, err := x.provider.Again(ctx, known.Subject, sealed)
	if err != nil && c.Ticket != "" && c.Ticket != sealed {
		// The old one is used up: what the provider gave for it counts, whatever came after.
		if keep := identity.Ticket(ctx, d.DB, known.ID, d.Box.Seal(c.Ticket, ticket(x, known.Subject))); keep != nil {
			d.complain(ctx, x, keep)
		}
	}
	return d.claims(x, c), err
}

// orphans signs out who came through a directory that the configuration has no more.
func (d *Desk) orphans(ctx context.Context, now int64) {
	var names []string
	if err := d.DB.Read().NewSelect().Table("identities").ColumnExpr("DISTINCT directory").Scan(ctx, &names); err != nil {
		if ctx.Err() == nil {
			d.Log.WarnContext(ctx, "directories could not be listed", "err", err)
		}
		return
	}
	for _, name := range names {
		if d.find(name, "") != nil || slices.Contains(d.broken, name) {
			continue
		}
		due, err := identity.Due(ctx, d.DB.Read(), name, now, atOnce)
		for i := range due {
			known := &due[i]
			err = errors.Join(err, d.Access.Withdraw(ctx, name, *known.Person, "directory_removed"))
		}
		if err != nil && ctx.Err() == nil {
			d.Log.WarnContext(ctx, "people of a directory that is gone could not be signed out", "directory", name, "err", err)
		}
	}
}

type mappingRow struct {
	bun.BaseModel `bun:"table:directory_mappings"`
	Directory     string `bun:",pk"`
	Positions     string
	At            int64
}

// kindServer is the act of a start where another server answers for a directory than before.
const kindServer = "directory.server_changed"

// known holds who answers for a directory against the last start. Whoever changes that in the
// file could sign in as anybody there: so what its people held rests until another person has
// confirmed it, and only then is the new server on record.
func (d *Desk) known(ctx context.Context, x *directory) error {
	for before := ""; ; {
		acts, next, err := ledger.List(ctx, d.DB.Read(), ledger.Filter{Kind: kindServer, Limit: ledger.MaxLimit, Before: before})
		if err != nil {
			return err
		}
		i := slices.IndexFunc(acts, func(a ledger.Act) bool { return a.Subject == x.Name })
		if i < 0 && next != "" {
			before = next
			continue
		}
		detail := map[string]any{"to": x.server, "by": "configuration"}
		if i >= 0 {
			was, _ := acts[i].Detail["to"].(map[string]any)
			if maps.EqualFunc(was, x.server, func(a any, b string) bool { return a == b }) {
				return nil
			}
			detail["from"] = was
			if err := d.estrange(ctx, x.Name); err != nil {
				return err
			}
		}
		return d.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			return ledger.Record(ctx, tx, ledger.Act{At: d.Clock.Micro(), Kind: kindServer, Subject: x.Name, Detail: detail})
		})
	}
}

// estrange signs out everybody of a directory and takes what they held through it, because
// another server answers for it now. Who comes back has what two people give once another
// person has confirmed it, as whoever comes for the first time.
func (d *Desk) estrange(ctx context.Context, directory string) error {
	var people []string
	err := d.DB.Read().NewSelect().Table("identities").Column("person").
		Where("directory = ?", directory).Where("person IS NOT NULL").OrderExpr("person").Scan(ctx, &people)
	if err != nil {
		return problem.Wrap(err, "list people of a directory")
	}
	for _, id := range people {
		if err := d.Access.Withdraw(ctx, directory, id, account.Changed); err != nil {
			return err
		}
	}
	return nil
}

// note records what groups of a directory mean now, with an act where that is a change: it
// stands in a file, which nobody signs, and decides who may do what.
func (d *Desk) note(ctx context.Context, x *directory) error {
	now, err := json.Marshal(slices.Sorted(slices.Values(x.written)))
	if err != nil {
		return err
	}
	return d.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var row mappingRow
		err := tx.NewSelect().Model(&row).Where("directory = ?", x.Name).Scan(ctx)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return problem.Wrap(err, "read mapping")
		}
		if row.Positions == string(now) {
			return nil
		}
		var before []string
		if row.Positions != "" {
			if err := json.Unmarshal([]byte(row.Positions), &before); err != nil {
				return problem.Wrap(err, "read mapping")
			}
		}
		row = mappingRow{Directory: x.Name, Positions: string(now), At: d.Clock.Micro()}
		if _, err := tx.NewInsert().Model(&row).On("CONFLICT (directory) DO UPDATE").
			Set("positions = EXCLUDED.positions").Set("at = EXCLUDED.at").Exec(ctx); err != nil {
			return problem.Wrap(err, "note mapping")
		}
		return ledger.Record(ctx, tx, ledger.Act{At: row.At, Kind: "directory.mapping_changed", Subject: x.Name,
			Detail: map[string]any{"from": before, "to": slices.Sorted(slices.Values(x.written)), "create": x.create}})
	})
}
