// Package streamurl takes apart what people paste as the address of a camera's stream.
package streamurl

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"watchroom/internal/problem"
	"watchroom/internal/secret"
	address "watchroom/internal/source/reach"
)

// Refusals of stream URLs.
var (
	ErrScheme  = problem.New(problem.Invalid, "url_scheme_unsupported", "The URL must begin with rtsp:// or rtsps://.") // scheme
	ErrHost    = problem.New(problem.Invalid, "url_host_missing", "The URL names no camera: after rtsp:// comes a host name or an address.")
	ErrInvalid = problem.New(problem.Invalid, "url_invalid", "This is not a URL that a camera could have.")
)

// Refusals of what is typed beside a URL, and of the device that it names.
var (
	ErrCredentialsDiffer = problem.New(problem.Invalid, "url_credentials_differ", "The address holds another user name or password than the fields beside it. Leave them out of the address.")
	ErrAddress           = problem.New(problem.Invalid, "test_address_refused", "No camera can have this address.") // host
)

// PasswordMark stands in a stored URL where a camera wants its password inside the
// path or query; the capture side puts the password in its place.
const PasswordMark = "{password}"

const maxURL = 2000

// Two vendors' ways to carry the password in the URL: ?user=admin&password=x, and
// /user=admin_password=x_channel=1.
var (
	passwordInQuery = regexp.MustCompile(`(?i)([?&/;](?:password|passwd|pass|pwd)=)([^&/?#;]*)`)
	passwordInPath  = regexp.MustCompile(`(?i)(_(?:password|passwd|pass|pwd)=)([^&/?#;_]*)`)
)

// Split takes a URL as people paste it apart: what can be stored and shown, and
// the credentials that were in it, unescaped. A password with characters that a URL
// should not have bare (# / @) is understood as far as it can be.
func Split(raw string) (clean, username string, password secret.Text, err error) {
	raw = strings.TrimSpace(raw)
	scheme, rest, found := strings.Cut(raw, "://")
	scheme = strings.ToLower(scheme)
	if !found || scheme != "rtsp" && scheme != "rtsps" {
		named := scheme
		if !found || !regexp.MustCompile(`^[a-z][a-z0-9+.-]*$`).MatchString(scheme) {
			named = ""
		}
		return "", "", "", ErrScheme.With("scheme", named)
	}
	if len(raw) > maxURL || strings.ContainsFunc(rest, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) {
		return "", "", "", ErrInvalid
	}
	userinfo, rest := splitUserinfo(rest)
	authority, tail := cutAuthority(rest)
	host, err := cleanHost(authority)
	if err != nil {
		return "", "", "", err
	}
	tail, _, _ = strings.Cut(tail, "#")
	if strings.ContainsAny(tail, " \"<>\\^`|") {
		tail = strings.NewReplacer(" ", "%20", `"`, "%22", "<", "%3C", ">", "%3E", `\`, "%5C", "^", "%5E", "`", "%60", "|", "%7C").Replace(tail)
	}
	user, pass, _ := strings.Cut(userinfo, ":")
	username, password = unescape(user), secret.Text(unescape(pass))
	for _, form := range []*regexp.Regexp{passwordInQuery, passwordInPath} {
		tail = form.ReplaceAllStringFunc(tail, func(match string) string {
			m := form.FindStringSubmatch(match)
			if m[2] == "" || m[2] == PasswordMark {
				return match
			}
			if password == "" {
				password = secret.Text(unescape(m[2]))
			}
			return m[1] + PasswordMark
		})
	}
	clean = scheme + "://" + host + tail
	if _, err := url.Parse(strings.ReplaceAll(clean, PasswordMark, "x")); err != nil {
		return "", "", "", ErrInvalid // its text may hold the password, so it is not kept
	}
	return clean, username, password, nil
}

// Typed is Split for a URL that was typed with a user name and a password beside
// it. Where either stands in both places, they have to be the same. An IP address that
// no camera may have is refused; names are judged when they are resolved.
func Typed(raw string, user *string, pass *secret.Text) (clean, username string, password secret.Text, err error) {
	clean, username, password, err = Split(raw)
	if err != nil {
		return "", "", "", err
	}
	if user != nil && *user != "" {
		if username != "" && username != *user {
			return "", "", "", ErrCredentialsDiffer
		}
		username = *user
	}
	if pass != nil && *pass != "" {
		if password != "" && password != *pass {
			return "", "", "", ErrCredentialsDiffer
		}
		password = *pass
	}
	u, err := url.Parse(strings.ReplaceAll(clean, PasswordMark, ""))
	if err != nil {
		return "", "", "", ErrInvalid
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil && address.Check(a) != nil {
		return "", "", "", ErrAddress.With("host", a.Unmap().String())
	}
	return clean, username, password, nil
}

// splitUserinfo cuts user:password@ off. Which @ ends it is plain in a proper URL;
// where that leaves no host, the first @ before something like a host is taken.
func splitUserinfo(rest string) (userinfo, after string) {
	authority, _ := cutAuthority(rest)
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		return rest[:at], rest[at+1:]
	}
	if _, err := cleanHost(authority); err == nil {
		return "", rest
	}
	for at, c := range rest {
		if c != '@' {
			continue
		}
		authority, _ := cutAuthority(rest[at+1:])
		if _, err := cleanHost(authority); err == nil {
			return rest[:at], rest[at+1:]
		}
	}
	return "", rest
}

func cutAuthority(rest string) (authority, tail string) {
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		return rest[:i], rest[i:]
	}
	return rest, ""
}

var hostName = regexp.MustCompile(`^[\p{L}\p{N}_]([\p{L}\p{M}\p{N}_.-]*[\p{L}\p{M}\p{N}_.])?$`)

// cleanHost checks host or host:port and writes it in the usual form.
func cleanHost(authority string) (string, error) {
	host, port := authority, ""
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.HasSuffix(authority, "]") &&
		(strings.HasPrefix(authority, "[") || strings.Count(authority, ":") == 1) {
		host, port = authority[:i], authority[i+1:]
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || strings.ContainsAny(port, "+-") {
			return "", ErrInvalid
		}
	}
	if host == "" {
		return "", ErrHost
	}
	if inside, bracketed := strings.CutPrefix(host, "["); bracketed || strings.Contains(host, ":") {
		inside, closed := strings.CutSuffix(inside, "]")
		a, err := netip.ParseAddr(strings.Replace(inside, "%25", "%", 1))
		if err != nil || bracketed != closed || !a.Is6() || strings.ContainsAny(a.Zone(), "%/?#[]@ ") {
			return "", ErrInvalid
		}
		host = "[" + strings.Replace(a.String(), "%", "%25", 1) + "]"
	} else if !hostName.MatchString(host) || len(host) > 253 {
		return "", ErrInvalid
	} else {
		host = strings.ToLower(host)
	}
	if port == "" {
		return host, nil
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(atoi(port))), nil
}

func atoi(s string) int { n, _ := strconv.Atoi(s); return n }

// unescape reads percent escapes, and takes text that is not escaped as it is.
func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}
