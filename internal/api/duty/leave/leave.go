// Package leave answers for leave, swaps of shifts and late notices.
package leave

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/access"
	rosterapi "watchroom/internal/api/duty/roster"
	"watchroom/internal/api/route"
	"watchroom/internal/duty/leave"
	"watchroom/internal/duty/roster"
)

const tag = "Watch"

// Routes are what leave needs.
type Routes struct {
	Leaves *leave.Leaves
	Names  func(ctx context.Context) (map[string]string, error) // of people
}

// DutyLeave is leave of somebody.
type DutyLeave struct {
	ID         string     `json:"id"`
	Room       string     `json:"room"`
	Person     string     `json:"person"`
	PersonName string     `json:"personName"`
	Kind       string     `json:"kind" enum:"sick,personal,other"`
	From       time.Time  `json:"from"`
	To         time.Time  `json:"to"`
	Reason     string     `json:"reason"`
	AskedAt    time.Time  `json:"askedAt"`
	EnteredBy  string     `json:"enteredBy,omitempty" doc:"Name of who was told by telephone and wrote it down."`
	SignedAt   *time.Time `json:"signedAt,omitempty" doc:"Absent: the person has not confirmed it yet."`
	State      string     `json:"state" enum:"asked,approved,refused,withdrawn"`
	DecidedBy  string     `json:"decidedBy,omitempty" doc:"Name."`
	DecidedAt  *time.Time `json:"decidedAt,omitempty"`
	Note       string     `json:"note,omitempty"`
	Sick       int        `json:"sick" doc:"How many sick leaves the person had in the year before; for who decides."`
	Mine       bool       `json:"mine" doc:"It is your own."`
}

// DutyLeaveInput asks for leave.
type DutyLeaveInput struct {
	Room   string    `json:"room" maxLength:"40"`
	Kind   string    `json:"kind" maxLength:"40" example:"sick"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Reason string    `json:"reason" maxLength:"4000"`
}

// DutyLeaveEntryInput is leave that somebody told by telephone.
type DutyLeaveEntryInput struct {
	DutyLeaveInput
	Person string `json:"person" maxLength:"40"`
}

// LeaveReplacement says who comes in for a shift.
type LeaveReplacement struct {
	Shift  string `json:"shift" maxLength:"40"`
	Person string `json:"person" maxLength:"40" doc:"Empty: nobody, on purpose."`
}

// LeaveDecisionInput decides on leave.
type LeaveDecisionInput struct {
	Approve      bool               `json:"approve"`
	Note         string             `json:"note,omitempty" maxLength:"4000" doc:"A refusal has one."`
	Replacements []LeaveReplacement `json:"replacements" nullable:"false" maxItems:"400" doc:"One for every published shift that becomes free."`
}

// ShiftSwap is a shift that one person gives another, and one in return.
type ShiftSwap struct {
	ID         string                `json:"id"`
	Room       string                `json:"room"`
	Person     string                `json:"person"`
	PersonName string                `json:"personName"`
	Other      string                `json:"other"`
	OtherName  string                `json:"otherName"`
	Shifts     []rosterapi.DutyShift `json:"shifts" nullable:"false" doc:"The one, and the other where there is one."`
	Reason     string                `json:"reason"`
	AskedAt    time.Time             `json:"askedAt"`
	AgreedAt   *time.Time            `json:"agreedAt,omitempty"`
	State      string                `json:"state" enum:"asked,agreed,made,declined,refused,withdrawn"`
	DecidedBy  string                `json:"decidedBy,omitempty" doc:"Name."`
	DecidedAt  *time.Time            `json:"decidedAt,omitempty"`
	Note       string                `json:"note,omitempty"`
	Decides    bool                  `json:"decides" doc:"You may consent to it."`
}

// SwapInput asks for a swap.
type SwapInput struct {
	Shift      string `json:"shift" maxLength:"40"`
	Other      string `json:"other" maxLength:"40" doc:"Id of the other person."`
	OtherShift string `json:"otherShift,omitempty" maxLength:"40" doc:"Theirs in return; absent: none."`
	Reason     string `json:"reason" maxLength:"4000"`
}

// SwapAnswerInput is that of the other person.
type SwapAnswerInput struct {
	Agree bool `json:"agree"`
}

// SwapDecisionInput consents to a swap or refuses it.
type SwapDecisionInput struct {
	Consent bool   `json:"consent"`
	Note    string `json:"note,omitempty" maxLength:"4000" doc:"A refusal has one."`
}

// LateNotice is that somebody comes late to a shift.
type LateNotice struct {
	ID         string    `json:"id"`
	Shift      string    `json:"shift"`
	Person     string    `json:"person"`
	PersonName string    `json:"personName"`
	Minutes    int       `json:"minutes"`
	Reason     string    `json:"reason"`
	At         time.Time `json:"at"`
}

// LateNoticeInput tells that you come late.
type LateNoticeInput struct {
	Minutes int    `json:"minutes"`
	Reason  string `json:"reason" maxLength:"4000"`
}

type askInput struct{ Body DutyLeaveInput }

type enterInput struct{ Body DutyLeaveEntryInput }

type oneInput struct {
	ID string `path:"id" maxLength:"40"`
}

type decideInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body LeaveDecisionInput
}

type swapInput struct{ Body SwapInput }

type answerInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body SwapAnswerInput
}

type swapDecideInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body SwapDecisionInput
}

type lateInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body LateNoticeInput
}

type latesInput struct {
	ID    string    `path:"id" maxLength:"40"`
	Since time.Time `query:"since" required:"true"`
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	const leaves, swaps = "/api/v1/leaves", "/api/v1/swaps"
	read, stand, decide := route.Needs(access.DutyRead), route.Needs(access.DutyStand), route.Needs(access.DutyDecide)
	route.Do(r, route.Operation{ID: "listLeaves", Method: http.MethodGet, Path: leaves, Tag: tag, Demand: read,
		Summary: "List your own leave, and that of the rooms in which you decide"}, x.list)
	route.Do(r, route.Operation{ID: "askLeave", Method: http.MethodPost, Path: leaves, Tag: tag, Demand: stand, Status: http.StatusCreated,
		Summary: "Ask for leave"}, x.ask)
	route.Do(r, route.Operation{ID: "enterLeave", Method: http.MethodPost, Path: leaves + "/entered", Tag: tag, Demand: decide, Status: http.StatusCreated,
		Summary: "Write down leave that somebody told by telephone", About: "They sign it afterwards."}, x.enter)
	route.Do(r, route.Operation{ID: "listLeaveShifts", Method: http.MethodGet, Path: leaves + "/{id}/shifts", Tag: tag, Demand: decide,
		Summary: "List the shifts that leave would take somebody out of"}, x.freed)
	route.Do(r, route.Operation{ID: "decideLeave", Method: http.MethodPost, Path: leaves + "/{id}/decide", Tag: tag, Demand: decide,
		Summary: "Approve leave or refuse it", About: "The roster changes with it."}, x.decide)
	route.Do(r, route.Operation{ID: "signLeave", Method: http.MethodPost, Path: leaves + "/{id}/sign", Tag: tag, Demand: stand,
		Summary: "Sign leave of yours that another wrote down"}, x.sign)
	route.Do(r, route.Operation{ID: "withdrawLeave", Method: http.MethodPost, Path: leaves + "/{id}/withdraw", Tag: tag, Demand: stand,
		Summary: "Withdraw leave that you asked for"}, x.withdraw)
	route.Do(r, route.Operation{ID: "listSwaps", Method: http.MethodGet, Path: swaps, Tag: tag, Demand: read,
		Summary: "List the swaps that you are part of, and those that you may consent to"}, x.swaps)
	route.Do(r, route.Operation{ID: "askSwap", Method: http.MethodPost, Path: swaps, Tag: tag, Demand: stand, Status: http.StatusCreated,
		Summary: "Ask somebody to take a shift of yours"}, x.askSwap)
	route.Do(r, route.Operation{ID: "answerSwap", Method: http.MethodPost, Path: swaps + "/{id}/answer", Tag: tag, Demand: stand,
		Summary: "Agree to a swap that somebody asks of you, or decline it"}, x.answer)
	route.Do(r, route.Operation{ID: "withdrawSwap", Method: http.MethodPost, Path: swaps + "/{id}/withdraw", Tag: tag, Demand: stand,
		Summary: "Withdraw a swap that you asked for or agreed to"}, x.withdrawSwap)
	route.Do(r, route.Operation{ID: "decideSwap", Method: http.MethodPost, Path: swaps + "/{id}/decide", Tag: tag, Demand: read,
		Summary: "Consent to a swap on which both agree, or refuse it", About: "For the head of the room, and who decides on the watch there. The roster changes with it."}, x.decideSwap)
	route.Do(r, route.Operation{ID: "tellLate", Method: http.MethodPost, Path: "/api/v1/shifts/{id}/late", Tag: tag, Demand: stand, Status: http.StatusCreated,
		Summary: "Tell that you will come late to a shift of yours"}, x.late)
	route.Do(r, route.Operation{ID: "listLateNotices", Method: http.MethodGet, Path: "/api/v1/rooms/{id}/late-notices", Tag: tag, Demand: read,
		Summary: "List who told that they come late"}, x.lates)
}

func (x *Routes) names(ctx context.Context) (map[string]string, error) {
	if x.Names == nil {
		return map[string]string{}, nil
	}
	return x.Names(ctx)
}

func (x *Routes) leaves(ctx context.Context, all ...leave.Leave) ([]DutyLeave, error) {
	names, err := x.names(ctx)
	if err != nil {
		return nil, err
	}
	me, out := route.Actor(ctx).Person, []DutyLeave{}
	for i := range all {
		l := &all[i]
		out = append(out, DutyLeave{ID: l.ID, Room: l.Room, Person: l.Person, PersonName: names[l.Person], Kind: string(l.Kind), From: route.Time(l.From), To: route.Time(l.To), Reason: l.Reason,
			AskedAt: route.Time(l.AskedAt), EnteredBy: names[l.EnteredBy], SignedAt: route.TimeOf(l.SignedAt), State: string(l.State), DecidedBy: names[l.DecidedBy], DecidedAt: route.TimeOf(l.DecidedAt),
			Note: l.Note, Sick: l.Sick, Mine: l.Person == me})
	}
	return out, nil
}

func (x *Routes) one(ctx context.Context, l leave.Leave, err error) (*route.Answer[DutyLeave], error) {
	if err != nil {
		return nil, err
	}
	all, err := x.leaves(ctx, l)
	if err != nil {
		return nil, err
	}
	return route.Reply(all[0]), nil
}

func (x *Routes) list(ctx context.Context, _ *struct{}) (*route.Answer[route.List[DutyLeave]], error) {
	all, err := x.Leaves.List(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	items, err := x.leaves(ctx, all...)
	return route.Reply(route.List[DutyLeave]{Items: items}), err
}

func content(in *DutyLeaveInput) (leave.Content, error) {
	err := route.Instants(in.From, in.To)
	return leave.Content{Room: in.Room, Kind: leave.Kind(in.Kind), From: in.From.UnixMicro(), To: in.To.UnixMicro(), Reason: in.Reason}, err
}

func (x *Routes) ask(ctx context.Context, in *askInput) (*route.Answer[DutyLeave], error) {
	c, err := content(&in.Body)
	if err != nil {
		return nil, err
	}
	l, err := x.Leaves.Ask(ctx, route.Actor(ctx), c)
	return x.one(ctx, l, err)
}

func (x *Routes) enter(ctx context.Context, in *enterInput) (*route.Answer[DutyLeave], error) {
	c, err := content(&in.Body.DutyLeaveInput)
	if err != nil {
		return nil, err
	}
	l, err := x.Leaves.Enter(ctx, route.Actor(ctx), in.Body.Person, c)
	return x.one(ctx, l, err)
}

func (x *Routes) freed(ctx context.Context, in *oneInput) (*route.Answer[route.List[rosterapi.DutyShift]], error) {
	all, err := x.Leaves.Freed(ctx, route.Actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return route.Items(all, rosterapi.Face), nil
}

func (x *Routes) decide(ctx context.Context, in *decideInput) (*route.Answer[route.List[rosterapi.DutyShift]], error) {
	var replacements []leave.Replacement
	for _, r := range in.Body.Replacements {
		replacements = append(replacements, leave.Replacement(r))
	}
	var all []roster.Shift
	all, err := x.Leaves.Decide(ctx, route.Actor(ctx), in.ID, in.Body.Approve, in.Body.Note, replacements)
	if err != nil {
		return nil, err
	}
	return route.Items(all, rosterapi.Face), nil
}

func (x *Routes) sign(ctx context.Context, in *oneInput) (*route.Nothing, error) {
	return route.Done(x.Leaves.Sign(ctx, route.Actor(ctx), in.ID))
}

func (x *Routes) withdraw(ctx context.Context, in *oneInput) (*route.Nothing, error) {
	return route.Done(x.Leaves.Withdraw(ctx, route.Actor(ctx), in.ID))
}

func swapFace(names map[string]string) func(s leave.Swap) ShiftSwap {
	return func(s leave.Swap) ShiftSwap {
		out := ShiftSwap{ID: s.ID, Room: s.Room, Person: s.Person, PersonName: names[s.Person], Other: s.Other, OtherName: names[s.Other], Shifts: []rosterapi.DutyShift{}, Reason: s.Reason,
			AskedAt: route.Time(s.AskedAt), AgreedAt: route.TimeOf(s.AgreedAt), State: string(s.State), DecidedBy: names[s.DecidedBy], DecidedAt: route.TimeOf(s.DecidedAt), Note: s.Note, Decides: s.Decides}
		for _, one := range s.Shifts {
			out.Shifts = append(out.Shifts, rosterapi.Face(one))
		}
		return out
	}
}

func (x *Routes) swaps(ctx context.Context, _ *struct{}) (*route.Answer[route.List[ShiftSwap]], error) {
	all, err := x.Leaves.Swaps(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	names, err := x.names(ctx)
	if err != nil {
		return nil, err
	}
	return route.Items(all, swapFace(names)), nil
}

func (x *Routes) askSwap(ctx context.Context, in *swapInput) (*route.Answer[ShiftSwap], error) {
	s, err := x.Leaves.AskSwap(ctx, route.Actor(ctx), in.Body.Shift, in.Body.Other, in.Body.OtherShift, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	names, err := x.names(ctx)
	if err != nil {
		return nil, err
	}
	return route.Reply(swapFace(names)(s)), nil
}

func (x *Routes) answer(ctx context.Context, in *answerInput) (*route.Nothing, error) {
	return route.Done(x.Leaves.Answer(ctx, route.Actor(ctx), in.ID, in.Body.Agree))
}

func (x *Routes) withdrawSwap(ctx context.Context, in *oneInput) (*route.Nothing, error) {
	return route.Done(x.Leaves.WithdrawSwap(ctx, route.Actor(ctx), in.ID))
}

func (x *Routes) decideSwap(ctx context.Context, in *swapDecideInput) (*route.Nothing, error) {
	return route.Done(x.Leaves.DecideSwap(ctx, route.Actor(ctx), in.ID, in.Body.Consent, in.Body.Note))
}

func (x *Routes) late(ctx context.Context, in *lateInput) (*route.Answer[LateNotice], error) {
	l, err := x.Leaves.TellLate(ctx, route.Actor(ctx), in.ID, in.Body.Minutes, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	names, err := x.names(ctx)
	if err != nil {
		return nil, err
	}
	return route.Reply(lateFace(names)(l)), nil
}

func lateFace(names map[string]string) func(l leave.Late) LateNotice {
	return func(l leave.Late) LateNotice {
		return LateNotice{ID: l.ID, Shift: l.Shift, Person: l.Person, PersonName: names[l.Person], Minutes: l.Minutes, Reason: l.Reason, At: route.Time(l.At)}
	}
}

func (x *Routes) lates(ctx context.Context, in *latesInput) (*route.Answer[route.List[LateNotice]], error) {
	if err := route.Instants(in.Since); err != nil {
		return nil, err
	}
	all, err := x.Leaves.Lates(ctx, route.Actor(ctx), in.ID, in.Since.UnixMicro())
	if err != nil {
		return nil, err
	}
	names, err := x.names(ctx)
	if err != nil {
		return nil, err
	}
	return route.Items(all, lateFace(names)), nil
}
