package retention

import (
	"context"
	"slices"

	"watchroom/internal/archive"
	"watchroom/internal/recording/segment"
)

// How old footage is its rows tell, and whoever has the database in hand writes rows. So
// what is removed has to be as old by the name of its file, which says when it began, and
// by the line that the recorder wrote of it.

// bears tells whether a file bears the times that a row tells of it.
func bears(camera, file string, start, end int64, told archive.Told) bool {
	name, open, err := segment.ParseName(file)
	if err != nil || open || name.Camera != camera || name.Start != start || end < start {
		return false
	}
	// Where the line lies on a disk that is away, the name has to do.
	return told.Closed == nil || told.Closed.Start == start && told.Closed.End == end
}

// truthful gives the segments that were decided on whose rows tell the truth. Where one
// does not, nothing of the batch goes, and removal is frozen until a person has looked;
// the row is passed over from then on.
func (e *Engine) truthful(ctx context.Context, dead []archive.Segment) ([]archive.Segment, error) {
	if len(dead) == 0 {
		return nil, nil
	}
	files := make([]string, len(dead))
	for i := range dead {
		files[i] = dead[i].File
	}
	told, err := e.Catalogue.Told(ctx, dead[0].Camera, files)
	if err != nil {
		return nil, err
	}
	var lies []string
	for i := range dead {
		s := &dead[i]
		if !bears(s.Camera, s.File, s.StartAt, s.EndAt, told[s.File]) {
			lies = append(lies, "segments "+s.File)
			e.accuse("the catalogue tells of other times than the footage; the file stays", s.Camera, s.File, "start", s.StartAt, "end", s.EndAt)
		}
	}
	if len(lies) > 0 {
		return nil, e.doubt(ctx, lies...)
	}
	return dead, nil
}

// accuse says once of a file that somebody wants it removed who may not.
func (e *Engine) accuse(what, camera, file string, more ...any) {
	if slices.Contains(e.accused, file) {
		return
	}
	e.accused = append(e.accused, file)
	e.Log.Error(what, append([]any{"camera", camera, "file", file}, more...)...)
}
