// Package network takes in addresses of computers and networks as people write them down, and
// tells whether an address is among them.
package network

import (
	"net/netip"
	"slices"
	"strings"

	"watchroom/internal/problem"
)

// Refusals.
var (
	ErrNetwork = problem.New(problem.Invalid, "room_network", "This is no address of a computer and no network, such as 10.1.2.30 or 10.1.2.0/24.") // network
	ErrMany    = problem.New(problem.Invalid, "room_networks_many", "A room has at most 32 addresses and networks.")
)

const most = 32

// Clean brings addresses and networks that were typed for field into one form, sorted, each once.
func Clean(field string, typed []string) ([]string, error) {
	out := []string{}
	for _, n := range typed {
		if n = strings.TrimSpace(n); n == "" {
			continue
		}
		p, ok := parse(n)
		if !ok {
			return nil, ErrNetwork.With("network", n).On(field)
		}
		if p.IsSingleIP() {
			n = p.Addr().String()
		} else {
			n = p.String()
		}
		out = append(out, n)
	}
	slices.Sort(out)
	if out = slices.Compact(out); len(out) > most {
		return nil, ErrMany.On(field)
	}
	return out, nil
}

// Holds tells whether one of some networks has an address.
func Holds(networks []string, address string) bool {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(networks, func(n string) bool {
		p, ok := parse(n)
		return ok && p.Contains(a)
	})
}

// parse reads an address or a network. All addresses that there are are none.
func parse(s string) (p netip.Prefix, ok bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), a.Zone() == "" && !a.IsUnspecified()
	}
	p, err := netip.ParsePrefix(s)
	if err != nil || p.Bits() == 0 {
		return p, false
	}
	if a := p.Addr(); a.Is4In6() {
		if p.Bits() <= 96 {
			return p, false
		}
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked(), true
}
