// Package journal is the account that a recorder keeps beside its footage: in order
// what was recorded, and why there was nothing. docs/formats/journal.md describes it.
package journal

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"watchroom/internal/durable"
	"watchroom/internal/media"
	"watchroom/internal/recording/segment"
)

// FileName is the journal's name inside a camera's day folder.
const FileName = "journal.jsonl"

// Kinds of records.
const (
	KindStart   = "start" // the recorder of this camera began to work
	KindStop    = "stop"  // it ended in good order
	KindRun     = "run"   // pictures come: the first segment of a run was opened
	KindSegment = "seg"   // a segment was closed, or made whole after a crash
	KindGap     = "gap"   // from At on there is no picture, because of Cause
	KindClock   = "clock" // at At the camera's clock differed by Offset from the recorder's
	KindTime    = "time"  // in the node's journal: at At the recorder's own clock stood so
	KindMove    = "move"  // at At a closed segment, told of once more, came to lie at To; its first copy is freed after

	// KindTombstone says that a segment is removed: by the ground and authority that
	// stand in it. It comes before the file goes.
	KindTombstone = "del"
)

// Grounds of a tombstone.
const (
	GroundMaximum = "maximum" // it was older than its maximum
	GroundSpace   = "space"   // it was older than its minimum, and room was needed
	GroundOrder   = "order"   // a lawful order
)

// Node stands in the place of a camera for the journal of the recorder itself: no
// camera's id begins with a dot.
const Node = ".node"

// BySenderReport says that an offset comes from RTCP sender reports (RFC 3550
// 6.4.1): the camera's clock in the report minus the recorder's at its arrival, the
// largest of the last few, since a report can be late but never early.
const BySenderReport = "rtcp"

// ByDate says that an offset comes from Date headers of RTSP answers (RFC 2326 12.18),
// which tell whole seconds: it may be wrong by one.
const ByDate = "date"

// Record is one line of a camera's journal.
type Record struct {
	Kind   string      `json:"k"`
	At     int64       `json:"at,omitempty"` // µs since 1970 UTC
	Cause  media.Cause `json:"cause,omitempty"`
	Detail string      `json:"detail,omitempty"`
	// Salt hides the detail of a gap in the transparency log, which commits to it: 32 random
	// bytes in hexadecimal digits. Append makes it.
	Salt string `json:"salt,omitempty"`
	Run  string `json:"run,omitempty"`
	// Of a start: when an earlier process last gave a sign of life, µs since 1970 UTC; 0 if
	// that is not known. What it told of a camera it had seen until then, and no longer.
	Alive int64 `json:"alive,omitempty"`
	// Of the camera's clock, or the recorder's own.
	Offset  *int64 `json:"offset_us,omitempty"` // camera minus recorder, or recorder minus reference, µs
	Source  string `json:"source,omitempty"`    // how it was measured
	State   string `json:"state,omitempty"`     // of the recorder's own: a word of clock/reference
	Stratum int    `json:"stratum,omitempty"`   // of the reference
	Step    *int64 `json:"step_us,omitempty"`   // by which the recorder's clock was just set, µs
	// Of a tombstone.
	Ground    string `json:"ground,omitempty"`
	Authority string `json:"by,omitempty"` // id of the rule or order

	// Of a move: the name of the volume or tier where the segment lies from now on; "" is
	// recording.folder.
	To *string `json:"to,omitempty"`

	Sealed *Sealed `json:"seal,omitempty"` // of a seal

	// Again says that the line stood in a journal before: that was lost, and the line was
	// brought back from a copy to where it stands now. It may be in the log already.
	Again bool `json:"again,omitempty"`
	*Segment
}

// Segment is what the journal tells of a closed segment.
type Segment = segment.Closed

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// salt makes the salt of a gap with words. A line that stood in a journal before stays as it was.
func (r *Record) salt() {
	if (r.Kind == KindGap || r.Kind == KindStop) && r.Detail != "" && r.Salt == "" && !r.Again {
		var b [32]byte
		_, _ = rand.Read(b[:]) // never fails (crypto/rand)
		r.Salt = hex.EncodeToString(b[:])
	}
}

func (r *Record) line() ([]byte, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(b, castagnoli), b), nil
}

// errTorn marks a line that was not written whole.
var errTorn = errors.New("journal: torn journal line")

func parseLine(b []byte) (*Record, error) {
	r := &Record{}
	if err := r.read(b); err != nil {
		return nil, err
	}
	return r, nil
}

// read makes the record what a line says. Nothing of the line is kept.
func (r *Record) read(b []byte) error {
	sum, body, ok := bytes.Cut(bytes.TrimSuffix(b, []byte("\n")), []byte(" "))
	if !ok || len(sum) != 8 {
		return errTorn
	}
	var want [4]byte
	if _, err := hex.Decode(want[:], sum); err != nil || crc32.Checksum(body, castagnoli) != binary.BigEndian.Uint32(want[:]) {
		return errTorn
	}
	if *r = (Record{}); r.plain(string(body)) {
		return nil
	}
	*r = Record{}
	if err := json.Unmarshal(body, r); err != nil {
		return errTorn
	}
	return nil
}

// Walk gives all whole records of a journal file to see, in order; a torn line is passed
// over. The record is another at the next call, what it points to is not.
func Walk(path string, see func(*Record)) error {
	return WalkTo(path, math.MaxInt64, see)
}

// WalkTo is Walk up to an offset.
func WalkTo(path string, upTo int64, see func(*Record)) error {
	f, err := durable.OpenRegular(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var r Record
	for lines := newCutter(f, 64<<10); upTo > 0; {
		line, n, err := lines.next(math.MaxInt64)
		if err == io.EOF {
			return nil // it may still be growing
		}
		if err != nil {
			return err
		}
		if upTo -= n; upTo >= 0 && line != nil && r.read(line) == nil {
			see(&r)
		}
	}
	return nil
}

// Read reads whole records of a journal file from offset on, at most limit
// of them (0: all). next is the offset behind the last line read. A line that was
// torn by a crash and is followed by others is skipped and counted; at the end of
// the file it is left for a later call, since it may still be growing. A line that is longer
// than LongestLine is torn in any case; where there is a limit, a call may end within one,
// without a record and with next behind offset.
func Read(path string, offset int64, limit int) (records []Record, next int64, torn int, err error) {
	lines, next, torn, err := ReadLines(path, offset, limit)
	for i := range lines {
		records = append(records, lines[i].Record)
	}
	return records, next, torn, err
}

// Line is a record with its place in the file.
type Line struct {
	Record
	Offset int64  // of the line's first byte
	Next   int64  // offset behind it
	Raw    []byte // the line without its line feed
}

// First is the line as it stood when it was first written, before it was brought back
// from a copy.
func (l *Line) First() Line {
	first := *l
	if !l.Again {
		return first
	}
	first.Again = false
	if b, err := first.line(); err == nil { // nothing in it can fail: it was read from JSON
		first.Raw = bytes.TrimSuffix(b, []byte("\n"))
	}
	return first
}

// ReadLines is Read with the place of every record.
func ReadLines(path string, offset int64, limit int) (lines []Line, next int64, torn int, err error) {
	f, err := durable.OpenRegular(path)
	if err != nil {
		return nil, offset, 0, err
	}
	defer f.Close()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return nil, offset, 0, err
	}
	return Scan(f, offset, limit)
}

// Scan is ReadLines from a reader that stands at offset.
func Scan(from io.Reader, offset int64, limit int) (lines []Line, next int64, torn int, err error) {
	next = offset
	most := int64(math.MaxInt64)
	if limit > 0 {
		most = mostPassed
	}
	for cut := newCutter(from, 4096); limit == 0 || len(lines) < limit; {
		line, n, err := cut.next(most)
		at := next
		if next += n; line == nil && n > 0 {
			torn++
		}
		switch {
		case err == io.EOF:
			return lines, next, torn, nil
		case err != nil:
			return lines, at, torn, err
		case line == nil && n >= most:
			return lines, next, torn, nil
		case line == nil:
			continue
		}
		rec, err := parseLine(line)
		if err != nil {
			torn++
			continue
		}
		lines = append(lines, Line{*rec, at, next, bytes.Clone(bytes.TrimSuffix(line, []byte("\n")))})
	}
	return lines, next, torn, nil
}

// Writer appends to the journal of one camera. It is not for concurrent use.
type Writer struct {
	Root   string // the recordings folder
	Camera string
	Try    segment.Try
	// OnAside, if set, is told the path of a journal that could not be read and was set aside.
	OnAside func(path string)

	day  string
	file *os.File
}

// Append writes records into the journal of the day that holds now (µs since 1970
// UTC) and returns once they are on disk. A journal that cannot be read is set aside, and a
// new one begun.
func (j *Writer) Append(now int64, records ...Record) error {
	if day := segment.Day(now); j.file == nil || j.day != day {
		if err := j.open(day); err != nil {
			return err
		}
	}
	var b []byte
	for _, r := range records {
		r.salt()
		line, err := r.line()
		if err != nil {
			return err
		}
		b = append(b, line...)
	}
	if err := j.Try.Ask("journal", j.file.Name()); err != nil {
		return err
	}
	if _, err := j.file.Write(b); err != nil {
		return err
	}
	return unix.Fdatasync(int(j.file.Fd()))
}

// ahead is how many days behind one whose journal is spoiled are tried.
const ahead = 7

// open opens the journal of a day. One that is spoiled is set aside, and where its disk does
// not let it go, the lines stand in the journal of a day behind: whose day it is does not
// matter to them.
func (j *Writer) open(day string) error {
	j.Close()
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return err
	}
	for n := range ahead + 1 {
		other := at.AddDate(0, 0, n).Format(time.DateOnly)
		f, wrong := j.openDay(other)
		if err = errors.Join(err, wrong); wrong == nil {
			j.day, j.file = day, f
			return nil
		}
		if !errors.Is(wrong, errStays) {
			return err
		}
	}
	return err
}

func (j *Writer) openDay(day string) (*os.File, error) {
	dir := filepath.Join(j.Root, j.Camera, day)
	if err := durable.MakeDir(j.Root, j.Camera, day); err != nil {
		return nil, err
	}
	f, err := appendable(filepath.Join(dir, FileName))
	if spoiled(err) {
		var aside string
		if aside, f, err = anew(dir, err); err == nil && j.OnAside != nil {
			j.OnAside(aside)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := durable.SyncDir(dir); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Close gives the file back. Append may be called again.
func (j *Writer) Close() {
	if j.file != nil {
		j.file.Close()
		j.file = nil
	}
}

// Text is the record as its line holds it, to tell whether two are the same.
func (r *Record) Text() string {
	b, err := json.Marshal(r)
	if err != nil {
		return "" // nothing in it can fail
	}
	return string(b)
}
