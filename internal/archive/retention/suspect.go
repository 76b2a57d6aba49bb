package retention

import (
	"context"
	"errors"

	"watchroom/internal/archive"
	"watchroom/internal/archive/retention/unlawful"
	"watchroom/internal/archive/warrant"
)

// suspect judges the removals that this engine has not carried out, whatever the clock says:
// whether people had allowed them the log tells.
func (e *Engine) suspect(ctx context.Context, r *Report) (err error) {
	if e.Warrants != nil && (e.Compared == nil || e.Compared()) {
		e.told.DB, e.told.Clock, e.told.Log, e.told.Catalogue, e.told.Lies = e.DB, e.Clock, e.Log, e.Catalogue, e.Files.Lies
		if err := e.told.Look(ctx, e.founded); err != nil && !errors.Is(err, warrant.ErrWaiting) {
			return err
		}
	}
	r.Unlawful, err = unlawful.Count(ctx, e.DB.Read())
	return err
}

// founded gives what says of a removal that is told of what forbade it when it was done.
func (e *Engine) founded(ctx context.Context) (func(*archive.Tombstone) error, error) {
	w, _, err := WarrantsOf(ctx, e.Warrants, e.DB)
	if err != nil {
		return nil, err
	}
	var unread error
	if e.Ages != nil {
		w.Then = func(camera string, end, at int64) (aged int64, err error) {
			aged, err = e.Ages.Then(ctx, camera, end, at)
			unread = err
			return aged, err
		}
	}
	now, untrusted := e.Clock.Micro(), e.trusted()
	return func(t *archive.Tombstone) error {
		unread = nil
		why := w.FoundedAfter(t, min(t.At, now+unlawful.Ahead), func(warrant.Place) bool { return true })
		switch {
		case unread != nil, why != nil && untrusted != nil && t.At > now+unlawful.Ahead: // by a clock that was right, perhaps
			return unlawful.ErrUntold
		}
		return why
	}, nil
}
