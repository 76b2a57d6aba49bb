package app_test

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf16"

	"watchroom/internal/access/factor/totp"
	"watchroom/internal/app"
	"watchroom/internal/config"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// forms are the ways in which a secret may be written without being sealed.
func forms(value string) map[string][]byte {
	wide := utf16.Encode([]rune(value))
	var utf16le []byte
	for _, u := range wide {
		utf16le = append(utf16le, byte(u), byte(u>>8))
	}
	all := map[string][]byte{
		"clear": []byte(value), "UTF-16": utf16le, "in an address": []byte(url.QueryEscape(value)),
		"hex": []byte(hex.EncodeToString([]byte(value))), "HEX": []byte(strings.ToUpper(hex.EncodeToString([]byte(value)))),
		"base32": []byte(strings.TrimRight(base32.StdEncoding.EncodeToString([]byte(value)), "=")),
	}
	for before, name := range []string{"base64", "base64 after one", "base64 after two"} { // wherever it begins
		b := base64.StdEncoding.EncodeToString(append(make([]byte, before), value...))
		whole := strings.TrimRight(b, "=")
		cut := whole[min(len(whole), (before*8+5)/6) : len(whole)-1]
		all[name], all[name+", of addresses"] = []byte(cut), []byte(strings.NewReplacer("+", "-", "/", "_").Replace(cut))
	}
	return all
}

// search gives where in the files below a folder secrets are readable, by name.
func search(t *testing.T, folder string, secrets map[string]string) (found []string, files int) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() { // sockets hold nothing
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		rel, _ := filepath.Rel(folder, path)
		for name, value := range secrets {
			for form, b := range forms(value) {
				if bytes.Contains(content, b) {
					found = append(found, name+" in "+rel+", "+form)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, files
}

// TestSecretsAtRest uses an installation for everything that has a secret, and then opens
// every file of its data folder, the database with its journal among them, while it runs and
// after it has ended: none of the secrets is in it, in any usual form. Whoever gets hold of a
// disk, or of a backup without the key file, gets none.
func TestSecretsAtRest(t *testing.T) {
	clause.Covers(t, "C094", "C101")
	leak.Check(t)
	const ofAdmin, ofGuard, ofCamera, inURL, ofBucket, ofDirectory = "Plum-ferry-71 harbour", "Quartz-owl-38 meadow", "camera-Zt4kQ9pw", "inurl-Hy7mX2cv", "bucket-Lw8nB5rd", "binddn-Fk3sV6tj"
	data := filepath.Join(t.TempDir(), "data")
	c := settings(t, data)
	outside := t.TempDir()
	keys, bind := filepath.Join(outside, "s3.keys"), filepath.Join(outside, "ldap.password")
	for file, text := range map[string]string{keys: "access\n" + ofBucket + "\n", bind: ofDirectory + "\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c.Archive.Tiers = []config.Tier{{Name: "cloud", Endpoint: "http://127.0.0.1:9", Region: "eu-1", Bucket: "footage", MoveAfter: time.Hour, Keys: keys}}
	c.SignIn.LDAP = []config.LDAP{{Name: "house", Title: "House", Kind: "ldap", URL: "ldap://127.0.0.1:9", BindDN: "cn=reader,dc=example,dc=org", SecretFile: bind,
		Base: "dc=example,dc=org", Filter: "(uid={username})", IDAttribute: "entryUUID", UsernameAttribute: "uid", NameAttribute: "cn", Positions: []string{"operator=cn=guards,dc=example,dc=org"}, Timeout: time.Second}}
	said := &kept{}
	a := &app.App{Config: c, Web: fstest.MapFS{}, AdminPassword: ofAdmin, Log: slog.New(slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	secrets := map[string]string{
		"the administrator's password": ofAdmin, "a guard's password": ofGuard, "a camera's password": ofCamera, "a password in an address": inURL,
		"the key of a bucket": ofBucket, "the password of a directory's reader": ofDirectory,
	}
	s := cameras(t, 1)
	gate := add(t, a, s, 1, "Gate")
	answers := &kept{}
	cl := &client{t: t, base: a.URL, all: answers}
	enter := func(body string) {
		t.Helper()
		cl.cookie = ""
		status, text, header := cl.do("POST", "/api/v1/session", body)
		if status != 201 {
			t.Fatalf("sign in: %d %s", status, text)
		}
		cl.cookie, _, _ = strings.Cut(header.Get("Set-Cookie"), ";")
		_, value, _ := strings.Cut(cl.cookie, "=")
		secrets["a session "+value[:4]] = value
	}
	ask := func(method, path, body string, want int) map[string]any {
		t.Helper()
		status, text, _ := cl.do(method, path, body)
		if status != want {
			t.Fatalf("%s %s: %d %s", method, path, status, text)
		}
		var out map[string]any
		_ = json.Unmarshal(text, &out) // some answer nothing
		return out
	}
	enter(`{"username":"admin","password":"` + ofAdmin + `"}`)
	ask("PATCH", "/api/v1/cameras/"+gate.ID, `{"main":{"username":"viewer","password":"`+ofCamera+`"}}`, 200)
	ask("POST", "/api/v1/cameras", `{"name":"Yard","main":{"url":"rtsp://viewer:`+inURL+`@127.0.0.1:9/none"}}`, 201)
	token := ask("POST", "/api/v1/tokens", `{"name":"metrics","actions":["metrics.read"]}`, 201)
	secrets["a token"] = token["token"].(string)
	person := ask("POST", "/api/v1/people", `{"username":"guard","displayName":"Guard","positions":["operator"]}`, 201)
	made := person["initialPassword"].(string)
	secrets["a password that was made"] = made
	cl.do("POST", "/api/v1/session", `{"username":"somebody","password":"`+ofDirectory+`-typed","directory":"house"}`)
	secrets["a password that was typed"] = ofDirectory + "-typed"
	enter(`{"username":"guard","password":"` + made + `"}`)
	ask("PUT", "/api/v1/session/password", `{"current":"`+made+`","new":"`+ofGuard+`"}`, 204)
	begun := ask("POST", "/api/v1/session/factors/totp", `{"password":"`+ofGuard+`"}`, 200)
	key := begun["secret"].(string)
	secrets["the key of an app"] = key
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(strings.ReplaceAll(key, " ", "")))
	if err != nil {
		t.Fatal(err)
	}
	secrets["the bytes of an app's key"] = string(raw)
	code, err := totp.Code(secret.Text(key), totp.StepOf(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	enrolled := ask("POST", "/api/v1/session/factors/totp/confirm", `{"ticket":"`+begun["ticket"].(string)+`","code":"`+code+`","name":"phone"}`, 201)
	for i, paper := range enrolled["codes"].([]any) {
		if i < 3 {
			secrets["a code on paper "+paper.(string)[:2]] = paper.(string)
			secrets["a code on paper, bare, "+paper.(string)[:2]] = strings.ReplaceAll(paper.(string), "-", "")
		}
	}
	const ofCard, ofPIN = "0004719283776", "804137926"
	guard := cl.cookie
	enter(`{"username":"admin","password":"` + ofAdmin + `"}`)
	ask("POST", "/api/v1/people/"+person["person"].(map[string]any)["id"].(string)+"/card", `{"card":"`+ofCard+`","name":"staff card"}`, 201)
	cl.cookie = guard
	ask("POST", "/api/v1/session/factors/card/pin", `{"password":"`+ofGuard+`","card":"`+ofCard+`","pin":"`+ofPIN+`"}`, 201)
	secrets["the number of a card"], secrets["the PIN of a card"] = ofCard, ofPIN
	until(t, "a sealed copy of the cameras", func() bool {
		found := false
		_ = filepath.WalkDir(data, func(path string, _ fs.DirEntry, _ error) error {
			found = found || strings.HasPrefix(filepath.Base(path), "cameras")
			return nil
		})
		return found
	})

	running, files := search(t, data, secrets)
	a.Close()
	ended, _ := search(t, data, secrets)
	for _, leaks := range [][]string{running, ended} {
		for _, l := range leaks {
			t.Error(l)
		}
	}
	logged := said.String()
	for name, value := range secrets {
		for form, b := range forms(value) {
			if strings.Contains(logged, string(b)) {
				t.Errorf("the log holds %s, %s", name, form)
			}
		}
	}
	if files < 5 || len(secrets) < 16 {
		t.Errorf("%d files were searched for %d secrets: the test looks at too little", files, len(secrets))
	}
	// The search finds what there is to find, in every form.
	for form, b := range forms(ofCamera) {
		planted := t.TempDir()
		if err := os.WriteFile(filepath.Join(planted, "file"), append([]byte("before\x00"), b...), 0o600); err != nil {
			t.Fatal(err)
		}
		if found, _ := search(t, planted, map[string]string{"it": ofCamera}); len(found) == 0 {
			t.Errorf("the search does not see what is written as %s", form)
		}
	}
}
