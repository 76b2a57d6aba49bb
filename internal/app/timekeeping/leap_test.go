package timekeeping

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/clock/reference"
)

// TestALeapIsRememberedAcrossStarts: the log is signed again by the clock that went far
// ahead, within a second of the start. The next start goes by what was known before that,
// until a person or a witness has said that the clock is right, or it is set right.
func TestALeapIsRememberedAcrossStarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root, ahead := t.TempDir(), time.Duration(0)
		file := filepath.Join(root, LeapFile)
		var mu sync.Mutex
		now := clock.Clock(func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			return time.Now().Add(ahead).Round(0)
		})
		set := func(to time.Duration) {
			mu.Lock()
			ahead = to
			mu.Unlock()
		}
		start := func(before time.Time) *Keeper {
			t.Helper()
			k := &Keeper{
				Clock: now, Log: slog.New(slog.DiscardHandler), Root: root, Before: before, File: file,
				Alarm:   func(string, string, string, string, map[string]any) {},
				Stepped: func(int64, int64) {},
				Watch:   &reference.Watch{Clock: now, Kernel: func() (reference.Reading, error) { return reference.Reading{Synchronised: true}, nil }},
			}
			k.WitnessedBy(func() (time.Time, bool) { return now(), true })
			if err := k.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			return k
		}
		is := func(what string, k *Keeper, leapt bool) {
			t.Helper()
			time.Sleep(time.Second)
			synctest.Wait()
			err := k.Watch.Trusted()
			_, missing := os.Stat(file)
			if errors.Is(err, reference.ErrLeapt) != leapt || errors.Is(missing, fs.ErrNotExist) == leapt {
				t.Errorf("%s: %v, %v", what, err, missing)
			}
		}
		began := now()
		k := start(time.Time{}) // a new installation
		is("new", k, false)
		k.Close()
		k = start(began.Add(-59 * time.Minute))
		is("an hour off", k, false)
		k.Close()
		const year = 366 * 24 * time.Hour
		set(year)
		k = start(began)
		is("a year ahead", k, true)
		k.Close()
		k = start(now()) // signed a moment ago, by the same clock
		is("a year ahead, again", k, true)
		k.Watch.Believe()
		is("believed", k, false)
		k.Close()
		k = start(now())
		is("after that", k, false)
		set(year + 2*time.Hour)
		is("set ahead while it ran", k, true)
		k.Watch.Witnessed("audit", now())
		is("borne out", k, false)
		set(2 * year)
		is("set ahead once more", k, true)
		k.Close()
		set(year + 2*time.Hour)
		k = start(now())
		is("set right while it stood", k, false)
		k.Close()
		if err := os.WriteFile(file, []byte("yester"), 0o600); err != nil {
			t.Fatal(err)
		}
		k = start(now())
		is("what is kept cannot be read", k, true)
		k.Watch.Believe()
		is("and then", k, false)
		k.Close()
	})
}
