package app_test

import (
	"path/filepath"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// TestALineThatSomebodyWrote: while the server is stopped somebody appends to a journal that a
// time was removed. It changes nothing, the room is told, and the trail tells of it when the
// alarm is long over.
func TestALineThatSomebodyWrote(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C093")
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	s := cameras(t, 1)
	a := begin(t, c)
	gate := add(t, a, s, 1, "Gate")
	signIn(t, a, access.Supervisor)
	until(t, "pictures on disk", func() bool { return recorded(c.Data, gate.ID, 20_000) })
	a.Close()

	w := journal.Writer{Root: c.RecordingFolder(), Camera: gate.ID}
	now := time.Now().UnixMicro()
	err := w.Append(now, journal.Record{Kind: journal.KindGap, At: now - time.Second.Microseconds(), Cause: media.CauseDeletedOrder})
	w.Close()
	if err != nil {
		t.Fatal(err)
	}

	a = begin(t, c)
	boss := signInAgain(t, a, access.Supervisor)
	until(t, "the alarm", func() bool { return alarmed(boss, "journal_strange") })
	until(t, "the act in the log", func() bool { return actsLogged(t, c, "journal.strange") == 1 })
	a.Close()
	a = begin(t, c)
	defer a.Close()
	boss = signInAgain(t, a, access.Supervisor)
	var acts struct {
		Items []struct {
			Kind, Camera string
			Detail       map[string]any
		}
	}
	boss.get("/api/v1/acts?kind=journal.strange", &acts)
	if len(acts.Items) != 1 || acts.Items[0].Camera != gate.ID || acts.Items[0].Detail["why"] != "removed_by_none" || acts.Items[0].Detail["count"] != 1.0 {
		t.Errorf("%+v", acts)
	}
}
