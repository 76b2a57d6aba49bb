// Package disclosure puts on record who sees recorded footage, which, and why,
// before anything of it is shown. If that cannot be recorded nothing is shown.
package disclosure

import (
	"context"
	"database/sql"
	"errors"
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
	"watchroom/internal/rule"
	"watchroom/internal/text"
)

// Refusals. Those about text come from package text, those about rights from access.
var (
	ErrRequired = problem.New(problem.Forbidden, "viewing_required", "Say first why you look at this footage.")
	ErrExpired  = problem.New(problem.Forbidden, "viewing_expired", "This viewing is over. Open a new one.")                              // at
	ErrOutside  = problem.New(problem.Forbidden, "outside_viewing", "This is outside what was stated for the viewing. Open another one.") // camera, from, to
	ErrNotYours = problem.New(problem.Forbidden, "viewing_of_another", "This viewing was opened by somebody else. Open your own.")        //
	ErrPurpose  = problem.New(problem.Invalid, "purpose_unknown", "There is no such purpose.").On("purpose")                              // purpose
	ErrInterval = problem.New(problem.Invalid, "interval_invalid", "The interval ends before it begins, or is too long.").On("to")        // days
	ErrCameras  = problem.New(problem.Invalid, "viewing_cameras", "A viewing names one camera at least and 64 at most.").On("cameras")    // most
	ErrNoCamera = problem.New(problem.NotFound, "camera_unknown", "There is no such camera.").On("cameras")                               //
)

// Purpose is why somebody looks.
type Purpose string

// The purposes.
const (
	DutyReview  Purpose = "duty_review"
	Incident    Purpose = "incident"
	Inspection  Purpose = "inspection"
	Maintenance Purpose = "maintenance"
	Request     Purpose = "request"
)

// Purposes gives all purposes there are.
func Purposes() []Purpose { return []Purpose{DutyReview, Incident, Inspection, Maintenance, Request} }

const (
	mostCameras = 64
	// believe is how long Check trusts what it read: another node may close a
	// viewing, and what runs must end within a second (R18).
	believe    = time.Second
	mostCached = 1024
)

// Viewing is one act of looking at recorded footage.
type Viewing struct {
	ID        string
	Person    string
	Cameras   []string // sorted
	From      int64    // µs, of the footage
	To        int64    // µs
	Purpose   Purpose
	Reason    string
	OpenedAt  int64  // µs
	ExpiresAt int64  // µs
	ClosedAt  *int64 // µs; nil while open
}

// Closed is the Data of events of kind "viewing": whoever serves footage under it stops.
type Closed struct {
	ID     string `json:"id"`
	Change string `json:"change"` // closed
}

// Viewings keeps the viewings.
type Viewings struct {
	DB    *db.DB
	Bus   *event.Bus // told when a viewing is closed; may be nil
	Clock clock.Clock
	Rules *rule.Set // see Parameters; nil: the defaults

	mu     sync.Mutex // guards cached
	cached map[string]cached
}

type cached struct {
	viewing Viewing
	at      int64 // µs, when it was read
}

type viewingRow struct {
	bun.BaseModel `bun:"table:viewings,alias:viewing"`
	ID            string `bun:",pk"`
	Person        string
	FromAt        int64
	ToAt          int64
	Purpose       Purpose
	Reason        string
	OpenedAt      int64
	ExpiresAt     int64
	ClosedAt      *int64
}

type cameraRow struct {
	bun.BaseModel `bun:"table:viewing_cameras,alias:viewing_camera"`
	Viewing       string
	Camera        string
}

func (r viewingRow) viewing(cameras []string) Viewing {
	slices.Sort(cameras)
	return Viewing{ID: r.ID, Person: r.Person, Cameras: cameras, From: r.FromAt, To: r.ToAt, Purpose: r.Purpose, Reason: r.Reason,
		OpenedAt: r.OpenedAt, ExpiresAt: r.ExpiresAt, ClosedAt: r.ClosedAt}
}

// Open puts a viewing on record and so allows it: cameras from one instant to
// another (µs). Each camera gets its own act.
func (v *Viewings) Open(ctx context.Context, actor access.Actor, cameras []string, from, to int64, purpose Purpose, reason string) (Viewing, error) {
	cameras = slices.Compact(slices.Sorted(slices.Values(cameras)))
	if len(cameras) == 0 || len(cameras) > mostCameras {
		return Viewing{}, ErrCameras.With("most", mostCameras)
	}
	for _, c := range cameras {
		if err := access.Can(actor, access.PlaybackView, c); err != nil {
			return Viewing{}, err
		}
	}
	if most := longest.Get(v.Rules); from <= 0 || to <= from || to-from > most.Microseconds() {
		return Viewing{}, ErrInterval.With("days", int(most.Hours()/24)).With("longest", rule.Span(most))
	}
	if !slices.Contains(Purposes(), purpose) {
		return Viewing{}, ErrPurpose.With("purpose", string(purpose))
	}
	reason, err := text.Block("reason", reason, leastReason.Get(v.Rules), 1000)
	if err != nil {
		return Viewing{}, err
	}
	at := v.Clock.Micro()
	row := viewingRow{ID: db.NewID(), Person: actor.Person, FromAt: from, ToAt: to, Purpose: purpose, Reason: reason,
		OpenedAt: at, ExpiresAt: at + Lasts.Get(v.Rules).Microseconds()}
	of := make([]cameraRow, len(cameras))
	for i, c := range cameras {
		of[i] = cameraRow{Viewing: row.ID, Camera: c}
	}
	err = v.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return problem.Wrap(err, "open viewing")
		}
		if _, err := tx.NewInsert().Model(&of).Exec(ctx); err != nil {
			if db.IsForeignKey(err) {
				return ErrNoCamera
			}
			return problem.Wrap(err, "open viewing")
		}
		for _, c := range cameras {
			act := actor.For(access.PlaybackView, c).Act(at, "viewing.opened", row.ID, c, map[string]any{"from": from, "to": to, "purpose": purpose, "reason": reason, "cameras": len(cameras)})
			if err := ledger.Record(ctx, tx, act); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Viewing{}, err
	}
	opened := row.viewing(cameras)
	v.remember(opened, at)
	return opened, nil
}

// Check decides for one request whether footage of camera between from and to
// (µs; equal for one instant) may be sent to actor under the viewing with id. It is
// asked for every request and mostly answers from memory.
func (v *Viewings) Check(ctx context.Context, id string, actor access.Actor, camera string, from, to int64) error {
	if err := access.Can(actor, access.PlaybackView, camera); err != nil {
		return err
	}
	viewing, err := v.recall(ctx, id)
	if err != nil {
		return err
	}
	if viewing.Person != actor.Person {
		return ErrNotYours
	}
	end := v.expires(viewing)
	if viewing.ClosedAt != nil {
		end = min(end, *viewing.ClosedAt)
	}
	if v.Clock.Micro() >= end {
		return ErrExpired.With("at", stamp(end))
	}
	if !slices.Contains(viewing.Cameras, camera) || from < viewing.From || to > viewing.To || from > to {
		return ErrOutside.With("camera", camera).With("from", stamp(viewing.From)).With("to", stamp(viewing.To))
	}
	return nil
}

// expires is when a viewing ends (µs): when it was told to, and earlier where the rule is
// shorter by now.
func (v *Viewings) expires(viewing Viewing) int64 {
	return min(viewing.ExpiresAt, viewing.OpenedAt+Lasts.Get(v.Rules).Microseconds())
}

func stamp(at int64) string { return time.UnixMicro(at).UTC().Format(time.RFC3339Nano) }

// Close ends a viewing of one's own. Closing it twice does no harm.
func (v *Viewings) Close(ctx context.Context, actor access.Actor, id string) (Viewing, error) {
	var after Viewing
	closed := false
	err := v.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		closed = false
		var err error
		if after, err = get(ctx, tx, id); err != nil {
			return err
		}
		if after.Person != actor.Person {
			return ErrNotYours
		}
		if after.ClosedAt != nil {
			return nil
		}
		at := v.Clock.Micro()
		if _, err := tx.NewUpdate().Model((*viewingRow)(nil)).Set("closed_at = ?", at).Where("id = ?", id).Exec(ctx); err != nil {
			return problem.Wrap(err, "close viewing")
		}
		after.ClosedAt, closed = &at, true
		return ledger.Record(ctx, tx, actor.For(access.PlaybackView, "").Act(at, "viewing.closed", id, "", nil))
	})
	if err != nil {
		return Viewing{}, err
	}
	v.forget(id)
	if closed && v.Bus != nil {
		v.Bus.Publish(event.Event{Kind: "viewing", Subject: id, Person: after.Person, Data: Closed{ID: id, Change: "closed"}})
	}
	return after, nil
}

// Get gives one viewing: one's own, or with act.read anybody's.
func (v *Viewings) Get(ctx context.Context, actor access.Actor, id string) (Viewing, error) {
	viewing, err := get(ctx, v.DB.Read(), id)
	if err == nil && viewing.Person != actor.Person {
		err = access.Can(actor, access.ActRead, "")
	}
	if err != nil {
		return Viewing{}, err
	}
	viewing.ExpiresAt = v.expires(viewing)
	return viewing, nil
}

// Filter narrows List. Empty fields narrow nothing.
type Filter struct {
	Camera string
	From   int64 // µs: footage after
	To     int64 // µs: footage before
	Limit  int   // 1…500; 0 means 100
}

// List gives viewings, newest first: with act.read all, otherwise one's own.
func (v *Viewings) List(ctx context.Context, actor access.Actor, f Filter) ([]Viewing, error) {
	var rows []viewingRow
	if f.Limit <= 0 {
		f.Limit = 100
	}
	q := v.DB.Read().NewSelect().Model(&rows).OrderExpr("viewing.opened_at DESC, viewing.id DESC").Limit(int64(min(f.Limit, 500)))
	if access.Can(actor, access.ActRead, "") != nil {
		if err := access.Can(actor, access.PlaybackView, ""); err != nil {
			return nil, err
		}
		q.Where("viewing.person = ?", actor.Person)
	}
	if f.Camera != "" {
		q.Where("EXISTS (SELECT 1 FROM viewing_cameras vc WHERE vc.viewing = viewing.id AND vc.camera = ?)", f.Camera)
	}
	if f.From != 0 {
		q.Where("viewing.to_at > ?", f.From)
	}
	if f.To != 0 {
		q.Where("viewing.from_at < ?", f.To)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list viewings")
	}
	viewings := make([]Viewing, len(rows))
	if len(rows) == 0 {
		return viewings, nil
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	var all []cameraRow
	if err := v.DB.Read().NewSelect().Model(&all).Where("viewing IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list viewings")
	}
	of := map[string][]string{}
	for _, c := range all {
		of[c.Viewing] = append(of[c.Viewing], c.Camera)
	}
	for i, r := range rows {
		viewings[i] = r.viewing(of[r.ID])
		viewings[i].ExpiresAt = v.expires(viewings[i])
	}
	return viewings, nil
}

func get(ctx context.Context, tx bun.IDB, id string) (Viewing, error) {
	var row viewingRow
	err := tx.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Viewing{}, ErrRequired
	}
	var cameras []string
	if err == nil {
		err = tx.NewSelect().Model((*cameraRow)(nil)).Column("camera").Where("viewing = ?", id).Scan(ctx, &cameras)
	}
	if err != nil {
		return Viewing{}, problem.Wrap(err, "read viewing")
	}
	return row.viewing(cameras), nil
}

// recall gives a viewing from memory if it was read within a second.
func (v *Viewings) recall(ctx context.Context, id string) (Viewing, error) {
	if !db.ValidID(id) {
		return Viewing{}, ErrRequired
	}
	now := v.Clock.Micro()
	v.mu.Lock()
	c, ok := v.cached[id]
	v.mu.Unlock()
	if ok && now >= c.at && now-c.at < believe.Microseconds() {
		return c.viewing, nil
	}
	viewing, err := get(ctx, v.DB.Read(), id)
	if err != nil {
		return Viewing{}, err
	}
	v.remember(viewing, now)
	return viewing, nil
}

func (v *Viewings) remember(viewing Viewing, at int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.cached == nil || len(v.cached) >= mostCached {
		v.cached = map[string]cached{} // all of it is a second old at most
	}
	v.cached[viewing.ID] = cached{viewing: viewing, at: at}
}

func (v *Viewings) forget(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.cached, id)
}
