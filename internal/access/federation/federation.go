// Package federation lets people sign in through directories that an institution has
// already: OpenID Connect providers and LDAP directories (clauses C021 to C023: rights by
// position). It maps their groups to positions, at every sign-in and again while somebody is
// signed in, so that who leaves the directory is out of the house too.
package federation

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/federation/ldap"
	"watchroom/internal/access/federation/oidc"
	"watchroom/internal/access/position"
	"watchroom/internal/access/review"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

// Refusals of signing in through a directory.
var (
	ErrDirectoryUnknown = problem.New(problem.NotFound, "directory_unknown", "There is no such directory to sign in through.")
	ErrDirectoryAway    = problem.New(problem.Unavailable, "directory_away", "The directory does not answer. Accounts of this system work; try again later.") // directory
	ErrDirectoryRefused = problem.New(problem.NotSignedIn, "directory_refused", "The directory does not vouch for you.")
	ErrFlow             = problem.New(problem.Invalid, "sign_in_flow", "This sign-in was not begun in this browser, or took too long. Begin again.")
	ErrReturn           = problem.New(problem.Invalid, "return_not_local", "After signing in one goes back to a page of this system only.").On("return")
)

// Kinds of directories.
const (
	KindOIDC = "oidc" // the browser goes there
	KindLDAP = "ldap" // name and password are typed here
)

// Way is a directory as the sign-in page shows it.
type Way struct{ Name, Title, Kind string }

// directory is one of either kind.
type directory struct {
	Way

	provider *oidc.Provider
	ldap     *ldap.Directory
	issuer   string
	grants   []config.Grant    // groups in the form that answers have
	written  []string          // as the configuration has them
	server   map[string]string // who answers for it: another there is another directory
	create   bool
}

// Desk is where people from directories come in. Make one with New.
type Desk struct {
	Access *account.Control
	DB     *db.DB
	Box    *secret.Box
	Clock  clock.Clock
	Log    *slog.Logger

	recheck, unchecked time.Duration
	list               []*directory
	broken             []string // directories that cannot be used: nobody new comes in, nobody is put out
	loop               every.Loop
}

// New reads what the configuration says of directories, with secrets from files and from
// env (os.LookupEnv in the program). It asks no directory. The error names everything that
// is wrong; the desk then has the directories that can be used, and is never nil.
func New(c *config.Config, env func(string) (string, bool)) (*Desk, error) {
	d := &Desk{recheck: c.SignIn.Recheck, unchecked: c.SignIn.Unchecked}
	var wrong []error
	for i, o := range c.SignIn.OIDC {
		value, err := c.SignIn.ClientSecret(i, env)
		roots, rootsErr := authorities(o.CA)
		p := &oidc.Provider{Issuer: o.Issuer, ClientID: o.ClientID, Secret: value, Scopes: o.Scopes, Roots: roots,
			Redirect:    strings.TrimSuffix(c.PublicURL, "/") + "/api/v1/sign-in/oidc/" + o.Name + "/callback",
			GroupsClaim: o.GroupsClaim, UsernameClaim: o.UsernameClaim, NameClaim: o.NameClaim}
		one := &directory{Way: Way{o.Name, o.Title, KindOIDC}, provider: p, issuer: o.Issuer, create: o.Create, written: o.Positions,
			server: map[string]string{"issuer": o.Issuer, "ca": fingerprint(o.CA)}}
		wrong = append(wrong, d.add(one, errors.Join(err, rootsErr, one.read(o.Positions, func(g string) (string, error) { return g, nil }))))
	}
	for i, l := range c.SignIn.LDAP {
		l = l.Complete()
		value, err := c.SignIn.BindPassword(i, env)
		roots, rootsErr := authorities(l.CA)
		x := &ldap.Directory{URL: l.URL, StartTLS: l.StartTLS, Roots: roots, BindDN: l.BindDN, Password: value, Base: l.Base, Filter: l.Filter,
			IDAttribute: l.IDAttribute, UsernameAttribute: l.UsernameAttribute, NameAttribute: l.NameAttribute, GroupBase: l.GroupBase,
			GroupFilter: l.GroupFilter, Timeout: l.Timeout}
		one := &directory{Way: Way{l.Name, l.Title, KindLDAP}, ldap: x, issuer: "ldap:" + l.Name, create: l.Create, written: l.Positions,
			server: map[string]string{"url": l.URL, "start_tls": strconv.FormatBool(l.StartTLS), "ca": fingerprint(l.CA), "base": l.Base, "filter": l.Filter, "id_attribute": l.IDAttribute}}
		wrong = append(wrong, d.add(one, errors.Join(err, rootsErr, x.Start(), one.read(l.Positions, ldap.Normal))))
	}
	return d, errors.Join(wrong...)
}

func (d *Desk) add(x *directory, err error) error {
	if err != nil {
		d.broken = append(d.broken, x.Name)
		return fmt.Errorf("directory %s: %w", x.Name, err)
	}
	d.list = append(d.list, x)
	return nil
}

func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate", file)
	}
	return pool, nil
}

// fingerprint is SHA-256 of a file of certificates, in hexadecimal; empty without one.
func fingerprint(file string) string {
	text, err := os.ReadFile(file)
	if file == "" || err != nil { // whoever needs it says so
		return ""
	}
	return fmt.Sprintf("%x", sha256.Sum256(text))
}

// ownPosition begins a position of the house in the configuration. Those of the program are
// known when the file is read, so that a mistyped one is found then; these are not.
const ownPosition = "house:"

// read reads which group gives which position; normal brings groups into the form that
// answers have.
func (x *directory) read(positions []string, normal func(string) (string, error)) error {
	grants, err := config.Grants(positions)
	if err != nil {
		return err
	}
	for i, g := range grants {
		code, own := strings.CutPrefix(g.Position, ownPosition)
		if p := access.Position(code); own && (p.BuiltIn() || !position.IsCode(p)) || !own && !p.BuiltIn() {
			return fmt.Errorf("there is no position %q", g.Position)
		}
		grants[i].Position = code
		if grants[i].Group, err = normal(g.Group); err != nil {
			return err
		}
	}
	x.grants = grants
	return nil
}

// Groups gives what groups of directories give, for who reviews it.
func (d *Desk) Groups() []review.Group {
	all := []review.Group{}
	for _, x := range d.list {
		for _, g := range x.grants {
			all = append(all, review.Group{Directory: x.Name, Group: g.Group, Position: access.Position(g.Position)})
		}
	}
	return all
}

// positions are what groups mean.
func (x *directory) positions(groups []string) []access.Position {
	var all []access.Position
	for _, g := range x.grants {
		if p := access.Position(g.Position); slices.Contains(groups, g.Group) && !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

// unknown tells the log of positions that groups give and the house has not, or has no more:
// they give nothing until it has.
func (d *Desk) unknown(ctx context.Context, x *directory) error {
	for _, g := range x.grants {
		lacking, err := position.Lacking(ctx, d.DB.Read(), []access.Position{access.Position(g.Position)})
		if err != nil {
			return err
		}
		if lacking != "" {
			d.Log.Warn("a group of a directory gives a position that there is not", "directory", x.Name, "position", string(lacking))
		}
	}
	return nil
}

// Start notes what groups mean now and begins to look up again who is signed in.
func (d *Desk) Start(ctx context.Context) error {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	for _, x := range d.list {
		if x.provider != nil {
			x.provider.Clock = d.Clock
			if err := x.provider.Start(); err != nil {
				return err
			}
		}
		if err := errors.Join(d.unknown(ctx, x), d.known(ctx, x), d.note(ctx, x)); err != nil {
			return err
		}
	}
	if len(d.list) == 0 {
		d.orphans(ctx, d.Clock.Micro())
		return nil
	}
	d.loop.Start(ctx, min(d.recheck, time.Minute), d.Round)
	return nil
}

// Close ends looking up, and connections.
func (d *Desk) Close() {
	d.loop.Close()
	for _, x := range d.list {
		if x.provider != nil {
			x.provider.Close()
		}
	}
}

// Ways lists the directories, in the order of the configuration.
func (d *Desk) Ways() []Way {
	ways := []Way{}
	for _, x := range d.list {
		ways = append(ways, x.Way)
	}
	return ways
}

// Title is what people read of a directory; its name where the configuration has it no more.
func (d *Desk) Title(name string) string {
	if x := d.find(name, ""); x != nil {
		return x.Title
	}
	return name
}

func (d *Desk) find(name, kind string) *directory {
	for _, x := range d.list {
		if x.Name == name && (kind == "" || x.Kind == kind) {
			return x
		}
	}
	return nil
}

// SignIn opens a session with a name and a password of an LDAP directory.
func (d *Desk) SignIn(ctx context.Context, name, username string, password secret.Text, from access.Origin) (account.SignedIn, error) {
	x := d.find(name, KindLDAP)
	if x == nil {
		return account.SignedIn{}, ErrDirectoryUnknown
	}
	username = strings.TrimSpace(username)
	succeeded, err := d.Access.Attempt(ctx, x.Name, cmp.Or(username, "-"), from) // every attempt counts against a name
	if err != nil {
		return account.SignedIn{}, err
	}
	e, err := x.ldap.SignIn(ctx, username, password)
	if err != nil {
		return account.SignedIn{}, d.refuse(ctx, x, err, from)
	}
	in, err := d.Access.Enter(ctx, x.entry(e), from)
	if err == nil {
		succeeded()
	}
	return in, err
}

func (x *directory) entry(e ldap.Entry) account.Vouched {
	return account.Vouched{Directory: x.Name, Issuer: x.issuer, Subject: e.Subject, Username: e.Username, DisplayName: e.DisplayName,
		Positions: x.positions(e.Groups), Create: x.create}
}

// refuse records that a directory refused somebody or was away, and says so.
func (d *Desk) refuse(ctx context.Context, x *directory, err error, from access.Origin) error {
	refused := ErrDirectoryRefused
	switch {
	case errors.Is(err, ldap.ErrWrong):
		refused = account.ErrSignInFailed
	case errors.Is(err, ldap.ErrAway), errors.Is(err, oidc.ErrAway):
		refused = ErrDirectoryAway.With("directory", x.Title)
		d.Log.WarnContext(ctx, "a directory does not answer as it should", "directory", x.Name, "err", err)
	default:
		d.Log.InfoContext(ctx, "a directory refused a sign-in", "directory", x.Name, "err", err)
	}
	if err := d.Access.Refused(ctx, x.Name, refused.Code, from); err != nil {
		return problem.Wrap(err, "record refused sign-in")
	}
	return refused.Because(err)
}

// flow is what a browser keeps of a sign-in that it began, sealed.
type flow struct {
	oidc.Flow

	Directory string `json:"d"`
	Return    string `json:"r"`
	Until     int64  `json:"u"` // µs
}

// FlowLasts is how long a sign-in at a provider may take.
const FlowLasts = 10 * time.Minute

// sealedFlow is the place of flows in the box.
const sealedFlow = "sign-in flow"

// Begin gives the address at a provider to which the browser goes, and what the browser
// keeps until it comes back. Afterwards it shall see the page back.
func (d *Desk) Begin(ctx context.Context, name, back string, from access.Origin) (address string, kept []byte, err error) {
	x := d.find(name, KindOIDC)
	if x == nil {
		return "", nil, ErrDirectoryUnknown
	}
	if back == "" {
		back = "/"
	}
	if !Local(back) {
		return "", nil, ErrReturn
	}
	succeeded, err := d.Access.Attempt(ctx, x.Name, "", from)
	if err != nil {
		return "", nil, err
	}
	f, address, err := x.provider.Begin(ctx)
	if err != nil {
		return "", nil, d.refuse(ctx, x, err, from)
	}
	succeeded()
	b, err := json.Marshal(flow{f, x.Name, back, d.Clock.Micro() + FlowLasts.Microseconds()})
	if err != nil {
		return "", nil, err
	}
	return address, d.Box.Seal(secret.Text(b), sealedFlow), nil
}

// Finish opens a session for whom a provider sends back with query, in the browser that
// kept kept.
func (d *Desk) Finish(ctx context.Context, name string, kept []byte, query url.Values, from access.Origin) (in account.SignedIn, back string, err error) {
	x := d.find(name, KindOIDC)
	if x == nil {
		return account.SignedIn{}, "/", ErrDirectoryUnknown
	}
	succeeded, err := d.Access.Attempt(ctx, x.Name, "", from)
	if err != nil {
		return account.SignedIn{}, "/", err
	}
	var f flow
	plain, err := d.Box.Open(kept, sealedFlow)
	if err != nil || json.Unmarshal([]byte(plain.Reveal()), &f) != nil || f.Directory != x.Name || d.Clock.Micro() >= f.Until || !Local(f.Return) {
		if err := d.Access.Refused(ctx, x.Name, ErrFlow.Code, from); err != nil {
			return account.SignedIn{}, "/", problem.Wrap(err, "record refused sign-in")
		}
		return account.SignedIn{}, "/", ErrFlow
	}
	c, err := x.provider.Finish(ctx, f.Flow, query)
	if err != nil {
		return account.SignedIn{}, f.Return, d.refuse(ctx, x, err, from)
	}
	in, err = d.Access.Enter(ctx, d.claims(x, c), from)
	if err == nil {
		succeeded()
	}
	return in, f.Return, err
}

func (d *Desk) claims(x *directory, c oidc.Claims) account.Vouched {
	v := account.Vouched{Directory: x.Name, Issuer: x.issuer, Subject: c.Subject, Username: c.Username, DisplayName: c.DisplayName,
		Positions: x.positions(c.Groups), Create: x.create}
	if c.Ticket != "" {
		v.Ticket = d.Box.Seal(c.Ticket, ticket(x, c.Subject))
	}
	return v
}

// ticket is the place of a person's ticket in the box.
func ticket(x *directory, subject string) string {
	return "identity/" + x.issuer + "\x00" + subject
}

// Local tells whether a page to go back to is one of this server: a path, and nothing that a
// browser would take for another server (WHATWG URL: it reads \ as / and drops tabs).
func Local(path string) bool {
	if len(path) > 2000 || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsRune(path, '\\') ||
		strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return false
	}
	u, err := url.Parse(path)
	return err == nil && u.Scheme == "" && u.Host == "" && u.User == nil && u.Opaque == ""
}
