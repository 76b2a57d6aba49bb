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
	if w, err := Last(path); w != (Word{}) || err != nil {
		t.Errorf("before the first process: %+v, %v", w, err)
	}
	// What stood there before was longer.
	if err := os.WriteFile(path, []byte("                 12345\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if w, err := Last(path); w != (Word{At: 12345}) || err != nil { // versions before did not say more
		t.Errorf("of a version before: %+v, %v", w, err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := &Sign{Path: path, Log: slog.New(slog.DiscardHandler)}
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		time.Sleep(2*Pause + time.Second)
		synctest.Wait()
		w, err := Last(path)
		if want := (Word{begun.Add(2 * Pause).UnixMicro(), true}); w != want || err != nil {
			t.Errorf("a killed process left %+v, %v; want %+v", w, err, want)
		}
		s.Close(0)
		if w, err := Last(path); w != (Word{At: time.Now().UnixMicro()}) || err != nil {
			t.Errorf("one that ended: %+v, %v", w, err)
		}
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.Close(4711)
		if w, err := Last(path); w != (Word{4711, true}) || err != nil {
			t.Errorf("one that ended and could tell nobody of an earlier death: %+v, %v", w, err)
		}
	})
}

func TestASignThatTellsNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	for _, text := range []string{"", "soon", "-5", "99999999999999999999", "5 rests", "lives"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if w, err := Last(path); w != (Word{}) || err == nil {
			t.Errorf("%q: %+v, %v", text, w, err)
		}
	}
}
