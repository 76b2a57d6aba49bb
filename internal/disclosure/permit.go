package disclosure

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/disclosure/purpose"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

// Refusals of what the terms of a right, the grade of a camera or the purpose do not allow.
// Those of a right name the action, so that they are acts of refusal like those of access.
var (
	ErrTooOld  = problem.New(problem.Forbidden, "viewing_too_old", "Your right does not reach so far back.")                                                      // action, camera, longest, rule
	ErrRequest = problem.New(problem.Forbidden, "viewing_request", "This needs a request that was approved.")                                                     // action, camera, rule
	ErrSecond  = problem.New(problem.Forbidden, "viewing_second", "This needs a second person.")                                                                  // action, camera, rule or grade; or purpose
	ErrGraded  = problem.New(problem.Forbidden, "viewing_graded", "Footage of a camera of this security grade is seen only under a request that was approved.")   // action, camera, grade
	ErrStated  = problem.New(problem.Invalid, "viewing_purpose_missing", "Say for which purpose you look; only the newest footage needs none.").On("purpose")     // longest
	ErrReview  = problem.New(problem.Invalid, "duty_review_bounds", "Duty review reaches back a short time only. Choose another purpose.").On("purpose")          // longest
	ErrOffDuty = problem.New(problem.Forbidden, "duty_review_off_duty", "Duty review is for whoever has the watch over this camera. Choose another purpose.")     // action, camera
	ErrPurBack = problem.New(problem.Invalid, "purpose_too_old", "This purpose does not reach so far back.").On("from").Refusal()                                 // purpose, longest
	ErrPurAsks = problem.New(problem.Forbidden, "purpose_request", "Footage is looked at for this purpose only under a request that was approved.").On("purpose") // purpose
	ErrByHand  = problem.New(problem.Invalid, "purpose_by_hand", "The program writes this purpose by itself; nobody chooses it.").On("purpose").Refusal()         // purpose
)

// shortest is how long a viewing lasts at least whose footage may not be old, so that it can
// be watched to its end.
const shortest = 15 * time.Minute

// term finds the term under which the actor may do action with footage of a camera back to
// an instant (µs), as of another, with a second person or alone.
func term(actor access.Actor, action access.Action, camera string, from, now int64, paired bool) (access.Term, error) {
	if err := access.Can(actor, action, camera); err != nil {
		return access.Term{}, err
	}
	d := access.Decide(actor, action, camera, nil)
	t, ok := d.For(time.Duration(now-from) * time.Microsecond)
	refuse := func(p *problem.Error, rule string) error {
		return p.With("action", string(action)).With("camera", camera).With("rule", rule)
	}
	switch {
	case !ok:
		longest := time.Duration(0)
		for _, t := range d.Terms {
			longest = max(longest, t.Back)
		}
		return t, refuse(ErrTooOld.With("longest", rule.Span(longest)), d.Rule)
	case t.Request: // there are no requests yet, so that none was approved
		return t, refuse(ErrRequest, t.Rule)
	case t.Second && !paired:
		return t, refuse(ErrSecond, t.Rule)
	}
	return t, nil
}

// Keeps is nil where the actor may take a picture of a camera out of footage of an instant
// (µs), with a second person or alone: the right to it has terms of its own.
func (v *Viewings) Keeps(actor access.Actor, camera string, at int64, paired bool) error {
	now := v.Clock.Micro()
	if _, err := term(actor, access.SnapshotTake, camera, at, now, paired); err != nil || paired {
		return err
	}
	return v.pairs(actor, access.SnapshotTake, camera, at, now)
}

// KeepsNow is Keeps of the present, which who keeps it sees: the terms of watching live count
// as well.
func (v *Viewings) KeepsNow(actor access.Actor, camera string, paired bool) error {
	if err := Watches(actor, camera, paired); err != nil {
		return err
	}
	return v.Keeps(actor, camera, v.Clock.Micro(), paired)
}

// Again is nil where the actor may see a picture of the past once more that they took of the
// then present of a camera, at an instant (µs): they have seen it, but the right to the past
// reaches no farther for it.
func (v *Viewings) Again(actor access.Actor, camera string, at int64) error {
	now := v.Clock.Micro()
	if _, err := term(actor, access.PlaybackView, camera, at, now, false); err != nil {
		return err
	}
	if err := v.pairs(actor, access.PlaybackView, camera, at, now); err != nil {
		return err
	}
	if v.reviews(actor, camera, at, now) == nil {
		return nil
	}
	return v.ungraded(actor, camera)
}

// ungraded refuses cameras whose grade demands a request.
func (v *Viewings) ungraded(actor access.Actor, camera string) error {
	from := gradeOf(RequestGrade.Get(v.Rules))
	if grade := access.GradeOf(actor, camera); from != 0 && grade >= from {
		return ErrGraded.With("action", string(access.PlaybackView)).With("camera", camera).With("grade", int(grade))
	}
	return nil
}

// pairs refuses to one person alone what is seen of cameras whose grade demands two. An
// emergency right that reaches to footage of an instant (µs) is for when nobody can be asked.
func (v *Viewings) pairs(actor access.Actor, action access.Action, camera string, from, now int64) error {
	least := gradeOf(SecondGrade.Get(v.Rules))
	grade := access.GradeOf(actor, camera)
	if least == 0 || grade < least || emergency(actor, camera, from, now) {
		return nil
	}
	return ErrSecond.With("action", string(action)).With("camera", camera).With("grade", int(grade))
}

// reviews is nil where footage of a camera back to an instant (µs) is duty review (P4): the
// newest, of the own area, by whoever has the watch where that is demanded.
func (v *Viewings) reviews(actor access.Actor, camera string, from, now int64) error {
	back := OwnBack.Get(v.Rules)
	switch {
	case from < now-back.Microseconds():
		return ErrReview.With("longest", rule.Span(back))
	case OwnOnDuty.Get(v.Rules) && !access.OnWatch(actor, camera):
		return ErrOffDuty.With("action", string(access.PlaybackView)).With("camera", camera)
	}
	return nil
}

// permit is nil where footage of a camera back to an instant (µs) may be seen in a viewing
// that is opened for a purpose at another, with a second person or alone; bound is how old
// it may be, 0 for any.
func (v *Viewings) permit(actor access.Actor, p Purpose, camera string, from, opened int64, paired bool) (bound time.Duration, err error) {
	t, err := term(actor, access.PlaybackView, camera, from, opened, paired)
	if err == nil && !paired {
		err = v.pairs(actor, access.PlaybackView, camera, from, opened)
	}
	if err != nil {
		return 0, err
	}
	if p == DutyReview {
		return least(t.Back, OwnBack.Get(v.Rules)), v.reviews(actor, camera, from, opened)
	}
	if err := v.ungraded(actor, camera); err != nil && !emergency(actor, camera, from, opened) {
		return 0, err
	}
	return t.Back, nil
}

// emergency tells whether an emergency right reaches to footage of a camera back to an
// instant (µs): it was taken for just that, and is accounted for.
func emergency(actor access.Actor, camera string, from, now int64) bool {
	for _, t := range access.Decide(actor, access.PlaybackView, camera, nil).Terms {
		if access.EmergencyOf(t.Rule) != "" && (t.Back == 0 || now-from <= t.Back.Microseconds()) {
			return true
		}
	}
	return false
}

// least gives the smaller of two bounds, of which 0 is none.
func least(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// purposed finds the purpose of a viewing. Where none is stated the program writes duty
// review, if it is that.
func (v *Viewings) purposed(ctx context.Context, tx bun.IDB, actor access.Actor, stated Purpose, cameras []string, from, now int64, paired bool) (purpose.Purpose, error) {
	if stated == "" || stated == DutyReview {
		for _, c := range cameras {
			err := v.reviews(actor, c, from, now)
			if err != nil && stated == "" {
				return purpose.Purpose{}, ErrStated.With("longest", rule.Span(OwnBack.Get(v.Rules))).Because(err)
			}
			if err != nil {
				return purpose.Purpose{}, err
			}
		}
		return purpose.Find(ctx, tx, purpose.DutyReview)
	}
	p, err := purpose.Find(ctx, tx, string(stated))
	switch {
	case err != nil:
		return p, err
	case p.BySystem:
		return p, ErrByHand.With("purpose", p.Code)
	case p.NeedsRequest:
		return p, ErrPurAsks.With("purpose", p.Code)
	case p.NeedsSecond && !paired:
		return p, ErrSecond.With("purpose", p.Code)
	case p.Back != 0 && from < now-p.Back.Microseconds():
		return p, ErrPurBack.With("purpose", p.Code).With("longest", rule.Span(p.Back))
	}
	return p, nil
}

// Review says how far back duty review reaches, and whether it needs the watch.
func (v *Viewings) Review() (back time.Duration, onDuty bool) {
	return OwnBack.Get(v.Rules), OwnOnDuty.Get(v.Rules)
}

// Lasting is how long a viewing allows to look.
func (v *Viewings) Lasting() time.Duration { return Lasts.Get(v.Rules) }
