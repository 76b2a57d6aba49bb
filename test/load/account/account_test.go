package account

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"watchroom/evidence/fmp4"
	"watchroom/evidence/leaf"
	"watchroom/internal/recording/segment"
)

// counter is an access unit with the simulator's counter in it and a slice behind
// it; see package clip for the layout of the message.
func counter(n uint64) []byte {
	nal := []byte("\x06\x05\x24\x8b\x61\x7e\x43\x5d\x0c\x4f\xd2\x9a\x37\xc4\x1e\xe5\x70\x2d\x96")
	digits := func(v uint64) []byte {
		b := make([]byte, 10)
		for i := range b {
			b[9-i] = 0x80 | byte(v&0x7f)
			v >>= 7
		}
		return b
	}
	nal = append(append(append(nal, digits(n)...), digits(0)...), 0x80)
	unit := append([]byte{0, 0, 0, byte(len(nal))}, nal...)
	unit = append(unit, 0, 0, 0x10, 0)
	return append(unit, make([]byte, 0x1000)...) // longer than what is read
}

func write(t *testing.T, root string, start time.Time, counters ...uint64) {
	t.Helper()
	name := segment.Name{Camera: "cam", Start: start.UnixMicro(), Run: "r"}
	track := fmp4.Track{ID: 1, Codec: fmp4.H264, Timescale: 90000, Width: 16, Height: 16,
		SPS: [][]byte{{0x67, 0x64, 0, 0x0a}}, PPS: [][]byte{{0x68, 0xee}}}
	b := fmp4.AppendInit(nil, []fmp4.Track{track})
	for i, part := range slices.Collect(slices.Chunk(counters, 3)) {
		f := fmp4.TrackFragment{TrackID: 1, BaseTime: uint64(i) * 3 * 3600}
		for _, n := range part {
			data := counter(n)
			if n == 0 {
				data = []byte{0, 0, 0, 2, 0x65, 1}
			}
			f.Samples = append(f.Samples, fmp4.Sample{Duration: 3600, Key: true, Data: data})
		}
		b = fmp4.AppendFragment(b, uint32(i+1), []fmp4.TrackFragment{f})
	}
	path := filepath.Join(root, name.Path())
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestEveryFrameIsAccountedFor(t *testing.T) {
	midnight := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		segments [][]uint64
		want     Frames
	}{
		"whole":     {[][]uint64{{7, 8, 9, 10}, {11, 12}}, Frames{First: 7, Last: 12, Recorded: 6, Segments: 2}},
		"hole":      {[][]uint64{{7, 8}, {11, 12}}, Frames{First: 7, Last: 12, Recorded: 4, Missing: 2, Segments: 2}},
		"twice":     {[][]uint64{{7, 8}, {8, 9}}, Frames{First: 7, Last: 9, Recorded: 4, Twice: 1, Segments: 2}},
		"no number": {[][]uint64{{7, 0, 8}}, Frames{First: 7, Last: 8, Recorded: 3, Unreadable: 1, Segments: 1}},
		"nothing":   {nil, Frames{}},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for i, s := range c.segments {
				write(t, root, midnight.Add(time.Duration(i-1)*time.Minute), s...)
			}
			got, err := Camera(root, "cam")
			if err != nil || got != c.want {
				t.Errorf("got %+v, %v\nwant %+v", got, err, c.want)
			}
		})
	}
}

func TestOpenAndBrokenSegments(t *testing.T) {
	root := t.TempDir()
	write(t, root, time.Unix(0, 0), 1, 2, 3, 4)
	whole, err := filepath.Glob(filepath.Join(root, "cam", "*", "*"))
	if err != nil || len(whole) != 1 {
		t.Fatal(whole, err)
	}
	if err := os.Rename(whole[0], whole[0]+segment.PartExt); err != nil {
		t.Fatal(err)
	}
	if got, err := Camera(root, "cam"); err != nil || got != (Frames{Open: 1}) {
		t.Errorf("an open segment: %+v, %v", got, err)
	}
	b, err := os.ReadFile(whole[0] + segment.PartExt)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{10, len(b) - 10} {
		if err := os.WriteFile(whole[0], b[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Camera(root, "cam"); err == nil {
			t.Errorf("%d of %d bytes were taken for a segment", n, len(b))
		}
	}
}

func TestPicturesAreInOrderAndOnce(t *testing.T) {
	root := t.TempDir()
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	write(t, root, noon, 4, 5, 0, 9)
	write(t, root, noon.Add(time.Second), 9, 10)
	got, err := Pictures([]string{root}, "cam")
	if err != nil {
		t.Fatal(err)
	}
	var numbers []uint64
	for _, p := range got {
		numbers = append(numbers, p.Counter)
	}
	if !slices.Equal(numbers, []uint64{4, 5, 9, 10}) {
		t.Errorf("pictures %v", numbers)
	}
}

func TestVerifySeesEveryChange(t *testing.T) {
	root := t.TempDir()
	write(t, root, time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), 1, 2, 3, 4)
	files, err := filepath.Glob(filepath.Join(root, "cam", "*", "*.mp4"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	_, size, err := fmp4.ReadInit(b)
	if err != nil {
		t.Fatal(err)
	}
	tree := leaf.Tree{}
	tree.Add(leaf.Part(b[:size]))
	if _, err = fmp4.Scan(bytes.NewReader(b), int64(size), int64(len(b)), func(p *fmp4.Part) error {
		tree.Add(leaf.Part(b[p.Offset : p.Offset+p.Size]))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	hash := tree.Root()
	told := hex.EncodeToString(hash[:])
	if err := Verify(files[0], told, 4); err != nil {
		t.Error(err)
	}
	if err := Verify(files[0], told, 5); err == nil {
		t.Error("a picture that is missing is not seen")
	}
	for _, whole := range [][]byte{nil, b[:100], b[:size], b[:size+500]} {
		cut := filepath.Join(root, "cut.mp4")
		if err := os.WriteFile(cut, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Verify(cut, told, 4); !errors.Is(err, ErrNoPicture) {
			t.Errorf("of %d bytes: %v", len(whole), err)
		}
	}
	b[len(b)-1] ^= 1
	if err := os.WriteFile(files[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Verify(files[0], told, 4); err == nil {
		t.Error("a changed bit is not seen")
	}
}
