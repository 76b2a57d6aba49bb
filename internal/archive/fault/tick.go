package fault

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// Tick opens, repeats, escalates and closes. One goroutine at a time.
func (k *Keeper) Tick(ctx context.Context) error {
	conditions, err := k.Conditions(ctx)
	if err != nil {
		return err
	}
	faults, err := k.List(ctx, Filter{Open: true, Limit: 500})
	if err != nil {
		return err
	}
	first := k.raised == nil
	if first {
		k.raised = map[string]bool{}
	}
	type key struct {
		kind    Kind
		subject string
	}
	wrong, unknown := map[key]bool{}, map[key]bool{}
	open := map[key]bool{}
	for i := range faults {
		open[key{faults[i].Kind, faults[i].Subject}] = true
	}
	var failed []error // one condition that cannot be written holds up no other
	for _, c := range conditions {
		at := key{c.Kind, c.Subject}
		if c.Unknown {
			unknown[at] = true
			continue
		}
		wrong[at] = true
		if open[at] {
			continue
		}
		f, err := k.open(ctx, c)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if f == nil {
			continue // another process was first
		}
		open[at] = true
		k.signal(*f, Opened)
	}
	for i := range faults {
		f := &faults[i]
		at := key{f.Kind, f.Subject}
		// At a start much has not been looked at yet: what was wrong is so until it has.
		stands := (first || unknown[at]) && f.OverAt == 0
		if err := k.advance(ctx, f, wrong[at] || stands); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

func (k *Keeper) signal(f Fault, step Step) {
	k.raised[f.ID] = step != Closed
	if k.Signal != nil {
		k.Signal(f, step)
	}
}

func (k *Keeper) open(ctx context.Context, c Condition) (*Fault, error) {
	if c.Detail == nil {
		c.Detail = map[string]any{}
	}
	detail, err := json.Marshal(c.Detail)
	if err != nil {
		return nil, problem.Wrap(err, "write a storage fault")
	}
	now := k.Clock.Micro()
	row := faultRow{ID: db.NewID(), At: now, Kind: c.Kind, Subject: c.Subject, Detail: string(detail)}
	entry := entryRow{ID: db.NewID(), Fault: row.ID, At: now, Kind: Opened, Detail: string(detail)}
	err = k.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&entry).Exec(ctx); err != nil {
			return err
		}
		return ledger.Record(ctx, tx, ledger.Act{At: now, Kind: "fault.opened", Subject: row.ID, Camera: (&Fault{Kind: c.Kind, Subject: c.Subject}).Camera(), Detail: map[string]any{"kind": c.Kind, "subject": c.Subject, keyDetail: c.Detail}})
	})
	if err != nil {
		if db.IsUnique(err, "storage_faults.kind", "storage_faults.subject") {
			return nil, nil
		}
		return nil, problem.Wrap(err, "open a storage fault")
	}
	f := &Fault{ID: row.ID, At: now, Kind: c.Kind, Subject: c.Subject, Detail: c.Detail}
	f.put(Entry{ID: entry.ID, At: now, Step: Opened, Detail: c.Detail})
	if k.Bus != nil {
		k.Bus.Publish(event.Event{Kind: "fault", Subject: f.ID, Camera: f.Camera(), Data: map[string]any{"id": f.ID, "step": Opened}})
	}
	return f, nil
}

// step adds one without a person.
func (k *Keeper) step(ctx context.Context, f *Fault, s Step, detail map[string]any) error {
	now := max(k.Clock.Micro(), f.Entries[len(f.Entries)-1].At+1)
	act := ledger.Act{At: now, Kind: "fault." + string(s), Subject: f.ID, Camera: f.Camera(), Detail: map[string]any{"kind": f.Kind, "subject": f.Subject}}
	for key, v := range detail {
		act.Detail[key] = v
	}
	return k.add(ctx, f, Entry{At: now, Step: s, Detail: detail}, act)
}

// advance brings one open fault up to date.
func (k *Keeper) advance(ctx context.Context, f *Fault, wrong bool) error {
	switch {
	case wrong && f.OverAt != 0:
		if err := k.step(ctx, f, Back, nil); err != nil {
			return err
		}
	case !wrong && f.OverAt == 0:
		if err := k.step(ctx, f, Over, nil); err != nil {
			return err
		}
	}
	if f.OverAt != 0 {
		why, err := k.unproved(ctx, f.OverAt)
		if err != nil {
			return err
		}
		if why == nil {
			if err := k.step(ctx, f, Closed, nil); err != nil {
				return err
			}
			k.signal(*f, Closed)
			delete(k.known, f.ID)
			return nil
		}
		if last := f.last(Unproved, Over); last.Step == Over || last.Detail["camera"] != why["camera"] || last.Detail["place"] != why["place"] {
			if err := k.step(ctx, f, Unproved, why); err != nil {
				return err
			}
		}
	}
	now := k.Clock.Micro()
	if !k.raised[f.ID] { // by another process, which is no more
		k.signal(*f, Opened)
	}
	said, opened := k.lasts(f)
	if max(now-f.last(Opened, Repeated).At, said.Microseconds()) >= shiftLength(k.Shift).Get(k.Rules).Microseconds() {
		if err := k.step(ctx, f, Repeated, nil); err != nil {
			return err
		}
		k.lasts(f) // from now on
		k.signal(*f, Repeated)
	}
	if f.EscalatedAt == 0 && max(now-f.At, opened.Microseconds()) >= leadersAfter(k.Leaders).Get(k.Rules).Microseconds() {
		if err := k.step(ctx, f, Escalated, nil); err != nil {
			return err
		}
		k.signal(*f, Escalated)
		if k.Mail != nil {
			if err := k.Mail.StorageFault(ctx, *f); err != nil {
				k.Log.Error("leaders could not be written to about a storage fault; the page tells them", "fault", f.ID, "err", err)
			}
		}
	}
	return nil
}

// known is when this process saw a fault first, and its last signal, by Passed.
type known struct {
	opened, said time.Duration
	entry        string
}

// lasts is for how long this process has known the last signal of a fault, and the fault.
// What stands in the record bears the time of a clock that may have been ahead: since
// then less seems to have passed than has.
func (k *Keeper) lasts(f *Fault) (said, opened time.Duration) {
	passed := k.passed()
	if k.known == nil {
		k.known = map[string]known{}
	}
	was, ok := k.known[f.ID]
	if !ok {
		was.opened = passed
	}
	if entry := f.last(Opened, Repeated).ID; !ok || was.entry != entry {
		was.said, was.entry = passed, entry
	}
	k.known[f.ID] = was
	return passed - was.said, passed - was.opened
}

func (k *Keeper) passed() time.Duration {
	if k.Passed != nil {
		return k.Passed()
	}
	now := k.Clock.Reading()
	if k.begun.IsZero() {
		k.begun = now
	}
	return now.Sub(k.begun)
}

// unproved says what stands against closing a fault that was over at an instant, nil for
// nothing.
func (k *Keeper) unproved(ctx context.Context, over int64) (map[string]any, error) {
	missing, err := k.Missing(ctx)
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		return map[string]any{"why": "not_recording", "camera": missing[0], "cameras": len(missing)}, nil
	}
	lacking, err := k.Lacking(ctx)
	if err != nil {
		return nil, err
	}
	if len(lacking) > 0 {
		return map[string]any{"why": "place_absent", "place": lacking[0]}, nil
	}
	cameras, err := k.Cameras(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range cameras {
		if err := k.Proof.Proved(ctx, c, over); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return map[string]any{"why": "oldest_unproved", "camera": c, "code": problem.Of(err).Code}, nil
		}
	}
	return nil, nil
}
