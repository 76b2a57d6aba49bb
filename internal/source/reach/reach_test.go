package reach

import (
	"errors"
	"net"
	"net/netip"
	"testing"
)

func TestCheck(t *testing.T) {
	cases := []struct {
		address string
		refused bool
	}{
		{"192.168.1.64", false},
		{"10.0.0.1", false},
		{"172.16.3.4", false},
		{"127.0.0.1", false},
		{"::1", false},
		{"100.64.0.1", false},
		{"8.8.8.8", false},
		{"fd12:3456::1", false},
		{"2001:db8::1", false},
		{"::ffff:192.168.1.64", false},
		{"64:ff9b::c0a8:140", false},
		{"169.254.169.254", true},
		{"169.254.0.23", true},
		{"::ffff:169.254.169.254", true},
		{"::169.254.169.254", true},
		{"64:ff9b::a9fe:a9fe", true},
		{"2002:a9fe:a9fe::1", true},
		{"fe80::1", true},
		{"fe80::1%eth0", true},
		{"fd00:ec2::254", true},
		{"fd00:ec2::254%eth0", true},
		{"100.100.100.200", true},
		{"168.63.129.16", true},
		{"192.0.0.192", true},
		{"224.0.0.1", true},
		{"239.255.0.1", true},
		{"ff02::1", true},
		{"255.255.255.255", true},
		{"::ffff:255.255.255.255", true},
		{"0.0.0.0", true},
		{"0.1.2.3", true},
		{"::", true},
		{"::ffff:0.0.0.0", true},
	}
	for _, c := range cases {
		err := Check(netip.MustParseAddr(c.address))
		if (err != nil) != c.refused {
			t.Errorf("%s: %v", c.address, err)
		}
		var r *RefusedError
		if err != nil && (!errors.As(err, &r) || r.Address != netip.MustParseAddr(c.address).String()) {
			t.Errorf("%s: %v", c.address, err)
		}
	}
	if Check(netip.Addr{}) == nil {
		t.Error("no address was allowed")
	}
}

func TestPlain(t *testing.T) {
	for written, want := range map[string]string{
		"192.168.1.64": "192.168.1.64", "::ffff:192.168.1.64": "192.168.1.64", "::192.168.1.64": "192.168.1.64",
		"64:ff9b::c0a8:140": "192.168.1.64", "fd00::7%eth0": "fd00::7", "::1": "::1",
	} {
		if got := Plain(netip.MustParseAddr(written)); got != netip.MustParseAddr(want) {
			t.Errorf("%s: %v", written, got)
		}
	}
}

func TestNamed(t *testing.T) {
	cases := []struct {
		from, to string
		refused  bool
	}{
		{"192.168.1.64", "192.168.1.65", false},
		{"192.168.1.64", "127.0.0.1", true},
		{"192.168.1.64", "::1", true},
		{"192.168.1.64", "::ffff:127.0.0.1", true},
		{"127.0.0.1", "127.0.0.2", false},
		{"::ffff:127.0.0.1", "127.0.0.1", false},
		{"127.0.0.1", "169.254.169.254", true},
	}
	for _, c := range cases {
		if err := Named(netip.MustParseAddr(c.from), netip.MustParseAddr(c.to)); (err != nil) != c.refused {
			t.Errorf("%s names %s: %v", c.from, c.to, err)
		}
	}
}

// TestControl dials: the refusal comes before a packet leaves.
func TestControl(t *testing.T) {
	d := net.Dialer{Control: Control}
	var r *RefusedError
	for _, address := range []string{"169.254.169.254:80", "0.0.0.0:80", "[::ffff:169.254.169.254]:80"} {
		if _, err := d.DialContext(t.Context(), "tcp", address); !errors.As(err, &r) {
			t.Errorf("%s: %v", address, err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := d.DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}
