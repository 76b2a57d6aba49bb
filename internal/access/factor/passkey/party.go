// Package passkey is signing in with a key that an authenticator holds (WebAuthn level 3):
// under which name this server is known to authenticators, the ceremonies of enrolling a
// key and of using it, and what is kept of a key. It keeps nothing itself.
package passkey

import (
	"net"
	"net/url"
	"strings"

	"watchroom/internal/problem"
)

// Why this server, as it was reached, cannot take passkeys: browsers give them to a
// secure context with a host name only.
var (
	ErrNeedsAddress = problem.New(problem.Conflict, "passkey_needs_address",
		"Passkeys need the address of this server to be set: public_url in the configuration.")
	ErrNeedsHTTPS = problem.New(problem.Conflict, "passkey_needs_https",
		"Passkeys need https. Give the server a certificate and set public_url.")
	ErrNeedsName = problem.New(problem.Conflict, "passkey_needs_name",
		"Passkeys need a host name, not an IP address. Set public_url, or use localhost on this machine.")
)

// Party is this server as authenticators know it (WebAuthn, 4: Relying Party).
type Party struct {
	ID     string // host name; a key works for this one only
	Origin string // scheme, host and port of the pages
	Name   string // shown to people
}

// PartyOf finds the party: the configured public address, or without one the address of
// a request that was made to localhost. Another name in a request is not believed.
func PartyOf(public, host string, secure bool, name string) (Party, error) {
	if name == "" {
		name = "Watchroom"
	}
	if public != "" {
		u, err := url.Parse(public)
		if err != nil || u.Hostname() == "" {
			return Party{}, ErrNeedsAddress
		}
		id := strings.ToLower(u.Hostname())
		switch {
		case net.ParseIP(id) != nil:
			return Party{}, ErrNeedsName
		case u.Scheme != "https" && !local(id):
			return Party{}, ErrNeedsHTTPS
		}
		return Party{ID: id, Origin: u.Scheme + "://" + strings.ToLower(u.Host), Name: name}, nil
	}
	id := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		id = h
	}
	id = strings.ToLower(strings.Trim(id, "[]"))
	switch {
	case net.ParseIP(id) != nil:
		return Party{}, ErrNeedsName
	case !local(id):
		return Party{}, ErrNeedsAddress
	}
	scheme := "http"
	if secure {
		scheme = "https"
	}
	return Party{ID: id, Origin: scheme + "://" + strings.ToLower(host), Name: name}, nil
}

// local holds for the names that only lead to this machine (RFC 6761, 6.3), which
// browsers count as secure without a certificate.
func local(host string) bool { return host == "localhost" || strings.HasSuffix(host, ".localhost") }
