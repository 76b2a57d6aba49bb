package api

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/db"
	"watchroom/internal/testkit/dbtest"
)

// TestNoBodyIsTooBad sends what no client should to every operation that takes
// JSON, as somebody who may call it. Each is refused as a problem of RFC 9457 that
// blames the request and repeats nothing of it at length.
func TestNoBodyIsTooBad(t *testing.T) {
	h := newHouse(t)
	deep := strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000)
	bodies := []struct {
		name, kind string
		body       func(schema *huma.Schema) string
		status     []int
	}{
		{"nothing", "", func(*huma.Schema) string { return " " }, []int{400}},
		{"half", "", func(*huma.Schema) string { return `{"name":` }, []int{400}},
		{"a list", "", func(*huma.Schema) string { return `[]` }, []int{422}},
		{"null", "", func(*huma.Schema) string { return `null` }, []int{400, 422}},
		{"a number", "", func(*huma.Schema) string { return `1e999` }, []int{400, 422}},
		{"two values", "", func(*huma.Schema) string { return `{} {}` }, []int{400, 422}},
		{"an unknown member", "", func(*huma.Schema) string { return `{"colour of the moon":1}` }, []int{422}},
		{"deep", "", func(*huma.Schema) string { return deep }, []int{400, 413, 422}},
		{"ten megabytes", "", func(*huma.Schema) string { return `{"name":"` + strings.Repeat("x", 10<<20) + `"}` }, []int{413}},
		{"no UTF-8", "", func(*huma.Schema) string { return "{\"name\":\"\xff\xfe\",\"colour\":1}" }, []int{400, 422}},
		{"NUL", "", func(s *huma.Schema) string { return of(s, `"a\u0000b"`) }, []int{400}},
		{"numbers for everything", "", func(s *huma.Schema) string { return of(s, `7.5`) }, []int{422}},
		{"lists for everything", "", func(s *huma.Schema) string { return of(s, `[[[]]]`) }, []int{422}},
		{"right-to-left for everything", "", func(s *huma.Schema) string { return of(s, `"\u202egpj.exe\u200b"`) }, []int{400, 401, 403, 404, 409, 422}},
		{"a form", "application/x-www-form-urlencoded", func(*huma.Schema) string { return "name=x" }, []int{415}},
		{"text", "text/plain", func(*huma.Schema) string { return "{}" }, []int{415}},
		{"XML", "text/xml; charset=gb18030", func(*huma.Schema) string { return "<a/>" }, []int{415}},
	}
	operations := 0
	for _, r := range h.router.Routes() {
		op := h.operation(r.Method + " " + r.Path)
		if op == nil || op.RequestBody == nil || op.RequestBody.Content["application/json"] == nil {
			continue
		}
		operations++
		as := h.whoMay(r)
		path := strings.NewReplacer("{code}", "incident", "/cameras/{id}", "/cameras/"+h.gate, "/people/{id}", "/people/"+h.person("colleague"), "{id}", "0000000000000").Replace(r.Path)
		schema := op.RequestBody.Content["application/json"].Schema
		if schema.Ref != "" {
			schema = h.router.API().OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref)
		}
		for _, b := range bodies {
			req := h.request(as, r.Method, path, b.body(schema))
			if b.kind != "" {
				req.Header.Set("Content-Type", b.kind)
			}
			w := serve(h.handler, req)
			if w.Code == 200 && r.Path == "/api/v1/parameters/packs/preview" {
				continue // which answers what is wrong with a pack
			}
			var p route.Problem
			err := json.Unmarshal(w.Body.Bytes(), &p)
			if !slices.Contains(b.status, w.Code) || err != nil || p.Status != w.Code || p.Code == "" || p.Code == "internal_error" || p.Detail == "" ||
				w.Header().Get("Content-Type") != "application/problem+json" || w.Body.Len() > 20_000 {
				t.Errorf("%s %s, %s: %d %.300s", r.Method, r.Path, b.name, w.Code, w.Body)
			}
		}
	}
	if operations < 15 {
		t.Errorf("only %d operations were tried", operations)
	}
	if strings.Contains(h.log.String(), "panicked") || strings.Contains(h.log.String(), "request failed") {
		t.Error("the log holds faults of ours")
	}
}

// of makes an object that has value for every member of a schema.
func of(s *huma.Schema, value string) string {
	var members []string
	for name := range s.Properties {
		members = append(members, `"`+name+`":`+value)
	}
	return "{" + strings.Join(members, ",") + "}"
}

// whoMay gives somebody who may call a route.
func (h *house) whoMay(r route.Route) string {
	h.t.Helper()
	if r.Demand.Guest() {
		return "guest"
	}
	for who, position := range map[string]access.Position{"operator": access.Operator, "administrator": access.Administrator, "supervisor": access.Supervisor, "leader": access.Leader} {
		actor := access.ActorOf("x", position)
		may := func(a access.Action) bool { return access.Can(actor, a, "") == nil }
		if len(r.Demand.Actions()) == 0 || slices.ContainsFunc(r.Demand.Actions(), may) {
			return who
		}
	}
	h.t.Fatalf("nobody may call %s %s", r.Method, r.Path)
	return ""
}

// TestNamesThatLookAlike: a name is taken whatever its case and width, and by what is drawn like
// it; it is counted in characters, on either database.
func TestNamesThatLookAlike(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouseOn(t, d)
		add := func(name string, status int, code string) scenario {
			b, err := json.Marshal(name)
			if err != nil {
				t.Fatal(err)
			}
			return scenario{name: name[:min(len(name), 30)], as: "administrator", method: "POST", path: "/api/v1/cameras",
				body: `{"name":` + string(b) + `,"main":{"url":"rtsp://192.0.2.1/"}}`, status: status, content: []string{code}}
		}
		long := strings.Repeat("監", 300)
		h.run([]scenario{
			add("ＹＡＲＤ", 409, "camera_name_taken"), add(" yard ", 409, "camera_name_taken"), add("Yаrd", 422, "camera_name_mixed"), // with a Cyrillic а
			add("TOP 1", 201, ""), add("ТОР 1", 409, "camera_name_lookalike"), // all of it Cyrillic
			add(long, 201, ""), add(long, 409, "camera_name_taken"), add(long+"監", 422, "body.name"),
			add(strings.Repeat("𠮷", 300), 201, ""), // outside the basic plane
			add(strings.Repeat("e\u0301", 150), 201, strings.Repeat("é", 150)),
			add("zero\u200bwidth", 422, "field_bad_character"), add("right\u202eleft", 422, "field_bad_character"), add("bell\a", 422, "field_bad_character"),
			add("line\u2028break", 422, "field_bad_character"), add("\u3000\u00a0", 422, "field_required"),
			add(`'; DROP TABLE cameras; --<script>alert(1)</script>`, 201, "DROP TABLE"),
		})
	})
}
