package audit

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive/audit/logged"
	"watchroom/internal/archive/audit/readings"
)

// state is what a run notes while it works: a small SQLite database of its own, which is
// thrown away when the run ends. What outlasts a run is in package readings.
type state struct {
	path string
	db   *sql.DB
	// hot are the statements that every entry or row goes through, prepared.
	hot map[string]*sql.Stmt

	Size   int64 // entries that are checked
	Root   leaf.Hash
	Pos    string // of the phase at work
	Next   int64  // likewise
	Tree   leaf.Frozen
	Report Report
	Heads  []Head
}

// Statements of the hot paths.
const (
	addSegment  = "INSERT INTO segs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, 0, 0, ?) ON CONFLICT (file) DO UPDATE SET leaf = EXCLUDED.leaf, log = EXCLUDED.log, told = CASE WHEN json_extract(EXCLUDED.told, '$.b') THEN segs.told ELSE EXCLUDED.told END WHERE segs.log <> EXCLUDED.log AND segs.root = EXCLUDED.root"
	addMark     = "INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?, ?)"
	addAct      = "INSERT INTO acts VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT (id) DO UPDATE SET leaf = EXCLUDED.leaf, log = EXCLUDED.log WHERE acts.log <> EXCLUDED.log AND acts.commitment = EXCLUDED.commitment"
	addJournal  = "INSERT OR REPLACE INTO journals VALUES (?, ?, ?, ?)"
	findJournal = "SELECT last FROM journals WHERE volume = ? AND camera = ? AND day = ?"
	findSegment = "SELECT leaf, log, camera, start, stop, run, bytes, parts, frames, root, gone, gone_at, volume, told FROM segs WHERE file = ?"
	findVolume  = "SELECT volume FROM segs WHERE file = ?"
	findAct     = "SELECT leaf, log, at, action, commitment FROM acts WHERE id = ?"
	findHold    = "SELECT leaf, log, entry FROM holds WHERE act = ?"
	findMarks   = "SELECT parts, leaf, log, root FROM marks WHERE file = ? ORDER BY parts"
	bury        = "UPDATE segs SET gone = COALESCE(gone, ?), gone_at = ? WHERE file = ? AND root = ?"
	segmentSeen = "UPDATE segs SET had_row = 1 WHERE file = ?"
	actSeen     = "UPDATE acts SET had_row = 1 WHERE id = ?"
)

const schema = `
-- Each once.
CREATE TABLE IF NOT EXISTS findings (n INTEGER PRIMARY KEY, json TEXT NOT NULL UNIQUE) STRICT;
-- What may still be explained by entries that are younger than the verification. at is the
-- instant that it bears (µs since 1970 UTC), 0 where it bears none.
CREATE TABLE IF NOT EXISTS doubts (key TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL, marked INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (key, kind)) STRICT, WITHOUT ROWID;
-- log is the number of an earlier log, 0 for the one that grows. told is what the line tells
-- besides, empty where it is not there.
CREATE TABLE IF NOT EXISTS segs (
	file TEXT NOT NULL PRIMARY KEY, leaf INTEGER NOT NULL, log INTEGER NOT NULL, volume TEXT NOT NULL, camera TEXT NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL,
	run TEXT NOT NULL, bytes INTEGER NOT NULL, parts INTEGER NOT NULL, frames INTEGER NOT NULL, root BLOB NOT NULL, day TEXT NOT NULL, place INTEGER NOT NULL, gone INTEGER, gone_at INTEGER NOT NULL, had_row INTEGER NOT NULL, told TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS marks (file TEXT NOT NULL, parts INTEGER NOT NULL, leaf INTEGER NOT NULL, log INTEGER NOT NULL, root BLOB NOT NULL, PRIMARY KEY (file, parts, log, leaf)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journals (volume TEXT NOT NULL, camera TEXT NOT NULL, day TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (volume, camera, day)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS acts (id TEXT NOT NULL PRIMARY KEY, leaf INTEGER NOT NULL, log INTEGER NOT NULL, at INTEGER NOT NULL, action TEXT NOT NULL, commitment BLOB NOT NULL, had_row INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- Where segments lie, by the latest move of each; tombstones whose segment is not told of yet.
CREATE TABLE IF NOT EXISTS moves (file TEXT NOT NULL PRIMARY KEY, at INTEGER NOT NULL, target TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS loose (log INTEGER NOT NULL, leaf INTEGER NOT NULL, volume TEXT NOT NULL, file TEXT NOT NULL, at INTEGER NOT NULL, root BLOB NOT NULL, PRIMARY KEY (log, leaf)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS holds (act TEXT NOT NULL PRIMARY KEY, leaf INTEGER NOT NULL, log INTEGER NOT NULL, entry TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS graves (log INTEGER NOT NULL, leaf INTEGER NOT NULL, file TEXT NOT NULL, camera TEXT NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL, at INTEGER NOT NULL, ground TEXT NOT NULL, rule TEXT NOT NULL, PRIMARY KEY (log, leaf)) STRICT, WITHOUT ROWID;
`

func openState(ctx context.Context, path string) (*state, error) {
	if err := readings.RemoveFiles(path); err != nil { // of a run that was killed
		return nil, err
	}
	s := &state{path: path}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, readings.RemoveFiles(path))
	}
	s.hot = map[string]*sql.Stmt{}
	for _, q := range []string{addSegment, addMark, addAct, addJournal, findJournal, findSegment, findVolume, findAct, findHold, findMarks, bury, segmentSeen, actSeen} {
		stmt, err := s.db.PrepareContext(ctx, q) //nolint:sqlclosecheck // closed with the state
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		s.hot[q] = stmt
	}
	return s, nil
}

// open opens the file and makes its tables.
func (s *state) open(ctx context.Context) error {
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(filepath.ToSlash(s.path))
	q := url.Values{"_pragma": {"journal_mode(WAL)", "synchronous(OFF)"}, "_txlock": {"immediate"}}
	d, err := sql.Open("sqlite", "file:"+escaped+"?"+q.Encode())
	if err != nil {
		return err
	}
	d.SetMaxOpenConns(1)
	if _, err := d.ExecContext(ctx, schema+logged.Tables); err != nil {
		return errors.Join(err, d.Close())
	}
	s.db = d
	return nil
}

// close ends the state and throws it away.
func (s *state) close() (err error) {
	for _, stmt := range s.hot {
		err = errors.Join(err, stmt.Close())
	}
	return errors.Join(err, s.db.Close(), readings.RemoveFiles(s.path))
}

// tx is one step of the work.
type tx struct {
	*sql.Tx
	ctx context.Context
	hot map[string]*sql.Stmt
}

func (t tx) exec(query string, args ...any) error {
	_, err := t.run(query, args...)
	return err
}

func (t tx) run(query string, args ...any) (sql.Result, error) {
	if stmt := t.hot[query]; stmt != nil {
		return t.StmtContext(t.ctx, stmt).ExecContext(t.ctx, args...) //nolint:sqlclosecheck // of the transaction, which closes it
	}
	return t.ExecContext(t.ctx, query, args...)
}

// one reads one row.
func (t tx) one(query string, args ...any) *sql.Row {
	if stmt := t.hot[query]; stmt != nil {
		return t.StmtContext(t.ctx, stmt).QueryRowContext(t.ctx, args...) //nolint:sqlclosecheck // likewise
	}
	return t.QueryRowContext(t.ctx, query, args...)
}

// finding keeps one, and tells whether it is new.
func (t tx) finding(f Finding) (fresh bool, err error) {
	b, err := json.Marshal(f)
	if err != nil {
		return false, err
	}
	n, err := affected(t.run("INSERT INTO findings (json) VALUES (?) ON CONFLICT DO NOTHING", string(b)))
	return n > 0, err
}

// doubt notes what is a finding unless something explains it, about key: a younger entry,
// or that it is too young, by the instant that it bears (0: none), to be in the log.
func (t tx) doubt(key string, at int64, f Finding) error { return t.marked(key, at, -1, f) }

// marked is doubt for what says that it stands at an index behind those that are read;
// -1 says nothing.
func (t tx) marked(key string, at, index int64, f Finding) error {
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return t.exec("INSERT OR REPLACE INTO doubts (key, kind, at, marked, json) VALUES (?, ?, ?, ?, ?)", key, string(f.Kind), at, index, string(b))
}

// commit does a step, all of it or nothing.
func (s *state) commit(ctx context.Context, f func(tx) error) error {
	t, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer t.Rollback() //nolint:errcheck // after Commit it does nothing
	if err := f(tx{t, ctx, s.hot}); err != nil {
		return err
	}
	return t.Commit()
}

// each calls f for every row of a query.
func (s *state) each(ctx context.Context, f func(*sql.Rows) error, query string, args ...any) error {
	ask := func() (*sql.Rows, error) { return s.db.QueryContext(ctx, query, args...) }
	if stmt := s.hot[query]; stmt != nil {
		ask = func() (*sql.Rows, error) { return stmt.QueryContext(ctx, args...) }
	}
	rows, err := ask()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (s *state) count(ctx context.Context, query string, args ...any) (n int64, err error) {
	if err := s.db.QueryRowContext(ctx, query, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count: %w", err)
	}
	return n, nil
}
