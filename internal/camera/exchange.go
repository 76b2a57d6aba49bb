package camera

import (
	"context"
	"errors"
	"strconv"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/area"
	"watchroom/internal/camera/whereabouts"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/sheet"
	"watchroom/internal/text"
)

// Columns are those of a table of where cameras hang and how well they are guarded. A table
// adds no cameras: they are found by name.
func Columns() []sheet.Column {
	return []sheet.Column{
		{Key: "name", EN: "Camera", ZH: "摄像机", Need: true}, {Key: "area", EN: "Area", ZH: "区域"},
		{Key: "grade", EN: "Security grade", ZH: "安全等级"}, {Key: "gradeReason", EN: "Reason for a lower grade", ZH: "降级原因"},
	}
}

// Export gives the cameras in service that the actor may take out of the house as the lines of a
// table (C101).
func (r *Registry) Export(ctx context.Context, actor access.Actor) ([][]string, error) {
	all, err := r.List(ctx)
	if err != nil {
		return nil, err
	}
	paths, _, err := area.Paths(ctx, r.DB.Read())
	if err != nil {
		return nil, err
	}
	var lines [][]string
	for i := range all {
		if all[i].RetiredAt == nil && access.Can(actor, access.CameraExport, all[i].ID) == nil {
			lines = append(lines, []string{all[i].Name, paths[all[i].Area], strconv.Itoa(all[i].Grade), ""})
		}
	}
	return lines, nil
}

// Import takes in a table of areas and grades of cameras, all of it or nothing; as a dry
// run nothing at all. The act names the file by its digest.
func (r *Registry) Import(ctx context.Context, actor access.Actor, records []sheet.Record, digest string, dry bool) (out sheet.Outcome, err error) {
	if err := access.Can(actor, access.CameraConfigure, ""); err != nil {
		return out, err
	}
	names, err := r.leads(ctx)
	if err != nil {
		return out, err
	}
	var changed []string
	err = r.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		changed = nil
		_, areas, err := area.Paths(ctx, tx)
		if err != nil {
			return err
		}
		var rows []cameraRow
		if err := tx.NewSelect().Model(&rows).Where("retired_at IS NULL").Scan(ctx); err != nil {
			return problem.Wrap(err, "read cameras")
		}
		by := map[string]*cameraRow{}
		for i := range rows {
			by[rows[i].NameKey] = &rows[i]
		}
		err = out.Take(records, Columns(), dry, func(record *sheet.Record) error {
			id, err := r.line(ctx, tx, actor, record, by, areas, names)
			switch {
			case err != nil:
			case id != "":
				out.Changed++
				changed = append(changed, id)
			default:
				out.Same++
			}
			return err
		})
		if err != nil {
			return err
		}
		return ledger.Record(ctx, tx, actor.For(access.CameraConfigure, "").Act(r.Clock.Micro(), "camera.imported", "", "", map[string]any{
			"changed": out.Changed, "same": out.Same, "sha256": digest}))
	})
	if errors.Is(err, sheet.ErrUndone) {
		return out, nil
	}
	if err == nil {
		r.moved()
		for _, id := range changed {
			r.tell(id, "changed")
		}
	}
	return out, err
}

// line takes in one line and gives the id of the camera, empty where nothing changed. by
// are the cameras by their names' keys, areas the ids of areas by their paths.
func (r *Registry) line(ctx context.Context, tx bun.Tx, actor access.Actor, record *sheet.Record, by map[string]*cameraRow, areas map[string]string, names whereabouts.Names) (string, error) {
	row := by[text.Key(record.Values["name"])]
	if row == nil || access.Can(actor, access.CameraConfigure, row.ID) != nil { // elsewhere is as if it were not there
		return "", ErrUnknown.On("name")
	}
	before := row.camera(nil)
	if path := record.Get("area"); path != nil {
		id := areas[sheet.PathKey(*path)]
		if *path != "" && id == "" {
			return "", ErrArea
		}
		if id != row.Area {
			if err := access.Throughout(actor, access.CameraConfigure, ""); err != nil {
				return "", err
			}
		}
		row.Area = id
	}
	var why string
	if cell := record.Values["grade"]; cell != "" {
		n, err := strconv.Atoi(cell)
		if err != nil {
			return "", ErrGrade
		}
		if why, err = grade(row, &n, record.Values["gradeReason"]); err != nil {
			return "", err
		}
	}
	detail := map[string]any{}
	if err := r.move(ctx, tx, actor, row, before.Area, names, detail); err != nil {
		return "", err
	}
	if err := r.lower(ctx, tx, actor, row, before.Grade, "", why, detail); err != nil {
		return "", err
	}
	changes := differences(before, row.camera(nil), nil)
	if len(changes) == 0 {
		return "", nil
	}
	if _, err := tx.NewUpdate().Model(row).Column("area", "grade").WherePK().Exec(ctx); err != nil {
		return "", problem.Wrap(err, "change camera")
	}
	if detail["changes"] = changes; why != "" && row.Grade != before.Grade {
		detail["reason"] = why
	}
	return row.ID, ledger.Record(ctx, tx, actor.For(access.CameraConfigure, row.ID).Act(r.Clock.Micro(), "camera.changed", row.ID, row.ID, detail))
}
