package recording

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"watchroom/evidence/leaf"
	"watchroom/internal/media"
)

// Kinds of journal records.
const (
	KindStart   = "start" // the recorder of this camera began to work
	KindStop    = "stop"  // it ended in good order
	KindRun     = "run"   // pictures come: the first segment of a run was opened
	KindSegment = "seg"   // a segment was closed, or made whole after a crash
	KindGap     = "gap"   // from At on there is no picture, because of Cause
)

// Record is one line of a camera's journal.
type Record struct {
	Kind   string      `json:"k"`
	At     int64       `json:"at,omitempty"` // µs since 1970 UTC
	Cause  media.Cause `json:"cause,omitempty"`
	Detail string      `json:"detail,omitempty"`
	Run    string      `json:"run,omitempty"`
	*Segment
}

// Segment is what the journal tells of a closed segment, enough for the catalogue.
type Segment struct {
	File      string `json:"file"` // below the recordings folder
	Start     int64  `json:"start"`
	End       int64  `json:"end"`
	Bytes     int64  `json:"bytes"`
	Parts     int    `json:"parts"`
	Frames    int    `json:"frames"` // of video; of audio where there is no video
	Root      string `json:"root"`   // hex of the Merkle root (leaf.Root)
	Codec     string `json:"codec"`
	MIME      string `json:"mime"` // codecs parameter of RFC 6381, comma separated
	Width     int    `json:"width,omitempty"`
	Height    int    `json:"height,omitempty"`
	Audio     string `json:"audio,omitempty"`
	Recovered bool   `json:"recovered,omitempty"`
}

// RootHash is Root as bytes; ok is false where it is not one.
func (s *Segment) RootHash() (h leaf.Hash, ok bool) {
	n := 0
	for ; n < len(h) && 2*n+2 <= len(s.Root); n++ {
		v, err := strconv.ParseUint(s.Root[2*n:2*n+2], 16, 8)
		if err != nil {
			return h, false
		}
		h[n] = byte(v)
	}
	return h, n == len(h) && len(s.Root) == 2*len(h)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (r *Record) line() ([]byte, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(b, castagnoli), b), nil
}

// errTorn marks a line that was not written whole.
var errTorn = errors.New("recording: torn journal line")

func parseLine(b []byte) (*Record, error) {
	sum, body, ok := bytes.Cut(bytes.TrimSuffix(b, []byte("\n")), []byte(" "))
	if !ok {
		return nil, errTorn
	}
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if err != nil || len(sum) != 8 || crc32.Checksum(body, castagnoli) != uint32(want) {
		return nil, errTorn
	}
	var r Record
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, errTorn
	}
	return &r, nil
}

// ReadJournal reads whole records of a journal file from offset on, at most limit
// of them (0: all). next is the offset behind the last line read. A line that was
// torn by a crash and is followed by others is skipped and counted; at the end of
// the file it is left for a later call, since it may still be growing.
func ReadJournal(path string, offset int64, limit int) (records []Record, next int64, torn int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, offset, 0, err
	}
	defer f.Close()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return nil, offset, 0, err
	}
	next = offset
	r := bufio.NewReader(f)
	for limit == 0 || len(records) < limit {
		line, err := r.ReadBytes('\n')
		if err == io.EOF {
			return records, next, torn, nil
		}
		if err != nil {
			return records, next, torn, err
		}
		next += int64(len(line))
		rec, err := parseLine(line)
		if err != nil {
			torn++
			continue
		}
		records = append(records, *rec)
	}
	return records, next, torn, nil
}

// journal appends to the journal of one camera. It belongs to the goroutine that
// writes the camera's segments.
type journal struct {
	volume *Volume
	camera string
	day    string
	file   *os.File
}

// append writes records and returns once they are on disk.
func (j *journal) append(now int64, records ...Record) error {
	if day := Day(now); j.file == nil || j.day != day {
		if err := j.open(day); err != nil {
			return err
		}
	}
	var b []byte
	for i := range records {
		line, err := records[i].line()
		if err != nil {
			return err
		}
		b = append(b, line...)
	}
	if err := j.volume.try("journal", j.file.Name()); err != nil {
		return err
	}
	if _, err := j.file.Write(b); err != nil {
		return err
	}
	return unix.Fdatasync(int(j.file.Fd()))
}

func (j *journal) open(day string) error {
	j.close()
	dir := filepath.Join(j.volume.Root, j.camera, day)
	if err := makeDir(j.volume.Root, j.camera, day); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, JournalName), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	// A line torn by a crash must not swallow the next one.
	if size, err := f.Seek(0, io.SeekEnd); err == nil && size > 0 {
		var last [1]byte
		if _, err := f.ReadAt(last[:], size-1); err == nil && last[0] != '\n' {
			if _, err := f.Write([]byte("\n")); err != nil {
				f.Close()
				return err
			}
		}
	}
	if err := syncDir(dir); err != nil {
		f.Close()
		return err
	}
	j.day, j.file = day, f
	return nil
}

func (j *journal) close() {
	if j.file != nil {
		j.file.Close()
		j.file = nil
	}
}

// makeDir makes root/camera/day durable level by level.
func makeDir(root string, names ...string) error {
	dir := root
	for _, n := range names {
		parent := dir
		dir = filepath.Join(dir, n)
		err := os.Mkdir(dir, 0o750)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := syncDir(parent); err != nil {
			return err
		}
	}
	return nil
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
