package oidc

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"

	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/oidctest"
)

const redirect = "http://127.0.0.1:1/api/v1/sign-in/oidc/campus/callback"

func provider(t *testing.T, p *oidctest.Provider, scopes ...string) *Provider {
	t.Helper()
	q := &Provider{Issuer: p.Issuer, ClientID: oidctest.ClientID, Secret: oidctest.Secret, Scopes: append([]string{"openid", "profile"}, scopes...),
		Redirect: redirect, GroupsClaim: "groups", UsernameClaim: "preferred_username", NameClaim: "name"}
	if err := q.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(q.Close)
	return q
}

// TestSigningInAtARealProvider: a whole flow, and afterwards what is asked without the person.
func TestSigningInAtARealProvider(t *testing.T) {
	leak.Check(t)
	p := oidctest.Start(t, redirect)
	p.Person("s1", "li.lei", "李雷", []string{"guards", "staff"})
	p.Person("s2", "han", "韩梅梅", "alone")
	p.Person("s3", "wang", "王", map[string]any{"no": "list"})
	q := provider(t, p, "offline_access")
	p.SignsIn("li.lei")
	flow, address, err := q.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	asked, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if v := asked.Query(); v.Get("code_challenge_method") != "S256" || v.Get("code_challenge") == "" || v.Get("state") != flow.State || v.Get("nonce") != flow.Nonce || v.Get("redirect_uri") != redirect {
		t.Errorf("asked with %v", v)
	}
	back := p.Browse(address)
	c, err := q.Finish(t.Context(), flow, back)
	if err != nil || c.Subject != "s1" || c.Username != "li.lei" || c.DisplayName != "李雷" || !slices.Equal(c.Groups, []string{"guards", "staff"}) || c.Ticket == "" {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, err := q.Finish(t.Context(), flow, back); !errors.Is(err, ErrRefused) {
		t.Errorf("the same answer twice: %v", err)
	}
	p.Person("s1", "li.lei", "李雷", []string{"staff"})
	again, err := q.Again(t.Context(), "s1", c.Ticket)
	if err != nil || !slices.Equal(again.Groups, []string{"staff"}) {
		t.Fatalf("%+v, %v", again, err)
	}
	if _, err := q.Again(t.Context(), "s2", again.Ticket); !errors.Is(err, ErrGone) {
		t.Errorf("the ticket of somebody else: %v", err)
	}
	if _, err := q.Again(t.Context(), "s1", "made up"); !errors.Is(err, ErrGone) {
		t.Errorf("no ticket at all: %v", err)
	}
	for username, groups := range map[string][]string{"han": {"alone"}, "wang": nil} {
		p.SignsIn(username)
		flow, address, err := q.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if c, err := q.Finish(t.Context(), flow, p.Browse(address)); err != nil || !slices.Equal(c.Groups, groups) {
			t.Errorf("%s: %+v, %v", username, c, err)
		}
	}
}

// TestAnswersThatAreNot: whoever sends a browser here with something else gets nobody in.
func TestAnswersThatAreNot(t *testing.T) {
	leak.Check(t)
	p := oidctest.Start(t, redirect)
	p.Person("s1", "li.lei", "李雷", []string{"guards"})
	p.SignsIn("li.lei")
	q := provider(t, p)
	for name, change := range map[string]func(*Flow, url.Values){
		"another state":    func(_ *Flow, v url.Values) { v.Set("state", "x") },
		"no state":         func(f *Flow, v url.Values) { f.State = ""; v.Del("state") },
		"another nonce":    func(f *Flow, _ url.Values) { f.Nonce = "x" },
		"another verifier": func(f *Flow, _ url.Values) { f.Verifier = "0123456789012345678901234567890123456789012" },
		"another code":     func(_ *Flow, v url.Values) { v.Set("code", "x") },
		"no code":          func(_ *Flow, v url.Values) { v.Del("code"); v.Set("error", "access_denied") },
		"another issuer":   func(_ *Flow, v url.Values) { v.Set("iss", "https://attacker.example.org") },
	} {
		flow, address, err := q.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		back := maps.Clone(p.Browse(address))
		change(&flow, back)
		if c, err := q.Finish(t.Context(), flow, back); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	wrong := provider(t, p)
	wrong.Secret = "wrong"
	flow, address, err := wrong.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wrong.Finish(t.Context(), flow, p.Browse(address)); !errors.Is(err, ErrAway) {
		t.Errorf("a server that the provider does not know: %v", err)
	}
}

// TestAProviderThatIsAway: it may come later, and one that is another than it says is none.
func TestAProviderThatIsAway(t *testing.T) {
	leak.Check(t)
	p := oidctest.Start(t, redirect)
	q := provider(t, p)
	p.Away(true)
	if _, _, err := q.Begin(t.Context()); !errors.Is(err, ErrAway) {
		t.Errorf("err = %v", err)
	}
	p.Away(false)
	if _, _, err := q.Begin(t.Context()); err != nil {
		t.Errorf("it is back: %v", err)
	}
	p.Away(true)
	if _, err := q.Again(t.Context(), "s1", "ticket"); !errors.Is(err, ErrAway) {
		t.Errorf("away again: %v", err)
	}
	liar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, p.Issuer+".well-known/openid-configuration", http.StatusFound)
	}))
	defer liar.Close()
	q = provider(t, p)
	q.Issuer = liar.URL
	p.Away(false)
	if _, _, err := q.Begin(t.Context()); !errors.Is(err, ErrAway) {
		t.Errorf("one that sends elsewhere: %v", err)
	}
}
