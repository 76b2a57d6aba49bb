package seal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"watchroom/internal/durable"
)

// CursorName is the file of the cursors, below the sealer's folder. Each line holds
// the CRC-32C of a JSON object in eight hexadecimal digits, a space and the object: what
// has changed. A line that is torn says nothing, and then the log is read from where
// the line before left off.
const CursorName = "sealer.cursor"

// file names a journal.
type file struct {
	Volume string `json:"v,omitempty"`
	Camera string `json:"c"`
	Day    string `json:"d"`
}

// cursors say how far each journal is in the log. None is dropped: a journal that is
// not there may be on a volume that is away.
type cursors struct {
	path   string
	origin string
	out    *os.File
	bytes  int64 // of the file
	floor  int64 // of the file when it was last written anew

	next  map[file]int64 // offset of the first line that is not
	size  int64          // everything of ours below this index of the log is accounted for
	day   string         // of the last summary
	upTo  int64          // index of the log that the last summary reaches up to
	fresh bool           // there was no file
	any   bool           // of whatever log they are
	other Foreign        // the file is of another log: it stays until this one has grown
}

// Foreign says what lay in the place of a file of the sealer: cursors of another log, or no file.
type Foreign struct {
	File   string // below the sealer's folder, with slashes; empty: the cursors
	Origin string // of that log; empty where it was no file
	Size   int64  // how many entries it had
	Aside  string // name below the sealer's folder under which it lies now; empty where it was written over
}

type at struct {
	file
	Next int64 `json:"n"`
}

// change is one line.
type change struct {
	Origin string `json:"log"`
	Size   int64  `json:"size"`
	Day    string `json:"day,omitempty"`
	UpTo   int64  `json:"to,omitempty"`
	At     []at   `json:"at,omitempty"`
}

func openCursors(dir, origin string) (*cursors, error) {
	c := &cursors{path: filepath.Join(dir, CursorName), origin: origin, next: map[file]int64{}}
	err := c.read()
	if errors.Is(err, durable.ErrIrregular) || errors.Is(err, unix.ELOOP) { // nothing that is ours
		c.fresh, err = true, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cursors of the log: %w", err)
	}
	return c, nil
}

// Reach tells how far the cursors of a sealer's folder say that a log went; an empty
// origin where there are none.
func Reach(dir string) (origin string, size int64, err error) {
	c := &cursors{path: filepath.Join(dir, CursorName), next: map[file]int64{}, any: true}
	err = c.read()
	return c.origin, c.size, err
}

func (c *cursors) read() error {
	f, err := durable.OpenRegular(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		c.fresh = true
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	for r := bufio.NewReader(f); ; {
		line, err := r.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		sum, body, _ := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
		want, err := strconv.ParseUint(string(sum), 16, 32)
		var ch change
		if err != nil || crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)) != uint32(want) || json.Unmarshal(body, &ch) != nil {
			continue
		}
		c.take(&ch)
	}
}

func (c *cursors) take(ch *change) {
	if c.any {
		c.origin = ch.Origin
	}
	if ch.Origin != c.origin { // another log: this one is read from its beginning
		c.reset()
		c.other = Foreign{Origin: ch.Origin, Size: ch.Size}
		return
	}
	c.other = Foreign{}
	c.size = ch.Size
	if ch.Day != "" {
		c.day, c.upTo = ch.Day, ch.UpTo
	}
	for _, a := range ch.At {
		c.next[a.file] = a.Next
	}
}

// reset forgets everything: the log tells it anew.
func (c *cursors) reset() {
	c.next, c.size, c.day, c.upTo = map[file]int64{}, 0, "", 0
}

func encodeChange(ch *change) ([]byte, error) {
	b, err := json.Marshal(ch)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)), b), nil
}

// rewrite puts all into a new file in the place of the old.
func (c *cursors) rewrite() error {
	for _, path := range []string{c.path, c.path + durable.Incoming} {
		aside, err := durable.PutAside(path)
		if err != nil {
			return err
		}
		if aside != "" {
			c.other.Aside = filepath.Base(aside)
		}
	}
	ch := change{Origin: c.origin, Size: c.size, Day: c.day, UpTo: c.upTo}
	for f, n := range c.next {
		ch.At = append(ch.At, at{f, n})
	}
	b, err := encodeChange(&ch)
	if err != nil {
		return err
	}
	if err := durable.Replace(c.path, b, 0o600); err != nil {
		return err
	}
	c.close()
	if c.out, err = durable.OpenToAppend(c.path, 0o600); err != nil {
		return err
	}
	c.bytes, c.floor = int64(len(b)), int64(len(b))
	return nil
}

// save notes what has changed; grown says that the log took something in from here. Cursors
// of another log stay on the disk until then: this one may have been laid here by somebody,
// is refused, and is taken away again. Losing what is noted costs only that more of the log
// is read at the next start, so an error is told and no more.
func (c *cursors) save(moved map[file]int64, size int64, grown bool) error {
	ch := change{Origin: c.origin, Size: size, Day: c.day, UpTo: c.upTo}
	for f, n := range moved {
		c.next[f] = n
		ch.At = append(ch.At, at{f, n})
	}
	c.size = size
	if c.other.Origin != "" && !grown {
		return nil
	}
	if c.bytes > 4*c.floor+1<<20 || c.out == nil {
		return c.rewrite()
	}
	b, err := encodeChange(&ch)
	if err != nil {
		return err
	}
	n, err := c.out.Write(b)
	c.bytes += int64(n)
	if err == nil {
		err = unix.Fdatasync(int(c.out.Fd()))
	}
	if err != nil {
		c.close() // the end of the file may be torn: a new one next time
	}
	return err
}

func (c *cursors) close() {
	if c.out != nil {
		c.out.Close()
		c.out = nil
	}
}
