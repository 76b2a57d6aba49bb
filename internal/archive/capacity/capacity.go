package capacity

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/hold"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

// ErrShort refuses what could not be kept, where the installation wants that refused.
// Parameters: keeps, of (days), on (the date of the shortfall, 2026-11-22).
var ErrShort = problem.New(problem.Conflict, "capacity_short", "The storage cannot keep this for as long as it must be kept.")

// ErrInput refuses a question that cannot be. The field says which part.
var ErrInput = problem.New(problem.Invalid, "capacity_input", "A bit rate is between 1 kbit/s and 1 Gbit/s, a minimum between 1 and 3650 days.")

// Volume is a place for recordings: a disk that they are written to, or an archive tier
// that they are moved to by their age, and earlier where there is no room before it.
// Sizes are bytes.
type Volume struct {
	ID          string
	Name        string
	Total, Free int64 // 0: nobody can tell
	Reserve     int64 // below so many free bytes nothing is recorded on it, or moved to it
	Tier        bool
	Boundless   bool // it has no end that anybody knows of, as a bucket
	Unseen      bool // nobody has looked at it yet, or it cannot be asked now
	// Away says that it has not answered for so long that nobody may count on it.
	Away bool
	// Stalled says of a tier that it takes nothing at present: what should move there waits.
	Stalled bool
	// Mark is below how many free bytes a disk's footage moves to a tier before its time.
	Mark int64
	// Device is its file system: places on one share its room. Empty: nobody else's.
	Device string
}

// usable is what recordings may take of the free space.
func (v *Volume) usable() int64 {
	if !v.counts() {
		return 0
	}
	return max(v.Free-v.Reserve, 0)
}

// counts tells whether anybody can say what room there is.
func (v *Volume) counts() bool { return !v.Unseen && !v.Away }

// Minimum is for how many days footage of a camera that began at start (µs since 1970
// UTC) must be kept.
type Minimum func(camera string, start int64) int

// Keeper measures, reckons and warns.
type Keeper struct {
	DB        *db.DB
	Catalogue *archive.Catalogue
	Zone      *time.Location // of the site
	Clock     clock.Clock
	Log       *slog.Logger

	Cameras func(context.Context) ([]string, error) // those in service
	// Off are those that somebody has switched off; nil: none.
	Off     func(context.Context) (map[string]bool, error)
	Volumes func() []Volume
	// Sight is what a camera shows at present; nil where nobody knows.
	Sight func(camera string) Sight
	// Changed is when the main stream of cameras became another, µs since 1970 UTC, of those
	// of which it did since an instant: what was measured before is no measure. Nil: never.
	Changed func(ctx context.Context, since int64) (map[string]int64, error)
	// Waiting is how many bytes on each volume are old enough for a tier behind it and have
	// not been moved there. Nil: nobody knows.
	Waiting func(context.Context) (map[string]int64, error)
	// Minimum asks the rules of retention as they are now; nil: 90 days.
	Minimum func(context.Context) (Minimum, error)
	// Held is what a hold keeps from removal, whatever its age: of each camera intervals in
	// order that do not overlap. Nil: nothing.
	Held func(context.Context) (map[string][]hold.Interval, error)
	// Frees says that what is older than its minimum is removed when room is needed.
	// Otherwise, as while removal is frozen, a full disk is the end of recording. Nil: never.
	Frees func() bool
	// Refuse makes a shortfall a refusal, and Warn is so many days before it there is a warning,
	// until Rules, which may be nil, say otherwise; 0 means 28.
	Refuse bool
	Warn   int
	Rules  *rule.Set
	// Signal raises or takes back that a volume fills, or the minimum cannot be kept,
	// within Warn days. It is told again with the figures of now after every look.
	Signal func(w *Warning)

	Every time.Duration // 0 means a minute

	started atomic.Int64 // µs since 1970 UTC; 0: Start was not called
	asked   sync.Mutex   // held while Recent reckons anew
	shown   shown

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
	// Cameras counts those whose minimum is more than can be kept.
	Cameras int
	// Behind says that the volume stands before an archive tier that does not take what
	// comes: it is slower than the cameras, or away.
	Behind bool
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
	k.started.Store(k.Clock.Micro())
	k.loop.Start(ctx, cmp.Or(k.Every, time.Minute), every.Trying(k.Tick, func(err error) {
		k.Log.Warn("how full the volumes are could not be noted; tried again", "err", err)
	}))
	return nil
}

// Close stops it.
func (k *Keeper) Close() {
	k.loop.Close()
}

func (k *Keeper) minimum(ctx context.Context) (Minimum, error) {
	if k.Minimum == nil {
		return func(string, int64) int { return 90 }, nil
	}
	return k.Minimum(ctx)
}

// CameraRate is one camera of a forecast.
type CameraRate struct {
	Camera string
	Rate
	Minimum  int
	Keeps    float64 // days that can be kept of it, at most Minimum
	Reserved float64 // bytes that its minimum needs
	Off      bool    // nothing comes from it, and Reserved is what there is of it
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
	Held        int64   // bytes that holds keep on it
	Past        []Point // one a day
	Ahead       []Point // one a day, if nothing is removed, up to full or 90 days
	// Waiting is what is old enough for a tier behind it and still lies there, in bytes.
	Waiting int64
	// Fills says that it becomes full although a tier stands behind it, which takes less
	// than what comes, or nothing.
	Fills bool
	// ends is, of one that fills, when it is full although all has gone that may be removed
	// to make room; 0: not within 400 days.
	ends int64
}

// Unknown says why the figures and dates of a forecast are not told.
type Unknown string

// What is not known yet.
const (
	Known         Unknown = ""
	RatesUnknown  Unknown = "rates"  // what cameras send
	PlacesUnknown Unknown = "places" // how much room there is
)

// Forecast is what becomes of the storage at the rates of now.
type Forecast struct {
	At          int64
	Unknown     Unknown  // whether what follows can be told already
	Away        []string // ids of volumes that nobody has seen, or that do not answer: they do not count
	Used        int64    // bytes of recordings
	Usable      int64    // bytes that recordings may take, those they have taken included, as far as places tell
	Boundless   bool     // a tier has no end that anybody knows of: Usable is not all
	Frees       bool     // what is older than its minimum is removed when room is needed
	Reserved    int64    // bytes that all minimums and all holds need
	Held        Held     // what holds keep of what there is
	BytesPerDay float64
	Keeps       float64 // days, at most Of
	Of          int     // the largest minimum
	ShortOn     int64   // when the minimum cannot be kept any more; 0: not within 400 days
	FullOn      int64   // when all volumes are full if nothing is removed; 0 likewise
	Cameras     []CameraRate
	Volumes     []VolumeForecast

	sure stocks // what was measured of it
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
	minimum, err := k.minimum(ctx)
	if err != nil {
		return nil, err
	}
	off, err := k.off(ctx, "")
	if err != nil {
		return nil, err
	}
	now := k.Clock.Micro()
	kept, held, err := k.stock(ctx, cameras, rates, off, minimum)
	if err != nil {
		return nil, err
	}
	f := &Forecast{At: now, Frees: k.Frees != nil && k.Frees()}
	all := slices.Collect(maps.Values(kept))
	for _, c := range cameras {
		f.BytesPerDay += kept[c].rate
	}
	f.sure = k.measuredOf(kept, rates)
	volumes := k.Volumes()
	f.Away = away(volumes)
	known, free := room(volumes)
	if f.Used, err = k.Catalogue.Stored(ctx); err != nil {
		return nil, err
	}
	f.Usable, f.Boundless = f.Used+known, math.IsInf(free, 1)
	f.Reserved, f.Held = int64(reserved(all)), held.Held
	f.Keeps, f.Of = keeps(all, float64(f.Used)+free)
	f.ShortOn = k.on(now, shortIn(all, float64(f.Used)+free))
	f.FullOn = k.on(now, fullIn(free, f.BytesPerDay))
	for _, c := range cameras {
		s := kept[c]
		f.Cameras = append(f.Cameras, CameraRate{c, rates[c], s.minimum, min(f.Keeps, float64(s.minimum)), s.needs(), off[c]})
	}
	slices.SortFunc(f.Cameras, func(a, b CameraRate) int {
		return cmp.Or(cmp.Compare(b.Reserved, a.Reserved), cmp.Compare(a.Camera, b.Camera))
	})
	if f.Volumes, err = k.volumes(ctx, volumes, f.BytesPerDay, f.FullOn); err != nil {
		return nil, err
	}
	if f.Frees {
		if err := k.freed(ctx, f, minimum, held); err != nil {
			return nil, err
		}
	}
	for i := range f.Volumes {
		f.Volumes[i].Held = held.places[f.Volumes[i].ID]
	}
	f.Unknown = k.unknown(f)
	k.last.Store(f)
	return f, nil
}

// on is the instant some days from now, 0 for beyond the horizon.
func (k *Keeper) on(now int64, days float64) int64 {
	if days < 0 || days > horizon {
		return 0
	}
	return now + int64(days*float64(day))
}
