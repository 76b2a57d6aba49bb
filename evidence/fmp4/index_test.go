package fmp4

import (
	"bytes"
	"errors"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// smallFile is an initialisation segment, three parts and an index, with the
// offset behind each part; ends[0] is the end of the initialisation segment.
func smallFile() (file []byte, ends []int64) {
	file = AppendInit(nil, []Track{allTracks()["h264 high"], allTracks()["aac stereo"]})
	ends = append(ends, int64(len(file)))
	var points []KeyPoint
	for i := range 3 {
		points = append(points, KeyPoint{uint64(i) * 9000, int64(len(file))})
		file = AppendFragment(file, uint32(i+1), []TrackFragment{
			{TrackID: 1, BaseTime: uint64(i) * 9000, Samples: []Sample{
				{Duration: 3600, Key: true, Data: []byte("picture")}, {Duration: 5400, Offset: 3600, Data: []byte("pic")}}},
			{TrackID: 2, BaseTime: uint64(i) * 4800, Samples: []Sample{{Duration: 1024, Key: true, Data: []byte("sound")}}},
		})
		ends = append(ends, int64(len(file)))
	}
	return AppendIndex(file, 1, points), ends
}

// TestTruncationAtEveryByte is what a recorder that was killed leaves behind:
// exactly the parts that are whole count, whatever the last byte is.
func TestTruncationAtEveryByte(t *testing.T) {
	file, ends := smallFile()
	for size := ends[0]; size <= int64(len(file)); size++ {
		whole := 0
		for whole+1 < len(ends) && ends[whole+1] <= size {
			whole++
		}
		parts := 0
		end, err := Scan(bytes.NewReader(file[:size]), ends[0], size, func(p *Part) error {
			parts++
			if p.End() != ends[parts] || p.Sequence != uint32(parts) {
				t.Errorf("size %d: part %d is %+v", size, parts, p)
			}
			return nil
		})
		if parts != whole || end != ends[whole] {
			t.Errorf("size %d: %d parts up to byte %d, want %d up to %d", size, parts, end, whole, ends[whole])
		}
		clean := size == ends[whole] || size == int64(len(file))
		if clean && err != nil || !clean && !errors.Is(err, ErrTruncated) {
			t.Errorf("size %d: %v", size, err)
		}
		_, _, start, err := ReadIndex(bytes.NewReader(file[:size]), size)
		switch {
		case size == int64(len(file)):
			if err != nil || start != ends[len(ends)-1] {
				t.Errorf("whole file: index at %d, %v", start, err)
			}
		case !errors.Is(err, ErrTruncated):
			t.Errorf("size %d: index: %v", size, err)
		}
	}
}

// TestTornTail is what a power cut leaves: the file is long enough, but from some
// byte on it holds zeros. No part beyond that byte may be reported, except that
// zeros inside the last part's samples cannot be told from samples.
func TestTornTail(t *testing.T) {
	file, ends := smallFile()
	for cut := ends[0]; cut < int64(len(file)); cut++ {
		torn := append(bytes.Clone(file[:cut]), make([]byte, int64(len(file))-cut)...)
		end, err := Scan(bytes.NewReader(torn), ends[0], int64(len(torn)), func(p *Part) error {
			if p.Offset+p.HeadSize > cut && !bytes.HasPrefix(file[cut:], make([]byte, p.Offset+p.HeadSize-cut)) {
				t.Errorf("cut %d: part at %d was reported", cut, p.Offset)
			}
			return nil
		})
		if end > ends[len(ends)-1] {
			t.Errorf("cut %d: parts end at %d", cut, end)
		}
		if err != nil && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrTruncated) {
			t.Errorf("cut %d: %v", cut, err)
		}
	}
}

func TestScanStopsAtTheCallersError(t *testing.T) {
	file, ends := smallFile()
	enough := errors.New("enough")
	parts := 0
	end, err := Scan(bytes.NewReader(file), ends[0], int64(len(file)), func(*Part) error {
		if parts++; parts == 2 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || end != ends[1] {
		t.Errorf("end %d, %v", end, err)
	}
}

func TestIndexRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(0, 3000).Draw(t, "bytes before")
		track := int(rapid.Uint32().Draw(t, "track"))
		var points []KeyPoint
		for at := -1; ; {
			at += rapid.IntRange(1, 400).Draw(t, "step")
			if at >= size {
				break
			}
			points = append(points, KeyPoint{rapid.Uint64().Draw(t, "time"), int64(at)})
		}
		file := AppendIndex(make([]byte, size), track, points)
		gotTrack, got, start, err := ReadIndex(bytes.NewReader(file), int64(len(file)))
		if err != nil || gotTrack != track || start != int64(size) {
			t.Fatal(gotTrack, start, err)
		}
		if d := cmp.Diff(points, got, cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
		box, err := mp4.DecodeBox(0, bytes.NewReader(file[size:]))
		if err != nil {
			t.Fatal(err)
		}
		mfra := box.(*mp4.MfraBox)
		if int(mfra.Mfro.ParentSize) != len(file)-size || int(mfra.Tfra.TrackID) != track || len(mfra.Tfra.Entries) != len(points) {
			t.Fatalf("mp4ff reads %+v %+v", mfra.Mfro, mfra.Tfra)
		}
		for i, e := range mfra.Tfra.Entries {
			if e.Time != points[i].Time || int64(e.MoofOffset) != points[i].Offset || e.TrafNumber != 1 || e.TrunNumber != 1 || e.SampleNumber != 1 {
				t.Fatalf("mp4ff reads entry %+v, want %+v", e, points[i])
			}
		}
	})
}

func TestIndexRefuses(t *testing.T) {
	file := AppendIndex(make([]byte, 100), 1, []KeyPoint{{0, 10}, {5, 50}})
	with := func(change func(b []byte)) []byte {
		b := bytes.Clone(file)
		change(b)
		return b
	}
	cases := map[string]struct {
		b    []byte
		want error
	}{
		"nothing":              {nil, ErrTruncated},
		"15 bytes":             {make([]byte, 15), ErrTruncated},
		"no mfro":              {make([]byte, 100), ErrTruncated},
		"mfro of another size": {with(func(b []byte) { b[len(b)-13] = 17 }), ErrTruncated},
		"longer than the file": {with(func(b []byte) { be.PutUint32(b[len(b)-4:], uint32(len(b)+1)) }), ErrMalformed},
		"shorter than an mfra": {with(func(b []byte) { be.PutUint32(b[len(b)-4:], 23) }), ErrMalformed},
		"points elsewhere":     {with(func(b []byte) { b[len(b)-1]++ }), ErrMalformed},
		"no tfra":              {with(func(b []byte) { b[112] = 'x' }), ErrMalformed},
		"tfra of version 0":    {with(func(b []byte) { b[116] = 0 }), ErrMalformed},
		"wider numbers":        {with(func(b []byte) { b[127] = 0x3f }), ErrMalformed},
		"too many entries":     {with(func(b []byte) { b[131]++ }), ErrMalformed},
		"offsets go back":      {AppendIndex(make([]byte, 100), 1, []KeyPoint{{0, 50}, {5, 10}}), ErrMalformed},
		"offset twice":         {AppendIndex(make([]byte, 100), 1, []KeyPoint{{0, 50}, {5, 50}}), ErrMalformed},
		"offset in the index":  {AppendIndex(make([]byte, 100), 1, []KeyPoint{{0, 100}}), ErrMalformed},
		"negative offset":      {AppendIndex(make([]byte, 100), 1, []KeyPoint{{0, -1}}), ErrMalformed},
	}
	for name, c := range cases {
		if _, _, _, err := ReadIndex(bytes.NewReader(c.b), int64(len(c.b))); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := errors.New("disk gone")
	for allowed := range 2 {
		r := &failingReader{b: file, calls: allowed, err: broken}
		if _, _, _, err := ReadIndex(r, int64(len(file))); !errors.Is(err, broken) {
			t.Errorf("after %d reads: %v", allowed, err)
		}
	}
}

func TestSegmentIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		refs := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Reference {
			return Reference{rapid.Uint32Range(0, 1<<31-1).Draw(t, "size"), rapid.Uint32().Draw(t, "duration")}
		}), 0, 40).Draw(t, "refs")
		track, timescale := rapid.Uint32().Draw(t, "track"), rapid.Uint32().Draw(t, "timescale")
		earliest := rapid.Uint64().Draw(t, "earliest")
		b := AppendSegmentIndex(nil, int(track), timescale, earliest, refs)
		if int64(len(b)) != SegmentIndexSize(len(refs)) {
			t.Fatalf("%d bytes, foretold %d", len(b), SegmentIndexSize(len(refs)))
		}
		box, err := mp4.DecodeBox(0, bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		sidx := box.(*mp4.SidxBox)
		if sidx.ReferenceID != track || sidx.Timescale != timescale || sidx.EarliestPresentationTime != earliest || sidx.FirstOffset != 0 {
			t.Fatalf("mp4ff reads %+v", sidx)
		}
		for i, r := range sidx.SidxRefs {
			if (Reference{r.ReferencedSize, r.SubSegmentDuration}) != refs[i] || r.ReferenceType != 0 || r.StartsWithSAP != 1 || r.SAPType != 1 {
				t.Fatalf("mp4ff reads %+v, want %+v", r, refs[i])
			}
		}
		if len(sidx.SidxRefs) != len(refs) {
			t.Fatalf("%d references", len(sidx.SidxRefs))
		}
	})
}
