package fmp4

// hevcInfo is what the configuration record repeats from an SPS (ISO/IEC 23008-2 7.3.2.2).
type hevcInfo struct {
	ptl                            [12]byte
	chroma, lumaDepth, chromaDepth byte
	layers                         byte
	nested                         bool
}

// readHEVCInfo reads as far as the bit depths and falls back to 4:2:0, 8 bit.
func readHEVCInfo(sps []byte) hevcInfo {
	info := hevcInfo{chroma: 1, lumaDepth: 8, chromaDepth: 8, layers: 1}
	raw := unescape(sps, 128)
	if len(raw) < 15 {
		return info
	}
	layers := raw[2] >> 1 & 7 // sps_max_sub_layers_minus1
	info.layers, info.nested = layers+1, raw[2]&1 == 1
	copy(info.ptl[:], raw[3:15])
	bits := bitReader{b: raw[15:]}
	if layers > 0 {
		var present [8][2]bool
		for i := range int(layers) {
			present[i] = [2]bool{bits.read(1) == 1, bits.read(1) == 1}
		}
		for range 8 - int(layers) {
			bits.read(2)
		}
		for i := range int(layers) {
			if present[i][0] {
				bits.skip(88)
			}
			if present[i][1] {
				bits.skip(8)
			}
		}
	}
	bits.exp() // sps_seq_parameter_set_id
	chroma := bits.exp()
	if chroma == 3 {
		bits.read(1)
	}
	bits.exp()
	bits.exp()
	if bits.read(1) == 1 {
		for range 4 {
			bits.exp()
		}
	}
	luma, chromaBits := bits.exp(), bits.exp()
	if !bits.over && chroma <= 3 && luma <= 7 && chromaBits <= 7 {
		info.chroma, info.lumaDepth, info.chromaDepth = byte(chroma), byte(luma)+8, byte(chromaBits)+8
	}
	return info
}

// unescape removes emulation prevention from the first most bytes of a NAL unit.
func unescape(b []byte, most int) []byte {
	out := make([]byte, 0, min(len(b), most))
	run := 0
	for _, v := range b {
		if len(out) == most {
			break
		}
		if run >= 2 && v == 3 {
			run = 0
			continue
		}
		if v == 0 {
			run++
		} else {
			run = 0
		}
		out = append(out, v)
	}
	return out
}

// bitReader reads bits from the most significant on; over is set past the end.
type bitReader struct {
	b    []byte
	pos  int
	over bool
}

func (r *bitReader) read(n int) (v uint32) {
	for range n {
		if r.pos>>3 >= len(r.b) {
			r.over = true
			return 0
		}
		v = v<<1 | uint32(r.b[r.pos>>3]>>(7-r.pos&7)&1)
		r.pos++
	}
	return v
}

func (r *bitReader) skip(n int) { r.pos += n }

// exp reads ue(v) of ISO/IEC 14496-10 9.1.
func (r *bitReader) exp() uint32 {
	n := 0
	for r.read(1) == 0 {
		if n++; n > 31 || r.over {
			r.over = true
			return 0
		}
	}
	return 1<<n - 1 + r.read(n)
}
