package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestVolumesAndTiersAreRead(t *testing.T) {
	got, err := load(t, `
recording:
  volumes:
    - name: disk2
      folder: /mnt/disk2
    - {name: disk3, folder: /mnt/disk3}
  when_full: priority
archive:
  tiers:
    - {name: vault, folder: /mnt/vault}
    - name: cloud
      endpoint: https://s3.example.org
      bucket: footage
      prefix: site1
      path_style: false
      move_after: 720h
      object_lock: governance
      lock_for: 2160h
`, Sources{})
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Recording.WhenFull = "priority"
	want.Recording.Volumes = []Volume{{"disk2", "/mnt/disk2"}, {"disk3", "/mnt/disk3"}}
	want.Archive.Tiers = []Tier{
		{Name: "vault", Folder: "/mnt/vault", MoveAfter: 168 * time.Hour, MinFree: 10 << 30, PathStyle: true, ObjectLock: "none"},
		{Name: "cloud", Endpoint: "https://s3.example.org", Bucket: "footage", Prefix: "site1", MoveAfter: 720 * time.Hour, MinFree: 10 << 30, ObjectLock: "governance", LockFor: 2160 * time.Hour},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.Archive.Tiers[0].S3() || !got.Archive.Tiers[1].S3() {
		t.Error("folder and bucket are taken for each other")
	}
}

// TestEachBucketIsOneTier: two tiers that are one place would lose what moves between them.
func TestEachBucketIsOneTier(t *testing.T) {
	const first = "{name: cloud, endpoint: \"https://s3.example.org\", bucket: footage, prefix: site1, move_after: 200h}"
	for second, well := range map[string]bool{
		"{name: cold, endpoint: \"https://s3.example.org\", bucket: footage, prefix: site1, move_after: 720h}":       false,
		"{name: cold, endpoint: \"https://S3.example.org:443/\", bucket: footage, prefix: site1/, move_after: 720h}": false,
		"{name: cold, endpoint: \"https://s3.example.org\", bucket: footage, prefix: cold, move_after: 720h}":        true,
		"{name: cold, endpoint: \"https://s3.example.org\", bucket: cold, prefix: site1, move_after: 720h}":          true,
		"{name: cold, endpoint: \"https://s3.example.net\", bucket: footage, prefix: site1, move_after: 720h}":       true,
	} {
		_, err := load(t, "archive:\n  tiers:\n    - "+first+"\n    - "+second+"\n", Sources{})
		if (err == nil) != well || !well && !strings.Contains(err.Error(), "is the place of archive.tiers[0] already") {
			t.Errorf("%s: %v", second, err)
		}
	}
}

func TestKeysOfABucket(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte("access\nsesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	none := func(string) (string, bool) { return "", false }
	for _, c := range []struct {
		tier        Tier
		env         func(string) (string, bool)
		access, key string
	}{
		{Tier{Name: "cloud", Keys: file}, none, "access", "sesame"},
		{Tier{Name: "cold-1"}, env("WATCHROOM_TIER_COLD_1_ACCESS_KEY", "a", "WATCHROOM_TIER_COLD_1_SECRET_KEY", "k"), "a", "k"},
		{Tier{Name: "cold-1"}, env("WATCHROOM_TIER_COLD_1_ACCESS_KEY", "a"), "", ""},
		{Tier{Name: "cloud", Keys: file + ".none"}, none, "", ""},
	} {
		a, k, err := c.tier.Secrets(c.env)
		if a.Reveal() != c.access || k.Reveal() != c.key || (err == nil) != (c.access != "") {
			t.Errorf("%+v: %q, %q, %v", c.tier, a.Reveal(), k.Reveal(), err)
		}
	}
	if err := os.WriteFile(file, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := (&Tier{Name: "cloud", Keys: file}).Secrets(none); err == nil {
		t.Error("one line is enough")
	}
}
