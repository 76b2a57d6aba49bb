package certificate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"watchroom/internal/config"
	"watchroom/internal/testkit/acmetest"
	"watchroom/internal/testkit/leak"
)

// bench is a keeper whose clock the test holds, with what it raised.
type bench struct {
	*Keeper
	mu    sync.Mutex // guards all below
	now   time.Time
	alarm string
}

func keeper(t *testing.T, c *config.Config, now time.Time) *bench {
	t.Helper()
	b := &bench{now: now}
	b.Keeper = &Keeper{Config: c, Machine: "recorder", Clock: func() time.Time { b.mu.Lock(); defer b.mu.Unlock(); return b.now },
		Alarm: func(code, _ string, _ map[string]any) { b.mu.Lock(); b.alarm = code; b.mu.Unlock() }}
	t.Cleanup(b.Close)
	return b
}

func (b *bench) at(now time.Time) string {
	b.mu.Lock()
	b.now = now
	b.mu.Unlock()
	_ = b.Round(context.Background())
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.alarm
}

// serve answers with a keeper's certificate on loopback.
func serve(t *testing.T, k *Keeper, l net.Listener) {
	t.Helper()
	server := &http.Server{Handler: http.NotFoundHandler(), TLSConfig: k.TLS()}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.ServeTLS(l, "", "") }()
	t.Cleanup(func() { server.Close(); <-done })
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// shown is the certificate that a browser gets that asks for a name and trusts roots.
func shown(address, name string, roots *x509.CertPool) (*x509.Certificate, error) {
	c, err := tls.Dial("tcp", address, &tls.Config{ServerName: name, RootCAs: roots, InsecureSkipVerify: roots == nil})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0], nil
}

func generated(t *testing.T) *config.Config {
	t.Helper()
	c := config.Default()
	c.Data, c.TLS.Mode, c.TLS.Names = t.TempDir(), config.TLSGenerated, []string{"watch.example.org", "192.0.2.7"}
	return c
}

// TestACertificateOfOurOwn: whoever installs the authority trusts the server by every name,
// across restarts and renewals; and the authority speaks for nobody else.
func TestACertificateOfOurOwn(t *testing.T) {
	leak.Check(t)
	c, now := generated(t), time.Now().UTC()
	k := keeper(t, c, now)
	if err := k.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	der := k.Authority()
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	l := listen(t)
	serve(t, k.Keeper, l)
	var first *x509.Certificate
	for _, name := range []string{"watch.example.org", "192.0.2.7", "recorder", "localhost", "127.0.0.1"} {
		if first, err = shown(l.Addr().String(), name, roots); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s := k.State(); s.Mode != "generated" || s.Authority != Fingerprint(der) || len(s.Names) != 6 || s.Problem != "" || !s.NotAfter.Equal(first.NotAfter) {
		t.Errorf("%+v", s)
	}
	for _, name := range []string{"ca.key", "server.key"} {
		if info, err := os.Stat(filepath.Join(c.TLSFolder(), name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	// Its key in other hands makes nothing that consoles take for another server.
	evil := &own{folder: t.TempDir(), names: []string{"bank.example.com"}, clock: k.Clock}
	forged, err := evil.make("x", evil.leafFor(now), k.source.(*own).ca)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := forged.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "bank.example.com"}); err == nil {
		t.Error("the authority speaks for anybody")
	}
	// Again: the same. Much later: renewed, by the same authority, without a restart.
	again := keeper(t, c, now)
	if err := again.Start(t.Context()); err != nil || again.leaf().SerialNumber.Cmp(first.SerialNumber) != 0 {
		t.Errorf("a restart makes another: %v", err)
	}
	if alarm := k.at(now.Add(leafLasts - renewAhead - 2*time.Hour)); alarm != "" || k.leaf().SerialNumber.Cmp(first.SerialNumber) != 0 {
		t.Errorf("renewed too early; alarm %q", alarm)
	}
	if alarm := k.at(now.Add(leafLasts - renewAhead)); alarm != "" {
		t.Errorf("alarm %q", alarm)
	}
	renewed, err := shown(l.Addr().String(), "watch.example.org", nil)
	if err != nil || renewed.SerialNumber.Cmp(first.SerialNumber) == 0 || renewed.CheckSignatureFrom(ca) != nil {
		t.Errorf("not renewed: %v", err)
	}
	// Another name needs another authority, since the first may not speak for it.
	c.TLS.Names = append(c.TLS.Names, "new.example.com")
	other := keeper(t, c, now)
	if err := other.Start(t.Context()); err != nil || slices.Equal(other.Authority(), der) || other.leaf().VerifyHostname("new.example.com") != nil {
		t.Errorf("another name: %v", err)
	}
	// One name less does not.
	c.TLS.Names, der = c.TLS.Names[:1], other.Authority()
	less := keeper(t, c, now)
	if err := less.Start(t.Context()); err != nil || !slices.Equal(less.Authority(), der) || less.leaf().VerifyHostname("new.example.com") == nil {
		t.Errorf("a name less: %v", err)
	}
}

// TestFilesAreReadAnew: a new pair is in use without a restart, a broken one leaves the old
// one and raises an alarm; and what ends is told 30 days ahead.
func TestFilesAreReadAnew(t *testing.T) {
	leak.Check(t)
	dir, now := t.TempDir(), time.Now().UTC()
	maker := &own{folder: dir, names: []string{"watch.example.org"}, clock: func() time.Time { return now }}
	if _, err := maker.make("server", maker.leafFor(now), nil); err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.TLS.Certificate, c.TLS.Key = filepath.Join(dir, "server.pem"), filepath.Join(dir, "server.key")
	k := keeper(t, c, now)
	if err := k.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := k.leaf()
	end := first.NotAfter
	for _, step := range []struct {
		now  time.Time
		want string
	}{{end.Add(-30 * 24 * time.Hour), ""}, {end.Add(-30*24*time.Hour + time.Second), Expiring}, {end, Expired}, {now, ""}} {
		if got := k.at(step.now); got != step.want {
			t.Errorf("at %v: %q, want %q", step.now, got, step.want)
		}
	}
	if err := os.WriteFile(c.TLS.Key, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := k.at(now); got != Unreadable || k.leaf() != first {
		t.Errorf("a broken key: %q", got)
	}
	if s := k.State(); s.Problem != Unreadable || s.NotAfter.IsZero() {
		t.Errorf("%+v", s)
	}
	if _, err := maker.make("server", maker.leafFor(now.Add(time.Hour)), nil); err != nil {
		t.Fatal(err)
	}
	if got := k.at(now); got != "" || k.leaf().SerialNumber.Cmp(first.SerialNumber) == 0 {
		t.Errorf("a new pair: %q", got)
	}
	missing := keeper(t, &config.Config{TLS: config.TLS{Certificate: "/nowhere.pem", Key: "/nowhere.key"}}, now)
	if err := missing.Start(t.Context()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("files that are not there: %v", err)
	}
}

// TestACertificateOfAnAuthority: a real one comes, for the challenge over TLS, to the port
// of the web server itself, or over HTTP to one of its own.
func TestACertificateOfAnAuthority(t *testing.T) {
	leak.Check(t)
	for _, way := range []string{"tls", "http"} {
		t.Run(way, func(t *testing.T) {
			l, http01 := listen(t), listen(t)
			tlsPort, httpPort := l.Addr().(*net.TCPAddr).Port, http01.Addr().(*net.TCPAddr).Port
			http01.Close()
			if way == "http" {
				tlsPort = 1 // nobody answers there
			}
			authority := acmetest.Start(t, tlsPort, httpPort, 90*24*3600)
			c := config.Default()
			c.Data, c.TLS.Mode, c.TLS.Names = t.TempDir(), config.TLSACME, []string{"watch.example.org", "door.example.org"}
			c.TLS.ACME = config.ACME{Directory: authority.Directory, CA: authority.CA, Email: "office@example.org"}
			if way == "http" {
				c.TLS.ACME.ChallengeListen = http01.Addr().String()
			}
			k := keeper(t, c, time.Now())
			if err := k.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			serve(t, k.Keeper, l)
			if _, err := shown(l.Addr().String(), "watch.example.org", nil); err == nil {
				t.Error("there is a certificate before there is one")
			}
			if err := k.Round(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, name := range c.TLS.Names {
				if _, err := shown(l.Addr().String(), name, authority.Roots); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			if s := k.State(); s.Problem != "" || !slices.Equal(s.Names, c.TLS.Names) || !strings.Contains(s.Issuer, "Pebble") {
				t.Errorf("%+v", s)
			}
			// Nobody makes it ask for another name.
			if got, err := shown(l.Addr().String(), "evil.example.com", nil); err != nil || got.VerifyHostname("evil.example.com") == nil {
				t.Errorf("for a name that is not ours: %v", err)
			}
			if way == "http" {
				client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Transport: &http.Transport{DisableKeepAlives: true}}
				answer, err := client.Get("http://" + c.TLS.ACME.ChallengeListen + "/wall")
				if err != nil {
					t.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
				if to := answer.Header.Get("Location"); answer.StatusCode != http.StatusFound || to != "https://127.0.0.1/wall" {
					t.Errorf("%d %s", answer.StatusCode, to)
				}
			}
			// What was given is kept: a restart asks for nothing.
			kept := keeper(t, c, time.Now())
			kept.Config = &config.Config{}
			*kept.Config = *c
			kept.Config.TLS.ACME.Directory, kept.Config.TLS.ACME.ChallengeListen = "https://127.0.0.1:1/dir", ""
			if err := kept.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := kept.Round(t.Context()); err != nil || kept.leaf().SerialNumber.Cmp(k.leaf().SerialNumber) != 0 {
				t.Errorf("a restart: %v", err)
			}
		})
	}
}

// TestAnAuthorityThatRefuses: the alarm says so, and it is not asked again at once.
func TestAnAuthorityThatRefuses(t *testing.T) {
	leak.Check(t)
	authority := acmetest.Start(t, 1, 1, 3600)
	c := config.Default()
	c.Data, c.TLS.Mode, c.TLS.Names = t.TempDir(), config.TLSACME, []string{"watch.example.org"}
	c.TLS.ACME = config.ACME{Directory: authority.Directory, CA: authority.CA}
	now := time.Now()
	k := keeper(t, c, now)
	if err := k.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := k.at(now); got != Refused {
		t.Errorf("alarm %q", got)
	}
	a := k.source.(*acmeSource)
	if k.at(now.Add(4 * time.Minute)); a.failures != 1 {
		t.Errorf("asked %d times", a.failures)
	}
	if s := k.State(); s.Problem != Refused || !s.NotAfter.IsZero() {
		t.Errorf("%+v", s)
	}
}
