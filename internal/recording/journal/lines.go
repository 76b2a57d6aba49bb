package journal

import (
	"bufio"
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"watchroom/internal/durable"
)

// LongestLine is how many bytes a line has at the most, its line feed among them. What is
// longer is torn: it is passed over in the stream, and none of it is kept.
const LongestLine = 1 << 20

// mostPassed is how many bytes of such a line are passed over in one call that asks for so
// many lines, so that whoever reads can be told to stop.
const mostPassed = 64 << 20

// cutter cuts a stream into lines. It takes as much memory as the longest line may have.
type cutter struct {
	r    *bufio.Reader
	file *os.File // that r reads from, nil if it is none: its holes are not read
	line []byte
}

func newCutter(from io.Reader, size int) *cutter {
	c := &cutter{r: bufio.NewReaderSize(from, size)}
	c.file, _ = from.(*os.File)
	return c
}

// next gives a line with its line feed, which is good until the next call, and its length; nil
// for one that is too long, with the length of what was passed over of it: at most most bytes
// or so, and the rest of it comes as lines of their own. At the end there is io.EOF, with the
// length of what has no line feed and is too long to be one that grows.
func (c *cutter) next(most int64) (line []byte, length int64, err error) {
	c.line = c.line[:0]
	for long := false; ; {
		part, err := c.r.ReadSlice('\n')
		length += int64(len(part))
		whole := err == nil
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if err == io.EOF && length <= LongestLine {
				length = 0 // it may still be growing
			}
			return nil, length, err
		}
		if long = long || length > LongestLine; !long {
			if whole && len(c.line) == 0 {
				return part, length, nil
			}
			if c.line = append(c.line, part...); whole {
				return c.line, length, nil
			}
			continue
		}
		if whole || length >= most {
			return nil, length, nil
		}
		if part[len(part)-1] == 0 {
			length += c.hole()
		}
	}
}

// hole goes to the end of a hole of the file, and tells how many bytes that was: nobody wrote
// them, so that no line ends among them. All that was read ahead has been given out.
func (c *cutter) hole() int64 {
	if c.file == nil || c.r.Buffered() > 0 {
		return 0
	}
	at, err := c.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0
	}
	to, err := c.file.Seek(at, unix.SEEK_DATA)
	if errors.Is(err, unix.ENXIO) { // there is nothing behind it
		to, err = c.file.Seek(0, io.SeekEnd)
	}
	if err != nil || to < at {
		if _, err := c.file.Seek(at, io.SeekStart); err != nil {
			c.file = nil // the next read tells what is wrong
		}
		return 0
	}
	return to - at
}

// Unreadable tells whether an error is that of a journal, or of the folder of one, which is
// there and cannot be read: its disk has lost what it kept, or something else bears its name.
// It says nothing of any other journal.
func Unreadable(err error) bool {
	if errors.Is(err, durable.ErrIrregular) {
		return true
	}
	var no syscall.Errno
	if !errors.As(err, &no) {
		return false
	}
	switch no {
	case unix.ENOENT, unix.EMFILE, unix.ENFILE, unix.ENOMEM, unix.EINTR, unix.EAGAIN:
		return false
	}
	return true
}

// Why is such an error without the path.
func Why(err error) string {
	var no syscall.Errno
	switch {
	case errors.Is(err, durable.ErrIrregular), errors.Is(err, unix.ELOOP):
		return durable.ErrIrregular.Error()
	case errors.As(err, &no):
		return no.Error()
	}
	return err.Error()
}
