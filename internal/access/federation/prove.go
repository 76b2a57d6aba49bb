package federation

import (
	"context"
	"errors"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/federation/ldap"
	"watchroom/internal/access/identity"
	"watchroom/internal/secret"
)

// Asks tells whether a person's password is one of a directory that it can be shown to here.
func (d *Desk) Asks(p account.Person) bool {
	return d != nil && p.Directory != "" && d.find(p.Directory, KindLDAP) != nil
}

// Prove is nil for the password that a person has in an LDAP directory. It opens no session.
// Its refusals are account.ErrWrongPassword, ErrDirectoryAway, ErrDirectoryUnknown and,
// before the directory is asked, limit.ErrTooManyAttempts.
func (d *Desk) Prove(ctx context.Context, p account.Person, password secret.Text, from access.Origin) error {
	x := d.find(p.Directory, KindLDAP)
	if x == nil {
		return ErrDirectoryUnknown
	}
	who, err := identity.OfPerson(ctx, d.DB.Read(), p.ID)
	if err == nil && who.ID == "" {
		err = identity.ErrUnknown
	}
	if err != nil {
		return err
	}
	succeeded, err := d.Access.Attempt(ctx, x.Name, who.Username, from)
	if err != nil {
		return err
	}
	e, err := x.ldap.SignIn(ctx, who.Username, password)
	switch {
	case errors.Is(err, ldap.ErrAway):
		d.Log.WarnContext(ctx, "a directory does not answer as it should", "directory", x.Name, "err", err)
		return ErrDirectoryAway.With("directory", x.Title)
	case err != nil, e.Subject != who.Subject: // a name may have gone to somebody else
		return account.ErrWrongPassword.On("password")
	}
	succeeded()
	return nil
}
