// Package still makes a JPEG picture of one frame, with ffmpeg as a child
// process. Nothing that records, plays or proves depends on it.
package still

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"watchroom/internal/media"
	"watchroom/internal/problem"
	"watchroom/internal/still/ffmpeg"
)

// Errors of JPEG.
var (
	ErrUnavailable = problem.New(problem.Unavailable, "ffmpeg_missing", "Still pictures need ffmpeg, which is not installed on the server.")
	ErrPicture     = problem.New(problem.Unavailable, "picture_undecodable", "The key frame could not be decoded.")
	ErrSlow        = problem.New(problem.Unavailable, "picture_too_slow", "The server was too busy to make the picture in time.") // retryAfterSeconds
)

// retryAfter is how long to wait after ErrSlow, in seconds.
const retryAfter = 10

// maxPixels bounds the memory that a hostile stream's picture size can ask for.
const maxPixels = "67108864"

// Maker decodes key frames. At most Limit children run at once.
type Maker struct {
	FFmpeg  string        // path or name; empty means "ffmpeg"
	Off     bool          // make no pictures
	Limit   int           // 0 means 2
	Timeout time.Duration // of one picture; 0 means 5 s

	once  sync.Once
	seats chan struct{}

	probing sync.Mutex // holds version
	version string     // as soon as ffmpeg has told it
}

func (m *Maker) prepare() {
	m.once.Do(func() {
		if m.FFmpeg == "" {
			m.FFmpeg = "ffmpeg"
		}
		if m.Limit <= 0 {
			m.Limit = 2
		}
		if m.Timeout <= 0 {
			m.Timeout = 5 * time.Second
		}
		m.seats = make(chan struct{}, m.Limit)
	})
}

// Version is ffmpeg's version, empty where there is none. What a busy machine or a
// program that is being installed does not tell now is asked again at the next call.
func (m *Maker) Version() string {
	m.prepare()
	if m.Off {
		return ""
	}
	m.probing.Lock()
	defer m.probing.Unlock()
	if m.version != "" {
		return m.version
	}
	ctx, cancel := context.WithTimeout(context.Background(), m.Timeout)
	defer cancel()
	if out, err := ffmpeg.Command(ctx, m.FFmpeg, "-version").Output(); err == nil {
		if f := strings.Fields(string(out)); len(f) >= 3 {
			m.version = f[2]
		}
	}
	return m.version
}

// JPEG decodes the key frame u of track t. width is that of the picture in
// pixels, 0 for its own; the height follows.
//
// A camera that refreshes its pictures bit by bit (recovery points, H.264 D.2.8)
// has none that is whole by itself. The data of u may then be that of several
// units, one behind the other, from a recovery point on: the picture is the last
// that comes out of them.
func (m *Maker) JPEG(ctx context.Context, t media.Track, u *media.Unit, width int) ([]byte, error) {
	var out []string
	if whole(t.Codec, u.Data) {
		out = append(out, "-frames:v", "1")
	}
	if width > 0 {
		out = append(out, "-vf", "scale="+strconv.Itoa(width)+":-2")
	}
	return m.decode(ctx, t, u, width == 0, out)
}

// Nth decodes the n-th picture, from 0 and in the order in which they are shown, of
// a key frame and the frames that follow it one behind the other in u.
func (m *Maker) Nth(ctx context.Context, t media.Track, u *media.Unit, n int) ([]byte, error) {
	if n == 0 {
		return m.JPEG(ctx, t, u, 0)
	}
	return m.decode(ctx, t, u, false, []string{"-vf", "select=eq(n\\," + strconv.Itoa(n) + ")", "-frames:v", "1"})
}

// decode runs ffmpeg with these options of its output. A JPEG stays as it is if same.
func (m *Maker) decode(ctx context.Context, t media.Track, u *media.Unit, same bool, options []string) ([]byte, error) {
	if t.Codec == media.MJPEG && same {
		return u.Data, nil
	}
	m.prepare()
	if m.Off {
		return nil, ErrUnavailable
	}
	format := map[media.Codec]string{media.H264: "h264", media.H265: "hevc", media.MJPEG: "mjpeg"}[t.Codec]
	if format == "" {
		return nil, ErrPicture.Because(fmt.Errorf("codec %s", t.Codec))
	}
	select {
	case m.seats <- struct{}{}:
		defer func() { <-m.seats }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, m.Timeout)
	defer cancel()
	args := []string{
		"-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "pipe",
		"-max_pixels", maxPixels, "-threads", "1",
	}
	if !whole(t.Codec, u.Data) {
		args = append(args, "-flags", "+output_corrupt") // the first pictures are not whole yet, the last is
	}
	args = append(args, "-f", format, "-i", "pipe:0", "-an", "-sn", "-vsync", "passthrough")
	args = append(append(args, options...), "-q:v", "4", "-f", "mjpeg", "pipe:1")
	cmd := ffmpeg.Command(ctx, m.FFmpeg, args...)
	cmd.Stdin = bytes.NewReader(ElementaryStream(t, u))
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err := cmd.Run()
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil, ErrUnavailable.Because(err)
	}
	if err == nil && out.Len() == 0 {
		err = errors.New("no picture")
	}
	if err != nil {
		if errors.Is(ctx.Err(), context.Canceled) {
			return nil, ctx.Err()
		}
		if ctx.Err() != nil { // the child was ended in the middle of its work
			return nil, ErrSlow.With("retryAfterSeconds", retryAfter).Because(fmt.Errorf("ffmpeg: %w: %s", err, bytes.TrimSpace(complaint.Bytes())))
		}
		return nil, ErrPicture.Because(fmt.Errorf("ffmpeg: %w: %s", err, bytes.TrimSpace(complaint.Bytes())))
	}
	return last(out.Bytes()), nil
}

// last is the last of JPEG files one behind the other. Inside one, 0xff is never
// followed by 0xd8 (ITU-T T.81 B.1.1.5), and ffmpeg embeds no previews.
func last(b []byte) []byte {
	if i := bytes.LastIndex(b, []byte{0xff, 0xd8, 0xff}); i > 0 {
		return b[i:]
	}
	return b
}

// whole tells whether there is a picture that decodes by itself: an IDR picture of
// H.264, any random access picture of H.265.
func whole(codec media.Codec, data []byte) bool {
	if codec == media.MJPEG {
		return true
	}
	for d := data; len(d) > 4; {
		n := int(binary.BigEndian.Uint32(d))
		if n <= 0 || n > len(d)-4 {
			break
		}
		if t := d[4] >> 1 & 0x3f; codec == media.H264 && d[4]&0x1f == 5 || codec == media.H265 && t >= 16 && t <= 21 {
			return true
		}
		d = d[4+n:]
	}
	return false
}

// ElementaryStream is the unit as a byte stream (ISO/IEC 14496-10 annex B) behind
// the track's parameter sets; a JPEG stays as it is.
func ElementaryStream(t media.Track, u *media.Unit) []byte {
	if t.Codec == media.MJPEG {
		return u.Data
	}
	var b []byte
	for _, sets := range [][][]byte{t.VPS, t.SPS, t.PPS} {
		for _, s := range sets {
			b = append(append(b, 0, 0, 0, 1), s...)
		}
	}
	for d := u.Data; len(d) >= 4; {
		n := int(binary.BigEndian.Uint32(d))
		if n > len(d)-4 {
			break
		}
		b = append(append(b, 0, 0, 0, 1), d[4:4+n]...)
		d = d[4+n:]
	}
	return b
}
