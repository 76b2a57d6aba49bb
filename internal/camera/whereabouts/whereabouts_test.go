package whereabouts

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// TestOneDevice: the many ways to write an address are one.
func TestOneDevice(t *testing.T) {
	d := Of("rtsp://198.51.100.7:554/ch1?sub=0")
	for url, want := range map[string][2]bool{
		"rtsp://198.51.100.7/ch1": {true, true}, "rtsps://198.51.100.7/CH1/": {true, true}, "rtsps://198.51.100.7:322/ch1#x": {true, true},
		"rtsp://[::ffff:198.51.100.7]/ch1": {true, true}, "rtsp://[64:ff9b::c633:6407]/ch1": {true, true}, "rtsp://198.51.100.7:8554/ch1": {false, true}, "rtsp://198.51.100.7/ch2": {false, true},
		"http://198.51.100.7/ch1": {false, true}, "rtsp://198.51.100.8/ch1": {false, false}, "": {false, false},
	} {
		if whole, host := Of(url).Meets(nil, []Device{d}, nil); whole != want[0] || host != want[1] {
			t.Errorf("%s: %v %v, want %v", url, whole, host, want)
		}
	}
	if _, host := Of("rtsp://GATE.example./a").Meets(nil, []Device{d}, []string{"gate.example"}); !host {
		t.Error("a host that was left")
	}
}

// TestANameIsWhereItLeads: a host that is named is the one to which its name leads now; one that
// nobody answers for is left after a while and is itself.
func TestANameIsWhereItLeads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := map[string][]string{"vault.example": {"2001:db8::7", "::ffff:198.51.100.7"}, "alias.example": {"198.51.100.7"}, "hall.example": {"198.51.100.8"}}
		lookup := func(ctx context.Context, _, host string) (found []netip.Addr, err error) {
			if host == "slow.example" {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			for _, a := range book[host] {
				found = append(found, netip.MustParseAddr(a))
			}
			if found == nil {
				err = errors.New("no such host")
			}
			return found, err
		}
		hosts := []string{"198.51.100.7", "", "slow.example", "nowhere.example"}
		for host := range book {
			hosts = append(hosts, host, host)
		}
		began := time.Now()
		names := Resolve(t.Context(), lookup, hosts)
		if took := time.Since(began); took != longest {
			t.Errorf("left after %v", took)
		}
		for url, want := range map[string][2]bool{
			"rtsp://alias.example/ch1": {true, true}, "rtsp://alias.example/ch2": {false, true}, "rtsp://198.51.100.7/ch1": {true, true}, "rtsp://[2001:db8::7]:8554/ch1": {false, true},
			"rtsp://hall.example/ch1": {false, false}, "rtsp://slow.example/ch1": {false, false}, "rtsp://nowhere.example/ch1": {false, false},
		} {
			if whole, host := Of(url).Meets(names, []Device{Of("rtsp://vault.example/ch1")}, nil); whole != want[0] || host != want[1] {
				t.Errorf("%s: %v %v, want %v", url, whole, host, want)
			}
		}
		if _, host := Of("rtsp://alias.example/").Meets(names, nil, []string{"198.51.100.7"}); !host {
			t.Error("a host that was left")
		}
		if Resolve(t.Context(), nil, hosts) != nil {
			t.Error("nobody was asked")
		}
	})
}
