// Package whereabouts tells where cameras are and were: to which device an address leads, where
// cameras were reached before, and whether one ever hung in an area.
package whereabouts

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/access/proposal"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// Device is where a stream is reached: the host, and port and path in one form.
type Device struct{ Host, Way string }

// anyWay is the way of an address that a device may take for any.
const anyWay = "*"

// Of gives the device to which an address leads; its Host is empty where there is none.
func Of(url string) Device {
	scheme, rest, _ := strings.Cut(url, "://")
	end := strings.IndexAny(rest, `/\?#`)
	if end < 0 {
		end = len(rest)
	}
	host, port := hostOf(rest[:end])
	if port == "" && strings.HasPrefix(strings.ToLower(scheme), "rtsp") || port == "322" { // most devices have both
		port = "554"
	}
	way, plain := wayOf(rest[end:])
	if !plain {
		return Device{host, anyWay}
	}
	return Device{host, port + way}
}

// at tells whether a path leads to what another one leads to.
func (d Device) at(o Device) bool { return d.Way == o.Way || d.Way == anyWay || o.Way == anyWay }

// Meets tells whether a device has an address of others, or is or was at the host of one: left are
// hosts that were left.
func (d Device) Meets(names Names, others []Device, left []string) (whole, host bool) {
	if d.Host == "" {
		return false, false
	}
	for _, o := range others {
		if names.same(o.Host, d.Host) {
			whole, host = whole || d.at(o), true
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
