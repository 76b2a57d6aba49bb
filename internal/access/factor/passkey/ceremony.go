package passkey

import (
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"watchroom/internal/problem"
)

// ErrRefused is what an answer gets that does not prove the key: another challenge, another
// origin, another key, no verification of the person, a signature that is wrong. Its
// cause is for the log.
var ErrRefused = problem.New(problem.Invalid, "passkey_refused", "This passkey was not accepted. Begin again, or use another factor.").On("credential")

// ErrCounter refuses a key that counts no further: somebody may have a copy of it.
var ErrCounter = problem.New(problem.Forbidden, "passkey_counter", "This passkey counts uses that are not known here; somebody may have a copy of it. Remove it and enrol a new one.")

// Owner is whose key it is.
type Owner struct {
	ID          string // handle that the key gives back; says nothing of the person
	Username    string
	DisplayName string
}

// Key is what is kept of a passkey.
type Key struct {
	CredentialID []byte
	PublicKey    []byte // COSE (RFC 9052)
	AAGUID       string // model of the authenticator, as it says itself
	SignCount    uint32
	Flags        uint8 // of the authenticator data (WebAuthn, 6.1)
	Transports   []string
}

// Challenge is what an answer must be signed for, with the party it is for. It goes from
// the beginning of a ceremony to its end where the browser cannot change it.
type Challenge struct {
	Value  string `json:"c"`
	Party  string `json:"p"`
	Origin string `json:"o"`
}

// KeyDescriptor names a key to the browser.
type KeyDescriptor struct {
	ID         string   `json:"id" doc:"base64url"`
	Type       string   `json:"type" example:"public-key"`
	Transports []string `json:"transports,omitempty"`
}

// KeyCreation is what the browser is asked when a key is enrolled (WebAuthn, 5.4), all bytes as base64url.
type KeyCreation struct {
	Challenge string `json:"challenge"`
	RP        struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"rp"`
	User struct {
		ID          string `json:"id"`
		Name        string `json:"name"`
		DisplayName string `json:"displayName"`
	} `json:"user"`
	Parameters []struct {
		Type string `json:"type"`
		Alg  int    `json:"alg"`
	} `json:"pubKeyCredParams"`
	Timeout   int             `json:"timeout,omitempty" doc:"ms"`
	Exclude   []KeyDescriptor `json:"excludeCredentials,omitempty"`
	Selection struct {
		ResidentKey        string `json:"residentKey"`
		RequireResidentKey bool   `json:"requireResidentKey"`
		UserVerification   string `json:"userVerification"`
	} `json:"authenticatorSelection"`
	Attestation string `json:"attestation"`
}

// KeyRequest is what the browser is asked when a key is used (WebAuthn, 5.5).
type KeyRequest struct {
	Challenge        string          `json:"challenge"`
	Timeout          int             `json:"timeout,omitempty" doc:"ms"`
	PartyID          string          `json:"rpId"`
	Allow            []KeyDescriptor `json:"allowCredentials,omitempty" doc:"Absent where the authenticator finds the key by itself."`
	UserVerification string          `json:"userVerification"`
}

// owner is an Owner with keys, as the library wants it.
type owner struct {
	Owner
	keys []Key
}

func (o owner) WebAuthnID() []byte          { return []byte(o.ID) }
func (o owner) WebAuthnName() string        { return o.Username }
func (o owner) WebAuthnDisplayName() string { return o.DisplayName }
func (o owner) WebAuthnCredentials() []webauthn.Credential {
	all := make([]webauthn.Credential, len(o.keys))
	for i, k := range o.keys {
		all[i] = webauthn.Credential{ID: k.CredentialID, PublicKey: k.PublicKey, Flags: webauthn.NewCredentialFlags(protocol.AuthenticatorFlags(k.Flags)),
			Authenticator: webauthn.Authenticator{SignCount: k.SignCount}}
		for _, t := range k.Transports {
			all[i].Transport = append(all[i].Transport, protocol.AuthenticatorTransport(t))
		}
	}
	return all
}

// server is the library set to our rules: the person is verified by the authenticator
// (PIN, finger, face), the key is found without a user name, and no certificate of the
// authenticator is asked for.
func server(p Party) (*webauthn.WebAuthn, error) {
	resident := true
	return webauthn.New(&webauthn.Config{
		RPID: p.ID, RPDisplayName: p.Name, RPOrigins: []string{p.Origin}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: &resident, UserVerification: protocol.VerificationRequired,
		},
	})
}

// into turns the library's options into ours, which the document of the interface describes.
func into[T any](options any) (T, error) {
	var out T
	b, err := json.Marshal(options)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	return out, problem.Wrap(err, "write the options of a passkey")
}

// BeginEnrol begins to make a key beside those that the owner has.
func BeginEnrol(p Party, o Owner, have []Key) (KeyCreation, Challenge, error) {
	w, err := server(p)
	if err != nil {
		return KeyCreation{}, Challenge{}, problem.Wrap(err, "set up passkeys")
	}
	who := owner{Owner: o, keys: have}
	options, s, err := w.BeginRegistration(who, webauthn.WithExclusions(webauthn.Credentials(who.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return KeyCreation{}, Challenge{}, problem.Wrap(err, "begin a passkey")
	}
	out, err := into[KeyCreation](options.Response)
	return out, Challenge{Value: s.Challenge, Party: p.ID, Origin: p.Origin}, err
}

// Enrol checks the answer to BeginEnrol and gives the new key, or ErrRefused.
func Enrol(p Party, o Owner, c Challenge, answer []byte) (Key, error) {
	w, err := server(p)
	if err != nil {
		return Key{}, problem.Wrap(err, "set up passkeys")
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Key{}, refused(err)
	}
	made, err := w.CreateCredential(owner{Owner: o}, webauthn.SessionData{
		Challenge: c.Value, RelyingPartyID: c.Party, Origin: c.Origin, UserID: []byte(o.ID),
		UserVerification: protocol.VerificationRequired, CredParams: webauthn.CredentialParametersDefault(),
	}, parsed)
	if err != nil {
		return Key{}, refused(err)
	}
	k := Key{CredentialID: made.ID, PublicKey: made.PublicKey, AAGUID: guid(made.Authenticator.AAGUID), SignCount: made.Authenticator.SignCount,
		Flags: uint8(made.Flags.ProtocolValue()), Transports: []string{}}
	for _, t := range made.Transport {
		if word := string(t); slices.Contains([]string{"usb", "nfc", "ble", "smart-card", "hybrid", "internal"}, word) && !slices.Contains(k.Transports, word) {
			k.Transports = append(k.Transports, word)
		}
	}
	return k, nil
}

// BeginUse asks for one of the keys, or for any that the authenticator has for this
// party where there are none.
func BeginUse(p Party, o Owner, keys []Key) (KeyRequest, Challenge, error) {
	w, err := server(p)
	if err != nil {
		return KeyRequest{}, Challenge{}, problem.Wrap(err, "set up passkeys")
	}
	var options *protocol.CredentialAssertion
	var s *webauthn.SessionData
	if len(keys) == 0 {
		options, s, err = w.BeginDiscoverableLogin()
	} else {
		options, s, err = w.BeginLogin(owner{Owner: o, keys: keys})
	}
	if err != nil {
		return KeyRequest{}, Challenge{}, problem.Wrap(err, "ask for a passkey")
	}
	out, err := into[KeyRequest](options.Response)
	return out, Challenge{Value: s.Challenge, Party: p.ID, Origin: p.Origin}, err
}

// Answer is a parsed answer to BeginUse, not checked yet.
type Answer struct {
	parsed *protocol.ParsedCredentialAssertionData
}

// Parse reads an answer to BeginUse, or gives ErrRefused.
func Parse(answer []byte) (Answer, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Answer{}, refused(err)
	}
	return Answer{parsed}, nil
}

// CredentialID is the key that the answer says it is from.
func (a Answer) CredentialID() []byte { return a.parsed.RawID }

// Use checks the answer of the owner's key k and gives the key as it is to be kept from
// now on. Its refusals are ErrRefused and ErrCounter.
func Use(p Party, o Owner, k Key, c Challenge, a Answer) (Key, error) {
	w, err := server(p)
	if err != nil {
		return Key{}, problem.Wrap(err, "set up passkeys")
	}
	used, err := w.ValidateLogin(owner{Owner: o, keys: []Key{k}}, webauthn.SessionData{
		Challenge: c.Value, RelyingPartyID: c.Party, Origin: c.Origin, UserID: []byte(o.ID), UserVerification: protocol.VerificationRequired,
	}, a.parsed)
	if err != nil {
		return Key{}, refused(err)
	}
	if used.Authenticator.CloneWarning {
		return Key{}, ErrCounter
	}
	k.SignCount, k.Flags = used.Authenticator.SignCount, uint8(used.Flags.ProtocolValue())
	return k, nil
}

func refused(err error) error { return ErrRefused.Because(err) }

// guid writes 16 bytes as people know them (RFC 9562, 4).
func guid(b []byte) string {
	if len(b) != 16 {
		return ""
	}
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
