package sim

import (
	"context"
	"time"

	"watchroom/internal/source/sim/clip"
	"watchroom/internal/source/sim/live"
	"watchroom/internal/source/sim/scene"

	"watchroom/internal/media"
)

// openLive starts the encoder of a live camera. Its sub-stream is the same
// pictures under the other path.
func (c *camera) openLive(ctx context.Context, sound *clip.Sound) error {
	cam := &live.Camera{
		Program: c.sim.opts.FFmpeg, Scene: c.scene, Title: c.name, Log: c.sim.log.With("camera", c.n),
		Look: c.look,
	}
	conf, err := cam.Start(ctx)
	if err != nil {
		return err
	}
	c.live = cam
	c.main = newStream(c, media.Main, conf, sound)
	if !c.conf.NoSub {
		c.sub = newStream(c, media.Sub, conf, nil)
	}
	return nil
}

// look gathers what the renderer is to show.
func (c *camera) look() live.View {
	now := time.Now()
	on := func(k Kind) bool {
		_, ok := c.fault(k, now)
		return ok
	}
	v := live.View{
		Frozen: on(Freeze),
		State:  scene.State{Cover: on(Cover), Turn: on(Turn), Darken: on(Darken), Defocus: on(Defocus), LampOff: on(LampOff)},
	}
	if f, ok := c.fault(ClockOffset, now); ok {
		v.Offset = time.Duration(f.Value * float64(time.Second))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	v.State.Pan, v.State.Tilt, v.State.Zoom = c.pan, c.tilt, c.zoom
	return v
}

// deliver sends what the encoder made to all streams of the camera.
func (c *camera) deliver(start time.Time) func(f clip.Frame, number uint64, taken time.Time) {
	inBand := !c.conf.SetsInSDPOnly
	return func(f clip.Frame, number uint64, taken time.Time) {
		p := c.main.clip.PackFrame(f, inBand)
		for _, s := range c.streams() {
			ts := s.base + uint32(int64(taken.Sub(start).Seconds()*clip.Clock))
			s.send(&p, number, ts, taken, int(number&0xffff))
		}
	}
}

// hum sends the sound of a live camera.
func (s *stream) hum(ctx context.Context, start time.Time) {
	step := float64(s.sound.Ticks) / float64(s.sound.Rate) * float64(time.Second)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for k := uint64(0); ; k++ {
		due := start.Add(time.Duration(float64(k) * step))
		timer.Reset(time.Until(due))
		select {
		case <-timer.C:
			s.sendSound(k, due)
		case <-ctx.Done():
			return
		}
	}
}
