// Package fmp4 writes and reads the fragmented MP4 (ISO/IEC 14496-12) that
// Watchroom records: an initialisation segment, then parts, each one moof and one
// mdat. The recorder, the player, the export and the offline verifier all go
// through this one piece of code.
//
// The readers accept any bytes: they never panic, never allocate more than a
// small multiple of what they were given, and say where a file stops being sound.
package fmp4

import "errors"

// Codec names the sample format of a track.
type Codec string

// Sample formats with their sample entries.
const (
	H264  Codec = "h264"  // avc1, ISO/IEC 14496-15
	H265  Codec = "h265"  // hvc1, ISO/IEC 14496-15
	MJPEG Codec = "mjpeg" // mp4v with object type 0x6C, ISO/IEC 14496-14
	AAC   Codec = "aac"   // mp4a with object type 0x40
	PCMA  Codec = "pcma"  // alaw, QuickTime File Format
	PCMU  Codec = "pcmu"  // ulaw, QuickTime File Format
	Opus  Codec = "opus"  // Opus, Encapsulation of Opus in ISOBMFF 0.8.1
	FLAC  Codec = "flac"  // fLaC, Encapsulation of FLAC in ISOBMFF 0.0.4; never recorded, made for players
)

// Video tells whether samples are pictures.
func (c Codec) Video() bool { return c == H264 || c == H265 || c == MJPEG }

// Track is the description of one track as the initialisation segment holds it.
type Track struct {
	ID            int
	Codec         Codec
	Timescale     uint32 // ticks a second
	Width, Height int    // luma samples; video only
	VPS, SPS, PPS [][]byte
	SampleRate    int // Hz; audio only
	Channels      int
	Config        []byte // AudioSpecificConfig of AAC, STREAMINFO of FLAC
}

// Errors of the readers.
var (
	// ErrTruncated means that the bytes end inside a box: what stands before is sound.
	ErrTruncated = errors.New("fmp4: file ends inside a box")
	// ErrMalformed means that a box contradicts itself.
	ErrMalformed = errors.New("fmp4: malformed box")
)
