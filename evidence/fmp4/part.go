package fmp4

import (
	"errors"
	"fmt"
	"io"
)

// maxMoof bounds the memory that a hostile size field can ask for. A part of the
// recorder spans at most 0.7 s; a moof of this size describes 60,000 samples.
const maxMoof = 1 << 20

// maxBareSamples is the most samples a trun without a field per sample may have.
const maxBareSamples = 1 << 10

// Part is one moof with its mdat as it stands in a file.
type Part struct {
	Offset   int64 // of the moof
	HeadSize int64 // moof and the header of mdat: the samples begin after it
	Size     int64 // moof and mdat
	Sequence uint32
	Tracks   []TrackFragment
	first    []int64 // offset of each track's first sample from the moof
}

// Track finds the fragment of a track.
func (p *Part) Track(id int) *TrackFragment {
	for i := range p.Tracks {
		if p.Tracks[i].TrackID == id {
			return &p.Tracks[i]
		}
	}
	return nil
}

// First is where the first sample of a track begins, in bytes from the part's
// beginning; 0 where the part holds nothing of it.
func (p *Part) First(track int) int64 {
	for i := range p.Tracks {
		if p.Tracks[i].TrackID == track {
			return p.first[i]
		}
	}
	return 0
}

// End is the offset behind the part.
func (p *Part) End() int64 { return p.Offset + p.Size }

// Samples attaches to every sample its bytes out of the whole part.
func (p *Part) Samples(whole []byte) error {
	if int64(len(whole)) < p.Size {
		return ErrTruncated
	}
	for i := range p.Tracks {
		at := p.first[i]
		for j := range p.Tracks[i].Samples {
			s := &p.Tracks[i].Samples[j]
			end := at + int64(s.Size)
			if at < p.HeadSize || end > p.Size {
				return fmt.Errorf("%w: a sample lies outside its part", ErrMalformed)
			}
			s.Data = whole[at:end:end]
			at = end
		}
	}
	return nil
}

// ReadPart reads the part that begins at offset. Boxes other than moof and mdat
// at that place are skipped. It returns io.EOF where nothing more begins,
// ErrTruncated where a part is not complete within size bytes, ErrMalformed where
// the bytes cannot be a part. size is that of the file or of its sound portion.
func ReadPart(r io.ReaderAt, offset, size int64) (*Part, error) {
	for {
		kind, n, head, err := readHeader(r, offset, size)
		if err != nil {
			return nil, err
		}
		switch kind {
		case "moof":
			return readPart(r, offset, size, n, head)
		case "mfra":
			return nil, io.EOF
		case "mdat":
			return nil, fmt.Errorf("%w: mdat without moof", ErrMalformed)
		}
		offset += n
	}
}

// readHeader reads a box header and checks that the box ends within size.
func readHeader(r io.ReaderAt, offset, size int64) (kind string, n, head int64, err error) {
	if offset == size {
		return "", 0, 0, io.EOF
	}
	if size-offset < 8 {
		return "", 0, 0, ErrTruncated
	}
	var b [16]byte
	if err := readFull(r, b[:8], offset); err != nil {
		return "", 0, 0, err
	}
	n, head = int64(be.Uint32(b[:])), 8
	for _, c := range b[4:8] {
		if c < 0x20 || c > 0x7e {
			return "", 0, 0, fmt.Errorf("%w: no box at byte %d", ErrMalformed, offset)
		}
	}
	if n == 1 {
		if size-offset < 16 {
			return "", 0, 0, ErrTruncated
		}
		if err := readFull(r, b[8:], offset+8); err != nil {
			return "", 0, 0, err
		}
		n, head = int64(be.Uint64(b[8:])), 16
	}
	if n < head {
		return "", 0, 0, fmt.Errorf("%w: box of %d bytes at byte %d", ErrMalformed, n, offset)
	}
	if n > size-offset {
		return "", 0, 0, ErrTruncated
	}
	return string(b[4:8]), n, head, nil
}

func readFull(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrTruncated
	}
	return err
}

func readPart(r io.ReaderAt, offset, size, n, head int64) (*Part, error) {
	if n > maxMoof {
		return nil, fmt.Errorf("%w: moof of %d bytes", ErrMalformed, n)
	}
	moof := make([]byte, n)
	if err := readFull(r, moof, offset); err != nil {
		return nil, err
	}
	kind, data, dataHead, err := readHeader(r, offset+n, size)
	switch {
	case errors.Is(err, io.EOF):
		return nil, ErrTruncated
	case err != nil:
		return nil, err
	case kind != "mdat":
		return nil, fmt.Errorf("%w: %s after moof", ErrMalformed, kind)
	}
	p := &Part{Offset: offset, HeadSize: n + dataHead, Size: n + data}
	if err := p.readMoof(moof[head:]); err != nil {
		return nil, err
	}
	for i := range p.Tracks {
		at := p.first[i]
		for j := range p.Tracks[i].Samples {
			at += int64(p.Tracks[i].Samples[j].Size)
		}
		if p.first[i] < p.HeadSize || at > p.Size {
			return nil, fmt.Errorf("%w: samples reach outside the part at byte %d", ErrMalformed, offset)
		}
	}
	return p, nil
}

// ParsePart reads a part that is wholly in memory, with its samples' bytes.
func ParsePart(b []byte) (*Part, error) {
	p, err := ReadPart(memory(b), 0, int64(len(b)))
	if err != nil {
		return nil, err
	}
	return p, p.Samples(b[p.Offset:])
}

type memory []byte

func (m memory) ReadAt(b []byte, at int64) (int, error) {
	if at < 0 || at > int64(len(m)) {
		return 0, io.EOF
	}
	n := copy(b, m[at:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (p *Part) readMoof(b []byte) error {
	mfhd, ok := child(b, "mfhd")
	if !ok || len(mfhd) < 8 {
		return fmt.Errorf("%w: no mfhd", ErrMalformed)
	}
	p.Sequence = be.Uint32(mfhd[4:])
	for len(b) > 0 {
		x, rest, ok := nextBox(b)
		if !ok {
			return fmt.Errorf("%w: a box reaches outside its moof", ErrMalformed)
		}
		if x.kind == "traf" {
			if len(p.Tracks) == 16 {
				return fmt.Errorf("%w: more than 16 tracks", ErrMalformed)
			}
			if err := p.readTraf(x.body); err != nil {
				return err
			}
		}
		b = rest
	}
	if len(p.Tracks) == 0 {
		return fmt.Errorf("%w: moof without traf", ErrMalformed)
	}
	return nil
}

func (p *Part) readTraf(b []byte) error {
	tfhd, ok := child(b, "tfhd")
	if !ok || len(tfhd) < 8 {
		return fmt.Errorf("%w: no tfhd", ErrMalformed)
	}
	flags := be.Uint32(tfhd) & 0xffffff
	f := TrackFragment{TrackID: int(be.Uint32(tfhd[4:])), Description: 1}
	var duration, sampleSize, sampleFlags uint32
	at := 8
	if flags&1 != 0 {
		return fmt.Errorf("%w: base data offset", ErrMalformed) // only default-base-is-moof is written
	}
	for _, o := range []struct {
		flag uint32
		into *uint32
	}{{2, &f.Description}, {8, &duration}, {16, &sampleSize}, {32, &sampleFlags}} {
		if flags&o.flag == 0 {
			continue
		}
		if len(tfhd) < at+4 {
			return fmt.Errorf("%w: short tfhd", ErrMalformed)
		}
		*o.into = be.Uint32(tfhd[at:])
		at += 4
	}
	tfdt, ok := child(b, "tfdt")
	switch {
	case ok && len(tfdt) >= 12 && tfdt[0] == 1:
		f.BaseTime = be.Uint64(tfdt[4:])
	case ok && len(tfdt) >= 8 && tfdt[0] == 0:
		f.BaseTime = uint64(be.Uint32(tfdt[4:]))
	default:
		return fmt.Errorf("%w: no tfdt", ErrMalformed)
	}
	trun, ok := child(b, "trun")
	if !ok || len(trun) < 8 || count(b, "trun") != 1 {
		return fmt.Errorf("%w: not one trun", ErrMalformed)
	}
	first, err := readTrun(&f, trun, duration, sampleSize, sampleFlags)
	if err != nil {
		return err
	}
	p.Tracks = append(p.Tracks, f)
	p.first = append(p.first, first)
	return nil
}

func readTrun(f *TrackFragment, b []byte, duration, size, sampleFlags uint32) (first int64, err error) {
	short := fmt.Errorf("%w: short trun", ErrMalformed)
	flags := be.Uint32(b) & 0xffffff
	n := int(be.Uint32(b[4:]))
	b = b[8:]
	if flags&1 == 0 || len(b) < 4 {
		return 0, short
	}
	first = int64(int32(be.Uint32(b)))
	b = b[4:]
	firstFlags, hasFirst := uint32(0), flags&4 != 0
	if hasFirst {
		if len(b) < 4 {
			return 0, short
		}
		firstFlags, b = be.Uint32(b), b[4:]
	}
	each := 0
	for _, flag := range []uint32{0x100, 0x200, 0x400, 0x800} {
		if flags&flag != 0 {
			each += 4
		}
	}
	// Samples that take everything from the defaults cost no byte; the bound is
	// what keeps a small moof from asking for much memory.
	if each == 0 && n > maxBareSamples || each*n > len(b) {
		return 0, short
	}
	f.Samples = make([]Sample, n)
	for i := range f.Samples {
		s := &f.Samples[i]
		s.Duration, s.Size = duration, size
		fl := sampleFlags
		if hasFirst && i == 0 {
			fl = firstFlags
		}
		if flags&0x100 != 0 {
			s.Duration, b = be.Uint32(b), b[4:]
		}
		if flags&0x200 != 0 {
			s.Size, b = be.Uint32(b), b[4:]
		}
		if flags&0x400 != 0 {
			fl, b = be.Uint32(b), b[4:]
		}
		if flags&0x800 != 0 {
			s.Offset, b = int32(be.Uint32(b)), b[4:]
		}
		s.Key = fl&0x00010000 == 0
	}
	return first, nil
}

// Rebase changes a part's head in place: delta ticks, by track id, are added to
// each decoding time, and description replaces the sample description index
// where it is not 0. head must hold the whole moof as AppendHead lays it out; on
// an error nothing has been changed.
func Rebase(head []byte, delta func(track int) int64, description uint32, sequence uint32) error {
	x, _, ok := nextBox(head)
	if !ok || x.kind != "moof" {
		return fmt.Errorf("%w: no moof", ErrMalformed)
	}
	mfhd, ok := child(x.body, "mfhd")
	if !ok || len(mfhd) < 8 {
		return fmt.Errorf("%w: no mfhd", ErrMalformed)
	}
	type place struct{ tfhd, tfdt []byte }
	places := make([]place, 0, 16)
	for b := x.body; len(b) > 0; {
		c, rest, ok := nextBox(b)
		if !ok || len(places) == 16 {
			return fmt.Errorf("%w: moof is not of our layout", ErrMalformed)
		}
		if c.kind == "traf" {
			tfhd, ok1 := child(c.body, "tfhd")
			tfdt, ok2 := child(c.body, "tfdt")
			// Sample description index present and no base data offset before it.
			if !ok1 || !ok2 || len(tfhd) < 12 || tfhd[3]&3 != 2 || len(tfdt) < 12 || tfdt[0] != 1 {
				return fmt.Errorf("%w: traf is not of our layout", ErrMalformed)
			}
			places = append(places, place{tfhd, tfdt})
		}
		b = rest
	}
	be.PutUint32(mfhd[4:], sequence)
	for _, p := range places {
		if description != 0 {
			be.PutUint32(p.tfhd[8:], description)
		}
		be.PutUint64(p.tfdt[4:], be.Uint64(p.tfdt[4:])+uint64(delta(int(be.Uint32(p.tfhd[4:])))))
	}
	return nil
}
