//go:build testclock

package clock

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestAClockThatIsSet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shift")
	set := func(d time.Duration) {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.Write(binary.NativeEndian.AppendUint64(nil, uint64(d))); err != nil {
			t.Fatal(err)
		}
	}
	set(0)
	c, err := Shifted(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range []time.Duration{time.Hour, -time.Hour, -100 * 24 * time.Hour, 1500 * time.Millisecond, 0} {
		before, now := c.Reading(), time.Now()
		set(by)
		after := c.Reading()
		if d := after.Round(0).Sub(now.Round(0)) - by; d < 0 || d > time.Minute {
			t.Errorf("set by %v it shows %v more than that", by, d)
		}
		if d := after.Sub(before); d < 0 || d > time.Minute {
			t.Errorf("set by %v, the steady reading moves by %v", by, d)
		}
	}
}
