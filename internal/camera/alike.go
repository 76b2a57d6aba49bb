package camera

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/access/username"
	"watchroom/internal/problem"
)

// Refusals of names that pass for another's: on the wall, in an alarm and in the audit trail it
// is the name that tells which camera it was.
var (
	ErrNameMixed = problem.New(problem.Invalid, "camera_name_mixed", "A word of this name mixes letters that look alike from different scripts.").On("name")
	ErrNameAlike = problem.New(problem.Conflict, "camera_name_lookalike", "This looks like the name of another camera. Add what tells them apart, such as the place or a number.").On("name") // name
)

// distinct refuses a name that people take for that of another camera in service. The same name
// is refused by the table.
func (row *cameraRow) distinct(ctx context.Context, tx bun.IDB) error {
	if username.Mixed(row.Name) {
		return ErrNameMixed
	}
	var others []cameraRow
	if err := tx.NewSelect().Model(&others).Column("id", "name", "name_key").Where("retired_at IS NULL").Where("id <> ?", row.ID).Scan(ctx); err != nil {
		return problem.Wrap(err, "read the names of cameras")
	}
	drawn := username.Drawn(row.Name)
	for i := range others {
		if others[i].NameKey != row.NameKey && username.Drawn(others[i].Name) == drawn {
			return ErrNameAlike.With("name", others[i].Name)
		}
	}
	return nil
}
