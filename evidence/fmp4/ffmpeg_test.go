package fmp4_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"

	"watchroom/evidence/fmp4"
)

// clip is what an encoder made: a track and its samples from decoding time 0 on.
type clip struct {
	file    string // as FFmpeg muxed it
	track   fmp4.Track
	samples []fmp4.Sample
}

// run gives the output of a command that must succeed and complain of nothing.
func run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	var out, log bytes.Buffer
	c := exec.Command(name, args...)
	c.Stdout, c.Stderr = &out, &log
	err := c.Run()
	for line := range strings.Lines(log.String()) {
		if !strings.HasPrefix(line, "Guessed Channel Layout") { // said of any PCM
			t.Errorf("%s %s: %s", name, strings.Join(args, " "), line)
		}
	}
	if err != nil || t.Failed() {
		t.Fatalf("%s %s: %v", name, strings.Join(args, " "), err)
	}
	return out.Bytes()
}

// encode makes a clip with FFmpeg: source is a lavfi graph, args choose the encoder.
func encode(t *testing.T, id int, codec fmp4.Codec, source string, args ...string) clip {
	t.Helper()
	c := clip{track: fmp4.Track{ID: id, Codec: codec}, file: filepath.Join(t.TempDir(), "clip.mp4")}
	args = append([]string{"-v", "error", "-nostdin", "-f", "lavfi", "-i", source, "-bitexact"}, args...)
	if codec == fmp4.PCMA || codec == fmp4.PCMU {
		// FFmpeg muxes no G.711 into MP4, so the samples are cut here: 20 ms each.
		raw := run(t, "ffmpeg", append(args, "-ar", "8000", "-ac", "1", "-f", map[fmp4.Codec]string{fmp4.PCMA: "alaw", fmp4.PCMU: "mulaw"}[codec], "-")...)
		c.track.Timescale, c.track.SampleRate, c.track.Channels = 8000, 8000, 1
		for frame := range slices.Chunk(raw, 160) {
			c.samples = append(c.samples, fmp4.Sample{Duration: uint32(len(frame)), Size: uint32(len(frame)), Key: true, Data: frame})
		}
		return c
	}
	run(t, "ffmpeg", append(args, "-video_track_timescale", "90000", "-movflags", "frag_keyframe+empty_moov+default_base_moof", c.file)...)
	f, err := mp4.ReadMP4File(c.file)
	if err != nil {
		t.Fatal(err)
	}
	trak := f.Init.Moov.Trak
	c.track.Timescale = trak.Mdia.Mdhd.Timescale
	c.track.Width, c.track.Height = int(trak.Tkhd.Width>>16), int(trak.Tkhd.Height>>16)
	stsd := trak.Mdia.Minf.Stbl.Stsd
	switch codec {
	case fmp4.H264:
		c.track.SPS, c.track.PPS = stsd.AvcX.AvcC.SPSnalus, stsd.AvcX.AvcC.PPSnalus
	case fmp4.H265:
		for _, a := range stsd.HvcX.HvcC.NaluArrays {
			switch a.NaluType() {
			case 32:
				c.track.VPS = a.Nalus
			case 33:
				c.track.SPS = a.Nalus
			case 34:
				c.track.PPS = a.Nalus
			}
		}
	case fmp4.AAC:
		c.track.Config = stsd.Mp4a.Esds.DecConfigDescriptor.DecSpecificInfo.DecConfig
		c.track.SampleRate, c.track.Channels = int(stsd.Mp4a.SampleRate), int(stsd.Mp4a.ChannelCount)
	case fmp4.Opus:
		c.track.SampleRate, c.track.Channels = 48000, int(stsd.Opus.ChannelCount)
	}
	for _, segment := range f.Segments {
		for _, fragment := range segment.Fragments {
			samples, err := fragment.GetFullSamples(f.Init.Moov.Mvex.Trex)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range samples {
				c.samples = append(c.samples, fmp4.Sample{
					Duration: s.Dur, Offset: s.CompositionTimeOffset, Size: s.Size, Key: s.IsSync(), Data: s.Data})
			}
		}
	}
	return c
}

// file is a file being put together from clips, part by part.
type file struct {
	t      *testing.T
	b      []byte
	parts  uint32
	points []fmp4.KeyPoint // of the first track
	starts []int64         // of every part
}

// add cuts clips into parts that end before each key frame of the first clip and
// hold at most most samples of it. base is the time of the first samples, s.
func (f *file) add(most int, description uint32, base float64, clips ...clip) {
	next := make([]int, len(clips))
	times := make([]uint64, len(clips))
	for i, c := range clips {
		times[i] = uint64(base * float64(c.track.Timescale))
	}
	seconds := func(i int) float64 { return float64(times[i]) / float64(clips[i].track.Timescale) }
	for next[0] < len(clips[0].samples) {
		f.starts = append(f.starts, int64(len(f.b)))
		if clips[0].samples[next[0]].Key {
			f.points = append(f.points, fmp4.KeyPoint{Time: times[0], Offset: int64(len(f.b))})
		}
		tracks := make([]fmp4.TrackFragment, len(clips))
		for i, c := range clips {
			tracks[i] = fmp4.TrackFragment{TrackID: c.track.ID, BaseTime: times[i], Description: description}
			for next[i] < len(c.samples) {
				n, last := len(tracks[i].Samples), next[0] == len(clips[0].samples)
				if i == 0 && (n == most || n > 0 && c.samples[next[0]].Key) || i > 0 && !last && seconds(i) >= seconds(0) {
					break
				}
				tracks[i].Samples = append(tracks[i].Samples, c.samples[next[i]])
				times[i] += uint64(c.samples[next[i]].Duration)
				next[i]++
			}
		}
		f.parts++
		f.b = fmp4.AppendFragment(f.b, f.parts, tracks)
	}
}

func (f *file) save() string {
	f.t.Helper()
	name := filepath.Join(f.t.TempDir(), "file.mp4")
	if err := os.WriteFile(name, f.b, 0o600); err != nil {
		f.t.Fatal(err)
	}
	return name
}

func build(t *testing.T, most int, clips ...clip) *file {
	var tracks []fmp4.Track
	for _, c := range clips {
		tracks = append(tracks, c.track)
	}
	f := &file{t: t, b: fmp4.AppendInit(nil, tracks)}
	f.add(most, 1, 0, clips...)
	return f
}

type probed struct {
	Streams []struct {
		CodecName string `json:"codec_name"`
		TimeBase  string `json:"time_base"`
		Frames    string `json:"nb_read_frames"`
		Packets   string `json:"nb_read_packets"`
		Width     int    `json:"width"`
		Height    int    `json:"height"`
	}
	Frames  []struct{ Width, Height, PTS int }
	Packets []struct {
		PTS, DTS int
		Flags    string
		Pos      string
	}
}

func probe(t *testing.T, name string, args ...string) (p probed) {
	t.Helper()
	args = append([]string{"-v", "warning", "-of", "json"}, append(args, name)...)
	if err := json.Unmarshal(run(t, "ffprobe", args...), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// pictures are the MD5 sums of the decoded pictures of the first video track.
func pictures(t *testing.T, name string, before ...string) (sums []string) {
	t.Helper()
	args := append([]string{"-v", "warning", "-xerror", "-nostdin"}, before...)
	args = append(args, "-i", name, "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framemd5", "-")
	for line := range strings.Lines(string(run(t, "ffmpeg", args...))) {
		if fields := strings.Split(strings.TrimSpace(line), ","); !strings.HasPrefix(line, "#") {
			sums = append(sums, strings.TrimSpace(fields[len(fields)-1]))
		}
	}
	return sums
}

const (
	smallPicture = "testsrc2=s=320x180:r=25:d=2"
	tone         = "sine=f=440:d=2"
)

func TestFFmpegPlaysWhatWeWrite(t *testing.T) {
	h264 := []string{"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "10"}
	cases := map[string]struct {
		video, audio []string
		vc, ac       fmp4.Codec
		names        [2]string
	}{
		"h264 aac":             {h264, []string{"-c:a", "aac", "-ar", "48000", "-ac", "2"}, fmp4.H264, fmp4.AAC, [2]string{"h264", "aac"}},
		"h264 with B and opus": {append(h264, "-bf", "2"), []string{"-c:a", "libopus", "-ar", "48000"}, fmp4.H264, fmp4.Opus, [2]string{"h264", "opus"}},
		"h264 baseline pcma":   {append(h264, "-profile:v", "baseline"), nil, fmp4.H264, fmp4.PCMA, [2]string{"h264", "pcm_alaw"}},
		"h265 pcmu": {[]string{"-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-x265-params", "log-level=none:keyint=10"},
			nil, fmp4.H265, fmp4.PCMU, [2]string{"hevc", "pcm_mulaw"}},
		"mjpeg aac mono": {[]string{"-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "10"},
			[]string{"-c:a", "aac", "-ar", "16000", "-ac", "1"}, fmp4.MJPEG, fmp4.AAC, [2]string{"mjpeg", "aac"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			video := encode(t, 1, c.vc, smallPicture, c.video...)
			audio := encode(t, 2, c.ac, tone, c.audio...)
			if len(video.samples) != 50 {
				t.Fatalf("%d pictures were encoded", len(video.samples))
			}
			f := build(t, 4, video, audio)
			file := f.save()
			p := probe(t, file, "-count_packets", "-count_frames", "-show_streams")
			want := [2]int{len(video.samples), len(audio.samples)}
			for i, s := range p.Streams {
				if s.CodecName != c.names[i] || s.Packets != strconv.Itoa(want[i]) {
					t.Errorf("stream %d: %+v, want %d samples of %s", i, s, want[i], c.names[i])
				}
			}
			if len(p.Streams) != 2 || p.Streams[0].Frames != "50" || p.Streams[0].Width != 320 || p.Streams[0].Height != 180 {
				t.Errorf("%+v", p.Streams)
			}
			run(t, "ffmpeg", "-v", "warning", "-xerror", "-nostdin", "-i", file, "-f", "null", "-")
			if got, original := pictures(t, file), pictures(t, video.file); !slices.Equal(got, original) || len(got) != 50 {
				t.Errorf("%d pictures differ from the %d of FFmpeg's own file", len(got), len(original))
			}
		})
	}
}

// TestFFmpegPlaysACutFile cuts inside the last part, as a killed recorder does,
// and plays what Scan says is sound.
func TestFFmpegPlaysACutFile(t *testing.T) {
	video := encode(t, 1, fmp4.H264, smallPicture, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "10")
	f := build(t, 5, video)
	cut := f.b[:len(f.b)-7]
	_, from, err := fmp4.ReadInit(cut)
	if err != nil {
		t.Fatal(err)
	}
	samples := 0
	end, _ := fmp4.Scan(bytes.NewReader(cut), int64(from), int64(len(cut)), func(p *fmp4.Part) error {
		samples += len(p.Tracks[0].Samples)
		return nil
	})
	f.b = cut[:end]
	if got := pictures(t, f.save()); len(got) != samples || samples != 45 {
		t.Errorf("%d pictures, %d samples", len(got), samples)
	}
}

// TestFFmpegSeeks jumps in a file with our mfra, with our sidx, and with neither.
// The pictures from the asked instant on must be right in all; where a part is a
// GOP of video alone, FFmpeg must also land on the key frame at or before that
// instant, at the byte where it stands. (Beside audio FFmpeg 5.1 lands too early,
// in its own files as well.)
//
// FFmpeg takes the entries of a sidx, and of an mfra that it is told to use, for
// all parts that there are; so those runs are of one part a GOP.
func TestFFmpegSeeks(t *testing.T) {
	video := encode(t, 1, fmp4.H264, "testsrc2=s=320x180:r=25:d=4", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "20", "-sc_threshold", "0")
	audio := encode(t, 2, fmp4.AAC, "sine=d=4", "-c:a", "aac")
	originals := pictures(t, video.file)
	instants := []float64{0, 0.12, 0.8, 2.32, 3.92}
	indexed := func(f *file) *file {
		return &file{t: t, b: fmp4.AppendIndex(bytes.Clone(f.b), 1, f.points), points: f.points}
	}
	for with, clips := range map[string][]clip{"video": {video}, "video and audio": {video, audio}} {
		parts, whole := build(t, 5, clips...), build(t, 20, clips...)
		if len(parts.points) != 5 || len(parts.starts) != 20 || len(whole.starts) != 5 {
			t.Fatalf("%d key points, %d and %d parts", len(parts.points), len(parts.starts), len(whole.starts))
		}
		for name, c := range map[string]struct {
			f    *file
			args []string
		}{
			"no index":  {parts, nil},
			"mfra":      {indexed(parts), nil},
			"mfra used": {indexed(whole), []string{"-use_mfra_for", "pts"}},
			"sidx":      {whole.withSegmentIndex(clips), nil},
		} {
			t.Run(with+" "+name, func(t *testing.T) {
				t.Parallel()
				file := c.f.save()
				for _, at := range instants {
					number := int(at*25 + 0.5)
					got := pictures(t, file, append(c.args, "-ss", fmt.Sprint(at))...)
					if !slices.Equal(got, originals[number:]) {
						t.Errorf("%g s: %d pictures, want the last %d", at, len(got), 100-number)
					}
					if len(clips) == 2 {
						continue
					}
					want := c.f.points[number/20]
					p := probe(t, file, append(c.args, "-show_packets", "-read_intervals", fmt.Sprintf("%g%%+#1", at))...)
					part, err := fmp4.ReadPart(bytes.NewReader(c.f.b), want.Offset, int64(len(c.f.b)))
					if err != nil {
						t.Fatal(err)
					}
					pos := strconv.FormatInt(part.Offset+part.HeadSize, 10)
					if len(p.Packets) != 1 || p.Packets[0].PTS != int(want.Time) || !strings.HasPrefix(p.Packets[0].Flags, "K") || p.Packets[0].Pos != pos {
						t.Errorf("%g s: %+v, want the key frame at %d, byte %s", at, p.Packets, want.Time, pos)
					}
				}
			})
		}
	}
}

// withSegmentIndex is a copy with a duration and a sidx of one reference a part.
func (f *file) withSegmentIndex(clips []clip) *file {
	f.t.Helper()
	var tracks []fmp4.Track
	for _, c := range clips {
		tracks = append(tracks, c.track)
	}
	_, at, err := fmp4.ReadInit(f.b)
	if err != nil {
		f.t.Fatal(err)
	}
	var refs []fmp4.Reference
	_, err = fmp4.Scan(bytes.NewReader(f.b), int64(at), int64(len(f.b)), func(p *fmp4.Part) error {
		refs = append(refs, fmp4.Reference{Size: uint32(p.Size), Duration: uint32(p.Tracks[0].Duration())})
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
	b := fmp4.AppendSegmentIndex(fmp4.AppendInits(nil, tracks, nil, 4000), 1, 90000, 0, refs)
	g := &file{t: f.t, b: append(b, f.b[at:]...)}
	for _, p := range f.points {
		g.points = append(g.points, fmp4.KeyPoint{Time: p.Time, Offset: p.Offset + int64(len(b)-at)})
	}
	return g
}

// inBand puts the parameter sets before every key frame, as cameras send them.
func (c clip) inBand() clip {
	c.samples = slices.Clone(c.samples)
	for i := range c.samples {
		s := &c.samples[i]
		if !s.Key {
			continue
		}
		var data []byte
		for _, set := range slices.Concat(c.track.VPS, c.track.SPS, c.track.PPS) {
			data = append(binary.BigEndian.AppendUint32(data, uint32(len(set))), set...)
		}
		s.Data = append(data, s.Data...)
		s.Size = uint32(len(s.Data))
	}
	return c
}

// TestFFmpegChangesResolution puts two recordings into one file with two sample
// descriptions, the parts of the second rebased as playback does it. FFmpeg
// ignores the sample description index of fragments, so it follows the change
// only where the parameter sets also stand in the samples.
func TestFFmpegChangesResolution(t *testing.T) {
	for name, codec := range map[string]fmp4.Codec{"libx264": fmp4.H264, "libx265": fmp4.H265} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := []string{"-c:v", name, "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "10"}
			if codec == fmp4.H265 {
				args = append(args, "-x265-params", "log-level=none")
			}
			small := encode(t, 1, codec, "testsrc2=s=320x180:r=25:d=1", args...).inBand()
			large := encode(t, 1, codec, "testsrc2=s=640x360:r=25:d=1", args...).inBand()
			f := &file{t: t, b: fmp4.AppendInits(nil, []fmp4.Track{small.track}, []fmp4.Track{large.track}, 2000)}
			f.add(5, 1, 0, small)

			second := build(t, 5, large)
			_, at, err := fmp4.ReadInit(second.b)
			if err != nil {
				t.Fatal(err)
			}
			_, err = fmp4.Scan(bytes.NewReader(second.b), int64(at), int64(len(second.b)), func(p *fmp4.Part) error {
				f.parts++
				return fmp4.Rebase(second.b[p.Offset:p.Offset+p.HeadSize], func(int) int64 { return 90000 }, 2, f.parts)
			})
			if err != nil {
				t.Fatal(err)
			}
			f.b = append(f.b, second.b[at:]...)

			p := probe(t, f.save(), "-select_streams", "v", "-show_frames", "-show_entries", "frame=width,height,pts")
			if len(p.Frames) != 50 {
				t.Fatalf("%d pictures", len(p.Frames))
			}
			first := p.Frames[0].PTS
			for i, x := range p.Frames {
				want := [2]int{320, 180}
				if i >= 25 {
					want = [2]int{640, 360}
				}
				if [2]int{x.Width, x.Height} != want || x.PTS != first+i*3600 {
					t.Errorf("picture %d: %+v, want %v at %d", i, x, want, first+i*3600)
				}
			}
		})
	}
}
