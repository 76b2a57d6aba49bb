package api

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"hash/maphash"
	"image"
	"image/jpeg"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/api/route"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/authenticator"
	"watchroom/internal/testkit/clause"
)

// silent are the routes that change nothing which is kept, with what they are. All others
// that are no GET are recorded, and testdata/rights.txt marks them so.
var silent = map[string]string{
	"POST /api/v1/deletions/preview":                       "a question",
	"POST /api/v1/holds/preview":                           "a question",
	"POST /api/v1/retention/rules/preview":                 "a question",
	"POST /api/v1/capacity/check":                          "a question",
	"POST /api/v1/shift-patterns/{id}/propose":             "a question",
	"POST /api/v1/rights/preview":                          "a question",
	"POST /api/v1/parameters/packs/preview":                "a question",
	"POST /api/v1/session/passkey/options":                 "a question, before it is known who asks",
	"POST /api/v1/session/second/passkey/options":          "a question",
	"POST /api/v1/session/unlock/passkey/options":          "a question",
	"POST /api/v1/second-asks/{id}/vouch/passkey/options":  "a question",
	"POST /api/v1/rooms/{id}/sign-on/passkey/options":      "a question",
	"POST /api/v1/session/factors/totp":                    "a question: nothing is enrolled before it is confirmed",
	"POST /api/v1/session/factors/passkeys":                "a question: nothing is enrolled before it is confirmed",
	"POST /api/v1/session/factors/notices/{id}/seen":       "a notice that its reader puts away",
	"POST /api/v1/presence/{id}/answer":                    "a sign of life; one that is missing is on record",
	"POST /api/v1/session/input":                           "a sign of life",
	"PATCH /api/v1/live/sessions/{id}":                     "part of a live view that is on record",
	"DELETE /api/v1/live/sessions/{id}":                    "the end of a live view that is on record, which its own act tells",
	"POST /api/v1/handovers/{id}/outgoing/passkey/options": "a question",
	"POST /api/v1/handovers/{id}/incoming/passkey/options": "a question",
}

// looked are the routes that only read, and are recorded nevertheless. Playback is on record
// with the viewing under which it plays.
var looked = []string{
	"GET /api/v1/acts", "GET /api/v1/acts/{id}", "GET /api/v1/acts/{id}/proof", "GET /api/v1/areas/export", "GET /api/v1/cameras/export", "GET /api/v1/rights/cedar", "GET /api/v1/people/export", "GET /api/v1/units/export",
	"GET /api/v1/cameras/{id}/picture.jpg", "GET /api/v1/live/{camera}/mse", "GET /api/v1/snapshots/{id}/picture.jpg", "GET /api/v1/rights/cedar",
	"GET /api/v1/sign-in/oidc/{name}/callback", "GET /api/v1/handovers/{id}/sheet.pdf",
}

// untried are recorded routes without a deed, with what tries them instead.
var untried = map[string]string{
	"GET /api/v1/rights/cedar":                 "only where cameras hang somewhere: TestListsOfCamerasLeaveOnRecord",
	"GET /api/v1/handovers/{id}/sheet.pdf":     "needs the typeface: TestAHandoverAtOneConsole",
	"GET /api/v1/acts/{id}/proof":              "needs a log: TestTheAuditorAsksWhoLookedAtTheGate",
	"GET /api/v1/sign-in/oidc/{name}/callback": "needs a provider: TestSigningInThroughAProvider",
}

// recorded says whether what a route does is on record.
func recorded(r route.Route) bool {
	name := r.Method + " " + r.Path
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return slices.Contains(looked, name)
	}
	return silent[name] == ""
}

// deaf makes acts impossible to write, in the database and in the journal, or possible again.
func (h *house) deaf(on bool) {
	h.t.Helper()
	h.diary.deaf.Store(on)
	statement := "DROP TRIGGER deaf"
	if on {
		statement = "CREATE TRIGGER deaf BEFORE INSERT ON acts BEGIN SELECT RAISE(ABORT, 'deaf'); END"
	}
	err := h.deps.DB.Tx(h.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, statement)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// doing is a house in which every deed is done.
type doing struct {
	*house
	less     int // times that something is lowered
	n        int // of words
	makers   map[string]func(*doing) string
	words    map[string]string // of the deed that is being done
	totp     secret.Text       // of the lead's app
	pass     *authenticator.Key
	answer   string // of the lead's passkey
	graded   bool   // the yard takes two
	handover string // that was signed last
	seed     maphash.Seed
}

var word = regexp.MustCompile(`\$[a-z]+`)

// fill puts in what $words stand for.
func (d *doing) fill(text string) string {
	d.t.Helper()
	return word.ReplaceAllStringFunc(text, func(w string) string {
		name := w[1:]
		if made, ok := d.words[name]; ok {
			return made
		}
		maker := d.makers[name]
		if maker == nil {
			d.t.Fatalf("nothing makes %s", w)
		}
		d.words[name] = maker(d)
		return d.words[name]
	})
}

// ask is the request of a deed.
func (d *doing) ask(r route.Route, x deed) func() (int, string) {
	d.t.Helper()
	d.words = map[string]string{}
	id, second, _ := strings.Cut(x.id, "/")
	path := strings.ReplaceAll(strings.ReplaceAll(r.Path, "{camera}", d.gate), "{factor}", d.fill(second))
	target := placeholder.ReplaceAllString(path, strings.ReplaceAll(d.fill(id), "$", "$$")) + d.fill(x.query)
	body := d.fill(x.body)
	d.key(x.as)
	if strings.HasSuffix(r.Path, "/mse") {
		server := httptest.NewServer(d.handler)
		d.t.Cleanup(server.Close)
		return func() (int, string) {
			req, err := http.NewRequestWithContext(d.t.Context(), r.Method, server.URL+target, nil)
			if err != nil {
				d.t.Fatal(err)
			}
			req.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-WebSocket-Version": {"13"}, "Sec-WebSocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}, "Cookie": d.keys[x.as]["Cookie"]}
			w, err := http.DefaultClient.Do(req)
			if err != nil {
				d.t.Fatal(err)
			}
			_ = w.Body.Close()
			return w.StatusCode, ""
		}
	}
	return func() (int, string) {
		req := d.request(x.as, r.Method, target, body)
		if x.kind != "" {
			req.Header.Set("Content-Type", x.kind)
		}
		w := serve(d.handler, req)
		if kind := w.Header().Get("Content-Type"); w.Code < 300 && !strings.HasSuffix(kind, "json") && kind != "" {
			return w.Code, kind
		}
		return w.Code, w.Body.String()
	}
}

// entry is an act that is on record.
type entry struct{ ID, Kind, Person string }

// acts gives all that is on record. Live views and tests are so before they come to the
// database.
func (d *doing) acts() map[string]entry {
	d.t.Helper()
	var rows []entry
	if err := d.deps.DB.Read().NewRaw("SELECT id, kind, person FROM acts").Scan(d.t.Context(), &rows); err != nil {
		d.t.Fatal(err)
	}
	all := map[string]entry{}
	journalled := map[string]bool{}
	d.diary.mu.Lock()
	for n, a := range d.diary.acts {
		journalled[a.Kind] = true
		all[fmt.Sprint("journal", n)] = entry{Kind: a.Kind, Person: a.Person}
	}
	d.diary.mu.Unlock()
	for _, a := range rows {
		if !journalled[a.Kind] {
			all[a.ID] = a
		}
	}
	return all
}

// kept gives a sum of every table but those that take in what came before.
func (d *doing) kept() map[string]uint64 {
	d.t.Helper()
	var tables []string
	ctx, read := d.t.Context(), d.deps.DB.Read()
	if err := read.NewRaw("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE 'CREATE VIRTUAL%'").Scan(ctx, &tables); err != nil {
		d.t.Fatal(err)
	}
	sums := map[string]uint64{}
	for _, t := range tables {
		if strings.HasPrefix(t, "act") && t != "act_searches" { // the journal's acts come in at their own time; none is written meanwhile
			continue
		}
		rows, err := read.QueryContext(ctx, "SELECT * FROM "+t)
		if err != nil {
			d.t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			d.t.Fatal(err)
		}
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				d.t.Fatal(err)
			}
			for i, c := range columns { // when somebody, or a token, was last seen
				if t == "sessions" && (c == "seen_at" || c == "input_at" || c == "expires_at") || t == "tokens" && c == "used_on" {
					row[i] = nil
				}
			}
			sums[t] += maphash.String(d.seed, fmt.Sprint(row...))
		}
		if err := rows.Err(); err != nil {
			d.t.Fatal(err)
		}
		_ = rows.Close()
	}
	return sums
}

// TestEveryRecordedRouteLeavesAnAct carries out every route that the table of rights marks
// as recorded. While no act can be written it fails, and no row of the database is another
// afterwards; then it is done, and leaves the act that its deed names, with the person, on
// its way into the log. A route that is marked and neither done here nor named among the
// untried fails.
func TestEveryRecordedRouteLeavesAnAct(t *testing.T) {
	clause.Covers(t, "C094")
	d := &doing{house: newHouse(t), makers: makers, seed: maphash.MakeSeed(), pass: authenticator.New(t, "watch.example.org", "https://watch.example.org")}
	d.deps.Rights.Places = func(context.Context, bun.IDB) (map[string]access.Place, error) {
		return map[string]access.Place{d.gate: {Grade: 1}, d.yard: {Grade: 3}}, nil
	}
	d.vault.Record(t, d.gate, d.now().Add(-10*24*3600e9).Truncate(60e9).UnixMicro(), 4, 600e9)
	d.catchUp()
	d.engine.Pass(t.Context())
	routes := slices.DeleteFunc(d.router.Routes(), func(r route.Route) bool { return !recorded(r) })
	slices.SortFunc(routes, func(a, b route.Route) int { // while there is nobody the house is set up
		const setup = "/api/v1/setup"
		if (a.Path == setup) != (b.Path == setup) {
			return map[bool]int{true: -1, false: 1}[a.Path == setup]
		}
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
	})
	known := map[string]bool{}
	for _, r := range routes {
		name := r.Method + " " + r.Path
		known[name] = true
		x, ok := deeds[name]
		if !ok {
			if untried[name] == "" {
				t.Errorf("%s is marked as recorded, and nothing carries it out", name)
			}
			continue
		}
		t.Run(name, func(t *testing.T) {
			outer := d.t
			d.t = t
			defer func() { d.t = outer }()
			send := d.ask(r, x)
			before := d.kept()
			d.deaf(true)
			code, answer := send()
			d.deaf(false)
			switch {
			case code < 300:
				t.Errorf("is carried out off the record: %d %.300s", code, answer)
				send = d.ask(r, x)
			case code != http.StatusServiceUnavailable || answer != "" && !strings.Contains(answer, `"act_not_recorded"`):
				t.Errorf("does not say that its act could not be written: %d %.300s", code, answer)
			}
			for table, sum := range d.kept() {
				if before[table] != sum {
					t.Errorf("fails, and changes %s: %d %.300s", table, code, answer)
				}
			}
			if x.once {
				send = d.ask(r, x)
			}
			already := d.acts()
			if code, answer := send(); code >= 300 {
				t.Fatalf("is not carried out: %d %.400s", code, answer)
			}
			after := d.acts()
			maps.DeleteFunc(after, func(id string, _ entry) bool { _, old := already[id]; return old })
			by := x.by
			if by == "" {
				by = x.as
			}
			found := false
			var left []string
			for _, a := range after {
				left = append(left, a.Kind)
				found = found || a.Kind == x.act && (a.Person == d.people[by] || by == "root" && a.Person != "")
			}
			if !found {
				t.Errorf("leaves %v of %s, not %s", left, by, x.act)
			}
		})
	}
	for name := range deeds {
		if !known[name] {
			t.Errorf("%s is carried out and not marked as recorded", name)
		}
	}
	var unlogged int
	if err := d.deps.DB.Read().NewRaw("SELECT COUNT(*) FROM acts WHERE id NOT IN (SELECT act FROM act_outbox)").Scan(t.Context(), &unlogged); err != nil {
		t.Fatal(err)
	}
	if unlogged > 0 {
		t.Errorf("%d acts are not on their way into the log", unlogged)
	}
}

// TestAProgramDecidesNothing: what takes two people takes two of them. Every route by which
// somebody approves, refuses or signs what another began turns away a token, whatever it may; a
// route that is added later is tried as well.
func TestAProgramDecidesNothing(t *testing.T) {
	clause.Covers(t, "C112")
	decides := regexp.MustCompile(`/(approve|reject|decisions|settle|judge|agree|refuse)$|/losses/\{id\}/sign$`)
	tried := 0
	for _, r := range newHouse(t).router.Routes() {
		name := r.Method + " " + r.Path
		if !decides.MatchString(name) {
			continue
		}
		tried++
		x, ok := deeds[name]
		if !ok {
			t.Errorf("%s decides, and nothing carries it out", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			// What a token is refused stays undecided: each finds a house of its own.
			d := &doing{house: newHouse(t), makers: makers, seed: maphash.MakeSeed(), pass: authenticator.New(t, "watch.example.org", "https://watch.example.org")}
			d.deps.Rights.Places = func(context.Context, bun.IDB) (map[string]access.Place, error) {
				return map[string]access.Place{d.gate: {Grade: 1}, d.yard: {Grade: 3}}, nil
			}
			d.person(x.as) // without whom nothing would have to be decided
			if strings.Contains(r.Path, "/rights-reviews/") {
				get[struct{}](d.house, "supervisor", "POST", "/api/v1/rights-reviews", `{"note":"the yearly one"}`, 201)
			}
			send := d.ask(r, x)
			who, err := d.deps.Access.Person(t.Context(), d.person(x.as))
			if err != nil {
				t.Fatal(err)
			}
			_, value, err := d.deps.Access.CreateToken(t.Context(), access.CommandLine(), account.NewToken{Person: who.ID, Name: "script", Actions: who.Positions()[0].Rights()})
			if err != nil {
				t.Fatal(err)
			}
			signed := d.keys[x.as]
			d.keys[x.as] = http.Header{"Authorization": {"Bearer " + value.Reveal()}}
			code, answer := send()
			d.keys[x.as] = signed
			if code != http.StatusForbidden || !strings.Contains(answer, `_person"`) && !strings.Contains(answer, `"person_needed"`) {
				t.Errorf("a token of %s decides: %d %.300s", x.as, code, answer)
			}
		})
	}
	if tried < 19 {
		t.Errorf("%d routes decide", tried)
	}
}

// photo is a picture that a file takes.
func photo() []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 320, 320)), nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}
