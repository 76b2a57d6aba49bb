package flac_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os/exec"
	"slices"
	"testing"

	"watchroom/internal/playback/flac"
)

// ffmpeg decodes or converts with ffmpeg.
func ffmpeg(t *testing.T, in []byte, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("ffmpeg", append([]string{"-nostdin", "-hide_banner", "-loglevel", "error", "-xerror", "-err_detect", "crccheck+bitstream+explode"}, append(args, "pipe:1")...)...)
	var out, complaint bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &complaint
	if err := cmd.Run(); err != nil || complaint.Len() > 0 {
		t.Fatalf("ffmpeg (apt-get install ffmpeg): %v: %s", err, complaint.Bytes())
	}
	return out.Bytes()
}

func samples(b []byte) []int16 {
	out := make([]int16, len(b)/2)
	for i := range out {
		out[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return out
}

func TestExpansionIsFFmpegs(t *testing.T) {
	codes := make([]byte, 256)
	for i := range codes {
		codes[i] = byte(i)
	}
	for name, law := range map[string]flac.Law{"alaw": flac.ALaw, "mulaw": flac.MuLaw} {
		want := samples(ffmpeg(t, codes, "-f", name, "-ar", "8000", "-ac", "1", "-i", "pipe:0", "-f", "s16le"))
		if got := law.Expand(nil, codes); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// decode reads a FLAC file of the frames back.
func decode(t *testing.T, rate, channels int, frames []byte) []int16 {
	t.Helper()
	file := append([]byte("fLaC\x80\x00\x00\x22"), flac.StreamInfo(rate, channels)...)
	return samples(ffmpeg(t, append(file, frames...), "-f", "flac", "-i", "pipe:0", "-f", "s16le"))
}

// What decodes is what was coded, to the last bit, whatever it is.
func TestFFmpegDecodesWhatWeCode(t *testing.T) {
	kinds := []string{"silence", "constant", "noise", "tone", "A-law", "µ-law", "edge", "spike"}
	for seed, rate := range []int{8000, 8000, 16000, 11025, 44100, 96000} {
		channels := 1 + seed%4
		random := rand.New(rand.NewPCG(uint64(seed), 711))
		e := flac.Encoder{Rate: rate, Channels: channels}
		var want []int16
		var frames []byte
		for i := range 60 {
			block := 1 + random.IntN(400)
			if i%20 == 0 {
				block = flac.MaxBlock
			}
			pcm := make([]int16, block*channels)
			kind := kinds[i%len(kinds)]
			level := int16(random.Uint32())
			for j := range pcm {
				code := []byte{byte(random.Uint32())}
				switch kind {
				case "constant":
					pcm[j] = level
				case "noise":
					pcm[j] = int16(random.Uint32())
				case "tone":
					pcm[j] = int16(20000 * math.Sin(float64(j)/9))
				case "A-law":
					pcm[j] = flac.ALaw.Expand(nil, code)[0]
				case "µ-law":
					pcm[j] = flac.MuLaw.Expand(nil, code)[0]
				case "spike": // far from what the rest is coded for
					if pcm[j] = int16(j & 1); j == len(pcm)/2 {
						pcm[j] = math.MinInt16
					}
				case "edge":
					pcm[j] = []int16{math.MinInt16, math.MaxInt16, 0, -1}[random.IntN(4)]
				}
			}
			want = append(want, pcm...)
			frames = e.AppendFrame(frames, pcm)
		}
		if got := decode(t, rate, channels, frames); !slices.Equal(got, want) {
			t.Errorf("%d Hz, %d channels: %d samples came back, %d were coded, or they differ", rate, channels, len(got), len(want))
		}
	}
}

func TestSoundTakesLessRoomThanAsSamples(t *testing.T) {
	e := flac.Encoder{Rate: 8000, Channels: 1}
	quiet := e.AppendFrame(nil, make([]int16, 320))
	if len(quiet) > 16 {
		t.Errorf("silence takes %d bytes", len(quiet))
	}
	codes := make([]byte, 320)
	for i := range codes {
		codes[i] = 0xd5 ^ byte(20*math.Abs(math.Sin(float64(i)/9)))
	}
	if tone := e.AppendFrame(nil, flac.ALaw.Expand(nil, codes)); len(tone) > 400 {
		t.Errorf("a soft tone of 640 bytes takes %d", len(tone))
	}
}

// Days of sound have numbers of many bytes.
func TestNumbersOfFramesGrow(t *testing.T) {
	e := flac.Encoder{Rate: 8000, Channels: 1}
	pcm := make([]int16, flac.MaxBlock)
	var frames []byte
	for range 500 {
		frames = e.AppendFrame(frames, pcm)
	}
	if got := decode(t, 8000, 1, frames); len(got) != 500*flac.MaxBlock {
		t.Errorf("%d samples, want %d", len(got), 500*flac.MaxBlock)
	}
}
