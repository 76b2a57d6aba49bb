// Package mended puts on record what was found altered below the data folder or on a recording
// disk: which damaged files of the log, and which rows that remember it, were made again, by which
// files recording disks are known that were put right, and which lines of journals no recorder wrote.
package mended

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive/lines"
	"watchroom/internal/archive/seal"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/recording/marker"
)

// Kind is the kind of the act that a damaged file of the log was made again, KindMarker of that
// the marker of a recording disk, or the book of them, was put right. KindLine is that of lines
// which no recorder can have written, KindAside that of what was put aside since it lay in the
// place of a file of the data folder and was none.
const (
	Kind       = "ledger.mended"
	KindMarker = "storage.mended"
	KindLine   = "journal.strange"
	KindAside  = "storage.aside"
)

// Files are files that were made again and of which no act tells yet: the records are open
// later than the log and the disks.
type Files struct {
	mu  sync.Mutex
	all []*one // guarded by mu
}

// one is what one act tells.
type one struct {
	kind, subject, camera string
	detail                map[string]any
}

// Add takes one.
func (m *Files) Add(f tlog.Mended) {
	what, name := "file", f.File
	if f.Row != "" {
		what, name = "row", f.Row
	}
	m.add(f.Origin, map[string]any{what: name, "size": f.Size, "signed": f.Signed})
}

// AddForeign takes what lay in the place of the cursors of a log and was not of it, or in that of
// another file of the sealer and was none.
func (m *Files) AddForeign(origin string, f seal.Foreign) {
	detail := map[string]any{"file": cmp.Or(f.File, seal.CursorName)}
	if f.Origin != "" {
		detail["was"], detail["size"] = f.Origin, f.Size
	}
	if f.Aside != "" {
		detail["aside"] = f.Aside
	}
	m.add(origin, detail)
}

// AddMarker takes what was put right of what recording disks are known by.
func (m *Files) AddMarker(f marker.Mended) {
	m.put(&one{KindMarker, f.Volume, "", map[string]any{"file": f.File}})
}

// AddAside takes what lay in the place of a file of the data folder and was none, and where it
// lies now.
func (m *Files) AddAside(file, aside string) {
	m.put(&one{KindAside, "", "", map[string]any{"file": file, "aside": aside}})
}

// AddLine takes a line of a journal that no recorder can have written. Those of a camera's on
// one disk for one reason are one act, which tells of the first and counts the others, so that
// who writes many does not fill the trail.
func (m *Files) AddLine(f lines.Found) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, o := range m.all {
		if o.kind == KindLine && o.camera == f.Camera && o.subject == f.Volume && o.detail["why"] == string(f.Why) {
			o.detail["count"] = o.detail["count"].(int) + 1
			return
		}
	}
	detail := map[string]any{"why": string(f.Why), "at": f.At, "count": 1}
	if f.File != "" {
		detail["file"] = f.File
	}
	m.all = append(m.all, &one{KindLine, f.Volume, f.Camera, detail})
}

func (m *Files) add(origin string, detail map[string]any) { m.put(&one{Kind, origin, "", detail}) }

func (m *Files) put(o *one) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, o)
}

// Keep puts them on record, if the records are open; what fails is tried with the next call.
func (m *Files) Keep(d *db.DB, now clock.Clock, log *slog.Logger) {
	if d == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := m.Note(ctx, d, access.Actor{}, now.Micro()); err != nil {
		log.Warn("what was mended beside the log is not on record yet", "err", err)
	}
}

// Note puts them on record; nil has none.
func (m *Files) Note(ctx context.Context, d *db.DB, by access.Actor, now int64) error {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.all) == 0 {
		return nil
	}
	err := d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, o := range m.all {
			if err := ledger.Record(ctx, tx, by.Act(now, o.kind, o.subject, o.camera, o.detail)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		m.all = nil
	}
	return err
}
