package assignment

import (
	"context"

	"watchroom/internal/access"
	"watchroom/internal/camera"
)

// Lost finds and takes back cameras that the database does not know: those of the
// recorder's own copy, and those of which nothing but their footage is left.
type Lost struct {
	Registry *camera.Registry
	Copy     func() ([]camera.Remembered, error)
	Footage  Footage
}

// Footage tells what the archive holds; *archive.Catalogue does.
type Footage interface {
	// Cameras are the ids of which something was ever taken in.
	Cameras(ctx context.Context) ([]string, error)
	// Extent is where the footage of one begins and ends, µs; zeros where there is none.
	Extent(ctx context.Context, camera string) (from, to int64, err error)
}

// List gives them, those of the copy first. One without a copy comes as retired when its
// footage ended, since nobody knows how to reach it.
func (l *Lost) List(ctx context.Context) ([]camera.Remembered, error) {
	copied, err := l.Copy()
	if err != nil {
		return nil, err
	}
	ids, err := l.Footage.Cameras(ctx)
	if err != nil {
		return nil, err
	}
	has := map[string]bool{}
	for i := range copied {
		has[copied[i].ID] = true
	}
	all := copied
	for _, id := range ids {
		if !has[id] && camera.IsID(id) {
			all = append(all, camera.Remembered{ID: id})
		}
	}
	unknown, err := l.Registry.Unknown(ctx, all)
	if err != nil {
		return nil, err
	}
	lost := unknown[:0]
	for _, m := range unknown {
		if !has[m.ID] {
			from, to, err := l.Footage.Extent(ctx, m.ID)
			if err != nil {
				return nil, err
			}
			if from == 0 { // gaps alone, or all of it was removed
				continue
			}
			m.CreatedAt, m.RetiredAt = from, &to
		}
		lost = append(lost, m)
	}
	return lost, nil
}

// TakeBack takes back what List gives.
func (l *Lost) TakeBack(ctx context.Context, actor access.Actor) ([]camera.Camera, error) {
	if err := access.Throughout(actor, access.CameraConfigure, ""); err != nil {
		return nil, err
	}
	lost, err := l.List(ctx)
	if err != nil {
		return nil, err
	}
	return l.Registry.Recover(ctx, actor, lost)
}
