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

	"golang.org/x/sys/unix"

	"watchroom/internal/clock"
	"watchroom/internal/clock/reference"
	"watchroom/internal/testkit/clause"
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

// TestSmallLeapsCountAcrossStarts: the clock is set ahead by less than an hour while the
// process stands, again and again; each process signs by it. Outages that are short and rare
// come to nothing that somebody must confirm, and ages go on without them.
func TestSmallLeapsCountAcrossStarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		ahead := time.Duration(0)
		now := clock.Clock(func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			return time.Now().Add(ahead).Round(0)
		})
		root := t.TempDir()
		file := filepath.Join(root, LeapFile)
		run := func(before time.Time, lasts time.Duration) (*Keeper, bool) {
			t.Helper()
			k := &Keeper{
				Clock: now, Log: slog.New(slog.DiscardHandler), Root: root, Before: before, File: file,
				Alarm:   func(string, string, string, string, map[string]any) {},
				Stepped: func(int64, int64) {},
				Watch:   &reference.Watch{Clock: now, Kernel: func() (reference.Reading, error) { return reference.Reading{Synchronised: true}, nil }},
			}
			if err := k.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(lasts)
			synctest.Wait()
			trusted := k.Watch.Trusted() == nil
			return k, trusted
		}
		about := func(k *Keeper, want time.Duration) {
			t.Helper()
			if got := k.Watch.Gained(); (got - want).Abs() > 2*time.Minute {
				t.Errorf("gained %v, want %v", got, want)
			}
		}
		k, _ := run(now(), time.Minute)
		k.Close()
		for i := range 20 {
			signed := now()
			mu.Lock()
			ahead += 50 * time.Minute
			mu.Unlock()
			k, trusted := run(signed, 20*time.Minute)
			if got, least := k.Watch.Gained(), time.Duration(i+1)*50*time.Minute; got < least-time.Minute {
				t.Errorf("gained %v, want at least %v", got, least)
			}
			k.Close()
			if trusted != (i == 0) {
				t.Errorf("after %d leaps trusted: %v", i+1, trusted)
			}
		}
		k, _ = run(now(), time.Second)
		k.Watch.Believe()
		time.Sleep(10 * time.Second)
		about(k, 0)
		k.Close()
		if _, err := os.Stat(file + ".gained"); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
		for i := range 12 {
			signed := now()
			time.Sleep(3 * time.Minute) // switched off
			k, trusted := run(signed, 24*time.Hour)
			about(k, time.Duration(i+1)*3*time.Minute)
			k.Close()
			if !trusted {
				t.Errorf("not trusted after %d outages", i+1)
			}
		}
		for what, put := range map[string]func() error{
			"words":  func() error { return os.WriteFile(file+".gained", []byte("an hour"), 0o600) },
			"less":   func() error { return os.WriteFile(file+".gained", []byte("-1h 0s"), 0o600) },
			"a pipe": func() error { return unix.Mkfifo(file+".gained", 0o600) },
		} {
			if err := errors.Join(os.RemoveAll(file+".gained"), put(), os.RemoveAll(file), os.RemoveAll(file+".new")); err != nil {
				t.Fatal(err)
			}
			if err := unix.Mkfifo(file+".new", 0o600); err != nil {
				t.Fatal(err)
			}
			k, trusted := run(now(), time.Second)
			if trusted {
				t.Errorf("what cannot be read counts as nothing: %s", what)
			}
			k.Watch.Believe()
			time.Sleep(10 * time.Second)
			k.Close()
			k, trusted = run(now(), time.Second)
			k.Close()
			if !trusted {
				t.Errorf("borne out, and not trusted at the next start: %s", what)
			}
		}
	})
}

// TestWhatTheLogKnowsOfTheClock: the files that remember what a clock has gained are deleted
// between two starts, or put back from before. The log knows.
func TestWhatTheLogKnowsOfTheClock(t *testing.T) {
	clause.Covers(t, "C091")
	synctest.Test(t, func(t *testing.T) {
		var ahead time.Duration
		now := clock.Clock(func() time.Time { return time.Now().Add(ahead).Round(0) })
		root := t.TempDir()
		file := filepath.Join(root, LeapFile)
		var logged [2]time.Duration
		run := func(before time.Time) *Keeper {
			t.Helper()
			k := &Keeper{
				Clock: now, Log: slog.New(slog.DiscardHandler), Root: root, Before: before, File: file, Logged: logged,
				Alarm: func(string, string, string, string, map[string]any) {}, Stepped: func(int64, int64) {},
				Watch: &reference.Watch{Clock: now, Kernel: func() (reference.Reading, error) { return reference.Reading{Synchronised: true}, nil }},
			}
			if err := k.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			logged[0], logged[1] = k.Watch.Unproved()
			k.Close()
			return k
		}
		run(now())
		for i, forget := range []func() error{
			func() error { return nil },
			func() error { return os.RemoveAll(file + ".gained") },
			func() error { return errors.Join(os.RemoveAll(file+".gained"), os.RemoveAll(file)) },
			func() error {
				return errors.Join(os.WriteFile(file+".gained", []byte("0s 0s\n"), 0o600), os.RemoveAll(file))
			},
			func() error { return errors.Join(os.RemoveAll(file+".gained"), os.RemoveAll(file)) },
		} {
			signed := now() // by the clock as it was
			ahead += 50 * time.Minute
			if err := forget(); err != nil {
				t.Fatal(err)
			}
			k := run(signed)
			if got, least := k.Watch.Gained(), time.Duration(i+1)*50*time.Minute; got < least-time.Minute {
				t.Errorf("after %d leaps it has gained %v, want at least %v", i+1, got, least)
			}
			if _, leapt := k.Watch.Leapt(); leapt != (i > 0) {
				t.Errorf("after %d leaps: leapt %v", i+1, leapt)
			}
		}
	})
}
