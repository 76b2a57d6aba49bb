// Package route declares routes: what each answers, what right it demands and
// how its refusals look. No route is reachable without a declared demand, and the
// table of rights is read from what was registered (ruling R18).
package route

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"watchroom/internal/access"
)

// Demand is what a route wants of whoever calls it. The zero Demand lets nobody in.
type Demand struct {
	kind    demandKind
	actions []access.Action // any one of them suffices
	locked  bool            // see WhileLocked
}

type demandKind int

const (
	undeclared demandKind = iota
	open
	signedIn
	entering
	enrolling
	anyAction
	loopbackOr
)

// Open lets everybody in; for signing in and what precedes it.
func Open() Demand { return Demand{kind: open} }

// SignedIn lets in whoever has a session or a token, whatever their rights.
func SignedIn() Demand { return Demand{kind: signedIn} }

// Entering lets in whoever SignedIn does, and who must choose a password of their
// own before anything else: for what that takes.
func Entering() Demand { return Demand{kind: entering} }

// Enrolling lets in whoever SignedIn does, and who must enrol a second factor before
// anything else: for what that takes.
func Enrolling() Demand { return Demand{kind: enrolling} }

// Needs lets in who may do at least one of the actions. Routes that need more
// ask access.Can again once they know which camera it is about.
func Needs(actions ...access.Action) Demand { return Demand{kind: anyAction, actions: actions} }

// LoopbackOr lets in programs on this machine that ask by a name of it, and tokens with the action.
func LoopbackOr(action access.Action) Demand {
	return Demand{kind: loopbackOr, actions: []access.Action{action}}
}

// WhileLocked is the demand of what a locked console may do as well: the live wall, the
// alarms, the emergency right, and what unlocks it. Everything else waits.
func (d Demand) WhileLocked() Demand {
	d.locked = true
	return d
}

// Locked tells whether a locked console may do it.
func (d Demand) Locked() bool { return d.locked || d.kind == open || d.kind == loopbackOr }

// Declared tells whether the demand says anything.
func (d Demand) Declared() bool {
	return d.kind != undeclared && (d.kind == open || d.kind == signedIn || d.kind == entering || d.kind == enrolling || len(d.actions) > 0)
}

// Actions gives what the demand names.
func (d Demand) Actions() []access.Action { return d.actions }

// Guest tells whether nobody needs to be signed in.
func (d Demand) Guest() bool { return d.kind == open }

// String is the demand as the table of rights shows it.
func (d Demand) String() string {
	words := make([]string, len(d.actions))
	for i, a := range d.actions {
		words[i] = string(a)
	}
	switch d.kind {
	case open:
		return "everybody"
	case signedIn:
		return "signed in"
	case entering:
		return "signed in, with any password"
	case enrolling:
		return "signed in, with or without a second factor"
	case anyAction:
		return strings.Join(words, " or ")
	case loopbackOr:
		return "loopback or " + strings.Join(words, " or ")
	case undeclared:
	}
	return "undeclared"
}

// Route is one registered route.
type Route struct {
	Method string
	Path   string // as net/http's mux writes it
	Demand Demand
	JSON   bool // answered by a typed operation, not by a plain handler
}

// Router registers routes.
type Router struct {
	mux    *http.ServeMux
	api    huma.API
	gate   Gate
	log    *slog.Logger
	pack   func(http.Handler) http.Handler
	tell   Refusals
	pace   func(who string) error
	routes []Route
}

// Options are what a Router is made of.
type Options struct {
	Gate Gate                            // decides who is there; nil where nothing is served
	Log  *slog.Logger                    // of what is our own fault
	Pack func(http.Handler) http.Handler // compresses JSON answers; nil for not at all
	Tell Refusals                        // is told who was refused for want of a right; nil: nobody
	// Pace counts one more request that may write, by person or token, or refuses it; nil:
	// nobody counts.
	Pace  func(who string) error
	Title string
	About string
	Tags  []Tag // in the order in which the document tells them
}

// Tag is a chapter of the document.
type Tag struct{ Name, About string }

// refs is what references to schemas in the document begin with.
const refs = "#/components/schemas/"

// New makes an empty router.
func New(o Options) *Router {
	r := &Router{mux: http.NewServeMux(), gate: o.Gate, log: o.Log, pack: o.Pack, tell: o.Tell, pace: o.Pace}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if r.pack == nil {
		r.pack = func(h http.Handler) http.Handler { return h }
	}
	format := huma.Format{Marshal: marshal, Unmarshal: unmarshal}
	registry := huma.NewMapRegistry(refs, huma.DefaultSchemaNamer)
	registry.RegisterTypeAlias(reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[Problem]())
	var tags []*huma.Tag
	for _, t := range o.Tags {
		tags = append(tags, &huma.Tag{Name: t.Name, Description: t.About})
	}
	r.api = huma.NewAPI(huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Tags:    tags,
			Info:    &huma.Info{Title: o.Title, Version: "1", Description: o.About},
			Components: &huma.Components{
				Schemas: registry,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"session": {Type: "apiKey", In: "cookie", Name: Cookie, Description: "Set by signing in."},
					"token":   {Type: "http", Scheme: "bearer", Description: "A scoped token, wr_…, for programs."},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": format, "json": format},
		DefaultFormat: "application/json",
		Transformers: []huma.Transformer{func(_ huma.Context, _ string, v any) (any, error) {
			if m, ok := v.(*huma.ErrorModel); ok {
				return fromHuma(m), nil
			}
			return v, nil
		}},
	}, adapter{r})
	return r
}

// Appender is a body so large that it writes its JSON itself, the same as
// encoding/json would.
type Appender interface{ AppendJSON(b []byte) []byte }

func marshal(w io.Writer, v any) error {
	if a, ok := v.(Appender); ok {
		_, err := w.Write(append(a.AppendJSON(nil), '\n'))
		return err
	}
	return huma.DefaultJSONFormat.Marshal(w, v)
}

// unmarshal refuses NUL characters: PostgreSQL cannot keep them, and no text has them.
func unmarshal(data []byte, v any) error {
	if err := json.Unmarshal(data, v); err != nil {
		return err
	}
	if tree, ok := v.(*any); ok && hasNUL(*tree) {
		return fmt.Errorf("text with a NUL character")
	}
	return nil
}

func hasNUL(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.IndexByte(v, 0) >= 0
	case []any:
		return slices.ContainsFunc(v, hasNUL)
	case map[string]any:
		for k, m := range v {
			if strings.IndexByte(k, 0) >= 0 || hasNUL(m) {
				return true
			}
		}
	}
	return false
}

// Operation describes a route for the document.
type Operation struct {
	ID      string // operationId, camelCase
	Method  string
	Path    string // with {names}
	Tag     string
	Summary string
	About   string // further sentences, optional
	Demand  Demand
	Status  int   // of success; 0 means 200, or 204 without a body
	Body    int64 // largest request body in bytes; 0 means 64 KiB

	// Plain routes only.
	Parameters []*huma.Param
	Request    *huma.RequestBody
	Responses  map[string]*huma.Response
}

func (o Operation) huma() huma.Operation {
	op := huma.Operation{
		OperationID: o.ID, Method: o.Method, Path: o.Path, Summary: o.Summary, Description: o.About,
		Tags: []string{o.Tag}, DefaultStatus: o.Status, MaxBodyBytes: o.Body,
		BodyReadTimeout: 10 * time.Second,
		Parameters:      o.Parameters, RequestBody: o.Request, Responses: o.Responses,
		Metadata: map[string]any{"demand": o.Demand},
	}
	if op.MaxBodyBytes == 0 {
		op.MaxBodyBytes = 64 << 10
	}
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	if !o.Demand.Guest() {
		op.Security = []map[string][]string{{"session": {}}, {"token": {}}}
		op.Extensions = map[string]any{"x-demand": o.Demand.String()}
	}
	op.Responses["default"] = &huma.Response{
		Description: "A problem, RFC 9457.",
		Content: map[string]*huma.MediaType{"application/problem+json": {
			Schema: &huma.Schema{Ref: "#/components/schemas/Problem"},
		}},
	}
	return op
}

// Do registers an operation that takes and gives JSON. An error that it returns
// is shown as Of shows it.
func Do[I, O any](r *Router, o Operation, handle func(context.Context, *I) (*O, error)) {
	huma.Register(r.api, o.huma(), func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if left(ctx, err) {
			return nil, plain(statusClientLeft, "client_left", "The client went before it was answered.")
		}
		if err != nil {
			r.refused(ctx, Actor(ctx), err)
			p := Of(err)
			if asked, err := json.Marshal(in); err == nil {
				p = p.discreet(string(asked))
			}
			note(ctx, r.log, p, err)
			return nil, p
		}
		return out, nil
	})
}

// Plain registers a route that writes its answer itself: media, event streams,
// SDP. An error that it returns is shown as a problem; it must not have written
// anything then.
func (r *Router) Plain(o Operation, handle func(http.ResponseWriter, *http.Request) error) {
	op := o.huma()
	r.api.OpenAPI().AddOperation(&op)
	r.register(Route{Method: o.Method, Path: o.Path, Demand: o.Demand}, r.problems(handle))
}

// Hidden registers a plain route that the document does not name, such as the
// document itself.
func (r *Router) Hidden(method, path string, d Demand, handle func(http.ResponseWriter, *http.Request) error) {
	r.register(Route{Method: method, Path: path, Demand: d}, r.problems(handle))
}

func (r *Router) problems(handle func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if err := handle(w, req); err != nil {
			r.refused(req.Context(), Actor(req.Context()), err)
			Refuse(w, req, r.log, err)
		}
	})
}

func (r *Router) register(route Route, h http.Handler) {
	r.routes = append(r.routes, route)
	r.mux.Handle(route.Method+" "+route.Path, r.guard(route, h))
}

// Routes lists what is registered.
func (r *Router) Routes() []Route { return slices.Clone(r.routes) }

// Mux serves the registered routes; whoever owns it adds the answers for
// addresses that are none.
func (r *Router) Mux() *http.ServeMux { return r.mux }

// adapter makes huma register through the router, so that its operations pass
// the same guard as everything else.
type adapter struct{ r *Router }

func (a adapter) Handle(op *huma.Operation, handle func(huma.Context)) {
	demand, _ := op.Metadata["demand"].(Demand)
	h := a.r.pack(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if err := known(op, req); err != nil {
			Refuse(w, req, a.r.log, err)
			return
		}
		handle(humago.NewContext(op, req, w))
	}))
	a.r.register(Route{Method: op.Method, Path: op.Path, Demand: demand, JSON: true}, h)
}

func (a adapter) ServeHTTP(w http.ResponseWriter, req *http.Request) { a.r.mux.ServeHTTP(w, req) }
