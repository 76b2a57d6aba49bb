package stepped_test

import (
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/stepped"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/dbtest"
)

const hour = int64(time.Hour / time.Microsecond)

func at(year, month, day int) int64 {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).UnixMicro()
}

func seg(run string, end int64) journal.Record {
	return journal.Record{Kind: journal.KindSegment, At: end, Run: run, Segment: &journal.Segment{Start: end - hour, End: end}}
}

// TestFootageFromBeforeTheProgram: in whatever order a journal is read, such footage is as
// old as the first later run whose times can be right, and of no known age before.
func TestFootageFromBeforeTheProgram(t *testing.T) {
	early := at(2020, 1, 1) + hour
	right, later := seg("r1", at(2026, 8, 1)), at(2026, 11, 20)
	run := journal.Record{Kind: journal.KindRun, At: later, Run: "r9"}
	stepGap := journal.Record{Kind: journal.KindGap, At: early, Cause: media.CauseClockStep}
	for name, c := range map[string]struct {
		told []journal.Record
		want int64 // latest instant at which it can have ended
	}{
		"nothing later":               {[]journal.Record{seg("r2", early)}, stepped.Unknown},
		"a later run":                 {[]journal.Record{seg("r2", early), run}, later},
		"a later segment":             {[]journal.Record{seg("r2", early), seg("r3", later)}, later},
		"an earlier run":              {[]journal.Record{seg("r2", early), right}, stepped.Unknown},
		"an earlier run, read first":  {[]journal.Record{right, seg("r2", early), run}, later},
		"an earlier run, read second": {[]journal.Record{seg("r2", early), right, run}, later},
		"a step that was told":        {[]journal.Record{seg("r2", early), stepGap, {Kind: journal.KindGap, At: later - hour, Cause: media.CauseNetwork}, run}, later - hour},
		"told twice":                  {[]journal.Record{seg("r2", early), run, seg("r3", later+hour), seg("r2", early), run}, later},
		"twice behind": {[]journal.Record{seg("r2", early), {Kind: journal.KindGap, At: early, Cause: media.CauseClockStep},
			{Kind: journal.KindRun, At: early + 24*hour, Run: "r5"}, seg("r5", early+25*hour), run}, later - hour},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					for i := range c.told { // each by itself, as they come
						s, err := stepped.Of(ctx, tx, "cam")
						if err != nil {
							return err
						}
						r := &c.told[i]
						s.Follow(r)
						if r.Kind == journal.KindSegment {
							_, err := tx.NewRaw("INSERT INTO segments (camera, start_at, end_at, run, file, bytes, parts, frames, root, codec, mime, width, height, audio, recovered, state, volume, aged_at) "+
								"VALUES ('cam', ?, ?, ?, ?, 1, 1, 1, '', '', '', 1, 1, '', 0, '', '', ?) ON CONFLICT DO NOTHING",
								r.Start, r.End, r.Run, r.Run+time.UnixMicro(r.End).String(), s.Aged(r.End)).Exec(ctx)
							if err != nil {
								return err
							}
						}
						if err := s.Write(ctx, tx); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				var got int64
				if err := d.Read().NewRaw("SELECT aged_at FROM segments WHERE end_at = ?", early).Scan(t.Context(), &got); err != nil {
					t.Fatal(err)
				}
				if got-c.want > 10 || c.want-got > 10 {
					t.Errorf("it ended at %s at the latest, want %s", time.UnixMicro(got).UTC(), time.UnixMicro(c.want).UTC())
				}
			})
		})
	}
}
