// Package acmetest runs a real ACME server (letsencrypt/pebble) for tests. It validates
// what it is asked for: every name is at 127.0.0.1, on the port that the test names.
package acmetest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Program is the server's file name, with its version, below .cache/bin.
const Program = "pebble-v2.10.0"

// Server is a server of a test.
type Server struct {
	Directory string         // https://127.0.0.1:PORT/dir
	CA        string         // PEM file of what the server itself is known by
	Roots     *x509.CertPool // of what it issues
}

// Start runs a server until the test ends, which comes to tlsPort and httpPort of 127.0.0.1
// for the challenges of whatever name. Certificates last for so many seconds.
func Start(t testing.TB, tlsPort, httpPort, lasts int) *Server {
	t.Helper()
	program, err := find()
	if err != nil {
		t.Fatal(err)
	}
	dir, address, management := t.TempDir(), free(t), free(t)
	s := &Server{Directory: "https://" + address + "/dir", CA: filepath.Join(dir, "ca.pem")}
	certificate(t, dir)
	configuration, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": address, "managementListenAddress": management, "certificate": filepath.Join(dir, "cert.pem"), "privateKey": filepath.Join(dir, "key.pem"),
		"httpPort": httpPort, "tlsPort": tlsPort, "retryAfter": map[string]int{"authz": 1, "order": 1},
		"profiles": map[string]any{"default": map[string]any{"description": "all there is", "validityPeriod": lasts}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pebble.json"), configuration, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	child := exec.Command(program, "-config", filepath.Join(dir, "pebble.json"), "-dnsserver", names(t))
	child.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0", "PEBBLE_AUTHZREUSE=0")
	child.Stdout, child.Stderr = &out, &out
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = child.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = child.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("the ACME server said: %s", out.String())
		}
	})
	s.Roots = s.roots(t, management, ended)
	return s
}

// roots waits until the server answers, and fetches the authority that it made.
func (s *Server) roots(t testing.TB, management string, ended <-chan struct{}) *x509.CertPool {
	t.Helper()
	text, err := os.ReadFile(s.CA)
	if err != nil {
		t.Fatal(err)
	}
	own := x509.NewCertPool()
	own.AppendCertsFromPEM(text)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: own}, DisableKeepAlives: true}}
	for limit := time.After(time.Minute); ; {
		answer, err := client.Get("https://" + management + "/roots/0")
		if err == nil {
			body, readErr := io.ReadAll(answer.Body)
			answer.Body.Close()
			pool := x509.NewCertPool()
			if readErr == nil && pool.AppendCertsFromPEM(body) {
				return pool
			}
			err = fmt.Errorf("%s: %w", answer.Status, readErr)
		}
		select {
		case <-ended:
			t.Fatal("the ACME server ended")
		case <-limit:
			t.Fatalf("the ACME server does not answer: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// find looks for the program where scripts/setup puts it.
func find() (string, error) {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		path := filepath.Join(dir, ".cache", "bin", Program)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	return "", errors.New("no ACME server on this machine; install it with: scripts/setup test")
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

// names answers every question of the domain name system with 127.0.0.1. The server asks
// over TCP only (RFC 1035 section 4.2.2: a length before each message).
func names(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			done.Go(func() {
				defer c.Close()
				for {
					if err := answer(c); err != nil {
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() { l.Close(); done.Wait() })
	return l.Addr().String()
}

func answer(c net.Conn) error {
	_ = c.SetDeadline(time.Now().Add(10 * time.Second)) // or the end of a test would wait for who asks no more
	var length [2]byte
	if _, err := io.ReadFull(c, length[:]); err != nil {
		return err
	}
	b := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(c, b); err != nil {
		return err
	}
	var m dnsmessage.Message
	if err := m.Unpack(b); err != nil {
		return err
	}
	reply := dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true, Authoritative: true, RecursionDesired: m.RecursionDesired}, Questions: m.Questions}
	for _, q := range m.Questions {
		if q.Type == dnsmessage.TypeA {
			reply.Answers = append(reply.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1},
				Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}})
		}
	}
	packed, err := reply.AppendPack(make([]byte, 2))
	if err != nil {
		return err
	}
	binary.BigEndian.PutUint16(packed, uint16(len(packed)-2))
	_, err = c.Write(packed)
	return err
}

// certificate makes what the server itself is known by.
func certificate(t testing.TB, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "acmetest"}, IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for name, content := range map[string][]byte{"ca.pem": text, "cert.pem": text, "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
