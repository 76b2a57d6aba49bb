package loss

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/media"
)

const minute = int64(60e6)

func TestOutages(t *testing.T) {
	gap := func(from, to int64, cause media.Cause) archive.GapRow {
		if to != math.MaxInt64 {
			to *= minute
		}
		return archive.GapRow{Camera: "gate", Start: from * minute, End: to, Cause: cause}
	}
	const now = 200
	for _, c := range []struct {
		name string
		gaps []archive.GapRow
		plan [][2]int64
		want string
	}{
		{"none", nil, nil, ""},
		{"one", []archive.GapRow{gap(10, 20, "network")}, nil, "10-20 network"},
		{"causes that change are one outage of the longest", []archive.GapRow{gap(10, 11, "network"), gap(11, 20, "camera_unreachable"), gap(20, 25, "network")}, nil, "10-25 camera_unreachable"},
		{"of two", []archive.GapRow{gap(10, 20, "network"), gap(21, 30, "network")}, nil, "10-20 network, 21-30 network"},
		{"it lasts", []archive.GapRow{gap(10, 20, "network"), gap(20, math.MaxInt64, "unknown")}, nil, "10- unknown"},
		{"removed footage", []archive.GapRow{gap(10, 20, "deleted_retention"), gap(20, 22, "network"), gap(30, 40, "deleted_order")}, nil, "20-22 network"},
		{"wholly planned", []archive.GapRow{gap(10, 20, "network")}, [][2]int64{{5, 30}}, ""},
		{"planned in the middle", []archive.GapRow{gap(10, 40, "network")}, [][2]int64{{15, 20}, {25, 30}}, "10-15 network, 20-25 network, 30-40 network"},
		{"planned at the seam of two gaps", []archive.GapRow{gap(10, 20, "network"), gap(20, 30, "unknown")}, [][2]int64{{18, 20}}, "10-18 network, 20-30 unknown"},
		{"a window that runs out while it lasts", []archive.GapRow{gap(10, math.MaxInt64, "network")}, [][2]int64{{5, 50}}, "50- network"},
		{"in a window that is not over", []archive.GapRow{gap(10, math.MaxInt64, "network")}, [][2]int64{{5, 400}}, ""},
		{"the plan is over, nothing answers", []archive.GapRow{gap(10, 55, media.CauseOffHours), gap(55, math.MaxInt64, "camera_unreachable")}, [][2]int64{{5, 50}}, "50- camera_unreachable"},
		{"until a time to come", []archive.GapRow{gap(10, 20, "network"), gap(20, 500000, "unknown"), gap(500000, math.MaxInt64, "network")}, nil, "10- unknown"},
		{"still to come", []archive.GapRow{gap(300, math.MaxInt64, "network")}, nil, ""},
	} {
		plan := func(_ string, from, to int64) []coverage.Stretch {
			var out []coverage.Stretch
			for _, s := range c.plan {
				if a, b := max(s[0]*minute, from), min(s[1]*minute, to); a < b {
					out = append(out, coverage.Stretch{Start: a, End: b, Cause: media.CauseMaintenance})
				}
			}
			return out
		}
		var said []string
		for _, o := range outages(c.gaps, plan, now*minute) {
			end := fmt.Sprint(o.end / minute)
			if o.lasts() {
				end = ""
			}
			said = append(said, fmt.Sprintf("%d-%s %s", o.start/minute, end, o.cause))
		}
		if got := strings.Join(said, ", "); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
