package fmp4

import (
	"encoding/hex"
	"testing"
)

// Parameter sets of real encoders: x264 (High 320×180, High 1920×1080,
// Constrained Baseline 320×180, High 4:4:4 Predictive of 10 bit 64×64), x265 (Main
// 320×180, Main 10 1280×720, Range Extensions 4:2:2 of 12 bit 64×64), and
// AudioSpecificConfigs of AAC LC at 48 kHz stereo and 16 kHz mono.
const (
	spsHigh     = "6764000cacd941419f9f011000000300100000030320f1429960"
	ppsHigh     = "68ebe3cb22c0"
	spsHD       = "6764001facd940780227e5c044000003000400000300c83c60c658"
	ppsHD       = "68eae3cb22c0"
	spsBaseline = "6742c01ed901419f9f011000000300100000030320f162e480"
	ppsBaseline = "68cb83cb20"
	sps444      = "67f4000a90d9b2884d80880000030008000003019078912cb0"
	pps444      = "68ebe3c44844"

	vps422    = "40010c01ffff040800000300990800000300001e959809"
	sps422    = "420101040800000300990800000300001eb02081045296566924caf0168080000003008000000c84"
	pps422    = "4401c172b42240"
	vpsMain   = "40010c01ffff01600000030090000003000003003c959809"
	spsMain   = "42010101600000030090000003000003003ca00a080b9f796566924caf016808000003000800000300c840"
	ppsMain   = "4401c172b46240"
	vpsMain10 = "40010c01ffff02200000030090000003000003005d959809"
	spsMain10 = "42010102200000030090000003000003005da00280802d1365959a4932bc05a02000000300200000030321"
	ppsMain10 = "4401c172b46240"

	aacStereo48 = "119056e500"
	aacMono16   = "140856e500"
)

// What FFmpeg 5.1 writes as configuration records for the same parameter sets.
const (
	avccHigh     = "0164000cffe1001a6764000cacd941419f9f011000000300100000030320f142996001000668ebe3cb22c0fdf8f800"
	avccHD       = "0164001fffe1001b6764001facd940780227e5c044000003000400000300c83c60c65801000668eae3cb22c0fdf8f800"
	avccBaseline = "0142c01effe100196742c01ed901419f9f011000000300100000030320f162e48001000568cb83cb20"
	avcc444      = "01f4000affe1001967f4000a90d9b2884d80880000030008000003019078912cb001000668ebe3c44844fffafa00"
	hvcc422      = "0104080000009908000000001ef000fcfefcfc00000f03200001001740010c01ffff040800000300990800000300001e959809210001" +
		"0028420101040800000300990800000300001eb02081045296566924caf0168080000003008000000c8422000100074401c172b42240"
	hvccMain   = "0101600000009000000000003cf000fcfdf8f800000f03200001001840010c01ffff01600000030090000003000003003c959809210001002b42010101600000030090000003000003003ca00a080b9f796566924caf016808000003000800000300c84022000100074401c172b46240"
	hvccMain10 = "0102200000009000000000005df000fcfdfafa00000f03200001001840010c01ffff02200000030090000003000003005d959809210001002b42010102200000030090000003000003005da00280802d1365959a4932bc05a0200000030020000003032122000100074401c172b46240"
)

// streamInfo8 is the STREAMINFO of 8 kHz, one channel, 16 bits, blocks of 16 to 4608
// samples, all else unknown (RFC 9639 section 8.2).
const streamInfo8 = "00101200000000000000" + "01f400f000000000" + "00000000000000000000000000000000"

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func sets(s ...string) [][]byte {
	out := make([][]byte, len(s))
	for i := range s {
		out[i] = unhex(s[i])
	}
	return out
}

// allTracks is one track of every codec, some twice.
func allTracks() map[string]Track {
	return map[string]Track{
		"h264 high":     {ID: 1, Codec: H264, Timescale: 90000, Width: 320, Height: 180, SPS: sets(spsHigh), PPS: sets(ppsHigh)},
		"h264 hd":       {ID: 7, Codec: H264, Timescale: 90000, Width: 1920, Height: 1080, SPS: sets(spsHD), PPS: sets(ppsHD)},
		"h264 baseline": {ID: 1, Codec: H264, Timescale: 12800, Width: 320, Height: 180, SPS: sets(spsBaseline), PPS: sets(ppsBaseline)},
		"h264 4:4:4":    {ID: 1, Codec: H264, Timescale: 90000, Width: 64, Height: 64, SPS: sets(sps444), PPS: sets(pps444)},
		"h264 two pps":  {ID: 1, Codec: H264, Timescale: 90000, Width: 320, Height: 180, SPS: sets(spsHigh, spsBaseline), PPS: sets(ppsHigh, ppsBaseline)},
		"h264 no sets":  {ID: 1, Codec: H264, Timescale: 90000, Width: 320, Height: 180},
		"h265 main":     {ID: 1, Codec: H265, Timescale: 90000, Width: 320, Height: 180, VPS: sets(vpsMain), SPS: sets(spsMain), PPS: sets(ppsMain)},
		"h265 main 10":  {ID: 1, Codec: H265, Timescale: 90000, Width: 1280, Height: 720, VPS: sets(vpsMain10), SPS: sets(spsMain10), PPS: sets(ppsMain10)},
		"h265 4:2:2":    {ID: 1, Codec: H265, Timescale: 90000, Width: 64, Height: 64, VPS: sets(vps422), SPS: sets(sps422), PPS: sets(pps422)},
		"h265 no sets":  {ID: 1, Codec: H265, Timescale: 90000},
		"mjpeg":         {ID: 1, Codec: MJPEG, Timescale: 90000, Width: 640, Height: 480},
		"aac stereo":    {ID: 2, Codec: AAC, Timescale: 48000, SampleRate: 48000, Channels: 2, Config: unhex(aacStereo48)},
		"aac mono":      {ID: 2, Codec: AAC, Timescale: 16000, SampleRate: 16000, Channels: 1, Config: unhex(aacMono16)},
		"pcma":          {ID: 3, Codec: PCMA, Timescale: 8000, SampleRate: 8000, Channels: 1},
		"pcmu":          {ID: 2, Codec: PCMU, Timescale: 16000, SampleRate: 16000, Channels: 2},
		"opus":          {ID: 2, Codec: Opus, Timescale: 48000, SampleRate: 48000, Channels: 2},
		"opus 16 kHz":   {ID: 2, Codec: Opus, Timescale: 48000, SampleRate: 16000, Channels: 1},
		"flac":          {ID: 2, Codec: FLAC, Timescale: 8000, SampleRate: 8000, Channels: 1, Config: unhex(streamInfo8)},
	}
}

// sampleEntry digs the only sample entry of the only track out of an init segment.
func sampleEntry(t *testing.T, init []byte) []byte {
	t.Helper()
	stsd, ok := descend(init, "moov", "trak", "mdia", "minf", "stbl", "stsd")
	if !ok {
		t.Fatal("no stsd")
	}
	entry, _, ok := nextBox(stsd[8:])
	if !ok {
		t.Fatal("no sample entry")
	}
	return entry.body
}
