package config

import (
	"net/url"
	"strings"
)

// redactURL hides the password of a URL, wherever PostgreSQL accepts one: behind
// the user name or as a parameter. What cannot be read is hidden whole.
func redactURL(text string) string {
	if text == "" {
		return ""
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Opaque != "" {
		return "(hidden)"
	}
	if _, has := u.User.Password(); has {
		u.User = url.UserPassword(u.User.Username(), "hidden")
	}
	var kept []string
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		key, _, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(key)
		if err != nil || strings.Contains(strings.ToLower(name), "password") {
			pair = key + "=hidden"
		}
		kept = append(kept, pair)
	}
	u.RawQuery = strings.Join(kept, "&")
	return u.String()
}

// Shown is the database for logs and screens: "sqlite", or the URL without its password.
func (d Database) Shown() string {
	if d.URL == "" {
		return "sqlite"
	}
	return redactURL(d.URL)
}
