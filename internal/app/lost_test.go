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

// TestAnEmptyDatabaseEndsNothing: a database that was lost and made anew knows no
// cameras. Those of the sealed copy go on, also beside one that is entered then, until
// somebody takes them back, retired ones as well.
func TestAnEmptyDatabaseEndsNothing(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C076")
	data := filepath.Join(t.TempDir(), "data")
	s := cameras(t, 2)
	a := begin(t, settings(t, data))
	gone := add(t, a, s, 2, "Yard")
	if _, err := a.Registry.Retire(t.Context(), access.CommandLine(), gone.ID, "moved away"); err != nil {
		t.Fatal(err)
	}
	c := add(t, a, s, 1, "Gate")
	until(t, "pictures on disk", func() bool { return recorded(data, c.ID, 20_000) })
	a.Close()
	stored := func(id string) (sum int64) {
		for _, size := range glob(t, filepath.Join(data, "recordings", id, "*", "*.mp4*")) {
			sum += size
		}
		return sum
	}
	before := stored(c.ID)
	lost, err := filepath.Glob(filepath.Join(data, "watchroom.db*"))
	if err != nil || len(lost) == 0 {
		t.Fatal(lost, err)
	}
	for _, f := range lost {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	a = begin(t, settings(t, data))
	until(t, "more pictures on disk", func() bool { return recorded(data, c.ID, before+20_000) })
	entered := add(t, a, s, 2, "Gate")
	until(t, "pictures of the camera that was entered", func() bool { return recorded(data, entered.ID, 20_000) })
	a.Close()

	a = begin(t, settings(t, data)) // the copy has outlived both
	defer a.Close()
	before = stored(c.ID)
	until(t, "still more", func() bool { return recorded(data, c.ID, before+10_000) })
	boss := signIn(t, a, access.Administrator)
	type camera struct {
		ID, Name  string
		RetiredAt *string
		Enabled   bool
	}
	var list, taken struct{ Items []camera }
	boss.get("/api/v1/cameras/lost", &list)
	if !alarmed(boss, "cameras_unconfirmed") || len(list.Items) != 2 {
		t.Fatalf("lost are %+v", list.Items)
	}
	boss.post("/api/v1/cameras/recover", struct{}{}, &taken)
	byID := func(a, b camera) int { return len(a.Name) - len(b.Name) }
	slices.SortFunc(taken.Items, byID)
	if n := len(taken.Items); n != 2 || taken.Items[0].ID != gone.ID || taken.Items[0].RetiredAt == nil || taken.Items[0].Name != "Yard" ||
		taken.Items[1].ID != c.ID || taken.Items[1].Name != "Gate "+c.ID || !taken.Items[1].Enabled {
		t.Errorf("taken back are %+v", taken.Items)
	}
	until(t, "the alarm is over", func() bool { return !alarmed(boss, "cameras_unconfirmed") })
	boss.get("/api/v1/cameras/lost", &list)
	if len(list.Items) != 0 {
		t.Errorf("still lost: %+v", list.Items)
	}
}
