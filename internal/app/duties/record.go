package duties

import (
	"cmp"
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/access/account"
	logbookapi "watchroom/internal/api/duty/logbook"
	"watchroom/internal/camera"
	"watchroom/internal/duty"
	"watchroom/internal/duty/logbook"
	"watchroom/internal/playback/snapshot"
)

// mostPeople bounds those who are offered by a part of their name.
const mostPeople = 20

// book is the duty record of all rooms.
func (h *House) book(rooms *duty.Rooms) *logbook.Book {
	return &logbook.Book{DB: h.DB, Bus: h.Bus, Clock: h.Clock, Rules: h.Rules, Zone: h.Zone, Rooms: rooms, Dir: h.Files, Names: names, Snapshot: snapshot.There}
}

// record are the routes of the duty records.
func (d *Duties) record() logbookapi.Routes {
	people := func(ctx context.Context, text string) (some []logbookapi.Somebody, err error) {
		all, err := d.house.Accounts.Called(ctx, text, mostPeople)
		for i := range all {
			some = append(some, logbookapi.Somebody{ID: all[i].ID, Name: cmp.Or(all[i].DisplayName, all[i].Username)})
		}
		return some, err
	}
	return logbookapi.Routes{Book: d.Book, People: people}
}

// names gives what people and cameras are called.
func names(ctx context.Context, tx bun.IDB, ids []string) (map[string]string, error) {
	all, err := account.NamesOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	cameras, err := camera.NamesOf(ctx, tx, ids)
	for id, name := range cameras {
		all[id] = name
	}
	return all, err
}
