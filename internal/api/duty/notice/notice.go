// Package notice answers for what leaders tell control rooms.
package notice

import (
	"context"
	"net/http"
	"slices"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/duty/notice"
)

const tag = "Watch"

// Routes are what instructions need.
type Routes struct {
	Book  *notice.Book
	Names func(ctx context.Context) (map[string]string, error) // of people, by id
}

// DutyInstruction is an instruction or a notice to control rooms.
type DutyInstruction struct {
	ID          string                `json:"id"`
	Kind        string                `json:"kind" enum:"instruction,notice"`
	State       string                `json:"state" enum:"open,closed,withdrawn"`
	Over        bool                  `json:"over" doc:"Nobody has to read or do anything any more."`
	Rooms       []string              `json:"rooms" nullable:"false" doc:"Ids of the control rooms that it is for, as far as you may know them."`
	Text        string                `json:"text"`
	At          time.Time             `json:"at" doc:"When it was entered."`
	SaidAt      time.Time             `json:"saidAt" doc:"When it was given."`
	Giver       string                `json:"giver"`
	GiverName   string                `json:"giverName"`
	By          string                `json:"by" doc:"Id of who entered it: somebody else than the giver where it was told by telephone."`
	ByName      string                `json:"byName"`
	Until       *time.Time            `json:"until,omitempty"`
	Owner       string                `json:"owner,omitempty" doc:"Id of who sees to it."`
	OwnerName   string                `json:"ownerName,omitempty"`
	Due         *time.Time            `json:"due,omitempty"`
	Overdue     bool                  `json:"overdue"`
	Unowned     bool                  `json:"unowned" doc:"An instruction that nobody sees to until a day: no handover is signed while it is so."`
	Awaits      string                `json:"awaits,omitempty" doc:"Id of who is said to have given it by telephone, and is to sign for it."`
	AwaitsUntil *time.Time            `json:"awaitsUntil,omitempty"`
	Unsigned    bool                  `json:"unsigned" doc:"The time for signing is over."`
	Read        []DutyInstructionRead `json:"read" nullable:"false" doc:"Who confirmed that they read it, who did first first."`
	Unread      []DutyReader          `json:"unread" nullable:"false" doc:"Who is to read it and did not confirm."`
	Red         bool                  `json:"red" doc:"It is unread, and was given within the last two shifts."`
	ReadByMe    bool                  `json:"readByMe"`
	ForMe       bool                  `json:"forMe" doc:"It waits for you to read it."`
	Steps       []DutyInstructionStep `json:"steps" nullable:"false"`
}

// DutyInstructionRead is that somebody confirmed.
type DutyInstructionRead struct {
	Person string    `json:"person"`
	Name   string    `json:"name"`
	At     time.Time `json:"at"`
}

// DutyReader is somebody who is to read something.
type DutyReader struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// DutyInstructionStep is what was done with an instruction.
type DutyInstructionStep struct {
	Kind      string     `json:"kind" enum:"assigned,countersigned,denied,result,closed,withdrawn"`
	At        time.Time  `json:"at"`
	ByName    string     `json:"byName"`
	Note      string     `json:"note,omitempty"`
	OwnerName string     `json:"ownerName,omitempty"`
	Due       *time.Time `json:"due,omitempty"`
}

// DutyInstructions is a page of them.
type DutyInstructions struct {
	Items  []DutyInstruction `json:"items" nullable:"false"`
	Before string            `json:"before,omitempty" doc:"Cursor of the next page; absent: this is the last."`
}

// DutyInstructionInput is one that is given.
type DutyInstructionInput struct {
	Kind  string     `json:"kind" maxLength:"20" example:"instruction"`
	Rooms []string   `json:"rooms" nullable:"false" maxItems:"200" doc:"Ids; empty: all rooms that you may give instructions to."`
	Text  string     `json:"text" maxLength:"8000"`
	Until *time.Time `json:"until,omitempty"`
	Owner string     `json:"owner,omitempty" maxLength:"40"`
	Due   *time.Time `json:"due,omitempty"`
}

// DutyInstructionTold is one that a leader gave by telephone.
type DutyInstructionTold struct {
	DutyInstructionInput
	Giver string     `json:"giver" maxLength:"40" doc:"Id of the leader."`
	At    *time.Time `json:"at,omitempty" doc:"When it was said; absent: now."`
}

// DutyInstructionOwner says who sees to it.
type DutyInstructionOwner struct {
	Owner string    `json:"owner" maxLength:"40"`
	Due   time.Time `json:"due"`
}

// DutyInstructionSignature is whether who is said to have given it did.
type DutyInstructionSignature struct {
	Did  bool   `json:"did"`
	Note string `json:"note,omitempty" maxLength:"4000"`
}

// DutyInstructionResult is what came of it.
type DutyInstructionResult struct {
	Note   string `json:"note" maxLength:"8000"`
	Closes bool   `json:"closes,omitempty"`
}

// DutyInstructionReason says why it is taken back.
type DutyInstructionReason struct {
	Reason string `json:"reason" maxLength:"4000"`
}

type listInput struct {
	Room   string `query:"room" maxLength:"40" doc:"Id; absent: all rooms that you may know of."`
	Open   bool   `query:"open" doc:"Those alone that are neither closed nor withdrawn."`
	Before string `query:"before" maxLength:"60"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type one struct {
	ID string `path:"id" maxLength:"40"`
}
type giveInput struct{ Body DutyInstructionInput }
type toldInput struct{ Body DutyInstructionTold }

type ownerInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body DutyInstructionOwner
}

type signInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body DutyInstructionSignature
}

type resultInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body DutyInstructionResult
}

type withdrawInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body DutyInstructionReason
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	const all, of = "/api/v1/instructions", "/api/v1/instructions/{id}"
	read := route.Needs(access.DutyRead)
	route.Do(r, route.Operation{
		ID: "listInstructions", Method: http.MethodGet, Path: all, Tag: tag, Demand: read,
		Summary: "List the instructions and notices to the control rooms of your areas, the latest first",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "listMyInstructions", Method: http.MethodGet, Path: all + "/mine", Tag: tag, Demand: read,
		Summary: "List the instructions and notices that wait for you",
		About:   "To be read, seen to, or signed.",
	}, x.mine)
	route.Do(r, route.Operation{
		ID: "getInstruction", Method: http.MethodGet, Path: of, Tag: tag, Demand: read,
		Summary: "Read an instruction with all that is on record of it",
	}, x.get)
	route.Do(r, route.Operation{
		ID: "giveInstruction", Method: http.MethodPost, Path: all, Tag: tag, Demand: route.Needs(access.DutyInstruct), Status: http.StatusCreated,
		Summary: "Give control rooms an instruction or a notice",
	}, x.give)
	route.Do(r, route.Operation{
		ID: "enterInstruction", Method: http.MethodPost, Path: all + "/told", Tag: tag, Demand: route.Needs(access.DutyStand), Status: http.StatusCreated,
		Summary: "Enter what a leader told the watch by telephone",
		About:   "In the leader's name, who signs for it within instruction.countersign_within.",
	}, x.told)
	route.Do(r, route.Operation{
		ID: "confirmInstruction", Method: http.MethodPost, Path: of + "/read", Tag: tag, Demand: read,
		Summary: "Confirm that you read it",
	}, x.confirm)
	route.Do(r, route.Operation{
		ID: "assignInstruction", Method: http.MethodPost, Path: of + "/assign", Tag: tag, Demand: read,
		Summary: "Say who sees to an instruction, and until when",
		About:   "Who gave it does, and who keeps watch, decides on it or gives instructions there.",
	}, x.assign)
	route.Do(r, route.Operation{
		ID: "countersignInstruction", Method: http.MethodPost, Path: of + "/countersign", Tag: tag, Demand: read,
		Summary: "Sign for having given it by telephone, or deny it",
	}, x.countersign)
	route.Do(r, route.Operation{
		ID: "resolveInstruction", Method: http.MethodPost, Path: of + "/result", Tag: tag, Demand: read,
		Summary: "Write what came of it, and close it where that is all",
		About:   "Who sees to it does, or who gave it.",
	}, x.result)
	route.Do(r, route.Operation{
		ID: "withdrawInstruction", Method: http.MethodPost, Path: of + "/withdraw", Tag: tag, Demand: read,
		Summary: "Take back what you gave",
	}, x.withdraw)
}

func micro(t *time.Time) int64 {
	if t == nil {
		return 0
	}
	return t.UnixMicro()
}

// faces shows entries with the names of people, and what waits for whom.
func (x *Routes) faces(ctx context.Context, all []notice.Entry) ([]DutyInstruction, error) {
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	me, now, readers := route.Actor(ctx).Person, x.Book.Clock.Micro(), map[string][]string{}
	out := make([]DutyInstruction, len(all))
	for i := range all {
		e := &all[i]
		var unread []string
		for _, r := range e.Rooms {
			if _, asked := readers[r]; !asked {
				if readers[r], err = x.Book.ToRead(ctx, x.Book.DB.Read(), []string{r}); err != nil {
					return nil, err
				}
			}
			unread = append(unread, e.Unread(readers[r])...)
		}
		slices.Sort(unread)
		unread = slices.Compact(unread)
		f := DutyInstruction{ID: e.ID, Kind: string(e.Kind), State: string(e.State), Over: e.Over(now), Rooms: e.Rooms, Text: e.Text, At: route.Time(e.At), SaidAt: route.Time(e.SaidAt),
			Giver: e.Giver, GiverName: names[e.Giver], By: e.By, ByName: names[e.By], Until: route.TimeOrNil(e.Until), Owner: e.Owner, OwnerName: names[e.Owner], Due: route.TimeOrNil(e.Due),
			Awaits: e.Awaits, AwaitsUntil: route.TimeOrNil(e.AwaitsUntil), Unsigned: e.Awaits != "" && e.AwaitsUntil < now, ReadByMe: e.Read(me) != 0,
			Read: []DutyInstructionRead{}, Unread: []DutyReader{}, Steps: []DutyInstructionStep{}}
		f.Overdue = !f.Over && e.Due != 0 && e.Due <= now
		f.Unowned = !f.Over && e.Kind == notice.Instruction && (e.Owner == "" || e.Due == 0)
		for _, r := range e.Reads {
			f.Read = append(f.Read, DutyInstructionRead{Person: r.Person, Name: names[r.Person], At: route.Time(r.At)})
		}
		if !f.Over {
			for _, p := range unread {
				f.Unread = append(f.Unread, DutyReader{ID: p, Name: names[p]})
			}
			f.ForMe, f.Red = slices.Contains(unread, me), len(unread) > 0 && x.Book.Red(e, now)
		}
		for _, s := range e.Steps {
			f.Steps = append(f.Steps, DutyInstructionStep{Kind: s.Kind, At: route.Time(s.At), ByName: names[s.By], Note: s.Note, OwnerName: names[s.Owner], Due: route.TimeOrNil(s.Due)})
		}
		out[i] = f
	}
	return out, nil
}

func (x *Routes) list(ctx context.Context, in *listInput) (*route.Answer[DutyInstructions], error) {
	all, next, err := x.Book.List(ctx, route.Actor(ctx), notice.Filter{Room: in.Room, Open: in.Open, Before: in.Before, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	faces, err := x.faces(ctx, all)
	if err != nil {
		return nil, err
	}
	return route.Reply(DutyInstructions{Items: faces, Before: next}), nil
}

func (x *Routes) mine(ctx context.Context, _ *struct{}) (*route.Answer[route.List[DutyInstruction]], error) {
	all, err := x.Book.Mine(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	faces, err := x.faces(ctx, all)
	if err != nil {
		return nil, err
	}
	return route.Items(faces, func(f DutyInstruction) DutyInstruction { return f }), nil
}

// done answers with an entry as the actor may know it.
func (x *Routes) done(ctx context.Context, e notice.Entry, err error) (*route.Answer[DutyInstruction], error) {
	if err == nil {
		e, err = x.Book.Get(ctx, route.Actor(ctx), e.ID)
	}
	if err != nil {
		return nil, err
	}
	faces, err := x.faces(ctx, []notice.Entry{e})
	if err != nil {
		return nil, err
	}
	return route.Reply(faces[0]), nil
}

func (x *Routes) get(ctx context.Context, in *one) (*route.Answer[DutyInstruction], error) {
	return x.done(ctx, notice.Entry{ID: in.ID}, nil)
}

func given(in *DutyInstructionInput) notice.New {
	return notice.New{Kind: notice.Kind(in.Kind), Rooms: in.Rooms, Text: in.Text, Until: micro(in.Until), Owner: in.Owner, Due: micro(in.Due)}
}

func (x *Routes) give(ctx context.Context, in *giveInput) (*route.Answer[DutyInstruction], error) {
	e, err := x.Book.Give(ctx, route.Actor(ctx), given(&in.Body))
	return x.done(ctx, e, err)
}

func (x *Routes) told(ctx context.Context, in *toldInput) (*route.Answer[DutyInstruction], error) {
	e, err := x.Book.Told(ctx, route.Actor(ctx), given(&in.Body.DutyInstructionInput), notice.Telling{Giver: in.Body.Giver, At: micro(in.Body.At)})
	return x.done(ctx, e, err)
}

func (x *Routes) confirm(ctx context.Context, in *one) (*route.Answer[DutyInstruction], error) {
	e, err := x.Book.Confirm(ctx, route.Actor(ctx), in.ID)
	return x.done(ctx, e, err)
}

func (x *Routes) assign(ctx context.Context, in *ownerInput) (*route.Answer[DutyInstruction], error) {
	e, err := x.Book.Assign(ctx, route.Actor(ctx), in.ID, in.Body.Owner, in.Body.Due.UnixMicro())
	return x.done(ctx, e, err)
}

func (x *Routes) countersign(ctx context.Context, in *signInput) (*route.Answer[DutyInstruction], error) {
	e, err := x.Book.Countersign(ctx, route.Actor(ctx), in.ID, in.Body.Did, in.Body.Note)
	return x.done(ctx, e, err)
}

func (x *Routes) result(ctx context.Context, in *resultInput) (*route.Answer[DutyInstruction], error) {
	e, err := x.Book.Result(ctx, route.Actor(ctx), in.ID, in.Body.Note, in.Body.Closes)
	return x.done(ctx, e, err)
}

func (x *Routes) withdraw(ctx context.Context, in *withdrawInput) (*route.Answer[DutyInstruction], error) {
	e, err := x.Book.Withdraw(ctx, route.Actor(ctx), in.ID, in.Body.Reason)
	return x.done(ctx, e, err)
}
