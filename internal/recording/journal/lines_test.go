package journal

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/media"
)

// endless gives so many bytes without a line feed, and then what is behind.
type endless struct {
	left int64
	tail io.Reader
}

func (e *endless) Read(b []byte) (int, error) {
	if e.left == 0 {
		return e.tail.Read(b)
	}
	n := int(min(int64(len(b)), e.left))
	for i := range b[:n] {
		b[i] = 'x'
	}
	e.left -= int64(n)
	return n, nil
}

// taken is how many bytes were taken from the heap while f ran.
func taken(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestALineWithoutEnd takes no memory to pass over, however long it is; it is told of as torn,
// and what stands behind it is read.
func TestALineWithoutEnd(t *testing.T) {
	line, err := (&Record{Kind: KindGap, At: 7, Cause: media.CauseNetwork}).line()
	if err != nil {
		t.Fatal(err)
	}
	const long = 200 << 20
	for name, tail := range map[string]string{"between lines": "\n" + string(line), "at the end": ""} {
		lines, next, torn := 0, int64(0), 0
		spent := taken(func() {
			got, to, t2, err := Scan(&endless{left: long, tail: strings.NewReader(tail)}, 0, 0)
			if err != nil {
				t.Fatal(name, err)
			}
			lines, next, torn = len(got), to, t2
		})
		if want := min(1, len(tail)); lines != want || torn != 1 || next != long+int64(len(tail)) {
			t.Errorf("%s: %d lines, %d torn, up to %d", name, lines, torn, next)
		}
		if spent > 8*LongestLine {
			t.Errorf("%s: it took %d MiB", name, spent>>20)
		}
	}
	// Who asks for some lines is asked in between whether to go on.
	lines, next, torn, err := Scan(&endless{left: long, tail: strings.NewReader("")}, 0, 8)
	if err != nil || len(lines) != 0 || torn != 1 || next < mostPassed || next > mostPassed+LongestLine {
		t.Errorf("%d lines, %d torn, up to %d, %v", len(lines), torn, next, err)
	}
}

// TestAHole: what nobody wrote is not read, so that a file of a terabyte is as good as one of
// a kilobyte.
func TestAHole(t *testing.T) {
	line, err := (&Record{Kind: KindGap, At: 7, Cause: media.CauseNetwork}).line()
	if err != nil {
		t.Fatal(err)
	}
	const hole = 1 << 40
	for name, behind := range map[string]string{"between lines": "\n" + string(line), "at the end": ""} {
		path := filepath.Join(t.TempDir(), FileName)
		f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		_, err = f.Write(line)
		if err == nil {
			err = f.Truncate(hole)
		}
		if err == nil {
			_, err = f.WriteString(behind)
		}
		if err != nil {
			t.Fatal(err)
		}
		want := 1 + min(1, len(behind))
		seen := 0
		spent := taken(func() {
			if err := Walk(path, func(*Record) { seen++ }); err != nil {
				t.Fatal(err)
			}
		})
		if seen != want || spent > 8*LongestLine {
			t.Errorf("%s: %d walked over, %d bytes taken", name, seen, spent)
		}
		lines, next, torn, err := ReadLines(path, 0, 0)
		if err != nil || len(lines) != want || torn != 1 || next != hole+int64(len(behind)) {
			t.Errorf("%s: %d lines, %d torn, up to %d, %v", name, len(lines), torn, next, err)
		}
	}
}

// FuzzScan: a file is cut at the same places however it is read, and each line is found again
// at its own.
func FuzzScan(f *testing.F) {
	line, err := (&Record{Kind: KindGap, At: 7, Cause: media.CauseNetwork}).line()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(append([]byte("torn"), '\n'), line...), 0)
	f.Add(append(line, line[:9]...), 5000)
	f.Add([]byte("\n\n"), LongestLine)
	f.Fuzz(func(t *testing.T, b []byte, pad int) {
		pad = min(max(pad, 0), 2*LongestLine)
		b = append(append(bytes.Clone(b), bytes.Repeat([]byte("x"), pad)...), b...)
		all, next, torn, err := Scan(bytes.NewReader(b), 0, 0)
		if err != nil || next > int64(len(b)) || next < int64(len(b))-LongestLine {
			t.Fatalf("up to %d of %d, %v", next, len(b), err)
		}
		if rest := b[next:]; bytes.IndexByte(rest, '\n') >= 0 {
			t.Fatalf("a whole line is left: %q", rest)
		}
		var one []Line
		many := 0
		for at := int64(0); ; {
			some, to, n, err := Scan(bytes.NewReader(b[at:]), at, 1)
			if err != nil {
				t.Fatal(err)
			}
			one, many = append(one, some...), many+n
			if to == at {
				break
			}
			at = to
		}
		if !cmp.Equal(all, one) || many != torn {
			t.Fatalf("%d lines and %d torn, one by one %d and %d", len(all), torn, len(one), many)
		}
		for _, l := range all {
			if l.Next-l.Offset > LongestLine || !bytes.Equal(append(bytes.Clone(l.Raw), '\n'), b[l.Offset:l.Next]) {
				t.Fatalf("a line of %d bytes at %d: %q", l.Next-l.Offset, l.Offset, l.Raw)
			}
		}
	})
}
