package marker

import (
	"os"
	"path/filepath"
	"testing"
)

// TestDevice: folders of one file system have one name, those of others another.
func TestDevice(t *testing.T) {
	dir := t.TempDir()
	below := filepath.Join(dir, "below")
	if err := os.Mkdir(below, 0o750); err != nil {
		t.Fatal(err)
	}
	here := Device(dir)
	if here == "" || Device(below) != here {
		t.Errorf("%q, and below %q", here, Device(below))
	}
	if other := Device("/proc"); other == "" || other == here {
		t.Errorf("/proc is on %q", other)
	}
	if nowhere := Device(filepath.Join(dir, "nowhere")); nowhere != "" {
		t.Errorf("what is not there is on %q", nowhere)
	}
}
