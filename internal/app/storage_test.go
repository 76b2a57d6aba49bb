package app_test

import (
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/app"
	"watchroom/internal/app/records"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/inventory"
	"watchroom/internal/clock"
	"watchroom/internal/config"
	"watchroom/internal/recording/marker"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// mp4 lists the segments below a folder.
func mp4(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*-*-*", "*.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestSeveralDisksAndATier from the configuration: cameras are spread over the disks,
// closed footage moves to the tier, all of it is found again by a check, and by a
// rebuild out of nothing but the folders.
func TestSeveralDisksAndATier(t *testing.T) {
	clause.Covers(t, "C092")
	leak.Check(t)
	dir := t.TempDir()
	c := settings(t, filepath.Join(dir, "data"))
	c.Recording.Volumes = []config.Volume{{Name: "b", Folder: filepath.Join(dir, "b")}}
	c.Archive.Tiers = []config.Tier{{Name: "vault", Folder: filepath.Join(dir, "vault"), MoveAfter: time.Nanosecond}}
	for _, name := range []string{"b", "vault"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	s := cameras(t, 2)
	a := begin(t, c)
	for i, name := range []string{"Gate", "Yard"} {
		add(t, a, s, i+1, name)
	}
	main := c.RecordingFolder()
	parts := func(root string) []string {
		files, err := filepath.Glob(filepath.Join(root, "*", "*-*-*", "*.mp4.part"))
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	until(t, "a camera on either disk", func() bool { return len(parts(main)) == 1 && len(parts(filepath.Join(dir, "b"))) == 1 })
	until(t, "pictures", func() bool {
		for _, f := range append(parts(main), parts(filepath.Join(dir, "b"))...) {
			if st, err := os.Stat(f); err != nil || st.Size() < 20_000 {
				return false
			}
		}
		return true
	})
	a.Close()
	closed := len(mp4(t, main)) + len(mp4(t, filepath.Join(dir, "b")))
	if closed < 2 {
		t.Fatalf("%d segments were closed", closed)
	}
	a = begin(t, c)
	until(t, "footage in the vault", func() bool { return len(mp4(t, filepath.Join(dir, "vault"))) >= closed })
	a.Close()
	check := func(when string) {
		t.Helper()
		it, err := records.OpenArchive(t.Context(), c, slog.New(slog.DiscardHandler), false, false)
		if err != nil {
			t.Fatal(err)
		}
		defer it.Close()
		sum, err := (&inventory.Check{Places: it.Places, Clock: clock.Clock(nil), OnFinding: func(f inventory.Finding) { t.Errorf("%s: %s", when, f) }}).Run(t.Context())
		if err != nil || sum.Cameras != 2 || sum.Segments < 2 {
			t.Errorf("%s: %+v, %v", when, sum, err)
		}
	}
	rebuild := func() {
		t.Helper()
		it, err := records.OpenArchive(t.Context(), c, slog.New(slog.DiscardHandler), true, true)
		if err != nil {
			t.Fatal(err)
		}
		defer it.Close()
		r := inventory.Rebuild{Places: it.Places, Catalogue: it.Catalogue, Scratch: c.Data, Clock: clock.Clock(nil), OnFinding: func(f inventory.Finding) { t.Errorf("rebuilding: %s", f) }}
		if res, err := r.Run(t.Context()); err != nil || res.Missing != 0 || res.Segments < 2 {
			t.Errorf("%+v, %v", res, err)
		}
		if m, err := frozen.Standing(t.Context(), it.DB.Read()); err != nil || len(m) != 1 || m[0].Reason != frozen.Rebuilt {
			t.Errorf("frozen: %+v, %v", m, err)
		}
	}
	rebuild() // also takes in what the last Close wrote
	check("after a rebuild")
	// The data folder is lost, and with it the database and what it knew of the disks.
	if err := os.Rename(c.Data, c.Data+".lost"); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(c.Data, "recordings"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(c.Data, "recordings"), os.DirFS(filepath.Join(c.Data+".lost", "recordings"))); err != nil {
		t.Fatal(err)
	}
	if _, err := records.OpenArchive(t.Context(), c, slog.New(slog.DiscardHandler), true, false); !errors.Is(err, marker.ErrForeign) {
		t.Errorf("disks of a data folder that is lost: %v", err)
	}
	rebuild()
	check("after the data folder was lost")
}

// TestAnEmptyMountPointIsNotFilled: the disk is not mounted when the server starts.
func TestAnEmptyMountPointIsNotFilled(t *testing.T) {
	leak.Check(t)
	dir := t.TempDir()
	c := settings(t, filepath.Join(dir, "data"))
	c.Recording.Folder = filepath.Join(dir, "mount")
	begin(t, c).Close()
	if err := os.Rename(c.Recording.Folder, c.Recording.Folder+".disk"); err != nil {
		t.Fatal(err)
	}
	s := cameras(t, 1)
	a := begin(t, c)
	add(t, a, s, 1, "Gate")
	until(t, "the alarm", func() bool { return strings.Contains(health(t, a), "away") })
	a.Close()
	if files, err := os.ReadDir(c.Recording.Folder); err != nil || len(files) > 0 {
		t.Errorf("the mount point holds %v, %v", files, err)
	}
	if _, err := os.Stat(filepath.Join(c.Recording.Folder+".disk", marker.FileName)); errors.Is(err, fs.ErrNotExist) {
		t.Error("the disk bore no marker")
	}
}

// TestADamagedByteStopsNoRecording: of the marker of a disk and of what the data folder remembers
// of it. Both are put right, with an alarm and an act on record.
func TestADamagedByteStopsNoRecording(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C096")
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	s := cameras(t, 1)
	a := begin(t, c)
	gate := add(t, a, s, 1, "Gate")
	signIn(t, a, access.Supervisor)
	until(t, "pictures on disk", func() bool { return recorded(c.Data, gate.ID, 20_000) })
	a.Close()
	good := map[string]string{filepath.Join(c.RecordingFolder(), marker.FileName): "", filepath.Join(c.Data, "volumes.json"): ""}
	for path := range good {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		good[path] = string(b)
		b[len(b)/2] ^= 4
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var before int64
	for _, file := range mp4(t, c.RecordingFolder()) {
		st, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		before += st.Size()
	}
	a = begin(t, c)
	boss := signInAgain(t, a, access.Supervisor)
	until(t, "pictures on disk again", func() bool { return recorded(c.Data, gate.ID, before+20_000) })
	until(t, "the alarm", func() bool { return alarmed(boss, "marker_mended") })
	until(t, "an act of each in the log", func() bool { return actsLogged(t, c, "storage.mended") == 2 })
	a.Close()
	for path, want := range good {
		if b, err := os.ReadFile(path); err != nil || string(b) != want {
			t.Errorf("%s is %q, %v, was %q", path, b, err, want)
		}
	}
}

// health is what /readyz answers.
func health(t *testing.T, a *app.App) string {
	t.Helper()
	answer, err := http.Get(a.URL + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestATierWithoutKeysIsToldAtTheStart, before anything is recorded.
func TestATierWithoutKeysIsToldAtTheStart(t *testing.T) {
	leak.Check(t)
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	c.Archive.Tiers = []config.Tier{{Name: "cloud", Endpoint: "https://s3.example.org", Bucket: "footage", ObjectLock: "none"}}
	a := &app.App{Config: c}
	if err := a.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "WATCHROOM_TIER_CLOUD_ACCESS_KEY") {
		t.Errorf("without keys: %v", err)
	}
}
