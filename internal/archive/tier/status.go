package tier

import (
	"context"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/problem"
)

// Status is how a tier is doing.
type Status struct {
	Name, Kind  string
	State       State
	Since       time.Time // of State; zero before the first look
	Total, Free int64     // bytes, -1 where nobody knows
	Bytes       int64     // of the segments there, as counted within the last minute or so
	Err         string    // of the last failure, while it lasts
	MoveAfter   time.Duration
	Lock        LockMode
	// What waits to be moved there by its age.
	Waiting, WaitingBytes int64
	OldestWaiting         int64 // its end, µs since 1970 UTC; 0 for none
}

// Status tells how every tier is doing.
func (m *Mover) Status(ctx context.Context) ([]Status, error) {
	used := m.Catalogue.Usage()
	out := make([]Status, len(m.Tiers))
	for i, t := range m.Tiers {
		t.mu.Lock()
		s := Status{Name: t.Name, Kind: t.Kind, State: t.state, Since: t.since, Total: t.room.Total, Free: t.room.Free, MoveAfter: t.MoveAfter, Lock: t.Lock}
		if t.err != nil {
			s.Err = t.err.Error()
		}
		t.mu.Unlock()
		if s.State == "" {
			s.State, s.Total, s.Free = OK, -1, -1
		}
		s.Bytes = used[t.Name]
		by := m.Clock.Now().Add(-t.MoveAfter).UnixMicro()
		for _, name := range m.before(i) {
			var w struct{ N, Bytes, Oldest int64 }
			err := m.DB.Read().NewSelect().Model((*archive.Segment)(nil)).Where("volume = ? AND end_at <= ?", name, by).
				ColumnExpr("COUNT(*) AS n, CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes, COALESCE(MIN(end_at), 0) AS oldest").Scan(ctx, &w)
			if err != nil {
				return nil, problem.Wrap(err, "count what waits to be moved")
			}
			s.Waiting, s.WaitingBytes = s.Waiting+w.N, s.WaitingBytes+w.Bytes
			if w.N > 0 && (s.OldestWaiting == 0 || w.Oldest < s.OldestWaiting) {
				s.OldestWaiting = w.Oldest
			}
		}
		out[i] = s
	}
	return out, nil
}
