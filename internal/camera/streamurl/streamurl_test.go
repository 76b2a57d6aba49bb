package streamurl

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"watchroom/internal/secret"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		raw, clean, username, password string
		err                            error
	}{
		{"rtsp://10.0.0.1/live", "rtsp://10.0.0.1/live", "", "", nil},
		{" RTSP://Cam.Example:554/Live?a=B ", "rtsp://cam.example:554/Live?a=B", "", "", nil},
		{"rtsps://admin:secret@10.0.0.1:322/ch1", "rtsps://10.0.0.1:322/ch1", "admin", "secret", nil},
		{"rtsp://admin@10.0.0.1/", "rtsp://10.0.0.1/", "admin", "", nil},
		{"rtsp://:only@10.0.0.1", "rtsp://10.0.0.1", "", "only", nil},
		{"rtsp://admin:p%40ss%3Aw%2Frd@10.0.0.1/x", "rtsp://10.0.0.1/x", "admin", "p@ss:w/rd", nil},
		{"rtsp://admin:p@ss@10.0.0.1/x", "rtsp://10.0.0.1/x", "admin", "p@ss", nil},
		{"rtsp://admin:pa#ss@10.0.0.1:554/x", "rtsp://10.0.0.1:554/x", "admin", "pa#ss", nil},
		{"rtsp://admin:pa/ss?x@10.0.0.1:554/x@2", "rtsp://10.0.0.1:554/x@2", "admin", "pa/ss?x", nil},
		{"rtsp://admin:100%@10.0.0.1/x", "rtsp://10.0.0.1/x", "admin", "100%", nil},
		{"rtsp://admin:密码@10.0.0.1/x", "rtsp://10.0.0.1/x", "admin", "密码", nil},
		{"rtsp://10.0.0.1/stream@2", "rtsp://10.0.0.1/stream@2", "", "", nil},
		{"rtsp://10.0.0.1/a#fragment", "rtsp://10.0.0.1/a", "", "", nil},
		{"rtsp://10.0.0.1/a b", "rtsp://10.0.0.1/a%20b", "", "", nil},
		{"rtsp://[2001:DB8::1]:8554/x", "rtsp://[2001:db8::1]:8554/x", "", "", nil},
		{"rtsp://u:p@[::1]/x", "rtsp://[::1]/x", "u", "p", nil},
		{"rtsp://[fe80::1%25eth0]/x", "rtsp://[fe80::1%25eth0]/x", "", "", nil},
		{"rtsp://门口.local/x", "rtsp://门口.local/x", "", "", nil},
		{"rtsp://10.0.0.1:65535/x", "rtsp://10.0.0.1:65535/x", "", "", nil},
		{"rtsp://10.0.0.1/?user=admin&password=tiger&channel=1", "rtsp://10.0.0.1/?user=admin&password={password}&channel=1", "", "tiger", nil},
		{"rtsp://10.0.0.1/user=admin&password=t%26r&channel=1", "rtsp://10.0.0.1/user=admin&password={password}&channel=1", "", "t&r", nil},
		{"rtsp://10.0.0.1/user=admin_password=tiger_channel=1_stream=0.sdp", "rtsp://10.0.0.1/user=admin_password={password}_channel=1_stream=0.sdp", "", "tiger", nil},
		{"rtsp://10.0.0.1/user=admin&password=&channel=1", "rtsp://10.0.0.1/user=admin&password=&channel=1", "", "", nil},
		{"rtsp://10.0.0.1/?pwd={password}", "rtsp://10.0.0.1/?pwd={password}", "", "", nil},
		{"rtsp://a:one@10.0.0.1/?pwd=two", "rtsp://10.0.0.1/?pwd={password}", "a", "one", nil},

		{"http://10.0.0.1/x", "", "", "", ErrScheme},
		{"10.0.0.1/x", "", "", "", ErrScheme},
		{"", "", "", "", ErrScheme},
		{"file:///etc/passwd", "", "", "", ErrScheme},
		{"rtsp:/10.0.0.1/x", "", "", "", ErrScheme},
		{"rtsp://", "", "", "", ErrHost},
		{"rtsp:///path", "", "", "", ErrHost},
		{"rtsp://user:pass@/x", "", "", "", ErrHost},
		{"rtsp://:554/x", "", "", "", ErrHost},
		{"rtsp://10.0.0.1:0/x", "", "", "", ErrInvalid},
		{"rtsp://10.0.0.1:65536/x", "", "", "", ErrInvalid},
		{"rtsp://10.0.0.1:+554/x", "", "", "", ErrInvalid},
		{"rtsp://10.0.0.1:port/x", "", "", "", ErrInvalid},
		{"rtsp://two words/x", "", "", "", ErrInvalid},
		{"rtsp://[::1/x", "", "", "", ErrInvalid},
		{"rtsp://[not6]/x", "", "", "", ErrInvalid},
		{"rtsp://-cam/x", "", "", "", ErrInvalid},
		{"rtsp://10.0.0.1/a\r\nX: y", "", "", "", ErrInvalid},
		{"rtsp://10.0.0.1/a\x00", "", "", "", ErrInvalid},
		{"rtsp://10.0.0.1/%zz", "", "", "", ErrInvalid},
		{"rtsp://10.0.0.1/" + strings.Repeat("x", 2000), "", "", "", ErrInvalid},
	} {
		clean, username, password, err := Split(c.raw)
		if clean != c.clean || username != c.username || password.Reveal() != c.password || !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("%q:\n got %q %q %q %v\nwant %q %q %q %v", c.raw, clean, username, password.Reveal(), err, c.clean, c.username, c.password, c.err)
		}
	}
}

// TestTyped: an empty field beside a URL takes nothing away from what is inside.
func TestTyped(t *testing.T) {
	const raw = "rtsp://guard:p%40ss:w%2Frd@host/1"
	for _, c := range []struct {
		user *string
		pass *secret.Text
		err  error
	}{
		{}, {user: p("")}, {p(""), p(secret.Text("")), nil}, {p("guard"), nil, nil}, {p("guard"), p(secret.Text("p@ss:w/rd")), nil},
		{p("Guard"), nil, ErrCredentialsDiffer}, {nil, p(secret.Text("p%40ss:w%2Frd")), ErrCredentialsDiffer},
	} {
		clean, user, pass, err := Typed(raw, c.user, c.pass)
		if !errors.Is(err, c.err) || err == nil && (clean != "rtsp://host/1" || user != "guard" || pass != "p@ss:w/rd") {
			t.Errorf("%v: %q %q %v", c, clean, user, err)
		}
	}
}

func TestSplitErrorsHoldNoPassword(t *testing.T) {
	for _, raw := range []string{
		"rtsp://admin:hidden@10.0.0.1:99999/x", "http://admin:hidden@10.0.0.1/", "hidden://x", "rtsp://admin:hidden@/x",
		"admin:hidden@10.0.0.1", "rtsp://admin:hidden@10.0.0.1/%zz", "admin:hidden@http://x",
	} {
		_, _, _, err := Split(raw)
		if raw == "hidden://x" {
			continue // a scheme is no secret
		}
		if err == nil || strings.Contains(fmt.Sprintf("%+v", err), "hidden") {
			t.Errorf("%q: %+v", raw, err)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"rtsp://a:b@h:1/p?q#f", "rtsps://[::1%25x]/", "rtsp://a:b/c@d@e", "rtsp://h/user=a_password=b_c", "rtsp://%41:%@h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		clean, _, _, err := Split(raw)
		if err != nil {
			return
		}
		u, err := url.Parse(strings.ReplaceAll(clean, PasswordMark, "x"))
		if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.Scheme != "rtsp" && u.Scheme != "rtsps" {
			t.Fatalf("%q gives %q: %+v, %v", raw, clean, u, err)
		}
		again, username, password, err := Split(clean)
		if err != nil || again != clean || username != "" || password != "" {
			t.Fatalf("%q gives %q, and that %q %q %q %v", raw, clean, again, username, password.Reveal(), err)
		}
	})
}

func p[T any](v T) *T { return &v }
