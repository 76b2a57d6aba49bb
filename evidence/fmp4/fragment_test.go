package fmp4

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func drawTracks(t *rapid.T) []TrackFragment {
	sample := rapid.Custom(func(t *rapid.T) Sample {
		data := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "data")
		if data == nil {
			data = []byte{}
		}
		return Sample{
			Duration: rapid.Uint32().Draw(t, "duration"),
			Offset:   rapid.OneOf(rapid.Just(int32(0)), rapid.Int32()).Draw(t, "offset"),
			Size:     uint32(len(data)), Key: rapid.Bool().Draw(t, "key"), Data: data,
		}
	})
	tracks := make([]TrackFragment, rapid.IntRange(1, 16).Draw(t, "tracks"))
	for i := range tracks {
		tracks[i] = TrackFragment{
			TrackID: i + 1, Description: rapid.Uint32Range(1, 9).Draw(t, "description"),
			BaseTime: rapid.Uint64().Draw(t, "base"), Samples: rapid.SliceOfN(sample, 0, 20).Draw(t, "samples"),
		}
	}
	return tracks
}

func TestFragmentRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tracks := drawTracks(t)
		sequence := rapid.Uint32().Draw(t, "sequence")
		before := rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "before")
		b := AppendFragment(bytes.Clone(before), sequence, tracks)
		if !bytes.HasPrefix(b, before) {
			t.Fatal("what stood before has changed")
		}
		file := append(bytes.Clone(b), "tail"...)
		p, err := ReadPart(bytes.NewReader(file), int64(len(before)), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		if p.Offset != int64(len(before)) || p.End() != int64(len(b)) || p.Sequence != sequence {
			t.Fatalf("part %+v", p)
		}
		noData := cmpopts.IgnoreFields(Sample{}, "Data")
		if d := cmp.Diff(tracks, p.Tracks, noData, cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
		if err := p.Samples(b[p.Offset : p.End()-1]); !errors.Is(err, ErrTruncated) {
			t.Fatalf("samples out of too few bytes: %v", err)
		}
		if err := p.Samples(b[p.Offset:]); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(tracks, p.Tracks, cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
		for _, want := range tracks {
			if got := p.Track(want.TrackID); got == nil || got.Duration() != want.Duration() {
				t.Fatalf("track %d: %+v", want.TrackID, got)
			}
		}
		if p.Track(17) != nil {
			t.Fatal("found a track that is not there")
		}
		// The head alone, from sizes alone, is the same bytes.
		var bytesOf []byte
		for i := range tracks {
			for j := range tracks[i].Samples {
				bytesOf = append(bytesOf, tracks[i].Samples[j].Data...)
				tracks[i].Samples[j].Data = nil
			}
		}
		if head := AppendHead(nil, sequence, tracks); !bytes.Equal(append(head, bytesOf...), b[len(before):]) || int64(len(head)) != p.HeadSize {
			t.Fatalf("head of %d bytes, want %d", len(head), p.HeadSize)
		}
	})
}

func TestFragmentAgreesWithMP4FF(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tracks := drawTracks(t)
		for i := range tracks {
			tracks[i].BaseTime >>= 1 // mp4ff sums signed
		}
		sequence := rapid.Uint32().Draw(t, "sequence")
		init := make([]Track, len(tracks))
		for i := range init {
			init[i] = Track{ID: i + 1, Codec: Opus, Timescale: 48000, SampleRate: 48000, Channels: 1}
		}
		file := AppendFragment(AppendInit(nil, init), sequence, tracks)
		f, err := mp4.DecodeFile(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		fragment := f.Segments[0].Fragments[0]
		if fragment.Moof.Mfhd.SequenceNumber != sequence {
			t.Fatalf("sequence %d", fragment.Moof.Mfhd.SequenceNumber)
		}
		for i, want := range tracks {
			tfhd := fragment.Moof.Trafs[i].Tfhd
			if tfhd.SampleDescriptionIndex != want.Description || !tfhd.DefaultBaseIfMoof() {
				t.Fatalf("tfhd %+v", tfhd)
			}
			trex, _ := f.Init.Moov.Mvex.GetTrex(uint32(want.TrackID))
			samples, err := fragment.GetFullSamples(trex)
			if i > 0 {
				// GetFullSamples reads the first track; read the others through a
				// moof that holds them alone.
				samples, err = samplesOf(fragment, i, trex)
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(samples) != len(want.Samples) {
				t.Fatalf("track %d: %d samples, want %d", want.TrackID, len(samples), len(want.Samples))
			}
			at := want.BaseTime
			for j, s := range samples {
				w := want.Samples[j]
				if s.DecodeTime != at || s.Dur != w.Duration || s.CompositionTimeOffset != w.Offset ||
					s.IsSync() != w.Key || !bytes.Equal(s.Data, w.Data) {
					t.Fatalf("track %d sample %d: %+v, want %+v at %d", want.TrackID, j, s, w, at)
				}
				at += uint64(w.Duration)
			}
		}
	})
}

func samplesOf(f *mp4.Fragment, i int, trex *mp4.TrexBox) ([]mp4.FullSample, error) {
	moof := *f.Moof
	moof.Traf, moof.Trafs = f.Moof.Trafs[i], f.Moof.Trafs[i:i+1]
	return (&mp4.Fragment{Moof: &moof, Mdat: f.Mdat}).GetFullSamples(trex)
}

func TestFragmentDescriptionZeroIsWrittenAsOne(t *testing.T) {
	p, err := ParsePart(AppendFragment(nil, 1, []TrackFragment{{TrackID: 1}}))
	if err != nil || p.Tracks[0].Description != 1 {
		t.Fatal(p, err)
	}
}

func TestRebase(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tracks := drawTracks(t)
		b := AppendFragment(nil, 7, tracks)
		p, err := ParsePart(bytes.Clone(b))
		if err != nil {
			t.Fatal(err)
		}
		head := b[:p.HeadSize]
		delta := rapid.SliceOfN(rapid.Int64(), 16, 16).Draw(t, "delta")
		description := rapid.Uint32Range(0, 5).Draw(t, "description")
		sequence := rapid.Uint32().Draw(t, "sequence")
		if err := Rebase(head, func(id int) int64 { return delta[id-1] }, description, sequence); err != nil {
			t.Fatal(err)
		}
		got, err := ParsePart(b)
		if err != nil {
			t.Fatal(err)
		}
		p.Sequence = sequence
		for i := range p.Tracks {
			p.Tracks[i].BaseTime += uint64(delta[i])
			if description != 0 {
				p.Tracks[i].Description = description
			}
		}
		if d := cmp.Diff(p, got, cmp.AllowUnexported(Part{}), cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
	})
}

func TestRelabel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tracks := drawTracks(t)
		b := AppendFragment(nil, 7, tracks)
		p, err := ParsePart(bytes.Clone(b))
		if err != nil {
			t.Fatal(err)
		}
		id := rapid.SliceOfN(rapid.Uint32(), 16, 16).Draw(t, "ids")
		description := rapid.SliceOfN(rapid.Uint32(), 16, 16).Draw(t, "descriptions")
		if err := Relabel(b[:p.HeadSize], func(track int) (int, uint32) { return int(id[track-1]), description[track-1] }); err != nil {
			t.Fatal(err)
		}
		got, err := ParsePart(b)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.Tracks {
			p.Tracks[i].TrackID, p.Tracks[i].Description = int(id[i]), description[i]
		}
		if d := cmp.Diff(p, got, cmp.AllowUnexported(Part{}), cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
	})
}

func TestRebaseAndRelabelRefuseAndChangeNothing(t *testing.T) {
	two := []TrackFragment{{TrackID: 1, Samples: []Sample{{Data: []byte("x")}}}, {TrackID: 2}}
	good := AppendFragment(nil, 1, two)
	second := bytes.LastIndex(good, []byte("traf"))
	in := func(from, to string) []byte {
		return append(bytes.Clone(good[:second]), bytes.Replace(good[second:], []byte(from), []byte(to), 1)...)
	}
	cases := map[string][]byte{
		"nothing":                  nil,
		"not a moof":               []byte("\x00\x00\x00\x08mdat"),
		"half a moof":              good[:60],
		"no mfhd":                  bytes.Replace(good, []byte("mfhd"), []byte("xxxx"), 1),
		"no tfdt in the second":    in("tfdt", "xxxx"),
		"no tfhd in the second":    in("tfhd", "xxxx"),
		"4-byte time":              in("tfdt\x01", "tfdt\x00"),
		"no description":           in("tfhd\x00\x02\x00\x02", "tfhd\x00\x02\x00\x00"),
		"base data offset":         in("tfhd\x00\x02\x00\x02", "tfhd\x00\x02\x00\x03"),
		"second beyond the moof":   append(append(bytes.Clone(good[:second-4]), 0, 0, 9, 0), good[second:]...),
		"short tfdt as last child": []byte("\x00\x00\x00\x3cmoof\x00\x00\x00\x10mfhd\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x24traf\x00\x00\x00\x14tfhd\x00\x02\x00\x02\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x08tfdt"),
	}
	for name, b := range cases {
		before := bytes.Clone(b)
		err := Rebase(b, func(int) int64 { return 5 }, 2, 9)
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Equal(b, before) {
			t.Errorf("%s: bytes were changed", name)
		}
	}
	for _, name := range []string{"nothing", "not a moof", "half a moof", "no tfhd in the second", "no description", "base data offset", "second beyond the moof"} {
		b := bytes.Clone(cases[name])
		if err := Relabel(b, func(int) (int, uint32) { return 8, 8 }); !errors.Is(err, ErrMalformed) || !bytes.Equal(b, cases[name]) {
			t.Errorf("%s: relabelled: %v", name, err)
		}
	}
}

// foreign makes a part as other writers may, with the given tfhd and trun bodies
// and a mdat of 12 bytes.
func foreign(tfhd, tfdt, trun string) []byte {
	b, moof := open(nil, "moof")
	b, mfhd := openFull(b, "mfhd", 0, 0)
	b = shut(be.AppendUint32(b, 3), mfhd)
	b, traf := open(b, "traf")
	for _, x := range [][2]string{{"tfhd", tfhd}, {"tfdt", tfdt}, {"trun", trun}} {
		var start int
		b, start = open(b, x[0])
		b = shut(append(b, x[1]...), start)
	}
	b = shut(shut(b, traf), moof)
	return append(b, "\x00\x00\x00\x14mdatabcdefghijkl"...)
}

const (
	plainTFHD = "\x00\x02\x00\x00\x00\x00\x00\x01"
	plainTFDT = "\x00\x00\x00\x00\x00\x00\x00\x09"
)

func TestReadPartOfOtherWriters(t *testing.T) {
	// 8-byte moof header, 16 mfhd, 8 traf, 8+24 tfhd, 8+8 tfdt, 8+16 trun, mdat header.
	b := foreign("\x00\x02\x00\x3a\x00\x00\x00\x05\x00\x00\x00\x02\x00\x00\x00\x64\x00\x00\x00\x04\x01\x01\x00\x00", plainTFDT,
		"\x00\x00\x00\x05\x00\x00\x00\x03\x00\x00\x00\x70\x02\x00\x00\x00")
	p, err := ParsePart(b)
	if err != nil {
		t.Fatal(err)
	}
	want := []TrackFragment{{TrackID: 5, Description: 2, BaseTime: 9, Samples: []Sample{
		{Duration: 100, Size: 4, Key: true, Data: []byte("abcd")},
		{Duration: 100, Size: 4, Data: []byte("efgh")},
		{Duration: 100, Size: 4, Data: []byte("ijkl")},
	}}}
	if d := cmp.Diff(want, p.Tracks); d != "" {
		t.Error(d)
	}
	if p.Sequence != 3 || p.HeadSize != 0x70 || p.Size != int64(len(b)) {
		t.Errorf("%+v", p)
	}
}

func TestReadPartRefuses(t *testing.T) {
	good := AppendFragment(nil, 1, []TrackFragment{{TrackID: 1, Samples: []Sample{{Duration: 1, Data: []byte("abcd")}}}})
	replace := func(from, to string) []byte { return bytes.Replace(bytes.Clone(good), []byte(from), []byte(to), 1) }
	seventeen := make([]TrackFragment, 17)
	cases := map[string][]byte{
		"mdat first":               good[bytes.Index(good, []byte("mdat"))-4:],
		"box of 0 bytes":           []byte("\x00\x00\x00\x00moof"),
		"box of 7 bytes":           []byte("\x00\x00\x00\x07moof"),
		"long box of 15 bytes":     []byte("\x00\x00\x00\x01moof\x00\x00\x00\x00\x00\x00\x00\x0f"),
		"long box of 2^63 bytes":   []byte("\x00\x00\x00\x01moof\x80\x00\x00\x00\x00\x00\x00\x00"),
		"no letters":               make([]byte, 64),
		"something between":        replace("mdat", "free"),
		"no mfhd":                  replace("mfhd", "xxxx"),
		"no traf":                  replace("traf", "xxxx"),
		"no tfhd":                  replace("tfhd", "xxxx"),
		"no tfdt":                  replace("tfdt", "xxxx"),
		"no trun":                  replace("trun", "xxxx"),
		"more than 16 tracks":      AppendFragment(nil, 1, seventeen),
		"traf beyond the moof":     replace("\x50traf", "\x60traf"),
		"sample beyond the mdat":   replace("\x00\x00\x00\x04\x01\x01", "\x00\x00\x00\x05\x01\x01"),
		"sample in the moof":       replace("\x00\x00\x00\x70\x00\x00\x00\x01", "\x00\x00\x00\x6f\x00\x00\x00\x01"),
		"sample before the moof":   replace("\x00\x00\x00\x70\x00\x00\x00\x01", "\xff\xff\xff\xff\x00\x00\x00\x01"),
		"base data offset":         foreign("\x00\x02\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00", plainTFDT, "\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x60"),
		"short tfhd":               foreign("\x00\x02\x00\x02\x00\x00\x00\x01", plainTFDT, "\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x60"),
		"short tfdt":               foreign(plainTFHD, "\x01\x00\x00\x00\x00\x00\x00\x00", "\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x60"),
		"no data offset":           foreign(plainTFHD, plainTFDT, "\x00\x00\x00\x00\x00\x00\x00\x00"),
		"short data offset":        foreign(plainTFHD, plainTFDT, "\x00\x00\x00\x01\x00\x00\x00\x00\x00"),
		"short first flags":        foreign(plainTFHD, plainTFDT, "\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x60"),
		"more samples than fields": foreign(plainTFHD, plainTFDT, "\x00\x00\x01\x01\x00\x00\x00\x02\x00\x00\x00\x60\x00\x00\x00\x01"),
		"2^32 samples":             foreign(plainTFHD, plainTFDT, "\x00\x00\x0f\x01\xff\xff\xff\xff\x00\x00\x00\x60"),
		"many bare samples":        foreign(plainTFHD, plainTFDT, "\x00\x00\x00\x01\x00\x01\xff\xff\x00\x00\x00\x60"),
	}
	two := foreign(plainTFHD, plainTFDT, "\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x60")
	cases["two truns"] = bytes.Replace(two, []byte("tfdt"), []byte("trun"), 1)
	huge, moof := open(nil, "moof")
	cases["moof of 1 MiB and more"] = shut(zeros(huge, maxMoof), moof)
	for name, b := range cases {
		p, err := ReadPart(bytes.NewReader(b), 0, int64(len(b)))
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v %+v", name, err, p)
		}
	}
}

func TestReadPartPassesOnReadErrors(t *testing.T) {
	broken := errors.New("disk gone")
	good := AppendFragment(nil, 1, []TrackFragment{{TrackID: 1, Samples: []Sample{{Data: []byte("abcd")}}}})
	for allowed := range 3 {
		r := &failingReader{b: good, calls: allowed, err: broken}
		if _, err := ReadPart(r, 0, int64(len(good))); !errors.Is(err, broken) {
			t.Errorf("after %d reads: %v", allowed, err)
		}
	}
	// A file that has become shorter than its size says.
	for n := range len(good) - 4 { // the head, which is all that is read
		if _, err := ReadPart(bytes.NewReader(good[:n]), 0, int64(len(good))); !errors.Is(err, ErrTruncated) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

type failingReader struct {
	b     []byte
	calls int
	err   error
}

func (r *failingReader) ReadAt(b []byte, at int64) (int, error) {
	if r.calls--; r.calls < 0 {
		return 0, r.err
	}
	return memory(r.b).ReadAt(b, at)
}

func TestReadPartSkipsOtherBoxes(t *testing.T) {
	b := []byte("\x00\x00\x00\x0cfreeabcd\x00\x00\x00\x08styp")
	at := int64(len(b))
	b = AppendFragment(b, 1, []TrackFragment{{TrackID: 1, Samples: []Sample{{Data: []byte("abcd")}}}})
	p, err := ReadPart(memory(b), 0, int64(len(b)))
	if err != nil || p.Offset != at {
		t.Fatal(p, err)
	}
	if q, err := ParsePart(b); err != nil || string(q.Tracks[0].Samples[0].Data) != "abcd" {
		t.Fatal(q, err)
	}
	if _, err := ReadPart(memory(b), p.End(), p.End()); err != io.EOF {
		t.Fatal(err)
	}
}

// TestReadersAllocateLittle gives the readers small inputs that claim much.
func TestReadersAllocateLittle(t *testing.T) {
	bare := make([]TrackFragment, 16)
	var many []byte
	{
		b, moof := open(nil, "moof")
		b, mfhd := openFull(b, "mfhd", 0, 0)
		b = shut(be.AppendUint32(b, 3), mfhd)
		one := foreign(plainTFHD, plainTFDT, "\x00\x00\x00\x01\x00\x00\x04\x00\x00\x00\x06\x00")
		at := bytes.Index(one, []byte("traf")) - 4
		traf := one[at : bytes.Index(one, []byte("mdat"))-4]
		for range bare {
			b = append(b, traf...)
		}
		many = append(shut(b, moof), "\x00\x00\x00\x14mdatabcdefghijkl"...)
	}
	sps := bytes.Repeat([]byte{0, 0}, 30)
	h265 := Track{ID: 1, Codec: H265, Timescale: 1, SPS: [][]byte{sps}}
	init := bytes.Replace(AppendInit(nil, []Track{h265}), []byte("\x21\x00\x01\x00\x3c"), []byte("\x21\xff\xff\x00\x00"), 1)
	index := AppendIndex(nil, 1, []KeyPoint{{1, 0}})
	be.PutUint32(index[8+8+12:], 1<<31)
	claims := AppendIndex(nil, 1, nil)
	be.PutUint32(claims[len(claims)-4:], 15<<20)
	cases := map[string]struct {
		size int
		read func() error
	}{
		"bare samples": {len(many), func() error { _, err := ReadPart(memory(many), 0, int64(len(many))); return err }},
		"moof that the file does not hold": {16, func() error {
			_, err := ReadPart(memory("\x00\xff\xff\xffmoofabcdefgh"), 0, 16)
			return err
		}},
		"65535 empty sets":           {len(init), func() error { _, _, err := ReadInit(init); return err }},
		"2^31 key points":            {len(index), func() error { _, _, _, err := ReadIndex(memory(index), int64(len(index))); return err }},
		"index longer than the file": {len(claims), func() error { _, _, _, err := ReadIndex(memory(claims), int64(len(claims))); return err }},
	}
	for name, c := range cases {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := c.read()
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%s: %d bytes for an input of %d", name, n, c.size)
		}
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
