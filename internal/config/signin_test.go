package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDirectoriesAreRead: what was not said has a default, which depends on the kind of
// an LDAP directory, and the dump holds no secret because the file holds none.
func TestDirectoriesAreRead(t *testing.T) {
	c, err := load(t, `
public_url: https://watch.example.org
sign_in:
  oidc:
    - {name: campus, title: 统一认证, issuer: "https://login.example.org/realm", client_id: watchroom, positions: [operator=guards, auditor=a=b]}
  ldap:
    - {name: dir, title: LDAP, url: "ldap://127.0.0.1:389", base: "dc=x", positions: ["operator=cn=guards,dc=x"]}
    - {name: ad, title: AD, kind: active_directory, url: "ldap://dc1", start_tls: true, base: "dc=x", filter: "(mail={username})", positions: ["leader=cn=heads,dc=x"]}
`, Sources{})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"openid", "profile"}, c.SignIn.OIDC[0].Scopes); d != "" {
		t.Error(d)
	}
	grants, err := Grants(c.SignIn.OIDC[0].Positions)
	if d := cmp.Diff([]Grant{{"operator", "guards"}, {"auditor", "a=b"}}, grants); d != "" || err != nil {
		t.Error(d, err)
	}
	if l := c.SignIn.LDAP[0].Complete(); l.IDAttribute != "entryUUID" || l.GroupFilter != "(member={dn})" || l.GroupBase != "dc=x" {
		t.Errorf("%+v", l)
	}
	if l := c.SignIn.LDAP[1].Complete(); l.IDAttribute != "objectGUID" || !strings.Contains(l.GroupFilter, "1.2.840.113556.1.4.1941") || l.Filter != "(mail={username})" {
		t.Errorf("%+v", l)
	}
}

func TestSecretsOfDirectories(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("sesame open\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	none := func(string) (string, bool) { return "", false }
	s := SignIn{
		OIDC: []OIDC{{Name: "campus"}, {Name: "two", SecretFile: file}, {Name: "gone", SecretFile: file + ".none"}},
		LDAP: []LDAP{{Name: "ad-1", BindDN: "cn=w"}, {Name: "anonymous"}},
	}
	if v, err := s.ClientSecret(0, none); v != "" || err != nil {
		t.Errorf("a public client: %q, %v", v.Reveal(), err)
	}
	if v, err := s.ClientSecret(1, none); v.Reveal() != "sesame open" || err != nil {
		t.Errorf("of a file: %q, %v", v.Reveal(), err)
	}
	if _, err := s.ClientSecret(2, none); err == nil {
		t.Error("a file that is not there is good enough")
	}
	if v, err := s.BindPassword(0, env("WATCHROOM_SIGN_IN_AD_1_SECRET", "p")); v.Reveal() != "p" || err != nil {
		t.Errorf("of the environment: %q, %v", v.Reveal(), err)
	}
	if _, err := s.BindPassword(0, none); err == nil || !strings.Contains(err.Error(), "WATCHROOM_SIGN_IN_AD_1_SECRET") {
		t.Errorf("bind_dn without a password: %v", err)
	}
	if v, err := s.BindPassword(1, none); v != "" || err != nil {
		t.Errorf("anonymous: %q, %v", v.Reveal(), err)
	}
}

func TestNamesOfTheCertificate(t *testing.T) {
	for _, c := range []struct {
		change func(*Config)
		mode   string
		want   []string
	}{
		{func(*Config) {}, TLSOff, nil},
		{func(c *Config) { c.TLS.Certificate, c.TLS.Key = "c", "k" }, TLSFiles, nil},
		{func(c *Config) { c.TLS.Mode, c.TLS.Certificate, c.TLS.Key = TLSOff, "c", "k" }, TLSOff, nil},
		{func(c *Config) { c.TLS.Mode, c.PublicURL = TLSACME, "https://Watch.example.org:8443" }, TLSACME, []string{"watch.example.org"}},
		{func(c *Config) {
			c.TLS.Mode, c.PublicURL, c.TLS.Names = TLSACME, "https://a.example.org", []string{"b.example.org"}
		}, TLSACME, []string{"b.example.org"}},
		{func(c *Config) { c.TLS.Mode, c.TLS.Names, c.Listen = TLSGenerated, []string{"watch"}, "192.0.2.7:443" }, TLSGenerated,
			[]string{"watch", "recorder", "192.0.2.7", "localhost", "127.0.0.1", "::1"}},
	} {
		d := Default()
		c.change(d)
		if d.TLSMode() != c.mode || d.HTTPS() != (c.mode != TLSOff) {
			t.Errorf("%+v: %s", d.TLS, d.TLSMode())
		}
		if got := d.TLSNames("recorder"); c.want != nil && !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", d.TLS, got, c.want)
		}
	}
}
