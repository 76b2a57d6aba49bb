package camera

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/mark"
	"watchroom/internal/api/route"
	"watchroom/internal/camera"
	"watchroom/internal/camera/streamurl"
	"watchroom/internal/disclosure"
	"watchroom/internal/disclosure/trace"
	"watchroom/internal/ledger"
	"watchroom/internal/media"
	"watchroom/internal/problem"
	"watchroom/internal/source"
	"watchroom/internal/source/reach"
)

// looks remembers which looks at the present through still pictures were put on record lately:
// a page that shows them anew every second is one look for trace.PictureLasts.
type looks struct {
	mu   sync.Mutex // guards last
	last map[string]looked
}

// looked is a look on record, by session and camera.
type looked struct {
	at time.Time
	by access.Term // which let it through
}

// due tells whether a look is to be put on record: none is that is new enough, or it tells of
// another decision than the one that lets this one through.
func (l *looks) due(key string, now time.Time, by access.Term) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	last, ok := l.last[key]
	return !ok || last.by != by || now.Sub(last.at) >= trace.PictureLasts || now.Before(last.at)
}

func (l *looks) done(key string, now time.Time, by access.Term) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil {
		l.last = map[string]looked{}
	}
	for k, last := range l.last {
		if now.Sub(last.at) >= trace.PictureLasts {
			delete(l.last, k)
		}
	}
	l.last[key] = looked{now, by}
}

// look puts on record that somebody looks at a camera's present, by the term that lets them.
func (x *Routes) look(ctx context.Context, id string, which media.Which, by access.Term) error {
	actor, now := route.Actor(ctx), x.Clock.Now()
	key := actor.Session + actor.Token + "/" + id
	if !x.looks.due(key, now, by) {
		return nil
	}
	detail := map[string]any{"stream": string(which)}
	if m := x.Marks.Live(ctx, id); m != "" {
		detail[mark.Key] = m
	}
	err := x.Journal.Record(actor.Through(access.LiveView, id, by).Act(now.UnixMicro(), "live.picture", id, id, detail))
	if err != nil {
		return ledger.ErrNotRecorded.Because(err)
	}
	x.looks.done(key, now, by)
	return nil
}

func (x *Routes) picture(w http.ResponseWriter, r *http.Request) error {
	q := route.FormOf(r)
	id, which := r.PathValue("id"), media.Which(q.Word("stream", "main", "sub"))
	if q.Err() != nil {
		return q.Err()
	}
	by, err := disclosure.Watching(route.Actor(r.Context()), id, false)
	if err != nil {
		return err
	}
	if _, err := x.Registry.Get(r.Context(), id); err != nil {
		return err
	}
	if err := x.look(r.Context(), id, which, by); err != nil {
		return err
	}
	jpeg, at, err := x.Pictures.Newest(r.Context(), id, which)
	if err != nil {
		return err
	}
	h := w.Header()
	if jpeg, err = x.Marks.Still(r.Context(), h, id, x.Marks.Live(r.Context(), id), jpeg); err != nil {
		return err
	}
	h.Set("Cache-Control", "no-store")
	if jpeg == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	h.Set("Content-Type", "image/jpeg")
	h.Set("Content-Length", strconv.Itoa(len(jpeg)))
	h.Set("Watchroom-At", route.Time(at).Format(time.RFC3339Nano))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(jpeg) // the client has gone; nobody to tell
	}
	return nil
}

// A test connects to where somebody says: atOnce of them run at the same time, and
// one person begins so many in a minute for the same host.
const (
	atOnce      = 4
	testsMinute = 12
)

var (
	errTesting = problem.New(problem.TooMany, "too_many_tests", "Other connection tests are running. Try again in a moment.").With("retryAfterSeconds", 5)
	errNoHost  = problem.New(problem.Forbidden, "test_address_refused", "No camera can have this address.")
)

// tests counts connection tests by person and host.
type tests struct {
	mu    sync.Mutex             // guards begun
	begun map[string][]time.Time // of the last minute
}

func (l *tests) allow(key string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.begun == nil {
		l.begun = map[string][]time.Time{}
	}
	for k, all := range l.begun {
		for len(all) > 0 && now.Sub(all[0]) >= time.Minute {
			all = all[1:]
		}
		if l.begun[k] = all; len(all) == 0 {
			delete(l.begun, k)
		}
	}
	if len(l.begun[key]) >= testsMinute {
		return false
	}
	l.begun[key] = append(l.begun[key], now)
	return true
}

// probe tests a connection. Nothing of it is kept but the act, which says whether a
// picture may have been part of the answer, and for some minutes how much came.
func (x *Routes) probe(ctx context.Context, in *probeInput) (*route.Answer[ProbeResult], error) {
	if err := access.Can(route.Actor(ctx), access.CameraConfigure, in.Body.Camera); err != nil {
		return nil, err
	}
	c, err := x.target(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	host, err := reachable(in.Body.URL)
	if err != nil {
		return nil, err
	}
	actor := route.Actor(ctx)
	defer x.testing.Add(-1)
	if x.testing.Add(1) > atOnce || !x.tests.allow(actor.Person+actor.Token+"/"+host, x.Clock.Now()) {
		return nil, errTesting
	}
	saved, err := x.registeredAt(ctx, in.Body.URL)
	if err != nil {
		return nil, err
	}
	subject, hidden := saved.judge(actor, in.Body.Camera)
	err = x.Journal.Record(actor.For(access.CameraConfigure, in.Body.Camera).Act(x.Clock.Micro(), "camera.tested", subject, subject, map[string]any{"host": host, "picture": hidden == nil}))
	if err != nil {
		return nil, ledger.ErrNotRecorded.Because(err)
	}
	found, err := x.Probe(ctx, c)
	if err != nil {
		return nil, err
	}
	x.tested.note(in.Body.URL, &found, x.Clock.Now())
	out := ProbeResult{
		OK: found.OK, Status: string(found.State), Reason: reasonOf(found.Reason), Tracks: []Track{},
		Bitrate: found.Bitrate, FPS: found.FPS, KeyInterval: found.KeyInterval, KeyLonger: found.KeyLonger, Transport: found.Transport,
	}
	for _, t := range found.Tracks {
		out.Tracks = append(out.Tracks, Track{
			Codec: string(t.Codec), Width: t.Width, Height: t.Height, SampleRate: t.SampleRate, Channels: t.Channels, MIME: t.MIME(),
		})
	}
	switch {
	case found.KeyFrame == nil || found.Run == nil:
	case hidden != nil:
		out.PictureUnavailable = hidden
	default:
		x.illustrate(ctx, &out, found, saved.cameras)
	}
	return route.Reply(out), nil
}

// reachable gives host and port, and refuses addresses that no camera may have
// before anything is tried. Names are judged when they are resolved.
func reachable(raw string) (string, error) {
	host := hostOf(raw)
	if ap, err := netip.ParseAddrPort(host); err == nil {
		if reach.Check(ap.Addr()) != nil {
			return "", errNoHost.With("host", ap.Addr().Unmap().String())
		}
	}
	return host, nil
}

// illustrate adds the picture, or why there is none. What covers any camera of the device covers
// it: which channel an address leads to only the device knows.
func (x *Routes) illustrate(ctx context.Context, out *ProbeResult, found source.ProbeResult, cameras []string) {
	if found.KeyFrame.Track >= len(found.Run.Tracks) {
		return
	}
	jpeg, err := x.Pictures.JPEG(ctx, found.Run.Tracks[found.KeyFrame.Track], found.KeyFrame, 640)
	if err == nil {
		jpeg, err = x.Marks.Cover(ctx, cameras, jpeg)
	}
	if err != nil {
		p := problem.Of(err)
		out.PictureUnavailable = &Reason{Code: p.Code, Params: p.Params, Detail: p.Detail}
		return
	}
	data := "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(jpeg)
	out.Picture = &data
}

// target puts together what is typed and what is kept. A kept password goes only
// to the host that it was typed for.
func (x *Routes) target(ctx context.Context, in Probe) (source.Config, error) {
	clean, username, password, err := streamurl.Typed(in.URL, in.Username, hidden(in.Password))
	if err != nil && problem.Of(err).Code != streamurl.ErrAddress.Code { // which reachable refuses
		return source.Config{}, problem.Of(err).On("url")
	}
	s := camera.Source{URL: clean, Username: username, Password: password}
	if in.Camera != "" && password == "" {
		kept, err := x.Registry.Secrets(ctx, in.Camera)
		if err != nil {
			return source.Config{}, err
		}
		stream := &kept.Main
		if in.Which == camera.Sub {
			stream = kept.Sub
		}
		if stream != nil && sameHost(in.URL, stream.URL) {
			s.Password = stream.Password
			if s.Username == "" && in.Username == nil {
				s.Username = stream.Username
			}
		}
	}
	which := media.Main
	if in.Which == camera.Sub {
		which = media.Sub
	}
	return source.Config{
		Camera: in.Camera, Which: which, URL: s.Target().Reveal(), Username: s.Username, Password: s.Password.Reveal(),
		Transport: in.Transport, InsecureTLS: in.SkipVerify, Audio: true,
	}, nil
}
