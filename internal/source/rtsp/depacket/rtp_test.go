package depacket

import (
	"bytes"
	"testing"

	"github.com/pion/rtp"
	"pgregory.net/rapid"
)

func TestSequence(t *testing.T) {
	var s Sequence
	type take struct {
		seq   uint16
		lost  int
		stale bool
	}
	for i, c := range []take{
		{65533, 0, false}, {65534, 0, false}, {65535, 0, false}, {0, 0, false}, {3, 2, false},
		{3, 0, true}, {1, 0, true}, {4, 0, false}, {30000, 1, false}, {30001, 0, false},
	} {
		lost, stale := s.Take(Packet{Sequence: c.seq, SSRC: 7})
		if lost != c.lost || stale != c.stale {
			t.Errorf("packet %d: lost %d, stale %v; want %d, %v", i, lost, stale, c.lost, c.stale)
		}
	}
	ssrc, highest, lost, ok := s.Report()
	if ssrc != 7 || highest != 1<<16+30001 || lost != 3 || !ok {
		t.Errorf("report %d %d %d %v", ssrc, highest, lost, ok)
	}
	if lost, stale := s.Take(Packet{Sequence: 5, SSRC: 8}); lost != 0 || stale {
		t.Error("a new sender begins anew")
	}
}

// FuzzParse compares with another implementation.
func FuzzParse(f *testing.F) {
	f.Add([]byte("\x80\xe0\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03payload"))
	f.Add([]byte("\xb1\x60\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03cccc\xbe\xde\x00\x01\x10\x00\x00\x00x\x00\x02"))
	f.Fuzz(func(t *testing.T, in []byte) {
		p, ok := Parse(in)
		var q rtp.Packet
		if err := q.Unmarshal(bytes.Clone(in)); err != nil || q.Version != 2 || !ok {
			return // pion also parses the extensions and refuses bad ones
		}
		if p.Sequence != q.SequenceNumber || p.Timestamp != q.Timestamp || p.Marker != q.Marker || p.SSRC != q.SSRC || p.PayloadType != q.PayloadType || !bytes.Equal(p.Payload, q.Payload) {
			t.Errorf("%+v, want %+v", p, q)
		}
	})
}

func TestParseWellFormed(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		q := rtp.Packet{Header: rtp.Header{
			Version: 2, Marker: rapid.Bool().Draw(rt, "marker"), PayloadType: rapid.ByteRange(0, 127).Draw(rt, "type"),
			SequenceNumber: rapid.Uint16().Draw(rt, "seq"), Timestamp: rapid.Uint32().Draw(rt, "ts"), SSRC: rapid.Uint32().Draw(rt, "ssrc"),
			CSRC: rapid.SliceOfN(rapid.Uint32(), 0, 15).Draw(rt, "csrc"),
		}, Payload: rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(rt, "payload")}
		b, err := q.Marshal()
		if err != nil {
			rt.Fatal(err)
		}
		p, ok := Parse(b)
		if !ok || p.Sequence != q.SequenceNumber || p.Timestamp != q.Timestamp || p.Marker != q.Marker || p.PayloadType != q.PayloadType || !bytes.Equal(p.Payload, q.Payload) {
			rt.Fatalf("%+v of %x", p, b)
		}
	})
	for _, bad := range []string{"", "\x80", "\x40\x60aaaaaaaaaaaa", "\xa0\x60\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\xff", "\x90\x60\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\xff\xff", "\x8f\x60\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03"} {
		if _, ok := Parse([]byte(bad)); ok {
			t.Errorf("%x was accepted", bad)
		}
	}
}
