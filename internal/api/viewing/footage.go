package viewing

import (
	"context"
	"io"

	"watchroom/internal/playback"
)

// Footage turns an interval of a camera into pictures. Instants are µs since 1970
// UTC. It decides nothing: every call comes after the act that covers it. Its
// errors are problems.
type Footage interface {
	// Playlist lists what can be played, in order of time, without overlap.
	Playlist(ctx context.Context, camera string, from, to int64) ([]playback.Piece, error)
	// Open finds what one request sends; nil where there is nothing. The caller
	// closes it.
	Open(ctx context.Context, r playback.Request) (*Clip, error)
	// File puts an interval together as one MP4 of known size. The caller closes it.
	File(ctx context.Context, camera string, from, to int64) (*File, error)
	// Thumbnail decodes the newest key frame at or before at, scaled to width
	// pixels (0: its own), and says when it was taken.
	Thumbnail(ctx context.Context, camera string, at int64, width int) (jpeg []byte, taken int64, err error)
	// Picture decodes the frame that was to be seen at at, in its own size, and says
	// when it was taken. Where it cannot be decoded it is the key frame before it.
	Picture(ctx context.Context, camera string, at int64) (jpeg []byte, taken int64, err error)
}

// Clip is footage that is ready to be sent.
type Clip struct {
	Start, End int64 // wall clock of what is in it
	Base       int64 // the instant that is zero in it
	Next       int64 // where to ask on, 0 at the end
	MIME       string
	Derived    string // what the sound was recorded as, where it is not sent as that; or empty
	io.WriterTo
	io.Closer
}

// File is an MP4 that can be read anywhere.
type File struct {
	Start, End int64
	Tag        string // differs when the bytes do; empty where that is not known
	io.ReadSeekCloser
}

// FromLibrary is the footage of a playback library.
func FromLibrary(l *playback.Library) Footage { return library{l} }

type library struct{ *playback.Library }

// Open implements Footage.
func (l library) Open(ctx context.Context, r playback.Request) (*Clip, error) {
	s, err := l.Library.Open(ctx, r)
	if err != nil || s == nil {
		return nil, err
	}
	return &Clip{Start: s.Start, End: s.End, Base: s.Base, Next: s.Next, MIME: s.MIME, Derived: string(s.Derived), WriterTo: s, Closer: s}, nil
}

// File implements Footage.
func (l library) File(ctx context.Context, camera string, from, to int64) (*File, error) {
	f, err := l.Library.File(ctx, camera, from, to)
	if err != nil || f == nil {
		return nil, err
	}
	return &File{Start: f.Start, End: f.End, Tag: f.Tag(), ReadSeekCloser: f}, nil
}
