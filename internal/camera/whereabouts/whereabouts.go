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
)

// Device is where a stream is reached: the host, and host, port and path in one form.
type Device struct{ Host, Whole string }

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
		host = ip.Unmap().WithZone("").String()
	}
	if port == "" && strings.HasPrefix(scheme, "rtsp") || port == "322" { // most devices have both
		port = "554"
	}
	return Device{host, host + " " + port + path.Clean("/"+strings.ToLower(way))}
}

// Meets tells whether a device has an address of others, or is or was at the host of one: left are
// hosts that were left.
func (d Device) Meets(others []Device, left []string) (whole, host bool) {
	if d.Host == "" {
		return false, false
	}
	return slices.Contains(others, d), slices.Contains(left, d.Host) || slices.ContainsFunc(others, func(o Device) bool { return o.Host == d.Host })
}

// Left gives the hosts at which cameras were reached before, as their acts tell, by camera.
func Left(ctx context.Context, tx bun.Tx) (map[string][]string, error) {
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

func each(ctx context.Context, tx bun.Tx, f ledger.Filter, do func(*ledger.Act)) error {
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
