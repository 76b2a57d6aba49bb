package camera

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"watchroom/internal/access"
	"watchroom/internal/disclosure/trace"
	"watchroom/internal/problem"
)

func TestSameHost(t *testing.T) {
	cases := []struct {
		a, b string
		want bool
	}{
		{"rtsp://192.0.2.10/a", "rtsp://192.0.2.10/b", true},
		{"rtsp://192.0.2.10/a", "rtsp://192.0.2.10:554/b", true},
		{"rtsp://Cam.Example/a", "rtsp://cam.example/b", true},
		{"rtsp://u:p@192.0.2.10/a", "rtsp://192.0.2.10/b", true},
		{"rtsps://192.0.2.10/a", "rtsps://192.0.2.10:322/b", true},
		{"rtsp://192.0.2.10/a", "rtsps://192.0.2.10/a", false},
		{"rtsp://192.0.2.10/a", "rtsp://192.0.2.11/a", false},
		{"rtsp://192.0.2.10@198.51.100.7/a", "rtsp://192.0.2.10/a", false},
		{"rtsp://192.0.2.10.evil.example/a", "rtsp://192.0.2.10/a", false},
		{"http://192.0.2.10/a", "http://192.0.2.10/a", false},
		{"", "", false},
	}
	for _, c := range cases {
		if got := sameHost(c.a, c.b); got != c.want {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
}

func TestPaths(t *testing.T) {
	for raw, want := range map[string]string{
		"rtsp://192.0.2.10:554/a": "/a", "rtsp://u:p@192.0.2.10/A/": "/a", "rtsp://192.0.2.10//x/../a?anything=1": "/a",
		"rtsp://192.0.2.10/%61": "/a", "rtsp://192.0.2.10": "/", "http://192.0.2.10/a": "",
	} {
		if got := pathOf(raw); got != want {
			t.Errorf("%s: %s", raw, got)
		}
	}
}

// TestDevices: however an address is written, it leads to the device that it leads to.
func TestDevices(t *testing.T) {
	x := &Routes{Resolve: func(_ context.Context, _, host string) ([]netip.Addr, error) {
		known := map[string]string{"cam.example": "192.0.2.10", "localhost": "::1", "mapped.example": "::ffff:192.0.2.10"}
		if known[host] == "" {
			return nil, errors.New("no such host")
		}
		return []netip.Addr{netip.MustParseAddr("203.0.113.1"), netip.MustParseAddr(known[host])}, nil
	}}
	for _, c := range []struct {
		a, b        string
		same, found bool
	}{
		{"rtsp://192.0.2.10/a", "rtsp://192.0.2.10:554/b", true, true},
		{"rtsp://u:p@192.0.2.10/a", "rtsp://[::ffff:192.0.2.10]/b?c", true, true},
		{"rtsp://[64:ff9b::c000:20a]/a", "rtsp://192.0.2.10/a", true, true},
		{"rtsp://cam.example/a", "rtsp://192.0.2.10/b", true, true},
		{"rtsp://CAM.example/a", "rtsp://mapped.example/b", true, true},
		{"rtsp://localhost:8554/a", "rtsp://127.0.0.1:8554/b", true, true},
		{"rtsp://127.0.0.2:8554/a", "rtsp://[::1]:8554/b", true, true},
		{"rtsps://192.0.2.10/a", "rtsp://192.0.2.10/a", true, true},
		{"rtsp://gone.example/a", "rtsp://gone.example/b", true, false},
		{"rtsp://gone.example/a", "rtsp://192.0.2.10/b", false, false},
		{"rtsp://192.0.2.11/a", "rtsp://192.0.2.10/a", false, true},
		{"rtsp://192.0.2.10:8554/a", "rtsp://192.0.2.10/a", true, true}, // a port is easily led on to another
		{"rtsp://192.0.2.10@198.51.100.7/a", "rtsp://192.0.2.10/a", false, true},
	} {
		a, okA := deviceOf(c.a)
		b, okB := deviceOf(c.b)
		found := x.resolve(t.Context(), []*device{&a, &b})
		if !okA || !okB || found != c.found || a.same(&b) != c.same || b.same(&a) != c.same {
			t.Errorf("%s and %s: %v, %v", c.a, c.b, a.same(&b), found)
		}
	}
	if _, ok := deviceOf("http://192.0.2.10/"); ok {
		t.Error("a web address is a device")
	}
}

// TestResolvingEnds: a resolver that never answers is left after a while.
func TestResolvingEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := &Routes{Resolve: func(ctx context.Context, _, _ string) ([]netip.Addr, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		began := time.Now()
		var all []*device
		for i := range 3 * resolveAtOnce {
			d, _ := deviceOf(fmt.Sprintf("rtsp://cam%d.example/", i))
			all = append(all, &d)
		}
		if x.resolve(t.Context(), all) || time.Since(began) != resolveLimit {
			t.Errorf("took %v", time.Since(began))
		}
	})
}

func TestTestsAreCountedByTheMinute(t *testing.T) {
	var l tests
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	for n := range testsMinute {
		if !l.allow("a", now.Add(time.Duration(n)*time.Second)) {
			t.Errorf("test %d is refused", n+1)
		}
	}
	late := now.Add(59 * time.Second)
	if l.allow("a", late) || !l.allow("b", late) || !l.allow("a", now.Add(time.Minute)) {
		t.Error("so many tests a minute for each person and host")
	}
	l.allow("c", now.Add(time.Hour))
	if len(l.begun) != 1 {
		t.Errorf("%d are remembered", len(l.begun))
	}
}

// TestUserInformationNeverDecidesTheHost: what stands before the @ is not where the
// password goes.
func TestUserInformationNeverDecidesTheHost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		user := rapid.StringMatching(`[a-z0-9.:%-]{0,20}`).Draw(t, "user")
		raw := fmt.Sprintf("rtsp://%s@198.51.100.7/x", user)
		if sameHost(raw, "rtsp://192.0.2.10/x") {
			t.Fatalf("%s passes for 192.0.2.10", raw)
		}
	})
}

func TestReachable(t *testing.T) {
	for raw, code := range map[string]string{
		"rtsp://192.168.1.20/": "", "rtsp://127.0.0.1:8554/gate": "", "rtsp://camera.example/": "", "rtsp://[fd00::7]/": "",
		"rtsp://169.254.169.254/": "test_address_refused", "rtsp://[::ffff:169.254.169.254]:80/": "test_address_refused",
		"rtsp://0.0.0.0/": "test_address_refused", "rtsp://[::]/": "test_address_refused", "rtsp://239.1.2.3/": "test_address_refused",
		"rtsp://255.255.255.255/": "test_address_refused",
	} {
		_, err := reachable(raw)
		if err == nil && code != "" {
			t.Errorf("%s is let through", raw)
		}
		if err != nil && problem.Of(err).Code != code {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func TestLooksAreForgotten(t *testing.T) {
	var l looks
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	plain, urgent := access.Term{Position: access.Operator, Rule: "plain"}, access.Term{Position: access.Operator, Rule: "emergency/x"}
	if !l.due("a", now, plain) {
		t.Error("the first look is not due")
	}
	l.done("a", now, plain)
	if l.due("a", now.Add(trace.PictureLasts-1), plain) || !l.due("b", now, plain) || !l.due("a", now.Add(trace.PictureLasts), plain) {
		t.Error("a look is put on record once in five minutes for each camera")
	}
	if !l.due("a", now.Add(-time.Second), plain) {
		t.Error("a clock that was set back keeps looks off the record")
	}
	l.done("a", now.Add(1), urgent)
	if l.due("a", now.Add(2), urgent) || !l.due("a", now.Add(2), plain) {
		t.Error("another decision is another look, each time")
	}
	l.done("b", now.Add(trace.PictureLasts+1), plain)
	if len(l.last) != 1 {
		t.Errorf("%d looks are remembered", len(l.last))
	}
}
