// Package s3test runs a real S3 server (versitygw) for tests, with its objects in a
// temporary folder.
package s3test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"golang.org/x/sys/unix"
)

// Program is the server's file name, with its version, below .cache/bin.
const Program = "versitygw-v1.8.0"

// Gateway is a server as programs start one that are no tests.
type Gateway struct {
	Endpoint          string // http://127.0.0.1:PORT
	AccessKey, Secret string

	program, dir, address string

	mu    sync.Mutex // guards all below
	child *exec.Cmd
	ended <-chan error
	out   bytes.Buffer
}

// New runs a server with its objects below an existing, empty folder: those of a
// bucket under objects/BUCKET, by their names.
func New(dir string) (*Gateway, error) {
	program, err := find()
	if err != nil {
		return nil, err
	}
	s := &Gateway{AccessKey: "watchroom-test", Secret: "not-a-secret-of-anyone", program: program, dir: dir}
	for _, name := range []string{"objects", "versions", "attributes"} {
		if err := os.Mkdir(filepath.Join(s.dir, name), 0o700); err != nil {
			return nil, err
		}
	}
	for range 5 { // the port may be taken between its choice and its use
		var l net.Listener
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, err
		}
		s.address = l.Addr().String()
		l.Close()
		if err = s.Run(); err == nil {
			s.Endpoint = "http://" + s.address
			return s, nil
		}
	}
	return nil, fmt.Errorf("the S3 server does not start: %w: %s", err, s.output())
}

// Server is a server of a test.
type Server struct {
	*Gateway

	t testing.TB
}

// Start runs a server until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	g, err := New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	return &Server{g, t}
}

// find looks for the program beside the module, then on the path.
func find() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if path := filepath.Join(dir, ".cache", "bin", Program); exists(path) {
			return path, nil
		}
		if exists(filepath.Join(dir, "go.mod")) || dir == filepath.Dir(dir) {
			break
		}
	}
	if path, err := exec.LookPath("versitygw"); err == nil {
		return path, nil
	}
	return "", errors.New("there is no S3 server for tests: run scripts/setup test")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Run starts the process, after Stop at the same address, and waits until it answers.
func (s *Gateway) Run() error {
	backend := []string{"--port", s.address, "--quiet", "posix", "--versioning-dir", filepath.Join(s.dir, "versions")}
	objects := filepath.Join(s.dir, "objects")
	if err := unix.Setxattr(objects, "user.watchroom", []byte("x"), 0); err != nil { // a file system without attributes
		backend = append(backend, "--sidecar", filepath.Join(s.dir, "attributes"))
	}
	c := exec.Command(s.program, append(backend, objects)...)
	c.Dir = s.dir
	c.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + s.dir, "ROOT_ACCESS_KEY_ID=" + s.AccessKey, "ROOT_SECRET_ACCESS_KEY=" + s.Secret}
	c.Stdout, c.Stderr = writer{s}, writer{s}
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := c.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	ask := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Second}
	for {
		select {
		case err := <-ended:
			return fmt.Errorf("it ended: %w", err)
		case <-deadline.C:
			_ = c.Process.Kill()
			<-ended
			return errors.New("it does not answer")
		case <-look.C:
		}
		answer, err := ask.Get("http://" + s.address + "/")
		if err != nil {
			continue
		}
		answer.Body.Close()
		s.mu.Lock()
		s.child, s.ended = c, ended
		s.mu.Unlock()
		return nil
	}
}

// writer collects what the server says.
type writer struct{ s *Gateway }

func (w writer) Write(b []byte) (int, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	return w.s.out.Write(b)
}

func (s *Gateway) output() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.String()
}

// Stop ends the process at once, as a power cut would. What it holds stays.
func (s *Gateway) Stop() {
	s.mu.Lock()
	c, ended := s.child, s.ended
	s.child = nil
	s.mu.Unlock()
	if c == nil {
		return
	}
	_ = c.Process.Kill()
	<-ended
}

// Again starts it once more after Stop, at the same address.
func (s *Server) Again() {
	s.t.Helper()
	if err := s.Run(); err != nil {
		s.t.Fatalf("the S3 server does not start again: %v: %s", err, s.output())
	}
}

// Client is one with the server's keys, over connections of its own.
func (s *Gateway) Client(over *http.Transport) (*minio.Client, error) {
	return minio.New(s.address, &minio.Options{
		Creds: credentials.NewStaticV4(s.AccessKey, s.Secret, ""), Region: "us-east-1", BucketLookup: minio.BucketLookupPath, Transport: over,
	})
}

// Client is one with the server's keys. Its connections end with the test.
func (s *Server) Client() *minio.Client {
	s.t.Helper()
	transport := &http.Transport{}
	s.t.Cleanup(transport.CloseIdleConnections)
	c, err := s.Gateway.Client(transport)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// Bucket makes a bucket; lock lets its objects be locked.
func (s *Server) Bucket(name string, lock bool) {
	s.t.Helper()
	if err := s.Client().MakeBucket(s.t.Context(), name, minio.MakeBucketOptions{ObjectLocking: lock}); err != nil {
		s.t.Fatalf("bucket %s: %v", name, err)
	}
}
