// Package front is the web server that stands before everything: it listens, keeps its
// certificate, and answers until the application does.
package front

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"watchroom/internal/api"
	"watchroom/internal/api/system"
	"watchroom/internal/app/certificate"
	"watchroom/internal/app/door"
	"watchroom/internal/app/site"
	"watchroom/internal/clock"
	"watchroom/internal/config"
	"watchroom/internal/problem"
)

// Front is the web server. It listens before anything else begins, so that a port
// that is taken or a certificate that does not fit is told at once and no camera is
// touched; until the rest stands it says that it starts, or what keeps it from that.
type Front struct {
	Config *config.Config
	Web    fs.FS // the browser application
	Clock  clock.Clock
	Log    *slog.Logger
	// Storage names the state of the volume.
	Storage func() string
	// Alarm is told what is wrong with the certificate.
	Alarm func(code, detail string, params map[string]any)
	// Listen opens the listener, or takes that of the process before.
	Listen func(address string) (*net.TCPListener, error)
	// Pass is given, on closing, the connections that may go on elsewhere.
	Pass func([]*net.TCPConn)
	// Later leaves connections to queue until Begin: the process before still answers.
	Later bool

	Address string // that it listens on, after Start
	URL     string // under which it answers, after Start

	starting *api.Starting
	handler  atomic.Pointer[http.Handler]
	server   *http.Server
	door     *door.Door
	serve    func()
	keeper   *certificate.Keeper // nil: plain HTTP
	begun    sync.Once
	done     sync.WaitGroup
}

// Start listens.
func (f *Front) Start() error {
	cfg := f.Config
	var secure *tls.Config
	scheme := "http"
	if cfg.HTTPS() {
		machine, _ := os.Hostname() // it is one name more for a certificate of our own
		f.keeper = &certificate.Keeper{Config: cfg, Machine: machine, Clock: f.Clock, Log: f.Log, Alarm: f.Alarm}
		if err := f.keeper.Start(context.Background()); err != nil {
			return err
		}
		secure, scheme = f.keeper.TLS(), "https"
	}
	f.starting = &api.Starting{Web: f.Web, Proxies: site.Proxies(cfg), Storage: f.Storage}
	if err := f.starting.Start(); err != nil {
		return err
	}
	l, err := f.Listen(cfg.Listen)
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return fmt.Errorf("another program, such as a demo, holds the address %s: stop it, or choose another with --listen or listen in the configuration file: %w", cfg.Listen, err)
		}
		return fmt.Errorf("listen on %s: %w", cfg.Listen, err)
	}
	if cfg.Exposed() {
		f.Log.Warn("other machines reach the web server without TLS: passwords, sessions and pictures pass the network in the clear; set tls.mode, such as generated, or a reverse proxy with TLS and trusted_proxies",
			"listen", l.Addr().String())
	}
	f.Address, f.door = l.Addr().String(), door.New(l)
	f.URL = scheme + "://" + site.Reachable(f.Address)
	f.server = &http.Server{
		Handler: f, TLSConfig: secure,
		ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ConnState: f.door.Mark, ErrorLog: slog.NewLogLogger(f.Log.Handler(), slog.LevelDebug),
	}
	f.serve = func() {
		var err error
		if secure != nil {
			err = f.server.ServeTLS(f.door, "", "")
		} else {
			err = f.server.Serve(f.door)
		}
		if err != nil && !errors.Is(err, http.ErrServerClosed) && !f.door.Leaving() {
			f.Log.Error("the web server ended", "err", err)
		}
	}
	if !f.Later {
		f.Begin()
	}
	return nil
}

// Begin takes connections. Until then they queue.
func (f *Front) Begin() {
	f.begun.Do(func() {
		f.done.Go(f.serve)
		if f.keeper != nil { // an authority comes back by a connection of its own
			f.keeper.Watch(context.Background())
		}
	})
}

// Open lets requests through to the application.
func (f *Front) Open(h http.Handler) { f.handler.Store(&h) }

// Close answers what was asked, passes on the connections on which nothing was, and
// ends the others: those of a TLS session, and what did not end in time.
func (f *Front) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	f.begun.Do(func() {}) // it does not begin any more
	f.Pass(f.door.Leave(ctx))
	// Streams of HTTP/2 are told to go on elsewhere (RFC 9113 6.8).
	if err := f.server.Shutdown(ctx); err != nil {
		_ = f.server.Close() // what did not end in time is cut off
	}
	f.done.Wait()
	if f.keeper != nil {
		f.keeper.Close()
	}
}

// Certificate tells the system page of the certificate; nil: plain HTTP.
func (f *Front) Certificate() *system.Certificate {
	if f.keeper == nil {
		return nil
	}
	s := f.keeper.State()
	c := &system.Certificate{Mode: s.Mode, Names: s.Names, Issuer: s.Issuer, Authority: s.Authority, Problem: s.Problem}
	if !s.NotAfter.IsZero() {
		c.ExpiresAt = &s.NotAfter
	}
	return c
}

// Authority is the certificate that consoles install; nil for none.
func (f *Front) Authority() []byte {
	if f.keeper == nil {
		return nil
	}
	return f.keeper.Authority()
}

// ServeHTTP implements http.Handler.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.TLS != nil && f.door.Leaving() {
		w.Header().Set("Connection", "close") // it cannot pass on, and is not to be used again
	}
	if h := f.handler.Load(); h != nil {
		(*h).ServeHTTP(w, r)
		return
	}
	f.starting.ServeHTTP(w, r)
}

// Because names what the front says until it is opened.
func (f *Front) Because(why *problem.Error) { f.starting.Because(why) }

// Add takes connections that a process before passes on.
func (f *Front) Add(list ...*net.TCPConn) { f.door.Add(list...) }

// Listener is what it listens with, for the process that comes next.
func (f *Front) Listener() *net.TCPListener { return f.door.Listener }
