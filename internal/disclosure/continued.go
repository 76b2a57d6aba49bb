package disclosure

import (
	"context"
	"sync"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/mark"
	"watchroom/internal/disclosure/present"
	"watchroom/internal/disclosure/second"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// kindContinued is the act by which a viewing goes on by another rule than it was opened by: a
// camera's grade was raised, and an emergency right lets through what the position did before.
const kindContinued = "viewing.continued"

// mostTold bounds what is remembered; what was forgotten is looked up, or written once more.
const mostTold = 4096

// told is that an act says by which rule a camera is looked at under a viewing.
type told struct {
	viewing, camera string
	position        access.Position
	rule            string
}

// tolds remembers what is on record.
type tolds struct {
	mu      sync.Mutex // guards what follows
	all     map[told]bool
	writing map[told]chan struct{} // closed when it was tried to put it on record
}

func (m *tolds) add(x told) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keep(x)
}

func (m *tolds) keep(x told) {
	if m.all == nil || len(m.all) >= mostTold {
		m.all = map[told]bool{}
	}
	m.all[x] = true
}

// once lets one of those who come with the same at the same time put it on record, and the others wait.
func (m *tolds) once(ctx context.Context, x told, write func() error) error {
	for {
		m.mu.Lock()
		if m.all[x] {
			m.mu.Unlock()
			return nil
		}
		busy, ok := m.writing[x]
		if !ok {
			break
		}
		m.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return ledger.ErrNotRecorded.Because(ctx.Err())
		}
	}
	done := make(chan struct{})
	if m.writing == nil {
		m.writing = map[told]chan struct{}{}
	}
	m.writing[x] = done
	m.mu.Unlock()
	err := write()
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.writing, x)
	close(done)
	if err == nil {
		m.keep(x)
	}
	return err
}

// goesOn puts on record that a camera is looked at under a viewing by the rule of a term, unless
// it is: the viewing was opened by it, or went on by it before. A process that knows neither, as
// after a restart, writes the latter once more.
func (v *Viewings) goesOn(ctx context.Context, actor access.Actor, viewing *Viewing, camera string, t access.Term) error {
	x := told{viewing.ID, camera, t.Position, t.Rule}
	return v.tolds.once(ctx, x, func() error {
		opened, err := v.openedBy(ctx, viewing, camera)
		switch {
		case err != nil:
			return ledger.ErrNotRecorded.Because(err)
		case opened == x:
			return nil
		}
		detail := map[string]any{"from": viewing.From, "to": viewing.To, "purpose": viewing.Purpose}
		if m := v.Marks.Viewing(viewing.ID, camera); m != "" {
			detail[mark.Key] = m
		}
		if len(viewing.Present) > 0 {
			detail[present.Key] = present.Detail(viewing.Present)
		}
		if viewing.Second != nil {
			detail[second.Key] = viewing.Second.Detail()
		}
		err = v.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			return ledger.Record(ctx, tx, actor.Through(access.PlaybackView, camera, t).Act(v.Clock.Micro(), kindContinued, viewing.ID, camera, detail))
		})
		if err != nil { // footage that runs ends for it, also while the database is away
			return ledger.ErrNotRecorded.Because(err)
		}
		return nil
	})
}

// openedBy is by which rule a viewing was opened, as its act says.
func (v *Viewings) openedBy(ctx context.Context, viewing *Viewing, camera string) (told, error) {
	acts, err := ledger.ActsAt(ctx, v.DB.Read(), []int64{viewing.OpenedAt})
	if err != nil {
		return told{}, problem.Wrap(err, "read how a viewing was opened")
	}
	for i := range acts {
		a := &acts[i].Act
		if a.Kind != kindOpened || a.Subject != viewing.ID || a.Camera != camera {
			continue
		}
		d, _ := a.Detail[access.KeyDecision].(map[string]any)
		position, _ := d["position"].(string)
		rule, _ := d["rule"].(string)
		return told{viewing.ID, camera, access.Position(position), rule}, nil
	}
	return told{}, nil
}
