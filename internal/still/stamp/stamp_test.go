package stamp_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"

	"watchroom/internal/problem"
	"watchroom/internal/still"
	"watchroom/internal/still/stamp"
)

// plain is a picture of one colour.
func plain(t testing.TB, w, h int, y uint8) []byte {
	t.Helper()
	p := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	for i := range p.Y {
		p.Y[i] = y
	}
	for i := range p.Cb {
		p.Cb[i], p.Cr[i] = 90, 160
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// touched counts pixels in each quarter that differ from a brightness, and by how much at most.
func touched(t *testing.T, picture []byte, y uint8) (quarters [4]int, most int) {
	t.Helper()
	decoded, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	p, ok := decoded.(*image.YCbCr)
	if !ok {
		t.Fatalf("%T", decoded)
	}
	size := p.Rect.Size()
	for row := range size.Y {
		for x := range size.X {
			off := max(p.Y[row*p.YStride+x], y) - min(p.Y[row*p.YStride+x], y)
			most = max(most, int(off))
			if off > 12 {
				quarters[x*2/size.X+row*2/size.Y*2]++
			}
		}
	}
	return quarters, most
}

func TestAMarkIsEverywhereAndHidesNothing(t *testing.T) {
	for _, size := range []image.Point{{1280, 720}, {320, 180}, {97, 61}} {
		for _, y := range []uint8{16, 128, 235} { // night, day, snow
			before := plain(t, size.X, size.Y, y)
			kept := bytes.Clone(before)
			after, err := stamp.JPEG(before, stamp.Mark{Lines: []string{"li.na 7KQ-2MD-4XZ", "2026-11-29 08:13"}, Opacity: 30, Apart: 1.5})
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(before, kept) {
				t.Fatal("the original was changed")
			}
			quarters, most := touched(t, after, y)
			if size.X >= 320 {
				for i, n := range quarters {
					if n < 20 {
						t.Errorf("%v at %d: quarter %d bears no mark: %v", size, y, i, quarters)
					}
				}
			}
			if most > 110 { // 30 % of 255, and what JPEG adds at an edge
				t.Errorf("%v at %d: changed by %d", size, y, most)
			}
		}
	}
}

func TestWhatTheFaceLacksIsLeftOut(t *testing.T) {
	before := plain(t, 640, 360, 128)
	with, err := stamp.JPEG(before, stamp.Mark{Lines: []string{"张三 zhang.san", "北门"}, Opacity: 30, Apart: 1.5})
	if err != nil {
		t.Fatal(err)
	}
	without, err := stamp.JPEG(before, stamp.Mark{Lines: []string{"zhang.san"}, Opacity: 30, Apart: 1.5})
	if err != nil || !bytes.Equal(with, without) {
		t.Errorf("a sign that the face lacks left a trace: %v", err)
	}
	empty, err := stamp.JPEG(before, stamp.Mark{Lines: []string{"张三"}, Opacity: 30, Apart: 1.5})
	if err != nil {
		t.Fatal(err)
	}
	if q, _ := touched(t, empty, 128); q != [4]int{} {
		t.Errorf("nothing to write left %v", q)
	}
}

func TestWhatIsNoPictureIsRefused(t *testing.T) {
	for _, b := range [][]byte{nil, []byte("\xff\xd8jpeg"), plain(t, 64, 64, 9)[:200]} {
		if _, err := stamp.JPEG(b, stamp.Mark{Lines: []string{"x"}, Opacity: 30, Apart: 1}); problem.Of(err).Code != still.ErrPicture.Code {
			t.Errorf("%.10q: %v", b, err)
		}
	}
}

// FuzzJPEG: pictures come from cameras.
func FuzzJPEG(f *testing.F) {
	f.Add(plain(f, 32, 16, 100))
	f.Add([]byte("\xff\xd8\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if size, err := jpeg.DecodeConfig(bytes.NewReader(b)); err == nil && size.Width*size.Height > 1<<20 {
			return // still bounds the size before
		}
		kept := bytes.Clone(b)
		out, err := stamp.JPEG(b, stamp.Mark{Lines: []string{"li.na"}, Opacity: 30, Apart: 1.5})
		if !bytes.Equal(b, kept) {
			t.Fatal("the picture was changed in place")
		}
		if err == nil {
			if _, err := jpeg.Decode(bytes.NewReader(out)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func BenchmarkJPEG1080p(b *testing.B) {
	p := plain(b, 1920, 1080, 100)
	for b.Loop() {
		if _, err := stamp.JPEG(p, stamp.Mark{Lines: []string{"li.na 7KQ-2MD-4XZ", "2026-11-29 08:13"}, Opacity: 22, Apart: 1.5}); err != nil {
			b.Fatal(err)
		}
	}
}
