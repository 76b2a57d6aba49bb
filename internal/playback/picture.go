package playback

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/media"
	"watchroom/internal/problem"
	"watchroom/internal/recording/segment"
)

// ErrNoPicture says that nothing was recorded at the instant asked for.
var ErrNoPicture = problem.New(problem.NotFound, "no_picture", "There is no recorded picture at this time.")

// pictures keeps made pictures, newest last. The zero value is ready for use.
type pictures struct {
	mu    sync.Mutex // guards all below
	made  map[string][]byte
	order []string
	bytes int
}

// maxPictures bounds the kept pictures in bytes.
const maxPictures = 8 << 20

func (p *pictures) get(key string) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.made[key]
}

func (p *pictures) put(key string, b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.made == nil {
		p.made = map[string][]byte{}
	}
	if p.made[key] != nil || len(b) > maxPictures/4 {
		return
	}
	p.made[key] = b
	p.order = append(p.order, key)
	p.bytes += len(b)
	for p.bytes > maxPictures {
		p.bytes -= len(p.made[p.order[0]])
		delete(p.made, p.order[0])
		p.order = p.order[1:]
	}
}

// forget drops the pictures of a camera's segments that began in [from, to).
func (p *pictures) forget(camera string, from, to int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.order = slices.DeleteFunc(p.order, func(key string) bool {
		file, _, _ := strings.Cut(key, " ")
		n, _, err := segment.ParseName(file)
		gone := err == nil && n.Camera == camera && n.Start >= from && n.Start < to
		if gone {
			p.bytes -= len(p.made[key])
			delete(p.made, key)
		}
		return gone
	})
}

// Removed is told that the footage of a camera from one instant to another (µs) is
// removed: pictures that were made of it go, too (ruling R5).
func (l *Library) Removed(_ context.Context, camera string, from, to int64, _, _ string) error {
	l.pictures.forget(camera, from, to)
	return nil
}

// onTheWay is how far the present may be ahead of what stands in the open segment.
const onTheWay = int64(10 * time.Second / time.Microsecond)

// Thumbnail is a JPEG of the newest key frame at or before an instant (µs since
// 1970 UTC), taken is when that was. width is in pixels, 0 for the picture's own.
func (l *Library) Thumbnail(ctx context.Context, camera string, at int64, width int) (jpeg []byte, taken int64, err error) {
	seg, f, x, err := l.holding(ctx, camera, at)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	i := x.at(at)
	p := x.points[i]
	key := fmt.Sprintf("%s %d %d", seg.File, p.offset, width)
	if b := l.pictures.get(key); b != nil {
		return b, p.at, nil
	}
	data, err := x.picture(f, i)
	if err != nil {
		return nil, 0, unread(err)
	}
	b, err := l.Stills.JPEG(ctx, media.FromMP4(x.main), &media.Unit{Key: true, Data: data}, width)
	if err != nil {
		return nil, 0, err
	}
	l.pictures.put(key, b)
	return b, p.at, nil
}

// at is the segment that counts at an instant, or the newest before it.
func (l *Library) at(ctx context.Context, camera string, at int64) (*archive.Segment, error) {
	before, err := l.Catalogue.Before(ctx, camera, at)
	if err != nil || before != nil && before.Open != nil && at <= before.EndAt+onTheWay {
		return before, err
	}
	list, err := l.Catalogue.Segments(ctx, camera, at, at+1)
	if err != nil || len(list) == 0 {
		return before, err
	}
	best := slices.MaxFunc(list, func(a, b archive.Segment) int { return counts(&a, &b) })
	return &best, nil
}

// holding opens the segment that holds an instant, or has just ended or is being
// written there. The caller closes the file.
func (l *Library) holding(ctx context.Context, camera string, at int64) (*archive.Segment, archive.File, *index, error) {
	seg, err := l.at(ctx, camera, at)
	if err != nil {
		return nil, nil, nil, err
	}
	if seg == nil || at > seg.EndAt+contiguous && (seg.Open == nil || at > seg.EndAt+onTheWay) {
		return nil, nil, nil, ErrNoPicture
	}
	f, err := openSegment(ctx, l.Catalogue, seg)
	if err != nil {
		return nil, nil, nil, err
	}
	x, err := l.indexOf(seg, f)
	if err == nil && !x.main.Codec.Video() {
		err = ErrNoPicture
	}
	if err != nil {
		f.Close()
		return nil, nil, nil, err
	}
	return seg, f, x, nil
}

// Newest gives the key frame that stands last in a camera's open segment, for a
// still picture of the present.
func (l *Library) Newest(ctx context.Context, camera string) (t media.Track, u *media.Unit, err error) {
	now := l.Catalogue.Clock.Micro()
	seg, err := l.Catalogue.Before(ctx, camera, now)
	if err != nil {
		return t, nil, err
	}
	if seg == nil || seg.Open == nil {
		return t, nil, ErrNoPicture
	}
	f, err := openSegment(ctx, l.Catalogue, seg)
	if err != nil {
		return t, nil, err
	}
	defer f.Close()
	x, err := readIndex(seg, f)
	if err != nil || !x.main.Codec.Video() {
		return t, nil, ErrNoPicture.Because(err)
	}
	i := len(x.points) - 1
	data, err := x.picture(f, i)
	if err != nil {
		return t, nil, unread(err)
	}
	return media.FromMP4(x.main), &media.Unit{Key: true, Wall: x.points[i].at, Data: data}, nil
}
