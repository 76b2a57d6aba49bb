// Package ffmpeg runs ffmpeg as a child that knows nothing it need not know and
// leaves nobody behind.
package ffmpeg

import (
	"context"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Command prepares a child with fixed arguments. It gets a group of its own, which
// ends when ctx does or this process dies: a signal to the terminal is not for the
// child, and what it has started itself ends with it. Of the environment it sees
// where programs are, and none of the secrets that this process may have been
// given.
func Command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	return cmd
}
