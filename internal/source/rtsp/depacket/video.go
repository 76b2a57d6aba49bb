package depacket

import (
	"bytes"
	"encoding/binary"

	"watchroom/internal/media"
	"watchroom/internal/source/nal"
)

// Limits against streams that mean harm.
const (
	MaxUnit    = 16 << 20 // bytes of one access unit
	maxPrefix  = 1 << 20  // bytes of NAL units before a picture
	probeUnits = 50       // units in which start codes are searched for everywhere
)

// Video depacketises H.264 or H.265.
type Video struct {
	Codec media.Codec // H264 or H265
	// Unit receives a whole access unit, which is the receiver's from then on, with
	// its RTP timestamp.
	Unit func(rtp uint32, data []byte)
	// Dropped is told of an access unit that was given up.
	Dropped func()
	// Bad is told of a payload that cannot be understood.
	Bad func()

	buf       []byte // the access unit being put together
	open      int    // where the length of the unfinished NAL unit stands, -1 if there is none
	picture   bool   // buf holds a slice that is whole
	damaged   bool   // something of this picture was lost
	timestamp uint32
	filled    bool // buf belongs to timestamp

	// Some cameras set the marker on every packet that ends a slice, or on
	// parameter sets. Then only a new timestamp or a first slice ends a picture.
	lastEnd      uint32
	ended        bool // lastEnd is valid: a unit with that timestamp has been delivered
	markerLies   bool
	units        int  // delivered
	startCodes   bool // NAL units contain start codes: a muxer forgot to take them off
	room, roomRA int  // how large units have been lately: others, and those with parameter sets

	spare []byte // where the next access unit is put together, if that is a small one
}

// maxSpare bounds the buffer that is kept to put small access units together.
// Those are handed out as copies without room to spare: what waits for the disk is
// most of a recorder's memory, and pictures differ in size.
const maxSpare = 64 << 10

// Write takes the next payload in order. lost tells that packets are missing
// before it.
func (v *Video) Write(p Packet, lost bool) {
	if lost {
		v.damage()
	}
	if v.filled && p.Timestamp != v.timestamp {
		v.deliver(false)
	}
	if !v.filled {
		v.timestamp, v.filled = p.Timestamp, true
		if v.buf == nil {
			v.open = -1
		}
	}
	if len(p.Payload) > 0 {
		if v.Codec == media.H265 {
			v.h265(p.Payload)
		} else {
			v.h264(p.Payload)
		}
	}
	if p.Marker && !v.markerLies && v.open < 0 {
		v.deliver(true)
	}
}

// Flush delivers what is whole at the end of a stream.
func (v *Video) Flush() {
	if v.filled {
		v.deliver(false)
	}
}

// damage leaves out the NAL unit that was being put together.
func (v *Video) damage() {
	if v.filled {
		v.damaged = true
	}
	if v.open >= 0 && v.buf != nil {
		v.buf = v.buf[:v.open]
		v.open = -1
	}
}

// deliver ends the access unit. Parameter sets and SEI without a picture stay and
// become the beginning of the next one.
func (v *Video) deliver(marked bool) {
	if v.open >= 0 {
		v.damaged = true // its last fragment never came
		v.buf, v.open = v.buf[:v.open], -1
	}
	v.filled = false
	if !v.picture {
		if v.damaged || len(v.buf) > maxPrefix {
			if v.damaged {
				v.Dropped()
			}
			v.buf = nil
		}
		v.damaged = false
		if marked && len(v.buf) > 0 {
			v.filled = true // the picture may follow with the same timestamp
		}
		return
	}
	data := v.buf
	v.buf, v.picture, v.damaged = nil, false, false
	v.lastEnd, v.ended = v.timestamp, marked
	v.units++
	v.learn(len(data))
	if cap(data) <= maxSpare {
		v.spare = data[:0]
		data = bytes.Clone(data)
	}
	v.Unit(v.timestamp, data)
}

// learn keeps the sizes that the next buffers are made with: the largest of late,
// slowly forgotten.
func (v *Video) learn(n int) {
	room := &v.room
	if n > 4*v.room && v.room > 0 {
		room = &v.roomRA
	}
	if n > *room {
		*room = n
	} else {
		*room -= (*room - n) / 16
	}
}

// begin opens a NAL unit whose first bytes are head. It reports false if there is
// no room for it.
func (v *Video) begin(head []byte) bool {
	kind := nal.KindOf(v.Codec, head)
	if kind == nal.Slice || kind == nal.Random {
		v.newPicture(head)
	}
	if v.buf == nil {
		room := v.room
		switch kind {
		case nal.Random, nal.SPS, nal.VPS, nal.PPS:
			room = max(room, v.roomRA)
		case nal.Other, nal.Slice, nal.SEI, nal.Delimiter:
		}
		if room = max(room+room/8, len(head)+256); room <= cap(v.spare) {
			v.buf, v.spare = v.spare, nil
		} else {
			v.buf = make([]byte, 0, room)
		}
	}
	v.open = len(v.buf)
	v.buf = append(v.buf, 0, 0, 0, 0)
	return v.grow(head)
}

// newPicture looks at a slice that comes although the marker had ended a picture
// with this timestamp. As the first slice of a picture it is a new one (a camera
// whose timestamps stand still); otherwise the marker lies.
func (v *Video) newPicture(head []byte) {
	first := nal.FirstSlice(v.Codec, head)
	if v.ended && v.lastEnd == v.timestamp && !v.picture && !first {
		v.markerLies = true
	}
	if v.markerLies && v.picture && first && len(head) > nal.HeaderSize(v.Codec) {
		v.deliver(false)
		v.filled = true
	}
}

func (v *Video) grow(b []byte) bool {
	if len(v.buf)+len(b) > MaxUnit {
		v.buf, v.open, v.picture, v.damaged = nil, -1, false, false
		v.Dropped()
		return false
	}
	v.buf = append(v.buf, b...)
	return true
}

// end closes the NAL unit that is open.
func (v *Video) end() {
	n := v.buf[v.open+4:]
	if len(n) < nal.HeaderSize(v.Codec) {
		v.buf, v.open = v.buf[:v.open], -1
		return
	}
	kind := nal.KindOf(v.Codec, n)
	if v.suspect(kind, n) {
		v.splitOpen()
		return
	}
	binary.BigEndian.PutUint32(v.buf[v.open:], uint32(len(n)))
	v.picture = v.picture || kind == nal.Slice || kind == nal.Random
	v.open = -1
}

// suspect tells whether the NAL unit may hold start codes, which cannot occur in
// a true one (H.264 7.4.1.1, H.265 7.4.2.3). Looking through every slice would
// cost more than all else; so slices are searched in a stream's first units only,
// and the rest always, where vendors hide whole key frames behind an SPS.
func (v *Video) suspect(kind nal.Kind, n []byte) bool {
	if !v.startCodes {
		if (kind == nal.Slice || kind == nal.Random) && v.units >= probeUnits && n[0] != 0 {
			return false
		}
		if i := bytes.Index(n, startCode); i < 0 || i+3 == len(n) {
			return false
		}
		v.startCodes = true
	}
	return bytes.Contains(n, startCode)
}

var startCode = []byte{0, 0, 1}

// splitOpen replaces the open NAL unit by the ones between its start codes.
func (v *Video) splitOpen() {
	whole := bytes.Clone(v.buf[v.open+4:])
	v.buf, v.open = v.buf[:v.open], -1
	for len(whole) > 0 {
		i := bytes.Index(whole, startCode)
		n := whole
		if i >= 0 {
			n, whole = whole[:i], whole[i+3:]
		} else {
			whole = nil
		}
		n = bytes.TrimRight(n, "\x00")
		if len(n) < nal.HeaderSize(v.Codec) {
			continue
		}
		if !v.begin(n) {
			return
		}
		kind := nal.KindOf(v.Codec, n)
		binary.BigEndian.PutUint32(v.buf[v.open:], uint32(len(n)))
		v.picture = v.picture || kind == nal.Slice || kind == nal.Random
		v.open = -1
	}
}

// single takes a payload that is one NAL unit.
func (v *Video) single(n []byte) {
	v.abandon()
	if v.begin(n) {
		v.end()
	}
}

// abandon leaves out a NAL unit whose last fragment never came.
func (v *Video) abandon() {
	if v.open >= 0 {
		v.damage()
	}
}
