package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"watchroom/internal/archive/audit/insertion"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/lives"
)

// follows is the file of the segment of a run that ends where another begins.
const follows = "SELECT file FROM segs WHERE file > ? AND file < ? AND run = ? AND stop BETWEEN ? AND ? AND file <> ? LIMIT 1"

// untimely names segments of which a log heard at another time than they are of.
func (a *Audit) untimely(ctx context.Context, log int) error {
	return a.step(ctx, func(t tx) (found []Finding, err error) {
		doubts, err := a.order.Doubts(a.began, func(s *insertion.Segment) (file string, err error) {
			day := func(at int64) string { return s.Camera + "/" + time.UnixMicro(at).UTC().Format(time.DateOnly) }
			err = t.one(follows, day(s.Start-lives.Slack-24*3600*lives.Slack), day(s.Start)+"~", s.Run, s.Start-lives.Slack, s.Start+lives.Slack, s.File).Scan(&file)
			if errors.Is(err, sql.ErrNoRows) {
				return "", nil
			}
			return file, err
		})
		for _, d := range doubts {
			found = append(found, Finding{Kind: SegmentInserted, Leaf: d.Leaf, Log: log, File: d.File, Detail: d.Why})
		}
		return found, err
	})
}

// copies names segments that are the same, byte by byte, as one of which the log heard
// before. One device that is recorded as two cameras gives the same at the same time.
func (a *Audit) copies(ctx context.Context) error {
	return a.step(ctx, func(t tx) (found []Finding, err error) {
		rows, err := t.QueryContext(ctx, `SELECT segs.file, segs.leaf, segs.log, segs.camera, segs.start, root FROM segs
			WHERE root IN (SELECT root FROM segs GROUP BY root HAVING COUNT(*) > 1) ORDER BY root, log = 0, log, leaf`)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		var of struct {
			root, file, camera string
			start              int64
		}
		for rows.Next() {
			f := Finding{Kind: SegmentCopied}
			var camera string
			var start int64
			var root []byte
			if err := rows.Scan(&f.File, &f.Leaf, &f.Log, &camera, &start, &root); err != nil {
				return nil, err
			}
			if of.root != string(root) {
				of.root, of.file, of.camera, of.start = string(root), f.File, camera, start
				continue
			}
			if apart := max(start-of.start, of.start-start); camera != of.camera && apart < 60*lives.Slack {
				continue
			}
			f.Detail = "it is the same as " + of.file
			found = append(found, f)
		}
		return found, rows.Err()
	})
}

// runs asks the journals of every segment whether its run was at work there. What a log
// heard of before from another line is older than that line.
func (a *Audit) runs(ctx context.Context) error {
	cameras := map[string]bool{} // of which all journals are here
	var order []string
	err := a.st.each(ctx, func(r *sql.Rows) error {
		var j journalKey
		if err := r.Scan(&j.volume, &j.camera, &j.day); err != nil || j.camera == journal.Node {
			return err
		}
		if _, seen := cameras[j.camera]; !seen {
			cameras[j.camera], order = true, append(order, j.camera)
		}
		here := false
		for _, root := range a.Volumes {
			if root.Volume == j.volume {
				_, err := os.Lstat(filepath.Join(root.Path, j.camera, j.day, journal.FileName))
				here = !errors.Is(err, fs.ErrNotExist)
			}
		}
		cameras[j.camera] = cameras[j.camera] && here
		return nil
	}, "SELECT volume, camera, day FROM journals ORDER BY camera")
	if err != nil {
		return err
	}
	for i, camera := range order {
		err := a.step(ctx, func(t tx) (found []Finding, err error) {
			err = insertion.Journals(ctx, a.Volumes, camera, cameras[camera], func(day string, l *journal.Line, why lives.Doubt) error {
				f := Finding{Kind: SegmentInserted, File: l.File, Detail: fmt.Sprintf("%s: the journals do not bear it out", why)}
				err := t.one("SELECT leaf, log FROM segs WHERE file = ? AND day = ? AND place = ?", l.File, day, l.Offset).Scan(&f.Leaf, &f.Log)
				if errors.Is(err, sql.ErrNoRows) {
					return nil
				}
				found = append(found, f)
				return err
			})
			return found, err
		})
		if err != nil {
			return err
		}
		a.progress(PhaseJournals, int64(i+1), int64(len(order)))
	}
	return nil
}
