package camera

import (
	"cmp"
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals of where a camera hangs and how well what it shows is guarded.
var (
	ErrArea        = problem.New(problem.Invalid, "camera_area_unknown", "There is no such area, or it is retired.").On("area")
	ErrGrade       = problem.New(problem.Invalid, "camera_grade", "The security grade is a number from 1 to 4.").On("grade")
	ErrGradeReason = problem.New(problem.Invalid, "camera_grade_reason", "Lowering the security grade needs a reason: more people will see what this camera shows.").On("gradeReason")
)

// The security grades: 1 is ordinary, 4 the best guarded (C111).
const (
	DefaultGrade = 1
	HighestGrade = 4
)

// hang takes in the area of a camera.
func (r *Registry) hang(ctx context.Context, tx bun.IDB, row *cameraRow, area *string) error {
	if area == nil || *area == row.Area {
		return nil
	}
	if row.Area = *area; row.Area == "" {
		return nil
	}
	if r.Areas == nil {
		return ErrArea
	}
	there, err := r.Areas(ctx, tx, row.Area)
	if err == nil && !there {
		return ErrArea
	}
	return err
}

// mayAdd is nil where the actor may set up cameras in the place where a new one would hang.
func (r *Registry) mayAdd(ctx context.Context, tx bun.IDB, actor access.Actor, n *New) (err error) {
	p := access.Place{Grade: access.Grade(n.Grade)}
	switch {
	case n.Area == "":
	case r.Chain == nil:
		p.Areas = []string{n.Area}
	default:
		if p.Areas, err = r.Chain(ctx, tx, n.Area); err != nil {
			return err
		}
	}
	return access.At(actor, access.CameraConfigure, p)
}

// MayAdd tells whether somebody may add a camera where it shall hang.
func (r *Registry) MayAdd(ctx context.Context, actor access.Actor, n New) error {
	n.Grade = cmp.Or(n.Grade, DefaultGrade)
	return r.mayAdd(ctx, r.DB.Read(), actor, &n)
}

// moved lets the rights be decided by where cameras hang now.
func (r *Registry) moved() {
	if r.Moved != nil {
		r.Moved()
	}
}

// grade takes in the security grade. Raising it takes effect at once; lowering it needs a
// reason, which it gives for the act.
func grade(row *cameraRow, to *int, reason string) (why string, err error) {
	if to == nil {
		return "", nil
	}
	if *to < DefaultGrade || *to > HighestGrade {
		return "", ErrGrade
	}
	if *to < row.Grade {
		if why, err = text.Line("gradeReason", reason, 2, 500); err != nil {
			if problem.Of(err).Code == text.ErrRequired.Code {
				return "", ErrGradeReason
			}
			return "", err
		}
	}
	row.Grade = *to
	return why, nil
}

// InArea counts the cameras in service that hang in an area itself.
func InArea(ctx context.Context, tx bun.IDB, area string) (int, error) {
	n, err := tx.NewSelect().Model((*cameraRow)(nil)).Where("area = ? AND retired_at IS NULL", area).Count(ctx)
	return int(n), problem.Wrap(err, "count the cameras of an area")
}

// Hung tells whether a camera hangs in one of some areas, in service or not: the footage of one
// that is not is still there.
func Hung(ctx context.Context, tx bun.IDB, areas []string) (bool, error) {
	n, err := tx.NewSelect().Model((*cameraRow)(nil)).Where("area IN (?)", bun.List(areas)).Count(ctx)
	return n > 0, problem.Wrap(err, "look for cameras in areas")
}

// Spot is where one camera hangs, and its security grade.
type Spot struct {
	ID    string
	Area  string
	Grade int
}

// Serving gives those of the cameras in service that were added before an instant (µs).
func Serving(ctx context.Context, tx bun.IDB, before int64) (all []Spot, err error) {
	err = tx.NewSelect().Model((*cameraRow)(nil)).Column("id", "area", "grade").Where("retired_at IS NULL AND created_at < ?", before).
		OrderExpr("created_at, id").Scan(ctx, &all)
	return all, problem.Wrap(err, "read which cameras are in service")
}

// Spots gives those of all cameras, retired ones too.
func Spots(ctx context.Context, tx bun.IDB) (all []Spot, err error) {
	err = tx.NewSelect().Model((*cameraRow)(nil)).Column("id", "area", "grade").Scan(ctx, &all)
	return all, problem.Wrap(err, "read where cameras hang")
}
