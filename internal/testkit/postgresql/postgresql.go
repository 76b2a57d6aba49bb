// Package postgresql finds what is installed of PostgreSQL, for tests and tools that
// start a server of their own: its programs, an account that it accepts to run as, a
// free port, and how to reach and to ask it.
package postgresql

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// Superuser is the role that initdb is to make.
const Superuser = "watchroom"

// Binaries finds the folder with initdb, pg_ctl and postgres: that of version 15 if
// it is installed, otherwise that of the newest.
func Binaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(found, func(a, b string) int { return Version(b) - Version(a) })
	if i := slices.IndexFunc(found, func(dir string) bool { return Version(dir) == 15 }); i > 0 {
		found[0], found[i] = found[i], found[0]
	}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		found = append(found, strings.TrimSpace(string(out)))
	}
	for _, dir := range found {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir, nil
		}
	}
	return "", errors.New("PostgreSQL is not installed: apt-get install -y --no-install-recommends postgresql")
}

// Version is that of a folder of Binaries, 0 if its name does not tell.
func Version(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	return n
}

// Account is who the server runs as: it refuses to run as root.
type Account struct {
	UID, GID int
	switched bool // this process is root and becomes another
}

// ServerAccount is this process's own, or that of PostgreSQL if this is root.
func ServerAccount() (Account, error) {
	if os.Getuid() != 0 {
		return Account{UID: os.Getuid(), GID: os.Getgid()}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil {
			return Account{UID: uid, GID: gid, switched: true}, nil
		}
	}
	return Account{}, errors.New("PostgreSQL does not run as root and there is no user postgres or nobody: useradd --system postgres")
}

// Command is one that the account runs, away from the terminal's signals.
func (a Account) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = "/"
	c.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if a.switched {
		c.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.UID), Gid: uint32(a.GID)}
	}
	return c
}

// Folder makes a folder of the account's own where the account can reach it.
func (a Account) Folder(pattern string) (string, error) {
	return a.folder("/tmp", pattern)
}

// Scratch makes a folder as Folder does, in memory where the machine has room for that: a
// database is hundreds of files, which take ten times as long to make on a disk.
func (a Account) Scratch(pattern string) (string, error) {
	const memory, least = "/dev/shm", 1 << 30
	var st syscall.Statfs_t
	if err := syscall.Statfs(memory, &st); err == nil && st.Bavail*uint64(st.Bsize) >= least {
		if dir, err := a.folder(memory, pattern); err == nil {
			return dir, nil
		}
	}
	return a.Folder(pattern)
}

func (a Account) folder(in, pattern string) (string, error) {
	dir, err := os.MkdirTemp(in, pattern)
	if err != nil {
		return "", err
	}
	return dir, os.Chown(dir, a.UID, a.GID)
}

// FreePort gives a port of 127.0.0.1 that nobody listens on. Another process may
// take it a moment later.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// URL is the address of a database of a server on this machine.
func URL(port int, database string) string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s?sslmode=disable", Superuser, port, database)
}

// Exec runs one statement, such as CREATE DATABASE, on a connection of its own.
func Exec(ctx context.Context, url, statement string) error {
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	_, err = c.Exec(ctx, statement)
	return err
}
