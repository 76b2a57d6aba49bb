package judge

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// Alone tells whether a data folder, with a recordings folder, belongs to the process that serves it, and to no
// other that tries.
func Alone(ctx context.Context, binary, data, recordings string, pid int) error {
	for _, lock := range []string{filepath.Join(data, "lock"), filepath.Join(recordings, ".lock")} {
		held, err := os.ReadFile(lock)
		if err != nil {
			return err
		}
		if strings.TrimSpace(string(held)) != strconv.Itoa(pid) {
			return fmt.Errorf("%s names process %q, not %d", lock, held, pid)
		}
	}
	out, err := exec.CommandContext(ctx, binary, "serve", "--data", data, "--listen", "127.0.0.1:0").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "another watchroom process") {
		return fmt.Errorf("a second process on the folder: %w: %s", err, out)
	}
	return nil
}
