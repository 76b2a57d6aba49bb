package config

import (
	"fmt"

	"watchroom/internal/secret"
)

// Values gives every key with its value as WriteRedacted prints it: a list of groups is one
// value.
func (c *Config) Values() map[string]string {
	values := map[string]string{}
	for _, f := range fields(c) {
		if !f.group {
			values[f.path] = f.text(true)
		}
	}
	return values
}

// Hidden gives, by key, what Values hides and what the configuration names but does not hold:
// passwords and keys in files and in the environment (env is os.LookupEnv in the program). One
// that cannot be read is left out; whoever needs it says so.
func (c *Config) Hidden(env func(string) (string, bool)) map[string]secret.Text {
	hidden := map[string]secret.Text{}
	put := func(key string, value secret.Text, err error) {
		if err == nil && value != "" {
			hidden[key] = value
		}
	}
	for _, f := range fields(c) {
		if f.secret != "" && !f.group && f.text(false) != f.text(true) {
			put(f.path+".password", secret.Text(f.text(false)), nil)
		}
	}
	for i := range c.Archive.Tiers {
		if t := &c.Archive.Tiers[i]; t.S3() {
			access, key, err := t.Secrets(env)
			put(fmt.Sprintf("archive.tiers[%s].keys", t.Name), access+"\x00"+key, err)
		}
	}
	for i, o := range c.SignIn.OIDC {
		value, err := c.SignIn.ClientSecret(i, env)
		put(fmt.Sprintf("sign_in.oidc[%s].secret", o.Name), value, err)
	}
	for i, l := range c.SignIn.LDAP {
		value, err := c.SignIn.BindPassword(i, env)
		put(fmt.Sprintf("sign_in.ldap[%s].secret", l.Name), value, err)
	}
	return hidden
}
