package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Validate finds everything that is wrong; the error is a Problems. It opens no
// file: what is missing on disk is told by whoever needs it.
func (c *Config) Validate() error {
	var v checker
	v.require("data", c.Data != "", "must name a folder")
	v.listen("listen", c.Listen)
	v.publicURL("public_url", c.PublicURL)
	for i, network := range c.TrustedProxies {
		_, err := netip.ParsePrefix(network)
		v.require("trusted_proxies", err == nil, fmt.Sprintf("entry %d is no network such as 10.1.0.0/16: %s", i+1, quote(network)))
	}
	v.tls(c)
	v.signIn(c)
	v.databaseURL("database.url", c.Database.URL)
	v.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	v.oneOf("log.format", c.Log.Format, "text", "json")

	v.require("site.name", strings.TrimSpace(c.Site.Name) != "", "must not be empty")
	v.require("site.name", utf8.RuneCountInString(c.Site.Name) <= 100, "must have at most 100 characters")
	if _, err := c.Location(); err != nil {
		v.require("site.time_zone", false, "is no time zone that this machine knows: "+quote(c.Site.TimeZone))
	}

	r := c.Recording
	v.span("recording.segment_length", r.SegmentLength, 10*time.Second, time.Hour)
	v.span("recording.part_length", r.PartLength, 100*time.Millisecond, 700*time.Millisecond)
	v.span("recording.sync_interval", r.SyncInterval, time.Second, time.Minute)
	v.amount("recording.spool", r.Spool, 1<<20, 4<<30)
	v.amount("recording.spool_total", r.SpoolTotal, 16<<20, 256<<30)
	v.count("recording.low_space_percent", r.LowSpacePercent, 1, 50)
	v.amount("recording.stop_space", r.StopSpace, 64<<20, 1<<50)

	for i, server := range c.Time.Servers {
		_, err := timeServer(server)
		v.require("time.servers", err == nil, fmt.Sprintf("entry %d is no address such as ntp.example.org or 192.0.2.1:123: %s", i+1, quote(server)))
	}
	v.require("time.servers", len(c.Time.Servers) <= 8, "must name at most 8 servers")
	v.span("time.warn_offset", c.Time.WarnOffset, 100*time.Millisecond, time.Hour)
	v.span("time.alarm_offset", c.Time.AlarmOffset, 100*time.Millisecond, 24*time.Hour)
	v.require("time.alarm_offset", c.Time.AlarmOffset > c.Time.WarnOffset, "must be more than time.warn_offset")
	v.span("time.step_hold", c.Time.StepHold, time.Minute, 24*time.Hour)
	v.oneOf("recording.when_full", r.WhenFull, "ask", "priority")
	v.places(c)
	v.count("archive.at_once", c.Archive.AtOnce, 1, 16)
	v.amount("archive.rate_limit", c.Archive.RateLimit, 0, 1<<40)

	s := c.Source
	v.span("source.no_frame_timeout", s.NoFrameTimeout, time.Second, time.Minute)
	v.span("source.no_key_frame_timeout", s.NoKeyFrameTimeout, 5*time.Second, 10*time.Minute)
	v.count("source.dial_at_once", s.DialAtOnce, 1, 1000)
	v.span("coverage.statement_after", c.Coverage.StatementAfter, time.Minute, 24*time.Hour)
	v.span("coverage.shift_length", c.Coverage.ShiftLength, time.Hour, 24*time.Hour)
	v.span("coverage.leaders_after", c.Coverage.LeadersAfter, time.Hour, 168*time.Hour)
	v.count("capacity.warn_days", c.Capacity.WarnDays, 1, 365)

	v.count("live.udp_port", c.Live.UDPPort, 0, 65535)
	v.count("live.tcp_port", c.Live.TCPPort, 0, 65535)
	for i, ip := range c.Live.ExtraIPs {
		_, err := netip.ParseAddr(ip)
		v.require("live.extra_ips", err == nil, fmt.Sprintf("entry %d is no IP address: %s", i+1, quote(ip)))
	}
	v.count("live.max_sessions", c.Live.MaxSessions, 1, 10000)
	return v.problems.err()
}

type checker struct{ problems Problems }

func (v *checker) require(key string, ok bool, text string) {
	if !ok {
		v.problems = append(v.problems, Problem{Key: key, Text: text})
	}
}

func (v *checker) oneOf(key, value string, allowed ...string) {
	v.require(key, slices.Contains(allowed, value),
		"must be one of "+strings.Join(allowed, ", ")+", got "+quote(value))
}

func (v *checker) span(key string, d, low, high time.Duration) {
	v.require(key, low <= d && d <= high,
		fmt.Sprintf("must be between %s and %s, got %s", duration(low), duration(high), duration(d)))
}

func (v *checker) count(key string, n, low, high int) {
	v.require(key, low <= n && n <= high, fmt.Sprintf("must be between %d and %d, got %d", low, high, n))
}

func (v *checker) amount(key string, b, low, high Bytes) {
	v.require(key, low <= b && b <= high, fmt.Sprintf("must be between %s and %s, got %s", low, high, b))
}

func (v *checker) listen(key, address string) {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	v.require(key, err == nil, "must be host:port such as 127.0.0.1:8080, got "+quote(address))
}

func (v *checker) publicURL(key, text string) {
	if text == "" {
		return
	}
	u, err := url.Parse(text)
	ok := err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" &&
		u.User == nil && strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == ""
	v.require(key, ok, "must be http:// or https:// with a host and nothing behind it, got "+quote(redactURL(text)))
}

// databaseURL never repeats the value, which may hold a password.
func (v *checker) databaseURL(key, text string) {
	if text == "" {
		return
	}
	u, err := url.Parse(text)
	ok := err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql")
	v.require(key, ok, "must be empty or begin with postgres://")
	v.require(key, !ok || strings.Trim(u.Path, "/") != "" || u.Query().Has("dbname"), "must name a database, such as postgres://host/watchroom")
}
