package fmp4

// Sample is one access unit or audio frame inside a part.
type Sample struct {
	Duration uint32 // ticks
	Offset   int32  // composition minus decoding time, ticks
	Size     uint32 // bytes
	Key      bool
	Data     []byte // the bytes; when reading, nil unless asked for
}

// TrackFragment is what one part holds of one track.
type TrackFragment struct {
	TrackID     int
	Description uint32 // sample description index; 0 is written as 1
	BaseTime    uint64 // decoding time of the first sample, ticks
	Samples     []Sample
}

// Duration is the sum of the samples' durations in ticks.
func (f *TrackFragment) Duration() uint64 {
	var d uint64
	for i := range f.Samples {
		d += uint64(f.Samples[i].Duration)
	}
	return d
}

const (
	sampleIsKey    = 0x02000000 // sample_depends_on 2: an I picture
	sampleIsNotKey = 0x01010000 // sample_depends_on 1, sample_is_non_sync_sample
)

// AppendFragment appends one part, moof and mdat, with the samples' data.
func AppendFragment(dst []byte, sequence uint32, tracks []TrackFragment) []byte {
	dst = AppendHead(dst, sequence, tracks)
	for i := range tracks {
		for j := range tracks[i].Samples {
			dst = append(dst, tracks[i].Samples[j].Data...)
		}
	}
	return dst
}

// AppendHead appends a part's moof and the head of its mdat; the data of every
// sample of every track must follow in the order given. Sizes are taken from
// Sample.Data, or from Sample.Size where Data is nil. The layout is fixed (8-byte
// decode time, explicit sample description index), so that both can be changed
// in place without moving a byte.
func AppendHead(dst []byte, sequence uint32, tracks []TrackFragment) []byte {
	start := len(dst)
	dst, moof := open(dst, "moof")
	dst, mfhd := openFull(dst, "mfhd", 0, 0)
	dst = be.AppendUint32(dst, sequence)
	dst = shut(dst, mfhd)

	total := 0
	offsets := make([]int, 0, 4)
	sizes := make([]int, 0, 4)
	for i := range tracks {
		t := &tracks[i]
		var traf, tfhd, tfdt, trun int
		dst, traf = open(dst, "traf")
		dst, tfhd = openFull(dst, "tfhd", 0, 0x020002) // default-base-is-moof, sample-description-index
		dst = be.AppendUint32(dst, uint32(t.TrackID))
		dst = be.AppendUint32(dst, max(t.Description, 1))
		dst = shut(dst, tfhd)
		dst, tfdt = openFull(dst, "tfdt", 1, 0)
		dst = be.AppendUint64(dst, t.BaseTime)
		dst = shut(dst, tfdt)

		flags := uint32(0x000701) // data offset, duration, size, flags
		for j := range t.Samples {
			if t.Samples[j].Offset != 0 {
				flags |= 0x800
				break
			}
		}
		dst, trun = openFull(dst, "trun", 1, flags)
		dst = be.AppendUint32(dst, uint32(len(t.Samples)))
		offsets = append(offsets, len(dst))
		dst = be.AppendUint32(dst, 0)
		bytes := 0
		for j := range t.Samples {
			s := &t.Samples[j]
			size := s.Size
			if s.Data != nil {
				size = uint32(len(s.Data))
			}
			bytes += int(size)
			dst = be.AppendUint32(dst, s.Duration)
			dst = be.AppendUint32(dst, size)
			if s.Key {
				dst = be.AppendUint32(dst, sampleIsKey)
			} else {
				dst = be.AppendUint32(dst, sampleIsNotKey)
			}
			if flags&0x800 != 0 {
				dst = be.AppendUint32(dst, uint32(s.Offset))
			}
		}
		dst = shut(dst, trun)
		dst = shut(dst, traf)
		sizes = append(sizes, bytes)
		total += bytes
	}
	dst = shut(dst, moof)

	at := len(dst) - start + 8
	for i, o := range offsets {
		be.PutUint32(dst[o:], uint32(at))
		at += sizes[i]
	}
	dst = be.AppendUint32(dst, uint32(total+8))
	return append(dst, "mdat"...)
}
