package resident

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/testkit/leak"
)

const smaps = `00400000-00500000 r-xp 00000000 fd:00 12 /opt/watch room
Size:               1024 kB
Rss:                 100 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
00500000-00600000 r-xp 00000000 fd:00 12 /opt/watchroom
Size:               1024 kB
Rss:                 100 kB
Anonymous:             0 kB
00600000-00700000 r--p 00100000 fd:00 12 /opt/watchroom
Rss:                   8 kB
Anonymous:             0 kB
00700000-00800000 r--p 00100000 fd:00 12 /opt/watchroom
Rss:                   8 kB
Anonymous:             4 kB
00800000-00900000 rw-p 00200000 fd:00 12 /opt/watchroom
Rss:                   8 kB
Anonymous:             0 kB
7f0000000000-7f0000001000 r--p 00000000 00:00 0
Rss:                   4 kB
Anonymous:             0 kB
7f0000001000-7f0000002000 r--p 00000000 fd:00 13 /lib/other
Rss:                   4 kB
Anonymous:             0 kB
`

// TestOnlyWhatNobodyWrote: a page that was written, by whomever, would be lost.
func TestOnlyWhatNobodyWrote(t *testing.T) {
	got, err := parse(strings.NewReader(smaps), "/opt/watchroom")
	if err != nil {
		t.Fatal(err)
	}
	want := []mapping{{0x500000, 0x600000, 100 << 10}, {0x600000, 0x700000, 8 << 10}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(mapping{})); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{
		"oddly r-xp 0 fd:00 12 /opt/watchroom\n",
		"00500000-00600000 r-xp 00000000 fd:00 12 /opt/watchroom\nRss: 100 kB\n", // torn
		"00500000-00600000 r-xp 00000000 fd:00 12 /opt/watchroom\n00600000-00700000 r-xp 00000000 fd:00 12 /opt/watchroom\n",
		"00500000-00600000 r-xp 00000000 fd:00 12 /opt/watchroom\nRss: many kB\nAnonymous: 0 kB\n",
	} {
		if _, err := parse(strings.NewReader(bad), "/opt/watchroom"); !errors.Is(err, errFormat) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestThisProcessGoesOn trims the test's own pages and uses them again.
func TestThisProcessGoesOn(t *testing.T) {
	first, err := Trim()
	if err != nil || first < 1<<20 {
		t.Fatalf("Trim = %d, %v", first, err)
	}
	again, err := Trim()
	if err != nil || again >= first {
		t.Errorf("%d bytes were mapped, and %d right after they had been given back: %v", first, again, err)
	}
}

func TestStartAndClose(t *testing.T) {
	leak.Check(t)
	synctest.Test(t, func(t *testing.T) {
		trim := &Trimmer{}
		if err := trim.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		trim.Close()
	})
}
