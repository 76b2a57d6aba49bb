package s3

import (
	"errors"
	"testing"

	"watchroom/internal/archive/tier"
	"watchroom/internal/archive/tier/tenant"
	"watchroom/internal/clock"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/s3test"
)

// TestOneServerInABucket: a second one is refused, and the first goes on after a stop, also where the
// bucket locks its objects, and the files that say so are none of the footage.
func TestOneServerInABucket(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	s := s3test.Start(t)
	for name, lock := range map[string]bool{"footage": false, "locking": true} {
		s.Bucket(name, lock)
		b := open(t, s, func(b *Bucket) { b.Bucket = name })
		server := func(place string) *tenant.Tenant {
			one := &tenant.Tenant{Tier: "cloud", Store: b, Place: place, Node: place, Clock: clock.Clock(nil)}
			one.Start(t.Context())
			return one
		}
		first, second := server("a"), server("b")
		if err := first.Mine(t.Context()); err != nil {
			t.Fatal(name, err)
		}
		if err := second.Mine(t.Context()); !errors.Is(err, tier.ErrTaken) {
			t.Errorf("%s: %v", name, err)
		}
		second.Close()
		if err := b.List(t.Context(), "", func(file string, _ int64) error { t.Errorf("%s: %s", name, file); return nil }); err != nil {
			t.Error(err)
		}
		if folders, files, err := b.Top(t.Context()); err != nil || len(folders)+len(files) > 0 {
			t.Errorf("%s: %q %q %v", name, folders, files, err)
		}
		first.Close()
		again := server("a")
		if err := again.Mine(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		again.Close()
	}
}
