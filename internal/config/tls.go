package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
)

// TLS says where the server's certificate comes from.
type TLS struct {
	Mode        string   `yaml:"mode" env:"WATCHROOM_TLS_MODE" doc:"files: certificate and key are read from files, and again when they change. acme: a certificate authority such as Let's Encrypt gives them (RFC 8555). generated: this server makes them, with a certificate authority of its own whose certificate consoles install from /api/v1/certificate/ca.crt. off: plain HTTP. Empty means files where certificate and key are set, else off."`
	Certificate string   `yaml:"certificate" env:"WATCHROOM_TLS_CERTIFICATE" doc:"Of files: PEM file with the certificate and its chain."`
	Key         string   `yaml:"key" env:"WATCHROOM_TLS_KEY" doc:"Of files: PEM file with the private key."`
	Names       []string `yaml:"names" env:"WATCHROOM_TLS_NAMES" doc:"Of acme and generated: host names under which browsers reach this server, for generated also IP addresses. Empty means the host of public_url; generated also takes the name of the machine, localhost and the loopback addresses."`
	ACME        ACME     `yaml:"acme" doc:"The certificate authority of acme. It must reach this server on port 443, or on port 80 where challenge_listen is set."`
	WarnDays    int      `yaml:"warn_days" doc:"An alarm is raised so many days before the certificate ends, 1 to 90. acme and generated renew theirs before that."`
}

// ACME says which certificate authority is asked, and how it reaches this server.
type ACME struct {
	Directory       string `yaml:"directory" doc:"Address of the authority's directory. Empty means Let's Encrypt, whose terms of service are thereby agreed to."`
	Email           string `yaml:"email" doc:"Where the authority writes when something is wrong with a certificate. May be empty."`
	CA              string `yaml:"ca" doc:"PEM file of the certificates that the authority's own server is known by, where that is a private one."`
	ChallengeListen string `yaml:"challenge_listen" doc:"Address for the challenge over HTTP, such as :80; everything else there is sent on to HTTPS. Empty: only the challenge over TLS, on the address of listen."`
}

// Modes of TLS.
const (
	TLSOff       = "off"
	TLSFiles     = "files"
	TLSACME      = "acme"
	TLSGenerated = "generated"
)

// TLSMode is where the certificate comes from.
func (c *Config) TLSMode() string {
	if c.TLS.Mode != "" {
		return c.TLS.Mode
	}
	if c.TLS.Certificate != "" && c.TLS.Key != "" {
		return TLSFiles
	}
	return TLSOff
}

// HTTPS tells whether the web server has a certificate of its own.
func (c *Config) HTTPS() bool { return c.TLSMode() != TLSOff }

// TLSNames are the host names and addresses that the certificate is for. machine is the
// name of this machine, or empty.
func (c *Config) TLSNames(machine string) []string {
	names := append([]string{}, c.TLS.Names...)
	add := func(name string) {
		name = strings.ToLower(name)
		for _, n := range names {
			if strings.EqualFold(n, name) {
				return
			}
		}
		names = append(names, name)
	}
	if u, err := url.Parse(c.PublicURL); err == nil && u.Hostname() != "" && (len(c.TLS.Names) == 0 || c.TLSMode() == TLSGenerated) {
		add(u.Hostname())
	}
	if c.TLSMode() == TLSGenerated {
		if regexp.MustCompile(hostForm).MatchString(machine) {
			add(machine)
		}
		if host, _, err := net.SplitHostPort(c.Listen); err == nil {
			if a, err := netip.ParseAddr(host); err == nil && !a.IsUnspecified() {
				add(a.Unmap().String())
			}
		}
		add("localhost")
		add("127.0.0.1")
		add("::1")
	}
	return names
}

// TLSFolder is where what acme and generated make is kept.
func (c *Config) TLSFolder() string { return filepath.Join(c.Data, "tls") }

// hostForm is a host name as certificates have it (RFC 1123 2.1), no wildcard.
const hostForm = `^(?i)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`

// tls checks where the certificate comes from.
func (v *checker) tls(c *Config) {
	t := c.TLS
	v.oneOf("tls.mode", t.Mode, "", TLSFiles, TLSACME, TLSGenerated, TLSOff)
	if (t.Certificate == "") != (t.Key == "") {
		key, other := "tls.key", "tls.certificate"
		if t.Key != "" {
			key, other = other, key
		}
		v.require(key, false, "is missing, and "+other+" is useless without it")
	}
	v.require("tls.certificate", t.Mode != TLSFiles || t.Certificate != "" || t.Key != "", "must name a file with tls.mode files")
	v.require("tls.certificate", t.Certificate == "" || t.Mode == "" || t.Mode == TLSFiles || t.Mode == TLSOff, "is useless with tls.mode "+t.Mode)
	for i, name := range t.Names {
		_, err := netip.ParseAddr(name)
		host := regexp.MustCompile(hostForm).MatchString(name) && len(name) <= 253
		v.require("tls.names", host || err == nil, fmt.Sprintf("entry %d is no host name such as watch.example.org: %s", i+1, quote(name)))
		v.require("tls.names", err != nil || t.Mode != TLSACME, fmt.Sprintf("entry %d is an address, for which no authority gives a certificate: %s", i+1, quote(name)))
	}
	v.count("tls.warn_days", t.WarnDays, 1, 90)
	v.require("tls.acme.email", t.ACME.Email == "" || strings.Contains(t.ACME.Email, "@"), "is no address of mail: "+quote(t.ACME.Email))
	if t.ACME.ChallengeListen != "" {
		v.listen("tls.acme.challenge_listen", t.ACME.ChallengeListen)
	}
	if t.ACME.Directory != "" {
		u, err := url.Parse(t.ACME.Directory)
		v.require("tls.acme.directory", err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil, "must be https:// with a host, got "+quote(redactURL(t.ACME.Directory)))
	}
	if t.Mode == TLSACME {
		names := c.TLSNames("")
		v.require("tls.names", len(names) > 0, "must name the host, or public_url must")
		for _, name := range names {
			v.require("tls.names", strings.Contains(strings.Trim(name, "."), "."), "an authority gives certificates only for whole names such as watch.example.org, not "+quote(name))
		}
	}
}
