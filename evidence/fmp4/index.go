package fmp4

import (
	"fmt"
	"io"
)

// KeyPoint is a part that begins with a key frame: a place where decoding can start.
type KeyPoint struct {
	Time   uint64 // decoding time of the first video sample, ticks of the track
	Offset int64  // of the part's moof
}

// AppendIndex appends a movie fragment random access box (ISO/IEC 14496-12 8.8.9)
// for one track. It stands at the end of a closed segment and is no part of its
// identity: it can be made again from the parts. FFmpeg ignores it unless told to
// use it (-use_mfra_for), and then drops pictures where a GOP has several parts.
func AppendIndex(dst []byte, track int, points []KeyPoint) []byte {
	dst, mfra := open(dst, "mfra")
	dst, tfra := openFull(dst, "tfra", 1, 0)
	dst = be.AppendUint32(dst, uint32(track))
	dst = be.AppendUint32(dst, 0) // traf, trun and sample numbers of one byte each
	dst = be.AppendUint32(dst, uint32(len(points)))
	for _, p := range points {
		dst = be.AppendUint64(dst, p.Time)
		dst = be.AppendUint64(dst, uint64(p.Offset))
		dst = append(dst, 1, 1, 1)
	}
	dst = shut(dst, tfra)
	dst, mfro := openFull(dst, "mfro", 0, 0)
	dst = be.AppendUint32(dst, uint32(len(dst)+4-mfra))
	dst = shut(dst, mfro)
	return shut(dst, mfra)
}

// ReadIndex reads the index at the end of a file of size bytes. start is the
// offset at which it begins, which is where the parts end. Without an index it
// returns ErrTruncated: the file was never closed, and Scan must find the parts.
func ReadIndex(r io.ReaderAt, size int64) (track int, points []KeyPoint, start int64, err error) {
	var tail [16]byte
	if size < 16 {
		return 0, nil, 0, ErrTruncated
	}
	if err := readFull(r, tail[:], size-16); err != nil {
		return 0, nil, 0, err
	}
	if string(tail[4:8]) != "mfro" || be.Uint32(tail[:]) != 16 {
		return 0, nil, 0, ErrTruncated
	}
	n := int64(be.Uint32(tail[12:]))
	if n < 24 || n > size || n > 16<<20 {
		return 0, nil, 0, fmt.Errorf("%w: mfro", ErrMalformed)
	}
	start = size - n
	b := make([]byte, n)
	if err := readFull(r, b, start); err != nil {
		return 0, nil, 0, err
	}
	x, _, ok := nextBox(b)
	if !ok || x.kind != "mfra" {
		return 0, nil, 0, fmt.Errorf("%w: mfro points elsewhere", ErrMalformed)
	}
	tfra, ok := child(x.body, "tfra")
	if !ok || len(tfra) < 16 || tfra[0] != 1 || be.Uint32(tfra[8:]) != 0 {
		return 0, nil, 0, fmt.Errorf("%w: tfra", ErrMalformed)
	}
	track = int(be.Uint32(tfra[4:]))
	count := int(be.Uint32(tfra[12:]))
	tfra = tfra[16:]
	if count < 0 || count*19 != len(tfra) {
		return 0, nil, 0, fmt.Errorf("%w: tfra of %d entries", ErrMalformed, count)
	}
	points = make([]KeyPoint, count)
	last := int64(-1)
	for i := range points {
		points[i] = KeyPoint{be.Uint64(tfra), int64(be.Uint64(tfra[8:]))}
		if points[i].Offset <= last || points[i].Offset >= start {
			return 0, nil, 0, fmt.Errorf("%w: tfra offsets", ErrMalformed)
		}
		last = points[i].Offset
		tfra = tfra[19:]
	}
	return track, points, start, nil
}

// Scan walks the parts from offset on and calls f for each. end is the offset
// behind the last sound part; err is nil at a clean end or at an index,
// ErrTruncated or ErrMalformed where the file stops being sound, or f's error.
func Scan(r io.ReaderAt, offset, size int64, f func(*Part) error) (end int64, err error) {
	for {
		p, err := ReadPart(r, offset, size)
		if err == io.EOF {
			return offset, nil
		}
		if err != nil {
			return offset, err
		}
		if err := f(p); err != nil {
			return offset, err
		}
		offset = p.End()
	}
}

// Reference is one subsegment of a segment index: a run of bytes that begins
// with a key frame.
type Reference struct {
	Size     uint32 // bytes
	Duration uint32 // ticks
}

// AppendSegmentIndex appends a sidx box (ISO/IEC 14496-12 8.16.3) whose
// references follow it at once. At most 65,535 references fit.
//
// Make each subsegment one part, a whole GOP. The standard allows several parts
// in one, and parts without a key frame as subsegments; but libavformat (measured
// with FFmpeg 5.1) takes the parts listed for all that there are. With several
// parts a reference it drops pictures, with parts that begin on no key frame it
// seeks to pictures that cannot be decoded. Without a sidx it does neither.
func AppendSegmentIndex(dst []byte, track int, timescale uint32, earliest uint64, refs []Reference) []byte {
	dst, sidx := openFull(dst, "sidx", 1, 0)
	dst = be.AppendUint32(dst, uint32(track))
	dst = be.AppendUint32(dst, timescale)
	dst = be.AppendUint64(dst, earliest)
	dst = be.AppendUint64(dst, 0)
	dst = be.AppendUint16(dst, 0)
	dst = be.AppendUint16(dst, uint16(len(refs)))
	for _, r := range refs {
		dst = be.AppendUint32(dst, r.Size&0x7fffffff)
		dst = be.AppendUint32(dst, r.Duration)
		dst = be.AppendUint32(dst, 0x90000000) // starts with a SAP of type 1
	}
	return shut(dst, sidx)
}

// SegmentIndexSize is the number of bytes AppendSegmentIndex writes for n references.
func SegmentIndexSize(n int) int64 { return 40 + 12*int64(n) }
