package viewing

import (
	"bytes"
	"context"
	"encoding/hex"
	"image/jpeg"
	"net/http"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/disclosure"
	"watchroom/internal/ledger"
	"watchroom/internal/live"
	"watchroom/internal/playback/snapshot"
	"watchroom/internal/problem"
)

// Present gives still pictures of now.
type Present interface {
	// Present is a JPEG of the newest frame of a camera's main stream and when it
	// was taken, µs since 1970 UTC. No picture is no error: jpeg is nil.
	Present(ctx context.Context, camera string) (jpeg []byte, at int64, err error)
}

func snapshotOf(s snapshot.Snapshot) Snapshot {
	return Snapshot{
		ID: s.ID, Camera: s.Camera, At: route.Time(s.At), TakenAt: route.Time(s.TakenAt), Person: s.Person, Viewing: s.Viewing,
		Width: s.Width, Height: s.Height, SHA256: hex.EncodeToString(s.SHA256[:]), Bytes: s.Bytes, Note: s.Note, RemovedAt: route.TimeOrNil(s.RemovedAt),
	}
}

func (x *Routes) takeSnapshot(ctx context.Context, in *snapshotInput) (*route.Answer[Snapshot], error) {
	b, actor := in.Body, route.Actor(ctx)
	if err := snapshot.Allowed(actor, b.Camera, b.Viewing == ""); err != nil {
		return nil, err
	}
	var picture []byte
	var at int64
	var err error
	switch {
	case b.Viewing != "" && b.At == nil:
		return nil, problem.New(problem.Invalid, "instant_missing", "Say which instant of the footage is meant.").On("at")
	case b.Viewing != "":
		if err := route.Instants(*b.At); err != nil {
			return nil, err
		}
		picture, at, err = x.still(ctx, b.Viewing, b.Camera, b.At.UnixMicro(), x.Footage.Picture)
	case b.At != nil: // the past, without having said why
		return nil, disclosure.ErrRequired
	default:
		picture, at, err = x.Present.Present(ctx, b.Camera)
		if err == nil && picture == nil {
			err = live.ErrNotLive
		}
	}
	if err != nil {
		return nil, err
	}
	n := snapshot.New{Camera: b.Camera, At: at, Viewing: b.Viewing, Note: b.Note}
	if size, err := jpeg.DecodeConfig(bytes.NewReader(picture)); err == nil {
		n.Width, n.Height = size.Width, size.Height
	}
	s, err := x.Snapshots.Take(ctx, actor, n, picture)
	if err != nil {
		return nil, err
	}
	return route.Reply(snapshotOf(s)), nil
}

func (x *Routes) listSnapshots(ctx context.Context, in *filterInput) (*route.Answer[route.List[Snapshot]], error) {
	from, to := bounds(in.From, in.To)
	all, err := x.Snapshots.List(ctx, route.Actor(ctx), snapshot.Filter{Camera: in.Camera, From: from, To: to, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return route.Items(all, snapshotOf), nil
}

func (x *Routes) snapshotPicture(w http.ResponseWriter, r *http.Request) error {
	q := route.FormOf(r)
	viewing := q.Text("viewing", false)
	if q.Err() != nil {
		return q.Err()
	}
	s, err := x.Snapshots.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	actor := route.Actor(r.Context())
	// Who took a picture of the present has seen it; everybody else, and everybody
	// who wants one of the past, states why.
	own := s.Viewing == "" && s.Person == actor.Person && access.Can(actor, access.LiveView, s.Camera) == nil
	if !own {
		if err := x.Viewings.Check(r.Context(), viewing, actor, s.Camera, s.At, s.At); err != nil {
			return err
		}
	}
	picture, err := x.Snapshots.Picture(s)
	if err != nil {
		return err
	}
	if r.Method == http.MethodGet {
		detail, right := map[string]any{"at": route.Time(s.At)}, access.LiveView
		if !own {
			detail["viewing"], right = viewing, access.PlaybackView
		}
		if err := x.Journal.Record(actor.For(right, s.Camera).Act(x.Clock.Micro(), "snapshot.viewed", s.ID, s.Camera, detail)); err != nil {
			return ledger.ErrNotRecorded.Because(err)
		}
	}
	sendPicture(w, r, picture, s.At)
	return nil
}
