// Package ldaptest runs a real LDAP server (Debian's slapd) for tests, with its entries in
// a temporary folder.
package ldaptest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// Names of the tree that a server begins with.
const (
	Base     = "dc=example,dc=org"
	People   = "ou=people," + Base
	Groups   = "ou=groups," + Base
	Service  = "cn=watchroom," + Base
	Password = "not-a-secret-of-anyone" // of Service, and of who was added without one
)

// Server is a server of a test.
type Server struct {
	Plain  string // ldap://127.0.0.1:PORT, takes StartTLS
	Secure string // ldaps://127.0.0.1:PORT
	Roots  *x509.CertPool

	t       testing.TB
	dir     string
	program string

	mu    sync.Mutex // guards all below
	child *exec.Cmd
	ended chan struct{}
	out   bytes.Buffer
}

// Start runs a server with an empty tree until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	program, err := exec.LookPath("slapd")
	if err != nil {
		if _, err := os.Stat("/usr/sbin/slapd"); err != nil {
			t.Fatal("no slapd on this machine; install it with: sudo apt-get install -y --no-install-recommends slapd")
		}
		program = "/usr/sbin/slapd"
	}
	s := &Server{t: t, dir: t.TempDir(), program: program}
	s.certificate()
	if err := os.Mkdir(filepath.Join(s.dir, "db"), 0o700); err != nil {
		t.Fatal(err)
	}
	configuration := fmt.Sprintf(`include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile %[1]s/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCACertificateFile %[1]s/ca.pem
TLSCertificateFile %[1]s/cert.pem
TLSCertificateKeyFile %[1]s/key.pem
TLSVerifyClient never
database mdb
maxsize 10485760
suffix "%[2]s"
rootdn "%[3]s"
rootpw %[4]s
directory %[1]s/db
dbnosync
`, s.dir, Base, Service, Password)
	s.write("slapd.conf", []byte(configuration))
	for range 5 { // the ports may be taken between their choice and their use
		s.Plain, s.Secure = "ldap://"+free(t), "ldaps://"+free(t)
		if err = s.Run(); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	for _, dn := range []string{Base, People, Groups} {
		attributes := map[string][]string{"objectClass": {"organizationalUnit"}}
		if dn == Base {
			attributes = map[string][]string{"objectClass": {"dcObject", "organization"}, "dc": {"example"}, "o": {"Example"}}
		}
		s.Add(dn, attributes)
	}
	return s
}

func free(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (s *Server) write(name string, content []byte) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), content, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// certificate makes an authority and a certificate for 127.0.0.1.
func (s *Server) certificate() {
	s.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	authority := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ldaptest"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageCertSign}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "slapd"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: authority.NotBefore, NotAfter: authority.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	s.Roots = x509.NewCertPool()
	for i, c := range []*x509.Certificate{authority, leaf} {
		der, err := x509.CreateCertificate(rand.Reader, c, authority, &key.PublicKey, key)
		if err != nil {
			s.t.Fatal(err)
		}
		text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
		s.write([]string{"ca.pem", "cert.pem"}[i], text)
		if i == 0 {
			s.Roots.AppendCertsFromPEM(text)
		}
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		s.t.Fatal(err)
	}
	s.write("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// Run starts the server, after Stop again, and waits until it answers.
func (s *Server) Run() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	child := exec.Command(s.program, "-h", s.Plain+" "+s.Secure, "-f", filepath.Join(s.dir, "slapd.conf"), "-d", "0")
	child.Stdout, child.Stderr = &s.out, &s.out
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := child.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() { _ = child.Wait(); close(ended) }()
	for limit := time.After(time.Minute); ; {
		if c, err := ldap.DialURL(s.Plain); err == nil {
			err = c.Bind(Service, Password)
			_ = c.Close()
			if err == nil {
				s.child, s.ended = child, ended
				return nil
			}
		}
		select {
		case <-ended:
			return fmt.Errorf("slapd ended: %s", s.out.String())
		case <-limit:
			_ = child.Process.Kill()
			<-ended
			return fmt.Errorf("slapd does not answer: %s", s.out.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends the server; its entries stay for Run.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child == nil {
		return
	}
	_ = s.child.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.ended:
	case <-time.After(time.Minute):
		_ = s.child.Process.Kill()
		<-s.ended
	}
	s.child = nil
}

func (s *Server) do(what string, act func(*ldap.Conn) error) {
	s.t.Helper()
	c, err := ldap.DialURL(s.Plain)
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	if err := c.Bind(Service, Password); err != nil {
		s.t.Fatal(err)
	}
	if err := act(c); err != nil {
		s.t.Fatalf("%s: %v", what, err)
	}
}

// Add adds an entry.
func (s *Server) Add(dn string, attributes map[string][]string) {
	s.t.Helper()
	s.do("add "+dn, func(c *ldap.Conn) error {
		r := ldap.NewAddRequest(dn, nil)
		for k, v := range attributes {
			r.Attribute(k, v)
		}
		return c.Add(r)
	})
}

// Person adds somebody, and gives their name.
func (s *Server) Person(uid, name, password string) (dn string) {
	s.t.Helper()
	dn = "uid=" + ldap.EscapeDN(uid) + "," + People
	s.Add(dn, map[string][]string{"objectClass": {"inetOrgPerson"}, "uid": {uid}, "cn": {name}, "sn": {name}, "userPassword": {password}})
	return dn
}

// Group adds a group with members, of which it needs at least one.
func (s *Server) Group(cn string, members ...string) (dn string) {
	s.t.Helper()
	dn = "cn=" + ldap.EscapeDN(cn) + "," + Groups
	s.Add(dn, map[string][]string{"objectClass": {"groupOfNames"}, "cn": {cn}, "member": members})
	return dn
}

// Members replaces the members of a group.
func (s *Server) Members(group string, members ...string) {
	s.t.Helper()
	s.do("change "+group, func(c *ldap.Conn) error {
		r := ldap.NewModifyRequest(group, nil)
		r.Replace("member", members)
		return c.Modify(r)
	})
}

// Remove removes an entry.
func (s *Server) Remove(dn string) {
	s.t.Helper()
	s.do("remove "+dn, func(c *ldap.Conn) error { return c.Del(ldap.NewDelRequest(dn, nil)) })
}
