package mse

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/coder/websocket"

	"watchroom/internal/live"
	"watchroom/internal/media"
)

// message is what the server says in text.
type message struct {
	Type string `json:"type"`

	// init
	MIME       string      `json:"mime,omitempty"`
	Codec      media.Codec `json:"codec,omitempty"`
	AudioCodec media.Codec `json:"audioCodec,omitempty"`
	Audio      string      `json:"audio,omitempty"` // "none: " and a reason where no sound comes
	Width      int         `json:"width,omitempty"`
	Height     int         `json:"height,omitempty"`
	Run        string      `json:"run,omitempty"`
	Wall       string      `json:"wall,omitempty"` // the server's clock now, RFC 3339
	Base       string      `json:"base,omitempty"` // the instant that decode time 0 stands for

	// state
	Status string  `json:"status,omitempty"`
	Reason *reason `json:"reason,omitempty"` // also of end
	Since  string  `json:"since,omitempty"`

	// dropped
	Frames uint64 `json:"frames,omitempty"`
}

type reason struct {
	Code   string         `json:"code"`
	Params map[string]any `json:"params,omitempty"`
	Detail string         `json:"detail,omitempty"`
}

const stamp = "2006-01-02T15:04:05.000000Z"

// viewer is one WebSocket.
type viewer struct {
	server   *Server
	params   Params
	seat     *live.Seat
	feed     live.Feed
	conn     *websocket.Conn
	commands chan string // the newest of "pause" and "resume"

	// Below: the goroutine of watch only.
	film    *film // nil until the first run, and for JPEG
	jpeg    bool
	video   int    // index of the pictures' track in the run; -1 for none
	started bool   // a unit of this run has arrived
	counted uint64 // drops of the reader that were told or do not count
}

func (v *viewer) command(data []byte) {
	var m struct{ Type string }
	if json.Unmarshal(data, &m) != nil || m.Type != "pause" && m.Type != "resume" {
		return
	}
	for {
		select {
		case v.commands <- m.Type:
			return
		default:
		}
		select {
		case <-v.commands: // the newer wish replaces the older
		default:
		}
	}
}

// watch plays until ctx ends or something fails, with breaks where the client
// wants them. During a break the stream has one watcher less.
func (v *viewer) watch(ctx context.Context) error {
	for {
		playing, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- v.play(playing) }()
		paused := false
		for !paused {
			select {
			case err := <-ended:
				stop()
				return err
			case c := <-v.commands:
				paused = c == "pause"
			}
		}
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			return err
		}
		for paused {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case c := <-v.commands:
				paused = c == "pause"
			}
		}
	}
}

// play joins the stream and sends what comes until ctx ends.
func (v *viewer) play(ctx context.Context) error {
	queue := v.server.Queue
	if queue == 0 {
		queue = 256
	}
	reader, run, prime := v.feed.Stream.Join(queue, v.feed.Primer)
	defer reader.Close()
	v.counted = 0
	whole := false
	if run == nil {
		if err := v.say(v.state("connecting", "")); err != nil {
			return err
		}
	} else {
		if err := v.begin(run); err != nil {
			return err
		}
		whole = prime == nil // the reader itself waits for a key frame
		if prime != nil {
			units, err := prime()
			if err != nil {
				v.server.Log.Warn("the pictures since the last key frame cannot be read",
					"camera", v.params.Camera, "error", err)
			} else {
				whole = len(units) > 0 // without them it begins at the next key frame
				if err := v.send(units); err != nil {
					return err
				}
			}
		}
	}

	waiting, cancel := context.WithCancel(context.Background())
	cancel() // with it the reader gives what it has and does not wait
	var batch []*media.Unit
	for {
		item, err := reader.Next(ctx)
		if err != nil {
			return err
		}
		batch = batch[:0]
		for item.Unit != nil {
			whole = whole || item.Unit.Track == v.video && item.Unit.Key
			if whole {
				batch = append(batch, item.Unit)
			}
			next := media.Item{}
			if !full(batch) {
				next, err = reader.Next(waiting)
			}
			if item = next; err != nil {
				item = media.Item{}
			}
		}
		if err := v.tellDrops(reader, len(batch) > 0); err != nil {
			return err
		}
		if err := v.send(batch); err != nil {
			return err
		}
		switch {
		case item.Run == nil: // nothing more for the moment
			err = nil
		case item.Ended:
			err = v.say(v.state(status(item.Cause), item.Cause))
		default:
			whole = true // the reader itself begins a run with a key frame
			err = v.begin(item.Run)
		}
		if err != nil {
			return err
		}
	}
}

// full tells whether a fragment holds enough: a tenth of a second or 512 KiB.
func full(batch []*media.Unit) bool {
	if len(batch) == 0 {
		return false
	}
	first, last, bytes := batch[0], batch[len(batch)-1], 0
	for _, u := range batch {
		bytes += len(u.Data)
	}
	return last.Wall-first.Wall >= 100_000 || bytes >= 512<<10 || len(batch) >= 64
}

// tellDrops tells the client how many units it was too slow for. Units before
// the first key frame of a run were nobody's fault.
func (v *viewer) tellDrops(r *media.Reader, arrived bool) error {
	total := r.Dropped()
	lost := total - v.counted
	v.counted = total
	if !v.started || lost == 0 {
		v.started = v.started || arrived
		return nil
	}
	v.seat.Dropped(lost)
	return v.say(message{Type: "dropped", Frames: lost})
}

// begin announces a run.
func (v *viewer) begin(run *media.Run) error {
	video, sound := live.Pick(run.Tracks)
	v.started, v.jpeg, v.video = false, false, run.Video()
	now := v.server.Clock.Now()
	m := message{Type: "init", Run: run.ID, Wall: now.Format(stamp)}
	if video == nil {
		return v.say(message{
			Type: "state", Status: "unsupported", Since: now.Format(stamp),
			Reason: &reason{Code: string(live.ReasonNoVideo), Detail: "The camera sends no picture."},
		})
	}
	m.MIME = live.MIME(run.Tracks, v.params.Audio, v.params.Audio)
	m.Codec, m.Width, m.Height = video.Codec, video.Width, video.Height
	if video.Codec == media.MJPEG {
		v.jpeg = true
		m.Audio = "none: mjpeg_without_sound"
		return v.say(m)
	}
	tracks := []*media.Track{video}
	switch {
	case sound == nil:
		m.Audio = "none: " + string(live.ReasonNoAudio)
	case sound.Codec == media.PCMA || sound.Codec == media.PCMU:
		m.Audio = "none: " + string(live.ReasonG711Needs)
	case !v.params.Audio:
		m.Audio = "none: not_wanted"
	default:
		m.AudioCodec = sound.Codec
		tracks = append(tracks, sound)
	}
	if v.film == nil {
		v.film = newFilm(now.UnixMicro())
	}
	v.film.begin(run, tracks...)
	m.Base = time.UnixMicro(v.film.base).UTC().Format(stamp)
	if err := v.say(m); err != nil {
		return err
	}
	return v.write(websocket.MessageBinary, v.film.head())
}

// send writes units of the run that was announced last.
func (v *viewer) send(units []*media.Unit) error {
	if len(units) == 0 || v.video < 0 {
		return nil
	}
	if v.jpeg {
		for _, u := range units {
			if u.Track != v.video {
				continue
			}
			if err := v.write(websocket.MessageBinary, u.Data); err != nil {
				return err
			}
		}
		return nil
	}
	for len(units) > 0 {
		n := 1
		for n < len(units) && !fullMessage(units[:n]) {
			n++
		}
		if b := v.film.fragment(units[:n]); b != nil {
			if err := v.write(websocket.MessageBinary, b); err != nil {
				return err
			}
		}
		units = units[n:]
	}
	return nil
}

// fullMessage bounds one message while the past is sent, so that the first
// picture does not wait for all of it.
func fullMessage(units []*media.Unit) bool {
	bytes := 0
	for _, u := range units {
		bytes += len(u.Data)
	}
	return bytes >= 256<<10
}

func (v *viewer) state(status string, cause media.Cause) message {
	m := message{Type: "state", Status: status, Since: v.server.Clock.Now().Format(stamp)}
	if cause != media.CauseNone {
		m.Reason = &reason{Code: string(cause)}
	}
	return m
}

// status is the camera's state as a viewer sees it when a run ended.
func status(c media.Cause) string {
	switch c {
	case media.CauseNoFrames:
		return "stalled"
	case media.CauseUnreachable, media.CauseNetwork:
		return "unreachable"
	case media.CauseCredentials:
		return "wrong_credentials"
	case media.CauseRefused:
		return "refused"
	case media.CauseUnsupported:
		return "unsupported"
	case media.CauseSwitchedOff, media.CauseStopped:
		return "off"
	}
	return "connecting"
}

func (v *viewer) say(m message) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return v.write(websocket.MessageText, b)
}

// write sends one message. Nothing but its time limit interrupts it, because half
// a message would end the connection before goodbye has said why.
func (v *viewer) write(kind websocket.MessageType, b []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), v.writeTimeout())
	defer cancel()
	if err := v.conn.Write(ctx, kind, b); err != nil {
		return err
	}
	v.seat.Sent(len(b))
	return nil
}
