// Package handover carries a watch from one person to the next (C066 to C068, C070; practice P3).
// The sheet fills itself with what is open in the room. Whoever is in charge signs it first, then
// who takes over, having acknowledged every open matter; each shows who they are. At the instant
// of the second signature the watch passes, and the rights with it. Nothing else of a handover
// moves them: half of one leaves everything as it was, however long the network is away.
package handover

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

// Kinds of acts.
const (
	kindOpened   = "handover.opened"
	kindOutgoing = "handover.outgoing_signed"
	kindIncoming = "handover.incoming_signed"
	kindReviewed = "handover.reviewed"
	kindRemarked = "handover.remarked"
	kindPrinted  = "handover.printed"
)

// Refusals of a handover.
var (
	ErrUnknown   = problem.New(problem.NotFound, "handover_unknown", "There is no such handover.")
	ErrUnwatched = problem.New(problem.Conflict, "handover_unwatched", "Nobody keeps watch in this room; whoever signs on is in charge of it.")
	ErrOvertaken = problem.New(problem.Conflict, "handover_overtaken", "This watch has passed in another way since. Begin again.")
	ErrOutgoing  = problem.New(problem.Forbidden, "handover_outgoing", "The one who is in charge of the watch signs first.") // person
	ErrSigned    = problem.New(problem.Conflict, "handover_signed", "This was signed already.")                              // role
	ErrFirst     = problem.New(problem.Conflict, "handover_first", "Whoever is in charge signs first, then the one who takes over.")
	ErrAbsent    = problem.New(problem.Forbidden, "handover_absent", "Whoever takes over signs on at this room first.")
	ErrSelf      = problem.New(problem.Forbidden, "handover_self", "Nobody takes over from themselves.")
	ErrOther     = problem.New(problem.Forbidden, "handover_other", "The sheet was signed for somebody else to take over.") // person
	ErrUnfit     = problem.New(problem.Forbidden, "handover_unfit", "A watch is not handed over to somebody who is not fit for it. Call the duty lead.")
	ErrBarred    = problem.New(problem.Forbidden, "handover_barred", "Something has to be dealt with before this can be signed.")                 // why, kind, id
	ErrUnread    = problem.New(problem.Invalid, "handover_unread", "Every open matter is acknowledged before this is signed.").On("acknowledged") // kind, id, count
	ErrRecord    = problem.New(problem.Forbidden, "handover_record", "The duty record of this watch is not complete.")
	ErrCounts    = problem.New(problem.Invalid, "handover_counts", "Count everything on the list, and say what is missing.").On("counts") // item
	ErrLate      = problem.New(problem.Conflict, "handover_remarks_over", "Remarks are taken for 24 hours.")
	ErrNotYours  = problem.New(problem.Forbidden, "handover_not_yours", "Remarks are made by who handed over or took over, and by who decides on the watch.")
	ErrReviewer  = problem.New(problem.Forbidden, "handover_reviewer", "Whoever signed a handover does not review it.")
	ErrUndone    = problem.New(problem.Conflict, "handover_undone", "This handover was not completed.")
)

// The things that are counted, in the order of the paper (practice P19).
var things = []string{"keys", "access_cards", "radios", "torch", "first_aid", "shield", "helmet", "steel_fork", "baton", "media", "documents", "cash", "lost_property"}

// What an institution sets of handovers.
var (
	counted = rule.Words{Key: "handover.counts", Default: []string{"keys", "access_cards", "radios", "torch", "first_aid", "media", "documents"}, Words: things,
		Guard: rule.Lower, Clauses: []string{"C066", "C067"}}
	remarksFor = rule.Duration{Key: "handover.remarks", Default: 24 * time.Hour, Least: time.Hour, Most: 7 * 24 * time.Hour,
		Guard: rule.Lower, Clauses: []string{"C066"}}
	foundWithin = rule.Duration{Key: "handover.found_within", Default: 30 * time.Minute, Least: 5 * time.Minute, Most: 4 * time.Hour,
		Guard: rule.Lower, Clauses: []string{"C067"}}
)

// Parameters gives what an institution sets of handovers.
func Parameters() []rule.Parameter { return []rule.Parameter{counted, remarksFor, foundWithin} }

// State is how far a handover has come.
type State string

// States.
const (
	Open      State = "open"      // nobody has signed
	Signed    State = "signed"    // the outgoing has; the watch is still theirs
	Done      State = "done"      // both have
	Overtaken State = "overtaken" // the watch passed in another way before
)

// Roles of signatures.
const (
	Outgoing = "outgoing"
	Incoming = "incoming"
	Review   = "review"
)

// System is how the recorder and the room's equipment stand.
type System struct {
	Cameras   int    `json:"cameras"`
	Online    int    `json:"online"`
	Recording int    `json:"recording"`
	FreeBytes int64  `json:"freeBytes"`
	Disks     string `json:"disks"`            // ok, low, full, fault
	FullOn    int64  `json:"fullOn,omitempty"` // µs; 0: no day can be told
	Clock     string `json:"clock"`            // ok, warn, alarm, unknown
	OffsetMS  int64  `json:"offsetMs"`
	Log       string `json:"log"`  // ok, behind, stopped
	Gaps      int    `json:"gaps"` // unplanned, since the watch began
}

// Count is one thing of the room that is handed on.
type Count struct {
	Item     string `json:"item"`
	Count    int    `json:"count"`
	Complete bool   `json:"complete"`
	Note     string `json:"note,omitempty"` // needed where something is missing or broken
}

// Item is an open matter as a sheet has it.
type Item struct {
	Kind   string         `json:"kind"`
	ID     string         `json:"id"`
	Text   string         `json:"text,omitempty"`
	Params map[string]any `json:"params,omitempty"`
	Since  int64          `json:"since"` // µs
	Owner  string         `json:"owner,omitempty"`
	Due    int64          `json:"due,omitempty"` // µs
	Urgent bool           `json:"urgent,omitempty"`
	Bars   string         `json:"bars,omitempty"`
}

// Key names an item among all of a sheet.
func (i *Item) Key() string { return i.Kind + " " + i.ID }

// Sheet is what the outgoing signs.
type Sheet struct {
	Handover string  `json:"handover"`
	Room     string  `json:"room"`
	Name     string  `json:"name"` // of the room
	From     int64   `json:"from"` // µs, since when the outgoing was in charge
	At       int64   `json:"at"`   // µs, of the signature; of a sheet that nobody has signed, of the answer
	Outgoing string  `json:"outgoing"`
	Incoming string  `json:"incoming,omitempty"`
	On       []On    `json:"on"` // who kept watch
	System   System  `json:"system"`
	Items    []Item  `json:"items"`
	Counts   []Count `json:"counts"`
	Fit      bool    `json:"fit"`   // who takes over seemed fit for it
	Round    bool    `json:"round"` // the round before the handover was made
	Remarks  string  `json:"remarks,omitempty"`
}

// On is somebody who kept watch.
type On struct {
	Person string `json:"person"`
	OnAt   int64  `json:"onAt"`
	OffAt  int64  `json:"offAt,omitempty"`
	Late   int64  `json:"late,omitempty"`
	From   int64  `json:"from,omitempty"` // µs, of the turn by the roster; 0: not on it
	To     int64  `json:"to,omitempty"`
}

// Acknowledged is a matter that the incoming has read, with what they say of it.
type Acknowledged struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Note string `json:"note,omitempty"`
}

// Taken is what the incoming signs.
type Taken struct {
	Handover     string         `json:"handover"`
	Sheet        string         `json:"sheet"`           // SHA-256 of the sheet, in hexadecimal
	Added        []Item         `json:"added,omitempty"` // what came up after the outgoing had signed
	Acknowledged []Acknowledged `json:"acknowledged"`
	Remarks      string         `json:"remarks,omitempty"`
	Checkpoint   *Checkpoint    `json:"checkpoint,omitempty"` // of the transparency log, which the incoming cosigns (R4)
}

// Checkpoint is how far the transparency log reached.
type Checkpoint struct {
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	Root   string `json:"root"` // base64
}

// Signature is one of a handover.
type Signature struct {
	Role    string
	Person  string
	At      int64 // µs
	Said    json.RawMessage
	Hash    string   // SHA-256 of Said, in hexadecimal
	Factors []string // second factors that were shown for it: none, and the grade is a password alone
}

// Remark is what somebody says after a handover.
type Remark struct {
	ID     string
	Person string
	At     int64  // µs
	Kind   string // remark, dispute, defect
	Words  string
	Found  bool // a defect told so soon after that it counts as found at the takeover
}

// Handover is one.
type Handover struct {
	ID         string
	Room       string
	Seq        int // of the tenure that it ends
	Outgoing   string
	OpenedBy   string
	OpenedAt   int64
	State      State
	Sheet      Sheet  // as signed, else as things stand
	Taken      *Taken // nil: not yet
	Signatures []Signature
	Remarks    []Remark
	// Passed is how the watch passed where both did not sign; nil: it did not.
	Passed *duty.Tenure
}

type row struct {
	bun.BaseModel `bun:"table:handovers,alias:handover"`
	ID            string `bun:",pk"`
	Room          string
	Seq           int
	Outgoing      string
	OpenedBy      string
	OpenedAt      int64
}

type signatureRow struct {
	bun.BaseModel `bun:"table:handover_signatures,alias:handover_signature"`
	Handover      string `bun:",pk"`
	Role          string `bun:",pk"`
	Nth           int    `bun:",pk"`
	Person        string
	At            int64
	Said          string
	Hash          string
	Factors       string
}

type remarkRow struct {
	bun.BaseModel `bun:"table:handover_remarks,alias:handover_remark"`
	ID            string `bun:",pk"`
	Handover      string
	Person        string
	At            int64
	Kind          string
	Words         string
}

// Handovers are those of all rooms.
type Handovers struct {
	DB    *db.DB
	Clock clock.Clock
	Rules *rule.Set // nil: the defaults
	Watch *duty.Watch

	// Matters give what is open in a room, in the order of the sheet.
	Matters []duty.Matters
	// State tells how the equipment of a room stands; since (µs) is when the watch began. nil: nobody knows.
	State func(ctx context.Context, tx bun.IDB, room *duty.Room, since, at int64) (System, error)
	// Recorded is nil where the duty record of a watch is complete (C062); a nil field: none is kept.
	Recorded func(ctx context.Context, tx bun.IDB, room *duty.Room, from, to int64) error
	// Checkpoint gives the newest of the transparency log; nil, or giving none: nothing is cosigned.
	Checkpoint func(ctx context.Context) (*Checkpoint, error)
}

// Counted gives the things that are counted.
func (h *Handovers) Counted() []string { return counted.Get(h.Rules) }

// RemarksFor is for how long remarks are taken.
func (h *Handovers) RemarksFor() time.Duration { return remarksFor.Get(h.Rules) }

func hashOf(said any) (raw []byte, hash string, err error) {
	if raw, err = json.Marshal(said); err != nil {
		return nil, "", problem.Wrap(err, "write down a handover")
	}
	sum := sha256.Sum256(raw)
	return raw, hex.EncodeToString(sum[:]), nil
}

func load(ctx context.Context, tx bun.IDB, id string) (Handover, error) {
	var r row
	err := tx.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Handover{}, ErrUnknown
	}
	if err != nil {
		return Handover{}, problem.Wrap(err, "read a handover")
	}
	return fill(ctx, tx, &r)
}

// fill reads what belongs to a handover. Its sheet is empty until the outgoing has signed.
func fill(ctx context.Context, tx bun.IDB, r *row) (h Handover, err error) {
	h = Handover{ID: r.ID, Room: r.Room, Seq: r.Seq, Outgoing: r.Outgoing, OpenedBy: r.OpenedBy, OpenedAt: r.OpenedAt, State: Open}
	var signed []signatureRow
	if err := tx.NewSelect().Model(&signed).Where("handover = ?", r.ID).OrderExpr("CASE role WHEN 'outgoing' THEN 1 WHEN 'incoming' THEN 2 ELSE 3 END, nth").Scan(ctx); err != nil {
		return h, problem.Wrap(err, "read the signatures of a handover")
	}
	for i := range signed {
		s := Signature{Role: signed[i].Role, Person: signed[i].Person, At: signed[i].At, Said: json.RawMessage(signed[i].Said), Hash: signed[i].Hash}
		if err := json.Unmarshal([]byte(signed[i].Factors), &s.Factors); err != nil {
			return h, problem.Wrap(err, "read a signature")
		}
		switch s.Role {
		case Outgoing:
			err = json.Unmarshal(s.Said, &h.Sheet)
			h.State = Signed
		case Incoming:
			h.Taken = &Taken{}
			err = json.Unmarshal(s.Said, h.Taken)
		}
		if err != nil {
			return h, problem.Wrap(err, "read a signature")
		}
		h.Signatures = append(h.Signatures, s)
	}
	if h.Taken != nil {
		h.State = Done
		return h, nil
	}
	// Until both have signed, the watch may pass in another way.
	next, err := duty.At(ctx, tx, r.Room, r.Seq+1)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return h, nil
	case err != nil:
		return h, err
	}
	h.State, h.Passed = Overtaken, &next
	if len(signed) > 0 {
		return h, nil
	}
	of, err := duty.At(ctx, tx, r.Room, r.Seq)
	h.Sheet = Sheet{From: of.Since, At: next.Since, Outgoing: r.Outgoing}
	return h, err
}

// ended gives when the watch passed (µs), and to whom; 0: it has not.
func (h *Handover) ended() (at int64, to string) {
	if s := h.Signature(Incoming); s != nil {
		return s.At, s.Person
	}
	if h.Passed != nil {
		return h.Passed.Since, h.Passed.Person
	}
	return 0, ""
}

// Signature gives the last one of a role; nil: nobody has signed.
func (h *Handover) Signature(role string) (last *Signature) {
	for i := range h.Signatures {
		if h.Signatures[i].Role == role {
			last = &h.Signatures[i]
		}
	}
	return last
}
