package demo

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"golang.org/x/sys/unix"

	"watchroom/internal/media"
	"watchroom/internal/source/sim/clip"
	"watchroom/internal/source/sim/scene"
)

// reel is what a camera plays, in its two sizes.
type reel struct {
	large, small *clip.Clip
	sound        *clip.Sound // nil without
	ahead        int         // frames into the clip at which the camera begins
}

// reels reads the clips that the simulator will play on the same cameras.
func (f *Folder) reels() ([]reel, error) {
	out := make([]reel, len(f.Cameras))
	places := scene.All()
	for i := range f.Cameras {
		c := &f.Cameras[i]
		r := &out[i]
		name := places[i%len(places)].ID
		large := name + "-main"
		if c.Sim.Codec == media.H265 {
			large = name + "-h265"
		}
		var err error
		if r.large, err = clip.Open(large); err != nil {
			return nil, err
		}
		if r.small, err = clip.Open(name + "-sub"); err != nil {
			return nil, err
		}
		if c.Audio != "" && c.Sim.Audio != "" {
			if r.sound, err = clip.OpenSound(c.Sim.Audio); err != nil {
				return nil, err
			}
		}
		r.ahead = i / len(places) * 48
	}
	return out, nil
}

// tracks describes a reel in one size as its camera would.
func (r *reel) tracks(c *clip.Clip) ([]media.Track, error) {
	video := media.Track{ID: 1, Codec: c.Codec, Timescale: clip.Clock, Width: c.Width, Height: c.Height, SPS: [][]byte{c.SPS}, PPS: [][]byte{c.PPS}}
	if c.VPS != nil {
		video.VPS = [][]byte{c.VPS}
	}
	if r.sound == nil {
		return []media.Track{video}, nil
	}
	sound := media.Track{ID: 2, Codec: r.sound.Codec, Timescale: uint32(r.sound.Rate), SampleRate: r.sound.Rate, Channels: 1}
	if r.sound.AAC != nil {
		conf, err := r.sound.AAC.Marshal()
		if err != nil {
			return nil, fmt.Errorf("sound: %w", err)
		}
		sound.Config = conf
	}
	return []media.Track{video, sound}, nil
}

// frame is one frame of sound without what RTP puts before it (RFC 3640 3.2.1).
func (r *reel) frame(n int) []byte {
	b := r.sound.Frames[n%len(r.sound.Frames)]
	if r.sound.Codec == media.AAC {
		return b[4:]
	}
	return b
}

// rates gives the bytes a second of a reel in its two sizes.
func (r *reel) rates() (large, small float64) {
	rate := func(c *clip.Clip) float64 {
		size := 0
		for i := range c.Frames {
			size += len(c.Unit(i, 0, 0)) + 64 // its share of the head of a part
		}
		return float64(size) * c.FPS() / float64(len(c.Frames))
	}
	large, small = rate(r.large), rate(r.small)
	if r.sound != nil {
		size := 0
		for i := range r.sound.Frames {
			size += len(r.frame(i))
		}
		sound := float64(size) / float64(len(r.sound.Frames)) * float64(r.sound.Rate) / float64(r.sound.Ticks)
		large, small = large+sound, small+sound
	}
	return large, small
}

// size is how much of a past there is room for: length in all, of which the last
// part, large, is in the main stream's full size.
type size struct{ length, large time.Duration }

// fullSize is how much of the past is recorded in the main stream's full size: the
// rest, in the sub-stream's, costs a fifth.
const fullSize = 45 * time.Minute

// sizeOf fits a past of some length into free bytes.
func sizeOf(reels []reel, length time.Duration, free int64) size {
	var large, small float64
	for i := range reels {
		l, s := reels[i].rates()
		large, small = large+l, small+s
	}
	if length <= 0 || free <= 0 || small == 0 {
		return size{}
	}
	have := float64(free)
	seconds := min(length.Seconds(), have/small)
	full := max(min(length.Seconds()*float64(fullSize)/float64(2*time.Hour), (have-seconds*small)/(large-small)), 0)
	whole := func(s float64) time.Duration { return time.Duration(s) * time.Second }
	if seconds < min(length, time.Minute).Seconds() {
		return size{} // not worth a look
	}
	return size{length: whole(seconds), large: whole(full)}
}

// room is what a past may take of a file system: it must not bring the recorder
// to say that the disk is nearly full, and leaves it hours to go on.
func room(folder string) int64 {
	var st unix.Statfs_t
	if err := unix.Statfs(folder, &st); err != nil {
		return 0 // no past is better than a full disk
	}
	total, free := int64(st.Blocks)*st.Bsize, int64(st.Bavail)*st.Bsize
	return (free - total/10 - 1<<30) / 2
}

// at gives the frame that a reel shows after some seconds, and the key frame at or
// before it.
func (r *reel) key(c *clip.Clip, second float64) (*media.Unit, error) {
	i := (r.ahead + int(second*c.FPS())) % len(c.Frames)
	for ; i >= 0; i-- {
		if c.Frames[i].Key {
			return &media.Unit{Key: true, Data: c.Unit(i, 1, 0)}, nil
		}
	}
	return nil, errors.Join(fs.ErrNotExist, errors.New("no key frame"))
}
