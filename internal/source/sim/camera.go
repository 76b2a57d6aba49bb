package sim

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"watchroom/internal/media"
	"watchroom/internal/problem"
	"watchroom/internal/source/sim/clip"
	"watchroom/internal/source/sim/live"
	"watchroom/internal/source/sim/scene"
)

// camera is one simulated device.
type camera struct {
	sim   *Sim
	n     int
	conf  Camera
	scene scene.Scene // zero for a file
	name  string
	main  *stream
	sub   *stream // nil without one
	live  *live.Camera

	mu              sync.Mutex // guards what follows; never held while packets are written
	faults          map[Kind]activeFault
	pan, tilt, zoom float64
}

func newCamera(s *Sim, n int, conf Camera) (*camera, error) {
	c := &camera{sim: s, n: n, conf: conf, name: conf.Name, faults: map[Kind]activeFault{}, zoom: 1}
	if conf.Username == "" {
		c.conf.Username, c.conf.Password = s.opts.Username, s.opts.Password
	}
	if conf.File == "" {
		all := scene.All()
		c.scene = all[(n-1)%len(all)]
		if conf.Scene != "" {
			var ok bool
			if c.scene, ok = scene.ByID(conf.Scene); !ok {
				return nil, fmt.Errorf("there is no scene %q", conf.Scene)
			}
		}
		if c.name == "" {
			c.name = c.scene.Title
		}
	} else if c.name == "" {
		c.name = fmt.Sprintf("CAMERA %d", n)
	}
	switch {
	case conf.Codec != "" && conf.Codec != media.H264 && conf.Codec != media.H265:
		return nil, fmt.Errorf("no clips in %q", conf.Codec)
	case conf.Live && (conf.File != "" || conf.Codec == media.H265 || conf.BFrames || conf.LongGOP || conf.Tiny || conf.Silent):
		return nil, errors.New("a live camera has a scene in H.264 and no oddities")
	case conf.BFrames && conf.LongGOP:
		return nil, errors.New("no clip has both B-frames and a long GOP")
	}
	if conf.Codec == media.H265 && conf.File == "" && c.scene.ID != "server" {
		if conf.Scene != "" {
			return nil, errors.New("only the scene \"server\" is in H.265")
		}
		c.scene, _ = scene.ByID("server")
		if conf.Name == "" {
			c.name = c.scene.Title
		}
	}
	for i := range conf.Faults {
		f := conf.Faults[i]
		if err := f.check(); err != nil {
			return nil, err
		}
		c.faults[f.Kind] = activeFault{Fault: f}
	}
	return c, nil
}

func (c *camera) streams() []*stream {
	switch {
	case c.main == nil:
		return nil
	case c.sub == nil:
		return []*stream{c.main}
	}
	return []*stream{c.main, c.sub}
}

// open reads the camera's clips, or starts its encoder and waits for a picture.
func (c *camera) open(ctx context.Context) error {
	var sound *clip.Sound
	if c.conf.Audio != "" {
		var err error
		if sound, err = clip.OpenSound(c.conf.Audio); err != nil {
			return err
		}
	}
	if c.conf.Live {
		return c.openLive(ctx, sound)
	}
	main, err := c.reel(media.Main, "")
	if err != nil {
		return err
	}
	c.main = newStream(c, media.Main, main.clip, sound)
	if !c.conf.NoSub {
		sub, err := c.reel(media.Sub, "")
		if err != nil {
			return err
		}
		c.sub = newStream(c, media.Sub, sub.clip, nil)
	}
	for k, f := range c.faults {
		if f.Seconds > 0 {
			f.until = time.Now().Add(time.Duration(f.Seconds * float64(time.Second)))
			c.faults[k] = f
		}
		if isPicture(k) {
			if err := c.canShow(k); err != nil {
				return err
			}
		}
	}
	return nil
}

func isPicture(k Kind) bool {
	for _, p := range pictureKinds {
		if p == k {
			return true
		}
	}
	return false
}

// clipName is the clip of a stream, with or without a fault of the picture.
func (c *camera) clipName(which media.Which, fault Kind) string {
	var name string
	switch {
	case c.conf.BFrames && which == media.Main:
		name = "odd-bframes"
	case c.conf.LongGOP && which == media.Main:
		name = "odd-longgop"
	case c.conf.Codec == media.H265 && which == media.Main && !c.conf.Tiny:
		name = c.scene.ID + "-h265"
	case which == media.Main && !c.conf.Tiny:
		name = c.scene.ID + "-main"
	default:
		name = c.scene.ID + "-sub"
	}
	if fault != "" {
		name += "-" + string(fault)
	}
	return name
}

// reel finds what a stream plays under a fault of the picture, or without one.
func (c *camera) reel(which media.Which, fault Kind) (*reel, error) {
	inBand := !c.conf.SetsInSDPOnly
	lib := &c.sim.library
	base := c.conf.File
	open := func() (*clip.Clip, error) { return clip.Load(c.conf.File, c.conf.FileFPS) }
	if c.conf.File == "" {
		base = c.clipName(which, "")
		open = func() (*clip.Clip, error) { return clip.Open(base) }
	}
	if fault == "" {
		return lib.get(base, inBand, open)
	}
	if c.conf.File == "" {
		name := c.clipName(which, fault)
		r, err := lib.get(name, inBand, func() (*clip.Clip, error) { return clip.Open(name) })
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return r, err
		}
	}
	if fault != Freeze {
		return nil, fs.ErrNotExist
	}
	// Any clip can stand still on its key frame, sent whole every time.
	return lib.get(base+"|still", inBand, func() (*clip.Clip, error) {
		c, err := open()
		if err != nil {
			return nil, err
		}
		still := *c
		still.Frames = c.Frames[:1:1]
		return &still, nil
	})
}

// canShow tells whether every stream of the camera has pictures for a fault.
func (c *camera) canShow(k Kind) error {
	if k == LampOff && c.scene.Daylight {
		return problem.New(problem.Conflict, "fault_not_possible", "This place is outdoors by day; there are no lamps to switch off.")
	}
	if c.conf.Live {
		return nil
	}
	which := []media.Which{media.Main}
	if !c.conf.NoSub {
		which = append(which, media.Sub)
	}
	for _, w := range which {
		_, err := c.reel(w, k)
		if errors.Is(err, fs.ErrNotExist) {
			return problem.New(problem.Conflict, "fault_not_possible",
				"This camera plays a clip that cannot be changed this way; use a scene in its usual form or a live camera.")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fault looks one fault up and forgets it when its time is over.
func (c *camera) fault(k Kind, now time.Time) (Fault, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, ok := c.faults[k]
	if ok && !f.until.IsZero() && !now.Before(f.until) {
		delete(c.faults, k)
		ok = false
	}
	return f.Fault, ok
}

// active lists the faults that are on, in a fixed order.
func (c *camera) active(now time.Time) []Fault {
	list := []Fault{}
	for _, k := range [...]Kind{Cut, Refuse, BadCredentials, Stall, Freeze, Cover, Turn, Darken, Defocus, LampOff, TimestampJump, PacketLoss, ClockOffset} {
		if f, ok := c.fault(k, now); ok {
			list = append(list, f)
		}
	}
	return list
}

// picture is the fault of the picture that a loop shows now.
func (c *camera) picture(now time.Time) Kind {
	for _, k := range pictureKinds {
		if _, ok := c.fault(k, now); ok {
			return k
		}
	}
	return ""
}
