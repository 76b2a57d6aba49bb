package disk_test

import (
	"errors"
	"path/filepath"
	"testing"

	"watchroom/internal/archive"
	"watchroom/internal/archive/tier"
	"watchroom/internal/archive/tier/disk"
	"watchroom/internal/recording/marker"
	"watchroom/internal/testkit/clause"
)

// TestAFolderOfAnother: a folder that is another installation's, or has lost its marker, is
// told apart from one that is not there.
func TestAFolderOfAnother(t *testing.T) {
	clause.Covers(t, "C092")
	book := func() *marker.Book {
		t.Helper()
		b := &marker.Book{Path: filepath.Join(t.TempDir(), "volumes.json")}
		if err := b.Open(); err != nil {
			t.Fatal(err)
		}
		return b
	}
	at, first, second := t.TempDir(), book(), book()
	ask := func(root string, b *marker.Book) error {
		_, err := (&disk.Disk{Name: "vault", Root: root, Book: b}).Check(t.Context())
		return err
	}
	if err := ask(at, first); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		root  string
		book  *marker.Book
		other bool
	}{
		"another's":         {at, second, true},
		"without a marker":  {t.TempDir(), first, true},
		"that is not there": {filepath.Join(at, "nowhere"), first, false},
	} {
		if err := ask(c.root, c.book); !errors.Is(err, archive.ErrTierAway) || errors.Is(err, tier.ErrOther) != c.other {
			t.Errorf("a folder %s: %v", what, err)
		}
	}
}
