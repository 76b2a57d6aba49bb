package capacity

import (
	"cmp"
	"context"
	"log/slog"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/db"
	"watchroom/internal/problem"
)

// ErrShort refuses what could not be kept, where the installation wants that refused.
// Parameters: keeps, of (days), on (the date of the shortfall, 2026-11-22).
var ErrShort = problem.New(problem.Conflict, "capacity_short", "The storage cannot keep this for as long as it must be kept.")

// ErrInput refuses a question that cannot be. The field says which part.
var ErrInput = problem.New(problem.Invalid, "capacity_input", "A bit rate is between 1 kbit/s and 1 Gbit/s, a minimum between 1 and 3650 days.")

// Volume is a place for recordings. Sizes are bytes; one that cannot be asked now has
// none, and is not known.
type Volume struct {
	ID          string
	Name        string
	Device      string // of its file system; volumes of one share its room. Empty: nobody else's
	Total, Free int64
	Reserve     int64 // below so many free bytes nothing is recorded on it
}

// usable is what recordings may take of the free space.
func (v *Volume) usable() int64 { return max(v.Free-v.Reserve, 0) }

// Keeper measures, reckons and warns.
type Keeper struct {
	DB        *db.DB
	Catalogue *archive.Catalogue
	Zone      *time.Location // of the site
	Clock     clock.Clock
	Log       *slog.Logger

	Cameras func(context.Context) ([]string, error) // those in service
	Volumes func() []Volume
	// Sight is what a camera shows at present; nil where nobody knows.
	Sight func(camera string) Sight
	// Minimum is for how many days a camera's footage must be kept; nil: 90.
	Minimum func(camera string) int
	// Frees says that what is older than its minimum is removed when room is needed.
	// Otherwise a full disk is the end of recording.
	Frees bool
	// Refuse makes a shortfall a refusal.
	Refuse bool
	// Signal raises or takes back that a volume fills, or the minimum cannot be kept,
	// within Ahead. It is told again with the figures of now after every look.
	Signal func(w *Warning)

	Ahead time.Duration // 0 means 28 days
	Every time.Duration // 0 means a minute

	noted  time.Time // when it was last written down how full the volumes are; belongs to Tick
	warned bool      // likewise
	last   atomic.Pointer[Forecast]
	loop   every.Loop
}

// Warning is what Signal tells; nil: nothing is short any more.
type Warning struct {
	Volume string // empty: all together
	On     int64  // µs since 1970 UTC
	Keeps  float64
	Of     int
}

type volumeRow struct {
	bun.BaseModel `bun:"table:volume_days,alias:volume_day"`
	Volume        string `bun:",pk"`
	Day           string `bun:",pk"`
	At            int64
	Used          int64
	Free          int64
	Total         int64
}

// Start begins to note how full the volumes are.
func (k *Keeper) Start(ctx context.Context) error {
	if k.Log == nil {
		k.Log = slog.New(slog.DiscardHandler)
	}
	k.loop.Start(ctx, cmp.Or(k.Every, time.Minute), every.Trying(k.Tick, func(err error) {
		k.Log.Warn("how full the volumes are could not be noted; tried again", "err", err)
	}))
	return nil
}

// Close stops it.
func (k *Keeper) Close() {
	k.loop.Close()
}

func (k *Keeper) minimum(camera string) int {
	if k.Minimum == nil {
		return 90
	}
	return max(k.Minimum(camera), 1)
}

// CameraRate is one camera of a forecast.
type CameraRate struct {
	Camera string
	Rate
	Minimum  int
	Reserved float64 // bytes that its minimum needs
}

// Point is how full a volume was, or will be, on a day.
type Point struct {
	Day         string
	Used, Total int64
}

// VolumeForecast is one volume. FullOn is µs since 1970 UTC, 0 for not within 400 days.
type VolumeForecast struct {
	Volume
	BytesPerDay float64
	FullOn      int64
	Past        []Point // one a day
	Ahead       []Point // one a day, if nothing is removed, up to full or 90 days
}

// Forecast is what becomes of the storage at the rates of now.
type Forecast struct {
	At          int64
	Used        int64 // bytes of recordings
	Usable      int64 // bytes that recordings may take, those they have taken included
	Reserved    int64 // bytes that all minimums need
	BytesPerDay float64
	Keeps       float64 // days, at most Of
	Of          int     // the largest minimum
	ShortOn     int64   // when the minimum cannot be kept any more; 0: not within 400 days
	FullOn      int64   // when all volumes are full if nothing is removed; 0 likewise
	Cameras     []CameraRate
	Volumes     []VolumeForecast

	sure stocks // what was measured of it
	room int64  // bytes that may still be taken
}

// Forecast reckons from the rates of now.
func (k *Keeper) Forecast(ctx context.Context) (*Forecast, error) {
	cameras, err := k.Cameras(ctx)
	if err != nil {
		return nil, err
	}
	rates, err := k.rates(ctx, cameras)
	if err != nil {
		return nil, err
	}
	now := k.Clock.Micro()
	kept, err := k.stock(ctx, cameras, rates)
	if err != nil {
		return nil, err
	}
	f := &Forecast{At: now}
	var all []stock
	for _, c := range cameras {
		s := kept[c]
		all = append(all, s)
		f.sure.add(s, rates[c].Basis)
		f.BytesPerDay += s.rate
		f.Cameras = append(f.Cameras, CameraRate{c, rates[c], s.minimum, s.rate * float64(s.minimum)})
		delete(kept, c)
	}
	for _, s := range kept {
		all = append(all, s)
		f.sure.list = append(f.sure.list, s)
	}
	slices.SortFunc(f.Cameras, func(a, b CameraRate) int {
		return cmp.Or(cmp.Compare(b.Reserved, a.Reserved), cmp.Compare(a.Camera, b.Camera))
	})
	volumes := k.Volumes()
	free := roomOf(volumes)
	f.room = free
	if f.Used, err = k.Catalogue.Stored(ctx); err != nil {
		return nil, err
	}
	f.Usable = f.Used + free
	f.Reserved = int64(reserved(all))
	f.Keeps, f.Of = keeps(all, float64(f.Usable))
	f.ShortOn = k.on(now, float64(shortIn(all, float64(f.Usable))))
	f.FullOn = k.on(now, fullIn(float64(free), f.BytesPerDay))
	if f.Volumes, err = k.volumes(ctx, volumes, f.BytesPerDay, free); err != nil {
		return nil, err
	}
	return f, nil
}

// on is the instant some days from now, 0 for beyond the horizon.
func (k *Keeper) on(now int64, days float64) int64 {
	if days < 0 || days > horizon {
		return 0
	}
	return now + int64(days*float64(day))
}

// stock is what each camera holds, by age, as far as it must be kept.
func (k *Keeper) stock(ctx context.Context, cameras []string, rates map[string]Rate) (map[string]stock, error) {
	now := k.Clock.Micro()
	out := make(map[string]stock, len(cameras))
	most := 0
	for _, c := range cameras {
		s := stock{rate: rates[c].BytesPerDay, minimum: k.minimum(c)}
		most = max(most, s.minimum)
		out[c] = s
	}
	days, err := k.Catalogue.Days(ctx, k.Zone.String(), nil, now-int64(most+1)*day, now)
	if err != nil {
		return nil, err
	}
	for i := range days {
		s, ok := out[days[i].Camera]
		if !ok { // retired: nothing comes any more, and what there is must be kept
			s = stock{minimum: k.minimum(days[i].Camera)}
		}
		age := int((now - days[i].End) / day)
		if age < 0 || age >= s.minimum {
			continue
		}
		if s.kept == nil {
			s.kept = make([]int64, s.minimum)
		}
		s.kept[age] += days[i].Bytes
		out[days[i].Camera] = s
	}
	return out, nil
}

// volumes reckons for each volume alone. Where there is one it takes all that comes;
// of several, each grows as it did, or takes its share of the room.
func (k *Keeper) volumes(ctx context.Context, list []Volume, rate float64, free int64) ([]VolumeForecast, error) {
	now := k.Clock.Now()
	out := make([]VolumeForecast, len(list))
	for i, v := range list {
		var rows []volumeRow
		err := k.DB.Read().NewSelect().Model(&rows).Where("volume = ?", v.ID).Where("at >= ?", now.UnixMicro()-91*day).OrderExpr("day").Scan(ctx)
		if err != nil {
			return nil, problem.Wrap(err, "read how full a volume was")
		}
		f := VolumeForecast{Volume: v, BytesPerDay: rate}
		var x, y []float64
		for _, r := range rows {
			f.Past = append(f.Past, Point{r.Day, r.Used, r.Total})
			if r.At > now.UnixMicro()-(window+1)*day {
				x, y = append(x, float64(r.At)/float64(day)), append(y, float64(r.Used))
			}
		}
		if len(list) > 1 {
			grows, ok := slope(x, y)
			switch {
			case ok:
				f.BytesPerDay = max(grows, 0)
			case free > 0:
				f.BytesPerDay = rate * float64(v.usable()) / float64(free)
			}
		}
		days := fullIn(float64(v.usable()), f.BytesPerDay)
		f.FullOn = k.on(now.UnixMicro(), days)
		for n := 1; n <= 90; n++ {
			// Nothing is written below the reserve, and what is there does not shrink.
			used := float64(v.Total - v.Free)
			used = math.Min(used+f.BytesPerDay*float64(n), math.Max(float64(v.Total-v.Reserve), used))
			f.Ahead = append(f.Ahead, Point{now.In(k.Zone).AddDate(0, 0, n).Format(time.DateOnly), int64(used), v.Total})
			if days >= 0 && float64(n) >= days {
				break
			}
		}
		out[i] = f
	}
	return out, nil
}

// Change is what somebody wants: a camera more, or more of one.
type Change struct {
	Camera  string  // empty: a new one
	Bitrate float64 // bit/s; 0: as it is, or as a new camera is expected
	Minimum int     // days; 0: as it is
	Sight   Sight   // of a new camera, from its connection test
}

// Answer says what becomes of the storage with the change.
type Answer struct {
	Rate
	Keeps    float64 // days that everything is kept for, at most Of
	Of       int     // the largest minimum
	OK       bool    // the minimum can be kept
	ShortOn  int64   // µs since 1970 UTC; 0: not within 400 days
	FullOn   int64   // if nothing is removed
	Needs    int64   // bytes that the camera's minimum needs
	Reserved int64   // bytes that all need
	Usable   int64
}

// Check answers what becomes of the storage with a change, with ErrShort where a
// shortfall is to be refused.
func (k *Keeper) Check(ctx context.Context, c Change) (*Answer, error) {
	if c.Bitrate != 0 && (c.Bitrate < 1e3 || c.Bitrate > 1e9 || math.IsNaN(c.Bitrate)) {
		return nil, ErrInput.On("bitrate")
	}
	if c.Minimum < 0 || c.Minimum > 3650 {
		return nil, ErrInput.On("minimumDays")
	}
	cameras, err := k.Cameras(ctx)
	if err != nil {
		return nil, err
	}
	id := c.Camera
	if !slices.Contains(cameras, id) {
		cameras = append(slices.Clone(cameras), id)
	}
	rates, err := k.rates(ctx, cameras)
	if err != nil {
		return nil, err
	}
	if id == "" {
		rates[id] = expect(c.Sight)
	}
	if c.Bitrate > 0 {
		rates[id] = Rate{perDay(c.Bitrate), Given}
	}
	kept, err := k.stock(ctx, cameras, rates)
	if err != nil {
		return nil, err
	}
	if c.Minimum > 0 {
		s := kept[id]
		s.minimum = c.Minimum
		kept[id] = s
	}
	var all []stock
	perDay := 0.0
	for _, s := range kept {
		all = append(all, s)
		perDay += s.rate
	}
	used, err := k.Catalogue.Stored(ctx)
	if err != nil {
		return nil, err
	}
	free := roomOf(k.Volumes())
	now := k.Clock.Micro()
	a := &Answer{Rate: rates[id], Usable: used + free, Needs: int64(kept[id].rate * float64(kept[id].minimum)), Reserved: int64(reserved(all))}
	a.Keeps, a.Of = keeps(all, float64(a.Usable))
	a.OK = a.Keeps >= float64(a.Of)
	a.ShortOn = k.on(now, float64(shortIn(all, float64(a.Usable))))
	a.FullOn = k.on(now, fullIn(float64(free), perDay))
	if k.Refuse && !a.OK {
		refusal := ErrShort.With("keeps", int(a.Keeps)).With("of", a.Of)
		if a.ShortOn != 0 {
			refusal = refusal.With("on", time.UnixMicro(a.ShortOn).In(k.Zone).Format(time.DateOnly))
		}
		return a, refusal
	}
	return a, nil
}
