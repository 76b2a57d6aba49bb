package passkey

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"watchroom/internal/testkit/authenticator"
)

func party(t *testing.T) Party {
	t.Helper()
	p, err := PartyOf("https://watch.example.org", "", true, "北校区")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWhichAddressesCanTakePasskeys(t *testing.T) {
	for _, c := range []struct {
		public, host string
		secure       bool
		id, origin   string
		err          error
	}{
		{"https://watch.example.org", "10.0.0.1", false, "watch.example.org", "https://watch.example.org", nil},
		{"https://Watch.Example.org:8443", "", false, "watch.example.org", "https://watch.example.org:8443", nil},
		{"http://watch.example.org", "", false, "", "", ErrNeedsHTTPS},
		{"https://10.0.0.1", "localhost", false, "", "", ErrNeedsName},
		{"https://[::1]:1", "localhost", false, "", "", ErrNeedsName},
		{"http://localhost:8080", "", false, "localhost", "http://localhost:8080", nil},
		{"", "localhost:8080", false, "localhost", "http://localhost:8080", nil},
		{"", "LOCALHOST:8080", true, "localhost", "https://localhost:8080", nil},
		{"", "room.localhost", false, "room.localhost", "http://room.localhost", nil},
		{"", "127.0.0.1:8080", false, "", "", ErrNeedsName},
		{"", "[::1]:8080", false, "", "", ErrNeedsName},
		{"", "[::1]", false, "", "", ErrNeedsName},
		{"", "watch.example.org", true, "", "", ErrNeedsAddress},
		{"", "localhost.evil.example", true, "", "", ErrNeedsAddress},
		{"", "", true, "", "", ErrNeedsAddress},
		{"::", "localhost", true, "", "", ErrNeedsAddress},
	} {
		p, err := PartyOf(c.public, c.host, c.secure, "")
		if !errors.Is(err, c.err) || (c.err == nil) != (err == nil) || p.ID != c.id || p.Origin != c.origin {
			t.Errorf("%q, %q: %+v, %v", c.public, c.host, p, err)
		}
	}
}

var zhang = Owner{ID: "0l3k9vqf5r2ta", Username: "zhang.wei", DisplayName: "张伟"}

// enrolled makes a key as a browser would.
func enrolled(t *testing.T) (*authenticator.Key, Key) {
	t.Helper()
	p := party(t)
	options, c, err := BeginEnrol(p, zhang, nil)
	if err != nil {
		t.Fatal(err)
	}
	if options.RP.ID != p.ID || options.RP.Name != "北校区" || options.User.Name != "zhang.wei" || options.User.DisplayName != "张伟" ||
		options.Selection.UserVerification != "required" || options.Selection.ResidentKey != "required" || !options.Selection.RequireResidentKey ||
		options.Attestation != "none" || len(options.Parameters) == 0 || options.Challenge != c.Value {
		t.Errorf("%+v", options)
	}
	handle, err := base64.RawURLEncoding.DecodeString(options.User.ID)
	if err != nil || string(handle) != zhang.ID {
		t.Errorf("handle %q, %v", handle, err)
	}
	a := authenticator.New(t, p.ID, p.Origin)
	k, err := Enrol(p, zhang, c, a.Create(t, options.Challenge, string(handle)))
	if err != nil {
		t.Fatal(errors.Unwrap(err))
	}
	if k.AAGUID != authenticator.AAGUID || k.SignCount != 1 || len(k.PublicKey) == 0 || len(k.Transports) != 1 {
		t.Errorf("%+v", k)
	}
	return a, k
}

func TestAKeyIsMadeAndUsed(t *testing.T) {
	a, k := enrolled(t)
	p := party(t)
	if options, _, err := BeginEnrol(p, zhang, []Key{k}); err != nil || len(options.Exclude) != 1 {
		t.Errorf("a key that is there is not excluded: %+v, %v", options, err)
	}
	for _, keys := range [][]Key{{k}, nil} {
		options, c, err := BeginUse(p, zhang, keys)
		if err != nil || len(options.Allow) != len(keys) || options.UserVerification != "required" || options.PartyID != p.ID {
			t.Fatalf("%+v, %v", options, err)
		}
		answer, err := Parse(a.Get(t, c.Value))
		if err != nil || string(answer.CredentialID()) != string(k.CredentialID) {
			t.Fatal(err)
		}
		before := k.SignCount
		if k, err = Use(p, zhang, k, c, answer); err != nil || k.SignCount != before+1 {
			t.Fatalf("%+v, %v", k, err)
		}
		if _, err := Use(p, zhang, k, c, answer); !errors.Is(err, ErrCounter) {
			t.Errorf("the same answer again: %v", err)
		}
	}
}

// TestWhatIsRefused: each lie of a browser or an authenticator is found out.
func TestWhatIsRefused(t *testing.T) {
	p := party(t)
	lies := map[string]func(a *authenticator.Key, challenge *string){
		"another origin":    func(a *authenticator.Key, _ *string) { a.Origin = "https://watch.example.org.evil.example" },
		"a port more":       func(a *authenticator.Key, _ *string) { a.Origin = "https://watch.example.org:444" },
		"not https":         func(a *authenticator.Key, _ *string) { a.Origin = "http://watch.example.org" },
		"another party":     func(a *authenticator.Key, _ *string) { a.Party = "example.org" },
		"another challenge": func(_ *authenticator.Key, c *string) { *c = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
		"not verified":      func(a *authenticator.Key, _ *string) { a.Unverified = true },
		"another ceremony":  func(a *authenticator.Key, _ *string) { a.Type = "payment.get" },
	}
	for what, lie := range lies {
		options, c, err := BeginEnrol(p, zhang, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, challenge := authenticator.New(t, p.ID, p.Origin), options.Challenge
		lie(a, &challenge)
		if _, err := Enrol(p, zhang, c, a.Create(t, challenge, zhang.ID)); !errors.Is(err, ErrRefused) {
			t.Errorf("enrolling, %s: %v", what, err)
		}
		a, k := enrolled(t)
		_, c, err = BeginUse(p, zhang, []Key{k})
		if err != nil {
			t.Fatal(err)
		}
		challenge = c.Value
		lie(a, &challenge)
		answer, err := Parse(a.Get(t, challenge))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Use(p, zhang, k, c, answer); !errors.Is(err, ErrRefused) {
			t.Errorf("using, %s: %v", what, err)
		}
	}
	a, k := enrolled(t)
	other, _ := enrolled(t)
	_, c, err := BeginUse(p, zhang, []Key{k})
	if err != nil {
		t.Fatal(err)
	}
	for what, give := range map[string]func() []byte{
		"another key":   func() []byte { return other.Get(t, c.Value) },
		"another owner": func() []byte { a.Handle = "somebody else"; return a.Get(t, c.Value) },
	} {
		answer, err := Parse(give())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Use(p, zhang, k, c, answer); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestACopiedKeyIsNoticed: an answer that counts no further than what is known.
func TestACopiedKeyIsNoticed(t *testing.T) {
	a, k := enrolled(t)
	k.SignCount = 7
	_, c, err := BeginUse(party(t), zhang, []Key{k})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := Parse(a.Get(t, c.Value))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Use(party(t), zhang, k, c, answer); !errors.Is(err, ErrCounter) {
		t.Errorf("err = %v", err)
	}
	// A synced key counts nothing, ever.
	a.Counts, a.Count, k.SignCount = false, 0, 0
	for range 2 {
		if answer, err = Parse(a.Get(t, c.Value)); err != nil {
			t.Fatal(err)
		}
		if _, err := Use(party(t), zhang, k, c, answer); err != nil {
			t.Errorf("a key that does not count: %v", err)
		}
	}
}

func FuzzAnswers(f *testing.F) {
	for _, s := range []string{"", "{}", "null", `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`, strings.Repeat("[", 1000),
		`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"oA","authenticatorData":"AA","signature":"AA"}}`} {
		f.Add([]byte(s))
	}
	p := Party{ID: "watch.example.org", Origin: "https://watch.example.org", Name: "x"}
	f.Fuzz(func(t *testing.T, answer []byte) {
		c := Challenge{Value: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", Party: p.ID, Origin: p.Origin}
		if _, err := Enrol(p, zhang, c, answer); !errors.Is(err, ErrRefused) {
			t.Errorf("enrolled with %q: %v", answer, err)
		}
		a, err := Parse(answer)
		if err != nil {
			return
		}
		if _, err := Use(p, zhang, Key{CredentialID: a.CredentialID()}, c, a); err == nil {
			t.Errorf("used %q", answer)
		}
	})
}
