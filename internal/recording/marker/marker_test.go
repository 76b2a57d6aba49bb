package marker

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
)

func book(t *testing.T, path string) *Book {
	t.Helper()
	b := &Book{Path: path}
	if err := b.Open(); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAFolderIsClaimedOnceAndKept(t *testing.T) {
	data, disk := t.TempDir(), t.TempDir()
	path := filepath.Join(data, "volumes.json")
	if fresh, err := book(t, path).Claim(disk, "b"); err != nil || !fresh {
		t.Fatalf("an empty folder: fresh %v, %v", fresh, err)
	}
	again := book(t, path)
	if fresh, err := again.Claim(disk, "b"); err != nil || fresh {
		t.Errorf("the second time: fresh %v, %v", fresh, err)
	}
	m, err := Read(disk)
	if err != nil || m.Name != "b" || m.ID == "" || m.Owner == "" {
		t.Errorf("the marker says %+v, %v", m, err)
	}
	// A folder with old recordings is taken as it is, and is not fresh.
	old := t.TempDir()
	if err := os.Mkdir(filepath.Join(old, "cam1"), 0o750); err != nil {
		t.Fatal(err)
	}
	if fresh, err := again.Claim(old, ""); err != nil || fresh {
		t.Errorf("a folder with recordings: fresh %v, %v", fresh, err)
	}
	if names := book(t, path).Names(); len(names) != 1 || names[0] != "b" {
		t.Errorf("it knows %q", names)
	}
}

// TestADiskThatDoesNotAnswerHoldsUpNoOther: recording disks and archive tiers share a book.
func TestADiskThatDoesNotAnswerHoldsUpNoOther(t *testing.T) {
	b := book(t, filepath.Join(t.TempDir(), "volumes.json"))
	hangs, well := t.TempDir(), t.TempDir()
	for name, dir := range map[string]string{"hangs": hangs, "well": well} {
		if _, err := b.Claim(dir, name); err != nil {
			t.Fatal(err)
		}
	}
	asked, answer := make(chan struct{}), make(chan struct{})
	b.read = func(dir string) (Marker, error) {
		if dir == hangs {
			asked <- struct{}{}
			<-answer
		}
		return Read(dir)
	}
	done := make(chan error)
	for _, look := range []func(){
		func() { _, err := b.Claim(hangs, "hangs"); done <- err },
		func() { done <- b.Look(hangs, "hangs") },
	} {
		go look()
		<-asked
	}
	if _, err := b.Claim(well, "well"); err != nil {
		t.Error(err)
	}
	if err := b.Look(well, "well"); err != nil {
		t.Error(err)
	}
	close(answer)
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// TestAMarkerThatIsNoFile: what has the marker's name and would hold whoever opens it is
// another's.
func TestAMarkerThatIsNoFile(t *testing.T) {
	b, dir := book(t, filepath.Join(t.TempDir(), "volumes.json")), t.TempDir()
	if err := unix.Mkfifo(filepath.Join(dir, FileName), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Claim(dir, "b"); !errors.Is(err, ErrForeign) {
		t.Errorf("claim: %v", err)
	}
	if err := b.Look(dir, "b"); !errors.Is(err, ErrForeign) {
		t.Errorf("look: %v", err)
	}
}

func TestAMissingMountIsNoticed(t *testing.T) {
	data, mount := t.TempDir(), filepath.Join(t.TempDir(), "disk")
	b := book(t, filepath.Join(data, "volumes.json"))
	for _, dir := range []string{mount, mount + ".away"} {
		if err := os.Mkdir(dir, 0o750); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Claim(mount, "b"); err != nil {
		t.Fatal(err)
	}
	// Unmounted: the folder below the mount point is there, and empty.
	swap(t, mount, mount+".away")
	if _, err := b.Claim(mount, "b"); !errors.Is(err, ErrGone) {
		t.Errorf("without its disk: %v", err)
	}
	if _, err := os.Stat(filepath.Join(mount, FileName)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the empty folder was marked: %v", err)
	}
	swap(t, mount, mount+".away")
	if _, err := b.Claim(mount, "b"); err != nil {
		t.Errorf("mounted again: %v", err)
	}
}

func swap(t *testing.T, a, b string) {
	t.Helper()
	for _, m := range [][2]string{{a, a + ".tmp"}, {b, a}, {a + ".tmp", b}} {
		if err := os.Rename(m[0], m[1]); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnothersFolderIsRefused(t *testing.T) {
	disk, other := t.TempDir(), t.TempDir()
	mine := book(t, filepath.Join(t.TempDir(), "volumes.json"))
	theirs := book(t, filepath.Join(t.TempDir(), "volumes.json"))
	if _, err := theirs.Claim(disk, "b"); err != nil {
		t.Fatal(err)
	}
	fresh := t.TempDir()
	if err := mine.Look(fresh, "new"); err != nil {
		t.Errorf("looking at a new folder: %v", err)
	}
	if entries, err := os.ReadDir(fresh); err != nil || len(entries) > 0 {
		t.Errorf("looking has written %v, %v", entries, err)
	}
	if err := mine.Look(disk, "b"); !errors.Is(err, ErrForeign) {
		t.Errorf("looking at another's: %v", err)
	}
	if err := mine.Look(filepath.Join(fresh, "none"), "new"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("looking at nothing: %v", err)
	}
	if _, err := mine.Claim(disk, "b"); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), `"b"`) {
		t.Errorf("another data folder's: %v", err)
	}
	// Two disks that were mounted in each other's place.
	for name, dir := range map[string]string{"x": t.TempDir(), "y": other} {
		if _, err := mine.Claim(dir, name); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := mine.Claim(other, "x"); !errors.Is(err, ErrForeign) {
		t.Errorf("the other volume's disk: %v", err)
	}
	// A person may say that it is ours from now on.
	if err := mine.Take(disk, "b"); err != nil {
		t.Fatal(err)
	}
	if _, err := mine.Claim(disk, "b"); err != nil {
		t.Errorf("after it was taken: %v", err)
	}
	if _, err := theirs.Claim(disk, "b"); err != nil {
		t.Errorf("its id stays, so its first owner knows it again: %v", err)
	}
	if err := os.WriteFile(filepath.Join(disk, FileName), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := mine.Claim(disk, "b"); !errors.Is(err, ErrForeign) {
		t.Errorf("a marker of garbage: %v", err)
	}
}

func TestABookOfGarbageIsNotBegunAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "volumes.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&Book{Path: path}).Open(); err == nil {
		t.Error("it was read")
	}
}

// flip gives a file with one bit of one byte another.
func flip(text []byte, at, bit int) []byte {
	out := slices.Clone(text)
	out[at] ^= 1 << bit
	return out
}

// TestADamagedByteOfAMarker: the disk is known by the other bytes, and its marker is put right by
// what the data folder remembers; who only reads takes it as it is. What differs in more is
// another disk, and so is a marker of an equal name with an id of its own.
func TestADamagedByteOfAMarker(t *testing.T) {
	clause.Covers(t, "C096")
	b, disk := book(t, filepath.Join(t.TempDir(), "volumes.json")), t.TempDir()
	var mended []Mended
	b.OnMended = func(m Mended) { mended = append(mended, m) }
	if _, err := b.Claim(disk, "b"); err != nil || len(mended) > 0 {
		t.Fatal(mended, err)
	}
	path := filepath.Join(disk, FileName)
	good := contents(t, path)
	for at := range good {
		put := flip(good, at, at%8)
		if err := os.WriteFile(path, put, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := b.Look(disk, "b"); err != nil {
			t.Fatalf("%q, looked at: %v", put, err)
		}
		if string(contents(t, path)) != string(put) {
			t.Fatal("looking has written")
		}
		if fresh, err := b.Claim(disk, "b"); fresh || err != nil {
			t.Fatalf("%q: %v", put, err)
		}
		if string(contents(t, path)) != string(good) || len(mended) != at+1 || mended[at] != (Mended{Volume: "b", File: path}) {
			t.Fatalf("%q became %q, told was %+v", put, contents(t, path), mended)
		}
	}
	mended = nil
	other := strings.Replace(string(good), b.ids["b"], db.NewID(), 1)
	for what, text := range map[string]string{"two bytes": string(flip(flip(good, 9, 1), 12, 1)), "another id": other, "half of it": string(good[:len(good)/2]), "nothing": ""} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Claim(disk, "b"); !errors.Is(err, ErrForeign) {
			t.Errorf("%s: %v", what, err)
		}
		if err := b.Look(disk, "b"); !errors.Is(err, ErrForeign) {
			t.Errorf("%s, looked at: %v", what, err)
		}
		if string(contents(t, path)) != text || len(mended) > 0 {
			t.Errorf("%s: it was written over", what)
		}
	}
	// One that nobody remembers has nothing to be put right by.
	if err := os.WriteFile(path, flip(good, 9, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := book(t, filepath.Join(t.TempDir(), "volumes.json")).Claim(disk, "b"); !errors.Is(err, ErrForeign) {
		t.Errorf("by another: %v", err)
	}
}

// TestADamagedByteOfTheBook: its copy says the same, and both are written again. Without one the
// disks are not guessed at.
func TestADamagedByteOfTheBook(t *testing.T) {
	clause.Covers(t, "C096")
	path, disk := filepath.Join(t.TempDir(), "volumes.json"), t.TempDir()
	if _, err := book(t, path).Claim(disk, "b"); err != nil {
		t.Fatal(err)
	}
	good := contents(t, path)
	for at := range good {
		if strings.ContainsRune(" \n", rune(good[at])) {
			continue // which says nothing
		}
		put := flip(good, at, at%8)
		if err := os.WriteFile(path, put, 0o600); err != nil {
			t.Fatal(err)
		}
		b := book(t, path)
		var mended []Mended
		b.OnMended = func(m Mended) { mended = append(mended, m) }
		if err := b.Look(disk, "b"); err != nil || len(mended) > 0 || string(contents(t, path)) != string(put) {
			t.Fatalf("%q, looked at: %+v, %v", put, mended, err)
		}
		if fresh, err := b.Claim(disk, "b"); fresh || err != nil {
			t.Fatalf("%q: %v", put, err)
		}
		if string(contents(t, path)) != string(good) || len(mended) > 1 || len(mended) == 1 && mended[0] != (Mended{File: path}) {
			t.Fatalf("%q became %q, told was %+v", put, contents(t, path), mended)
		}
	}
	if err := errors.Join(os.WriteFile(path, good[:9], 0o600), os.WriteFile(path+copyExt, good[:9], 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := (&Book{Path: path}).Open(); err == nil || !strings.Contains(err.Error(), "backup") {
		t.Errorf("both are damaged: %v", err)
	}
	// Of an earlier version, without a sum and a copy.
	old := regexp.MustCompile(`,\s*"sum": "[0-9a-f]*"`).ReplaceAll(good, nil)
	if err := errors.Join(os.WriteFile(path, old, 0o600), os.Remove(path+copyExt)); err != nil {
		t.Fatal(err)
	}
	if _, err := book(t, path).Claim(disk, "b"); err != nil || string(contents(t, path)) != string(good) || string(contents(t, path+copyExt)) != string(good) {
		t.Errorf("of an earlier version: %q, %v", contents(t, path), err)
	}
	// Who takes the book away begins anew, whatever lies beside it.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := book(t, path).Claim(disk, "b"); !errors.Is(err, ErrForeign) {
		t.Errorf("taken away: %v", err)
	}
}

func contents(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
