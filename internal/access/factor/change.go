package factor

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/appointment"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/text"
)

// Rename gives one of the person's own factors another name.
func (f *Factors) Rename(ctx context.Context, who account.Identity, id, name string) (Factor, error) {
	if err := access.Enrolling(who.Actor); err != nil {
		return Factor{}, err
	}
	name, err := text.Line("name", name, 1, 60)
	if err != nil {
		return Factor{}, err
	}
	var after Factor
	err = f.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if after, err = f.find(ctx, tx, who.Actor.Person, id); err != nil {
			return err
		}
		before := after.Name
		after.Name = name
		if before == name {
			return nil
		}
		if _, err := tx.NewUpdate().Model(modelOf(after.Kind)).Set("name = ?", name).Where("id = ?", id).Exec(ctx); err != nil {
			return problem.Wrap(err, "rename a factor")
		}
		return ledger.Record(ctx, tx, who.Actor.Act(f.Clock.Micro(), "factor.renamed", id, "", map[string]any{"kind": after.Kind, "from": before, "to": name}))
	})
	return after, err
}

// drop removes a factor in tx, and the codes on paper with the last one.
func (f *Factors) drop(ctx context.Context, tx bun.Tx, actor access.Actor, person string, x Factor, detail map[string]any) error {
	if _, err := tx.NewDelete().Model(modelOf(x.Kind)).Where("id = ?", x.ID).Exec(ctx); err != nil {
		return problem.Wrap(err, "remove a factor")
	}
	about := map[string]any{"kind": x.Kind, "name": x.Name, "person": person}
	for k, v := range detail {
		about[k] = v
	}
	return ledger.Record(ctx, tx, actor.Act(f.Clock.Micro(), "factor.removed", x.ID, "", about))
}

// dropCodes removes the codes on paper where nothing is left that they stand in for.
func (f *Factors) dropCodes(ctx context.Context, tx bun.Tx, person string) (last bool, err error) {
	own, err := f.all(ctx, tx, person)
	if err != nil || own.counting() > 0 {
		return false, err
	}
	_, err = tx.NewDelete().Model((*codeRow)(nil)).Where("person = ?", person).Exec(ctx)
	return true, problem.Wrap(err, "remove recovery codes")
}

// Remove takes away one of the person's own factors, but not the last one while a position
// must have one.
func (f *Factors) Remove(ctx context.Context, who account.Identity, id string, password secret.Text, from access.Origin) error {
	if err := f.confirm(ctx, who, password); err != nil {
		return err
	}
	person := who.Actor.Person
	held, err := f.Account.GoneBy(ctx, who.Person.Positions())
	if err != nil {
		return err
	}
	err = f.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		x, err := f.find(ctx, tx, person, id)
		if err != nil {
			return err
		}
		if err := f.drop(ctx, tx, who.Actor, person, x, map[string]any{"address": from.Address}); err != nil {
			return err
		}
		if _, err := f.dropCodes(ctx, tx, person); err != nil {
			return err
		}
		lacks, err := f.Lacks(ctx, tx, person, held)
		if err != nil {
			return err
		}
		if lacks && x.counts() {
			return ErrLast
		}
		return f.notify(ctx, tx, person, Notice{Kind: "removed", At: f.Clock.Micro(), Address: from.Address, Name: x.Name})
	})
	if err == nil {
		f.tell(person)
	}
	return err
}

// RemoveLost takes away a factor that another person has lost. Their sessions end: who
// holds what was lost may be in one. Where it was the last and the password is one that
// somebody else made, positions that two people give rest; see appointment.Rest.
func (f *Factors) RemoveLost(ctx context.Context, actor access.Actor, person, id, reason string, from access.Origin) error {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return err
	}
	if actor.Person == person {
		return ErrOwn
	}
	reason, err := text.Line("reason", reason, 4, 300)
	if err != nil {
		return err
	}
	if _, err := f.Account.Person(ctx, person); err != nil {
		return err
	}
	var ended func(reason string)
	err = f.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		x, err := f.find(ctx, tx, person, id)
		if err != nil {
			return err
		}
		ended, err = f.lose(ctx, tx, actor, person, x, reason, map[string]any{"reason": reason, "address": from.Address})
		if err != nil {
			return err
		}
		return f.notify(ctx, tx, person, Notice{Kind: "removed", At: f.Clock.Micro(), By: actor.Person, Address: from.Address, Name: x.Name})
	})
	if err == nil {
		ended("factor")
		f.tell(person)
	}
	return err
}

// lose takes a factor of another person away in tx, and ends their sessions. Whoever does calls
// ended once tx stands.
func (f *Factors) lose(ctx context.Context, tx bun.Tx, actor access.Actor, person string, x Factor, reason string, detail map[string]any) (ended func(reason string), err error) {
	if err := f.drop(ctx, tx, actor.For(access.PeopleManage, ""), person, x, detail); err != nil {
		return nil, err
	}
	last, err := f.dropCodes(ctx, tx, person)
	if err != nil {
		return nil, err
	}
	if last && x.counts() {
		if err := appointment.Rest(ctx, tx, actor, person, reason, f.Clock.Micro()); err != nil {
			return nil, err
		}
	}
	return f.Account.EndAll(ctx, tx, person, "")
}

// NewCodes replaces the codes on paper; the old ones are good for nothing any more.
func (f *Factors) NewCodes(ctx context.Context, who account.Identity, password secret.Text) ([]secret.Text, error) {
	if err := f.confirm(ctx, who, password); err != nil {
		return nil, err
	}
	var codes []secret.Text
	err := f.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		own, err := f.all(ctx, tx, who.Actor.Person)
		if err != nil {
			return err
		}
		if own.counting() == 0 {
			return ErrNone
		}
		codes, err = f.newCodes(ctx, tx, who.Actor, f.Clock.Micro())
		return err
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}
