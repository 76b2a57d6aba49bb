package whereabouts

import "testing"

// TestOneDevice: the many ways to write an address are one.
func TestOneDevice(t *testing.T) {
	d := Of("rtsp://198.51.100.7:554/ch1?sub=0")
	for url, want := range map[string][2]bool{
		"rtsp://198.51.100.7/ch1": {true, true}, "rtsps://198.51.100.7/CH1/": {true, true}, "rtsps://198.51.100.7:322/ch1#x": {true, true},
		"rtsp://[::ffff:198.51.100.7]/ch1": {true, true}, "rtsp://198.51.100.7:8554/ch1": {false, true}, "rtsp://198.51.100.7/ch2": {false, true},
		"http://198.51.100.7/ch1": {false, true}, "rtsp://198.51.100.8/ch1": {false, false}, "": {false, false},
	} {
		if whole, host := Of(url).Meets([]Device{d}, nil); whole != want[0] || host != want[1] {
			t.Errorf("%s: %v %v, want %v", url, whole, host, want)
		}
	}
	if _, host := Of("rtsp://GATE.example./a").Meets([]Device{d}, []string{"gate.example"}); !host {
		t.Error("a host that was left")
	}
}
