// Package whereabouts tells where cameras are and were: to which device an address leads, where
// cameras were reached before, and whether one ever hung in an area.
package whereabouts

import (
	"context"
	"net"
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/access/proposal"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// Device is where a stream is reached: the host, and port and path in one form.
type Device struct{ Host, Way string }

// Of gives the device to which an address leads; its Host is empty where there is none.
func Of(url string) Device {
	scheme, rest, _ := strings.Cut(url, "://")
	rest, _, _ = strings.Cut(rest, "#")
	rest, _, _ = strings.Cut(rest, "?")
	authority, way, _ := strings.Cut(rest, "/")
	host, port := strings.ToLower(authority), ""
	if name, number, err := net.SplitHostPort(host); err == nil {
		host, port = name, number
	}
	host = strings.TrimSuffix(strings.Trim(host, "[]"), ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		host = plainest(ip)
	}
	if port == "" && strings.HasPrefix(scheme, "rtsp") || port == "322" { // most devices have both
		port = "554"
	}
	return Device{host, port + path.Clean("/"+strings.ToLower(way))}
}

// nat64 holds the addresses of IPv4 as IPv6 alone reaches them (RFC 6052, 2.1).
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// plainest is one form for all ways to write an address.
func plainest(ip netip.Addr) string {
	if ip = ip.Unmap().WithZone(""); nat64.Contains(ip) {
		b := ip.As16()
		ip = netip.AddrFrom4([4]byte(b[12:]))
	}
	return ip.String()
}

// Meets tells whether a device has an address of others, or is or was at the host of one: left are
// hosts that were left.
func (d Device) Meets(names Names, others []Device, left []string) (whole, host bool) {
	if d.Host == "" {
		return false, false
	}
	for _, o := range others {
		if names.same(o.Host, d.Host) {
			whole, host = whole || o.Way == d.Way, true
		}
	}
	return whole, host || slices.ContainsFunc(left, func(l string) bool { return names.same(l, d.Host) })
}

// Cameras gives where cameras are reached, and the hosts at which they were before, by camera.
func Cameras(ctx context.Context, tx bun.IDB) (at map[string][]Device, left map[string][]string, err error) {
	var streams []struct{ Camera, URL string }
	if err := tx.NewSelect().Table("camera_streams").Column("camera", "url").Scan(ctx, &streams); err != nil {
		return nil, nil, problem.Wrap(err, "read where cameras are reached")
	}
	at = map[string][]Device{}
	for _, s := range streams {
		at[s.Camera] = append(at[s.Camera], Of(s.URL))
	}
	left, err = Left(ctx, tx)
	return at, left, err
}

// Leads gives where the hosts of all cameras lead, of now and before, and those of some addresses.
func Leads(ctx context.Context, tx bun.IDB, lookup Lookup, urls []string) (Names, error) {
	if lookup == nil {
		return nil, nil
	}
	at, left, err := Cameras(ctx, tx)
	if err != nil {
		return nil, err
	}
	var hosts []string
	for _, url := range urls {
		hosts = append(hosts, Of(url).Host)
	}
	for _, all := range at {
		for _, d := range all {
			hosts = append(hosts, d.Host)
		}
	}
	for _, all := range left {
		hosts = append(hosts, all...)
	}
	return Resolve(ctx, lookup, hosts), nil
}

// Left gives the hosts at which cameras were reached before, as their acts tell, by camera.
func Left(ctx context.Context, tx bun.IDB) (map[string][]string, error) {
	hosts := map[string][]string{}
	err := each(ctx, tx, ledger.Filter{Kind: "camera.changed"}, func(a *ledger.Act) {
		for _, stream := range []string{"main", "sub"} {
			change, _ := changes(a)[stream+".url"].(map[string]any)
			if from, _ := change["from"].(string); from != "" {
				hosts[a.Camera] = append(hosts[a.Camera], Of(from).Host)
			}
		}
	})
	return hosts, err
}

// Placed tells whether a camera ever hung in an area, or somebody asked another person for one.
func Placed(ctx context.Context, tx bun.Tx, camera string) (bool, error) {
	placed, err := proposal.Had(ctx, tx, proposal.Area, camera)
	for _, kind := range []string{"camera.created", "camera.recovered", "camera.changed"} {
		if placed || err != nil {
			break
		}
		err = each(ctx, tx, ledger.Filter{Kind: kind, Camera: camera}, func(a *ledger.Act) {
			placed = placed || a.Detail["area"] != nil || changes(a)["area"] != nil
		})
	}
	return placed, err
}

func changes(a *ledger.Act) map[string]any {
	all, _ := a.Detail["changes"].(map[string]any)
	return all
}

func each(ctx context.Context, tx bun.IDB, f ledger.Filter, do func(*ledger.Act)) error {
	f.Limit = ledger.MaxLimit
	for {
		acts, next, err := ledger.List(ctx, tx, f)
		if err != nil {
			return err
		}
		for i := range acts {
			do(&acts[i])
		}
		if f.Before = next; next == "" {
			return nil
		}
	}
}
