// Package organisation answers for units and contracts, the files of people, leaving,
// stand-ins, and the tables in which all of it comes in and goes out.
package organisation

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/area"
	"watchroom/internal/access/staff"
	"watchroom/internal/access/unit"
	"watchroom/internal/api/people"
	"watchroom/internal/api/route"
	"watchroom/internal/camera"
	"watchroom/internal/clock"
	"watchroom/internal/ledger"
)

const tag = "Organisation"

// Routes are what the organisation needs.
type Routes struct {
	Units    *unit.Units
	Files    *staff.Files
	Areas    *area.Areas
	Cameras  *camera.Registry
	Accounts *account.Control
	Clock    clock.Clock
	Journal  interface{ Record(a ledger.Act) error }
}

type byID struct {
	ID string `path:"id" maxLength:"40"`
}

type newUnitInput struct{ Body NewUnit }

type unitInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body UnitChange
}

type whyInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body Why
}

type newContractInput struct{ Body NewContract }

type fileInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body PersonFileChange
}

type portraitInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body Portrait
}

type leaveInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body Leave
}

type settleInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body LeavingSettled
}

type standInInput struct{ Body StandInAdmission }

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	reads, manages := route.Needs(access.PeopleRead), route.Needs(access.PeopleManage)
	do := func(id, method, path, summary, about string, d route.Demand) route.Operation {
		return route.Operation{ID: id, Method: method, Path: "/api/v1" + path, Tag: tag, Demand: d, Summary: summary, About: about}
	}
	made := func(o route.Operation) route.Operation { o.Status = http.StatusCreated; return o }
	route.Do(r, do("listUnits", http.MethodGet, "/units", "List all units", "Retired ones too.", reads), x.units)
	route.Do(r, made(do("createUnit", http.MethodPost, "/units", "Add a unit", "", manages)), x.createUnit)
	route.Do(r, do("changeUnit", http.MethodPatch, "/units/{id}", "Change or move a unit", "It moves with everything below it.", manages), x.changeUnit)
	route.Do(r, do("retireUnit", http.MethodPost, "/units/{id}/retire", "Take a unit out of use for good", "409 unit_in_use, with how many, while people, units, areas or a contract hang on it.", manages), x.retireUnit)
	route.Do(r, do("listContracts", http.MethodGet, "/contracts", "List the contracts of companies", "", reads), x.contracts)
	route.Do(r, made(do("createContract", http.MethodPost, "/contracts", "Put a contract on record", "One of a company runs at a time.", manages)), x.conclude)
	route.Do(r, do("endContract", http.MethodPost, "/contracts/{id}/end", "End a contract and close all its people", "Accounts of the company and its sub-units are disabled, their sessions and tokens end within a second, with one act each.", manages), x.end)
	route.Do(r, do("listPersonFiles", http.MethodGet, "/people/files", "List the files of people", "", reads), x.files)
	route.Do(r, do("changePersonFile", http.MethodPatch, "/people/{id}/file", "Change some of a person's file, unit or term", "Who belongs to a company has a term that does not outlast its contract. When it ends, sessions end within a second. Nobody keeps their own file.", manages), x.keep)
	portray := do("changePersonPhoto", http.MethodPut, "/people/{id}/photo", "Keep or remove a photo", "", manages)
	portray.Body = staff.MaxPhotoBytes*4/3 + 1024
	route.Do(r, portray, x.portray)
	photo := do("getPersonPhoto", http.MethodGet, "/people/{id}/photo.jpg", "Fetch the photo of a person", "", reads)
	photo.Parameters, photo.Responses = []*huma.Param{route.InPath("id", "Person.")}, route.Answers("200", "The photo.", "image/jpeg")
	r.Plain(photo, x.photo)
	route.Do(r, do("listDue", http.MethodGet, "/people/due", "List what runs out, has run out or is missing", "Licences, pledges, vetting, terms and contracts; positions that nobody holds, units and cameras that nobody answers for. The most pressing first.", reads), x.due)
	route.Do(r, do("getLeaving", http.MethodGet, "/people/{id}/leaving", "Read what a person who leaves still holds", "And what they looked at in the last 30 days.", manages), x.leaving)
	route.Do(r, do("leave", http.MethodPost, "/people/{id}/leave", "Carry out that a person leaves", "The account is disabled, sessions and tokens end.", manages), x.leave)
	route.Do(r, do("settleLeaving", http.MethodPost, "/people/{id}/leaving", "Say that something is settled with somebody who left", "409 leaving_none while the person is here. The newest counts; what was said before stays on record.", manages), x.settle)
	route.Do(r, do("listStandIns", http.MethodGet, "/stand-ins", "List who stood in during the last 30 days", "", route.Needs(access.StandInAdmit, access.PeopleRead)), x.standIns)
	admit := made(do("admitStandIn", http.MethodPost, "/stand-ins", "Let in a company's guard for one shift", "The account sees live pictures and ends with the shift. No playback, no export, and no picture before the guard has signed: POST /api/v1/session/briefing/sign.", route.Needs(access.StandInAdmit)))
	admit.Body = staff.MaxPhotoBytes*4/3 + 8192
	route.Do(r, admit, x.admit)
	face := do("changeStandInPhoto", http.MethodPut, "/stand-ins/{id}/photo", "Keep the photo of a stand-in", "While the shift lasts.", route.Needs(access.StandInAdmit))
	face.Body = staff.MaxPhotoBytes*4/3 + 1024
	route.Do(r, face, x.portrayStandIn)
	x.tables(r)
}

func (x *Routes) units(ctx context.Context, _ *struct{}) (*route.Answer[route.List[Unit]], error) {
	all, err := x.Units.List(ctx)
	if err != nil {
		return nil, err
	}
	return route.Items(all, unitFace), nil
}

var answer = route.Answering(unitFace)

func (x *Routes) createUnit(ctx context.Context, in *newUnitInput) (*route.Answer[Unit], error) {
	b := &in.Body
	return answer(x.Units.Create(ctx, route.Actor(ctx), unit.New{Parent: b.Parent, Name: b.Name, Code: b.Code, Responsible: b.Responsible, Note: b.Note, Kind: unit.Kind(b.Kind)}))
}

func (x *Routes) changeUnit(ctx context.Context, in *unitInput) (*route.Answer[Unit], error) {
	b := &in.Body
	return answer(x.Units.Update(ctx, route.Actor(ctx), in.ID, unit.Change{Parent: b.Parent, Name: b.Name, Code: b.Code, Responsible: b.Responsible, Note: b.Note, Kind: (*unit.Kind)(b.Kind)}))
}

func (x *Routes) retireUnit(ctx context.Context, in *whyInput) (*route.Answer[Unit], error) {
	return answer(x.Units.Retire(ctx, route.Actor(ctx), in.ID, in.Body.Reason))
}

func (x *Routes) contracts(ctx context.Context, _ *struct{}) (*route.Answer[route.List[Contract]], error) {
	all, err := x.Units.Contracts(ctx)
	if err != nil {
		return nil, err
	}
	return route.Items(all, contractFace), nil
}

func (x *Routes) conclude(ctx context.Context, in *newContractInput) (*route.Answer[Contract], error) {
	if err := route.Instants(in.Body.Until); err != nil {
		return nil, err
	}
	c, err := x.Units.Conclude(ctx, route.Actor(ctx), in.Body.Unit, in.Body.Number, in.Body.Until.UnixMicro(), in.Body.Note)
	if err != nil {
		return nil, err
	}
	return route.Reply(contractFace(c)), nil
}

func (x *Routes) end(ctx context.Context, in *whyInput) (*route.Answer[ContractEnd], error) {
	done, err := x.Units.End(ctx, route.Actor(ctx), in.ID, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return route.Reply(ContractEnd{contractFace(done.Contract), done.People}), nil
}

func (x *Routes) files(ctx context.Context, _ *struct{}) (*route.Answer[route.List[PersonFile]], error) {
	all, err := x.Accounts.People(ctx)
	if err != nil {
		return nil, err
	}
	files, err := x.Files.List(ctx)
	if err != nil {
		return nil, err
	}
	return route.Items(all, func(p account.Person) PersonFile { return fileFace(p, files[p.ID]) }), nil
}

func (x *Routes) keep(ctx context.Context, in *fileInput) (*route.Answer[PersonFile], error) {
	b := &in.Body
	c := staff.Change{Unit: b.Unit, Phone: b.Phone, Licence: b.Licence, Qualification: b.Qualification,
		LicenceUntil: (*staff.Day)(b.LicenceUntil), LicencePending: (*staff.Day)(b.LicencePending),
		QualificationUntil: (*staff.Day)(b.QualificationUntil), VettedOn: (*staff.Day)(b.VettedOn), PledgeUntil: (*staff.Day)(b.PledgeUntil)}
	if b.ValidFrom.Given || b.ValidUntil.Given {
		now, err := x.Accounts.Person(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		c.Term = &staff.Term{From: now.ValidFrom, Until: now.ValidUntil}
		if b.ValidFrom.Given {
			if c.Term.From, err = instant(b.ValidFrom); err != nil {
				return nil, err
			}
		}
		if b.ValidUntil.Given {
			if c.Term.Until, err = instant(b.ValidUntil); err != nil {
				return nil, err
			}
		}
	}
	file, who, err := x.Files.Keep(ctx, route.Actor(ctx), in.ID, c)
	if err != nil {
		return nil, err
	}
	return route.Reply(fileFace(who, file)), nil
}

func (x *Routes) portray(ctx context.Context, in *portraitInput) (*route.Nothing, error) {
	return route.Done(x.Files.Portray(ctx, route.Actor(ctx), in.ID, in.Body.Picture))
}

func (x *Routes) photo(w http.ResponseWriter, r *http.Request) error {
	picture, err := x.Files.Photo(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "image/jpeg")
	h.Set("Content-Length", strconv.Itoa(len(picture)))
	h.Set("Cache-Control", "no-store")
	if r.Method != http.MethodHead {
		_, _ = w.Write(picture) // the client has gone; nobody to tell
	}
	return nil
}

func (x *Routes) due(ctx context.Context, _ *struct{}) (*route.Answer[route.List[DueItem]], error) {
	all, err := x.Files.Due(ctx)
	if err != nil {
		return nil, err
	}
	reach := access.ReachOf(route.Actor(ctx), access.CameraRead) // cameras elsewhere are as if they were not there
	all = slices.DeleteFunc(all, func(d staff.Due) bool { return !reach.Has(d.Camera) })
	return route.Items(all, func(d staff.Due) DueItem {
		return DueItem{d.What, d.Person, d.Unit, string(d.Position), d.Camera, string(d.On), d.Days}
	}), nil
}

func (x *Routes) leaving(ctx context.Context, in *byID) (*route.Answer[Leaving], error) {
	l, err := x.Files.Leaving(ctx, route.Actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := Leaving{Person: people.Of(l.Person), Sessions: l.Sessions, Tokens: l.Tokens, More: l.More, LeftAt: route.TimeOf(l.LeftAt), Ticks: tickFaces(l.Ticks), Open: make([]OpenItem, len(l.Open)), Looks: make([]Look, len(l.Looks))}
	for i, o := range l.Open {
		out.Open[i] = OpenItem(o)
	}
	for i, a := range l.Looks {
		reason, _ := a.Detail["reason"].(string)
		out.Looks[i] = Look{route.Time(a.At), a.Kind, a.Camera, reason}
	}
	return route.Reply(out), nil
}

func tickFaces(all []staff.Tick) []LeavingTick {
	out := make([]LeavingTick, len(all))
	for i, t := range all {
		if out[i] = (LeavingTick{Item: t.Item, State: t.State, By: t.By}); t.State != "" {
			out[i].At = route.TimeOf(&t.At)
		}
	}
	return out
}

func (x *Routes) settle(ctx context.Context, in *settleInput) (*route.Answer[LeavingTicks], error) {
	all, err := x.Files.Settle(ctx, route.Actor(ctx), in.ID, in.Body.Item, in.Body.State)
	if err != nil {
		return nil, err
	}
	return route.Reply(LeavingTicks{tickFaces(all)}), nil
}

func (x *Routes) leave(ctx context.Context, in *leaveInput) (*route.Answer[Left], error) {
	c, err := x.Files.Leave(ctx, route.Actor(ctx), in.ID, in.Body.Reason, in.Body.Returned)
	if err != nil {
		return nil, err
	}
	return route.Reply(Left{int(c.Sessions), int(c.Tokens)}), nil
}

func (x *Routes) standIns(ctx context.Context, _ *struct{}) (*route.Answer[StandIns], error) {
	s, err := x.Files.Stood(ctx)
	if err != nil {
		return nil, err
	}
	out := StandIns{Items: make([]StandIn, len(s.StandIns)), Over: s.Over}
	for i, one := range s.StandIns {
		out.Items[i] = standInFace(one)
	}
	return route.Reply(out), nil
}

func (x *Routes) portrayStandIn(ctx context.Context, in *portraitInput) (*route.Nothing, error) {
	return route.Done(x.Files.PortrayStandIn(ctx, route.Actor(ctx), in.ID, in.Body.Picture))
}

func (x *Routes) admit(ctx context.Context, in *standInInput) (*route.Answer[AdmittedStandIn], error) {
	s, who, initial, err := x.Files.Admit(ctx, route.Actor(ctx), in.Body.admission())
	if err != nil {
		return nil, err
	}
	return route.Reply(AdmittedStandIn{standInFace(s), people.Of(who), initial.Reveal()}), nil
}
