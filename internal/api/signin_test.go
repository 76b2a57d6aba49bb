package api

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"watchroom/internal/access/federation"
	"watchroom/internal/api/signin"
	"watchroom/internal/config"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/ldaptest"
	"watchroom/internal/testkit/oidctest"
)

// federated is a house whose people come from two directories.
func federated(t *testing.T) (*house, *oidctest.Provider) {
	t.Helper()
	p, s := oidctest.Start(t, "https://watch.example.org/api/v1/sign-in/oidc/campus/callback"), ldaptest.Start(t)
	s.Group("guards", s.Person("wang", "王", "correct horse"))
	c := config.Default()
	c.PublicURL = "https://watch.example.org"
	c.SignIn.OIDC = []config.OIDC{{Name: "campus", Title: "统一认证", Issuer: p.Issuer, ClientID: oidctest.ClientID, Scopes: []string{"openid", "profile"},
		GroupsClaim: "groups", UsernameClaim: "preferred_username", NameClaim: "name", Positions: []string{"operator=guards"}}}
	c.SignIn.LDAP = []config.LDAP{{Name: "dir", Title: "LDAP", URL: s.Plain, BindDN: ldaptest.Service, Base: ldaptest.People, GroupBase: ldaptest.Groups,
		Positions: []string{"operator=cn=guards," + ldaptest.Groups}, Create: true, Timeout: c.SignIn.Recheck}}
	desk, err := federation.New(c, func(name string) (string, bool) {
		return map[string]string{"WATCHROOM_SIGN_IN_CAMPUS_SECRET": oidctest.Secret, "WATCHROOM_SIGN_IN_DIR_SECRET": ldaptest.Password}[name], true
	})
	if err != nil {
		t.Fatal(err)
	}
	h := newHouse(t)
	box, err := secret.OpenBox(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	desk.Access, desk.DB, desk.Box, desk.Clock, desk.Log = h.deps.Access, h.deps.DB, box, h.now, h.deps.Log
	start(t, desk)
	t.Cleanup(desk.Close)
	h.deps.Directories, h.deps.Metrics = desk, nil
	if h.router, h.handler, err = h.deps.build(); err != nil {
		t.Fatal(err)
	}
	return h, p
}

// browser follows one way through the provider and back.
func browser(h *house, p *oidctest.Provider, back string) (*httptest.ResponseRecorder, *http.Request) {
	h.t.Helper()
	r := h.request("guest", "GET", "/api/v1/sign-in/oidc/campus?return="+url.QueryEscape(back), "")
	r.TLS = &tls.ConnectionState{}
	began := serve(h.handler, r)
	if began.Code != http.StatusSeeOther {
		h.t.Fatalf("begin: %d %s", began.Code, began.Body)
	}
	kept := began.Result().Cookies()
	if len(kept) != 1 || !kept[0].HttpOnly || !kept[0].Secure || kept[0].SameSite != http.SameSiteLaxMode || kept[0].Path != "/api/v1/sign-in/" || kept[0].MaxAge != 600 {
		h.t.Errorf("the cookie of a flow: %+v", kept)
	}
	q := p.Browse(began.Header().Get("Location"))
	r = h.request("guest", "GET", "/api/v1/sign-in/oidc/campus/callback?"+q.Encode(), "")
	r.TLS = &tls.ConnectionState{}
	r.AddCookie(&http.Cookie{Name: kept[0].Name, Value: kept[0].Value})
	r.Header.Set("Sec-Fetch-Site", "cross-site") // a provider sends the browser from another site
	return serve(h.handler, r), r
}

func TestSigningInThroughAProvider(t *testing.T) {
	clause.Covers(t, "C022")
	h, p := federated(t)
	p.Person("s1", "li.lei", "李雷", []string{"guards"})
	p.SignsIn("li.lei")
	// No account yet: an administrator says whose it is.
	w, _ := browser(h, p, "/wall?x=1")
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || to != "/wall?x=1#sign-in=directory_no_account" {
		t.Fatalf("%d %s", w.Code, to)
	}
	waiting := get[struct{ Items []signin.Identity }](h, "administrator", "GET", "/api/v1/identities", "", 200).Items
	if len(waiting) != 1 || waiting[0].Person != "" || waiting[0].Username != "li.lei" {
		t.Fatalf("%+v", waiting)
	}
	link := "/api/v1/identities/" + waiting[0].ID + "/link"
	h.run([]scenario{
		{name: "an operator links nobody", as: "operator", method: "POST", path: link, body: `{"person":"` + h.person("colleague") + `"}`, status: 403, content: []string{"right_missing"}},
		{name: "nobody links oneself", as: "administrator", method: "POST", path: link, body: `{"person":"` + h.person("administrator") + `"}`, status: 403, content: []string{"own_identity"}},
		{name: "nobody's identity", as: "administrator", method: "POST", path: "/api/v1/identities/none/link", body: `{"person":"x"}`, status: 404, content: []string{"identity_unknown"}},
		{name: "linked", as: "administrator", method: "POST", path: link, body: `{"person":"` + h.person("colleague") + `"}`, status: 204},
		{name: "twice", as: "administrator", method: "POST", path: link, body: `{"person":"` + h.person("operator") + `"}`, status: 409, content: []string{"identity_linked"}},
	})
	sessions := h.sessions()
	h.deaf(true)
	w, _ = browser(h, p, "/wall?x=1")
	h.deaf(false)
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || to != "/wall?x=1#sign-in=act_not_recorded" || len(w.Result().Cookies()) > 1 || h.sessions() != sessions {
		t.Errorf("off the record somebody comes in, or is told nothing: %d %s %v", w.Code, to, w.Result().Cookies())
	}
	if !strings.Contains(h.log.String(), "a sign-in through a directory failed") || !strings.Contains(h.log.String(), "deaf") {
		t.Error("the log does not say why")
	}
	w, r := browser(h, p, "/wall?x=1")
	if acts := h.done("session.opened"); len(acts) == 0 || acts[0].Person != h.person("colleague") {
		t.Errorf("on record: %+v", acts)
	}
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || to != "/wall?x=1" {
		t.Fatalf("%d %s", w.Code, to)
	}
	var session *http.Cookie
	for _, c := range w.Result().Cookies() {
		if c.Name == "watchroom_session" {
			session = c
		}
	}
	if session == nil || !session.HttpOnly || !session.Secure || session.SameSite != http.SameSiteStrictMode {
		t.Fatalf("the cookie of the session: %+v", session)
	}
	if w.Header().Get("Strict-Transport-Security") == "" {
		t.Error("over TLS nothing says that it stays so")
	}
	h.keys["li"] = http.Header{"Cookie": {session.Name + "=" + session.Value}}
	h.run([]scenario{
		{name: "who came in", as: "li", path: "/api/v1/session", status: 200, content: []string{`"directory":"campus"`, `"operator"`}},
		{name: "no password to change", as: "li", method: "PUT", path: "/api/v1/session/password", body: `{"current":"a","new":"b"}`, status: 409, content: []string{"directory_password"}},
		{name: "no password to reset", as: "administrator", method: "POST", path: "/api/v1/people/" + h.person("colleague") + "/password-reset", status: 409, content: []string{"directory_password"}},
		{name: "no positions to give", as: "administrator", method: "PATCH", path: "/api/v1/people/" + h.person("colleague"), body: `{"positions":["supervisor"]}`, status: 409, content: []string{"directory_positions"}},
	})
	// The answer of the provider again, and one in a browser that began nothing.
	for _, again := range []*http.Request{r, h.request("guest", "GET", r.URL.String(), "")} {
		w := serve(h.handler, again)
		if to := w.Header().Get("Location"); !strings.Contains(to, "#sign-in=") {
			t.Errorf("%d %s", w.Code, to)
		}
		for _, c := range w.Result().Cookies() {
			if c.Name == "watchroom_session" {
				t.Error("a session is opened")
			}
		}
	}
}

func TestSigningInThroughLDAP(t *testing.T) {
	h, _ := federated(t)
	as := func(directory, username, password string) string {
		return `{"directory":"` + directory + `","username":"` + username + `","password":"` + password + `"}`
	}
	h.run([]scenario{
		{name: "the ways", path: "/api/v1/sign-in", status: 200, content: []string{`{"name":"campus","title":"统一认证","kind":"oidc"}`, `"ldap"`}, not: []string{ldaptest.Password, oidctest.Secret}},
		{name: "in", method: "POST", path: "/api/v1/session", body: as("dir", "wang", "correct horse"), status: 201, content: []string{`"directory":"dir"`}},
		{name: "wrong password", method: "POST", path: "/api/v1/session", body: as("dir", "wang", "hunter2"), status: 401, content: []string{"sign_in_failed"}, not: []string{"hunter2"}},
		{name: "no password", method: "POST", path: "/api/v1/session", body: as("dir", "wang", ""), status: 401, content: []string{"sign_in_failed"}},
		{name: "no such directory", method: "POST", path: "/api/v1/session", body: as("none", "wang", "correct horse"), status: 422, content: []string{"directory_unknown", "body.directory"}},
		{name: "not by a local account", method: "POST", path: "/api/v1/session", body: as("", "wang", "correct horse"), status: 401, content: []string{"sign_in_failed"}},
		{name: "no such provider", path: "/api/v1/sign-in/oidc/none", status: 404, content: []string{"directory_unknown"}},
		{name: "nothing to install", path: "/api/v1/certificate/ca.crt", status: 404, content: []string{"no_authority"}},
	})
	for _, back := range []string{"//evil.example.org", "https://evil.example.org", "/\\evil.example.org", "evil"} {
		w := h.send("guest", "GET", "/api/v1/sign-in/oidc/campus?return="+url.QueryEscape(back), "")
		if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || to != "/#sign-in=return_not_local" || len(w.Result().Cookies()) != 0 {
			t.Errorf("%s: %d %s", back, w.Code, to)
		}
	}
	if h.send("guest", "GET", "/api/v1/sign-in", "").Header().Get("Strict-Transport-Security") != "" {
		t.Error("in the clear it says that TLS stays")
	}
	plain := newHouse(t)
	plain.run([]scenario{
		{name: "no directories", path: "/api/v1/sign-in", status: 200, content: []string{`"items":[]`}},
		{name: "none to sign in through", method: "POST", path: "/api/v1/session", body: as("dir", "wang", "x"), status: 422, content: []string{"directory_unknown"}},
		{name: "no provider", path: "/api/v1/sign-in/oidc/campus", status: 404, content: []string{"directory_unknown"}},
	})
}
