package second

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/problem"
)

const (
	remembered = 24 * time.Hour // how long what is over is shown
	longest    = int64(200)
)

// List gives the asks of somebody of the last day, and those that they answered; and all that
// wait and that they could answer. The newest come first.
func (s *Asks) List(ctx context.Context, actor access.Actor) ([]Ask, error) {
	if actor.Person == "" {
		return []Ask{}, nil
	}
	now := s.Clock.Micro()
	since := now - remembered.Microseconds()
	var rows []askRow
	err := s.DB.Read().NewSelect().Model(&rows).
		Where("(ask.person = ? AND ask.asked_at > ?) OR (ask.second_person = ? AND ask.answered_at > ?) OR (ask.answer = '' AND ask.expires_at > ?)",
			actor.Person, since, actor.Person, since, now).
		OrderExpr("ask.asked_at DESC, ask.id DESC").Limit(longest).Scan(ctx)
	if err != nil {
		return nil, problem.Wrap(err, "list asks")
	}
	all, err := s.whole(ctx, rows, now)
	if err != nil {
		return nil, err
	}
	mine := []Ask{}
	for i := range all {
		if all[i].Person == actor.Person || all[i].Second == actor.Person || s.Answers(actor, &all[i]) {
			mine = append(mine, all[i])
		}
	}
	return mine, nil
}

// Answers tells whether somebody could answer an ask now.
func (s *Asks) Answers(actor access.Actor, a *Ask) bool {
	if a.State != Waiting {
		return false
	}
	_, err := fit(actor, a)
	return err == nil
}

// Get gives one ask, to who asked, who answered, and who could.
func (s *Asks) Get(ctx context.Context, actor access.Actor, id string) (Ask, error) {
	_, a, err := s.load(ctx, s.DB.Read(), id)
	if err == nil && (actor.Person == "" || a.Person != actor.Person && a.Second != actor.Person && !s.Answers(actor, &a)) {
		err = ErrUnknown
	}
	return a, err
}

func (s *Asks) whole(ctx context.Context, rows []askRow, now int64) ([]Ask, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	var cameras []cameraRow
	if err := s.DB.Read().NewSelect().Model(&cameras).Where("ask IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list asks")
	}
	of := map[string][]string{}
	for _, c := range cameras {
		of[c.Ask] = append(of[c.Ask], c.Camera)
	}
	all := make([]Ask, len(rows))
	for i := range rows {
		all[i] = s.ask(&rows[i], of[rows[i].ID], now)
	}
	return all, nil
}

// Of gives the second persons of what was agreed to, by what the agreements were used for.
func Of(ctx context.Context, tx bun.IDB, usedFor []string) (map[string]*Partner, error) {
	var rows []askRow
	err := tx.NewSelect().Model(&rows).Where("ask.used_for IN (?)", bun.List(usedFor)).Scan(ctx)
	if err != nil {
		return nil, problem.Wrap(err, "read second persons")
	}
	of := map[string]*Partner{}
	for i := range rows {
		r := &rows[i]
		of[value(r.UsedFor)] = &Partner{Ask: r.ID, Person: value(r.SecondPerson), Position: r.Position, Way: r.Way, AskedAt: r.AskedAt, At: value(r.AnsweredAt)}
	}
	return of, nil
}
