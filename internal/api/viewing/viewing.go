package viewing

import (
	"context"
	"log/slog"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/company"
	"watchroom/internal/api/marked"
	"watchroom/internal/api/route"
	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/clock"
	"watchroom/internal/disclosure"
	"watchroom/internal/ledger"
	"watchroom/internal/playback"
	"watchroom/internal/playback/bookmark"
	"watchroom/internal/playback/snapshot"
)

// Timeline knows what was recorded; *archive.Catalogue is one.
type Timeline interface {
	Timeline(ctx context.Context, cameras []string, from, to int64, resolution time.Duration) ([]archive.Lane, error)
}

// Journal puts an act on record before it returns; *ledger.Journal is one.
type Journal interface {
	Record(a ledger.Act) error
}

// Routes are what looking at the past needs.
type Routes struct {
	Viewings  *disclosure.Viewings
	Footage   Footage
	Timeline  Timeline
	Present   Present
	Bookmarks *bookmark.Bookmarks
	Snapshots *snapshot.Snapshots
	Journal   Journal
	Clock     clock.Clock
	Running   *route.Running
	Gate      route.Gate
	Marks     *marked.Press
	Log       *slog.Logger
}

func face(v disclosure.Viewing) Viewing {
	out := Viewing{
		ID: v.ID, Cameras: v.Cameras, From: route.Time(v.From), To: route.Time(v.To), Purpose: string(v.Purpose),
		Reason: v.Reason, Person: v.Person, Present: company.Faces(v.Present), OpenedAt: route.Time(v.OpenedAt), ExpiresAt: route.Time(v.ExpiresAt),
	}
	if out.Cameras == nil {
		out.Cameras = []string{}
	}
	if s := v.Second; s != nil {
		out.Second = &Second{Ask: s.Ask, Person: s.Person, Position: string(s.Position), Way: string(s.Way), At: route.Time(s.At)}
	}
	out.ClosedAt = route.TimeOf(v.ClosedAt)
	if o := v.Owed; o != nil {
		out.Owed = &Owed{DueAt: route.Time(o.DueAt), Reason: o.Reason, GivenAt: route.TimeOrNil(o.GivenAt), MissingSince: route.TimeOrNil(o.MissedAt)}
	}
	return out
}

func (x *Routes) give(ctx context.Context, in *reasonInput) (*route.Answer[Viewing], error) {
	v, err := x.Viewings.Give(ctx, route.Actor(ctx), in.ID, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return route.Reply(face(v)), nil
}

func (x *Routes) open(ctx context.Context, in *openInput) (*route.Answer[Viewing], error) {
	b := in.Body
	if err := route.Interval(b.From, b.To, 400*24*time.Hour); err != nil {
		return nil, err
	}
	v, err := x.Viewings.Begin(ctx, route.Actor(ctx), disclosure.Opening{Cameras: b.Cameras, From: b.From.UnixMicro(), To: b.To.UnixMicro(),
		Purpose: disclosure.Purpose(b.Purpose), Reason: b.Reason, Present: company.People(b.Present), Second: b.Second})
	if err != nil {
		return nil, err
	}
	out := face(v)
	for _, c := range v.Cameras {
		if m := x.Marks.Face(ctx, c, x.Marks.Viewing(v.ID, c)); m != nil {
			out.Marks = append(out.Marks, CameraMark{c, *m})
		}
	}
	return route.Reply(out), nil
}

// bounds gives the interval of a list in µs, 0 where it is open.
func bounds(from, to time.Time) (begin, end int64) {
	if !from.IsZero() {
		begin = from.UnixMicro()
	}
	if !to.IsZero() {
		end = to.UnixMicro()
	}
	return begin, end
}

func (x *Routes) list(ctx context.Context, in *viewingsInput) (*route.Answer[route.List[Viewing]], error) {
	from, to := bounds(in.From, in.To)
	all, err := x.Viewings.List(ctx, route.Actor(ctx), disclosure.Filter{Camera: in.Camera, From: from, To: to, Limit: in.Limit, Owed: in.Owed})
	if err != nil {
		return nil, err
	}
	return route.Items(all, face), nil
}

func (x *Routes) close(ctx context.Context, in *byID) (*route.Answer[Viewing], error) {
	v, err := x.Viewings.Close(ctx, route.Actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return route.Reply(face(v)), nil
}

// check is the one way to footage: whoever asks must have a viewing that covers it.
// It says until when.
func (x *Routes) check(ctx context.Context, actor access.Actor, id, camera string, from, to int64) (time.Time, error) {
	if err := x.Viewings.Check(ctx, id, actor, camera, from, to); err != nil {
		return time.Time{}, err
	}
	v, err := x.Viewings.Get(ctx, actor, id)
	if err != nil {
		return time.Time{}, err
	}
	return route.Time(v.ExpiresAt), nil
}

func (x *Routes) playlist(ctx context.Context, in *playlistInput) (*route.Answer[Playlist], error) {
	if err := route.Interval(in.From, in.To, longest); err != nil {
		return nil, err
	}
	from, to := in.From.UnixMicro(), in.To.UnixMicro()
	if err := x.Viewings.Check(ctx, in.ID, route.Actor(ctx), in.Camera, from, to); err != nil {
		return nil, err
	}
	pieces, err := x.Footage.Playlist(ctx, in.Camera, from, to)
	if err != nil {
		return nil, err
	}
	lanes, err := x.Timeline.Timeline(ctx, []string{in.Camera}, from, to, 0)
	if err != nil {
		return nil, err
	}
	out := Playlist{From: in.From.UTC(), To: in.To.UTC(), Pieces: make([]Piece, len(pieces)), Gaps: []Gap{}}
	for i, p := range pieces {
		out.Pieces[i] = pieceOf(p)
	}
	for _, l := range lanes {
		for _, s := range l.Spans {
			if s.Kind == coverage.Gap {
				out.Gaps = append(out.Gaps, Gap{Start: route.Time(s.Start), End: route.Time(s.End), Cause: string(s.Cause), Detail: s.Detail})
			}
		}
	}
	return route.Reply(out), nil
}

func pieceOf(p playback.Piece) Piece {
	return Piece{
		Start: route.Time(p.Start), End: route.Time(p.End), Run: p.Run, MIME: mimeOf(p.MIME), Codec: p.Codec,
		Width: p.Width, Height: p.Height, FPS: p.FPS, AudioCodec: p.Audio, Derived: p.DerivedAudio, Open: p.Open,
	}
}
