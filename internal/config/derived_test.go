package config

import "testing"

func TestExposed(t *testing.T) {
	for _, c := range []struct {
		listen  string
		tls     bool
		proxies []string
		want    bool
	}{
		{"127.0.0.1:8080", false, nil, false}, {"[::1]:8080", false, nil, false}, {"localhost:8080", false, nil, false},
		{"127.8.9.1:80", false, nil, false}, {"[::ffff:127.0.0.1]:80", false, nil, false},
		{"0.0.0.0:8080", false, nil, true}, {":8080", false, nil, true}, {"[::]:8080", false, nil, true},
		{"192.0.2.7:8080", false, nil, true}, {"recorder.example:8080", false, nil, true},
		{"0.0.0.0:8443", true, nil, false}, {"0.0.0.0:8080", false, []string{"10.0.0.0/8"}, false},
	} {
		d := Default()
		d.Listen, d.TrustedProxies = c.listen, c.proxies
		if c.tls {
			d.TLS.Certificate, d.TLS.Key = "c.pem", "k.pem"
		}
		if got := d.Exposed(); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
