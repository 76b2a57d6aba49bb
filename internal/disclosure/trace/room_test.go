package trace_test

import (
	"context"
	"testing"

	"watchroom/internal/access"
	"watchroom/internal/disclosure/trace"
	"watchroom/internal/testkit/clause"
)

// TestTheRoomThen: of every look the cameras of the control rooms are named that may have seen
// it, from its beginning to its end; of one without an end on record to when it would have been
// heard of again, and never into the future.
func TestTheRoomThen(t *testing.T) {
	clause.Covers(t, "C115")
	one(t, func(t *testing.T, b *book) {
		b.Rooms = func(_ context.Context, at int64, address string) ([]trace.Watched, error) {
			if address != "10.1.2.30" {
				t.Errorf("asked for %q at %d", address, at)
			}
			return []trace.Watched{{Camera: "desk", Name: "1"}, {Camera: "old desk", Name: "1", Until: night + 30*minute}, {Camera: "elsewhere", Name: "2", Possible: true}}, nil
		}
		li := guard("li", "s1")
		now := night + 48*hour
		b.write(
			act(li, "whole", night, "live.opened", "gate", nil),
			act(li, "whole_end", night+hour, "live.closed", "gate", map[string]any{"opened": "whole", "from": night, "to": night + hour}),
			act(li, "killed", night+minute, "live.opened", "gate", nil),
			act(li, "told", night+5*hour, "live.continued", "gate", map[string]any{"opened": "goes on", "from": night + hour, "to": night + 5*hour}),
			act(li, "runs", now-hour, "live.opened", "gate", nil),
			act(li, "still", night+2*minute, "live.picture", "gate", nil),
			act(li, "kept", night+3*minute, "snapshot.taken", "gate", map[string]any{"at": night}),
			act(li, "played", night+4*minute, "viewing.opened", "gate", map[string]any{"from": night, "to": night + minute}),
		)
		places := map[string]access.Place{"gate": {Areas: []string{"east"}, Grade: 1}, "desk": {Areas: []string{"east"}, Grade: 1}, "old desk": {Areas: []string{"east"}, Grade: 1}, "elsewhere": {Areas: []string{"west"}, Grade: 1}}
		east := access.NewActor("lead", access.NewRights(access.BuiltIn, nil, places), access.Standing{Holdings: []access.Holding{{Position: access.DutyLead, Areas: []string{"east"}}}})
		type span struct {
			to      int64
			bounded bool
		}
		want := map[string]span{
			"whole": {night + hour, false}, "killed": {night + minute + 4*hour, true}, "goes on": {night + 9*hour, true}, "runs": {now, true},
			"still": {night + 3*minute, false}, "kept": {night + 4*minute, false}, "played": {night + hour, false},
		}
		met := map[string]bool{}
		for _, minuteOf := range []int64{night + 10, night + minute + 10, night + 2*minute + 1, night + 2*hour, now - hour + 1} {
			for _, l := range b.follow(east, trace.Question{Camera: "gate", At: minuteOf}).Looks {
				id := l.Acts[0]
				w, known := want[id]
				if met[id] = true; !known || len(l.Rooms) != 2 || l.Rooms[0].Camera != "desk" || l.Rooms[0].From != l.From {
					t.Fatalf("%s: %+v", id, l.Rooms)
				}
				if id == "killed" && minuteOf > night+5*hour { // the minute that is asked about is within it
					w.to = minuteOf - minuteOf%minute + minute
				}
				if r := l.Rooms[0]; r.To != w.to || r.Bounded != w.bounded {
					t.Errorf("%s: to %d, %v, want %+v", id, r.To-night, r.Bounded, w)
				}
				if r := l.Rooms[1]; id == "whole" && (r.To != night+30*minute || r.Bounded) {
					t.Errorf("the camera that watched it before: %+v", r)
				}
			}
		}
		for id := range want {
			if !met[id] {
				t.Errorf("%s was not found", id)
			}
		}
	})
}
