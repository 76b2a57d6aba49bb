package whereabouts

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"watchroom/internal/source/reach"
)

// here is this machine, by whichever of its own addresses.
const here = "127.0.0.1"

var names = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// hostOf gives the host and the port of an address, in one form for all ways to write them.
func hostOf(authority string) (host, port string) {
	host = norm.NFKC.String(authority[strings.LastIndexByte(authority, '@')+1:])
	if name, number, err := net.SplitHostPort(host); err == nil {
		host, port = name, strings.TrimLeft(number, "0")
	}
	host = strings.TrimRight(strings.ToLower(strings.Trim(host, "[]")), ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		return plainest(ip), port
	}
	if ip, ok := number(host); ok {
		return plainest(ip), port
	}
	if ascii, err := names.ToASCII(host); err == nil {
		host = strings.TrimRight(ascii, ".")
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") { // RFC 6761, 6.3
		host = here
	}
	return host, port
}

// plainest is one form for all ways to write an address.
func plainest(ip netip.Addr) string {
	if ip = reach.Plain(ip); ip.IsLoopback() || ip.IsUnspecified() {
		return here
	}
	return ip.String()
}

// number reads an IPv4 address as resolvers of C do: up to four numbers, decimal, octal or
// hexadecimal, the last of which fills what is left.
func number(host string) (netip.Addr, bool) {
	parts := strings.Split(host, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var all uint64
	for i, part := range parts {
		if strings.ContainsAny(part, "_+-") || strings.HasPrefix(part, "0b") || strings.HasPrefix(part, "0o") { // of Go's numbers, none of C's
			return netip.Addr{}, false
		}
		bits := 8
		if i == len(parts)-1 {
			bits = 8 * (5 - len(parts))
		}
		n, err := strconv.ParseUint(part, 0, 64)
		if err != nil || n >= 1<<bits {
			return netip.Addr{}, false
		}
		all = all<<bits | n
	}
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint64(nil, all)[4:])), true
}
