package viewing

import (
	"bytes"
	"context"
	"encoding/hex"
	"image/jpeg"
	"net/http"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/mark"
	"watchroom/internal/api/route"
	"watchroom/internal/disclosure"
	"watchroom/internal/disclosure/second"
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
		Width: s.Width, Height: s.Height, SHA256: hex.EncodeToString(s.SHA256[:]), Bytes: s.Bytes, Note: s.Note, RemovedAt: route.TimeOrNil(s.RemovedAt), RemovedBy: string(s.RemovedBy), Ground: s.Ground,
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
		if err := x.Viewings.KeepsUnder(ctx, actor, b.Viewing, b.Camera, b.At.UnixMicro(), b.Second != ""); err != nil {
			return nil, err
		}
		picture, at, err = x.still(ctx, b.Viewing, b.Camera, b.At.UnixMicro(), x.Footage.Picture)
	case b.At != nil: // the past, without having said why
		return nil, disclosure.ErrRequired
	default:
		if err := x.Viewings.KeepsNow(actor, b.Camera, b.Second != ""); err != nil {
			return nil, err
		}
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
	var used second.Ask
	if b.Second != "" {
		asked := disclosure.Picture{Camera: b.Camera, Viewing: b.Viewing, Note: b.Note}
		if b.At != nil {
			asked.At = b.At.UnixMicro()
		}
		n.Also = func(ctx context.Context, tx bun.Tx, id string) (map[string]any, error) {
			if used, err = x.Viewings.Kept(ctx, tx, actor, b.Second, asked, id); err != nil {
				return nil, err
			}
			return map[string]any{second.Key: used.Partner().Detail()}, nil
		}
	}
	s, err := x.Snapshots.Take(ctx, actor, n, picture)
	if err != nil {
		return nil, err
	}
	if b.Second != "" {
		x.Viewings.Seconds.Tell(used)
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
	if err := access.Can(actor, access.PlaybackView, s.Camera); err != nil {
		return err
	}
	// Who took a picture of the present has seen it; everybody else, and everybody
	// who wants one of the past, states why.
	own := s.Viewing == "" && s.Person == actor.Person && access.Can(actor, access.LiveView, s.Camera) == nil && x.Viewings.Again(actor, s.Camera, s.At) == nil
	if !own {
		if err := x.Viewings.Check(r.Context(), viewing, actor, s.Camera, s.At, s.At); err != nil {
			return err
		}
	}
	picture, err := x.Snapshots.Picture(s)
	if err != nil {
		return err
	}
	trace := x.Marks.Snapshot(r.Context(), s.ID)
	if picture, err = x.Marks.Still(r.Context(), w.Header(), s.Camera, trace, picture); err != nil {
		return err
	}
	if r.Method == http.MethodGet {
		detail, right := map[string]any{"at": route.Time(s.At)}, access.LiveView
		if !own {
			detail["viewing"], right = viewing, access.PlaybackView
		}
		if trace != "" {
			detail[mark.Key] = trace
		}
		if err := x.Journal.Record(actor.For(right, s.Camera).Act(x.Clock.Micro(), "snapshot.viewed", s.ID, s.Camera, detail)); err != nil {
			return ledger.ErrNotRecorded.Because(err)
		}
	}
	sendPicture(w, r, picture, s.At)
	return nil
}
