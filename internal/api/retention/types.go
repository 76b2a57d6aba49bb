package retention

import (
	"encoding/hex"
	"time"

	"watchroom/internal/api/camera"
	"watchroom/internal/api/route"
	"watchroom/internal/archive"
	"watchroom/internal/archive/proof"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/retention/compliance"
	"watchroom/internal/playback/snapshot"
)

// RetentionRule is what must be kept, and what may be.
type RetentionRule struct {
	MinimumDays  int    `json:"minimumDays" doc:"Nothing but a lawful order removes younger footage."`
	MinimumBasis string `json:"minimumBasis" maxLength:"20" example:"regime" doc:"anti_terror, regime, order_799, sector, privacy or own."`
	MinimumNote  string `json:"minimumNote,omitempty" maxLength:"2000" doc:"Needed for sector and own."`
	MaximumDays  *int   `json:"maximumDays,omitempty" doc:"Older footage is removed; without one it is kept until space is needed."`
	MaximumBasis string `json:"maximumBasis,omitempty" maxLength:"20"`
	MaximumNote  string `json:"maximumNote,omitempty" maxLength:"2000"`
}

func (r RetentionRule) rule() retention.Rule {
	return retention.Rule{MinDays: r.MinimumDays, MinBasis: retention.Basis(r.MinimumBasis), MinNote: r.MinimumNote,
		MaxDays: r.MaximumDays, MaxBasis: retention.Basis(r.MaximumBasis), MaxNote: r.MaximumNote}
}

func ruleOf(r retention.Rule) RetentionRule {
	return RetentionRule{MinimumDays: r.MinDays, MinimumBasis: string(r.MinBasis), MinimumNote: r.MinNote,
		MaximumDays: r.MaxDays, MaximumBasis: string(r.MaxBasis), MaximumNote: r.MaxNote}
}

// RetentionPlan is what holds for a camera.
type RetentionPlan struct {
	RetentionRule
	ID       string     `json:"id" doc:"The change that brought the rule into force; default where nobody has set any."`
	Own      bool       `json:"own" doc:"The camera has a rule of its own."`
	Since    *time.Time `json:"since,omitempty"`
	Footage  bool       `json:"asFootage,omitempty" doc:"Of snapshots: nobody has set how long they are kept. They are kept for as long as their footage must be, and go with it."`
	Promised int        `json:"promisedDays" doc:"The highest minimum that some footage has: above minimumDays where it was lowered since."`
}

func planOf(p *retention.Plan) RetentionPlan {
	return RetentionPlan{RetentionRule: ruleOf(p.Rule), ID: p.ID, Own: p.Own, Since: route.TimeOrNil(p.Since), Footage: p.Footage, Promised: p.Promised()}
}

// RetentionState says whether footage may be removed.
type RetentionState struct {
	At          time.Time       `json:"at" doc:"The recorder's clock as it answered."`
	Rule        RetentionPlan   `json:"rule" doc:"For all cameras without one of their own."`
	Snapshots   RetentionPlan   `json:"snapshots" doc:"Of the pictures that people took, for all cameras without a rule of their own for them."`
	Blocked     string          `json:"blocked,omitempty" doc:"Why the last pass could remove nothing: removal_time_untrusted, removal_frozen, removal_holds_unwritten or removal_log_unread."`
	Frozen      []RemovalFreeze `json:"frozen" nullable:"false" doc:"What waits for a person's confirmation."`
	LastPass    *time.Time      `json:"lastPass,omitempty"`
	LastRemoved int             `json:"lastRemoved" doc:"Segments that it removed."`
	// LastSnapshots went by a rule of their own.
	LastSnapshots int   `json:"lastSnapshots" doc:"Snapshots that it removed because their own maximum was over."`
	Low           bool  `json:"low" doc:"Room is needed, and nothing more may go."`
	HeldBytes     int64 `json:"heldBytes" doc:"What all holds keep, each segment counted once."`
	HeldSegments  int64 `json:"heldSegments"`
	// Bases are all that a rule can have.
	Bases []RetentionBasis `json:"bases" nullable:"false"`
}

// RetentionBasis is a basis of a rule with what it demands itself.
type RetentionBasis struct {
	Basis     string `json:"basis"`
	LeastDays int    `json:"leastDays" doc:"The minimum that it demands; 1 where it demands none."`
}

// RemovalFreeze is why nothing may be removed until a person has looked.
type RemovalFreeze struct {
	ID     string    `json:"id"`
	Reason string    `json:"reason" enum:"catalogue_rebuilt,database_replaced,database_older,records_behind,log_continued,log_foreign,records_untrue,removal_unlawful,rules_missing,clock_leapt,holds_missing,hold_copy_damaged"`
	Detail string    `json:"detail"`
	At     time.Time `json:"at"`
}

// FreezeConfirmation says that somebody has looked.
type FreezeConfirmation struct {
	Seen []string `json:"seen" minItems:"1" maxItems:"1000" doc:"The ids of the freezes that were looked at."`
	Note string   `json:"note,omitempty" maxLength:"4000"`
}

// NewRule is a change of a rule.
type NewRule struct {
	Camera   string         `json:"camera,omitempty" maxLength:"40" doc:"Empty for the rule for all."`
	Class    string         `json:"class" maxLength:"20" enum:"main,snapshot" doc:"Of records: footage, or the pictures that people took of it."`
	Inherits bool           `json:"inherits,omitempty" doc:"The camera's own rule ends; rule is left out."`
	Rule     *RetentionRule `json:"rule,omitempty"`
	Existing bool           `json:"existing,omitempty" doc:"A lower minimum also for footage that was promised more. Waits for another person."`
	Reason   string         `json:"reason" maxLength:"4000"`
}

func (b *NewRule) wish() retention.Wish {
	w := retention.Wish{Camera: b.Camera, Class: retention.Class(b.Class), Inherits: b.Inherits, Reason: b.Reason, Existing: b.Existing}
	if b.Rule != nil {
		w.Rule = b.Rule.rule()
	}
	return w
}

// RetentionPreview is what a change of a rule would do to footage that is there at present.
type RetentionPreview struct {
	Removed FootageSum `json:"removed" doc:"Past the new maximum: goes within minutes."`
	Freed   FootageSum `json:"freed" doc:"Past the new minimum only: goes when room is needed, the oldest first."`
	Locked  FootageSum `json:"locked" doc:"Past the new maximum, and locked in an archive tier: goes when the locks end."`

	Snapshots SnapshotSum `json:"snapshots" doc:"Pictures that go within minutes: with footage that is removed, or by their own maximum."`

	LockedUntil *time.Time `json:"lockedUntil,omitempty" doc:"When the last of these locks ends, as far as they are known."`
}

// SnapshotSum is some snapshots.
type SnapshotSum struct {
	Count int64 `json:"count"`
	Bytes int64 `json:"bytes"`
}

// SnapshotStock is for how long snapshots of a camera are kept, and what there is of them.
type SnapshotStock struct {
	Plan   RetentionPlan `json:"plan"`
	Count  int64         `json:"count"`
	Bytes  int64         `json:"bytes"`
	Oldest *time.Time    `json:"oldest,omitempty" doc:"When the oldest picture was."`
}

// FootageSum is some footage.
type FootageSum struct {
	Segments int64 `json:"segments"`
	Bytes    int64 `json:"bytes"`
}

// RetentionChange is a change of a rule, in force or waiting.
type RetentionChange struct {
	ID        string         `json:"id"`
	Camera    string         `json:"camera" doc:"Empty for the rule for all."`
	Class     string         `json:"class" enum:"main,snapshot"`
	Inherits  bool           `json:"inherits"`
	Rule      *RetentionRule `json:"rule,omitempty"`
	Existing  bool           `json:"existing"`
	Reason    string         `json:"reason"`
	Waiting   bool           `json:"waiting"`
	AskedBy   string         `json:"askedBy"`
	AskedAt   time.Time      `json:"askedAt"`
	DecidedBy string         `json:"decidedBy,omitempty"`
	DecidedAt *time.Time     `json:"decidedAt,omitempty"`
	Decision  string         `json:"decision,omitempty" enum:"approved,rejected,withdrawn"`
	Note      string         `json:"note,omitempty"`
	InForceAt *time.Time     `json:"inForceAt,omitempty"`

	Storage *camera.Reservation `json:"storage,omitempty" doc:"Where the minimum was raised just now: whether the storage can keep it, by figure and date."`
}

func changeOf(c retention.Change) RetentionChange {
	out := RetentionChange{ID: c.ID, Camera: c.Camera, Class: string(c.Class), Inherits: c.Inherits, Existing: c.Existing, Reason: c.Reason, Waiting: c.Waiting(),
		AskedBy: c.AskedBy, AskedAt: route.Time(c.AskedAt), DecidedBy: c.DecidedBy, DecidedAt: route.TimeOrNil(c.DecidedAt),
		Decision: c.Decision, Note: c.Note, InForceAt: route.TimeOrNil(c.InForceAt)}
	if !c.Inherits {
		r := ruleOf(c.Rule)
		out.Rule = &r
	}
	return out
}

// Compliance is how one camera stands to its minimum.
type Compliance struct {
	Camera          string          `json:"camera"`
	Plan            RetentionPlan   `json:"plan"`
	Verdict         string          `json:"verdict" enum:"met,young,at_risk,breached"`
	Reasons         []string        `json:"reasons" nullable:"false" doc:"nothing_recorded, oldest_missing, proof_failed, proof_overdue, gaps, switched_off, not_recording, removed_earlier, removed_by_order, footage_damaged."`
	InService       *time.Time      `json:"inService,omitempty" doc:"Since when there is an account of its time."`
	Oldest          *time.Time      `json:"oldest,omitempty" doc:"The oldest instant that plays."`
	KeptDays        float64         `json:"keptDays" doc:"From there to now."`
	From            time.Time       `json:"from" doc:"Begin of the time that was looked at: the minimum, or less for a young camera."`
	To              time.Time       `json:"to"`
	ExpectedSeconds float64         `json:"expectedSeconds" doc:"What should have been recorded in it: without the time that the plan excepts."`
	RecordedSeconds float64         `json:"recordedSeconds" doc:"What was, as on the coverage page: footage that was lawfully removed since counts as recorded."`
	Gaps            []GapSum        `json:"gaps" nullable:"false" doc:"The longest first."`
	Snapshots       SnapshotStock   `json:"snapshots" doc:"The pictures that people took."`
	Proof           *RetentionProof `json:"proof,omitempty" doc:"The latest reading of the oldest footage."`
}

// GapSum is the time that one cause took.
type GapSum struct {
	Cause   string  `json:"cause"`
	Seconds float64 `json:"seconds"`
	Count   int     `json:"count"`
}

func complianceOf(c compliance.Camera) Compliance {
	out := Compliance{Camera: c.Camera, Plan: planOf(&c.Plan), Verdict: string(c.Verdict), Reasons: make([]string, len(c.Reasons)),
		InService: route.TimeOrNil(c.InService), Oldest: route.TimeOrNil(c.Oldest), KeptDays: float64(c.Kept) / 86400e6,
		From: route.Time(c.From), To: route.Time(c.To), ExpectedSeconds: float64(c.Expected) / 1e6, RecordedSeconds: float64(c.Recorded) / 1e6,
		Gaps:      make([]GapSum, len(c.Gaps)),
		Snapshots: SnapshotStock{Plan: planOf(&c.Snapshots.Plan), Count: c.Snapshots.Pictures, Bytes: c.Snapshots.Bytes, Oldest: route.TimeOrNil(c.Snapshots.Oldest)}}
	for i, r := range c.Reasons {
		out.Reasons[i] = string(r)
	}
	for i, g := range c.Gaps {
		out.Gaps[i] = GapSum{Cause: string(g.Cause), Seconds: float64(g.Lasts) / 1e6, Count: g.Count}
	}
	if c.Proof != nil {
		p := proofOf(*c.Proof)
		out.Proof = &p
	}
	return out
}

// RetentionProof is one reading of the oldest footage of a camera.
type RetentionProof struct {
	Camera  string     `json:"camera"`
	At      time.Time  `json:"at"`
	Start   *time.Time `json:"start,omitempty" doc:"Of the segment that was read."`
	End     *time.Time `json:"end,omitempty"`
	Parts   int        `json:"parts"`
	Bytes   int64      `json:"bytes"`
	Verdict string     `json:"verdict" enum:"ok,missing,damaged,unreadable,empty"`
	Detail  string     `json:"detail,omitempty"`
}

func proofOf(p proof.Proof) RetentionProof {
	return RetentionProof{Camera: p.Camera, At: route.Time(p.At), Start: route.TimeOrNil(p.StartAt), End: route.TimeOrNil(p.EndAt),
		Parts: p.Parts, Bytes: p.Bytes, Verdict: string(p.Verdict), Detail: p.Detail}
}

// Tombstone tells of a segment that was removed.
type Tombstone struct {
	File      string    `json:"file"`
	Camera    string    `json:"camera"`
	Start     time.Time `json:"start"`
	End       time.Time `json:"end"`
	Bytes     int64     `json:"bytes"`
	Root      string    `json:"root" doc:"Its Merkle root, hexadecimal."`
	Ground    string    `json:"ground" enum:"maximum,space,order"`
	Authority string    `json:"authority" doc:"Id of the rule or of the order; default for the rule that nobody set."`
	At        time.Time `json:"at"`
	Finished  bool      `json:"finished" doc:"The file was seen to be gone."`
	Held      bool      `json:"held" doc:"The file may still be there, and a hold keeps it meanwhile: what is there plays."`
	Account   string    `json:"account" enum:"told,untold,unknown" doc:"What the journal beside the footage says: told, it tells of this removal; untold, it is here and does not, so that the record shows no lawful removal; unknown, it is not here or its disk does not answer."`
}

func tombstoneOf(t *archive.Tombstone) Tombstone {
	return Tombstone{File: t.File, Camera: t.Camera, Start: route.Time(t.StartAt), End: route.Time(t.EndAt), Bytes: t.Bytes, Root: t.Root,
		Ground: t.Ground, Authority: t.Authority, At: route.Time(t.At), Finished: t.FinishedAt != nil}
}

// RemovedSnapshot is a snapshot whose picture was removed; who took it, and its digest, stay.
type RemovedSnapshot struct {
	ID        string    `json:"id"`
	Camera    string    `json:"camera"`
	At        time.Time `json:"at" doc:"When the picture was."`
	Bytes     int64     `json:"bytes"`
	SHA256    string    `json:"sha256"`
	RemovedAt time.Time `json:"removedAt"`
	Class     string    `json:"class" enum:"main,snapshot" doc:"By whose rule: that of its footage, with which it went, or its own."`
	Ground    string    `json:"ground" enum:"maximum,space,order"`
	Authority string    `json:"authority" doc:"Id of the rule or of the order; default for the rule that nobody set."`
	Finished  bool      `json:"finished" doc:"The file was seen to be gone."`
}

func removedOf(s snapshot.Snapshot) RemovedSnapshot {
	return RemovedSnapshot{ID: s.ID, Camera: s.Camera, At: route.Time(s.At), Bytes: s.Bytes, SHA256: hex.EncodeToString(s.SHA256[:]), RemovedAt: route.Time(s.RemovedAt),
		Class: string(s.RemovedBy), Ground: s.Ground, Authority: s.Authority, Finished: s.Finished}
}
