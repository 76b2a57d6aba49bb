package camera

import (
	"cmp"
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/camera/whereabouts"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/text"
)

// Create adds a camera. It is enabled and provisional. Until it is told where it hangs it
// hangs nowhere, so that whoever adds it must be let configure everywhere.
func (r *Registry) Create(ctx context.Context, actor access.Actor, n New) (Camera, error) {
	if err := r.MayAdd(ctx, actor, n); err != nil {
		return Camera{}, err
	}
	n.Grade = cmp.Or(n.Grade, DefaultGrade)
	at := r.Clock.Micro()
	row := cameraRow{ID: db.NewID(), Enabled: true, Provisional: true, CreatedAt: at}
	n.Priority = cmp.Or(n.Priority, DefaultPriority)
	_, none := grade(&row, &n.Grade, "")
	if err := cmp.Or(describe(&row, &n.Name, &n.Place, &n.Note), hear(&row, &n.RecordAudio, &n.AudioPurpose), rank(&row, &n.Priority), none); err != nil {
		return Camera{}, err
	}
	all, err := r.wire(row.ID, n.Main, n.Sub)
	if err != nil {
		return Camera{}, err
	}
	names, err := r.leads(ctx, &n.Main, n.Sub)
	if err != nil {
		return Camera{}, err
	}
	detail := map[string]any{}
	if row.Priority != DefaultPriority {
		detail["priority"] = row.Priority
	}
	if row.RecordAudio {
		detail["audioPurpose"] = row.AudioPurpose
	}
	var created Camera
	err = r.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error { // or its area could go meanwhile
		row.Area = ""
		if err := r.hang(ctx, tx, &row, &n.Area); err != nil {
			return err
		}
		if err := row.distinct(ctx, tx); err != nil {
			return err
		}
		if err := r.mayAdd(ctx, tx, actor, &n); err != nil { // the area may lie elsewhere by now
			return err
		}
		delete(detail, "alone")
		row.Grade = n.Grade
		if err := r.guard(ctx, tx, actor, &row, all, names, detail); err != nil {
			return err
		}
		if err := r.settle(ctx, tx, actor, &row, all, names, detail); err != nil {
			return err
		}
		if delete(detail, "area"); row.Area != "" {
			detail["area"] = row.Area
		}
		if row.Grade != DefaultGrade {
			detail["grade"] = row.Grade
		}
		created, err = enter(ctx, tx, actor.For(access.CameraConfigure, "").Act(at, "camera.created", row.ID, row.ID, detail), &row, all)
		if err != nil || r.Cover == nil {
			return err
		}
		return r.Cover(ctx, tx, actor, row.ID, names)
	})
	if err != nil {
		return Camera{}, err
	}
	r.moved()
	r.tell(row.ID, "created")
	return created, nil
}

// wire makes the rows of a camera's streams of what was typed for them.
func (r *Registry) wire(id string, main StreamInput, sub *StreamInput) ([]streamRow, error) {
	var all []streamRow
	for _, t := range []typed{{Main, &main}, {Sub, sub}} {
		if t.in == nil {
			continue
		}
		s := streamRow{Camera: id, Stream: t.stream, Transport: Auto, PasswordAt: r.Clock.Micro()}
		var plain secret.Text
		if err := reach(&s, &plain, *t.in); err != nil {
			return nil, err
		}
		r.seal(&s, plain)
		all = append(all, s)
	}
	return all, nil
}

// enter writes the rows of a camera that the registry did not have, and the act, whose
// Detail is a map of what there is to say besides its words and addresses.
func enter(ctx context.Context, tx bun.Tx, act ledger.Act, row *cameraRow, all []streamRow) (Camera, error) {
	if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
		return Camera{}, named(err, row.Name, "enter camera")
	}
	if _, err := tx.NewInsert().Model(&all).Exec(ctx); err != nil {
		return Camera{}, problem.Wrap(err, "enter the streams of a camera")
	}
	c := row.camera(all)
	act.Detail["name"], act.Detail["place"], act.Detail["main"], act.Detail["recordAudio"] = row.Name, row.Place, c.Main.URL, row.RecordAudio
	if c.Sub != nil {
		act.Detail["sub"] = c.Sub.URL
	}
	act.Detail[keyRecord] = c.record()
	return c, ledger.Record(ctx, tx, act)
}

// Update changes words, streams and sound of a camera. The act holds what each was
// before; of a password only that it changed.
func (r *Registry) Update(ctx context.Context, actor access.Actor, id string, c Change) (Camera, error) {
	if err := access.Can(actor, access.CameraConfigure, id); err != nil {
		return Camera{}, err
	}
	var names whereabouts.Names
	if c.Main != nil || c.Sub != nil || c.Area != nil {
		var err error
		if names, err = r.leads(ctx, c.Main, c.Sub); err != nil {
			return Camera{}, err
		}
	}
	return r.change(ctx, id, "changed", func(ctx context.Context, tx bun.Tx, row *cameraRow, before Camera) (*ledger.Act, error) {
		err := cmp.Or(describe(row, c.Name, c.Place, c.Note), hear(row, c.RecordAudio, c.AudioPurpose), rank(row, c.Priority), r.hang(ctx, tx, row, c.Area))
		if err != nil {
			return nil, err
		}
		if row.Name != before.Name {
			if err := row.distinct(ctx, tx); err != nil {
				return nil, err
			}
		}
		if row.Area != before.Area { // who may see it changes with that
			if err := access.Throughout(actor, access.CameraConfigure, ""); err != nil {
				return nil, err
			}
		}
		detail := map[string]any{}
		if err := r.move(ctx, tx, actor, row, before.Area, names, detail); err != nil {
			return nil, err
		}
		why, err := grade(row, c.Grade, c.GradeReason)
		if err != nil {
			return nil, err
		}
		if err := r.lower(ctx, tx, actor, row, before.Grade, "", why, detail); err != nil {
			return nil, err
		}
		retyped := map[string]bool{} // streams with another password
		for _, t := range []typed{{Main, c.Main}, {Sub, c.Sub}} {
			if t.in == nil || t.stream == Sub && c.RemoveSub {
				continue
			}
			changed, err := r.retype(ctx, tx, id, t.stream, *t.in)
			if err != nil {
				return nil, err
			}
			retyped[t.stream] = changed
		}
		if c.RemoveSub {
			if _, err := tx.NewDelete().Model((*streamRow)(nil)).Where("camera = ? AND stream = ?", id, Sub).Exec(ctx); err != nil {
				return nil, problem.Wrap(err, "remove sub-stream")
			}
		}
		all, err := streams(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if to := moved(before, all); to != nil {
			if err := settled(ctx, tx, id); err != nil {
				return nil, err
			}
			if err := r.guard(ctx, tx, actor, row, all, names, detail); err != nil {
				return nil, err
			}
			if err := r.stays(ctx, tx, actor, row, to, names, detail); err != nil {
				return nil, err
			}
			if r.Cover != nil {
				if err := r.Cover(ctx, tx, actor, id, names); err != nil {
					return nil, err
				}
			}
		}
		difference := differences(before, row.camera(all), retyped)
		if len(difference) == 0 {
			return nil, nil
		}
		if detail["changes"] = difference; why != "" && row.Grade != before.Grade {
			detail["reason"] = why
		}
		act := actor.For(access.CameraConfigure, id).Act(r.Clock.Micro(), "camera.changed", id, id, detail)
		return &act, nil
	})
}

// Switch turns a camera on or off. Off means that nothing is pulled from it; the
// reason stands in the act and later beside the gap.
func (r *Registry) Switch(ctx context.Context, actor access.Actor, id string, enabled bool, reason string) (Camera, error) {
	if err := access.Can(actor, access.CameraSwitch, id); err != nil {
		return Camera{}, err
	}
	reason, err := text.Line("reason", reason, 2, 500)
	if err != nil {
		return Camera{}, err
	}
	return r.change(ctx, id, "switched", func(_ context.Context, _ bun.Tx, row *cameraRow, before Camera) (*ledger.Act, error) {
		if before.Enabled == enabled {
			return nil, nil
		}
		at := r.Clock.Micro()
		row.Enabled, row.OffBy, row.OffReason, row.OffAt = enabled, "", "", 0
		if !enabled {
			row.OffBy, row.OffReason, row.OffAt = actor.Person, reason, at
		}
		kind := "camera.switched_off"
		if enabled {
			kind = "camera.switched_on"
		}
		act := actor.For(access.CameraSwitch, id).Act(at, kind, id, id, map[string]any{"reason": reason, "offAt": row.OffAt})
		return &act, nil
	})
}

// Retire takes a camera out of service for good. Its footage and history stay, its
// name becomes free, its passwords are forgotten.
func (r *Registry) Retire(ctx context.Context, actor access.Actor, id, reason string) (Camera, error) {
	if err := access.Can(actor, access.CameraConfigure, id); err != nil {
		return Camera{}, err
	}
	reason, err := text.Line("reason", reason, 2, 500)
	if err != nil {
		return Camera{}, err
	}
	return r.change(ctx, id, "retired", func(ctx context.Context, tx bun.Tx, row *cameraRow, _ Camera) (*ledger.Act, error) {
		at := r.Clock.Micro()
		row.RetiredAt, row.Enabled, row.OffBy, row.OffReason, row.OffAt = &at, false, actor.Person, reason, at
		if _, err := tx.NewUpdate().Model((*streamRow)(nil)).Set("password = NULL").Where("camera = ?", id).Exec(ctx); err != nil {
			return nil, problem.Wrap(err, "forget passwords")
		}
		act := actor.For(access.CameraConfigure, id).Act(at, "camera.retired", id, id, map[string]any{"name": row.Name, "reason": reason, "offAt": at})
		return &act, nil
	})
}

// change lets edit work on the row of a camera that is not retired, and writes row
// and act together. Without an act nothing changed and nobody is told.
func (r *Registry) change(ctx context.Context, id, told string,
	edit func(ctx context.Context, tx bun.Tx, row *cameraRow, before Camera) (*ledger.Act, error)) (Camera, error) {
	var before, after Camera
	var act *ledger.Act
	err := r.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		if before, err = get(ctx, tx, id); err != nil {
			return err
		}
		if before.RetiredAt != nil {
			return ErrRetired
		}
		var row cameraRow
		if err := tx.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx); err != nil {
			return problem.Wrap(err, "read camera")
		}
		if act, err = edit(ctx, tx, &row, before); err != nil {
			return err
		}
		after = before
		if act == nil {
			return nil
		}
		if _, err := tx.NewUpdate().Model(&row).WherePK().Exec(ctx); err != nil {
			return named(err, row.Name, "change camera")
		}
		if after, err = get(ctx, tx, id); err != nil {
			return err
		}
		return ledger.Record(ctx, tx, *act)
	})
	if err != nil {
		return Camera{}, err
	}
	if act != nil {
		if after.Area != before.Area || after.Grade != before.Grade || !slices.Equal(after.addresses(), before.addresses()) {
			r.moved()
		}
		r.tell(id, told)
	}
	return after, nil
}

// retype applies what was typed to a stream, which may be new, and tells whether
// its password is another.
func (r *Registry) retype(ctx context.Context, tx bun.Tx, id, stream string, in StreamInput) (changed bool, err error) {
	s := streamRow{Camera: id, Stream: stream, Transport: Auto}
	all, err := streams(ctx, tx, id)
	if err != nil {
		return false, err
	}
	var before secret.Text
	for _, row := range all {
		if row.Stream != stream {
			continue
		}
		s = row
		old, err := r.source(row)
		if err != nil && in.Password == nil { // a lost key is overcome by typing again
			return false, err
		}
		before = old.Password
	}
	plain := before
	if err := reach(&s, &plain, in); err != nil {
		return false, err
	}
	if plain != before {
		s.PasswordAt = r.Clock.Micro()
	}
	if plain != before || s.Password == nil || in.Password != nil {
		r.seal(&s, plain)
	}
	_, err = tx.NewInsert().Model(&s).On("CONFLICT (camera, stream) DO UPDATE").
		Set("url = EXCLUDED.url").Set("username = EXCLUDED.username").Set("password = EXCLUDED.password").
		Set("password_at = EXCLUDED.password_at").Set("transport = EXCLUDED.transport").Set("skip_verify = EXCLUDED.skip_verify").Exec(ctx)
	return plain != before, problem.Wrap(err, "change stream")
}

func (r *Registry) seal(s *streamRow, plain secret.Text) {
	s.Password = nil
	if plain != "" {
		s.Password = r.Box.Seal(plain, place(s.Camera, s.Stream))
	}
}

func named(err error, name, doing string) error {
	if db.IsUnique(err, "cameras.name_key") {
		return ErrNameTaken.With("name", name)
	}
	return problem.Wrap(err, doing)
}

// differences tells what was and what is, field by field.
func differences(before, after Camera, retyped map[string]bool) map[string]any {
	all := map[string]any{}
	put := func(field string, from, to any) {
		if from != to {
			all[field] = map[string]any{"from": from, "to": to}
		}
	}
	put("name", before.Name, after.Name)
	put("place", before.Place, after.Place)
	put("note", before.Note, after.Note)
	put("recordAudio", before.RecordAudio, after.RecordAudio)
	put("audioPurpose", before.AudioPurpose, after.AudioPurpose)
	put("priority", before.Priority, after.Priority)
	put("area", before.Area, after.Area)
	put("grade", before.Grade, after.Grade)
	stream := func(name string, from, to *Stream) {
		if from == nil && to == nil {
			return
		}
		was, is := Stream{}, Stream{}
		if from != nil {
			was = *from
		}
		if to != nil {
			is = *to
		}
		put(name+".url", was.URL, is.URL)
		put(name+".username", was.Username, is.Username)
		put(name+".transport", string(was.Transport), string(is.Transport))
		put(name+".skipVerify", was.SkipVerify, is.SkipVerify)
		if retyped[name] {
			all[name+".password"] = "changed"
		}
	}
	stream(Main, &before.Main, &after.Main)
	stream(Sub, before.Sub, after.Sub)
	return all
}
