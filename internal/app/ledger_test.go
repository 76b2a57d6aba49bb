package app_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/evidence/leaf"
	"watchroom/internal/app/chronicle"
	"watchroom/internal/app/records"
	"watchroom/internal/archive/audit"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/seal"
	"watchroom/internal/clock"
	"watchroom/internal/config"
	"watchroom/internal/testkit/leak"
)

// findings verifies an installation.
func findings(t *testing.T, c *config.Config) (kinds []string, r audit.Report) {
	t.Helper()
	kinds, _, r = findingsOn(t, c, nil)
	return kinds, r
}

// findingsOn does so at an instant.
func findingsOn(t *testing.T, c *config.Config, now clock.Clock) (kinds, waits []string, r audit.Report) {
	t.Helper()
	d, err := records.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	a, _, err := chronicle.Verify(t.Context(), c.Data, []seal.Root{{Path: c.RecordingFolder()}}, nil, d, now)
	if err != nil {
		t.Fatal(err)
	}
	a.Grace = time.Nanosecond // nothing writes any more
	a.Found = func(f audit.Finding) { kinds = append(kinds, f.String()) }
	a.Waits = func(f audit.Finding) { waits = append(waits, string(f.Kind)) }
	if r, err = a.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return kinds, waits, r
}

// keysOf gives what a log tells of keys, and where.
func keysOf(t *testing.T, log *chronicle.Reading) (all []string) {
	t.Helper()
	i := 0
	for b, err := range log.Entries(t.Context(), 0, log.Checkpoint.Size) {
		if err != nil {
			t.Fatal(err)
		}
		if e, err := leaf.Decode(b); err == nil {
			if k, ok := e.(*leaf.Key); ok {
				all = append(all, fmt.Sprint(i, " ", k.Change, " ", k.Role, " ", k.Name))
			}
		}
		i++
	}
	return all
}

// TestAStopLeavesNothingOutOfTheLog: whoever verifies an installation that was stopped, also
// days later, finds all of its footage in the log; what a command did since waits for the next
// start and is no finding.
func TestAStopLeavesNothingOutOfTheLog(t *testing.T) {
	leak.Check(t)
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	s := cameras(t, 2)
	a := begin(t, c)
	for i := range 2 {
		camera := add(t, a, s, i+1, fmt.Sprintf("Gate %d", i+1))
		until(t, "pictures on disk", func() bool { return recorded(c.Data, camera.ID, 20_000) })
	}
	a.Close()
	later := func() time.Time { return time.Now().Add(48 * time.Hour) }
	kinds, waits, r := findingsOn(t, c, later)
	waits = slices.DeleteFunc(waits, func(kind string) bool { return kind == string(finding.RowMissing) }) // the catalogue follows at the next start
	if len(kinds) > 0 || len(waits) > 0 || r.Files < 2 {
		t.Errorf("%d files, waiting %q, found %q", r.Files, waits, kinds)
	}
	d, err := records.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := chronicle.KeepOutcome(t.Context(), d, "origin", r, later); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	kinds, waits, _ = findingsOn(t, c, func() time.Time { return later().Add(time.Hour) })
	if len(kinds) > 0 || !slices.Contains(waits, string(finding.ActUnlogged)) {
		t.Errorf("waiting %q, found %q", waits, kinds)
	}
}

// TestWhatIsRecordedAndDoneIsInTheLog: an installation that has recorded and stopped
// agrees with its log once it was started again; a byte that is changed afterwards, in
// footage, in a row or in the log, is named.
func TestWhatIsRecordedAndDoneIsInTheLog(t *testing.T) {
	leak.Check(t)
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	s := cameras(t, 1)
	a := begin(t, c)
	camera := add(t, a, s, 1, "Gate")
	until(t, "pictures on disk", func() bool { return recorded(c.Data, camera.ID, 20_000) })
	a.Close()
	// What the end of the first life wrote comes into the log in the second.
	a = begin(t, c)
	segments, err := filepath.Glob(filepath.Join(c.RecordingFolder(), camera.ID, "*", "*.mp4"))
	if err != nil || len(segments) == 0 {
		t.Fatal(segments, err)
	}
	told := func() bool {
		r, err := chronicle.Read(chronicle.Folder(c.Data))
		if err != nil {
			return false
		}
		file, acts := false, 0
		for e, err := range r.Entries(t.Context(), 0, r.Size()) {
			if err != nil {
				return false
			}
			file = file || strings.Contains(string(e), filepath.Base(segments[0]))
			if strings.HasPrefix(string(e), "watchroom act ") {
				acts++
			}
		}
		return file && acts >= 1
	}
	until(t, "segment and act in the signed log", told)
	a.Close()
	if log, err := chronicle.Read(chronicle.Folder(c.Data)); err != nil {
		t.Fatal(err)
	} else if keys := keysOf(t, log); !slices.Equal(keys, []string{"0 added log " + log.Book.Key.Name()}) {
		t.Errorf("keys in the log: %q", keys)
	}

	kinds, r := findings(t, c)
	for _, k := range kinds {
		// The last segment of the second life is in its journal, and in the log at the next start.
		if !strings.Contains(k, filepath.Base(segments[0])) && (strings.HasPrefix(k, string(finding.FileUnknown)) || strings.HasPrefix(k, string(finding.RowUnknown)) || strings.HasPrefix(k, string(finding.ActUnlogged))) {
			continue
		}
		t.Errorf("found %s", k)
	}
	if r.Files == 0 || r.Acts == 0 {
		t.Errorf("%+v", r)
	}

	// What nobody put there is named, whatever its name begins with; what belongs there is not.
	hidden := filepath.Join(c.RecordingFolder(), ".hidden.mp4")
	if err := os.WriteFile(hidden, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	kinds, _ = findings(t, c)
	foreign := slices.DeleteFunc(kinds, func(k string) bool { return !strings.HasPrefix(k, string(finding.FileForeign)) })
	if len(foreign) != 1 || !strings.Contains(foreign[0], ".hidden") {
		t.Errorf("a hidden file: %q", foreign)
	}

	b, err := os.ReadFile(segments[0])
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(segments[0], b, 0o640); err != nil {
		t.Fatal(err)
	}
	if kinds, _ = findings(t, c); !strings.Contains(strings.Join(kinds, "\n"), string(finding.FileAltered)+"  entry") {
		t.Errorf("a changed byte of footage: %q", kinds)
	}

	// Nor does anybody become a person, end a freeze or switch a camera off by a row.
	d, err := records.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	err = d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for _, sql := range []string{
			"INSERT INTO people (id, username, username_key, display_name, password_hash, disabled, created_at) VALUES ('eve', 'eve', 'eve', 'Eve', 'x', FALSE, 1)",
			"INSERT INTO people_positions (person, position) VALUES ('eve', 'supervisor')",
			"INSERT INTO removal_freezes (id, at, reason, detail, confirmed_at, confirmed_by, note) VALUES ('f1', 1, 'holds_missing', '', 2, 'eve', 'looked at it')",
			"UPDATE cameras SET enabled = FALSE, off_by = 'eve', off_reason = 'building work', off_at = 7",
		} {
			if _, err := tx.ExecContext(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
	kinds, _ = findings(t, c)
	for _, row := range []string{"people eve", "removal_freezes f1", "cameras " + camera.ID} {
		if !strings.Contains(strings.Join(kinds, "\n"), "record_untrue  row "+row) {
			t.Errorf("%s is not named: %q", row, kinds)
		}
	}
}
