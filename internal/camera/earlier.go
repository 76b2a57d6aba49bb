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
// was, and the name of that one; empty: there is none. Whoever takes a well guarded camera out
// of service and registers the device anew, or gives its address to another, would lower its
// grade alone (C111). One that is out of service, or elsewhere by now, counts for every channel
// of its device; one in service for its own address, since a recorder has many cameras.
func (r *Registry) earlier(ctx context.Context, tx bun.Tx, row *cameraRow, all []streamRow) (level int, name string, err error) {
	var guarded []cameraRow
	err = tx.NewSelect().Model(&guarded).Where("grade > ? AND id <> ?", row.Grade, row.ID).OrderExpr("grade DESC, created_at DESC, id").Scan(ctx)
	if err != nil {
		return 0, "", problem.Wrap(err, "look for well guarded cameras")
	}
	for i := range guarded {
		g := &guarded[i]
		own, err := streams(ctx, tx, g.ID)
		if err != nil {
			return 0, "", err
		}
		left, err := leftOf(ctx, tx, g.ID)
		if err != nil {
			return 0, "", err
		}
		for _, s := range all {
			d := deviceOf(s.URL)
			at := slices.ContainsFunc(own, func(o streamRow) bool {
				other := deviceOf(o.URL)
				return d == other || g.RetiredAt != nil && d.host == other.host
			})
			if d.host != "" && (at || slices.Contains(left, d.host)) {
				return g.Grade, g.Name, nil
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

// leftOf gives the hosts at which a camera was reached before, as its acts tell.
func leftOf(ctx context.Context, tx bun.Tx, id string) (hosts []string, err error) {
	f := ledger.Filter{Kind: "camera.changed", Camera: id, Limit: ledger.MaxLimit}
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
					hosts = append(hosts, deviceOf(from).host)
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
