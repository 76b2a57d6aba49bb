package fmp4

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestInitRoundTrip(t *testing.T) {
	for name, track := range allTracks() {
		t.Run(name, func(t *testing.T) {
			init := AppendInit([]byte("before"), []Track{track})[6:]
			got, size, err := ReadInit(append(init, "moof and so on"...))
			if err != nil || size != len(init) {
				t.Fatalf("size %d of %d, %v", size, len(init), err)
			}
			if d := cmp.Diff([]Track{track}, got, cmpopts.EquateEmpty()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestInitRoundTripOfAnyTracks(t *testing.T) {
	set := rapid.SliceOfN(rapid.Byte(), 0, 80)
	rapid.Check(t, func(t *rapid.T) {
		var tracks []Track
		for i := range rapid.IntRange(1, 16).Draw(t, "tracks") {
			k := Track{ID: i + 1, Timescale: rapid.Uint32Min(1).Draw(t, "timescale")}
			k.Codec = rapid.SampledFrom([]Codec{H264, H265, MJPEG, AAC, PCMA, PCMU, Opus}).Draw(t, "codec")
			if k.Codec.Video() {
				k.Width, k.Height = rapid.IntRange(0, 65535).Draw(t, "w"), rapid.IntRange(0, 65535).Draw(t, "h")
			} else {
				k.Channels, k.SampleRate = rapid.IntRange(1, 2).Draw(t, "ch"), rapid.IntRange(1, 65535).Draw(t, "hz")
			}
			switch k.Codec {
			case H265:
				k.VPS = rapid.SliceOfN(set, 0, 3).Draw(t, "vps")
				fallthrough
			case H264:
				k.SPS = rapid.SliceOfN(set, 0, 31).Draw(t, "sps")
				k.PPS = rapid.SliceOfN(set, 0, 255).Draw(t, "pps")
			case AAC:
				k.Config = set.Draw(t, "config")
			}
			tracks = append(tracks, k)
		}
		init := AppendInit(nil, tracks)
		got, size, err := ReadInit(init)
		if err != nil || size != len(init) {
			t.Fatalf("size %d of %d, %v", size, len(init), err)
		}
		if d := cmp.Diff(tracks, got, cmpopts.EquateEmpty()); d != "" {
			t.Error(d)
		}
	})
}

func TestConfigurationRecordsAreFFmpegs(t *testing.T) {
	for name, want := range map[string]string{
		"h264 high": avccHigh, "h264 hd": avccHD, "h264 baseline": avccBaseline,
		"h265 main": hvccMain, "h265 main 10": hvccMain10, "h264 4:4:4": avcc444, "h265 4:2:2": hvcc422,
	} {
		t.Run(name, func(t *testing.T) {
			entry := sampleEntry(t, AppendInit(nil, []Track{allTracks()[name]}))
			record, _, ok := nextBox(entry[78:])
			if !ok {
				t.Fatal("no configuration record")
			}
			if d := cmp.Diff(want, hex.EncodeToString(record.body)); d != "" {
				t.Error(d)
			}
		})
	}
}

// bits packs a string of 0 and 1, other characters skipped, into bytes.
func bits(s string) (out []byte) {
	n := 0
	for _, c := range s {
		if c != '0' && c != '1' {
			continue
		}
		if n%8 == 0 {
			out = append(out, 0)
		}
		out[n/8] |= byte(c-'0') << (7 - n%8)
		n++
	}
	return out
}

// TestSublayersOfHEVC reads past the profile and level of two temporal sub-layers.
func TestSublayersOfHEVC(t *testing.T) {
	sps := append(unhex("420105"), unhex("01600101b001020304050607")...) // three layers, nested
	sps = append(sps, bits("11 01 00 00 00 00 00 00")...)
	sps = append(sps, bytes.Repeat([]byte{0xff}, 11+1+1)...)
	sps = append(sps, bits("1 011 00101 00110 1 010 1 010 1 011 00101 1111")...) // 4:2:2, window, 10 and 12 bit
	want := hevcInfo{ptl: [12]byte(unhex("01600101b001020304050607")), chroma: 2, lumaDepth: 10, chromaDepth: 12, layers: 3, nested: true}
	if got := readHEVCInfo(sps); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := readHEVCInfo(sps[:30]); got.lumaDepth != 8 || got.chroma != 1 || got.layers != 3 {
		t.Errorf("cut short: %+v", got)
	}
}

// TestDescriptorsWithOptionalFields reads an ES_Descriptor with all that ISO/IEC
// 14496-1 7.2.6.5 allows before the decoder configuration.
func TestDescriptorsWithOptionalFields(t *testing.T) {
	config := "\x04\x11\x40\x15" + string(make([]byte, 11)) + "\x05\x02\x11\x90"
	for name, es := range map[string]string{
		"plain":          "\x03\x16\x00\x01\x00" + config,
		"depends on":     "\x03\x18\x00\x01\x80\x00\x02" + config,
		"url":            "\x03\x1a\x00\x01\x40\x03abc" + config,
		"clock":          "\x03\x18\x00\x01\x20\x00\x03" + config,
		"all":            "\x03\x1e\x00\x01\xe0\x00\x02\x03abc\x00\x03" + config,
		"something else": "\x7f\x02ab\x03\x16\x00\x01\x00" + config,
	} {
		object, specific := readDecoderConfig([]byte(es))
		if object != 0x40 || string(specific) != "\x11\x90" {
			t.Errorf("%s: object type %#x, %x", name, object, specific)
		}
		for n := range len(es) { // no panic, and nothing made up
			if _, specific := readDecoderConfig([]byte(es[:n])); specific != nil {
				t.Errorf("%s: %x out of the first %d bytes", name, specific, n)
			}
		}
	}
}

func TestOversizedValuesDoNotBreakTheInit(t *testing.T) {
	long := bytes.Repeat([]byte{0x67}, 1<<16)
	init := AppendInit(nil, []Track{
		{ID: 1, Codec: H264, Timescale: 1, Width: 1 << 20, Height: 1 << 20, SPS: append(sets(spsHigh), long), PPS: [][]byte{long}},
		{ID: 2, Codec: H265, Timescale: 1, VPS: [][]byte{long}, SPS: [][]byte{long}, PPS: sets(ppsMain)},
		{ID: 3, Codec: AAC, Timescale: 1, SampleRate: 96000, Channels: 2, Config: long},
	})
	got, _, err := ReadInit(init)
	want := []Track{
		{ID: 1, Codec: H264, Timescale: 1, Width: 65535, Height: 65535, SPS: sets(spsHigh)},
		{ID: 2, Codec: H265, Timescale: 1, PPS: sets(ppsMain)},
		{ID: 3, Codec: AAC, Timescale: 1, SampleRate: 65535, Channels: 2, Config: long},
	}
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
}

func TestInitIsTruncatedUntilMoovIsWhole(t *testing.T) {
	init := AppendInit(nil, []Track{allTracks()["h264 high"], allTracks()["aac stereo"]})
	for n := range init {
		if _, _, err := ReadInit(init[:n]); !errors.Is(err, ErrTruncated) {
			t.Fatalf("of %d bytes: %v", n, err)
		}
	}
}

// TestInitWithLargeTimes reads boxes of version 1 and of both versions mixed,
// which other writers make.
func TestInitWithLargeTimes(t *testing.T) {
	track := allTracks()["h264 high"]
	for _, c := range []struct{ tkhd, mdhd byte }{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
		ours, err := mp4.DecodeFile(bytes.NewReader(AppendInit(nil, []Track{track})))
		if err != nil {
			t.Fatal(err)
		}
		trak := ours.Init.Moov.Trak
		trak.Tkhd.Version, trak.Mdia.Mdhd.Version = c.tkhd, c.mdhd
		var b bytes.Buffer
		if err := ours.Init.Encode(&b); err != nil {
			t.Fatal(err)
		}
		got, size, err := ReadInit(b.Bytes())
		if err != nil || size != b.Len() {
			t.Fatalf("%v: size %d of %d, %v", c, size, b.Len(), err)
		}
		if d := cmp.Diff([]Track{track}, got, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%v: %s", c, d)
		}
	}
}

func TestInitRefuses(t *testing.T) {
	good := AppendInit(nil, []Track{allTracks()["h264 high"]})
	aac := AppendInit(nil, []Track{allTracks()["aac stereo"]})
	flac := AppendInit(nil, []Track{allTracks()["flac"]})
	replace := func(b []byte, from, to string) []byte {
		return bytes.Replace(bytes.Clone(b), []byte(from), []byte(to), 1)
	}
	seventeen := make([]Track, 17)
	for i := range seventeen {
		seventeen[i] = allTracks()["pcma"]
	}
	cases := map[string][]byte{
		"fragment first":      append(AppendFragment(nil, 1, []TrackFragment{{TrackID: 1}}), good...),
		"mdat first":          append([]byte("\x00\x00\x00\x08mdat"), good...),
		"box of 4 bytes":      []byte("\x00\x00\x00\x04moov"),
		"empty moov":          []byte("\x00\x00\x00\x08moov"),
		"no tkhd":             replace(good, "tkhd", "xxxx"),
		"no mdhd":             replace(good, "mdhd", "xxxx"),
		"no stsd":             replace(good, "stsd", "xxxx"),
		"no avcC":             replace(good, "avcC", "xxxx"),
		"unknown entry":       replace(good, "avc1", "vp09"),
		"timescale 0":         replace(good, "\x00\x01\x5f\x90", "\x00\x00\x00\x00"),
		"sps beyond the box":  replace(good, "\x00\x1ag", "\x7f\xffg"),
		"aac with no esds":    replace(aac, "esds", "xxxx"),
		"aac that is mp3":     replace(aac, "\x40\x15", "\x6b\x15"),
		"flac with no dfLa":   replace(flac, "dfLa", "xxxx"),
		"flac of a comment":   replace(flac, "\x80\x00\x00\x22", "\x84\x00\x00\x22"),
		"short STREAMINFO":    replace(flac, "\x80\x00\x00\x22", "\x80\x00\x00\x21"),
		"more than 16 tracks": AppendInit(nil, seventeen),
	}
	for name, b := range cases {
		if _, _, err := ReadInit(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestInitSkipsOtherBoxes(t *testing.T) {
	want := allTracks()["opus"]
	b := []byte("\x00\x00\x00\x0cfreeabcd\x00\x00\x00\x01free\x00\x00\x00\x00\x00\x00\x00\x11z")
	b = AppendInit(b, []Track{want})
	got, size, err := ReadInit(b)
	if err != nil || size != len(b) {
		t.Fatal(size, err)
	}
	if d := cmp.Diff([]Track{want}, got, cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
}

func TestSeveralDescriptions(t *testing.T) {
	a, b, c := allTracks()["h264 high"], allTracks()["h264 baseline"], allTracks()["aac stereo"]
	h265 := allTracks()["h265 main"]
	init := AppendInits(nil, []Track{a, c}, []Track{b, h265}, 90_500)
	got, _, err := ReadInit(init)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]Track{a, c}, got, cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
	f, err := mp4.DecodeFile(bytes.NewReader(init))
	if err != nil {
		t.Fatal(err)
	}
	if n := f.Init.Moov.Traks[0].Mdia.Minf.Stbl.Stsd.SampleCount; n != 3 {
		t.Errorf("%d descriptions of the first track", n)
	}
	if n := f.Init.Moov.Traks[1].Mdia.Minf.Stbl.Stsd.SampleCount; n != 1 {
		t.Errorf("%d descriptions of the second track", n)
	}
	if f.Init.Moov.Mvex.Mehd == nil || f.Init.Moov.Mvex.Mehd.FragmentDuration != 90_500 {
		t.Errorf("mehd %+v", f.Init.Moov.Mvex.Mehd)
	}
}

// TestInitAgreesWithMP4FF reads every track with an independent reader, which
// must find nothing to correct when it writes the boxes again.
func TestInitAgreesWithMP4FF(t *testing.T) {
	for name, track := range allTracks() {
		t.Run(name, func(t *testing.T) {
			init := AppendInit(nil, []Track{track})
			f, err := mp4.DecodeFile(bytes.NewReader(init))
			if err != nil {
				t.Fatal(err)
			}
			trak := f.Init.Moov.Trak
			if int(trak.Tkhd.TrackID) != track.ID || trak.Mdia.Mdhd.Timescale != track.Timescale {
				t.Errorf("id %d, timescale %d", trak.Tkhd.TrackID, trak.Mdia.Mdhd.Timescale)
			}
			if f.Init.Moov.Mvex == nil || int(f.Init.Moov.Mvex.Trex.TrackID) != track.ID {
				t.Error("no trex of the track")
			}
			if int(f.Init.Moov.Mvhd.NextTrackID) != track.ID+1 {
				t.Errorf("next track id %d", f.Init.Moov.Mvhd.NextTrackID)
			}
			var again bytes.Buffer
			if err := f.Init.Encode(&again); err != nil {
				t.Fatal(err)
			}
			// mp4ff writes chroma and depths for profiles 100 to 144 only.
			if name != "h264 4:4:4" && !bytes.Equal(init, again.Bytes()) {
				t.Errorf("mp4ff writes it otherwise:\n%x\n%x", init, again.Bytes())
			}
			stsd := trak.Mdia.Minf.Stbl.Stsd
			switch track.Codec {
			case H264:
				if d := cmp.Diff(track.SPS, stsd.AvcX.AvcC.SPSnalus, cmpopts.EquateEmpty()); d != "" {
					t.Error(d)
				}
				if int(stsd.AvcX.Width) != track.Width || int(stsd.AvcX.Height) != track.Height {
					t.Errorf("%d×%d", stsd.AvcX.Width, stsd.AvcX.Height)
				}
			case AAC:
				if d := cmp.Diff(track.Config, stsd.Mp4a.Esds.DecConfigDescriptor.DecSpecificInfo.DecConfig); d != "" {
					t.Error(d)
				}
				if int(stsd.Mp4a.SampleRate) != track.SampleRate || int(stsd.Mp4a.ChannelCount) != track.Channels {
					t.Errorf("%d Hz, %d channels", stsd.Mp4a.SampleRate, stsd.Mp4a.ChannelCount)
				}
			case Opus:
				if d := stsd.Opus.Dops; int(d.InputSampleRate) != track.SampleRate || int(d.OutputChannelCount) != track.Channels {
					t.Errorf("dOps %+v", d)
				}
			}
		})
	}
}
