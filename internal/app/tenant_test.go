package app_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/config"
	"watchroom/internal/recording/marker"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// works tells whether somebody works in a tier, as its file says.
func works(t *testing.T, tier string) bool {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(tier, marker.TenantName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil && !strings.Contains(string(b), `"ended":true`)
}

// TestACopyOfTheDataFolderBesideItsTier: for a drill somebody copies a data folder and starts
// the copy with the same archive tier. The copy is refused there, says so, and the first one's
// tier is well; when the first is stopped and started again it has its place as before.
func TestACopyOfTheDataFolderBesideItsTier(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dir := t.TempDir()
	vault := filepath.Join(dir, "vault")
	if err := os.Mkdir(vault, 0o750); err != nil {
		t.Fatal(err)
	}
	tiered := func(name string) *config.Config {
		c := settings(t, filepath.Join(dir, name))
		c.Archive.Tiers = []config.Tier{{Name: "vault", Folder: vault, MoveAfter: time.Nanosecond}}
		return c
	}
	c := tiered("data")
	s := cameras(t, 1)
	a := begin(t, c)
	gate := add(t, a, s, 1, "Gate")
	signIn(t, a, access.Supervisor)
	until(t, "pictures on disk", func() bool { return recorded(c.Data, gate.ID, 20_000) })
	a.Close()
	copied := tiered("drill")
	if err := os.CopyFS(copied.Data, os.DirFS(c.Data)); err != nil {
		t.Fatal(err)
	}
	if err := filepath.WalkDir(copied.Data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chmod(path, 0o600) // keys are nobody else's
	}); err != nil {
		t.Fatal(err)
	}

	a = begin(t, c)
	boss := signInAgain(t, a, access.Supervisor)
	until(t, "the first works there", func() bool { return works(t, vault) })
	b := begin(t, copied)
	drill := signInAgain(t, b, access.Supervisor)
	until(t, "the copy is refused", func() bool { return alarmed(drill, "tier_taken") })
	if alarmed(boss, "tier_taken") || alarmed(boss, "tier_away") {
		t.Error("the first was driven out")
	}
	a.Close()
	if works(t, vault) {
		t.Error("the first has ended, and its place is taken")
	}
	a = begin(t, c)
	boss = signInAgain(t, a, access.Supervisor)
	until(t, "the first works there again", func() bool { return works(t, vault) })
	if alarmed(boss, "tier_taken") || !alarmed(drill, "tier_taken") {
		t.Error("the copy took the place of the first while it was stopped")
	}
	a.Close()
	b.Close()
}
