package trail

import (
	"context"
	"slices"

	"watchroom/internal/access"
	"watchroom/internal/access/emergency"
	"watchroom/internal/access/position"
	"watchroom/internal/api/route"
	"watchroom/internal/disclosure/owed"
	"watchroom/internal/disclosure/purpose"
	"watchroom/internal/ledger/trail"
)

// aside is what belongs beside acts and does not stand in them: what their purposes and positions
// were called then, the emergency rights under which they were done, and reasons that were due.
type aside struct {
	purposes  purpose.Past
	positions position.Past
	taken     map[string]emergency.Emergency
	owed      map[string]owed.Reason
}

func (x *Routes) aside(ctx context.Context, entries []trail.Entry) (*aside, error) {
	var taken, due []string
	for i := range entries {
		e := &entries[i]
		if id := access.EmergencyOf(e.Rule); id != "" && !slices.Contains(taken, id) {
			taken = append(taken, id)
		}
		if _, ok := e.Act.Detail[owed.KeyDue]; ok && !slices.Contains(due, e.Act.Subject) {
			due = append(due, e.Act.Subject)
		}
	}
	var (
		s   = &aside{}
		err error
	)
	if s.purposes, err = purpose.ReadPast(ctx, x.DB.Read()); err != nil {
		return nil, err
	}
	if s.positions, err = position.ReadPast(ctx, x.DB.Read()); err != nil {
		return nil, err
	}
	if s.taken, err = x.Emergencies.Find(ctx, taken); err != nil {
		return nil, err
	}
	if len(due) > 0 {
		s.owed, err = owed.Of(ctx, x.DB.Read(), due)
	}
	return s, err
}

// purpose is what the purpose of an act was called then, and on what it was based; nil where it
// has none of the register.
func (s *aside) purpose(e *trail.Entry) *ActPurpose {
	then, now, ok := s.purposes.At(e.Purpose, e.Act.At)
	if !ok {
		return nil
	}
	p := &ActPurpose{Name: ActWords(then.Name), Basis: ActWords(then.Basis)}
	if then.Name != now.Name {
		p.NameNow = &ActWords{now.Name.ZH, now.Name.EN}
	}
	if then.Basis != now.Basis {
		p.BasisNow = &ActWords{now.Basis.ZH, now.Basis.EN}
	}
	return p
}

// renamed are those positions of an act that were called otherwise then.
func (s *aside) renamed(e *trail.Entry) (all []ActPosition) {
	of := append(slices.Clone(e.Positions), e.Position, e.Second.Position)
	slices.Sort(of)
	for _, code := range slices.Compact(of) {
		if then, now, ok := s.positions.At(access.Position(code), e.Act.At); ok && then != now {
			all = append(all, ActPosition{code, ActWords(then), ActWords(now)})
		}
	}
	return all
}

// emergency is the emergency right under which an act was done; nil: none.
func (s *aside) emergency(e *trail.Entry) *ActEmergency {
	t, ok := s.taken[access.EmergencyOf(e.Rule)]
	if !ok {
		return nil
	}
	return &ActEmergency{ID: t.ID, Right: t.Name, Cause: t.Cause, From: route.Time(t.From), Until: route.Time(t.End()), State: string(t.State)}
}

// reason is the reason of a viewing that was due afterwards; nil: none was.
func (s *aside) reason(e *trail.Entry) *ActReason {
	if _, ok := e.Act.Detail[owed.KeyDue]; !ok {
		return nil
	}
	r, ok := s.owed[e.Act.Subject]
	if !ok {
		return nil
	}
	return &ActReason{DueAt: route.Time(r.DueAt), Reason: r.Reason, GivenAt: route.TimeOrNil(r.GivenAt), MissingSince: route.TimeOrNil(r.MissedAt)}
}

// in gives the words in a language, or in the other one where they are missing.
func (w *ActWords) in(chinese bool) string { return purpose.Words(*w).In(chinese) }
