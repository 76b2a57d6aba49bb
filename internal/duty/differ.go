package duty

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Differ names rooms, who answered for them and who signed on, of which the rows tell otherwise than
// the acts: rights on watch follow from them. Whoever verifies compares the acts with the log.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, kindAdded, kindChanged, kindRetired, kindTenure, kindOn, kindOff)
	if err != nil {
		return nil, err
	}
	var rooms []roomRow
	if err := tx.NewSelect().Model(&rooms).OrderExpr("id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read control rooms")
	}
	var tenures []tenureRow
	if err := tx.NewSelect().Model(&tenures).OrderExpr("room, seq").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read who answered for rooms")
	}
	var on []attendanceRow
	if err := tx.NewSelect().Model(&on).OrderExpr("room, id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read who signed on")
	}
	return facts.Either(acts, func(acts []facts.Act) []facts.Difference {
		var book facts.Book
		for i := range acts {
			tellRoom(&book, &acts[i])
			tellOn(&book, &acts[i])
		}
		for i := range acts { // nobody signs off before they signed on, whatever the clock said
			tellOff(&book, &acts[i])
		}
		for i := range rooms {
			r := &rooms[i]
			var content Content
			room, err := r.room()
			if content = room.Content; err != nil {
				content = Content{}
			}
			book.Compare("rooms "+r.ID, facts.Fields{"content": plain(content), "key": r.NameKey, "added": r.AddedAt, "retired": facts.Or0(r.RetiredAt)})
		}
		for i := range tenures {
			t := &tenures[i]
			book.Compare(fmt.Sprintf("tenures %s %d", t.Room, t.Seq), facts.Fields{"state": t.Kind, "person": t.Person, "since": t.Since, "how": t.How, "by": t.OrderedBy,
				"reason": t.Reason, "handover": t.Handover, "phone": t.Phone})
		}
		for i := range on {
			a := &on[i]
			book.Compare("attendances "+a.Room+" "+a.ID, facts.Fields{"person": a.Person, "onAt": a.OnAt, "late": a.Late, "shift": a.Shift, "plannedFrom": a.PlannedFrom, "plannedTo": a.PlannedTo,
				"plannedStaff": a.PlannedStaff, "reason": a.Reason, "checks": facts.Plain([]byte(a.Checks)), "console": a.Address,
				"off at": facts.Or0(a.OffAt), "off": a.OffHow, "early": a.Early, "off reason": a.OffReason})
		}
		return book.Differences(passed)
	}), nil
}

func plain(c Content) string {
	raw, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return facts.Plain(raw)
}

func tellRoom(book *facts.Book, a *facts.Act) {
	row := "rooms " + a.Subject
	var c Content
	switch a.Kind {
	case kindAdded:
		book.Tell(row, facts.Fields{"added": a.At, "retired": 0})
	case kindRetired:
		book.Tell(row, facts.Fields{"retired": a.At})
		return
	case kindChanged:
	default:
		return
	}
	if a.Read("room", &c) {
		book.Tell(row, facts.Fields{"content": plain(c), "key": keyOf(c.Name)})
	}
}

func tellOn(book *facts.Book, a *facts.Act) {
	switch a.Kind {
	case kindTenure:
		row := fmt.Sprintf("tenures %s %d", a.Subject, a.Number("seq"))
		book.Tell(row, facts.Fields{"by": a.Person, "reason": "", "handover": "", "phone": ""})
		book.TellAs(row, a, "state", "person", "since", "how", "reason", "handover", "phone")
	case kindOn:
		row := attendanceOf(a)
		book.Tell(row, facts.Fields{"off at": 0, "off": "", "early": 0, "off reason": ""})
		book.TellAs(row, a, "person", "onAt", "late", "shift", "plannedFrom", "plannedTo", "plannedStaff", "reason", "console")
		var checks json.RawMessage
		if a.Read("checks", &checks) {
			book.Tell(row, facts.Fields{"checks": facts.Plain(checks)})
		}
	}
}

func tellOff(book *facts.Book, a *facts.Act) {
	if a.Kind != kindOff {
		return
	}
	how, _ := a.Get("how")
	reason, _ := a.Get("reason")
	book.Tell(attendanceOf(a), facts.Fields{"off at": a.Number("offAt"), "off": how, "early": a.Number("early"), "off reason": reason})
}

func attendanceOf(a *facts.Act) facts.Row {
	id, _ := a.Get("attendance")
	return "attendances " + a.Subject + " " + id
}
