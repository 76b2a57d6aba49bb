package camera

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// earlier gives the highest grade above that of a camera at whose address another one is, or
// was, and the id of that one; empty: there is none. Whoever takes a well guarded camera out of
// service and registers the device anew, or gives its address to another, would lower its grade
// alone (C111). One that is out of service, or elsewhere by now, counts for every channel of its
// device; one in service for its own address, since a recorder has many cameras.
func (r *Registry) earlier(ctx context.Context, tx bun.Tx, row *cameraRow, all []streamRow) (level int, id string, err error) {
	var guarded []cameraRow
	err = tx.NewSelect().Model(&guarded).Where("grade > ? AND id <> ?", row.Grade, row.ID).OrderExpr("grade DESC, created_at DESC, id").Scan(ctx)
	if err != nil || len(guarded) == 0 {
		return row.Grade, "", problem.Wrap(err, "look for well guarded cameras")
	}
	var rows []streamRow
	if err := tx.NewSelect().Model(&rows).Scan(ctx); err != nil {
		return 0, "", problem.Wrap(err, "read where cameras are reached")
	}
	left, err := leftBehind(ctx, tx)
	if err != nil {
		return 0, "", err
	}
	for i := range guarded {
		g := &guarded[i]
		for _, s := range all {
			d := deviceOf(s.URL)
			at := slices.ContainsFunc(rows, func(o streamRow) bool {
				other := deviceOf(o.URL)
				return o.Camera == g.ID && (d == other || g.RetiredAt != nil && d.host == other.host)
			})
			if d.host != "" && (at || slices.Contains(left[g.ID], d.host)) {
				return g.Grade, g.ID, nil
			}
		}
	}
	return row.Grade, "", nil
}

// device is where a stream is reached: the host, and the whole address but what follows a
// question mark.
type device struct{ host, whole string }

func deviceOf(url string) device {
	_, rest, _ := strings.Cut(url, "://")
	authority, tail := cutAuthority(rest)
	host := strings.ToLower(authority)
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.Trim(host, "[]"), ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.Unmap().WithZone("").String()
	}
	path, _, _ := strings.Cut(tail, "?")
	return device{host, strings.ToLower(authority) + path}
}

// leftBehind gives the hosts at which cameras were reached before, as their acts tell, by
// camera.
func leftBehind(ctx context.Context, tx bun.Tx) (map[string][]string, error) {
	hosts := map[string][]string{}
	f := ledger.Filter{Kind: "camera.changed", Limit: ledger.MaxLimit}
	for {
		acts, next, err := ledger.List(ctx, tx, f)
		if err != nil {
			return nil, err
		}
		for _, a := range acts {
			changes, _ := a.Detail["changes"].(map[string]any)
			for _, stream := range []string{Main, Sub} {
				change, _ := changes[stream+".url"].(map[string]any)
				if from, _ := change["from"].(string); from != "" {
					hosts[a.Camera] = append(hosts[a.Camera], deviceOf(from).host)
				}
			}
		}
		if next == "" {
			return hosts, nil
		}
		f.Before = next
	}
}

// moved tells whether one of the streams is reached elsewhere than before.
func moved(before Camera, all []streamRow) bool {
	was := []string{before.Main.URL}
	if before.Sub != nil {
		was = append(was, before.Sub.URL)
	}
	return slices.ContainsFunc(all, func(s streamRow) bool { return !slices.Contains(was, s.URL) })
}
