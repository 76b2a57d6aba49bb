package machine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"watchroom/internal/testkit/postgresql"
)

// Postgres is a server of our own in a folder of its own.
type Postgres struct {
	bin, folder string
	port        int
	account     postgresql.Account
}

// NewPostgres makes one that does not run yet.
func NewPostgres(ctx context.Context) (*Postgres, error) {
	var p Postgres
	var err error
	if p.bin, err = postgresql.Binaries(); err != nil {
		return nil, err
	}
	if p.account, err = postgresql.ServerAccount(); err != nil {
		return nil, err
	}
	if p.port, err = postgresql.FreePort(); err != nil {
		return nil, err
	}
	if p.folder, err = p.account.Folder("watchroom-fault-postgres-"); err != nil {
		return nil, err
	}
	return &p, p.do(ctx, "initdb", "-D", p.data(), "-U", postgresql.Superuser, "--auth=trust", "--encoding=UTF8", "--locale=C")
}

// URL is its address.
func (p *Postgres) URL() string { return postgresql.URL(p.port, "postgres") }

func (p *Postgres) data() string { return filepath.Join(p.folder, "data") }

// Start starts it and waits.
func (p *Postgres) Start(ctx context.Context) error {
	return p.do(ctx, "pg_ctl", "-D", p.data(), "-w", "-l", filepath.Join(p.folder, "log"),
		"-o", fmt.Sprintf("-p %d -k %s -c listen_addresses=127.0.0.1", p.port, p.folder), "start")
}

// Stop ends the server: "fast" cuts its clients off, "immediate" is a crash.
func (p *Postgres) Stop(ctx context.Context, how string) error {
	return p.do(ctx, "pg_ctl", "-D", p.data(), "-w", "-m", how, "stop")
}

// Remove ends it for good.
func (p *Postgres) Remove() {
	// It may not run, or not any more.
	_ = p.Stop(context.Background(), "immediate")
	os.RemoveAll(p.folder)
}

func (p *Postgres) do(ctx context.Context, name string, args ...string) error {
	c := p.account.Command(ctx, filepath.Join(p.bin, name), args...)
	said, err := os.CreateTemp("", "watchroom-fault-")
	if err != nil {
		return err
	}
	defer os.Remove(said.Name())
	defer said.Close()
	c.Stdout, c.Stderr = said, said // a file: the server inherits it and would keep a pipe open
	if err := c.Run(); err != nil {
		text, _ := os.ReadFile(said.Name())
		return fmt.Errorf("%s: %w: %s", name, err, text)
	}
	return nil
}
