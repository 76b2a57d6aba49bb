package app

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"watchroom/internal/app/timekeeping"
	"watchroom/internal/clock"
	"watchroom/internal/clock/reference"
	"watchroom/internal/event"
	"watchroom/internal/source"
	"watchroom/internal/testkit/vault"
)

// codes are those of the alarms that are up.
func codes(w *watch) (out []string) {
	for _, a := range w.Alarms() {
		out = append(out, a.Code)
	}
	slices.Sort(out)
	return out
}

// TestTheClockIsOnRecord: the state of the recorder's clock stands in the node's
// journal, hourly and when it changes, and alarms tell of what lasts.
func TestTheClockIsOnRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var failing error
		kernel, ahead, steps := reference.Reading{Synchronised: true}, time.Duration(0), []time.Duration(nil)
		with := func(f func()) {
			mu.Lock()
			defer mu.Unlock()
			f()
		}
		now := clock.Clock(func() (at time.Time) {
			with(func() { at = time.Now().Add(ahead).Round(0) })
			return at
		})
		log := slog.New(slog.NewTextHandler(&bytes.Buffer{}, nil))
		room := &watch{bus: &event.Bus{}, clock: now, log: log}
		k := &timekeeping.Keeper{
			Clock: now, Log: log, Root: t.TempDir(), Alarm: room.raise,
			Stepped: func(from, to int64) { with(func() { steps = append(steps, time.Duration(to-from)*time.Microsecond) }) },
			Watch: &reference.Watch{Clock: now, Kernel: func() (r reference.Reading, err error) {
				with(func() { r, err = kernel, failing })
				return r, err
			}},
		}
		room.time = k
		if err := k.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		expect := func(what string, journal []string, alarms ...string) {
			t.Helper()
			synctest.Wait()
			if got := vault.TimeLines(t, k.Root); !slices.Equal(got, journal) {
				t.Errorf("%s: the journal says %q, want %q", what, got, journal)
			}
			if got := codes(room); !slices.Equal(got, alarms) {
				t.Errorf("%s: alarms %q, want %q", what, got, alarms)
			}
		}
		time.Sleep(time.Minute)
		lines := []string{"time synchronised"}
		expect("at first", lines)
		time.Sleep(2 * time.Hour)
		lines = append(lines, lines[0], lines[0])
		expect("two hours on", lines)
		with(func() { kernel.Synchronised = false })
		time.Sleep(5 * time.Minute)
		lines = append(lines, "time unsynchronised")
		expect("for a while", lines)
		time.Sleep(6 * time.Minute)
		expect("too long", lines, "clock_unsynchronised")
		if got := room.Time(); got.State != "unsynchronised" || got.Trusted || got.Distrust != "time_unsynchronised" || got.Level != "ok" {
			t.Errorf("%+v", got)
		}
		with(func() { kernel = reference.Reading{Synchronised: true, Offset: -7 * time.Second} })
		time.Sleep(time.Minute)
		lines = append(lines, "time unsynchronised")
		expect("far off", lines, "clock_off")
		with(func() { kernel, ahead = reference.Reading{Synchronised: true}, -time.Hour })
		time.Sleep(time.Minute)
		lines = append(lines, "time unsynchronised set by -1h0m0s", "time synchronised")
		expect("set", lines, "clock_stepped")
		if got := room.Time(); got.Trusted || got.Distrust != "time_stepped" || got.SetBySeconds != -3600 || got.SetAt == nil {
			t.Errorf("%+v", got)
		}
		time.Sleep(10 * time.Minute)
		expect("later", lines)
		k.WitnessedBy(func() (time.Time, bool) { return now().Add(-2 * time.Hour), true })
		if got := room.Time(); got.Trusted || got.Distrust != "time_ahead" {
			t.Errorf("%+v", got)
		}
		with(func() { failing = errors.New("not permitted") })
		time.Sleep(time.Minute)
		if got := room.Time(); got.State != "unknown" || got.Trusted || got.Distrust != "time_unknown" {
			t.Errorf("nothing tells: %+v", got)
		}
		k.Close()
		if !slices.Equal(steps, []time.Duration{-time.Hour}) {
			t.Errorf("told of steps %v", steps)
		}
	})
}

// TestCamerasClocks: warnings and alarms go by how well the difference is known.
func TestCamerasClocks(t *testing.T) {
	var log bytes.Buffer
	w := &watch{bus: &event.Bus{}, log: slog.New(slog.NewTextHandler(&log, nil))}
	at := func(seconds float64, by string) source.Figures {
		return source.Figures{ClockOffset: &seconds, ClockSource: by}
	}
	for i, c := range []struct {
		f    source.Figures
		want string
	}{
		{source.Figures{}, ""},
		{at(0.9, source.BySenderReport), ""},
		{at(-1, source.BySenderReport), "camera_clock_drifts"},
		{at(5.1, source.BySenderReport), "camera_clock_off"},
		{at(1.9, source.ByDate), "camera_clock_drifts"}, // it was off: a fifth below the limit is needed
		{at(1.7, source.ByDate), ""},
		{at(1.9, source.ByDate), ""},
		{at(-2, source.ByDate), "camera_clock_drifts"},
		{at(-3600, source.ByDate), "camera_clock_off"},
		{source.Figures{}, ""},
	} {
		w.cameraClock("gate", c.f)
		got := strings.Join(codes(w), " ")
		if got != c.want {
			t.Errorf("%d: %q, want %q", i, got, c.want)
		}
		if got != "" && w.Alarms()[0].Camera != "gate" {
			t.Errorf("%+v", w.Alarms()[0])
		}
	}
	if !strings.Contains(log.String(), "code=camera_clock_off camera=gate") || !strings.Contains(log.String(), "offset=-3600") {
		t.Errorf("the log:\n%s", log.String())
	}
}
