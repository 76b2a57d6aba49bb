// Package s3 is an archive tier in a bucket of any server that speaks the S3 API.
package s3

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"watchroom/internal/archive"
	"watchroom/internal/archive/tier"
	"watchroom/internal/recording/marker"
	"watchroom/internal/secret"
)

// Bucket is a tier.Store.
type Bucket struct {
	Endpoint          string // https://host[:port], or http:// without TLS
	Region            string
	Bucket            string
	Prefix            string // of the names of objects; a slash is put behind it
	PathStyle         bool   // the bucket's name stands in the path rather than in the host
	CA                string // PEM file of the certificates that the server is known by; empty for the machine's
	AccessKey, Secret secret.Text
	// CacheBytes bounds what is kept of files that people look at; 0 means 64 MiB.
	CacheBytes int64
	// Mark tells by a marker whether the bucket is the right one; the zero Mark looks for none.
	Mark Mark

	stall time.Duration // in tests; 0 means two minutes

	client *minio.Client
	idle   func()
	cache  *cache
	lists  atomic.Bool // it has answered what versions there are, or that it has none
	marked marked
}

// partSize of uploads; without it the library would hold half a gigabyte.
const partSize = 8 << 20

// Start makes the client. It asks nobody: a server that is away is found out by Check.
func (b *Bucket) Start(context.Context) error {
	u, err := url.Parse(b.Endpoint)
	if err != nil {
		return err
	}
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer(&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}, cmp.Or(b.stall, stall)),
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: time.Minute, // a server that hangs is away
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       time.Minute,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		DisableCompression:    true,
	}
	if b.CA != "" {
		pem, err := os.ReadFile(b.CA)
		if err != nil {
			return err
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return fmt.Errorf("%s holds no certificate", b.CA)
		}
		transport.TLSClientConfig.RootCAs = pool
	}
	lookup := minio.BucketLookupDNS
	if b.PathStyle {
		lookup = minio.BucketLookupPath
	}
	region := b.Region
	if region == "" {
		region = "us-east-1" // asking for it would take a right that keys need not have
	}
	b.client, err = minio.New(u.Host, &minio.Options{
		Creds:  credentials.NewStaticV4(b.AccessKey.Reveal(), b.Secret.Reveal(), ""),
		Secure: u.Scheme == "https", Transport: transport, Region: region, BucketLookup: lookup,
		MaxRetries: 2, // who waits is told that the tier is away, and the mover tries again anyway
	})
	if err != nil {
		return err
	}
	b.idle = transport.CloseIdleConnections
	b.cache = newCache(b.CacheBytes)
	return nil
}

// Close lets connections go.
func (b *Bucket) Close() { b.idle() }

func (b *Bucket) key(name string) string {
	if prefix := strings.Trim(b.Prefix, "/"); prefix != "" {
		return prefix + "/" + name
	}
	return name
}

// told turns an error of the client into one of tier.Store.
func told(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	var answer minio.ErrorResponse
	if !errors.As(err, &answer) || answer.Code == "" {
		return archive.ErrTierAway.Because(err) // nobody answered, or not to the end
	}
	switch {
	case answer.Code == minio.NoSuchKey, answer.Code == minio.NoSuchVersion:
		return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	case answer.StatusCode >= 500, answer.StatusCode == http.StatusTooManyRequests:
		return archive.ErrTierAway.Because(err)
	}
	return err
}

// Put implements tier.Store. A server answers only once it keeps the object.
func (b *Bucket) Put(ctx context.Context, name string, from io.Reader, size int64, lock tier.Lock) error {
	if err := b.there(ctx); err != nil {
		return err
	}
	o := minio.PutObjectOptions{ContentType: "application/octet-stream", PartSize: partSize, NumThreads: 1}
	if strings.HasSuffix(name, ".mp4") {
		o.ContentType = "video/mp4"
	}
	if lock.Mode != tier.Unlocked {
		o.Mode, o.RetainUntilDate = minio.RetentionMode(strings.ToUpper(string(lock.Mode))), lock.Until.UTC().Truncate(time.Second)
		o.SendContentMd5 = true // servers demand a checksum with a lock
	}
	o.SendContentMd5 = o.SendContentMd5 || size <= longest // a bucket may lock everything by itself
	_, err := b.client.PutObject(ctx, b.Bucket, b.key(name), from, size, o)
	return told(err)
}

// Stat implements tier.Store.
func (b *Bucket) Stat(ctx context.Context, name string) (int64, error) {
	if err := b.there(ctx); err != nil {
		return 0, err
	}
	size, err := b.stat(ctx, name)
	return size, b.surely(ctx, err)
}

func (b *Bucket) stat(ctx context.Context, name string) (int64, error) {
	info, err := b.client.StatObject(ctx, b.Bucket, b.key(name), minio.StatObjectOptions{})
	return info.Size, told(err)
}

// Same implements tier.Samer. Two copies were never put there within the same second with
// one tag: a copy is moved on when it is minutes older at least.
func (b *Bucket) Same(ctx context.Context, other tier.Store, name string) (bool, error) {
	o, ok := other.(*Bucket)
	if !ok {
		return false, nil
	}
	var infos [2]minio.ObjectInfo
	for i, at := range []*Bucket{o, b} {
		var err error
		if infos[i], err = at.client.StatObject(ctx, at.Bucket, at.key(name), minio.StatObjectOptions{}); err != nil {
			if err = told(err); errors.Is(err, fs.ErrNotExist) {
				return false, nil
			}
			return false, err
		}
	}
	x, y := &infos[0], &infos[1]
	return x.ETag == y.ETag && x.Size == y.Size && x.VersionID == y.VersionID && x.LastModified.Equal(y.LastModified), nil
}

// Open implements tier.Store.
func (b *Bucket) Open(ctx context.Context, name string) (archive.File, error) {
	return b.open(ctx, name, b.cache)
}

// ReadBack implements tier.Store: nothing comes from what was kept before.
func (b *Bucket) ReadBack(ctx context.Context, name string) (archive.File, error) {
	return b.open(ctx, name, newCache(4*maxAhead*blockSize))
}

func (b *Bucket) open(ctx context.Context, name string, c *cache) (archive.File, error) {
	if err := b.there(ctx); err != nil {
		return nil, err
	}
	info, err := b.client.StatObject(ctx, b.Bucket, b.key(name), minio.StatObjectOptions{})
	if err != nil {
		return nil, b.surely(ctx, told(err))
	}
	return &file{ctx: ctx, bucket: b, key: b.key(name), tag: info.ETag, size: info.Size, cache: c}, nil
}

// Remove implements tier.Store: every version, so that nothing is only hidden.
func (b *Bucket) Remove(ctx context.Context, name string) error {
	if err := b.there(ctx); err != nil {
		return err
	}
	key := b.key(name)
	some := false
	for o := range b.client.ListObjectsIter(ctx, b.Bucket, minio.ListObjectsOptions{Prefix: key, WithVersions: true, Recursive: true}) {
		if versionless(o.Err) {
			break
		}
		if o.Err != nil {
			return unlisted(o.Err)
		}
		if o.Key != key {
			continue
		}
		some = true
		err := b.client.RemoveObject(ctx, b.Bucket, key, minio.RemoveObjectOptions{VersionID: o.VersionID})
		if err := b.refused(ctx, key, o.VersionID, err); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return told(err) // then the list ends early, and without a word
	}
	if some {
		return nil
	}
	// No version of it, or no versions at all. Where there is nothing, nothing is removed: in
	// a bucket with versions that would leave a marker.
	if _, err := b.Stat(ctx, name); err != nil { // which looks whether it is the right bucket
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return b.refused(ctx, key, "", b.client.RemoveObject(ctx, b.Bucket, key, minio.RemoveObjectOptions{}))
}

// versionless tells whether a server says that it knows no versions. Only then is an
// object removed without asking for them: elsewhere that hides it and keeps every version.
func versionless(err error) bool {
	var answer minio.ErrorResponse
	return errors.As(err, &answer) && (answer.Code == minio.NotImplemented || answer.Code == minio.MethodNotAllowed)
}

// unlisted is the error of a list of versions.
func unlisted(err error) error {
	err = told(err)
	var answer minio.ErrorResponse
	if errors.As(err, &answer) && answer.StatusCode == http.StatusForbidden {
		return fmt.Errorf("the keys may not list the versions of objects (s3:ListBucketVersions), without which nothing is surely removed: %w", err)
	}
	return err
}

// refused is the error of a removal of a version. Servers refuse what is locked as they
// refuse keys that have no right.
func (b *Bucket) refused(ctx context.Context, key, version string, err error) error {
	err = told(err)
	var answer minio.ErrorResponse
	switch {
	case err == nil, errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.As(err, &answer) && answer.StatusCode == http.StatusForbidden:
		if strings.Contains(strings.ToLower(answer.Message), "lock") || b.locked(ctx, key, version) {
			return tier.ErrLocked.Because(err)
		}
		return tier.ErrForbidden.Because(fmt.Errorf("s3:DeleteObject, or s3:DeleteObjectVersion: %w", err))
	}
	return err
}

// locked asks whether a version is locked at present. Keys that may not know that are told
// of no lock; Amazon names it in the refusal.
func (b *Bucket) locked(ctx context.Context, key, version string) bool {
	until, err := b.lockOf(ctx, key, version)
	return err == nil && until.After(time.Now())
}

// lockOf asks until when a version is locked.
func (b *Bucket) lockOf(ctx context.Context, key, version string) (time.Time, error) {
	info, err := b.client.StatObject(ctx, b.Bucket, key, minio.StatObjectOptions{VersionID: version})
	switch {
	case err != nil:
		return time.Time{}, told(err)
	case info.Metadata.Get("X-Amz-Object-Lock-Legal-Hold") == "ON":
		return tier.Endless, nil
	}
	until, err := time.Parse(time.RFC3339, info.Metadata.Get("X-Amz-Object-Lock-Retain-Until-Date"))
	if err != nil {
		return time.Time{}, nil //nolint:nilerr // it tells of no lock
	}
	return until, nil
}

// LockedUntil implements tier.Locker.
func (b *Bucket) LockedUntil(ctx context.Context, name string) (latest time.Time, err error) {
	if err := b.there(ctx); err != nil {
		return time.Time{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	key, some := b.key(name), false
	for o := range b.client.ListObjectsIter(ctx, b.Bucket, minio.ListObjectsOptions{Prefix: key, WithVersions: true, Recursive: true}) {
		if versionless(o.Err) {
			return time.Time{}, nil // and so without locks, which need versions
		}
		if o.Err != nil {
			return time.Time{}, unlisted(o.Err)
		}
		if o.Key != key || o.IsDeleteMarker {
			continue
		}
		some = true
		until, err := b.lockOf(ctx, key, o.VersionID)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return time.Time{}, err
		}
		if until.After(latest) {
			latest = until
		}
	}
	if err := told(ctx.Err()); err != nil || some {
		return latest, err
	}
	return latest, b.place(ctx)
}

// List implements tier.Store.
func (b *Bucket) List(ctx context.Context, under string, each func(name string, size int64) error) error {
	if err := b.there(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	prefix, below := b.key(""), b.key("")
	if under != "" {
		below = b.key(under + "/")
	}
	for o := range b.client.ListObjectsIter(ctx, b.Bucket, minio.ListObjectsOptions{Prefix: below, Recursive: true}) {
		if o.Err != nil {
			return told(o.Err)
		}
		name := strings.TrimPrefix(o.Key, prefix)
		if marker.Ours(name) {
			continue
		}
		if err := each(name, o.Size); err != nil {
			return err
		}
	}
	return told(ctx.Err()) // a list that was given up says nothing, and is not all there is
}

// Top implements tier.Store.
func (b *Bucket) Top(ctx context.Context) (folders, files []string, err error) {
	if err := b.there(ctx); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	prefix := b.key("")
	for o := range b.client.ListObjectsIter(ctx, b.Bucket, minio.ListObjectsOptions{Prefix: prefix}) {
		if o.Err != nil {
			return nil, nil, told(o.Err)
		}
		name := strings.TrimPrefix(o.Key, prefix)
		if folder, ok := strings.CutSuffix(name, "/"); ok {
			folders = append(folders, folder)
		} else if !marker.Ours(name) {
			files = append(files, name)
		}
	}
	return folders, files, told(ctx.Err())
}

// Check implements tier.Store. How much fits into a bucket nobody knows. A bucket that
// footage could not be removed from takes none: the versions of objects must be listed.
func (b *Bucket) Check(ctx context.Context) (tier.Room, error) {
	room := tier.Room{Total: -1, Free: -1}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	there, err := b.client.BucketExists(ctx, b.Bucket)
	if err != nil {
		return room, told(err)
	}
	if !there {
		return room, fmt.Errorf("the bucket %s is not there", b.Bucket)
	}
	if b.lists.Load() {
		return room, b.place(ctx)
	}
	for o := range b.client.ListObjectsIter(ctx, b.Bucket, minio.ListObjectsOptions{Prefix: b.key(""), WithVersions: true, Recursive: true, MaxKeys: 1}) {
		if o.Err != nil && !versionless(o.Err) {
			return room, unlisted(o.Err)
		}
		break
	}
	if err := ctx.Err(); err != nil {
		return room, told(err)
	}
	b.lists.Store(true)
	return room, b.place(ctx)
}
