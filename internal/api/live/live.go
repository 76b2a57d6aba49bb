package live

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"sync"

	"watchroom/internal/access"
	"watchroom/internal/access/mark"
	"watchroom/internal/api/marked"
	"watchroom/internal/api/route"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/disclosure"
	"watchroom/internal/disclosure/present"
	"watchroom/internal/disclosure/second"
	"watchroom/internal/ledger"
	"watchroom/internal/live"
	"watchroom/internal/live/mse"
	"watchroom/internal/live/whep"
	"watchroom/internal/media"
	"watchroom/internal/problem"
)

// Source knows what can be watched.
type Source interface {
	// Streams is the state of a camera's streams, main first; problem
	// camera_not_found if there is no such camera.
	Streams(ctx context.Context, camera string) ([]live.StreamState, error)
}

// WHEP opens WebRTC sessions; *whep.Server is one.
type WHEP interface {
	Create(ctx context.Context, r whep.Request) (*whep.Answer, error)
	Patch(ctx context.Context, id, fragment string) error
	Delete(ctx context.Context, id string) error
	Viewer(id string) (live.Viewer, error)
}

// MSE serves WebSockets; *mse.Server is one.
type MSE interface {
	Serve(w http.ResponseWriter, r *http.Request, p mse.Params) error
}

// Journal puts an act on record before it returns; *ledger.Journal is one.
type Journal interface {
	Record(a ledger.Act) error
}

// Company knows who else is present at the screen of a session; *present.Company is one.
type Company interface {
	Of(session string) (people []present.Person, until int64)
}

// Seconds knows where a second person has to agree; *disclosure.Viewings is one.
type Seconds interface {
	// Watch is nil where the actor may look with the agreement to an ask, or without one
	// alone. It uses the agreement up, for the act that tells of the look.
	Watch(ctx context.Context, actor access.Actor, camera, ask, act string) (*second.Partner, error)
}

// Routes are what live pictures need.
type Routes struct {
	Source  Source
	WHEP    WHEP
	MSE     MSE
	Viewers *live.Viewers // those of WHEP and MSE
	Journal Journal
	Company Company // nil: nobody is ever named as present
	Running *route.Running
	Gate    route.Gate
	Marks   *marked.Press
	Seconds Seconds
	Clock   clock.Clock
	Log     *slog.Logger

	open sync.Map // *route.Hold by live session
}

// largestOffer bounds an SDP body, in bytes.
const largestOffer = 256 << 10

var (
	errNotSDP   = problem.New(problem.Invalid, "content_type_unsupported", "The body must be of the type that this operation names.")
	errTooBig   = problem.New(problem.Invalid, "body_too_large", "The request body is larger than this operation takes.")
	errNoSocket = problem.New(problem.Invalid, "websocket_required", "This address is opened as a WebSocket.")
	// A session of somebody else is not even said to exist.
	errNotYours = live.ErrNoSession
)

func (x *Routes) options(ctx context.Context, in *optionsInput) (*route.Answer[LiveOptions], error) {
	if err := access.Can(route.Actor(ctx), access.LiveView, in.Camera); err != nil {
		return nil, err
	}
	streams, err := x.Source.Streams(ctx, in.Camera)
	if err != nil {
		return nil, err
	}
	client := live.Capabilities{WHEP: codecs(in.WHEP), MSE: codecs(in.MSE)}
	o := live.Decide(streams, client, media.Which(in.Stream))
	alone := disclosure.Watches(route.Actor(ctx), in.Camera, false)
	out := LiveOptions{NeedsSecond: errors.Is(alone, disclosure.ErrSecond), Streams: make([]LiveStream, len(o.Streams)), PreferredStream: string(o.Stream), PreferredTransport: o.Transport,
		Mark: x.Marks.Face(ctx, in.Camera, x.Marks.Live(ctx, in.Camera))}
	for i, s := range o.Streams {
		face := LiveStream{
			Stream: string(s.Stream), Available: s.Available, Status: s.Status, Codec: string(s.Codec), MIME: s.MIME,
			Width: s.Width, Height: s.Height, AudioCodec: string(s.AudioCodec), Transports: make([]LiveTransport, len(s.Transports)),
		}
		for j, t := range s.Transports {
			face.Transports[j] = LiveTransport{
				Kind: t.Kind, Usable: t.Usable, Reason: string(t.Reason), Audio: t.Audio, AudioReason: string(t.AudioReason),
			}
		}
		out.Streams[i] = face
	}
	return route.Reply(out), nil
}

// codecs reads a list such as "h264,opus"; nil means that the client did not say.
func codecs(list string) []media.Codec {
	if list == "" {
		return nil
	}
	out := []media.Codec{}
	for word := range strings.SplitSeq(list, ",") {
		out = append(out, media.Codec(strings.ToLower(strings.TrimSpace(word))))
	}
	return out
}

// begin puts the act of looking on record; before it there is no picture (R6).
func (x *Routes) begin(r *http.Request, camera string, which media.Which, transport, ask string) (*look, error) {
	actor := route.Actor(r.Context())
	if err := access.Can(actor, access.LiveView, camera); err != nil {
		return nil, err
	}
	streams, err := x.Source.Streams(r.Context(), camera)
	if err != nil {
		return nil, err
	}
	if len(streams) == 0 {
		return nil, live.ErrNotLive
	}
	id := db.NewID()
	with, err := x.Seconds.Watch(r.Context(), actor, camera, ask, id)
	if err != nil {
		return nil, err
	}
	term, err := disclosure.Watching(actor, camera, ask != "")
	if err != nil {
		return nil, err
	}
	detail := func() map[string]any {
		d := map[string]any{"stream": string(which), "transport": transport}
		if m := x.Marks.Live(r.Context(), camera); m != "" {
			d[mark.Key] = m
		}
		if x.Company != nil {
			if beside, _ := x.Company.Of(actor.Client()); len(beside) > 0 {
				d[present.Key] = present.Detail(beside)
			}
		}
		if with != nil {
			d[second.Key] = with.Detail()
		}
		return d
	}
	l := &look{routes: x, camera: camera, detail: detail, now: stretch{actor: actor, term: term}}
	if err := l.open(&l.now, id, "", x.Clock.Micro()); err != nil {
		return nil, err
	}
	l.want, l.told = l.now, l.now.opened.At
	return l, nil
}

func (x *Routes) openWHEP(w http.ResponseWriter, r *http.Request) error {
	offer, err := body(w, r, "application/sdp")
	if err != nil {
		return err
	}
	q := route.FormOf(r)
	camera, which, ask := r.PathValue("camera"), media.Which(q.Word("stream", "main", "sub")), q.Text("second", false)
	if q.Err() != nil {
		return q.Err()
	}
	look, err := x.begin(r, camera, which, "whep", ask)
	if err != nil {
		return err
	}
	actor := route.Actor(r.Context())
	answer, err := x.WHEP.Create(r.Context(), whep.Request{
		Camera: camera, Which: which, Person: actor.Person, Session: actor.Client(), Offer: offer,
	})
	if err != nil {
		look.ended()
		return err
	}
	if err := x.hold(r, answer.ID, ask != "", look); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/sdp")
	h.Set("Location", "/api/v1/live/sessions/"+answer.ID)
	h.Set("Watchroom-Stream", string(which))
	h.Set("Watchroom-Audio", answer.Audio)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, answer.SDP) // the client has gone; the session ends by itself
	return nil
}

// hold ends the session as soon as its viewer may no longer watch, and tells when it has
// ended. It outlasts the request that opened it.
func (x *Routes) hold(r *http.Request, id string, paired bool, look *look) error {
	lasting := context.WithoutCancel(r.Context())
	end := func() {
		if err := x.WHEP.Delete(lasting, id); err != nil && problem.Of(err).Kind != problem.NotFound {
			x.Log.WarnContext(lasting, "a live session could not be ended", "session", id, "error", err)
		}
	}
	hold, err := x.Running.Begin(lasting, route.Keys(route.Actor(r.Context()), look.camera, id),
		route.Still(r.Context(), x.Gate, access.LiveView, look.camera, look.still(paired, func() error {
			_, err := x.WHEP.Viewer(id) // an error when it has ended by itself
			return err
		})))
	if err != nil {
		end()
		look.ended()
		return err
	}
	look.runs(hold)
	x.open.Store(id, hold)
	context.AfterFunc(hold.Context(), func() {
		x.open.Delete(id)
		end()
		look.ended()
	})
	return nil
}

func (x *Routes) openMSE(w http.ResponseWriter, r *http.Request) error {
	q := route.FormOf(r)
	camera, which, audio := r.PathValue("camera"), media.Which(q.Word("stream", "main", "sub")), q.Switch("audio", true)
	ask := q.Text("second", false)
	if q.Err() != nil {
		return q.Err()
	}
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return route.Status(http.StatusUpgradeRequired, errNoSocket)
	}
	look, err := x.begin(r, camera, which, "mse", ask)
	if err != nil {
		return err
	}
	defer look.ended()
	actor := route.Actor(r.Context())
	hold, err := x.Running.Begin(r.Context(), route.Keys(actor, camera), route.Still(r.Context(), x.Gate, access.LiveView, camera, look.still(ask != "", nil)))
	if err != nil {
		return err
	}
	defer hold.End()
	look.runs(hold)
	session := actor.Client()
	stop := context.AfterFunc(hold.Context(), func() {
		if why := hold.Why(); why != nil {
			// Every picture of this camera in this session has lost the same right.
			x.Viewers.End(func(v live.Viewer) bool {
				return v.Session == session && v.Camera == camera && v.Transport == "mse"
			}, why)
		}
	})
	defer stop()
	return x.MSE.Serve(w, r, mse.Params{Camera: camera, Which: which, Person: actor.Person, Session: session, Audio: audio})
}

// own finds a session of whoever asks.
func (x *Routes) own(r *http.Request) (string, error) {
	id := r.PathValue("id")
	v, err := x.WHEP.Viewer(id)
	if err != nil {
		return "", err
	}
	if actor := route.Actor(r.Context()); v.Person != actor.Person || v.Session != actor.Client() {
		return "", errNotYours
	}
	return id, nil
}

func (x *Routes) trickle(w http.ResponseWriter, r *http.Request) error {
	id, err := x.own(r)
	if err != nil {
		return err
	}
	fragment, err := body(w, r, "application/trickle-ice-sdpfrag")
	if err != nil {
		return err
	}
	if err := x.WHEP.Patch(r.Context(), id, fragment); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// closeWHEP may be asked again, as by a page that is being left. A session that has
// ended and one of somebody else get the same answer as one that ends now.
func (x *Routes) closeWHEP(w http.ResponseWriter, r *http.Request) error {
	id, err := x.own(r)
	if err == nil {
		err = x.WHEP.Delete(r.Context(), id)
	}
	if err != nil && !errors.Is(err, live.ErrNoSession) {
		return err
	}
	if hold, ok := x.open.Load(id); ok && err == nil {
		hold.(*route.Hold).End() // now, and not when it is asked again
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// body reads a text body of one type.
func body(w http.ResponseWriter, r *http.Request, want string) (string, error) {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != want {
		return "", route.Status(http.StatusUnsupportedMediaType, errNotSDP.With("type", want))
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestOffer))
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return "", route.Status(http.StatusRequestEntityTooLarge, errTooBig.With("bytes", largestOffer))
	case err != nil:
		return "", problem.New(problem.Invalid, "invalid_input", "The request body could not be read.").Because(err)
	}
	return string(raw), nil
}
