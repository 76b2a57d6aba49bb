// Package clip holds the simulator's clips: coded pictures in memory, ready to be
// cut into RTP packets, with room in every picture for a counter.
//
// The clips in the folder data are made by scripts/clips. Any other H.264 or
// H.265 file can be loaded as well: MP4 or, for H.264, a bare Annex B stream.
package clip

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"watchroom/internal/media"
)

//go:embed data
var data embed.FS

// Clock is the RTP clock rate of all video.
const Clock = 90000

// Clip is a sequence of coded pictures that begins with a key frame and may be
// repeated. It is never changed and may be shared.
type Clip struct {
	Codec         media.Codec // H264 or H265
	Width, Height int
	Ticks         int64 // 90 kHz ticks from one frame to the next
	VPS, SPS, PPS []byte
	Frames        []Frame // in decoding order
}

// Frame is one picture.
type Frame struct {
	Key   bool
	Shift int64    // presentation after decoding, 90 kHz ticks; 0 without B-frames
	NALs  [][]byte // slices only: no parameter sets, delimiters or SEI
}

// FPS is the frame rate.
func (c *Clip) FPS() float64 { return Clock / float64(c.Ticks) }

// Open reads one of the committed clips, such as "gate-main". The error is
// fs.ErrNotExist when there is none of that name.
func Open(name string) (*Clip, error) {
	b, err := data.ReadFile("data/" + name + ".mp4")
	if err != nil {
		return nil, fmt.Errorf("clip %s: %w", name, fs.ErrNotExist)
	}
	c, err := readMP4(b)
	if err != nil {
		return nil, fmt.Errorf("clip %s: %w", name, err)
	}
	return c, nil
}

// Load reads a file: MP4 (H.264 or H.265) or H.264 Annex B without B-frames.
// fps is the frame rate of an Annex B stream that does not tell its own; MP4
// files know theirs.
func Load(path string, fps float64) (*Clip, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("clip: %w", err)
	}
	var c *Clip
	if len(b) > 8 && string(b[4:8]) == "ftyp" {
		c, err = readMP4(b)
	} else {
		c, err = readAnnexB(b, fps)
	}
	if err != nil {
		return nil, fmt.Errorf("clip %s: %w", path, err)
	}
	return c, nil
}

var errNoPictures = errors.New("no pictures that begin with a key frame")

// check is what every reader ends with.
func (c *Clip) check() (*Clip, error) {
	if len(c.Frames) == 0 || !c.Frames[0].Key {
		return nil, errNoPictures
	}
	if len(c.SPS) == 0 || len(c.PPS) == 0 || c.Codec == media.H265 && len(c.VPS) == 0 {
		return nil, errors.New("no parameter sets")
	}
	if c.Ticks <= 0 {
		return nil, errors.New("no frame rate")
	}
	return c, nil
}

// codedSlices keeps the coded slices of a list of NAL units and tells whether they
// are a key frame.
func codedSlices(codec media.Codec, nals [][]byte) (keep [][]byte, key bool) {
	for _, n := range nals {
		if len(n) < 2 {
			continue
		}
		if codec == media.H265 {
			if t := n[0] >> 1 & 0x3f; t < 32 {
				keep = append(keep, n)
				key = key || t >= 16 && t <= 21
			}
			continue
		}
		if t := n[0] & 0x1f; t >= 1 && t <= 5 {
			keep = append(keep, n)
			key = key || t == 5
		}
	}
	return keep, key
}
