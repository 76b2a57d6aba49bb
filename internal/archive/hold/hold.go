// Package hold keeps footage from being removed while a case, a notice or a request
// is open. A hold covers cameras and an interval to the second. One person places it;
// its release is asked for with a reason and approved by another person. While it
// stands nothing removes what it covers, not even a lawful order (ruling R5).
//
// Every change is also written into a file beside the footage of every volume, so
// that holds survive a lost database and one that was restored from an older copy.
package hold

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals. Those about text come from package text, those about rights from access.
var (
	ErrUnknown  = problem.New(problem.NotFound, "hold_unknown", "There is no such hold.")
	ErrKind     = problem.New(problem.Invalid, "hold_kind_unknown", "There is no such kind of hold.").On("kind")                                                             // kind
	ErrCameras  = problem.New(problem.Invalid, "hold_cameras", "A hold names one camera at least and 256 at most.").On("cameras")                                            // most
	ErrCamera   = problem.New(problem.NotFound, "camera_unknown", "There is no such camera.").On("cameras")                                                                  //
	ErrInterval = problem.New(problem.Invalid, "hold_interval", "The interval ends before it begins, or lies more than a year ahead.").On("to")                              //
	ErrReview   = problem.New(problem.Invalid, "hold_review_date", "A hold has a date on which somebody looks at it again, in the future and within a year.").On("reviewAt") //
	ErrReleased = problem.New(problem.Conflict, "hold_released", "This hold was released.")                                                                                  //
	ErrAsked    = problem.New(problem.Conflict, "hold_release_waits", "The release of this hold was asked for already.")                                                     //
	ErrNotAsked = problem.New(problem.Conflict, "hold_release_not_asked", "Nobody has asked for the release of this hold.")                                                  //
	ErrOwn      = problem.New(problem.Forbidden, "hold_own_release", "Who asked for the release does not approve it. Another person does.")                                  //
	ErrNobody   = problem.New(problem.Forbidden, "person_needed", "This act needs a person who is signed in.")                                                               //
	ErrNotYours = problem.New(problem.Forbidden, "hold_release_of_another", "Only who asked for the release takes it back.")                                                 //
)

// Kind is why there is a hold.
type Kind string

// Kinds.
const (
	Case    Kind = "case"    // an incident or proceedings
	Notice  Kind = "notice"  // of the police or another authority
	Request Kind = "request" // somebody's request for footage is pending
)

// Kinds gives all kinds there are.
func Kinds() []Kind { return []Kind{Case, Notice, Request} }

const (
	mostCameras = 256
	year        = 366 * 24 * time.Hour
	second      = int64(time.Second / time.Microsecond)
)

// Hold is one hold. Times are µs since 1970 UTC.
type Hold struct {
	ID          string   `json:"id"`
	Kind        Kind     `json:"kind"`
	Owner       string   `json:"owner"` // who is responsible for it, in words
	Reason      string   `json:"reason"`
	Document    string   `json:"document"` // number of the notice or request, may be empty
	Cameras     []string `json:"cameras"`  // sorted
	From        int64    `json:"from"`     // whole seconds
	To          int64    `json:"to"`
	ReviewAt    int64    `json:"reviewAt"`
	PlacedBy    string   `json:"placedBy"` // id of a person
	PlacedAt    int64    `json:"placedAt"`
	RecoveredAt int64    `json:"recoveredAt,omitempty"` // it came back from the copy beside the footage; 0: never
	ReleasedAt  int64    `json:"-"`                     // 0: it stands
	ReleasedBy  string   `json:"-"`
	Asked       *Release `json:"-"` // the release that waits for approval
	// Decided are the releases that were asked for and approved, rejected or withdrawn,
	// oldest first.
	Decided []Release `json:"-"`
	// Late counts segments in its interval whose removal was decided before it was
	// placed. Only Place fills it in.
	Late int `json:"-"`
}

// Overdue tells whether the day on which somebody should have looked at it is past.
func (h *Hold) Overdue(now int64) bool { return h.ReleasedAt == 0 && h.ReviewAt <= now }

// Release is the wish to end a hold.
type Release struct {
	bun.BaseModel `bun:"table:hold_releases,alias:release"`

	ID        string `bun:",pk"`
	Hold      string
	AskedBy   string
	AskedAt   int64
	Reason    string
	DecidedBy *string
	DecidedAt *int64
	Decision  *string // approved, rejected, withdrawn
	Note      string
}

// New is what is known of a hold before it is placed.
type New struct {
	Kind             Kind
	Owner            string
	Reason, Document string
	Cameras          []string
	From, To         int64 // widened outward to whole seconds
	ReviewAt         int64
}

// Holds keeps the holds.
type Holds struct {
	DB    *db.DB
	Bus   *event.Bus // told when a hold changes; may be nil
	Clock clock.Clock
	Log   *slog.Logger
	// Volumes gives the folders beside whose footage the copy is kept.
	Volumes func() []string
	// Rules are copied beside the holds; nil: there are none.
	Rules Copied
	// Known tells whether there is such a camera; nil knows all.
	Known func(ctx context.Context, camera string) (bool, error)

	// disk, where set by a test, is called before a copy is written or read on a volume, and
	// may stand still.
	disk func(volume string)

	mu     sync.Mutex // guards copies; never held over I/O
	copies map[string]*copyOn
}

// Copied are records that are kept with the holds beside the footage.
type Copied interface {
	// Copied gives them as JSON.
	Copied(ctx context.Context, tx bun.IDB) (json.RawMessage, error)
	// Recover makes those again that tx lacks, and tells how many.
	Recover(ctx context.Context, tx bun.Tx, copied json.RawMessage, now int64) (int, error)
}

type holdRow struct {
	bun.BaseModel `bun:"table:holds,alias:hold"`
	ID            string `bun:",pk"`
	Kind          Kind
	Owner         string
	Reason        string
	Document      string
	FromAt        int64
	ToAt          int64
	ReviewAt      int64
	PlacedBy      string
	PlacedAt      int64
	RecoveredAt   *int64
	ReleasedAt    *int64
	ReleasedBy    *string
}

type cameraRow struct {
	bun.BaseModel `bun:"table:hold_cameras,alias:hold_camera"`
	Hold          string `bun:",pk"`
	Camera        string `bun:",pk"`
}

// Place puts a hold on footage. From the moment it returns, nothing that was not
// decided before removes what it covers.
func (h *Holds) Place(ctx context.Context, actor access.Actor, n New) (Hold, error) {
	cameras, err := h.about(ctx, actor, n.Cameras)
	if err != nil {
		return Hold{}, err
	}
	if actor.Person == "" {
		return Hold{}, ErrNobody
	}
	if !slices.Contains(Kinds(), n.Kind) {
		return Hold{}, ErrKind.With("kind", string(n.Kind))
	}
	owner, err := text.Line("owner", n.Owner, 1, 100)
	if err != nil {
		return Hold{}, err
	}
	reason, err := text.Block("reason", n.Reason, 4, 1000)
	if err != nil {
		return Hold{}, err
	}
	document, err := text.Line("document", n.Document, 0, 100)
	if err != nil {
		return Hold{}, err
	}
	now := h.Clock.Micro()
	if n.From, n.To, err = interval(n.From, n.To, now); err != nil {
		return Hold{}, err
	}
	if err := reviewable(n.ReviewAt, now); err != nil {
		return Hold{}, err
	}
	row := holdRow{ID: db.NewID(), Kind: n.Kind, Owner: owner, Reason: reason, Document: document, FromAt: n.From, ToAt: n.To,
		ReviewAt: n.ReviewAt, PlacedBy: actor.Person, PlacedAt: now}
	late := int64(0)
	err = h.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := insert(ctx, tx, row, cameras); err != nil {
			return err
		}
		var err error
		late, err = tx.NewSelect().Table("segments").Where("camera IN (?)", bun.List(cameras)).Where("state <> ''").
			Where("start_at < ? AND end_at > ?", row.ToAt, row.FromAt).Count(ctx)
		if err != nil {
			return problem.Wrap(err, "place hold")
		}
		if err := Changed(ctx, tx); err != nil {
			return err
		}
		return record(ctx, tx, actor, now, kindPlaced, row, cameras, map[string]any{
			"kind": row.Kind, "owner": row.Owner, "reason": row.Reason, "document": row.Document, "review": row.ReviewAt})
	})
	if err != nil {
		return Hold{}, err
	}
	placed := row.hold(cameras)
	placed.Late = int(late)
	return placed, h.told(ctx, row.ID, "placed")
}

// about takes the cameras of a hold: known, each once, and actor may hold their footage.
func (h *Holds) about(ctx context.Context, actor access.Actor, named []string) ([]string, error) {
	cameras := slices.Compact(slices.Sorted(slices.Values(named)))
	if len(cameras) == 0 || len(cameras) > mostCameras {
		return nil, ErrCameras.With("most", mostCameras)
	}
	for _, c := range cameras {
		if err := access.Can(actor, access.HoldPlace, c); err != nil {
			return nil, err
		}
		if h.Known == nil {
			continue
		}
		if known, err := h.Known(ctx, c); err != nil {
			return nil, err
		} else if !known {
			return nil, ErrCamera
		}
	}
	return cameras, nil
}

// interval widens the stretch of a hold to whole seconds.
func interval(from, to, now int64) (int64, int64, error) {
	from, to = from-from%second, to+(second-to%second)%second
	if from <= 0 || to <= from || to > now+year.Microseconds() {
		return 0, 0, ErrInterval
	}
	return from, to, nil
}

func reviewable(at, now int64) error {
	if at <= now || at > now+year.Microseconds() {
		return ErrReview
	}
	return nil
}

func insert(ctx context.Context, tx bun.IDB, row holdRow, cameras []string) error {
	of := make([]cameraRow, len(cameras))
	for i, c := range cameras {
		of[i] = cameraRow{Hold: row.ID, Camera: c}
	}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return problem.Wrap(err, "place hold")
	}
	_, err := tx.NewInsert().Model(&of).Exec(ctx)
	return problem.Wrap(err, "place hold")
}

// record writes an act for every camera, so that each finds it among its own. Each names
// its camera alone and says of how many it is one: acts that each named all would grow
// with the square of the cameras. Those of earlier versions did.
func record(ctx context.Context, tx bun.IDB, actor access.Actor, at int64, kind string, row holdRow, cameras []string, more map[string]any) error {
	right := access.HoldPlace
	if kind == kindReleased || kind == kindRejected {
		right = access.HoldRelease
	}
	for _, c := range cameras {
		detail := map[string]any{"cameras": []string{c}, "of": len(cameras), "from": row.FromAt, "to": row.ToAt}
		for k, v := range more {
			detail[k] = v
		}
		if err := ledger.Record(ctx, tx, actor.For(right, c).Act(at, kind, row.ID, c, detail)); err != nil {
			return err
		}
	}
	return nil
}

// told brings the copies up to date and tells open screens. A copy that cannot be
// written is no failure of the act, which is on record: nothing is removed until it is. Nor
// does anybody wait for a disk that does not answer.
func (h *Holds) told(ctx context.Context, id, change string) error { //nolint:unparam // as every step of a transaction
	soon, cancel := context.WithTimeout(ctx, short)
	defer cancel()
	if err := h.Copy(soon); err != nil && h.Log != nil {
		h.Log.Error("the copy of the holds beside the footage could not be written; nothing is removed until it is", "err", err)
	}
	if h.Bus != nil {
		h.Bus.Publish(event.Event{Kind: "hold", Subject: id, Data: Change{ID: id, Change: change}})
	}
	return nil
}

// Change is the Data of events of kind "hold".
type Change struct {
	ID     string `json:"id"`
	Change string `json:"change"` // placed, reviewed, asked, released, rejected, withdrawn
}

// change lets edit work on a hold that stands, for who has the right on all of its cameras.
func (h *Holds) change(ctx context.Context, actor access.Actor, right access.Action, id, what string, edit func(ctx context.Context, tx bun.Tx, row holdRow, cameras []string) error) (Hold, error) {
	err := h.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var row holdRow
		err := tx.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrUnknown
		}
		if err != nil {
			return problem.Wrap(err, "read hold")
		}
		var cameras []string
		if err := tx.NewSelect().Model((*cameraRow)(nil)).Column("camera").Where("hold = ?", id).OrderExpr("camera").Scan(ctx, &cameras); err != nil {
			return problem.Wrap(err, "read hold")
		}
		if err := access.OnEach(actor, right, cameras); err != nil {
			return err
		}
		if row.ReleasedAt != nil {
			return ErrReleased
		}
		if err := edit(ctx, tx, row, cameras); err != nil {
			return err
		}
		return Changed(ctx, tx)
	})
	if err != nil {
		return Hold{}, err
	}
	if err := h.told(ctx, id, what); err != nil {
		return Hold{}, err
	}
	return h.Get(ctx, id)
}

// Review says that somebody looked at the hold and when that is due again.
func (h *Holds) Review(ctx context.Context, actor access.Actor, id string, next int64, note string) (Hold, error) {
	if err := may(actor, access.HoldPlace); err != nil {
		return Hold{}, err
	}
	note, err := text.Block("note", note, 4, 1000)
	if err != nil {
		return Hold{}, err
	}
	now := h.Clock.Micro()
	if err := reviewable(next, now); err != nil {
		return Hold{}, err
	}
	return h.change(ctx, actor, access.HoldPlace, id, "reviewed", func(ctx context.Context, tx bun.Tx, row holdRow, cameras []string) error {
		if _, err := tx.NewUpdate().Model((*holdRow)(nil)).Set("review_at = ?", next).Where("id = ?", id).Exec(ctx); err != nil {
			return problem.Wrap(err, "review hold")
		}
		return record(ctx, tx, actor, now, kindReviewed, row, cameras, map[string]any{"review": next, "before": row.ReviewAt, "note": note})
	})
}

func may(actor access.Actor, a access.Action) error {
	if err := access.Can(actor, a, ""); err != nil {
		return err
	}
	if actor.Person == "" {
		return ErrNobody
	}
	return nil
}

// AskRelease asks for the end of a hold. Another person decides.
func (h *Holds) AskRelease(ctx context.Context, actor access.Actor, id, reason string) (Hold, error) {
	if err := may(actor, access.HoldPlace); err != nil {
		return Hold{}, err
	}
	reason, err := text.Block("reason", reason, 4, 1000)
	if err != nil {
		return Hold{}, err
	}
	now := h.Clock.Micro()
	return h.change(ctx, actor, access.HoldPlace, id, "asked", func(ctx context.Context, tx bun.Tx, row holdRow, cameras []string) error {
		r := Release{ID: db.NewID(), Hold: id, AskedBy: actor.Person, AskedAt: now, Reason: reason}
		if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
			if db.IsUnique(err) {
				return ErrAsked
			}
			return problem.Wrap(err, "ask for the release of a hold")
		}
		return record(ctx, tx, actor, now, kindAsked, row, cameras, map[string]any{"release": r.ID, "reason": reason})
	})
}

// Decide approves or rejects the release that was asked for. Never by who asked.
func (h *Holds) Decide(ctx context.Context, actor access.Actor, id string, approve bool, note string) (Hold, error) {
	if err := may(actor, access.HoldRelease); err != nil {
		return Hold{}, err
	}
	if !actor.InPerson() {
		return Hold{}, ErrNobody
	}
	least := 0
	if !approve {
		least = 4
	}
	note, err := text.Block("note", note, least, 1000)
	if err != nil {
		return Hold{}, err
	}
	now := h.Clock.Micro()
	decision, kind, what := "approved", kindReleased, "released"
	if !approve {
		decision, kind, what = "rejected", kindRejected, "rejected"
	}
	return h.change(ctx, actor, access.HoldRelease, id, what, func(ctx context.Context, tx bun.Tx, row holdRow, cameras []string) error {
		r, err := waiting(ctx, tx, id)
		if err != nil {
			return err
		}
		if r.AskedBy == actor.Person {
			return ErrOwn
		}
		if approve {
			if err := asAsked(ctx, tx, &row, cameras, &r); err != nil {
				return err
			}
		}
		if err := decide(ctx, tx, r.ID, actor.Person, now, decision, note); err != nil {
			return err
		}
		if approve {
			_, err := tx.NewUpdate().Model((*holdRow)(nil)).Set("released_at = ?", now).Set("released_by = ?", actor.Person).
				Where("id = ?", id).Exec(ctx)
			if err != nil {
				return problem.Wrap(err, "release hold")
			}
		}
		return record(ctx, tx, actor, now, kind, row, cameras, map[string]any{"release": r.ID, "asked_by": r.AskedBy, "reason": r.Reason, "note": note})
	})
}

// Withdraw takes one's own wish for a release back.
func (h *Holds) Withdraw(ctx context.Context, actor access.Actor, id string) (Hold, error) {
	if err := may(actor, access.HoldPlace); err != nil {
		return Hold{}, err
	}
	now := h.Clock.Micro()
	return h.change(ctx, actor, access.HoldPlace, id, "withdrawn", func(ctx context.Context, tx bun.Tx, row holdRow, cameras []string) error {
		r, err := waiting(ctx, tx, id)
		if err != nil {
			return err
		}
		if r.AskedBy != actor.Person {
			return ErrNotYours
		}
		if err := decide(ctx, tx, r.ID, actor.Person, now, "withdrawn", ""); err != nil {
			return err
		}
		return record(ctx, tx, actor, now, kindWithdrawn, row, cameras, map[string]any{"release": r.ID})
	})
}

func waiting(ctx context.Context, tx bun.IDB, id string) (Release, error) {
	var r Release
	err := tx.NewSelect().Model(&r).Where("hold = ? AND decided_at IS NULL", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return r, ErrNotAsked
	}
	return r, problem.Wrap(err, "read the release of a hold")
}

func decide(ctx context.Context, tx bun.IDB, id, person string, at int64, decision, note string) error {
	_, err := tx.NewUpdate().Model((*Release)(nil)).Set("decided_by = ?", person).Set("decided_at = ?", at).
		Set("decision = ?", decision).Set("note = ?", note).Where("id = ?", id).Exec(ctx)
	return problem.Wrap(err, "decide on the release of a hold")
}
