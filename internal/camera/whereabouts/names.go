package whereabouts

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Lookup finds the addresses of a host name; net.Resolver's LookupNetIP does.
type Lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)

const (
	longest = 2 * time.Second // for all names together
	atOnce  = 16
)

// Names are the hosts to which hosts lead that are named, as they are resolved now. Nil: each
// leads to itself alone.
type Names map[string][]string

// Resolve asks for each name among the hosts, once and in bounded time. Those that nobody
// answers for lead to themselves.
func Resolve(ctx context.Context, lookup Lookup, hosts []string) Names {
	if lookup == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	var (
		mu      sync.Mutex // guards names
		running sync.WaitGroup
	)
	names, slots := Names{}, make(chan struct{}, atOnce)
	for _, host := range slices.Compact(slices.Sorted(slices.Values(hosts))) {
		if _, err := netip.ParseAddr(host); err == nil || host == "" {
			continue
		}
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			found, err := lookup(ctx, "ip", host)
			if err != nil {
				return // so far it leads nowhere
			}
			mu.Lock()
			defer mu.Unlock()
			for _, a := range found {
				names[host] = append(names[host], plainest(a))
			}
		})
	}
	running.Wait()
	return names
}

// same tells whether two hosts are one, or lead to one.
func (n Names) same(a, b string) bool {
	return a == b || slices.Contains(n[a], b) || slices.Contains(n[b], a) ||
		slices.ContainsFunc(n[a], func(to string) bool { return slices.Contains(n[b], to) })
}
