package app

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"watchroom/internal/api/system"
	"watchroom/internal/capture"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/media"
	"watchroom/internal/recording"
	"watchroom/internal/recording/marker"
	"watchroom/internal/recording/space"
	"watchroom/internal/source"
)

// TestAlarmsAreLogged: each alarm is one line when it comes and one when it goes,
// however often its cause is looked at.
func TestAlarmsAreLogged(t *testing.T) {
	var log bytes.Buffer
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	w := &watch{bus: &event.Bus{}, clock: clock.Clock(func() time.Time { return now }), log: slog.New(slog.NewTextHandler(&log, nil))}
	only := &recording.Volume{Root: "/srv/footage"}
	w.volumes = &recording.Volumes{List: []*recording.Volume{only}}
	for range 3 {
		w.space(only, space.Space{State: space.Full, Free: 7})
		w.raise("camera gate", "camera_not_recorded", "Pictures come, but they are not recorded.", "gate", map[string]any{"cause": "disk_full"})
		w.health(db.ErrLocked)
	}
	if got := len(w.Alarms()); got != 3 {
		t.Errorf("%d alarms are up", got)
	}
	now = now.Add(time.Minute)
	for range 3 {
		w.space(only, space.Space{State: space.OK})
		w.raise("camera gate", "", "", "gate", nil)
		w.health(nil)
	}
	got := log.String()
	lines := strings.Split(strings.TrimSpace(got), "\n")
	for i, want := range []string{
		"level=WARN msg=alarm code=storage_full detail=", "level=WARN msg=alarm code=camera_not_recorded camera=gate", "level=WARN msg=alarm code=database_away",
		`level=INFO msg="alarm over" code=storage_full after=1m0s`, `level=INFO msg="alarm over" code=camera_not_recorded camera=gate`, `level=INFO msg="alarm over" code=database_away`,
	} {
		if i >= len(lines) || !strings.Contains(lines[i], want) {
			t.Errorf("line %d lacks %q in:\n%s", i+1, want, got)
		}
	}
	if len(lines) != 6 || !strings.Contains(lines[0], "freeBytes=7") || !strings.Contains(lines[1], "cause=disk_full") || !strings.Contains(lines[2], "reason=database_locked") {
		t.Errorf("the log:\n%s", got)
	}
}

// TestACameraThatIsNotRecordedIsAProblem: a full disk leaves every camera live.
func TestACameraThatIsNotRecordedIsAProblem(t *testing.T) {
	live := source.Status{State: source.Live}
	var got system.CameraCounts
	for _, s := range []capture.Status{
		{Enabled: true, Main: live, State: recording.State{Recording: true}},
		{Enabled: true, Main: live, State: recording.State{Cause: media.CauseDiskFull}},
		{Enabled: true, Main: live}, // waits for its first key frame
		{Enabled: true, Main: source.Status{State: source.Unreachable}},
		{Main: source.Status{State: source.Off}},
	} {
		tally(&got, s, false)
	}
	if want := (system.CameraCounts{Total: 5, Live: 3, Recording: 1, Problems: 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestAlarmsOfSeveralVolumes: one that is full is told of as that; that nothing can be
// recorded any more, beside it.
func TestAlarmsOfSeveralVolumes(t *testing.T) {
	w := &watch{bus: &event.Bus{}, log: slog.New(slog.DiscardHandler)}
	main, b := &recording.Volume{Root: t.TempDir()}, &recording.Volume{Name: "b", Root: t.TempDir(), Reserve: 1 << 60}
	w.volumes = &recording.Volumes{List: []*recording.Volume{main, b}, OnSpace: w.space}
	if err := w.volumes.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer w.volumes.Close()
	codes := func() string {
		var all []string
		for _, a := range w.Alarms() {
			all = append(all, a.Code+" "+fmt.Sprint(a.Params["volume"]))
		}
		slices.Sort(all)
		return strings.Join(all, ", ")
	}
	if got := codes(); got != "volume_full b" {
		t.Errorf("alarms: %s", got)
	}
	main.Fail(unix.ENOSPC)
	if got := codes(); got != "storage_full <nil>, volume_full "+main.Root+", volume_full b" {
		t.Errorf("alarms: %s", got)
	}
}

// TestACameraThatHasComeBackIsNoAlarm: until its next key frame nothing can be recorded.
// A disk that takes nothing is told of at once.
func TestACameraThatHasComeBackIsNoAlarm(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	w := &watch{clock: clock.Clock(func() time.Time { return now })}
	look := func(after time.Duration, s recording.State, state source.State, want bool) {
		t.Helper()
		now = now.Add(after)
		if got := w.unrecorded("gate", capture.Status{Enabled: true, Main: source.Status{State: state}, State: s}); got != want {
			t.Errorf("at %s, %+v: %v", now.Format(time.TimeOnly), s, got)
		}
	}
	waits, full := recording.State{Cause: media.CauseNoFrames}, recording.State{Cause: media.CauseDiskFull}
	look(0, waits, source.Live, false)
	look(600*time.Millisecond, recording.State{Recording: true}, source.Live, false)
	look(time.Hour, waits, source.Live, false)
	look(9*time.Second, waits, source.Live, false)
	look(time.Second, waits, source.Live, true)
	look(time.Second, waits, source.Unreachable, false)
	look(time.Second, waits, source.Live, false)
	look(time.Second, full, source.Live, true)
}

// TestAFolderThatIsNotThere is told of as that: no marker was lost, and no disk answers
// with errors.
func TestAFolderThatIsNotThere(t *testing.T) {
	dir := t.TempDir()
	w := &watch{bus: &event.Bus{}, log: slog.New(slog.DiscardHandler)}
	main, b := &recording.Volume{Root: filepath.Join(dir, "main")}, &recording.Volume{Name: "b", Root: filepath.Join(dir, "b")}
	w.volumes = &recording.Volumes{List: []*recording.Volume{main, b}, Book: &marker.Book{Path: filepath.Join(dir, "volumes.json")}, OnSpace: w.space}
	if err := w.volumes.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer w.volumes.Close()
	var codes []string
	for _, a := range w.Alarms() {
		codes = append(codes, a.Code)
	}
	if !slices.Equal(codes, []string{"volume_missing"}) {
		t.Errorf("alarms: %v", codes)
	}
	if s := b.Space(); s.State != space.Away || !errors.Is(s.Err, marker.ErrNoFolder) {
		t.Errorf("%+v", s)
	}
}

// TestDisksOfOneFileSystem are told of once, and their room counts once.
func TestDisksOfOneFileSystem(t *testing.T) {
	w := &watch{bus: &event.Bus{}, log: slog.New(slog.DiscardHandler)}
	w.volumes = &recording.Volumes{List: []*recording.Volume{{Root: t.TempDir()}, {Name: "b", Root: t.TempDir()}}}
	if err := w.volumes.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer w.volumes.Close()
	if all, one := w.volumes.Space(), w.volumes.List[0].Space(); one.Device == "" || all.Total != one.Total {
		t.Errorf("%+v and one of two %+v", all, one)
	}
	for range 2 {
		w.shared(map[string][]string{"8:1": {"main", "b"}})
	}
	if all := w.Alarms(); len(all) != 1 || all[0].Code != "volumes_shared" || all[0].Params["volumes"] != "main, b" {
		t.Errorf("%+v", all)
	}
	if w.shared(nil); len(w.Alarms()) != 0 {
		t.Error("it stays up")
	}
}
