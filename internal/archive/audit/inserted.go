package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/audit/insertion"
	"watchroom/internal/archive/audit/logged"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/lives"
)

// untimely names segments of which a log heard at another time than they are of.
func (a *Audit) untimely(ctx context.Context, log int) error {
	return a.step(ctx, func(t tx) (found []Finding, err error) {
		told := insertion.Told{Tx: t.Tx}
		doubts, err := a.order.Doubts(a.began, told.Before(ctx), told.Segments(ctx, log))
		for _, d := range doubts {
			found = append(found, Finding{Kind: finding.SegmentInserted, Leaf: d.Leaf, Log: log, File: d.File, Detail: d.Why})
		}
		return found, err
	})
}

// copies names segments that are the same, byte by byte, as one of which the log heard
// before. There may be millions, so each is told when it is found.
func (a *Audit) copies(ctx context.Context) error {
	return a.st.commit(ctx, func(t tx) error {
		return insertion.Told{Tx: t.Tx}.Copies(ctx, func(file string, index int64, log int, of string) error {
			return a.tell(t, Finding{Kind: finding.SegmentCopied, Leaf: index, Log: log, File: file, Detail: "it is the same as " + of})
		})
	})
}

// runs asks the journals of every segment whether its run was at work there. What a log
// heard of before from another line is older than that line.
func (a *Audit) runs(ctx context.Context) error {
	var order []string
	whole := map[string]bool{} // all journals are here
	err := a.st.commit(ctx, func(t tx) (err error) {
		order, err = insertion.Told{Tx: t.Tx}.Cameras(ctx, a.Volumes, whole)
		return err
	})
	if err != nil {
		return err
	}
	for i, camera := range order {
		err := a.step(ctx, func(t tx) (found []Finding, err error) {
			var lost logged.Lost
			err = insertion.Journals(ctx, a.Volumes, camera, whole[camera], func(day string, l *journal.Line, why lives.Doubt) error {
				f := Finding{Kind: finding.SegmentInserted, File: l.File, Detail: fmt.Sprintf("%s: the journals do not bear it out", why)}
				err := t.one("SELECT leaf, log FROM segs WHERE file = ? AND day = ? AND place = ?", l.File, day, l.Offset).Scan(&f.Leaf, &f.Log)
				if errors.Is(err, sql.ErrNoRows) {
					return nil
				}
				found = append(found, f)
				return err
			}, func(volume, day string, l *journal.Line) { lost.Take(volume, camera, day, l) }, func(volume, day string, err error) {
				found = append(found, unread(volume, camera, day, err))
			})
			if err != nil {
				return nil, err
			}
			untrue, err := lost.Untrue(ctx, t.Tx, a.there)
			return append(found, untrue...), err
		})
		if err != nil {
			return err
		}
		a.progress(PhaseJournals, int64(i+1), int64(len(order)))
	}
	return nil
}
