// Package certificate keeps the web server's certificate: from files that it reads again when
// they change, from an authority that speaks ACME (RFC 8555), or of its own making. Whichever
// it is, a new one is in use without a restart, and its end is told ahead.
package certificate

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/config"
)

// Codes of what can be wrong, as alarms have them.
const (
	Expiring   = "certificate_expiring" // param on: the day
	Expired    = "certificate_expired"  // likewise
	Unreadable = "certificate_unreadable"
	Refused    = "certificate_refused"
)

// Keeper keeps the certificate.
type Keeper struct {
	Config  *config.Config // its TLSMode is not off
	Machine string         // name of this machine
	Clock   clock.Clock
	Log     *slog.Logger
	// Alarm is told what is wrong, and by an empty code that nothing is; may be nil.
	Alarm func(code, detail string, params map[string]any)

	source source
	loop   every.Loop

	mu      sync.Mutex // guards all below
	current []*tls.Certificate
	problem string // code
}

// source is where certificates come from.
type source interface {
	// round gives the certificates to use from now on, the most usual first; code says what
	// went wrong where err is not nil. Certificates may come with an error: those of before.
	round(ctx context.Context) (certificates []*tls.Certificate, code string, err error)
	// authority is the certificate that consoles install, DER; nil for none.
	authority() []byte
	close()
}

// Start reads, asks for or makes the certificate. Files that do not fit are an error; what
// an authority does not give yet may come.
func (k *Keeper) Start(ctx context.Context) error {
	if k.Log == nil {
		k.Log = slog.New(slog.DiscardHandler)
	}
	switch mode := k.Config.TLSMode(); mode {
	case config.TLSFiles:
		k.source = &files{certificate: k.Config.TLS.Certificate, key: k.Config.TLS.Key}
	case config.TLSGenerated:
		k.source = &own{folder: k.Config.TLSFolder(), names: k.Config.TLSNames(k.Machine), machine: k.Machine, clock: k.Clock, log: k.Log}
	case config.TLSACME:
		a, err := newACME(k.Config, k.Clock, k.Log)
		if err != nil {
			return fmt.Errorf("certificate: %w", err)
		}
		k.source = a
		return nil // asked for once connections are taken: the authority comes by one
	default:
		return fmt.Errorf("certificate: there is no mode %q", mode)
	}
	if err := k.round(ctx); err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	return nil
}

// Watch begins to look after the certificate.
func (k *Keeper) Watch(ctx context.Context) {
	k.loop.Start(ctx, time.Minute, func(ctx context.Context) { _ = k.round(ctx) })
}

// Round looks after it now.
func (k *Keeper) Round(ctx context.Context) error { return k.round(ctx) }

// Close ends that.
func (k *Keeper) Close() {
	k.loop.Close()
	if k.source != nil {
		k.source.close()
	}
}

func (k *Keeper) round(ctx context.Context) error {
	certificates, code, err := k.source.round(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	k.mu.Lock()
	if len(certificates) > 0 {
		if len(k.current) == 0 || !slices.EqualFunc(k.current, certificates, same) {
			k.Log.Info("certificate of the web server", "names", strings.Join(names(certificates), " "), "until", certificates[0].Leaf.NotAfter.UTC())
		}
		k.current = certificates
	}
	changed := k.problem != code
	k.problem = code
	k.mu.Unlock()
	if err != nil && changed {
		k.Log.Error("the certificate of the web server could not be renewed", "err", err)
	}
	k.tell(code)
	return err
}

func same(a, b *tls.Certificate) bool {
	return len(a.Certificate) > 0 && len(b.Certificate) > 0 && string(a.Certificate[0]) == string(b.Certificate[0])
}

// tell raises the alarm that fits, or ends it. What is renewed by itself is late only in the
// last quarter of its life.
func (k *Keeper) tell(code string) {
	if k.Alarm == nil {
		return
	}
	leaf := k.leaf()
	if leaf != nil {
		now := k.Clock.Now()
		left := leaf.NotAfter.Sub(now)
		ahead := time.Duration(k.Config.TLS.WarnDays) * 24 * time.Hour
		if k.Config.TLSMode() != config.TLSFiles {
			ahead = min(ahead, leaf.NotAfter.Sub(leaf.NotBefore)/4)
		}
		on := map[string]any{"on": leaf.NotAfter.UTC().Format(time.DateOnly)}
		switch {
		case left <= 0:
			k.Alarm(Expired, "The certificate of the web server has ended: browsers refuse it.", on)
			return
		case code == "" && left < ahead:
			k.Alarm(Expiring, "The certificate of the web server ends soon.", on)
			return
		}
	}
	switch code {
	case Unreadable:
		k.Alarm(code, "The certificate of the web server cannot be read anew; the one of before is in use.", nil)
	case Refused:
		k.Alarm(code, "The authority gives no certificate for the web server.", nil)
	default:
		k.Alarm("", "", nil)
	}
}

func (k *Keeper) leaf() *x509.Certificate {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.current) == 0 {
		return nil
	}
	return k.current[0].Leaf
}

// ErrNone says that there is no certificate yet.
var ErrNone = errors.New("certificate: there is none yet")

// TLS is the configuration of the web server.
func (k *Keeper) TLS() *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: k.get}
	if a, ok := k.source.(*acmeSource); ok {
		c.NextProtos = []string{"h2", "http/1.1", challengeProtocol}
		c.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if slices.Equal(hello.SupportedProtos, []string{challengeProtocol}) { // RFC 8737
				return a.manager.GetCertificate(hello)
			}
			return k.get(hello)
		}
	}
	return c
}

func (k *Keeper) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, c := range k.current {
		if hello.ServerName != "" && c.Leaf.VerifyHostname(hello.ServerName) == nil {
			return c, nil
		}
	}
	if len(k.current) == 0 {
		return nil, ErrNone
	}
	return k.current[0], nil
}

// State is how the certificate stands.
type State struct {
	Mode      string
	Names     []string
	Issuer    string
	NotAfter  time.Time // zero: there is none
	Authority string    // SHA-256 of the server's own authority, as people compare it; empty for none
	Problem   string    // code; empty: all is well
}

// State tells how it stands.
func (k *Keeper) State() State {
	s := State{Mode: k.Config.TLSMode(), Names: []string{}}
	if der := k.Authority(); der != nil {
		s.Authority = Fingerprint(der)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	s.Problem = k.problem
	if len(k.current) > 0 {
		leaf := k.current[0].Leaf
		s.Names, s.Issuer, s.NotAfter = names(k.current), leaf.Issuer.CommonName, leaf.NotAfter.UTC()
		if s.Issuer == "" {
			s.Issuer = leaf.Issuer.String()
		}
	}
	return s
}

// Authority is the certificate that consoles install, DER; nil where the server makes none.
func (k *Keeper) Authority() []byte { return k.source.authority() }

// Fingerprint writes the SHA-256 of a certificate as browsers and openssl do.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(parts, ":")
}

func names(certificates []*tls.Certificate) []string {
	all := []string{}
	add := func(n string) {
		if !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	for _, c := range certificates {
		for _, n := range c.Leaf.DNSNames {
			add(n)
		}
		for _, a := range c.Leaf.IPAddresses {
			add(a.String())
		}
	}
	return all
}
