package config

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"watchroom/internal/secret"
)

// SignIn names the directories through which people sign in.
type SignIn struct {
	Recheck   time.Duration `yaml:"recheck" doc:"How often who is signed in through a directory is looked up there again: who left it is signed out, and positions follow the groups. 1m to 24h."`
	Unchecked time.Duration `yaml:"unchecked" doc:"Who could not be looked up for so long, because the directory is away or answers only at a sign-in, must sign in again. At least recheck, to 168h."`
	OIDC      []OIDC        `yaml:"oidc" doc:"OpenID Connect providers, such as [{name: campus, title: Campus login, issuer: \"https://login.example.org\", client_id: watchroom, secret_file: /etc/watchroom/oidc.secret, positions: [operator=guards, auditor=audit]}]. positions says which group gives which position, POSITION=GROUP; the groups stand in the claim groups_claim (groups). create (false) makes an account at a first sign-in where a group gives a position; otherwise an administrator admits the person. Also: scopes ([openid, profile]), username_claim (preferred_username), name_claim (name), ca (PEM file). The secret may stand in WATCHROOM_SIGN_IN_NAME_SECRET instead. The provider must know PUBLIC_URL/api/v1/sign-in/oidc/NAME/callback."`
	LDAP      []LDAP        `yaml:"ldap" doc:"LDAP directories, such as [{name: campus, title: Campus account, url: \"ldaps://ldap.example.org\", bind_dn: \"cn=watchroom,dc=example,dc=org\", secret_file: /etc/watchroom/ldap.secret, base: \"ou=people,dc=example,dc=org\", group_base: \"ou=groups,dc=example,dc=org\", positions: [\"operator=cn=guards,ou=groups,dc=example,dc=org\"]}]. kind is ldap or active_directory, which knows nested groups and disabled accounts; it decides what stands in filter, group_filter, id_attribute, username_attribute and name_attribute unless they are given. ldaps:// or start_tls is demanded except on loopback. create as for oidc. Also: ca (PEM file), timeout (5s). The password of bind_dn may stand in WATCHROOM_SIGN_IN_NAME_SECRET instead."`
}

// OIDC is an OpenID Connect provider.
type OIDC struct {
	Name          string   `yaml:"name" doc:"Lower-case letters, digits and dashes."`
	Title         string   `yaml:"title" doc:"What people read on the sign-in page."`
	Issuer        string   `yaml:"issuer" doc:"Address of the provider, exactly as it names itself."`
	ClientID      string   `yaml:"client_id" doc:"As which the provider knows this server."`
	SecretFile    string   `yaml:"secret_file" doc:"File with the client's secret."`
	Scopes        []string `yaml:"scopes" doc:"What is asked for."`
	GroupsClaim   string   `yaml:"groups_claim" doc:"Claim with the person's groups."`
	UsernameClaim string   `yaml:"username_claim" doc:"Claim with the user name."`
	NameClaim     string   `yaml:"name_claim" doc:"Claim with the name shown to others."`
	Positions     []string `yaml:"positions" doc:"POSITION=GROUP each."`
	Create        bool     `yaml:"create" doc:"Make accounts at a first sign-in."`
	CA            string   `yaml:"ca" doc:"PEM file of the certificates that the provider is known by."`
}

// LDAP is a directory that is asked with LDAP.
type LDAP struct {
	Name              string        `yaml:"name" doc:"Lower-case letters, digits and dashes."`
	Title             string        `yaml:"title" doc:"What people read on the sign-in page."`
	Kind              string        `yaml:"kind" doc:"ldap or active_directory."`
	URL               string        `yaml:"url" doc:"ldaps://host:port or ldap://host:port."`
	StartTLS          bool          `yaml:"start_tls" doc:"Begin TLS on an ldap:// connection."`
	CA                string        `yaml:"ca" doc:"PEM file of the certificates that the directory is known by."`
	BindDN            string        `yaml:"bind_dn" doc:"As whom people and groups are looked for; empty means anonymously."`
	SecretFile        string        `yaml:"secret_file" doc:"File with the password of bind_dn."`
	Base              string        `yaml:"base" doc:"Entry below which people stand."`
	Filter            string        `yaml:"filter" doc:"Finds a person; {username} is what they typed."`
	IDAttribute       string        `yaml:"id_attribute" doc:"Attribute that never changes and is never given to another entry."`
	UsernameAttribute string        `yaml:"username_attribute" doc:"Attribute with the user name."`
	NameAttribute     string        `yaml:"name_attribute" doc:"Attribute with the name shown to others."`
	GroupBase         string        `yaml:"group_base" doc:"Entry below which groups stand; base if empty."`
	GroupFilter       string        `yaml:"group_filter" doc:"Finds the groups of a person; {dn} is their entry, {username} what the entry has as user name."`
	Positions         []string      `yaml:"positions" doc:"POSITION=DN OF GROUP each."`
	Create            bool          `yaml:"create" doc:"Make accounts at a first sign-in."`
	Timeout           time.Duration `yaml:"timeout" doc:"For each answer of the directory."`
}

func defaultOIDC() OIDC {
	return OIDC{Scopes: []string{"openid", "profile"}, GroupsClaim: "groups", UsernameClaim: "preferred_username", NameClaim: "name"}
}

func defaultLDAP() LDAP { return LDAP{Kind: "ldap", Timeout: 5 * time.Second} }

// ActiveDirectory is the kind of LDAP that Microsoft's directory speaks.
const ActiveDirectory = "active_directory"

// Complete gives the directory with what its kind decides where nothing was said. For
// Active Directory 1.2.840.113556.1.4.1941 follows groups in groups, and
// 1.2.840.113556.1.4.803 leaves out accounts that are disabled ([MS-ADTS] 3.1.1.3.4.4).
func (l LDAP) Complete() LDAP {
	usual := LDAP{Filter: "(&(objectClass=person)(uid={username}))", IDAttribute: "entryUUID", UsernameAttribute: "uid",
		NameAttribute: "cn", GroupFilter: "(member={dn})"}
	if l.Kind == ActiveDirectory {
		usual = LDAP{Filter: "(&(objectCategory=person)(objectClass=user)(sAMAccountName={username})(!(userAccountControl:1.2.840.113556.1.4.803:=2)))",
			IDAttribute: "objectGUID", UsernameAttribute: "sAMAccountName", NameAttribute: "displayName",
			GroupFilter: "(member:1.2.840.113556.1.4.1941:={dn})"}
	}
	l.Filter = cmp.Or(l.Filter, usual.Filter)
	l.IDAttribute = cmp.Or(l.IDAttribute, usual.IDAttribute)
	l.UsernameAttribute = cmp.Or(l.UsernameAttribute, usual.UsernameAttribute)
	l.NameAttribute = cmp.Or(l.NameAttribute, usual.NameAttribute)
	l.GroupFilter = cmp.Or(l.GroupFilter, usual.GroupFilter)
	l.GroupBase = cmp.Or(l.GroupBase, l.Base)
	return l
}

// Grant says that who is in a group holds a position.
type Grant struct{ Position, Group string }

// Grants reads POSITION=GROUP; a group's name may hold further equal signs.
func Grants(positions []string) ([]Grant, error) {
	grants := make([]Grant, 0, len(positions))
	for i, text := range positions {
		position, group, ok := strings.Cut(text, "=")
		position, group = strings.TrimSpace(position), strings.TrimSpace(group)
		if !ok || position == "" || group == "" {
			return nil, fmt.Errorf("entry %d is not POSITION=GROUP: %s", i+1, quote(text))
		}
		grants = append(grants, Grant{position, group})
	}
	return grants, nil
}

// Secret reads the secret of a directory from its file, or from the environment (env is
// os.LookupEnv in the program); empty where there is neither.
func (s SignIn) secret(name, file string, env func(string) (string, bool)) (secret.Text, error) {
	if file == "" {
		if env == nil {
			return "", nil
		}
		value, _ := env("WATCHROOM_SIGN_IN_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_SECRET")
		return secret.Text(value), nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("secret of the directory %s: %w", name, err)
	}
	value := strings.TrimRight(string(b), "\r\n")
	if value == "" || strings.ContainsAny(value, "\r\n") {
		return "", fmt.Errorf("secret of the directory %s: want one line in %s", name, file)
	}
	return secret.Text(value), nil
}

// ClientSecret reads the secret of the i-th provider; empty for a public client.
func (s SignIn) ClientSecret(i int, env func(string) (string, bool)) (secret.Text, error) {
	return s.secret(s.OIDC[i].Name, s.OIDC[i].SecretFile, env)
}

// BindPassword reads the password of the i-th directory's bind_dn.
func (s SignIn) BindPassword(i int, env func(string) (string, bool)) (secret.Text, error) {
	l := s.LDAP[i]
	value, err := s.secret(l.Name, l.SecretFile, env)
	if err == nil && value == "" && l.BindDN != "" {
		return "", fmt.Errorf("secret of the directory %s: bind_dn has no password: set secret_file or WATCHROOM_SIGN_IN_%s_SECRET",
			l.Name, strings.ToUpper(strings.ReplaceAll(l.Name, "-", "_")))
	}
	return value, err
}

// signIn checks the directories, whose names are one list.
func (v *checker) signIn(c *Config) {
	s := c.SignIn
	v.span("sign_in.recheck", s.Recheck, time.Minute, 24*time.Hour)
	v.span("sign_in.unchecked", s.Unchecked, s.Recheck, 168*time.Hour)
	names := map[string]string{}
	common := func(key, name, title string, positions []string) {
		if !regexp.MustCompile(placeName).MatchString(name) || name == "local" {
			v.require(key+".name", false, "must be 1 to 32 lower-case letters, digits and dashes, not local, got "+quote(name))
		} else {
			v.require(key+".name", names[name] == "", quote(name)+" is the name of "+names[name]+" already")
			names[name] = key
		}
		v.require(key+".title", strings.TrimSpace(title) != "" && len([]rune(title)) <= 60, "must have 1 to 60 characters, got "+quote(title))
		_, err := Grants(positions)
		v.require(key+".positions", err == nil, fmt.Sprint(err))
		v.require(key+".positions", err != nil || len(positions) > 0, "must name at least one POSITION=GROUP, or nobody could sign in")
	}
	for i := range s.OIDC {
		o, key := &s.OIDC[i], fmt.Sprintf("sign_in.oidc[%d]", i)
		common(key, o.Name, o.Title, o.Positions)
		u, err := url.Parse(o.Issuer)
		v.require(key+".issuer", err == nil && (u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())) && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == "",
			"must be https:// with a host and no query, got "+quote(redactURL(o.Issuer)))
		v.require(key+".client_id", o.ClientID != "", "must not be empty")
		v.require(key+".scopes", strings.Contains(" "+strings.Join(o.Scopes, " ")+" ", " openid "), "must contain openid")
		v.require(key+".groups_claim", o.GroupsClaim != "", "must not be empty")
		v.require(key+".username_claim", o.UsernameClaim != "", "must not be empty")
		v.require(key+".name_claim", o.NameClaim != "", "must not be empty")
		v.require("public_url", c.PublicURL != "", "is needed for sign_in.oidc: the provider sends people back there")
	}
	for i := range s.LDAP {
		l, key := s.LDAP[i].Complete(), fmt.Sprintf("sign_in.ldap[%d]", i)
		common(key, l.Name, l.Title, l.Positions)
		v.oneOf(key+".kind", l.Kind, "ldap", ActiveDirectory)
		u, err := url.Parse(l.URL)
		ok := err == nil && (u.Scheme == "ldaps" || u.Scheme == "ldap") && u.Hostname() != "" && u.User == nil && strings.Trim(u.Path, "/") == "" && u.RawQuery == ""
		v.require(key+".url", ok, "must be ldaps:// or ldap:// with a host and nothing behind it, got "+quote(redactURL(l.URL)))
		if ok {
			v.require(key+".start_tls", u.Scheme == "ldap" || !l.StartTLS, "is useless with ldaps://")
			v.require(key+".url", u.Scheme == "ldaps" || l.StartTLS || loopback(u.Hostname()), "passwords would pass the network in the clear: use ldaps://, or start_tls: true")
		}
		v.require(key+".base", l.Base != "", "must not be empty")
		v.require(key+".filter", strings.Contains(l.Filter, "{username}"), "must contain {username}, got "+quote(l.Filter))
		v.require(key+".group_filter", strings.Contains(l.GroupFilter, "{dn}") || strings.Contains(l.GroupFilter, "{username}"), "must contain {dn} or {username}, got "+quote(l.GroupFilter))
		v.span(key+".timeout", l.Timeout, 100*time.Millisecond, time.Minute)
	}
}

// loopback tells whether a host is this machine.
func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.Unmap().IsLoopback()
}

// exposedHost tells whether other machines reach what listens at an address.
func exposedHost(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && !loopback(host)
}
