package hold

import (
	"time"

	"watchroom/internal/api/route"
	"watchroom/internal/archive/hold"
)

// Hold is footage that nothing removes for the time being.
type Hold struct {
	ID          string        `json:"id"`
	Kind        string        `json:"kind" enum:"case,notice,request"`
	Owner       string        `json:"owner" doc:"Who is responsible for it, in words."`
	Reason      string        `json:"reason"`
	Document    string        `json:"document" doc:"Number of the notice or request, may be empty."`
	Cameras     []string      `json:"cameras" nullable:"false"`
	From        time.Time     `json:"from"`
	To          time.Time     `json:"to"`
	ReviewAt    time.Time     `json:"reviewAt" doc:"When somebody looks at it again."`
	Overdue     bool          `json:"overdue" doc:"Nobody has, and the day is past."`
	PlacedBy    string        `json:"placedBy"`
	PlacedAt    time.Time     `json:"placedAt"`
	RecoveredAt *time.Time    `json:"recoveredAt,omitempty" doc:"It was missing in the records and came back from its copy beside the footage."`
	ReleasedAt  *time.Time    `json:"releasedAt,omitempty"`
	ReleasedBy  string        `json:"releasedBy,omitempty"`
	Asked       *AskedRelease `json:"asked,omitempty" doc:"A release that waits for another person."`
	Decided     []HoldRelease `json:"decided" nullable:"false" doc:"Releases that were asked for and decided on, oldest first."`
	Bytes       int64         `json:"bytes" doc:"Size of the segments that it keeps; those that other holds keep as well are counted here, too."`
	Segments    int64         `json:"segments"`
	Unfinished  int64         `json:"unfinished,omitempty" doc:"Segments whose removal was on record before and is not brought to its end: what of the files is still there stays, and plays while it is held."`
	Late        int           `json:"late,omitempty" doc:"Segments whose removal was decided before; only in the answer to placing."`
}

// AskedRelease is a wish to release a hold.
type AskedRelease struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// HoldRelease is a wish to release a hold, and what came of it.
type HoldRelease struct {
	AskedRelease
	DecidedBy string    `json:"decidedBy"`
	DecidedAt time.Time `json:"decidedAt"`
	Decision  string    `json:"decision" enum:"approved,rejected,withdrawn"`
	Note      string    `json:"note,omitempty"`
}

// HoldInterval is what a hold would cover.
type HoldInterval struct {
	Cameras []string  `json:"cameras" maxItems:"300" nullable:"false"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to" doc:"May lie ahead."`
}

// HoldPreview is what a hold would keep at present.
type HoldPreview struct {
	Bytes    int64    `json:"bytes"`
	Segments int64    `json:"segments"`
	Empty    []string `json:"empty" nullable:"false" doc:"Cameras without footage in the interval at present."`

	Unfinished int64 `json:"unfinished" doc:"Segments whose removal is on record and is not brought to its end. What of the files is still there would stay, and play while it is held."`
}

// NewHold is a hold as it is placed.
type NewHold struct {
	Kind     string    `json:"kind" maxLength:"20" example:"notice"`
	Owner    string    `json:"owner" maxLength:"400" example:"保卫处 李明"`
	Reason   string    `json:"reason" maxLength:"4000"`
	Document string    `json:"document,omitempty" maxLength:"400" example:"调证字〔2026〕117号"`
	Cameras  []string  `json:"cameras" maxItems:"300" nullable:"false"`
	From     time.Time `json:"from" doc:"Widened to the whole second before."`
	To       time.Time `json:"to" doc:"Widened to the whole second behind; may lie ahead."`
	ReviewAt time.Time `json:"reviewAt" doc:"Within a year."`
}

// HoldReview says that somebody looked at a hold.
type HoldReview struct {
	ReviewAt time.Time `json:"reviewAt" doc:"When it is due again."`
	Note     string    `json:"note" maxLength:"4000"`
}

// ReleaseWish is why a hold should end.
type ReleaseWish struct {
	Reason string `json:"reason" maxLength:"4000"`
}

func face(h hold.Hold, cost hold.Cost, now int64) Hold {
	out := Hold{
		ID: h.ID, Kind: string(h.Kind), Owner: h.Owner, Reason: h.Reason, Document: h.Document, Cameras: h.Cameras,
		From: route.Time(h.From), To: route.Time(h.To), ReviewAt: route.Time(h.ReviewAt), Overdue: h.Overdue(now),
		PlacedBy: h.PlacedBy, PlacedAt: route.Time(h.PlacedAt), RecoveredAt: route.TimeOrNil(h.RecoveredAt),
		ReleasedAt: route.TimeOrNil(h.ReleasedAt), ReleasedBy: h.ReleasedBy, Bytes: cost.Bytes, Segments: cost.Segments, Unfinished: cost.Unfinished, Late: h.Late,
	}
	if out.Cameras == nil {
		out.Cameras = []string{}
	}
	if a := h.Asked; a != nil {
		wish := askedOf(a)
		out.Asked = &wish
	}
	out.Decided = make([]HoldRelease, len(h.Decided))
	for i := range h.Decided {
		r := &h.Decided[i]
		out.Decided[i] = HoldRelease{AskedRelease: askedOf(r), DecidedBy: *r.DecidedBy, DecidedAt: route.Time(*r.DecidedAt), Decision: *r.Decision, Note: r.Note}
	}
	return out
}

func askedOf(r *hold.Release) AskedRelease {
	return AskedRelease{By: r.AskedBy, At: route.Time(r.AskedAt), Reason: r.Reason}
}
