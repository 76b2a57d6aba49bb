package tier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/clock/every"
	"watchroom/internal/durable"
	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// journalRow is a copy of a day's journal on a tier.
type journalRow struct {
	bun.BaseModel `bun:"table:tier_journals"`
	Tier          string `bun:",pk"`
	Volume        string `bun:",pk"`
	Camera        string `bun:",pk"`
	Day           string `bun:",pk"`
	Bytes         int64
	UntilAt       *int64 // µs, when its lock ends; nil: nobody has thought of one
}

// JournalName is where a tier keeps the journal of a camera's day on a volume.
func JournalName(volume, camera, day string) string {
	if volume == "" {
		return path.Join(camera, day, journal.FileName)
	}
	base, ext := strings.TrimSuffix(journal.FileName, path.Ext(journal.FileName)), path.Ext(journal.FileName) //nolint:gocritic // the name begins so
	return path.Join(camera, day, base+"-"+volume+ext)
}

// ParseJournalName is its opposite.
func ParseJournalName(name string) (volume, camera, day string, ok bool) {
	parts := strings.Split(name, "/")
	if len(parts) != 3 {
		return "", "", "", false
	}
	if _, err := time.Parse(time.DateOnly, parts[1]); err != nil {
		return "", "", "", false
	}
	ext := path.Ext(journal.FileName)
	rest, found := strings.CutPrefix(parts[2], strings.TrimSuffix(journal.FileName, ext)) //nolint:gocritic // likewise
	rest, ended := strings.CutSuffix(rest, ext)
	if volume, named := strings.CutPrefix(rest, "-"); found && ended && (rest == "" || named && volume != "") {
		return volume, parts[0], parts[1], true
	}
	return "", "", "", false
}

// copyJournals copies the journals of days that are over to every tier, so that a
// tier alone is enough to make the catalogue again. One that has grown since, because
// a clock was set, is copied again. Journals only ever grow: of one that is shorter, as on
// a disk that took the place of another, the copy tells more.
func (m *Mover) copyJournals(ctx context.Context, well map[*Tier]bool) error {
	today := segment.Day(m.Clock.Micro())
	var errs []error
	for _, t := range m.Tiers {
		if !well[t] {
			continue
		}
		var rows []journalRow
		if err := m.DB.Read().NewSelect().Model(&rows).Where("tier = ?", t.Name).Scan(ctx); err != nil {
			return problem.Wrap(err, "read which journals were copied")
		}
		copied := map[journalRow]int64{}
		for _, r := range rows {
			bytes := r.Bytes
			if t.Lock != Unlocked && r.UntilAt == nil {
				bytes = -1 // it is put there once more, with its lock
			}
			r.Bytes, r.UntilAt = 0, nil
			copied[r] = bytes
		}
		for _, v := range m.Volumes {
			if v.Away != nil && v.Away() {
				continue
			}
			errs = append(errs, m.copyJournalsOf(ctx, t, v, today, copied))
		}
	}
	return errors.Join(errs...)
}

// badJournal is one that cannot be read: it keeps no other from being copied.
type badJournal struct{ error }

func (b badJournal) Unwrap() error { return b.error }

// ownJournal is a journal that is copied. It remembers that it could not be read, whatever a
// store makes of that.
type ownJournal struct {
	*os.File
	bad error
}

func (j *ownJournal) noted(err error) error {
	if err != nil && !errors.Is(err, io.EOF) {
		j.bad = err
	}
	return err
}

// Read implements io.Reader.
func (j *ownJournal) Read(b []byte) (int, error) {
	n, err := j.File.Read(b)
	return n, j.noted(err)
}

// ReadAt implements io.ReaderAt.
func (j *ownJournal) ReadAt(b []byte, at int64) (int, error) {
	n, err := j.File.ReadAt(b, at)
	return n, j.noted(err)
}

// openJournal is durable.OpenRegular but in tests.
var openJournal = durable.OpenRegular

func (m *Mover) copyJournalsOf(ctx context.Context, t *Tier, v Volume, today string, copied map[journalRow]int64) error {
	var bad problem.Few
	cameras, err := os.ReadDir(v.Root)
	if err != nil {
		return err
	}
	for _, c := range cameras {
		days, err := os.ReadDir(filepath.Join(v.Root, c.Name()))
		if err != nil {
			continue // no folder
		}
		for _, d := range days {
			if _, err := time.Parse(time.DateOnly, d.Name()); err != nil || d.Name() >= today {
				continue
			}
			row := journalRow{Tier: t.Name, Volume: v.Name, Camera: c.Name(), Day: d.Name()}
			st, err := os.Lstat(filepath.Join(v.Root, row.Camera, row.Day, journal.FileName))
			if err != nil || !st.Mode().IsRegular() || st.Size() == copied[row] {
				continue
			}
			if st.Size() < copied[row] {
				m.Log.Error("a journal is shorter than the copy on an archive tier, which stays as it is", "tier", t.Name, "volume", v.Name, "camera", row.Camera, "day", row.Day)
				continue
			}
			every.Alive(ctx)
			err = m.copyJournal(ctx, t, v, row)
			if _, own := errors.AsType[badJournal](err); own {
				bad.Add(fmt.Errorf("the journal of %s of %s on volume %q: %w", row.Camera, row.Day, v.Name, err))
				continue
			}
			if err != nil {
				return errors.Join(err, bad.Err())
			}
		}
	}
	return bad.Err()
}

func (m *Mover) copyJournal(ctx context.Context, t *Tier, v Volume, row journalRow) error {
	opened, err := openJournal(filepath.Join(v.Root, row.Camera, row.Day, journal.FileName))
	if err != nil {
		return badJournal{err}
	}
	defer opened.Close()
	st, err := opened.Stat()
	if err != nil {
		return badJournal{err}
	}
	f := &ownJournal{File: opened}
	lock, err := m.lockOfJournal(ctx, t, f, row)
	if err == nil {
		err = t.Store.Put(ctx, JournalName(v.Name, row.Camera, row.Day), f, st.Size(), lock)
	}
	switch {
	case err != nil && f.bad != nil && ctx.Err() == nil:
		return badJournal{f.bad}
	case err != nil:
		return err
	}
	row.Bytes = st.Size()
	if t.Lock != Unlocked {
		until := int64(0)
		if lock.Mode != Unlocked {
			until = lock.Until.UnixMicro()
		}
		row.UntilAt = &until
	}
	return m.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row).On("CONFLICT (tier, camera, volume, day) DO UPDATE").Set("bytes = EXCLUDED.bytes").
			Set("until_at = EXCLUDED.until_at").Exec(ctx)
		return problem.Wrap(err, "note a journal that was copied")
	})
}

// lockOfJournal is the lock of the latest footage that a day's journal tells of, or of the
// end of the day where it tells of none: an account goes no sooner than what it is of.
func (m *Mover) lockOfJournal(ctx context.Context, t *Tier, f io.ReadSeeker, row journalRow) (Lock, error) {
	day, err := time.Parse(time.DateOnly, row.Day)
	if err != nil || t.Lock == Unlocked {
		return Lock{}, err
	}
	latest := archive.Segment{Camera: row.Camera, EndAt: day.AddDate(0, 0, 1).UnixMicro()}
	lines, _, _, err := journal.Scan(f, 0, 0)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return Lock{}, err
	}
	for i := range lines {
		if r := &lines[i]; r.Kind == journal.KindSegment && r.Segment != nil {
			latest.EndAt = max(latest.EndAt, r.End)
		}
	}
	return m.lock(ctx, &latest, t)
}
