package staff

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/appointment"
	"watchroom/internal/access/unit"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// Keep changes a person's file, unit or term. The act holds what was and what is; of the
// phone only that it is another.
func (f *Files) Keep(ctx context.Context, actor access.Actor, person string, c Change) (after File, who account.Person, err error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return File{}, who, err
	}
	var moved bool
	err = f.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		after, who, moved, err = f.keep(ctx, tx, actor, person, c)
		return err
	})
	if err != nil {
		return File{}, account.Person{}, err
	}
	if moved {
		f.Accounts.Told([]string{person}, "rights", "term") // what runs is decided anew
	}
	return after, who, nil
}

// KeepIn is Keep inside a transaction, for who takes in many; changed tells whether something is
// another. Who has the right to it is for the caller to say, and so is Told.
func (f *Files) KeepIn(ctx context.Context, tx bun.Tx, actor access.Actor, person string, c Change) (who account.Person, changed bool, err error) {
	before, photo, err := read(ctx, tx, person)
	if err != nil {
		return who, false, err
	}
	was, err := account.Load(ctx, tx, person)
	if err != nil {
		return who, false, err
	}
	after, who, _, err := f.keep(ctx, tx, actor, person, c)
	return who, err == nil && len(differences(before.file(photo), after, was, who)) > 0, err
}

// keep does it inside a transaction; moved tells whether unit or term are others, or papers
// on which rights depend.
func (f *Files) keep(ctx context.Context, tx bun.Tx, actor access.Actor, person string, c Change) (after File, who account.Person, moved bool, err error) {
	if actor.Person == person {
		return File{}, who, false, ErrOwnFile
	}
	if who, err = account.Load(ctx, tx, person); err != nil {
		return File{}, who, false, err
	}
	r, photo, err := read(ctx, tx, person)
	if err != nil {
		return File{}, who, false, err
	}
	before, was, papers := r.file(photo), who, papersOf(&r)
	if err := r.take(&c); err != nil {
		return File{}, who, false, err
	}
	if err := f.Settings.bound(before, &r, f.Settings.today(f.Clock.Micro())); err != nil {
		return File{}, who, false, err
	}
	if c.Unit != nil {
		who.Unit = *c.Unit
	}
	if c.Term != nil {
		who.ValidFrom, who.ValidUntil = c.Term.From, c.Term.Until
	}
	changes := differences(before, r.file(photo), was, who)
	if len(changes) == 0 {
		return before, who, false, nil
	}
	if moved = who.Unit != was.Unit || !same(who.ValidFrom, was.ValidFrom) || !same(who.ValidUntil, was.ValidUntil); moved {
		if err := f.term(ctx, tx, &who); err != nil {
			return File{}, who, false, err
		}
		if err := account.Place(ctx, tx, person, who.Unit, who.ValidFrom, who.ValidUntil); err != nil {
			return File{}, who, false, err
		}
		if at := f.Clock.Micro(); was.ValidUntil != nil && *was.ValidUntil <= at && (who.ValidUntil == nil || *who.ValidUntil > at) {
			wish := appointment.Wish{Person: person, Before: who.Holdings, Directory: who.Directory}
			if who.Holdings, err = appointment.Reopen(ctx, tx, actor, wish, at); err != nil {
				return File{}, who, false, err
			}
		}
	}
	if err := write(ctx, tx, &r); err != nil {
		return File{}, who, false, err
	}
	moved = moved || papersOf(&r) != papers
	detail := map[string]any{"changes": changes}
	if _, is := changes["phone"]; is {
		detail[keyPhone] = r.phoneMark()
	}
	return r.file(photo), who, moved, ledger.Record(ctx, tx, actor.For(access.PeopleManage, "").Act(f.Clock.Micro(), kindFiled, person, "", detail))
}

// term refuses a unit that is not there, and a term that people of such a unit cannot have.
func (f *Files) term(ctx context.Context, tx bun.Tx, who *account.Person) error {
	if who.ValidFrom != nil && who.ValidUntil != nil && *who.ValidFrom >= *who.ValidUntil {
		return ErrTermEmpty
	}
	for _, p := range who.Positions() {
		if p == access.Administrator && (who.ValidUntil != nil || who.ValidFrom != nil) {
			return account.ErrTermAdmin.On("validUntil")
		}
	}
	if who.Unit == "" {
		return nil
	}
	of, err := unit.Load(ctx, tx, who.Unit)
	switch {
	case problem.Of(err).Code == unit.ErrUnknown.Code || err == nil && of.RetiredAt != nil:
		return ErrUnit
	case err != nil:
		return err
	case !of.Kind.Foreign():
		return nil
	case who.ValidUntil == nil:
		return ErrTermNeeded
	}
	by, err := unit.Running(ctx, tx, who.Unit)
	if err == nil && by != nil && *who.ValidUntil > by.Until {
		return ErrTermBeyond.With("until", by.Until)
	}
	return err
}

func read(ctx context.Context, tx bun.IDB, person string) (r fileRow, photo bool, err error) {
	var rows []fileRow
	if err = tx.NewSelect().Model(&rows).Where("person = ?", person).Scan(ctx); err != nil {
		return r, false, problem.Wrap(err, "read the file of a person")
	}
	n, err := tx.NewSelect().Table("person_photos").Where("person = ?", person).Count(ctx)
	if r = (fileRow{Person: person}); len(rows) > 0 {
		r = rows[0]
	}
	return r, n > 0, problem.Wrap(err, "look for the photo of a person")
}

func write(ctx context.Context, tx bun.IDB, r *fileRow) error {
	_, err := tx.NewInsert().Model(r).On("CONFLICT (person) DO UPDATE").
		Set("phone = EXCLUDED.phone").Set("licence = EXCLUDED.licence").Set("licence_until = EXCLUDED.licence_until").
		Set("licence_pending = EXCLUDED.licence_pending").Set("qualification = EXCLUDED.qualification").
		Set("qualification_until = EXCLUDED.qualification_until").Set("vetted_on = EXCLUDED.vetted_on").
		Set("pledge_until = EXCLUDED.pledge_until").Exec(ctx)
	return problem.Wrap(err, "write the file of a person")
}

func same(a, b *int64) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

// differences tells what was and what is, field by field.
func differences(before, after File, was, is account.Person) map[string]any {
	all := map[string]any{}
	put := func(field string, from, to any) {
		if from != to {
			all[field] = map[string]any{"from": from, "to": to}
		}
	}
	put("licence", before.Licence, after.Licence)
	put("licenceUntil", before.LicenceUntil, after.LicenceUntil)
	put("licencePending", before.LicencePending, after.LicencePending)
	put("qualification", before.Qualification, after.Qualification)
	put("qualificationUntil", before.QualificationUntil, after.QualificationUntil)
	put("vettedOn", before.VettedOn, after.VettedOn)
	put("pledgeUntil", before.PledgeUntil, after.PledgeUntil)
	put("unit", was.Unit, is.Unit)
	if before.Phone != after.Phone {
		all["phone"] = "changed"
	}
	for field, pair := range map[string][2]*int64{"validFrom": {was.ValidFrom, is.ValidFrom}, "validUntil": {was.ValidUntil, is.ValidUntil}} {
		if !same(pair[0], pair[1]) {
			all[field] = map[string]any{"from": pair[0], "to": pair[1]}
		}
	}
	return all
}
