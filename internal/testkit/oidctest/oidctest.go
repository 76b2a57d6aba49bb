// Package oidctest runs an OpenID Connect provider (the provider side of zitadel/oidc) in
// the test process. Its sign-in page lets in whom the test names.
package oidctest

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
	"golang.org/x/text/language"
)

// ClientID and Secret are as whom this provider knows Watchroom.
const (
	ClientID = "watchroom"
	Secret   = "not-a-secret-of-anyone"
)

// Provider is a provider of a test.
type Provider struct {
	Issuer string

	t     testing.TB
	store *store

	mu     sync.Mutex // guards all below
	away   bool
	person string
}

// Start runs a provider for one client until the test ends.
func Start(t testing.TB, redirect string) *Provider {
	t.Helper()
	p := &Provider{t: t}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.Issuer = "http://" + l.Addr().String() + "/"
	p.store = &store{users: &users{all: map[string]*storage.User{}}, groups: map[string]any{}}
	p.store.Storage = storage.NewStorageWithClients(p.store.users, map[string]*storage.Client{
		ClientID: storage.WebClient(ClientID, Secret, redirect),
	})
	provider, err := op.NewProvider(&op.Config{
		CryptoKey: sha256.Sum256([]byte("oidctest")), CodeMethodS256: true, AuthMethodPost: true, GrantTypeRefreshToken: true,
		SupportedUILocales: []language.Tag{language.English}, SupportedScopes: []string{"openid", "profile", "offline_access"},
	}, p.store, op.StaticIssuer(p.Issuer), op.WithAllowInsecure(), op.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/login/username", func(w http.ResponseWriter, r *http.Request) {
		id := r.URL.Query().Get("authRequestID")
		p.mu.Lock()
		person := p.person
		p.mu.Unlock()
		if err := p.store.CheckUsernamePassword(person, "-", id); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		http.Redirect(w, r, op.AuthCallbackURL(provider)(op.ContextWithIssuer(r.Context(), p.Issuer), id), http.StatusFound)
	})
	mux.Handle("/", provider)
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		away := p.away
		p.mu.Unlock()
		if away {
			http.Error(w, "away", http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	})}}
	server.Start()
	t.Cleanup(server.Close)
	return p
}

// Away makes the provider answer nothing but errors, or well again.
func (p *Provider) Away(away bool) { p.mu.Lock(); p.away = away; p.mu.Unlock() }

// Person makes somebody known, with groups; groups of another type than a list of texts
// stand in the claim as they are.
func (p *Provider) Person(subject, username, name string, groups any) {
	p.store.users.mu.Lock()
	defer p.store.users.mu.Unlock()
	p.store.mu.Lock()
	defer p.store.mu.Unlock()
	p.store.users.all[subject] = &storage.User{ID: subject, Username: username, Password: "-", FirstName: name, LastName: "", Email: username + "@example.org", EmailVerified: true}
	p.store.groups[subject] = groups
}

// Forget makes somebody unknown, with what was given to them.
func (p *Provider) Forget(subject string) {
	p.store.users.mu.Lock()
	delete(p.store.users.all, subject)
	p.store.users.mu.Unlock()
	p.store.mu.Lock()
	delete(p.store.groups, subject)
	p.store.mu.Unlock()
	if err := p.store.TerminateSession(p.t.Context(), subject, ClientID); err != nil {
		p.t.Error(err)
	}
}

// SignsIn names who sits before the browser.
func (p *Provider) SignsIn(username string) { p.mu.Lock(); p.person = username; p.mu.Unlock() }

// Browse goes where a browser goes from the address of a sign-in, until the provider sends
// it back, and gives what it sends back.
func (p *Provider) Browse(address string) url.Values {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	issuer, err := url.Parse(p.Issuer)
	if err != nil {
		p.t.Fatal(err)
	}
	var back url.Values
	client := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host != issuer.Host {
			back = r.URL.Query()
			return http.ErrUseLastResponse
		}
		return nil
	}}
	answer, err := client.Get(address)
	if err != nil {
		p.t.Fatal(err)
	}
	answer.Body.Close()
	client.CloseIdleConnections()
	if back == nil {
		p.t.Fatalf("the provider answers %s and sends nobody back", answer.Status)
	}
	return back
}

// users are the people of the provider.
type users struct {
	mu  sync.Mutex // guards all
	all map[string]*storage.User
}

func (u *users) GetUserByID(id string) *storage.User {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.all[id]
}

func (u *users) GetUserByUsername(name string) *storage.User {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, user := range u.all {
		if user.Username == name {
			return user
		}
	}
	return nil
}

func (*users) ExampleClientID() string { return "service" }

// store adds groups to what the example's storage tells of somebody.
type store struct {
	*storage.Storage

	users *users

	mu     sync.Mutex // guards groups
	groups map[string]any
}

func (s *store) add(info *oidc.UserInfo, subject string, scopes []string) {
	user := s.users.GetUserByID(subject)
	if user == nil || len(scopes) > 0 && !slices.Contains(scopes, "profile") {
		return
	}
	info.PreferredUsername, info.Name = user.Username, user.FirstName
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.groups[subject]; g != nil {
		info.AppendClaims("groups", g)
	}
}

func (s *store) SetUserinfoFromRequest(ctx context.Context, info *oidc.UserInfo, token op.IDTokenRequest, scopes []string) error {
	if err := s.Storage.SetUserinfoFromRequest(ctx, info, token, scopes); err != nil {
		return err
	}
	s.add(info, token.GetSubject(), scopes)
	return nil
}

func (s *store) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, tokenID, subject, origin string) error {
	if err := s.Storage.SetUserinfoFromToken(ctx, info, tokenID, subject, origin); err != nil {
		return err
	}
	s.add(info, subject, nil)
	return nil
}
