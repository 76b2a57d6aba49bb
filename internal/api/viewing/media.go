package viewing

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/playback"
)

// longest is the longest interval of one stream.
const longest = 31 * 24 * time.Hour

// cover holds the right to footage for as long as a response lasts: the session,
// the right and the viewing are checked now, and again when something happens to
// one of them.
func (x *Routes) cover(w http.ResponseWriter, r *http.Request, from, to time.Time) (*route.Hold, error) {
	id, camera := r.PathValue("id"), r.PathValue("camera")
	hold, err := x.Running.Begin(r.Context(), route.Keys(route.Actor(r.Context()), id, camera),
		route.Still(r.Context(), x.Gate, access.PlaybackView, camera, func(ctx context.Context, a access.Actor) (time.Time, error) {
			return x.check(ctx, a, id, camera, from.UnixMicro(), to.UnixMicro())
		}))
	if err != nil {
		return nil, err
	}
	// A client that has stopped reading blocks the writer; the deadline frees it.
	// After an answer in good order its last bytes are still on their way.
	control := http.NewResponseController(w)
	context.AfterFunc(hold.Context(), func() {
		if hold.Why() != nil {
			_ = control.SetWriteDeadline(time.Unix(1, 0))
		}
	})
	return hold, nil
}

func (x *Routes) stream(w http.ResponseWriter, r *http.Request) error {
	if err := played(r); err != nil {
		return err
	}
	q := route.FormOf(r)
	from, to, base := q.Instant("from", true), q.Instant("to", true), q.Instant("base", false)
	wish := playback.Request{Camera: r.PathValue("camera"), Keyframes: q.Switch("keyframes", false), Audio: q.Switch("audio", true)}
	if q.Err() != nil {
		return q.Err()
	}
	if err := route.Interval(from, to, longest); err != nil {
		return err
	}
	if base.IsZero() {
		base = from
	}
	wish.From, wish.To, wish.Base = from.UnixMicro(), to.UnixMicro(), base.UnixMicro()
	hold, err := x.cover(w, r, from, to)
	if err != nil {
		return err
	}
	defer hold.End()
	clip, err := x.Footage.Open(hold.Context(), wish)
	if err != nil {
		return err
	}
	h := w.Header()
	if clip == nil {
		h.Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	defer clip.Close()
	h.Set("Content-Type", mimeOf(clip.MIME))
	h.Set("Cache-Control", "no-store")
	h.Set("Watchroom-Start", stamp(clip.Start))
	h.Set("Watchroom-End", stamp(clip.End))
	h.Set("Watchroom-Base", stamp(clip.Base))
	if clip.Next != 0 {
		h.Set("Watchroom-Next", stamp(clip.Next))
	}
	if clip.Derived != "" {
		h.Set("Watchroom-Derived-Audio", "flac; from="+clip.Derived)
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	if _, err := clip.WriteTo(while(hold.Context(), w)); err != nil {
		if r.Context().Err() == nil && hold.Why() == nil {
			x.Log.WarnContext(r.Context(), "footage broke off", "request", route.RequestID(r.Context()), "camera", wish.Camera, "error", err)
		}
		panic(http.ErrAbortHandler) // or half an answer would look like a whole one
	}
	return nil
}

// while writes to w as long as the context lasts.
func while(ctx context.Context, w io.Writer) writer {
	return func(p []byte) (int, error) {
		if err := context.Cause(ctx); err != nil {
			return 0, err
		}
		return w.Write(p)
	}
}

type writer func([]byte) (int, error)

func (x writer) Write(p []byte) (int, error) { return x(p) }

// allowed is a ResponseWriter whose body goes through another writer.
type allowed struct {
	http.ResponseWriter
	body io.Writer
}

func (x allowed) Write(p []byte) (int, error) { return x.body.Write(p) }

func (x allowed) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// played refuses to a browser that goes to footage as to a page, or saves it as a file, what
// is there for players: that is taking footage away, which needs a right of its own.
func played(r *http.Request) error {
	if r.Header.Get("Sec-Fetch-Mode") != "navigate" {
		return nil
	}
	return access.Can(route.Actor(r.Context()), access.FootageDownload, r.PathValue("camera"))
}

func (x *Routes) video(w http.ResponseWriter, r *http.Request) error {
	if err := played(r); err != nil {
		return err
	}
	q := route.FormOf(r)
	from, to := q.Instant("from", true), q.Instant("to", true)
	if q.Err() != nil {
		return q.Err()
	}
	if err := route.Interval(from, to, playback.LongestFile); err != nil {
		return err
	}
	hold, err := x.cover(w, r, from, to)
	if err != nil {
		return err
	}
	defer hold.End()
	f, err := x.Footage.File(hold.Context(), r.PathValue("camera"), from.UnixMicro(), to.UnixMicro())
	if err != nil {
		return err
	}
	defer f.Close()
	h := w.Header()
	h.Set("Content-Type", "video/mp4")
	h.Set("Cache-Control", "no-store")
	h.Set("Watchroom-Start", stamp(f.Start))
	h.Set("Watchroom-End", stamp(f.End))
	if f.Tag != "" { // while the interval is being recorded, ranges of two answers do not fit together
		h.Set("ETag", `"`+f.Tag+`"`)
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if err := ranged(r, size); err != nil {
		return err
	}
	http.ServeContent(allowed{w, while(hold.Context(), w)}, r, "", time.Time{}, f)
	if hold.Why() != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// mimeOf writes the type with its codecs parameter (RFC 6381).
func mimeOf(codecs string) string {
	if codecs == "" {
		return "video/mp4"
	}
	return `video/mp4; codecs="` + codecs + `"`
}

func stamp(us int64) string { return route.Time(us).Format(time.RFC3339Nano) }

func (x *Routes) thumbnail(w http.ResponseWriter, r *http.Request) error {
	q := route.FormOf(r)
	at, width := q.Instant("at", true), q.Whole("width", 320, 64, 1920)
	if q.Err() != nil {
		return q.Err()
	}
	jpeg, taken, err := x.still(r.Context(), r.PathValue("id"), r.PathValue("camera"), at.UnixMicro(), func(ctx context.Context, camera string, at int64) ([]byte, int64, error) {
		return x.Footage.Thumbnail(ctx, camera, at, width)
	})
	if err != nil {
		return err
	}
	id, camera := r.PathValue("id"), r.PathValue("camera")
	if jpeg, err = x.Marks.Still(r.Context(), w.Header(), camera, x.Marks.Viewing(id, camera), jpeg); err != nil {
		return err
	}
	sendPicture(w, r, jpeg, taken)
	return nil
}

// still decodes the picture of an instant that a viewing covers, by decode.
func (x *Routes) still(ctx context.Context, viewing, camera string, at int64, decode func(ctx context.Context, camera string, at int64) ([]byte, int64, error)) (jpeg []byte, taken int64, err error) {
	actor := route.Actor(ctx)
	if err := x.Viewings.Check(ctx, viewing, actor, camera, at, at); err != nil {
		return nil, 0, err
	}
	jpeg, taken, err = decode(ctx, camera, at)
	if err != nil {
		return nil, 0, err
	}
	// Behind a gap the newest picture may be from long before what is allowed.
	if at-taken > time.Minute.Microseconds() && x.Viewings.Check(ctx, viewing, actor, camera, taken, taken) != nil {
		return nil, 0, playback.ErrNoPicture
	}
	return jpeg, taken, nil
}

// sendPicture sends a JPEG that shows the instant at, in µs.
func sendPicture(w http.ResponseWriter, r *http.Request, jpeg []byte, at int64) {
	h := w.Header()
	h.Set("Content-Type", "image/jpeg")
	h.Set("Content-Length", strconv.Itoa(len(jpeg)))
	h.Set("Cache-Control", "no-store")
	h.Set("Watchroom-At", stamp(at))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(jpeg) // the client has gone; nobody to tell
	}
}

// download is reached by nobody: no position has the right that its route
// demands, and a grant of disclosure brings its own way.
func (x *Routes) download(_ http.ResponseWriter, r *http.Request) error {
	return access.Can(route.Actor(r.Context()), access.FootageDownload, r.PathValue("camera"))
}
