package demo

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/area"
	"watchroom/internal/access/proposal"
	"watchroom/internal/archive"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/camera"
	"watchroom/internal/db"
	"watchroom/internal/disclosure"
	"watchroom/internal/playback/bookmark"
	"watchroom/internal/playback/snapshot"
	"watchroom/internal/secret"
	"watchroom/internal/still"
)

// story is what people did meanwhile. Every act is done with the method that the
// web application calls, by a person with the rights of a position.
type story struct {
	db         *db.DB
	box        *secret.Box
	stills     *still.Maker
	reels      []reel
	begin, end int64 // µs since 1970 UTC
	dir        string

	accounts *account.Control
	areas    *area.Areas
	company  string         // id of the unit that keeps the devices in order
	hangs    map[int]string // area by what the simulator draws there, from 0

	admin, guard, lead, supervisor, leader access.Actor
	room                                   string   // id of the control room
	ids                                    []string // of the cameras
}

// when is an instant of the script, so long before the end of the past.
func (s *story) when(before time.Duration) int64 {
	return s.end - int64(float64(before.Microseconds())*float64(s.end-s.begin)/float64(length.Microseconds()))
}

// cameras registers them one after another, shortly before their first picture.
func (s *story) cameras(ctx context.Context, list []Camera) error {
	tcp := camera.TCP
	for i := range list {
		c := &list[i]
		now := s.begin - int64(len(list)-i)*1e6
		r := &camera.Registry{DB: s.db, Box: s.box, Clock: at(now), Areas: s.areas.InService, Chain: s.areas.Chain}
		n := camera.New{Name: c.Name, Place: c.Place, Main: camera.StreamInput{URL: &c.Main, Transport: &tcp},
			RecordAudio: c.Audio != "", AudioPurpose: c.Audio, Area: s.hangs[i%scenes]}
		if c.Sub != "" {
			n.Sub = &camera.StreamInput{URL: &c.Sub, Transport: &tcp}
		}
		made, err := r.Create(ctx, s.admin, n)
		if err != nil {
			return err
		}
		s.ids = append(s.ids, made.ID)
		r.Clock = at(now + 5e5) // of two acts of one instant nobody could tell which came first
		if err := s.confirm(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// confirm lets the supervisor confirm where a camera hangs whose device has others elsewhere.
func (s *story) confirm(ctx context.Context, r *camera.Registry) error {
	moves := camera.Moves{Registry: r}
	waiting, err := moves.List(ctx, proposal.Proposed)
	for _, m := range waiting {
		err = errors.Join(err, moves.Decide(ctx, s.supervisor, m.ID, true, "与竣工图一致 As in the plan of the building"))
	}
	return err
}

// tell does what the script says people did, in order of time.
func (s *story) tell(ctx context.Context) error {
	for _, x := range interruptions() {
		if x.off == "" || x.camera >= len(s.ids) {
			continue
		}
		for _, on := range []bool{false, true} {
			when, reason := s.when(x.from), x.off
			if on {
				when, reason = s.when(x.to), "工作完成 The work is done"
			}
			r := &camera.Registry{DB: s.db, Box: s.box, Clock: at(when)}
			if _, err := r.Switch(ctx, s.admin, s.ids[x.camera], on, reason); err != nil {
				return err
			}
		}
	}
	if err := s.review(ctx); err != nil {
		return err
	}
	for _, m := range []struct {
		camera     int
		at, to     time.Duration
		written    time.Duration
		title, why string
		taken      string // reason of taking it back
	}{
		{2, 112 * minute, 111*minute + 30*time.Second, 110 * minute, "叉车离行人过近 Forklift close to a person", "已口头提醒 Told the driver", ""},
		{1, 71 * minute, 71 * minute, 70 * minute, "陌生人员进入走廊 Unknown person in the corridor", "", "是来访家长，已核实 A visiting parent, confirmed"},
		{4, 18 * minute, 16 * minute, 15 * minute, "课后有人滞留教室 Somebody stayed after class", "", ""},
	} {
		if m.camera >= len(s.ids) {
			continue
		}
		b := &bookmark.Bookmarks{DB: s.db, Clock: at(s.when(m.written))}
		made, err := b.Create(ctx, s.guard, bookmark.New{Camera: s.ids[m.camera], At: s.when(m.at), End: s.when(m.to), Title: m.title, Note: m.why})
		if err != nil {
			return err
		}
		if m.taken != "" {
			b.Clock = at(s.when(m.written - 5*minute))
			if _, err := b.Retract(ctx, s.guard, made.ID, m.taken); err != nil {
				return err
			}
		}
	}
	return nil
}

// review is the guard's look at the footage around the first camera's outage, with
// a picture kept of it.
func (s *story) review(ctx context.Context) error {
	v := &disclosure.Viewings{DB: s.db, Clock: at(s.when(52 * minute))}
	viewing, err := v.Open(ctx, s.guard, s.ids[:1], s.when(100*minute), s.when(85*minute), disclosure.Incident,
		"核对大门摄像机断线前后的画面 The gate before and after its outage")
	if err != nil {
		return err
	}
	shown := s.when(96 * minute)
	r := &s.reels[0]
	tracks, err := r.tracks(r.small)
	if err != nil {
		return err
	}
	key, err := r.key(r.small, float64(shown-s.begin)/1e6)
	if err != nil {
		return err
	}
	picture, err := s.stills.JPEG(ctx, tracks[0], key, 0)
	switch {
	case err == nil:
		keep := &snapshot.Snapshots{DB: s.db, Dir: s.dir, Clock: at(s.when(50 * minute))}
		_, err = keep.Take(ctx, s.guard, snapshot.New{Camera: s.ids[0], At: shown, Viewing: viewing.ID,
			Width: tracks[0].Width, Height: tracks[0].Height, Note: "断线前最后画面之一 Shortly before the outage"}, picture)
	case errors.Is(err, still.ErrUnavailable):
		err = nil // a machine without ffmpeg
	}
	if err != nil {
		return err
	}
	v.Clock = at(s.when(48 * minute))
	_, err = v.Close(ctx, s.guard, viewing.ID)
	return err
}

// settle takes the footage in and says that it is as it should be: to a catalogue that
// never saw it, it looks like that of a database that was lost.
func (s *story) settle(ctx context.Context, recordings string) error {
	c := &archive.Catalogue{DB: s.db, Root: recordings, Clock: at(s.end)}
	if err := c.Start(ctx); err != nil {
		return err
	}
	defer c.Close()
	for _, id := range s.ids {
		if err := c.CatchUp(ctx, id); err != nil {
			return err
		}
	}
	all, err := frozen.Standing(ctx, s.db.Read())
	if err != nil || len(all) == 0 {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return frozen.Confirm(ctx, tx, s.supervisor.For(access.RetentionConfigure, ""), all, s.end, "为演示制作的录像 Made for the demonstration")
	})
}
