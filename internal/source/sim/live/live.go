// Package live is a simulated camera that draws its pictures while it runs and
// has them encoded by an ffmpeg child, so that whatever happens to the camera can
// be seen in the picture at once.
package live

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"log/slog"
	"os/exec"
	"sync"
	"time"

	"watchroom/internal/media"
	"watchroom/internal/source/sim/clip"
	"watchroom/internal/source/sim/scene"
	"watchroom/internal/still/ffmpeg"
)

// Size and rate of the pictures (R12).
const (
	Width  = 640
	Height = 360
	FPS    = 10
)

// View is what a camera sees and how its clock stands.
type View struct {
	State  scene.State
	Frozen bool          // the last picture stays
	Offset time.Duration // of the camera's clock, as written into the picture
}

// Camera draws, encodes and delivers until it is closed.
type Camera struct {
	Program string // ffmpeg
	Scene   scene.Scene
	Title   string
	Look    func() View // asked before every picture
	Log     *slog.Logger

	cancel context.CancelFunc
	done   chan struct{}
	first  chan struct{} // closed with the first picture

	mu       sync.Mutex // guards what follows
	settled  clip.Clip
	deliver  func(f clip.Frame, number uint64, taken time.Time)
	lastFail error

	number uint64 // of the last picture drawn; only the drawing goroutine uses it
}

// Start runs the child and waits for the first picture. The clip it returns has
// codec, size, rate and parameter sets, and no frames.
func (c *Camera) Start(ctx context.Context) (*clip.Clip, error) {
	program, err := exec.LookPath(c.Program)
	if err != nil {
		return nil, fmt.Errorf("a live camera needs ffmpeg with libx264 (on Debian: apt-get install ffmpeg): %w", err)
	}
	r, err := scene.NewRenderer(c.Scene, Width, Height)
	if err != nil {
		return nil, err
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.cancel, c.done, c.first = cancel, make(chan struct{}), make(chan struct{})
	go c.run(run, program, r)
	select {
	case <-c.first:
		c.mu.Lock()
		defer c.mu.Unlock()
		s := c.settled
		return &s, nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(20 * time.Second):
		err = errors.New("no picture within 20 s")
	}
	c.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	return nil, fmt.Errorf("ffmpeg: %w", errors.Join(err, c.lastFail))
}

// Deliver sets who gets the pictures: number counts from 1 and is what the bar
// code shows (its low 16 bits), taken is the instant the picture shows. It is
// called from one goroutine and must not block.
func (c *Camera) Deliver(f func(f clip.Frame, number uint64, taken time.Time)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deliver = f
}

// Close ends the child, waits until it is reaped, and for all goroutines.
func (c *Camera) Close() {
	if c.cancel == nil {
		return
	}
	c.cancel()
	<-c.done
}

// run keeps a child going; one that dies is replaced after a second.
func (c *Camera) run(ctx context.Context, program string, r *scene.Renderer) {
	defer close(c.done)
	for {
		err := c.session(ctx, program, r)
		if ctx.Err() != nil {
			return
		}
		c.mu.Lock()
		c.lastFail = err
		c.mu.Unlock()
		c.Log.Warn("encoder ended", "err", err)
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return
		}
	}
}

type stamp struct {
	number uint64
	taken  time.Time
}

// session is the life of one child.
func (c *Camera) session(ctx context.Context, program string, r *scene.Renderer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := ffmpeg.Command(ctx, program,
		"-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "pipe",
		"-probesize", "32", "-analyzeduration", "0",
		"-f", "rawvideo", "-pix_fmt", "rgba", "-video_size", fmt.Sprintf("%dx%d", Width, Height), "-framerate", fmt.Sprint(FPS), "-i", "pipe:0",
		"-an", "-vsync", "passthrough", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-profile:v", "baseline",
		"-crf", "25", "-g", fmt.Sprint(2*FPS), "-keyint_min", fmt.Sprint(2*FPS), "-sc_threshold", "0", "-bf", "0", "-threads", "1",
		"-flush_packets", "1", "-flvflags", "no_duration_filesize", "-f", "flv", "pipe:1")
	var said tail
	cmd.Stderr = &said
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	// The encoder holds no picture back, so stamps come out in the order they went in.
	stamps := make(chan stamp, 64)
	drawn := make(chan struct{})
	go func() {
		defer close(drawn)
		c.draw(ctx, r, in, stamps)
		in.Close()
	}()
	readErr := c.read(out, stamps)
	cancel()
	<-drawn
	err = cmd.Wait()
	return errors.Join(readErr, err, said.err())
}

// draw feeds the child in the camera's rhythm; when drawing takes longer, pictures are left out.
func (c *Camera) draw(ctx context.Context, r *scene.Renderer, to io.Writer, stamps chan<- stamp) {
	img := image.NewRGBA(image.Rect(0, 0, Width, Height))
	tick := time.NewTicker(time.Second / FPS)
	defer tick.Stop()
	began := false
	for {
		now := time.Now()
		v := c.Look()
		c.number++
		if !v.Frozen || !began {
			began = true
			shown := now.Add(v.Offset)
			r.Draw(img, scene.Picture{
				Time:   float64(now.UnixMicro()%int64(scene.Period*1e6)) / 1e6,
				Number: uint16(c.number), Caption: c.Title,
				Clock: shown.Format("2006-01-02 15:04:05.0"), State: v.State,
			})
		}
		select {
		case stamps <- stamp{c.number, now}:
		case <-ctx.Done():
			return
		}
		if _, err := to.Write(img.Pix); err != nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (c *Camera) read(from io.Reader, stamps <-chan stamp) error {
	flv := flvReader{r: from}
	for {
		f, err := flv.next()
		if err != nil {
			return err
		}
		var st stamp
		select {
		case st = <-stamps:
		default:
			return errors.New("more pictures came out than went in")
		}
		c.mu.Lock()
		deliver := c.deliver
		if c.settled.SPS == nil {
			c.settled = clip.Clip{
				Codec: media.H264, Width: Width, Height: Height, Ticks: clip.Clock / FPS, SPS: flv.SPS, PPS: flv.PPS,
			}
			close(c.first)
		}
		c.mu.Unlock()
		if deliver != nil {
			deliver(f, st.number, st.taken)
		}
	}
}

// tail keeps the end of what the child says.
type tail struct{ b []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if len(t.b) > 2048 {
		t.b = append(t.b[:0], t.b[len(t.b)-2048:]...)
	}
	return len(p), nil
}

func (t *tail) err() error {
	if len(t.b) == 0 {
		return nil
	}
	return fmt.Errorf("it said: %s", t.b)
}
