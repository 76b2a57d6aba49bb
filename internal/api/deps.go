package api

import (
	"context"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"watchroom/internal/access"
	"watchroom/internal/api/camera"
	"watchroom/internal/api/live"
	"watchroom/internal/api/people"
	"watchroom/internal/api/route"
	"watchroom/internal/api/session"
	"watchroom/internal/api/storage"
	"watchroom/internal/api/stream"
	"watchroom/internal/api/system"
	"watchroom/internal/api/timeline"
	"watchroom/internal/api/viewing"
	"watchroom/internal/api/wall"
	registry "watchroom/internal/camera"
	layouts "watchroom/internal/camera/wall"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/disclosure"
	"watchroom/internal/event"
	hub "watchroom/internal/live"
	"watchroom/internal/playback/bookmark"
	"watchroom/internal/playback/snapshot"
	"watchroom/internal/source"
)

// Deps are the parts that the interface speaks for. All of them are started before
// New and closed after the server that uses its handler; Running is closed first
// of all, so that what runs lets go.
type Deps struct {
	Log     *slog.Logger
	Clock   clock.Clock
	Started time.Time // of the process
	Version string
	Listen  string // address, for the system page

	SiteName string
	TimeZone string // IANA name
	Demo     bool

	Web     fs.FS                // the browser application; package web's files
	Proxies route.Proxies        // networks of trusted reverse proxies
	Metrics *prometheus.Registry // served at /metrics; nil for no figures

	DB      *db.DB
	Bus     *event.Bus
	Running *route.Running
	Access  *access.Control

	Cameras  *registry.Registry
	Fleet    camera.Fleet
	Pictures camera.Pictures
	Probe    func(context.Context, source.Config) (source.ProbeResult, error)
	// Resolve finds the addresses of a camera's name; the system's resolver if nil.
	Resolve func(ctx context.Context, network, host string) ([]netip.Addr, error)

	Layouts *layouts.Layouts

	Viewings  *disclosure.Viewings
	Footage   viewing.Footage // see viewing.FromLibrary
	Bookmarks *bookmark.Bookmarks
	Snapshots *snapshot.Snapshots
	Timeline  timeline.Source
	Live      live.Source
	WHEP      live.WHEP
	MSE       live.MSE
	Viewers   *hub.Viewers
	Journal   live.Journal

	System  system.Sources
	Storage storage.Sources
	FFmpeg  func() string // its version, "" where there is none

	Ping time.Duration // how often an idle event stream is kept open; 0 means 15 s
}

func (d *Deps) chapters() *chapters {
	if d.Resolve == nil {
		d.Resolve = net.DefaultResolver.LookupNetIP
	}
	c := &chapters{
		session: session.Routes{
			Access: d.Access, Clock: d.Clock, TimeZone: d.TimeZone, SiteName: d.SiteName, Version: d.Version, Demo: d.Demo,
		},
		people: people.Routes{Access: d.Access},
		camera: camera.Routes{
			Registry: d.Cameras, Fleet: d.Fleet, Pictures: d.Pictures, Probe: d.Probe, Resolve: d.Resolve, Journal: d.Journal, Clock: d.Clock,
		},
		wall: wall.Routes{Layouts: d.Layouts},
		viewing: viewing.Routes{
			Viewings: d.Viewings, Footage: d.Footage, Timeline: d.Timeline, Present: d.Pictures,
			Bookmarks: d.Bookmarks, Snapshots: d.Snapshots, Journal: d.Journal, Clock: d.Clock,
			Running: d.Running, Gate: d.Access, Log: d.Log,
		},
		timeline: timeline.Routes{Source: d.Timeline, Clock: d.Clock},
		live: live.Routes{
			Source: d.Live, WHEP: d.WHEP, MSE: d.MSE, Viewers: d.Viewers, Journal: d.Journal,
			Running: d.Running, Gate: d.Access, Clock: d.Clock, Log: d.Log,
		},
		system: system.Routes{
			DB: d.DB, Sources: d.System, Names: d.names, FFmpeg: d.FFmpeg,
			Clock: d.Clock, Started: d.Started, Version: d.Version, Listen: d.Listen,
		},
	}
	c.storage = storage.Routes{Sources: d.Storage}
	c.stream = stream.Routes{
		Bus: d.Bus, Running: d.Running, Gate: d.Access, Clock: d.Clock, Version: d.Version, State: c.camera.State, Ping: d.Ping,
	}
	return c
}

func (d *Deps) names(ctx context.Context) (map[string]string, error) { return d.Access.Names(ctx) }
