package spill_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"watchroom/internal/app/spill"
)

// hanging takes lines only while nobody holds it.
type hanging struct {
	held chan struct{} // full while somebody does
	bytes.Buffer
}

func newHanging() *hanging { return &hanging{held: make(chan struct{}, 1)} }
func (h *hanging) hold()   { h.held <- struct{}{} }
func (h *hanging) letGo()  { <-h.held }
func (h *hanging) Write(p []byte) (int, error) {
	h.hold()
	defer h.letGo()
	return h.Buffer.Write(p)
}

func TestLogsAreOrderedAndWholeWhenTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := newHanging()
		l := &spill.Logs{To: to}
		l.Start()
		var want strings.Builder
		for i := range 1000 {
			line := fmt.Sprintf("line %d\n", i)
			want.WriteString(line)
			if n, err := l.Write([]byte(line)); n != len(line) || err != nil {
				t.Fatal(n, err)
			}
		}
		l.Close()
		if to.String() != want.String() {
			t.Errorf("%d bytes, want %d", to.Len(), want.Len())
		}
		fmt.Fprintln(l, "after the end")
	})
}

func TestLogsCountWhatNobodyTook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := newHanging()
		l := &spill.Logs{To: to, Room: 100}
		l.Start()
		to.hold()
		for i := range 50 {
			fmt.Fprintf(l, "line %02d\n", i) // 8 bytes each
		}
		to.letGo()
		synctest.Wait()
		fmt.Fprintln(l, "taken again")
		l.Close()
		got := to.String()
		if !strings.HasPrefix(got, "line 00\n") || !strings.Contains(got, "lines=38\n") || !strings.HasSuffix(got, "taken again\n") {
			t.Errorf("%s", got)
		}
	})
}

func TestClosingLogsDoesNotWaitForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := newHanging()
		l := &spill.Logs{To: to}
		l.Start()
		to.hold()
		fmt.Fprintln(l, "nobody takes this")
		l.Close()
		to.letGo()
	})
}
