// Package damage remembers footage that was found to be another than was recorded, or
// gone without a word: whoever finds it notes it, and it stays noted until the file was
// read and was right again, or was removed lawfully. What a check once printed on a
// terminal is seen by the room, and by whoever asks later.
package damage

import (
	"context"

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
// and by whom it was found first, unless it was right in between.
func Note(ctx context.Context, tx bun.IDB, at int64, found ...Damage) error {
	for _, d := range found {
		d.FoundAt, d.SeenAt = at, at
		_, err := tx.NewInsert().Model(&d).On("CONFLICT (file) DO UPDATE").Set("seen_at = EXCLUDED.seen_at").Set("kind = EXCLUDED.kind").
			Set("found_at = CASE WHEN damage.mended_at IS NULL THEN damage.found_at ELSE EXCLUDED.found_at END").
			Set("found_by = CASE WHEN damage.mended_at IS NULL THEN damage.found_by ELSE EXCLUDED.found_by END").
			Set("mended_at = NULL").Exec(ctx)
		if err != nil {
			return problem.Wrap(err, "note damaged footage")
		}
	}
	return nil
}

// Doubt notes a file that could not be read where its row said that it lies, unless that
// has changed since: it was moved, or is being removed.
func Doubt(ctx context.Context, tx bun.IDB, at int64, volume string, d Damage) error {
	still, err := tx.NewSelect().Table("segments").ColumnExpr("1").Where("camera = ?", d.Camera).Where("start_at = ?", d.StartAt).
		Where("file = ?", d.File).Where("volume = ?", volume).Where("state = ''").Exists(ctx)
	if err != nil || !still {
		return problem.Wrap(err, "look at the row of damaged footage")
	}
	return Note(ctx, tx, at, d)
}

// Mend notes that a file was read and was right again. Of one that was not noted it
// notes nothing; nor of one that was altered before it was closed, whose row tells of the
// altered bytes.
func Mend(ctx context.Context, tx bun.IDB, at int64, file string) error {
	_, err := tx.NewUpdate().Model((*Damage)(nil)).Set("mended_at = ?", at).Where("file = ?", file).Where("found_by <> ?", Start).Where("mended_at IS NULL").Exec(ctx)
	return problem.Wrap(err, "note mended footage")
}

// Back notes that files are there again that a start had missed.
func Back(ctx context.Context, tx bun.IDB, at int64, files ...string) error {
	if len(files) == 0 {
		return nil
	}
	_, err := tx.NewUpdate().Model((*Damage)(nil)).Set("mended_at = ?", at).Where("file IN (?)", bun.List(files)).
		Where("found_by = ?", Start).Where("kind = ?", Missing).Where("mended_at IS NULL").Exec(ctx)
	return problem.Wrap(err, "note footage that is there again")
}

// Standing gives what is damaged, by camera and time: neither right again nor removed
// lawfully. Without cameras it is that of all.
func Standing(ctx context.Context, tx bun.IDB, cameras ...string) ([]Damage, error) {
	var all []Damage
	q := tx.NewSelect().Model(&all).Where("damage.mended_at IS NULL").
		Where("NOT EXISTS (SELECT 1 FROM tombstones t WHERE t.file = damage.file)").OrderExpr("damage.camera, damage.start_at, damage.file")
	if len(cameras) > 0 {
		q.Where("damage.camera IN (?)", bun.List(cameras))
	}
	return all, problem.Wrap(q.Scan(ctx), "read what footage is damaged")
}
