package trail

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger"
)

// longLive is within what time a live view that goes on tells so once more (µs): every four
// hours, and something for a disk that does not answer.
const longLive = int64(5 * 3600e6)

// Kinds of acts of live views. The later ones name the act that the view began with.
const (
	liveOpened    = "live.opened"
	liveContinued = "live.continued"
	liveClosed    = "live.closed"
)

// standing gives the last act of live views that had begun before the footage that is asked
// for and of which no later act tells: they may go on to this day. Of all others an act that
// lies in that footage or behind it tells from when on they saw it. Acts of live views are
// few in some hours, and are read as they are on record.
//
// end is the place beyond which the page does not reach, nil where it reaches all.
func (c *conditions) standing(ctx context.Context, tx bun.IDB, mark place, end *place, newer bool) (found []Entry, err error) {
	before := c.FootageFrom
	if before == 0 || !c.concernLive() {
		return nil, nil
	}
	from := before - longLive
	if c.From >= before || c.To != 0 && c.To <= from || newer && mark.at >= before || !newer && mark.at < from {
		return nil, nil
	}
	if end != nil && (newer && end.at < from || !newer && end.at >= before) {
		return nil, nil
	}
	cameras := c.Cameras
	if len(cameras) == 0 && c.Scope != nil {
		cameras = *c.Scope
	}
	acts, err := ledger.StubsOf(ctx, tx, []string{liveOpened, liveContinued, liveClosed}, from, before-1, cameras)
	if err != nil {
		return nil, err
	}
	later, err := ledger.StubsOf(ctx, tx, []string{liveContinued, liveClosed}, before, before+longLive, cameras)
	if err != nil {
		return nil, err
	}
	acts = append(acts, later...)
	last := map[string]int{} // of each view by the act that it began with
	for i := range acts {
		last[beganWith(&acts[i])] = i
	}
	var ats []int64
	wanted := map[string]bool{}
	for _, i := range last {
		if a := &acts[i]; a.Kind != liveClosed && a.At < before {
			ats, wanted[a.ID] = append(ats, a.At), true
		}
	}
	for some := range slices.Chunk(ats, fetchActs) {
		all, err := ledger.ActsAt(ctx, tx, some)
		if err != nil {
			return nil, err
		}
		for i := range all {
			e := EntryOf(&all[i])
			p := placeOf(&e)
			if wanted[e.Act.ID] && c.besides(&e) && (newer && mark.before(p) || !newer && p.before(mark)) {
				found = append(found, e)
			}
		}
	}
	return found, nil
}

// concernLive tells whether acts of live views can be among those that are asked for. They
// have no purpose.
func (c *conditions) concernLive() bool {
	if len(c.Purposes) > 0 {
		return false
	}
	return len(c.Kinds) == 0 || slices.ContainsFunc(c.Kinds, func(k string) bool { return k == "live." || k == liveOpened || k == liveContinued })
}

// beganWith is the act that a live view began with, as its acts tell.
func beganWith(a *ledger.Stub) string {
	if a.Kind == liveOpened {
		return a.ID
	}
	var detail struct {
		Opened string `json:"opened"`
	}
	if json.Unmarshal([]byte(a.Detail), &detail) != nil || detail.Opened == "" {
		return a.ID // it tells of none
	}
	return detail.Opened
}
