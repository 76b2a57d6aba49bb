// Package oidc asks an OpenID Connect provider who somebody is: the authorization code flow
// (OpenID Connect Core 1.0 section 3.1) with PKCE (RFC 7636), state and nonce, each for one
// sign-in. What the provider says later of the same person, it is asked with a refresh token.
package oidc

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"watchroom/internal/clock"
	"watchroom/internal/secret"
)

// What asking can end with, besides an answer.
var (
	ErrRefused = errors.New("oidc: the provider does not vouch for the person")          // wraps why
	ErrGone    = errors.New("oidc: the provider does not vouch for the person any more") // wraps why
	ErrAway    = errors.New("oidc: the provider cannot be asked")                        // wraps why
)

// Provider is one provider.
type Provider struct {
	Issuer   string
	ClientID string
	Secret   secret.Text // empty: a public client
	Scopes   []string
	Redirect string // address of this server that the provider sends people back to

	GroupsClaim   string
	UsernameClaim string
	NameClaim     string

	Roots   *x509.CertPool // nil: those of the machine
	Timeout time.Duration  // for each answer; 0 means 10 s
	Clock   clock.Clock

	client *http.Client
	found  chan *oidc.Provider // holds what discovery found, nil before; whoever takes it puts one back
}

// Flow is one sign-in that was begun: what its end must bring, and what only its beginner has.
type Flow struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
}

// Claims are what a provider says of somebody.
type Claims struct {
	Subject     string
	Username    string
	DisplayName string
	Groups      []string
	Ticket      secret.Text // a refresh token; empty where the provider gives none
}

// mostBytes bounds what is read of an answer.
const mostBytes = 1 << 20

// Start makes the provider ready. It asks nothing: one that is away at the start may come.
func (p *Provider) Start() error {
	if p.Timeout == 0 {
		p.Timeout = 10 * time.Second
	}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: p.Roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
		TLSHandshakeTimeout: p.Timeout, ResponseHeaderTimeout: p.Timeout, IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 4,
		Proxy: http.ProxyFromEnvironment,
	}
	p.client = &http.Client{Transport: bounded{transport}, Timeout: p.Timeout, CheckRedirect: func(*http.Request, []*http.Request) error {
		return errors.New("oidc: the provider sends the server elsewhere") // it would get the client's secret
	}}
	p.found = make(chan *oidc.Provider, 1)
	p.found <- nil
	return nil
}

// Close ends idle connections.
func (p *Provider) Close() { p.client.CloseIdleConnections() }

// bounded reads no more of an answer than anybody needs.
type bounded struct{ next *http.Transport }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.next.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, mostBytes), answer.Body}
	}
	return answer, err
}

func (b bounded) CloseIdleConnections() { b.next.CloseIdleConnections() }

// discover reads where the provider answers, once.
func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	select {
	case known := <-p.found:
		defer func() { p.found <- known }()
		if known != nil {
			return known, nil
		}
		found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.Issuer)
		if err != nil {
			return nil, away(err)
		}
		known = found
		return found, nil
	case <-ctx.Done():
		return nil, away(ctx.Err())
	}
}

func away(err error) error { return fmt.Errorf("%w: %w", ErrAway, err) }

func (p *Provider) oauth(known *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: p.ClientID, ClientSecret: p.Secret.Reveal(), Endpoint: known.Endpoint(), RedirectURL: p.Redirect, Scopes: p.Scopes}
}

// Begin gives the address to which the person's browser goes.
func (p *Provider) Begin(ctx context.Context) (Flow, string, error) {
	known, err := p.discover(ctx)
	if err != nil {
		return Flow{}, "", err
	}
	f := Flow{State: rand.Text() + rand.Text(), Nonce: rand.Text() + rand.Text(), Verifier: oauth2.GenerateVerifier()}
	return f, p.oauth(known).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), nil
}

// Finish takes what the browser came back with and asks the provider who it is.
func (p *Provider) Finish(ctx context.Context, f Flow, query url.Values) (Claims, error) {
	if f.State == "" || subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(f.State)) != 1 {
		return Claims{}, fmt.Errorf("%w: the state is that of no sign-in begun here", ErrRefused)
	}
	// RFC 9207: an answer that names another issuer was meant for somebody else.
	if iss := query.Get("iss"); iss != "" && iss != p.Issuer {
		return Claims{}, fmt.Errorf("%w: the answer is of another provider", ErrRefused)
	}
	if query.Get("code") == "" {
		return Claims{}, fmt.Errorf("%w: no code came back", ErrRefused)
	}
	known, err := p.discover(ctx)
	if err != nil {
		return Claims{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := p.oauth(known).Exchange(ctx, query.Get("code"), oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return Claims{}, told(err, ErrRefused)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := p.verify(ctx, known, raw)
	if err != nil {
		return Claims{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1 {
		return Claims{}, fmt.Errorf("%w: the nonce is that of no sign-in begun here", ErrRefused)
	}
	return p.claims(ctx, known, token, id, id.Subject)
}

// Again asks of somebody who signed in before, with the ticket of then. The ticket of the
// answer replaces it.
func (p *Provider) Again(ctx context.Context, subject string, ticket secret.Text) (Claims, error) {
	known, err := p.discover(ctx)
	if err != nil {
		return Claims{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := p.oauth(known).TokenSource(ctx, &oauth2.Token{RefreshToken: ticket.Reveal()}).Token()
	if err != nil {
		return Claims{}, told(err, ErrGone)
	}
	var id *oidc.IDToken
	if raw, _ := token.Extra("id_token").(string); raw != "" {
		if id, err = p.verify(ctx, known, raw); err != nil {
			return Claims{}, fmt.Errorf("%w: %w", ErrGone, err)
		}
		if id.Subject != subject {
			return Claims{}, fmt.Errorf("%w: the answer is about somebody else", ErrGone)
		}
	}
	c, err := p.claims(ctx, known, token, id, subject)
	if errors.Is(err, ErrRefused) {
		err = fmt.Errorf("%w: %w", ErrGone, err)
	}
	if c.Ticket == "" {
		c.Ticket = ticket
	}
	return c, err
}

// told tells a provider that refuses somebody from one that does not work, or that does not
// know this server.
func told(err, refused error) error {
	var answer *oauth2.RetrieveError
	if errors.As(err, &answer) && answer.ErrorCode == "invalid_grant" {
		return fmt.Errorf("%w: invalid_grant", refused)
	}
	if answer != nil { // its body may repeat what was sent
		return away(fmt.Errorf("the token endpoint answers %d %q", answer.Response.StatusCode, answer.ErrorCode))
	}
	return away(err)
}

func (p *Provider) verify(ctx context.Context, known *oidc.Provider, raw string) (*oidc.IDToken, error) {
	if raw == "" {
		return nil, errors.New("there is no ID token")
	}
	return known.Verifier(&oidc.Config{ClientID: p.ClientID, Now: p.Clock.Now}).Verify(ctx, raw)
}

// claims reads what is said of subject: from the ID token, which may be nil, and what is
// not there from the userinfo endpoint.
func (p *Provider) claims(ctx context.Context, known *oidc.Provider, token *oauth2.Token, id *oidc.IDToken, subject string) (Claims, error) {
	said := map[string]json.RawMessage{}
	if id != nil {
		if err := id.Claims(&said); err != nil {
			return Claims{}, fmt.Errorf("%w: %w", ErrRefused, err)
		}
	}
	if said[p.GroupsClaim] == nil && known.UserInfoEndpoint() != "" {
		info, err := known.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return Claims{}, away(err)
		}
		if info.Subject != subject { // OpenID Connect Core 1.0 section 5.3.2
			return Claims{}, fmt.Errorf("%w: the userinfo is about somebody else", ErrRefused)
		}
		more := map[string]json.RawMessage{}
		if err := info.Claims(&more); err != nil {
			return Claims{}, fmt.Errorf("%w: %w", ErrRefused, err)
		}
		for k, v := range more {
			if said[k] == nil {
				said[k] = v
			}
		}
	}
	if subject == "" {
		return Claims{}, fmt.Errorf("%w: nobody is named", ErrRefused)
	}
	return Claims{Subject: subject, Username: one(said[p.UsernameClaim]), DisplayName: one(said[p.NameClaim]), Groups: list(said[p.GroupsClaim]),
		Ticket: secret.Text(token.RefreshToken)}, nil
}

func one(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// list reads a list of texts, or one alone, as some providers write a list of one. Whatever
// else stands among them is no group.
func list(raw json.RawMessage) []string {
	var all []any
	if json.Unmarshal(raw, &all) != nil {
		if s := one(raw); s != "" {
			return []string{s}
		}
		return nil
	}
	var groups []string
	for _, v := range all {
		if s, ok := v.(string); ok && s != "" {
			groups = append(groups, s)
		}
	}
	return groups
}
