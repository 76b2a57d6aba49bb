package whereabouts

import (
	"fmt"
	"strings"
	"testing"
)

func whole(a, b string) bool {
	w, _ := Of(a).Meets(nil, []Device{Of(b)}, nil)
	return w
}

// TestOnePath: however a path is written that a device takes for another, it is that one; and
// what nobody can read plainly counts as every path of its host.
func TestOnePath(t *testing.T) {
	const plain = "rtsp://198.51.100.7/cam4/main"
	for _, path := range []string{
		"cam4/main", "/cam4/main", "//cam4//main", "cam4/main/", "cam4/main//", "./cam4/./main", "CAM4/Main", "cam4/main?x=y", "cam4/main#x", "cam4/main?%2F..#?",
		"%63am4/main", "cam4/ma%69n", "cam4%2Fmain", "cam4%2fmain", "%2Fcam4/main", "cam4%5Cmain", `cam4\main`, "%43AM4/main", "cam4/main%2F", "cam4/main/%2E", "cam4/main.",
		"%2563am4/main", "%25%36%33am4/main", "cam4%252Fmain", "%252525252563am4/main",
		"cam4/main;x=y", "cam4/main%3Bx=y", "cam4/main%253Bx", "cam4/main+", "cam4/main%20", "cam4/main%2B", "cam4/m%C2%ADain", "cam4/main%E2%80%8B",
		"ｃａｍ４/main", "%EF%BD%83am4/main", "cam4／main", "cam4%EF%BC%8Fmain", "％63am4/main",
		// These may be any path, as this program or that one reads them.
		"x/../cam4/main", "cam4/x/%2e%2e/main", "cam4/%252e%252e/cam4/main", "cam4;x/main", "cam4/main%3Fx", "cam4/main%23x", "cam4/main%00", "cam4/main%0d%0a", "%c0%afcam4/main", "cam4%c1%9cmain",
		"cam4/main%", "cam4/main%zz", "%u0063am4/main", "cam4/main%EF%BF%BD", "%" + strings.Repeat("25", 40) + "63am4/main",
	} {
		if a := "rtsp://198.51.100.7/" + path; !whole(a, plain) || !whole(plain, a) || !whole(a, a) {
			t.Errorf("%s: %q is none of %q", path, Of(a), Of(plain))
		}
	}
	for _, path := range []string{"", "cam4", "cam4/sub", "cam5/main", "main/cam4", "cam4main", "cam4/main/sub", "%63am5/main", "cam4-main"} {
		if a := "rtsp://198.51.100.7/" + path; whole(a, plain) || whole(plain, a) {
			t.Errorf("%s: %q is no %q", path, Of(a), Of(plain))
		}
	}
	// Who asks is no part of what is asked for, in the paths of two makers.
	const one = "rtsp://198.51.100.7/user=admin_password={password}_channel=1_stream=0.sdp"
	for path, want := range map[string]bool{
		"user=viewer_password={password}_channel=1_stream=0.sdp": true, "user=a_b_password=x_y_channel=1_stream=0.sdp?real_stream": true, "user=admin%5Fpassword=other%5Fchannel=1_stream=0.sdp": true,
		"channel=1_stream=0.sdp": true, "user=admin_password={password}_channel=2_stream=0.sdp": false,
	} {
		if got := whole("rtsp://198.51.100.7/"+path, one); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

// TestOneHost: however a host is written, it is that one.
func TestOneHost(t *testing.T) {
	for _, all := range [][]string{
		{"198.51.100.7", "198.51.100.7:554", "198.51.100.7:0554", "198.51.100.7:322", "198.51.100.7.", "u:p@198.51.100.7", "u@x:p@198.51.100.7:554",
			"3325256711", "0306.063.0144.07", "0xC6336407", "0xc6.0x33.0x64.0x7", "0xC6.063.100.0x07", "198.51.25607", "198.3367943", "198.51.100.007",
			"[::ffff:198.51.100.7]", "[::ffff:c633:6407]", "[0:0:0:0:0:FFFF:c633:6407]:554", "[64:ff9b::c633:6407]", "[::198.51.100.7]", "[2002:c633:6407::1]", "１９８.51.100.7"},
		{"[2001:db8::7]", "[2001:DB8:0:0:0:0:0:7]", "[2001:0db8::0007]:554", "[2001:db8::7%25eth0]", "[2001:db8::7%25eth1]:554"},
		{"127.0.0.1", "localhost", "LOCALHOST.", "gate.localhost", "127.0.0.9", "127.1", "2130706433", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]"},
		{"gate.example", "GATE.example", "gate.example.", "gate.example:554", "admin@Gate.Example.:554"},
		{"tür.example", "TÜR.example", "xn--tr-xka.example", "XN--TR-XKA.example.", "tu\u0308r.example"},
		{"门.example", "xn--2h5a.example", "门。example"},
	} {
		for _, a := range all {
			for _, scheme := range []string{"rtsp", "rtsps", "RTSP"} {
				if url := scheme + "://" + a + "/ch1"; !whole(url, "rtsp://"+all[0]+"/ch1") {
					t.Errorf("%s: %q is none of %s", url, Of(url), all[0])
				}
			}
		}
	}
	for _, no := range []string{"198.51.100.8", "198.51.100.7.example", "0306.063.0144.010", "3325256712", "[2001:db8::c633:6407]", "198.51.100.7.7", "08.1.1.1", "0x", "0b11.1.1.1", "0o306.51.100.7", "198.51.1_00.7", "4294967296", "1.2.3.256", "a.1", "-1"} {
		if whole("rtsp://"+no+"/ch1", "rtsp://198.51.100.7/ch1") {
			t.Errorf("%s: %q", no, Of("rtsp://"+no+"/ch1"))
		}
	}
}

// FuzzOnePath: bytes of a path that are encoded, once or more, make no other path of it.
func FuzzOnePath(f *testing.F) {
	f.Add("cam4/main", uint64(1), uint8(1))
	f.Add("Streaming/Channels/101", uint64(0xffff), uint8(2))
	f.Add("a;b/../%zz?x", uint64(7), uint8(3))
	f.Add("user=a_password=b_channel=1", uint64(99), uint8(1))
	f.Fuzz(func(t *testing.T, path string, which uint64, times uint8) {
		plain := "rtsp://198.51.100.7/" + path
		if strings.ContainsAny(path, "?#") { // encoded they part nothing
			path, _, _ = strings.Cut(path, "#")
			path, _, _ = strings.Cut(path, "?")
		}
		written := path
		for range times % 4 {
			var b strings.Builder
			for i := range len(written) {
				if c := written[i]; which>>(i%64)&1 == 1 {
					fmt.Fprintf(&b, "%%%02X", c)
				} else {
					b.WriteByte(c)
				}
			}
			written = b.String()
		}
		if a := "rtsp://198.51.100.7/" + written; !whole(a, plain) || !whole(plain, a) {
			t.Errorf("%q: %q is none of %q", a, Of(a), Of(plain))
		}
	})
}
