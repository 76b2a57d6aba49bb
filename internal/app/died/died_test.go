package died

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"watchroom/internal/app/alive"
	"watchroom/internal/db"
	"watchroom/internal/testkit/await"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/clocktest"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// TestTheNextProcessTells: a process that was killed is an act once and an alarm for a day, also
// where the one behind it was stopped before it could tell anybody.
func TestTheNextProcessTells(t *testing.T) {
	clause.Covers(t, "C076")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		begun := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
		now := clocktest.At(begun)
		path := filepath.Join(t.TempDir(), alive.FileName)
		said := make(chan string, 9)
		next := func(after bool) *Teller {
			t.Helper()
			x := &Teller{Clock: now.Now, Log: slog.New(slog.DiscardHandler), Alarm: func(_, code, _, _ string, params map[string]any) {
				said <- fmt.Sprintf("%s %v %v %v", code, params["at"], params["back"], params["count"])
			}}
			if _, err := x.Live(t.Context(), path, after, nil); err != nil {
				t.Fatal(err)
			}
			return x
		}
		lifetime := func(x *Teller, want string) {
			t.Helper()
			x.Start(t.Context(), d)
			await.Until(t, "a word to the room", func() bool { return len(said) > 0 })
			if got := <-said; got != want {
				t.Errorf("said %q, want %q", got, want)
			}
			x.Close()
			x.End()
		}
		kill := func() { // what a process that is killed at this instant leaves behind
			t.Helper()
			if err := os.WriteFile(path, fmt.Appendf(nil, "%20d lives\n", now.Micro()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		const none = " <nil> <nil> <nil>"
		lifetime(next(false), none)
		now.Set(begun.Add(time.Hour))
		lifetime(next(false), none)
		kill()
		now.Set(begun.Add(2 * time.Hour))
		next(false).End() // the database did not answer
		now.Set(begun.Add(3 * time.Hour))
		const first = "recorder_died 2026-11-22T09:00:00Z 2026-11-22T11:00:00Z 1"
		lifetime(next(false), first)
		lifetime(next(false), first) // it stands, and nothing new is told
		kill()
		lifetime(next(true), first) // that one lives, and hands over
		now.Set(begun.Add(26 * time.Hour))
		kill()
		lifetime(next(false), "recorder_died 2026-11-23T10:00:00Z 2026-11-23T10:00:00Z 2")
		now.Set(begun.Add(28 * time.Hour))
		lifetime(next(false), "recorder_died 2026-11-23T10:00:00Z 2026-11-23T10:00:00Z 1")
		now.Set(begun.Add(51 * time.Hour))
		lifetime(next(false), none)
	})
}
