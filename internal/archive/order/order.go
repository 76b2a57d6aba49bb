// Package order is the lawful order to remove footage: the one way below the minimum
// (ruling R5). One person asks for it with ground, words and the document that orders
// it; two others approve; then the engine of retention carries it out at once. A hold
// on the footage beats the order until it is released.
//
// An order covers an interval and removes the segments that lie wholly inside it. A
// segment at the edge reaches beyond what was ordered and stays; the preview that
// the asking and the approving see names it, with the interval that would take it in
// (docs/decisions/0014-retention.md).
//
// An order that was carried out stands: footage of its interval that turns up later,
// such as a segment that was made whole after a crash or that a rebuilt catalogue has
// found again, is removed under it, too.
package order

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals. Those about text come from package text, those about rights from access.
var (
	ErrUnknown  = problem.New(problem.NotFound, "deletion_unknown", "There is no such order.")
	ErrGround   = problem.New(problem.Invalid, "deletion_ground_unknown", "There is no such ground.").On("ground")                                                              // ground
	ErrCameras  = problem.New(problem.Invalid, "deletion_cameras", "An order names one camera at least and 64 at most.").On("cameras")                                          // most
	ErrCamera   = problem.New(problem.NotFound, "camera_unknown", "There is no such camera.").On("cameras")                                                                     //
	ErrInterval = problem.New(problem.Invalid, "deletion_interval", "The interval ends before it begins, is longer than a year or is not over yet.").On("to")                   //
	ErrClosed   = problem.New(problem.Conflict, "deletion_closed", "This order was decided already.")                                                                           // state
	ErrOwn      = problem.New(problem.Forbidden, "deletion_own", "Who asked for an order does not approve it. Two others do.")                                                  //
	ErrTwice    = problem.New(problem.Conflict, "deletion_approved_twice", "You approved this order already. Another person must do so, too.")                                  //
	ErrNotYours = problem.New(problem.Forbidden, "deletion_of_another", "Only who asked for an order withdraws it, or, while it waits to be carried out, who may approve one.") //
	ErrBegun    = problem.New(problem.Conflict, "deletion_begun", "Footage is being removed under this order, or was: it cannot be taken back any more.")                       //
	ErrNobody   = problem.New(problem.Forbidden, "person_needed", "This act needs a person who is signed in.")                                                                  //
)

// Ground is why the law wants the footage gone.
type Ground string

// Grounds.
const (
	Erasure   Ground = "erasure"   // a person's right to erasure (PIPL 47, GDPR 17)
	Authority Ground = "authority" // an authority or a court orders it
	Unlawful  Ground = "unlawful"  // it should not have been recorded (order 799 art. 8, 26–28)
	Other     Ground = "other"     // another rule of law, which the words name
)

// Grounds gives all grounds there are.
func Grounds() []Ground { return []Ground{Erasure, Authority, Unlawful, Other} }

// State is how far an order has come.
type State string

// States.
const (
	Requested State = "requested"
	Approved  State = "approved" // by two; the engine carries it out, or waits for a hold
	Rejected  State = "rejected"
	Withdrawn State = "withdrawn"
	Executed  State = "executed"
)

const (
	mostCameras = 64
	longest     = 366 * 24 * time.Hour
	approvals   = 2
)

// Order is one order. Times are µs since 1970 UTC.
type Order struct {
	ID          string
	Ground      Ground
	Reason      string
	Document    string
	Cameras     []string // sorted
	From, To    int64
	RequestedBy string
	RequestedAt int64
	State       State
	DecidedAt   int64 // when it was approved by two, rejected or withdrawn; 0 before
	ExecutedAt  int64 // 0 before
	Removed     int64 // segments
	Bytes       int64
	Kept        int64 // segments at the edges
	Held        int64 // segments that wait for a hold
	Decisions   []Decision

	WithdrawnBy, WithdrawnNote string // who took it back, and why; from the act
}

// Decision is what one person said of an order.
type Decision struct {
	bun.BaseModel `bun:"table:deletion_order_decisions,alias:decision"`

	Deletion string `bun:",pk"`
	Person   string `bun:",pk"`
	At       int64
	Decision string // approved, rejected
	Note     string
}

// New is an order before it is asked for.
type New struct {
	Ground           Ground
	Reason, Document string
	Cameras          []string
	From, To         int64
}

// Orders keeps the orders.
type Orders struct {
	DB    *db.DB
	Bus   *event.Bus // told when an order changes; may be nil
	Clock clock.Clock
	// Known tells whether there is such a camera; nil knows all.
	Known func(ctx context.Context, camera string) (bool, error)
	// Approved is called when an order may be carried out; may be nil.
	Approved func()
}

type orderRow struct {
	bun.BaseModel `bun:"table:deletion_orders,alias:deletion"`
	ID            string `bun:",pk"`
	Ground        Ground
	Reason        string
	Document      string
	FromAt        int64
	ToAt          int64
	RequestedBy   string
	RequestedAt   int64
	State         State
	DecidedAt     *int64
	ExecutedAt    *int64
	Removed       int64
	Bytes         int64
	Kept          int64
	Held          int64
}

type cameraRow struct {
	bun.BaseModel `bun:"table:deletion_order_cameras,alias:deletion_camera"`
	Deletion      string `bun:",pk"`
	Camera        string `bun:",pk"`
}

// Change is the Data of events of kind "deletion".
type Change struct {
	ID    string `json:"id"`
	State State  `json:"state"`
}

func (o *Orders) tell(id string, s State) {
	if o.Bus != nil {
		o.Bus.Publish(event.Event{Kind: "deletion", Subject: id, Data: Change{ID: id, State: s}})
	}
}

func (o *Orders) check(ctx context.Context, actor access.Actor, n *New) error {
	n.Cameras = slices.Compact(slices.Sorted(slices.Values(n.Cameras)))
	if len(n.Cameras) == 0 || len(n.Cameras) > mostCameras {
		return ErrCameras.With("most", mostCameras)
	}
	for _, c := range n.Cameras {
		if err := access.Can(actor, access.DeletionRequest, c); err != nil {
			return err
		}
		if o.Known == nil {
			continue
		}
		if known, err := o.Known(ctx, c); err != nil {
			return err
		} else if !known {
			return ErrCamera
		}
	}
	if n.From <= 0 || n.To <= n.From || n.To-n.From > longest.Microseconds() || n.To > o.Clock.Micro() {
		return ErrInterval
	}
	return nil
}

// Request asks for the removal of footage. Nothing happens before two others agree.
func (o *Orders) Request(ctx context.Context, actor access.Actor, n New) (Order, error) {
	if err := o.check(ctx, actor, &n); err != nil {
		return Order{}, err
	}
	if actor.Person == "" {
		return Order{}, ErrNobody
	}
	if !slices.Contains(Grounds(), n.Ground) {
		return Order{}, ErrGround.With("ground", string(n.Ground))
	}
	reason, err := text.Block("reason", n.Reason, 4, 1000)
	if err != nil {
		return Order{}, err
	}
	document, err := text.Line("document", n.Document, 1, 100)
	if err != nil {
		return Order{}, err
	}
	row := orderRow{ID: db.NewID(), Ground: n.Ground, Reason: reason, Document: document, FromAt: n.From, ToAt: n.To,
		RequestedBy: actor.Person, RequestedAt: o.Clock.Micro(), State: Requested}
	of := make([]cameraRow, len(n.Cameras))
	for i, c := range n.Cameras {
		of[i] = cameraRow{Deletion: row.ID, Camera: c}
	}
	err = o.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return problem.Wrap(err, "ask for a deletion")
		}
		if _, err := tx.NewInsert().Model(&of).Exec(ctx); err != nil {
			return problem.Wrap(err, "ask for a deletion")
		}
		return record(ctx, tx, actor, row.RequestedAt, "deletion.requested", row, n.Cameras, nil)
	})
	if err != nil {
		return Order{}, err
	}
	o.tell(row.ID, Requested)
	return row.order(n.Cameras, nil), nil
}

// record writes an act for every camera, so that each finds it among its own. Each names
// its camera alone and says of how many it is one: acts that each named all would grow
// with the square of the cameras. Those of earlier versions did.
func record(ctx context.Context, tx bun.IDB, actor access.Actor, at int64, kind string, row orderRow, cameras []string, more map[string]any) error {
	right := access.DeletionRequest
	if kind == kindApproved || kind == kindRejected {
		right = access.DeletionApprove
	}
	for _, c := range cameras {
		detail := map[string]any{"cameras": []string{c}, "of": len(cameras), "from": row.FromAt, "to": row.ToAt, "ground": row.Ground, "document": row.Document, "reason": row.Reason}
		for k, v := range more {
			detail[k] = v
		}
		if err := ledger.Record(ctx, tx, actor.For(right, c).Act(at, kind, row.ID, c, detail)); err != nil {
			return err
		}
	}
	return nil
}

// change lets edit work on an order that is in one of the states, for who may. SERIALIZABLE, so that
// two who approve at once are counted (ruling R19).
func (o *Orders) change(ctx context.Context, id string, may func(cameras []string) error, in []State, edit func(ctx context.Context, tx bun.Tx, at int64, row orderRow, cameras []string) (State, error)) (Order, error) {
	var state State
	err := o.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var row orderRow
		err := tx.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrUnknown
		}
		if err != nil {
			return problem.Wrap(err, "read order")
		}
		var cameras []string
		if err := tx.NewSelect().Model((*cameraRow)(nil)).Column("camera").Where("deletion = ?", id).OrderExpr("camera").Scan(ctx, &cameras); err != nil {
			return problem.Wrap(err, "read order")
		}
		if err := may(cameras); err != nil {
			return err
		}
		if !slices.Contains(in, row.State) {
			return ErrClosed.With("state", string(row.State))
		}
		at := o.Clock.Micro()
		if state, err = edit(ctx, tx, at, row, cameras); err != nil || state == row.State {
			return err
		}
		_, err = tx.NewUpdate().Model((*orderRow)(nil)).Set("state = ?", string(state)).Set("decided_at = ?", at).Where("id = ?", id).Exec(ctx)
		return problem.Wrap(err, "decide on an order")
	})
	if err != nil {
		return Order{}, err
	}
	o.tell(id, state)
	if state == Approved && o.Approved != nil {
		o.Approved()
	}
	return o.Get(ctx, id)
}

// Decide approves or rejects an order. It takes two who did not ask for it to approve
// it, and one to reject it.
func (o *Orders) Decide(ctx context.Context, actor access.Actor, id string, approve bool, note string) (Order, error) {
	if err := access.Can(actor, access.DeletionApprove, ""); err != nil {
		return Order{}, err
	}
	if !actor.InPerson() {
		return Order{}, ErrNobody
	}
	least := 0
	if !approve {
		least = 4
	}
	note, err := text.Block("note", note, least, 1000)
	if err != nil {
		return Order{}, err
	}
	may := func(cameras []string) error { return access.OnEach(actor, access.DeletionApprove, cameras) }
	return o.change(ctx, id, may, []State{Requested}, func(ctx context.Context, tx bun.Tx, at int64, row orderRow, cameras []string) (State, error) {
		if row.RequestedBy == actor.Person {
			return "", ErrOwn
		}
		if approve {
			if err := asAsked(ctx, tx, &row, cameras); err != nil {
				return "", err
			}
		}
		var said []Decision
		if err := tx.NewSelect().Model(&said).Where("deletion = ?", id).Scan(ctx); err != nil {
			return "", problem.Wrap(err, "read what others decided")
		}
		mine := slices.ContainsFunc(said, func(d Decision) bool { return d.Person == actor.Person })
		d := Decision{Deletion: id, Person: actor.Person, At: at, Decision: "approved", Note: note}
		kind, state := "deletion.approved", Requested
		switch {
		case mine && approve:
			return "", ErrTwice
		case !approve:
			d.Decision, kind, state = "rejected", "deletion.rejected", Rejected
		case len(said)+1 >= approvals:
			state = Approved
		}
		if !mine { // who approved first may think again; both words are among the acts
			if _, err := tx.NewInsert().Model(&d).Exec(ctx); err != nil {
				return "", problem.Wrap(err, "decide on an order")
			}
		}
		return state, record(ctx, tx, actor, d.At, kind, row, cameras, map[string]any{"note": note, "approvals": len(said) + 1, keyState: state})
	})
}

// asAsked is warrant.ErrAltered where an order stands otherwise than it was asked for.
func asAsked(ctx context.Context, tx bun.IDB, row *orderRow, cameras []string) error {
	return warrant.AsAsked(ctx, tx, []string{kindRequested}, row.ID, cameras, func(a *warrant.Act) (about, same bool) {
		var d struct {
			From, To         int64
			Of               int
			Ground           Ground
			Document, Reason string
		}
		return true, a.Tell(&d) == nil && a.Person == row.RequestedBy && d.From == row.FromAt && d.To == row.ToAt && d.Ground == row.Ground &&
			d.Document == row.Document && d.Reason == row.Reason && (d.Of == 0 || d.Of == len(cameras)) // earlier versions did not count them
	})
}

// Withdraw takes an order back: whoever asked for it, while it is not approved, and they
// or whoever may approve one while it is approved and waits, as for the release of a
// hold. Once footage was removed under it, it stands: what is gone is founded on it.
func (o *Orders) Withdraw(ctx context.Context, actor access.Actor, id, reason string) (Order, error) {
	asks, approves := access.Can(actor, access.DeletionRequest, ""), access.Can(actor, access.DeletionApprove, "")
	if asks != nil && approves != nil {
		return Order{}, asks
	}
	if actor.Person == "" {
		return Order{}, ErrNobody
	}
	reason, err := text.Block("reason", reason, 4, 1000)
	if err != nil {
		return Order{}, err
	}
	may := func(cameras []string) error {
		asks, approves = access.OnEach(actor, access.DeletionRequest, cameras), access.OnEach(actor, access.DeletionApprove, cameras)
		if approves == nil {
			return nil
		}
		return asks
	}
	return o.change(ctx, id, may, []State{Requested, Approved}, func(ctx context.Context, tx bun.Tx, at int64, row orderRow, cameras []string) (State, error) {
		own := row.RequestedBy == actor.Person && asks == nil
		if !own && (row.State == Requested || approves != nil) {
			return "", ErrNotYours
		}
		if begun, err := begun(ctx, tx, row, cameras); err != nil || begun {
			return "", cmp.Or(err, error(ErrBegun))
		}
		return Withdrawn, record(ctx, tx, actor, at, kindWithdrawn, row, cameras, map[string]any{"note": reason, keyState: Withdrawn})
	})
}

// begun tells whether footage is being removed, or was, under an order.
func begun(ctx context.Context, tx bun.IDB, row orderRow, cameras []string) (bool, error) {
	if row.State == Requested {
		return false, nil
	}
	gone, err := tx.NewSelect().Table("tombstones").Where("authority = ?", row.ID).Exists(ctx)
	if err != nil || gone {
		return gone, problem.Wrap(err, "look for what an order removed")
	}
	// What was decided on is told to the catalogue after it is gone.
	marked, err := tx.NewSelect().Table("segments").Where("camera IN (?)", bun.List(cameras)).Where("state <> ''").
		Where("start_at >= ? AND start_at < ?", row.FromAt, row.ToAt).Exists(ctx)
	return marked, problem.Wrap(err, "look for what an order removes")
}
