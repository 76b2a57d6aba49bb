package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchroom/internal/app/succession"
)

// arguments are those of this process, without its name.
type arguments []string

type upgradeCommand struct {
	settings
	Binary string        `placeholder:"PATH" help:"The program that takes over; without it the one that this command belongs to."`
	Wait   time.Duration `default:"3m" placeholder:"TIME" help:"How long to wait until the new process serves."`
}

// Run lets the process that serves a data folder be succeeded by another one.
func (c *upgradeCommand) Run(ctx context.Context, std streams) error {
	cfg, err := c.load(std)
	if err != nil {
		return err
	}
	binary := c.Binary
	if binary == "" {
		if binary, err = os.Executable(); err != nil {
			return err
		}
	}
	if binary, err = filepath.Abs(binary); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	said := map[string]string{
		"started": "process %d was started and begins to record", "ending": "process %d records; the one before ends", "serving": "process %d serves",
	}
	return succession.Upgrade(ctx, cfg.Data, binary, func(stage string, pid int) {
		if text := said[stage]; text != "" {
			fmt.Fprintf(std.out, text+"\n", pid)
		}
	})
}

// successor is the command that starts the same as this process, announced.
func successor(binary string, args arguments) *exec.Cmd {
	args = slices.DeleteFunc(slices.Clone(args), func(a string) bool { return a == announced })
	c := exec.Command(binary, append(args, announced)...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr // the same log
	return c
}

const announced = "--succeed"

// notify tells a service manager that this process serves and is now the one to look
// at (sd_notify(3)). Without one it does nothing.
func notify(env func(string) (string, bool)) {
	name, ok := env("NOTIFY_SOCKET")
	if !ok || name == "" {
		return
	}
	if strings.HasPrefix(name, "@") {
		name = "\x00" + name[1:]
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return // nobody listens
	}
	defer c.Close()
	_, _ = fmt.Fprintf(c, "READY=1\nMAINPID=%d\n", os.Getpid()) // likewise
}
