package fmp4

import "math"

// AppendInit appends the initialisation segment (ftyp and moov) for tracks.
// Durations are zero and mvex is present, as a fragmented file has it.
func AppendInit(dst []byte, tracks []Track) []byte {
	return AppendInits(dst, tracks, nil, 0)
}

// AppendInits is AppendInit for a file that is put together from several: others
// holds further descriptions that each track may switch to, addressed by the
// sample description index of a fragment (1 is the track's own, 2 the first of
// others with its ID, and so on). duration is that of the whole file in
// milliseconds, 0 if open-ended.
func AppendInits(dst []byte, tracks, others []Track, duration uint64) []byte {
	dst, ftyp := open(dst, "ftyp")
	dst = append(dst, "iso6"...)
	dst = be.AppendUint32(dst, 1)
	dst = append(dst, "iso6mp41"...)
	dst = shut(dst, ftyp)

	dst, moov := open(dst, "moov")
	next := uint32(1)
	for _, t := range tracks {
		next = max(next, uint32(t.ID)+1)
	}
	dst, mvhd := openFull(dst, "mvhd", 0, 0)
	dst = zeros(dst, 8)
	dst = be.AppendUint32(dst, 1000)
	dst = be.AppendUint32(dst, 0)
	dst = be.AppendUint32(dst, 0x10000)
	dst = be.AppendUint16(dst, 0x100)
	dst = zeros(dst, 10)
	dst = matrix(dst)
	dst = zeros(dst, 24)
	dst = be.AppendUint32(dst, next)
	dst = shut(dst, mvhd)

	for _, t := range tracks {
		descriptions := []Track{t}
		for _, o := range others {
			if o.ID == t.ID {
				descriptions = append(descriptions, o)
			}
		}
		dst = appendTrak(dst, t, descriptions)
	}

	dst, mvex := open(dst, "mvex")
	if duration > 0 {
		var mehd int
		dst, mehd = openFull(dst, "mehd", 1, 0)
		dst = be.AppendUint64(dst, duration)
		dst = shut(dst, mehd)
	}
	for _, t := range tracks {
		var trex int
		dst, trex = openFull(dst, "trex", 0, 0)
		dst = be.AppendUint32(dst, uint32(t.ID))
		dst = be.AppendUint32(dst, 1)
		dst = zeros(dst, 12)
		dst = shut(dst, trex)
	}
	dst = shut(dst, mvex)
	return shut(dst, moov)
}

func appendTrak(dst []byte, t Track, descriptions []Track) []byte {
	dst, trak := open(dst, "trak")

	dst, tkhd := openFull(dst, "tkhd", 0, 3)
	dst = zeros(dst, 8)
	dst = be.AppendUint32(dst, uint32(t.ID))
	dst = zeros(dst, 16)
	if t.Codec.Video() {
		dst = zeros(dst, 4)
	} else {
		dst = append(dst, 0, 1, 0, 0) // alternate group 1
	}
	if t.Codec.Video() {
		dst = be.AppendUint16(dst, 0)
	} else {
		dst = be.AppendUint16(dst, 0x100)
	}
	dst = zeros(dst, 2)
	dst = matrix(dst)
	dst = be.AppendUint32(dst, uint32(min(t.Width, math.MaxUint16))<<16)
	dst = be.AppendUint32(dst, uint32(min(t.Height, math.MaxUint16))<<16)
	dst = shut(dst, tkhd)

	dst, mdia := open(dst, "mdia")
	dst, mdhd := openFull(dst, "mdhd", 0, 0)
	dst = zeros(dst, 8)
	dst = be.AppendUint32(dst, t.Timescale)
	dst = zeros(dst, 4)
	dst = be.AppendUint16(dst, 0x55c4) // und
	dst = zeros(dst, 2)
	dst = shut(dst, mdhd)

	dst, hdlr := openFull(dst, "hdlr", 0, 0)
	dst = zeros(dst, 4)
	if t.Codec.Video() {
		dst = append(dst, "vide"...)
	} else {
		dst = append(dst, "soun"...)
	}
	dst = zeros(dst, 12)
	dst = append(dst, "Watchroom\x00"...)
	dst = shut(dst, hdlr)

	dst, minf := open(dst, "minf")
	if t.Codec.Video() {
		var vmhd int
		dst, vmhd = openFull(dst, "vmhd", 0, 1)
		dst = zeros(dst, 8)
		dst = shut(dst, vmhd)
	} else {
		var smhd int
		dst, smhd = openFull(dst, "smhd", 0, 0)
		dst = zeros(dst, 4)
		dst = shut(dst, smhd)
	}
	dst, dinf := open(dst, "dinf")
	dst, dref := openFull(dst, "dref", 0, 0)
	dst = be.AppendUint32(dst, 1)
	dst, url := openFull(dst, "url ", 0, 1)
	dst = shut(dst, url)
	dst = shut(dst, dref)
	dst = shut(dst, dinf)

	dst, stbl := open(dst, "stbl")
	dst, stsd := openFull(dst, "stsd", 0, 0)
	dst = be.AppendUint32(dst, uint32(len(descriptions)))
	for _, d := range descriptions {
		dst = appendSampleEntry(dst, d)
	}
	dst = shut(dst, stsd)
	for _, kind := range []string{"stts", "stsc", "stco"} {
		var start int
		dst, start = openFull(dst, kind, 0, 0)
		dst = zeros(dst, 4)
		dst = shut(dst, start)
	}
	dst, stsz := openFull(dst, "stsz", 0, 0)
	dst = zeros(dst, 8)
	dst = shut(dst, stsz)
	dst = shut(dst, stbl)
	dst = shut(dst, minf)
	dst = shut(dst, mdia)
	return shut(dst, trak)
}

func appendSampleEntry(dst []byte, t Track) []byte {
	kind := map[Codec]string{
		H264: "avc1", H265: "hvc1", MJPEG: "mp4v",
		AAC: "mp4a", PCMA: "alaw", PCMU: "ulaw", Opus: "Opus", FLAC: "fLaC",
	}[t.Codec]
	dst, entry := open(dst, kind)
	dst = zeros(dst, 6)
	dst = be.AppendUint16(dst, 1) // data_reference_index
	if t.Codec.Video() {
		dst = zeros(dst, 16)
		dst = be.AppendUint16(dst, uint16(min(t.Width, math.MaxUint16)))
		dst = be.AppendUint16(dst, uint16(min(t.Height, math.MaxUint16)))
		dst = be.AppendUint32(dst, 0x480000)
		dst = be.AppendUint32(dst, 0x480000)
		dst = zeros(dst, 4)
		dst = be.AppendUint16(dst, 1)
		dst = zeros(dst, 32)
		dst = be.AppendUint16(dst, 0x18)
		dst = append(dst, 0xff, 0xff)
	} else {
		dst = zeros(dst, 8)
		dst = be.AppendUint16(dst, uint16(t.Channels))
		dst = be.AppendUint16(dst, 16)
		dst = zeros(dst, 4)
		rate := uint32(t.SampleRate)
		if t.Codec == Opus {
			rate = 48000
		}
		dst = be.AppendUint32(dst, min(rate, math.MaxUint16)<<16)
	}
	switch t.Codec {
	case H264:
		dst = appendAVCC(dst, t)
	case H265:
		dst = appendHVCC(dst, t)
	case MJPEG:
		dst = appendESDS(dst, t.ID, 0x6c, 4, nil)
	case AAC:
		dst = appendESDS(dst, t.ID, 0x40, 5, t.Config)
	case Opus:
		var dops int
		dst, dops = open(dst, "dOps")
		dst = append(dst, 0, byte(t.Channels))
		dst = be.AppendUint16(dst, 3840) // pre-skip: 80 ms, the usual encoder delay bound
		dst = be.AppendUint32(dst, uint32(t.SampleRate))
		dst = append(dst, 0, 0, 0)
		dst = shut(dst, dops)
	case FLAC:
		var dfla int
		dst, dfla = openFull(dst, "dfLa", 0, 0)
		dst = append(dst, 0x80, 0, byte(len(t.Config)>>8), byte(len(t.Config))) // STREAMINFO, the last metadata block
		dst = append(dst, t.Config...)
		dst = shut(dst, dfla)
	}
	return shut(dst, entry)
}

// appendAVCC writes the AVCDecoderConfigurationRecord (ISO/IEC 14496-15 5.3.3.1).
func appendAVCC(dst []byte, t Track) []byte {
	dst, start := open(dst, "avcC")
	profile, compat, level := byte(0x42), byte(0), byte(0x1e)
	if len(t.SPS) > 0 && len(t.SPS[0]) >= 4 {
		profile, compat, level = t.SPS[0][1], t.SPS[0][2], t.SPS[0][3]
	}
	sps, pps := storable(t.SPS, 31), storable(t.PPS, 255)
	dst = append(dst, 1, profile, compat, level, 0xff, 0xe0|byte(len(sps)))
	dst = appendSets(dst, sps)
	dst = append(dst, byte(len(pps)))
	dst = appendSets(dst, pps)
	switch profile {
	case 66, 77, 88: // Baseline, Main and Extended are always 4:2:0 and 8 bit
	default:
		chroma, luma, chromaDepth := readAVCDepths(t.SPS[0])
		dst = append(dst, 0xfc|chroma, 0xf8|(luma-8), 0xf8|(chromaDepth-8), 0)
	}
	return shut(dst, start)
}

// storable leaves out parameter sets that the 16-bit length of a configuration
// record cannot tell, and those past the first most. No decoder makes such sets;
// a hostile camera may.
func storable(sets [][]byte, most int) [][]byte {
	out := make([][]byte, 0, min(len(sets), most))
	for _, s := range sets {
		if len(s) <= math.MaxUint16 && len(out) < most {
			out = append(out, s)
		}
	}
	return out
}

func appendSets(dst []byte, sets [][]byte) []byte {
	for _, s := range sets {
		dst = be.AppendUint16(dst, uint16(len(s)))
		dst = append(dst, s...)
	}
	return dst
}

// appendHVCC writes the HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 8.3.3.1).
// Chroma format and bit depth are taken as 4:2:0 and 8 bit where the SPS is too
// short to tell; decoders read the parameter sets themselves.
func appendHVCC(dst []byte, t Track) []byte {
	dst, start := open(dst, "hvcC")
	info := hevcInfo{chroma: 1, lumaDepth: 8, chromaDepth: 8, layers: 1}
	if len(t.SPS) > 0 {
		info = readHEVCInfo(t.SPS[0])
	}
	dst = append(dst, 1)
	dst = append(dst, info.ptl[:]...) // profile, compatibility, constraints, level: 12 bytes
	dst = be.AppendUint16(dst, 0xf000)
	dst = append(dst, 0xfc, 0xfc|info.chroma, 0xf8|(info.lumaDepth-8), 0xf8|(info.chromaDepth-8))
	dst = be.AppendUint16(dst, 0)
	nested := byte(0)
	if info.nested {
		nested = 4
	}
	dst = append(dst, info.layers<<3|nested|3)
	arrays := []struct {
		kind byte
		sets [][]byte
	}{{32, t.VPS}, {33, t.SPS}, {34, t.PPS}}
	dst = append(dst, byte(len(arrays)))
	for _, a := range arrays {
		sets := storable(a.sets, math.MaxUint16)
		dst = append(dst, a.kind) // array_completeness 0: sets may also stand in the samples
		dst = be.AppendUint16(dst, uint16(len(sets)))
		dst = appendSets(dst, sets)
	}
	return shut(dst, start)
}

// appendESDS writes an ES_Descriptor (ISO/IEC 14496-1 7.2.6.5) in an esds box.
func appendESDS(dst []byte, id int, objectType, streamType byte, config []byte) []byte {
	dst, start := openFull(dst, "esds", 0, 0)
	specific := 0
	if len(config) > 0 {
		specific = 5 + len(config)
	}
	descriptor := func(tag byte, size int) {
		dst = append(dst, tag, 0x80|byte(size>>21), 0x80|byte(size>>14), 0x80|byte(size>>7), byte(size&0x7f))
	}
	descriptor(3, 3+5+13+specific+5+1)
	dst = be.AppendUint16(dst, uint16(id))
	dst = append(dst, 0)
	descriptor(4, 13+specific)
	dst = append(dst, objectType, streamType<<2|1)
	dst = zeros(dst, 11)
	if len(config) > 0 {
		descriptor(5, len(config))
		dst = append(dst, config...)
	}
	descriptor(6, 1)
	dst = append(dst, 2)
	return shut(dst, start)
}
