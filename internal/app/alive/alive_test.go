package alive

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"watchroom/internal/testkit/leak"
)

func TestTheNextProcessKnowsUntilWhen(t *testing.T) {
	leak.Check(t)
	path := filepath.Join(t.TempDir(), FileName)
	if at, err := Last(path); at != 0 || err != nil {
		t.Errorf("before the first process: %d, %v", at, err)
	}
	// What stood there before was longer.
	if err := os.WriteFile(path, []byte("                 12345\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := &Sign{Path: path, Log: slog.New(slog.DiscardHandler)}
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		time.Sleep(2*Pause + time.Second)
		synctest.Wait()
		at, err := Last(path)
		if want := begun.Add(2 * Pause).UnixMicro(); at != want || err != nil {
			t.Errorf("a killed process was alive at %d, %v; want %d", at, err, want)
		}
		s.Close()
		if at, err := Last(path); at != time.Now().UnixMicro() || err != nil {
			t.Errorf("one that ended: %d, %v", at, err)
		}
	})
}

func TestASignThatTellsNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	for _, text := range []string{"", "soon", "-5", "99999999999999999999"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if at, err := Last(path); at != 0 || err == nil {
			t.Errorf("%q: %d, %v", text, at, err)
		}
	}
}
