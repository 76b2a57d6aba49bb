package route

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestWhoIsAtTheOtherEnd(t *testing.T) {
	trusted := Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	cases := []struct {
		name    string
		proxies Proxies
		remote  string
		header  http.Header
		tls     bool
		want    string
		secure  bool
		proxied bool
	}{
		{name: "direct", remote: "192.0.2.7:4000", want: "192.0.2.7"},
		{name: "direct over TLS", remote: "192.0.2.7:4000", tls: true, want: "192.0.2.7", secure: true},
		{name: "IPv4 in IPv6", remote: "[::ffff:192.0.2.7]:4000", want: "192.0.2.7"},
		{name: "a stranger's header is not believed", proxies: trusted, remote: "192.0.2.7:4000",
			header: http.Header{"X-Forwarded-For": {"127.0.0.1"}, "X-Forwarded-Proto": {"https"}}, want: "192.0.2.7", proxied: true},
		{name: "through a proxy", proxies: trusted, remote: "10.0.0.1:4000",
			header: http.Header{"X-Forwarded-For": {"192.0.2.7"}, "X-Forwarded-Proto": {"https"}}, want: "192.0.2.7", secure: true, proxied: true},
		{name: "through two proxies", proxies: trusted, remote: "[::1]:4000",
			header: http.Header{"X-Forwarded-For": {"192.0.2.7, 10.9.9.9"}}, want: "192.0.2.7", proxied: true},
		{name: "what stands left of the client is invented", proxies: trusted, remote: "10.0.0.1:4000",
			header: http.Header{"X-Forwarded-For": {"127.0.0.1", "192.0.2.7"}}, want: "192.0.2.7", proxied: true},
		{name: "a proxy that names itself alone", remote: "127.0.0.1:4000", header: http.Header{"Via": {"1.1 proxy"}}, want: "127.0.0.1", proxied: true},
		{name: "a proxy that names the host alone", remote: "127.0.0.1:4000", header: http.Header{"X-Forwarded-Host": {"watch.example.org"}}, want: "127.0.0.1", proxied: true},
		{name: "no address", proxies: trusted, remote: "10.0.0.1:4000",
			header: http.Header{"X-Forwarded-For": {"unknown"}}, want: "10.0.0.1", proxied: true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = c.remote
			for k, v := range c.header {
				r.Header[k] = v
			}
			if c.tls {
				r.TLS = &tls.ConnectionState{}
			}
			got := c.proxies.Read(r)
			if got.Remote.String() != c.want || got.Secure != c.secure || got.Proxied != c.proxied {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestWellformed(t *testing.T) {
	for target, want := range map[string]bool{
		"/api/v1/cameras/%E4%B8%9C%E9%97%A8?q=%E4%B8%9C": true,
		"/api/v1/cameras?camera=%00":                     false,
		"/api/v1/cameras/a%00b":                          false,
		"/api/v1/cameras?camera=%ff%fe":                  false,
		"/api/v1/cameras?camera=%zz":                     false,
		"/api/v1/cameras/%ff":                            false,
	} {
		if got := Wellformed(httptest.NewRequest("GET", target, nil)); got != want {
			t.Errorf("%s: %v", target, got)
		}
	}
}
