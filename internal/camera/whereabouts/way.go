package whereabouts

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// layers is how often a path may be encoded that is read; one that is encoded oftener is unclear.
const layers = 8

// wayOf brings what stands in an address behind the host into one form, for comparison only:
// a camera is asked for what was typed. Devices decode paths, drop parameters and do not mind
// case, each in its own way, so what one of them takes for another path is that path. ok is false
// where they could take it for any: dot segments, control characters and what is no encoding.
func wayOf(path string) (form string, ok bool) {
	path, _, _ = strings.Cut(path, "#")
	path, _, _ = strings.Cut(path, "?")
	path = norm.NFKC.String(path)
	for range layers {
		if !strings.Contains(path, "%") {
			break
		}
		decoded, err := url.PathUnescape(path)
		if err != nil {
			return "", false
		}
		path = norm.NFKC.String(decoded)
	}
	if strings.ContainsAny(path, "%?#\uFFFD") || !utf8.ValidString(path) || strings.ContainsFunc(path, unicode.IsControl) {
		return "", false
	}
	path, parameters, _ := strings.Cut(strings.ReplaceAll(path, `\`, "/"), ";")
	if strings.Contains(parameters, "/") {
		return "", false
	}
	var segments []string
	for s := range strings.SplitSeq(path, "/") {
		s = strings.Map(unseen, strings.ToLower(strings.ToUpper(s)))
		if len(s) > 1 && strings.Trim(s, ".") == "" {
			return "", false
		}
		if s = nameless(strings.TrimRight(s, ".")); s != "" {
			segments = append(segments, s)
		}
	}
	return "/" + strings.Join(segments, "/"), true
}

// unseen drops spaces, in each way to write one, and what nobody sees.
func unseen(c rune) rune {
	if c == '+' || unicode.IsSpace(c) || unicode.Is(unicode.Cf, c) || unicode.Is(unicode.Variation_Selector, c) {
		return -1
	}
	return c
}

// who are keys under which some makers take the name and the password inside a path, as in
// user=admin_password=x_channel=1.
var who = []string{"user", "username", "usr", "login", "password", "passwd", "pass", "pwd"}

// nameless leaves out who asks: that is no part of what is asked for. A value reaches up to the
// next key.
func nameless(segment string) string {
	if !strings.Contains(segment, "=") {
		return segment
	}
	var kept []string
	skip := false
	for token := range strings.FieldsFuncSeq(segment, func(c rune) bool { return c == '_' || c == '&' }) {
		if key, _, found := strings.Cut(token, "="); found {
			skip = slices.Contains(who, key)
		}
		if !skip {
			kept = append(kept, token)
		}
	}
	return strings.Join(kept, "_")
}
