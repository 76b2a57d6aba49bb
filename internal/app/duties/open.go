package duties

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/area"
	"watchroom/internal/access/factor"
	"watchroom/internal/api/system"
	"watchroom/internal/archive/fault"
	"watchroom/internal/archive/loss"
	"watchroom/internal/camera"
	"watchroom/internal/duty"
	"watchroom/internal/duty/handover"
	"watchroom/internal/ledger/tlog"
)

// Sources are what the watch is told of the recorder.
type Sources struct {
	Factors *factor.Factors
	System  system.Sources
	Faults  *fault.Keeper
	Losses  *loss.Keeper
	Log     interface {
		Status() tlog.Status
		Checkpoint() tlog.Signed
	}
}

// cameras gives the cameras that a room watches, those in service.
func cameras(ctx context.Context, tx bun.IDB, room *duty.Room) (map[string]bool, error) {
	tree, err := area.Read(ctx, tx)
	if err != nil {
		return nil, err
	}
	spots, err := camera.Spots(ctx, tx)
	if err != nil {
		return nil, err
	}
	all := map[string]bool{}
	for i := range spots {
		if len(room.Areas) == 0 || slices.ContainsFunc(tree.Chain(spots[i].Area), func(a string) bool { return slices.Contains(room.Areas, a) }) {
			all[spots[i].ID] = true
		}
	}
	return all, nil
}

// alarms gives the alarms that stand and that who watches a room is told of: about its cameras, and
// about what all cameras depend on.
func (s *Sources) alarms(ctx context.Context, tx bun.IDB, room *duty.Room, _ int64) ([]duty.Matter, error) {
	of, err := cameras(ctx, tx, room)
	if err != nil {
		return nil, err
	}
	guard, all := access.ActorOf("", access.Operator), []duty.Matter{}
	for _, a := range s.System.Alarms() {
		if a.Camera != "" && !of[a.Camera] {
			continue
		}
		known, ok := system.For(guard, a)
		if !ok || strings.HasPrefix(a.Code, "storage_fault") { // faults have an entry of their own
			continue
		}
		params := map[string]any{"code": known.Code, "params": known.Params}
		if known.Camera != "" {
			params["camera"] = known.Camera
		}
		all = append(all, duty.Matter{Kind: "alarm", ID: known.ID, Params: params, Since: known.Since.UnixMicro(), Urgent: true})
	}
	return all, nil
}

// faults gives the storage faults that are not closed: of places where footage lies, and of the
// cameras that the room watches. One that nobody has acknowledged bars a handover (P3, P25).
func (s *Sources) faults(ctx context.Context, tx bun.IDB, room *duty.Room, _ int64) ([]duty.Matter, error) {
	of, err := cameras(ctx, tx, room)
	if err != nil {
		return nil, err
	}
	open, err := s.Faults.List(ctx, fault.Filter{Open: true, Limit: 500})
	if err != nil {
		return nil, err
	}
	all := []duty.Matter{}
	for i := range open {
		f := &open[i]
		if c := f.Camera(); c != "" && !of[c] {
			continue
		}
		seen := false
		for _, e := range f.Entries {
			switch e.Step {
			case fault.Opened, fault.Back:
				seen = false
			case fault.Acknowledged:
				seen = true
			}
		}
		m := duty.Matter{Kind: "storage_fault", ID: f.ID, Since: f.At, Urgent: true, Params: map[string]any{"kind": string(f.Kind), "subject": f.Subject, "acknowledged": seen}}
		if !seen {
			m.Bars = "fault_unacknowledged"
		}
		all = append(all, m)
	}
	return all, nil
}

// losses gives the footage-loss statements that nobody has explained yet.
func (s *Sources) losses(ctx context.Context, tx bun.IDB, room *duty.Room, _ int64) ([]duty.Matter, error) {
	of, err := cameras(ctx, tx, room)
	if err != nil {
		return nil, err
	}
	open, err := s.Losses.List(ctx, loss.Filter{State: loss.Open, Limit: 200})
	if err != nil {
		return nil, err
	}
	all := []duty.Matter{}
	for i := range open {
		named := []any{}
		for _, m := range open[i].Cameras {
			if of[m.Camera] {
				named = append(named, m.Camera)
			}
		}
		if len(named) > 0 {
			all = append(all, duty.Matter{Kind: "loss", ID: open[i].ID, Since: open[i].From, Params: map[string]any{"number": open[i].Number, "cameras": named, "cause": string(open[i].Cause)}})
		}
	}
	return all, nil
}

// state tells how the equipment of a room stands.
func (s *Sources) state(ctx context.Context, tx bun.IDB, room *duty.Room, since, _ int64) (out handover.System, err error) {
	of, err := cameras(ctx, tx, room)
	if err != nil {
		return out, err
	}
	counts := s.System.Cameras(func(c string) bool { return of[c] })
	disks, clock, log := s.System.Storage(), s.System.Time(), s.Log.Status()
	out = handover.System{Cameras: counts.Total, Online: counts.Live, Recording: counts.Recording, FreeBytes: disks.FreeBytes, Clock: "unknown", Log: "ok"}
	switch disks.State {
	case "ok", "low", "full":
		out.Disks = disks.State
	default:
		out.Disks = "fault"
	}
	broken, err := s.Faults.List(ctx, fault.Filter{Open: true, Limit: 1})
	if err != nil {
		return out, err
	}
	if len(broken) > 0 { // enough space is no comfort beside a fault
		out.Disks = "fault"
	}
	if clock.OffsetSeconds != nil {
		out.Clock, out.OffsetMS = map[string]string{"ok": "ok", "warning": "warn", "alarm": "alarm"}[clock.Level], int64(*clock.OffsetSeconds*1000)
	}
	switch {
	case log.Refusal != nil:
		out.Log = "stopped"
	case log.Trouble != nil:
		out.Log = "behind"
	}
	statements, err := s.Losses.List(ctx, loss.Filter{From: since, Limit: 200})
	if err != nil {
		return out, err
	}
	for i := range statements {
		if slices.ContainsFunc(statements[i].Cameras, func(m loss.Member) bool { return of[m.Camera] }) {
			out.Gaps++
		}
	}
	return out, nil
}

// checkpoint gives the newest of the transparency log; nil before the first.
func (s *Sources) checkpoint(context.Context) (*handover.Checkpoint, error) {
	c := s.Log.Checkpoint()
	if len(c.Note) == 0 {
		return nil, nil
	}
	return &handover.Checkpoint{Origin: c.Origin, Size: c.Size, Root: base64.StdEncoding.EncodeToString(c.Root[:])}, nil
}
