package tier

import (
	"context"
	"errors"
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

func (m *Mover) copyJournalsOf(ctx context.Context, t *Tier, v Volume, today string, copied map[journalRow]int64) error {
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
			if row.Bytes, err = m.copyJournal(ctx, t, v, row); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *Mover) copyJournal(ctx context.Context, t *Tier, v Volume, row journalRow) (int64, error) {
	f, err := durable.OpenRegular(filepath.Join(v.Root, row.Camera, row.Day, journal.FileName))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return 0, err
	}
	lock, err := m.lockOfJournal(ctx, t, v, row)
	if err != nil {
		return 0, err
	}
	if err := t.Store.Put(ctx, JournalName(v.Name, row.Camera, row.Day), f, st.Size(), lock); err != nil {
		return 0, err
	}
	row.Bytes = st.Size()
	if t.Lock != Unlocked {
		until := int64(0)
		if lock.Mode != Unlocked {
			until = lock.Until.UnixMicro()
		}
		row.UntilAt = &until
	}
	return row.Bytes, m.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row).On("CONFLICT (tier, camera, volume, day) DO UPDATE").Set("bytes = EXCLUDED.bytes").
			Set("until_at = EXCLUDED.until_at").Exec(ctx)
		return problem.Wrap(err, "note a journal that was copied")
	})
}

// lockOfJournal is the lock of the latest footage that a day's journal tells of, or of the
// end of the day where it tells of none: an account goes no sooner than what it is of.
func (m *Mover) lockOfJournal(ctx context.Context, t *Tier, v Volume, row journalRow) (Lock, error) {
	day, err := time.Parse(time.DateOnly, row.Day)
	if err != nil || t.Lock == Unlocked {
		return Lock{}, err
	}
	latest := archive.Segment{Camera: row.Camera, EndAt: day.AddDate(0, 0, 1).UnixMicro()}
	records, _, _, err := journal.Read(filepath.Join(v.Root, row.Camera, row.Day, journal.FileName), 0, 0)
	if err != nil {
		return Lock{}, err
	}
	for i := range records {
		if r := &records[i]; r.Kind == journal.KindSegment && r.Segment != nil {
			latest.EndAt = max(latest.EndAt, r.End)
		}
	}
	return m.lock(ctx, &latest, t)
}
