package duty

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// TenureKind is how a room is answered for.
type TenureKind string

// Kinds of tenures.
const (
	Vacant TenureKind = "vacant" // nobody keeps watch; the head of the room answers
	Kept   TenureKind = "kept"   // whoever is in charge of the watch
	Closed TenureKind = "closed" // closed by the rules; the stand-by answers
)

// How a tenure began.
const (
	HowRoomAdded   = "room_added"
	HowHeadChanged = "head_changed"
	HowSignedOn    = "signed_on"   // to a room that nobody watched
	HowHandedOver  = "handed_over" // both signed
	HowTakenOver   = "taken_over"  // without a signature, by who may decide on the watch
	HowClosed      = "closed"
)

// Tenure says who answers for a room from an instant on, until the next tenure of the room.
type Tenure struct {
	Room      string
	Seq       int // 1, 2, 3…
	Kind      TenureKind
	Person    string
	Since     int64 // µs
	How       string
	OrderedBy string // person whose act it was; empty: on the machine itself
	Reason    string
	Handover  string // id, of one that was handed over
	Phone     string // of the stand-by of a closed room
}

type tenureRow struct {
	bun.BaseModel `bun:"table:tenures,alias:tenure"`
	Room          string `bun:",pk"`
	Seq           int    `bun:",pk"`
	Kind          TenureKind
	Person        string
	Since         int64
	How           string
	OrderedBy     string
	Reason        string
	Handover      string
	Phone         string
}

func (r *tenureRow) tenure() Tenure {
	return Tenure{Room: r.Room, Seq: r.Seq, Kind: r.Kind, Person: r.Person, Since: r.Since, How: r.How, OrderedBy: r.OrderedBy, Reason: r.Reason, Handover: r.Handover, Phone: r.Phone}
}

// Answers tells who answers for a room at an instant (µs); nil before the room was there.
func Answers(ctx context.Context, tx bun.IDB, room string, at int64) (*Tenure, error) {
	var r tenureRow
	err := tx.NewSelect().Model(&r).Where("room = ?", room).Where("since <= ?", at).OrderExpr("since DESC, seq DESC").Limit(1).Scan(ctx)
	return found(&r, err)
}

// Running gives the tenure that runs, whatever the clock says: after it was set back, that may
// be one that begins only then. nil: the room has none.
func Running(ctx context.Context, tx bun.IDB, room string) (*Tenure, error) {
	var r tenureRow
	err := tx.NewSelect().Model(&r).Where("room = ?", room).OrderExpr("seq DESC").Limit(1).Scan(ctx)
	return found(&r, err)
}

func found(r *tenureRow, err error) (*Tenure, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, problem.Wrap(err, "read who answers for a room")
	}
	t := r.tenure()
	return &t, nil
}

// At gives one tenure of a room.
func At(ctx context.Context, tx bun.IDB, room string, seq int) (Tenure, error) {
	var r tenureRow
	err := tx.NewSelect().Model(&r).Where("room = ?", room).Where("seq = ?", seq).Scan(ctx)
	return r.tenure(), problem.Wrap(err, "read who answers for a room")
}

// Tenures gives those of a room that were running at some time from from to to (µs), in order.
func Tenures(ctx context.Context, tx bun.IDB, room string, from, to int64, most int) ([]Tenure, error) {
	var rows []tenureRow
	first, err := Answers(ctx, tx, room, from)
	if err != nil {
		return nil, err
	}
	q := tx.NewSelect().Model(&rows).Where("room = ?", room).Where("since < ?", to).OrderExpr("seq").Limit(int64(most))
	if first != nil {
		q.Where("seq >= ?", first.Seq)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read who answered for a room")
	}
	all := make([]Tenure, len(rows))
	for i := range rows {
		all[i] = rows[i].tenure()
	}
	return all, nil
}

// begin puts a tenure after the one that runs. It never begins before that one did: where the
// clock was set back, both bear the same instant, and the order is that of Seq.
func begin(ctx context.Context, tx bun.Tx, t *Tenure) error {
	last, err := Running(ctx, tx, t.Room)
	if err != nil {
		return err
	}
	t.Seq = 1
	if last != nil {
		t.Seq, t.Since = last.Seq+1, max(t.Since, last.Since)
	}
	r := tenureRow{Room: t.Room, Seq: t.Seq, Kind: t.Kind, Person: t.Person, Since: t.Since, How: t.How, OrderedBy: t.OrderedBy, Reason: t.Reason, Handover: t.Handover, Phone: t.Phone}
	if _, err = tx.NewInsert().Model(&r).Exec(ctx); db.IsUnique(err) {
		return ErrMeanwhile
	}
	return problem.Wrap(err, "begin a tenure")
}

const kindTenure = "duty.answers"

// answer begins a tenure and puts on record who answers for the room from then on.
func (w *Watch) answer(ctx context.Context, tx bun.Tx, actor access.Actor, t *Tenure) error {
	t.OrderedBy = actor.Person
	if err := begin(ctx, tx, t); err != nil {
		return err
	}
	detail := map[string]any{"seq": t.Seq, "state": string(t.Kind), "person": t.Person, "since": t.Since, "how": t.How}
	for k, v := range map[string]string{"reason": t.Reason, "handover": t.Handover, "phone": t.Phone} {
		if v != "" {
			detail[k] = v
		}
	}
	return ledger.Record(ctx, tx, actor.Act(w.Clock.Micro(), kindTenure, t.Room, "", detail))
}

// Headed has the head of a room answer for it while nobody keeps watch: of a new room, and of one
// that has another head and nobody on watch.
func (w *Watch) Headed(ctx context.Context, tx bun.Tx, actor access.Actor, room *Room) error {
	last, err := Running(ctx, tx, room.ID)
	if err != nil {
		return err
	}
	how := HowHeadChanged
	switch {
	case last == nil:
		how = HowRoomAdded
	case last.Kind != Vacant:
		return nil
	}
	return w.answer(ctx, tx, actor, &Tenure{Room: room.ID, Kind: Vacant, Person: room.Head, Since: w.Clock.Micro(), How: how})
}

// Unwatched is nil where nobody keeps watch in a room.
func (w *Watch) Unwatched(ctx context.Context, tx bun.Tx, room *Room) error {
	on, err := Present(ctx, tx, room.ID)
	if err == nil && len(on) > 0 {
		err = ErrRoomWatched
	}
	return err
}
