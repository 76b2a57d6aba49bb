package config

import (
	"strings"
	"testing"
	"time"
)

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

func TestTimeServers(t *testing.T) {
	d := Default()
	d.Time.Servers = []string{"ntp.example.org", "192.0.2.1:1123", "2001:db8::1", "[2001:db8::2]:123"}
	if err := d.Validate(); err != nil {
		t.Error(err)
	}
	if got, want := strings.Join(d.TimeServers(), " "), "ntp.example.org:123 192.0.2.1:1123 [2001:db8::1]:123 [2001:db8::2]:123"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, bad := range []string{"", ":123", "ntp.example.org:", "ntp.example.org:0", "ntp.example.org:70000", "ntp://ntp.example.org", "a b", "a:1:2"} {
		d.Time.Servers = []string{bad}
		if d.Validate() == nil {
			t.Errorf("%q is a time server", bad)
		}
	}
	d.Time.Servers = nil
	d.Time.WarnOffset, d.Time.AlarmOffset = 5*time.Second, 5*time.Second
	if d.Validate() == nil {
		t.Error("the alarm comes with the warning")
	}
}
