package tlog

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"testing"
	"time"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/survey"
	"watchroom/internal/testkit/crashdisk"
)

// story is what a process did before it died: what it was promised, and what others
// may have seen of it.
type story struct {
	tried  []string // entries in the order of their appends, as far as they were tried
	acked  int      // of them, how many were acknowledged
	signed []Signed // checkpoints that were to be seen
}

// live appends and signs until the disk dies or n batches are written.
func live(t *testing.T, d *crashdisk.Disk, s *story, n int) {
	t.Helper()
	l := &Log{Dir: "/", Guard: guardOn(d), disk: d, Node: node, Interval: 24 * time.Hour}
	if err := l.Start(t.Context()); err != nil {
		if !errors.Is(err, crashdisk.ErrDead) {
			t.Fatal(err)
		}
		return
	}
	defer l.Close()
	<-l.tried
	see := func() {
		if c := l.Checkpoint(); c.Note != nil {
			s.signed = append(s.signed, c)
		}
	}
	see()
	for range n {
		var batch [][]byte
		at := len(s.tried)
		for k := range 93 {
			e := fmt.Sprintf("entry %d", at+k)
			batch, s.tried = append(batch, []byte(e)), append(s.tried, e)
		}
		if _, err := l.Append(t.Context(), batch...); err != nil {
			if st := l.Status(); st.Refusal != nil {
				t.Fatal(st.Refusal)
			}
			return
		}
		s.acked = len(s.tried)
		l.turn(t.Context())
		see()
	}
}

// survives checks what the next process makes of a disk.
func (s *story) survives(t *testing.T, what string, d *crashdisk.Disk) {
	t.Helper()
	// Nobody saw a checkpoint that the guard does not have.
	mark, _ := d.ReadFile(guardOn(d))
	known, _ := survey.Claimed(mark)
	for _, c := range s.signed {
		if c.Size > known.Size || mark == nil {
			t.Fatalf("%s: a checkpoint over %d entries was to be seen, and the guard has %d", what, c.Size, known.Size)
		}
	}
	l := onDisk(t, d)
	st := l.Status()
	if st.Refusal != nil || st.Trouble != nil || !st.Ready {
		t.Fatalf("%s: %+v", what, st)
	}
	if st.Size < int64(s.acked) || st.Size > int64(len(s.tried)) || st.Signed != st.Size {
		t.Fatalf("%s: %d entries and %d signed, of %d acknowledged and %d tried", what, st.Size, st.Signed, s.acked, len(s.tried))
	}
	i := 0
	for e, err := range l.Entries(0, st.Size) {
		if err != nil || string(e) != s.tried[i] {
			t.Fatalf("%s: entry %d is %q, %v", what, i, e, err)
		}
		i++
	}
	for _, c := range s.signed {
		if r, err := l.Root(c.Size); err != nil || r != c.Root || c.Origin != l.Key().Name() {
			t.Fatalf("%s: a fork of the checkpoint over %d entries: %v", what, c.Size, err)
		}
	}
	if _, err := l.Append(t.Context(), []byte("one more")); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	l.turn(t.Context())
	head := l.Checkpoint()
	if head.Size != st.Size+1 {
		t.Fatalf("%s: checkpoint over %d entries, want %d", what, head.Size, st.Size+1)
	}
	l.Close()
	// An outsider finds all tiles of that checkpoint.
	tiles := &tlog.Tiles{FS: outside(t, d, "/log-0001"), Size: head.Size}
	if r, err := tiles.Root(); err != nil || r != head.Root {
		t.Fatalf("%s: the tiles give %v, %v", what, r, err)
	}
	for n := range (head.Size + tlog.TileWidth - 1) / tlog.TileWidth {
		if err := tiles.CheckTile(-1, n); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	s.partials(t, what, tiles.FS)
	clean(t, what, d)
}

// clean looks at every file of the log and at its guard: in honest runs there is nothing
// to name. Before the first checkpoint there is nothing to look at.
func clean(t *testing.T, what string, d *crashdisk.Disk) {
	t.Helper()
	note, err := d.ReadFile("/log-0001/checkpoint")
	if err != nil {
		return
	}
	files := outside(t, d, "/log-0001")
	public, err := fs.ReadFile(files, publicName)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	key, err := tlog.ParseKey(strings.TrimSuffix(string(public), "\n"))
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	c, err := survey.Open(note, key)
	if err != nil {
		t.Fatalf("%s: checkpoint: %v", what, err)
	}
	whole, err := survey.Log{FS: files, Key: key, Size: c.Size}.Files(t.Context(), func(f survey.Fault) {
		t.Errorf("%s: %s: %v", what, f.File, f.Err)
	})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	mark, err := d.ReadFile(guardOn(d))
	if err == nil {
		err = whole.Note(mark)
	}
	if err != nil {
		t.Errorf("%s: the guard: %v", what, err)
	}
}

// partials checks every partial tile and bundle that is there, also of trees that
// were signed before.
func (s *story) partials(t *testing.T, what string, files fs.FS) {
	t.Helper()
	err := fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		folder, width := path.Split(name)
		if err != nil || !strings.HasSuffix(folder, ".p/") || strings.HasPrefix(name, "tile/1") {
			return err
		}
		n, nErr := strconv.Atoi(strings.TrimSuffix(path.Base(folder), ".p"))
		w, wErr := strconv.Atoi(width)
		data, err := fs.ReadFile(files, name)
		if err != nil || nErr != nil || wErr != nil {
			return errors.Join(nErr, wErr, err)
		}
		var bundle, hashes []byte
		for i := range w {
			e := "one more"
			if at := n*tlog.TileWidth + i; at < len(s.tried) {
				e = s.tried[at]
			}
			h := tlog.EntryHash([]byte(e))
			bundle, hashes = tlog.AppendEntry(bundle, []byte(e)), append(hashes, h[:]...)
		}
		if !bytes.Equal(data, hashes) && !bytes.Equal(data, bundle) && n*tlog.TileWidth+w <= s.acked {
			t.Errorf("%s: %s is wrong", what, name)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// TestCrashAtEveryStep stops a log between any two writes, also in the middle of one,
// and looks at what a killed process, a power cut and a power cut with half-written
// blocks leave: all that was acknowledged is there, in order, nothing signed is
// contradicted, and the log goes on.
func TestCrashAtEveryStep(t *testing.T) {
	whole := crashdisk.New()
	var all story
	live(t, whole, &all, 9) // three full bundles
	steps, _ := whole.Steps()
	if steps < 100 {
		t.Fatalf("the story has %d steps only", steps)
	}
	for stop := 1; stop <= steps; stop++ {
		d := crashdisk.New()
		d.StopAt = stop
		var s story
		live(t, d, &s, 9)
		_, last := d.Steps()
		what := fmt.Sprintf("step %d (%s)", stop, last)
		killed := d.AfterKill()
		clean(t, what+", killed and not started", killed)
		s.survives(t, what+", killed", killed)
		s.survives(t, what+", power cut", d.AfterPowerCut())
		for seed := range uint64(3) {
			s.survives(t, fmt.Sprintf("%s, mess %d", what, seed), d.AfterMess(seed))
		}
	}
}

// TestPowerCutAfterAKill lets a second process go on after a kill, on names and data
// that were not synced, until the power goes.
func TestPowerCutAfterAKill(t *testing.T) {
	whole := withGuardApart(t)
	var all story
	live(t, whole, &all, 6)
	steps, _ := whole.Steps()
	for stop := 1; stop <= steps; stop += 2 {
		for more := 1; more <= 60; more += 6 {
			d := withGuardApart(t)
			d.StopAt = stop
			var s story
			live(t, d, &s, 6)
			s.tried = s.tried[:len(s.tried):len(s.tried)]
			n, _ := d.Steps()
			// What the first process left is for the second to find.
			peek := onDisk(t, d.AfterKill())
			size := int(peek.Size())
			peek.Close()
			s.tried = s.tried[:size]
			d.Revive(n + more)
			live(t, d, &s, 3)
			_, last := d.Steps()
			what := fmt.Sprintf("steps %d and %d (%s)", stop, more, last)
			s.survives(t, what+", power cut", d.AfterPowerCut())
			s.survives(t, what+", mess", d.AfterMess(uint64(stop)))
		}
	}
}
