// Package compliance tells of every camera whether its footage is kept for as long as it
// must be (clauses C090 and C093): how far back it plays, what is missing, and why.
package compliance

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/daybook"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/proof"
	"watchroom/internal/archive/retention"
	"watchroom/internal/clock"
	"watchroom/internal/media"
)

// Verdict is how a camera stands to its minimum.
type Verdict string

// Verdicts, from bad to good.
const (
	Breached Verdict = "breached"
	AtRisk   Verdict = "at_risk"
	Young    Verdict = "young" // in service for less than the minimum, and all of it is there
	Met      Verdict = "met"
)

// Reason says why a camera does not simply meet its minimum.
type Reason string

// Reasons.
const (
	ReasonNothing Reason = "nothing_recorded" // there is no footage at all
	ReasonMissing Reason = "oldest_missing"   // the account tells of footage that has no segment
	ReasonProof   Reason = "proof_failed"     // the last reading of the oldest footage
	ReasonUnread  Reason = "proof_overdue"    // it was not read for more than a week, as while a tier is away
	ReasonGaps    Reason = "gaps"             // too little of the time was recorded
	ReasonOff     Reason = "switched_off"     // by hand, outside of the plan (0017)
	ReasonStopped Reason = "not_recording"    // nothing is being recorded now
	ReasonEarlier Reason = "removed_earlier"  // footage went under an earlier, lower minimum
	ReasonOrder   Reason = "removed_by_order" // lawfully; for the record only
	ReasonDamaged Reason = "footage_damaged"  // some is not what was recorded, or is gone without a word
	riskBelow            = 0.99               // share of the time that should be recorded
	breachBelow          = 0.95
	shortGap             = int64(10 * time.Minute / time.Microsecond)
	day                  = int64(24 * time.Hour / time.Microsecond)
)

// GapSum is the time that one cause took within the minimum.
type GapSum struct {
	Cause media.Cause
	Lasts int64 // µs
	Count int
}

// Camera is how one camera stands to its minimum. Times are µs since 1970 UTC.
type Camera struct {
	Camera    string
	Plan      retention.Plan
	InService int64    // since when there is an account; 0: nothing was ever recorded
	Oldest    int64    // the oldest instant that plays; 0: none
	Kept      int64    // µs from there to now
	From, To  int64    // the time that was looked at: all that must be there still, or less for a young camera
	Retired   int64    // since when it is out of service; 0: it is not
	Expected  int64    // µs that should have been recorded in it
	Recorded  int64    // µs that was, whether or not it was lawfully removed since
	Gaps      []GapSum // planned ones as well
	Verdict   Verdict
	Reasons   []Reason
	Proof     *proof.Proof // the latest
	Snapshots Snapshots
	Damaged   int // segments that were found damaged or missing, and are not mended

	demanded []hold.Interval // the time of which there must be footage: what was promised to it counts
	unread   bool            // its oldest footage should have been read since
}

// Snapshots are the pictures that people took of a camera, for how long they are kept, and what
// there is of them.
type Snapshots struct {
	Plan retention.Plan
	retention.Stock
}

// Pictures knows the snapshots; retention.Pictures is one.
type Pictures interface {
	Cameras(ctx context.Context) ([]string, error)
	Stock(ctx context.Context, camera string, of ...retention.Window) (retention.Stock, error)
}

// Account is what the audit needs of *archive.Catalogue.
type Account interface {
	Cameras(ctx context.Context) ([]string, error)
	First(ctx context.Context, camera string) (int64, error)
	Oldest(ctx context.Context, camera string) (*archive.Segment, error)
	OldestKept(ctx context.Context, camera string) (*archive.Segment, error)
	Timeline(ctx context.Context, cameras []string, from, to int64, resolution time.Duration) ([]archive.Lane, error)
}

// Audit compares what there is with what there must be.
type Audit struct {
	Rules   *retention.Rules
	Account Account
	Proofs  interface {
		Latest(ctx context.Context) (map[string]proof.Proof, error)
	}
	// Kept gives what a hold keeps although its removal is on record, as archive.Catalogue.Kept;
	// nil: there is none.
	Kept func(ctx context.Context, camera string, from, to int64) ([]archive.Segment, error)
	// Pictures tells what snapshots there are; nil: there are none.
	Pictures Pictures
	// Retired tells since when cameras are out of service, µs; nil: none is.
	Retired func(context.Context) (map[string]int64, error)
	Clock   clock.Clock
}

// List tells of every camera of the catalogue, and of the others that are named.
func (a *Audit) List(ctx context.Context, actor access.Actor, also ...string) ([]Camera, error) {
	if err := access.Can(actor, access.StorageRead, ""); err != nil {
		return nil, err
	}
	cameras, err := a.Account.Cameras(ctx)
	if err != nil {
		return nil, err
	}
	cameras = slices.Compact(slices.Sorted(slices.Values(append(cameras, also...))))
	cameras = access.ReachOf(actor, access.StorageRead).Of(cameras)
	books, err := a.Rules.InForce(ctx)
	if err != nil {
		return nil, err
	}
	pictures, err := a.Rules.Of(ctx, retention.Snapshot)
	if err != nil {
		return nil, err
	}
	proofs, err := a.Proofs.Latest(ctx)
	if err != nil {
		return nil, err
	}
	var retired map[string]int64
	if a.Retired != nil {
		if retired, err = a.Retired(ctx); err != nil {
			return nil, err
		}
	}
	damaged, err := damage.Standing(ctx, a.Rules.DB.Read())
	if err != nil {
		return nil, err
	}
	all := make([]Camera, len(cameras))
	for i, camera := range cameras {
		c := Camera{Camera: camera, Plan: books.Plan(camera), Retired: retired[camera], Snapshots: Snapshots{Plan: pictures.Plan(camera)}}
		if a.Pictures != nil {
			if c.Snapshots.Stock, err = a.Pictures.Stock(ctx, camera); err != nil {
				return nil, err
			}
		}
		if p, ok := proofs[camera]; ok {
			c.Proof = &p
		}
		for i := range damaged {
			if damaged[i].Camera == camera {
				c.Damaged++
			}
		}
		if err := a.look(ctx, &c); err != nil {
			return nil, err
		}
		all[i] = c
	}
	return all, nil
}

func (a *Audit) look(ctx context.Context, c *Camera) error {
	now := a.Clock.Micro()
	first, err := a.Account.First(ctx, c.Camera)
	if err != nil {
		return err
	}
	oldest, err := a.oldest(ctx, c.Camera)
	if err != nil {
		return err
	}
	if oldest != nil {
		c.Oldest, c.Kept = oldest.StartAt, now-oldest.StartAt
	}
	c.InService, c.To = first, now
	c.demanded = demanded(&c.Plan, now)
	c.From = max(c.since(), first)
	proved, err := a.Account.OldestKept(ctx, c.Camera) // what is read every week
	if err != nil {
		return err
	}
	c.unread = proved != nil && c.Proof.Overdue(proved.StartAt, now)
	if first == 0 || c.From >= c.To {
		c.From = c.To
	}
	lanes, err := a.Account.Timeline(ctx, []string{c.Camera}, c.From, c.To, 0)
	if err != nil {
		return err
	}
	c.judge(lanes[0].Spans)
	return nil
}

// oldest is the oldest footage of a camera that plays.
func (a *Audit) oldest(ctx context.Context, camera string) (*archive.Segment, error) {
	s, err := a.Account.Oldest(ctx, camera)
	if err != nil || a.Kept == nil {
		return s, err
	}
	before := int64(math.MaxInt64)
	if s != nil {
		before = s.StartAt
	}
	kept, err := a.Kept(ctx, camera, 0, before) // in order
	if err != nil || len(kept) == 0 || kept[0].StartAt >= before {
		return s, err
	}
	return &kept[0], nil
}

// demanded is the time of which footage must be there at an instant (µs): each piece for as
// long as was promised to it, which is more than the minimum now where that was lowered.
func demanded(p *retention.Plan, now int64) []hold.Interval {
	var past []hold.Interval
	for _, w := range p.Beyond(now, false) {
		past = append(past, hold.Interval{From: w.From, To: w.To})
	}
	return hold.Apart(math.MinInt64, now, past)
}

// since is where the time begins of which there must be footage.
func (c *Camera) since() int64 {
	if len(c.demanded) == 0 {
		return c.To
	}
	return c.demanded[0].From
}

// within cuts spans down to the time of which there must be footage.
func within(spans []coverage.Span, demanded []hold.Interval) (out []coverage.Span) {
	for _, s := range spans {
		for _, d := range demanded {
			part := s
			part.Start, part.End = max(s.Start, d.From), min(s.End, d.To)
			part.Open = s.Open && part.End == s.End
			if part.Start < part.End {
				out = append(out, part)
			}
		}
	}
	return out
}

// served cuts spans where the camera went out of service.
func served(spans []coverage.Span, ended int64) []coverage.Span {
	if ended == 0 {
		return spans
	}
	var out []coverage.Span
	for _, s := range spans {
		if s.Start >= ended {
			break
		}
		if s.End > ended {
			s.End, s.Open = ended, false
		}
		out = append(out, s)
	}
	return out
}

// judge counts spans and finds the verdict. What was demanded and what of it was recorded
// is what the page of coverage tells: one sum makes both.
func (c *Camera) judge(spans []coverage.Span) {
	spans = within(served(spans, c.Retired), c.demanded)
	sum := daybook.Sum(c.Camera, time.UnixMicro(c.From), time.UnixMicro(c.To), spans, 0)
	c.Recorded = sum.Recorded + sum.Removed
	c.Expected = c.Recorded + sum.Unplanned
	off := sum.Causes[media.CauseSwitchedOff]
	sums := map[media.Cause]*GapSum{}
	shown := int64(0) // the first instant that the account calls recorded
	var last coverage.Span
	for _, s := range spans {
		switch s.Kind {
		case coverage.Recorded:
			if shown == 0 {
				shown = s.Start
			}
		case coverage.Gap:
			g := sums[s.Cause]
			if g == nil {
				g = &GapSum{Cause: s.Cause}
				sums[s.Cause] = g
			}
			g.Lasts, g.Count = g.Lasts+s.End-s.Start, g.Count+1
		case coverage.None:
			continue
		}
		last = s
	}
	for _, g := range sums {
		c.Gaps = append(c.Gaps, *g)
	}
	slices.SortFunc(c.Gaps, func(a, b GapSum) int { return cmp.Or(cmp.Compare(b.Lasts, a.Lasts), cmp.Compare(a.Cause, b.Cause)) })
	worst := Met
	if c.InService == 0 || c.InService > c.since() {
		worst = Young
	}
	find := func(v Verdict, r Reason) {
		c.Reasons = append(c.Reasons, r)
		worst = bad[min(slices.Index(bad, v), slices.Index(bad, worst))]
	}
	if c.Recorded == 0 && c.Oldest == 0 { // what was recorded and lawfully removed is not nothing
		find(AtRisk, ReasonNothing)
	} else {
		c.missing(sum.Unplanned, off, find)
	}
	if shown != 0 && (c.Oldest > shown+shortGap || c.Oldest == 0 && c.To-shown > 2*day) {
		find(Breached, ReasonMissing)
	}
	if c.Proof != nil && c.Proof.Failed() {
		find(Breached, ReasonProof)
	}
	if c.unread {
		find(AtRisk, ReasonUnread)
	}
	if c.Damaged > 0 {
		find(Breached, ReasonDamaged)
	}
	if last.Kind == coverage.Gap && last.Open && last.End-last.Start >= shortGap && !last.Planned && last.Cause != media.CauseSwitchedOff {
		find(AtRisk, ReasonStopped)
	}
	if sums[media.CauseDeletedRetention] != nil {
		find(AtRisk, ReasonEarlier)
	}
	if sums[media.CauseDeletedOrder] != nil {
		find(Met, ReasonOrder)
	}
	c.Verdict = worst
}

// bad is the verdicts, from bad to good.
var bad = []Verdict{Breached, AtRisk, Young, Met}

// missing finds what the unplanned gaps amount to, of which the camera was switched off
// by hand for a part. A restart is no shortage, however young the camera; switching it
// off unannounced is never nothing (0017).
func (c *Camera) missing(lost, off int64, find func(Verdict, Reason)) {
	verdict := Met
	switch share := 1 - float64(lost)/float64(max(c.Expected, 1)); {
	case lost < shortGap:
		return
	case share < breachBelow:
		verdict = Breached
	case share < riskBelow:
		verdict = AtRisk
	}
	if off >= shortGap {
		find(bad[min(slices.Index(bad, verdict), slices.Index(bad, AtRisk))], ReasonOff)
	}
	if other := lost - off; verdict != Met && (off < shortGap || other >= shortGap && float64(other) > (1-riskBelow)*float64(c.Expected)) {
		find(verdict, ReasonGaps)
	}
}
