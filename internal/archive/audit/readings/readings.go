// Package readings remembers which files of segments an interrupted verification has read
// and found to be what the log tells of, so that the next run need not read them again.
// That is all it remembers: the log, the records and every comparison are done anew. What
// is remembered is authenticated by a key of the node, stands for one day, and counts for a
// file only as long as nothing of it has changed since: whoever edits the memory, or lays
// one down, only has files read again.
package readings

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// KeptFor is how long readings stand, from the beginning of the run that was interrupted.
const KeptFor = 24 * time.Hour

// ErrBusy says that another verification is at work with the same memory.
var ErrBusy = errors.New("another verification is at work with this state")

// ErrForeign says that a file is no memory of readings, and so is not touched.
var ErrForeign = errors.New("this file is there and is no state of a verification")

// application tells a memory of readings from other files of SQLite: "WRrd".
const application = 0x57527264

const schema = `
CREATE TABLE IF NOT EXISTS series (one INTEGER PRIMARY KEY CHECK (one = 1), json TEXT NOT NULL, mac BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS readings (volume TEXT NOT NULL, file TEXT NOT NULL, told BLOB NOT NULL, stamp BLOB NOT NULL, at INTEGER NOT NULL, mac BLOB NOT NULL, PRIMARY KEY (volume, file)) STRICT, WITHOUT ROWID;
`

// Series says which runs a memory belongs to: the first and those that go on with it.
type Series struct {
	Origin  string // of the log
	Program string // version of the program: another one may look at more
	Began   int64  // of the first run, µs since 1970 UTC
	ID      []byte // random, so that readings of other series cannot be put among these
}

// Reading is one file that was read and was what the log tells of.
type Reading struct {
	Volume, File string
	Told         [32]byte // digest of all that the log tells of it
	Stamp        Stamp    // of the file, when it was read
	At           int64    // µs since 1970 UTC
}

// Memory is the file on the disk. One process at a time has it open.
type Memory struct {
	Series

	path   string
	key    []byte
	db     *sql.DB
	get    *sql.Stmt
	insert *sql.Stmt
}

// Check tells whether a memory may be put at path: nothing is there, or a memory. Else the
// error is ErrForeign.
func Check(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, 100) // the header of a database file, SQLite file format 1.3
	_, err = io.ReadFull(f, head)
	if err != nil || string(head[:16]) != "SQLite format 3\x00" || binary.BigEndian.Uint32(head[68:]) != application {
		return fmt.Errorf("%s: %w", path, ErrForeign)
	}
	return nil
}

// Open opens the memory at path, or makes it. What cannot be believed, is of others, or is
// over KeptFor old at now (µs) is thrown away; why says so in a sentence then. want says
// what is wanted; its Began and ID are those of a new series. Without a key nothing is
// remembered. fresh throws away whatever is there.
func Open(ctx context.Context, path string, want Series, key []byte, now int64, fresh bool) (m *Memory, why string, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, "", err
	}
	m = &Memory{path: path, key: key}
	err = m.open(ctx)
	if err != nil && !errors.Is(err, ErrBusy) && ctx.Err() == nil {
		// What is no memory, or a torn one, is begun anew.
		if err = m.removeFiles(); err == nil {
			err = m.open(ctx)
		}
	}
	if err != nil {
		return nil, "", err
	}
	keep := false
	if !fresh {
		if keep, why, err = m.judge(ctx, want, now); err != nil {
			return nil, "", errors.Join(err, m.Close())
		}
	}
	if keep {
		return m, "", nil
	}
	m.Series = Series{want.Origin, want.Program, now, make([]byte, 16)}
	_, _ = rand.Read(m.ID) // never fails
	if err := m.begin(ctx); err != nil {
		return nil, "", errors.Join(err, m.Close())
	}
	return m, why, nil
}

func (m *Memory) open(ctx context.Context) error {
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(filepath.ToSlash(m.path))
	q := url.Values{"_pragma": {"busy_timeout(1000)", "locking_mode(EXCLUSIVE)", fmt.Sprintf("application_id(%d)", application), "journal_mode(WAL)", "synchronous(NORMAL)"}, "_txlock": {"immediate"}}
	d, err := sql.Open("sqlite", "file:"+escaped+"?"+q.Encode())
	if err != nil {
		return err
	}
	d.SetMaxOpenConns(1)
	m.db = d
	_, err = d.ExecContext(ctx, schema)
	if err == nil { // who has written has it alone from then on; reading is not enough
		_, err = d.ExecContext(ctx, "BEGIN IMMEDIATE; COMMIT")
	}
	if err == nil {
		m.get, err = d.PrepareContext(ctx, "SELECT told, stamp, at, mac FROM readings WHERE volume = ? AND file = ?")
	}
	if err == nil {
		m.insert, err = d.PrepareContext(ctx, "INSERT OR REPLACE INTO readings VALUES (?, ?, ?, ?, ?, ?)")
	}
	if err == nil {
		return nil
	}
	if e := (*sqlite.Error)(nil); errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY {
		err = fmt.Errorf("%s: %w", m.path, ErrBusy)
	}
	return errors.Join(err, m.Close())
}

// judge tells whether what is there is gone on with, and why not.
func (m *Memory) judge(ctx context.Context, want Series, now int64) (keep bool, why string, err error) {
	var text string
	var mac []byte
	err = m.db.QueryRowContext(ctx, "SELECT json, mac FROM series").Scan(&text, &mac)
	if errors.Is(err, sql.ErrNoRows) {
		return false, "", nil // there was none
	}
	if err != nil {
		return false, "", err
	}
	const untrue = "the state of an interrupted verification was not written with the key of this log, or was changed since; it begins anew"
	var s Series
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return false, untrue, nil // what is none is not believed
	}
	switch {
	case s.Origin != want.Origin:
		return false, "an interrupted verification was one of another log; it begins anew", nil
	case s.Program != want.Program:
		return false, "the state of an interrupted verification is of another version of the program; it begins anew", nil
	case len(m.key) == 0 || !hmac.Equal(mac, m.seal("series", []byte(text))):
		return false, untrue, nil
	case s.Began > now:
		return false, "an interrupted verification began later than it is now; it begins anew", nil
	case now-s.Began > KeptFor.Microseconds():
		return false, fmt.Sprintf("an interrupted verification began more than a day ago, at %s; it begins anew", time.UnixMicro(s.Began).UTC().Format(time.RFC3339)), nil
	}
	m.Series = s
	rows, err := m.db.QueryContext(ctx, "SELECT volume, file, told, stamp, at, mac FROM readings")
	if err != nil {
		return false, "", err
	}
	defer rows.Close()
	for rows.Next() {
		var r Reading
		var told, stamp []byte
		if err := rows.Scan(&r.Volume, &r.File, &told, &stamp, &r.At, &mac); err != nil {
			return false, "", err
		}
		copy(r.Told[:], told)
		if !r.Stamp.parse(stamp) || !hmac.Equal(mac, m.mac(&r)) || r.At < s.Began || r.At > now {
			return false, untrue, nil
		}
	}
	return true, "", rows.Err()
}

// begin throws away what is there, for a new series.
func (m *Memory) begin(ctx context.Context) error {
	text, err := json.Marshal(&m.Series)
	if err != nil {
		return err
	}
	t, err := m.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer t.Rollback() //nolint:errcheck // after Commit it does nothing
	if _, err := t.ExecContext(ctx, "DELETE FROM readings"); err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, "INSERT OR REPLACE INTO series VALUES (1, ?, ?)", string(text), m.seal("series", text)); err != nil {
		return err
	}
	return t.Commit()
}

// Recall tells since when (µs) a file is known to be what the log tells of it, ok only
// where nothing has changed since: neither what the log tells nor the file.
func (m *Memory) Recall(ctx context.Context, volume, file string, told [32]byte, stamp Stamp) (at int64, ok bool, err error) {
	if len(m.key) == 0 || stamp.zero() {
		return 0, false, nil
	}
	r := Reading{Volume: volume, File: file, Told: told, Stamp: stamp}
	var was, mark, mac []byte
	err = m.get.QueryRowContext(ctx, volume, file).Scan(&was, &mark, &r.At, &mac)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	// The code is over what is asked for, not over what stands there.
	return r.At, hmac.Equal(mac, m.mac(&r)), nil
}

// Keep remembers a reading.
func (m *Memory) Keep(ctx context.Context, r Reading) error {
	if len(m.key) == 0 || r.Stamp.zero() {
		return nil
	}
	_, err := m.insert.ExecContext(ctx, r.Volume, r.File, r.Told[:], r.Stamp.bytes(), r.At, m.mac(&r))
	return err
}

// Any tells whether anything is remembered.
func (m *Memory) Any(ctx context.Context) (any bool, err error) {
	err = m.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM readings)").Scan(&any)
	return any, err
}

func (m *Memory) mac(r *Reading) []byte {
	var at [8]byte
	binary.BigEndian.PutUint64(at[:], uint64(r.At))
	return m.seal("reading", m.ID, []byte(r.Volume), []byte(r.File), r.Told[:], r.Stamp.bytes(), at[:])
}

// seal is the code over parts, each with its length before it.
func (m *Memory) seal(what string, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, m.key)
	for _, p := range append([][]byte{[]byte(what)}, parts...) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write(p)
	}
	return h.Sum(nil)
}

// Close leaves the memory for the next run.
func (m *Memory) Close() (err error) {
	if m.db == nil {
		return nil
	}
	for _, s := range []*sql.Stmt{m.get, m.insert} {
		if s != nil {
			err = errors.Join(err, s.Close())
		}
	}
	err = errors.Join(err, m.db.Close())
	m.db = nil
	return err
}

// Remove ends the memory: the work is done.
func (m *Memory) Remove() error { return errors.Join(m.Close(), m.removeFiles()) }

func (m *Memory) removeFiles() error { return RemoveFiles(m.path) }

// RemoveFiles removes a file of SQLite with what may lie beside it.
func RemoveFiles(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
