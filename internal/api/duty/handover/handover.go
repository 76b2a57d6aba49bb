// Package handover answers for handovers of a watch: the sheet, both signatures, and what is said
// afterwards.
package handover

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/api/duty/proof"
	"watchroom/internal/api/route"
	"watchroom/internal/duty"
	"watchroom/internal/duty/handover"
	"watchroom/internal/qr"
)

const tag = "Watch"

// page is how many handovers one answer lists.
const page = 50

// Routes are what handovers need.
type Routes struct {
	Handovers *handover.Handovers
	Prover    *proof.Prover
	Names     func(ctx context.Context) (map[string]string, error) // of people, by id
	Paper     Paper
}

type byID struct {
	ID string `path:"id" maxLength:"40"`
}

type listInput struct {
	ID     string    `path:"id" maxLength:"40"`
	Before time.Time `query:"before" doc:"What the page before gave as next."`
}

type remarkInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body HandoverWords
}

type reviewInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body HandoverNote
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	const one = "/api/v1/handovers/{id}"
	reads := route.Needs(access.DutyRead)
	route.Do(r, route.Operation{
		ID: "beginHandover", Method: http.MethodPost, Path: "/api/v1/rooms/{id}/handover", Tag: tag, Demand: route.Needs(access.DutyStand),
		Summary: "Open the handover of the watch that runs in a room",
		About:   "Or give the one that is open. Its sheet fills itself with what is open in the room.",
	}, x.begin)
	route.Do(r, route.Operation{
		ID: "listHandovers", Method: http.MethodGet, Path: "/api/v1/rooms/{id}/handovers", Tag: tag, Demand: reads,
		Summary: "List the handovers of a room, the latest first",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "getHandover", Method: http.MethodGet, Path: one, Tag: tag, Demand: reads,
		Summary: "Tell a handover with its sheet",
	}, x.get)
	proof.Register(r, proof.Act[HandoverStatement, HandoverView]{
		ID: "signOutgoing", Path: one + "/outgoing", Tag: tag, Demand: reads, Prover: x.Prover, Summary: "Sign the sheet as the one who hands over",
		Sees: x.sees,
		Do: func(ctx context.Context, tx bun.Tx, who access.Actor, id string, b HandoverStatement) error {
			return x.Handovers.SignOut(ctx, tx, who, id, b.statement())
		},
		Done: func(ctx context.Context, _ access.Actor, id string) (HandoverView, error) { return x.signed(ctx, id) },
	})
	proof.Register(r, proof.Act[HandoverAcceptance, HandoverView]{
		ID: "signIncoming", Path: one + "/incoming", Tag: tag, Demand: reads, Prover: x.Prover, Summary: "Sign as the one who takes over: the watch passes",
		Sees: x.sees,
		Do: func(ctx context.Context, tx bun.Tx, who access.Actor, id string, b HandoverAcceptance) error {
			checkpoint, err := x.Handovers.Newest(ctx)
			if err != nil {
				return err
			}
			return x.Handovers.SignIn(ctx, tx, who, id, b.acceptance(), checkpoint)
		},
		Done: func(ctx context.Context, _ access.Actor, id string) (HandoverView, error) { return x.signed(ctx, id) },
	})
	route.Do(r, route.Operation{
		ID: "remarkHandover", Method: http.MethodPost, Path: one + "/remarks", Tag: tag, Demand: reads,
		Summary: "Say something of a handover afterwards",
	}, x.remark)
	route.Do(r, route.Operation{
		ID: "reviewHandover", Method: http.MethodPost, Path: one + "/review", Tag: tag, Demand: route.Needs(access.DutyDecide),
		Summary: "Put on record that a handover was looked through",
	}, x.review)
	route.Do(r, route.Operation{
		ID: "printHandover", Method: http.MethodGet, Path: one + "/sheet.pdf", Tag: tag, Demand: reads,
		Summary:   "Take a handover out on paper",
		About:     "The sheet as it was signed, with both signatures, what was said afterwards, and the checkpoint of the transparency log as text and QR code. Giving it out is an act on record. 429 print_busy while several wait for a print.",
		Responses: map[string]*huma.Response{"200": {Description: "The sheet.", Content: map[string]*huma.MediaType{"application/pdf": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}},
	}, x.print)
}

// sees is nil where whoever is signed in at the console may know of a handover.
func (x *Routes) sees(ctx context.Context, id string) error {
	_, _, err := x.Handovers.Get(ctx, route.Actor(ctx), id)
	return err
}

func (s *HandoverStatement) statement() handover.Statement {
	out := handover.Statement{Incoming: s.Incoming, Fit: s.Fit, Round: s.Round, Remarks: s.Remarks}
	for _, c := range s.Counts {
		out.Counts = append(out.Counts, handover.Count{Item: c.Item, Count: c.Count, Complete: c.Complete, Note: c.Note})
	}
	return out
}

func (a *HandoverAcceptance) acceptance() handover.Acceptance {
	out := handover.Acceptance{Remarks: a.Remarks}
	for _, k := range a.Acknowledged {
		out.Acknowledged = append(out.Acknowledged, handover.Acknowledged{Kind: k.Kind, ID: k.ID, Note: k.Note})
	}
	return out
}

// signed tells everybody, and answers who signed.
func (x *Routes) signed(ctx context.Context, id string) (HandoverView, error) {
	if err := x.Handovers.Told(ctx, id); err != nil {
		return HandoverView{}, err
	}
	return x.view(ctx, id)
}

func (x *Routes) view(ctx context.Context, id string) (HandoverView, error) {
	h, room, err := x.Handovers.Get(ctx, route.Actor(ctx), id)
	if err != nil {
		return HandoverView{}, err
	}
	added := []handover.Item{}
	switch {
	case h.Taken != nil:
		added = h.Taken.Added
	case h.State == handover.Signed:
		if added, err = x.Handovers.Added(ctx, &h, &room); err != nil {
			return HandoverView{}, err
		}
	}
	names, err := x.Names(ctx)
	if err != nil {
		return HandoverView{}, err
	}
	return x.face(&h, &room, added, names)
}

func (x *Routes) face(h *handover.Handover, room *duty.Room, added []handover.Item, names map[string]string) (HandoverView, error) {
	s, of := &h.Sheet, x.Handovers
	out := HandoverView{ID: h.ID, Room: h.Room, RoomName: room.Name, State: string(h.State), Outgoing: h.Outgoing, Incoming: s.Incoming, OpenedBy: h.OpenedBy, OpenedAt: route.Time(h.OpenedAt),
		From: route.TimeOrNil(s.From), At: route.TimeOrNil(s.At), On: []HandoverOn{}, Items: items(s.Items), Added: items(added), Counted: of.Counted(), Counts: []HandoverCount{}, Fit: s.Fit, Round: s.Round, Remarks: s.Remarks,
		Signatures: []HandoverSignature{}, Afterwards: []HandoverRemark{}, RemarksFor: int(of.RemarksFor() / time.Hour)}
	ids := []string{h.Outgoing, s.Incoming, h.OpenedBy}
	for _, o := range s.On {
		out.On = append(out.On, HandoverOn{Person: o.Person, OnAt: route.Time(o.OnAt), OffAt: route.TimeOrNil(o.OffAt), Late: int(o.Late / 1e6), From: route.TimeOrNil(o.From), To: route.TimeOrNil(o.To)})
		ids = append(ids, o.Person)
	}
	for _, i := range slices.Concat(s.Items, added) {
		ids = append(ids, i.Owner)
	}
	if p := h.Passed; p != nil {
		out.Passed, ids = &HandoverPassed{At: route.Time(p.Since), How: p.How, Person: p.Person, Reason: p.Reason}, append(ids, p.Person)
	}
	if y := s.System; y != (handover.System{}) {
		out.System = &HandoverSystem{Cameras: y.Cameras, Online: y.Online, Recording: y.Recording, FreeBytes: y.FreeBytes, Disks: y.Disks, FullOn: route.TimeOrNil(y.FullOn), Clock: y.Clock, OffsetMS: y.OffsetMS, Log: y.Log, Gaps: y.Gaps}
	}
	for _, c := range s.Counts {
		out.Counts = append(out.Counts, HandoverCount{Item: c.Item, Count: c.Count, Complete: c.Complete, Note: c.Note})
	}
	if t := h.Taken; t != nil {
		out.Taken = &HandoverTaken{Sheet: t.Sheet, Acknowledged: []HandoverAcknowledged{}, Remarks: t.Remarks}
		for _, a := range t.Acknowledged {
			out.Taken.Acknowledged = append(out.Taken.Acknowledged, HandoverAcknowledged{Kind: a.Kind, ID: a.ID, Note: a.Note})
		}
		if c := t.Checkpoint; c != nil {
			code, err := qr.Draw(written(c))
			if err != nil {
				return out, err
			}
			out.Taken.Checkpoint = &HandoverCheckpoint{Origin: c.Origin, Size: c.Size, Root: c.Root, Short: short(c), Text: written(c), Side: code.Size, Path: code.Path()}
		}
	}
	for _, g := range h.Signatures {
		sig := HandoverSignature{Role: g.Role, Person: g.Person, At: route.Time(g.At), Hash: g.Hash, Factors: g.Factors}
		if g.Role == handover.Review {
			var said struct{ Note string }
			if json.Unmarshal(g.Said, &said) == nil {
				sig.Note = said.Note
			}
		}
		out.Signatures, ids = append(out.Signatures, sig), append(ids, g.Person)
	}
	for _, r := range h.Remarks {
		out.Afterwards, ids = append(out.Afterwards, HandoverRemark{ID: r.ID, Person: r.Person, At: route.Time(r.At), Kind: r.Kind, Words: r.Words, Found: r.Found}), append(ids, r.Person)
	}
	out.Names = named(names, ids...)
	return out, nil
}

// written is a checkpoint as its QR code says it.
func written(c *handover.Checkpoint) string {
	return fmt.Sprintf("watchroom checkpoint %s %d %s", c.Origin, c.Size, c.Root)
}

// short is a checkpoint as people read it out and write it down: the size of the log and the
// first twelve characters of its root.
func short(c *handover.Checkpoint) string {
	return fmt.Sprintf("%d-%.12s", c.Size, c.Root)
}

func (x *Routes) answer(ctx context.Context, id string, err error) (*route.Answer[HandoverView], error) {
	if err != nil {
		return nil, err
	}
	out, err := x.view(ctx, id)
	if err != nil {
		return nil, err
	}
	return route.Reply(out), nil
}

func (x *Routes) begin(ctx context.Context, in *byID) (*route.Answer[HandoverView], error) {
	h, err := x.Handovers.Begin(ctx, route.Actor(ctx), in.ID)
	return x.answer(ctx, h.ID, err)
}

func (x *Routes) get(ctx context.Context, in *byID) (*route.Answer[HandoverView], error) {
	return x.answer(ctx, in.ID, nil)
}

func (x *Routes) list(ctx context.Context, in *listInput) (*route.Answer[HandoverList], error) {
	before := int64(0)
	if !in.Before.IsZero() {
		if err := route.Instants(in.Before); err != nil {
			return nil, err
		}
		before = in.Before.UnixMicro()
	}
	all, err := x.Handovers.List(ctx, route.Actor(ctx), in.ID, before, page+1)
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	out, ids := HandoverList{Items: []HandoverLine{}}, []string{}
	if len(all) > page {
		all = all[:page]
		out.Next = route.Time(all[page-1].OpenedAt).Format(time.RFC3339Nano)
	}
	for i := range all {
		h := &all[i]
		line := HandoverLine{ID: h.ID, State: string(h.State), Outgoing: h.Outgoing, Incoming: h.Sheet.Incoming, OpenedAt: route.Time(h.OpenedAt), Items: len(h.Sheet.Items), Reviewed: h.Signature(handover.Review) != nil}
		if in := h.Signature(handover.Incoming); in != nil {
			at := route.Time(in.At)
			line.PassedAt, line.Incoming = &at, in.Person
		}
		out.Items, ids = append(out.Items, line), append(ids, line.Outgoing, line.Incoming)
	}
	out.Names = named(names, ids...)
	return route.Reply(out), nil
}

func (x *Routes) remark(ctx context.Context, in *remarkInput) (*route.Answer[HandoverView], error) {
	_, err := x.Handovers.Remark(ctx, route.Actor(ctx), in.ID, in.Body.Kind, in.Body.Words)
	return x.answer(ctx, in.ID, err)
}

func (x *Routes) review(ctx context.Context, in *reviewInput) (*route.Answer[HandoverView], error) {
	return x.answer(ctx, in.ID, x.Handovers.Review(ctx, route.Actor(ctx), in.ID, in.Body.Note))
}
