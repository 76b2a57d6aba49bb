// Package leak fails a test that leaves goroutines or file descriptors behind.
package leak

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// Patience is how long Check waits for goroutines to end and descriptors to
// close after the test; both end a moment after the Close that caused it.
const Patience = time.Minute

// Shared is the word in the path of an open file that belongs to the test binary
// and not to one test (the database server that all tests of a binary share).
const Shared = "watchroom-shared-"

// Check remembers what runs and what is open now and fails t if, when t and the
// clean-ups registered after this call are over, there is more. Call it first in
// the test. It cannot be used with t.Parallel, and makes such a test panic.
func Check(t *testing.T) {
	t.Helper()
	t.Setenv("WATCHROOM_LEAK_CHECK", "on") // panics in a parallel test, and in t.Parallel later
	running, open := goroutines(), descriptors()
	t.Cleanup(func() {
		if left := wait(running, open, Patience); len(left) > 0 && !t.Failed() {
			t.Errorf("left behind:\n%s", strings.Join(left, "\n\n"))
		}
	})
}

// wait returns what is left over running and open once nothing is, or when
// patience ends.
func wait(running, open map[string]string, patience time.Duration) []string {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for {
		left := append(more(running, goroutines()), more(open, descriptors())...)
		if len(left) == 0 {
			return nil
		}
		select {
		case <-look.C:
		case <-deadline.C:
			return left
		}
	}
}

func more(before, now map[string]string) []string {
	var left []string
	for key, text := range now {
		if before[key] == "" {
			left = append(left, text)
		}
	}
	slices.Sort(left)
	return left
}

// goroutines gives the stacks of all goroutines but the caller's and those that
// the runtime and package testing keep for themselves, by their number.
func goroutines() map[string]string {
	buf := make([]byte, 1<<20)
	n := runtime.Stack(buf, true)
	for n == len(buf) {
		buf = make([]byte, 2*len(buf))
		n = runtime.Stack(buf, true)
	}
	all := map[string]string{}
	for i, stack := range strings.Split(strings.TrimSpace(string(buf[:n])), "\n\n") {
		number, _, ok := strings.Cut(stack, " [")
		if i == 0 || !ok || runtimeOwn(stack) {
			continue
		}
		all[number] = stack
	}
	return all
}

func runtimeOwn(stack string) bool {
	for _, own := range []string{
		"os/signal.signal_recv", "os/signal.loop", "runtime.ensureSigM",
		"testing.(*M).startAlarm", "testing.runTests", "created by runtime",
		"testing.(*F).Fuzz", "internal/fuzz.",
	} {
		if strings.Contains(stack, own) {
			return true
		}
	}
	return false
}

// descriptors gives the open files of this process. The runtime's own poll
// descriptors and what the whole binary shares do not count.
func descriptors() map[string]string {
	all := map[string]string{}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return all // not Linux: only goroutines are watched
	}
	for _, e := range entries {
		target, err := os.Readlink(filepath.Join("/proc/self/fd", e.Name()))
		if err != nil || strings.HasPrefix(target, "anon_inode:") || strings.HasPrefix(target, "/proc/") ||
			strings.HasPrefix(target, "/dev/") && !strings.HasPrefix(target, "/dev/shm/") || strings.HasPrefix(target, "/sys/") || strings.Contains(target, Shared) {
			continue
		}
		key := e.Name() + " " + target
		all[key] = fmt.Sprintf("file descriptor %s", key)
	}
	return all
}
