package fmp4

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func seedParts(f *testing.F) {
	file, ends := smallFile()
	f.Add(file[ends[0]:])
	f.Add(file[ends[0]:ends[1]])
	f.Add(file[ends[0] : ends[2]-3])
	f.Add(foreign(plainTFHD, plainTFDT, "\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x60"))
	f.Add(foreign("\x00\x02\x00\x3a\x00\x00\x00\x05\x00\x00\x00\x02\x00\x00\x00\x64\x00\x00\x00\x04\x01\x01\x00\x00", plainTFDT,
		"\x00\x00\x00\x05\x00\x00\x00\x03\x00\x00\x00\x70\x02\x00\x00\x00"))
	f.Add([]byte("\x00\x00\x00\x01moof\x00\x00\x00\x00\x00\x00\x00\x20freefreefreefree"))
}

// sound tells whether err is one that the readers may return for bytes in memory.
func sound(err error) bool {
	return err == nil || errors.Is(err, ErrTruncated) || errors.Is(err, ErrMalformed)
}

// checkPart holds for any part that a reader accepted.
func checkPart(t *testing.T, p *Part, b []byte) {
	t.Helper()
	if p.Offset < 0 || p.HeadSize < 16 || p.HeadSize > p.Size || p.End() > int64(len(b)) {
		t.Fatalf("part %+v of %d bytes", p, len(b))
	}
	whole := b[p.Offset:p.End()]
	if err := p.Samples(whole); err != nil {
		t.Fatalf("samples of an accepted part: %v", err)
	}
	samples := 0
	for _, track := range p.Tracks {
		samples += len(track.Samples)
		for _, s := range track.Samples {
			if len(s.Data) != int(s.Size) || cap(s.Data) != len(s.Data) {
				t.Fatalf("sample of %d bytes has %d, %d", s.Size, len(s.Data), cap(s.Data))
			}
		}
	}
	if samples > 16*maxBareSamples+len(whole) {
		t.Fatalf("%d samples out of %d bytes", samples, len(whole))
	}
	// What was read can be written, and reads the same.
	again, err := ParsePart(AppendFragment(nil, p.Sequence, p.Tracks))
	if err != nil {
		t.Fatalf("written again: %v", err)
	}
	want := append([]TrackFragment(nil), p.Tracks...)
	for i := range want {
		want[i].Description = max(want[i].Description, 1)
	}
	if d := cmp.Diff(want, again.Tracks, cmpopts.EquateEmpty()); d != "" {
		t.Fatal(d)
	}
}

func FuzzReadPart(f *testing.F) {
	seedParts(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		p, err := ReadPart(memory(b), 0, int64(len(b)))
		if !sound(err) && err != io.EOF {
			t.Fatal(err)
		}
		if err == nil {
			checkPart(t, p, b)
		}
		if !bytes.Equal(b, before) {
			t.Fatal("the input was changed")
		}
	})
}

func FuzzScan(f *testing.F) {
	seedParts(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		last := int64(0)
		end, err := Scan(memory(b), 0, int64(len(b)), func(p *Part) error {
			if p.Offset < last {
				t.Fatalf("part at %d after one that ends at %d", p.Offset, last)
			}
			checkPart(t, p, b)
			last = p.End()
			return nil
		})
		if !sound(err) || end != last {
			t.Fatalf("end %d, last part ends at %d, %v", end, last, err)
		}
		// The parts up to end are sound by themselves.
		if again, err := Scan(memory(b), 0, end, func(*Part) error { return nil }); again != end || err != nil {
			t.Fatalf("the sound portion ends at %d, %v", again, err)
		}
	})
}

func FuzzReadInit(f *testing.F) {
	for _, track := range allTracks() {
		f.Add(AppendInit(nil, []Track{track}))
	}
	f.Add(AppendInits(nil, []Track{allTracks()["h264 high"], allTracks()["opus"]}, []Track{allTracks()["h264 hd"]}, 9))
	f.Add([]byte("\x00\x00\x00\x01moov\x00\x00\x00\x00\x00\x00\x00\x20freefreefreefree"))
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		tracks, size, err := ReadInit(b)
		if !sound(err) {
			t.Fatal(err)
		}
		if !bytes.Equal(b, before) {
			t.Fatal("the input was changed")
		}
		if err != nil {
			return
		}
		if size < 8 || size > len(b) || len(tracks) == 0 || len(tracks) > 16 {
			t.Fatalf("%d tracks in %d of %d bytes", len(tracks), size, len(b))
		}
		again, n, err := ReadInit(AppendInit(nil, tracks))
		if err != nil || n == 0 {
			t.Fatalf("written again: %v", err)
		}
		// More than 31 and 255 sets have no room in an avcC; what is read has not more.
		if d := cmp.Diff(tracks, again, cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
	})
}

func FuzzReadIndex(f *testing.F) {
	file, _ := smallFile()
	f.Add(file)
	f.Add(AppendIndex(nil, 1, nil))
	f.Add(AppendIndex(make([]byte, 100), 7, []KeyPoint{{0, 10}, {5, 50}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		track, points, start, err := ReadIndex(memory(b), int64(len(b)))
		if !sound(err) {
			t.Fatal(err)
		}
		if err != nil {
			return
		}
		if start < 0 || start >= int64(len(b)) || len(points)*19 > len(b) {
			t.Fatalf("%d points, index at %d of %d", len(points), start, len(b))
		}
		for i, p := range points {
			if p.Offset < 0 || p.Offset >= start || i > 0 && p.Offset <= points[i-1].Offset {
				t.Fatalf("point %d at %d, index at %d", i, p.Offset, start)
			}
		}
		again := AppendIndex(make([]byte, start), track, points)
		track2, points2, start2, err := ReadIndex(memory(again), int64(len(again)))
		if err != nil || track2 != track || start2 != start || !cmp.Equal(points, points2, cmpopts.EquateEmpty()) {
			t.Fatalf("written again: %d %v %d, %v", track2, points2, start2, err)
		}
	})
}

func FuzzRebase(f *testing.F) {
	file, ends := smallFile()
	f.Add(file[ends[0]:ends[1]], int64(5), uint32(2), uint32(9))
	f.Add(file[ends[1]:ends[2]], int64(-5), uint32(0), uint32(0))
	f.Add(foreign(plainTFHD, plainTFDT, "\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x60"), int64(1), uint32(1), uint32(1))
	f.Fuzz(func(t *testing.T, b []byte, delta int64, description, sequence uint32) {
		head := bytes.Clone(b)
		if err := Rebase(head, func(int) int64 { return delta }, description, sequence); err != nil {
			if !errors.Is(err, ErrMalformed) || !bytes.Equal(head, b) {
				t.Fatalf("changed in spite of %v", err)
			}
			return
		}
		before, err1 := ReadPart(memory(b), 0, int64(len(b)))
		after, err2 := ReadPart(memory(head), 0, int64(len(head)))
		if err1 != nil || err2 != nil {
			if (err1 == nil) != (err2 == nil) {
				t.Fatalf("before: %v, after: %v", err1, err2)
			}
			return
		}
		if after.Sequence != sequence || after.Size != before.Size {
			t.Fatalf("after %+v", after)
		}
		for i, track := range after.Tracks {
			want := before.Tracks[i]
			want.BaseTime += uint64(delta)
			if description != 0 {
				want.Description = description
			}
			if d := cmp.Diff(want, track); d != "" {
				t.Fatal(d)
			}
		}
	})
}

// FuzzAppendInit gives the writer parameter sets as a hostile camera may send them.
func FuzzAppendInit(f *testing.F) {
	f.Add(unhex(spsHigh), true)
	f.Add(unhex(spsMain10), false)
	f.Add([]byte{0x67, 244, 0, 0, 0xff}, true)
	f.Fuzz(func(t *testing.T, sps []byte, h264 bool) {
		track := Track{ID: 1, Codec: H265, Timescale: 90000, SPS: [][]byte{sps}}
		if h264 {
			track.Codec = H264
		}
		got, _, err := ReadInit(AppendInit(nil, []Track{track}))
		if len(sps) > 65535 {
			track.SPS = nil
		}
		if err != nil || !cmp.Equal([]Track{track}, got, cmpopts.EquateEmpty()) {
			t.Fatalf("%+v, %v", got, err)
		}
	})
}
