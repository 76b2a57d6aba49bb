//go:build testclock

package clock

import (
	"errors"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Shifted is a clock that somebody else sets: it shows the system's time and what a
// file of eight bytes holds at that moment, nanoseconds in the byte order of the
// machine. Its monotonic reading goes on as it was, as when a real clock is set. It
// exists under the build tag testclock alone (R24): no program that is handed out can be
// told another time.
func Shifted(path string) (Clock, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	shared, err := unix.Mmap(int(f.Fd()), 0, 8, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	by := (*int64)(unsafe.Pointer(&shared[0]))
	if _, err := shift(time.Now(), 0); err != nil {
		return nil, err
	}
	return func() time.Time {
		t, _ := shift(time.Now(), time.Duration(atomic.LoadInt64(by)))
		return t
	}, nil
}

var errLayout = errors.New("clock: the layout of time.Time is another")

// shift sets the wall reading of a time and leaves the monotonic one, which Add moves,
// too: the second word of a time that has one.
func shift(t time.Time, by time.Duration) (time.Time, error) {
	now := t
	t = t.Add(by)
	(*[2]int64)(unsafe.Pointer(&t))[1] -= int64(by)
	if t.Sub(now) != 0 || t.Round(0).Sub(now.Round(0)) != by {
		return now, errLayout
	}
	return t, nil
}
