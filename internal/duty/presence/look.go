package presence

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// Look asks whom it is time to ask, and ends what was not answered. It is called every few seconds.
func (p *Presence) Look(ctx context.Context) error {
	at := p.Clock.Micro()
	p.mu.Lock()
	if p.plans == nil {
		p.began, p.plans = at, map[string]plan{}
	}
	began := p.began
	p.mu.Unlock()
	return errors.Join(p.missed(ctx, at, began), p.escalate(ctx, at), p.overdue(ctx, at), p.ask(ctx, at))
}

// missed ends the prompts whose time is over. One that was asked before this process began is void:
// nobody could answer while it was not there.
func (p *Presence) missed(ctx context.Context, at, began int64) error {
	var rows []promptRow
	if err := p.DB.Read().NewSelect().Model(&rows).Where("outcome = ''").Where("due < ?", at).OrderExpr("at").Limit(mostListed).Scan(ctx); err != nil {
		return problem.Wrap(err, "read prompts")
	}
	for i := range rows {
		r := &rows[i]
		if r.At < began {
			if err := p.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { return p.outcome(ctx, tx, r.ID, Void, at) }); err != nil {
				return err
			}
			continue
		}
		over := false
		err := p.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			over = false
			now, err := load(ctx, tx, r.ID)
			if err != nil || now.Outcome != Waiting {
				return err
			}
			on, err := duty.Of(ctx, tx, r.Person)
			if err != nil {
				return err
			}
			if on == nil || on.ID != r.Attendance { // their watch ended meanwhile
				return p.outcome(ctx, tx, r.ID, Void, at)
			}
			over = true
			if err := p.outcome(ctx, tx, r.ID, Missed, at); err != nil {
				return err
			}
			return p.fact(ctx, tx, r, at)
		})
		if err != nil {
			return err
		}
		if over {
			p.raise("presence "+r.ID, "presence_missed", "Somebody on watch did not answer.", p.about(ctx, r.Room, r.Person, r.At))
			p.tell(r.Room, r.Person)
		}
	}
	return nil
}

// fact puts a missed prompt on record, and the second of a shift as the draft of a breach.
func (p *Presence) fact(ctx context.Context, tx bun.Tx, r *promptRow, at int64) error {
	program := access.Actor{}
	detail := map[string]any{"room": r.Room, "person": r.Person, "at": r.At, "due": r.Due, "shown": r.ShownAt != nil}
	if err := ledger.Record(ctx, tx, program.Act(at, kindMissed, r.ID, "", detail)); err != nil {
		return err
	}
	if err := p.note(ctx, tx, duty.Line{Room: r.Room, At: r.Due, Code: "prompt_missed", Person: r.Person, Subject: r.ID, Params: map[string]any{"person": r.Person}}); err != nil {
		return err
	}
	n, err := tx.NewSelect().Model((*promptRow)(nil)).Where("attendance = ?", r.Attendance).Where("outcome = ?", Missed).Count(ctx)
	if err != nil {
		return problem.Wrap(err, "count missed prompts")
	}
	if n != perShift {
		return nil
	}
	if err := p.note(ctx, tx, duty.Line{Room: r.Room, At: r.Due, Code: "prompts_missed_twice", Person: r.Person, Subject: r.ID, Params: map[string]any{"person": r.Person, "count": n}}); err != nil {
		return err
	}
	return ledger.Record(ctx, tx, program.Act(at, kindTwice, r.ID, "", map[string]any{"room": r.Room, "person": r.Person, "attendance": r.Attendance}))
}

// about names room and person for an alarm.
func (p *Presence) about(ctx context.Context, room, person string, since int64) map[string]any {
	params := map[string]any{"person": person, "since": since}
	if r, err := duty.Load(ctx, p.DB.Read(), room); err == nil {
		params["room"] = r.Name
	}
	return params
}

// escalate tells of missed prompts that nobody has judged, after a while the duty lead and then the
// supervisor, unless the person has done something since.
func (p *Presence) escalate(ctx context.Context, at int64) error {
	var rows []promptRow
	err := p.DB.Read().NewSelect().Model(&rows).Where("outcome = ?", Missed).Where("told > 0 AND told < ?", levelLeader).
		Where("NOT EXISTS (SELECT 1 FROM presence_judgements AS j WHERE j.prompt = presence_prompt.id)").OrderExpr("at").Limit(mostListed).Scan(ctx)
	if err != nil {
		return problem.Wrap(err, "read missed prompts")
	}
	for i := range rows {
		r := &rows[i]
		if p.Active != nil {
			seen, err := p.Active(ctx, p.DB.Read(), r.Person)
			if err != nil {
				return err
			}
			if seen > *r.OutcomeAt { // back: what is left is to judge it
				if err := p.told(ctx, r.ID, levelLeader); err != nil {
					return err
				}
				p.raise("presence "+r.ID, "", "", nil)
				continue
			}
		}
		level := r.Told
		switch passed := time.Duration(at-*r.OutcomeAt) * time.Microsecond; {
		case passed >= toLeader:
			level = levelLeader
		case passed >= toLead:
			level = levelLead
		}
		if level == r.Told {
			continue
		}
		if err := p.told(ctx, r.ID, level); err != nil {
			return err
		}
		code := map[int]string{levelLead: "presence_missed_lead", levelLeader: "presence_missed_leader"}[level]
		p.raise("presence "+r.ID, code, "Somebody on watch still gives no sign.", p.about(ctx, r.Room, r.Person, r.At))
	}
	return nil
}

func (p *Presence) told(ctx context.Context, id string, level int) error {
	return p.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*promptRow)(nil)).Set("told = ?", level).Where("id = ?", id).Exec(ctx)
		return problem.Wrap(err, "note who was told of a missed prompt")
	})
}

// ask asks whoever has been quiet for long enough.
func (p *Presence) ask(ctx context.Context, at int64) error {
	if !prompts.Get(p.Rules) || p.Active == nil {
		return nil
	}
	tx := p.DB.Read()
	on, err := duty.Everybody(ctx, tx)
	if err != nil {
		return err
	}
	kept := map[string]plan{}
	for i := range on {
		a := &on[i]
		since, err := p.quietSince(ctx, tx, a)
		if err != nil {
			return err
		}
		p.mu.Lock()
		one, known := p.plans[a.ID]
		p.mu.Unlock()
		if !known || one.since != since {
			one = plan{since: since, delay: (after.Get(p.Rules) + time.Duration(p.random(int64(spread.Get(p.Rules))))).Microseconds()}
		}
		kept[a.ID] = one
		if at < one.since+one.delay {
			continue
		}
		free, err := p.free(ctx, tx, a, at)
		if err != nil {
			return err
		}
		if free {
			if err := p.prompt(ctx, a, at); err != nil {
				return err
			}
		}
	}
	p.mu.Lock()
	p.plans = kept
	p.mu.Unlock()
	return nil
}

// quietSince tells when there was the last sign of somebody: an act at a screen, a prompt that
// ended, the end of an absence, or the begin of their watch.
func (p *Presence) quietSince(ctx context.Context, tx bun.IDB, a *duty.Attendance) (int64, error) {
	seen, err := p.Active(ctx, tx, a.Person)
	if err != nil {
		return 0, err
	}
	var last int64
	if err := tx.NewSelect().Model((*promptRow)(nil)).ColumnExpr("COALESCE(MAX(outcome_at), 0)").Where("attendance = ?", a.ID).Scan(ctx, &last); err != nil {
		return 0, problem.Wrap(err, "read prompts")
	}
	var back int64
	if err := tx.NewSelect().Model((*absenceRow)(nil)).ColumnExpr("COALESCE(MAX(ended_at), 0)").Where("attendance = ?", a.ID).Scan(ctx, &back); err != nil {
		return 0, problem.Wrap(err, "read absences")
	}
	return max(seen, last, back, a.OnAt), nil
}

// free tells whether somebody may be asked now.
func (p *Presence) free(ctx context.Context, tx bun.IDB, a *duty.Attendance, at int64) (bool, error) {
	if at < a.OnAt+edge.Microseconds() || a.Turn.To != 0 && at > a.Turn.To-edge.Microseconds() && at <= a.Turn.To+edge.Microseconds() {
		return false, nil
	}
	n, err := tx.NewSelect().Model((*absenceRow)(nil)).Where("attendance = ?", a.ID).Where("ended_at IS NULL").Count(ctx)
	if err != nil || n > 0 {
		return false, problem.Wrap(err, "read absences")
	}
	if p.Busy == nil {
		return true, nil
	}
	busy, err := p.Busy(ctx, tx, a.Room)
	return !busy, err
}

func (p *Presence) prompt(ctx context.Context, a *duty.Attendance, at int64) error {
	r := promptRow{ID: db.NewID(), Room: a.Room, Person: a.Person, Attendance: a.ID, At: at, Due: at + within.Get(p.Rules).Microseconds()}
	if p.random(oneInTiles) == 0 {
		r.Tile = int(p.random(9)) + 1
	}
	asked := false
	err := p.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewInsert().Model(&r).On("CONFLICT (attendance) WHERE outcome = '' DO NOTHING").Exec(ctx)
		if err != nil {
			return problem.Wrap(err, "ask whether somebody is there")
		}
		n, err := res.RowsAffected()
		asked = n > 0
		return problem.Wrap(err, "ask whether somebody is there")
	})
	if err == nil && asked {
		p.tell(a.Room, a.Person)
	}
	return err
}
