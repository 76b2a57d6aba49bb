package handover

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Get gives a handover of a room that the actor may know of, with its remarks.
func (h *Handovers) Get(ctx context.Context, actor access.Actor, id string) (out Handover, room duty.Room, err error) {
	tx := h.DB.Read()
	if out, err = load(ctx, tx, id); err != nil {
		return out, room, err
	}
	if room, err = h.Watch.Rooms.Look(ctx, tx, actor, out.Room); err != nil {
		if problem.Of(err).Code == duty.ErrRoomUnknown.Code {
			err = ErrUnknown
		}
		return Handover{}, room, err
	}
	if out, err = h.seen(ctx, tx, &room, id); err != nil {
		return out, room, err
	}
	out.Remarks, err = h.remarks(ctx, tx, &out)
	return out, room, err
}

// List gives the handovers of a room, the latest first; before (µs) is where the page before ended, 0:
// from the newest.
func (h *Handovers) List(ctx context.Context, actor access.Actor, room string, before int64, most int) ([]Handover, error) {
	tx := h.DB.Read()
	if _, err := h.Watch.Rooms.Look(ctx, tx, actor, room); err != nil {
		return nil, err
	}
	var rows []row
	q := tx.NewSelect().Model(&rows).Where("room = ?", room).OrderExpr("opened_at DESC, seq DESC").Limit(int64(most))
	if before != 0 {
		q.Where("opened_at < ?", before)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list handovers")
	}
	all := make([]Handover, len(rows))
	for i := range rows {
		var err error
		if all[i], err = fill(ctx, tx, &rows[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (h *Handovers) remarks(ctx context.Context, tx bun.IDB, of *Handover) ([]Remark, error) {
	var rows []remarkRow
	if err := tx.NewSelect().Model(&rows).Where("handover = ?", of.ID).OrderExpr("at, id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read the remarks on a handover")
	}
	all := make([]Remark, len(rows))
	passed, _ := of.ended()
	for i, r := range rows {
		all[i] = Remark{ID: r.ID, Person: r.Person, At: r.At, Kind: r.Kind, Words: r.Words,
			Found: r.Kind == "defect" && r.At <= passed+foundWithin.Get(h.Rules).Microseconds()}
	}
	return all, nil
}

// Remark says something of a handover after it: a remark, a dispute, or a defect that was found.
// Told within the first half hour, a defect counts as found at the takeover. A watch that was taken
// over without a signature takes remarks as well (P3).
func (h *Handovers) Remark(ctx context.Context, actor access.Actor, id, kind, words string) (r Remark, err error) {
	if !slices.Contains([]string{"remark", "dispute", "defect"}, kind) {
		return r, problem.New(problem.Invalid, "handover_remark_kind", "It is a remark, a dispute or a defect.").On("kind")
	}
	if words, err = text.Block("words", words, 4, 2000); err != nil {
		return r, err
	}
	room := ""
	err = h.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		out, err := load(ctx, tx, id)
		if err != nil {
			return err
		}
		room = out.Room
		of, err := h.Watch.Rooms.In(ctx, tx, actor, access.DutyRead, out.Room)
		if err != nil {
			return err
		}
		passed, to := out.ended()
		at := h.Clock.Micro()
		switch {
		case !actor.InPerson():
			return duty.ErrPersonal
		case passed == 0:
			return ErrUndone
		case at > passed+remarksFor.Get(h.Rules).Microseconds():
			return ErrLate
		case actor.Person != out.Outgoing && actor.Person != to:
			if _, err := h.Watch.Rooms.In(ctx, tx, actor, access.DutyDecide, out.Room); err != nil {
				return ErrNotYours
			}
		}
		one := remarkRow{ID: db.NewID(), Handover: id, Person: actor.Person, At: at, Kind: kind, Words: words}
		if _, err := tx.NewInsert().Model(&one).Exec(ctx); err != nil {
			return problem.Wrap(err, "remark on a handover")
		}
		r = Remark{ID: one.ID, Person: actor.Person, At: at, Kind: kind, Words: words, Found: kind == "defect" && at <= passed+foundWithin.Get(h.Rules).Microseconds()}
		return ledger.Record(ctx, tx, actor.For(access.DutyRead, "").Act(at, kindRemarked, id, "", map[string]any{"room": of.ID, "remark": one.ID, "remarkKind": kind, "words": words, "found": r.Found}))
	})
	if err == nil {
		h.Watch.Tell(room)
	}
	return r, err
}

// reviewed is what who looks a handover through signs.
type reviewed struct {
	Handover string `json:"handover"`
	Taken    string `json:"taken"` // SHA-256 of what the incoming signed
	Note     string `json:"note"`
}

// Review puts on record that a leader has looked a completed handover through.
func (h *Handovers) Review(ctx context.Context, actor access.Actor, id, note string) error {
	note, err := text.Block("note", note, 0, 2000)
	if err != nil {
		return err
	}
	room := ""
	err = h.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		out, err := load(ctx, tx, id)
		if err != nil {
			return err
		}
		room = out.Room
		if _, err := h.Watch.Rooms.In(ctx, tx, actor, access.DutyDecide, out.Room); err != nil {
			return err
		}
		passed := out.Signature(Incoming)
		switch {
		case !actor.InPerson():
			return duty.ErrPersonal
		case passed == nil:
			return ErrUndone
		case actor.Person == out.Outgoing || actor.Person == passed.Person:
			return ErrReviewer
		case out.Signature(Review) != nil:
			return ErrSigned.With("role", Review)
		}
		at := h.Clock.Micro()
		detail, err := h.sign(ctx, tx, id, Review, actor, at, reviewed{Handover: id, Taken: passed.Hash, Note: note})
		if err != nil {
			return err
		}
		detail["room"], detail["note"] = out.Room, note
		return ledger.Record(ctx, tx, actor.For(access.DutyDecide, "").Act(at, kindReviewed, id, "", detail))
	})
	if err == nil {
		h.Watch.Tell(room)
	}
	return err
}

// Printed puts on record that somebody takes a handover out on paper, before it is given out. sum is
// the SHA-256 of the file, in hexadecimal.
func (h *Handovers) Printed(ctx context.Context, actor access.Actor, of *Handover, language, sum string) error {
	return h.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return ledger.Record(ctx, tx, actor.For(access.DutyRead, "").Act(h.Clock.Micro(), kindPrinted, of.ID, "", map[string]any{"room": of.Room, "language": language, "sha256": sum}))
	})
}

// Told tells everybody of a signature, and the two people whose watch ended and began with it.
func (h *Handovers) Told(ctx context.Context, id string) error {
	of, err := load(ctx, h.DB.Read(), id)
	if err != nil {
		return err
	}
	if of.State == Done {
		h.Watch.Tell(of.Room, of.Outgoing, of.Sheet.Incoming)
	} else {
		h.Watch.Tell(of.Room)
	}
	return nil
}

// Added gives what has come up in a room since the outgoing signed.
func (h *Handovers) Added(ctx context.Context, of *Handover, room *duty.Room) ([]Item, error) {
	now, err := h.items(ctx, h.DB.Read(), room, h.Clock.Micro())
	return since(of, now), err
}
