// Package trail answers from the audit trail: who did what, why and by what right, with the
// proof of it.
package trail

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"watchroom/evidence/act"
	"watchroom/evidence/tlog"
	"watchroom/internal/access"
	"watchroom/internal/access/asked"
	"watchroom/internal/access/emergency"
	"watchroom/internal/access/search"
	"watchroom/internal/api/route"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/disclosure/purpose"
	"watchroom/internal/disclosure/second"
	"watchroom/internal/form/paper"
	acts "watchroom/internal/ledger"
	logs "watchroom/internal/ledger/tlog"
	"watchroom/internal/ledger/trail"
	"watchroom/internal/problem"
)

// Log proves entries.
type Log interface {
	Status() logs.Status
	Checkpoint() logs.Signed
	ProofFile(index int64) (*tlog.Proof, error)
}

// Routes are what the trail needs.
type Routes struct {
	DB       *db.DB
	Searches *search.Searches
	Asked    *asked.Questions
	Purposes *purpose.Register
	// Emergencies are the rights under which some of it was done.
	Emergencies *emergency.Rights
	Log         Log
	Clock       clock.Clock
	// People and Cameras give names by id.
	People, Cameras func(context.Context) (map[string]string, error)
	TimeZone        string // of the house, IANA
	SiteName        string
	Press           *paper.Press
	Web             fs.FS // package web's files, with the words for paper
}

// Refusals.
var (
	errUnknown   = problem.New(problem.NotFound, "act_unknown", "There is no such act.")
	errWaiting   = problem.New(problem.Conflict, "act_not_in_log", "The act is on its way into the transparency log. Try again in a minute.")
	errEarlier   = problem.New(problem.Conflict, "act_in_earlier_log", "The act stands in an earlier log of this recorder, which proves no more. The verification of the log compares it.") // origin
	errTextShort = problem.New(problem.Invalid, "search_text_short", "A text to look for has two characters at least.").On("query.text")
)

// system stands among the persons for what the program did itself.
const system = "system"

// query is the conditions as the trail knows them.
func (x *Routes) query(ctx context.Context, right access.Action, c *Conditions) (trail.Query, error) {
	q := trail.Query{Positions: c.Position, Units: c.Unit, Addresses: c.Address, Cameras: c.Camera, Kinds: c.Kind, Purposes: c.Purpose,
		Present: c.Present, Verdicts: c.Verdict, Rules: c.Rule, Marks: c.Mark, Text: c.Text}
	for _, p := range c.Person {
		if p == system {
			q.System = true
		} else {
			q.Persons = append(q.Persons, p)
		}
	}
	if c.Text != "" && utf8.RuneCountInString(c.Text) < 2 {
		return q, errTextShort
	}
	from, to := c.FootageFrom, c.FootageTo
	if q.Then = !c.NightFrom.IsZero() || !c.NightTo.IsZero(); q.Then {
		if !from.IsZero() || !to.IsZero() {
			return q, trail.ErrQuery
		}
		from, to = c.NightFrom, c.NightTo
	}
	for _, t := range []struct {
		at   time.Time
		into *int64
	}{{c.From, &q.From}, {c.To, &q.To}, {from, &q.FootageFrom}, {to, &q.FootageTo}} {
		if t.at.IsZero() {
			continue
		}
		if err := route.Instants(t.at); err != nil {
			return q, err
		}
		*t.into = t.at.UnixMicro()
	}
	q.Scope = scope(ctx, right)
	return q, nil
}

// scope is the cameras about whose acts whoever asks may know; nil: all, and acts that are
// about no camera.
func scope(ctx context.Context, right access.Action) *[]string {
	if cameras, narrow := access.ReachOf(route.Actor(ctx), right).Narrow(); narrow {
		return &cameras
	}
	return nil
}

func (x *Routes) list(ctx context.Context, in *listInput) (*route.Answer[Acts], error) {
	q, err := x.query(ctx, access.ActRead, &in.Conditions)
	if err != nil {
		return nil, err
	}
	q.Before, q.After, q.Limit = in.Before, in.After, in.Limit
	page, err := trail.Read(ctx, x.DB, q)
	if err != nil {
		return nil, err
	}
	names, err := x.People(ctx)
	if err != nil {
		return nil, err
	}
	if err := x.searched(ctx, &in.Conditions); err != nil {
		return nil, err
	}
	beside, err := x.aside(ctx, page.Entries)
	if err != nil {
		return nil, err
	}
	out := Acts{Items: make([]Act, len(page.Entries)), Next: page.Older, Newer: page.Newer, Partial: page.Partial}
	for i := range page.Entries {
		conceal(route.Actor(ctx), &page.Entries[i])
		out.Items[i] = face(&page.Entries[i], names, beside)
	}
	return route.Reply(out), nil
}

// searched puts on record what is asked, whatever page of the answer is read. It comes after
// the reading, so that the answer does not begin with the question.
func (x *Routes) searched(ctx context.Context, c *Conditions) error {
	conditions, err := json.Marshal(c.sorted())
	if err != nil {
		return err
	}
	return x.Asked.Record(ctx, route.Actor(ctx), asked.Question{Kind: "trail.searched", Same: string(conditions),
		Detail: map[string]any{"conditions": json.RawMessage(conditions)}})
}

func face(e *trail.Entry, names map[string]string, s *aside) Act {
	a := Act{
		ID: e.Act.ID, At: route.Time(e.Act.At), Person: e.Act.Person, PersonName: names[e.Act.Person], Positions: e.Positions,
		Unit: e.Unit, Address: e.Address, Session: e.Session, Token: e.Token, Local: e.Local,
		Kind: e.Act.Kind, Subject: e.Act.Subject, Camera: e.Act.Camera, Purpose: e.Purpose, Reason: e.Reason, Detail: e.Act.Detail,
	}
	for _, p := range e.Present {
		if p.Person != "" {
			p.Name = names[p.Person]
		}
		a.Present = append(a.Present, Beside{p.Person, p.Name, p.Unit})
	}
	a.Second = partner(e, names)
	a.Emergency, a.ReasonDue, a.PurposeThen, a.PositionsThen = s.emergency(e), s.reason(e), s.purpose(e), s.renamed(e)
	if a.Positions == nil {
		a.Positions = []string{}
	}
	if a.Detail == nil {
		a.Detail = map[string]any{}
	}
	if e.To != 0 {
		a.Footage = &Footage{route.Time(e.From), route.Time(e.To)}
	}
	if e.Verdict != "" {
		a.Decision = &Decision{e.Verdict, e.Facets.Action, e.Position, e.Rule, e.Policy}
	}
	if e.Logged.Log != "" {
		a.Log = &Standing{e.Logged.Log, e.Leaf}
	}
	return a
}

// partner gives the second person of an act; nil where it has none.
func partner(e *trail.Entry, names map[string]string) *Pair {
	d, ok := e.Act.Detail[second.Key].(map[string]any)
	if !ok {
		return nil
	}
	p := &Pair{}
	p.Person, _ = d["person"].(string)
	p.Position, _ = d["position"].(string)
	p.Name = names[p.Person]
	return p
}

// one gives an act that whoever asks may know of.
func (x *Routes) one(ctx context.Context, right access.Action, id string) (*trail.Entry, error) {
	l, err := acts.One(ctx, x.DB.Read(), id)
	if err != nil && !errors.Is(err, acts.ErrNoSalt) {
		return nil, err
	}
	if l == nil {
		return nil, errUnknown
	}
	q := trail.Query{Scope: scope(ctx, right)}
	e := trail.EntryOf(l)
	if !q.Holds(&e) {
		return nil, errUnknown
	}
	return &e, err
}

func (x *Routes) get(ctx context.Context, in *byID) (*route.Answer[Act], error) {
	e, err := x.one(ctx, access.ActRead, in.ID)
	if e == nil {
		return nil, err
	}
	names, err := x.People(ctx)
	if err != nil {
		return nil, err
	}
	err = x.Asked.Record(ctx, route.Actor(ctx), asked.Question{Kind: "trail.opened", Subject: e.Act.ID, Camera: e.Act.Camera, Detail: map[string]any{"kind": e.Act.Kind}})
	if err != nil {
		return nil, err
	}
	conceal(route.Actor(ctx), e)
	beside, err := x.aside(ctx, []trail.Entry{*e})
	if err != nil {
		return nil, err
	}
	return route.Reply(face(e, names, beside)), nil
}

// proof gives the file by which anybody can check the act who has the keys of the log. It
// bears the salt of the act, so that giving it out is an act of its own.
func (x *Routes) proof(ctx context.Context, in *byID) (*file, error) {
	e, err := x.one(ctx, access.ActExport, in.ID)
	if err != nil {
		return nil, err
	}
	if seen := *e; conceal(route.Actor(ctx), &seen) {
		return nil, access.Can(route.Actor(ctx), access.CameraConfigure, e.Act.Camera)
	}
	switch {
	case e.Logged.Log == "":
		return nil, errWaiting
	case e.Logged.Log != x.Log.Status().Origin:
		return nil, errEarlier.With("origin", e.Logged.Log)
	}
	p, err := x.Log.ProofFile(e.Leaf)
	if errors.Is(err, logs.ErrNotReady) {
		return nil, errWaiting
	}
	if err != nil {
		return nil, err
	}
	made := act.New(&e.Content, e.Salt, p)
	if _, err := made.Verify(nil); err != nil { // nobody is given a proof that proves nothing
		return nil, problem.New(problem.Conflict, "act_altered", "The act is not what stands in the transparency log.").Because(err)
	}
	data, err := made.JSON()
	if err != nil {
		return nil, err
	}
	err = x.record(ctx, "trail.proved", e.Act.ID, e.Act.Camera, map[string]any{"index": e.Leaf, "origin": e.Logged.Log})
	if err != nil {
		return nil, err
	}
	return attach("application/json", "watchroom-act-"+e.Act.ID+".json", data), nil
}

// record puts on record that something of the trail was given out.
func (x *Routes) record(ctx context.Context, kind, subject, camera string, detail map[string]any) error {
	actor := route.Actor(ctx).For(access.ActExport, camera)
	return x.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return acts.Record(ctx, tx, actor.Act(x.Clock.Micro(), kind, subject, camera, detail))
	})
}

// file is an answer that browsers keep.
type file struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func attach(kind, name string, data []byte) *file {
	return &file{Type: kind, Disposition: `attachment; filename="` + name + `"`, Body: data}
}

func (x *Routes) searches(ctx context.Context, _ *struct{}) (*route.Answer[route.List[Search]], error) {
	all, err := x.Searches.List(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	actor := route.Actor(ctx)
	elsewhere, err := x.elsewhere(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(s search.Search) bool { return s.Person != actor.Person && tells(&s, elsewhere) })
	return route.Items(all, searchFace), nil
}

// elsewhere are the cameras about whose acts whoever asks may not know.
func (x *Routes) elsewhere(ctx context.Context) (cameras []string, err error) {
	reach := access.ReachOf(route.Actor(ctx), access.ActRead)
	if _, narrow := reach.Narrow(); !narrow {
		return nil, nil
	}
	all, err := x.Cameras(ctx)
	for id := range all {
		if !reach.Has(id) {
			cameras = append(cameras, id)
		}
	}
	return cameras, err
}

// tells is whether a search tells of one of some cameras, in whatever condition: it is then
// withheld as a whole, since without the camera it would find something else. What cannot be
// read may name anything.
func tells(s *search.Search, cameras []string) bool {
	if len(cameras) == 0 {
		return false
	}
	question, err := url.ParseQuery(s.Query)
	if err != nil {
		return true
	}
	said := []string{s.Name}
	for key, values := range question {
		said = append(append(said, key), values...)
	}
	return slices.ContainsFunc(said, func(word string) bool {
		return slices.ContainsFunc(cameras, func(camera string) bool { return strings.Contains(strings.ToLower(word), camera) })
	})
}

func searchFace(s search.Search) Search {
	return Search{ID: s.ID, Person: s.Person, Name: s.Name, Query: s.Query, Shared: s.Shared, UpdatedAt: route.Time(s.UpdatedAt)}
}

func (x *Routes) save(ctx context.Context, in *saveInput) (*route.Answer[Search], error) {
	s, err := x.Searches.Save(ctx, route.Actor(ctx), "", in.Body.Name, in.Body.Query, in.Body.Shared)
	if err != nil {
		return nil, err
	}
	return route.Reply(searchFace(s)), nil
}

func (x *Routes) replace(ctx context.Context, in *replaceInput) (*route.Answer[Search], error) {
	s, err := x.Searches.Save(ctx, route.Actor(ctx), in.ID, in.Body.Name, in.Body.Query, in.Body.Shared)
	if err != nil {
		return nil, err
	}
	return route.Reply(searchFace(s)), nil
}

func (x *Routes) remove(ctx context.Context, in *byID) (*route.Nothing, error) {
	return nil, x.Searches.Remove(ctx, route.Actor(ctx), in.ID)
}
