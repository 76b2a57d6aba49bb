package depacket

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"os/exec"
	"strconv"
	"testing"
)

// photo draws something with edges and slopes.
func photo(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, color.RGBA{byte(x), byte(y * 2), byte((x / 16) ^ (y / 16)), 255})
		}
	}
	return img
}

// taken is what a camera takes from a JPEG file to send it.
type taken struct {
	width, height int
	tables        []byte
	interval      uint16
	scan          []byte
	typ           byte
}

// dissect reads a baseline JPEG file.
func dissect(t *testing.T, b []byte) (d taken) {
	t.Helper()
	for b = b[2:]; ; {
		m, n := b[1], int(binary.BigEndian.Uint16(b[2:]))
		body := b[4 : 2+n]
		b = b[2+n:]
		switch m {
		case 0xdb:
			for len(body) > 64 {
				d.tables = append(d.tables, body[1:65]...)
				body = body[65:]
			}
		case 0xdd:
			d.interval = binary.BigEndian.Uint16(body)
		case 0xc0:
			d.height, d.width = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
			if body[7] == 0x22 {
				d.typ = 1
			}
		case 0xda:
			d.scan = b
			return d
		}
	}
}

// packets are the payloads of one picture, the tables in the first unless q says
// that they are known.
func (d taken) packets(q byte, tables bool) (out [][]byte) {
	typ := d.typ
	if d.interval != 0 {
		typ |= 64
	}
	for offset := 0; offset < len(d.scan); {
		b := []byte{0, byte(offset >> 16), byte(offset >> 8), byte(offset), typ, q, byte(d.width / 8), byte(d.height / 8)}
		if d.interval != 0 {
			b = append(binary.BigEndian.AppendUint16(b, d.interval), 0xff, 0xff)
		}
		if offset == 0 && q >= 128 {
			n := 0
			if tables {
				n = len(d.tables)
			}
			b = append(binary.BigEndian.AppendUint16(append(b, 0, 0), uint16(n)), d.tables[:n]...)
		}
		n := min(1000, len(d.scan)-offset)
		out = append(out, append(b, d.scan[offset:offset+n]...))
		offset += n
	}
	return out
}

// same compares two JPEG files by what they show.
func same(t *testing.T, a, b []byte) bool {
	t.Helper()
	x, err := jpeg.Decode(bytes.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	y, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		t.Error(err)
		return false
	}
	if x.Bounds() != y.Bounds() {
		return false
	}
	for py := range x.Bounds().Dy() {
		for px := range x.Bounds().Dx() {
			if x.At(px, py) != y.At(px, py) {
				return false
			}
		}
	}
	return true
}

// restarts has ffmpeg make a file with restart markers, as encoders that work in
// slices do.
func restarts(t *testing.T, w, h int) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size="+strconv.Itoa(w)+"x"+strconv.Itoa(h),
		"-frames:v", "1", "-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-huffman", "default", "-threads", "4", "-thread_type", "slice", "-f", "mjpeg", "pipe:1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestJPEG(t *testing.T) {
	file := func(w, h int) []byte {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, photo(w, h), &jpeg.Options{Quality: 80}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	large := file(2592, 1944)
	cases := []struct {
		name  string
		file  []byte
		large bool
	}{
		{"usual", file(320, 240), false},
		{"no multiple of 16", file(328, 248), false},
		{"one block", file(8, 8), false},
		{"larger than the header can say", large, true},
		{"restart markers", restarts(t, 640, 360), false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := dissect(t, c.file)
			if (c.name == "restart markers") != (d.interval > 0) {
				t.Fatalf("restart interval %d", d.interval)
			}
			var got [][]byte
			j := &JPEG{
				Unit:    func(ts uint32, b []byte) { got = append(got, b) },
				Dropped: func() { t.Error("dropped") }, Bad: func() { t.Error("bad") },
			}
			if c.large {
				j.Width, j.Height = d.width, d.height
				d.width, d.height = 0, 0
			}
			for i := range uint32(3) {
				list := d.packets(200, i == 0) // the tables come once only
				for k, p := range list {
					j.Write(Packet{Timestamp: i, Marker: k == len(list)-1, Payload: p}, false)
				}
			}
			if len(got) != 3 {
				t.Fatalf("%d pictures", len(got))
			}
			for i, g := range got {
				if !same(t, c.file, g) {
					t.Errorf("picture %d is another", i)
				}
			}
		})
	}
}

// TestJPEGQuality makes the tables from a number, as the IJG library does, which
// the encoder of the standard library follows.
func TestJPEGQuality(t *testing.T) {
	for _, q := range []int{1, 20, 50, 75, 99} {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, photo(64, 64), &jpeg.Options{Quality: q}); err != nil {
			t.Fatal(err)
		}
		d := dissect(t, b.Bytes())
		var got []byte
		j := &JPEG{Unit: func(_ uint32, b []byte) { got = b }, Dropped: func() {}, Bad: func() { t.Errorf("%d: bad", q) }}
		list := d.packets(byte(q), false)
		for k, p := range list {
			j.Write(Packet{Marker: k == len(list)-1, Payload: p}, false)
		}
		if !same(t, b.Bytes(), got) {
			t.Errorf("%d: another picture", q)
		}
	}
}

// TestJPEGDamage loses and garbles packets: whole pictures go on, others are
// counted, and nothing in between is delivered.
func TestJPEGDamage(t *testing.T) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, photo(320, 240), nil); err != nil {
		t.Fatal(err)
	}
	d := dissect(t, b.Bytes())
	list := d.packets(200, true)
	units, dropped, bad := 0, 0, 0
	j := &JPEG{Unit: func(uint32, []byte) { units++ }, Dropped: func() { dropped++ }, Bad: func() { bad++ }}
	send := func(ts uint32, skip int) {
		for k, p := range list {
			if k != skip {
				j.Write(Packet{Timestamp: ts, Marker: k == len(list)-1, Payload: p}, k == skip+1)
			}
		}
	}
	for _, c := range []struct{ skip, units, dropped int }{
		{-1, 1, 0}, {1, 1, 1}, {0, 1, 1}, {len(list) - 1, 1, 1}, {-1, 2, 2},
	} {
		send(uint32(c.skip+10*c.units+100*c.dropped), c.skip)
		if units != c.units || dropped != c.dropped {
			t.Fatalf("without packet %d: %d units, %d dropped, want %+v", c.skip, units, dropped, c)
		}
	}
	for name, p := range map[string][]byte{
		"short":                         {0, 0, 0, 0, 1},
		"type 7":                        {0, 0, 0, 0, 7, 50, 10, 10, 1},
		"Q 0":                           {0, 0, 0, 0, 1, 0, 10, 10, 1},
		"Q 110":                         {0, 0, 0, 0, 1, 110, 10, 10, 1},
		"no size":                       {0, 0, 0, 0, 1, 50, 0, 10, 1},
		"tables that never came":        {0, 0, 0, 0, 1, 130, 10, 10, 0, 0, 0, 0, 1},
		"tables cut short":              {0, 0, 0, 0, 1, 130, 10, 10, 0, 0, 0, 64, 1},
		"tables too small":              {0, 0, 0, 0, 1, 130, 10, 10, 0, 0, 0, 1, 1},
		"restart header cut short":      {0, 0, 0, 0, 65, 50, 10, 10, 1},
		"quantization header too short": {0, 0, 0, 0, 1, 130, 10, 10, 0},
	} {
		before := bad
		if j.Write(Packet{Timestamp: 9999, Marker: true, Payload: p}, false); bad != before+1 || units != 2 {
			t.Errorf("%s: %d bad, %d units", name, bad-before, units)
		}
	}
}

// FuzzJPEG feeds payloads of any bytes, cut at a size that the input tells.
func FuzzJPEG(f *testing.F) {
	f.Add([]byte{20, 0, 0, 0, 0, 1, 50, 10, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 0, 0, 12, 1, 50, 10, 10, 9, 9})
	f.Add([]byte{90, 0, 0, 0, 0, 65, 255, 1, 1, 0, 4, 255, 255, 0, 0, 0, 64})
	f.Fuzz(func(t *testing.T, in []byte) {
		j := &JPEG{
			Unit: func(_ uint32, b []byte) {
				if len(b) < 100 || b[0] != 0xff || b[1] != 0xd8 || b[len(b)-1] != 0xd9 {
					t.Errorf("a picture of % x", b[:min(len(b), 20)])
				}
			},
			Dropped: func() {}, Bad: func() {},
		}
		if len(in) == 0 {
			return
		}
		size := int(in[0]) + 1
		for i, in := 0, in[1:]; len(in) > 0; i++ {
			p := in[:min(size, len(in))]
			in = in[len(p):]
			keep := bytes.Clone(p)
			j.Write(Packet{Timestamp: uint32(i / 3), Marker: i%3 == 2, Payload: p}, i%7 == 6)
			if !bytes.Equal(keep, p) {
				t.Fatal("the input was changed")
			}
		}
	})
}
