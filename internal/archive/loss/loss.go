package loss

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/media"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

// State says how far a statement has come.
type State string

// States.
const (
	Open      State = "open"      // nobody has explained it
	Explained State = "explained" // and it waits for signatures
	Signed    State = "signed"    // by three
)

// Signers is how many different people sign a statement, one on each of its Lines.
const Signers = 3

// Grade of every signature for now: the server vouches for who was signed in (R4).
const ServerAttested = "server_attested"

// Refusals. Those about text come from package text, those about rights from access.
var (
	ErrUnknown   = problem.New(problem.NotFound, "loss_unknown", "There is no such footage-loss statement.")
	ErrExplained = problem.New(problem.Conflict, "loss_explained", "This statement is explained already. Correct the newest explanation.")
	ErrChanged   = problem.New(problem.Conflict, "loss_changed", "The explanation is another by now. Read it again.")
	ErrLasts     = problem.New(problem.Conflict, "loss_lasts", "Footage is still being lost. The statement is signed when all its cameras are recorded again.")
	ErrOpen      = problem.New(problem.Conflict, "loss_open", "Nobody has explained this statement yet.")
	ErrSigned    = problem.New(problem.Conflict, "loss_signed", "Three people have signed this statement.")
	ErrTwice     = problem.New(problem.Conflict, "loss_signed_by_same", "You have signed this statement. The others must do so themselves.")
	ErrNobody    = problem.New(problem.Forbidden, "person_needed", "This act needs a person who is signed in.")
	ErrPosition  = problem.New(problem.Invalid, "loss_position", "You sign as one of the positions that you hold.").On("position")
)

// Camera is what must be known of one.
type Camera struct {
	ID, Place string
	Area      string // id of the area that it hangs in; empty for none
	RetiredAt int64  // µs since 1970 UTC; 0 while it is in service
}

// Keeper opens statements and keeps what people say of them.
type Keeper struct {
	DB    *db.DB
	Bus   *event.Bus // told of every change with kind "loss"; may be nil
	Clock clock.Clock
	Log   *slog.Logger

	// Gaps gives the stored gaps of all cameras that end behind an instant; see
	// archive.Catalogue.
	Gaps func(ctx context.Context, since int64) ([]archive.GapRow, error)
	// Settled tells whether all that a camera's journals hold has been taken in: while
	// rows are being made, gaps seem to last. Nil: always.
	Settled func(camera string) bool
	Plan    Plan
	// GapsOf is Gaps of one camera, see GapsIn, and Kept tells for how many days footage of a camera must be
	// kept that began at an instant (µs): so far back outages are looked for after a start. Nil:
	// a week.
	GapsOf  func(ctx context.Context, camera string, since int64) ([]archive.GapRow, error)
	Kept    func(ctx context.Context) (days func(camera string, start int64) int, err error)
	Cameras func(context.Context) ([]Camera, error)
	// Gone gives the time of all cameras whose footage stands as missing or altered, each
	// camera's in order; see damage.Gone. Nil: there is none.
	Gone func(ctx context.Context) ([]archive.GapRow, error)
	// Share is how much of [from, to) each camera has recorded, 0 to 1.
	Share func(ctx context.Context, cameras []string, from, to int64) (map[string]float64, error)
	// Alarmed is when the first alarm about a camera was given in [from, to); 0 for none.
	Alarmed func(camera string, from, to int64) int64
	// Positions are those that a person holds.
	Positions func(ctx context.Context, person string) ([]access.Position, error)

	After time.Duration // an outage as long as this has a statement, until Rules say otherwise; 0 means 10 min
	Rules *rule.Set     // may be nil
	Every time.Duration // 0 means a minute

	began bool      // the first look back has been taken; belongs to whoever calls Scan
	past  past      // likewise
	gone  time.Time // by the steady clock, before which Gone is not asked again; likewise
	loop  every.Loop
}

// Start begins to look for outages.
func (k *Keeper) Start(ctx context.Context) error {
	if k.Log == nil {
		k.Log = slog.New(slog.DiscardHandler)
	}
	k.loop.Start(ctx, cmp.Or(k.Every, time.Minute), every.Trying(k.Scan, func(err error) {
		k.Log.Warn("footage-loss statements could not be brought up to date; tried again", "err", err)
	}))
	return nil
}

// Close stops it.
func (k *Keeper) Close() {
	k.loop.Close()
}

// Statement says who answers for missing footage. Times are µs since 1970 UTC.
type Statement struct {
	ID      string
	Number  int64
	At      int64       // when it was opened
	From    int64       // when the first of its gaps began
	Cause   media.Cause // when it was opened; see Causes
	State   State
	Cameras []Member
	// Explanation is the newest; the older ones are in History, oldest first.
	Explanation *Explanation
	History     []Explanation
	Signatures  []Signature // of the newest explanation
	Void        []Signature // of older ones
	Revisions   []Revision
}

// Member is one camera's part.
type Member struct {
	Camera   string
	From, To int64       // To is 0 while it lasts
	Cause    media.Cause // when it was opened
	Causes   []Part      // of the whole, as far as is known; never empty
	AlarmAt  int64       // when the first alarm was given; 0: none was
}

// Words are what people say of an outage.
type Words struct {
	Text       string `json:"text"`
	Reported   string `json:"reported,omitempty"` // to whom and when
	Repaired   string `json:"repaired,omitempty"` // what was done, and when
	Contractor string `json:"contractor,omitempty"`
}

// Explanation is words with who said them, and which other cameras saw the place.
type Explanation struct {
	Words
	ID         string
	At         int64
	Person     string
	Corrects   string // the explanation that it takes the place of
	Neighbours []Neighbour
}

// Neighbour is another camera of the same place, and how much of the time of the
// outage it has recorded.
type Neighbour struct {
	Camera string  `json:"camera"`
	Share  float64 `json:"share"`
}

// Signature is a person's, under one explanation.
type Signature struct {
	ID       string
	At       int64
	Person   string
	Position access.Position
	Line     Line // empty: of a time when statements had no lines
	Grade    string
	About    string // the explanation
}

// Revision says that an outage proved another than the statement tells: segments were
// found late.
type Revision struct {
	ID       string `json:"-"`
	At       int64  `json:"-"`
	Camera   string `json:"camera"`
	From     int64  `json:"from"` // as the statement has it
	NowFrom  int64  `json:"nowFrom"`
	NowUntil int64  `json:"nowUntil"` // equal to NowFrom: nothing was lost
}

// Lasts tells whether footage is still being lost.
func (s *Statement) Lasts() bool {
	return slices.ContainsFunc(s.Cameras, func(m Member) bool { return m.To == 0 })
}

// To is when the last of the gaps ended, 0 while one lasts.
func (s *Statement) To() (to int64) {
	for _, m := range s.Cameras {
		if m.To == 0 {
			return 0
		}
		to = max(to, m.To)
	}
	return to
}

// Affected are the cameras that lost footage.
func (s *Statement) Affected() []string {
	var all []string
	for _, m := range s.Cameras {
		all = append(all, m.Camera)
	}
	return all
}

// Only leaves what is about cameras within a reach.
func (s *Statement) Only(reach access.Reach) {
	s.Cameras = slices.DeleteFunc(s.Cameras, func(m Member) bool { return !reach.Has(m.Camera) })
	s.Revisions = slices.DeleteFunc(s.Revisions, func(r Revision) bool { return !reach.Has(r.Camera) })
	elsewhere := func(n Neighbour) bool { return !reach.Has(n.Camera) }
	for i := range s.History {
		s.History[i].Neighbours = slices.DeleteFunc(s.History[i].Neighbours, elsewhere)
	}
	if s.Explanation != nil {
		s.Explanation.Neighbours = slices.DeleteFunc(s.Explanation.Neighbours, elsewhere)
	}
}

type lossRow struct {
	bun.BaseModel `bun:"table:losses,alias:loss"`
	ID            string `bun:",pk"`
	Number        int64
	At            int64
	FromAt        int64
	Cause         string
}

type memberRow struct {
	bun.BaseModel `bun:"table:loss_cameras,alias:loss_camera"`
	Loss          string
	Camera        string `bun:",pk"`
	FromAt        int64  `bun:",pk"`
	ToAt          *int64
	Cause         media.Cause
	AlarmAt       *int64
}

type entryRow struct {
	bun.BaseModel `bun:"table:loss_entries,alias:loss_entry"`
	ID            string `bun:",pk"`
	Loss          string
	At            int64
	Person        string
	Kind          string
	Position      string
	Grade         string
	Corrects      string
	About         string
	Content       string
}

// Kinds of entries.
const (
	kindExplanation = "explanation"
	kindSignature   = "signature"
	kindRevision    = "revision"
	kindCauses      = "causes"
)

// Kinds of acts.
const (
	actOpened    = "loss.opened"
	actAdded     = "loss.camera_added"
	actEnded     = "loss.ended"
	actRevised   = "loss.revised"
	actCauses    = "loss.causes"
	actExplained = "loss.explained"
	actSigned    = "loss.signed"
)

type signed struct {
	Line Line `json:"line,omitempty"`
}

type explained struct {
	Words
	Neighbours []Neighbour `json:"neighbours"`
}

// put takes one entry into the statement; they come in order.
func (s *Statement) put(r *entryRow) error {
	switch r.Kind {
	case kindExplanation:
		var e explained
		if err := json.Unmarshal([]byte(r.Content), &e); err != nil {
			return problem.Wrap(err, "read an explanation")
		}
		if s.Explanation != nil {
			s.History = append(s.History, *s.Explanation)
		}
		s.Explanation = &Explanation{Words: e.Words, ID: r.ID, At: r.At, Person: r.Person, Corrects: r.Corrects, Neighbours: e.Neighbours}
		s.Void, s.Signatures = append(s.Void, s.Signatures...), nil
		s.State = Explained
	case kindSignature:
		var g signed
		if err := json.Unmarshal([]byte(r.Content), &g); err != nil {
			return problem.Wrap(err, "read a signature")
		}
		s.Signatures = append(s.Signatures, Signature{ID: r.ID, At: r.At, Person: r.Person, Position: access.Position(r.Position), Line: g.Line, Grade: r.Grade, About: r.About})
		if len(s.Signatures) >= Signers {
			s.State = Signed
		}
	case kindRevision:
		v := Revision{ID: r.ID, At: r.At}
		if err := json.Unmarshal([]byte(r.Content), &v); err != nil {
			return problem.Wrap(err, "read a revision")
		}
		s.Revisions = append(s.Revisions, v)
	case kindCauses:
		var p parted
		if err := json.Unmarshal([]byte(r.Content), &p); err != nil {
			return problem.Wrap(err, "read the causes of an outage")
		}
		for i := range s.Cameras {
			if m := &s.Cameras[i]; m.Camera == p.Camera && m.From == p.From {
				m.Causes = p.Causes
			}
		}
	}
	return nil
}

// Filter narrows List. Empty fields narrow nothing.
type Filter struct {
	State    State
	Camera   string
	From, To int64         // µs: those that were opened in [From, To)
	Before   int64         // number: only lower ones, to page on
	Limit    int           // 1…200; 0 means 50
	Within   *access.Reach // only those of one of these cameras; nil: whichever
	id       string        // one
}

// List gives statements, the newest first.
func (k *Keeper) List(ctx context.Context, f Filter) ([]Statement, error) {
	return list(ctx, k.DB.Read(), f)
}

// Get gives one statement.
func (k *Keeper) Get(ctx context.Context, id string) (Statement, error) {
	return get(ctx, k.DB.Read(), id)
}

func get(ctx context.Context, tx bun.IDB, id string) (Statement, error) {
	if id == "" {
		return Statement{}, ErrUnknown
	}
	all, err := list(ctx, tx, Filter{id: id})
	if err != nil {
		return Statement{}, err
	}
	if len(all) == 0 {
		return Statement{}, ErrUnknown
	}
	return all[0], nil
}

func list(ctx context.Context, tx bun.IDB, f Filter) ([]Statement, error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	var rows []lossRow
	q := tx.NewSelect().Model(&rows).OrderExpr("loss.number DESC").Limit(int64(min(f.Limit, 200)))
	if f.id != "" {
		q.Where("loss.id = ?", f.id)
	}
	if f.Camera != "" {
		q.Where("EXISTS (SELECT 1 FROM loss_cameras m WHERE m.loss = loss.id AND m.camera = ?)", f.Camera)
	}
	if f.Within != nil {
		if cameras, narrow := f.Within.Narrow(); narrow {
			q.Where("EXISTS (SELECT 1 FROM loss_cameras m WHERE m.loss = loss.id AND m.camera IN (?))", bun.List(cameras))
		}
	}
	if f.From != 0 {
		q.Where("loss.at >= ?", f.From)
	}
	if f.To != 0 {
		q.Where("loss.at < ?", f.To)
	}
	if f.Before != 0 {
		q.Where("loss.number < ?", f.Before)
	}
	// The newest explanation is the one that nobody has corrected.
	const newest = "(SELECT e.id FROM loss_entries e WHERE e.loss = loss.id AND e.kind = 'explanation' AND NOT EXISTS (SELECT 1 FROM loss_entries c WHERE c.corrects = e.id AND c.loss = loss.id))"
	const signers = "(SELECT COUNT(*) FROM loss_entries s WHERE s.loss = loss.id AND s.kind = 'signature' AND s.about = " + newest + ")"
	switch f.State {
	case Open:
		q.Where("NOT EXISTS (SELECT 1 FROM loss_entries e WHERE e.loss = loss.id AND e.kind = 'explanation')")
	case Explained:
		q.Where("EXISTS (SELECT 1 FROM loss_entries e WHERE e.loss = loss.id AND e.kind = 'explanation')").Where(signers+" < ?", Signers)
	case Signed:
		q.Where(signers+" >= ?", Signers)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read footage-loss statements")
	}
	if len(rows) == 0 {
		return nil, nil
	}
	out := make([]Statement, len(rows))
	at := make(map[string]*Statement, len(rows))
	ids := make([]string, len(rows))
	for i, r := range rows {
		out[i] = Statement{ID: r.ID, Number: r.Number, At: r.At, From: r.FromAt, Cause: media.Cause(r.Cause), State: Open}
		at[r.ID], ids[i] = &out[i], r.ID
	}
	var members []memberRow
	if err := tx.NewSelect().Model(&members).Where("loss IN (?)", bun.List(ids)).OrderExpr("from_at, camera").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read the cameras of footage-loss statements")
	}
	for _, m := range members {
		s := at[m.Loss]
		s.Cameras = append(s.Cameras, m.member())
	}
	var entries []entryRow
	if err := tx.NewSelect().Model(&entries).Where("loss IN (?)", bun.List(ids)).OrderExpr("at, id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read what was said of footage-loss statements")
	}
	for i := range entries {
		if err := at[entries[i].Loss].put(&entries[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r *memberRow) member() Member {
	m := Member{Camera: r.Camera, From: r.FromAt, Cause: r.Cause}
	only := Part{Cause: m.Cause, From: m.From}
	if r.ToAt != nil {
		m.To = *r.ToAt
		only.Lasted = m.To - m.From
	}
	m.Causes = []Part{only}
	if r.AlarmAt != nil {
		m.AlarmAt = *r.AlarmAt
	}
	return m
}

func (k *Keeper) tell(id string, cameras ...string) {
	if k.Bus != nil {
		k.Bus.Publish(event.Event{Kind: "loss", Subject: id, Cameras: cameras, Data: map[string]any{"id": id}})
	}
}
