package machine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/minio/minio-go/v7"

	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/s3test"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// Bucket is an S3 server that serves as archive tier.
type Bucket struct {
	*s3test.Gateway
	Folder  string // where the objects lie
	Options station.ServerOptions
}

// NewBucket starts a server below a folder with one bucket. settings go before those of
// the archive tier that footage moves to at an age.
func NewBucket(ctx context.Context, folder, settings string, age time.Duration) (*Bucket, error) {
	dir := filepath.Join(folder, "s3")
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return nil, err
	}
	g, err := s3test.New(dir)
	if err != nil {
		return nil, err
	}
	over := &http.Transport{}
	defer over.CloseIdleConnections()
	client, err := g.Client(over)
	if err == nil {
		err = client.MakeBucket(ctx, "footage", minio.MakeBucketOptions{})
	}
	if err != nil {
		g.Stop()
		return nil, err
	}
	return &Bucket{g, filepath.Join(dir, "objects", "footage", "site"), station.ServerOptions{
		Settings: settings + "archive:\n  tiers: [{name: cloud, endpoint: \"" + g.Endpoint + "\", region: us-east-1, bucket: footage, prefix: site, move_after: " + age.String() + "}]\n",
		Env:      []string{"WATCHROOM_TIER_CLOUD_ACCESS_KEY=" + g.AccessKey, "WATCHROOM_TIER_CLOUD_SECRET_KEY=" + g.Secret},
	}}, nil
}

// Objects are the files of segments in the bucket.
func (k *Bucket) Objects() ([]string, error) {
	return filepath.Glob(filepath.Join(k.Folder, "*", "*", "*"+segment.Ext))
}

// Moved waits until so many more segments lie in the bucket.
func (k *Bucket) Moved(ctx context.Context, more int, patience time.Duration) error {
	before, err := k.Objects()
	if err != nil {
		return err
	}
	for limit := time.Now().Add(patience); ; {
		now, err := k.Objects()
		if err != nil {
			return err
		}
		if len(now) >= len(before)+more {
			return nil
		}
		if time.Now().After(limit) {
			return fmt.Errorf("only %d of %d segments were moved", len(now)-len(before), more)
		}
		if err := program.Wait(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

// Busy waits until something was just put into the bucket.
func (k *Bucket) Busy(ctx context.Context) error {
	before, err := k.Objects()
	if err != nil {
		return err
	}
	for limit := time.Now().Add(2 * time.Minute); ; {
		now, err := k.Objects()
		if err != nil {
			return err
		}
		if len(now) > len(before) {
			return nil
		}
		if time.Now().After(limit) {
			return errors.New("nothing is moved to the S3 server")
		}
		if err := program.Wait(ctx, time.Millisecond); err != nil {
			return err
		}
	}
}
