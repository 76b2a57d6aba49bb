package capacity

import (
	"context"
	"math"
	"slices"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/problem"
)

// volumes reckons for each place alone. Where there is one it takes all that comes; of
// several, each grows as it did, or takes its share of the room of the recording disks.
// What stands before an archive tier is not full before the tier is, as footage moves
// there earlier where room is short: unless it shows that the tier does not keep up.
func (k *Keeper) volumes(ctx context.Context, list []Volume, rate float64, together int64) ([]VolumeForecast, error) {
	now := k.Clock.Now()
	free := int64(0)
	for i := range list {
		if !list[i].Tier {
			free += list[i].usable()
		}
	}
	var waiting map[string]int64
	if k.Waiting != nil {
		var err error
		if waiting, err = k.Waiting(ctx); err != nil {
			return nil, err
		}
	}
	out := make([]VolumeForecast, len(list))
	for i, v := range list {
		past, slope, measured, err := k.past(ctx, v.ID, now)
		if err != nil {
			return nil, err
		}
		f := VolumeForecast{Volume: v, BytesPerDay: rate, Past: past, Waiting: waiting[v.ID]}
		if len(list) > 1 {
			switch {
			case measured:
				f.BytesPerDay = max(slope, 0)
			case v.Tier:
				f.BytesPerDay = 0 // nothing shows yet how much moves there
			case free > 0:
				f.BytesPerDay = rate * float64(v.usable()) / float64(free)
			}
		}
		days, reserve := fullIn(float64(v.usable()), f.BytesPerDay), v.Reserve
		f.FullOn = k.on(now.UnixMicro(), days)
		if behind := list[i+1:]; len(behind) > 0 && behind[len(behind)-1].Tier {
			if f.Fills = f.fills(behind, measured, k.Waiting != nil); !f.Fills {
				f.FullOn = together
				if !v.Tier { // from its mark on, the tier takes what comes
					reserve = max(v.Mark, v.Reserve)
				}
			}
		}
		switch {
		case v.Total == 0, v.Boundless, !v.counts():
			f.FullOn, f.Fills = 0, false
		default:
			f.Ahead = k.ahead(&v, now, f.BytesPerDay, reserve, days)
		}
		out[i] = f
	}
	return out, nil
}

// freed finds when volumes that fill are full where what is past its minimum is removed.
func (k *Keeper) freed(ctx context.Context, f *Forecast, minimum Minimum, held *holdings) error {
	longest := 1 // for so many days at most stays what comes from now on
	for i := range f.Cameras {
		longest = max(longest, f.Cameras[i].Minimum)
	}
	for i := range f.Volumes {
		v := &f.Volumes[i]
		if !v.Fills {
			continue
		}
		goes, err := k.goes(ctx, v.ID, f.At, minimum, held)
		if err != nil {
			return err
		}
		v.ends = k.on(f.At, fullBeside(float64(v.usable()), v.BytesPerDay, goes, longest))
	}
	return nil
}

// goes is how many bytes on a volume may be removed to make room, by the days from an
// instant (µs) on after which they may: what no hold keeps, from the end of its minimum on.
func (k *Keeper) goes(ctx context.Context, id string, now int64, minimum Minimum, held *holdings) ([]int64, error) {
	volume := id
	if id == Main {
		volume = ""
	}
	_, seconds := time.UnixMicro(now).In(k.Zone).Zone()
	offset := int64(seconds) * 1e6
	lots, err := k.lots(ctx, volume, now-day, offset)
	if err != nil {
		return nil, err
	}
	var s stock
	for _, l := range lots {
		begins := l.Day*day - offset
		left := minimum(l.Camera, begins) - int((now-begins-day)/day)
		if left = max(left, 0); left > horizon {
			continue
		}
		date := time.UnixMicro(begins + day/2).In(k.Zone).Format(time.DateOnly)
		s.hold(left, l.Bytes-min(held.days[l.Camera][date], l.Bytes))
	}
	return s.kept, nil
}

// lot is what the segments of one day of a camera come to.
type lot struct {
	Camera string
	Day    int64 // since 1970, of the site's zone
	Bytes  int64
}

// lots adds up the segments on a volume that end at or before an instant (µs since 1970
// UTC). Days begin by offset (µs) before those of UTC.
func (k *Keeper) lots(ctx context.Context, volume string, until, offset int64) ([]lot, error) {
	var out []lot
	err := k.DB.Read().NewSelect().Model((*archive.Segment)(nil)).Where("volume = ?", volume).Where("end_at <= ?", until).Where("state = ''").
		ColumnExpr("camera, (start_at + ?) / ? AS day, CAST(SUM(bytes) AS BIGINT) AS bytes", offset, day).
		GroupExpr("camera, day").Scan(ctx, &out)
	return out, problem.Wrap(err, "add up segments of a volume")
}

// past is how full a volume was, and by how many bytes a day it has grown lately; not
// measured for less than three days.
func (k *Keeper) past(ctx context.Context, id string, now time.Time) (past []Point, perDay float64, measured bool, err error) {
	var rows []volumeRow
	err = k.DB.Read().NewSelect().Model(&rows).Where("volume = ?", id).Where("at >= ?", now.UnixMicro()-91*day).OrderExpr("day").Scan(ctx)
	if err != nil {
		return nil, 0, false, problem.Wrap(err, "read how full a volume was")
	}
	var x, y []float64
	for _, r := range rows {
		past = append(past, Point{r.Day, r.Used, r.Total})
		if r.At > now.UnixMicro()-(window+1)*day {
			x, y = append(x, float64(r.At)/float64(day)), append(y, float64(r.Used))
		}
	}
	perDay, measured = slope(x, y)
	return past, perDay, measured, nil
}

// ahead is how a volume fills, a point a day, up to full or for 90 days. Nothing is
// written below the reserve, and what is there does not shrink.
func (k *Keeper) ahead(v *Volume, now time.Time, perDay float64, reserve int64, days float64) (points []Point) {
	for n := 1; n <= 90; n++ {
		used := float64(v.Total - v.Free)
		used = math.Min(used+perDay*float64(n), math.Max(float64(v.Total-reserve), used))
		points = append(points, Point{now.In(k.Zone).AddDate(0, 0, n).Format(time.DateOnly), int64(used), v.Total})
		if days >= 0 && float64(n) >= days {
			break
		}
	}
	return points
}

// fills tells whether a volume before tiers becomes full: none of them takes anything, or
// it has grown in spite of them. Where it is known what waits, growth alone is none of
// their doing: a new disk grows until its footage is old enough to be moved. They do not
// keep up where more waits than comes in a quarter of a day, or below the disk's mark.
func (f *VolumeForecast) fills(behind []Volume, measured, known bool) bool {
	if f.BytesPerDay <= 0 {
		return false
	}
	if !slices.ContainsFunc(behind, func(v Volume) bool { return v.Tier && v.takes() }) {
		return true
	}
	return measured && (!known || f.Free < f.Mark || float64(f.Waiting) > f.BytesPerDay/4)
}

// takes tells whether a tier takes footage.
func (v *Volume) takes() bool { return v.counts() && !v.Stalled && (v.Boundless || v.usable() > 0) }
