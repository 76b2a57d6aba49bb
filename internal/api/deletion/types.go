package deletion

import (
	"time"

	"watchroom/internal/api/route"
	"watchroom/internal/archive/order"
)

// Deletion is a lawful order to remove footage.
type Deletion struct {
	ID          string             `json:"id"`
	Ground      string             `json:"ground" enum:"erasure,authority,unlawful,other"`
	Reason      string             `json:"reason"`
	Document    string             `json:"document" doc:"Number of the document that orders it."`
	Cameras     []string           `json:"cameras" nullable:"false"`
	From        time.Time          `json:"from"`
	To          time.Time          `json:"to"`
	RequestedBy string             `json:"requestedBy"`
	RequestedAt time.Time          `json:"requestedAt"`
	State       string             `json:"state" enum:"requested,approved,rejected,withdrawn,executed"`
	DecidedAt   *time.Time         `json:"decidedAt,omitempty" doc:"When it was approved by two, rejected or withdrawn."`
	ExecutedAt  *time.Time         `json:"executedAt,omitempty"`
	Removed     int64              `json:"removed" doc:"Segments that are gone."`
	Bytes       int64              `json:"bytes" doc:"Of these."`
	Kept        int64              `json:"kept" doc:"Segments at the edges, which reach beyond the interval and stay."`
	Held        int64              `json:"held" doc:"Segments that wait for the release of a hold."`
	Decisions   []DeletionDecision `json:"decisions" nullable:"false"`

	WithdrawnBy   string `json:"withdrawnBy,omitempty" doc:"Who took it back, a person."`
	WithdrawnNote string `json:"withdrawnNote,omitempty" doc:"Why."`
}

// DeletionDecision is what one person said of an order.
type DeletionDecision struct {
	Person   string    `json:"person"`
	At       time.Time `json:"at"`
	Decision string    `json:"decision" enum:"approved,rejected"`
	Note     string    `json:"note"`
}

// FootageInterval is the footage that an order names.
type FootageInterval struct {
	Cameras []string  `json:"cameras" maxItems:"100" nullable:"false"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to" doc:"Not later than now."`
}

// NewDeletion is an order as it is asked for.
type NewDeletion struct {
	FootageInterval
	Ground   string `json:"ground" maxLength:"20" example:"erasure"`
	Reason   string `json:"reason" maxLength:"4000"`
	Document string `json:"document" maxLength:"400"`
}

// DeletionPreview is what an order would do at present.
type DeletionPreview struct {
	Segments int64          `json:"segments" doc:"Segments wholly inside."`
	Bytes    int64          `json:"bytes"`
	Held     int64          `json:"held" doc:"Of these, those that a hold keeps for the time being."`
	Edges    []DeletionEdge `json:"edges" nullable:"false" doc:"Segments that reach beyond the interval and stay."`
	From     time.Time      `json:"from" doc:"Begin of the interval that takes the edges in."`
	To       time.Time      `json:"to" doc:"End of the interval that takes the edges in."`
}

// DeletionEdge is a segment that stays.
type DeletionEdge struct {
	Camera string    `json:"camera"`
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
}

func face(o order.Order) Deletion {
	out := Deletion{
		ID: o.ID, Ground: string(o.Ground), Reason: o.Reason, Document: o.Document, Cameras: o.Cameras, From: route.Time(o.From), To: route.Time(o.To),
		WithdrawnBy: o.WithdrawnBy, WithdrawnNote: o.WithdrawnNote, RequestedBy: o.RequestedBy, RequestedAt: route.Time(o.RequestedAt), State: string(o.State), DecidedAt: route.TimeOrNil(o.DecidedAt),
		ExecutedAt: route.TimeOrNil(o.ExecutedAt), Removed: o.Removed, Bytes: o.Bytes, Kept: o.Kept, Held: o.Held, Decisions: make([]DeletionDecision, len(o.Decisions)),
	}
	if out.Cameras == nil {
		out.Cameras = []string{}
	}
	for i, d := range o.Decisions {
		out.Decisions[i] = DeletionDecision{Person: d.Person, At: route.Time(d.At), Decision: d.Decision, Note: d.Note}
	}
	return out
}
