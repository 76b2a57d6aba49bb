package camera

import (
	"cmp"
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

// Remembered is a camera as a recorder's own copy has it, for a database that was lost.
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
	CreatedAt    int64  // µs; 0 is not known
	OffBy        string // name of who switched it off
	OffReason    string
	OffAt        int64
	Main         StreamInput
	Sub          *StreamInput
}

// Recover takes cameras back under the ids that they had, so that their footage is
// theirs again. It does so only where the registry knows no camera at all, not even a
// retired one, and gives how many it took back: beside cameras that people entered nobody
// could tell which are the same.
func (r *Registry) Recover(ctx context.Context, actor access.Actor, all []Remembered) (taken []Camera, err error) {
	if err := access.Can(actor, access.CameraConfigure, ""); err != nil {
		return nil, err
	}
	err = r.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		taken = nil
		some, err := tx.NewSelect().Model((*cameraRow)(nil)).Exists(ctx)
		if err != nil || some {
			return problem.Wrap(err, "look for cameras")
		}
		names := map[string]bool{}
		for i := range all {
			c, err := r.takeBack(ctx, tx, actor, &all[i], names)
			if err != nil {
				return err
			}
			taken = append(taken, c)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range taken {
		r.tell(taken[i].ID, "created")
	}
	return taken, nil
}

// takeBack writes the rows and the act of one camera. names are those that are taken.
func (r *Registry) takeBack(ctx context.Context, tx bun.Tx, actor access.Actor, m *Remembered, names map[string]bool) (Camera, error) {
	at := r.Clock.Micro()
	row := cameraRow{ID: m.ID, Enabled: m.Enabled, Provisional: m.Provisional, CreatedAt: cmp.Or(m.CreatedAt, at),
		RecordAudio: m.RecordAudio, AudioPurpose: m.AudioPurpose, OffReason: m.OffReason, OffAt: m.OffAt}
	name := cmp.Or(m.Name, m.ID)
	if err := describe(&row, &name, &m.Place, &m.Note); err != nil {
		return Camera{}, err
	}
	if names[row.NameKey] { // the copy may be older than a change
		name += " " + m.ID
		if err := describe(&row, &name, nil, nil); err != nil {
			return Camera{}, err
		}
	}
	names[row.NameKey] = true
	priority := cmp.Or(m.Priority, DefaultPriority)
	if err := rank(&row, &priority); err != nil {
		return Camera{}, err
	}
	var all []streamRow
	for _, t := range []typed{{Main, &m.Main}, {Sub, m.Sub}} {
		if t.in == nil {
			continue
		}
		s := streamRow{Camera: row.ID, Stream: t.stream, Transport: Auto}
		var plain secret.Text
		if err := reach(&s, &plain, *t.in); err != nil {
			return Camera{}, err
		}
		r.seal(&s, plain)
		all = append(all, s)
	}
	c := row.camera(all)
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return Camera{}, problem.Wrap(err, "take a camera back")
	}
	if _, err := tx.NewInsert().Model(&all).Exec(ctx); err != nil {
		return Camera{}, problem.Wrap(err, "take a camera back")
	}
	detail := map[string]any{"name": row.Name, "place": row.Place, "main": c.Main.URL, "enabled": row.Enabled, "recordAudio": row.RecordAudio}
	if c.Sub != nil {
		detail["sub"] = c.Sub.URL
	}
	if m.OffReason != "" {
		detail["offBy"], detail["offReason"] = m.OffBy, m.OffReason
	}
	return c, ledger.Record(ctx, tx, actor.Act(at, "camera.recovered", row.ID, row.ID, detail))
}
