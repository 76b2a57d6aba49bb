package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
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
	"watchroom/internal/problem"
)

// front is the web server. It listens before anything else begins, so that a port
// that is taken or a certificate that does not fit is told at once and no camera is
// touched; until the rest stands it says that it starts, or what keeps it from that.
type front struct {
	address string

	starting *api.Starting
	handler  atomic.Pointer[http.Handler]
	server   *http.Server
	door     *door.Door
	pass     func([]*net.TCPConn) // on closing, what may go on elsewhere
	serve    func()
	keeper   *certificate.Keeper // nil: plain HTTP
	begun    sync.Once
	done     sync.WaitGroup
}

// listen opens the front. storage names the state of the volume; alarm is told what is
// wrong with the certificate.
func (a *App) listen(storage func() string, alarm func(code, detail string, params map[string]any)) (*front, error) {
	cfg := a.Config
	var secure *tls.Config
	var keeper *certificate.Keeper
	scheme := "http"
	if cfg.HTTPS() {
		machine, _ := os.Hostname() // it is one name more for a certificate of our own
		keeper = &certificate.Keeper{Config: cfg, Machine: machine, Clock: a.Clock, Log: a.Log, Alarm: alarm}
		if err := keeper.Start(context.Background()); err != nil {
			return nil, err
		}
		secure, scheme = keeper.TLS(), "https"
	}
	starting := &api.Starting{Web: a.Web, Proxies: site.Proxies(cfg), Storage: storage}
	if err := starting.Start(); err != nil {
		return nil, err
	}
	l, err := a.listener(cfg.Listen)
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("another program, such as a demo, holds the address %s: stop it, or choose another with --listen or listen in the configuration file: %w", cfg.Listen, err)
		}
		return nil, fmt.Errorf("listen on %s: %w", cfg.Listen, err)
	}
	if cfg.Exposed() {
		a.Log.Warn("other machines reach the web server without TLS: passwords, sessions and pictures pass the network in the clear; set tls.mode, such as generated, or a reverse proxy with TLS and trusted_proxies",
			"listen", l.Addr().String())
	}
	f := &front{address: l.Addr().String(), starting: starting, door: door.New(l), pass: a.pass, keeper: keeper}
	a.URL = scheme + "://" + site.Reachable(f.address)
	f.server = &http.Server{
		Handler: f, TLSConfig: secure,
		ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ConnState: f.door.Mark, ErrorLog: slog.NewLogLogger(a.Log.Handler(), slog.LevelDebug),
	}
	f.serve = func() {
		var err error
		if secure != nil {
			err = f.server.ServeTLS(f.door, "", "")
		} else {
			err = f.server.Serve(f.door)
		}
		if err != nil && !errors.Is(err, http.ErrServerClosed) && !f.door.Leaving() {
			a.Log.Error("the web server ended", "err", err)
		}
	}
	if a.heir == nil { // otherwise the process before still answers
		f.begin()
	}
	a.onClose(f.close)
	return f, nil
}

// begin takes connections. Until then they queue.
func (f *front) begin() {
	f.begun.Do(func() {
		f.done.Go(f.serve)
		if f.keeper != nil { // an authority comes back by a connection of its own
			f.keeper.Watch(context.Background())
		}
	})
}

// open lets requests through to the application.
func (f *front) open(h http.Handler) { f.handler.Store(&h) }

// close answers what was asked, passes on the connections on which nothing was, and
// ends the others: those of a TLS session, and what did not end in time.
func (f *front) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	f.begun.Do(func() {}) // it does not begin any more
	f.pass(f.door.Leave(ctx))
	// Streams of HTTP/2 are told to go on elsewhere (RFC 9113 6.8).
	if err := f.server.Shutdown(ctx); err != nil {
		_ = f.server.Close() // what did not end in time is cut off
	}
	f.done.Wait()
	if f.keeper != nil {
		f.keeper.Close()
	}
}

// certificate tells the system page of the certificate; nil: plain HTTP.
func (f *front) certificate() *system.Certificate {
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

// authority is the certificate that consoles install; nil for none.
func (f *front) authority() []byte {
	if f.keeper == nil {
		return nil
	}
	return f.keeper.Authority()
}

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.TLS != nil && f.door.Leaving() {
		w.Header().Set("Connection", "close") // it cannot pass on, and is not to be used again
	}
	if h := f.handler.Load(); h != nil {
		(*h).ServeHTTP(w, r)
		return
	}
	f.starting.ServeHTTP(w, r)
}

// because names what the front says until it is opened.
func (f *front) because(why *problem.Error) { f.starting.Because(why) }
