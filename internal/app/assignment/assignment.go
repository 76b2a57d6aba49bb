// Package assignment keeps what is recorded what the registry and the plan say.
package assignment

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"watchroom/internal/archive/plan"
	"watchroom/internal/camera"
	"watchroom/internal/capture"
	"watchroom/internal/clock"
	"watchroom/internal/durable"
	"watchroom/internal/event"
	"watchroom/internal/media"
	"watchroom/internal/secret"
	"watchroom/internal/source"
)

// Keeper keeps the fleet what the registry says, and a sealed copy of it in
// the data folder: a recorder starts with the copy, so that it records before a
// database answers and when none does.
type Keeper struct {
	Registry *camera.Registry
	Names    func(context.Context) (map[string]string, error) // of people, by id
	Fleet    *capture.Fleet
	Bus      *event.Bus
	Box      *secret.Box
	File     string
	Log      *slog.Logger
	Plans    *plan.Plans // when recording is demanded; nil: always
	Clock    clock.Clock
	Alarm    func(key, code, detail, camera string, params map[string]any) // raises an alarm under a key, or takes it down where code is empty

	copies atomic.Pointer[[]sealed] // the sealed copy as it was read or written last; nil before

	wake   chan struct{} // see Again
	cancel context.CancelFunc
	done   chan struct{}
}

// Recall starts the cameras of the sealed copy. It comes before Start.
func (a *Keeper) Recall() error {
	a.wake = make(chan struct{}, 1)
	copies, err := read(a.Box, a.File)
	if err != nil || copies == nil {
		return err
	}
	a.copies.Store(&copies)
	return a.Fleet.Set(pulled(copies))
}

// pulled are the cameras that a recorder has to do with.
func pulled(copies []sealed) (cameras []capture.Camera) {
	for i := range copies {
		if copies[i].RetiredAt == nil {
			cameras = append(cameras, copies[i].Camera)
		}
	}
	return cameras
}

// Start brings the fleet up to date and follows the registry.
func (a *Keeper) Start(ctx context.Context) {
	ctx, a.cancel = context.WithCancel(ctx)
	a.done = make(chan struct{})
	sub := a.Bus.Subscribe(64)
	go func() {
		defer close(a.done)
		defer sub.Close()
		wait := time.Duration(0)
		for {
			if err := a.apply(ctx); err != nil && ctx.Err() == nil {
				a.Log.Error("the cameras could not be brought up to date; recording goes on as it was", "err", err)
				wait = min(max(2*wait, time.Second), time.Minute)
			} else {
				wait = 0
			}
			again := time.After(a.next(wait))
			for changed := false; !changed; {
				select {
				case <-ctx.Done():
					return
				case <-again:
					changed = true
				case <-a.wake:
					changed = true
				case <-sub.C:
					events, lost := sub.Take()
					changed = lost > 0
					for _, e := range events {
						changed = changed || e.Kind == "cameras" || e.Kind == "plan"
					}
				}
			}
		}
	}()
}

// Again makes the fleet what the registry says once more. It returns at once.
func (a *Keeper) Again() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// next is how long it takes until the plan stops or starts cameras; wait, unless 0, is
// how long until what failed is tried again.
func (a *Keeper) next(wait time.Duration) time.Duration {
	if wait > 0 {
		return wait
	}
	if a.Plans == nil {
		return time.Hour
	}
	now := a.Clock.Micro()
	edge := time.Duration(a.Plans.Next(a.Fleet.Cameras(), now)-now) * time.Microsecond
	return min(max(edge, 50*time.Millisecond), time.Hour) // the clock may be set meanwhile
}

func (a *Keeper) Close() {
	a.cancel()
	<-a.done
}

func (a *Keeper) apply(ctx context.Context) error {
	list, err := a.Registry.List(ctx)
	if err != nil {
		return err
	}
	lost := a.lost(list)
	names, err := a.Names(ctx)
	if err != nil {
		return err
	}
	unfounded, err := a.Registry.Unfounded(ctx)
	if err != nil {
		return err
	}
	held := map[string]bool{}
	for _, id := range a.Fleet.Cameras() {
		held[id] = true
	}
	copies := make([]sealed, 0, len(list)+len(lost))
	var ending []capture.Camera // retired, and still running
	for i := range list {
		c := &list[i]
		a.founded(c, unfounded[c.ID])
		words := described{Name: c.Name, Place: c.Place, Note: c.Note, Provisional: c.Provisional, AudioPurpose: c.AudioPurpose, CreatedAt: c.CreatedAt, RetiredAt: c.RetiredAt, Area: c.Area, Grade: c.Grade}
		if c.RetiredAt != nil {
			// Its passwords are forgotten; the copy has it for the name of its footage.
			out := capture.Camera{ID: c.ID, Off: offOf(c, names), Priority: c.Priority, Main: shown(c, media.Main, c.Main)}
			if c.Sub != nil {
				sub := shown(c, media.Sub, *c.Sub)
				out.Sub = &sub
			}
			copies = append(copies, sealed{out, words})
			if held[c.ID] {
				ending = append(ending, capture.Camera{ID: c.ID, Off: out.Off})
			}
			continue
		}
		from, err := a.Registry.Secrets(ctx, c.ID)
		if err != nil {
			if !errors.Is(err, camera.ErrSecret) {
				return err
			}
			// One camera whose password cannot be read must not stop the others, nor lose
			// what else there is to know of it: it may do without.
			a.Alarm("secret "+c.ID, "camera_secret_unreadable", "The password of this camera cannot be read with the key of this data folder. Type it again.", c.ID, nil)
		} else {
			a.Alarm("secret "+c.ID, "", "", c.ID, nil)
		}
		out := capture.Camera{ID: c.ID, Enabled: c.Enabled, Off: offOf(c, names), Priority: c.Priority, Main: sourceOf(c, media.Main, from.Main)}
		if from.Sub != nil {
			sub := sourceOf(c, media.Sub, *from.Sub)
			out.Sub = &sub
		}
		copies = append(copies, sealed{out, words})
	}
	copies = append(copies, lost...)
	cameras := pulled(copies)
	if len(ending) > 0 { // the gap that they leave says why
		err = a.Fleet.Set(slices.Concat(a.planned(cameras), ending))
	}
	return errors.Join(err, a.Fleet.Set(a.planned(cameras)), a.keep(copies))
}

// founded raises an alarm where a camera is off and no act switched it off so: somebody has
// written that into the database. The gap that it leaves then names nobody.
func (a *Keeper) founded(c *camera.Camera, not bool) {
	if !not {
		a.Alarm("off "+c.ID, "", "", c.ID, nil)
		return
	}
	a.Alarm("off "+c.ID, "camera_off_unfounded", "The database says that this camera was switched off, and no act on record says so: somebody has written into the database. Switch it on, and have the log verified.", c.ID, nil)
	c.OffBy, c.OffReason = "", ""
}

// lost are the cameras of the copy that are not in the list, and an alarm while there are
// any. No camera is ever deleted: such a one was lost with a database, or is younger than
// the one that was put back. It goes on being recorded until a person has taken it back.
func (a *Keeper) lost(list []camera.Camera) (lost []sealed) {
	known := make(map[string]bool, len(list))
	for i := range list {
		known[list[i].ID] = true
	}
	for _, c := range a.copied() {
		if !known[c.ID] {
			lost = append(lost, c)
		}
	}
	if len(lost) == 0 {
		a.Alarm("cameras", "", "", "", nil)
		return nil
	}
	a.Alarm("cameras", "cameras_unconfirmed",
		"The database does not know all cameras of the recorder's own copy. They go on being recorded; the page Cameras takes them back.", "", map[string]any{"cameras": len(lost)})
	return lost
}

// planned switches off what the plan stops now. The sealed copy does not know of it: a
// recorder that cannot ask records.
func (a *Keeper) planned(cameras []capture.Camera) []capture.Camera {
	if a.Plans == nil {
		return cameras
	}
	out := slices.Clone(cameras)
	for i := range out {
		if _, stopped := a.Plans.Now(out[i].ID, a.Clock.Micro()); stopped && out[i].Enabled {
			out[i].Enabled, out[i].Off = false, off()
		}
	}
	return out
}

// offOf says who switched a camera off and why; nil while it is on.
func offOf(c *camera.Camera, names map[string]string) *capture.Off {
	if c.OffReason == "" {
		return nil
	}
	return &capture.Off{By: cmp.Or(names[c.OffBy], c.OffBy), Reason: c.OffReason, At: c.OffAt}
}

func sourceOf(c *camera.Camera, which media.Which, s camera.Source) source.Config {
	return source.Config{
		Camera: c.ID, Which: which, URL: s.Target().Reveal(), Username: s.Username, Password: s.Password.Reveal(),
		Transport: string(s.Transport), InsecureTLS: s.SkipVerify, Audio: c.RecordAudio,
	}
}

// shown is a stream without its password.
func shown(c *camera.Camera, which media.Which, s camera.Stream) source.Config {
	return source.Config{
		Camera: c.ID, Which: which, URL: s.URL, Username: s.Username, Transport: string(s.Transport), InsecureTLS: s.SkipVerify, Audio: c.RecordAudio,
	}
}

// keep writes the sealed copy anew.
func (a *Keeper) keep(copies []sealed) error {
	b, err := json.Marshal(copies)
	if err != nil {
		return err
	}
	closed := a.Box.Seal(secret.Text(b), "cameras")
	if err := durable.Put(a.File, closed, 0o600); err != nil {
		return err
	}
	a.copies.Store(&copies)
	return durable.SyncDir(filepath.Dir(a.File))
}

// off says of a camera that the plan stops why nothing is recorded.
func off() *capture.Off { return &capture.Off{Cause: media.CauseOffHours} }
