package damage_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/damage"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestTheTimeThatIsGone: of what stands as missing or altered, but for what another segment has.
func TestTheTimeThatIsGone(t *testing.T) {
	clause.Covers(t, "C076", "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write := func(work func(ctx context.Context, tx bun.Tx) error) {
			t.Helper()
			if err := d.Tx(t.Context(), work); err != nil {
				t.Fatal(err)
			}
		}
		segment := func(camera string, from, to int64) string {
			t.Helper()
			file := fmt.Sprint(camera, from)
			write(func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, `INSERT INTO segments (camera, start_at, end_at, run, file, bytes, parts, frames, root, codec, mime, width, height, audio, recovered, state, volume)
					VALUES (?, ?, ?, 'r', ?, 1, 1, 1, '', '', '', 1, 1, '', 0, '', '')`, camera, from, to, file)
				return err
			})
			return file
		}
		lose := func(camera string, from, to int64, kind damage.Kind) string {
			t.Helper()
			file := segment(camera, from, to)
			write(func(ctx context.Context, tx bun.Tx) error {
				return damage.Note(ctx, tx, 1, damage.Damage{File: file, Camera: camera, StartAt: from, EndAt: to, Kind: kind, FoundBy: damage.Round})
			})
			return file
		}
		gone := func(what string, from, to int64, cameras []string, want string) {
			t.Helper()
			all, err := damage.Gone(t.Context(), d.Read(), from, to, cameras...)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for camera, list := range all {
				for _, g := range list {
					got = append(got, fmt.Sprintf("%s %d-%d %s", camera, g.Start, g.End, strings.TrimPrefix(string(g.Cause), "footage_")))
				}
			}
			slices.Sort(got)
			if is := strings.Join(got, ", "); is != want {
				t.Errorf("%s: %s, want %s", what, is, want)
			}
		}
		everything := func(what, want string) {
			t.Helper()
			gone(what, math.MinInt64, math.MaxInt64, nil, want)
		}
		everything("nothing", "")
		segment("a", 100, 200)
		back := lose("a", 200, 300, damage.Missing)
		lose("a", 300, 400, damage.Altered)
		lose("b", 100, 200, damage.Unproved)
		lose("b", 200, 300, damage.Short)
		twice := lose("c", 100, 300, damage.Missing)
		segment("c", 250, 280) // another has the time, as where two recorded at once
		everything("all", "a 200-300 missing, a 300-400 damaged, c 100-250 missing, c 280-300 missing")
		gone("of one camera", 0, 350, []string{"a"}, "a 200-300 missing, a 300-400 damaged")
		gone("of a time", 310, 320, []string{"a", "c"}, "a 300-400 damaged")
		lose("c", 240, 290, damage.Missing)
		everything("both are gone", "a 200-300 missing, a 300-400 damaged, c 100-250 missing, c 280-300 missing")
		write(func(ctx context.Context, tx bun.Tx) error { return damage.Mend(ctx, tx, 2, back) })
		write(func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO tombstones (file, camera, start_at, end_at, bytes, root, ground, authority, at) VALUES (?, 'c', 100, 300, 3, '', 'order', 'x', 4)", twice)
			return err
		})
		everything("one is back, one was removed", "a 300-400 damaged, c 240-250 missing, c 280-290 missing")
	})
}
