package audit

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/audit/logged"
	"watchroom/internal/archive/audit/ontheway"
	"watchroom/internal/archive/audit/untold"
	"watchroom/internal/recording/journal"
)

// unsigned bounds how far behind the signed end of a log an entry may stand: a running
// server signs every second.
const unsigned = 1 << 16

// unsettled is a doubt as it was noted.
type unsettled struct {
	Finding
	key        string
	at, marked int64
}

// recent lets what the log took in meanwhile explain what was in doubt. The rest is looked
// at once more, since footage, rows and log go on while they are compared; what is still
// so is a finding, but for what is too young to be in the log.
func (a *Audit) recent(ctx context.Context) error {
	size := a.Log.Size() // now
	came := map[string]bool{}
	err := a.st.commit(ctx, func(t tx) error {
		for b, err := range a.Log.Entries(ctx, a.st.Size, size) {
			if err != nil {
				return err
			}
			e, err := leaf.Decode(b)
			if err != nil {
				continue // the next verification looks at it
			}
			key, kinds := "", []finding.Kind(nil)
			switch e := e.(type) {
			case *leaf.Segment:
				key, kinds = e.File, ontheway.Explained(journal.KindSegment)
			case *leaf.Tombstone:
				key, kinds, came[e.File] = e.File, ontheway.Explained(journal.KindTombstone), true
			case *leaf.Move:
				key, kinds = e.File, ontheway.Explained(journal.KindMove)
			case *leaf.Act:
				key, kinds = "act "+e.ID, []finding.Kind{finding.ActUnlogged}
			}
			for _, k := range kinds {
				if err := t.exec("DELETE FROM doubts WHERE key = ? AND kind = ?", key, string(k)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	var left []unsettled
	err = a.st.each(ctx, func(r *sql.Rows) error {
		var d unsettled
		var text string
		if err := r.Scan(&d.key, &d.at, &d.marked, &text); err != nil {
			return err
		}
		left = append(left, d)
		return json.Unmarshal([]byte(text), &left[len(left)-1].Finding)
	}, "SELECT key, at, marked, json FROM doubts ORDER BY key, kind")
	if err != nil {
		return err
	}
	var pending []Finding
	way := ontheway.Lines{Roots: a.Volumes, Now: a.Clock.Now(), Stopped: a.Stopped, Young: a.young, Files: a.Files}
	var found []Finding
	if a.DB != nil { // else nobody can tell who allowed a removal
		told := untold.Removals{State: a.st.db, Came: came, Judge: a.judge, Idle: a.Stopped > 0}
		if found, err = way.Removals(ctx, told.Wrong); err != nil {
			return err
		}
	}
	for _, d := range left {
		more, still, err := a.still(ctx, &d)
		if err != nil {
			return err
		}
		found = append(found, more...)
		waits, planted, explained := false, false, false
		if still && d.Kind == finding.RowMissing {
			if waits, err = ontheway.Waits(ctx, a.DB, a.Volumes, d.File); err != nil {
				return err
			}
		}
		if still && d.Kind == finding.FileUnknown && !way.Tells(d.File) {
			if planted, err = a.behind(ctx, &d); err != nil {
				return err
			}
		}
		if still && !planted {
			explained = way.Explain(ctx, &d.Finding)
		}
		switch {
		case !still:
		case planted:
			found = append(found, d.Finding)
		// An act that stands in the log behind what is signed yet is on its way, too.
		case a.young(d.at), d.marked >= size && d.marked < size+unsigned, waits, explained:
			pending = append(pending, d.Finding)
		default:
			found = append(found, d.Finding)
		}
	}
	a.st.Report.Waits(pending)
	err = a.step(ctx, func(tx) ([]Finding, error) { return found, nil })
	if err == nil && a.Waits != nil {
		for _, f := range pending {
			a.Waits(f)
		}
	}
	return err
}

// still looks again whether what is in doubt is so. A file that is there after all is
// read, and what is wrong with it found.
func (a *Audit) still(ctx context.Context, d *unsettled) (found []Finding, still bool, err error) {
	switch d.Kind {
	case finding.FileMissing, finding.FileKept:
		s, err := logged.Of(a.st.db.QueryRowContext(ctx, logged.Segments+" WHERE file = ?", d.File))
		if err != nil {
			return nil, false, fmt.Errorf("look again: %w", err)
		}
		before := a.st.Report.Files
		found, doubts, err := a.file(ctx, &s)
		still := slices.ContainsFunc(doubts, func(f Finding) bool { return f.Kind == d.Kind })
		if still {
			a.st.Report.Files = before // it is counted already
		}
		return found, still, err
	case finding.FileUnknown, finding.FileForeign:
		for _, r := range a.Volumes {
			if r.Volume != d.Volume {
				continue
			}
			info, err := os.Lstat(filepath.Join(r.Path, d.File))
			if errors.Is(err, fs.ErrNotExist) {
				return nil, false, nil
			}
			if err == nil && d.at > 0 {
				d.at = info.ModTime().UnixMicro()
			}
		}
	case finding.SealUnclosed:
		if a.written(d.File) {
			return nil, false, nil
		}
		for _, r := range a.Volumes { // closed just now
			if info, err := os.Lstat(filepath.Join(r.Path, d.File)); err == nil {
				d.at = info.ModTime().UnixMicro()
			}
		}
	case finding.RowDiffers: // in its volume
		var now []string
		err := a.DB.Read().NewSelect().Model((*archive.Segment)(nil)).Column("volume").Where("file = ?", d.File).Scan(ctx, &now)
		if err != nil {
			return nil, false, fmt.Errorf("look again: %w", err)
		}
		n, err := a.st.count(ctx, "SELECT COUNT(*) FROM segs WHERE file = ? AND volume <> ?", d.File, strings.Join(now, ""))
		return nil, len(now) > 0 && n > 0, err
	case finding.RowMissing, finding.RowUnknown, finding.RowKept:
		there, err := a.DB.Read().NewSelect().Model((*archive.Segment)(nil)).Where("file = ?", d.File).Exists(ctx)
		if err != nil {
			return nil, false, fmt.Errorf("look again: %w", err)
		}
		return nil, there == (d.Kind != finding.RowMissing), nil
	}
	return nil, true, nil
}

// behind tells whether the log tells of a later segment of the camera of a file in the same
// place. A recorder closes them in their order and says so at once, so that a file of before
// which nothing tells of is none that it has just closed, whatever time somebody has given it.
func (a *Audit) behind(ctx context.Context, d *unsettled) (bool, error) {
	camera, _, _ := strings.Cut(d.File, "/")
	n, err := a.st.count(ctx, "SELECT EXISTS (SELECT 1 FROM segs WHERE file > ? AND file < ? AND volume = ?)", d.File, camera+"0", d.Volume)
	return n > 0, err
}
