// Package ldap asks an LDAP directory (RFC 4511) who somebody is: it searches the entry as
// a service account, binds as that entry with the password that was typed, and reads the
// entry's groups. It follows no referral, sends no password in the clear but on loopback,
// and waits for no answer longer than it is told to.
package ldap

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"watchroom/internal/secret"
)

// What asking can end with, besides an answer.
var (
	ErrWrong = errors.New("ldap: user name or password is wrong")
	ErrGone  = errors.New("ldap: the entry is not there any more")
	ErrAway  = errors.New("ldap: the directory cannot be asked") // wraps why
)

// Directory is one directory. Its fields are as in config.LDAP, made complete.
type Directory struct {
	URL      string // ldap:// or ldaps://
	StartTLS bool
	Roots    *x509.CertPool // nil: those of the machine
	BindDN   string         // empty: anonymous
	Password secret.Text
	Base     string

	Filter            string // {username}
	IDAttribute       string
	UsernameAttribute string
	NameAttribute     string
	GroupBase         string
	GroupFilter       string // {dn}, {username}

	Timeout time.Duration // for each answer

	turns chan struct{}
}

// atOnce bounds how many connections are open to a directory: a flood of sign-ins must not
// become one of binds.
const atOnce = 8

// mostGroups bounds the groups of one person.
const mostGroups = 5000

// Entry is a person of the directory.
type Entry struct {
	Subject     string   // the value of IDAttribute; bytes that are no text as hexadecimal digits
	Username    string   // empty where the entry has none
	DisplayName string   // likewise
	Groups      []string // distinguished names in the form of Normal
}

// Start makes the directory ready. It asks nothing: a directory that is away at the start
// may come.
func (d *Directory) Start() error {
	u, err := url.Parse(d.URL)
	if err != nil {
		return fmt.Errorf("ldap: %w", err)
	}
	if u.Scheme != "ldaps" && !d.StartTLS && !loopback(u.Hostname()) {
		return errors.New("ldap: passwords would pass the network in the clear")
	}
	for _, f := range []string{d.Filter, d.GroupFilter} {
		if _, err := ldap.CompileFilter(fill(f, "cn=x,dc=x", "x")); err != nil {
			return fmt.Errorf("ldap: the filter %s: %w", f, err)
		}
	}
	for _, dn := range []string{d.Base, d.GroupBase, d.BindDN} {
		if _, err := ldap.ParseDN(dn); err != nil {
			return fmt.Errorf("ldap: %q is no distinguished name: %w", dn, err)
		}
	}
	d.turns = make(chan struct{}, atOnce)
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Normal writes a distinguished name so that two that mean the same entry are the same
// text: RFC 4514 escapes, lower case, no spaces around separators.
func Normal(dn string) (string, error) {
	parsed, err := ldap.ParseDN(dn)
	if err != nil || len(parsed.RDNs) == 0 {
		return "", fmt.Errorf("ldap: %q is no distinguished name", dn)
	}
	for _, rdn := range parsed.RDNs {
		for _, a := range rdn.Attributes {
			a.Type, a.Value = strings.ToLower(a.Type), strings.ToLower(strings.Join(strings.Fields(a.Value), " "))
		}
	}
	return parsed.String(), nil
}

// fill puts values into a filter, escaped as RFC 4515 section 3 has it, so that what
// somebody types is always a value and never a piece of the filter.
func fill(filter, dn, username string) string {
	return strings.NewReplacer("{dn}", ldap.EscapeFilter(dn), "{username}", ldap.EscapeFilter(username)).Replace(filter)
}

// SignIn proves that somebody knows the password of an entry. ErrWrong says neither which
// of the two was wrong nor whether there is such an entry.
func (d *Directory) SignIn(ctx context.Context, username string, password secret.Text) (Entry, error) {
	// A bind without a password succeeds as nobody (RFC 4513 section 5.1.2).
	if username == "" || len(username) > 256 || !utf8.ValidString(username) || password == "" || len(password) > 1024 || strings.ContainsRune(password.Reveal(), 0) {
		return Entry{}, ErrWrong
	}
	c, done, err := d.connect(ctx)
	if err != nil {
		return Entry{}, err
	}
	defer done()
	found, err := d.find(c, fill(d.Filter, "", username))
	if err != nil && !errors.Is(err, ErrGone) {
		return Entry{}, err
	}
	user, end, dialErr := d.dial(ctx)
	if dialErr != nil {
		return Entry{}, dialErr
	}
	defer end()
	if found == nil { // as long as for one that is there
		_ = user.Bind("cn="+rand.Text()+","+d.Base, password.Reveal())
		return Entry{}, ErrWrong
	}
	if err := user.Bind(found.DN, password.Reveal()); err != nil {
		return Entry{}, refusedBind(err)
	}
	return d.read(c, found)
}

// refusedBind tells a directory that refuses somebody from one that does not work. Many
// answer so for accounts that are locked, expired or may not sign in.
func refusedBind(err error) error {
	if ldap.IsErrorAnyOf(err, ldap.LDAPResultInvalidCredentials, ldap.LDAPResultInappropriateAuthentication,
		ldap.LDAPResultConstraintViolation, ldap.LDAPResultInsufficientAccessRights, ldap.LDAPResultUnwillingToPerform, ldap.LDAPResultNoSuchObject) {
		return ErrWrong
	}
	return away(err)
}

func away(err error) error { return fmt.Errorf("%w: %w", ErrAway, err) }

// Again looks up an entry by its Subject, without a password. ErrGone: it is not there, or
// the filter does not find it any more.
func (d *Directory) Again(ctx context.Context, subject string) (Entry, error) {
	c, done, err := d.connect(ctx)
	if err != nil {
		return Entry{}, err
	}
	defer done()
	value := ldap.EscapeFilter(subject)
	if raw, ok := strings.CutPrefix(subject, binary); ok {
		value = ""
		for i := 0; i+1 < len(raw); i += 2 {
			value += `\` + raw[i:i+2]
		}
	}
	whoever := strings.ReplaceAll(strings.ReplaceAll(d.Filter, "{username}", "*"), "{dn}", "*")
	found, err := d.find(c, "(&"+whoever+"("+d.IDAttribute+"="+value+"))")
	if err != nil {
		return Entry{}, err
	}
	return d.read(c, found)
}

// dial opens a connection that ends with ctx.
func (d *Directory) dial(ctx context.Context) (*ldap.Conn, func(), error) {
	u, err := url.Parse(d.URL)
	if err != nil {
		return nil, nil, away(err)
	}
	config := &tls.Config{RootCAs: d.Roots, ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	dialer := &net.Dialer{Timeout: d.Timeout}
	if deadline, ok := ctx.Deadline(); ok {
		dialer.Deadline = deadline
	}
	c, err := ldap.DialURL(d.URL, ldap.DialWithDialer(dialer), ldap.DialWithTLSConfig(config))
	if err != nil {
		return nil, nil, away(err)
	}
	c.SetTimeout(d.Timeout)
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	end := func() { stop(); _ = c.Close() }
	if d.StartTLS {
		if err := c.StartTLS(config); err != nil {
			end()
			return nil, nil, away(err)
		}
	}
	return c, end, nil
}

// connect waits for a turn, dials and binds as the service account.
func (d *Directory) connect(ctx context.Context) (*ldap.Conn, func(), error) {
	wait, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	select {
	case d.turns <- struct{}{}:
	case <-wait.Done():
		return nil, nil, away(wait.Err())
	}
	c, end, err := d.dial(ctx)
	if err != nil {
		<-d.turns
		return nil, nil, err
	}
	done := func() { end(); <-d.turns }
	if d.BindDN != "" {
		if err := c.Bind(d.BindDN, d.Password.Reveal()); err != nil {
			done()
			return nil, nil, away(fmt.Errorf("bind as the service account: %w", err))
		}
	}
	return c, done, nil
}

// find gives the one entry that a filter finds. Two are nobody: which one is meant would
// be a guess.
func (d *Directory) find(c *ldap.Conn, filter string) (*ldap.Entry, error) {
	result, err := c.Search(ldap.NewSearchRequest(d.Base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 2, seconds(d.Timeout), false,
		filter, []string{d.IDAttribute, d.UsernameAttribute, d.NameAttribute}, nil))
	switch {
	case ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded):
		return nil, fmt.Errorf("%w: the filter finds several entries", ErrGone)
	case err != nil: // a referral too, which is not followed
		return nil, away(err)
	case len(result.Entries) != 1:
		return nil, ErrGone
	}
	return result.Entries[0], nil
}

func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// binary begins a Subject whose bytes are no text, such as an objectGUID.
const binary = "0x"

// read takes what is told of an entry, with its groups.
func (d *Directory) read(c *ldap.Conn, found *ldap.Entry) (Entry, error) {
	id := found.GetRawAttributeValue(d.IDAttribute)
	if len(id) == 0 {
		return Entry{}, away(fmt.Errorf("%s has no %s", found.DN, d.IDAttribute))
	}
	e := Entry{Subject: string(id), Username: found.GetAttributeValue(d.UsernameAttribute), DisplayName: found.GetAttributeValue(d.NameAttribute)}
	if strings.EqualFold(d.IDAttribute, "objectGUID") || !utf8.Valid(id) || strings.ContainsFunc(e.Subject, func(r rune) bool { return !strconv.IsPrint(r) }) {
		e.Subject = binary + hex.EncodeToString(id)
	}
	result, err := c.SearchWithPaging(ldap.NewSearchRequest(d.GroupBase, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, mostGroups, seconds(d.Timeout), false,
		fill(d.GroupFilter, found.DN, e.Username), []string{"1.1"}, nil), 500)
	if err != nil {
		return Entry{}, away(fmt.Errorf("read groups: %w", err))
	}
	for _, g := range result.Entries {
		if dn, err := Normal(g.DN); err == nil {
			e.Groups = append(e.Groups, dn)
		}
	}
	return e, nil
}
