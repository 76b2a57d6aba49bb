package logged

import (
	"context"
	"database/sql"
	"fmt"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/lines"
)

// Tables are those that this package keeps beside the others in the state of a verification:
// further tellings of segments, all moves, and where segments lay before the first of these.
const Tables = `
CREATE TABLE IF NOT EXISTS rivals (
	file TEXT NOT NULL, leaf INTEGER NOT NULL, log INTEGER NOT NULL, volume TEXT NOT NULL, camera TEXT NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL,
	run TEXT NOT NULL, bytes INTEGER NOT NULL, parts INTEGER NOT NULL, frames INTEGER NOT NULL, root BLOB NOT NULL, day TEXT NOT NULL, place INTEGER NOT NULL, told TEXT NOT NULL,
	PRIMARY KEY (file, log, leaf)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS trips (file TEXT NOT NULL, at INTEGER NOT NULL, target TEXT NOT NULL, leaf INTEGER NOT NULL, log INTEGER NOT NULL,
	volume TEXT NOT NULL, camera TEXT NOT NULL, day TEXT NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (file, log, leaf)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS origins (file TEXT NOT NULL PRIMARY KEY, volume TEXT NOT NULL) STRICT, WITHOUT ROWID;
`

// AddRival keeps what an entry tells of a segment otherwise than one before it.
const AddRival = "INSERT OR REPLACE INTO rivals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

// telling is what one entry tells of a segment.
type telling struct {
	file, volume, camera, day string
	leaf                      int64
	log                       int
	start, stop, bytes, parts int64
	root                      []byte
	place                     int64
}

func (t *telling) same(u *telling) bool {
	return t.start == u.start && t.stop == u.stop && t.bytes == u.bytes && string(t.root) == string(u.root)
}

func (t *telling) at(k finding.Kind, detail string, args ...any) finding.Finding {
	return finding.Finding{Kind: k, Leaf: t.leaf, Log: t.log, Volume: t.volume, File: t.file, Detail: fmt.Sprintf(detail, args...)}
}

// strange is a finding about the line of a journal that an entry came from.
func strange(leaf int64, log int, volume, camera, day string, place int64, why lines.Why, detail string, args ...any) finding.Finding {
	return finding.Finding{Kind: finding.LineStrange, Leaf: leaf, Log: log, Volume: volume, File: camera + "/" + day + "/journal.jsonl",
		Detail: fmt.Sprintf("the line at %d: %s: ", place, why) + fmt.Sprintf(detail, args...)}
}

const tellings = `SELECT file, leaf, log, volume, camera, start, stop, bytes, parts, root, day, place FROM segs WHERE file IN (SELECT file FROM rivals)
	UNION ALL SELECT file, leaf, log, volume, camera, start, stop, bytes, parts, root, day, place FROM rivals ORDER BY file`

// Settle decides which telling counts of each segment that the log tells of otherwise twice:
// the one that its file is as long as; where there is no file, the one that was removed; else
// the first that the seals do not speak against, and else the first. size gives the length of
// a file on a volume, as the log names it.
func Settle(ctx context.Context, tx *sql.Tx, size func(volume, file string) (int64, error)) (found []finding.Finding, err error) {
	rows, err := tx.QueryContext(ctx, tellings)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all [][]telling
	for rows.Next() {
		var t telling
		if err := rows.Scan(&t.file, &t.leaf, &t.log, &t.volume, &t.camera, &t.start, &t.stop, &t.bytes, &t.parts, &t.root, &t.day, &t.place); err != nil {
			return nil, err
		}
		if n := len(all); n > 0 && all[n-1][0].file == t.file {
			all[n-1] = append(all[n-1], t)
		} else {
			all = append(all, []telling{t})
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, told := range all {
		more, err := settle(ctx, tx, told, size)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}

func settle(ctx context.Context, tx *sql.Tx, told []telling, size func(volume, file string) (int64, error)) (found []finding.Finding, err error) {
	first := &told[0]
	counts, err := which(ctx, tx, told, size)
	if err != nil {
		return nil, err
	}
	is := &told[counts]
	if counts == 0 {
		for i := range told[1:] {
			t := &told[1+i]
			if string(t.root) != string(first.root) {
				found = append(found, t.at(finding.EntryTwice, "with another root"))
			} else {
				found = append(found, t.at(finding.EntryTwice, "from %d to %d and %d bytes, and before from %d to %d and %d bytes", t.start, t.stop, t.bytes, first.start, first.stop, first.bytes))
			}
		}
		return found, nil
	}
	for i := range told {
		if t := &told[i]; !t.same(is) {
			found = append(found, strange(t.leaf, t.log, t.volume, t.camera, t.day, t.place, lines.Otherwise, "entry %d tells of %s as it is", is.leaf, is.file))
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE segs SET (leaf, log, volume, start, stop, run, bytes, parts, frames, root, day, place, told) =
		(SELECT leaf, log, volume, start, stop, run, bytes, parts, frames, root, day, place, told FROM rivals WHERE file = ? AND log = ? AND leaf = ?),
		gone = NULL, gone_at = 0
		WHERE file = ?`, is.file, is.log, is.leaf, is.file)
	return found, err
}

// which gives the place of the telling that counts.
func which(ctx context.Context, tx *sql.Tx, told []telling, size func(volume, file string) (int64, error)) (int, error) {
	var moved sql.NullString
	err := tx.QueryRowContext(ctx, "SELECT MAX(target) FROM moves WHERE file = ?", told[0].file).Scan(&moved)
	if err != nil {
		return 0, err
	}
	var places []string
	if moved.Valid {
		places = append(places, moved.String)
	}
	for i := range told {
		places = append(places, told[i].volume)
	}
	for _, place := range places {
		n, err := size(place, told[0].file)
		if err != nil {
			continue
		}
		for i := range told {
			if told[i].bytes == n {
				return i, nil
			}
		}
	}
	for i := range told { // those whose root nobody has are loose
		var dead int
		err := tx.QueryRowContext(ctx, "SELECT (SELECT COUNT(*) FROM loose WHERE file = ? AND root = ?) + (SELECT COUNT(*) FROM segs WHERE file = ? AND root = ? AND gone IS NOT NULL)",
			told[i].file, told[i].root, told[i].file, told[i].root).Scan(&dead)
		if err != nil || dead > 0 {
			return i, err
		}
	}
	marks, err := marksOf(ctx, tx, told[0].file)
	if err != nil {
		return 0, err
	}
	for i := range told {
		against := false
		for _, m := range marks {
			against = against || m.Parts > told[i].parts || m.Log == told[i].log && m.Leaf > told[i].leaf
		}
		if !against {
			return i, nil
		}
	}
	return 0, nil
}

func marksOf(ctx context.Context, tx *sql.Tx, file string) (all []Mark, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT parts, leaf, log, root FROM marks WHERE file = ?", file)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		m, err := MarkOf(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, rows.Err()
}

// Trip keeps a move.
func Trip(ctx context.Context, tx *sql.Tx, log int, index int64, e *leaf.Move) error {
	_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO trips VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", e.File, e.At, e.To, index, log, e.Place.Volume, e.Camera, e.Place.Day, e.Place.Offset)
	return err
}

// Beside looks for a segment where it lay before it was moved, since where its last move leads
// there is none: place is where it lies in its length, and found are the moves behind that,
// which are untrue. ok is false where it lies nowhere.
func Beside(ctx context.Context, db *sql.DB, s *Segment, size func(volume, file string) (int64, error)) (place string, found []finding.Finding, ok bool, err error) {
	rows, err := db.QueryContext(ctx, `SELECT target, leaf, log, volume, camera, day, place, at FROM trips WHERE file = ?
		UNION ALL SELECT volume, -1, 0, '', '', '', 0, -1 FROM origins WHERE file = ? ORDER BY at DESC, leaf DESC`, s.File, s.File)
	if err != nil {
		return "", nil, false, err
	}
	defer rows.Close()
	for rows.Next() {
		var target, volume, camera, day string
		var index, offset, at int64
		var log int
		if err := rows.Scan(&target, &index, &log, &volume, &camera, &day, &offset, &at); err != nil {
			return "", nil, false, err
		}
		if n, err := size(target, s.File); err == nil && n == s.Bytes {
			return target, found, len(found) > 0, nil
		}
		found = append(found, strange(index, log, volume, camera, day, offset, lines.Nowhere, "%s does not lie on %q", s.File, target))
	}
	return "", nil, false, rows.Err()
}
