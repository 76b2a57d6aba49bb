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
	var area struct{ ID string }
	if status, body, _ := cl.do("POST", "/api/v1/areas", `{"kind":"site","name":"Yard"}`); status != http.StatusCreated || json.Unmarshal(body, &area) != nil {
		t.Fatalf("%d %s", status, body)
	}
	var seed string
	var codes []string
	askers := []*client{cl}
	for _, p := range access.Positions() {
		if p == access.Administrator {
			continue
		}
		held := access.Everywhere(p)
		if p.Boxed() {
			held = []access.Holding{{Position: p, Areas: []string{area.ID}, Until: time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()}}
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
		askers = append(askers, entering)
	}
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
