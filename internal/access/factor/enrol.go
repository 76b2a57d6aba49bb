package factor

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/factor/passkey"
	"watchroom/internal/access/factor/totp"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/text"
)

// Beginning is an enrolment of an app that waits for its first code. It is shown once.
type Beginning struct {
	Ticket secret.Text
	Secret secret.Text // for typing, base32
	URI    secret.Text // what the picture says
	QR     totp.Picture
	Until  int64 // µs
}

// Enrolled is a new factor, with recovery codes where there were none. They are shown once.
type Enrolled struct {
	Factor Factor
	Codes  []secret.Text
}

// confirm lets only a person who sits there go on: signed in by themselves, with a
// password of their own, shown again.
func (f *Factors) confirm(ctx context.Context, who account.Identity, password secret.Text) error {
	if err := access.Enrolling(who.Actor); err != nil {
		return err
	}
	return f.Proved(ctx, who, "factors", f.Account.Confirm(ctx, who, password))
}

// Proved passes on whether somebody who is signed in has shown once more who they are, before
// they change something. A wrong password is on record: who sits there may be another.
func (f *Factors) Proved(ctx context.Context, who account.Identity, before string, err error) error {
	if !errors.Is(err, account.ErrWrongPassword) {
		return err
	}
	act := who.Actor.Act(f.Clock.Micro(), "session.proof_refused", who.Actor.Person, "", map[string]any{"before": before})
	if err := f.record(ctx, act); err != nil {
		return problem.Wrap(err, "record a wrong password")
	}
	return err
}

// enrolling reads the step of an enrolment, which holds for one session.
func (f *Factors) enrolling(who account.Identity, ticket secret.Text, p purpose, from access.Origin) (step, error) {
	if err := access.Enrolling(who.Actor); err != nil {
		return step{}, err
	}
	s, err := f.open(ticket, p, from)
	if err == nil && (s.Person != who.Actor.Person || s.Session != who.Actor.Session || who.Session == nil) {
		return step{}, ErrStepExpired
	}
	return s, err
}

// BeginTOTP makes a secret for an app. Nothing is kept before its first code is shown.
func (f *Factors) BeginTOTP(ctx context.Context, who account.Identity, password secret.Text, from access.Origin) (Beginning, error) {
	if err := f.confirm(ctx, who, password); err != nil {
		return Beginning{}, err
	}
	s := f.newStep(from)
	value := totp.NewSecret()
	s.Person, s.Session, s.Secret = who.Actor.Person, who.Actor.Session, value.Reveal()
	b := Beginning{Ticket: f.seal(s, forTOTP), Secret: value, URI: totp.URI(value, f.Site, who.Person.Username), Until: s.Expires}
	var err error
	b.QR, err = totp.Draw(b.URI)
	return b, err
}

// EnrolTOTP takes the first code of an app, which takes the place of one that was there.
// Its refusals are those of totp.Enrol, before which attempts are counted.
func (f *Factors) EnrolTOTP(ctx context.Context, who account.Identity, ticket secret.Text, code, name string, from access.Origin) (Enrolled, error) {
	name, err := text.Line("name", name, 1, 60) // before the step is used up
	if err != nil {
		return Enrolled{}, err
	}
	s, err := f.enrolling(who, ticket, forTOTP, from)
	if err != nil {
		return Enrolled{}, err
	}
	if err := f.people.Take(who.Actor.Person, f.Clock.Now()); err != nil {
		return Enrolled{}, err
	}
	last, err := totp.Enrol(secret.Text(s.Secret), code, f.Clock.Now())
	if err != nil {
		return Enrolled{}, f.notEnrolled(ctx, who.Actor, TOTP, from, err)
	}
	f.people.Give(who.Actor.Person, 1)
	row := totpRow{ID: db.NewID(), Person: who.Actor.Person, Name: name, LastStep: last, CreatedAt: f.Clock.Micro()}
	row.Sealed = f.Box.Seal(secret.Text(s.Secret), row.place())
	made := Enrolled{Factor: Factor{ID: row.ID, Kind: TOTP, Name: name, CreatedAt: row.CreatedAt}}
	err = f.add(ctx, who, s, &made, from, nil, func(ctx context.Context, tx bun.Tx) error {
		var old totpRow
		err := tx.NewSelect().Model(&old).Column("id", "name").Where("person = ?", row.Person).Scan(ctx)
		switch {
		case absent(err):
		case err != nil:
			return problem.Wrap(err, "read the app before")
		default:
			if err := f.drop(ctx, tx, who.Actor, row.Person, Factor{ID: old.ID, Kind: TOTP, Name: old.Name}, map[string]any{"replaced": row.ID}); err != nil {
				return err
			}
		}
		_, err = tx.NewInsert().Model(&row).Exec(ctx)
		return problem.Wrap(err, "enrol an app")
	})
	return made, err
}

// BeginPasskey asks the browser for a new key.
func (f *Factors) BeginPasskey(ctx context.Context, who account.Identity, password secret.Text, p passkey.Party, from access.Origin) (secret.Text, passkey.KeyCreation, error) {
	if err := f.confirm(ctx, who, password); err != nil {
		return "", passkey.KeyCreation{}, err
	}
	rows, err := f.keys(ctx, f.DB.Read(), who.Actor.Person, "")
	if err != nil {
		return "", passkey.KeyCreation{}, err
	}
	if len(rows) >= mostKeys {
		return "", passkey.KeyCreation{}, ErrTooMany.With("most", mostKeys)
	}
	options, challenge, err := passkey.BeginEnrol(p, ownerOf(who.Person), keysOf(rows))
	if err != nil {
		return "", passkey.KeyCreation{}, err
	}
	s := f.newStep(from)
	s.Person, s.Session, s.Challenge = who.Actor.Person, who.Actor.Session, &challenge
	return f.seal(s, forKey), options, nil
}

func ownerOf(p account.Person) passkey.Owner {
	return passkey.Owner{ID: p.ID, Username: p.Username, DisplayName: p.DisplayName}
}

// EnrolPasskey keeps the key that the browser made. Its public half goes on record (R4).
func (f *Factors) EnrolPasskey(ctx context.Context, who account.Identity, ticket secret.Text, answer []byte, name string, p passkey.Party, from access.Origin) (Enrolled, error) {
	name, err := text.Line("name", name, 1, 60) // before the step is used up
	if err != nil {
		return Enrolled{}, err
	}
	s, err := f.enrolling(who, ticket, forKey, from)
	if err != nil {
		return Enrolled{}, err
	}
	if s.Challenge == nil || s.Challenge.Party != p.ID {
		return Enrolled{}, ErrStepExpired
	}
	k, err := passkey.Enrol(p, ownerOf(who.Person), *s.Challenge, answer)
	if err != nil {
		return Enrolled{}, f.notEnrolled(ctx, who.Actor, Passkey, from, err)
	}
	transports, err := json.Marshal(k.Transports)
	if err != nil {
		return Enrolled{}, err
	}
	row := keyRow{ID: db.NewID(), Person: who.Actor.Person, Name: name, CredentialID: k.CredentialID, PublicKey: k.PublicKey, AAGUID: k.AAGUID,
		SignCount: int64(k.SignCount), Flags: int64(k.Flags), Transports: string(transports), RPID: p.ID, CreatedAt: f.Clock.Micro()}
	made := Enrolled{Factor: Factor{ID: row.ID, Kind: Passkey, Name: name, CreatedAt: row.CreatedAt, AAGUID: k.AAGUID, Party: p.ID}}
	detail := map[string]any{"aaguid": k.AAGUID, "party": p.ID, "publicKey": base64.RawURLEncoding.EncodeToString(k.PublicKey),
		"credential": base64.RawURLEncoding.EncodeToString(k.CredentialID)}
	err = f.add(ctx, who, s, &made, from, detail, func(ctx context.Context, tx bun.Tx) error {
		n, err := tx.NewSelect().Model((*keyRow)(nil)).Where("person = ?", row.Person).Count(ctx)
		if err != nil {
			return problem.Wrap(err, "count passkeys")
		}
		if n >= mostKeys {
			return ErrTooMany.With("most", mostKeys)
		}
		_, err = tx.NewInsert().Model(&row).Exec(ctx)
		if db.IsUnique(err, "passkeys.credential_id") {
			return ErrKeyTaken
		}
		return problem.Wrap(err, "enrol a passkey")
	})
	return made, err
}

// add brings a new factor in: the step, the row that insert writes, codes on paper where
// there are none yet, the act and the notice, all or nothing.
func (f *Factors) add(ctx context.Context, who account.Identity, s step, made *Enrolled, from access.Origin, detail map[string]any, insert func(ctx context.Context, tx bun.Tx) error) error {
	at := made.Factor.CreatedAt
	err := f.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		made.Codes = nil
		if err := f.take(ctx, tx, s); err != nil {
			return err
		}
		if err := insert(ctx, tx); err != nil {
			return err
		}
		about := map[string]any{"kind": made.Factor.Kind, "name": made.Factor.Name, "address": from.Address}
		for k, v := range detail {
			about[k] = v
		}
		if err := ledger.Record(ctx, tx, who.Actor.Act(at, "factor.enrolled", made.Factor.ID, "", about)); err != nil {
			return err
		}
		if err := f.notify(ctx, tx, who.Actor.Person, Notice{Kind: "enrolled", At: at, Address: from.Address, Name: made.Factor.Name}); err != nil {
			return err
		}
		own, err := f.all(ctx, tx, who.Actor.Person)
		if err != nil || own.recoveries > 0 {
			return err
		}
		made.Codes, err = f.newCodes(ctx, tx, who.Actor, at)
		return err
	})
	if err != nil {
		made.Codes = nil
		return err
	}
	f.tell(who.Actor.Person)
	if who.FactorMissing { // what was refused is allowed now
		f.Account.RightsChanged(who.Actor.Person, "factor")
	}
	return nil
}

// notEnrolled writes a refused enrolment down and gives its refusal.
func (f *Factors) notEnrolled(ctx context.Context, actor access.Actor, kind string, from access.Origin, why error) error {
	if ours(why) {
		return why
	}
	f.Log.InfoContext(ctx, "a second factor was not enrolled", "person", actor.Person, "kind", kind, "error", why)
	act := actor.Act(f.Clock.Micro(), "factor.refused", actor.Person, "",
		map[string]any{"kind": kind, "at": "enrolment", "why": problem.Of(why).Code, "address": from.Address})
	if err := f.record(ctx, act); err != nil {
		return problem.Wrap(err, "record a refused enrolment")
	}
	return why
}

// record writes an act that stands alone.
func (f *Factors) record(ctx context.Context, a ledger.Act) error {
	return f.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { return ledger.Record(ctx, tx, a) })
}
