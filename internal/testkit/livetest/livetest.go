// Package livetest is a camera for the tests of live viewing: real coded footage
// that is sent unit by unit, when the test says so.
package livetest

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"watchroom/internal/live"
	"watchroom/internal/media"
	"watchroom/internal/testkit/footage"
)

// Camera sends a clip over and over. It is a live.Streams of itself.
type Camera struct {
	Stream media.Stream
	Refuse error // what Open answers instead
	Down   bool  // nothing is on its way while there is no run
	Holds  atomic.Int64

	gop    media.GOP
	clip   *footage.Clip
	run    *media.Run
	start  int64 // wall clock of the run, µs
	next   int   // unit to be sent
	loops  int64
	wall   atomic.Int64
	noGOP  bool
	tracks []media.Track
}

// New makes a camera whose clip has a key frame every ten pictures.
func New(t testing.TB, s footage.Spec) *Camera {
	t.Helper()
	if s.Seconds == 0 {
		s.Seconds = 4
	}
	if s.GOP == 0 {
		s.GOP = 10
	}
	if s.Width == 0 {
		s.Width, s.Height = 160, 96
	}
	clip := footage.Make(t, s)
	c := &Camera{clip: clip, tracks: clip.Tracks}
	c.wall.Store(time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC).UnixMicro())
	c.Stream.AddSink(&c.gop)
	return c
}

// Forgetful makes a camera whose past nobody keeps.
func (c *Camera) Forgetful() *Camera {
	c.noGOP = true
	return c
}

// Open implements live.Streams.
func (c *Camera) Open(context.Context, string, media.Which) (live.Feed, error) {
	if c.Refuse != nil {
		return live.Feed{}, c.Refuse
	}
	c.Holds.Add(1)
	feed := live.Feed{Stream: &c.Stream, Release: func() { c.Holds.Add(-1) }, Coming: func() bool { return !c.Down }}
	if !c.noGOP {
		feed.Primer = &c.gop
	}
	return feed, nil
}

// Now is the wall clock of what was sent last, for use as a clock.Clock.
func (c *Camera) Now() time.Time { return time.UnixMicro(c.wall.Load()) }

// Begin begins a run with the clip's tracks, after seconds without a picture.
func (c *Camera) Begin(id string, after int64) *media.Run {
	return c.BeginWith(id, after, c.tracks)
}

// BeginWith begins a run that claims to have other tracks.
func (c *Camera) BeginWith(id string, after int64, tracks []media.Track) *media.Run {
	c.start = c.wall.Load() + after*1e6
	c.run = &media.Run{ID: id, Tracks: tracks, Start: c.start}
	c.next, c.loops = 0, 0
	c.Stream.Begin(c.run)
	return c.run
}

// End ends the run.
func (c *Camera) End(cause media.Cause) { c.Stream.End(c.wall.Load(), cause) }

// Send writes units until n pictures more are sent, and returns those pictures.
func (c *Camera) Send(n int) []*media.Unit {
	var sent []*media.Unit
	for len(sent) < n {
		if c.next == len(c.clip.Units) {
			c.next = 0
			c.loops++
		}
		u := c.clip.Units[c.next]
		c.next++
		scale := int64(c.clip.Tracks[u.Track].Timescale)
		shift := c.loops * c.clip.Length * scale / 1e6
		u.PTS += shift
		u.DTS += shift
		u.Wall += c.start + c.loops*c.clip.Length
		c.wall.Store(u.Wall)
		c.Stream.Write(&u)
		if u.Track == 0 {
			sent = append(sent, &u)
		}
	}
	return sent
}
