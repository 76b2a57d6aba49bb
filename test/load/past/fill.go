package past

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// rowsAtOnce is how many rows one statement inserts.
const rowsAtOnce = 100

// Clear empties the catalogue.
func Clear(ctx context.Context, d *db.DB) error {
	return d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, table := range []string{"segments", "coverage", "journal_cursors"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table); err != nil {
				return fmt.Errorf("clear %s: %w", table, err)
			}
		}
		return nil
	})
}

// Fill writes what is planned of one camera into the catalogue. journals are the sizes
// of its journals by day, which count as taken in; nil where there are none.
func Fill(ctx context.Context, d *db.DB, id string, c Camera, journals map[string]int64) error {
	var segments, spans, cursors []any
	for i := range c.Segments {
		s := &c.Segments[i]
		segments = append(segments, s.Camera, s.StartAt, s.EndAt, s.Run, s.File, s.Bytes, s.Parts, s.Frames, s.Root,
			s.Codec, s.MIME, s.Width, s.Height, s.Audio, s.Recovered)
	}
	for i := range c.Spans {
		s := &c.Spans[i]
		spans = append(spans, id, s.Start, s.End, string(s.Kind), string(s.Cause), s.Detail)
	}
	for day, size := range journals {
		cursors = append(cursors, id, "", day, size)
	}
	err := insert(ctx, d, "segments", []string{"camera", "start_at", "end_at", "run", "file", "bytes", "parts", "frames", "root",
		"codec", "mime", "width", "height", "audio", "recovered"}, segments)
	if err != nil {
		return err
	}
	if err := insert(ctx, d, "coverage", []string{"camera", "start_at", "end_at", "kind", "cause", "detail"}, spans); err != nil {
		return err
	}
	return insert(ctx, d, "journal_cursors", []string{"camera", "volume", "day", "next"}, cursors)
}

// insert writes rows in one transaction. values hold one row after the other.
func insert(ctx context.Context, d *db.DB, table string, columns []string, values []any) error {
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", len(columns)), ",") + ")"
	prepare := func(rows int) (*sql.Stmt, error) {
		return d.PrepareWrite(ctx, "INSERT INTO "+table+" ("+strings.Join(columns, ",")+") VALUES "+
			strings.TrimSuffix(strings.Repeat(row+",", rows), ","))
	}
	for _, rows := range []int{rowsAtOnce, 1} { // what does not fill a statement goes one by one
		n := rows * len(columns)
		whole := len(values) / n * n
		if whole == 0 {
			continue
		}
		s, err := prepare(rows)
		if err != nil {
			return fmt.Errorf("fill %s: %w", table, err)
		}
		err = d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			for batch := range slices.Chunk(values[:whole], n) {
				if _, err := tx.StmtContext(ctx, s).ExecContext(ctx, batch...); err != nil {
					return fmt.Errorf("fill %s: %w", table, err)
				}
			}
			return nil
		})
		if err = errors.Join(err, s.Close()); err != nil {
			return err
		}
		values = values[whole:]
	}
	return nil
}

// Keep gives every planned segment of a camera the file of the sample, by a hard
// link below the recordings folder, and writes the journals that belong to them, whose
// sizes it gives by day. The catalogue can make its rows from these. seals are what the
// journal says of the sample while it is written, in the days from sealed on (µs since
// 1970 UTC): months of them would be many times the journals' size.
func Keep(root, sample string, like journal.Segment, c Camera, seals []Seal, sealed int64) (sizes map[string]int64, err error) {
	journals := map[string][]byte{}
	note := func(at int64, r journal.Record) {
		b, wrong := json.Marshal(&r)
		err = errors.Join(err, wrong)
		day := segment.Day(at)
		journals[day] = fmt.Appendf(journals[day], "%08x %s\n", crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)), b)
	}
	run, end := "", int64(0)
	for i := range c.Segments {
		s := &c.Segments[i]
		if s.Run != run && run != "" {
			note(end, journal.Record{Kind: journal.KindGap, At: end, Cause: c.causeAt(end)})
		}
		if s.Run != run {
			note(s.StartAt, journal.Record{Kind: journal.KindRun, At: s.StartAt, Run: s.Run})
		}
		run, end = s.Run, s.EndAt
		for _, x := range seals {
			if s.StartAt >= sealed {
				x.File = s.File
				note(s.StartAt, journal.Record{Kind: journal.KindSeal, At: s.StartAt + x.After, Sealed: &x.Sealed})
			}
		}
		of := like
		of.File, of.Start, of.End = s.File, s.StartAt, s.EndAt
		note(s.StartAt, journal.Record{Kind: journal.KindSegment, At: s.EndAt, Run: s.Run, Segment: &of})
	}
	if last := len(c.Spans) - 1; last >= 0 && c.Spans[last].Kind == coverage.Gap && c.Spans[last].Start == end {
		note(end-1, journal.Record{Kind: journal.KindGap, At: end, Cause: c.Spans[last].Cause})
	}
	if err != nil || len(c.Segments) == 0 {
		return nil, err
	}
	sizes = map[string]int64{}
	for day, text := range journals {
		dir := filepath.Join(root, c.Segments[0].Camera, day)
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(dir, journal.FileName), text, 0o640); err != nil {
			return nil, err
		}
		sizes[day] = int64(len(text))
	}
	for i := range c.Segments {
		if err := os.Link(sample, filepath.Join(root, c.Segments[i].File)); err != nil {
			return nil, err
		}
	}
	return sizes, nil
}

// causeAt is the cause of the gap that begins at an instant.
func (c Camera) causeAt(at int64) media.Cause {
	for i := range c.Spans {
		if s := &c.Spans[i]; s.Kind == coverage.Gap && s.Start == at {
			return s.Cause
		}
	}
	return media.CauseUnknown
}
