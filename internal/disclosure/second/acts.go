package second

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/disclosure/present"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// most bounds what one person has waiting at a time.
const most = 20

// rights are those by which somebody asks.
var rights = map[Kind]access.Action{Viewing: access.PlaybackView, Snapshot: access.SnapshotTake, Live: access.LiveView}

// Put puts an ask on record. The caller has found that the actor may do it but for the second
// person.
func (s *Asks) Put(ctx context.Context, actor access.Actor, w Wish) (Ask, error) {
	if actor.Person == "" || actor.Client() == "" {
		return Ask{}, ErrPerson
	}
	held := actor.Positions()
	words := make([]string, len(held))
	for i, p := range held {
		words[i] = string(p)
	}
	at := s.Clock.Micro()
	row := askRow{ID: db.NewID(), Person: actor.Person, Positions: strings.Join(words, " "), Client: actor.Client(), Kind: w.Kind, FromAt: w.From, ToAt: w.To,
		Purpose: w.Purpose, Reason: w.Reason, Present: present.Words(w.Present), AskedAt: at, ExpiresAt: at + Waits.Get(s.Rules).Microseconds()}
	if w.Viewing != "" {
		row.Viewing = &w.Viewing
	}
	of := make([]cameraRow, len(w.Cameras))
	for i, c := range w.Cameras {
		of[i] = cameraRow{Ask: row.ID, Camera: c}
	}
	made := s.ask(&row, append([]string{}, w.Cameras...), at)
	err := s.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err := tx.NewSelect().Model((*askRow)(nil)).Where("person = ?", actor.Person).Where("answer = ''").Where("expires_at > ?", at).Count(ctx)
		if err != nil {
			return problem.Wrap(err, "count asks")
		}
		if n >= most {
			return ErrMany
		}
		one, cameras := row, append([]cameraRow(nil), of...)
		if _, err := tx.NewInsert().Model(&one).Exec(ctx); err != nil {
			return problem.Wrap(err, "ask for a second person")
		}
		if _, err := tx.NewInsert().Model(&cameras).Exec(ctx); err != nil {
			if db.IsForeignKey(err) {
				return ErrNoCamera
			}
			return problem.Wrap(err, "ask for a second person")
		}
		return s.record(ctx, tx, actor, rights[w.Kind], at, kindAsked, &made, map[string]any{keyExpires: row.ExpiresAt})
	})
	if err != nil {
		return Ask{}, err
	}
	s.tell(&made)
	return made, nil
}

// record puts a step on record, once for each camera, so that who reads the acts of a camera
// finds it. Both persons and their positions are named.
func (s *Asks) record(ctx context.Context, tx bun.IDB, by access.Actor, right access.Action, at int64, kind string, a *Ask, more map[string]any) error {
	for _, c := range a.Cameras {
		positions := make([]any, len(a.Positions))
		for i, p := range a.Positions {
			positions[i] = string(p)
		}
		detail := map[string]any{"what": string(a.Kind), "askedBy": a.Person, "askedAs": positions, "cameras": len(a.Cameras)}
		if a.From != 0 || a.To != 0 {
			detail["from"], detail["to"] = a.From, a.To
		}
		for k, v := range map[string]string{"purpose": a.Purpose, "reason": a.Reason, "viewing": a.Viewing} {
			if v != "" {
				detail[k] = v
			}
		}
		if len(a.Present) > 0 {
			detail[present.Key] = present.Detail(a.Present)
		}
		if a.Second != "" && a.Position != "" {
			detail[Key] = a.Partner().Detail()
		}
		for k, v := range more {
			detail[k] = v
		}
		if err := ledger.Record(ctx, tx, by.For(right, c).Act(at, kind, a.ID, c, detail)); err != nil {
			return err
		}
	}
	return nil
}

// Agree makes who the second person to an ask, inside tx: whoever shows who they are at the
// screen of who asked, or in a session of their own. Tell is to be called once tx stands.
func (s *Asks) Agree(ctx context.Context, tx bun.Tx, who access.Actor, id string, way Way) (Ask, error) {
	return s.answer(ctx, tx, who, id, Agreed, way, "")
}

// Tell lets screens look at an ask that Agree has answered.
func (s *Asks) Tell(a Ask) { s.tell(&a) }

func (s *Asks) answer(ctx context.Context, tx bun.Tx, who access.Actor, id string, answer State, way Way, note string) (Ask, error) {
	row, a, err := s.load(ctx, tx, id)
	if err != nil {
		return Ask{}, err
	}
	if err := access.Settled(who); err != nil {
		return Ask{}, err
	}
	position, err := fit(who, &a)
	if err != nil {
		return Ask{}, err
	}
	if a.State != Waiting {
		return Ask{}, ErrOver.With("state", string(a.State))
	}
	at := s.Clock.Micro()
	row.Answer, row.SecondPerson, row.Position, row.Way, row.Note, row.AnsweredAt = answer, &who.Person, position, way, note, &at
	if answer == Agreed {
		until := at + Holds.Get(s.Rules).Microseconds()
		row.HoldsUntil = &until
	}
	if err := s.write(ctx, tx, &row, "answer", "second_person", "position", "way", "note", "answered_at", "holds_until"); err != nil {
		return Ask{}, err
	}
	a = s.ask(&row, a.Cameras, at)
	more := map[string]any{}
	if note != "" {
		more["note"] = note
	}
	if row.HoldsUntil != nil {
		more[keyHolds] = *row.HoldsUntil
	}
	return a, s.record(ctx, tx, who, access.SecondAgree, at, "second."+string(answer), &a, more)
}

// AgreeApart agrees in a session of one's own.
func (s *Asks) AgreeApart(ctx context.Context, who access.Actor, id string) (Ask, error) {
	return s.step(ctx, func(ctx context.Context, tx bun.Tx) (Ask, error) { return s.Agree(ctx, tx, who, id, Apart) })
}

// Refuse refuses an ask, with a reason. It is asked for anew then, or left.
func (s *Asks) Refuse(ctx context.Context, who access.Actor, id, note string) (Ask, error) {
	note, err := text.Block("note", note, 2, 500)
	if err != nil {
		return Ask{}, err
	}
	return s.step(ctx, func(ctx context.Context, tx bun.Tx) (Ask, error) {
		return s.answer(ctx, tx, who, id, Refused, Apart, note)
	})
}

// Withdraw takes an ask of one's own back that nobody has answered.
func (s *Asks) Withdraw(ctx context.Context, actor access.Actor, id string) (Ask, error) {
	return s.step(ctx, func(ctx context.Context, tx bun.Tx) (Ask, error) {
		row, a, err := s.load(ctx, tx, id)
		switch {
		case err != nil:
			return Ask{}, err
		case a.Person != actor.Person:
			return Ask{}, ErrUnknown
		case a.State != Waiting:
			return Ask{}, ErrOver.With("state", string(a.State))
		}
		at := s.Clock.Micro()
		row.Answer, row.AnsweredAt = Withdrawn, &at
		if err := s.write(ctx, tx, &row, "answer", "answered_at"); err != nil {
			return Ask{}, err
		}
		a.State, a.AnsweredAt = Withdrawn, at
		return a, s.record(ctx, tx, actor, rights[a.Kind], at, kindWithdrawn, &a, nil)
	})
}

func (s *Asks) step(ctx context.Context, do func(ctx context.Context, tx bun.Tx) (Ask, error)) (Ask, error) {
	var a Ask
	err := s.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		a, err = do(ctx, tx)
		return err
	})
	if err != nil {
		return Ask{}, err
	}
	s.tell(&a)
	return a, nil
}

// Use uses an agreement up inside the transaction of what was agreed to, whose id is
// usedFor. One to live pictures may be used again at the same client while it holds, since
// they break off. Tell is to be called once tx stands.
func (s *Asks) Use(ctx context.Context, tx bun.Tx, actor access.Actor, id string, w Wish, usedFor string) (Ask, error) {
	row, a, err := s.load(ctx, tx, id)
	if err != nil {
		return Ask{}, err
	}
	at := s.Clock.Micro()
	again := a.State == Used && a.Kind == Live && at < a.ExpiresAt
	switch {
	case a.Person != actor.Person:
		return Ask{}, ErrUnknown
	case !a.Here(actor):
		return Ask{}, ErrClient
	case !a.same(&w):
		return Ask{}, ErrOther
	case a.State != Agreed && !again:
		return Ask{}, ErrNone.With("state", string(a.State))
	case again:
		return a, nil
	}
	row.UsedAt, row.UsedFor = &at, &usedFor
	if err := s.write(ctx, tx, &row, "used_at", "used_for"); err != nil {
		return Ask{}, err
	}
	a = s.ask(&row, a.Cameras, at)
	return a, s.record(ctx, tx, actor, rights[a.Kind], at, kindUsed, &a, map[string]any{"for": usedFor})
}

// Unfit puts on record that somebody showed at the screen of another who they are, and could
// not be the second person: why is the code of the refusal.
func (s *Asks) Unfit(ctx context.Context, who access.Actor, id, why string) error {
	return s.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, a, err := s.load(ctx, tx, id)
		if err != nil {
			return err
		}
		return s.record(ctx, tx, who, access.SecondAgree, s.Clock.Micro(), "second.unfit", &a, map[string]any{"code": why})
	})
}

// AskedAt is when somebody asked here for a second person (µs). A nil Asks knows no asks.
func (s *Asks) AskedAt(ctx context.Context, tx bun.IDB, actor access.Actor, id string) (int64, error) {
	if s == nil {
		return 0, ErrUnknown
	}
	_, a, err := s.load(ctx, tx, id)
	switch {
	case err != nil:
		return 0, err
	case a.Person != actor.Person:
		return 0, ErrUnknown
	}
	return a.AskedAt, nil
}

func (s *Asks) write(ctx context.Context, tx bun.Tx, row *askRow, columns ...string) error {
	done, err := tx.NewUpdate().Model(row).Column(columns...).WherePK().Where("used_at IS NULL").Exec(ctx)
	if err != nil {
		return problem.Wrap(err, "answer an ask")
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return ErrOver.With("state", string(Used))
	}
	return nil
}

func (s *Asks) load(ctx context.Context, tx bun.IDB, id string) (row askRow, a Ask, err error) {
	err = tx.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return row, a, ErrUnknown
	}
	var cameras []string
	if err == nil {
		err = tx.NewSelect().Model((*cameraRow)(nil)).Column("camera").Where("ask = ?", id).Scan(ctx, &cameras)
	}
	if err != nil {
		return row, a, problem.Wrap(err, "read an ask")
	}
	return row, s.ask(&row, cameras, s.Clock.Micro()), nil
}
