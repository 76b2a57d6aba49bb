package forger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"watchroom/internal/archive/audit/unheld"
)

// cell is a column of a table.
type cell struct {
	name string
	key  bool
}

// Row changes a column of any row, or deletes it: of every table that holds one but for what
// unheld names. Each table comes as often as any other, however many rows it has.
func (s *Forger) Row(ctx context.Context) (Change, error) {
	tables, err := s.list(ctx, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose%' ORDER BY name")
	if err != nil {
		return Change{}, err
	}
	tables = slices.DeleteFunc(tables, func(t string) bool { _, left := unheld.Tables[t]; return left })
	for range 1000 {
		table := tables[s.place.Random.IntN(len(tables))]
		c, err := s.alter(ctx, table)
		if err != nil || c.What != "" {
			return c, err
		}
	}
	return Change{}, errors.New("no row could be changed")
}

func (s *Forger) list(ctx context.Context, statement string, args ...any) (all []string, err error) {
	rows, err := s.raw.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// alter changes or deletes one row of a table. What is empty where it has none, or where the
// database would not have it.
func (s *Forger) alter(ctx context.Context, table string) (Change, error) {
	names, err := s.list(ctx, "SELECT name || ' ' || (pk > 0) FROM pragma_table_info('"+table+"')")
	if err != nil {
		return Change{}, err
	}
	var columns []cell
	where := "'' "
	for _, n := range names {
		name, key, _ := strings.Cut(n, " ")
		columns = append(columns, cell{name, key == "1"})
		if key == "1" {
			where += "|| ' AND " + name + " = ' || quote(" + name + ")"
		}
	}
	var row string
	err = s.raw.QueryRowContext(ctx, fmt.Sprintf("SELECT substr(%s, 6) FROM %s LIMIT 1 OFFSET (SELECT abs(?) %% max(COUNT(*), 1) FROM %s)", where, table, table), s.place.Random.Int64()).Scan(&row)
	if errors.Is(err, sql.ErrNoRows) {
		return Change{}, nil
	}
	if err != nil {
		return Change{}, err
	}
	names = []string{table + " "}
	for part := range strings.SplitSeq(row, "'") { // of a key, finding name it or what it belongs to
		if len(part) > 8 && !strings.Contains(part, " ") {
			names = append(names, part)
		}
	}
	if _, err := s.raw.ExecContext(ctx, "DROP TABLE IF EXISTS temp.saved"); err != nil {
		return Change{}, err
	}
	if _, err := s.raw.ExecContext(ctx, "CREATE TABLE temp.saved AS SELECT * FROM main."+table+" WHERE "+row); err != nil {
		return Change{}, err
	}
	restored := "INSERT INTO " + table + " SELECT * FROM temp.saved"
	if s.place.Random.IntN(5) == 0 {
		done, err := s.past(ctx, table, "DELETE FROM "+table+" WHERE "+row)
		if err != nil || !done {
			return Change{}, err
		}
		return Change{table + ": deleted " + row, names, func() error { _, err := s.past(context.WithoutCancel(ctx), table, restored); return err }}, nil
	}
	columns = slices.DeleteFunc(columns, func(c cell) bool { _, left := unheld.Columns[table][c.name]; return left || c.key })
	if len(columns) == 0 {
		return Change{}, nil
	}
	c := columns[s.place.Random.IntN(len(columns))].name
	n := s.place.Random.Int64N(1_000_000) + 1
	values := []string{
		fmt.Sprintf("CASE typeof(%[1]s) WHEN 'integer' THEN %[1]s + %[2]d WHEN 'text' THEN %[1]s || 'x' WHEN 'blob' THEN X'00' ELSE 'x' END", c, n),
		"1 - " + c, "7", "X'00'",
	}
	for _, v := range values {
		done, err := s.past(ctx, table, fmt.Sprintf("UPDATE %s SET %s = %s WHERE %s AND %s IS NOT (%s)", table, c, v, row, c, v))
		if err != nil {
			return Change{}, err
		}
		if done {
			return Change{table + ": " + c + " of " + row, names, func() error {
				_, err := s.past(context.WithoutCancel(ctx), table, "DELETE FROM "+table+" WHERE "+row, restored)
				return err
			}}, nil
		}
	}
	return Change{}, nil
}

// past does what the triggers of a table refuse, and puts them back. done is false where the
// database refuses it all the same, or there is nothing to do.
func (s *Forger) past(ctx context.Context, table string, statements ...string) (done bool, err error) {
	triggers, err := s.list(ctx, "SELECT sql FROM main.sqlite_schema WHERE type = 'trigger' AND tbl_name = ?", table)
	if err != nil {
		return false, err
	}
	names, err := s.list(ctx, "SELECT name FROM main.sqlite_schema WHERE type = 'trigger' AND tbl_name = ?", table)
	if err != nil {
		return false, err
	}
	tx, err := s.raw.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to take back
	for _, n := range names {
		if _, err := tx.ExecContext(ctx, "DROP TRIGGER main."+n); err != nil {
			return false, err
		}
	}
	for _, one := range statements {
		r, err := tx.ExecContext(ctx, one)
		if err != nil {
			return false, nil //nolint:nilerr // no such value may stand there
		}
		n, err := r.RowsAffected()
		if err != nil {
			return false, err
		}
		done = done || n > 0
	}
	for _, t := range triggers {
		if _, err := tx.ExecContext(ctx, t); err != nil {
			return false, err
		}
	}
	return done, tx.Commit()
}
