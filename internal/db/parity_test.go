package db_test

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/db"
	"watchroom/internal/testkit/dbtest"
)

// TestMigrationsHaveEqualNames keeps the two folders in step file by file.
func TestMigrationsHaveEqualNames(t *testing.T) {
	names := func(e db.Engine) []string {
		found, err := fs.Glob(db.Migrations(e), "*.sql")
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", e, found, err)
		}
		return found
	}
	if diff := cmp.Diff(names(db.SQLite), names(db.PostgreSQL)); diff != "" {
		t.Errorf("sqlite (-) and postgres (+) differ:\n%s", diff)
	}
	seen := map[string]string{}
	for _, name := range names(db.SQLite) {
		number, _, _ := strings.Cut(name, "_")
		if !regexp.MustCompile(`^\d{4}$`).MatchString(number) || seen[number] != "" {
			t.Errorf("%s: want a number of four digits that %q does not have", name, seen[number])
		}
		seen[number] = name
	}
}

// TestSchemasAreEqual compares what the migrations build: tables, columns, their
// types, NOT NULL and keys. What texts are found by is the one exception of dialect (R19).
func TestSchemasAreEqual(t *testing.T) {
	lite, pg := sqliteSchema(t), postgresSchema(t)
	if len(lite) < 5 {
		t.Fatalf("the schema has only %d lines", len(lite))
	}
	if diff := cmp.Diff(lite, pg); diff != "" {
		t.Errorf("sqlite (-) and postgres (+) differ:\n%s", diff)
	}
}

func lines(t *testing.T, d *db.DB, query string) []string {
	t.Helper()
	rows, err := d.Read().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func sqliteSchema(t *testing.T) []string {
	d := dbtest.Open(t, db.SQLite)
	const tables = `FROM sqlite_schema s WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite_%' AND s.name NOT LIKE 'goose_%' AND s.name NOT LIKE 'duty_found%'`
	flags := regexp.MustCompile(`CHECK \((\w+) IN \(0, 1\)\)`)
	strict := regexp.MustCompile(`\)\s*STRICT(, WITHOUT ROWID)?\s*$`)
	var bools []string
	for _, ddl := range lines(t, d, "SELECT s.name || ' ' || s.sql "+tables) {
		name, _, _ := strings.Cut(ddl, " ")
		if !strict.MatchString(ddl) {
			t.Errorf("table %s is not STRICT", name)
		}
		for _, m := range flags.FindAllStringSubmatch(ddl, -1) {
			bools = append(bools, "column "+name+"."+m[1]+" ")
		}
	}
	all := lines(t, d, `SELECT 'column ' || s.name || '.' || c.name || ' ' || c.type || CASE WHEN c."notnull" THEN ' not null' ELSE '' END
		FROM sqlite_schema s, pragma_table_info(s.name) c WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite_%' AND s.name NOT LIKE 'goose_%' AND s.name NOT LIKE 'duty_found%'`)
	for i, line := range all {
		for _, b := range bools {
			if strings.HasPrefix(line, b) {
				all[i] = strings.Replace(line, " INTEGER", " BOOLEAN", 1)
			}
		}
	}
	all = append(all, lines(t, d, `SELECT CASE WHEN i."unique" THEN 'key ' ELSE 'index ' END || s.name || ' (' ||
			(SELECT group_concat(c.name, ', ' ORDER BY c.seqno) FROM pragma_index_info(i.name) c) || ')' || CASE WHEN i.partial THEN ' partial' ELSE '' END
		FROM sqlite_schema s, pragma_index_list(s.name) i WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite_%' AND s.name NOT LIKE 'goose_%' AND s.name NOT LIKE 'duty_found%'`)...)
	all = append(all, lines(t, d, `SELECT 'reference ' || s.name || '.' || f."from" || ' ' || f."table"
		FROM sqlite_schema s, pragma_foreign_key_list(s.name) f WHERE s.type = 'table' AND s.name NOT LIKE 'goose_%' AND s.name NOT LIKE 'duty_found%'`)...)
	// A table whose key is one INTEGER column has no index of its own for it.
	all = append(all, lines(t, d, `SELECT 'key ' || s.name || ' (' || c.name || ')' FROM sqlite_schema s, pragma_table_info(s.name) c
		WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite_%' AND s.name NOT LIKE 'goose_%' AND s.name NOT LIKE 'duty_found%' AND c.pk = 1 AND c.type = 'INTEGER'
		AND (SELECT count(*) FROM pragma_table_info(s.name) k WHERE k.pk > 0) = 1`)...)
	slices.Sort(all)
	return all
}

func postgresSchema(t *testing.T) []string {
	d := dbtest.Open(t, db.PostgreSQL)
	types := map[string]string{"bigint": "INTEGER", "integer": "INTEGER", "text": "TEXT", "bytea": "BLOB", "boolean": "BOOLEAN", "double precision": "REAL"}
	all := lines(t, d, `SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || CASE WHEN is_nullable = 'NO' THEN ' not null' ELSE '' END
		FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'goose_%' AND table_name <> 'duty_found'`)
	for i, line := range all {
		parts := strings.SplitN(line, " ", 3)
		kind, null := parts[2], ""
		if strings.HasSuffix(kind, " not null") {
			kind, null = strings.TrimSuffix(kind, " not null"), " not null"
		}
		if types[kind] == "" {
			t.Errorf("%s: a type without a like on SQLite", line)
		}
		all[i] = fmt.Sprintf("%s %s %s%s", parts[0], parts[1], types[kind], null)
	}
	all = append(all, lines(t, d, `SELECT CASE WHEN i.indisunique THEN 'key ' ELSE 'index ' END || t.relname || ' (' ||
			(SELECT string_agg(a.attname, ', ' ORDER BY k.n) FROM unnest(i.indkey) WITH ORDINALITY k(att, n)
			 JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.att) || ')' || CASE WHEN i.indpred IS NULL THEN '' ELSE ' partial' END
		FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace s ON s.oid = t.relnamespace
		WHERE s.nspname = 'public' AND t.relname NOT LIKE 'goose_%' AND t.relname <> 'duty_found'`)...)
	all = append(all, lines(t, d, `SELECT 'reference ' || t.relname || '.' || a.attname || ' ' || r.relname
		FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid
		JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (c.conkey) WHERE c.contype = 'f'`)...)
	slices.Sort(all)
	return all
}
