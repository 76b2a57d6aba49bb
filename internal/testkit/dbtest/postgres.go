package dbtest

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
	"sync"
	"syscall"
	"time"

	"watchroom/internal/db"
	"watchroom/internal/testkit/leak"
)

// template is the database that every test's database is copied from.
const template = "template_watchroom"

// postgres is a running server.
type postgres struct {
	port  int
	alive *os.File // the writing end that the watchdog reads; closed by the end of this process
	data  string   // its data folder
}

// server starts the one server of this test binary.
var server = sync.OnceValues(startPostgres)

func (s *postgres) url(name string) string {
	return fmt.Sprintf("postgres://watchroom@127.0.0.1:%d/%s?sslmode=disable", s.port, name)
}

func startPostgres() (*postgres, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	owner, err := serverUser()
	if err != nil {
		return nil, err
	}
	image, err := owner.dataImage(bin)
	if err != nil {
		return nil, fmt.Errorf("initdb: %w", err)
	}
	for range 5 { // the port that was free may be taken a moment later
		var s *postgres
		if s, err = owner.start(bin, image); err == nil {
			return s, s.makeTemplate()
		}
	}
	return nil, fmt.Errorf("start PostgreSQL: %w", err)
}

func (s *postgres) makeTemplate() error {
	ctx := context.Background()
	if err := s.admin(ctx, "CREATE DATABASE "+template); err != nil {
		return err
	}
	d, err := db.Open(ctx, db.Options{URL: s.url(template)})
	if err != nil {
		return err
	}
	return d.Close()
}

// binaries finds the folder with initdb and postgres.
func binaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
	if i := slices.IndexFunc(found, func(dir string) bool { return version(dir) == 15 }); i > 0 {
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

func version(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	return n
}

// account is who the server runs as: it refuses to run as root.
type account struct {
	uid, gid int
	switched bool // this process is root and becomes another
}

func serverUser() (account, error) {
	if os.Getuid() != 0 {
		return account{uid: os.Getuid(), gid: os.Getgid()}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil {
			return account{uid: uid, gid: gid, switched: true}, nil
		}
	}
	return account{}, errors.New("PostgreSQL does not run as root and there is no user postgres or nobody: useradd --system postgres")
}

// command is one that the account runs, away from the terminal's signals.
func (a account) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(name, args...)
	c.Dir = "/"
	c.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if a.switched {
		c.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return c
}

// folder makes a folder of the account's own where the account can reach it.
func (a account) folder(pattern string) (string, error) {
	dir, err := os.MkdirTemp("/tmp", pattern)
	if err != nil {
		return "", err
	}
	return dir, os.Chown(dir, a.uid, a.gid)
}

// dataImage gives an initialised data folder that is kept between runs: initdb
// takes seconds, copying its result does not.
func (a account) dataImage(bin string) (string, error) {
	image := fmt.Sprintf("/tmp/watchroom-initdb-%d-%d", version(bin), a.uid)
	if a.ours(image) {
		return image, nil
	}
	dir, err := a.folder("watchroom-initdb-")
	if err != nil {
		return "", err
	}
	out, err := a.command(filepath.Join(bin, "initdb"), "-D", dir, "-U", "watchroom",
		"--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C").CombinedOutput()
	if err != nil {
		os.RemoveAll(dir)
		return "", fmt.Errorf("%w: %s", err, out)
	}
	if err := os.Rename(dir, image); err != nil { // another test binary was first
		os.RemoveAll(dir)
		if !a.ours(image) {
			return "", err
		}
	}
	return image, nil
}

// ours refuses a folder that somebody else put in the place of the image.
func (a account) ours(image string) bool {
	info, err := os.Lstat(image)
	if err != nil || !info.IsDir() {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == a.uid
}

// watchdog runs the server until the test binary has ended, which it learns from
// the end of its input, and then removes every trace.
const watchdog = `
dir=$1; bin=$2; image=$3; port=$4
cp -R "$image/." "$dir/data" || exit 1
(
  "$bin/postgres" -D "$dir/data" -k "$dir" -p "$port" -c listen_addresses=127.0.0.1 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 \
    -c shared_buffers=16MB -c max_connections=100 -c autovacuum=off -c jit=off </dev/null
  : >"$dir/ended"
) &
read -r _
kill -INT "$(head -n 1 "$dir/data/postmaster.pid")"
wait
rm -rf "$dir"
`

func (a account) start(bin, image string) (*postgres, error) {
	dir, err := a.folder(leak.Shared + "postgres-")
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, err
	}
	if err := os.Chown(data, a.uid, a.gid); err != nil {
		return nil, err
	}
	// A named pipe, so that its path tells the leak check whose it is.
	pipe := filepath.Join(dir, "alive")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		return nil, err
	}
	alive, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	reading, err := os.OpenFile(pipe, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer reading.Close()
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	c := a.command("/bin/sh", "-c", watchdog, "watchdog", dir, bin, image, strconv.Itoa(port))
	c.Stdin, c.Stdout, c.Stderr = reading, log, log
	if err := c.Start(); err != nil {
		return nil, err
	}
	s := &postgres{port: port, alive: alive, data: data}
	if err := s.await(filepath.Join(dir, "ended")); err != nil {
		said, _ := os.ReadFile(log.Name())
		alive.Close()
		return nil, fmt.Errorf("%w\n%s", err, said)
	}
	return s, nil
}

// await returns when the server answers, or has made the file ended.
func (s *postgres) await(ended string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		err := s.admin(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		if _, gone := os.Stat(ended); gone == nil {
			return err
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return err
		}
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
