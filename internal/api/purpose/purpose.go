// Package purpose answers for the register of what footage is looked at for.
package purpose

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/disclosure/purpose"
)

const tag = "Purposes"

// Routes are what the register needs.
type Routes struct {
	Purposes *purpose.Register
	// Review says how far back duty review reaches, and whether it needs the watch.
	Review func() (back time.Duration, onDuty bool)
	// After says how far back somebody looks before the words that a purpose needs.
	After func() time.Duration
}

// Words are a text in both languages.
type Words struct {
	ZH string `json:"zh" maxLength:"600" doc:"Empty: the other language is shown."`
	EN string `json:"en" maxLength:"600"`
}

// Purpose is what footage may be looked at for, with its legal basis.
type Purpose struct {
	Code         string     `json:"code" example:"traffic_accident"`
	Name         Words      `json:"name"`
	Basis        Words      `json:"basis" doc:"The law or the rule, with the article."`
	Clauses      []string   `json:"clauses" nullable:"false" example:"[\"C006\"]"`
	NeedsReason  bool       `json:"needsReason" doc:"A reason in free words, besides the purpose."`
	ReasonAfter  bool       `json:"reasonAfter" doc:"Of the newest footage, reasonAfterMinutes back, the words are due afterwards."`
	AfterMinutes int        `json:"reasonAfterMinutes,omitempty"`
	NeedsRequest bool       `json:"needsRequest" doc:"Only under a request that was approved."`
	NeedsSecond  bool       `json:"needsSecond" doc:"Only together with a second person."`
	BackMinutes  int        `json:"backMinutes" doc:"Only footage that is no older when a viewing is opened; 0: as far as the rights reach."`
	BySystem     bool       `json:"bySystem" doc:"The program writes it where no purpose is stated; nobody chooses it. backMinutes is then a parameter."`
	OnDuty       bool       `json:"onDuty" doc:"It needs the watch over the camera."`
	BuiltIn      bool       `json:"builtIn" doc:"It came with the program."`
	CreatedAt    *time.Time `json:"createdAt,omitempty"`
	RetiredAt    *time.Time `json:"retiredAt,omitempty"`
}

// NewPurpose is a purpose as it is typed.
type NewPurpose struct {
	Code         string   `json:"code" maxLength:"60" example:"traffic_accident"`
	Name         Words    `json:"name"`
	Basis        Words    `json:"basis"`
	Clauses      []string `json:"clauses,omitempty" maxItems:"20"`
	NeedsReason  *bool    `json:"needsReason,omitempty" doc:"true if left out."`
	ReasonAfter  bool     `json:"reasonAfter,omitempty"`
	NeedsRequest bool     `json:"needsRequest,omitempty"`
	NeedsSecond  bool     `json:"needsSecond,omitempty"`
	BackMinutes  int      `json:"backMinutes,omitempty" minimum:"0" maximum:"10000000"`
}

// PurposeChange changes some of a purpose; what is left out stays.
type PurposeChange struct {
	Name         *Words    `json:"name,omitempty"`
	Basis        *Words    `json:"basis,omitempty"`
	Clauses      *[]string `json:"clauses,omitempty" maxItems:"20"`
	NeedsReason  *bool     `json:"needsReason,omitempty"`
	ReasonAfter  *bool     `json:"reasonAfter,omitempty"`
	NeedsRequest *bool     `json:"needsRequest,omitempty"`
	NeedsSecond  *bool     `json:"needsSecond,omitempty"`
	BackMinutes  *int      `json:"backMinutes,omitempty" minimum:"0" maximum:"10000000"`
}

// PurposeStep says why a purpose goes out of use, or comes back.
type PurposeStep struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500"`
}

type addInput struct{ Body NewPurpose }

type changeInput struct {
	Code string `path:"code" maxLength:"60"`
	Body PurposeChange
}

type stepInput struct {
	Code string `path:"code" maxLength:"60"`
	Body PurposeStep
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	configure := route.Needs(access.PurposeConfigure)
	route.Do(r, route.Operation{
		ID: "listPurposes", Method: http.MethodGet, Path: "/api/v1/purposes", Tag: tag,
		Demand:  route.Needs(access.PlaybackView, access.ActRead, access.PurposeConfigure),
		Summary: "List what footage may be looked at for",
		About:   "Retired ones too: acts name them.",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "addPurpose", Method: http.MethodPost, Path: "/api/v1/purposes", Tag: tag, Demand: configure, Status: http.StatusCreated,
		Summary: "Add a purpose with its legal basis",
		About:   "One for which more could be looked at than for any in use, or with less asked, is refused (purpose_lowers): it is proposed, and another person decides. No purpose takes a name that another one has, or ever had (purpose_name_borne).",
	}, x.add)
	route.Do(r, route.Operation{
		ID: "changePurpose", Method: http.MethodPatch, Path: "/api/v1/purposes/{code}", Tag: tag, Demand: configure,
		Summary: "Change a purpose",
		About:   "Its code stays. Viewings that are open go on as they were opened. What asks less of whoever looks, or reaches farther back, is refused (purpose_lowers), and so are another name and another legal basis (purpose_words), by which earlier looks are read: they are proposed, and another person decides.",
	}, x.change)
	route.Do(r, route.Operation{
		ID: "retirePurpose", Method: http.MethodPost, Path: "/api/v1/purposes/{code}/retire", Tag: tag, Demand: configure,
		Summary: "Take a purpose out of use",
		About:   "Viewings for it are refused from then on; those that are open end at their time.",
	}, x.retire)
	route.Do(r, route.Operation{
		ID: "restorePurpose", Method: http.MethodPost, Path: "/api/v1/purposes/{code}/restore", Tag: tag, Demand: configure,
		Summary: "Take a retired purpose into use again",
		About:   "Refused as adding one is, where one person alone does not do it.",
	}, x.restore)
	x.proposals(r)
}

func (x *Routes) face(p purpose.Purpose) Purpose {
	out := Purpose{Code: p.Code, Name: Words(p.Name), Basis: Words(p.Basis), Clauses: p.Clauses, NeedsReason: p.NeedsReason,
		NeedsRequest: p.NeedsRequest, NeedsSecond: p.NeedsSecond, BackMinutes: int(p.Back / time.Minute), BySystem: p.BySystem, BuiltIn: p.CreatedAt == 0,
		CreatedAt: route.TimeOrNil(p.CreatedAt)}
	if out.ReasonAfter = p.ReasonAfter; p.ReasonAfter && x.After != nil {
		out.AfterMinutes = int(x.After() / time.Minute)
	}
	if out.Clauses == nil {
		out.Clauses = []string{}
	}
	out.RetiredAt = route.TimeOf(p.RetiredAt)
	if p.BySystem {
		back, onDuty := x.Review()
		out.BackMinutes, out.OnDuty = int(back/time.Minute), onDuty
	}
	return out
}

func (x *Routes) answer(p purpose.Purpose, err error) (*route.Answer[Purpose], error) {
	if err != nil {
		return nil, err
	}
	return route.Reply(x.face(p)), nil
}

func (x *Routes) list(ctx context.Context, _ *struct{}) (*route.Answer[route.List[Purpose]], error) {
	all, err := x.Purposes.List(ctx)
	if err != nil {
		return nil, err
	}
	return route.Items(all, x.face), nil
}

func minutes(n *int) *time.Duration {
	if n == nil {
		return nil
	}
	d := time.Duration(*n) * time.Minute
	return &d
}

func (x *Routes) add(ctx context.Context, in *addInput) (*route.Answer[Purpose], error) {
	b := &in.Body
	return x.answer(x.Purposes.Add(ctx, route.Actor(ctx), purpose.New{Code: b.Code, Change: purpose.Change{Name: (*purpose.Words)(&b.Name),
		Basis: (*purpose.Words)(&b.Basis), Clauses: &b.Clauses, NeedsReason: b.NeedsReason, ReasonAfter: &b.ReasonAfter, NeedsRequest: &b.NeedsRequest, NeedsSecond: &b.NeedsSecond, Back: minutes(&b.BackMinutes)}}))
}

func (c PurposeChange) change() purpose.Change {
	return purpose.Change{Name: (*purpose.Words)(c.Name), Basis: (*purpose.Words)(c.Basis), Clauses: c.Clauses,
		NeedsReason: c.NeedsReason, ReasonAfter: c.ReasonAfter, NeedsRequest: c.NeedsRequest, NeedsSecond: c.NeedsSecond, Back: minutes(c.BackMinutes)}
}

func (x *Routes) change(ctx context.Context, in *changeInput) (*route.Answer[Purpose], error) {
	return x.answer(x.Purposes.Change(ctx, route.Actor(ctx), in.Code, in.Body.change()))
}

func (x *Routes) retire(ctx context.Context, in *stepInput) (*route.Answer[Purpose], error) {
	return x.answer(x.Purposes.Retire(ctx, route.Actor(ctx), in.Code, in.Body.Reason))
}

func (x *Routes) restore(ctx context.Context, in *stepInput) (*route.Answer[Purpose], error) {
	return x.answer(x.Purposes.Restore(ctx, route.Actor(ctx), in.Code, in.Body.Reason))
}
