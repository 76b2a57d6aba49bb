package sight

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"watchroom/evidence/fmp4"
	"watchroom/internal/archive"
	"watchroom/internal/archive/damage"
	"watchroom/internal/clock"
	"watchroom/internal/db"
)

// NoteBroken gives what notes footage that could not be played because its file is gone
// or no recording any more. A disk that does not answer says nothing of the file.
func NoteBroken(ctx context.Context, d *db.DB, now clock.Clock, log *slog.Logger) func(archive.Segment, error) {
	return func(s archive.Segment, why error) {
		kind := damage.Missing
		switch {
		case errors.Is(why, fs.ErrNotExist):
		case errors.Is(why, fmp4.ErrMalformed), errors.Is(why, fmp4.ErrTruncated):
			kind = damage.Altered
		default:
			return
		}
		log.Error("footage cannot be played", "camera", s.Camera, "file", s.File, "what", kind, "err", why)
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second) // somebody waits for the pictures behind it
		defer cancel()
		err := d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := damage.Doubt(ctx, tx, now.Micro(), s.Volume, damage.Damage{File: s.File, Camera: s.Camera, StartAt: s.StartAt, EndAt: s.EndAt, Kind: kind, FoundBy: damage.Play})
			return err
		})
		if err != nil {
			log.Error("damaged footage could not be noted", "file", s.File, "err", err)
		}
	}
}
