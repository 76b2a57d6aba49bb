package ffmpeg

import (
	"strings"
	"testing"
)

// TestEnvironment looks for a secret of this process in what a child sees.
func TestEnvironment(t *testing.T) {
	t.Setenv("WATCHROOM_ADMIN_PASSWORD", "correct horse")
	out, err := Command(t.Context(), "env").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if name, _, _ := strings.Cut(line, "="); name != "PATH" && name != "LC_ALL" {
			t.Errorf("the child sees %s", line)
		}
	}
}
