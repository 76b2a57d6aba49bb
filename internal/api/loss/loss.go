package loss

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/archive/fault"
	"watchroom/internal/archive/loss"
)

// Routes are what statements and faults need.
type Routes struct {
	Losses *loss.Keeper
	Faults *fault.Keeper
	// Names gives the display names of all people by id.
	Names func(context.Context) (map[string]string, error)
}

func face(s *loss.Statement, names map[string]string, near []loss.Neighbour) LossStatement {
	out := LossStatement{
		ID: s.ID, Number: s.Number, OpenedAt: route.Time(s.At), From: route.Time(s.From), To: route.TimeOrNil(s.To()), Cause: string(s.Cause), Causes: causes(s), State: string(s.State),
		Cameras: []LossMember{}, History: []LossExplanation{}, Signatures: signatures(s.Signatures, names), Void: signatures(s.Void, names), Revisions: []LossRevision{}, Lines: []LossLine{},
		Neighbours: neighbours(near),
	}
	first := int64(math.MaxInt64)
	for _, m := range s.Cameras {
		out.Cameras = append(out.Cameras, LossMember{Camera: m.Camera, From: route.Time(m.From), To: route.TimeOrNil(m.To), Cause: string(m.Cause), Causes: parts(m.Causes), FirstAlarm: route.TimeOrNil(m.AlarmAt)})
		if m.AlarmAt != 0 {
			first = min(first, m.AlarmAt)
		}
	}
	if first != math.MaxInt64 {
		out.FirstAlarm = route.TimeOrNil(first)
	}
	if s.Explanation != nil {
		e := explanation(s.Explanation, names)
		out.Explanation = &e
	}
	for i := range s.History {
		out.History = append(out.History, explanation(&s.History[i], names))
	}
	for _, v := range s.Revisions {
		out.Revisions = append(out.Revisions, LossRevision{At: route.Time(v.At), Camera: v.Camera, From: route.Time(v.From), NowFrom: route.Time(v.NowFrom), NowUntil: route.Time(v.NowUntil)})
	}
	return out
}

func causes(s *loss.Statement) (out []string) {
	for _, c := range s.Causes() {
		out = append(out, string(c))
	}
	return out
}

func parts(list []loss.Part) []LossPart {
	out := make([]LossPart, len(list))
	for i, p := range list {
		out[i] = LossPart{Cause: string(p.Cause), From: route.Time(p.From)}
		if p.Lasted > 0 {
			seconds := float64(p.Lasted) / 1e6
			out[i].Seconds = &seconds
		}
	}
	return out
}

func explanation(e *loss.Explanation, names map[string]string) LossExplanation {
	return LossExplanation{ID: e.ID, At: route.Time(e.At), Person: e.Person, PersonName: names[e.Person], Text: e.Text, Reported: e.Reported, Repaired: e.Repaired,
		Contractor: e.Contractor, Corrects: e.Corrects, Neighbours: neighbours(e.Neighbours)}
}

func neighbours(list []loss.Neighbour) []LossNeighbour {
	out := make([]LossNeighbour, len(list))
	for i, n := range list {
		out[i] = LossNeighbour(n)
	}
	return out
}

func signatures(list []loss.Signature, names map[string]string) []LossSignature {
	out := make([]LossSignature, len(list))
	for i, g := range list {
		out[i] = LossSignature{At: route.Time(g.At), Person: g.Person, PersonName: names[g.Person], Position: string(g.Position), Line: string(g.Line), Grade: g.Grade, Explanation: g.About}
	}
	return out
}

func micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// LossStatements are a page of statements, and how long an outage must last for one.
type LossStatements struct {
	Items        []LossStatement `json:"items" nullable:"false"`
	AfterSeconds int64           `json:"afterSeconds" doc:"How long an unplanned gap must last to have a statement, by the rules of now."`
}

func (x *Routes) list(ctx context.Context, in *listInput) (*route.Answer[LossStatements], error) {
	for _, t := range []time.Time{in.From, in.To} {
		if !t.IsZero() {
			if err := route.Instants(t); err != nil {
				return nil, err
			}
		}
	}
	actor := route.Actor(ctx)
	if err := access.Can(actor, access.SystemRead, in.Camera); err != nil {
		return nil, err
	}
	reach := access.ReachOf(actor, access.SystemRead)
	all, err := x.Losses.List(ctx, loss.Filter{Within: &reach, State: loss.State(in.State), Camera: in.Camera, From: micro(in.From), To: micro(in.To), Before: in.Before, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	page := route.Items(all, func(s loss.Statement) LossStatement {
		s.Only(reach)
		return face(&s, names, nil)
	})
	return route.Reply(LossStatements{page.Body.Items, int64(x.Losses.StatementAfter().Seconds())}), nil
}

func (x *Routes) get(ctx context.Context, in *byID) (*route.Answer[LossStatement], error) {
	s, err := x.Losses.Get(ctx, in.ID)
	if err == nil {
		err = access.OnAny(route.Actor(ctx), access.SystemRead, s.Affected())
	}
	return x.whole(ctx, s, err)
}

func (x *Routes) whole(ctx context.Context, s loss.Statement, err error) (*route.Answer[LossStatement], error) {
	if err != nil {
		return nil, err
	}
	near, err := x.Losses.Neighbours(ctx, &s)
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	reach := access.ReachOf(route.Actor(ctx), access.SystemRead)
	s.Only(reach)
	near = slices.DeleteFunc(near, func(n loss.Neighbour) bool { return !reach.Has(n.Camera) })
	out := face(&s, names, near)
	for _, l := range loss.Lines() {
		line := LossLine{Line: string(l), Positions: x.Losses.SignedBy(l), Yours: []string{}}
		for _, p := range route.Actor(ctx).Positions() {
			if access.Fills(route.Actor(ctx), p, line.Positions) {
				line.Yours = append(line.Yours, string(p))
			}
		}
		out.Lines = append(out.Lines, line)
	}
	return route.Reply(out), nil
}

func (x *Routes) explain(ctx context.Context, in *explainInput) (*route.Answer[LossStatement], error) {
	b := in.Body
	s, err := x.Losses.Explain(ctx, route.Actor(ctx), in.ID, loss.Words{Text: b.Text, Reported: b.Reported, Repaired: b.Repaired, Contractor: b.Contractor}, b.Corrects)
	return x.whole(ctx, s, err)
}

func (x *Routes) sign(ctx context.Context, in *signInput) (*route.Answer[LossStatement], error) {
	s, err := x.Losses.Sign(ctx, route.Actor(ctx), in.ID, in.Body.Explanation, loss.Line(in.Body.Line), access.Position(in.Body.Position))
	return x.whole(ctx, s, err)
}

// faultFace shows a fault. The step that says which camera stands against closing it does not
// name one that is out of reach.
func faultFace(f fault.Fault, names map[string]string, reach access.Reach, lacking []string) StorageFault {
	out := StorageFault{ID: f.ID, Kind: string(f.Kind), Subject: f.Subject, OpenedAt: route.Time(f.At), OverAt: route.TimeOrNil(f.OverAt),
		EscalatedAt: route.TimeOrNil(f.EscalatedAt), ClosedAt: route.TimeOrNil(f.ClosedAt), Detail: some(f.Detail), Absent: f.Lacks(lacking) && !f.GivenUp(), Steps: make([]StorageFaultStep, len(f.Entries))}
	for i, e := range f.Entries {
		if camera, ok := e.Detail["camera"].(string); ok && !reach.Has(camera) {
			e.Detail = maps.Clone(e.Detail)
			delete(e.Detail, "camera")
		}
		out.Steps[i] = StorageFaultStep{At: route.Time(e.At), Step: string(e.Step), Person: e.Person, PersonName: names[e.Person], Detail: some(e.Detail)}
	}
	return out
}

func some(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

func (x *Routes) faults(ctx context.Context, in *faultsInput) (*route.Answer[route.List[StorageFault]], error) {
	reach := access.ReachOf(route.Actor(ctx), access.SystemRead)
	all, err := x.Faults.List(ctx, fault.Filter{Open: in.Open, Escalated: in.Escalated, Limit: in.Limit, Within: &reach})
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	lacking, err := x.Faults.Lacking(ctx)
	if err != nil {
		return nil, err
	}
	return route.Items(all, func(f fault.Fault) StorageFault { return faultFace(f, names, reach, lacking) }), nil
}

func (x *Routes) acknowledge(ctx context.Context, in *acknowledgeInput) (*route.Answer[StorageFault], error) {
	f, err := x.Faults.Acknowledge(ctx, route.Actor(ctx), in.ID, in.Body.Note)
	return x.one(ctx, f, err)
}

func (x *Routes) giveUp(ctx context.Context, in *giveUpInput) (*route.Answer[StorageFault], error) {
	f, err := x.Faults.GiveUp(ctx, route.Actor(ctx), in.ID, in.Body.Reason)
	return x.one(ctx, f, err)
}

func (x *Routes) one(ctx context.Context, f fault.Fault, err error) (*route.Answer[StorageFault], error) {
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	lacking, err := x.Faults.Lacking(ctx)
	if err != nil {
		return nil, err
	}
	return route.Reply(faultFace(f, names, access.ReachOf(route.Actor(ctx), access.SystemRead), lacking)), nil
}
