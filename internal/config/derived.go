package config

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"watchroom/internal/secret"
)

// Location is the time zone that times are shown in.
func (c *Config) Location() (*time.Location, error) {
	if c.Site.TimeZone == "" {
		return time.Local, nil
	}
	// LoadLocation reads "Local" as the machine's zone, which has no name to show.
	if c.Site.TimeZone == "Local" {
		return nil, fmt.Errorf("unknown time zone Local")
	}
	return time.LoadLocation(c.Site.TimeZone)
}

// RecordingFolder is where footage goes.
func (c *Config) RecordingFolder() string {
	if c.Recording.Folder != "" {
		return c.Recording.Folder
	}
	return filepath.Join(c.Data, "recordings")
}

// TimeServers are the time servers with their ports.
func (c *Config) TimeServers() []string {
	var out []string
	for _, text := range c.Time.Servers {
		if server, err := timeServer(text); err == nil { // checked by Load
			out = append(out, server)
		}
	}
	return out
}

// timeServer reads host, host:port, an address, or [address]:port.
func timeServer(text string) (string, error) {
	host, port := text, "123"
	if _, err := netip.ParseAddr(text); err != nil && strings.Contains(text, ":") {
		if host, port, err = net.SplitHostPort(text); err != nil {
			return "", err
		}
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("port %s", quote(port))
	}
	if host == "" || strings.ContainsAny(host, " /@?#") {
		return "", fmt.Errorf("host %s", quote(host))
	}
	return net.JoinHostPort(host, port), nil
}

// S3 tells whether the tier is a bucket.
func (t *Tier) S3() bool { return t.Endpoint != "" }

// Secrets reads the access key and the secret key of a bucket from its file, or from
// the environment (env is os.LookupEnv in the program).
func (t *Tier) Secrets(env func(string) (string, bool)) (access, key secret.Text, err error) {
	if t.Keys != "" {
		text, err := os.ReadFile(t.Keys)
		if err != nil {
			return "", "", fmt.Errorf("keys of the archive tier %s: %w", t.Name, err)
		}
		lines := strings.Fields(string(text))
		if len(lines) != 2 {
			return "", "", fmt.Errorf("keys of the archive tier %s: want two lines in %s, the access key and the secret key", t.Name, t.Keys)
		}
		return secret.Text(lines[0]), secret.Text(lines[1]), nil
	}
	name := "WATCHROOM_TIER_" + strings.ToUpper(strings.ReplaceAll(t.Name, "-", "_"))
	a, _ := env(name + "_ACCESS_KEY")
	k, _ := env(name + "_SECRET_KEY")
	if a == "" || k == "" {
		return "", "", fmt.Errorf("keys of the archive tier %s: neither is keys set nor are %s_ACCESS_KEY and %s_SECRET_KEY", t.Name, name, name)
	}
	return secret.Text(a), secret.Text(k), nil
}

// Exposed tells whether other machines reach the web server in the clear: it listens
// beyond loopback and neither it nor a proxy that it trusts speaks TLS.
func (c *Config) Exposed() bool {
	if c.HTTPS() || len(c.TrustedProxies) > 0 {
		return false
	}
	return exposedHost(c.Listen) // its form is checked by Load
}
