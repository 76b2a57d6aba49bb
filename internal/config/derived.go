package config

import (
	"fmt"
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
