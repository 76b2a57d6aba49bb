package viewing

import (
	"bytes"
	"context"
	"encoding/hex"
	"image/jpeg"
	"net/http"
	"slices"

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
	var by, seen access.Term // on which it is kept, and seen
	var err error
	right := access.PlaybackView
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
		if by, err = x.Viewings.Keeping(actor, b.Camera, b.At.UnixMicro(), b.Second != ""); err != nil {
			return nil, err
		}
		if seen, err = x.Viewings.Shown(ctx, b.Viewing, actor, b.Camera, b.At.UnixMicro(), b.At.UnixMicro()); err != nil {
			return nil, err
		}
		picture, at, err = x.still(ctx, b.Viewing, b.Camera, b.At.UnixMicro(), x.Footage.Picture)
	case b.At != nil: // the past, without having said why
		return nil, disclosure.ErrRequired
	default:
		if err := x.Viewings.KeepsNow(actor, b.Camera, b.Second != ""); err != nil {
			return nil, err
		}
		if by, err = x.Viewings.Keeping(actor, b.Camera, x.Clock.Micro(), b.Second != ""); err != nil {
			return nil, err
		}
		if seen, err = disclosure.Watching(actor, b.Camera, b.Second != ""); err != nil {
			return nil, err
		}
		right = access.LiveView
		picture, at, err = x.Present.Present(ctx, b.Camera)
		if err == nil && picture == nil {
			err = live.ErrNotLive
		}
	}
	if err != nil {
		return nil, err
	}
	n := snapshot.New{Camera: b.Camera, At: at, Viewing: b.Viewing, Note: b.Note}
	n.Right, n.Term = decisive(access.SnapshotTake, by, right, seen)
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

// ordinary tells whether a term is of no emergency right.
func ordinary(t access.Term) bool { return access.EmergencyOf(t.Rule) == "" }

// decisive gives, of two rights that both must be there, the one that an act names: the second where
// an emergency right gives that and not the first, since it was done under that one.
func decisive(first access.Action, one access.Term, other access.Action, also access.Term) (access.Action, access.Term) {
	if access.EmergencyOf(one.Rule) == "" && access.EmergencyOf(also.Rule) != "" {
		return other, also
	}
	return first, one
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
	own := s.Viewing == "" && s.Person == actor.Person && access.Can(actor, access.LiveView, s.Camera) == nil
	var by, watched access.Term
	if own {
		by, err = x.Viewings.Again(actor, s.Camera, s.At)
		own = err == nil
		if terms := access.Decide(actor, access.LiveView, s.Camera, nil).Terms; len(terms) > 0 && !slices.ContainsFunc(terms, ordinary) {
			watched = terms[0]
		}
	}
	if !own {
		watched = access.Term{}
		if by, err = x.Viewings.Shown(r.Context(), viewing, actor, s.Camera, s.At, s.At); err != nil {
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
		detail := map[string]any{"at": route.Time(s.At)}
		if !own {
			detail["viewing"] = viewing
		}
		if trace != "" {
			detail[mark.Key] = trace
		}
		right, by := decisive(access.PlaybackView, by, access.LiveView, watched)
		if err := x.Journal.Record(actor.Through(right, s.Camera, by).Act(x.Clock.Micro(), "snapshot.viewed", s.ID, s.Camera, detail)); err != nil {
			return ledger.ErrNotRecorded.Because(err)
		}
	}
	sendPicture(w, r, picture, s.At)
	return nil
}
