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
	ErrToken   = problem.New(problem.Forbidden, "duty_review_token", "Duty review is for a person on watch, not for a program with a token. State a purpose.")    // action, camera
	ErrPurBack = problem.New(problem.Invalid, "purpose_too_old", "This purpose does not reach so far back.").On("from").Refusal()                                 // purpose, longest
	ErrPurAsks = problem.New(problem.Forbidden, "purpose_request", "Footage is looked at for this purpose only under a request that was approved.").On("purpose") // purpose
	ErrByHand  = problem.New(problem.Invalid, "purpose_by_hand", "The program writes this purpose by itself; nobody chooses it.").On("purpose").Refusal()         // purpose
)

// shortest is how long a viewing lasts at least whose footage may not be old, so that it can
// be watched to its end.
const shortest = 15 * time.Minute

// term finds the term under which the actor may do action with footage of a camera back to
// an instant (µs), as of another, as duty review or not, with a second person or alone.
func term(actor access.Actor, action access.Action, camera string, from, now int64, review, paired bool) (access.Term, error) {
	if err := access.Can(actor, action, camera); err != nil {
		return access.Term{}, err
	}
	d := access.Decide(actor, action, camera, nil)
	t, ok := d.For(time.Duration(now-from)*time.Microsecond, review, paired)
	refuse := func(p *problem.Error, graded bool) error {
		p = p.With("action", string(action)).With("camera", camera)
		if graded { // which a parameter of the house demands, and no rule
			return p.With("grade", int(access.GradeOf(actor, camera))).With("deciders", access.Holders(actor, access.ParameterApprove))
		}
		return p.With("rule", t.Rule).With("deciders", access.Deciders(actor, access.LackDenied))
	}
	switch {
	case !ok:
		longest := time.Duration(0)
		for _, t := range d.Terms {
			longest = max(longest, t.Back)
		}
		t.Rule = d.Rule
		return t, refuse(ErrTooOld.With("longest", rule.Span(longest)), false)
	case t.Request && t.RequestGraded: // there are no requests yet, so that none was approved
		return t, refuse(ErrGraded, true)
	case t.Request:
		return t, refuse(ErrRequest, false)
	case t.Second && !paired:
		return t, refuse(ErrSecond, t.SecondGraded)
	}
	return t, nil
}

// Keeps is nil where the actor may take a picture of a camera out of footage of an instant
// (µs), with a second person or alone: the right to it has terms of its own.
func (v *Viewings) Keeps(actor access.Actor, camera string, at int64, paired bool) error {
	_, err := v.Keeping(actor, camera, at, paired)
	return err
}

// Keeping is Keeps that gives the term on which the actor may.
func (v *Viewings) Keeping(actor access.Actor, camera string, at int64, paired bool) (access.Term, error) {
	return term(actor, access.SnapshotTake, camera, at, v.Clock.Micro(), false, paired)
}

// KeepsNow is Keeps of the present, which who keeps it sees: the terms of watching live count
// as well.
func (v *Viewings) KeepsNow(actor access.Actor, camera string, paired bool) error {
	if err := Watches(actor, camera, paired); err != nil {
		return err
	}
	return v.Keeps(actor, camera, v.Clock.Micro(), paired)
}

// Again gives the term on which the actor may see a picture of the past once more that they
// took of the then present of a camera, at an instant (µs): they have seen it, but the right to
// the past reaches no farther for it.
func (v *Viewings) Again(actor access.Actor, camera string, at int64) (access.Term, error) {
	now := v.Clock.Micro()
	return term(actor, access.PlaybackView, camera, at, now, v.reviews(actor, camera, at, now) == nil, false)
}

// reviews is nil where footage of a camera back to an instant (µs) is duty review (P4): the
// newest, of the own area, by a person, who has the watch where that is demanded.
func (v *Viewings) reviews(actor access.Actor, camera string, from, now int64) error {
	back := OwnBack.Get(v.Rules)
	switch {
	case actor.Token != "": // what fetches pictures by itself has no watch to review
		return ErrToken.With("action", string(access.PlaybackView)).With("camera", camera)
	case from < now-back.Microseconds():
		return ErrReview.With("longest", rule.Span(back))
	case OwnOnDuty.Get(v.Rules) && !access.OnWatch(actor, camera):
		return ErrOffDuty.With("action", string(access.PlaybackView)).With("camera", camera).With("deciders", access.Holders(actor, access.ParameterApprove))
	}
	return nil
}

// permit gives the term on which footage of a camera back to an instant (µs) may be seen in a
// viewing that is opened for a purpose at another, with a second person or alone; bound is how
// old it may be, 0 for any.
func (v *Viewings) permit(actor access.Actor, p Purpose, camera string, from, opened int64, paired bool) (t access.Term, bound time.Duration, err error) {
	if p != DutyReview {
		t, err = term(actor, access.PlaybackView, camera, from, opened, false, paired)
		return t, t.Back, err
	}
	review := v.reviews(actor, camera, from, opened)
	t, err = term(actor, access.PlaybackView, camera, from, opened, review == nil, paired)
	if review != nil && (err == nil || t.RequestGraded) { // which duty review would need none of
		err = review
	}
	return t, least(t.Back, OwnBack.Get(v.Rules)), err
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
		return p, ErrPurAsks.With("purpose", p.Code).With("deciders", access.Holders(actor, access.PurposeConfigure))
	case p.NeedsSecond && !paired:
		return p, ErrSecond.With("purpose", p.Code)
	case p.Back != 0 && from < now-p.Back.Microseconds():
		return p, ErrPurBack.With("purpose", p.Code).With("longest", rule.Span(p.Back)).With("deciders", access.Holders(actor, access.PurposeConfigure))
	}
	return p, nil
}

// Review says how far back duty review reaches, and whether it needs the watch.
func (v *Viewings) Review() (back time.Duration, onDuty bool) {
	return OwnBack.Get(v.Rules), OwnOnDuty.Get(v.Rules)
}

// Lasting is how long a viewing allows to look.
func (v *Viewings) Lasting() time.Duration { return Lasts.Get(v.Rules) }
