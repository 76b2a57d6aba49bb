// Package damage remembers footage that was found to be another than was recorded, or
// gone without a word: whoever finds it notes it, and it stays noted until the file was
// read and was right again, or was removed lawfully. What a check once printed on a
// terminal is seen by the room, and by whoever asks later.
package damage

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"

	"watchroom/internal/problem"
)

// Kind says what is wrong.
type Kind string

// Kinds.
const (
	Altered Kind = "altered" // its bytes are not those that were recorded
	Missing Kind = "missing" // no place holds it, and no tombstone tells why
	Short   Kind = "short"   // parts that had been sealed were gone when it was made whole
	// Unproved: it was found open or unknown to the journals, and nothing shows that a
	// recorder of this camera wrote it.
	Unproved Kind = "unproved"
	// Misplaced: a whole segment that lies in the folder of another camera or day. File is
	// where it lies, and Camera is the one that its name tells.
	Misplaced Kind = "misplaced"
	// Removed: a journal tells that it was removed, and nobody had allowed that. Its tombstone
	// mends nothing.
	Removed Kind = "removed"
)

// Finder says who found it.
type Finder string

// Finders.
const (
	Start Finder = "start" // making whole what a dead process left
	Check Finder = "check" // watchroom archive check
	Move  Finder = "move"  // moving it to an archive tier
	Play  Finder = "play"  // playing it back
	Proof Finder = "proof" // the weekly reading of the oldest footage
	Look  Finder = "look"  // looking for what lies in the wrong place
	Round Finder = "round" // looking whether every file is there
	// Person: somebody gave up the place that it lay on.
	Person Finder = "person"
)

// Damage is one file. Times are µs since 1970 UTC.
type Damage struct {
	bun.BaseModel `bun:"table:footage_damages,alias:damage"`

	File     string `bun:",pk"` // below the volume's folder
	Camera   string
	StartAt  int64 // of the footage
	EndAt    int64
	Kind     Kind
	FoundBy  Finder
	FoundAt  int64  // when it was first found
	SeenAt   int64  // and last
	MendedAt *int64 // when it was read and was right again
}

// Note notes files that are damaged, at an instant. One that was noted before keeps when
// and by whom it was found first, unless it was right in between. What is new of one is an act.
func Note(ctx context.Context, tx bun.IDB, at int64, found ...Damage) error {
	return NoteOf(ctx, tx, at, at, found...)
}

// NoteOf is Note at now for what was found at an instant before.
func NoteOf(ctx context.Context, tx bun.IDB, now, at int64, found ...Damage) error {
	for _, d := range found {
		d.FoundAt, d.SeenAt, d.MendedAt = at, at, nil
		first, anew, changed := false, false, false
		for _, step := range []struct {
			did *bool
			do  func() (sql.Result, error)
		}{
			{&first, func() (sql.Result, error) {
				row := d
				return tx.NewInsert().Model(&row).On("CONFLICT (file) DO NOTHING").Exec(ctx)
			}},
			{&anew, func() (sql.Result, error) {
				return tx.NewUpdate().Model(&d).Column("kind", "found_at", "found_by", "seen_at", "mended_at").Where("file = ?", d.File).Where("mended_at IS NOT NULL").Exec(ctx)
			}},
			{&changed, func() (sql.Result, error) {
				return tx.NewUpdate().Model(&d).Column("kind").Where("file = ?", d.File).Where("kind <> ?", d.Kind).Exec(ctx)
			}},
		} {
			done, err := step.do()
			if err == nil {
				var n int64
				n, err = done.RowsAffected()
				*step.did = n > 0
			}
			if err != nil {
				return problem.Wrap(err, "note damaged footage")
			}
			if first {
				break
			}
		}
		if !first && !anew {
			if _, err := tx.NewUpdate().Model(&d).Column("seen_at").Where("file = ?", d.File).Exec(ctx); err != nil {
				return problem.Wrap(err, "note damaged footage")
			}
		}
		if first || anew || changed {
			if err := d.tell(ctx, tx, now, first, first || anew); err != nil {
				return err
			}
		}
	}
	return nil
}

// Doubt notes a file that could not be read where its row said that it lies, unless that
// has changed since: it was moved, or is being removed. It tells whether it was noted.
func Doubt(ctx context.Context, tx bun.IDB, at int64, volume string, d Damage) (still bool, err error) {
	still, err = tx.NewSelect().Table("segments").ColumnExpr("1").Where("camera = ?", d.Camera).Where("start_at = ?", d.StartAt).
		Where("file = ?", d.File).Where("volume = ?", volume).Where("state = ''").Exists(ctx)
	if err != nil || !still {
		return false, problem.Wrap(err, "look at the row of damaged footage")
	}
	return true, Note(ctx, tx, at, d)
}

// Mend notes that a file was read and was right again. Of one that was not noted it
// notes nothing; nor of one that was altered before it was closed, whose row tells of the
// altered bytes. One that a start called missing is right when it is what its row tells.
func Mend(ctx context.Context, tx bun.IDB, at int64, file string) error {
	done, err := tx.NewUpdate().Model((*Damage)(nil)).Set("mended_at = ?", at).Where("file = ?", file).
		Where("found_by <> ? OR kind = ?", Start, Missing).Where("mended_at IS NULL").Exec(ctx)
	return mended(ctx, tx, done, err, at, at, file)
}

// Back notes, at now, that files are there again since an instant which a start had missed.
func Back(ctx context.Context, tx bun.IDB, now, at int64, files ...string) error {
	for _, file := range files {
		done, err := tx.NewUpdate().Model((*Damage)(nil)).Set("mended_at = ?", at).Where("file = ?", file).
			Where("found_by = ?", Start).Where("kind = ?", Missing).Where("mended_at IS NULL").Exec(ctx)
		if err := mended(ctx, tx, done, err, now, at, file); err != nil {
			return err
		}
	}
	return nil
}

// standing is what is not removed lawfully.
const standing = "(damage.kind = ? OR NOT EXISTS (SELECT 1 FROM tombstones t WHERE t.file = damage.file))"

// Standing gives what is damaged, by camera and time: neither right again nor removed
// lawfully. Without cameras it is that of all.
func Standing(ctx context.Context, tx bun.IDB, cameras ...string) ([]Damage, error) {
	var all []Damage
	q := tx.NewSelect().Model(&all).Where("damage.mended_at IS NULL").
		Where(standing, Removed).OrderExpr("damage.camera, damage.start_at, damage.file")
	if len(cameras) > 0 {
		q.Where("damage.camera IN (?)", bun.List(cameras))
	}
	return all, problem.Wrap(q.Scan(ctx), "read what footage is damaged")
}
