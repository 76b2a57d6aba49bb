package clip

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtp"
	"pgregory.net/rapid"

	"watchroom/internal/media"
)

// limit is what all committed clips and sounds together may take.
const limit = 6 << 20

func TestCommittedClips(t *testing.T) {
	entries, err := data.ReadDir("data")
	if err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	for _, e := range entries {
		i, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		total += i.Size()
		name, video := strings.CutSuffix(e.Name(), ".mp4")
		if !video {
			continue
		}
		c, err := Open(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.FPS() != 12 || len(c.Frames) < 24 {
			t.Errorf("%s: %v frames a second, %d frames", name, c.FPS(), len(c.Frames))
		}
		for k, f := range c.Frames {
			if name != "odd-longgop" && f.Key != (k%24 == 0) {
				t.Errorf("%s: key frame at %d: %v", name, k, f.Key)
			}
			if name != "odd-bframes" && f.Shift != 0 {
				t.Errorf("%s: frame %d is shown later than decoded", name, k)
			}
		}
	}
	if total > limit {
		t.Errorf("the clips take %d bytes, %d are allowed", total, limit)
	}
}

func TestOpenUnknown(t *testing.T) {
	if _, err := Open("moon-main"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
}

// samples are a clip's packets put together again by the library's decoders.
func depacketise(t *testing.T, c *Clip, packed []Packed) [][][]byte {
	t.Helper()
	var decode func(*rtp.Packet) ([][]byte, error)
	if c.Codec == media.H265 {
		d, err := (&format.H265{PayloadTyp: 96}).CreateDecoder()
		if err != nil {
			t.Fatal(err)
		}
		decode = d.Decode
	} else {
		d, err := (&format.H264{PayloadTyp: 96, PacketizationMode: 1}).CreateDecoder()
		if err != nil {
			t.Fatal(err)
		}
		decode = d.Decode
	}
	var out [][][]byte
	seq := uint16(0)
	for k := range packed {
		first := packed[k].Stamp(nil, uint64(k)<<40|7, int64(k)*1000)
		for i, p := range packed[k].Payloads {
			if i == 0 {
				p = first
			}
			if len(p) > MaxPayload {
				t.Fatalf("payload of %d bytes", len(p))
			}
			seq++
			au, err := decode(&rtp.Packet{Header: rtp.Header{
				Version: 2, SequenceNumber: seq, Timestamp: uint32(k), Marker: i == len(packed[k].Payloads)-1,
			}, Payload: p})
			if err == nil {
				out = append(out, au)
			}
		}
	}
	return out
}

func avcc(nals [][]byte) []byte {
	var b []byte
	for _, n := range nals {
		b = binary.BigEndian.AppendUint32(b, uint32(len(n)))
		b = append(b, n...)
	}
	return b
}

func TestPackedFramesComeBackWhole(t *testing.T) {
	for _, name := range []string{"gate-main", "server-h265", "odd-bframes"} {
		for _, inBand := range []bool{true, false} {
			c, err := Open(name)
			if err != nil {
				t.Fatal(err)
			}
			before := bytes.Clone(c.Frames[0].NALs[0])
			aus := depacketise(t, c, c.Pack(inBand))
			if len(aus) != len(c.Frames) {
				t.Fatalf("%s: %d frames of %d", name, len(aus), len(c.Frames))
			}
			for k, au := range aus {
				n := 1 // the counter
				if c.Frames[k].Key && inBand {
					sets := [][]byte{c.SPS, c.PPS}
					if c.Codec == media.H265 {
						sets = [][]byte{c.VPS, c.SPS, c.PPS}
					}
					if !slices.EqualFunc(sets, au[:len(sets)], bytes.Equal) {
						t.Fatalf("%s: parameter sets differ", name)
					}
					n += len(sets)
				}
				if !slices.EqualFunc(c.Frames[k].NALs, au[n:], bytes.Equal) {
					t.Fatalf("%s frame %d differs", name, k)
				}
				counter, at, ok := ParseCounter(avcc(au))
				if !ok || counter != uint64(k)<<40|7 || at.UnixMicro() != int64(k)*1000 {
					t.Fatalf("%s frame %d: counter %d, %v, %v", name, k, counter, at, ok)
				}
				if inBand && !bytes.Equal(c.Unit(k, uint64(k)<<40|7, int64(k)*1000), avcc(au)) {
					t.Fatalf("%s frame %d: Unit is not what arrives over RTP", name, k)
				}
			}
			if !bytes.Equal(before, c.Frames[0].NALs[0]) {
				t.Fatal("packing changed the clip")
			}
		}
	}
}

func TestCounterSurvivesAnyNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counter, micro := rapid.Uint64().Draw(t, "counter"), rapid.Int64Min(0).Draw(t, "micro")
		h265 := rapid.Bool().Draw(t, "h265")
		nal, at := counterNAL(h265)
		putCounter(nal[at:], counter, uint64(micro))
		if bytes.Contains(nal, []byte{0, 0}) {
			t.Fatalf("emulation prevention would be needed: %x", nal)
		}
		got, when, ok := ParseCounter(avcc([][]byte{{0x65, 1, 2}, nal}))
		if !ok || got != counter || !when.Equal(time.UnixMicro(micro)) {
			t.Fatalf("%d, %v, %v", got, when, ok)
		}
	})
}

func FuzzParseCounter(f *testing.F) {
	for _, h265 := range []bool{false, true} {
		nal, _ := counterNAL(h265)
		f.Add(avcc([][]byte{nal}))
		f.Add(avcc([][]byte{nal[:20]}))
	}
	f.Add([]byte{0, 0, 0, 9, 6})
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		_, _, ok := ParseCounter(b)
		if ok && !bytes.Contains(b, []byte(uuid)) {
			t.Fatal("a counter without its name")
		}
		if !bytes.Equal(before, b) {
			t.Fatal("input changed")
		}
	})
}

func TestAnnexBIsReadAsMP4Is(t *testing.T) {
	want, err := Open("gate-sub")
	if err != nil {
		t.Fatal(err)
	}
	var b []byte
	nal := func(n []byte) { b = append(append(b, 0, 0, 0, 1), n...) }
	for _, f := range want.Frames {
		if f.Key {
			nal([]byte{9, 0x10})
			nal(want.SPS)
			nal(want.PPS)
		}
		for _, n := range f.NALs {
			nal(n)
		}
	}
	path := filepath.Join(t.TempDir(), "x.h264")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
	mp4, err := data.ReadFile("data/gate-sub.mp4")
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "x.mp4")
	if err := os.WriteFile(path, mp4, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err = Load(path, 0); err != nil || !cmp.Equal(want, got) {
		t.Fatal(err, "MP4 differs")
	}
}

func TestBadFiles(t *testing.T) {
	mp4, err := data.ReadFile("data/gate-sub.mp4")
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"empty": {}, "text": []byte("not a clip at all"), "cut mp4": mp4[:len(mp4)/2],
		"only ftyp": mp4[:24], "slices without sets": {0, 0, 1, 0x65, 0x88, 1, 2},
	} {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if c, err := Load(path, 25); err == nil {
			t.Errorf("%s: %d frames", name, len(c.Frames))
		}
	}
}

func FuzzReadAnnexB(f *testing.F) {
	c, err := Open("gate-sub")
	if err != nil {
		f.Fatal(err)
	}
	var b []byte
	for _, n := range [][]byte{c.SPS, c.PPS, c.Frames[0].NALs[0][:60], c.Frames[1].NALs[0][:20]} {
		b = append(append(b, 0, 0, 1), n...)
	}
	f.Add(b)
	f.Add([]byte{0, 0, 1})
	f.Add([]byte{0, 0, 1, 0, 0, 1, 0x65})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := readAnnexB(b, 25)
		if err == nil && (!c.Frames[0].Key || c.Ticks <= 0) {
			t.Fatalf("accepted %+v", c)
		}
	})
}

func TestSounds(t *testing.T) {
	for codec, rate := range map[media.Codec]int{media.AAC: 16000, media.PCMA: 8000, media.PCMU: 8000} {
		s, err := OpenSound(codec)
		if err != nil {
			t.Fatal(err)
		}
		if sec := float64(len(s.Frames)) * float64(s.Ticks) / float64(s.Rate); s.Rate != rate || sec < 9.9 || sec > 10.2 {
			t.Errorf("%s: %v s at %d Hz", codec, sec, s.Rate)
		}
	}
	if _, err := OpenSound(media.Opus); err == nil {
		t.Error("there is no sound in Opus")
	}
}
