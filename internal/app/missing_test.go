package app_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"watchroom/internal/access"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// TestAFileDeletedByHandIsTold: nobody plays it, checks it or verifies it, and the room
// is told all the same.
func TestAFileDeletedByHandIsTold(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	s := cameras(t, 1)
	a := begin(t, c)
	gate := add(t, a, s, 1, "Gate")
	for want := int64(20_000); len(mp4(t, c.RecordingFolder())) < 2; { // the oldest footage is proved by itself: another file is deleted
		until(t, "more pictures on disk", func() bool { return recorded(c.Data, gate.ID, want) })
		a.Close()
		want = 20_000
		for _, size := range glob(t, filepath.Join(c.RecordingFolder(), gate.ID, "*", "*.mp4*")) {
			want += size
		}
		a = begin(t, c)
	}
	a.Close()
	files := mp4(t, c.RecordingFolder())
	slices.Sort(files)
	if len(files) < 2 {
		t.Fatalf("%d segments were closed", len(files))
	}
	if err := os.Remove(files[1]); err != nil {
		t.Fatal(err)
	}
	a = begin(t, c)
	defer a.Close()
	boss := signIn(t, a, access.Administrator)
	until(t, "it is told", func() bool {
		var list struct {
			Items []struct {
				Camera  string
				Reasons []string
			}
		}
		boss.get("/api/v1/retention/cameras", &list)
		return len(list.Items) == 1 && list.Items[0].Camera == gate.ID && slices.Contains(list.Items[0].Reasons, "footage_damaged")
	})
}
