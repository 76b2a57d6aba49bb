package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"watchroom/internal/db"
	"watchroom/internal/testkit/postgresql"
)

// newDatabase makes a database on the server of a URL and gives its URL, and what
// drops it again.
func newDatabase(ctx context.Context, server string) (address string, drop func(), err error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", nil, fmt.Errorf("-postgres is not a URL")
	}
	name := "watchroom_bench_" + strings.ToLower(db.NewID())
	if err := postgresql.Exec(ctx, server, "CREATE DATABASE "+name); err != nil {
		return "", nil, err
	}
	u.Path = "/" + name
	return u.String(), func() {
		// Also after an interrupt; a database that stays is told by its name.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		_ = postgresql.Exec(ctx, server, "DROP DATABASE "+name+" WITH (FORCE)")
	}, nil
}
