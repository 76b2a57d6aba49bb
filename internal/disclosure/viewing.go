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
	"watchroom/internal/access/mark"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/disclosure/owed"
	"watchroom/internal/disclosure/present"
	"watchroom/internal/disclosure/second"
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
	ErrInterval = problem.New(problem.Invalid, "interval_invalid", "The interval ends before it begins, or is too long.").On("to")        // days
	ErrCameras  = problem.New(problem.Invalid, "viewing_cameras", "A viewing names one camera at least and 64 at most.").On("cameras")    // most
	ErrNoCamera = second.ErrNoCamera

	ErrElsewhere = problem.New(problem.Forbidden, "viewing_elsewhere", "This viewing was opened in another session or with another token. Open a new one.") // action, camera
)

// Purpose is why somebody looks: the code of one of the register (disclosure/purpose).
type Purpose string

// Purposes that come with the program. DutyReview is written by the program itself.
const (
	DutyReview  Purpose = "duty_review"
	Incident    Purpose = "incident"
	Inspection  Purpose = "inspection"
	Maintenance Purpose = "maintenance"
	Request     Purpose = "request"
)

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
	Client    string   // id of the session or token that opened it, in which alone it is seen; empty: before 0.3
	Cameras   []string // sorted
	From      int64    // µs, of the footage
	To        int64    // µs
	Purpose   Purpose
	Reason    string
	Present   []present.Person // who else was at the screen
	Second    *second.Partner  // who agreed to it; nil: nobody had to
	OpenedAt  int64            // µs
	ExpiresAt int64            // µs
	ClosedAt  *int64           // µs; nil while open
	Owed      *owed.Reason     // the reason that is due afterwards, or was; nil: it was given before
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
	Rules *rule.Set   // see Parameters; nil: the defaults
	Marks *mark.Maker // of what is shown; nil: none
	// Seconds keeps asks for a second person; nil: nobody can be asked, and what needs one is
	// refused.
	Seconds *second.Asks
	// Reasons keeps those that are due afterwards; nil: each is given before.
	Reasons *owed.Reasons

	mu     sync.Mutex // guards cached
	cached map[string]cached
	tolds  tolds
}

type cached struct {
	viewing Viewing
	at      int64 // µs, when it was read
}

type viewingRow struct {
	bun.BaseModel `bun:"table:viewings,alias:viewing"`
	ID            string `bun:",pk"`
	Person        string
	Client        string
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
	return Viewing{ID: r.ID, Person: r.Person, Client: r.Client, Cameras: cameras, From: r.FromAt, To: r.ToAt, Purpose: r.Purpose, Reason: r.Reason,
		OpenedAt: r.OpenedAt, ExpiresAt: r.ExpiresAt, ClosedAt: r.ClosedAt}
}

// Opening is what somebody states who wants to look.
type Opening struct {
	Cameras  []string
	From, To int64 // µs
	Purpose  Purpose
	Reason   string
	Present  []present.Person
	Second   string // id of the ask to which a second person has agreed; empty: alone

	due   int64                  // µs, when the reason is due that nobody gave; 0: it was, or needs none
	terms map[string]access.Term // on which it is allowed, by camera
}

// Open is Begin for who looks alone.
func (v *Viewings) Open(ctx context.Context, actor access.Actor, cameras []string, from, to int64, purpose Purpose, reason string, beside ...present.Person) (Viewing, error) {
	return v.Begin(ctx, actor, Opening{Cameras: cameras, From: from, To: to, Purpose: purpose, Reason: reason, Present: beside})
}

// Begin puts a viewing on record and so allows it: cameras from one instant to
// another (µs), for a purpose of the register, with who else is present at the screen. Without
// a purpose it is duty review, where that suffices. Each camera gets its own act. How old
// footage may be is counted from now, or from when a second person was asked for; a viewing
// that is bounded so does not last much longer.
func (v *Viewings) Begin(ctx context.Context, actor access.Actor, o Opening) (Viewing, error) {
	row, err := v.prepare(actor, &o)
	if err != nil {
		return Viewing{}, err
	}
	of := make([]cameraRow, len(o.Cameras))
	for i, c := range o.Cameras {
		of[i] = cameraRow{Viewing: row.ID, Camera: c}
	}
	var with second.Ask
	err = v.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		counted := row.OpenedAt
		if o.Second != "" {
			if counted, err = v.Seconds.AskedAt(ctx, tx, actor, o.Second); err != nil {
				return err
			}
		}
		if err := v.state(ctx, tx, actor, &row, &o, counted, o.Second != ""); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return problem.Wrap(err, "open viewing")
		}
		cameras := slices.Clone(of) // an insert reads back into its list
		if _, err := tx.NewInsert().Model(&cameras).Exec(ctx); err != nil {
			if db.IsForeignKey(err) {
				return ErrNoCamera
			}
			return problem.Wrap(err, "open viewing")
		}
		if err := attend(ctx, tx, row.ID, o.Present); err != nil {
			return err
		}
		if o.due != 0 {
			if err := owed.Owe(ctx, tx, row.ID, actor.Person, o.due); err != nil {
				return err
			}
		}
		if o.Second != "" {
			if with, err = v.Seconds.Use(ctx, tx, actor, o.Second, o.wish(&row), row.ID); err != nil {
				return err
			}
		}
		return v.record(ctx, tx, actor, &row, &o, with)
	})
	if err != nil {
		return Viewing{}, err
	}
	opened := row.viewing(o.Cameras)
	opened.Present = o.Present
	if o.due != 0 {
		opened.Owed = &owed.Reason{Viewing: row.ID, Person: row.Person, DueAt: o.due}
	}
	if o.Second != "" {
		opened.Second = with.Partner()
		v.Seconds.Tell(with)
	}
	v.remember(opened, row.OpenedAt)
	for c, t := range o.terms {
		v.tolds.add(told{row.ID, c, t.Position, t.Rule})
	}
	return opened, nil
}

// prepare brings into form what is stated, and begins the row of the viewing.
func (v *Viewings) prepare(actor access.Actor, o *Opening) (row viewingRow, err error) {
	o.Cameras = slices.Compact(slices.Sorted(slices.Values(o.Cameras)))
	if len(o.Cameras) == 0 || len(o.Cameras) > mostCameras {
		return row, ErrCameras.With("most", mostCameras)
	}
	for _, c := range o.Cameras {
		if err := access.Can(actor, access.PlaybackView, c); err != nil {
			return row, err
		}
	}
	if most := longest.Get(v.Rules); o.From <= 0 || o.To <= o.From || o.To-o.From > most.Microseconds() {
		return row, ErrInterval.With("days", int(most.Hours()/24)).With("longest", rule.Span(most))
	}
	if o.Present, err = present.Clean(o.Present, actor.Person); err != nil {
		return row, err
	}
	return viewingRow{ID: db.NewID(), Person: actor.Person, Client: actor.Client(), FromAt: o.From, ToAt: o.To, OpenedAt: v.Clock.Micro()}, nil
}

// record puts the opening on record, camera by camera.
func (v *Viewings) record(ctx context.Context, tx bun.Tx, actor access.Actor, row *viewingRow, o *Opening, with second.Ask) error {
	for _, c := range o.Cameras {
		detail := map[string]any{"from": row.FromAt, "to": row.ToAt, "purpose": row.Purpose, "reason": row.Reason, "cameras": len(o.Cameras), keyExpires: row.ExpiresAt}
		if m := v.Marks.Viewing(row.ID, c); m != "" {
			detail[mark.Key] = m
		}
		if len(o.Present) > 0 {
			detail[present.Key] = present.Detail(o.Present)
		}
		if o.Second != "" {
			detail[second.Key] = with.Partner().Detail()
		}
		if o.due != 0 {
			detail[owed.KeyDue] = o.due
		}
		act := actor.Through(access.PlaybackView, c, o.terms[c]).Act(row.OpenedAt, kindOpened, row.ID, c, detail)
		if err := ledger.Record(ctx, tx, act); err != nil {
			return err
		}
	}
	return nil
}

// state fills in for what purpose and reason a viewing is, and until when. The age of footage
// is counted from an instant (µs).
func (v *Viewings) state(ctx context.Context, tx bun.IDB, actor access.Actor, row *viewingRow, o *Opening, counted int64, paired bool) error {
	p, err := v.purposed(ctx, tx, actor, o.Purpose, o.Cameras, row.FromAt, counted, paired)
	if err != nil {
		return err
	}
	row.Purpose = Purpose(p.Code)
	fewest := 0
	o.due = 0
	switch {
	case v.afterwards(actor, p, o, row.FromAt, counted):
		if o.due, err = v.Reasons.Due(ctx, actor.Person, row.OpenedAt); err != nil {
			return err
		}
	case p.NeedsReason:
		fewest = leastReason.Get(v.Rules)
	}
	if row.Reason, err = text.Block("reason", o.Reason, fewest, 1000); err != nil {
		return err
	}
	bound := p.Back
	o.terms = map[string]access.Term{}
	for _, c := range o.Cameras {
		t, b, err := v.permit(actor, row.Purpose, c, row.FromAt, counted, paired)
		if err != nil {
			return err
		}
		bound, o.terms[c] = least(bound, b), t
	}
	lasts := Lasts.Get(v.Rules)
	if bound != 0 {
		lasts = min(lasts, max(bound, shortest))
	}
	row.ExpiresAt = row.OpenedAt + lasts.Microseconds()
	return nil
}

// Check decides for one request whether footage of camera between from and to
// (µs; equal for one instant) may be sent to actor under the viewing with id. It is
// asked for every request and mostly answers from memory. Where another rule lets the actor
// through than on record so far, that is put on record first.
func (v *Viewings) Check(ctx context.Context, id string, actor access.Actor, camera string, from, to int64) error {
	_, err := v.Shown(ctx, id, actor, camera, from, to)
	return err
}

// Shown is Check that gives the term on which footage may be sent.
func (v *Viewings) Shown(ctx context.Context, id string, actor access.Actor, camera string, from, to int64) (access.Term, error) {
	viewing, t, err := v.covers(ctx, id, actor, camera, from, to)
	if err == nil {
		err = v.goesOn(ctx, actor, &viewing, camera, t)
	}
	return t, err
}

// covers gives a viewing under which footage may be sent, and on which term, and puts nothing
// on record.
func (v *Viewings) covers(ctx context.Context, id string, actor access.Actor, camera string, from, to int64) (viewing Viewing, t access.Term, err error) {
	if err := access.Can(actor, access.PlaybackView, camera); err != nil {
		return viewing, t, err
	}
	if viewing, err = v.recall(ctx, id); err != nil {
		return viewing, t, err
	}
	if viewing.Person != actor.Person {
		return viewing, t, ErrNotYours
	}
	if viewing.Client != "" && viewing.Client != actor.Client() { // from where it is seen is on record
		return viewing, t, ErrElsewhere.With("action", string(access.PlaybackView)).With("camera", camera)
	}
	end := v.expires(viewing)
	if viewing.ClosedAt != nil {
		end = min(end, *viewing.ClosedAt)
	}
	if v.Clock.Micro() >= end {
		return viewing, t, ErrExpired.With("at", stamp(end))
	}
	if !slices.Contains(viewing.Cameras, camera) || from < viewing.From || to > viewing.To || from > to {
		return viewing, t, ErrOutside.With("camera", camera).With("from", stamp(viewing.From)).With("to", stamp(viewing.To))
	}
	// Rights, grades and the watch may be others than when it was opened. How old footage may
	// be is counted from then, so that it can be watched to its end.
	counted := viewing.OpenedAt
	if viewing.Second != nil {
		counted = viewing.Second.AskedAt
	}
	t, _, err = v.permit(actor, viewing.Purpose, camera, from, counted, viewing.Second != nil)
	return viewing, t, err
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
		after.Cameras = access.ReachOf(actor, access.PlaybackView).Of(after.Cameras)
		if after.ClosedAt != nil {
			return nil
		}
		at := v.Clock.Micro()
		if _, err := tx.NewUpdate().Model((*viewingRow)(nil)).Set("closed_at = ?", at).Where("id = ?", id).Exec(ctx); err != nil {
			return problem.Wrap(err, "close viewing")
		}
		after.ClosedAt, closed = &at, true
		return ledger.Record(ctx, tx, actor.For(access.PlaybackView, "").Act(at, kindClosed, id, "", nil))
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
		err = access.OnAny(actor, access.ActRead, viewing.Cameras)
	}
	if err != nil {
		return Viewing{}, err
	}
	if viewing.Person != actor.Person {
		viewing.Cameras = access.ReachOf(actor, access.ActRead).Of(viewing.Cameras)
	}
	viewing.ExpiresAt = v.expires(viewing)
	return viewing, nil
}

// Ended is when a viewing came to its end, or will (µs), for who follows a trace and has
// decided already that it may be told; 0 where there is no such viewing.
func (v *Viewings) Ended(ctx context.Context, id string) (int64, error) {
	viewing, err := get(ctx, v.DB.Read(), id)
	switch {
	case errors.Is(err, ErrRequired):
		return 0, nil
	case err != nil:
		return 0, err
	case viewing.ClosedAt != nil:
		return min(*viewing.ClosedAt, v.expires(viewing)), nil
	}
	return v.expires(viewing), nil
}

// Filter narrows List. Empty fields narrow nothing.
type Filter struct {
	Camera string
	From   int64 // µs: footage after
	To     int64 // µs: footage before
	Limit  int   // 1…500; 0 means 100
	Owed   bool  // only those whose reason is still due, or missing
}

// List gives viewings, newest first: with act.read all, otherwise one's own.
func (v *Viewings) List(ctx context.Context, actor access.Actor, f Filter) ([]Viewing, error) {
	var rows []viewingRow
	if f.Limit <= 0 {
		f.Limit = 100
	}
	q := v.DB.Read().NewSelect().Model(&rows).OrderExpr("viewing.opened_at DESC, viewing.id DESC").Limit(int64(min(f.Limit, 500)))
	if access.Can(actor, access.ActRead, f.Camera) != nil {
		if err := access.Can(actor, access.PlaybackView, f.Camera); err != nil {
			return nil, err
		}
		q.Where("viewing.person = ?", actor.Person)
	}
	own, others := access.ReachOf(actor, access.PlaybackView, access.ActRead), access.ReachOf(actor, access.ActRead)
	if cameras, narrow := others.Narrow(); narrow {
		q.Where("viewing.person = ? OR EXISTS (SELECT 1 FROM viewing_cameras o WHERE o.viewing = viewing.id AND o.camera IN (?))", actor.Person, bun.List(cameras))
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
	if f.Owed {
		q.Where("EXISTS (SELECT 1 FROM viewing_reasons r WHERE r.viewing = viewing.id AND r.given_at IS NULL)")
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
	beside, err := attending(ctx, v.DB.Read(), ids)
	if err != nil {
		return nil, err
	}
	with, err := second.Of(ctx, v.DB.Read(), ids)
	if err != nil {
		return nil, err
	}
	owes, err := owed.Of(ctx, v.DB.Read(), ids)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		reach := others
		if r.Person == actor.Person {
			reach = own
		}
		viewings[i] = r.viewing(reach.Of(of[r.ID]))
		viewings[i].Present, viewings[i].Second = beside[r.ID], with[r.ID]
		viewings[i].ExpiresAt = v.expires(viewings[i])
		viewings[i].owe(owes)
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
	beside, err := attending(ctx, tx, []string{id})
	if err != nil {
		return Viewing{}, err
	}
	with, err := second.Of(ctx, tx, []string{id})
	if err != nil {
		return Viewing{}, err
	}
	viewing := row.viewing(cameras)
	viewing.Present, viewing.Second = beside[id], with[id]
	owes, err := owed.Of(ctx, tx, []string{id})
	if err != nil {
		return Viewing{}, err
	}
	viewing.owe(owes)
	return viewing, nil
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
