package plan

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Window is time in which cameras may be without recording. It ends by itself.
type Window struct {
	ID       string
	Cameras  []string
	From, To int64 // µs since 1970 UTC
	Reason   string
	Person   string
	At       int64 // when it was placed
	End      *End  // nil unless it was ended before its time

	name string // of the person
}

// End is the end of a window before its time.
type End struct {
	At     int64
	Reason string
	Person string
}

// Until is when the window is over.
func (w *Window) Until() int64 {
	if w.End != nil {
		return max(min(w.To, w.End.At), w.From)
	}
	return w.To
}

// words stand beside a gap, like those of who switched a camera off.
func (w *Window) words() string { return cmp.Or(w.name, w.Person) + ": " + w.Reason }

// NewWindow is what a person asks for. From may be 0: at once.
type NewWindow struct {
	Cameras  []string
	From, To int64
	Reason   string
}

type windowRow struct {
	bun.BaseModel `bun:"table:maintenance_windows,alias:maintenance_window"`
	ID            string `bun:",pk"`
	FromAt        int64
	ToAt          int64
	Reason        string
	Person        string
	At            int64
}

type windowCameraRow struct {
	bun.BaseModel `bun:"table:maintenance_cameras,alias:maintenance_camera"`
	WindowID      string `bun:",pk"`
	Camera        string `bun:",pk"`
}

type endRow struct {
	bun.BaseModel `bun:"table:maintenance_ends,alias:maintenance_end"`
	WindowID      string `bun:",pk"`
	At            int64
	Reason        string
	Person        string
}

const (
	late    = 5 * time.Minute // how long after its beginning a window may still be told: typing takes time
	longest = 31 * 24 * time.Hour
	ahead   = 366 * 24 * time.Hour
)

// Place places a window. It cannot lie in the past: what has failed already is no
// maintenance. One that should have begun a moment ago begins now.
func (p *Plans) Place(ctx context.Context, actor access.Actor, n NewWindow) (Window, error) {
	cameras := slices.Compact(slices.Sorted(slices.Values(n.Cameras)))
	if len(cameras) == 0 || len(cameras) > 500 || len(cameras) != len(n.Cameras) {
		return Window{}, ErrNone
	}
	for _, c := range cameras {
		if err := access.Can(actor, access.MaintenancePlace, c); err != nil {
			return Window{}, err
		}
	}
	reason, err := text.Line("reason", n.Reason, 2, 500)
	if err != nil {
		return Window{}, err
	}
	now := p.Clock.Micro()
	if n.From != 0 && n.From < now-late.Microseconds() {
		return Window{}, ErrPast
	}
	if n.To <= now {
		return Window{}, ErrEnd
	}
	row := windowRow{ID: db.NewID(), FromAt: max(n.From, now), ToAt: n.To, Reason: reason, Person: actor.Person, At: now}
	if length := row.ToAt - row.FromAt; length < time.Minute.Microseconds() || length > longest.Microseconds() || row.FromAt > now+ahead.Microseconds() {
		return Window{}, ErrLength
	}
	members := make([]windowCameraRow, len(cameras))
	for i, c := range cameras {
		members[i] = windowCameraRow{WindowID: row.ID, Camera: c}
	}
	about := ""
	if len(cameras) == 1 {
		about = cameras[0]
	}
	err = p.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return problem.Wrap(err, "place a maintenance window")
		}
		if _, err := tx.NewInsert().Model(&members).Exec(ctx); err != nil {
			if db.IsForeignKey(err) {
				return ErrCamera.On("cameras")
			}
			return problem.Wrap(err, "place a maintenance window")
		}
		return ledger.Record(ctx, tx, actor.For(access.MaintenancePlace, about).Act(now, "maintenance.placed", row.ID, about,
			map[string]any{"cameras": cameras, "from": row.FromAt, "to": row.ToAt, "reason": reason}))
	})
	if err != nil {
		return Window{}, err
	}
	if err := p.changed(ctx, row.ID); err != nil {
		return Window{}, err
	}
	return p.Window(ctx, row.ID)
}

// EndNow ends a window before its time; one that has not begun never begins.
func (p *Plans) EndNow(ctx context.Context, actor access.Actor, id, reason string) (Window, error) {
	reason, err := text.Line("reason", reason, 0, 500)
	if err != nil {
		return Window{}, err
	}
	w, err := p.Window(ctx, id)
	if err != nil {
		return Window{}, err
	}
	about := ""
	for _, c := range w.Cameras {
		if err := access.Can(actor, access.MaintenancePlace, c); err != nil {
			return Window{}, err
		}
		about = c
	}
	if len(w.Cameras) > 1 {
		about = ""
	}
	now := p.Clock.Micro()
	if w.Until() <= now {
		return Window{}, ErrOver
	}
	row := endRow{WindowID: id, At: now, Reason: reason, Person: actor.Person}
	err = p.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			if db.IsUnique(err, "maintenance_ends.window_id") {
				return ErrOver
			}
			return problem.Wrap(err, "end a maintenance window")
		}
		return ledger.Record(ctx, tx, actor.For(access.MaintenancePlace, about).Act(now, "maintenance.ended", id, about, map[string]any{"cameras": w.Cameras, "reason": reason}))
	})
	if err != nil {
		return Window{}, err
	}
	if err := p.changed(ctx, id); err != nil {
		return Window{}, err
	}
	return p.Window(ctx, id)
}

// Window gives one window.
func (p *Plans) Window(ctx context.Context, id string) (Window, error) {
	all, err := p.read(ctx, func(q *bun.SelectQuery) { q.Where("id = ?", id) })
	if err != nil {
		return Window{}, err
	}
	if len(all) == 0 {
		return Window{}, ErrUnknown
	}
	return all[0], nil
}

// Windows gives those that were not over at an instant, and all where it is 0, the
// newest first.
func (p *Plans) Windows(ctx context.Context, since int64) ([]Window, error) {
	all, err := p.list(ctx, since)
	slices.SortFunc(all, func(a, b Window) int { return cmp.Or(cmp.Compare(b.From, a.From), cmp.Compare(b.ID, a.ID)) })
	return all, err
}

func (p *Plans) list(ctx context.Context, since int64) ([]Window, error) {
	all, err := p.read(ctx, func(q *bun.SelectQuery) { q.Where("to_at > ?", since) })
	return slices.DeleteFunc(all, func(w Window) bool { return since > 0 && w.Until() <= since }), err
}

func (p *Plans) read(ctx context.Context, narrow func(*bun.SelectQuery)) ([]Window, error) {
	var rows []windowRow
	q := p.DB.Read().NewSelect().Model(&rows).OrderExpr("from_at, id")
	narrow(q)
	if err := q.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read maintenance windows")
	}
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	var members []windowCameraRow
	var ends []endRow
	if err := p.DB.Read().NewSelect().Model(&members).Where("window_id IN (?)", bun.List(ids)).OrderExpr("camera").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read the cameras of maintenance windows")
	}
	if err := p.DB.Read().NewSelect().Model(&ends).Where("window_id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read the ends of maintenance windows")
	}
	names := map[string]string{}
	if p.Names != nil {
		var err error
		if names, err = p.Names(ctx); err != nil {
			return nil, err
		}
	}
	at := make(map[string]int, len(rows))
	out := make([]Window, len(rows))
	for i, r := range rows {
		at[r.ID] = i
		out[i] = Window{ID: r.ID, From: r.FromAt, To: r.ToAt, Reason: r.Reason, Person: r.Person, At: r.At, name: names[r.Person]}
	}
	for _, m := range members {
		out[at[m.WindowID]].Cameras = append(out[at[m.WindowID]].Cameras, m.Camera)
	}
	for _, e := range ends {
		out[at[e.WindowID]].End = &End{At: e.At, Reason: e.Reason, Person: e.Person}
	}
	return out, nil
}

// Overrun is the newest window of a camera that is over at an instant without having
// been ended by a person, nil where there is none within a day: a camera that is still
// away then overruns it.
func (p *Plans) Overrun(camera string, at int64) *Window {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, w := range slices.Backward(p.windows[camera]) {
		if w.End == nil && w.To <= at && w.To > at-(24*time.Hour).Microseconds() {
			return &w
		}
	}
	return nil
}
