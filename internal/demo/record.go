package demo

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"watchroom/internal/media"
	"watchroom/internal/recording"
	"watchroom/internal/source/sim/clip"
)

// record writes the past of all cameras below a recordings folder and gives the
// number of bytes.
func record(ctx context.Context, log *slog.Logger, folder string, ids []string, reels []reel, s size, begin, end int64) (int64, error) {
	v := &recording.Volume{Root: folder, Log: log}
	if err := v.Start(ctx); err != nil {
		return 0, err
	}
	defer v.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for i, id := range ids {
		c := &lens{volume: v, log: log, id: id, reel: &reels[i]}
		wg.Go(func() {
			if err := c.play(ctx, stretches(i, s, begin, end)); err != nil {
				cancel(err) // the first is the reason
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	if sp := v.Space(); sp.Err != nil {
		return 0, sp.Err
	}
	return v.Written(), nil
}

// lens is one camera of the past, with its recorder.
type lens struct {
	volume *recording.Volume
	log    *slog.Logger
	id     string
	reel   *reel

	now     atomic.Int64 // what the recorder's clock tells
	rec     *recording.Recorder
	stream  *media.Stream
	counter uint64 // of pictures
	sounds  int    // frames of sound sent
}

// again is after how long a lost camera is tried again.
const again = int64(3 * time.Second / time.Microsecond)

func (l *lens) play(ctx context.Context, plan []stretch) error {
	for i := range plan {
		s := &plan[i]
		if l.rec == nil {
			if err := l.start(ctx, s.from); err != nil {
				return err
			}
		}
		if err := l.run(ctx, s); err != nil {
			l.rec.Stop(media.CauseStopped)
			return err
		}
		x := s.after
		switch last := i == len(plan)-1; {
		case last:
			l.stream.End(s.to, media.CauseStopped)
			l.rec.Stop(media.CauseStopped)
		case x == nil: // another size: the next run begins with the very next picture
			l.stream.End(s.to, media.CauseNone)
		case x.off != "":
			l.stream.End(s.to, media.CauseSwitchedOff)
			l.rec.StopSaying(media.CauseSwitchedOff, adminName+": "+x.off) // as capture writes it
			l.rec = nil
		default:
			l.stream.End(s.to, x.first)
			if x.then != "" {
				l.now.Add(min(again, (plan[i+1].from-s.to)/4))
				l.rec.Gap(l.now.Load(), x.then, x.code)
			} else if x.code != "" {
				l.rec.Gap(s.to, x.first, x.code)
			}
		}
	}
	return nil
}

func (l *lens) start(ctx context.Context, at int64) error {
	l.now.Store(at)
	l.rec = &recording.Recorder{Camera: l.id, Volume: l.volume, Log: l.log, Clock: func() time.Time { return time.UnixMicro(l.now.Load()) }}
	l.stream = &media.Stream{}
	if err := l.rec.Start(ctx); err != nil {
		return err
	}
	l.stream.AddSink(l.rec)
	return nil
}

// run plays one stretch as one run.
func (l *lens) run(ctx context.Context, s *stretch) error {
	c := l.reel.large
	if s.small {
		c = l.reel.small
	}
	tracks, err := l.reel.tracks(c)
	if err != nil {
		return err
	}
	l.now.Store(s.from)
	// The clip begins with a key frame, and so does every run.
	first := l.reel.ahead
	for !c.Frames[first%len(c.Frames)].Key {
		first++
	}
	l.stream.Begin(&media.Run{ID: runID(s.from), Tracks: tracks, Start: s.from})
	waiting, heard := 0, 0
	for k := int64(0); ; k++ {
		pts := k * c.Ticks
		at := s.from + pts*1e6/clip.Clock
		if at >= s.to {
			break
		}
		for l.reel.sound != nil {
			ticks := int64(heard) * l.reel.sound.Ticks
			when := s.from + ticks*1e6/int64(l.reel.sound.Rate)
			if when > at {
				break
			}
			l.stream.Write(&media.Unit{Track: 1, PTS: ticks, DTS: ticks, Wall: when, Key: true, Data: l.reel.frame(l.sounds)})
			heard, l.sounds = heard+1, l.sounds+1
		}
		i := (first + int(k)) % len(c.Frames)
		l.counter++
		u := &media.Unit{PTS: pts, DTS: pts, Wall: at, Key: c.Frames[i].Key, Data: c.Unit(i, l.counter, at)}
		l.stream.Write(u)
		l.now.Store(at)
		// The disk sets the pace: the spool is for cameras that cannot wait.
		if waiting += len(u.Data); waiting > 4<<20 {
			l.rec.Drain()
			waiting = 0
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	l.now.Store(s.to)
	l.rec.Drain()
	return nil
}

// runID is the instant in base 36, as sources name their runs, and four letters.
func runID(at int64) string {
	return strconv.FormatInt(at, 36) + strings.ToLower(rand.Text()[:4])
}
