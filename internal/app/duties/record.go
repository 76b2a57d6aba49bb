package duties

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/access/roll"
	logbookapi "watchroom/internal/api/duty/logbook"
	"watchroom/internal/api/system"
	"watchroom/internal/camera"
	"watchroom/internal/capture"
	"watchroom/internal/duty"
	"watchroom/internal/duty/logbook"
	"watchroom/internal/event"
	"watchroom/internal/playback/snapshot"
	"watchroom/internal/source"
	"watchroom/internal/text"
)

// mostPeople bounds those who are offered by a part of their name.
const mostPeople = 20

// book is the duty record of all rooms.
func (h *House) book(rooms *duty.Rooms) *logbook.Book {
	return &logbook.Book{DB: h.DB, Bus: h.Bus, Clock: h.Clock, Rules: h.Rules, Zone: h.Zone, Rooms: rooms, Dir: h.Attached, Names: names, Snapshot: snapshot.There}
}

// record are the routes of the duty records.
func (d *Duties) record() logbookapi.Routes {
	people := func(ctx context.Context, part string) (some []logbookapi.Somebody, err error) {
		all, err := d.house.Accounts.People(ctx)
		part = text.Key(part)
		for i := range all {
			p := &all[i]
			if len(some) < mostPeople && p.Shut(d.house.Clock.Micro()) == "" && (strings.Contains(text.Key(p.DisplayName), part) || strings.Contains(text.Key(p.Username), part)) {
				some = append(some, logbookapi.Somebody{ID: p.ID, Name: cmp.Or(p.DisplayName, p.Username)})
			}
		}
		return some, err
	}
	return logbookapi.Routes{Book: d.Book, People: people}
}

// names gives what people and cameras are called.
func names(ctx context.Context, tx bun.IDB, ids []string) (map[string]string, error) {
	all, err := roll.Called(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	cameras, err := camera.NamesOf(ctx, tx, ids)
	for id, name := range cameras {
		all[id] = name
	}
	return all, err
}

// headless gives the head of the duty record that is lacking for the watch that runs: no handover is
// signed without it (C062).
func (d *Duties) headless(ctx context.Context, tx bun.IDB, room *duty.Room, at int64) ([]duty.Matter, error) {
	now, err := duty.Running(ctx, tx, room.ID)
	if err != nil || now == nil || now.Kind != duty.Kept {
		return nil, err
	}
	switch err := d.Book.Ready(ctx, tx, room.ID, now.Since, at); {
	case errors.Is(err, logbook.ErrNoRecord):
		return []duty.Matter{{Kind: "record_head", ID: room.ID, Since: now.Since, Bars: "record_head"}}, nil
	default:
		return nil, err
	}
}

// Fleet tells of the streams of cameras.
type Fleet interface {
	Status(camera string) (s capture.Status, ok bool)
}

// Follow gives what writes into the records what becomes of the recorder. It also tells the records
// which cameras of a room give a picture.
func (d *Duties) Follow(fleet Fleet, log *slog.Logger) *logbook.Follow {
	lost := func(id string) (gone bool, cause string, known bool) {
		s, ok := fleet.Status(id)
		if !ok || !s.Enabled {
			return false, "", false
		}
		return s.Main.State != source.Live, s.Main.Reason.Detail, true
	}
	d.Book.Online = func(ctx context.Context, room *duty.Room) (online, total int, without []string, err error) {
		of, err := cameras(ctx, d.house.DB.Read(), room)
		if err != nil {
			return 0, 0, nil, err
		}
		names, err := d.cameraNames(ctx, of)
		for id := range of {
			gone, _, known := lost(id)
			if !known {
				continue
			}
			total++
			if gone {
				without = append(without, cmp.Or(names[id], id))
			}
		}
		slices.Sort(without)
		return total - len(without), total, without, err
	}
	return &logbook.Follow{Book: d.Book, Bus: d.house.Bus, Log: log, Cameras: cameras, Lost: lost, Alarm: alarmed}
}

func (d *Duties) cameraNames(ctx context.Context, of map[string]bool) (map[string]string, error) {
	return camera.NamesOf(ctx, d.house.DB.Read(), slices.Collect(maps.Keys(of)))
}

// alarmed makes a line of an alarm that begins. That a camera gives no picture is told of once it
// stands still.
func alarmed(e event.Event) (line duty.Line, camera string, ok bool) {
	data, _ := e.Data.(map[string]any)
	a, is := data["alarm"].(system.Alarm)
	raised, _ := data["raised"].(bool)
	if !is || !raised {
		return line, "", false
	}
	return duty.Line{At: a.Since.UnixMicro(), Code: "alarm", Subject: a.ID, Params: map[string]any{"code": a.Code, "text": a.Detail, "what": a.Params}}, a.Camera, true
}
