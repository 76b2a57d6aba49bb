// Package ledger answers how the transparency log does.
package ledger

import (
	"context"
	"errors"
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/db"
	acts "watchroom/internal/ledger"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/ledger/witness"
	"watchroom/internal/problem"
)

// Log is the transparency log with what feeds it.
type Log interface {
	Status() tlog.Status
	Checkpoint() tlog.Signed
	States() []witness.State
	// Lag is how old the oldest part of footage is that the log does not tell of.
	Lag() time.Duration
	// Verified is the outcome of the last verification, and the last of the other mode; nil
	// where there is none.
	Verified(ctx context.Context, d *db.DB) (last, other *Verification, err error)
	// GoOn lets it be signed without the witnesses that it waits for, as an act.
	GoOn(ctx context.Context, d *db.DB, by access.Actor, reason string) error
}

// Routes are what the state of the log needs.
type Routes struct {
	Log   Log
	DB    *db.DB
	Given string // flags by which a command finds this installation, such as "--config /etc/watchroom.yaml"
}

// LedgerState is how the log does.
type LedgerState struct {
	Number       int            `json:"number" doc:"Which log of this node; 0 while there is none."`
	Origin       string         `json:"origin"`
	Key          string         `json:"key" doc:"Verifier key (C2SP signed-note). Whoever checks gets it another way than from here: on paper, with the handover sheets, from the authority."`
	Size         int64          `json:"size" doc:"Entries on record."`
	Signed       int64          `json:"signed" doc:"Of them in the latest checkpoint."`
	SignedAt     *time.Time     `json:"signedAt,omitempty" doc:"When this process signed it; absent before it has."`
	Cosigned     int64          `json:"cosigned" doc:"Entries in the latest checkpoint that a witness cosigned."`
	Ready        bool           `json:"ready"`
	Refusal      *LedgerRefusal `json:"refusal,omitempty" doc:"Why it is signed no more."`
	Trouble      string         `json:"trouble,omitempty" doc:"Code of what keeps it from being signed at present."`
	LagSeconds   float64        `json:"lagSeconds" doc:"How old the oldest part of footage is that the log does not tell of."`
	WaitingActs  int64          `json:"waitingActs"`
	Checkpoint   string         `json:"checkpoint" doc:"The latest signed checkpoint (C2SP tlog-checkpoint), as text."`
	Awaits       []string       `json:"awaits,omitempty" doc:"The witnesses without whose word nothing is signed since the start."`
	Witnesses    []Witness      `json:"witnesses"`
	Verification *Verification  `json:"verification,omitempty" doc:"Outcome of the last watchroom ledger verify."`
	Other        *Verification  `json:"otherVerification,omitempty" doc:"Outcome of the last one of the other mode: of the last that read the footage where the last only looked for it, and the other way round."`
	Given        string         `json:"given,omitempty" doc:"Flags by which a command on the recorder finds this installation. They name folders, so that only who sets the recorder up is told."`
}

// LedgerRefusal says why a log is signed no more.
type LedgerRefusal struct {
	Cause string `json:"cause" enum:"rolled_back,guard_missing,key_missing,damaged,lost"`
	Have  int64  `json:"have"`
	Known int64  `json:"known"`
}

// Witness is how one witness does.
type Witness struct {
	Name     string     `json:"name"`
	URL      string     `json:"url"`
	Size     int64      `json:"size" doc:"Entries in the checkpoint that it cosigned last."`
	At       *time.Time `json:"at,omitempty" doc:"When, by its clock."`
	TriedAt  *time.Time `json:"triedAt,omitempty"`
	Answered bool       `json:"answered" doc:"The last try went well."`
	Without  string     `json:"without,omitempty" enum:"majority,person,configuration" doc:"Why the log was signed after the start although this one had not said how far it knows it: the others had, somebody let it go on, or the configuration does. Absent once it has cosigned."`
	Refuses  *Refuses   `json:"refuses,omitempty" doc:"Set while it refuses to cosign: it knows more of this log than there is, or something else."`
}

// Refuses says why a witness refuses.
type Refuses struct {
	Cosigned int64 `json:"cosigned" doc:"Entries that it has cosigned, or says so."`
	Have     int64 `json:"have" doc:"Entries that this log had signed when it was asked."`
}

// Standing says how an act on record stands in the log.
type Standing string

// Standings.
const (
	Waiting Standing = "waiting" // on its way into the log
	InLog   Standing = "logged"
	Altered Standing = "altered" // it is not what stands in the log
)

// Mode says how much of the footage a verification has looked at.
type Mode string

// Modes.
const (
	Full     Mode = "full"     // every file was read
	Presence Mode = "presence" // it was looked whether the files are there
)

// Verification is the outcome of comparing the log with footage, catalogue and acts.
type Verification struct {
	At       time.Time  `json:"at"`
	State    Standing   `json:"state" enum:"waiting,logged,altered" doc:"Whether the act that says so stands in the log as it is on record. Of one that is altered no figure is given."`
	Origin   string     `json:"origin"`
	Size     int64      `json:"size"`
	Segments int64      `json:"segments"`
	Mode     Mode       `json:"mode,omitempty" enum:"full,presence" doc:"Whether the footage was read, or only looked for. Absent where the outcome is not given."`
	Files    int64      `json:"files" doc:"Found."`
	Read     int64      `json:"read" doc:"Of them, read and hashed."`
	Kept     int64      `json:"kept" doc:"Of those, by a run that was interrupted and gone on with."`
	Since    *time.Time `json:"since,omitempty" doc:"When the first of them was read. Absent when none was."`
	Bytes    int64      `json:"bytes" doc:"In the files that were read."`
	Acts     int64      `json:"acts"`
	Findings int64      `json:"findings"`
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "getLedger", Method: http.MethodGet, Path: "/api/v1/ledger", Tag: "Transparency log", Demand: route.Needs(access.LedgerRead),
		Summary: "Read how the transparency log does, and its witnesses",
	}, x.state)
	route.Do(r, route.Operation{
		ID: "goOnUnwitnessed", Method: http.MethodPost, Path: "/api/v1/ledger/unwitnessed", Tag: "Transparency log", Demand: route.Needs(access.RetentionConfigure), Status: http.StatusNoContent,
		Summary: "Let the log be signed without the witnesses that it waits for",
		About:   "After a start nothing is signed before more than half of the witnesses have said how far they know the log. Who lets it go on takes it upon themselves that the recorder was not set back to a copy. It holds until the next start; an alarm stands until the witness agrees.",
	}, x.goOn)
}

// Unwitnessed says why the log is signed without the witnesses that it waits for.
type Unwitnessed struct {
	Reason string `json:"reason" maxLength:"4000"`
}

type goOnInput struct{ Body Unwitnessed }

func (x *Routes) goOn(ctx context.Context, in *goOnInput) (*route.Nothing, error) {
	return route.Done(x.Log.GoOn(ctx, x.DB, route.Actor(ctx), in.Body.Reason))
}

func (x *Routes) state(ctx context.Context, _ *struct{}) (*route.Answer[LedgerState], error) {
	s, c := x.Log.Status(), x.Log.Checkpoint()
	waiting, _, err := acts.Waiting(ctx, x.DB.Read())
	if err != nil {
		return nil, err
	}
	out := LedgerState{
		Number: s.Number, Origin: s.Origin, Key: s.Key, Size: s.Size, Signed: s.Signed, Cosigned: s.Cosigned, Ready: s.Ready,
		LagSeconds: x.Log.Lag().Seconds(), WaitingActs: waiting, Checkpoint: string(c.Note), Witnesses: []Witness{},
	}
	if access.Can(route.Actor(ctx), access.CameraConfigure, "") == nil {
		out.Given = x.Given
	}
	if s.SignedAt != 0 {
		at := route.Time(s.SignedAt)
		out.SignedAt = &at
	}
	if s.Refusal != nil {
		out.Refusal = &LedgerRefusal{}
		out.Refusal.Cause, _ = s.Refusal.Params["cause"].(string)
		out.Refusal.Have, _ = s.Refusal.Params["have"].(int64)
		out.Refusal.Known, _ = s.Refusal.Params["known"].(int64)
	}
	if s.Trouble != nil {
		why := problem.Of(s.Trouble)
		out.Trouble = why.Code
		if errors.Is(s.Trouble, tlog.ErrAwaited) {
			out.Awaits, _ = why.Params["witnesses"].([]string)
		}
	}
	for _, w := range x.Log.States() {
		v := Witness{Name: w.Name, URL: w.URL, Size: w.Size, Answered: w.Tried != 0 && w.Failure == nil}
		if w.At != 0 {
			at := time.Unix(w.At, 0).UTC()
			v.At = &at
		}
		v.Without = w.Without
		if w.Refused != nil {
			v.Refuses = &Refuses{w.Refused.Cosigned, w.Refused.Have}
		}
		if w.Tried != 0 {
			at := route.Time(w.Tried)
			v.TriedAt = &at
		}
		out.Witnesses = append(out.Witnesses, v)
	}
	if out.Verification, out.Other, err = x.Log.Verified(ctx, x.DB); err != nil {
		return nil, err
	}
	return route.Reply(out), nil
}
