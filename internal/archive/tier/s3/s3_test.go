package s3

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"watchroom/internal/archive"
	"watchroom/internal/archive/tier"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/s3test"
)

func open(t *testing.T, s *s3test.Server, change func(*Bucket)) *Bucket {
	t.Helper()
	b := &Bucket{Endpoint: s.Endpoint, Bucket: "footage", Prefix: "site 1/", PathStyle: true, AccessKey: secret.Text(s.AccessKey), Secret: secret.Text(s.Secret)}
	if change != nil {
		change(b)
	}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func noise(n int) []byte {
	r := rand.NewChaCha8([32]byte{byte(n)})
	b := make([]byte, n)
	_, _ = r.Read(b)
	return b
}

func put(t *testing.T, b *Bucket, name string, data []byte) {
	t.Helper()
	if err := b.Put(t.Context(), name, bytes.NewReader(data), int64(len(data)), tier.Lock{}); err != nil {
		t.Fatal(err)
	}
}

func TestFilesComeBackAsTheyWent(t *testing.T) {
	leak.Check(t)
	s := s3test.Start(t)
	s.Bucket("footage", false)
	b := open(t, s, nil)
	if _, err := b.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	sizes := map[string]int{"cam/2026-01-01/empty.mp4": 0, "cam/2026-01-01/small.mp4": 7, "cam/2026-01-02/parts.mp4": 2*partSize + 12345}
	for name, n := range sizes {
		put(t, b, name, noise(n))
		if size, err := b.Stat(t.Context(), name); err != nil || size != int64(n) {
			t.Errorf("%s: size %d, %v", name, size, err)
		}
		for _, how := range []func(context.Context, string) (archive.File, error){b.Open, b.ReadBack} {
			f, err := how(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(io.NewSectionReader(f, 0, int64(n)))
			if err != nil || !bytes.Equal(got, noise(n)) {
				t.Errorf("%s: %d bytes came back, %v", name, len(got), err)
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	var names []string
	if err := b.List(t.Context(), "cam", func(name string, size int64) error {
		if size != int64(sizes[name]) {
			t.Errorf("%s is listed with %d bytes", name, size)
		}
		names = append(names, name)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	put(t, b, "stray.txt", noise(1))
	if folders, files, err := b.Top(t.Context()); err != nil || len(folders) != 1 || folders[0] != "cam" || len(files) != 1 || files[0] != "stray.txt" {
		t.Errorf("at the top: %q, %q, %v", folders, files, err)
	}
	if len(names) != len(sizes) {
		t.Errorf("listed: %q", names)
	}
	put(t, b, "cam/2026-01-01/small.mp4", noise(9)) // replaced
	if size, _ := b.Stat(t.Context(), "cam/2026-01-01/small.mp4"); size != 9 {
		t.Errorf("after it was replaced it has %d bytes", size)
	}
	for name := range sizes {
		if err := b.Remove(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		if err := b.Remove(t.Context(), name); err != nil {
			t.Errorf("a second time: %v", err)
		}
		if _, err := b.Open(t.Context(), name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s after its removal: %v", name, err)
		}
	}
}

// TestAServerThatStopsInTheMiddle: one that takes or gives the beginning of a file, and then
// nothing more with the connection open, is away.
func TestAServerThatStopsInTheMiddle(t *testing.T) {
	leak.Check(t)
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"tag"`)
		w.Header().Set("Last-Modified", time.Unix(1_795_000_000, 0).UTC().Format(http.TimeFormat))
		w.Header().Set("Content-Length", "1000000")
		switch r.Method {
		case http.MethodHead:
			return
		case http.MethodGet:
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(make([]byte, 1000))
			w.(http.Flusher).Flush()
		}
		<-stop
	}))
	defer server.Close()
	defer close(stop)
	b := &Bucket{Endpoint: server.URL, Bucket: "footage", PathStyle: true, AccessKey: "a", Secret: "s", stall: 20 * time.Millisecond}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	f, err := b.Open(t.Context(), "a.mp4")
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"read": second(f.ReadAt(make([]byte, 2000), 0)),
		"put":  b.Put(t.Context(), "b.mp4", bytes.NewReader(noise(32<<20)), 32<<20, tier.Lock{}),
	} {
		if !errors.Is(err, archive.ErrTierAway) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestReadingFetchesLittle: an interval out of a large file does not fetch the file,
// reading on asks for more at a time, and what was read is kept within its bound.
func TestReadingFetchesLittle(t *testing.T) {
	leak.Check(t)
	s := s3test.Start(t)
	s.Bucket("footage", false)
	b := open(t, s, func(b *Bucket) { b.CacheBytes = 4 << 20 })
	const size = 20<<20 + 77
	put(t, b, "big.mp4", noise(size))
	f, err := b.Open(t.Context(), "big.mp4")
	if err != nil {
		t.Fatal(err)
	}
	want := noise(size)
	for _, at := range []int64{0, 10 << 20, size - 5} {
		got := make([]byte, 100)
		n, err := f.ReadAt(got, at)
		if err != nil && err != io.EOF || !bytes.Equal(got[:n], want[at:at+int64(n)]) || err == io.EOF && at+int64(n) != size {
			t.Errorf("at %d: %d bytes, %v", at, n, err)
		}
	}
	if n := f.(*file).cache.bytes; n > 3*blockSize {
		t.Errorf("three looks fetched %d bytes", n)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		at, n := random.Int64N(size), random.IntN(700_000)
		got := make([]byte, n)
		k, err := f.ReadAt(got, at)
		if err != nil && err != io.EOF || !bytes.Equal(got[:k], want[at:at+int64(k)]) || k < n && at+int64(k) != size {
			t.Fatalf("at %d: %d of %d bytes, %v", at, k, n, err)
		}
	}
	if n := f.(*file).cache.bytes; n > 4<<20 {
		t.Errorf("%d bytes are kept", n)
	}
	fresh, err := b.ReadBack(t.Context(), "big.mp4")
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(io.NewSectionReader(fresh, 0, size))
	if err != nil || !bytes.Equal(got, want) || fresh.(*file).ahead != maxAhead {
		t.Errorf("reading on: %d bytes, %d blocks ahead, %v", len(got), fresh.(*file).ahead, err)
	}
	// Another version of the object is not mixed with this one.
	put(t, b, "big.mp4", noise(size-1))
	f.(*file).cache = newCache(1 << 20)
	if _, err := f.ReadAt(make([]byte, 10), 0); err == nil {
		t.Error("bytes of another version were read")
	}
	if _, err := f.ReadAt(make([]byte, 1), -1); err == nil {
		t.Error("bytes before the beginning were read")
	}
}

func TestAServerThatIsAway(t *testing.T) {
	leak.Check(t)
	s := s3test.Start(t)
	s.Bucket("footage", false)
	b := open(t, s, nil)
	put(t, b, "a.mp4", noise(3<<20))
	f, err := b.Open(t.Context(), "a.mp4")
	if err != nil {
		t.Fatal(err)
	}
	s.Stop()
	for what, err := range map[string]error{
		"check":  second(b.Check(t.Context())),
		"stat":   second(b.Stat(t.Context(), "a.mp4")),
		"open":   second(b.Open(t.Context(), "a.mp4")),
		"read":   second(f.ReadAt(make([]byte, 10), 0)),
		"put":    b.Put(t.Context(), "b.mp4", strings.NewReader("x"), 1, tier.Lock{}),
		"remove": b.Remove(t.Context(), "a.mp4"),
		"list":   b.List(t.Context(), "", func(string, int64) error { return nil }),
	} {
		if !errors.Is(err, archive.ErrTierAway) {
			t.Errorf("%s: %v", what, err)
		}
	}
	s.Again()
	if got := make([]byte, 10); second(f.ReadAt(got, 0)) != nil || !bytes.Equal(got, noise(3 << 20)[:10]) {
		t.Error("it does not go on where it was")
	}
	if _, err := b.Stat(t.Context(), "b.mp4"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was not stored: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestRefusalsAreNotAway(t *testing.T) {
	leak.Check(t)
	s := s3test.Start(t)
	s.Bucket("footage", false)
	for name, change := range map[string]func(*Bucket){
		"keys":   func(b *Bucket) { b.Secret = "another" },
		"bucket": func(b *Bucket) { b.Bucket = "elsewhere" },
	} {
		b := open(t, s, change)
		if _, err := b.Check(t.Context()); err == nil || errors.Is(err, archive.ErrTierAway) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (&Bucket{Endpoint: "https://127.0.0.1", CA: "/nowhere"}).Start(t.Context()); err == nil {
		t.Error("a file of certificates that is not there is no fault")
	}
}

// TestLockedFilesStay as long as they were locked, and no longer.
func TestLockedFilesStay(t *testing.T) {
	leak.Check(t)
	s := s3test.Start(t)
	s.Bucket("locked", true)
	b := open(t, s, func(b *Bucket) { b.Bucket = "locked" })
	until := time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second)
	for _, mode := range []tier.LockMode{tier.Governance, tier.Compliance} {
		name := "cam/" + string(mode) + ".mp4"
		if err := b.Put(t.Context(), name, bytes.NewReader(noise(partSize+9)), partSize+9, tier.Lock{Mode: mode, Until: until}); err != nil {
			t.Fatal(err)
		}
		info, err := s.Client().StatObject(t.Context(), "locked", b.key(name), minio.StatObjectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, info.Metadata.Get("X-Amz-Object-Lock-Retain-Until-Date"))
		if got := info.Metadata.Get("X-Amz-Object-Lock-Mode"); got != strings.ToUpper(string(mode)) || err != nil || !at.Equal(until) {
			t.Errorf("%s: locked as %s until %v, %v", mode, got, at, err)
		}
		if err := b.Remove(t.Context(), name); !errors.Is(err, tier.ErrLocked) {
			t.Errorf("%s: %v", mode, err)
		}
		if size, err := b.Stat(t.Context(), name); err != nil || size != partSize+9 {
			t.Errorf("%s: after the attempt %d bytes, %v", mode, size, err)
		}
	}
	// One without a lock goes with all its versions.
	put(t, b, "free.mp4", noise(5))
	put(t, b, "free.mp4", noise(6))
	if err := b.Remove(t.Context(), "free.mp4"); err != nil {
		t.Fatal(err)
	}
	var left []string
	for o := range s.Client().ListObjectsIter(t.Context(), "locked", minio.ListObjectsOptions{Prefix: b.key("free"), WithVersions: true, Recursive: true}) {
		left = append(left, o.Key+" "+o.VersionID)
	}
	if len(left) != 0 {
		t.Errorf("left: %q", left)
	}
}

// TestLockedUntil: the lock of the newest version counts (of older ones the server here tells
// nothing), and one without an end is Endless.
func TestLockedUntil(t *testing.T) {
	s := s3test.Start(t)
	s.Bucket("locked", true)
	b := open(t, s, func(b *Bucket) { b.Bucket = "locked" })
	late := time.Now().Add(48 * time.Hour).UTC().Truncate(time.Second)
	for _, until := range []time.Time{late.Add(-24 * time.Hour), late} {
		if err := b.Put(t.Context(), "cam/two.mp4", bytes.NewReader(noise(9)), 9, tier.Lock{Mode: tier.Governance, Until: until}); err != nil {
			t.Fatal(err)
		}
	}
	put(t, b, "cam/two.mp4x", noise(5))
	put(t, b, "cam/free.mp4", noise(5))
	put(t, b, "cam/held.mp4", noise(5))
	on := minio.LegalHoldEnabled
	if err := s.Client().PutObjectLegalHold(t.Context(), "locked", b.key("cam/held.mp4"), minio.PutObjectLegalHoldOptions{Status: &on}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]time.Time{"cam/two.mp4": late, "cam/free.mp4": {}, "cam/held.mp4": tier.Endless, "cam/none.mp4": {}} {
		if until, err := b.LockedUntil(t.Context(), name); err != nil || !until.Equal(want) {
			t.Errorf("%s is locked until %s, %v, want %s", name, until, err, want)
		}
	}
	s.Stop()
	if _, err := b.LockedUntil(t.Context(), "cam/two.mp4"); !errors.Is(err, archive.ErrTierAway) {
		t.Errorf("while nobody answers: %v", err)
	}
}
