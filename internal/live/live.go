// Package live is what the two ways of watching a camera now have in common:
// where the pictures come from, who is watching, and which way suits which
// client. Package whep sends WebRTC, package mse sends fragments or JPEG
// pictures over a WebSocket.
//
// Neither knows of sign-in or rights: the caller decides who may watch, and ends
// what runs through Viewers when that decision changes.
package live

import (
	"context"
	"errors"
	"time"

	"watchroom/internal/media"
	"watchroom/internal/problem"
)

// Streams gives access to what the cameras send now.
type Streams interface {
	// Open returns the camera's stream, pulling a sub-stream that nobody else
	// watches. It does not wait for a picture: the stream may be between runs.
	// Errors are problems (camera_not_found, camera_off, no_such_stream …).
	Open(ctx context.Context, camera string, which media.Which) (Feed, error)
}

// Feed is one viewer's hold on a stream.
type Feed struct {
	Stream  *media.Stream
	Primer  media.Primer // nil when nothing keeps the pictures since the last key frame
	Release func()       // gives the hold back; called exactly once
	// Coming tells whether the first picture of a stream that has no run may be on its
	// way, as while the camera is being connected to; nil means that it may.
	Coming func() bool
}

// Reasons why a viewing does not begin or does not go on. The codes are stable.
var (
	ErrNotLive = problem.New(problem.Unavailable, "camera_not_live",
		"The camera sends no picture at the moment.")
	ErrTooManyViewers = problem.New(problem.TooMany, "too_many_viewers",
		"As many live pictures are being watched as this server allows.")
	ErrTooManyOfPerson = problem.New(problem.TooMany, "too_many_viewers_of_person",
		"You are watching as many live pictures as one person may.")
	ErrReordered = problem.New(problem.Unacceptable, "b_frames_need_mse",
		"The camera sends reordered frames (B-frames), which WebRTC cannot carry.")
	ErrCodecNotOffered = problem.New(problem.Unacceptable, "codec_not_offered",
		"The client did not offer the camera's codec.")
	ErrCodecChanged = problem.New(problem.Unavailable, "codec_changed",
		"The camera changed its codec; open the picture again.")
	ErrRightsEnded = problem.New(problem.Forbidden, "rights_ended",
		"The right to watch this camera has ended.")
	ErrStopping = problem.New(problem.Unavailable, "server_stopping",
		"The server is stopping.")
	ErrLeft = problem.New(problem.NotFound, "live_session_left",
		"The viewer left.")
	ErrNoSession = problem.New(problem.NotFound, "live_session_unknown",
		"There is no such live session.")
	ErrConnectionLost = problem.New(problem.Unavailable, "connection_lost",
		"The connection to the viewer was lost.")
)

// lookAgain is how often FirstRun asks whether there is still something to wait for.
const lookAgain = 200 * time.Millisecond

// FirstRun waits until the stream that r follows has a run, given the one that
// Join returned. The reader's next item is then the first of that run. It does not
// wait for a camera that is down: ErrNotLive comes when coming, unless it is nil, says
// that nothing is on its way, and when ctx's deadline is over.
func FirstRun(ctx context.Context, r *media.Reader, joined *media.Run, coming func() bool) (*media.Run, error) {
	run := joined
	for run == nil {
		if coming != nil && !coming() {
			return nil, ErrNotLive
		}
		item, err := next(ctx, r)
		switch {
		case errors.Is(err, errQuiet):
		case errors.Is(err, context.DeadlineExceeded):
			return nil, ErrNotLive
		case err != nil:
			return nil, err
		case item.Unit == nil && !item.Ended:
			run = item.Run
		}
	}
	return run, nil
}

var errQuiet = errors.New("live: nothing came for a moment")

// next waits for an item for lookAgain, or until ctx is done.
func next(ctx context.Context, r *media.Reader) (media.Item, error) {
	moment, cancel := context.WithTimeout(ctx, lookAgain)
	defer cancel()
	item, err := r.Next(moment)
	if err != nil && moment.Err() != nil && ctx.Err() == nil {
		return item, errQuiet
	}
	return item, err
}
