package fmp4

// readAVCDepths reads from an SPS of a High profile what its configuration record
// repeats (ISO/IEC 14496-10 7.3.2.1.1), and falls back to 4:2:0, 8 bit.
func readAVCDepths(sps []byte) (chroma, luma, chromaDepth byte) {
	raw := unescape(sps, 32)
	if len(raw) < 5 {
		return 1, 8, 8
	}
	bits := bitReader{b: raw[4:]}
	bits.exp() // seq_parameter_set_id
	c := bits.exp()
	if c == 3 {
		bits.read(1) // separate_colour_plane_flag
	}
	l, cd := bits.exp(), bits.exp()
	if bits.over || c > 3 || l > 7 || cd > 7 {
		return 1, 8, 8
	}
	return byte(c), byte(l) + 8, byte(cd) + 8
}
