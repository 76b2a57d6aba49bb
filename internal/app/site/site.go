// Package site tells from configuration and machine where an installation stands: its time
// zone, its address, the proxies in front of it.
package site

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"watchroom/internal/api/route"
	"watchroom/internal/config"
)

// Reachable turns an unspecified address into one that a browser on this machine takes.
func Reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// ZoneName is the IANA name of the site's time zone. For the machine's own it is
// looked for where Linux keeps it; where nothing tells, it is UTC.
func ZoneName(c *config.Config) string {
	if c.Site.TimeZone != "" {
		return c.Site.TimeZone
	}
	names := []string{os.Getenv("TZ")}
	if b, err := os.ReadFile("/etc/timezone"); err == nil {
		names = append(names, strings.TrimSpace(string(b)))
	}
	if link, err := filepath.EvalSymlinks("/etc/localtime"); err == nil {
		if _, name, ok := strings.Cut(link, "/zoneinfo/"); ok {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if name != "" && name != "Local" {
			if _, err := time.LoadLocation(name); err == nil {
				return name
			}
		}
	}
	return "UTC"
}

// Proxies are the networks of reverse proxies.
func Proxies(c *config.Config) route.Proxies {
	var out route.Proxies
	for _, text := range c.TrustedProxies {
		if network, err := netip.ParsePrefix(text); err == nil { // checked by config
			out = append(out, network)
		}
	}
	return out
}
