package app

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"watchroom/internal/api/system"
	"watchroom/internal/app/alarmed"
	"watchroom/internal/app/died"
	"watchroom/internal/app/mended"
	"watchroom/internal/app/timekeeping"
	"watchroom/internal/app/unread"
	"watchroom/internal/archive/plan"
	"watchroom/internal/capture"
	"watchroom/internal/clock"
	"watchroom/internal/clock/reference"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/media"
	"watchroom/internal/problem"
	"watchroom/internal/recording"
	"watchroom/internal/recording/marker"
	"watchroom/internal/recording/space"
	"watchroom/internal/rule"
	"watchroom/internal/source"
)

// watch tells what wants a hand now: the disk, the recordings, the cameras.
type watch struct {
	fleet   *capture.Fleet
	volumes *recording.Volumes
	bus     *event.Bus
	clock   clock.Clock
	log     *slog.Logger
	used    func() map[string]int64 // bytes of segments by the disk or tier that they lie on
	time    *timekeeping.Keeper
	limits  reference.Limits         // of clocks, until there are rules
	rules   atomic.Pointer[rule.Set] // nil until they were read

	journals unread.Journals // what is wrong with them
	mended   mended.Files    // what was put right and no act tells of yet
	died     died.Teller     // that the process before was killed

	given alarmed.Memory             // when alarms about cameras were
	plan  atomic.Pointer[plan.Plans] // nil until the records are there

	mu      sync.Mutex                 // guards all below
	levels  map[string]reference.Level // of the cameras' clocks
	alarms  map[string]system.Alarm
	waiting map[string]time.Time // by camera: since when its pictures come and are not recorded
	rates   map[*recording.Volume]rate
}

// by has the institution's limits of clocks hold from now on.
func (w *watch) by(rules *rule.Set) {
	w.rules.Store(rules)
	w.time.Watch.By(rules)
}

// rate measures how fast the volume is written to.
type rate struct {
	at    time.Time
	bytes int64
	value float64
}

// raise puts an alarm up under a key, or takes it down where code is empty. One about a
// camera is remembered as what the room was told of its pictures.
func (w *watch) raise(key, code, detail, camera string, params map[string]any) {
	if w.put(key, code, detail, camera, params) && code != "" && camera != "" {
		w.given.Note(camera, w.clock.Micro())
	}
}

// put is raise for what is about a camera's footage. It tells whether the alarm is another. See
// alarmed.Since for params.
func (w *watch) put(key, code, detail, camera string, params map[string]any) bool {
	since := alarmed.Since(params, w.clock)
	w.mu.Lock()
	old, up := w.alarms[key]
	changed := old.Code != code
	switch {
	case code == "":
		delete(w.alarms, key)
		changed = up
	case changed:
		if w.alarms == nil {
			w.alarms = map[string]system.Alarm{}
		}
		w.alarms[key] = system.Alarm{ID: db.NewID(), Code: code, Detail: detail, Camera: camera, Params: params, Since: since}
	default: // the same, with the figures of now
		old.Params, old.Detail = params, detail
		w.alarms[key] = old
	}
	now := w.alarms[key]
	w.mu.Unlock()
	if !changed {
		return false
	}
	if code == "" {
		now = old
	}
	w.say(now, code != "")
	w.bus.Publish(event.Event{Kind: "alarm", Subject: now.ID, Camera: camera, Data: map[string]any{"alarm": now, "raised": code != ""}})
	return true
}

// say writes an alarm to the log, once when it comes and once when it goes.
func (w *watch) say(a system.Alarm, up bool) {
	about := []slog.Attr{slog.String("code", a.Code)}
	if a.Camera != "" {
		about = append(about, slog.String("camera", a.Camera))
	}
	if !up {
		w.log.LogAttrs(context.Background(), slog.LevelInfo, "alarm over", append(about, slog.Duration("after", max(0, w.clock.Now().Sub(a.Since))))...)
		return
	}
	about = append(about, slog.String("detail", a.Detail))
	for _, k := range slices.Sorted(maps.Keys(a.Params)) {
		about = append(about, slog.Any(k, a.Params[k]))
	}
	w.log.LogAttrs(context.Background(), slog.LevelWarn, "alarm", about...)
}

// health is the state of the database, looked at every so often.
func (w *watch) health(err error) {
	if err == nil {
		w.raise("database", "", "", "", nil)
		return
	}
	if errors.Is(err, db.ErrShared) {
		w.raise("database", "database_shared", "Another server has taken this database. Stop one of the two.", "", nil)
		return
	}
	w.raise("database", "database_away", "The database does not answer. Recording and open live views go on.", "", map[string]any{"reason": problem.Of(err).Code})
}

// space is called when the state of a volume changes. With several, what is wrong
// with one is told of it; that nothing can be recorded, of all.
func (w *watch) space(v *recording.Volume, s space.Space) {
	params := map[string]any{"freeBytes": s.Free, "totalBytes": s.Total, "volume": cmp.Or(v.Name, v.Root)}
	if len(w.volumes.List) == 1 {
		w.storage(s, params)
		return
	}
	key := "volume " + v.Name
	switch s.State {
	case space.Low:
		w.raise(key, "volume_low", "Little space is left on a recording disk.", "", params)
	case space.Full:
		w.raise(key, "volume_full", "A recording disk is full; what it took goes to others with room. Nothing was deleted.", "", params)
	case space.Failing:
		w.raise(key, "volume_failing", "A recording disk answers with errors or not at all; what it took goes to others.", "", params)
	case space.Away:
		if errors.Is(s.Err, marker.ErrNoFolder) {
			w.raise(key, "volume_missing", "The folder of a recording disk is not there: is it mounted? Nothing is recorded onto it.", "", params)
			break
		}
		w.raise(key, "volume_away", "A recording disk has lost its marker or bears another's: is it mounted? Nothing is recorded onto it.", "", params)
	default:
		w.raise(key, "", "", "", nil)
	}
	all := w.volumes.Space()
	if all.State == space.Failing { // one of them, which is told of already
		all.State = space.OK
	}
	w.storage(all, map[string]any{"freeBytes": all.Free, "totalBytes": all.Total})
}

// storage tells of the one volume, or of all together.
func (w *watch) storage(s space.Space, params map[string]any) {
	switch s.State {
	case space.Low:
		w.raise("storage", "storage_low", "Little space is left for recordings. Nothing is deleted to make room.", "", params)
	case space.Full:
		w.raise("storage", "storage_full", "The disk is full: recording has stopped. Nothing was deleted.", "", params)
	case space.Failing:
		w.raise("storage", "storage_failing", "The recording disk answers with errors or not at all.", "", params)
	case space.Away:
		if errors.Is(s.Err, marker.ErrNoFolder) {
			w.raise("storage", "storage_missing", "The recording folder is not there: is its disk mounted? Nothing is recorded.", "", params)
			break
		}
		w.raise("storage", "storage_away", "The recording folder has lost its marker or bears another's: is its disk mounted? Nothing is recorded onto it.", "", params)
	default:
		w.raise("storage", "", "", "", nil)
	}
}

// camera looks at one camera after its state has changed.
func (w *watch) camera(id string) {
	s, ok := w.fleet.Status(id)
	code, detail := "", ""
	switch {
	case !ok || !s.Enabled:
	case w.unrecorded(id, s):
		code, detail = "camera_not_recorded", "Pictures come, but they are not recorded."
	case s.State.Behind:
		code, detail = "recording_behind", "The disk is too slow for what this camera sends."
	case s.Main.State != source.Live && s.Main.State != source.Connecting && s.Main.State != source.Off:
		planned, over := w.planned(id, s.Main.Since)
		if code, detail = "camera_down", "The camera gives no picture."; over {
			code, detail = "maintenance_overrun", "The maintenance window is over, and the camera gives no picture."
		}
		if planned {
			code, detail = "", ""
		}
	}
	if s.Main.State == source.Live || !ok || !s.Enabled { // what is away has the clock it had
		w.cameraClock(id, s.Main.Figures)
	}
	w.raise("camera "+id, code, detail, id, map[string]any{"state": string(s.Main.State), "reason": s.Main.Reason.Code, "cause": string(s.State.Cause)})
}

// keyWait is how long a camera that sends pictures may go without being recorded for no
// fault of the disk: one that has come back is recorded from its next key frame on.
const keyWait = 10 * time.Second

// unrecorded tells whether pictures of a camera come and are not kept. A disk that takes
// none is told of at once.
func (w *watch) unrecorded(camera string, s capture.Status) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.Main.State != source.Live || s.State.Recording || s.State.Cause == media.CauseNone {
		delete(w.waiting, camera)
		return false
	}
	if w.waiting == nil {
		w.waiting = map[string]time.Time{}
	}
	since, ok := w.waiting[camera]
	if !ok {
		since = w.clock.Now()
		w.waiting[camera] = since
	}
	disk := []media.Cause{media.CauseDiskFull, media.CauseDiskFault, media.CauseDiskSlow}
	return slices.Contains(disk, s.State.Cause) || w.clock.Now().Sub(since) >= keyWait
}

// planned tells of a camera that has been without pictures since an instant whether the
// plan allows that now, and whether it is a maintenance window that has run out.
func (w *watch) planned(camera string, since time.Time) (now, over bool) {
	p := w.plan.Load()
	if p == nil {
		return false, false
	}
	at := w.clock.Micro()
	now, _ = p.Now(camera, at)
	o := p.Overrun(camera, at)
	return now, o != nil && since.UnixMicro() < o.To
}

// cameraClock looks at the difference of a camera's clock.
func (w *watch) cameraClock(id string, f source.Figures) {
	level := reference.Right
	if f.ClockOffset != nil {
		offset, err := time.Duration(*f.ClockOffset*1e9), time.Duration(0)
		if f.ClockSource == source.ByDate {
			err = time.Duration(source.DateError * 1e9)
		}
		w.mu.Lock()
		if w.levels == nil {
			w.levels = map[string]reference.Level{}
		}
		level = w.limits.By(w.rules.Load()).Level(offset, err, w.levels[id])
		w.levels[id] = level
		w.mu.Unlock()
	}
	code, detail, params := "", "", map[string]any{"source": f.ClockSource}
	switch level {
	case reference.Alarm:
		code, detail = "camera_clock_off", "The camera's clock is wrong. Recordings bear the recorder's time; what the camera writes into the picture does not agree with it."
	case reference.Warning:
		code, detail = "camera_clock_drifts", "The camera's clock differs from the recorder's."
	case reference.Right:
	}
	if f.ClockOffset != nil {
		params["offset"] = *f.ClockOffset
	}
	w.raise("clock of camera "+id, code, detail, id, params)
}

// Time implements system.Sources.
func (w *watch) Time() system.Time { return w.time.State() }

// Storage implements system.Sources.
func (w *watch) Storage() system.Storage {
	s := w.volumes.Space()
	out := system.Storage{
		Path: w.volumes.List[0].Root, TotalBytes: s.Total, FreeBytes: s.Free, State: string(s.State),
		WriteBytesPerSecond: w.writing(),
	}
	used := w.used()
	for _, v := range w.volumes.List {
		out.UsedByRecordings += used[v.Name]
	}
	return out
}

func (w *watch) writing() (sum float64) {
	for _, v := range w.volumes.List {
		sum += w.writingTo(v)
	}
	return sum
}

func (w *watch) writingTo(v *recording.Volume) float64 {
	now, bytes := time.Now(), v.Written()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.rates == nil {
		w.rates = map[*recording.Volume]rate{}
	}
	r := w.rates[v]
	if passed := now.Sub(r.at); r.at.IsZero() || passed > time.Minute {
		r = rate{at: now, bytes: bytes, value: r.value}
	} else if passed >= 2*time.Second {
		r = rate{at: now, bytes: bytes, value: float64(bytes-r.bytes) / passed.Seconds()}
	}
	w.rates[v] = r
	return r.value
}

// Cameras implements system.Sources.
func (w *watch) Cameras(within func(camera string) bool) system.CameraCounts {
	var n system.CameraCounts
	for _, id := range w.fleet.Cameras() {
		if !within(id) {
			continue
		}
		s, _ := w.fleet.Status(id)
		planned, _ := w.planned(id, s.Main.Since)
		tally(&n, s, planned)
	}
	return n
}

// tally adds one camera. One whose pictures come and are not kept needs a hand as
// much as one that sends none, unless the plan says so.
func tally(n *system.CameraCounts, s capture.Status, planned bool) {
	n.Total++
	live := s.Main.State == source.Live
	if live {
		n.Live++
	}
	if s.State.Recording && live {
		n.Recording++
	}
	if s.Enabled && !planned && (!live || !s.State.Recording && s.State.Cause != media.CauseNone) {
		n.Problems++
	}
}

// Alarms implements system.Sources.
func (w *watch) Alarms() []system.Alarm {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]system.Alarm, 0, len(w.alarms))
	for _, a := range w.alarms {
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b system.Alarm) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.ID, b.ID)) })
	return out
}
