package dbtest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"watchroom/internal/db"
)

// Stalling gives a fresh PostgreSQL database, a function that halts its server with
// all its processes, so that it keeps its connections and answers nothing, and one
// that lets it go on. The server is the one of the whole test binary: no test that
// uses it may run beside. It goes on at the end of the test in any case.
func Stalling(t testing.TB) (o db.Options, stall, resume func()) {
	t.Helper()
	o = Options(t, db.PostgreSQL)
	s, err := server()
	if err != nil {
		t.Fatal(err)
	}
	var halted []int
	resume = func() {
		for _, pid := range halted {
			_ = syscall.Kill(pid, syscall.SIGCONT) // one that has ended needs it no more
		}
		halted = nil
	}
	stall = func() {
		t.Helper()
		pids, err := s.processes()
		if err != nil {
			t.Fatal(err)
		}
		for _, pid := range pids {
			if syscall.Kill(pid, syscall.SIGSTOP) == nil {
				halted = append(halted, pid)
			}
		}
	}
	t.Cleanup(resume) // before the database is dropped
	return o, stall, resume
}

// processes are those of the server, itself first.
func (s *postgres) processes() ([]int, error) {
	text, err := os.ReadFile(filepath.Join(s.data, "postmaster.pid"))
	if err != nil {
		return nil, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	parent, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return nil, err
	}
	pids := []int{parent}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	for _, name := range stats {
		b, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		// pid (name) state parent …; the name may hold anything.
		var state string
		var ppid int
		rest := b[bytes.LastIndexByte(b, ')')+1:]
		if _, err := fmt.Sscan(string(rest), &state, &ppid); err != nil || ppid != parent {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}
