package route

import (
	"context"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"watchroom/internal/secret"
)

// Request is what the frame knows of a request besides the request itself. The
// access log reads it after the answer, so the parts that know fill it in.
type Request struct {
	ID      string     // goes into answers and logs
	Remote  netip.Addr // of the client, behind trusted proxies too
	Secure  bool       // the client speaks TLS, to us or to a trusted proxy
	Proxied bool       // somebody forwarded it, trusted or not
	Agent   string     // the client's name for itself
	Host    string     // what the client calls us, with the port; not to be believed by itself
	Pattern string     // of the route that matched, "" if none
	Person  string     // id of who was signed in, "" if nobody
	Locked  bool       // what it asks for a locked console may do as well
	Demand  Demand     // of the route that matched

	Device secret.Text // by which this server knows the browser again; see Device
}

type requestKey struct{}

// WithRequest puts what is known of the request into its context.
func WithRequest(ctx context.Context, r *Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// RequestOf gives what is known of the request that ctx belongs to, never nil.
func RequestOf(ctx context.Context) *Request {
	if r, ok := ctx.Value(requestKey{}).(*Request); ok {
		return r
	}
	return &Request{}
}

// RequestID names the request in answers and logs.
func RequestID(ctx context.Context) string { return RequestOf(ctx).ID }

// Proxies are the networks whose X-Forwarded-For and X-Forwarded-Proto are believed.
type Proxies []netip.Prefix

func (p Proxies) trusts(a netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// Read finds out who is at the other end. The last address that no trusted proxy
// vouches for counts: everything left of it may be invented.
func (p Proxies) Read(r *http.Request) Request {
	out := Request{Agent: r.UserAgent(), Host: r.Host}
	if c, err := r.Cookie(DeviceCookie); err == nil && len(c.Value) <= 100 {
		out.Device = secret.Text(c.Value)
	}
	if ap, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		out.Remote = ap.Addr().Unmap()
	}
	out.Secure = r.TLS != nil
	forwarded := r.Header.Values("X-Forwarded-For")
	out.Proxied = slices.ContainsFunc(slices.Collect(maps.Keys(r.Header)), func(h string) bool {
		return h == "Forwarded" || h == "Via" || h == "X-Real-Ip" || strings.HasPrefix(h, "X-Forwarded-")
	})
	if !p.trusts(out.Remote) {
		return out
	}
	if strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		out.Secure = true
	}
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(hops) - 1; i >= 0 && p.trusts(out.Remote); i-- {
		a, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		out.Remote = a.Unmap()
	}
	return out
}

// FromHere tells whether a program on this machine asks, by a name of this machine. A proxy here
// that adds no header of its own still passes on, or replaces, the name by which it was asked:
// figures for this machine alone are given under no other.
func (r *Request) FromHere() bool {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return r.Remote.IsLoopback() && !r.Proxied && a.Unmap().IsLoopback()
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return r.Remote.IsLoopback() && !r.Proxied && (host == "localhost" || strings.HasSuffix(host, ".localhost"))
}

// Wellformed tells whether path and query are text that a database can hold:
// valid UTF-8 without NUL, after decoding.
func Wellformed(r *http.Request) bool {
	query, err := url.QueryUnescape(r.URL.RawQuery)
	return err == nil && text(r.URL.Path) && text(query)
}

func text(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }
