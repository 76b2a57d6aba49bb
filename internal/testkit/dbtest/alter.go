package dbtest

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/db"
)

// Alter does to every row of some tables what somebody with the database in hand can: it
// changes each column but those that are left out, and deletes the row, one at a time.
// found gives what is noticed; nothing may be while nobody touched anything, and something
// must be each time. Where a CHECK allows only some words, one of them is put. A column that
// no value can be put into, since the database refuses it, is a fault of the test.
func Alter(t *testing.T, d *db.DB, tables map[string][]string, found func(ctx context.Context, tx bun.Tx) []string) {
	t.Helper()
	loose := "PRAGMA defer_foreign_keys = ON"
	if d.Engine() == db.PostgreSQL {
		loose = "SET LOCAL session_replication_role = replica"
	}
	must := func(ctx context.Context, tx bun.Tx, statement string) {
		t.Helper()
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	// alter says whether the statement could be carried out: false where no such value may
	// stand there, or it is that already.
	alter := func(ctx context.Context, tx bun.Tx, statement string) bool {
		t.Helper()
		must(ctx, tx, "SAVEPOINT untouched")
		defer must(ctx, tx, "ROLLBACK TO SAVEPOINT untouched")
		r, err := tx.ExecContext(ctx, statement)
		if err != nil {
			return false
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return false
		}
		if len(found(ctx, tx)) == 0 {
			t.Errorf("nothing is found after %s", statement)
		}
		return true
	}
	columns, rows, words := map[string][]string{}, map[string][]string{}, map[string]map[string][]string{}
	Forge(t, d, loose, func(ctx context.Context, tx bun.Tx) {
		if all := found(ctx, tx); len(all) > 0 {
			t.Fatalf("nobody touched anything: %q", all)
		}
		for table := range tables {
			var keys []string
			columns[table], keys = columnsOf(ctx, t, d, tx, table)
			words[table] = wordsOf(ctx, t, d, tx, table)
			if rows[table] = rowsOf(ctx, t, tx, table, keys); len(rows[table]) == 0 {
				t.Errorf("%s: there is no row to change", table)
			}
		}
	})
	// A column and a row at a time, since a transaction has to end within seconds.
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		for _, c := range columns[table] {
			if slices.Contains(tables[table], c) {
				continue
			}
			values := append([]string{c + " || 'x'", c + " + 1", c + " - 1", "NOT " + c, "X'00'", "'\\x00'::bytea", "'x'", "7"}, words[table][c]...)
			done := false
			for _, row := range rows[table] {
				Forge(t, d, loose, func(ctx context.Context, tx bun.Tx) {
					done = slices.ContainsFunc(values, func(v string) bool {
						return alter(ctx, tx, fmt.Sprintf("UPDATE %s SET %s = %s WHERE (%s) AND %s IS DISTINCT FROM (%s)", table, c, v, row, c, v))
					}) || done
				})
			}
			if !done {
				t.Errorf("%s.%s: no other value could be put into it", table, c)
			}
		}
		for _, row := range rows[table] {
			Forge(t, d, loose, func(ctx context.Context, tx bun.Tx) {
				if !alter(ctx, tx, fmt.Sprintf("DELETE FROM %s WHERE %s", table, row)) {
					t.Errorf("%s: the row could not be deleted: %s", table, row)
				}
			})
		}
	}
}

func columnsOf(ctx context.Context, t *testing.T, d *db.DB, tx bun.Tx, table string) (all, keys []string) {
	t.Helper()
	columns := "SELECT name FROM pragma_table_info('" + table + "')"
	key := columns + " WHERE pk > 0"
	if d.Engine() == db.PostgreSQL {
		columns = "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '" + table + "'"
		key = "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) WHERE i.indisprimary AND i.indrelid = '" + table + "'::regclass"
	}
	for statement, into := range map[string]*[]string{columns: &all, key: &keys} {
		if err := tx.NewRaw(statement).Scan(ctx, into); err != nil {
			t.Fatal(err)
		}
	}
	if len(all) == 0 || len(keys) == 0 {
		t.Fatalf("%s has the columns %q and the key %q", table, all, keys)
	}
	return all, keys
}

// oneOf is a CHECK that allows some words, as SQLite keeps it and as PostgreSQL puts it:
// kind IN ('a', 'b'), and kind = ANY (ARRAY['a'::text, 'b'::text]).
var (
	oneOf  = regexp.MustCompile(`CHECK \(+(\w+)(?: IN \(| = ANY \(+ARRAY\[)('[^)\]]*)`)
	quoted = regexp.MustCompile(`'(?:[^']|'')*'`)
)

// wordsOf gives by column the words that a CHECK allows, in quotation marks.
func wordsOf(ctx context.Context, t *testing.T, d *db.DB, tx bun.Tx, table string) map[string][]string {
	t.Helper()
	checks := "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = '" + table + "'"
	if d.Engine() == db.PostgreSQL {
		checks = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid = '" + table + "'::regclass"
	}
	var all []string
	if err := tx.NewRaw(checks).Scan(ctx, &all); err != nil {
		t.Fatal(err)
	}
	words := map[string][]string{}
	for _, m := range oneOf.FindAllStringSubmatch(strings.Join(all, "\n"), -1) {
		words[m[1]] = append(words[m[1]], quoted.FindAllString(m[2], -1)...)
	}
	return words
}

// rowsOf gives a condition for every row.
func rowsOf(ctx context.Context, t *testing.T, tx bun.Tx, table string, keys []string) (rows []string) {
	t.Helper()
	var parts []string
	for _, k := range keys {
		parts = append(parts, "'"+k+" = ''' || "+k+" || ''''")
	}
	if err := tx.NewRaw("SELECT "+strings.Join(parts, " || ' AND ' || ")+" FROM "+table).Scan(ctx, &rows); err != nil {
		t.Fatal(err)
	}
	return rows
}
