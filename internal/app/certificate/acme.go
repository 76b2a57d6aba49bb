package certificate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"watchroom/internal/clock"
	"watchroom/internal/config"
)

// challengeProtocol is what an authority speaks that comes for the challenge over TLS
// (RFC 8737).
const challengeProtocol = acme.ALPNProto

// acmeSource asks an authority.
type acmeSource struct {
	manager *autocert.Manager
	names   []string
	listen  string // of the challenge over HTTP; empty for none
	clock   clock.Clock
	log     *slog.Logger

	web      *http.Server
	done     sync.WaitGroup
	failures int
	next     time.Time // not asked before, after a failure
	why      error     // of the failure
}

func newACME(c *config.Config, now clock.Clock, log *slog.Logger) (*acmeSource, error) {
	client := &acme.Client{DirectoryURL: c.TLS.ACME.Directory, UserAgent: "watchroom", HTTPClient: &http.Client{Timeout: time.Minute}}
	if c.TLS.ACME.CA != "" {
		text, err := os.ReadFile(c.TLS.ACME.CA)
		if err != nil {
			return nil, err
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s holds no certificate", c.TLS.ACME.CA)
		}
		client.HTTPClient = &http.Client{Timeout: time.Minute, Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, Proxy: http.ProxyFromEnvironment, IdleConnTimeout: time.Minute}}
	}
	names := c.TLSNames("")
	return &acmeSource{
		manager: &autocert.Manager{Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(filepath.Join(c.TLSFolder(), "acme")),
			HostPolicy: autocert.HostWhitelist(names...), Client: client, Email: c.TLS.ACME.Email},
		names: names, listen: c.TLS.ACME.ChallengeListen, clock: now, log: log,
	}, nil
}

// round asks for what is missing; the manager renews by itself what is there. After a
// failure it waits longer each time: authorities count failures.
func (a *acmeSource) round(ctx context.Context) ([]*tls.Certificate, string, error) {
	a.answer()
	now := a.clock.Now()
	if now.Before(a.next) {
		return nil, Refused, a.why
	}
	var all []*tls.Certificate
	var wrong []error
	for _, name := range a.names {
		c, err := a.ask(ctx, name)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", name, err))
			continue
		}
		all = append(all, c)
	}
	a.why = errors.Join(wrong...)
	if a.why == nil {
		a.failures, a.next = 0, time.Time{}
		return all, "", nil
	}
	a.next = now.Add(min(5*time.Minute<<min(a.failures, 4), time.Hour))
	a.failures++
	return all, Refused, a.why
}

// ask gives the certificate for a name, as for a browser that takes elliptic curves.
func (a *acmeSource) ask(ctx context.Context, name string) (*tls.Certificate, error) {
	type given struct {
		c   *tls.Certificate
		err error
	}
	answer := make(chan given, 1)
	go func() {
		c, err := a.manager.GetCertificate(&tls.ClientHelloInfo{ServerName: name, SupportedProtos: []string{"h2", "http/1.1"},
			SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256}, SupportedCurves: []tls.CurveID{tls.CurveP256},
			CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}, SupportedVersions: []uint16{tls.VersionTLS13, tls.VersionTLS12}})
		if err == nil && c.Leaf == nil {
			leaf, parseErr := x509.ParseCertificate(c.Certificate[0])
			whole := *c
			whole.Leaf = leaf
			c, err = &whole, parseErr
		}
		answer <- given{c, err}
	}()
	select {
	case g := <-answer:
		return g.c, g.err
	case <-ctx.Done(): // the manager gives up by itself
		return nil, ctx.Err()
	}
}

// answer opens the port of the challenge over HTTP, and tries again where another process,
// such as the one before, still holds it.
func (a *acmeSource) answer() {
	if a.listen == "" || a.web != nil {
		return
	}
	l, err := net.Listen("tcp", a.listen)
	if err != nil {
		a.log.Warn("the port of the challenge over HTTP is not to be had yet", "listen", a.listen, "err", err)
		return
	}
	challenge := a.manager.HTTPHandler(nil)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host, _, err := net.SplitHostPort(r.Host); err == nil { // the manager knows names without ports
			r.Host = host
		}
		challenge.ServeHTTP(w, r)
	})
	a.web = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug)}
	a.done.Go(func() { _ = a.web.Serve(l) }) // ends with close
}

func (a *acmeSource) authority() []byte { return nil }

func (a *acmeSource) close() {
	if a.web != nil {
		_ = a.web.Close()
		a.done.Wait()
	}
	a.manager.Client.HTTPClient.CloseIdleConnections()
}
