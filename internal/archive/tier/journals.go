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
// a clock was set, is copied again.
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
			r.Bytes = 0
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
	if err := t.Store.Put(ctx, JournalName(v.Name, row.Camera, row.Day), f, st.Size(), Lock{}); err != nil {
		return 0, err
	}
	row.Bytes = st.Size()
	return row.Bytes, m.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row).On("CONFLICT (tier, camera, volume, day) DO UPDATE").Set("bytes = EXCLUDED.bytes").Exec(ctx)
		return problem.Wrap(err, "note a journal that was copied")
	})
}
