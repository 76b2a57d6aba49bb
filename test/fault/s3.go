package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/s3test"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// agesAt is when footage moves to the bucket: the shortest age that may be configured.
// What lasts weeks elsewhere lasts minutes here, an outage of hours likewise.
const agesAt = time.Minute

// bucket is an S3 server that serves as archive tier.
type bucket struct {
	*s3test.Gateway
	folder string // where the objects lie
	so     station.ServerOptions
}

func (b *bench) newBucket(ctx context.Context) (*bucket, error) {
	dir := filepath.Join(b.folder, "s3")
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
	return &bucket{g, filepath.Join(dir, "objects", "footage", "site"), station.ServerOptions{
		Settings: settings + "archive:\n  tiers: [{name: cloud, endpoint: \"" + g.Endpoint + "\", region: us-east-1, bucket: footage, prefix: site, move_after: " + agesAt.String() + "}]\n",
		Env:      []string{"WATCHROOM_TIER_CLOUD_ACCESS_KEY=" + g.AccessKey, "WATCHROOM_TIER_CLOUD_SECRET_KEY=" + g.Secret},
	}}, nil
}

// s3 takes the archive tier away: what should move waits where it is, that is said, and
// afterwards all of it moves, is verified, and is played back from there.
func (b *bench) s3(ctx context.Context) error {
	k, err := b.newBucket(ctx)
	if err != nil {
		return err
	}
	defer k.Stop()
	o := newOutcome("S3 server away")
	o.mostMissing = 0
	o.mustSay = []string{"tier_away"}
	err = b.suffer(ctx, "s3-away", k.so, o, func(i *installation) error {
		i.roots = append(i.roots, k.folder)
		if err := k.moved(ctx, i, 2*b.cameras); err != nil {
			return err
		}
		// First it dies while it is given something, then it stays away.
		for range b.often(3, 20) {
			if err := k.busy(ctx, b); err != nil {
				return err
			}
			at := time.Now()
			k.Stop()
			if err := program.Wait(ctx, b.between(100*time.Millisecond, 3*time.Second)); err != nil {
				return err
			}
			if err := k.Run(); err != nil {
				return err
			}
			o.happened(event{at: at, over: time.Now()}, 1)
		}
		if err := i.healed(ctx, o.mustSay); err != nil {
			return err
		}
		before := i.heard(o, "tier_away")
		at := time.Now()
		k.Stop()
		said, err := i.hears(ctx, o, "tier_away", before, 3*time.Minute)
		if err != nil {
			return err
		}
		if err := k.unreadable(ctx, i); err != nil {
			return err
		}
		if err := program.Wait(ctx, b.long(100*time.Second, 10*time.Minute)-said); err != nil {
			return err
		}
		waits, err := i.waiting(agesAt)
		if err != nil {
			return err
		}
		if waits == 0 {
			return errors.New("nothing waited for the server: it was not away for long enough")
		}
		over := time.Now()
		if err := k.Run(); err != nil {
			return err
		}
		o.happened(event{at: at, over: over}, 1)
		if err := i.caughtUp(ctx); err != nil {
			return err
		}
		b.Say("the server was away for %.0f s; that was said after %.1f s; %d segments waited and were moved within %.0f s", over.Sub(at).Seconds(), said.Seconds(), waits, time.Since(over).Seconds())
		return nil
	})
	if err != nil {
		return err
	}
	return b.killedMoving(ctx)
}

// killedMoving kills the program while it moves footage.
func (b *bench) killedMoving(ctx context.Context) error {
	k, err := b.newBucket(ctx)
	if err != nil {
		return err
	}
	defer k.Stop()
	o := newOutcome("killed while footage moves to S3")
	o.mostBefore = time.Second
	return b.suffer(ctx, "s3-killed", k.so, o, func(i *installation) error {
		i.roots = append(i.roots, k.folder)
		if err := k.moved(ctx, i, b.cameras); err != nil {
			return err
		}
		for range b.often(3, 20) {
			if err := k.busy(ctx, b); err != nil {
				return err
			}
			if err := i.end(ctx, o, (*station.Server).Kill); err != nil {
				return err
			}
		}
		return i.caughtUp(ctx)
	})
}

// objects are the files of segments in the bucket.
func (k *bucket) objects() ([]string, error) {
	return filepath.Glob(filepath.Join(k.folder, "*", "*", "*"+segment.Ext))
}

// moved waits until so many more segments lie in the bucket.
func (k *bucket) moved(ctx context.Context, i *installation, more int) error {
	before, err := k.objects()
	if err != nil {
		return err
	}
	for limit := time.Now().Add(agesAt + 2*time.Minute); ; {
		now, err := k.objects()
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

// busy waits until something was just put into the bucket, and a moment more.
func (k *bucket) busy(ctx context.Context, b *bench) error {
	before, err := k.objects()
	if err != nil {
		return err
	}
	for limit := time.Now().Add(2 * time.Minute); ; {
		now, err := k.objects()
		if err != nil {
			return err
		}
		if len(now) > len(before) {
			return program.Wait(ctx, b.between(0, 40*time.Millisecond))
		}
		if time.Now().After(limit) {
			return errors.New("nothing is moved to the S3 server")
		}
		if err := program.Wait(ctx, time.Millisecond); err != nil {
			return err
		}
	}
}

// unreadable tells whether footage that lies on a server that is away is refused with
// the status that says so, and not shown as a gap.
func (k *bucket) unreadable(ctx context.Context, i *installation) error {
	v, err := i.view(ctx, "guard-away", i.begun, time.Now())
	if err != nil {
		return err
	}
	_, err = v.play(ctx, i.ids[0], i.begun, i.begun.Add(5*time.Second))
	if !errors.Is(err, errRefused) || !strings.Contains(err.Error(), "503") {
		return fmt.Errorf("footage on the server that is away was not refused with 503: %w", err)
	}
	return nil
}

// waiting counts the segments in the recordings folder that are old enough to move.
func (i *installation) waiting(age time.Duration) (n int, err error) {
	files, err := filepath.Glob(filepath.Join(i.roots[0], "*", "*", "*"+segment.Ext))
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		if st, err := os.Stat(f); err == nil && time.Since(st.ModTime()) > age {
			n++
		}
	}
	return n, nil
}

// caughtUp waits until nothing is left that should have moved a look ago.
func (i *installation) caughtUp(ctx context.Context) error {
	for limit := time.Now().Add(5 * time.Minute); ; {
		n, err := i.waiting(agesAt + 45*time.Second)
		if err != nil || n == 0 {
			return err
		}
		if time.Now().After(limit) {
			return fmt.Errorf("%d segments were not moved afterwards", n)
		}
		if err := program.Wait(ctx, 500*time.Millisecond); err != nil {
			return err
		}
	}
}
