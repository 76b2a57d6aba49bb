package tlog

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"testing"

	"watchroom/internal/ledger/disk"
	"watchroom/internal/ledger/tail"
	"watchroom/internal/testkit/crashdisk"
)

// flipped is a copy of a disk on which one byte of a file is another.
func flipped(t testing.TB, d *crashdisk.Disk, name string, at int) *crashdisk.Disk {
	t.Helper()
	c := copyOf(d)
	b, err := c.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	b[at] ^= 0x10
	c.Write(name, b)
	return c
}

func length(t testing.TB, d *crashdisk.Disk, name string) int {
	t.Helper()
	b, err := d.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return len(b)
}

// grown is a disk with a log of some entries, signed now and then.
func grown(t testing.TB, sizes ...int) *crashdisk.Disk {
	t.Helper()
	d := crashdisk.New()
	l := onDisk(t, d)
	for _, size := range sizes {
		grow(t, l, size)
		l.turn(t.Context())
	}
	l.Close()
	return d.AfterKill()
}

// opens starts a log that must go on with all of its entries, and gives what was mended.
func opens(t *testing.T, what string, d *crashdisk.Disk, size int) (files []string) {
	t.Helper()
	l := start(t, &Log{Dir: "/", Guard: "/guard", disk: d, OnMended: func(m Mended) {
		files = append(files, m.File)
		if m.Size != int64(size) {
			t.Errorf("%s: mended to %d entries", what, m.Size)
		}
	}})
	defer l.Close()
	if st := l.Status(); st.Refusal != nil || st.Trouble != nil || !st.Ready || st.Size != int64(size) || st.Signed != int64(size) {
		t.Fatalf("%s: %+v", what, st)
	}
	i := 0
	for e, err := range l.Entries(0, int64(size)) {
		if err != nil || !bytes.Equal(e, entry(i)) {
			t.Fatalf("%s: entry %d is %q, %v", what, i, e, err)
		}
		i++
	}
	return files
}

// TestADamagedTailIsMadeAgain: whatever byte of it is another, the tiles have what was
// signed, and the log goes on with a tail that is whole.
func TestADamagedTailIsMadeAgain(t *testing.T) {
	d := grown(t, 250, 262, 270, 279)
	if files := opens(t, "as it was", copyOf(d), 279); len(files) > 0 {
		t.Fatalf("mended in good order: %q", files)
	}
	for at := range length(t, d, "/log-0001/tail") {
		bad := flipped(t, d, "/log-0001/tail", at)
		what := "byte " + strconv.Itoa(at)
		if end, err := readEnd(bad, "/"); err != nil || end.Signed.Size != 279 || end.Held != 279 {
			t.Fatalf("%s: the end is %+v, %v", what, end, err)
		}
		if files := opens(t, what, bad, 279); len(files) != 1 || files[0] != "log-0001/tail" {
			t.Fatalf("%s: mended %q", what, files)
		}
		if files := opens(t, what+", again", bad, 279); len(files) > 0 {
			t.Fatalf("%s: mended again: %q", what, files)
		}
	}
	for what, change := range map[string]func(*crashdisk.Disk){
		"it is gone":     func(d *crashdisk.Disk) { d.Delete("/log-0001/tail") },
		"it is an older": func(d *crashdisk.Disk) { d.Write("/log-0001/tail", tail.Encode(256, entry(256))) },
		"other entries":  func(d *crashdisk.Disk) { d.Write("/log-0001/tail", tail.Encode(256, []byte("x"), []byte("y"))) },
	} {
		bad := copyOf(d)
		change(bad)
		if files := opens(t, what, bad, 279); len(files) != 1 {
			t.Errorf("%s: mended %q", what, files)
		}
	}
}

// TestADamagedTailWithEntriesThatAreNotSigned: those are kept as far as they can be read;
// where some are gone before others, nothing is signed over the hole.
func TestADamagedTailWithEntriesThatAreNotSigned(t *testing.T) {
	d := crashdisk.New()
	l := onDisk(t, d)
	grow(t, l, 270)
	l.turn(t.Context())
	var ends []int
	for _, size := range []int{272, 275, 279} {
		ends = append(ends, length(t, d, "/log-0001/tail"))
		grow(t, l, size)
	}
	killed := d.AfterKill()
	l.Close()
	for at := range ends[0] { // what is signed is in the tiles
		if files := opens(t, "byte "+strconv.Itoa(at), flipped(t, killed, "/log-0001/tail", at), 279); len(files) != 1 {
			t.Fatalf("byte %d: mended %q", at, files)
		}
	}
	for at := ends[0]; at < ends[2]; at++ {
		l := onDisk(t, flipped(t, killed, "/log-0001/tail", at))
		if st := l.Status(); st.Refusal == nil || st.Refusal.Params["cause"] != CauseDamaged {
			t.Fatalf("byte %d: %+v", at, st)
		}
		l.Close()
	}
}

// TestAForgedTileMakesNoTail: what the tiles hold counts only under what was signed.
func TestAForgedTileMakesNoTail(t *testing.T) {
	d := grown(t, 270, 279)
	at := length(t, d, "/log-0001/tile/entries/001.p/23") - 1
	bad := flipped(t, d, "/log-0001/tile/entries/001.p/23", at)
	bad.Delete("/log-0001/tail")
	l := onDisk(t, bad)
	defer l.Close()
	if st := l.Status(); st.Refusal == nil || st.Refusal.Params["cause"] != CauseDamaged || st.Refusal.Params["known"] != int64(279) {
		t.Errorf("%+v", st)
	}
}

// TestMakingTheTailAgainCutShort stops it between any two writes.
func TestMakingTheTailAgainCutShort(t *testing.T) {
	bad := flipped(t, grown(t, 270, 279), "/log-0001/tail", 40)
	for stop := 1; ; stop++ {
		d := copyOf(bad)
		d.StopAt = stop
		l := &Log{Dir: "/", Guard: "/guard", disk: d, Node: node}
		if err := l.Start(t.Context()); err == nil {
			<-l.tried
			l.Close()
		} else if !errors.Is(err, crashdisk.ErrDead) {
			t.Fatal(err)
		}
		n, last := d.Steps()
		for name, left := range map[string]*crashdisk.Disk{"kill": d.AfterKill(), "power cut": d.AfterPowerCut(), "mess": d.AfterMess(uint64(stop))} {
			opens(t, last+", "+name, left, 279)
		}
		if n < stop {
			return
		}
	}
}

// TestADamagedGuardIsPutBack: whatever byte of it is another, it is one that this log
// signed, and what it forgets stays forgotten by nobody.
func TestADamagedGuardIsPutBack(t *testing.T) {
	d := grown(t, 270, 279)
	good, err := d.ReadFile("/guard")
	if err != nil {
		t.Fatal(err)
	}
	for at := range good {
		bad := flipped(t, d, "/guard", at)
		if files := opens(t, "byte "+strconv.Itoa(at), bad, 279); len(files) != 1 || files[0] != "/guard" {
			t.Fatalf("byte %d: mended %q", at, files)
		}
		if now, err := bad.ReadFile("/guard"); err != nil || !bytes.Equal(now, good) {
			t.Fatalf("byte %d: the guard is\n%s", at, now)
		}
	}
	// A log that was put back from a copy is none that the guard is put back from.
	old := grown(t, 270)
	run(t, old, 275)
	older := copyOf(old)
	run(t, old, 279)
	carry(t, "/guard", old, older)
	for at := range length(t, older, "/guard") {
		l := onDisk(t, flipped(t, older, "/guard", at))
		if st := l.Status(); st.Refusal == nil {
			t.Fatalf("byte %d: a rolled back log goes on: %+v", at, st)
		}
		l.Close()
	}
}

// TestADamagedCheckpointIsTold: the latest is written anew.
func TestADamagedCheckpointIsTold(t *testing.T) {
	d := grown(t, 270, 279)
	good, err := d.ReadFile("/log-0001/checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	for at := range good {
		bad := flipped(t, d, "/log-0001/checkpoint", at)
		if end, err := readEnd(bad, "/"); err != nil || end.Signed.Size != 279 {
			t.Fatalf("byte %d: the end is %+v, %v", at, end, err)
		}
		if files := opens(t, "byte "+strconv.Itoa(at), bad, 279); len(files) != 1 || files[0] != "log-0001/checkpoint" {
			t.Fatalf("byte %d: mended %q", at, files)
		}
		if now, err := bad.ReadFile("/log-0001/checkpoint"); err != nil || !bytes.Equal(now, good) {
			t.Fatalf("byte %d: it is\n%s", at, now)
		}
	}
}

// TestPartialTilesOfFullOnes: what a crash left of them goes with the next start.
func TestPartialTilesOfFullOnes(t *testing.T) {
	d := grown(t, 270, 600, 601)
	for _, name := range []string{"/log-0001/tile/0/001.p", "/log-0001/tile/entries/000.p"} {
		if err := errors.Join(d.Mkdir(name), disk.Put(d, name+"/9", []byte("torn"), 0o640, true)); err != nil {
			t.Fatal(err)
		}
	}
	d = d.AfterKill()
	opens(t, "leftovers", d, 601)
	for _, dir := range []string{"/log-0001/tile/0", "/log-0001/tile/entries"} {
		there, err := d.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range there {
			if strings.HasSuffix(e.Name(), ".p") && e.Name() != "002.p" {
				t.Errorf("%s/%s is left", dir, e.Name())
			}
		}
	}
}
