package snapshot_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/disclosure"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/playback/snapshot"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/people"
	"watchroom/internal/text"
)

const (
	second = int64(1_000_000)
	begin  = int64(1_700_000_000) * second
)

var picture = []byte("\xff\xd8 a picture \xff\xd9")

func store(t *testing.T, d *db.DB) *snapshot.Snapshots {
	now := time.Date(2026, 11, 22, 23, 59, 59, 0, time.UTC)
	return &snapshot.Snapshots{DB: d, Dir: filepath.Join(t.TempDir(), "snapshots"), Clock: func() time.Time { return now }}
}

func acts(t *testing.T, d *db.DB) []ledger.Act {
	t.Helper()
	acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "snapshot."})
	if err != nil {
		t.Fatal(err)
	}
	return acts
}

func files(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			all = append(all, path)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return all
}

func pictures(t *testing.T, s *snapshot.Snapshots, readThem bool) []facts.Difference {
	t.Helper()
	found, err := s.PicturesDiffer(t.Context(), readThem)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func execute(t *testing.T, d *db.DB, sql string) error {
	return d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, sql)
		return err
	})
}

func TestTakeOfLiveAndOfRecorded(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := store(t, d)
		guard, gate := people.Add(t, d, "guard", access.Operator), people.Camera(t, d, "gate")
		live, err := s.Take(t.Context(), guard, snapshot.New{Camera: gate, At: begin, Width: 1920, Height: 1080, Note: "a car"}, picture)
		if err != nil {
			t.Fatal(err)
		}
		want := snapshot.Snapshot{ID: live.ID, Camera: gate, At: begin, TakenAt: s.Clock().UnixMicro(), Person: guard.Person, Width: 1920, Height: 1080,
			SHA256: sha256.Sum256(picture), Bytes: int64(len(picture)), File: "2026/11/22/" + live.ID + ".jpg", Note: "a car"}
		if diff := cmp.Diff(want, live); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
		viewing, err := (&disclosure.Viewings{DB: d}).Open(t.Context(), guard, []string{gate}, begin, begin+60*second, disclosure.Incident, "reason")
		if err != nil {
			t.Fatal(err)
		}
		past, err := s.Take(t.Context(), guard, snapshot.New{Camera: gate, At: begin + second, Viewing: viewing.ID}, picture)
		if err != nil || past.Viewing != viewing.ID {
			t.Fatalf("%+v, %v", past, err)
		}
		for _, one := range []snapshot.Snapshot{live, past} {
			again, err := s.Get(t.Context(), one.ID)
			if err != nil || !cmp.Equal(again, one) {
				t.Errorf("read again: %+v, %v", again, err)
			}
			if got, err := s.Picture(again); err != nil || string(got) != string(picture) {
				t.Errorf("picture: %q, %v", got, err)
			}
			info, err := os.Stat(filepath.Join(s.Dir, one.File))
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("file: %v, %v", info, err)
			}
		}
		list, err := s.List(t.Context(), guard, snapshot.Filter{Camera: gate})
		if diff := cmp.Diff([]snapshot.Snapshot{past, live}, list); err != nil || diff != "" {
			t.Errorf("list: %v; want (-), got (+):\n%s", err, diff)
		}
		if list, err := s.List(t.Context(), guard, snapshot.Filter{From: begin, To: begin + second}); err != nil || len(list) != 1 || list[0].ID != live.ID {
			t.Errorf("of an interval: %+v, %v", list, err)
		}
		for _, a := range acts(t, d) {
			wantLive := a.Subject == live.ID
			if a.Kind != "snapshot.taken" || a.Camera != gate || a.Person != guard.Person || a.Detail["live"] != wantLive ||
				len(a.Detail["sha256"].(string)) != 64 || (a.Detail["viewing"] == viewing.ID) == wantLive {
				t.Errorf("act = %+v", a)
			}
		}
		if n := len(acts(t, d)); n != 2 {
			t.Errorf("%d acts", n)
		}
	})
}

func TestTakeRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := store(t, d)
		guard, gate := people.Add(t, d, "guard", access.Operator), people.Camera(t, d, "gate")
		for _, c := range []struct {
			name    string
			actor   access.Actor
			n       snapshot.New
			picture []byte
			want    error
		}{
			{"who watches but takes none", access.ActorOf("x", access.Technician), snapshot.New{Camera: gate, At: begin}, picture, access.ErrRightMissing},
			{"who runs the system", access.ActorOf("x", access.Administrator), snapshot.New{Camera: gate, At: begin}, picture, access.ErrRightMissing},
			{"unknown camera", guard, snapshot.New{Camera: db.NewID(), At: begin}, picture, snapshot.ErrCamera},
			{"unknown viewing", guard, snapshot.New{Camera: gate, At: begin, Viewing: db.NewID()}, picture, snapshot.ErrCamera},
			{"no picture", guard, snapshot.New{Camera: gate, At: begin}, nil, snapshot.ErrPicture},
			{"a huge one", guard, snapshot.New{Camera: gate, At: begin}, make([]byte, 64<<20+1), snapshot.ErrPicture},
			{"no time", guard, snapshot.New{Camera: gate}, picture, snapshot.ErrPicture},
			{"a novel", guard, snapshot.New{Camera: gate, At: begin, Note: strings.Repeat("x", 1001)}, picture, text.ErrTooLong},
		} {
			if _, err := s.Take(t.Context(), c.actor, c.n, c.picture); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		if err := execute(t, d, map[db.Engine]string{
			db.SQLite:     "CREATE TRIGGER no_more BEFORE INSERT ON acts BEGIN SELECT RAISE(ABORT, 'no more'); END",
			db.PostgreSQL: "CREATE TRIGGER no_more BEFORE INSERT ON acts FOR EACH ROW EXECUTE FUNCTION refuse_change()",
		}[d.Engine()]); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Take(t.Context(), guard, snapshot.New{Camera: gate, At: begin}, picture); !errors.Is(err, ledger.ErrNotRecorded) {
			t.Errorf("an act that cannot be written: %v", err)
		}
		if left := files(t, s.Dir); len(left) != 0 || len(acts(t, d)) != 0 {
			t.Errorf("refused ones left %v", left)
		}
		if list, err := s.List(t.Context(), guard, snapshot.Filter{}); err != nil || len(list) != 0 {
			t.Errorf("rows = %+v, %v", list, err)
		}
		s.Dir = filepath.Join(s.Dir, "file")
		if err := os.WriteFile(s.Dir, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Take(t.Context(), guard, snapshot.New{Camera: gate, At: begin}, picture); problem.Of(err).Kind != problem.Internal {
			t.Errorf("no folder: %v", err)
		}
	})
}

func TestAllowed(t *testing.T) {
	for _, c := range []struct {
		actions []access.Position
		live    bool
		want    bool
	}{
		{[]access.Position{access.Operator}, true, true},
		{[]access.Position{access.Operator}, false, true},
		{[]access.Position{access.Technician}, true, false},
		{[]access.Position{access.Leader}, true, false},
		{nil, false, false},
	} {
		if got := snapshot.Allowed(access.ActorOf("x", c.actions...), "cam", c.live) == nil; got != c.want {
			t.Errorf("%v, live %v: %v", c.actions, c.live, got)
		}
	}
}

func TestPictureIsHeldAgainstItsHash(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	s := store(t, d)
	guard, gate := people.Add(t, d, "guard", access.Operator), people.Camera(t, d, "gate")
	snap, err := s.Take(t.Context(), guard, snapshot.New{Camera: gate, At: begin}, picture)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.Dir, snap.File)
	if err := os.WriteFile(path, append([]byte("x"), picture...), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Picture(snap); !errors.Is(err, snapshot.ErrDamaged) || got != nil {
		t.Errorf("changed: %q, %v", got, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Picture(snap); !errors.Is(err, snapshot.ErrMissing) {
		t.Errorf("gone: %v", err)
	}
	if _, err := s.Get(t.Context(), db.NewID()); !errors.Is(err, snapshot.ErrUnknown) {
		t.Errorf("unknown: %v", err)
	}
	if _, err := s.List(t.Context(), access.ActorOf("x", access.Technician), snapshot.Filter{}); !errors.Is(err, access.ErrRightMissing) {
		t.Errorf("who sees neither footage nor acts: %v", err)
	}
}

func TestSnapshotsAreAppendOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := store(t, d)
		guard, gate := people.Add(t, d, "guard", access.Operator), people.Camera(t, d, "gate")
		if _, err := s.Take(t.Context(), guard, snapshot.New{Camera: gate, At: begin}, picture); err != nil {
			t.Fatal(err)
		}
		for _, sql := range []string{"UPDATE snapshots SET note = 'x'", "DELETE FROM snapshots"} {
			if err := execute(t, d, sql); !db.IsRefused(err) {
				t.Errorf("%s: %v", sql, err)
			}
		}
	})
}

// TestPicturesGoWithTheirFootage: those of the time go, with a word; others stay, and
// being told twice does no harm.
func TestPicturesGoWithTheirFootage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := store(t, d)
		guard, gate, yard := people.Add(t, d, "guard", access.Operator), people.Camera(t, d, "gate"), people.Camera(t, d, "yard")
		viewing, err := (&disclosure.Viewings{DB: d}).Open(t.Context(), guard, []string{gate, yard}, begin-second, begin+60*second, disclosure.Incident, "reason")
		if err != nil {
			t.Fatal(err)
		}
		take := func(camera string, at int64) snapshot.Snapshot {
			one, err := s.Take(t.Context(), guard, snapshot.New{Camera: camera, At: at, Viewing: viewing.ID, Width: 9, Height: 7, Note: "a van"}, picture)
			if err != nil {
				t.Fatal(err)
			}
			return one
		}
		before, first, last, after, other := take(gate, begin-1), take(gate, begin), take(gate, begin+second-1), take(gate, begin+second), take(yard, begin)
		if err := os.Remove(filepath.Join(s.Dir, last.File)); err != nil { // as after a crash
			t.Fatal(err)
		}
		steady := s.Clock
		asked := 0
		s.Clock = func() time.Time { asked++; return steady().Add(time.Duration(asked) * time.Hour) } // files take long to go
		for range 2 {
			if err := s.Removed(t.Context(), gate, begin, begin+second, "order", "o1"); err != nil {
				t.Fatal(err)
			}
		}
		if acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "footage.snapshot_removed"}); err != nil || len(acts) != 2 || acts[0].At != acts[1].At || asked != 1 {
			t.Errorf("%+v, %v; the clock was asked %d times", acts, err, asked)
		}
		s.Clock = steady
		for _, one := range []snapshot.Snapshot{first, last} {
			gone, err := s.Get(t.Context(), one.ID)
			if err != nil || gone.RemovedAt == 0 || gone.SHA256 != one.SHA256 {
				t.Errorf("%+v, %v", gone, err)
			}
			if _, err := s.Picture(gone); !errors.Is(err, snapshot.ErrRemoved) {
				t.Error(err)
			}
			if _, err := os.Stat(filepath.Join(s.Dir, one.File)); !errors.Is(err, fs.ErrNotExist) {
				t.Error(err)
			}
		}
		for _, one := range []snapshot.Snapshot{before, after, other} {
			kept, err := s.Get(t.Context(), one.ID)
			if err != nil || kept.RemovedAt != 0 {
				t.Errorf("%+v, %v", kept, err)
			}
			if _, err := s.Picture(kept); err != nil {
				t.Error(err)
			}
		}
		if list, err := s.List(t.Context(), guard, snapshot.Filter{Camera: gate}); err != nil || len(list) != 4 || list[1].RemovedAt == 0 {
			t.Errorf("%+v, %v", list, err)
		}
		held.Altered(t, d, map[string][]string{"snapshots": nil, "snapshot_removals": {"finished_at"}}, snapshot.Differ)
		if found := pictures(t, s, true); len(found) != 0 {
			t.Errorf("nobody touched the pictures: %+v", found)
		}
		if err := os.WriteFile(filepath.Join(s.Dir, after.File), []byte("another"), 0o600); err != nil {
			t.Fatal(err)
		}
		if found := pictures(t, s, false); len(found) != 0 {
			t.Errorf("they are all there: %+v", found)
		}
		if found := pictures(t, s, true); len(found) != 1 || found[0].Row != "snapshots "+after.ID {
			t.Errorf("one is another: %+v", found)
		}
		if err := os.Remove(filepath.Join(s.Dir, other.File)); err != nil {
			t.Fatal(err)
		}
		if found := pictures(t, s, false); len(found) != 1 || found[0].Row != "snapshots "+other.ID {
			t.Errorf("one is gone: %+v", found)
		}
		if err := execute(t, d, "DELETE FROM snapshot_removals"); !db.IsRefused(err) {
			t.Error(err)
		}
	})
}
