// Package oversight connects what leaders watch over: emergency rights that somebody has
// taken, the review of rights, and the trail of acts with what was refused. It counts what was
// taken among the rights, and tells screens what somebody should look at.
package oversight

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"watchroom/internal/access/account"
	"watchroom/internal/access/emergency"
	"watchroom/internal/access/policy"
	"watchroom/internal/access/refusal"
	"watchroom/internal/access/review"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/db"
	"watchroom/internal/disclosure/owed"
	"watchroom/internal/event"
	"watchroom/internal/ledger/trail"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

// Raise puts an alarm up under a key, or takes it down where code is empty.
type Raise func(key, code, detail, camera string, params map[string]any)

// Oversight is what leaders watch over.
type Oversight struct {
	Emergencies *emergency.Rights
	Reviews     *review.Reviews
	Reasons     *owed.Reasons // of viewings, that are due afterwards

	raise Raise
	log   *slog.Logger
	loop  every.Loop
	hours every.Loop

	missed int // reasons, as they were told last; of the loop alone

	rights   *policy.Policies
	proofs   every.Loop
	unproved atomic.Int32 // looks in a row that found rules which no act made

	index    *trail.Index // nil before Trail
	refusals *refusal.Refusals
}

// pause is how long a right that ended by itself, or a report that is missing, may go
// untold; what may be done it decides without that.
const (
	pause  = 2 * time.Second
	hourly = time.Hour
	// proving is between looks at whether the rules in force are those that acts made. One
	// look finds what has not reached the log yet, which is a matter of a second.
	proving = 10 * time.Second
)

// New makes it and counts emergency rights among those of the accounts. It comes before the
// accounts start.
func New(d *db.DB, bus *event.Bus, now clock.Clock, accounts *account.Control, rights *policy.Policies, rules *rule.Set, zone *time.Location, raise Raise, log *slog.Logger) *Oversight {
	o := &Oversight{raise: raise, log: log, rights: rights}
	o.Emergencies = &emergency.Rights{DB: d, Bus: bus, Clock: now, Rules: rules, Notify: o.notify(accounts),
		Changed: func(person string) { accounts.Told([]string{person}, "rights", "emergency") }}
	o.Reviews = &review.Reviews{DB: d, Clock: now, Accounts: accounts, Rules: rules, Zone: zone, Policies: rights}
	o.Reasons = &owed.Reasons{DB: d, Clock: now, Rules: rules}
	accounts.Emergencies = o.Emergencies.Held
	return o
}

// Start begins to look.
func (o *Oversight) Start(ctx context.Context) error {
	complain := func(err error) { o.log.Warn("emergency rights and reviews could not be looked at", "err", err) }
	o.loop.Start(ctx, pause, every.Trying(func(ctx context.Context) error { return errors.Join(o.Emergencies.Look(ctx), o.missing(ctx)) }, complain))
	o.hours.Start(ctx, hourly, every.Trying(o.overdue, complain))
	o.proofs.Start(ctx, proving, every.Trying(o.Look, func(err error) {
		o.log.Warn("whether acts made the rules about rights could not be looked at", "err", err)
	}))
	return nil
}

// Close stops and waits.
func (o *Oversight) Close() {
	if o.refusals != nil {
		o.refusals.Close()
	}
	if o.index != nil {
		o.index.Close()
	}
	o.proofs.Close()
	o.hours.Close()
	o.loop.Close()
}

// Trail begins to keep the acts searchable, and gives what puts refusals on record. Both end
// with Close.
func (o *Oversight) Trail(ctx context.Context, journal refusal.Journal) (*refusal.Refusals, error) {
	index := &trail.Index{DB: o.Reviews.DB, Clock: o.Reviews.Clock, Log: o.log}
	if err := index.Start(ctx); err != nil {
		return nil, err
	}
	o.index = index
	refusals := &refusal.Refusals{Journal: journal, Clock: o.Reviews.Clock, Log: o.log}
	if err := refusals.Start(ctx); err != nil {
		return nil, err
	}
	o.refusals = refusals
	return refusals, nil
}

// notify tells screens of an emergency right. Mail and messages connect here when there is
// package notify.
func (o *Oversight) notify(accounts *account.Control) func(ctx context.Context, n emergency.Notice) {
	return func(ctx context.Context, n emergency.Notice) {
		name := n.Emergency.Person
		if p, err := accounts.Person(ctx, n.Emergency.Person); err == nil {
			name = cmp.Or(p.DisplayName, p.Username)
		}
		params := map[string]any{"emergency": n.Emergency.ID, "person": name, "right": n.Emergency.Name, "cause": n.Emergency.Cause}
		key := "emergency " + n.Emergency.ID
		switch n.Up {
		case emergency.Running:
			o.raise(key, "emergency_taken", "Somebody has taken an emergency right.", "", params)
		case emergency.Overdue:
			o.raise(key, "emergency_report_missing", "The report about an emergency right is overdue.", "", params)
		default:
			o.raise(key, "", "", "", nil)
		}
	}
}

// missing tells of reasons of viewings that were due afterwards and are not there.
func (o *Oversight) missing(ctx context.Context) error {
	n, err := o.Reasons.Look(ctx)
	if err != nil {
		return err
	}
	if n == o.missed {
		return nil
	}
	if o.missed = n; n == 0 {
		o.raise("viewing reasons", "", "", "", nil)
		return nil
	}
	o.raise("viewing reasons", "viewing_reason_missing", "Reasons of viewings that were due afterwards are missing.", "", map[string]any{"count": n})
	return nil
}

// overdue tells that rights have not been reviewed in time.
func (o *Oversight) overdue(ctx context.Context) error {
	s, err := o.Reviews.State(ctx)
	if err != nil {
		return problem.Wrap(err, "look at the review of rights")
	}
	if !s.Overdue {
		o.raise("rights review", "", "", "", nil)
		return nil
	}
	o.raise("rights review", "rights_review_overdue", "The review of who holds which rights is overdue.", "", nil)
	return nil
}

// Look looks whether the rules about rights in force are those that approved acts made, and
// tells where two looks in a row find that they are not.
func (o *Oversight) Look(ctx context.Context) error {
	r, err := o.rights.Current(ctx)
	if err != nil {
		return err
	}
	if r.Proved() {
		o.unproved.Store(0)
		o.raise("rights", "", "", "", nil)
		return nil
	}
	if o.unproved.Add(1) > 1 {
		o.raise("rights", "rights_unproved", "Rules about rights are in force that no approved act in the transparency log made. What they allow counts for nothing.", "", nil)
	}
	return nil
}

// Reviewed looks at once whether the review is overdue, after one was decided on.
func (o *Oversight) Reviewed() { o.hours.Wake() }
