package config

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"time"
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

// HTTPS tells whether the web server has a certificate of its own.
func (c *Config) HTTPS() bool { return c.TLS.Certificate != "" && c.TLS.Key != "" }

// Exposed tells whether other machines reach the web server in the clear: it listens
// beyond loopback and neither it nor a proxy that it trusts speaks TLS.
func (c *Config) Exposed() bool {
	if c.HTTPS() || len(c.TrustedProxies) > 0 {
		return false
	}
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil || host == "localhost" {
		return false // checked by Load
	}
	a, err := netip.ParseAddr(host)
	return err != nil || !a.Unmap().IsLoopback()
}
