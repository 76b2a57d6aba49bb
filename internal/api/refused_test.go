package api

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/refusal"
	"watchroom/internal/api/route"
	"watchroom/internal/clock"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
)

// before are refusals that come before anybody is known to be there; the rest goes on record.
var before = map[string]string{
	"cross_origin_refused":     "nobody has looked yet who asks",
	"right_undeclared":         "no such route is ever registered",
	"setup_token_wrong":        "there are no accounts yet; the attempt is an act of its own",
	"directory_no_account":     "a sign-in, which is an act of its own",
	"directory_positions_wait": "a sign-in, which is an act of its own",
	"directory_no_position":    "a sign-in, which is an act of its own",
	"account_disabled":         "a sign-in, which is an act of its own",
}

// refusals gives the codes of all problems of the tree that refuse.
func refusals(t *testing.T) (codes []string) {
	t.Helper()
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && d.Name() != ".." && path != "../..") {
			if d != nil && d.IsDir() && err == nil {
				return fs.SkipDir
			}
			return err
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 3 {
				return true
			}
			kind, ok := call.Args[0].(*ast.SelectorExpr)
			if !ok || kind.Sel.Name != "Forbidden" {
				return true
			}
			lit, ok := call.Args[1].(*ast.BasicLit)
			if !ok {
				t.Errorf("%s: a refusal whose code is not written out", path)
				return true
			}
			code, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Error(err)
			}
			codes = append(codes, code)
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// gateOf lets in one person, whatever they show.
type gateOf struct{ actor access.Actor }

func (g gateOf) BySession(context.Context, secret.Text) (account.Identity, error) {
	return account.Identity{Actor: g.actor}, nil
}

func (g gateOf) ByToken(context.Context, secret.Text) (account.Identity, error) {
	return account.Identity{Actor: g.actor}, nil
}

func (g gateOf) Renew(context.Context, access.Actor) (account.Identity, error) {
	return account.Identity{Actor: g.actor}, nil
}

type toldActs struct{ acts []ledger.Act }

func (d *toldActs) Record(a ledger.Act) error {
	d.acts = append(d.acts, a)
	return nil
}

// TestEveryRefusalIsAnAct answers with every refusal that the tree knows, through both kinds
// of routes and with every kind of demand: whoever is signed in leaves an act.
func TestEveryRefusalIsAnAct(t *testing.T) {
	clause.Covers(t, "C099", "C114")
	codes := refusals(t)
	if len(codes) < 60 {
		t.Fatalf("only %d refusals found", len(codes))
	}
	for code := range before {
		if !slices.Contains(codes, code) {
			t.Errorf("%s is no refusal any more", code)
		}
	}
	for _, code := range codes {
		if before[code] != "" {
			continue
		}
		into := &toldActs{}
		tell := &refusal.Refusals{Journal: into, Clock: clock.Clock(time.Now)}
		r := route.New(route.Options{Gate: gateOf{access.ActorOf("anna", access.Operator)}, Tell: tell})
		answer := problem.New(problem.Forbidden, code, "No.")
		demands := []route.Demand{route.SignedIn(), route.Needs(access.LiveView), route.Entering(), route.Enrolling(), route.Needs(access.PeopleManage, access.CameraRead)}
		for i, d := range demands {
			route.Do(r, route.Operation{ID: "x" + strconv.Itoa(i), Method: "POST", Path: "/x" + strconv.Itoa(i), Demand: d},
				func(context.Context, *struct{}) (*struct{}, error) { return nil, answer })
			r.Plain(route.Operation{ID: "y" + strconv.Itoa(i), Method: "POST", Path: "/y" + strconv.Itoa(i), Demand: d},
				func(http.ResponseWriter, *http.Request) error { return answer })
		}
		for i, d := range demands {
			for _, p := range []string{"/x", "/y"} {
				into.acts, *tell = nil, refusal.Refusals{Journal: into, Clock: clock.Clock(time.Now)}
				req := httptest.NewRequest("POST", p+strconv.Itoa(i), nil)
				req.AddCookie(&http.Cookie{Name: route.Cookie, Value: "x"})
				w := serve(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
					r.Mux().ServeHTTP(w, q.WithContext(route.WithRequest(q.Context(), &route.Request{})))
				}), req)
				if w.Code != 403 || len(into.acts) != 1 {
					t.Fatalf("%s, %s%d: %d, %d acts", code, p, i, w.Code, len(into.acts))
				}
				decision, _ := into.acts[0].Detail["decision"].(map[string]any)
				action, _ := decision["action"].(string)
				want := ""
				switch i {
				case 1:
					want = string(access.LiveView)
				case 4:
					want = string(access.CameraRead)
				}
				if a := into.acts[0]; a.Person != "anna" || a.Detail["code"] != code || decision["verdict"] != "refused" || action != want || a.Detail["route"] != "POST "+p+strconv.Itoa(i) {
					t.Errorf("%s under %s: %+v", code, d, a)
				}
			}
		}
	}
}

// TestNobodyRefusesBesideTheRouter: an answer 403 that no act tells of is written nowhere.
func TestNobodyRefusesBesideTheRouter(t *testing.T) {
	for _, dir := range []string{"."} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for word, where := range map[string][]string{
				"StatusForbidden": {"route/problem.go", "middleware.go"},
				"route.Refuse(":   {"middleware.go", "static.go", "server.go", "starting.go"},
			} {
				if strings.Contains(string(b), word) && !slices.Contains(where, path) {
					t.Errorf("%s answers with %s", path, word)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// watched puts what is refused on record.
func (h *house) watched() *refusal.Refusals {
	h.t.Helper()
	r := &refusal.Refusals{Journal: h.diary, Clock: h.now}
	start(h.t, r)
	h.t.Cleanup(r.Close)
	h.deps.Refusals = r
	h.rebuilt()
	return r
}

// TestWhatPeopleTryAgainstEachOtherIsOnRecord: approvals of their own, footage of another's
// viewing, footage beside what was stated, purposes outside the register.
func TestWhatPeopleTryAgainstEachOtherIsOnRecord(t *testing.T) {
	clause.Covers(t, "C099", "C105")
	h := newHouse(t)
	viewing := h.state("operator")
	base := get[struct{ Version struct{ ID string } }](h, "supervisor", "GET", "/api/v1/rights", "", 200).Version.ID
	version := get[struct{ ID string }](h, "supervisor", "POST", "/api/v1/rights/versions", `{"base":"`+base+`","reason":"not at night","rules":[{"id":"s","position":"duty_lead","actions":["playback.view"],"backMinutes":60}]}`, 201).ID
	h.watched()
	for code, s := range map[string]scenario{
		"rights_own":         {as: "supervisor", method: "POST", path: "/api/v1/rights/versions/" + version + "/approve", body: `{"note":"well"}`, status: 403},
		"viewing_of_another": {as: "colleague", path: h.under(viewing) + "/playlist?" + morning, status: 403},
		"outside_viewing":    {as: "operator", path: h.under(viewing) + "/playlist?from=2026-11-22T07:00:00Z&to=2026-11-22T08:30:00Z", status: 403},
		"purpose_unknown":    {as: "operator", method: "POST", path: "/api/v1/viewings", body: `{"cameras":["{gate}"],` + strings.Replace(stated, `"incident"`, `"curiosity"`, 1) + `}`, status: 422},
		"own_positions":      {as: "administrator", method: "PATCH", path: "/api/v1/people/" + h.person("administrator"), body: `{"positions":["operator"]}`, status: 403},
	} {
		s.name, s.content = code, []string{code}
		h.run([]scenario{s})
		found := false
		for _, a := range h.diary.of("access.refused") {
			decision, _ := a.Detail["decision"].(map[string]any)
			found = found || a.Detail["code"] == code && a.Person == h.people[s.as] && decision["verdict"] == "refused"
		}
		if !found {
			t.Errorf("%s is not on record", code)
		}
	}
}

// TestTokensThatOpenNothingAreOnRecord: once a minute and network, with whose they were.
func TestTokensThatOpenNothingAreOnRecord(t *testing.T) {
	clause.Covers(t, "C099", "C114")
	h := newHouse(t)
	h.watched()
	show := func(value, address string) int {
		r := httptest.NewRequest("GET", "/api/v1/cameras", nil)
		r.Header.Set("Authorization", "Bearer "+value)
		r.RemoteAddr = address + ":40000"
		return serve(h.handler, r).Code
	}
	ctx := t.Context()
	person := h.person("administrator")
	made := func(name string) (string, string) {
		tok, value, err := h.deps.Access.CreateToken(ctx, access.CommandLine(), account.NewToken{Person: person, Name: name, Actions: []access.Action{access.MetricsRead}})
		if err != nil {
			t.Fatal(err)
		}
		return tok.ID, value.Reveal()
	}
	revoked, value := made("old")
	if err := h.deps.Access.RevokeToken(ctx, access.CommandLine(), revoked); err != nil {
		t.Fatal(err)
	}
	expired, late := made("late")
	for range 5 {
		if c := show("wr_foreign", "192.0.2.1"); c != 401 {
			t.Fatal(c)
		}
	}
	show(value, "192.0.2.2")
	h.shift.Add((400 * 24 * time.Hour).Microseconds())
	show(late, "192.0.2.3")
	got := h.diary.of("token.refused")
	why := map[any]ledger.Act{}
	for _, a := range got {
		why[a.Detail["code"]] = a
		actor, _ := a.Detail["actor"].(map[string]any)
		if decision, _ := a.Detail["decision"].(map[string]any); decision["verdict"] != "refused" || actor["address"] == "" || a.Detail["route"] != "GET /api/v1/cameras" {
			t.Errorf("%+v", a)
		}
	}
	if a := why["unknown"]; a.Person != "" || a.Subject != "" {
		t.Errorf("nobody's: %+v", a)
	}
	if a := why["revoked"]; a.Person != person || a.Subject != revoked {
		t.Errorf("revoked: %+v", a)
	}
	if a := why["expired"]; a.Person != person || a.Subject != expired {
		t.Errorf("expired: %+v", a)
	}
	if len(got) < 3 || len(got) > 4 { // the clock went on by more than a minute
		t.Errorf("%d acts of seven tries from three places", len(got))
	}
}

// TestARefusalThatCannotBeWrittenStaysOne: nothing else is answered.
func TestARefusalThatCannotBeWrittenStaysOne(t *testing.T) {
	h := newHouse(t)
	h.watched()
	viewing := h.state("operator")
	h.diary.deaf.Store(true)
	h.run([]scenario{{name: "another's", as: "colleague", path: h.under(viewing) + "/playlist?" + morning, status: 403, content: []string{"viewing_of_another"}}})
	r := httptest.NewRequest("GET", "/api/v1/cameras", nil)
	r.Header.Set("Authorization", "Bearer wr_foreign")
	if w := serve(h.handler, r); w.Code != 401 {
		t.Error(w.Code, w.Body)
	}
}

// TestFloodsOfTokensFold: from ever new networks, too.
func TestFloodsOfTokensFold(t *testing.T) {
	clause.Covers(t, "C114")
	synctest.Test(t, func(t *testing.T) {
		into := &toldActs{}
		r := &refusal.Refusals{Journal: into, Clock: clock.Clock(time.Now)}
		start(t, r)
		for i := range 3000 {
			r.Spurn(access.Actor{}.From(access.Origin{Address: "198.51." + strconv.Itoa(i/200) + "." + strconv.Itoa(i%200)}), "unknown", "GET /x")
		}
		time.Sleep(3 * time.Minute)
		r.Close()
		total := 0
		for _, a := range into.acts {
			total += a.Detail["count"].(int)
		}
		if total != 3000 || len(into.acts) > 102 {
			t.Errorf("%d in %d acts", total, len(into.acts))
		}
	})
}
