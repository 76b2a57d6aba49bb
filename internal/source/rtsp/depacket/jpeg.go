package depacket

import (
	"encoding/binary"
	"fmt"
)

// JPEG puts RTP payloads of MJPEG (RFC 2435) together into JPEG files. The
// payload carries no headers; they are made from what the packets say, with the
// Huffman tables that the RFC prescribes.
type JPEG struct {
	// Unit receives a whole picture with its RTP timestamp.
	Unit    func(rtp uint32, data []byte)
	Dropped func() // told of a picture that was given up
	Bad     func() // told of a payload that cannot be understood
	// Width and Height are those of the description, for pictures of more than
	// 2040 samples, whose size the payload cannot say (3.1.5).
	Width, Height int

	open      bool
	timestamp uint32
	frame     []byte // header and scan so far
	head      int    // length of the header in frame
	room      int    // how large pictures have been lately
	tables    map[byte]quantizers
}

// quantizers are the tables of one picture: 8 or 16 bits a value.
type quantizers struct {
	data      []byte
	precision byte
}

const (
	jpegHeader   = 8
	staticTables = 100 // Q values from here on carry tables (3.1.4)
	carryTables  = 128
	changeTables = 255 // Q: tables that hold for this picture only
)

// Write takes the next payload in order. lost tells that packets are missing
// before it.
func (j *JPEG) Write(p Packet, lost bool) {
	if j.open && (lost || p.Timestamp != j.timestamp) {
		j.drop()
	}
	b := p.Payload
	if len(b) < jpegHeader {
		j.bad()
		return
	}
	offset := int(b[1])<<16 | int(b[2])<<8 | int(b[3])
	if !j.open && offset != 0 {
		return // its beginning is missing, which has been counted
	}
	data, interval, err := restart(b)
	if err == nil && offset == 0 {
		data, err = j.begin(b, data, interval)
		j.timestamp = p.Timestamp
	}
	switch {
	case err != nil:
		j.bad()
		return
	case len(j.frame)-j.head != offset || len(j.frame)+len(data) > MaxUnit:
		j.drop()
		return
	}
	j.frame = append(j.frame, data...)
	if p.Marker {
		j.deliver()
	}
}

func (j *JPEG) bad() {
	j.open, j.frame = false, nil
	j.Bad()
}

func (j *JPEG) drop() {
	j.open, j.frame = false, nil
	j.Dropped()
}

func (j *JPEG) deliver() {
	if n := len(j.frame); n-j.head < 2 || j.frame[n-2] != 0xff || j.frame[n-1] != 0xd9 {
		j.frame = append(j.frame, 0xff, 0xd9) // end of image: senders may leave it out
	}
	frame := j.frame
	j.open, j.frame, j.room = false, nil, len(frame)
	j.Unit(j.timestamp, frame)
}

// restart takes the main header off and, for types of 64 and more, the restart
// marker header (3.1.7). interval is 0 without restart markers.
func restart(b []byte) (data []byte, interval uint16, err error) {
	typ := b[4]
	if typ&^64 > 1 {
		return nil, 0, fmt.Errorf("depacket: JPEG of type %d", typ)
	}
	b = b[jpegHeader:]
	if typ < 64 {
		return b, 0, nil
	}
	if len(b) < 4 {
		return nil, 0, fmt.Errorf("depacket: restart header of %d bytes", len(b))
	}
	return b[4:], binary.BigEndian.Uint16(b), nil
}

// begin makes the header of a picture whose first payload is b, and gives the
// scan data in it.
func (j *JPEG) begin(b, data []byte, interval uint16) ([]byte, error) {
	if j.open {
		j.drop() // its marker never came
	}
	typ, q := b[4], b[5]
	width, height := 8*int(b[6]), 8*int(b[7])
	if width == 0 || height == 0 {
		width, height = j.Width, j.Height
	}
	if width <= 0 || height <= 0 || width > 1<<16-1 || height > 1<<16-1 {
		return nil, fmt.Errorf("depacket: JPEG of %d by %d", width, height)
	}
	t, data, err := j.quantizers(q, data)
	if err != nil {
		return nil, err
	}
	j.open = true
	j.frame = make([]byte, 0, max(j.room+j.room/8, 1024+len(data)))
	j.frame = header(j.frame, typ&^64, width, height, t, interval)
	j.head = len(j.frame)
	return data, nil
}

// quantizers finds the tables of a Q value (3.1.4, 3.1.8).
func (j *JPEG) quantizers(q byte, data []byte) (t quantizers, rest []byte, err error) {
	switch {
	case q == 0 || q >= staticTables && q < carryTables:
		return t, nil, fmt.Errorf("depacket: JPEG with Q %d", q)
	case q < staticTables:
		return scaled(int(q)), data, nil
	case len(data) < 4:
		return t, nil, fmt.Errorf("depacket: quantization header of %d bytes", len(data))
	}
	n := int(binary.BigEndian.Uint16(data[2:]))
	t.precision, rest = data[1], data[4:]
	if n > len(rest) {
		return t, nil, fmt.Errorf("depacket: quantization tables of %d bytes", n)
	}
	if n == 0 { // those that came before for this Q
		t, ok := j.tables[q]
		if !ok || q == changeTables {
			return t, nil, fmt.Errorf("depacket: no quantization tables for Q %d", q)
		}
		return t, rest, nil
	}
	if n < t.size(0) {
		return t, nil, fmt.Errorf("depacket: quantization tables of %d bytes", n)
	}
	t.data, rest = append([]byte(nil), rest[:n]...), rest[n:]
	if j.tables == nil {
		j.tables = map[byte]quantizers{}
	}
	j.tables[q] = t // at most 128 of them
	return t, rest, nil
}

// size is how many bytes table i has.
func (t quantizers) size(i int) int { return 64 << (t.precision >> i & 1) }

// scaled are the tables of annex K of ITU-T T.81, scaled as the IJG library does
// (RFC 2435 appendix A), in zigzag order.
func scaled(q int) quantizers {
	scale := 200 - 2*q
	if q < 50 {
		scale = 5000 / q
	}
	out := make([]byte, 128)
	for i, v := range jpegQuantizers {
		out[i] = byte(min(max((int(v)*scale+50)/100, 1), 255))
	}
	return quantizers{data: out}
}

// header appends what stands before the scan: RFC 2435 appendix B.
func header(b []byte, typ byte, width, height int, t quantizers, interval uint16) []byte {
	b = append(b, 0xff, 0xd8)
	count := byte(0)
	for d := t.data; count < 2 && len(d) >= t.size(int(count)); count++ {
		n := t.size(int(count))
		b = append(b, 0xff, 0xdb, 0, byte(3+n), t.precision>>count&1<<4|count)
		b = append(b, d[:n]...)
		d = d[n:]
	}
	if interval != 0 {
		b = append(b, 0xff, 0xdd, 0, 4, byte(interval>>8), byte(interval))
	}
	sampling := byte(0x21) // 4:2:2
	if typ == 1 {
		sampling = 0x22 // 4:2:0
	}
	chroma := count - 1
	b = append(b, 0xff, 0xc0, 0, 17, 8, byte(height>>8), byte(height), byte(width>>8), byte(width), 3,
		1, sampling, 0, 2, 0x11, chroma, 3, 0x11, chroma)
	for _, h := range jpegHuffman {
		b = append(b, 0xff, 0xc4, 0, byte(3+len(h.table)), h.class)
		b = append(b, h.table...)
	}
	return append(b, 0xff, 0xda, 0, 12, 3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0)
}
