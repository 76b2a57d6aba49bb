package certificate

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/durable"
)

// How long what the server makes is good.
const (
	authorityLasts = 10 * 365 * 24 * time.Hour
	leafLasts      = 397 * 24 * time.Hour // what browsers accept at most
	renewAhead     = 60 * 24 * time.Hour
)

// own makes certificates with an authority of its own (ruling R4). The authority may speak
// for the configured names only (RFC 5280 section 4.2.1.10): who steals its key cannot pass
// for other servers where consoles trust it.
type own struct {
	folder  string
	names   []string
	machine string
	clock   clock.Clock
	log     *slog.Logger

	mu   sync.Mutex // guards all below
	ca   *tls.Certificate
	leaf *tls.Certificate
}

func (o *own) path(name string) string { return filepath.Join(o.folder, name) }

func (o *own) round(context.Context) ([]*tls.Certificate, string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.keep(); err != nil {
		if o.leaf != nil {
			return []*tls.Certificate{o.leaf}, Unreadable, err
		}
		return nil, Unreadable, err
	}
	return []*tls.Certificate{o.leaf}, "", nil
}

// keep sees to it that both are there and good for a while.
func (o *own) keep() error {
	now := o.clock.Now()
	if o.ca == nil {
		if err := os.MkdirAll(o.folder, 0o700); err != nil {
			return err
		}
		var err error
		if o.ca, err = o.stored("ca"); err != nil {
			return err
		}
		if o.leaf, err = o.stored("server"); err != nil {
			return err
		}
	}
	if o.ca == nil || o.ca.Leaf.NotAfter.Sub(now) < leafLasts || !o.speaksFor(o.ca.Leaf) {
		if o.ca != nil {
			o.log.Warn("the server's own authority is replaced, since it ends or the names are others: consoles must install the new one", "fingerprint", Fingerprint(o.ca.Certificate[0]))
		}
		made, err := o.make("ca", o.authorityFor(now), nil)
		if err != nil {
			return err
		}
		o.ca, o.leaf = made, nil
	}
	if o.leaf == nil || o.leaf.Leaf.NotAfter.Sub(now) < renewAhead || o.leaf.Leaf.CheckSignatureFrom(o.ca.Leaf) != nil || !o.exactly(o.leaf.Leaf) {
		made, err := o.make("server", o.leafFor(now), o.ca)
		if err != nil {
			return err
		}
		o.leaf = made
	}
	return nil
}

// stored reads a pair; nil where there is none.
func (o *own) stored(name string) (*tls.Certificate, error) {
	if _, err := os.Stat(o.path(name + ".pem")); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return load(o.path(name+".pem"), o.path(name+".key"))
}

// split tells the two kinds of names apart.
func (o *own) split() (hosts []string, addresses []net.IP) {
	for _, n := range o.names {
		if ip := net.ParseIP(n); ip != nil {
			addresses = append(addresses, ip)
		} else {
			hosts = append(hosts, n)
		}
	}
	return hosts, addresses
}

// exactly tells whether a certificate is for all the names and no others.
func (o *own) exactly(c *x509.Certificate) bool {
	hosts, addresses := o.split()
	if len(c.DNSNames) != len(hosts) || len(c.IPAddresses) != len(addresses) {
		return false
	}
	for _, n := range o.names {
		if c.VerifyHostname(n) != nil {
			return false
		}
	}
	return true
}

// speaksFor tells whether an authority may speak for all the names.
func (o *own) speaksFor(c *x509.Certificate) bool {
	for _, n := range o.names {
		ok := false
		if ip := net.ParseIP(n); ip != nil {
			for _, r := range c.PermittedIPRanges {
				ok = ok || r.Contains(ip)
			}
		} else {
			for _, d := range c.PermittedDNSDomains {
				ok = ok || strings.EqualFold(n, d) || strings.HasSuffix(strings.ToLower(n), "."+strings.ToLower(d))
			}
		}
		if !ok {
			return false
		}
	}
	return true
}

func (o *own) authorityFor(now time.Time) *x509.Certificate {
	c := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "Watchroom " + o.machine + " " + now.Format(time.DateOnly), Organization: []string{"Watchroom"}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(authorityLasts),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, PermittedDNSDomainsCritical: true,
	}
	hosts, addresses := o.split()
	c.PermittedDNSDomains = hosts
	for _, ip := range addresses {
		bits := 128
		if v4 := ip.To4(); v4 != nil {
			ip, bits = v4, 32
		}
		c.PermittedIPRanges = append(c.PermittedIPRanges, &net.IPNet{IP: ip, Mask: net.CIDRMask(bits, bits)})
	}
	return c
}

func (o *own) leafFor(now time.Time) *x509.Certificate {
	c := &x509.Certificate{
		Subject:   pkix.Name{CommonName: o.names[0]},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(leafLasts),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	c.DNSNames, c.IPAddresses = o.split()
	return c
}

// make makes a pair and keeps it: the key first, so that no certificate is without one.
func (o *own) make(name string, c *x509.Certificate, by *tls.Certificate) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if c.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)); err != nil {
		return nil, err
	}
	parent, signer := c, crypto.PrivateKey(key)
	if by != nil {
		parent, signer = by.Leaf, by.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	// A crash between the two renames leaves a pair that does not fit, which is made anew.
	for _, part := range []struct {
		file, kind string
		bytes      []byte
	}{{name + ".key", "PRIVATE KEY", secret}, {name + ".pem", "CERTIFICATE", der}} {
		if err := durable.Replace(o.path(part.file), pem.EncodeToMemory(&pem.Block{Type: part.kind, Bytes: part.bytes}), 0o600); err != nil {
			return nil, err
		}
	}
	return load(o.path(name+".pem"), o.path(name+".key"))
}

func (o *own) authority() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ca == nil {
		return nil
	}
	return o.ca.Certificate[0]
}

func (o *own) close() {}
