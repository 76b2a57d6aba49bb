package viewing

import (
	"context"

	"watchroom/internal/api/route"
	"watchroom/internal/playback/bookmark"
	"watchroom/internal/problem"
)

func bookmarkOf(b bookmark.Bookmark) Bookmark {
	out := Bookmark{
		ID: b.ID, Camera: b.Camera, At: route.Time(b.At), Title: b.Title, Note: b.Note, Person: b.Person,
		CreatedAt: route.Time(b.CreatedAt),
	}
	if b.End > b.At {
		out.End = route.TimeOrNil(b.End)
	}
	if b.Retraction != nil {
		out.RetractedAt, out.RetractReason = route.TimeOrNil(b.Retraction.At), b.Retraction.Reason
	}
	return out
}

func (x *Routes) createBookmark(ctx context.Context, in *bookmarkInput) (*route.Answer[Bookmark], error) {
	n := bookmark.New{Camera: in.Body.Camera, At: in.Body.At.UnixMicro(), Title: in.Body.Title, Note: in.Body.Note}
	if err := route.Instants(in.Body.At); err != nil {
		return nil, err
	}
	if end := in.Body.End; end != nil {
		if err := route.Instants(*end); err != nil {
			return nil, problem.Of(err).On("end")
		}
		n.End = end.UnixMicro()
	}
	b, err := x.Bookmarks.Create(ctx, route.Actor(ctx), n)
	if err != nil {
		return nil, err
	}
	return route.Reply(bookmarkOf(b)), nil
}

func (x *Routes) listBookmarks(ctx context.Context, in *bookmarkFilter) (*route.Answer[route.List[Bookmark]], error) {
	from, to := bounds(in.From, in.To)
	all, err := x.Bookmarks.List(ctx, route.Actor(ctx), bookmark.Filter{
		Camera: in.Camera, From: from, To: to, Limit: in.Limit, Retracted: in.Retracted,
	})
	if err != nil {
		return nil, err
	}
	return route.Items(all, bookmarkOf), nil
}

func (x *Routes) retractBookmark(ctx context.Context, in *retractInput) (*route.Answer[Bookmark], error) {
	b, err := x.Bookmarks.Retract(ctx, route.Actor(ctx), in.ID, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return route.Reply(bookmarkOf(b)), nil
}
