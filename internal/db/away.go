package db

import (
	"database/sql/driver"
	"errors"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
)

// IsAway holds when err says that the PostgreSQL server cannot be reached at
// present, or takes no one in while it starts, stops or is crowded: worth trying
// again, unlike a wrong password or a name that does not exist.
func IsAway(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "57P03", "57P01", "57P02", "53300":
			return true
		}
		return false
	}
	// Not net.Error: every error of a file is one, too.
	var connect *pgconn.ConnectError
	var network *net.OpError
	var name *net.DNSError
	return errors.As(err, &connect) || errors.As(err, &network) || errors.As(err, &name) || pgconn.Timeout(err) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, errSilent)
}
