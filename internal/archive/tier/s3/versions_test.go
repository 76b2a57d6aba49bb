package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"watchroom/internal/archive"
	"watchroom/internal/archive/tier"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/s3test"
)

// front stands before a server and answers what asks for versions itself, as long as
// code is set, and what removes, as long as refusal is; deleted counts what was to be removed.
type front struct {
	*httptest.Server
	code    atomic.Pointer[string]
	refusal atomic.Pointer[string] // the message of an AccessDenied
	deleted atomic.Int32
}

var statusOf = map[string]int{"AccessDenied": 403, "NotImplemented": 501, "MethodNotAllowed": 405, "InvalidRequest": 400, "InternalError": 500}

func before(t *testing.T, s *s3test.Server) *front {
	t.Helper()
	to, err := url.Parse(s.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	pass := &httputil.ReverseProxy{Transport: transport, Director: func(r *http.Request) { r.URL.Scheme, r.URL.Host = to.Scheme, to.Host }}
	f := &front{}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			f.deleted.Add(1)
			if message := f.refusal.Load(); message != nil {
				w.Header().Set("Content-Type", "application/xml")
				w.WriteHeader(http.StatusForbidden)
				_, _ = w.Write([]byte("<Error><Code>AccessDenied</Code><Message>" + *message + "</Message></Error>"))
				return
			}
		}
		if code := f.code.Load(); code != nil && r.URL.Query().Has("versions") {
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(statusOf[*code])
			_, _ = w.Write([]byte("<Error><Code>" + *code + "</Code><Message>as the test says</Message></Error>"))
			return
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { f.Close(); transport.CloseIdleConnections() })
	return f
}

func (f *front) says(code string) { f.code.Store(&code) }

// versions counts what a bucket keeps below a name, markers included.
func versions(t *testing.T, s *s3test.Server, bucket, under string) (n int) {
	t.Helper()
	for o := range s.Client().ListObjectsIter(t.Context(), bucket, minio.ListObjectsOptions{Prefix: under, WithVersions: true, Recursive: true}) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		n++
	}
	return n
}

// TestNothingIsRemovedWhoseVersionsAreUnknown: an object of a bucket with versions would
// only be hidden, and be called removed.
func TestNothingIsRemovedWhoseVersionsAreUnknown(t *testing.T) {
	leak.Check(t)
	s := s3test.Start(t)
	s.Bucket("footage", true)
	f := before(t, s)
	const name = "cam/2026-01-01/a.mp4"
	for _, code := range []string{"AccessDenied", "InvalidRequest", "InternalError"} {
		b := open(t, s, func(b *Bucket) { b.Endpoint = f.URL })
		put(t, b, name, noise(1000))
		kept := versions(t, s, "footage", b.key(name))
		f.says(code)
		_, err := b.Check(t.Context())
		if err == nil || errors.Is(err, archive.ErrTierAway) != (code == "InternalError") {
			t.Errorf("%s: the tier says %v", code, err)
		}
		if code == "AccessDenied" && !strings.Contains(fmt.Sprint(err), "s3:ListBucketVersions") {
			t.Errorf("which right is missing is not said: %v", err)
		}
		if err := b.Remove(t.Context(), name); err == nil {
			t.Errorf("%s: it is called removed", code)
		}
		if size, err := b.Stat(t.Context(), name); size != 1000 || err != nil || versions(t, s, "footage", b.key(name)) != kept || f.deleted.Load() != 0 {
			t.Errorf("%s: afterwards %d bytes, %v, %d attempts", code, size, err, f.deleted.Load())
		}
		f.code.Store(nil) // the right is given
		if _, err := b.Check(t.Context()); err != nil {
			t.Errorf("%s: and then %v", code, err)
		}
	}
	b := open(t, s, nil)
	for range 2 { // the second time nothing is there, and no marker comes of it
		if err := b.Remove(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		if n := versions(t, s, "footage", b.key(name)); n != 0 {
			t.Errorf("%d versions are left", n)
		}
	}
}

// TestAServerWithoutVersions keeps one of each object, and says so.
func TestAServerWithoutVersions(t *testing.T) {
	leak.Check(t)
	s := s3test.Start(t)
	s.Bucket("footage", false)
	f := before(t, s)
	for _, code := range []string{"NotImplemented", "MethodNotAllowed"} {
		f.says(code)
		b := open(t, s, func(b *Bucket) { b.Endpoint = f.URL })
		if _, err := b.Check(t.Context()); err != nil {
			t.Errorf("%s: %v", code, err)
		}
		put(t, b, "a.mp4", noise(10))
		for range 2 {
			if err := b.Remove(t.Context(), "a.mp4"); err != nil {
				t.Errorf("%s: %v", code, err)
			}
		}
		if _, err := b.Stat(t.Context(), "a.mp4"); !errors.Is(err, fs.ErrNotExist) || versions(t, s, "footage", "") != 0 {
			t.Errorf("%s: afterwards %v", code, err)
		}
	}
}

// TestARefusalSaysWhatItIs: an object that is locked waits, whatever words a server has for
// that; keys without the right are another matter, with or without locks in the bucket.
func TestARefusalSaysWhatItIs(t *testing.T) {
	leak.Check(t)
	s := s3test.Start(t)
	s.Bucket("footage", false)
	s.Bucket("vault", true)
	f := before(t, s)
	day := tier.Lock{Mode: tier.Governance, Until: time.Now().Add(24 * time.Hour)}
	const denied = "Access Denied."
	for _, c := range []struct {
		bucket, message string
		lock            tier.Lock
		want            error
	}{
		{"footage", denied, tier.Lock{}, tier.ErrForbidden},
		{"vault", denied, tier.Lock{}, tier.ErrForbidden},
		{"vault", denied, day, tier.ErrLocked},
		{"vault", "Access Denied because object protected by object lock.", tier.Lock{}, tier.ErrLocked}, // and nobody may see until when
	} {
		b := open(t, s, func(b *Bucket) { b.Endpoint, b.Bucket = f.URL, c.bucket })
		name := "cam/" + string(c.lock.Mode) + "/a.mp4"
		if err := b.Put(t.Context(), name, bytes.NewReader(noise(10)), 10, c.lock); err != nil {
			t.Fatal(err)
		}
		f.refusal.Store(&c.message)
		if err := b.Remove(t.Context(), name); !errors.Is(err, c.want) {
			t.Errorf("%s, %q: %v", c.bucket, c.message, err)
		}
		f.refusal.Store(nil)
		if err := b.Remove(t.Context(), name); c.lock == (tier.Lock{}) && err != nil {
			t.Errorf("%s: and once the right is given %v", c.bucket, err)
		}
	}
}

// TestAListThatWasGivenUp is not one of nothing.
func TestAListThatWasGivenUp(t *testing.T) {
	leak.Check(t)
	s := s3test.Start(t)
	s.Bucket("footage", false)
	b := open(t, s, nil)
	put(t, b, "cam/a.mp4", noise(10))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, top := b.Top(ctx)
	for what, err := range map[string]error{
		"list":   b.List(ctx, "", func(string, int64) error { return nil }),
		"top":    top,
		"remove": b.Remove(ctx, "cam/a.mp4"),
		"check":  second(b.Check(ctx)),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
