package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
)

// TestProgressInALogFile: plain lines now and then and at the end of a phase, and nothing
// that only a terminal understands.
func TestProgressInALogFile(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out)
	now := p.last
	p.now = func() time.Time { return now }
	for done := range int64(101) { // a minute and 40 seconds
		p.show("files", done, 100, "  7 MB read")
		now = now.Add(time.Second)
	}
	p.show("files", 100, 100, "  7 MB read")
	p.clear()
	p.show("rows", 5, 0, "")
	want := "files     30 %  30 of 100  7 MB read\nfiles     60 %  60 of 100  7 MB read\nfiles     90 %  90 of 100  7 MB read\nfiles    100 %  100 of 100  7 MB read\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// TestProgressOnATerminal: one line that is written over, a few times a second.
func TestProgressOnATerminal(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	file, err := os.Create(t.TempDir() + "/log")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if !isTerminal(terminal) || isTerminal(file) || isTerminal(&bytes.Buffer{}) {
		t.Error("a terminal is not told from a file")
	}
	var out bytes.Buffer
	p := newProgress(&out)
	now := p.last
	p.terminal, p.now = true, func() time.Time { return now }
	for done := range int64(11) { // a second
		p.show("files", done, 10, "")
		now = now.Add(100 * time.Millisecond)
	}
	p.clear()
	p.clear()
	got := strings.Split(out.String(), "\r\x1b[K")
	if len(got) != 8 || got[1] != "files    [                              ]   0 %  0 of 10" || got[6] != "files    [##############################] 100 %  10 of 10" || got[7] != "" {
		t.Errorf("%q", got)
	}
}
