package camera

import (
	"cmp"
	"context"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"watchroom/internal/access"
	"watchroom/internal/api/marked"
	maskapi "watchroom/internal/api/mask"
	"watchroom/internal/api/route"
	"watchroom/internal/camera"
	"watchroom/internal/camera/mask"
	"watchroom/internal/camera/streamurl"
	"watchroom/internal/capture"
	"watchroom/internal/clock"
	"watchroom/internal/ledger"
	"watchroom/internal/media"
	"watchroom/internal/secret"
	"watchroom/internal/source"
)

// Fleet knows how the cameras' streams are doing; *capture.Fleet is one.
type Fleet interface {
	Status(camera string) (s capture.Status, ok bool)
}

// Pictures makes still pictures.
type Pictures interface {
	// Newest is a JPEG of the newest key frame of a camera's stream and when it
	// was taken, µs since 1970 UTC. No picture is no error: jpeg is nil.
	Newest(ctx context.Context, camera string, which media.Which) (jpeg []byte, at int64, err error)
	// JPEG decodes one key frame, at its own size if width is 0; *still.Maker does.
	JPEG(ctx context.Context, t media.Track, u *media.Unit, width int) ([]byte, error)
}

// Journal puts an act on record before it returns; *ledger.Journal is one.
type Journal interface {
	Record(a ledger.Act) error
}

// Routes are what the register of cameras needs.
type Routes struct {
	Registry *camera.Registry
	Fleet    Fleet
	Pictures Pictures
	// Probe connects once and tells what it saw; see source.Probe.
	Probe func(ctx context.Context, c source.Config) (source.ProbeResult, error)
	// Resolve finds the addresses of a host name; net.Resolver's LookupNetIP does.
	Resolve func(ctx context.Context, network, host string) ([]netip.Addr, error)
	Journal Journal
	Clock   clock.Clock
	// Reserve says what becomes of the storage with one camera more, with another main stream of
	// one that is there, or with one that is switched on or taken back. Nil: nobody asks. capacity.ErrShort refuses it.
	Reserve func(ctx context.Context, w Wish) (Reservation, error)
	Lost    Lost
	Marks   *marked.Press
	Masks   *mask.Masks // nil: nothing covers any picture
	// Rooms gives the names of control rooms by the camera that watches each; nil: none does.
	Rooms func(ctx context.Context) (map[string]string, error)

	looks   looks
	testing atomic.Int32 // connection tests that are running
	tests   tests
	tested  tested
}

// faces gives cameras as somebody may see them: where a device is reached, and as whom, is for
// those who set it up (C101).
func (x *Routes) faces(ctx context.Context) (func(camera.Camera) Camera, error) {
	face, err := x.open(ctx)
	if err != nil {
		return nil, err
	}
	actor := route.Actor(ctx)
	return func(c camera.Camera) Camera {
		out := face(c)
		out.Aside = access.Outside(actor, c.ID) != nil
		if access.Can(actor, access.CameraConfigure, c.ID) != nil {
			out.conceal()
		}
		return out
	}, nil
}

// open gives cameras as those see them who set them up. Without what covers its pictures there is
// no face of a camera: a player would show all of them.
func (x *Routes) open(ctx context.Context) (func(camera.Camera) Camera, error) {
	var covered map[string]mask.Set
	if x.Masks != nil {
		var err error
		if covered, err = x.Masks.All(ctx); err != nil {
			return nil, err
		}
	}
	var rooms map[string]string
	if x.Rooms != nil {
		var err error
		if rooms, err = x.Rooms(ctx); err != nil {
			return nil, err
		}
	}
	return func(c camera.Camera) Camera {
		out := x.face(c)
		out.ControlRoom = rooms[c.ID]
		s := covered[c.ID]
		out.Masks = maskapi.Shapes(&s.Content)
		return out
	}, nil
}

func (c *Camera) conceal() {
	c.Main.URL, c.Main.Username = "", ""
	if c.Sub != nil {
		c.Sub.URL, c.Sub.Username = "", ""
	}
	c.State.conceal()
}

// conceal leaves out of why a camera does not answer where it would.
func (s *State) conceal() {
	if s.Reason == nil || len(s.Reason.Params) == 0 {
		return
	}
	r := *s.Reason
	r.Params = maps.Clone(r.Params)
	for _, where := range []string{"host", "address"} {
		if _, there := r.Params[where]; there {
			r.Params[where] = "…"
		}
	}
	s.Reason = &r
}

func (x *Routes) face(c camera.Camera) Camera {
	out := Camera{
		ID: c.ID, Name: c.Name, Place: c.Place, Note: c.Note, Enabled: c.Enabled, Provisional: c.Provisional,
		CreatedAt: route.Time(c.CreatedAt), RecordAudio: c.RecordAudio, AudioPurpose: c.AudioPurpose, Priority: c.Priority, Area: c.Area, Grade: c.Grade,
		Main: streamFace(c.Main), State: x.state(c),
	}
	if c.Sub != nil {
		sub := streamFace(*c.Sub)
		out.Sub = &sub
	}
	out.RetiredAt = route.TimeOf(c.RetiredAt)
	return out
}

func streamFace(s camera.Stream) Stream {
	return Stream{
		URL: s.URL, Transport: string(s.Transport), SkipVerify: s.SkipVerify,
		Username: s.Username, HasCredentials: s.HasCredentials,
	}
}

// state puts together what the register and the streams know.
func (x *Routes) state(c camera.Camera) State {
	if c.RetiredAt != nil {
		return State{Status: "retired", Since: route.Time(*c.RetiredAt)}
	}
	s, ok := x.Fleet.Status(c.ID)
	if ok {
		return stateOf(s)
	}
	// Known to the register and not yet to the recorder, or no more.
	if !c.Enabled {
		return State{Status: string(source.Off), Since: route.Time(cmp.Or(c.OffAt, c.CreatedAt))}
	}
	return State{Status: string(source.Connecting), Since: route.Time(c.CreatedAt)}
}

// State is a camera's state for the event stream; false if there is no such camera, or
// nothing to tell of it: one that the recorder does not have, or no more, since another
// process has taken it over.
func (x *Routes) State(ctx context.Context, id string) (any, bool) {
	if s, ok := x.Fleet.Status(id); ok {
		state := stateOf(s)
		state.conceal() // whoever sees the camera listens
		return state, true
	}
	c, err := x.Registry.Get(ctx, id)
	if err != nil || c.RetiredAt == nil && c.Enabled {
		return nil, false
	}
	return x.state(c), true
}

func (x *Routes) answer(ctx context.Context) func(camera.Camera, error) (*route.Answer[Camera], error) {
	return func(c camera.Camera, err error) (*route.Answer[Camera], error) {
		if err != nil {
			return nil, err
		}
		face, err := x.faces(ctx)
		if err != nil {
			return nil, err
		}
		return route.Reply(face(c)), nil
	}
}

func (x *Routes) list(ctx context.Context, _ *struct{}) (*route.Answer[route.List[Camera]], error) {
	all, err := x.Registry.List(ctx)
	if err != nil {
		return nil, err
	}
	face, err := x.faces(ctx)
	if err != nil {
		return nil, err
	}
	reach := access.ReachOf(route.Actor(ctx), access.CameraRead)
	return route.Items(slices.DeleteFunc(all, func(c camera.Camera) bool { return !reach.Has(c.ID) }), face), nil
}

func (x *Routes) read(ctx context.Context, in *byID) (*route.Answer[Camera], error) {
	if err := access.Can(route.Actor(ctx), access.CameraRead, in.ID); err != nil {
		return nil, err
	}
	return x.answer(ctx)(x.Registry.Get(ctx, in.ID))
}

func (x *Routes) create(ctx context.Context, in *createInput) (*route.Answer[Camera], error) {
	n := camera.New{
		Name: in.Body.Name, Place: in.Body.Place, Note: in.Body.Note, Main: typed(in.Body.Main),
		RecordAudio: in.Body.RecordAudio, AudioPurpose: in.Body.AudioPurpose, Priority: in.Body.Priority, Area: in.Body.Area, Grade: in.Body.Grade,
	}
	if in.Body.Sub != nil {
		sub := typed(*in.Body.Sub)
		n.Sub = &sub
	}
	actor := route.Actor(ctx)
	if err := x.Registry.MayAdd(ctx, actor, n); err != nil { // before anything is said about room
		return nil, err
	}
	room, err := x.room(ctx, actor, access.CameraConfigure, Wish{Seen: x.tested.of(in.Body.Main.URL, x.Clock.Now()), Claim: seen(in.Body.Seen)})
	if err != nil {
		return nil, err
	}
	out, err := x.answer(ctx)(x.Registry.Create(ctx, actor, n))
	if err != nil {
		return nil, err
	}
	out.Body.Reservation = room
	if want := max(n.Grade, camera.DefaultGrade); want < out.Body.Grade { // another one was at this address
		out.Body.GradeWaiting = want
	}
	if n.Area != out.Body.Area { // another one of this device hangs there
		out.Body.AreaWaiting = &n.Area
	}
	return out, nil
}

func typed(in StreamInput) camera.StreamInput {
	transport := camera.Transport(in.Transport)
	return camera.StreamInput{
		URL: &in.URL, Username: in.Username, Password: hidden(in.Password), Transport: &transport, SkipVerify: &in.SkipVerify,
	}
}

func hidden(s *string) *secret.Text {
	if s == nil {
		return nil
	}
	t := secret.Text(*s)
	return &t
}

func (x *Routes) change(ctx context.Context, in *changeInput) (*route.Answer[Camera], error) {
	if err := access.Can(route.Actor(ctx), access.CameraConfigure, in.ID); err != nil {
		return nil, err
	}
	before, err := x.Registry.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	c := camera.Change{
		Name: in.Body.Name, Place: in.Body.Place, Note: in.Body.Note,
		RecordAudio: in.Body.RecordAudio, AudioPurpose: in.Body.AudioPurpose, Priority: in.Body.Priority,
		Area: in.Body.Area, Grade: in.Body.Grade, GradeReason: in.Body.GradeReason,
		RemoveSub: in.Body.Sub.Null,
	}
	if in.Body.Main != nil {
		c.Main = changed(*in.Body.Main, &before.Main)
	}
	if in.Body.Sub.Given && !in.Body.Sub.Null {
		c.Sub = changed(in.Body.Sub.Value, before.Sub)
	}
	room, err := x.reserve(ctx, in, &before)
	if err != nil {
		return nil, err
	}
	after, err := x.Registry.Update(ctx, route.Actor(ctx), in.ID, c)
	if err != nil {
		return nil, err
	}
	face, err := x.open(ctx)
	if err != nil {
		return nil, err
	}
	out := face(after)
	out.Reservation = room
	want := before.Grade
	if in.Body.Grade != nil {
		want = *in.Body.Grade
	}
	if want < after.Grade {
		out.GradeWaiting = want
	}
	if a := in.Body.Area; a != nil && *a != after.Area {
		out.AreaWaiting = a
	}
	if in.Body.Main != nil {
		out.Main.PasswordDropped = dropped(*in.Body.Main, &before.Main, &after.Main)
	}
	if out.Sub != nil && in.Body.Sub.Given {
		out.Sub.PasswordDropped = dropped(in.Body.Sub.Value, before.Sub, after.Sub)
	}
	return route.Reply(out), nil
}

// reserve says what becomes of the storage when the main stream of a camera changes.
func (x *Routes) reserve(ctx context.Context, in *changeInput, before *camera.Camera) (*Reservation, error) {
	if in.Body.Main == nil || x.Reserve == nil {
		return nil, nil
	}
	w := Wish{Camera: in.ID, Claim: seen(in.Body.Seen)}
	if in.Body.Main.URL != nil {
		w.Seen = x.tested.of(*in.Body.Main.URL, x.Clock.Now())
		clean, _, _, err := streamurl.Split(*in.Body.Main.URL)
		w.Stream = err == nil && clean != before.Main.URL
	}
	return onlyShort(x.room(ctx, route.Actor(ctx), access.CameraConfigure, w))
}

func seen(s *Seen) Seen {
	if s == nil {
		return Seen{}
	}
	return *s
}

// dropped tells whether a password was given up that nobody asked to give up.
func dropped(in StreamChange, before, after *camera.Stream) bool {
	return in.Password == nil && before != nil && before.HasCredentials && !after.HasCredentials
}

// changed gives up the kept password where the stream moves to another host:
// whoever may change an address could otherwise have the password sent to a
// machine of their own.
func changed(in StreamChange, before *camera.Stream) *camera.StreamInput {
	out := &camera.StreamInput{URL: in.URL, Username: in.Username, Password: hidden(in.Password), SkipVerify: in.SkipVerify}
	if in.Transport != nil {
		transport := camera.Transport(*in.Transport)
		out.Transport = &transport
	}
	if in.URL != nil && in.Password == nil && before != nil && !sameHost(*in.URL, before.URL) {
		var none secret.Text
		out.Password = &none
		if _, _, inside, err := streamurl.Split(*in.URL); err == nil && inside != "" {
			out.Password = &inside
		}
	}
	return out
}

// sameHost tells whether two stream addresses lead to the same device.
func sameHost(a, b string) bool {
	h := hostOf(a)
	return h != "" && h == hostOf(b)
}

// pathOf is the path of a stream address. What stands behind a question mark does
// not make another one, or any word there would.
func pathOf(raw string) string {
	clean, _, _, err := streamurl.Split(raw)
	if err != nil {
		return ""
	}
	u, err := url.Parse(strings.ReplaceAll(clean, streamurl.PasswordMark, ""))
	if err != nil {
		return ""
	}
	return strings.ToLower(path.Clean("/" + u.Path))
}

// hostOf gives host:port of a stream address, empty for what is none.
func hostOf(raw string) string {
	name, port, ok := hostPort(raw)
	if !ok {
		return ""
	}
	return net.JoinHostPort(name, strconv.Itoa(int(port)))
}

// hostPort takes host, in lower case, and port out of a stream address.
func hostPort(raw string) (name string, port uint16, ok bool) {
	clean, _, _, err := streamurl.Split(raw)
	if err != nil {
		return "", 0, false
	}
	u, err := url.Parse(strings.ReplaceAll(clean, streamurl.PasswordMark, ""))
	if err != nil {
		return "", 0, false
	}
	port = map[string]uint16{"rtsp": 554, "rtsps": 322}[strings.ToLower(u.Scheme)]
	if p, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		port = uint16(p)
	}
	return strings.ToLower(u.Hostname()), port, true
}

func (x *Routes) switchIt(ctx context.Context, in *switchInput) (*route.Answer[Camera], error) {
	actor := route.Actor(ctx)
	if err := access.Can(actor, access.CameraSwitch, in.ID); err != nil {
		return nil, err
	}
	before, err := x.Registry.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	var room *Reservation
	if in.Body.Enabled && !before.Enabled && before.RetiredAt == nil {
		if room, err = onlyShort(x.room(ctx, actor, access.CameraSwitch, Wish{Camera: in.ID, On: true})); err != nil {
			return nil, err
		}
	}
	out, err := x.answer(ctx)(x.Registry.Switch(ctx, actor, in.ID, in.Body.Enabled, in.Body.Reason))
	if err != nil {
		return nil, err
	}
	out.Body.Reservation = room
	return out, nil
}

func (x *Routes) retire(ctx context.Context, in *retireInput) (*route.Answer[Camera], error) {
	return x.answer(ctx)(x.Registry.Retire(ctx, route.Actor(ctx), in.ID, in.Body.Reason))
}
