// Package footage makes real coded pictures and sound for tests, with ffmpeg, and
// feeds them into a stream as a camera would.
package footage

import (
	"bytes"
	"fmt"
	"os/exec"
	"strconv"
	"testing"

	"watchroom/evidence/fmp4"
	"watchroom/internal/media"
)

// Spec says what to make. The zero value is ten seconds of H.264, 320×180, 25
// frames a second, a key frame every two seconds, without sound.
type Spec struct {
	Codec         media.Codec // H264, H265 or MJPEG
	Width, Height int
	FPS, Seconds  int
	GOP           int // frames
	BFrames       int
	Refresh       bool        // pictures are refreshed bit by bit, without key frames but the first (H.264)
	Audio         media.Codec // AAC, PCMA, PCMU, Opus or empty
}

// Clip is coded footage: tracks, and units whose times begin at 0, in order of
// their decoding time.
type Clip struct {
	Tracks []media.Track
	Units  []media.Unit // Wall is µs from the beginning
	Length int64        // µs
}

func (s *Spec) defaults() {
	set := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	if s.Codec == "" {
		s.Codec = media.H264
	}
	set(&s.Width, 320)
	set(&s.Height, 180)
	set(&s.FPS, 25)
	set(&s.Seconds, 10)
	set(&s.GOP, 2*s.FPS)
}

// Make runs ffmpeg. It fails the test where that is missing.
func Make(t testing.TB, s Spec) *Clip {
	t.Helper()
	s.defaults()
	args := []string{"-nostdin", "-hide_banner", "-loglevel", "error", "-f", "lavfi", "-i",
		fmt.Sprintf("testsrc2=size=%dx%d:rate=%d:duration=%d", s.Width, s.Height, s.FPS, s.Seconds)}
	if s.Audio != "" {
		args = append(args, "-f", "lavfi", "-i", fmt.Sprintf("sine=frequency=440:sample_rate=%d:duration=%d", rate(s.Audio), s.Seconds))
	}
	gop := strconv.Itoa(s.GOP)
	switch s.Codec {
	case media.H264:
		args = append(args, "-c:v", "libx264", "-preset", "ultrafast", "-g", gop, "-keyint_min", gop, "-sc_threshold", "0", "-bf", strconv.Itoa(s.BFrames), "-pix_fmt", "yuv420p")
		if s.Refresh {
			args = append(args, "-intra-refresh", "1")
		}
	case media.H265:
		args = append(args, "-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-pix_fmt", "yuv420p",
			"-x265-params", fmt.Sprintf("keyint=%s:min-keyint=%s:scenecut=0:bframes=%d:log-level=none", gop, gop, s.BFrames))
	case media.MJPEG:
		args = append(args, "-c:v", "mjpeg", "-q:v", "6", "-pix_fmt", "yuvj420p")
	}
	switch s.Audio {
	case media.AAC:
		args = append(args, "-c:a", "aac")
	case media.Opus:
		args = append(args, "-c:a", "libopus")
	case media.PCMA, media.PCMU: // MP4 by ffmpeg cannot hold them; coded below
		args = append(args, "-c:a", "aac", "-ar", "8000", "-ac", "1")
	}
	args = append(args, "-f", "mp4", "-movflags", "frag_keyframe+empty_moov+default_base_moof", "pipe:1")
	cmd := exec.Command("ffmpeg", args...)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		t.Fatalf("ffmpeg (apt-get install ffmpeg): %v: %s", err, complaint.Bytes())
	}
	c, err := read(out.Bytes(), s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func rate(c media.Codec) int {
	if c == media.PCMA || c == media.PCMU {
		return 8000
	}
	return 48000
}

func read(b []byte, s Spec) (*Clip, error) {
	boxes, size, err := fmp4.ReadInit(b)
	if err != nil {
		return nil, err
	}
	c := &Clip{Length: int64(s.Seconds) * 1e6}
	plain := s.Audio == media.PCMA || s.Audio == media.PCMU
	for _, x := range boxes {
		t := media.FromMP4(x)
		if t.Codec.Video() {
			t.ID = 1
			c.Tracks = append([]media.Track{t}, c.Tracks...)
		} else if !plain {
			t.ID = 2
			c.Tracks = append(c.Tracks, t)
		}
	}
	r := bytes.NewReader(b)
	_, err = fmp4.Scan(r, int64(size), int64(len(b)), func(p *fmp4.Part) error {
		if err := p.Samples(b[p.Offset:]); err != nil {
			return err
		}
		for _, u := range unitsOf(p, boxes) {
			if c.Tracks[0].Codec.Video() && (u.Track == 0 || !plain) && u.Wall < c.Length {
				c.Units = append(c.Units, u)
			}
		}
		return nil
	})
	if plain {
		c.Tracks = append(c.Tracks, media.Track{ID: 2, Codec: s.Audio, Timescale: 8000, SampleRate: 8000, Channels: 1})
		for at := int64(0); at < c.Length; at += 40_000 {
			data := make([]byte, 320)
			for i := range data {
				data[i] = byte(0xd5 ^ (i * 7 & 0x3f))
			}
			c.Units = append(c.Units, media.Unit{Track: 1, PTS: at * 8000 / 1e6, DTS: at * 8000 / 1e6, Wall: at, Key: true, Data: data})
		}
	}
	order(c.Units)
	return c, err
}
