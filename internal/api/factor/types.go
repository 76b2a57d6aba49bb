package factor

import (
	"encoding/json"
	"time"

	"watchroom/internal/access/factor/passkey"
	"watchroom/internal/problem"
)

// Factor is one thing that a person shows besides the password.
type Factor struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind" enum:"totp,passkey,card"`
	Name      string     `json:"name" example:"值班室钥匙"`
	CreatedAt time.Time  `json:"createdAt"`
	UsedAt    *time.Time `json:"usedAt,omitempty" doc:"Absent while it was never used."`
	AAGUID    string     `json:"aaguid,omitempty" doc:"Model of the authenticator of a passkey, as it says itself."`
	Party     string     `json:"party,omitempty" doc:"Host name that a passkey works for."`
	Tail      string     `json:"tail,omitempty" doc:"The last four characters of a card's number, where it has eight or more."`
	State     string     `json:"state,omitempty" enum:"no_pin,locked" doc:"Of a card that cannot be used: its owner has chosen no PIN yet, or too many wrong ones in a row were typed."`
}

// Factors is what a person has. No secret is in it.
type Factors struct {
	Items    []Factor   `json:"items"`
	Codes    int        `json:"codes" doc:"Recovery codes that are left."`
	CodesAt  *time.Time `json:"codesAt,omitempty" doc:"When they were made."`
	Required bool       `json:"required" doc:"One of the person's positions must have a second factor."`
}

// OwnFactors is what one has oneself.
type OwnFactors struct {
	Factors
	Notices  []FactorNotice `json:"notices" doc:"What happened to one's factors and was not seen yet, newest first."`
	Passkeys PasskeyUse     `json:"passkeys"`
}

// PasskeyUse tells whether passkeys can be used at the address at which this was asked.
type PasskeyUse struct {
	Usable bool   `json:"usable"`
	Origin string `json:"origin,omitempty" doc:"Address at which they can be used." example:"https://watch.example.org"`
	Code   string `json:"code,omitempty" doc:"Why not: passkey_needs_address, passkey_needs_https or passkey_needs_name."`
}

// FactorNotice tells a person what was done with how they sign in.
type FactorNotice struct {
	ID      string    `json:"id"`
	Kind    string    `json:"kind" enum:"recovery_used,enrolled,removed,copied,card_issued,card_locked,card_unlocked,pin_changed,new_place,session_ended,sessions_ended"`
	At      time.Time `json:"at"`
	By      string    `json:"by,omitempty" doc:"Person, where somebody else did it."`
	ByName  string    `json:"byName,omitempty"`
	Address string    `json:"address"`
	Name    string    `json:"name,omitempty" doc:"Of the factor; of a new place or a session, browser and system."`
	Session string    `json:"session,omitempty" doc:"Id of the session from a new place, see listSessions."`
	Codes   int       `json:"codes,omitempty" doc:"Recovery codes that are left."`
}

// Confirmation shows once more who sits there. Whoever signs in elsewhere, and so has no
// password here, leaves it empty and must have signed in within ten minutes.
type Confirmation struct {
	Password string `json:"password" maxLength:"1000"`
}

// TOTPBeginning is the key for an app, shown only now.
type TOTPBeginning struct {
	Ticket    string    `json:"ticket" doc:"Goes with the first code."`
	Secret    string    `json:"secret" doc:"For typing into the app, base32. Shown only now."`
	URI       string    `json:"uri" doc:"What the QR code says. Shown only now."`
	QR        QRCode    `json:"qr"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// QRCode is a QR code to be drawn as one path.
type QRCode struct {
	Size int    `json:"size" doc:"Width and height of the view box, in modules."`
	Path string `json:"path" doc:"The dark modules, as the d of an SVG path."`
}

// TOTPCode is the first code of an app.
type TOTPCode struct {
	Ticket string `json:"ticket" maxLength:"4000"`
	Code   string `json:"code" maxLength:"64" example:"287082"`
	Name   string `json:"name" maxLength:"200" example:"手机"`
}

// PasskeyBeginning is what the browser is asked for.
type PasskeyBeginning struct {
	Ticket  string              `json:"ticket" doc:"Goes with the answer."`
	Options passkey.KeyCreation `json:"options"`
}

// PasskeyMade is the answer of the browser, all bytes as base64url.
type PasskeyMade struct {
	Ticket     string      `json:"ticket" maxLength:"4000"`
	Name       string      `json:"name" maxLength:"200" example:"值班室钥匙"`
	Credential Attestation `json:"credential"`
}

// Attestation is a new credential (WebAuthn, 5.1).
type Attestation struct {
	ID       string              `json:"id" maxLength:"2000"`
	Type     string              `json:"type" enum:"public-key"`
	Response AttestationResponse `json:"response"`
}

// AttestationResponse is what the authenticator made.
type AttestationResponse struct {
	ClientData string   `json:"clientDataJSON" maxLength:"8000"`
	Object     string   `json:"attestationObject" maxLength:"30000"`
	Transports []string `json:"transports,omitempty" maxItems:"20"`
}

// wire is the answer as the library reads it.
func (a Attestation) wire() ([]byte, error) {
	type full struct {
		Attestation
		RawID string `json:"rawId"`
	}
	b, err := json.Marshal(full{a, a.ID})
	return b, problem.Wrap(err, "read a new passkey")
}

// Enrolled is a new factor, with recovery codes where the person had none.
type Enrolled struct {
	Factor Factor   `json:"factor"`
	Codes  []string `json:"codes" doc:"Recovery codes, shown only now; empty where there were some."`
}

// RecoveryCodes are new recovery codes.
type RecoveryCodes struct {
	Codes []string `json:"codes" doc:"Shown only now."`
}

// NewCard is a staff card that is given to somebody.
type NewCard struct {
	Card   string `json:"card" maxLength:"200" doc:"What the reader types. It is not kept, but for a keyed hash."`
	Name   string `json:"name" maxLength:"200" example:"员工卡"`
	Reason string `json:"reason,omitempty" maxLength:"1000" doc:"Needed where the person has a card, whose place this one takes."`
}

// CardUnlock says why a locked card may be used again.
type CardUnlock struct {
	Reason string `json:"reason" maxLength:"1000"`
}

// CardPIN chooses the PIN of one's own card.
type CardPIN struct {
	Confirmation
	Card string `json:"card" maxLength:"200" doc:"What the reader types."`
	Old  string `json:"old,omitempty" maxLength:"64" doc:"The PIN so far, where there is one."`
	PIN  string `json:"pin" maxLength:"64" doc:"6 to 12 digits."`
}

// FactorName renames a factor.
type FactorName struct {
	Name string `json:"name" maxLength:"200"`
}

// LostFactor says why somebody else's factor is removed.
type LostFactor struct {
	Reason string `json:"reason" maxLength:"1000"`
}
