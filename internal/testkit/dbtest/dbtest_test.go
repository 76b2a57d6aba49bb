package dbtest

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/db"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/postgresql"
)

func TestEachGivesFreshDatabases(t *testing.T) {
	insert := func(t *testing.T, d *db.DB) {
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO acts (id, at, person, kind, subject, camera, detail) VALUES ('a', 1, '', 'k', '', '', '{}')")
			return err
		})
		if err != nil {
			t.Fatal(err) // the same key twice, if the database were shared
		}
	}
	var engines []db.Engine
	Each(t, func(t *testing.T, d *db.DB) { insert(t, d); engines = append(engines, d.Engine()) })
	Each(t, insert)
	if len(engines) != 2 || engines[0] != db.SQLite || engines[1] != db.PostgreSQL {
		t.Errorf("engines = %v", engines)
	}
}

func TestDatabasesLeaveNothingBehind(t *testing.T) {
	leak.Check(t)
	Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Healthy(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestServerEndsWithTheBinary runs this test binary again, kills it without
// warning and waits for its server to go away.
func TestServerEndsWithTheBinary(t *testing.T) {
	if os.Getenv("DBTEST_CHILD") != "" {
		s, err := server()
		if err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("port " + strconv.Itoa(s.port) + " " + s.alive.Name() + "\n")
		select {}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), self, "-test.run=^TestServerEndsWithTheBinary$")
	child.Env = append(os.Environ(), "DBTEST_CHILD=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	fields := strings.Fields(line)
	if err != nil || len(fields) != 3 {
		t.Fatalf("the child said %q, %v", line, err)
	}
	child.Process.Kill()
	child.Wait()
	gone, giveUp := time.NewTicker(10*time.Millisecond), time.After(time.Minute)
	defer gone.Stop()
	for {
		_, folder := os.Stat(filepath.Dir(fields[2]))
		c, err := net.Dial("tcp", "127.0.0.1:"+fields[1])
		if err != nil && os.IsNotExist(folder) {
			return
		}
		if err == nil {
			c.Close()
		}
		select {
		case <-gone.C:
		case <-giveUp:
			t.Fatalf("a minute after its test binary was killed the server is still there (dial: %v, folder: %v)", err, folder)
		}
	}
}

func TestImageOfAnotherOwnerIsRefused(t *testing.T) {
	dir := t.TempDir()
	mine := postgresql.Account{UID: os.Getuid()}
	if !ours(mine, dir) {
		t.Error("an own folder is refused")
	}
	other := postgresql.Account{UID: os.Getuid() + 1}
	if ours(other, dir) {
		t.Error("a folder of another owner is taken")
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if ours(mine, link) {
		t.Error("a link is taken")
	}
}
