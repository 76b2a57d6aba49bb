package archive

import (
	"context"
	"encoding/hex"

	"watchroom/internal/problem"
	"watchroom/internal/recording/segment"
)

// ErrOldest says that the oldest footage of a camera is not what was recorded.
// Parameters: camera, file.
var ErrOldest = problem.New(problem.Unavailable, "oldest_unproved", "The oldest footage of the camera is missing, or is not what was recorded.")

// OldestProof reads the oldest segment of a camera from its beginning to its end and
// compares its root with the row. A camera without footage has none to prove.
func (c *Catalogue) OldestProof(ctx context.Context, camera string) error {
	var rows []Segment
	err := c.DB.Read().NewSelect().Model(&rows).Where("camera = ?", camera).OrderExpr("start_at").Limit(1).Scan(ctx)
	if err != nil {
		return problem.Wrap(err, "look for the oldest segment")
	}
	if len(rows) == 0 {
		return nil
	}
	s := &rows[0]
	bad := ErrOldest.With("camera", camera).With("file", s.File)
	f, err := c.Open(ctx, s)
	if err != nil {
		return bad.Because(err)
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return bad.Because(err)
	}
	found, err := segment.Hash(f, size)
	if err != nil {
		return bad.Because(err)
	}
	if hex.EncodeToString(found.Root[:]) != s.Root {
		return bad
	}
	return nil
}
