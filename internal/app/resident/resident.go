// Package resident gives back the memory that only the start of the program needed. The
// kernel maps the pages of a program's file around every one that is touched, and the
// start touches most of them: command line, configuration, migrations, the description
// of the interface, one package's tables after the other. Nothing would ever unmap them.
package resident

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Trimmer unmaps pages of the program's own file. What is used again comes back from
// the kernel's page cache at the cost of a minor fault.
type Trimmer struct {
	After time.Duration // after Start; 0 means 5 s
	Every time.Duration // from then on: some work is done once an hour or a day; 0 means 30 s

	cancel context.CancelFunc
	done   chan struct{}
}

// Start begins to wait.
func (t *Trimmer) Start(ctx context.Context) error {
	after, every := t.After, t.Every
	if after <= 0 {
		after = 5 * time.Second
	}
	if every <= 0 {
		every = 30 * time.Second
	}
	ctx, t.cancel = context.WithCancel(ctx)
	t.done = make(chan struct{})
	go func() {
		defer close(t.done)
		for wait := after; ; wait = every {
			timer := time.NewTimer(wait)
			select {
			case <-ctx.Done():
				timer.Stop()
				return
			case <-timer.C:
			}
			if _, err := Trim(); err != nil {
				return // no such kernel: nothing is lost but memory
			}
		}
	}()
	return nil
}

// Close stops it.
func (t *Trimmer) Close() {
	t.cancel()
	<-t.done
}

// Trim unmaps the pages of the program's file that nobody may write, and tells how many
// bytes of them were mapped.
func Trim() (bytes int64, err error) {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return 0, err
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	found, err := parse(f, program)
	if err != nil {
		return 0, err
	}
	for _, m := range found {
		// MADV_DONTNEED on pages of a file that were never written drops the mapping of
		// the page and nothing else (madvise(2)).
		_, _, no := unix.Syscall(unix.SYS_MADVISE, m.start, m.end-m.start, unix.MADV_DONTNEED)
		if no != 0 {
			return bytes, fmt.Errorf("madvise: %w", no)
		}
		bytes += m.resident
	}
	return bytes, nil
}

type mapping struct {
	start, end uintptr
	resident   int64 // bytes
}

var errFormat = errors.New("resident: smaps is not as expected")

// parse reads proc_pid_smaps(5) and gives the mappings of a file that nobody may write
// and of which no page was: one that was, as the linker writes relocations before it
// protects them, would be lost.
func parse(r io.Reader, file string) ([]mapping, error) {
	var all []mapping
	var now *mapping // being read, nil: not of interest
	var own bool
	for s := bufio.NewScanner(r); ; {
		if !s.Scan() {
			if now != nil {
				return nil, errFormat // ends before it told what was written
			}
			return all, s.Err()
		}
		fields := strings.Fields(s.Text())
		if len(fields) < 3 {
			continue // such as VmFlags of none
		}
		switch name := fields[0]; {
		case !strings.HasSuffix(name, ":"):
			if now != nil {
				return nil, errFormat
			}
			from, to, ok := strings.Cut(name, "-")
			start, err1 := strconv.ParseUint(from, 16, 64)
			end, err2 := strconv.ParseUint(to, 16, 64)
			if !ok || err1 != nil || err2 != nil || end < start {
				return nil, errFormat
			}
			own = len(fields) == 6 && fields[5] == file && (fields[1] == "r-xp" || fields[1] == "r--p")
			if own {
				now = &mapping{start: uintptr(start), end: uintptr(end)}
			}
		case now != nil && name == "Rss:":
			n, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				return nil, errFormat
			}
			now.resident = n << 10
		case now != nil && name == "Anonymous:":
			if fields[1] == "0" {
				all = append(all, *now)
			}
			now = nil
		}
	}
}
