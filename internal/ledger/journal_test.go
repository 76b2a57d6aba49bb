package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/db"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// away is a database that can be gone. It remembers what it took.
type away struct {
	mu    sync.Mutex
	gone  bool
	tries int
	took  map[string]Act
	some  chan struct{} // holds one when something was tried
}

func newAway(gone bool) *away {
	return &away{gone: gone, took: map[string]Act{}, some: make(chan struct{}, 1)}
}

func (a *away) insert(_ context.Context, acts []Act) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	defer func() {
		select {
		case a.some <- struct{}{}:
		default:
		}
	}()
	a.tries++
	if a.gone {
		return errors.New("the database is away")
	}
	for _, act := range acts {
		a.took[act.ID] = act
	}
	return nil
}

func (a *away) set(gone bool) { a.mu.Lock(); a.gone = gone; a.mu.Unlock() }

func (a *away) ids() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Sorted(maps.Keys(a.took))
}

// drained waits until the journal has nothing pending.
func (a *away) drained(t *testing.T, j *Journal) {
	t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for j.Pending() > 0 {
		select {
		case <-a.some:
		case <-look.C:
		case <-t.Context().Done():
			t.Fatal("still pending")
		}
	}
}

func start(t *testing.T, j *Journal) *Journal {
	t.Helper()
	if err := j.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return j
}

func must(t *testing.T, j *Journal, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if err := j.Record(Act{ID: id, At: 1, Kind: "live.opened"}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestJournalActsReachBothDatabases(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		watch := newAway(false)
		into := Insert(d)
		j := start(t, &Journal{Dir: t.TempDir(), Insert: func(ctx context.Context, acts []Act) error {
			err := into(ctx, acts)
			watch.insert(ctx, acts)
			return err
		}})
		defer j.Close()
		want := Act{ID: "a", At: 5, Person: "p", Kind: "live.opened", Subject: "s", Camera: "c", Detail: map[string]any{"stream": "main"}}
		if err := j.Record(want); err != nil {
			t.Fatal(err)
		}
		if err := j.Record(want); err != nil { // the same act once more
			t.Fatal(err)
		}
		must(t, j, "b")
		watch.drained(t, j)
		acts, _, err := List(t.Context(), d.Read(), Filter{})
		if err != nil {
			t.Fatal(err)
		}
		if len(acts) != 2 {
			t.Fatalf("acts = %+v, want two", acts)
		}
		if diff := cmp.Diff(want, acts[0]); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
	})
}

func TestJournalGivesIDAndTime(t *testing.T) {
	watch := newAway(false)
	at := time.Date(2026, 11, 22, 1, 2, 3, 4000, time.UTC)
	j := start(t, &Journal{Dir: t.TempDir(), Insert: watch.insert, Clock: func() time.Time { return at }})
	defer j.Close()
	if err := j.Record(Act{Kind: "k"}); err != nil {
		t.Fatal(err)
	}
	watch.drained(t, j)
	got := watch.ids()
	if len(got) != 1 || !db.ValidID(got[0]) || watch.took[got[0]].At != at.UnixMicro() {
		t.Errorf("took %+v", watch.took)
	}
}

// TestJournalOutlivesTheDatabase keeps the database away through records, a
// restart and more records.
func TestJournalOutlivesTheDatabase(t *testing.T) {
	leak.Check(t)
	dir, watch := t.TempDir(), newAway(true)
	j := start(t, &Journal{Dir: dir, Insert: watch.insert, Retry: time.Millisecond})
	must(t, j, "a", "b")
	<-watch.some
	j.Close()
	if j.Pending() != 2 {
		t.Errorf("pending %d, want 2", j.Pending())
	}
	j = start(t, &Journal{Dir: dir, Insert: watch.insert, Retry: time.Millisecond})
	defer j.Close()
	must(t, j, "c")
	<-watch.some
	if got := watch.ids(); len(got) != 0 {
		t.Fatalf("took %v while away", got)
	}
	watch.set(false)
	watch.drained(t, j)
	if got := watch.ids(); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("took %v, want a b c", got)
	}
}

// TestJournalWaitsLongerAndLonger counts the tries of an hour without database.
func TestJournalWaitsLongerAndLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		watch := newAway(true)
		j := start(t, &Journal{Dir: t.TempDir(), Insert: watch.insert})
		must(t, j, "a")
		time.Sleep(time.Hour)
		watch.mu.Lock()
		tries := watch.tries
		watch.mu.Unlock()
		if tries < 230 || tries > 260 { // 3600 s / 15 s, and the first shorter waits
			t.Errorf("%d tries in an hour", tries)
		}
		watch.set(false)
		time.Sleep(16 * time.Second)
		if got := watch.ids(); len(got) != 1 || j.Pending() != 0 {
			t.Errorf("took %v, %d pending", got, j.Pending())
		}
		j.Close()
	})
}

func TestJournalRecordsFromManyAtOnce(t *testing.T) {
	leak.Check(t)
	watch := newAway(false)
	syncs := 0
	j := &Journal{Dir: t.TempDir(), Insert: watch.insert, fsync: func(f *os.File) error { syncs++; return f.Sync() }}
	start(t, j)
	var all sync.WaitGroup
	const n = 400
	for i := range n {
		all.Go(func() {
			if err := j.Record(Act{ID: fmt.Sprintf("%04d", i), At: 1, Kind: "k"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	watch.drained(t, j)
	j.Close()
	if got := len(watch.ids()); got != n || syncs > n {
		t.Errorf("took %d of %d with %d syncs", got, n, syncs)
	}
}

func TestJournalTornAndDamagedLines(t *testing.T) {
	line := func(id string) []byte {
		l, err := encode(Act{ID: id, At: 1, Kind: "k"})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	bad := line("bad")
	bad[20] ^= 1
	for _, c := range []struct {
		name  string
		tail  []byte
		aside bool
	}{
		{"whole", nil, false},
		{"torn in the middle", line("torn")[:15], false},
		{"torn before the line feed", bytes.TrimSuffix(line("torn"), []byte("\n")), false},
		{"zeros of a lost block", make([]byte, 4096), false},
		{"a damaged line", bad, true},
		{"damaged, then torn", append(slices.Clone(bad), "0000"...), true},
		{"an empty line", []byte("\n"), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, watch := t.TempDir(), newAway(false)
			file := filepath.Join(dir, journalName)
			content := slices.Concat(line("a"), line("b"), c.tail)
			if err := os.WriteFile(file, content, 0o600); err != nil {
				t.Fatal(err)
			}
			j := start(t, &Journal{Dir: dir, Insert: watch.insert})
			must(t, j, "c")
			watch.drained(t, j)
			j.Close()
			if got := watch.ids(); !slices.Equal(got, []string{"a", "b", "c"}) {
				t.Errorf("took %v, want a b c", got)
			}
			asides, _ := filepath.Glob(file + ".damaged-*")
			if (len(asides) == 1) != c.aside {
				t.Errorf("copies aside: %v, want one: %v", asides, c.aside)
			}
			if c.aside && len(asides) == 1 {
				if kept, err := os.ReadFile(asides[0]); err != nil || !bytes.Equal(kept, content) {
					t.Errorf("the copy differs (%v)", err)
				}
			}
		})
	}
}

func TestJournalShortensItsFile(t *testing.T) {
	dir, watch := t.TempDir(), newAway(false)
	j := start(t, &Journal{Dir: dir, Insert: watch.insert})
	long := strings.Repeat("x", 300_000)
	for i := range 8 {
		if err := j.Record(Act{ID: fmt.Sprint(i), At: 1, Kind: "k", Detail: map[string]any{"long": long}}); err != nil {
			t.Fatal(err)
		}
		watch.drained(t, j)
	}
	j.Close()
	info, err := os.Stat(filepath.Join(dir, journalName))
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > compactAbove+300_100 {
		t.Errorf("%d bytes are left of 2.4 MB that were taken", info.Size())
	}
	if got := len(watch.ids()); got != 8 {
		t.Errorf("took %d, want 8", got)
	}
}

// TestJournalTakesLongLinesAndMany has more waiting than one batch, and a line
// longer than what is read at once.
func TestJournalTakesLongLinesAndMany(t *testing.T) {
	dir, watch := t.TempDir(), newAway(true)
	j := start(t, &Journal{Dir: dir, Insert: watch.insert, Retry: time.Millisecond})
	if err := j.Record(Act{ID: "long", At: 1, Kind: "k", Detail: map[string]any{"x": strings.Repeat("x", 3<<20)}}); err != nil {
		t.Fatal(err)
	}
	for i := range takeLines + 10 {
		must(t, j, fmt.Sprint(i))
	}
	watch.set(false)
	watch.drained(t, j)
	j.Close()
	if got := len(watch.ids()); got != takeLines+11 {
		t.Errorf("took %d, want %d", got, takeLines+11)
	}
}

// TestJournalAfterAFailedSync refuses the act, keeps those before and goes on in
// a new file.
func TestJournalAfterAFailedSync(t *testing.T) {
	leak.Check(t)
	dir, watch := t.TempDir(), newAway(true)
	fail := 0
	j := &Journal{Dir: dir, Insert: watch.insert, Retry: time.Millisecond, fsync: func(f *os.File) error {
		if fail > 0 {
			fail--
			return errors.New("input/output error")
		}
		return f.Sync()
	}}
	start(t, j)
	must(t, j, "a")
	fail = 2 // the sync of b, then that of the new file for c
	for _, id := range []string{"b", "c"} {
		if err := j.Record(Act{ID: id, At: 1, Kind: "k"}); !errors.Is(err, ErrNotRecorded) {
			t.Errorf("%s: err = %v, want ErrNotRecorded", id, err)
		}
	}
	must(t, j, "d")
	j.Close()
	watch.set(false)
	j = start(t, &Journal{Dir: dir, Insert: watch.insert})
	defer j.Close()
	watch.drained(t, j)
	if got := watch.ids(); !slices.Equal(got, []string{"a", "d"}) {
		t.Errorf("took %v, want a d", got)
	}
}

// TestAnActThatIsBeingWrittenIsPending: nobody may say that the records have all acts while one
// waits for its disk.
func TestAnActThatIsBeingWrittenIsPending(t *testing.T) {
	leak.Check(t)
	watch, syncing, synced := newAway(false), make(chan struct{}), make(chan struct{})
	j := start(t, &Journal{Dir: t.TempDir(), Insert: watch.insert, fsync: func(f *os.File) error {
		syncing <- struct{}{}
		<-synced
		return f.Sync()
	}})
	defer j.Close()
	var one sync.WaitGroup
	one.Go(func() { must(t, j, "a") })
	<-syncing
	if n := j.Pending(); n != 1 {
		t.Errorf("%d are pending", n)
	}
	close(synced)
	one.Wait()
	watch.drained(t, j)
}

func TestJournalRefusesWhenClosedOrWrong(t *testing.T) {
	j := start(t, &Journal{Dir: t.TempDir(), Insert: newAway(false).insert})
	for _, a := range []Act{{At: 1}, {At: 1, Kind: "k", Person: "\x00"}, {At: 1, Kind: "k", Detail: map[string]any{"f": func() {}}}} {
		if err := j.Record(a); !errors.Is(err, ErrNotRecorded) {
			t.Errorf("%+v: err = %v, want ErrNotRecorded", a, err)
		}
	}
	j.Close()
	if err := j.Record(Act{At: 1, Kind: "k"}); !errors.Is(err, ErrNotRecorded) {
		t.Errorf("closed: err = %v, want ErrNotRecorded", err)
	}
	if err := (&Journal{Dir: filepath.Join(t.TempDir(), "absent")}).Start(t.Context()); err == nil {
		t.Error("started without a folder")
	}
}

func FuzzScan(f *testing.F) {
	good, _ := encode(Act{ID: "a", At: 1, Kind: "k", Detail: map[string]any{"x": []any{1.5, "门"}}})
	f.Add(good)
	f.Add(append(slices.Clone(good), good[:9]...))
	f.Add([]byte("00000000 {}\n"))
	f.Add([]byte("\n\n \n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := slices.Clone(data)
		acts, whole, damaged := scan(data, 0)
		if !bytes.Equal(before, data) {
			t.Fatal("the input was changed")
		}
		if n := bytes.Count(data, []byte("\n")); len(acts)+damaged != n || whole != bytes.LastIndexByte(data, '\n')+1 {
			t.Fatalf("%d acts, %d damaged, %d bytes of %d lines", len(acts), damaged, whole, n)
		}
		for _, a := range acts { // what is believed can be written again
			line, err := encode(a)
			if err != nil {
				t.Fatal(err)
			}
			again, err := decode(bytes.TrimSuffix(line, []byte("\n")))
			if diff := cmp.Diff(a, again); err != nil || diff != "" {
				t.Fatalf("%v\n%s", err, diff)
			}
		}
	})
}

// TestAnActTakenInTwiceIsTheSame: what a lost database is given anew from the journal is
// what the log has committed to.
func TestAnActTakenInTwiceIsTheSame(t *testing.T) {
	watch := newAway(true)
	dir := t.TempDir()
	j := start(t, &Journal{Dir: dir, Insert: watch.insert, Retry: time.Millisecond})
	must(t, j, "a")
	<-watch.some
	j.Close()
	var commitments [2]string
	for i := range commitments {
		d := dbtest.Open(t, db.SQLite)
		copied := filepath.Join(t.TempDir(), "acts")
		if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		took := newAway(false)
		into := Insert(d)
		j := start(t, &Journal{Dir: copied, Insert: func(ctx context.Context, acts []Act) error {
			err := into(ctx, acts)
			took.insert(ctx, acts)
			return err
		}})
		took.drained(t, j)
		j.Close()
		acts, _, err := ActsInOrder(t.Context(), d.Read(), "", 10)
		if err != nil || len(acts) != 1 {
			t.Fatal(acts, err)
		}
		commitments[i] = fmt.Sprintf("%x", acts[0].Commitment())
	}
	if commitments[0] != commitments[1] {
		t.Errorf("committed to %v", commitments)
	}
}
