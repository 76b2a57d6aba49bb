package chronicle

import (
	"log/slog"
	"path/filepath"
	"slices"
	"testing"

	"watchroom/evidence/leaf"
	"watchroom/internal/clock"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// keyEntries gives what a log tells of keys.
func keyEntries(t *testing.T, l *tlog.Log) (all []string) {
	t.Helper()
	for b, err := range l.Entries(0, l.Size()) {
		if err != nil {
			t.Fatal(err)
		}
		if !leaf.Is(b, "key") {
			continue
		}
		e, err := leaf.Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		k := e.(*leaf.Key)
		all = append(all, k.Change+" "+k.Role+" "+k.Name)
	}
	return all
}

// TestKeysOfALogThatIsContinued: the command that continues a log has the new one tell of
// its key, of the one before and of the witnesses; a start adds nothing.
func TestKeysOfALogThatIsContinued(t *testing.T) {
	leak.Check(t)
	x := newDays(t, dbtest.Open(t, db.SQLite))
	for range 2 {
		x.c.keys(t.Context())()
	}
	old := x.c.log.Key().Name()
	if got := keyEntries(t, x.c.log); !slices.Equal(got, []string{"added log " + old}) {
		t.Errorf("%q", got)
	}
	x.acts(1)
	x.signed()
	x.m.clock = clock.Clock(nil)
	x.m.keep(t.Context(), x.c.log, true)
	x.c.log.Close()
	x.elsewhere()
	cfg := config.Default()
	cfg.Data, cfg.Ledger.Node = filepath.Dir(x.dir), "example.org/gate"
	next, err := Continue(t.Context(), cfg, nil, x.d, "somebody has written into the database", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	x.c.log = opened(t, x.dir, x.m, 0)
	want := []string{"retired log " + old, "added log " + next.Key.Name()}
	for range 2 {
		if got := keyEntries(t, x.c.log); !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
		x.c.keys(t.Context())()
	}
}
