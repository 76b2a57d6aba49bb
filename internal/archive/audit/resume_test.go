package audit_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/archive/audit"
	"watchroom/internal/archive/audit/readings"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// nodeKey stands for what the node authenticates its readings with.
var nodeKey = func() []byte { k := sha256.Sum256([]byte("key")); return k[:] }()

// keeping is an audit that remembers what it read: files that were written just now would
// not be remembered.
func (s *site) keeping(found *[]audit.Finding) *audit.Audit {
	a := s.audit(found)
	a.Key, a.Program = nodeKey, "1"
	a.Stamp = func(file any) readings.Stamp { return readings.Of(file, time.Now().Add(time.Hour)) }
	return a
}

// interrupted ends a verification after n files.
func (s *site) interrupted(n int64, edit func(*audit.Audit)) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	a := s.keeping(&[]audit.Finding{})
	edit(a)
	read, open := int64(0), a.Volumes
	a.Files = filesFunc(func(ctx context.Context, volume, file string) (audit.Footage, error) {
		if read++; read > n {
			cancel()
			return nil, ctx.Err()
		}
		return audit.Folders(open).Open(ctx, volume, file)
	})
	if _, err := a.Run(ctx); !errors.Is(err, context.Canceled) {
		s.t.Fatal(err)
	}
}

type filesFunc func(ctx context.Context, volume, file string) (audit.Footage, error)

func (f filesFunc) Open(ctx context.Context, volume, file string) (audit.Footage, error) {
	return f(ctx, volume, file)
}

// goOn is the run after one that was interrupted.
func (s *site) goOn(edit func(*audit.Audit)) (said string, r audit.Report, names []string) {
	s.t.Helper()
	var found []audit.Finding
	a := s.keeping(&found)
	a.Anew = func(why string) { said = why }
	edit(a)
	r, err := a.Run(s.t.Context())
	s.must(err)
	for _, f := range found {
		names = append(names, fmt.Sprint(f.Kind, " ", f.File))
	}
	slices.Sort(names)
	return said, r, names
}

func as(*audit.Audit) {}

// TestGoesOn: interrupted anywhere among the files, again and again, it comes to the same
// findings and figures, and reads no file twice that was right.
func TestGoesOn(t *testing.T) {
	leak.Check(t)
	s := newSite(t, dbtest.Open(t, db.SQLite))
	s.must(os.Remove(filepath.Join(s.root, s.segments[0].File)))
	s.must(os.Truncate(filepath.Join(s.root, s.segments[3].File), 2000))
	s.must(os.WriteFile(filepath.Join(s.root, "holiday.mp4"), nil, 0o600))
	s.act(ledger.Act{ID: "late", At: 5, Kind: "k"})
	_, want, whole := s.goOn(as)
	if want.Read != 5 || want.Kept != 0 || want.Since != s.now.Add(time.Hour).UnixMicro() {
		t.Fatalf("%+v", want)
	}
	began := s.now.Add(-30 * time.Minute)
	for n := int64(1); n < 6; n++ {
		s.interrupted(n, func(a *audit.Audit) { a.Clock = func() time.Time { return began } })
	}
	said, r, found := s.goOn(as)
	if diff := cmp.Diff(whole, found); diff != "" || said != "" {
		t.Errorf("%q, (-whole +interrupted):\n%s", said, diff)
	}
	// Of the five that are there one is cut short, and read every time.
	if r.Kept == 0 || r.Kept > 4 || r.Since != began.UnixMicro() {
		t.Errorf("kept %d, since %d", r.Kept, r.Since)
	}
	r.Kept, r.Since = want.Kept, want.Since
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("report (-whole +interrupted):\n%s", diff)
	}
	if left, _ := filepath.Glob(s.state + "*"); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

// TestChangedSinceItWasRead: a file that was touched after an interrupted run read it is
// read again, whatever its size and its times of writing say.
func TestChangedSinceItWasRead(t *testing.T) {
	leak.Check(t)
	s := newSite(t, dbtest.Open(t, db.SQLite))
	victim := slices.MinFunc(s.segments, func(a, b segment.Closed) int { return strings.Compare(a.File, b.File) })
	path := filepath.Join(s.root, victim.File)
	good, err := os.ReadFile(path)
	s.must(err)
	bad := bytes.Clone(good)
	bad[len(bad)/2] ^= 1
	for name, touch := range map[string]func(){
		"a byte is another, and the time is put back": func() {
			before, err := os.Stat(path)
			s.must(err)
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			s.must(err)
			_, err = f.WriteAt(bad[len(bad)/2:len(bad)/2+1], int64(len(bad)/2))
			s.must(errors.Join(err, f.Close(), os.Chtimes(path, before.ModTime(), before.ModTime())))
		},
		"another file is in its place": func() {
			before, err := os.Stat(path)
			s.must(err)
			s.must(errors.Join(os.WriteFile(path+".new", bad, 0o600), os.Chtimes(path+".new", before.ModTime(), before.ModTime()), os.Rename(path+".new", path)))
		},
	} {
		s.must(os.WriteFile(path, good, 0o600))
		s.interrupted(3, as)
		touch()
		said, r, found := s.goOn(as)
		if want := []string{"file_altered " + victim.File}; !slices.Equal(found, want) || r.Kept != 2 || said != "" {
			t.Errorf("%s: %q, kept %d, found %q", name, said, r.Kept, found)
		}
	}
	s.must(os.WriteFile(path, good, 0o600))
	// What was written just now may be written again without its showing.
	written := time.Now()
	s.interrupted(3, func(a *audit.Audit) {
		a.Stamp = func(file any) readings.Stamp { return readings.Of(file, written) }
	})
	if _, r, _ := s.goOn(as); r.Kept != 0 {
		t.Errorf("kept %d", r.Kept)
	}
}

// TestAStateThatIsNotThisOnes: nothing is believed of what is of others, old, was edited
// or was laid there; it is said, and everything is read.
func TestAStateThatIsNotThisOnes(t *testing.T) {
	leak.Check(t)
	s := newSite(t, dbtest.Open(t, db.SQLite))
	s.must(os.WriteFile(filepath.Join(s.root, "holiday.mp4"), nil, 0o600))
	_, want, whole := s.goOn(as)
	sqlite := func(queries ...string) func() {
		return func() {
			d, err := sql.Open("sqlite", s.state)
			s.must(err)
			for _, q := range queries {
				_, err = d.ExecContext(t.Context(), q)
				s.must(err)
			}
			s.must(d.Close())
		}
	}
	at := func(hours int) func(*audit.Audit) {
		return func(a *audit.Audit) {
			a.Clock = func() time.Time { return s.now.Add(time.Duration(1+hours) * time.Hour) }
		}
	}
	const untrue = "was not written with the key of this log, or was changed since"
	for name, c := range map[string]struct {
		first func(*audit.Audit)
		touch func()
		then  func(*audit.Audit)
		said  string
		kept  int64
	}{
		"as it is":                      {as, func() {}, as, "", 4},
		"a day old":                     {at(-24), func() {}, as, "", 4},
		"over a day old":                {at(-25), func() {}, as, "began more than a day ago, at 2026-11-27T12:00:00Z", 0},
		"of a time to come":             {at(2), func() {}, as, "later than it is now", 0},
		"of another log":                {func(a *audit.Audit) { a.Origin = "test.example/other" }, func() {}, as, "another log", 0},
		"of another version":            {func(a *audit.Audit) { a.Program = "0" }, func() {}, as, "another version", 0},
		"of another key":                {func(a *audit.Audit) { a.Key = []byte("self-made") }, func() {}, as, untrue, 0},
		"without the key":               {as, func() {}, func(a *audit.Audit) { a.Key = nil }, untrue, 0},
		"never had a key":               {func(a *audit.Audit) { a.Key = nil }, func() {}, as, untrue, 0},
		"asked to begin anew":           {as, func() {}, func(a *audit.Audit) { a.Fresh = true }, "", 0},
		"when it began is put off":      {at(-25), sqlite(`UPDATE series SET json = json_set(json, '$.Began', json_extract(json, '$.Began') + 7200000000)`), as, untrue, 0},
		"when a file was read is later": {as, sqlite("UPDATE readings SET at = at + 1"), as, untrue, 0},
		"a reading is of another file":  {as, sqlite("UPDATE readings SET file = file || 'x' WHERE file = (SELECT MIN(file) FROM readings)"), as, untrue, 0},
		"a reading is gone":             {as, sqlite("DELETE FROM readings WHERE file = (SELECT MIN(file) FROM readings)"), as, "", 3},
		"it is none":                    {as, func() { s.must(os.WriteFile(s.state, bytes.Repeat([]byte("rubbish "), 1000), 0o600)) }, as, "", 0},
		"the work of a run lies beside it": {as, func() {
			s.must(os.WriteFile(s.state+".work", bytes.Repeat([]byte("rubbish "), 1000), 0o600))
		}, as, "", 4},
	} {
		s.interrupted(4, c.first)
		c.touch()
		said, r, found := s.goOn(c.then)
		if !strings.Contains(said, c.said) || (c.said == "") != (said == "") || r.Kept != c.kept || !slices.Equal(found, whole) {
			t.Errorf("%s: %q, kept %d, found %q", name, said, r.Kept, found)
		}
		if c.said != "" && !strings.HasSuffix(said, "it begins anew") {
			t.Errorf("%s: %q", name, said)
		}
		if r.Read != want.Read || r.Bytes != want.Bytes || r.Files != want.Files {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestOnlyLookingLeavesWhatWasRead: a run that reads no files neither believes what one
// that does has read, nor throws it away.
func TestOnlyLookingLeavesWhatWasRead(t *testing.T) {
	leak.Check(t)
	s := newSite(t, dbtest.Open(t, db.SQLite))
	s.interrupted(4, as)
	for range 2 {
		if _, r, _ := s.goOn(func(a *audit.Audit) { a.SkipFiles = true }); !r.Presence || r.Files != 6 || r.Read != 0 || r.Bytes != 0 || r.Kept != 0 || r.Since != 0 {
			t.Errorf("%+v", r)
		}
	}
	if _, r, _ := s.goOn(as); r.Presence || r.Read != 6 || r.Kept != 4 {
		t.Errorf("%+v", r)
	}
	s.interrupted(4, func(a *audit.Audit) { a.SkipFiles = true })
	if _, r, _ := s.goOn(as); r.Read != 6 || r.Kept != 0 {
		t.Errorf("after one that only looked: %+v", r)
	}
}

// TestOneAtATime: a second verification does not take the ground from under the first.
func TestOneAtATime(t *testing.T) {
	leak.Check(t)
	s := newSite(t, dbtest.Open(t, db.SQLite))
	var second error
	_, r, found := s.goOn(func(a *audit.Audit) {
		a.Progress = func(p audit.Progress) {
			if p.Phase == audit.PhaseFiles && second == nil {
				_, second = s.keeping(&[]audit.Finding{}).Run(t.Context())
			}
		}
	})
	if !errors.Is(second, readings.ErrBusy) || r.Read != 6 || len(found) != 0 {
		t.Errorf("%v, %+v, found %q", second, r, found)
	}
}
