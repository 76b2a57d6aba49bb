package db

import (
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// IsUnique holds when err says that a row with these values is there already.
// columns ("cameras.name_key") narrow it to one key; without them any key counts.
func IsUnique(err error, columns ...string) bool {
	var have []string
	var pg *pgconn.PgError
	var lite *sqlite.Error
	switch {
	case errors.As(err, &pg) && pg.Code == "23505":
		// Detail: Key (name_key)=(gate) already exists.
		key, _, _ := strings.Cut(strings.TrimPrefix(pg.Detail, "Key ("), ")=(")
		for c := range strings.SplitSeq(key, ", ") {
			have = append(have, pg.TableName+"."+strings.Trim(c, `"`))
		}
	case errors.As(err, &lite) && (lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE ||
		lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY || lite.Code() == sqlite3.SQLITE_CONSTRAINT_ROWID):
		// constraint failed: UNIQUE constraint failed: cameras.name_key (2067)
		_, key, _ := strings.Cut(lite.Error(), "UNIQUE constraint failed: ")
		key, _, _ = strings.Cut(key, " (")
		have = strings.Split(key, ", ")
	default:
		return false
	}
	return len(columns) == 0 || slices.Equal(slices.Sorted(slices.Values(have)), slices.Sorted(slices.Values(columns)))
}

// IsForeignKey holds when err says that a row pointed at something that is not there.
func IsForeignKey(err error) bool {
	var pg *pgconn.PgError
	var lite *sqlite.Error
	return errors.As(err, &pg) && pg.Code == "23503" ||
		errors.As(err, &lite) && lite.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
}

// IsRefused holds when err comes from a trigger that guards append-only records.
func IsRefused(err error) bool {
	var pg *pgconn.PgError
	var lite *sqlite.Error
	return errors.As(err, &pg) && pg.Code == "P0001" ||
		errors.As(err, &lite) && lite.Code() == sqlite3.SQLITE_CONSTRAINT_TRIGGER
}
