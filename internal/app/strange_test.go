package app_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/config"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
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

// TestLinesAboutWhatIsThere: while the server is stopped somebody writes that a segment was lost
// and moved away, and, while it runs, how the one was closed that is being written. All three are
// told of, nothing stands as missing, and what is recorded counts.
func TestLinesAboutWhatIsThere(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C093")
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	vault := t.TempDir()
	c.Archive.Tiers = []config.Tier{{Name: "vault", Folder: vault, MoveAfter: 24 * time.Hour}}
	s := cameras(t, 1)
	a := begin(t, c)
	gate := add(t, a, s, 1, "Gate")
	signIn(t, a, access.Supervisor)
	until(t, "pictures on disk", func() bool { return recorded(c.Data, gate.ID, 20_000) })
	a.Close()

	write := func(of func(days string) []journal.Record) {
		t.Helper()
		days, err := filepath.Glob(filepath.Join(c.RecordingFolder(), gate.ID, "2*"))
		if err != nil || len(days) == 0 {
			t.Fatal(days, err)
		}
		w := journal.Writer{Root: c.RecordingFolder(), Camera: gate.ID}
		defer w.Close()
		if err := w.Append(time.Now().UnixMicro(), of(days[len(days)-1])...); err != nil {
			t.Fatal(err)
		}
	}
	write(func(day string) []journal.Record {
		all, _, _, err := journal.Read(filepath.Join(day, journal.FileName), 0, 0)
		i := slices.IndexFunc(all, func(r journal.Record) bool { return r.Kind == journal.KindSegment })
		if err != nil || i < 0 {
			t.Fatal(len(all), err)
		}
		moved, to, now := all[i], "vault", time.Now().UnixMicro()
		moved.Kind, moved.At, moved.To = journal.KindMove, now, &to
		return []journal.Record{moved, {Kind: journal.KindLost, At: now, Sealed: &journal.Sealed{File: moved.File, Parts: moved.Parts, Bytes: moved.Bytes, Root: moved.Root}}}
	})
	a = begin(t, c)
	boss := signInAgain(t, a, access.Supervisor)
	var open string
	until(t, "a segment that is being written", func() bool {
		parts, _ := filepath.Glob(filepath.Join(c.RecordingFolder(), gate.ID, "2*", "*"+segment.PartExt))
		if len(parts) > 0 {
			open = parts[0]
		}
		return open != ""
	})
	write(func(string) []journal.Record {
		n, _, err := segment.ParseName(open)
		if err != nil {
			t.Fatal(err)
		}
		return []journal.Record{{Kind: journal.KindSegment, At: n.Start + 1000, Run: n.Run, Segment: &segment.Closed{
			File: n.Path(), Start: n.Start, End: n.Start + 1000, Bytes: 700, Parts: 1, Frames: 1, Root: strings.Repeat("ab", 32)}}}
	})
	until(t, "all three on record", func() bool {
		var acts struct {
			Items []struct{ Detail map[string]any }
		}
		boss.get("/api/v1/acts?kind=journal.strange", &acts)
		var why []string
		for _, i := range acts.Items {
			why = append(why, i.Detail["why"].(string))
		}
		if n := slices.Index(why, "told_otherwise"); n >= 0 {
			why[n] = "still_written" // the segment was closed before the line was looked at
		}
		slices.Sort(why)
		return slices.Equal(why, []string{"lost_and_there", "moved_nowhere", "still_written"})
	})
	if n := actsLogged(t, c, "footage.damaged"); n != 0 {
		t.Errorf("%d times footage is called damaged", n)
	}
	a.Close()
}
