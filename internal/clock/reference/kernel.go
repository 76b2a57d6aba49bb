package reference

import (
	"time"

	"golang.org/x/sys/unix"
)

// Reading is what the kernel says of the system clock's discipline: adjtimex(2) with
// nothing to set.
type Reading struct {
	Synchronised bool // STA_UNSYNC is not set: a time daemon has taken charge and is content
	// Offset is this machine's clock minus the reference, as far as the kernel still
	// has to correct it. Daemons that correct by frequency leave it at 0.
	Offset   time.Duration
	EstError time.Duration // the daemon's estimate of the error
	MaxError time.Duration // its bound; the kernel lets it grow by 500 ppm while nobody renews it
}

// Bits of timex.status (linux/timex.h).
const (
	staUnsync = 0x0040
	staNano   = 0x2000 // offset is in nanoseconds, not microseconds
)

// Kernel reads the state of the system clock. It fails where the kernel does not
// tell, as in some containers.
func Kernel() (Reading, error) {
	var x unix.Timex
	state, err := unix.Adjtimex(&x)
	if err != nil {
		return Reading{}, err
	}
	return readingOf(state, &x), nil
}

func readingOf(state int, x *unix.Timex) Reading {
	unit := time.Microsecond
	if x.Status&staNano != 0 {
		unit = time.Nanosecond
	}
	return Reading{
		// State 5 is TIME_ERROR: not synchronised, or its signal is lost.
		Synchronised: x.Status&staUnsync == 0 && state != 5,
		Offset:       -time.Duration(x.Offset) * unit, // the kernel's is what must be added
		EstError:     time.Duration(x.Esterror) * time.Microsecond,
		MaxError:     time.Duration(x.Maxerror) * time.Microsecond,
	}
}
