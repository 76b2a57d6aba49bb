package fmp4

import "fmt"

// ReadInit reads the tracks of an initialisation segment (ftyp and moov, in any
// order, other boxes between them skipped). size is the number of bytes up to the
// end of moov. Sample descriptions other than the first of a track are ignored.
// It returns ErrTruncated while moov is not complete.
func ReadInit(b []byte) (tracks []Track, size int, err error) {
	rest := b
	for {
		if len(rest) < 8 {
			return nil, 0, ErrTruncated
		}
		x, next, ok := nextBox(rest)
		if !ok {
			if n := be.Uint32(rest); n > 1 && n < 8 {
				return nil, 0, ErrMalformed
			}
			return nil, 0, ErrTruncated
		}
		switch x.kind {
		case "moov":
			size = len(b) - len(next)
			tracks, err = readMoov(x.body)
			return tracks, size, err
		case "moof", "mdat":
			return nil, 0, fmt.Errorf("%w: %s before moov", ErrMalformed, x.kind)
		}
		rest = next
	}
}

func readMoov(b []byte) ([]Track, error) {
	var tracks []Track
	for {
		x, rest, ok := nextBox(b)
		if !ok {
			break
		}
		if x.kind == "trak" {
			t, err := readTrak(x.body)
			if err != nil {
				return nil, err
			}
			tracks = append(tracks, t)
			if len(tracks) > 16 {
				return nil, fmt.Errorf("%w: more than 16 tracks", ErrMalformed)
			}
		}
		b = rest
	}
	if len(tracks) == 0 {
		return nil, fmt.Errorf("%w: moov without tracks", ErrMalformed)
	}
	return tracks, nil
}

func readTrak(b []byte) (Track, error) {
	var t Track
	tkhd, ok := child(b, "tkhd")
	if !ok || len(tkhd) < 24 {
		return t, fmt.Errorf("%w: no tkhd", ErrMalformed)
	}
	at := 12
	if tkhd[0] == 1 {
		at = 20
	}
	t.ID = int(be.Uint32(tkhd[at:]))
	mdhd, ok := descend(b, "mdia", "mdhd")
	if !ok || len(mdhd) < 24 {
		return t, fmt.Errorf("%w: no mdhd", ErrMalformed)
	}
	if at = 12; mdhd[0] == 1 {
		at = 20
	}
	t.Timescale = be.Uint32(mdhd[at:])
	if t.Timescale == 0 {
		return t, fmt.Errorf("%w: timescale 0", ErrMalformed)
	}
	stsd, ok := descend(b, "mdia", "minf", "stbl", "stsd")
	if !ok || len(stsd) < 8 {
		return t, fmt.Errorf("%w: no stsd", ErrMalformed)
	}
	entry, _, ok := nextBox(stsd[8:])
	if !ok {
		return t, fmt.Errorf("%w: empty stsd", ErrMalformed)
	}
	return t, readSampleEntry(&t, entry)
}

func readSampleEntry(t *Track, entry box) error {
	b := entry.body
	visual, audio := len(b) >= 78, len(b) >= 28
	switch entry.kind {
	case "avc1", "avc3", "hvc1", "hev1", "mp4v":
		if !visual {
			return fmt.Errorf("%w: short %s", ErrMalformed, entry.kind)
		}
		t.Width, t.Height = int(be.Uint16(b[24:])), int(be.Uint16(b[26:]))
		b = b[78:]
	case "mp4a", "alaw", "ulaw", "Opus", "fLaC":
		if !audio {
			return fmt.Errorf("%w: short %s", ErrMalformed, entry.kind)
		}
		t.Channels, t.SampleRate = int(be.Uint16(b[16:])), int(be.Uint32(b[24:])>>16)
		b = b[28:]
	}
	switch entry.kind {
	case "avc1", "avc3":
		t.Codec = H264
		c, ok := child(b, "avcC")
		if !ok || len(c) < 6 {
			return fmt.Errorf("%w: no avcC", ErrMalformed)
		}
		rest := c[6:]
		if t.SPS, rest, ok = readSets(rest, int(c[5]&0x1f)); !ok || len(rest) < 1 {
			return fmt.Errorf("%w: avcC", ErrMalformed)
		}
		if t.PPS, _, ok = readSets(rest[1:], int(rest[0])); !ok {
			return fmt.Errorf("%w: avcC", ErrMalformed)
		}
	case "hvc1", "hev1":
		t.Codec = H265
		c, ok := child(b, "hvcC")
		if !ok || len(c) < 23 {
			return fmt.Errorf("%w: no hvcC", ErrMalformed)
		}
		rest := c[23:]
		for range int(c[22]) {
			if len(rest) < 3 {
				return fmt.Errorf("%w: hvcC", ErrMalformed)
			}
			var sets [][]byte
			kind, n := rest[0]&0x3f, int(be.Uint16(rest[1:]))
			if sets, rest, ok = readSets(rest[3:], n); !ok {
				return fmt.Errorf("%w: hvcC", ErrMalformed)
			}
			switch kind {
			case 32:
				t.VPS = sets
			case 33:
				t.SPS = sets
			case 34:
				t.PPS = sets
			}
		}
	case "mp4v", "mp4a":
		esds, ok := child(b, "esds")
		if !ok || len(esds) < 4 {
			return fmt.Errorf("%w: no esds", ErrMalformed)
		}
		object, config := readDecoderConfig(esds[4:])
		switch {
		case entry.kind == "mp4v" && object == 0x6c:
			t.Codec = MJPEG
		case entry.kind == "mp4a" && object == 0x40:
			t.Codec, t.Config = AAC, config
		default:
			return fmt.Errorf("%w: %s of object type %#x", ErrMalformed, entry.kind, object)
		}
	case "alaw":
		t.Codec = PCMA
	case "ulaw":
		t.Codec = PCMU
	case "Opus":
		t.Codec = Opus
		if d, ok := child(b, "dOps"); ok && len(d) >= 8 {
			t.SampleRate = int(be.Uint32(d[4:]))
		}
	case "fLaC":
		t.Codec = FLAC
		d, ok := child(b, "dfLa")
		if !ok || len(d) < 8+34 || d[4]&0x7f != 0 || be.Uint32(d[4:])&0xffffff != 34 {
			return fmt.Errorf("%w: no STREAMINFO in dfLa", ErrMalformed)
		}
		t.Config = d[8 : 8+34 : 8+34]
		t.SampleRate = int(be.Uint32(t.Config[10:]) >> 12) // the entry holds 16 bits only
	default:
		return fmt.Errorf("%w: sample entry %q", ErrMalformed, entry.kind)
	}
	return nil
}

func readSets(b []byte, n int) (sets [][]byte, rest []byte, ok bool) {
	for range n {
		if len(b) < 2 {
			return nil, nil, false
		}
		size := int(be.Uint16(b))
		if len(b) < 2+size {
			return nil, nil, false
		}
		sets = append(sets, b[2:2+size:2+size])
		b = b[2+size:]
	}
	return sets, b, true
}

// readDecoderConfig finds the object type indication and the DecoderSpecificInfo
// among nested descriptors (ISO/IEC 14496-1 7.2.6).
func readDecoderConfig(b []byte) (object byte, specific []byte) {
	for depth := 0; depth < 4 && len(b) > 1; depth++ {
		tag := b[0]
		size, n := 0, 1
		for ; n < len(b) && n < 5; n++ {
			size = size<<7 | int(b[n]&0x7f)
			if b[n]&0x80 == 0 {
				n++
				break
			}
		}
		b = b[n:]
		if size > len(b) {
			return object, nil
		}
		switch tag {
		case 3:
			if len(b) < 3 {
				return object, nil
			}
			skip := 3
			if b[2]&0x80 != 0 {
				skip += 2
			}
			if b[2]&0x40 != 0 {
				if len(b) <= skip {
					return object, nil
				}
				skip += 1 + int(b[skip])
			}
			if b[2]&0x20 != 0 {
				skip += 2
			}
			if len(b) < skip {
				return object, nil
			}
			b = b[skip:]
		case 4:
			if len(b) < 13 {
				return object, nil
			}
			object, b = b[0], b[13:]
		case 5:
			return object, b[:size:size]
		default:
			b = b[size:]
		}
	}
	return object, nil
}
