package chronicle

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/audit"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/seal"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/recording/marker"
	"watchroom/internal/testkit/await"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// opened is a log that was judged and has some entries signed.
func opened(t *testing.T, dir string, m *memories, entries int64) *tlog.Log {
	t.Helper()
	l := &tlog.Log{Dir: dir, Node: "example.org/gate", Interval: time.Millisecond, Recall: m.recall, RecallWait: time.Nanosecond}
	if err := l.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !l.Status().Ready {
		<-tick.C
	}
	for l.Size() < entries {
		if _, err := l.Append(t.Context(), []byte("entry")); err != nil {
			t.Fatal(err)
		}
	}
	for l.Checkpoint().Size != l.Size() || l.Checkpoint().Note == nil {
		<-tick.C
	}
	return l
}

// disks makes recording folders; of those that are marked somebody has the marker.
func disks(t *testing.T, marked ...bool) (roots []seal.Root) {
	t.Helper()
	book := &marker.Book{Path: filepath.Join(t.TempDir(), "volumes.json")}
	if err := book.Open(); err != nil {
		t.Fatal(err)
	}
	for i, yes := range marked {
		r := seal.Root{Volume: string(rune('a' + i)), Path: t.TempDir()}
		if yes {
			if _, err := book.Claim(r.Path, r.Volume); err != nil {
				t.Fatal(err)
			}
		}
		roots = append(roots, r)
	}
	return roots
}

// TestMemories: records and disks remember what is signed; a mount point without its
// disk is left alone, and what was put aside comes back as evidence.
func TestMemories(t *testing.T) {
	leak.Check(t)
	d := dbtest.Open(t, db.SQLite)
	roots, dir := disks(t, true, false), t.TempDir()
	m := &memories{dir: dir, roots: func() []seal.Root { return roots }, log: slog.New(slog.DiscardHandler)}
	m.attach(d)
	l := opened(t, dir, m, 3)
	m.keep(t.Context(), l, true)
	if b, err := os.ReadFile(filepath.Join(roots[0].Path, MemoryName)); err != nil || string(b) != string(l.Checkpoint().Note) {
		t.Errorf("%q, %v", b, err)
	}
	if left, err := os.ReadDir(roots[1].Path); err != nil || len(left) > 0 {
		t.Errorf("a mount point was written to: %v, %v", left, err)
	}
	heads, err := ledger.Heads(t.Context(), d.Read())
	if err != nil || len(heads) != 1 || heads[0].Size != 3 || heads[0].Note != string(l.Checkpoint().Note) {
		t.Fatalf("%+v, %v", heads, err)
	}
	l.Close()
	aside := t.TempDir()
	if err := os.CopyFS(filepath.Join(aside, "ledger"), os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	l = opened(t, dir, m, 5)
	m.keep(t.Context(), l, true)
	l.Close()

	// The older folder, with records and disk away at first.
	older := &memories{dir: filepath.Join(aside, "ledger"), roots: func() []seal.Root { return nil }, log: slog.New(slog.DiscardHandler)}
	l = opened(t, older.dir, older, 6)
	if st := l.Status(); st.Refusal != nil {
		t.Fatal(st.Refusal)
	}
	older.roots = m.roots
	older.keep(t.Context(), l, true)
	if st := l.Status(); st.Refusal != nil {
		t.Fatalf("entries are the same as they were: %v", st.Refusal)
	}
	l.Close()
}

// TestMemoriesAreSpread: a second in which something is signed writes to no place again
// within 5 s; what was signed last is written when the records are closed.
func TestMemoriesAreSpread(t *testing.T) {
	leak.Check(t)
	d := dbtest.Open(t, db.SQLite)
	roots, dir := disks(t, true), t.TempDir()
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	m := &memories{dir: dir, roots: func() []seal.Root { return roots }, log: slog.New(slog.DiscardHandler), clock: func() time.Time { return now }}
	m.attach(d)
	l := opened(t, dir, m, 1)
	defer l.Close()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	grow := func() {
		t.Helper()
		if _, err := l.Append(t.Context(), []byte("entry")); err != nil {
			t.Fatal(err)
		}
		for l.Checkpoint().Size < l.Size() {
			<-tick.C
		}
	}
	has := func(when string, want int64) {
		t.Helper()
		heads, err := ledger.Heads(t.Context(), d.Read())
		if err != nil || len(heads) != 1 || heads[0].Size != want {
			t.Errorf("%s: the records have %+v, %v", when, heads, err)
		}
		if s, ok := m.onDisk(roots[0]); !ok || s.Size != want {
			t.Errorf("%s: the disk has %+v", when, s)
		}
	}
	m.keep(t.Context(), l, false)
	has("at first", 1)
	for i := range 5 {
		grow()
		m.keep(t.Context(), l, false)
		has(fmt.Sprintf("after %d s", i), 1)
		now = now.Add(time.Second)
	}
	m.keep(t.Context(), l, false)
	has("after 5 s", 6)
	grow()
	m.keep(t.Context(), l, true)
	has("at the end", 7)

	// The records are closed before the log is.
	c := &Chronicle{Dir: dir, Log: m.log, Clock: m.clock, log: l, memory: m, opened: make(chan struct{}), Alarm: func(string, string, string, map[string]any) {}}
	close(c.opened)
	end := c.Acts(t.Context(), d)
	for !c.Compared() {
		<-tick.C
	}
	grow()
	end()
	heads, err := ledger.Heads(t.Context(), d.Read())
	if err != nil || len(heads) != 1 || heads[0].Size != l.Checkpoint().Size {
		t.Errorf("%+v, %v", heads, err)
	}
	if m.records() != nil {
		t.Error("records that are closed are still asked")
	}
}

// TestAMemoryThatComesBack: a disk, or records, that were away while the log was judged
// have their say before they are written over.
func TestAMemoryThatComesBack(t *testing.T) {
	leak.Check(t)
	for name, attach := range map[string]func(m *memories, d *db.DB, roots []seal.Root){
		"a disk":      func(m *memories, _ *db.DB, roots []seal.Root) { m.roots = func() []seal.Root { return roots } },
		"the records": func(m *memories, d *db.DB, _ []seal.Root) { m.attach(d) },
	} {
		d := dbtest.Open(t, db.SQLite)
		roots, dir, old := disks(t, true), t.TempDir(), filepath.Join(t.TempDir(), "ledger")
		m := &memories{dir: dir, roots: func() []seal.Root { return roots }, log: slog.New(slog.DiscardHandler)}
		m.attach(d)
		l := opened(t, dir, m, 2)
		m.keep(t.Context(), l, true)
		l.Close()
		if err := os.CopyFS(old, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		l = opened(t, dir, m, 4)
		m.keep(t.Context(), l, true)
		note := l.Checkpoint().Note
		l.Close()

		late := &memories{dir: old, roots: func() []seal.Root { return nil }, log: slog.New(slog.DiscardHandler)}
		l = opened(t, old, late, 2)
		attach(late, d, roots)
		late.keep(t.Context(), l, true)
		st := l.Status()
		if st.Refusal == nil || !errors.Is(st.Refusal, tlog.ErrRefused) || st.Refusal.Params["cause"] != tlog.CauseRolledBack || st.Refusal.Params["known"] != int64(4) {
			t.Errorf("%s: %+v", name, st)
		}
		if b, err := os.ReadFile(filepath.Join(roots[0].Path, MemoryName)); err != nil || string(b) != string(note) {
			t.Errorf("%s: the memory was written over: %q, %v", name, b, err)
		}
		l.Close()
	}
}

// TestReadingGrows: a verification that takes long sees at its end what was signed since.
func TestReadingGrows(t *testing.T) {
	leak.Check(t)
	data := t.TempDir()
	dir := Folder(data)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	m := &memories{dir: dir, roots: func() []seal.Root { return nil }, log: slog.New(slog.DiscardHandler)}
	d := dbtest.Open(t, db.SQLite)
	m.attach(d)
	l := opened(t, dir, m, 2)
	r, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	l = opened(t, dir, m, 300)
	l.Close()
	size, _, err := r.Head(t.Context())
	if err != nil || size != 2 || r.Size() != 300 {
		t.Errorf("%d, then %d, %v", size, r.Size(), err)
	}
	n := 0
	for e, err := range r.Entries(t.Context(), 2, 300) {
		if err != nil || string(e) != "entry" {
			t.Fatal(string(e), err)
		}
		n++
	}
	if n != 298 {
		t.Errorf("%d entries", n)
	}
}

// TestWhatBelongsInARecordingFolder: what was put aside there is known, what only looks
// like it is not.
func TestWhatBelongsInARecordingFolder(t *testing.T) {
	for path, want := range map[string]bool{
		MemoryName: true, hold.CopyName: true, AsideName(MemoryName, "abc"): true, AsideName(hold.CopyName, "abc"): true,
		MemoryName + "-old": false, "gate/" + MemoryName: false, "notes.txt": false,
	} {
		if ours(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}

// TestCursorsThatAForeignLogLeft: a log of somebody else that lay here and was taken away
// again leaves nothing that has the real one refused, while others remember that one; a
// verification names it. Where nobody else remembers anything, cursors count.
func TestCursorsThatAForeignLogLeft(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	d := dbtest.Open(t, db.SQLite)
	data, roots := t.TempDir(), disks(t, true)
	dir := Folder(data)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	m := &memories{dir: dir, roots: func() []seal.Root { return roots }, log: slog.New(slog.DiscardHandler)}
	m.attach(d)
	l := opened(t, dir, m, 3)
	m.keep(t.Context(), l, true)
	origin := l.Key().Name()
	l.Close()
	cursors := func(origin string) {
		t.Helper()
		body := fmt.Sprintf(`{"log":%q,"size":1}`, origin)
		line := fmt.Sprintf("%08x %s\n", crc32.Checksum([]byte(body), crc32.MakeTable(crc32.Castagnoli)), body)
		if err := os.WriteFile(filepath.Join(dir, seal.CursorName), []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	damaged := func() (all []string) {
		t.Helper()
		a, _, err := Verify(t.Context(), data, roots, nil, d, clock.Clock(nil))
		if err != nil {
			t.Fatal(err)
		}
		a.Found = func(f audit.Finding) {
			if f.Kind == finding.MemoryDamaged {
				all = append(all, f.File)
			}
		}
		if _, err := a.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		return all
	}
	cursors(origin)
	if found := damaged(); len(found) > 0 {
		t.Errorf("in good order: %q", found)
	}
	cursors("example.org/gate/somebody")
	if found := damaged(); !slices.Equal(found, []string{seal.CursorName}) {
		t.Errorf("a verification names %q", found)
	}
	l = &tlog.Log{Dir: dir, Node: "example.org/gate", Recall: m.recall, RecallWait: time.Nanosecond}
	if err := l.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for s := l.Status(); !s.Ready; s = l.Status() {
		if s.Refusal != nil {
			t.Errorf("the real log is refused: %v", s.Refusal)
			break
		}
		<-tick.C
	}
	l.Close()

	bare := &memories{dir: dir, roots: func() []seal.Root { return nil }, log: m.log}
	if seen, _ := bare.recall(t.Context()); len(seen) != 1 || seen[0].Origin != "example.org/gate/somebody" {
		t.Errorf("nobody else remembers anything, and the cursors do not count: %+v", seen)
	}
}

// TestAMemoryThatCannotBeWritten is told of after a minute, as long as the place answers
// otherwise; what is in the way and is no file is put aside, and nothing that a link leads to is
// written on.
func TestAMemoryThatCannotBeWritten(t *testing.T) {
	clause.Covers(t, "C094")
	leak.Check(t)
	d := dbtest.Open(t, db.SQLite)
	roots, dir := disks(t, true, true), t.TempDir()
	other := filepath.Join(t.TempDir(), "other")
	memory, full := filepath.Join(roots[0].Path, MemoryName), filepath.Join(roots[1].Path, MemoryName)
	if err := errors.Join(os.WriteFile(other, []byte("the key"), 0o600), os.Symlink(other, memory), os.Symlink(other, memory+".new"),
		os.WriteFile(full, make([]byte, 65<<10), 0o600)); err != nil { // one that cannot be read is not written over
		t.Fatal(err)
	}
	now, alarms, aside := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC), map[string]string{}, ""
	m := &memories{dir: dir, roots: func() []seal.Root { return roots }, log: slog.New(slog.DiscardHandler), clock: func() time.Time { return now },
		aside: func(file, to string) { aside += file + " " + to }}
	m.late.Alarm = func(key, code, _ string, params map[string]any) {
		if alarms[key] = fmt.Sprint(code, " ", params["volume"]); code == "" {
			delete(alarms, key)
		}
	}
	m.attach(d)
	l := opened(t, dir, m, 1)
	defer l.Close()
	want := func(when string, after time.Duration, want map[string]string) {
		t.Helper()
		now = now.Add(after)
		m.keep(t.Context(), l, true)
		m.look(l)
		if !maps.Equal(alarms, want) {
			t.Errorf("%s: %v, want %v", when, alarms, want)
		}
	}
	rename := func(how string) {
		t.Helper()
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewRaw(how).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	lacks := map[string]string{"ledger memory b": "ledger_disk_unremembered b"}
	want("at first", 0, nil)
	want("after a minute", time.Minute, nil)
	want("later", time.Second, lacks)
	if b, err := os.ReadFile(other); string(b) != "the key" || err != nil || aside != memory+" "+memory+".aside-1" {
		t.Errorf("what it leads to: %q, %v; told of %q", b, err, aside)
	}
	if s, ok := m.onDisk(roots[0]); !ok || s.Size != 1 {
		t.Errorf("the disk has %+v", s)
	}
	rename("ALTER TABLE ledger_heads RENAME TO ledger_heads_gone")
	if _, err := l.Append(t.Context(), []byte("entry")); err != nil {
		t.Fatal(err)
	}
	await.Until(t, "it is signed", func() bool { return l.Checkpoint().Size == 2 })
	want("the records take nothing", time.Second, lacks)
	both := maps.Clone(lacks)
	both["ledger memory"] = "ledger_unremembered <nil>"
	want("for more than a minute", time.Minute+time.Second, both)
	rename("ALTER TABLE ledger_heads_gone RENAME TO ledger_heads")
	if err := os.Remove(full); err != nil {
		t.Fatal(err)
	}
	want("they do", time.Second, nil)
	heads, err := ledger.Heads(t.Context(), d.Read())
	if err != nil || len(heads) != 1 || heads[0].Size != 2 {
		t.Errorf("%+v, %v", heads, err)
	}
}
