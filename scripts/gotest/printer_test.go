package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPrinter(t *testing.T) {
	const input = `{"Action":"run","Package":"w/a","Test":"TestQuiet"}
{"Action":"output","Package":"w/a","Test":"TestQuiet","Output":"chatter\n"}
{"Action":"pass","Package":"w/a","Test":"TestQuiet"}
{"Action":"output","Package":"w/a","Output":"ok\n"}
{"Action":"pass","Package":"w/a","Elapsed":1.25}
{"ImportPath":"w/x","Action":"build-output","Output":"x.go:1:1: broken\n"}
{"Action":"output","Package":"w/b","Test":"TestLoud","Output":"want 1\n"}
{"Action":"fail","Package":"w/b","Test":"TestLoud"}
{"Action":"output","Package":"w/b","Test":"TestDies","Output":"panic: oh\n"}
{"Action":"output","Package":"w/b","Output":"exit status 2\n"}
{"Action":"fail","Package":"w/b","Elapsed":0.5}
{"Action":"skip","Package":"w/c","Test":"TestAway"}
{"Action":"skip","Package":"w/c"}
go: a plain line
`
	const want = `ok       1.2s  w/a
x.go:1:1: broken
want 1
panic: oh
FAIL     0.5s  w/b
exit status 2
go: a plain line
go test: 1 passed, 2 failed, 1 skipped, in 2 packages
`
	var out strings.Builder
	p := printer{out: &out, said: map[string][]string{}}
	for line := range strings.Lines(input) {
		p.line([]byte(line))
	}
	p.close()
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(p.said) != 0 {
		t.Errorf("kept after the end: %v", p.said)
	}
}
