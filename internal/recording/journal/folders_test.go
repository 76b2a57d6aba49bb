package journal

import "testing"

func TestOfCamera(t *testing.T) {
	for name, want := range map[string]bool{"37zs0wh67b8gb": true, "cam1": true, "lost+found": false, ".node": false, ".watchroom-volume": false} {
		if got := OfCamera(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
