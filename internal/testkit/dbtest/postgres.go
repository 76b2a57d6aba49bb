package dbtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"watchroom/internal/db"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/postgresql"
)

// template is the database that every test's database is copied from.
const template = "template_watchroom"

// postgres is a running server.
type postgres struct {
	port  int
	alive *os.File // the writing end that the watchdog reads; closed by the end of this process
	data  string   // its data folder
	// watchdog runs the server; see there.
	watchdog *exec.Cmd
}

// server starts the one server of this test binary.
var server = sync.OnceValues(startPostgres)

func (s *postgres) url(name string) string {
	return postgresql.URL(s.port, name)
}

func startPostgres() (*postgres, error) {
	bin, err := postgresql.Binaries()
	if err != nil {
		return nil, err
	}
	owner, err := postgresql.ServerAccount()
	if err != nil {
		return nil, err
	}
	image, err := templateImage(owner, bin)
	if err != nil {
		return nil, err
	}
	return start(owner, bin, image)
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

// templateImage gives a data folder that has the template in it. It is kept between runs
// and test binaries, for as long as the migrations are the same: to make it takes seconds,
// to copy it does not.
func templateImage(a postgresql.Account, bin string) (string, error) {
	made, err := digest(db.PostgreSQL)
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("/tmp/watchroom-template-%d-%d-", postgresql.Version(bin), a.UID)
	image := name + made
	if ours(a, image) {
		return image, nil
	}
	empty, err := dataImage(a, bin)
	if err != nil {
		return "", fmt.Errorf("initdb: %w", err)
	}
	s, err := start(a, bin, empty)
	if err != nil {
		return "", err
	}
	err = s.makeTemplate()
	if err == nil {
		_, err = s.alive.WriteString(image + "\n")
	}
	s.alive.Close()
	if err := errors.Join(err, s.watchdog.Wait()); err != nil {
		return "", fmt.Errorf("make %s: %w", template, err)
	}
	if !ours(a, image) {
		return "", fmt.Errorf("make %s: %s is not there, or somebody else's", template, image)
	}
	old, _ := filepath.Glob(name + "*")
	forget(old, image)
	return image, nil
}

// dataImage gives an initialised data folder that is kept between runs.
func dataImage(a postgresql.Account, bin string) (string, error) {
	image := fmt.Sprintf("/tmp/watchroom-initdb-%d-%d", postgresql.Version(bin), a.UID)
	if ours(a, image) {
		return image, nil
	}
	dir, err := a.Folder("watchroom-initdb-")
	if err != nil {
		return "", err
	}
	out, err := a.Command(context.Background(), filepath.Join(bin, "initdb"), "-D", dir, "-U", postgresql.Superuser,
		"--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C").CombinedOutput()
	if err != nil {
		os.RemoveAll(dir)
		return "", fmt.Errorf("%w: %s", err, out)
	}
	if err := os.Rename(dir, image); err != nil { // another test binary was first
		os.RemoveAll(dir)
		if !ours(a, image) {
			return "", err
		}
	}
	return image, nil
}

// ours refuses a folder that somebody else put in the place of the image.
func ours(a postgresql.Account, image string) bool {
	info, err := os.Lstat(image)
	if err != nil || !info.IsDir() {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == a.UID
}

// watchdog runs the server until the test binary has ended, which it learns from
// the end of its input, and then removes every trace. A line that comes before that end is
// the path that the data folder is to lie at from then on.
const watchdog = `
dir=$1; bin=$2; image=$3; port=$4
cp -R "$image/." "$dir/data" || exit 1
(
  "$bin/postgres" -D "$dir/data" -k "$dir" -p "$port" -c listen_addresses=127.0.0.1 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 \
    -c shared_buffers=16MB -c max_connections=100 -c autovacuum=off -c jit=off </dev/null
  : >"$dir/ended"
) &
read -r kept
kill -INT "$(head -n 1 "$dir/data/postmaster.pid")"
wait
if [ -n "$kept" ]; then
  mv "$dir/data" "$kept.$$" && mv -nT "$kept.$$" "$kept"
  rm -rf "$kept.$$"
fi
rm -rf "$dir"
`

// start gives a server with a copy of the data folder image, as soon as it answers.
func start(a postgresql.Account, bin, image string) (*postgres, error) {
	var err error
	for range 5 { // the port that was free may be taken a moment later
		var s *postgres
		if s, err = try(a, bin, image); err == nil {
			return s, nil
		}
	}
	return nil, fmt.Errorf("start PostgreSQL: %w", err)
}

func try(a postgresql.Account, bin, image string) (*postgres, error) {
	dir, err := a.Scratch(leak.Shared + "postgres-")
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, err
	}
	if err := os.Chown(data, a.UID, a.GID); err != nil {
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
	port, err := postgresql.FreePort()
	if err != nil {
		return nil, err
	}
	c := a.Command(context.Background(), "/bin/sh", "-c", watchdog, "watchdog", dir, bin, image, strconv.Itoa(port))
	c.Stdin, c.Stdout, c.Stderr = reading, log, log
	if err := c.Start(); err != nil {
		return nil, err
	}
	s := &postgres{port: port, alive: alive, data: data, watchdog: c}
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
