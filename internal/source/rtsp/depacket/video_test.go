package depacket

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/bluenviron/gortsplib/v5/pkg/format/rtph264"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtph265"
	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtp"
	"pgregory.net/rapid"

	"watchroom/internal/media"
	"watchroom/internal/source/nal"
)

type result struct {
	units   []string // "timestamp: nal nal", in hex
	dropped int
	bad     int
}

func newVideo(codec media.Codec) (*Video, *result) {
	r := &result{}
	return &Video{
		Codec: codec,
		Unit: func(ts uint32, data []byte) {
			s := fmt.Sprintf("%d:", ts)
			size := 0
			for n := range nal.All(data) {
				s += fmt.Sprintf(" %x", n)
				size += 4 + len(n)
			}
			if size != len(data) {
				s += " malformed"
			}
			r.units = append(r.units, s)
		},
		Dropped: func() { r.dropped++ },
		Bad:     func() { r.bad++ },
	}, r
}

// step is one packet: timestamp, payload, marker, and whether packets are missing
// before it.
type step struct {
	ts     uint32
	p      string
	marker bool
	lost   bool
}

func TestVideo(t *testing.T) {
	const (
		h4, h5 = media.H264, media.H265
		idr    = "\x65\x88\x11\x12"
		slice  = "\x41\x9a\x21\x22"
		second = "\x41\x40\x23\x24" // first_mb_in_slice is not 0
		sps    = "\x67\x42\x00\x1e"
		pps    = "\x68\xce\x38"
		sei    = "\x06\x05\x01\xaa\x80"
		start  = "\x00\x00\x00\x01"
	)
	cases := []struct {
		name    string
		codec   media.Codec
		in      []step
		units   []string
		dropped int
		bad     int
	}{
		{"single", h4, []step{{1, idr, true, false}, {2, slice, true, false}}, []string{"1: 65881112", "2: 419a2122"}, 0, 0},
		{"several of one picture", h4, []step{{1, sps, false, false}, {1, pps, false, false}, {1, sei, false, false}, {1, idr, true, false}}, []string{"1: 6742001e 68ce38 060501aa80 65881112"}, 0, 0},
		{"STAP-A", h4, []step{{1, "\x78\x00\x04" + sps + "\x00\x03" + pps + "\x00\x04" + idr, true, false}}, []string{"1: 6742001e 68ce38 65881112"}, 0, 0},
		{"STAP-A padded", h4, []step{{1, "\x78\x00\x04" + idr + "\x00\x00\x00", true, false}}, []string{"1: 65881112"}, 0, 0},
		{"STAP-A cut short", h4, []step{{1, "\x78\x00\x04" + idr + "\x00\x09x", true, false}}, []string{"1: 65881112"}, 0, 1},
		{"FU-A", h4, []step{{1, "\x7c\x85\x88\x11", false, false}, {1, "\x7c\x05\x12", false, false}, {1, "\x7c\x45\x13", true, false}}, []string{"1: 6588111213"}, 0, 0},
		{"FU-A in one packet", h4, []step{{1, "\x5c\xc1\x9a\x21", true, false}}, []string{"1: 419a21"}, 0, 0},
		{"FU-A too short", h4, []step{{1, "\x5c\xc1", true, false}, {2, slice, true, false}}, []string{"2: 419a2122"}, 1, 1},
		{"FU-A without a beginning", h4, []step{{1, "\x7c\x05\x12", false, false}, {1, "\x7c\x45\x13", true, false}, {2, slice, true, false}}, []string{"2: 419a2122"}, 1, 0},
		{"FU-A without an end", h4, []step{{1, "\x7c\x85\x88\x11", false, false}, {2, slice, true, false}}, []string{"2: 419a2122"}, 1, 0},
		{"packet lost in FU-A", h4, []step{{1, "\x7c\x85\x88\x11", false, false}, {1, "\x7c\x45\x13", true, true}, {2, slice, true, false}}, []string{"2: 419a2122"}, 1, 0},
		{"one of two slices lost", h4, []step{{1, slice, false, false}, {1, "\x5c\x81\x40\x11", false, false}, {1, "\x5c\x41\x13", true, true}}, []string{"1: 419a2122"}, 0, 0},
		{"marker lost", h4, []step{{1, slice, false, false}, {2, slice, true, true}}, []string{"1: 419a2122", "2: 419a2122"}, 0, 0},
		{"no markers", h4, []step{{1, slice, false, false}, {2, slice, false, false}, {3, slice, false, false}}, []string{"1: 419a2122", "2: 419a2122", "3: 419a2122"}, 0, 0},
		{"marker on parameter sets", h4, []step{{1, sps, true, false}, {1, pps, true, false}, {1, idr, true, false}}, []string{"1: 6742001e 68ce38 65881112"}, 0, 0},
		{"parameter sets with a timestamp of their own", h4, []step{{1, sps, true, false}, {2, pps, true, false}, {3, idr, true, false}}, []string{"3: 6742001e 68ce38 65881112"}, 0, 0},
		{"marker on every slice", h4, []step{
			{1, slice, true, false}, {1, second, true, false}, {2, slice, true, false}, {2, second, true, false}, {3, slice, true, false},
		}, []string{"1: 419a2122", "1: 41402324", "2: 419a2122 41402324", "3: 419a2122"}, 0, 0},
		{"timestamps that stand still", h4, []step{{1, slice, true, false}, {1, slice, true, false}, {1, slice, true, false}}, []string{"1: 419a2122", "1: 419a2122", "1: 419a2122"}, 0, 0},
		{"start codes around one", h4, []step{{1, start + idr, true, false}, {2, start + slice, true, false}}, []string{"1: 65881112", "2: 419a2122"}, 0, 0},
		{"start codes inside", h4, []step{{1, sps + start + pps + "\x00\x00\x01" + idr, true, false}}, []string{"1: 6742001e 68ce38 65881112"}, 0, 0},
		{"key frame hidden in a fragmented SPS", h4, []step{{1, "\x7c\x87\x42\x00\x1e" + start + pps, false, false}, {1, "\x7c\x47" + start + idr, true, false}}, []string{"1: 6742001e 68ce38 65881112"}, 0, 0},
		{"interleaved mode", h4, []step{{1, "\x79\x00\x00", true, false}, {2, slice, true, false}}, []string{"2: 419a2122"}, 1, 1},
		{"empty payload", h4, []step{{1, "", false, false}, {1, slice, true, false}}, []string{"1: 419a2122"}, 0, 0},
		{"h265 single", h5, []step{{1, "\x26\x01\x80\x11", true, false}}, []string{"1: 26018011"}, 0, 0},
		{"h265 AP", h5, []step{{1, "\x60\x01\x00\x04\x40\x01\x0c\x01\x00\x04\x42\x01\x01\x01\x00\x04\x26\x01\x80\x11", true, false}}, []string{"1: 40010c01 42010101 26018011"}, 0, 0},
		{"h265 FU", h5, []step{{1, "\x62\x01\x93\x80\x11", false, false}, {1, "\x62\x01\x13\x12", false, false}, {1, "\x62\x01\x53\x13", true, false}}, []string{"1: 260180111213"}, 0, 0},
		{"h265 lost", h5, []step{{1, "\x62\x01\x93\x80\x11", false, false}, {1, "\x62\x01\x53\x13", true, true}, {2, "\x02\x01\x80\x11", true, false}}, []string{"2: 02018011"}, 1, 0},
		{"h265 too short", h5, []step{{1, "\x62", true, false}, {1, "\x62\x01\x93", false, false}, {2, "\x02\x01\x80\x11", true, false}}, []string{"2: 02018011"}, 2, 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			v, got := newVideo(c.codec)
			for i, s := range c.in {
				in := []byte(s.p)
				v.Write(Packet{Sequence: uint16(i), Timestamp: s.ts, Marker: s.marker, Payload: in}, s.lost)
				if string(in) != s.p {
					t.Error("the input was changed")
				}
				clear(in) // the reader's memory is used again
			}
			v.Flush()
			if diff := cmp.Diff(c.units, got.units); diff != "" {
				t.Error(diff)
			}
			if got.dropped != c.dropped || got.bad != c.bad {
				t.Errorf("dropped %d, bad %d; want %d, %d", got.dropped, got.bad, c.dropped, c.bad)
			}
		})
	}
}

// encoded cuts access units into packets as the library's own server does.
func encoded(codec media.Codec, units [][][]byte) []*rtp.Packet {
	var out []*rtp.Packet
	var enc interface {
		Encode([][]byte) ([]*rtp.Packet, error)
	}
	if codec == media.H264 {
		e := &rtph264.Encoder{PayloadType: 96, PacketizationMode: 1}
		if err := e.Init(); err != nil {
			panic(err)
		}
		enc = e
	} else {
		e := &rtph265.Encoder{PayloadType: 96}
		if err := e.Init(); err != nil {
			panic(err)
		}
		enc = e
	}
	for i, au := range units {
		pkts, err := enc.Encode(au)
		if err != nil {
			panic(err)
		}
		for _, p := range pkts {
			p.Timestamp = uint32(i) * 3600
		}
		out = append(out, pkts...)
	}
	return out
}

// TestRoundTrip puts together what another implementation took apart, and loses
// some packets: what comes out is a part of what went in, and only pictures that
// lost something are missing.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		codec := rapid.SampledFrom([]media.Codec{media.H264, media.H265}).Draw(rt, "codec")
		units := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) [][]byte {
			sizes := rapid.SliceOfN(rapid.IntRange(3, 6000), 1, 3).Draw(rt, "sizes")
			au := make([][]byte, len(sizes))
			for i, n := range sizes {
				au[i] = bytes.Repeat([]byte{byte(i + 0x51)}, n)
				au[i][0] = map[media.Codec]byte{media.H264: 0x41, media.H265: 0x02}[codec]
				au[i][1] = 0x01
				au[i][nal.HeaderSize(codec)] = 0x31
				if i == 0 {
					au[i][nal.HeaderSize(codec)] = 0x91
				}
			}
			return au
		}), 1, 6).Draw(rt, "units")
		pkts := encoded(codec, units)
		lose := rapid.SliceOfN(rapid.IntRange(0, len(pkts)-1), 0, 3).Draw(rt, "lose")
		hit := map[uint32]bool{}
		for _, i := range lose {
			hit[pkts[i].Timestamp] = true
		}
		v, got := newVideo(codec)
		var seq Sequence
		for i, p := range pkts {
			lost := false
			for _, l := range lose {
				lost = lost || l == i
			}
			if lost {
				continue
			}
			q := Packet{Sequence: p.SequenceNumber, Timestamp: p.Timestamp, Marker: p.Marker, Payload: bytes.Clone(p.Payload)}
			n, stale := seq.Take(q)
			if stale {
				rt.Fatal("stale")
			}
			v.Write(q, n > 0)
			clear(q.Payload)
		}
		v.Flush()
		out := map[string]bool{}
		for _, u := range got.units {
			out[u] = true
		}
		for i, au := range units {
			ts := uint32(i) * 3600
			want := fmt.Sprintf("%d:", ts)
			for _, n := range au {
				want += fmt.Sprintf(" %x", n)
			}
			if !hit[ts] && !out[want] {
				rt.Fatalf("unit %d is missing although nothing of it was lost: %d units, %d dropped", i, len(got.units), got.dropped)
			}
		}
		if len(got.units)+got.dropped > len(units) {
			rt.Fatalf("%d units and %d dropped of %d", len(got.units), got.dropped, len(units))
		}
	})
}

// TestUnitLimit gives up a unit that never ends.
func TestUnitLimit(t *testing.T) {
	v, got := newVideo(media.H264)
	piece := make([]byte, 60000)
	piece[0], piece[1] = 0x7c, 0x85
	for i := range 2 * MaxUnit / len(piece) {
		v.Write(Packet{Sequence: uint16(i), Timestamp: 1, Payload: piece}, false)
		piece[1] = 0x05
		if len(v.buf) > MaxUnit {
			t.Fatalf("%d bytes are held", len(v.buf))
		}
	}
	if got.dropped == 0 || len(got.units) != 0 {
		t.Errorf("dropped %d, units %d", got.dropped, len(got.units))
	}
}

func FuzzVideo(f *testing.F) {
	f.Add(true, []byte("\x00\x04\x65\x88\x11\x12"))
	f.Add(true, []byte("\x01\x04\x7c\x85\x88\x11\x03\x03\x7c\x45\x13"))
	f.Add(false, []byte("\x01\x05\x62\x01\x93\x80\x11\x83\x04\x62\x01\x53\x13"))
	f.Add(true, []byte("\x03\x0b\x67\x42\x00\x00\x01\x68\xce\x00\x00\x01\x65"))
	f.Fuzz(func(t *testing.T, h264 bool, in []byte) {
		codec := media.H265
		if h264 {
			codec = media.H264
		}
		total := 0
		v := &Video{Codec: codec, Dropped: func() {}, Bad: func() {}, Unit: func(_ uint32, data []byte) {
			picture := false
			for rest := data; len(rest) > 0; {
				n := int(binary.BigEndian.Uint32(rest))
				if n == 0 || n > len(rest)-4 {
					t.Fatalf("length %d in %x", n, data)
				}
				k := nal.KindOf(codec, rest[4:4+n])
				picture = picture || k == nal.Slice || k == nal.Random
				rest = rest[4+n:]
			}
			if !picture {
				t.Fatalf("a unit without a picture: %x", data)
			}
			total += len(data)
		}}
		// Each packet is: flags (marker, lost, new timestamp), length, payload.
		ts, size := uint32(0), 0
		for len(in) >= 2 {
			flags, n := in[0], min(int(in[1]), len(in)-2)
			if flags&4 != 0 {
				ts += 3600
			}
			v.Write(Packet{Timestamp: ts, Marker: flags&1 != 0, Payload: in[2 : 2+n]}, flags&2 != 0)
			size += n
			in = in[2+n:]
		}
		v.Flush()
		if total > 8*size+64 {
			t.Errorf("%d bytes out of %d", total, size)
		}
	})
}

func BenchmarkVideo(b *testing.B) {
	var units [][][]byte
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 50 { // two seconds of 25 pictures at 4 Mbit/s
		n := make([]byte, 15_000)
		head := byte(0x41)
		if i%50 == 0 {
			n, head = make([]byte, 250_000), 0x65
		}
		for i := range n {
			n[i] = byte(r.Uint32()) | 1
		}
		n[0], n[1] = head, 0x88
		units = append(units, [][]byte{n})
	}
	pkts := encoded(media.H264, units)
	size := 0
	raw := make([][]byte, len(pkts))
	for i, p := range pkts {
		raw[i], _ = p.Marshal()
		size += len(raw[i])
	}
	v := &Video{Codec: media.H264, Unit: func(uint32, []byte) {}, Dropped: func() {}, Bad: func() {}}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, p := range raw {
			q, _ := Parse(p)
			v.Write(q, false)
		}
	}
}
