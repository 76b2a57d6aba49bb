package tlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"watchroom/evidence/leaf"
	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/disk"
	"watchroom/internal/ledger/guard"
	"watchroom/internal/testkit/crashdisk"
	"watchroom/internal/testkit/leak"
)

const node = "example.org/room"

// start runs a log whose ticks never come by themselves; turn does what they do.
func start(t testing.TB, l *Log) *Log {
	t.Helper()
	if l.Node == "" {
		l.Node = node
	}
	if l.Interval == 0 {
		l.Interval = 24 * time.Hour
	}
	if err := l.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-l.tried
	return l
}

func onDisk(t testing.TB, d *crashdisk.Disk) *Log {
	return start(t, &Log{Dir: "/", Guard: guardOn(d), disk: d})
}

// guardOn puts the guard into a folder of its own where there is one for it.
func guardOn(d *crashdisk.Disk) string {
	if _, err := d.ReadDir("/mnt"); err != nil {
		return "/guard"
	}
	return "/mnt/guard"
}

// withGuardApart is an empty disk with a folder for the guard.
func withGuardApart(t testing.TB) *crashdisk.Disk {
	t.Helper()
	d := crashdisk.New()
	if err := d.Mkdir("/mnt"); err != nil {
		t.Fatal(err)
	}
	return d.AfterKill()
}

func entry(i int) []byte { return fmt.Appendf(nil, "entry %d", i) }

// grow appends entries until there are size.
func grow(t testing.TB, l *Log, size int) {
	t.Helper()
	for at := int(l.Size()); at < size; at = int(l.Size()) {
		var batch [][]byte
		for i := at; i < min(size, at+200); i++ {
			batch = append(batch, entry(i))
		}
		if first, err := l.Append(t.Context(), batch...); err != nil || first != int64(at) {
			t.Fatalf("append at %d: %d, %v", at, first, err)
		}
	}
}

func want(t testing.TB, size int) tlog.Hash {
	hashes := make([]leaf.Hash, size)
	for i := range hashes {
		hashes[i] = leaf.Part(entry(i))
	}
	return tlog.Hash(leaf.Root(hashes))
}

func TestLogAsAnOutsiderSeesIt(t *testing.T) {
	leak.Check(t)
	dir := t.TempDir()
	l := start(t, &Log{Dir: dir})
	defer l.Close()
	if c := l.Checkpoint(); c.Size != 0 || c.Root != tlog.EmptyRoot() {
		t.Errorf("the first checkpoint: %+v", c)
	}
	for _, size := range []int{1, 3, 255, 256, 257, 600, 2600} {
		grow(t, l, size)
		l.turn(t.Context())
		c := l.Checkpoint()
		if int(c.Size) != size || c.Root != want(t, size) {
			t.Fatalf("checkpoint over %d entries, want %d: %v", c.Size, size, c.Root)
		}
		books, err := Books(dir)
		if err != nil || len(books) != 1 {
			t.Fatal(books, err)
		}
		served, err := fs.ReadFile(books[0].FS, "checkpoint")
		if err != nil {
			t.Fatal(err)
		}
		policy, err := tlog.ParsePolicy([]byte("log " + l.Key().String() + "\nquorum none\n"))
		if err != nil {
			t.Fatal(err)
		}
		v, err := policy.Check(served)
		if err != nil || v.Checkpoint != c.Checkpoint {
			t.Fatalf("%+v, %v", v, err)
		}
		tiles := &tlog.Tiles{FS: books[0].FS, Size: c.Size}
		if r, err := tiles.Root(); err != nil || r != c.Root {
			t.Errorf("%d: the tiles give %v, %v", size, r, err)
		}
		n := 0
		for e, err := range tiles.Entries(0, c.Size) {
			if err != nil || !bytes.Equal(e, entry(n)) {
				t.Fatalf("entry %d: %q, %v", n, e, err)
			}
			n++
		}
		p, err := l.ProofFile(int64(size / 2))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Verify(policy, entry(size/2)); err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(filepath.Join(dir, "log-0001", "tile", "0", "000.p")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("partial tiles of a full one: %v, %v", left, err)
	}
}

func TestLogReads(t *testing.T) {
	l := onDisk(t, crashdisk.New())
	defer l.Close()
	const size = 5000 // some of it flushed, some in memory, nothing signed since
	grow(t, l, size)
	n := 0
	for e, err := range l.Entries(0, size) {
		if err != nil || !bytes.Equal(e, entry(n)) {
			t.Fatalf("entry %d: %q, %v", n, e, err)
		}
		n++
	}
	if n != size {
		t.Errorf("%d entries", n)
	}
	for _, i := range []int64{0, 255, 256, 4095, 4096, 4999} {
		if e, err := l.Entry(i); err != nil || !bytes.Equal(e, entry(int(i))) {
			t.Errorf("entry %d: %q, %v", i, e, err)
		}
		old, err := l.Root(i + 1)
		if err != nil || old != want(t, int(i+1)) {
			t.Errorf("root %d: %v, %v", i+1, old, err)
		}
		p, err := l.Proof(i, size)
		if err != nil || tlog.VerifyInclusion(tlog.EntryHash(entry(int(i))), i, size, p, want(t, size)) != nil {
			t.Errorf("proof of %d: %v", i, err)
		}
		p, err = l.Consistency(i+1, size)
		if err != nil || tlog.VerifyConsistency(i+1, size, old, want(t, size), p) != nil {
			t.Errorf("consistency from %d: %v", i+1, err)
		}
	}
	for what, err := range map[string]error{
		"entry -1":      second(l.Entry(-1)),
		"entry 5000":    second(l.Entry(5000)),
		"root -1":       second(l.Root(-1)),
		"root 5001":     second(l.Root(5001)),
		"proof 5":       second(l.Proof(5, 5)),
		"proof -1":      second(l.Proof(-1, 5)),
		"proof 5001":    second(l.Proof(0, 5001)),
		"consistency 1": second(l.Consistency(6, 5)),
		"consistency 2": second(l.Consistency(1, 5001)),
		"proof file":    second(l.ProofFile(5000)),
	} {
		if !errors.Is(err, ErrNoEntry) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := l.ProofFile(4999); !errors.Is(err, ErrNotReady) {
		t.Errorf("a proof before its checkpoint: %v", err)
	}
	if p, err := l.Consistency(0, size); err != nil || p != nil {
		t.Error(p, err)
	}
	for e, err := range l.Entries(10, 12) {
		if err != nil || string(e) != "entry 10" {
			t.Errorf("%q, %v", e, err)
		}
		break
	}
}

func second[T any](_ T, err error) error { return err }

func TestAppendRefusesWhatIsNoEntry(t *testing.T) {
	l := onDisk(t, crashdisk.New())
	for name, batch := range map[string][][]byte{
		"nothing":        nil,
		"an empty entry": {entry(1), {}},
		"a long entry":   {make([]byte, tlog.MaxEntry+1)},
		"too many":       make([][]byte, groupEntries+1),
		"too much":       bytes.Split(bytes.Repeat(append(make([]byte, tlog.MaxEntry), ','), 200), []byte(",")),
	} {
		if name == "too many" {
			for i := range batch {
				batch[i] = entry(i)
			}
		}
		if _, err := l.Append(t.Context(), batch...); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if first, err := l.Append(t.Context(), make([]byte, tlog.MaxEntry)); err != nil || first != 0 || l.Size() != 1 {
		t.Errorf("the longest entry: %d, %v, size %d", first, err, l.Size())
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	l.Close()
	if _, err := l.Append(t.Context(), entry(0)); !errors.Is(err, ErrNotReady) {
		t.Errorf("after the end: %v", err)
	}
	if _, err := l.Append(over, entry(0)); err == nil {
		t.Error("after the end")
	}
	if _, err := (&Log{Dir: t.TempDir(), Node: "two words"}).Append, (&Log{Dir: t.TempDir(), Node: "two words"}).Start(t.Context()); err == nil {
		t.Error("a node with a space in its name")
	}
}

// A caller may use its bytes again.
func TestAppendKeepsItsOwnBytes(t *testing.T) {
	l := onDisk(t, crashdisk.New())
	defer l.Close()
	b := []byte("first")
	if _, err := l.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	copy(b, "other")
	if e, err := l.Entry(0); err != nil || string(e) != "first" {
		t.Errorf("%q, %v", e, err)
	}
}

func TestManyCallersShareWrites(t *testing.T) {
	leak.Check(t)
	d := crashdisk.New()
	l := onDisk(t, d)
	before, _ := d.Steps()
	var all sync.WaitGroup
	const callers = 300
	got := make([]int64, callers)
	for i := range callers {
		all.Go(func() {
			first, err := l.Append(t.Context(), fmt.Appendf(nil, "%d a", i), fmt.Appendf(nil, "%d b", i))
			if err != nil {
				t.Error(err)
			}
			got[i] = first
		})
	}
	all.Wait()
	for i, first := range got {
		for k, letter := range []string{"a", "b"} {
			if e, err := l.Entry(first + int64(k)); err != nil || string(e) != fmt.Sprintf("%d %s", i, letter) {
				t.Errorf("entry %d of caller %d: %q, %v", first+int64(k), i, e, err)
			}
		}
	}
	after, _ := d.Steps()
	if after-before > 2*callers {
		t.Errorf("%d steps of the disk for %d callers: more than a write and a sync each", after-before, callers)
	}
	l.Close()
}

func TestCheckpointsComeOnTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, &Log{Dir: "/", disk: crashdisk.New(), Interval: time.Second})
		grow(t, l, 3)
		time.Sleep(1100 * time.Millisecond)
		if c := l.Checkpoint(); c.Size != 3 {
			t.Errorf("checkpoint over %d entries after a second", c.Size)
		}
		steps, _ := l.disk.(*crashdisk.Disk).Steps()
		time.Sleep(time.Hour)
		if again, last := l.disk.(*crashdisk.Disk).Steps(); again != steps {
			t.Errorf("%d writes in an hour without entries, the last: %s", again-steps, last)
		}
		grow(t, l, 4)
		l.Close()
		if c := l.Checkpoint(); c.Size != 4 {
			t.Errorf("checkpoint over %d entries after the end", c.Size)
		}
	})
}

// TestAGuardThatDoesNotAnswer: entries come in, and that they are not signed is told.
func TestAGuardThatDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &stuck{Disk: crashdisk.New(), name: "/guard"}
		l := start(t, &Log{Dir: "/", disk: d, Interval: time.Second})
		defer l.Close()
		grow(t, l, 3)
		time.Sleep(2 * time.Second)
		answer := make(chan struct{})
		d.answer.Store(&answer)
		grow(t, l, 4)
		time.Sleep(2 * time.Second)
		if s := l.Status(); s.Trouble != nil || s.Signed != 3 || s.Size != 4 {
			t.Errorf("at first: %+v", s)
		}
		time.Sleep(stands)
		if s := l.Status(); !errors.Is(s.Trouble, guard.ErrAway) || s.Signed != 3 || s.Size != 4 {
			t.Errorf("it does not answer: %+v", s)
		}
		close(answer)
		time.Sleep(2 * time.Second)
		if s := l.Status(); s.Trouble != nil || s.Signed != 4 {
			t.Errorf("it answers: %+v", s)
		}
	})
}

// TestAGuardThatHangsHoldsUpNoEnd: neither who appends from the start on, nor a stop. Nobody
// else gets the folder before it has come back.
func TestAGuardThatHangsHoldsUpNoEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &stuck{Disk: crashdisk.New(), name: "/guard"}
		begin := func() *Log {
			l := &Log{Dir: "/", Node: node, disk: d}
			if err := l.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			return l
		}
		answer := make(chan struct{})
		d.answer.Store(&answer)
		l := begin()
		if _, err := l.Append(t.Context(), []byte("one")); !errors.Is(err, ErrNotReady) {
			t.Errorf("from the start: %v", err)
		}
		l.Close()
		if err := (&Log{Dir: "/", Node: node, disk: d}).Start(t.Context()); err == nil {
			t.Error("the folder is another's")
		}
		close(answer)
		synctest.Wait()
		l = begin()
		grow(t, l, 3)
		time.Sleep(2 * time.Second)
		again := make(chan struct{})
		d.answer.Store(&again)
		grow(t, l, 4)
		time.Sleep(2 * time.Second)
		l.Close() // in the middle of a swap
		close(again)
		synctest.Wait()
		l = begin()
		time.Sleep(2 * time.Second)
		if s := l.Status(); s.Refusal != nil || s.Size != 4 || s.Signed != 4 {
			t.Errorf("%+v", s)
		}
		l.Close()
	})
}

// TestASwapThatComesLate: what a guard that hangs was given is there afterwards, and its
// log is the one that it was.
func TestASwapThatComesLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &stuck{Disk: crashdisk.New(), name: "/guard", renames: true}
		l := start(t, &Log{Dir: "/", disk: d, Interval: time.Second})
		defer l.Close()
		grow(t, l, 3)
		time.Sleep(2 * time.Second)
		for n := 4; n < 8; n += 2 {
			answer := make(chan struct{})
			d.answer.Store(&answer)
			grow(t, l, n)
			time.Sleep(2 * time.Minute)
			grow(t, l, n+1) // another is to be put there meanwhile
			time.Sleep(2 * time.Minute)
			d.answer.Store(nil)
			close(answer)
			time.Sleep(3 * time.Second)
			if s := l.Status(); s.Refusal != nil || s.Trouble != nil || s.Signed != int64(n+1) {
				t.Errorf("%d: %+v", n, s)
			}
		}
	})
}

// stuck is a disk on which whoever reads a file, or puts it there, waits.
type stuck struct {
	disk.Disk
	name    string
	renames bool                          // not reads
	answer  atomic.Pointer[chan struct{}] // nil: at once
}

func (s *stuck) ReadFile(name string) ([]byte, error) {
	if wait := s.answer.Load(); wait != nil && name == s.name && !s.renames {
		<-*wait
	}
	return s.Disk.ReadFile(name)
}

func (s *stuck) Rename(from, to string) error {
	if wait := s.answer.Load(); wait != nil && to == s.name && s.renames {
		<-*wait
	}
	return s.Disk.Rename(from, to)
}

func TestTheKeyStaysSecret(t *testing.T) {
	dir := t.TempDir()
	l := start(t, &Log{Dir: dir})
	defer l.Close()
	path := filepath.Join(dir, "log-0001", "key")
	st, err := os.Stat(path)
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	secret, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(secret), "PRIVATE+KEY+"+node+"/") {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || p == path {
			return err
		}
		b, err := os.ReadFile(p)
		if bytes.Contains(b, secret[len(secret)-30:len(secret)-1]) {
			t.Errorf("%s has the key", p)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	other := start(t, &Log{Dir: t.TempDir()})
	defer other.Close()
	if l.Key().Name() == other.Key().Name() || !strings.HasPrefix(l.Key().Name(), node+"/") {
		t.Errorf("origins %s and %s", l.Key().Name(), other.Key().Name())
	}
}

func TestTwoProcessesOnOneFolder(t *testing.T) {
	leak.Check(t)
	dir := t.TempDir()
	l := start(t, &Log{Dir: dir})
	second := &Log{Dir: dir, Node: node}
	if err := second.Start(t.Context()); !errors.Is(err, disk.ErrLocked) {
		t.Errorf("a second process: %v", err)
	}
	grow(t, l, 2)
	l.Close()
	l = start(t, &Log{Dir: dir})
	if l.Size() != 2 || l.Status().Refusal != nil || l.Checkpoint().Size != 2 {
		t.Errorf("%+v", l.Status())
	}
	l.Close()
	if err := (&Log{Dir: filepath.Join(dir, "none"), Node: node}).Start(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// Any one write may fail: the callers hear of it, nothing that was refused turns up,
// and the log goes on by itself.
func TestEveryFailedWriteIsSurvived(t *testing.T) {
	sample := crashdisk.New()
	work := func(l *Log) (acked []string) {
		for i := range 16 {
			var batch [][]byte
			for k := range 40 {
				batch = append(batch, fmt.Appendf(nil, "batch %d entry %d", i, k))
			}
			if _, err := l.Append(t.Context(), batch...); err == nil {
				for _, e := range batch {
					acked = append(acked, string(e))
				}
			} else if !errors.Is(err, ErrNotWritten) && !errors.Is(err, ErrNotReady) {
				t.Fatal(err)
			}
			if i%3 == 0 {
				l.turn(t.Context())
			}
		}
		l.turn(t.Context())
		l.turn(t.Context())
		return acked
	}
	l := onDisk(t, sample)
	work(l)
	l.Close()
	steps, _ := sample.Steps()
	for fail := 1; fail <= steps; fail++ {
		d := crashdisk.New()
		d.FailAt = fail
		l := &Log{Dir: "/", disk: d, Node: node, Interval: 24 * time.Hour}
		if err := l.Start(t.Context()); err != nil {
			if !errors.Is(err, crashdisk.ErrFailed) {
				t.Fatal(err)
			}
			continue
		}
		<-l.tried
		acked := work(l)
		_, what := d.Steps()
		if s := l.Status(); s.Refusal != nil || s.Trouble != nil || s.Signed != s.Size || s.Size != int64(len(acked)) {
			t.Fatalf("step %d (%s) failed, and later: %+v, %d acknowledged", fail, what, s, len(acked))
		}
		l.Close()
		again := onDisk(t, d.AfterPowerCut())
		for i, e := range acked {
			if have, err := again.Entry(int64(i)); err != nil || string(have) != e {
				t.Fatalf("step %d failed, and entry %d is %q, %v", fail, i, have, err)
			}
		}
		if again.Status().Refusal != nil {
			t.Fatalf("step %d failed: %v", fail, again.Status().Refusal)
		}
		again.Close()
	}
}

func outside(t testing.TB, d *crashdisk.Disk, name string) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	var walk func(dir, rel string)
	walk = func(dir, rel string) {
		list, err := d.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			if e.IsDir() {
				walk(dir+"/"+e.Name(), rel+e.Name()+"/")
				continue
			}
			b, err := d.ReadFile(dir + "/" + e.Name())
			if err != nil {
				t.Fatal(err)
			}
			files[rel+e.Name()] = &fstest.MapFile{Data: b}
		}
	}
	walk(name, "")
	return files
}
