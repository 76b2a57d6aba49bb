package retention

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"

	"watchroom/internal/archive"
	"watchroom/internal/archive/retention/recordings"
	"watchroom/internal/archive/stepped"
	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
)

// How old footage is its rows tell, and whoever has the database in hand writes rows. So
// what is removed has to be as old by the name of its file, which says when it began, and
// by the line that the recorder wrote of it. By how much its clock was behind is worked out
// anew from the journals, too.

// truthful gives the segments that were decided on whose rows tell the truth. Where one
// does not, nothing of the batch goes, and removal is frozen until a person has looked;
// the row is passed over from then on.
func (e *Engine) truthful(ctx context.Context, j *job, dead []archive.Segment) ([]archive.Segment, error) {
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
		if !recordings.Bears(s.Camera, s.File, s.StartAt, s.EndAt, told[s.File]) {
			lies = append(lies, "segments "+s.File)
			e.accuse("the catalogue tells of other times than the footage; the file stays", s.Camera, s.File, "start", s.StartAt, "end", s.EndAt)
		}
	}
	if len(lies) > 0 {
		return nil, e.doubt(ctx, lies...)
	}
	return e.aged(ctx, j, dead)
}

// AgesBeside works out how old footage can be from the journals in folders of recordings.
func AgesBeside(roots func() []string) *stepped.Journals { return &stepped.Journals{Roots: roots} }

// aged gives what was decided on if the journals, too, let it be as old as the job asks
// for. Else nothing of the batch goes and the rows of the camera are put right; and where
// one of them told what no catalogue has written, removal is frozen until a person has
// looked. Where only the recorder's own journal tells of a step nobody has lied: the
// catalogue goes by those of the cameras.
func (e *Engine) aged(ctx context.Context, j *job, dead []archive.Segment) ([]archive.Segment, error) {
	if e.Ages == nil || j.ground == journal.GroundOrder { // an order goes by the times of then
		return dead, nil
	}
	ends := make([]int64, len(dead))
	for i := range dead {
		ends[i] = dead[i].EndAt
	}
	ages, err := e.Ages.Ages(ctx, j.camera, ends...)
	if err != nil {
		return nil, err
	}
	old := func(i int) bool { return ages[i].Latest <= j.by(dead[i].StartAt) }
	var young []int
	for i := range dead {
		if !old(i) {
			young = append(young, i)
		}
	}
	if len(young) == 0 {
		return dead, nil
	}
	// What the journals have told meanwhile the catalogue knows once it has caught up.
	if err := e.Catalogue.CatchUp(ctx, j.camera); err != nil {
		return nil, err
	}
	lie := ""
	for _, i := range young {
		s, aged := &dead[i], ages[i].Camera
		if aged <= j.by(s.StartAt) || lie != "" {
			continue
		}
		err := e.DB.Read().NewSelect().Model((*archive.Segment)(nil)).Column("aged_at").Where("camera = ?", s.Camera).
			Where("start_at = ?", s.StartAt).Where("file = ?", s.File).Scan(ctx, &s.AgedAt)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, problem.Wrap(err, "read how old footage is")
		}
		if err == nil && stepped.Forged(s.EndAt, s.AgedAt, aged) {
			lie = "segments " + s.File
			e.Log.Error("the catalogue says that footage is older than its journals do; the file stays", "camera", s.Camera, "file", s.File)
		}
	}
	if err := e.Ages.Renew(ctx, e.DB, j.camera); err != nil {
		return nil, err
	}
	if lie == "" {
		return nil, nil
	}
	return nil, e.doubt(ctx, lie)
}

// by is until when (µs) footage has to have ended that began at an instant for the job to
// have it.
func (j *job) by(start int64) int64 {
	for _, w := range j.windows {
		if start >= w.From && start < w.To {
			return w.By
		}
	}
	return math.MinInt64
}

// accuse says once of a file that somebody wants it removed who may not.
func (e *Engine) accuse(what, camera, file string, more ...any) {
	if slices.Contains(e.accused, file) {
		return
	}
	e.accused = append(e.accused, file)
	e.Log.Error(what, append([]any{"camera", camera, "file", file}, more...)...) //nolint:sloglint // each caller has it as a constant
}
