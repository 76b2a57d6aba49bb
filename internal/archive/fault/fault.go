// Package fault keeps storage faults (P25): a dead disk that nobody saw. A fault opens
// by itself, cannot be silenced by the room, is signalled anew every shift, reaches
// leaders after a day, and closes only when recording runs again and the oldest
// footage of every camera has been proved.
package fault

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
	"watchroom/internal/text"
)

// Kind says what is wrong.
type Kind string

// Kinds of faults.
const (
	VolumeFull      Kind = "volume_full"       // nothing more can be recorded on it
	VolumeFailing   Kind = "volume_failing"    // its file system answers with errors
	VolumeAway      Kind = "volume_away"       // its folder is not there, or is not the one that it should be
	TierAway        Kind = "tier_away"         // an archive cannot be reached
	TierFull        Kind = "tier_full"         // nothing more can be moved to it
	TierFailing     Kind = "tier_failing"      // it answers, and does not take what it is given
	RetentionAtRisk Kind = "retention_at_risk" // the minimum cannot be kept
	FootageDamaged  Kind = "footage_damaged"   // footage of a camera is not what was recorded, or is gone
)

// Camera is the one that the fault is about, empty for a place where footage lies.
func (f *Fault) Camera() string {
	if f.Kind == FootageDamaged {
		return f.Subject
	}
	return ""
}

// Step is what happened to a fault.
type Step string

// Steps.
const (
	Opened       Step = "opened"
	Repeated     Step = "repeated"     // signalled once more
	Escalated    Step = "escalated"    // to leaders
	Acknowledged Step = "acknowledged" // by a person; it ends nothing
	Over         Step = "over"         // what was wrong is so no more
	Back         Step = "back"         // and is so again
	GivenUp      Step = "given_up"     // by a person: what lay on a place that the configuration lacks is missing
	Unproved     Step = "unproved"     // it is over, but recording or the oldest footage is not in order
	Closed       Step = "closed"
)

// Refusals.
var (
	ErrUnknown = problem.New(problem.NotFound, "storage_fault_unknown", "There is no such storage fault.")
	ErrClosed  = problem.New(problem.Conflict, "storage_fault_closed", "This storage fault is closed.")
	ErrPlaced  = problem.New(problem.Conflict, "place_configured", "Only a disk or tier can be given up on which footage lies and which the configuration no more has.")
	ErrGivenUp = problem.New(problem.Conflict, "place_given_up", "This disk or tier was given up already.")
)

// Condition is something that is wrong now.
type Condition struct {
	Kind    Kind
	Subject string         // volume, tier or camera
	Detail  map[string]any // JSON-encodable
	// Unknown says that nobody can tell at present, as just after a start: a fault of it
	// neither opens nor is over.
	Unknown bool
}

// Fault is one of the record. Times are µs since 1970 UTC.
type Fault struct {
	ID          string
	At          int64
	Kind        Kind
	Subject     string
	Detail      map[string]any
	ClosedAt    int64 // 0 while it is open
	EscalatedAt int64 // 0: leaders have not been told
	OverAt      int64 // when what was wrong ended; 0 while it is so
	Entries     []Entry
}

// Entry is one step of a fault.
type Entry struct {
	ID     string
	At     int64
	Step   Step
	Person string // empty: the program
	Detail map[string]any
}

// Proof shows that the oldest footage of a camera was there and what it was, at an
// instant (µs) or since; *proof.Prover is one.
type Proof interface {
	Proved(ctx context.Context, camera string, since int64) error
}

// Mail tells leaders outside of the program. It connects with the notices of a later
// issue; until then there is the event and the page.
type Mail interface {
	StorageFault(ctx context.Context, f Fault) error
}

// Keeper keeps the faults.
type Keeper struct {
	DB    *db.DB
	Bus   *event.Bus // told of every step with kind "fault"; may be nil
	Clock clock.Clock
	Log   *slog.Logger

	// Conditions lists what is wrong now.
	Conditions func(context.Context) ([]Condition, error)
	// Missing lists cameras that should be recorded now and are not.
	Missing func(context.Context) ([]string, error)
	// Cameras lists those whose oldest footage is to be proved.
	Cameras func(context.Context) ([]string, error)
	Proof   Proof
	// Absent lists the disks and tiers that the configuration lacks and on which footage lies
	// that does not stand as missing; nil: there is none. No fault closes while there is one.
	Absent func(context.Context) ([]string, error)
	// Signal raises the alarm of a fault anew, or takes it back when it has closed.
	Signal func(f Fault, step Step)
	Mail   Mail // nil: nobody

	// Shift is after how long the signal comes again, Leaders after how long leaders are told,
	// until Rules, which may be nil, say otherwise; 0 means 8 h and 24 h.
	Shift, Leaders time.Duration
	Rules          *rule.Set
	Every          time.Duration // 0 means a minute
	// Passed is a clock that nobody sets, from any beginning. Nil: what Clock reads of one.
	Passed func() time.Duration

	begun  time.Time        // the reading that Passed counts from where it is nil; like those below it belongs to whoever calls Tick
	known  map[string]known // by fault, while it is open
	raised map[string]bool  // signals of this process; belongs to whoever calls Tick
	loop   every.Loop
}

type faultRow struct {
	bun.BaseModel `bun:"table:storage_faults,alias:fault"`
	ID            string `bun:",pk"`
	At            int64
	Kind          Kind
	Subject       string
	Detail        string
	Closed        *int64
}

type entryRow struct {
	bun.BaseModel `bun:"table:storage_fault_entries,alias:entry"`
	ID            string `bun:",pk"`
	Fault         string
	At            int64
	Kind          Step
	Person        string
	Detail        string
}

// Start begins to look.
func (k *Keeper) Start(ctx context.Context) error {
	if k.Log == nil {
		k.Log = slog.New(slog.DiscardHandler)
	}
	k.loop.Start(ctx, cmp.Or(k.Every, time.Minute), every.Trying(k.Tick, func(err error) {
		k.Log.Warn("storage faults could not be brought up to date; tried again", "err", err)
	}))
	return nil
}

// Close stops it. Open faults stay open.
func (k *Keeper) Close() {
	k.loop.Close()
}

// Filter narrows List.
type Filter struct {
	Open      bool          // only those that are not closed
	Escalated bool          // only those that leaders were told of
	Limit     int           // 1…500; 0 means 100
	Within    *access.Reach // of those about one camera, only about these; nil: about whichever
	id        string
}

// List gives faults, the newest first.
func (k *Keeper) List(ctx context.Context, f Filter) ([]Fault, error) {
	return list(ctx, k.DB.Read(), f)
}

// Get gives one fault.
func (k *Keeper) Get(ctx context.Context, id string) (Fault, error) {
	return get(ctx, k.DB.Read(), id)
}

func get(ctx context.Context, tx bun.IDB, id string) (Fault, error) {
	if id == "" {
		return Fault{}, ErrUnknown
	}
	all, err := list(ctx, tx, Filter{id: id})
	if err != nil {
		return Fault{}, err
	}
	if len(all) == 0 {
		return Fault{}, ErrUnknown
	}
	return all[0], nil
}

func list(ctx context.Context, tx bun.IDB, f Filter) ([]Fault, error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	var rows []faultRow
	q := tx.NewSelect().Model(&rows).OrderExpr("fault.at DESC, fault.id DESC").Limit(int64(min(f.Limit, 500)))
	if f.id != "" {
		q.Where("fault.id = ?", f.id)
	}
	if f.Within != nil {
		if cameras, narrow := f.Within.Narrow(); narrow {
			q.Where("fault.kind <> ? OR fault.subject IN (?)", FootageDamaged, bun.List(cameras))
		}
	}
	if f.Open {
		q.Where("fault.closed IS NULL")
	}
	if f.Escalated {
		q.Where("EXISTS (SELECT 1 FROM storage_fault_entries e WHERE e.fault = fault.id AND e.kind = ?)", Escalated)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read storage faults")
	}
	if len(rows) == 0 {
		return nil, nil
	}
	out := make([]Fault, len(rows))
	at, ids := map[string]*Fault{}, make([]string, len(rows))
	for i, r := range rows {
		out[i] = Fault{ID: r.ID, At: r.At, Kind: r.Kind, Subject: r.Subject}
		if r.Closed != nil {
			out[i].ClosedAt = *r.Closed
		}
		if err := json.Unmarshal([]byte(r.Detail), &out[i].Detail); err != nil {
			return nil, problem.Wrap(err, "read a storage fault")
		}
		at[r.ID], ids[i] = &out[i], r.ID
	}
	var entries []entryRow
	if err := tx.NewSelect().Model(&entries).Where("fault IN (?)", bun.List(ids)).OrderExpr("at, id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read the steps of storage faults")
	}
	for _, r := range entries {
		e := Entry{ID: r.ID, At: r.At, Step: r.Kind, Person: r.Person}
		if err := json.Unmarshal([]byte(r.Detail), &e.Detail); err != nil {
			return nil, problem.Wrap(err, "read a step of a storage fault")
		}
		at[r.Fault].put(e)
	}
	return out, nil
}

func (f *Fault) put(e Entry) {
	f.Entries = append(f.Entries, e)
	switch e.Step {
	case Escalated:
		f.EscalatedAt = e.At
	case Over:
		f.OverAt = e.At
	case Back:
		f.OverAt = 0
	case Opened, Repeated, Acknowledged, GivenUp, Unproved, Closed:
	}
}

// GivenUp tells whether a person has given up the disk or tier that a fault is about, and it
// was not there again since.
func (f *Fault) GivenUp() bool {
	last := f.last(GivenUp, Back)
	return last != nil && last.Step == GivenUp
}

// last gives the newest entry of one of the steps.
func (f *Fault) last(steps ...Step) *Entry {
	for i := range f.Entries {
		if e := &f.Entries[len(f.Entries)-1-i]; slices.Contains(steps, e.Step) {
			return e
		}
	}
	return nil
}

// Acknowledge records that a person has seen a fault. It ends nothing: not the fault,
// not its signal.
func (k *Keeper) Acknowledge(ctx context.Context, actor access.Actor, id, note string) (Fault, error) {
	if err := access.Can(actor, access.FaultAcknowledge, ""); err != nil {
		return Fault{}, err
	}
	note, err := text.Line("note", note, 0, 500)
	if err != nil {
		return Fault{}, err
	}
	f, err := k.Get(ctx, id)
	if err == nil {
		err = access.Can(actor, access.FaultAcknowledge, f.Camera())
	}
	if err != nil {
		return Fault{}, err
	}
	if f.ClosedAt != 0 {
		return Fault{}, ErrClosed
	}
	now := max(k.Clock.Micro(), f.Entries[len(f.Entries)-1].At+1)
	act := actor.For(access.FaultAcknowledge, f.Camera()).Act(now, "fault.acknowledged", id, f.Camera(), map[string]any{"kind": f.Kind, "subject": f.Subject, "note": note})
	if err := k.add(ctx, &f, Entry{At: now, Step: Acknowledged, Person: actor.Person, Detail: map[string]any{"note": note}}, act); err != nil {
		return Fault{}, err
	}
	return f, nil
}

// GiveUp records that a person gives up a disk or tier that the configuration lacks: what
// lies there counts as missing from then on. The fault is over when all of it is noted. It
// takes who may set for how long the footage of all cameras is kept.
func (k *Keeper) GiveUp(ctx context.Context, actor access.Actor, id, reason string) (Fault, error) {
	if err := access.Throughout(actor, access.RetentionConfigure, ""); err != nil {
		return Fault{}, err
	}
	reason, err := text.Line("reason", reason, 4, 500)
	if err != nil {
		return Fault{}, err
	}
	f, err := k.Get(ctx, id)
	if err != nil {
		return Fault{}, err
	}
	if f.ClosedAt != 0 {
		return Fault{}, ErrClosed
	}
	if f.GivenUp() {
		return Fault{}, ErrGivenUp
	}
	lacking, err := k.Lacking(ctx)
	if err != nil {
		return Fault{}, err
	}
	if !f.Lacks(lacking) {
		return Fault{}, ErrPlaced
	}
	now := max(k.Clock.Micro(), f.Entries[len(f.Entries)-1].At+1)
	act := actor.For(access.RetentionConfigure, "").Act(now, "fault.given_up", id, "", map[string]any{"kind": f.Kind, "subject": f.Subject, "reason": reason})
	if err := k.add(ctx, &f, Entry{At: now, Step: GivenUp, Person: actor.Person, Detail: map[string]any{"reason": reason}}, act); err != nil {
		return Fault{}, err
	}
	k.loop.Wake()
	return f, nil
}

// Lacking is Absent, and nothing where nobody looks.
func (k *Keeper) Lacking(ctx context.Context) ([]string, error) {
	if k.Absent == nil {
		return nil, nil
	}
	return k.Absent(ctx)
}

// Lacks tells whether a fault is about one of the places that the configuration lacks.
func (f *Fault) Lacks(lacking []string) bool {
	return (f.Kind == VolumeAway || f.Kind == TierAway) && f.ClosedAt == 0 && slices.Contains(lacking, f.Subject)
}

// Told is of what kind, of some, the newest fault about a subject is or was; empty: there was none.
func Told(ctx context.Context, q bun.IDB, subject string, kinds ...Kind) (Kind, error) {
	var rows []faultRow
	err := q.NewSelect().Model(&rows).Where("fault.subject = ?", subject).Where("fault.kind IN (?)", bun.List(kinds)).OrderExpr("fault.at DESC").Limit(1).Scan(ctx)
	if err != nil || len(rows) == 0 {
		return "", problem.Wrap(err, "read the faults of a place")
	}
	return rows[0].Kind, nil
}

// add writes a step and its act, and takes it into the fault.
func (k *Keeper) add(ctx context.Context, f *Fault, e Entry, act ledger.Act) error {
	if e.Detail == nil {
		e.Detail = map[string]any{}
	}
	detail, err := json.Marshal(e.Detail)
	if err != nil {
		return problem.Wrap(err, "write a step of a storage fault")
	}
	act.Detail[keyDetail] = e.Detail
	e.ID = db.NewID()
	row := entryRow{ID: e.ID, Fault: f.ID, At: e.At, Kind: e.Step, Person: e.Person, Detail: string(detail)}
	err = k.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if e.Step == Closed {
			_, err := tx.NewUpdate().Model((*faultRow)(nil)).Set("closed = ?", e.At).Where("id = ?", f.ID).Where("closed IS NULL").Exec(ctx)
			if err != nil {
				return err
			}
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		return ledger.Record(ctx, tx, act)
	})
	if err != nil {
		return problem.Wrap(err, "add a step to a storage fault")
	}
	if e.Step == Closed {
		f.ClosedAt = e.At
	}
	f.put(e)
	if k.Bus != nil {
		k.Bus.Publish(event.Event{Kind: "fault", Subject: f.ID, Camera: f.Camera(), Data: map[string]any{"id": f.ID, "step": e.Step}})
	}
	return nil
}
