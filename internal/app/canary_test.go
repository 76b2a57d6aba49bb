package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/factor/totp"
	"watchroom/internal/app"
	"watchroom/internal/camera"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// kept collects everything that the program says.
type kept struct {
	mu   sync.Mutex // guards text
	text strings.Builder
}

func (k *kept) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.Write(p)
}

func (k *kept) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.text.Reset()
}

func (k *kept) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.String()
}

// client talks to a running server and keeps the answers.
type client struct {
	t      *testing.T
	base   string
	cookie string
	all    *kept
}

func (c *client) do(method, path, body string) (int, []byte, http.Header) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Cookie", c.cookie)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	c.all.Write(b)
	_ = resp.Header.Write(c.all) // a builder takes everything
	return resp.StatusCode, b, resp.Header
}

// TestNoSecretIsEverSaid puts a word of its own into every secret there is and
// looks for it in the log, in every answer, in the events, the figures, and in all
// files below the data folder.
func TestNoSecretIsEverSaid(t *testing.T) {
	clause.Covers(t, "C094")
	leak.Check(t)
	defer http.DefaultClient.CloseIdleConnections()
	const inDatabase, ofCamera, inURL, inQuery, typed, ofPerson = "canary-database", "canary-camera", "canary-url", "canary-query", "canary-typed", "Canary-person-7"
	const ofBucket, ofOthers, ofLDAP, ofOIDC = "canary-bucket", "Canary-others-7", "canary-ldap", "canary-oidc"
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	u, err := url.Parse(dbtest.Options(t, db.PostgreSQL).URL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(u.User.Username(), inDatabase)
	c.Database.URL = u.String()
	keys := filepath.Join(t.TempDir(), "s3.keys")
	if err := os.WriteFile(keys, []byte("access\n"+ofBucket+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Archive.Tiers = []config.Tier{{Name: "cloud", Endpoint: "http://127.0.0.1:9", Region: "eu-1", Bucket: "footage", MoveAfter: time.Hour, Keys: keys}}
	c.PublicURL = "https://watch.example.org"
	c.SignIn.LDAP = []config.LDAP{{Name: "dir", Title: "LDAP", URL: "ldap://127.0.0.1:9", BindDN: "cn=watchroom", Base: "ou=people", GroupBase: "ou=groups",
		Positions: []string{"operator=cn=guards,ou=groups"}, Timeout: time.Second}}
	c.SignIn.OIDC = []config.OIDC{{Name: "campus", Title: "Campus", Issuer: "https://127.0.0.1:9", ClientID: "watchroom", Scopes: []string{"openid"},
		GroupsClaim: "groups", UsernameClaim: "preferred_username", NameClaim: "name", Positions: []string{"operator=guards"}}}
	t.Setenv("WATCHROOM_SIGN_IN_DIR_SECRET", ofLDAP)
	t.Setenv("WATCHROOM_SIGN_IN_CAMPUS_SECRET", ofOIDC)
	said := &kept{}
	a := &app.App{Config: c, Web: fstest.MapFS{}, AdminPassword: ofPerson, Log: slog.New(slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	s := cameras(t, 1)
	for name, raw := range map[string]string{
		"in the address": "rtsp://viewer:" + inURL + "@127.0.0.1:9/none", "in the query": "rtsp://127.0.0.1:9/?user=admin&password=" + inQuery + "&channel=1",
	} {
		if _, err := a.Registry.Create(t.Context(), access.CommandLine(), camera.New{Name: name, Main: camera.StreamInput{URL: &raw}}); err != nil {
			t.Fatal(err)
		}
	}
	gate := add(t, a, s, 1, "Gate")
	cl := &client{t: t, base: a.URL, all: said}
	status, _, header := cl.do("POST", "/api/v1/session", `{"username":"admin","password":"`+ofPerson+`"}`)
	if status != http.StatusCreated {
		t.Fatalf("sign in: %d", status)
	}
	cl.cookie, _, _ = strings.Cut(header.Get("Set-Cookie"), ";")
	session := strings.TrimPrefix(cl.cookie, "watchroom_session=")
	var yard struct{ ID string }
	if status, body, _ := cl.do("POST", "/api/v1/areas", `{"kind":"site","name":"Yard"}`); status != http.StatusCreated || json.Unmarshal(body, &yard) != nil {
		t.Fatalf("%d %s", status, body)
	}
	if status, body, _ := cl.do("PATCH", "/api/v1/cameras/"+gate.ID, `{"area":"`+yard.ID+`"}`); status != http.StatusOK { // where the contractor works
		t.Fatalf("%d %s", status, body)
	}
	said.forget() // whoever signs in is told their session

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", a.URL+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Cookie", cl.cookie)
	events, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer events.Body.Close()
	told := make(chan struct{})
	go func() {
		defer close(told)
		for lines := bufio.NewScanner(events.Body); lines.Scan(); {
			_, _ = said.Write(append(lines.Bytes(), '\n'))
		}
	}()

	// What changes things: right, wrong, and at the wrong place.
	shown := `"username":"u","password":"` + typed + `"`
	for _, x := range []struct{ method, path, body string }{
		{"PATCH", "/api/v1/cameras/" + gate.ID, `{"main":{"password":"` + ofCamera + `"}}`},
		{"PATCH", "/api/v1/cameras/" + gate.ID, `{"main":{"password":"` + typed + `","transport":"pigeon"}}`},
		{"PATCH", "/api/v1/cameras/" + gate.ID, `{"main":{"url":"http://u:` + typed + `@127.0.0.1/"}}`},
		{"POST", "/api/v1/cameras", `{"name":"","main":{"url":"rtsp://127.0.0.1:9/",` + shown + `}}`},
		{"POST", "/api/v1/cameras", `{"name":"x","main":{"url":"rtsp://u:` + typed + `@/"}}`},
		{"POST", "/api/v1/cameras", `{"name":"x","main":{"url":7,` + shown + `}}`},
		{"POST", "/api/v1/cameras/test", `{"url":"rtsp://127.0.0.1:9/",` + shown + `}`},
		{"POST", "/api/v1/cameras/test", `{"url":"rtsp://u:` + typed + `@127.0.0.1:9/?pwd=` + typed + `"}`},
		{"POST", "/api/v1/session", `{` + shown + `}`},
		{"POST", "/api/v1/session", `{"directory":"dir",` + shown + `}`},
		{"GET", "/api/v1/sign-in/oidc/campus", ""},
		{"POST", "/api/v1/session", `{` + shown + `,"more":1}`},
		{"POST", "/api/v1/session", `{` + shown},
		{"PUT", "/api/v1/session/password", `{"current":"` + typed + `","new":"` + typed + `"}`},
		{"PUT", "/api/v1/session/password", `{"current":"` + ofPerson + `","new":7}`},
		{"POST", "/api/v1/setup", `{"token":"` + typed + `",` + shown + `,"displayName":"x"}`},
		{"POST", "/api/v1/people", `{"username":"` + strings.Repeat("x", 300) + `","displayName":"x","positions":[],"password":"` + typed + `"}`},
		{"GET", "/api/v1/nothing?password=" + typed, ""},
		{"GET", "/api/v1/cameras?password=" + typed, ""},
	} {
		cl.do(x.method, x.path, x.body)
	}
	until(t, "cameras that do not answer", func() bool {
		_, b, _ := cl.do("GET", "/api/v1/system", "")
		return strings.Count(string(b), `"camera_down"`) == 2
	})

	// What only tells: every address of the document.
	_, document, _ := cl.do("GET", "/api/openapi.json", "")
	var doc struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal(document, &doc); err != nil || len(doc.Paths) < 20 {
		t.Fatalf("%d paths: %v", len(doc.Paths), err)
	}
	var seed string
	var codes []string
	askers := map[access.Position]*client{access.Administrator: cl}
	for _, p := range access.Positions() {
		if p == access.Administrator {
			continue
		}
		held := access.Everywhere(p)
		if p.Boxed() {
			held = []access.Holding{{Position: p, Areas: []string{yard.ID}, Until: time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()}}
		}
		// Made on the machine itself, where nobody has to confirm it: who holds nothing is told nothing.
		if _, _, err := a.Access.CreatePerson(t.Context(), access.CommandLine(), account.NewPerson{Username: string(p), DisplayName: string(p), Holdings: held, Password: ofOthers}); err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		entering := &client{t: t, base: a.URL, all: &kept{}} // whoever signs in is told their session
		status, _, header := entering.do("POST", "/api/v1/session", fmt.Sprintf(`{"username":%q,"password":%q}`, p, ofOthers))
		if status != http.StatusCreated {
			t.Fatalf("%s: %d", p, status)
		}
		entering.cookie, _, _ = strings.Cut(header.Get("Set-Cookie"), ";")
		// A password that somebody else made is changed before anything else.
		if status, body, _ := entering.do("PUT", "/api/v1/session/password", fmt.Sprintf(`{"current":%q,"new":%q}`, ofOthers, ofOthers+"-own")); status >= 300 {
			t.Fatalf("%s: %d %s", p, status, body)
		}
		if p == access.Operator { // who enrols an app is told its key and the codes, once
			seed, codes = enrols(entering, ofOthers+"-own")
		}
		entering.all = said
		if status, body, _ := entering.do("GET", "/api/v1/session", ""); status != http.StatusOK || !strings.Contains(string(body), fmt.Sprintf(`"positions":[%q]`, p)) {
			t.Fatalf("%s does not hold the position: %d %s", p, status, body)
		}
		askers[p] = entering
	}
	tellsWhatIsThere(t, askers, gate.ID)
	for _, asks := range askers {
		for path, operations := range doc.Paths {
			if operations["get"] != nil && path != "/api/v1/events" {
				asks.do("GET", strings.NewReplacer("{id}", gate.ID, "{camera}", gate.ID).Replace(path), "")
			}
		}
		asks.do("GET", "/metrics", "")
	}
	cancel()
	<-told
	a.Close()

	err = filepath.WalkDir(c.Data, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		said.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	everything := said.String()
	secrets := map[string]string{
		"the key of an app": seed, "the password at a directory": ofLDAP, "the secret at a provider": ofOIDC,
		"the database's password": inDatabase, "a camera's password": ofCamera, "one inside an address": inURL, "one inside a query": inQuery,
		"the key of a bucket": ofBucket, "the password of others": ofOthers, "a hash of a password": "$argon2",
		"one that was typed": typed, "a person's password": ofPerson, "a session": session,
	}
	for n, code := range codes {
		secrets[fmt.Sprint("code on paper ", n)] = code
	}
	for what, word := range secrets {
		if i := strings.Index(everything, word); i >= 0 {
			t.Errorf("%s is said: …%q…", what, everything[max(0, i-200):min(len(everything), i+60)])
		}
	}
	for _, sign := range []string{"camera_down", "watchroom_camera_live", "request", "event: camera", "camera.tested", `"kind":"s3"`} {
		if !strings.Contains(everything, sign) {
			t.Errorf("%s does not occur: the test looks at too little", sign)
		}
	}
}

// tellsWhatIsThere asks as each position for everything that the table of rights lets it read:
// who is refused what they may read shows nothing about what they are told.
func tellsWhatIsThere(t *testing.T, askers map[access.Position]*client, gate string) {
	t.Helper()
	table, err := os.ReadFile("../api/testdata/rights.txt")
	if err != nil {
		t.Fatal(err)
	}
	first := func(path string) string {
		t.Helper()
		var list struct{ Items []struct{ ID string } }
		_, b, _ := askers[access.Supervisor].do("GET", path, "")
		if err := json.Unmarshal(b, &list); err != nil || len(list.Items) == 0 {
			t.Fatalf("%s: %s", path, b)
		}
		return list.Items[0].ID
	}
	now := time.Now().UTC()
	interval := "from=" + now.Add(-time.Hour).Format(time.RFC3339) + "&to=" + now.Format(time.RFC3339)
	person := first("/api/v1/people")
	made := map[string]string{"/api/v1/cameras/": gate, "/api/v1/live/": gate, "/api/v1/people/": person}
	for path, body := range map[string]string{
		"/api/v1/holds":          `{"cameras":["` + gate + `"],"kind":"case","owner":"x","reason":"a case",` + within(now) + `,"reviewAt":"` + now.Add(time.Hour).Format(time.RFC3339) + `"}`,
		"/api/v1/deletions":      `{"cameras":["` + gate + `"],"ground":"authority","document":"12","reason":"by order",` + within(now) + `}`,
		"/api/v1/rights-reviews": `{"note":"the yearly one"}`,
	} {
		var one struct{ ID string }
		status, b, _ := askers[access.Supervisor].do("POST", path, body)
		if status != http.StatusCreated || json.Unmarshal(b, &one) != nil {
			t.Fatalf("%s: %d %s", path, status, b)
		}
		made[path+"/"] = one.ID
	}
	made["/api/v1/acts/"] = first("/api/v1/acts")
	asking := map[string]string{
		"/api/v1/company/people": "text=admin", "/api/v1/coverage/map": "from=" + now.Format(time.DateOnly) + "&to=" + now.Format(time.DateOnly), "/api/v1/coverage/month": "month=" + now.Format("2006-01"),
		"/api/v1/rights-reviews/report": interval, "/api/v1/rights/explain": "person={me}", "/api/v1/timeline": "camera=" + gate + "&" + interval,
	}
	// Pictures, which are no words, and what nobody here has.
	bare := []string{"GET /api/v1/cameras/{id}/picture.jpg", "GET /api/v1/live/{camera}/mse", "GET /api/v1/people/{id}/photo.jpg", "GET /api/v1/session/briefing", "GET /api/v1/certificate/ca.crt", "GET /api/v1/acts/{id}/proof", "GET /readyz", "GET /api/v1/duty-record"}
	me := map[access.Position]string{}
	for p, asks := range askers {
		var own struct{ Person struct{ ID string } }
		if _, b, _ := asks.do("GET", "/api/v1/session", ""); json.Unmarshal(b, &own) != nil || own.Person.ID == "" {
			t.Fatalf("%s: %s", p, b)
		}
		me[p] = own.Person.ID
	}
	var room struct{ ID string }
	if status, b, _ := askers[access.Supervisor].do("POST", "/api/v1/rooms", `{"name":"room","areas":[],"head":"`+me[access.Supervisor]+`","staff":1,"hours":"business","networks":[]}`); status != http.StatusCreated || json.Unmarshal(b, &room) != nil {
		t.Fatalf("a control room: %d %s", status, b)
	}
	made["/api/v1/rooms/"] = room.ID
	asking["/api/v1/rooms/people"], asking["/api/v1/duty-online"], asking["/api/v1/duty-heads"] = "does=stand&room="+room.ID, "room="+room.ID, "room="+room.ID+"&"+interval
	for _, of := range []string{"answers", "presence", "roster", "roster/check"} {
		asking["/api/v1/rooms/"+room.ID+"/"+of] = interval
	}
	asking["/api/v1/rooms/"+room.ID+"/late-notices"] = "since=" + now.Add(-time.Hour).Format(time.RFC3339)
	read := 0
	for _, line := range strings.Split(string(table), "\n") {
		words := strings.Fields(line)
		if len(words) < 3 || words[0] != "GET" || words[1] == "/api/v1/events" || slices.Contains(bare, words[0]+" "+words[1]) {
			continue
		}
		path, open := words[1], strings.Contains(line, "signed in") || strings.Contains(line, "everybody")
		for prefix, id := range made {
			if strings.HasPrefix(path, prefix) {
				path = strings.NewReplacer("{id}", id, "{camera}", id).Replace(path)
			}
		}
		if strings.Contains(path, "{") {
			continue // pictures under a viewing, and what is another's
		}
		if q := asking[path]; q != "" {
			path += "?" + q
		}
		for p, asks := range askers {
			if !open && !slices.Contains(words, string(p)) {
				continue
			}
			if p == access.StandIn && words[1] == "/api/v1/session/pledge" {
				continue // theirs goes with the briefing
			}
			status, b, _ := asks.do("GET", strings.ReplaceAll(path, "{me}", me[p]), "")
			if read++; status != http.StatusOK {
				t.Errorf("%s asks for %s: %d %s", p, path, status, b)
			}
			if strings.HasSuffix(path, "/cameras") && !strings.Contains(string(b), gate) {
				t.Errorf("%s sees no camera that has a password: %s", p, b)
			}
		}
	}
	if read < 300 {
		t.Errorf("only %d answers were read", read)
	}
}

func within(now time.Time) string {
	return fmt.Sprintf(`"from":%q,"to":%q`, now.Add(-time.Hour).Format(time.RFC3339), now.Format(time.RFC3339))
}

// enrols adds an authenticator app for whoever asks, and gives its key and the codes on paper.
func enrols(asks *client, password string) (seed string, codes []string) {
	asks.t.Helper()
	var begun struct{ Ticket, Secret string }
	if _, b, _ := asks.do("POST", "/api/v1/session/factors/totp", fmt.Sprintf(`{"password":%q}`, password)); json.Unmarshal(b, &begun) != nil || begun.Secret == "" {
		asks.t.Fatalf("%s", b)
	}
	code, err := totp.Code(secret.Text(begun.Secret), totp.StepOf(time.Now()))
	if err != nil {
		asks.t.Fatal(err)
	}
	var made struct{ Codes []string }
	_, b, _ := asks.do("POST", "/api/v1/session/factors/totp/confirm", fmt.Sprintf(`{"ticket":%q,"code":%q,"name":"phone"}`, begun.Ticket, code))
	if json.Unmarshal(b, &made) != nil || len(made.Codes) == 0 {
		asks.t.Fatalf("%s", b)
	}
	return begun.Secret, made.Codes
}
