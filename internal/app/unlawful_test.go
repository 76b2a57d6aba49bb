package app_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/app/records"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// TestARemovalThatNobodyAllowedIsTold: while the server is stopped somebody has a journal say that
// young footage was removed, and removes file and row. The next start tells of it, with a clock that
// nobody vouches for, shows the time as missing, and verification names it before and after.
func TestARemovalThatNobodyAllowedIsTold(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C090", "C091")
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	c.Time.TrustUnknown = false
	s := cameras(t, 1)
	a := begin(t, c)
	gate := add(t, a, s, 1, "Gate")
	signIn(t, a, access.Supervisor)
	until(t, "pictures on disk", func() bool { return recorded(c.Data, gate.ID, 20_000) })
	a.Close()

	files := mp4(t, c.RecordingFolder())
	told, _, _, err := journal.Read(filepath.Join(filepath.Dir(files[0]), journal.FileName), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(told, func(r journal.Record) bool {
		return r.Kind == journal.KindSegment && strings.HasSuffix(files[0], r.File)
	})
	if i < 0 {
		t.Fatalf("no line of %s", files[0])
	}
	w := journal.Writer{Root: c.RecordingFolder(), Camera: gate.ID}
	now := time.Now().UnixMicro()
	err = w.Append(now, journal.Record{Kind: journal.KindTombstone, At: now, Ground: journal.GroundMaximum, Authority: "rule1", Segment: told[i].Segment})
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	d, err := records.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	err = d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM segments WHERE file = ?", told[i].File)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	named := func(when string) {
		t.Helper()
		if kinds, _ := findings(t, c); !slices.ContainsFunc(kinds, func(k string) bool { return strings.HasPrefix(k, "removal_unfounded") }) {
			t.Errorf("%s: found %q", when, kinds)
		}
	}
	named("while nothing runs")

	a = begin(t, c)
	boss := signInAgain(t, a, access.Supervisor)
	until(t, "the alarm", func() bool { return alarmed(boss, "removal_unlawful") })
	from, to := time.UnixMicro(told[i].Start).UTC(), time.UnixMicro(told[i].End).UTC()
	var shown struct {
		Cameras []struct {
			Spans []struct{ Kind, Cause string }
		}
	}
	boss.get("/api/v1/timeline?"+url.Values{"camera": {gate.ID}, "from": {from.Format(time.RFC3339Nano)}, "to": {to.Format(time.RFC3339Nano)}}.Encode(), &shown)
	if len(shown.Cameras) != 1 || len(shown.Cameras[0].Spans) != 1 || shown.Cameras[0].Spans[0].Cause != "footage_missing" {
		t.Errorf("shown as %+v", shown)
	}
	boss.confirm("looked at the machine")
	until(t, "the alarm ends", func() bool { return !alarmed(boss, "removal_unlawful") })
	a.Close()
	named("after a start")
}
