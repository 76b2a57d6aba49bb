// Package reach says which addresses a camera may have. Somebody who may enter
// an address, and a device that names one, could otherwise make this machine
// speak to services that trust it because of where it stands: above all the
// metadata service of a cloud, which hands out passwords.
//
// Cameras stand in private networks and, behind tunnels and in tests, on this
// machine itself, so those stay allowed for an address that a person entered. A
// device may send us neither to a refused address nor, unless it is there
// itself, to this machine.
package reach

import (
	"fmt"
	"net/netip"
	"slices"
	"syscall"
)

// RefusedError is the refusal of an address. It is safe to show.
type RefusedError struct{ Address string }

func (e *RefusedError) Error() string { return "reach: no camera may have the address " + e.Address }

// metadata are the addresses of metadata services outside the link-local
// networks: Amazon (IPv6), Alibaba, Azure, Oracle.
var metadata = []netip.Addr{
	netip.MustParseAddr("fd00:ec2::254"), netip.MustParseAddr("100.100.100.200"),
	netip.MustParseAddr("168.63.129.16"), netip.MustParseAddr("192.0.0.192"),
}

// Check refuses link-local (169.254.0.0/16, fe80::/10) and metadata addresses,
// multicast, broadcast and unspecified ones, also where an IPv4 address is
// wrapped in an IPv6 one.
func Check(a netip.Addr) error {
	inner := unwrap(a.WithZone(""))
	v4 := inner.As4
	switch {
	case !inner.IsValid(), inner.IsUnspecified(), inner.IsMulticast(), inner.IsLinkLocalUnicast(),
		inner.Is4() && v4()[0] == 0,                        // "this network", RFC 1122 3.2.1.3: reaches this machine
		inner.Is4() && v4() == [4]byte{255, 255, 255, 255}, // limited broadcast
		slices.Contains(metadata, inner):
		return &RefusedError{Address: a.String()}
	}
	return nil
}

// Control checks the address that is about to be dialled, behind every
// resolution of names, so that a name that resolves differently the second time
// gains nothing. It is a net.Dialer's Control.
func Control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("reach: %w", err)
	}
	return Check(to.Addr())
}

// Named checks an address that a device names to us. from is the device's own.
func Named(from, to netip.Addr) error {
	if unwrap(to).IsLoopback() && !unwrap(from).IsLoopback() {
		return &RefusedError{Address: to.String()}
	}
	return Check(to)
}

// prefixes under which an IPv6 address carries an IPv4 one, and in which byte it
// begins: IPv4-compatible (RFC 4291 2.5.5.1), NAT64 (RFC 6052), 6to4 (RFC 3056).
var prefixes = []struct {
	prefix netip.Prefix
	at     int
}{
	{netip.MustParsePrefix("::/96"), 12}, {netip.MustParsePrefix("64:ff9b::/96"), 12}, {netip.MustParsePrefix("2002::/16"), 2},
}

// Plain gives an address without its zone and, where it carries an IPv4 address, that.
func Plain(a netip.Addr) netip.Addr { return unwrap(a.WithZone("")) }

func unwrap(a netip.Addr) netip.Addr {
	a = a.Unmap()
	if !a.Is6() || a.IsLoopback() || a.IsUnspecified() {
		return a
	}
	for _, p := range prefixes {
		if p.prefix.Contains(a) {
			b := a.As16()
			return netip.AddrFrom4([4]byte(b[p.at : p.at+4]))
		}
	}
	return a
}
