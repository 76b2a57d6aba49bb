// Package retention answers for how long footage is kept: rules and their changes, how
// each camera stands to its minimum, what was removed by which ground, the weekly
// proofs, and why nothing may be removed at present.
package retention

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/camera"
	"watchroom/internal/api/route"
	"watchroom/internal/archive"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/grave"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/proof"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/retention/compliance"
	"watchroom/internal/archive/retention/effect"
	"watchroom/internal/archive/retention/rulebook"
	"watchroom/internal/clock"
	"watchroom/internal/playback/snapshot"
	"watchroom/internal/problem"
)

const tag = "Retention"

// Engine knows whether footage may be removed; *retention.Engine is one.
type Engine interface {
	Last() retention.Report
	Frozen(ctx context.Context) ([]frozen.Freeze, error)
	Confirm(ctx context.Context, actor access.Actor, seen []string, note string) error
}

// Graves knows what was removed; grave.Book is one.
type Graves interface {
	Tombstones(ctx context.Context, f archive.TombstoneFilter) ([]archive.Tombstone, error)
	// Words tells what the journals say of them.
	Words(ctx context.Context, all []archive.Tombstone) ([]grave.Word, error)
	// Cameras are those of which something was taken in.
	Cameras(ctx context.Context) ([]string, error)
}

// Snapshots knows which snapshots were removed; *snapshot.Snapshots is one.
type Snapshots interface {
	Gone(ctx context.Context, f snapshot.GoneFilter) ([]snapshot.Snapshot, error)
}

// Routes are what retention needs.
type Routes struct {
	Rules   *retention.Rules
	Audit   *compliance.Audit
	Engine  Engine
	Holds   *hold.Holds
	Proofs  *proof.Prover
	Graves  Graves
	Snaps   Snapshots
	Clock   clock.Clock
	Cameras func(ctx context.Context) ([]string, error) // ids of those in service
	// Reserve says what becomes of the storage with other minimums; its error refuses them.
	Reserve func(ctx context.Context, minimum func(camera string, start int64) int) (*camera.Reservation, error)
}

type ruleInput struct{ Body NewRule }

type noteInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body route.Note
}

type byID struct {
	ID string `path:"id" maxLength:"40"`
}

type confirmInput struct{ Body FreezeConfirmation }

type changesInput struct {
	Camera string `query:"camera" maxLength:"40"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"200"`
}

type goneInput struct {
	Camera    string `query:"camera" maxLength:"40"`
	Authority string `query:"authority" maxLength:"40" doc:"A rule or an order."`
	Before    string `query:"before" maxLength:"40" doc:"A snapshot of this list: only what was removed earlier, to page on."`
	Limit     int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type gravesInput struct {
	Camera    string    `query:"camera" maxLength:"40"`
	Authority string    `query:"authority" maxLength:"40" doc:"A rule or an order."`
	From      time.Time `query:"from" doc:"Only footage that reaches past this instant."`
	To        time.Time `query:"to" doc:"Only footage that began before this instant."`
	Before    string    `query:"before" maxLength:"200" doc:"A file of this list: only what was removed earlier, to page on."`
	Limit     int       `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	const change = "/api/v1/retention/rules/{id}"
	route.Do(r, route.Operation{
		ID: "getRetention", Method: http.MethodGet, Path: "/api/v1/retention", Tag: tag, Demand: route.Needs(access.StorageRead),
		Summary: "Read the rule for all cameras, and whether footage may be removed",
	}, x.state)
	route.Do(r, route.Operation{
		ID: "confirmRetention", Method: http.MethodPost, Path: "/api/v1/retention/confirm", Tag: tag, Demand: route.Needs(access.RetentionConfigure), Status: http.StatusNoContent,
		Summary: "Say that holds and rules are as they should be, and removal may go on",
		About:   "After the catalogue was made anew from files, or the database is not the one that the footage knows. Only the freezes that are named are lifted: one that came while somebody was looking stands.",
	}, x.confirm)
	route.Do(r, route.Operation{
		ID: "listRetentionRules", Method: http.MethodGet, Path: "/api/v1/retention/rules", Tag: tag, Demand: route.Needs(access.StorageRead),
		Summary: "List the changes of rules, the latest first",
	}, x.changes)
	route.Do(r, route.Operation{
		ID: "setRetentionRule", Method: http.MethodPost, Path: "/api/v1/retention/rules", Tag: tag, Demand: route.Needs(access.RetentionConfigure), Status: http.StatusCreated,
		Summary: "RetentionChange a rule",
		About: "A higher minimum holds at once for all footage, a lower one for what is recorded from now on; below 90 days it waits for the approval of another person. " +
			"A higher one is answered with whether the storage can keep it, from when on not, and for how many days; it is refused only where the installation wants that. With existing it is to hold for footage that was promised more, too: then it waits for the approval of another person.",
	}, x.set)
	route.Do(r, route.Operation{
		ID: "previewRetentionRule", Method: http.MethodPost, Path: "/api/v1/retention/rules/preview", Tag: tag, Demand: route.Needs(access.RetentionConfigure),
		Summary: "Tell what a change of a rule would do to footage that is there",
		About:   "Beyond what may go already, and without what a hold keeps. Nothing is changed.",
	}, x.preview)
	route.Do(r, route.Operation{
		ID: "approveRetentionRule", Method: http.MethodPost, Path: change + "/approve", Tag: tag, Demand: route.Needs(access.RetentionConfigure),
		Summary: "Approve a change that somebody else asked for",
	}, x.decide(true))
	route.Do(r, route.Operation{
		ID: "rejectRetentionRule", Method: http.MethodPost, Path: change + "/reject", Tag: tag, Demand: route.Needs(access.RetentionConfigure),
		Summary: "Reject a change that somebody else asked for",
	}, x.decide(false))
	route.Do(r, route.Operation{
		ID: "withdrawRetentionRule", Method: http.MethodPost, Path: change + "/withdraw", Tag: tag, Demand: route.Needs(access.RetentionConfigure),
		Summary: "Take one's own change back while it waits",
	}, x.withdraw)
	route.Do(r, route.Operation{
		ID: "listRetention", Method: http.MethodGet, Path: "/api/v1/retention/cameras", Tag: tag, Demand: route.Needs(access.StorageRead),
		Summary: "Tell how each camera stands to its minimum",
	}, x.cameras)
	route.Do(r, route.Operation{
		ID: "listTombstones", Method: http.MethodGet, Path: "/api/v1/retention/tombstones", Tag: tag, Demand: route.Needs(access.StorageRead),
		Summary: "List what was removed and by which ground, the latest removal first",
	}, x.tombstones)
	route.Do(r, route.Operation{
		ID: "listRemovedSnapshots", Method: http.MethodGet, Path: "/api/v1/retention/snapshots", Tag: tag, Demand: route.Needs(access.StorageRead),
		Summary: "List the snapshots whose pictures were removed and by which ground, the latest removal first",
	}, x.removedSnapshots)
	route.Do(r, route.Operation{
		ID: "listRetentionProofs", Method: http.MethodGet, Path: "/api/v1/retention/proofs", Tag: tag, Demand: route.Needs(access.StorageRead),
		Summary: "List the weekly readings of the oldest footage, the latest first",
	}, x.proofs)
}

func (x *Routes) state(ctx context.Context, _ *struct{}) (*route.Answer[RetentionState], error) {
	plans, err := x.Rules.Plans(ctx, route.Actor(ctx), retention.Main)
	if err != nil {
		return nil, err
	}
	snaps, err := x.Rules.Plans(ctx, route.Actor(ctx), retention.Snapshot)
	if err != nil {
		return nil, err
	}
	freezes, err := x.Engine.Frozen(ctx)
	if err != nil {
		return nil, err
	}
	held, err := x.Holds.Total(ctx)
	if err != nil {
		return nil, err
	}
	last := x.Engine.Last()
	all, pictures := plans[""], snaps[""]
	out := RetentionState{At: route.Time(x.Clock.Micro()), Rule: planOf(&all), Snapshots: planOf(&pictures), Frozen: make([]RemovalFreeze, len(freezes)), HeldBytes: held.Bytes, HeldSegments: held.Segments,
		LastPass: route.TimeOrNil(last.At), LastRemoved: last.Removed, LastSnapshots: last.Pictures, Low: last.Low}
	for _, b := range rulebook.Bases() {
		out.Bases = append(out.Bases, RetentionBasis{string(b), b.Least()})
	}
	for i, f := range freezes {
		out.Frozen[i] = RemovalFreeze{ID: f.ID, Reason: string(f.Reason), Detail: f.Detail, At: route.Time(f.At)}
	}
	if last.Blocked != nil {
		out.Blocked = problem.Of(last.Blocked).Code
	}
	return route.Reply(out), nil
}

func (x *Routes) confirm(ctx context.Context, in *confirmInput) (*route.Nothing, error) {
	return route.Done(x.Engine.Confirm(ctx, route.Actor(ctx), in.Body.Seen, in.Body.Note))
}

func (x *Routes) changes(ctx context.Context, in *changesInput) (*route.Answer[route.List[RetentionChange]], error) {
	all, err := x.Rules.Changes(ctx, route.Actor(ctx), in.Camera, in.Limit)
	if err != nil {
		return nil, err
	}
	return route.Items(all, changeOf), nil
}

func (x *Routes) set(ctx context.Context, in *ruleInput) (*route.Answer[RetentionChange], error) {
	w := in.Body.wish()
	storage, err := x.reserve(ctx, w)
	if err != nil {
		return nil, err
	}
	out, err := answer(x.Rules.Set(ctx, route.Actor(ctx), w))
	if err == nil {
		out.Body.Storage = storage
	}
	return out, err
}

func (x *Routes) preview(ctx context.Context, in *ruleInput) (*route.Answer[RetentionPreview], error) {
	cameras, err := x.Graves.Cameras(ctx)
	if err != nil {
		return nil, err
	}
	if in.Body.Class == string(retention.Snapshot) {
		if cameras, err = x.Audit.Pictures.Cameras(ctx); err != nil {
			return nil, err
		}
	}
	e, err := effect.Of(ctx, x.Rules, x.Audit.Pictures, route.Actor(ctx), in.Body.wish(), cameras)
	if err != nil {
		return nil, err
	}
	return route.Reply(RetentionPreview{
		Removed: FootageSum{e.Removed.Segments, e.Removed.Bytes}, Freed: FootageSum{e.Freed.Segments, e.Freed.Bytes},
		Locked: FootageSum{e.Locked.Segments, e.Locked.Bytes}, LockedUntil: route.TimeOrNil(e.LockedUntil),
		Snapshots: SnapshotSum{e.Snapshots.Pictures, e.Snapshots.Bytes},
	}), nil
}

// reserve looks whether the storage can keep a higher minimum (ruling R15): nil for one
// that is not higher.
func (x *Routes) reserve(ctx context.Context, w retention.Wish) (*camera.Reservation, error) {
	if w.Class != retention.Main {
		return nil, nil // pictures take no room to speak of
	}
	minimum, raises, err := x.Rules.Would(ctx, route.Actor(ctx), w)
	if err != nil || !raises {
		return nil, err
	}
	return x.Reserve(ctx, minimum)
}

var answer = route.Answering(changeOf)

func (x *Routes) decide(approve bool) func(context.Context, *noteInput) (*route.Answer[RetentionChange], error) {
	return func(ctx context.Context, in *noteInput) (*route.Answer[RetentionChange], error) {
		return answer(x.Rules.Decide(ctx, route.Actor(ctx), in.ID, approve, in.Body.Note))
	}
}

func (x *Routes) withdraw(ctx context.Context, in *byID) (*route.Answer[RetentionChange], error) {
	return answer(x.Rules.Withdraw(ctx, route.Actor(ctx), in.ID))
}

func (x *Routes) cameras(ctx context.Context, _ *struct{}) (*route.Answer[route.List[Compliance]], error) {
	known, err := x.Cameras(ctx)
	if err != nil {
		return nil, err
	}
	all, err := x.Audit.List(ctx, route.Actor(ctx), known...)
	if err != nil {
		return nil, err
	}
	return route.Items(all, complianceOf), nil
}

func (x *Routes) tombstones(ctx context.Context, in *gravesInput) (*route.Answer[route.List[Tombstone]], error) {
	f := archive.TombstoneFilter{Camera: in.Camera, Authority: in.Authority, Before: in.Before, Limit: in.Limit}
	if !in.From.IsZero() {
		f.From = in.From.UnixMicro()
	}
	if !in.To.IsZero() {
		f.To = in.To.UnixMicro()
	}
	actor := route.Actor(ctx)
	if err := access.Can(actor, access.StorageRead, in.Camera); err != nil {
		return nil, err
	}
	if cameras, narrow := access.ReachOf(actor, access.StorageRead).Narrow(); narrow {
		f.Within = &cameras
	}
	all, err := x.Graves.Tombstones(ctx, f)
	if err != nil {
		return nil, err
	}
	words, err := x.Graves.Words(ctx, all)
	if err != nil {
		return nil, err
	}
	held, err := hold.Of(ctx, x.Holds.DB.Read())
	if err != nil {
		return nil, err
	}
	out := make([]Tombstone, len(all))
	for i := range all {
		t := &all[i]
		out[i] = tombstoneOf(t)
		out[i].Account = string(words[i])
		out[i].Held = t.FinishedAt == nil && hold.Covered(held[t.Camera], t.StartAt, t.EndAt)
	}
	return route.Items(out, func(t Tombstone) Tombstone { return t }), nil
}

func (x *Routes) removedSnapshots(ctx context.Context, in *goneInput) (*route.Answer[route.List[RemovedSnapshot]], error) {
	actor := route.Actor(ctx)
	if err := access.Can(actor, access.StorageRead, in.Camera); err != nil {
		return nil, err
	}
	f := snapshot.GoneFilter{Camera: in.Camera, Authority: in.Authority, Before: in.Before, Limit: in.Limit}
	if cameras, narrow := access.ReachOf(actor, access.StorageRead).Narrow(); narrow {
		f.Within = &cameras
	}
	all, err := x.Snaps.Gone(ctx, f)
	if err != nil {
		return nil, err
	}
	return route.Items(all, removedOf), nil
}

func (x *Routes) proofs(ctx context.Context, in *changesInput) (*route.Answer[route.List[RetentionProof]], error) {
	all, err := x.Proofs.List(ctx, route.Actor(ctx), in.Camera, in.Limit)
	if err != nil {
		return nil, err
	}
	return route.Items(all, proofOf), nil
}
