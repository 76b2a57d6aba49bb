package camera

import (
	"cmp"
	"context"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/problem"
)

// Remembered is a camera as a recorder's own copy has it, for a database that was lost.
// One of which only the footage is left has nothing but its id and when that began and
// ended, the latter as RetiredAt.
type Remembered struct {
	ID           string
	Name         string // empty where the copy does not know it
	Place        string
	Note         string
	Enabled      bool
	Provisional  bool
	RecordAudio  bool
	AudioPurpose string
	Priority     int
	Area         string // kept where it is still there
	Grade        int    // 0 is not known
	CreatedAt    int64  // µs; 0 is not known
	RetiredAt    *int64 // µs; nil: it is in service
	OffBy        string // name of who switched it off or retired it
	OffReason    string
	OffAt        int64
	Main         StreamInput // only a retired camera may be without
	Sub          *StreamInput
}

// Recover takes cameras back under the ids that they had, so that their footage is
// theirs again, and gives those that it took. What the registry knows already stays as
// it is: no camera is ever deleted, so one that it does not know was lost with a
// database, or is younger than the one that was put back.
func (r *Registry) Recover(ctx context.Context, actor access.Actor, all []Remembered) (taken []Camera, err error) {
	if err := access.Throughout(actor, access.CameraConfigure, ""); err != nil {
		return nil, err
	}
	err = r.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		taken = nil
		known, names, err := occupied(ctx, tx)
		if err != nil {
			return err
		}
		for i := range all {
			if known[all[i].ID] {
				continue
			}
			c, err := r.takeBack(ctx, tx, actor, &all[i], names)
			if err != nil {
				return err
			}
			known[c.ID] = true
			taken = append(taken, c)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(taken) > 0 {
		r.moved()
	}
	for i := range taken {
		r.tell(taken[i].ID, "created")
	}
	return taken, nil
}

// IsID tells whether a folder's name may be the id of a camera.
func IsID(s string) bool {
	for _, c := range s {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return s != "" && len(s) <= 40
}

// Unknown gives those of some cameras that the registry does not know.
func (r *Registry) Unknown(ctx context.Context, all []Remembered) (lost []Remembered, err error) {
	known, _, err := occupied(ctx, r.DB.Read())
	if err != nil {
		return nil, err
	}
	for i := range all {
		if !known[all[i].ID] {
			lost = append(lost, all[i])
		}
	}
	return lost, nil
}

// occupied are the ids that the registry knows, and the names (their keys) of cameras in
// service.
func occupied(ctx context.Context, tx bun.IDB) (ids, names map[string]bool, err error) {
	var rows []cameraRow
	if err := tx.NewSelect().Model(&rows).Column("id", "name_key", "retired_at").Scan(ctx); err != nil {
		return nil, nil, problem.Wrap(err, "look for cameras")
	}
	ids, names = map[string]bool{}, map[string]bool{}
	for i := range rows {
		ids[rows[i].ID] = true
		if rows[i].RetiredAt == nil {
			names[rows[i].NameKey] = true
		}
	}
	return ids, names, nil
}

// takeBack writes the rows and the act of one camera. names are those that are taken.
func (r *Registry) takeBack(ctx context.Context, tx bun.Tx, actor access.Actor, m *Remembered, names map[string]bool) (Camera, error) {
	at := r.Clock.Micro()
	row := cameraRow{ID: m.ID, Enabled: m.Enabled && m.RetiredAt == nil, Provisional: m.Provisional, CreatedAt: cmp.Or(m.CreatedAt, at),
		RetiredAt: m.RetiredAt, RecordAudio: m.RecordAudio, AudioPurpose: m.AudioPurpose, OffBy: m.OffBy, OffReason: m.OffReason, OffAt: m.OffAt}
	name := cmp.Or(m.Name, m.ID)
	if err := describe(&row, &name, &m.Place, &m.Note); err != nil {
		return Camera{}, err
	}
	if row.RetiredAt == nil {
		if names[row.NameKey] { // the copy may be older than a change
			room := max(0, MaxName-1-len(m.ID))
			if runes := []rune(name); len(runes) > room {
				name = string(runes[:room])
			}
			name += " " + m.ID
			if err := describe(&row, &name, nil, nil); err != nil {
				return Camera{}, err
			}
		}
		names[row.NameKey] = true
	}
	priority := cmp.Or(m.Priority, DefaultPriority)
	if err := rank(&row, &priority); err != nil {
		return Camera{}, err
	}
	level := cmp.Or(m.Grade, DefaultGrade)
	if _, err := grade(&row, &level, ""); err != nil {
		return Camera{}, err
	}
	if err := r.hang(ctx, tx, &row, &m.Area); err != nil {
		if !errors.Is(err, ErrArea) {
			return Camera{}, err
		}
		row.Area = "" // it went with the database
	}
	all := []streamRow{{Camera: row.ID, Stream: Main, Transport: Auto}} // of footage alone nobody knows an address
	if m.RetiredAt == nil || m.Main.URL != nil {
		var err error
		if all, err = r.wire(row.ID, m.Main, m.Sub); err != nil {
			return Camera{}, err
		}
	}
	detail := map[string]any{"enabled": row.Enabled}
	if row.Grade != DefaultGrade {
		detail["grade"] = row.Grade
	}
	if row.Area != "" {
		detail["area"] = row.Area
	}
	if row.RetiredAt != nil {
		detail["retired"] = true
	}
	if m.OffReason != "" {
		detail["offBy"], detail["offReason"], detail["offAt"] = m.OffBy, m.OffReason, m.OffAt
	}
	return enter(ctx, tx, actor.For(access.CameraConfigure, row.ID).Act(at, "camera.recovered", row.ID, row.ID, detail), &row, all)
}
