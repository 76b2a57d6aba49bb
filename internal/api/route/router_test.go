package route

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

// door knows an operator's session "o" and an administrator's token "wr_a".
type door struct{ err error }

func (d door) BySession(_ context.Context, v secret.Text) (account.Identity, error) {
	if d.err != nil {
		return account.Identity{}, d.err
	}
	if v.Reveal() != "o" {
		return account.Identity{}, account.ErrNotSignedIn
	}
	a := access.ActorOf("operator", access.Operator)
	a.Session = "s1"
	return account.Identity{Actor: a, Session: &account.Session{ID: "s1", ExpiresAt: 5_000_000}}, nil
}

func (d door) ByToken(_ context.Context, v secret.Text) (account.Identity, error) {
	if v.Reveal() != "wr_a" {
		return account.Identity{}, account.ErrNotSignedIn
	}
	a := access.ActorOf("administrator", access.Administrator)
	a.Token = "t1"
	return account.Identity{Actor: a, Token: &account.Token{ID: "t1"}}, nil
}

func (d door) Renew(ctx context.Context, a access.Actor) (account.Identity, error) {
	if a.Session == "s1" {
		return d.BySession(ctx, "o")
	}
	return account.Identity{}, account.ErrNotSignedIn
}

type thing struct {
	Name  string          `json:"name" minLength:"1" maxLength:"10"`
	Count int             `json:"count,omitempty" maximum:"5"`
	Tags  []string        `json:"tags,omitempty"`
	Inner Nullable[inner] `json:"inner,omitempty"`
}

type inner struct {
	Password string `json:"password" minLength:"3"`
}

type thingInput struct {
	Query string `query:"q" maxLength:"5"`
	Body  thing
}

func testRouter() *Router {
	r := New(Options{Gate: door{}, Title: "Test"})
	Do(r, Operation{ID: "open", Method: "POST", Path: "/open", Demand: Open(), Body: 1000},
		func(ctx context.Context, in *thingInput) (*Answer[thing], error) {
			switch in.Body.Name {
			case "left":
				return nil, problem.Wrap(ctx.Err(), "wait for one's turn")
			case "taken":
				return nil, problem.New(problem.Conflict, "name_taken", "Taken.").On("name")
			case "null":
				return Reply(thing{Name: map[bool]string{true: "isnull", false: "isnot"}[in.Body.Inner.Given && in.Body.Inner.Null]}), nil
			}
			return Reply(thing{Name: in.Body.Name}), nil
		})
	say := func(w http.ResponseWriter, req *http.Request) error {
		_, err := w.Write([]byte(Actor(req.Context()).Person))
		return err
	}
	r.Plain(Operation{ID: "watch", Method: "GET", Path: "/watch", Demand: Needs(access.LiveView)}, say)
	r.Plain(Operation{ID: "either", Method: "GET", Path: "/either", Demand: Needs(access.ActRead, access.LiveView)}, say)
	r.Plain(Operation{ID: "anyone", Method: "GET", Path: "/anyone", Demand: SignedIn()}, say)
	r.Plain(Operation{ID: "figures", Method: "GET", Path: "/figures", Demand: LoopbackOr(access.MetricsRead)}, say)
	r.Plain(Operation{ID: "forgotten", Method: "GET", Path: "/forgotten"}, say)
	return r
}

func TestGuard(t *testing.T) {
	r := testRouter()
	cookie := func(v string) http.Header { return http.Header{"Cookie": {Cookie + "=" + v}} }
	bearer := func(v string) http.Header { return http.Header{"Authorization": {v}} }
	cases := []struct {
		name, path string
		header     http.Header
		remote     string
		host       string
		proxied    bool
		status     int
		content    string
	}{
		{name: "guest", path: "/watch", status: 401, content: `"not_signed_in"`},
		{name: "empty cookie", path: "/watch", header: cookie(""), status: 401},
		{name: "stale cookie", path: "/watch", header: cookie("gone"), status: 401},
		{name: "operator", path: "/watch", header: cookie("o"), status: 200, content: "operator"},
		{name: "administrator", path: "/watch", header: bearer("Bearer wr_a"), status: 403, content: `"action":"live.view"`},
		{name: "lower case scheme", path: "/anyone", header: bearer("bearer wr_a"), status: 200, content: "administrator"},
		{name: "basic is no scheme of ours", path: "/anyone", header: bearer("Basic d3I="), status: 401},
		{name: "a bad token is not saved by a good cookie", path: "/anyone",
			header: http.Header{"Cookie": {Cookie + "=o"}, "Authorization": {"Bearer wr_x"}}, status: 401},
		{name: "either of two", path: "/either", header: cookie("o"), status: 200},
		{name: "the other of two", path: "/either", header: bearer("Bearer wr_a"), status: 200},
		{name: "loopback", path: "/figures", remote: "127.0.0.1", host: "127.0.0.1:8080", status: 200},
		{name: "loopback by name", path: "/figures", remote: "127.0.0.1", host: "localhost:8080", status: 200},
		{name: "loopback in IPv6", path: "/figures", remote: "[::1]", host: "[::1]:8080", status: 200},
		{name: "loopback by the name that strangers use", path: "/figures", remote: "127.0.0.1", host: "watch.example.org", status: 401},
		{name: "loopback by an address of the net", path: "/figures", remote: "127.0.0.1", host: "192.0.2.5:8080", status: 401},
		{name: "loopback by no name", path: "/figures", remote: "127.0.0.1", status: 401},
		{name: "a name of this machine from elsewhere", path: "/figures", remote: "192.0.2.1", host: "localhost", status: 401},
		{name: "loopback through a proxy", path: "/figures", remote: "127.0.0.1", host: "localhost", proxied: true, status: 401},
		{name: "figures from elsewhere", path: "/figures", remote: "192.0.2.1", status: 401},
		{name: "figures with a token", path: "/figures", remote: "192.0.2.1", header: bearer("Bearer wr_a"), status: 200},
		{name: "figures without the right", path: "/figures", remote: "192.0.2.1", header: cookie("o"), status: 403},
		{name: "nothing declared lets nobody in", path: "/forgotten", header: cookie("o"), status: 403, content: "right_undeclared"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			req := httptest.NewRequest("GET", c.path, nil)
			for k, v := range c.header {
				req.Header[k] = v
			}
			about := &Request{Proxied: c.proxied, Host: c.host}
			if c.remote != "" {
				req.RemoteAddr = c.remote + ":1"
				about.Remote = Proxies(nil).Read(req).Remote
			}
			w := httptest.NewRecorder()
			r.Mux().ServeHTTP(w, req.WithContext(WithRequest(req.Context(), about)))
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.content) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if about.Pattern != "GET "+c.path {
				t.Errorf("pattern %q", about.Pattern)
			}
		})
	}
}

func TestBodies(t *testing.T) {
	r := testRouter()
	cases := []struct {
		name, body, query, kind string
		status                  int
		content, not            string
	}{
		{name: "right", body: `{"name":"门"}`, status: 200, content: `"name":"门"`},
		{name: "refused by the handler", body: `{"name":"taken"}`, status: 409, content: `"location":"body.name"`},
		{name: "null is a wish", body: `{"name":"null","inner":null}`, status: 200, content: `isnull`},
		{name: "absence is another", body: `{"name":"null"}`, status: 200, content: `isnot`},
		{name: "none", status: 400, content: `"invalid_input"`},
		{name: "broken", body: `{"name":`, status: 400, content: `"invalid_input"`},
		{name: "an array", body: `[1]`, status: 422, content: `"location":"body"`},
		{name: "wrong type", body: `{"name":7}`, status: 422, content: `"location":"body.name"`},
		{name: "missing", body: `{}`, status: 422, content: `required property name`},
		{name: "unknown property", body: `{"name":"a","colour":"red"}`, status: 422, content: `body.colour`},
		{name: "too long", body: `{"name":"` + strings.Repeat("名", 11) + `"}`, status: 422, content: `length \u003c= 10`},
		{name: "ten characters in Chinese", body: `{"name":"` + strings.Repeat("名", 10) + `"}`, status: 200},
		{name: "a list that is null", body: `{"name":"a","tags":null}`, status: 200},
		{name: "NUL", body: `{"name":"a\u0000b"}`, status: 400, content: "NUL"},
		{name: "NUL in a key", body: `{"name":"a","x\u0000":1}`, status: 400, content: "NUL"},
		{name: "the text of an escape is text", body: `{"name":"\\u0000"}`, status: 200},
		{name: "huge", body: `{"name":"` + strings.Repeat("x", 2000) + `"}`, status: 413, content: `"body_too_large"`, not: "xxx"},
		{name: "of a form", body: `{"name":"a"}`, kind: "text/plain", status: 415, content: `"content_type_unsupported"`},
		{name: "long query", body: `{"name":"a"}`, query: "?q=abcdef", status: 422, content: `"value":"abcdef"`},
		{name: "secrets are not repeated", body: `{"name":"a","inner":{"password":"pw"}}`, status: 422, content: `body.inner.password`, not: `"pw"`},
		{name: "nor in unreadable bodies", body: `{"name":"a","inner":{"password":"hunter2`, status: 400, not: "hunter2"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			req := httptest.NewRequest("POST", "/open"+c.query, strings.NewReader(c.body))
			if c.kind == "" {
				c.kind = "application/json"
			}
			req.Header.Set("Content-Type", c.kind)
			w := httptest.NewRecorder()
			r.Mux().ServeHTTP(w, req)
			body := strings.ReplaceAll(w.Body.String(), "<", `\u003c`)
			if w.Code != c.status || !strings.Contains(body, c.content) || c.not != "" && strings.Contains(body, c.not) {
				t.Errorf("%d %s", w.Code, body)
			}
			if w.Code >= 400 {
				var p Problem
				if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Status != w.Code || p.Code == "" || p.Detail == "" ||
					w.Header().Get("Content-Type") != "application/problem+json" {
					t.Errorf("no problem of RFC 9457: %v %+v %v", err, p, w.Header())
				}
			}
		})
	}
}

// written writes itself; the members say what reflection would make of it.
type written struct {
	Name string `json:"name"`
}

func (w written) AppendJSON(b []byte) []byte { return append(b, `{"name":"by hand"}`...) }

// TestAClientThatLeavesAnOperation is no fault of the server.
func TestAClientThatLeavesAnOperation(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	leave()
	req := httptest.NewRequest("POST", "/open", strings.NewReader(`{"name":"left"}`)).WithContext(ctx)
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	testRouter().Mux().ServeHTTP(w, req)
	if w.Code != statusClientLeft {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestBodiesThatWriteThemselves(t *testing.T) {
	r := testRouter()
	Do(r, Operation{ID: "written", Method: "GET", Path: "/written", Demand: Open()},
		func(context.Context, *struct{}) (*Answer[written], error) {
			return Reply(written{"by reflection"}), nil
		})
	w := httptest.NewRecorder()
	r.Mux().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/written", nil))
	if w.Code != 200 || w.Body.String() != "{\"name\":\"by hand\"}\n" || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
	}
}

func TestDemands(t *testing.T) {
	for want, d := range map[string]Demand{
		"everybody": Open(), "signed in": SignedIn(), "undeclared": {}, "act.read or live.view": Needs(access.ActRead, access.LiveView),
		"loopback or metrics.read": LoopbackOr(access.MetricsRead),
	} {
		if d.String() != want || d.Declared() != (want != "undeclared") {
			t.Errorf("%s: %s, declared %v", want, d, d.Declared())
		}
	}
	if Needs().Declared() {
		t.Error("a demand that names no action counts as declared")
	}
}

func TestDocument(t *testing.T) {
	doc, err := testRouter().Document()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"x-demand": "live.view"`, `"$ref": "#/components/schemas/Problem"`, `"openapi": "3.1.0"`} {
		if !strings.Contains(string(doc), want) {
			t.Errorf("the document lacks %s", want)
		}
	}
	for _, not := range []string{"ErrorModel", `"array",`, "$schema"} {
		if strings.Contains(string(doc), not) {
			t.Errorf("the document has %s", not)
		}
	}
}

// TestForgotten: what only answers have is dropped, and requests are checked as before.
func TestForgotten(t *testing.T) {
	r := testRouter()
	ask := func(body string) string {
		req := httptest.NewRequest("POST", "/open", strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		r.Mux().ServeHTTP(w, req)
		return w.Body.String()
	}
	bodies := []string{`{"name":"a"}`, `{"name":""}`, `{"name":"a","inner":{"password":"x"}}`, `{"name":"a","tags":[3]}`}
	before := make([]string, len(bodies))
	for i, b := range bodies {
		before[i] = ask(b)
	}
	schemas := r.API().OpenAPI().Components.Schemas.Map()
	if schemas["Problem"] == nil {
		t.Fatal("the document has no problems")
	}
	r.Forget()
	for i, b := range bodies {
		if now := ask(b); now != before[i] {
			t.Errorf("%s is answered with %s, before with %s", b, now, before[i])
		}
	}
	if schemas["Problem"] != nil || len(schemas) == 0 {
		t.Errorf("kept: %v", slices.Collect(maps.Keys(schemas)))
	}
}

func TestStill(t *testing.T) {
	id, _ := door{}.BySession(t.Context(), "o")
	ctx := context.WithValue(t.Context(), identityKey{}, id)
	until, err := Still(ctx, door{}, access.LiveView, "", nil)(t.Context())
	if err != nil || !until.Equal(time.UnixMicro(5_000_000)) {
		t.Errorf("%v %v", until, err)
	}
	if _, err := Still(ctx, door{}, access.PeopleManage, "", nil)(t.Context()); problem.Of(err).Code != "right_missing" {
		t.Error(err)
	}
	earlier := time.UnixMicro(1_000_000)
	until, err = Still(ctx, door{}, "", "", func(context.Context, access.Actor) (time.Time, error) { return earlier, nil })(t.Context())
	if err != nil || !until.Equal(earlier) {
		t.Errorf("%v %v", until, err)
	}
	if _, err := Still(ctx, door{err: errEnded}, "", "", nil)(t.Context()); err == nil {
		t.Error("an ended session is still allowed")
	}
}

func TestForm(t *testing.T) {
	form := func(q string) *Form { return FormOf(httptest.NewRequest("GET", "/?"+q, nil)) }
	f := form("from=2026-11-22T08:00:00.123456%2B08:00&n=5&audio=0&stream=sub&t=x")
	at := f.Instant("from", true)
	if at.UnixMicro() != time.Date(2026, 11, 22, 0, 0, 0, 123456000, time.UTC).UnixMicro() || f.Whole("n", 1, 1, 9) != 5 ||
		f.Switch("audio", true) || f.Word("stream", "main", "sub") != "sub" || f.Text("t", true) != "x" || f.Err() != nil {
		t.Error(at, f.Err())
	}
	f = form("")
	if !f.Instant("base", false).IsZero() || f.Whole("n", 7, 1, 9) != 7 || !f.Switch("audio", true) || f.Word("stream", "main", "sub") != "main" || f.Err() != nil {
		t.Error(f.Err())
	}
	for q, read := range map[string]func(*Form){
		"":                              func(f *Form) { f.Instant("from", true) },
		"from=yesterday":                func(f *Form) { f.Instant("from", true) },
		"from=0001-01-01T00:00:00Z":     func(f *Form) { f.Instant("from", false) },
		"n=10":                          func(f *Form) { f.Whole("n", 1, 1, 9) },
		"n=two":                         func(f *Form) { f.Whole("n", 1, 1, 9) },
		"audio=yes":                     func(f *Form) { f.Switch("audio", true) },
		"stream=third":                  func(f *Form) { f.Word("stream", "main", "sub") },
		"viewing=":                      func(f *Form) { f.Text("viewing", true) },
		"v=" + strings.Repeat("x", 201): func(f *Form) { f.Text("v", false) },
		"a=1;b=2":                       func(*Form) {},
	} {
		f := form(q)
		read(f)
		if p := Of(f.Err()); f.Err() == nil || p.Code != "invalid_input" || p.Status != 422 || len(p.Errors) != 1 {
			t.Errorf("%q: %+v", q, p)
		}
	}
}

func TestInterval(t *testing.T) {
	a := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for code, ends := range map[string][2]time.Time{
		"interval_empty":    {a, a},
		"interval_too_long": {a, a.Add(25 * time.Hour)},
		"time_out_of_range": {a, a.AddDate(500, 0, 0)},
	} {
		if err := Interval(ends[0], ends[1], 24*time.Hour); problem.Of(err).Code != code {
			t.Errorf("%s: %v", code, err)
		}
	}
	if err := Interval(a, a.Add(24*time.Hour), 24*time.Hour); err != nil {
		t.Error(err)
	}
}
