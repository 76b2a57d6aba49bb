// Package procfs reads what the kernel of Linux accounts to one process: processor
// time, memory, and the memory of its sockets.
package procfs

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of times in /proc/PID/stat: USER_HZ is 100 wherever Go runs on Linux.
const tick = 10 * time.Millisecond

// CPU is the user and system time of all threads of a process since it began.
func CPU(pid int) (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	return parseStat(string(b))
}

// parseStat reads fields 14 and 15 of proc_pid_stat(5). The second field is the
// program's name in parentheses and may hold anything.
func parseStat(s string) (time.Duration, error) {
	i := strings.LastIndexByte(s, ')')
	if i < 0 {
		return 0, errors.New("procfs: stat without a name")
	}
	fields := strings.Fields(s[i+1:])
	if len(fields) < 13 {
		return 0, errors.New("procfs: stat is too short")
	}
	var sum time.Duration
	for _, f := range fields[11:13] {
		n, err := strconv.ParseUint(f, 10, 63)
		if err != nil {
			return 0, fmt.Errorf("procfs: stat: %w", err)
		}
		sum += time.Duration(n) * tick
	}
	return sum, nil
}

// Read is how many bytes a process has had of files and sockets since it began, and how
// many of them a disk had to give (proc_pid_io(5)).
func Read(pid int) (all, disk int64, err error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
	if err != nil {
		return 0, 0, err
	}
	return parseIO(string(b))
}

func parseIO(s string) (all, disk int64, err error) {
	found := 0
	for line := range strings.Lines(s) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		into := map[string]*int64{"rchar": &all, "read_bytes": &disk}[name]
		if into == nil {
			continue
		}
		if *into, err = strconv.ParseInt(value, 10, 64); err != nil {
			return 0, 0, fmt.Errorf("procfs: io: %w", err)
		}
		found++
	}
	if found != 2 {
		return 0, 0, errors.New("procfs: io tells not all")
	}
	return all, disk, nil
}

// Memory of a process in bytes.
type Memory struct {
	PSS  int64 // proportional: pages shared by n processes count 1/n
	Anon int64 // the part of PSS that is no file: heap, stacks
	File int64 // the part of PSS that is mapped from files: the program itself
}

// Mem reads /proc/PID/smaps_rollup.
func Mem(pid int) (Memory, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return Memory{}, err
	}
	defer f.Close()
	return parseRollup(f)
}

func parseRollup(r io.Reader) (Memory, error) {
	var m Memory
	found := false
	for lines := bufio.NewScanner(r); lines.Scan(); {
		name, rest, _ := strings.Cut(lines.Text(), ":")
		into := map[string]*int64{"Pss": &m.PSS, "Pss_Anon": &m.Anon, "Pss_File": &m.File}[name]
		if into == nil {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
		if err != nil {
			return Memory{}, fmt.Errorf("procfs: smaps_rollup: %w", err)
		}
		*into, found = n<<10, true
	}
	if !found {
		return Memory{}, errors.New("procfs: smaps_rollup tells no PSS")
	}
	return m, nil
}

// Load is the machine's load average over one minute.
func Load() (float64, error) {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0, err
	}
	first, _, _ := bytes.Cut(b, []byte(" "))
	return strconv.ParseFloat(string(first), 64)
}

// socketInodes lists the sockets that a process holds.
func socketInodes(pid int) (map[uint32]bool, error) {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	found := map[uint32]bool{}
	for _, e := range entries {
		to, err := os.Readlink(filepath.Join(dir, e.Name()))
		if err != nil {
			continue // closed since
		}
		rest, ok := strings.CutPrefix(to, "socket:[")
		if !ok {
			continue
		}
		if n, err := strconv.ParseUint(strings.TrimSuffix(rest, "]"), 10, 32); err == nil {
			found[uint32(n)] = true
		}
	}
	return found, nil
}
