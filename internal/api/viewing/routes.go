// Package viewing answers for looking at the past: the act that must come first,
// the footage it opens, snapshots and bookmarks. No byte of footage leaves before
// the act that covers it is on record.
package viewing

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
)

const (
	tag         = "Playback"
	snapshotTag = "Snapshots"
	bookmarkTag = "Bookmarks"
)

type byID struct {
	ID string `path:"id" maxLength:"40"`
}

type openInput struct{ Body NewViewing }

// filterInput narrows a list; everything may be left out.
type filterInput struct {
	Camera string    `query:"camera" maxLength:"40"`
	From   time.Time `query:"from" doc:"Only what is about this instant or later."`
	To     time.Time `query:"to" doc:"Only what is about an earlier instant."`
	Limit  int       `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type viewingsInput struct {
	Camera string    `query:"camera" maxLength:"40"`
	From   time.Time `query:"from" doc:"Only what is about this instant or later."`
	To     time.Time `query:"to" doc:"Only what is about an earlier instant."`
	Limit  int       `query:"limit" minimum:"1" maximum:"500" default:"100"`
	Owed   bool      `query:"owed" doc:"Only those whose reason is due afterwards and was not given."`
}

type reasonInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body GivenReason
}

type bookmarkFilter struct {
	Camera    string    `query:"camera" maxLength:"40"`
	From      time.Time `query:"from" doc:"Only what reaches past this instant."`
	To        time.Time `query:"to" doc:"Only what begins before this instant."`
	Limit     int       `query:"limit" minimum:"1" maximum:"500" default:"100"`
	Retracted bool      `query:"retracted" doc:"Those that were taken back too."`
}

type playlistInput struct {
	ID     string    `path:"id" maxLength:"40"`
	Camera string    `path:"camera" maxLength:"40"`
	From   time.Time `query:"from" required:"true"`
	To     time.Time `query:"to" required:"true"`
}

type snapshotInput struct{ Body NewSnapshot }

type bookmarkInput struct{ Body NewBookmark }

type retractInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body Retraction
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	x.registerViewings(r)
	x.registerMedia(r)
	route.Do(r, route.Operation{
		ID: "takeSnapshot", Method: http.MethodPost, Path: "/api/v1/snapshots", Tag: snapshotTag, Demand: route.Needs(access.SnapshotTake), Status: http.StatusCreated,
		Summary: "Keep a still picture",
		About:   "Of the past with viewing and at (needs playback.view), else of now (needs live.view).",
	}, x.takeSnapshot)
	route.Do(r, route.Operation{
		ID: "listSnapshots", Method: http.MethodGet, Path: "/api/v1/snapshots", Tag: snapshotTag, Demand: route.Needs(access.PlaybackView, access.ActRead),
		Summary: "List kept pictures, without the pictures",
	}, x.listSnapshots)
	r.Plain(route.Operation{
		ID: "getSnapshotPicture", Method: http.MethodGet, Path: "/api/v1/snapshots/{id}/picture.jpg", Tag: snapshotTag, Demand: route.Needs(access.PlaybackView),
		Summary: "Fetch a kept picture",
		About:   "Like all footage it is shown under a viewing that covers its camera and instant. Only one's own pictures of the then present need none. Every look is put on record before the picture is sent. What is sent is a derived copy with a mark burnt in; sha256 is that of the original.",
		Parameters: []*huma.Param{route.InPath("id", "Snapshot."),
			route.Query("viewing", "The viewing that covers it.", route.Text())},
		Responses: route.Answers("200", "The picture.", "image/jpeg"),
	}, x.snapshotPicture)
	route.Do(r, route.Operation{
		ID: "createBookmark", Method: http.MethodPost, Path: "/api/v1/bookmarks", Tag: bookmarkTag, Demand: route.Needs(access.BookmarkWrite), Status: http.StatusCreated,
		Summary: "Mark an instant or an interval of a camera",
	}, x.createBookmark)
	route.Do(r, route.Operation{
		ID: "listBookmarks", Method: http.MethodGet, Path: "/api/v1/bookmarks", Tag: bookmarkTag, Demand: route.Needs(access.PlaybackView, access.ActRead),
		Summary: "List bookmarks in the order of the footage",
	}, x.listBookmarks)
	route.Do(r, route.Operation{
		ID: "retractBookmark", Method: http.MethodPost, Path: "/api/v1/bookmarks/{id}/retract", Tag: bookmarkTag, Demand: route.Needs(access.BookmarkWrite),
		Summary: "Take a bookmark back; it stays on record as retracted",
	}, x.retractBookmark)
}

func (x *Routes) registerViewings(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "openViewing", Method: http.MethodPost, Path: "/api/v1/viewings", Tag: tag, Demand: route.Needs(access.PlaybackView), Status: http.StatusCreated,
		Summary: "State who looks at which cameras' past, and why",
		About:   "Everything below it answers 403 viewing_required, viewing_expired, viewing_elsewhere or outside_viewing when it is not covered, and viewing_too_old, viewing_request or viewing_graded where right or grade do not allow it; viewing_second where they, or the purpose, demand a second person (second). Without a purpose it is duty review, for the newest footage.",
	}, x.open)
	route.Do(r, route.Operation{
		ID: "listViewings", Method: http.MethodGet, Path: "/api/v1/viewings", Tag: tag, Demand: route.Needs(access.ActRead, access.PlaybackView),
		Summary: "List viewings",
		About:   "The newest first: all of them with act.read, otherwise one's own.",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "giveViewingReason", Method: http.MethodPost, Path: "/api/v1/viewings/{id}/reason", Tag: tag, Demand: route.SignedIn(),
		Summary: "Say afterwards why one looked",
		About:   "Once, for a viewing of one's own whose reason is due afterwards. It is taken late, too.",
	}, x.give)
	route.Do(r, route.Operation{
		ID: "closeViewing", Method: http.MethodPost, Path: "/api/v1/viewings/{id}/close", Tag: tag, Demand: route.Needs(access.PlaybackView),
		Summary: "Close one's own viewing",
		About:   "Ends what is being played under it within a second.",
	}, x.close)
	route.Do(r, route.Operation{
		ID: "getPlaylist", Method: http.MethodGet, Path: "/api/v1/viewings/{id}/cameras/{camera}/playlist", Tag: tag, Demand: route.Needs(access.PlaybackView),
		Summary: "Read what can be played in an interval",
	}, x.playlist)
}

func (x *Routes) registerMedia(r *route.Router) {
	const under = "/api/v1/viewings/{id}/cameras/{camera}"
	where := func(more ...*huma.Param) []*huma.Param {
		return append([]*huma.Param{route.InPath("id", "Viewing."), route.InPath("camera", "Camera.")}, more...)
	}
	from := route.Required(route.Query("from", "Begin, RFC 3339.", route.Instant()))
	to := route.Required(route.Query("to", "End, RFC 3339.", route.Instant()))
	r.Plain(route.Operation{
		ID: "streamFootage", Method: http.MethodGet, Path: under + "/stream.mp4", Tag: tag, Demand: route.Needs(access.PlaybackView),
		Summary: "Play footage as fragments for Media Source Extensions",
		About: "ftyp and moov, then moof and mdat. Times in it count from base, so that buffers of different pieces fall in place on one media timeline. " +
			"It starts at the key frame at or before from, and ends at to, at a change of tracks, at a gap or after 64 segments; Watchroom-Next says where to ask on. 204 when there is nothing in the interval. " +
			"Bytes are as recorded but for one thing: G.711 sound, which browsers do not play out of MP4, is derived into FLAC without loss, and Watchroom-Derived-Audio says so (flac; from=pcma).",
		Parameters: where(from, to,
			route.Query("base", "The instant that is zero in the fragments; from if left out. Watchroom-Base says which it was: never later than the first picture.", route.Instant()),
			route.Query("keyframes", "1 sends key frames only, for fast winding.", route.Switch()),
			route.Query("audio", "0 leaves the sound out; 1 if left out.", route.Switch())),
		Responses: route.Answers("200", "Fragmented MP4.", "video/mp4", "Watchroom-Start", "Watchroom-End", "Watchroom-Base", "Watchroom-Next", "Watchroom-Derived-Audio"),
	}, x.stream)
	r.Plain(route.Operation{
		ID: "fetchVideo", Method: http.MethodGet, Path: under + "/video.mp4", Tag: tag, Demand: route.Needs(access.PlaybackView),
		Summary:    "Fetch an interval as one MP4 with byte ranges",
		About:      "Fragmented, with an index, at most 25 hours: a day of any time zone. HEAD, Range and If-Range work; the ETag changes while the interval is still being recorded. Gaps stay gaps; where pictures change their size, further sample descriptions follow, and parameter sets stand before the key frames; another codec gets a track of its own. Sound is as the camera sent it, also G.711. 404 no_footage when there is nothing.",
		Parameters: where(from, to),
		Responses:  route.Answers("200", "Fragmented MP4.", "video/mp4", "Watchroom-Start", "Watchroom-End", "ETag"),
	}, x.video)
	r.Plain(route.Operation{
		ID: "getThumbnail", Method: http.MethodGet, Path: under + "/thumbnail.jpg", Tag: tag, Demand: route.Needs(access.PlaybackView),
		Summary: "Fetch the key frame at or before an instant as a picture",
		About:   "404 no_picture when there is none.",
		Parameters: where(route.Required(route.Query("at", "Instant, RFC 3339.", route.Instant())),
			route.Query("width", "Pixels, 64 to 1920; 320 if left out.", route.Whole())),
		Responses: route.Answers("200", "The picture.", "image/jpeg", "Watchroom-At"),
	}, x.thumbnail)
	r.Plain(route.Operation{
		ID: "downloadFootage", Method: http.MethodGet, Path: under + "/download", Tag: tag, Demand: route.Needs(access.FootageDownload),
		Summary:    "Take footage away as a file",
		About:      "Behind a right that no position has: footage leaves the house only by a granted disclosure.",
		Parameters: where(from, to),
		Responses:  route.Answers("200", "Fragmented MP4.", "video/mp4"),
	}, x.download)
}
