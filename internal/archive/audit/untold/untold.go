// Package untold judges removals that lines of journals tell of and the log does not yet. Who
// writes such a line removes nothing by it alone: what people have allowed is asked of these as
// of all others.
package untold

import (
	"context"
	"database/sql"
	"errors"
	"math"

	"watchroom/internal/archive"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/audit/judge"
)

// Removals judges them. Its exported fields are set before it is asked.
type Removals struct {
	State *sql.DB         // of the run: segs and graves
	Came  map[string]bool // files whose removal came into the log while the verification ran
	Judge func(ctx context.Context) (*judge.Judge, []string, error)
	// Idle is that no process brings the log on: what is on its way stays there.
	Idle bool

	judge *judge.Judge
}

// Wrong says what is wrong with a removal of which the log does not tell; an empty kind says that
// nothing is. Of the footage the log knows better when it was recorded.
func (r *Removals) Wrong(ctx context.Context, t *archive.Tombstone) (kind finding.Kind, why string, err error) {
	told := r.Came[t.File]
	if !told {
		err = r.State.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM graves WHERE file = ?)", t.File).Scan(&told)
	}
	if told || err != nil {
		return "", "", err
	}
	if r.judge == nil { // as of now: it may have been allowed while the verification ran
		if r.judge, _, err = r.Judge(ctx); err != nil {
			return "", "", err
		}
	}
	err = r.State.QueryRowContext(ctx, "SELECT camera, start, stop FROM segs WHERE file = ?", t.File).Scan(&t.Camera, &t.StartAt, &t.EndAt)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", "", err
	}
	kind, why, err = r.judge.Of(t, len(r.judge.Logs)-1, math.MaxInt64)
	if r.judge.Waits && !r.Idle {
		return "", "", err // what allowed it may be on its way, too
	}
	return kind, why, err
}
