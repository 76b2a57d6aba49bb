package db

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"watchroom/internal/problem"
)

// What can be wrong with a database as a whole.
var (
	ErrAway     = problem.New(problem.Unavailable, "database_unavailable", "The database does not answer.")
	ErrNewer    = problem.New(problem.Unavailable, "database_newer", "The database was made by a newer version of Watchroom; this version leaves it alone.")
	ErrRefused  = problem.New(problem.Unavailable, "database_refused", "The database refuses this user, password or name.")
	ErrLocked   = problem.New(problem.Unavailable, "database_locked", "Another program keeps the database locked.")
	ErrReadOnly = problem.New(problem.Unavailable, "database_read_only", "The database cannot be written to.")
	ErrDamaged  = problem.New(problem.Unavailable, "database_damaged", "The database is damaged, or is none.")
	ErrFull     = problem.New(problem.Unavailable, "database_full", "The database has no room left.")
	ErrFailing  = problem.New(problem.Unavailable, "database_failing", "The database answers with errors.")
)

// Trouble names what is wrong with the database as a whole, with err as the cause;
// nil where err says nothing of the kind, as when a row breaks a rule.
func Trouble(err error) *problem.Error {
	found := trouble(err)
	if found == nil {
		return nil
	}
	return found.Because(err)
}

func trouble(err error) *problem.Error {
	var pg *pgconn.PgError
	var lite *sqlite.Error
	if err == nil {
		return nil
	}
	for _, found := range []*problem.Error{ErrNewer, ErrShared, ErrAway, ErrLocked} { // named already
		if errors.Is(err, found) {
			return found
		}
	}
	switch {
	case errors.As(err, &pg):
		return ofPostgres(pg.Code)
	case errors.As(err, &lite):
		if lite.Code() == sqlite3.SQLITE_IOERR_SHMSIZE { // there is no room for the index of the log
			return ErrFull
		}
		return ofSQLite(lite.Code() & 0xff) // the high bits tell more of the same
	case IsAway(err):
		return ErrAway
	}
	return nil
}

// ofPostgres reads an SQLSTATE (PostgreSQL, appendix A).
func ofPostgres(code string) *problem.Error {
	switch code {
	case "57P01", "57P02", "57P03", "53300": // it stops, starts, or is crowded
		return ErrAway
	case "3D000", "42501": // no such database, no such right
		return ErrRefused
	case "25006":
		return ErrReadOnly
	case "53100", "53200", "53400":
		return ErrFull
	case "55P03":
		return ErrLocked
	case "XX001", "XX002":
		return ErrDamaged
	case "58000", "58030":
		return ErrFailing
	}
	switch code[:min(2, len(code))] {
	case "28":
		return ErrRefused
	case "08":
		return ErrAway
	}
	return nil
}

// ofSQLite reads a primary result code (sqlite.org/rescode.html).
func ofSQLite(code int) *problem.Error {
	switch code {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return ErrLocked
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return ErrReadOnly
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return ErrDamaged
	case sqlite3.SQLITE_FULL:
		return ErrFull
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN:
		return ErrFailing
	}
	return nil
}
